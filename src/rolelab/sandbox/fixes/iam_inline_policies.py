"""Inline policies of users, groups and roles: documents, and their size in sum.

AWS pages: *IAM and AWS STS quotas*, IAM and STS character quotas; *PutRolePolicy* of the IAM API
Reference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.iam_documents import identity, size
from rolelab.sandbox.fixes.iam_errors import limit_exceeded, no_such_entity
from rolelab.sandbox.fixes.iam_lookup import group, role, user


@dataclass(frozen=True, slots=True)
class _Holder:
    """One kind of entity that inline policies are embedded in.

    Attributes:
        word: what IAM's sentences call it.
        find: the entity that a call names.
        limit: the characters that all its inline policies may have together.
    """

    word: str
    find: Callable[[Call], Any]
    limit: int


_HOLDERS: Mapping[str, _Holder] = {
    "User": _Holder("user", user, 2048),
    "Group": _Holder("group", group, 5120),
    "Role": _Holder("role", role, 10240),
}


def _put(holder: _Holder, call: Call) -> Answer:
    """moto takes a principal in the document, refuses version 2008-10-17, and knows no limit."""
    entity = holder.find(call)
    name, text = str(call.parameters["PolicyName"]), str(call.parameters["PolicyDocument"])
    identity(text)
    others = [policy for other, policy in entity.policies.items() if other != name]
    if size(text) + sum(size(policy) for policy in others) > holder.limit:
        raise limit_exceeded(
            f"Maximum policy size of {holder.limit} bytes exceeded for {holder.word} {entity.name}"
        )
    entity.put_policy(name, text)
    return Answer()


def _get(holder: _Holder, call: Call) -> Answer:
    """moto answers in other words if the policy is not there."""
    entity, name = _found(holder, call)
    return Answer(
        {
            f"{holder.word.capitalize()}Name": entity.name,
            "PolicyName": name,
            "PolicyDocument": entity.policies[name],
        }
    )


def _delete(holder: _Holder, call: Call) -> Answer:
    """moto answers in other words if the policy is not there."""
    entity, name = _found(holder, call)
    del entity.policies[name]
    return Answer()


def _found(holder: _Holder, call: Call) -> tuple[Any, str]:
    entity, name = holder.find(call), str(call.parameters["PolicyName"])
    if name not in entity.policies:
        raise no_such_entity(f"The {holder.word} policy with name {name} cannot be found.")
    return entity, name


def _on(holder: _Holder, act: Callable[[_Holder, Call], Answer]) -> Any:
    def fixed(call: Call, response: Any, serve: Any) -> Answer:
        return act(holder, call)

    return fixed


for _kind, _holder in _HOLDERS.items():
    fix("iam", f"Put{_kind}Policy")(_on(_holder, _put))
    fix("iam", f"Get{_kind}Policy")(_on(_holder, _get))
    fix("iam", f"Delete{_kind}Policy")(_on(_holder, _delete))
