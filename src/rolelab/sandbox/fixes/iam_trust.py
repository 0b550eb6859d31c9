"""The principals in trust policies: they must exist, and those that are deleted become unique ids.

IAM resolves a user or role that a trust policy names to its unique id when the policy is saved. So
a principal that does not exist cannot be saved; and if it is deleted later, the policy shows the
id, which no new user or role of the same name ever has. The same happens in key policies.

AWS pages: *AWS JSON policy elements: Principal*, IAM role principals and IAM user principals; *Why
is there an unknown principal format in my IAM resource-based policy?* (AWS re:Post).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rolelab.iam import Document
from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes.iam_documents import statements
from rolelab.sandbox.fixes.iam_errors import malformed
from rolelab.sandbox.fixes.iam_service_principals import is_refused
from rolelab.sandbox.resource_policies import backends

_UNIQUE_ID = re.compile(r"A(?:ROA|IDA)[A-Z0-9]{12,}")
_ENTITY_ARN = re.compile(
    r"arn:(?P<partition>[a-z-]+):iam::(?P<account>\d{12}):(?P<kind>user|role)/.+"
)


def check_principals(call: Call, document: Document) -> None:
    """Refuse a trust policy that names a user, a role or a service that is not there.

    A principal in an account that the sandbox has never seen is taken as it is: whether it exists
    cannot be known here.

    Raises:
        ServiceError: MalformedPolicyDocument.
    """
    for statement in statements(document):
        for principal in _principals(statement, "AWS"):
            if not exists(call, principal):
                raise malformed(f'Invalid principal in policy: "AWS":"{principal}"')
        for principal in _principals(statement, "Service"):
            if principal != "*" and is_refused(principal):
                raise malformed(f'Invalid principal in policy: "SERVICE":"{principal}"')


def write_as(arn: str, now: str) -> None:
    """Name a principal otherwise wherever a trust policy or key policy names it, in any account.

    Args:
        arn: how the policies name it.
        now: the unique id of a principal that is deleted, the new ARN of a user that is renamed
            (*Manage IAM users*, Renaming an IAM user).
    """
    for holder, attribute in _holders():
        text = getattr(holder, attribute)
        if arn in (text or ""):
            setattr(holder, attribute, _renamed(text, arn, now))


def _holders() -> Iterator[tuple[Any, str]]:
    """Give what has a policy that names principals, and the attribute with its text."""
    for backend in _backends():
        yield from ((role, "assume_role_policy_document") for role in backend.roles.values())
    for regions in list(backends("kms").values()):
        for stored in regions.values():
            yield from ((key, "policy") for key in stored.keys.values())


def _principals(statement: Mapping[str, Any], kind: str) -> Iterator[str]:
    principal = statement.get("Principal")
    if not isinstance(principal, Mapping):
        return
    written = principal.get(kind, ())
    yield from [written] if isinstance(written, str) else written


def exists(call: Call, principal: str) -> bool:
    """Tell whether a principal is there, by its ARN or its unique id, as far as can be known."""
    if _UNIQUE_ID.fullmatch(principal):
        return any(entity.id == principal for entity in _entities())
    arn = _ENTITY_ARN.fullmatch(principal)
    if arn is None or _is_unseen(call, arn["account"]):
        return True
    found = _KINDS[arn["kind"]](_backend(arn["account"], arn["partition"]))
    return any(entity.arn == principal for entity in found)


_KINDS: Mapping[str, Callable[[Any], Any]] = {
    "user": lambda backend: backend.users.values(),
    "role": lambda backend: backend.roles.values(),
}


def _is_unseen(call: Call, account: str) -> bool:
    from moto.iam.models import iam_backends

    return account != call.account and account not in iam_backends


def _backend(account: str, partition: str) -> Any:
    from moto.iam.models import iam_backends

    return iam_backends[account][partition]


def _backends() -> list[Any]:
    from moto.iam.models import iam_backends

    return [
        backend for partitions in list(iam_backends.values()) for backend in partitions.values()
    ]


def _entities() -> Iterator[Any]:
    for backend in _backends():
        yield from backend.users.values()
        yield from backend.roles.values()


def _renamed(text: str, arn: str, now: str) -> str:
    document = json.loads(text)
    written = document["Statement"]
    for statement in [written] if isinstance(written, dict) else written:
        principal = statement.get("Principal")
        if isinstance(principal, dict) and "AWS" in principal:
            principal["AWS"] = _replaced(principal["AWS"], arn, now)
    return json.dumps(document)


def _replaced(value: Any, arn: str, now: str) -> Any:
    if isinstance(value, list):
        return [_replaced(item, arn, now) for item in value]
    return now if value == arn else value
