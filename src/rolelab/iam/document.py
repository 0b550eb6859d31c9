"""From the text of a policy to a document that can be asked.

The grammar is checked in full, because a policy that AWS refuses teaches nothing once it is stored.
AWS pages: *Grammar of the IAM JSON policy language*, *IAM JSON policy elements reference*.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from rolelab.iam.arn import ARN_COMPONENTS
from rolelab.iam.conditions import Condition, read_conditions
from rolelab.iam.policy_error import PolicyError
from rolelab.iam.principals import PrincipalElement, read_principal
from rolelab.iam.statement import (
    ALLOW,
    DENY,
    ActionElement,
    ResourceElement,
    Statement,
    is_exact,
    read_actions,
    vendor_of,
)
from rolelab.iam.variables import Template, read_template
from rolelab.iam.wildcard import Matcher, canonical, resource_matcher

VERSIONS = ("2008-10-17", "2012-10-17")
_REMEMBERED_ACTIONS = 2048


@dataclass(frozen=True, slots=True)
class Grammar:
    """What one kind of policy must and must not say.

    Attributes:
        principal: "required", "prohibited" or "optional"; the same words for the others.
        resource: whether each statement names resources.
        effects: the effects that a statement may have.
        strict_sids: Sids are letters and digits only.
        sts_only: only STS actions, as in a role's trust policy.
        any_resource: a resource may be anything, since some services name theirs without an ARN.
        versions: the versions of the language that may be named.
        everyone_only: the principal must be "*".
        not_action: NotAction may be used.
        every_action: a plain "*" may stand for all actions.
        given_by_aws: one statement, without its Sid, that AWS itself writes and that is exempt.
    """

    principal: str
    resource: str
    effects: tuple[str, ...] = (ALLOW, DENY)
    not_principal: bool = True
    strict_sids: bool = True
    sts_only: bool = False
    any_resource: bool = False
    versions: tuple[str, ...] = VERSIONS
    everyone_only: bool = False
    not_action: bool = True
    every_action: bool = True
    given_by_aws: Mapping[str, str] | None = None


GRAMMARS: dict[str, Grammar] = {
    "identity": Grammar(principal="prohibited", resource="required"),
    # *SCP syntax*
    "scp": Grammar(principal="prohibited", resource="required", versions=VERSIONS[1:]),
    "resource": Grammar(
        principal="required", resource="optional", strict_sids=False, any_resource=True
    ),
    "trust": Grammar(
        principal="required", resource="prohibited", not_principal=False, sts_only=True
    ),
    # *RCP syntax*; RCPFullAWSAccess is the one that allows.
    "rcp": Grammar(
        principal="required",
        resource="required",
        effects=(DENY,),
        not_principal=False,
        versions=VERSIONS[1:],
        everyone_only=True,
        not_action=False,
        every_action=False,
        given_by_aws={"Effect": ALLOW, "Principal": "*", "Action": "*", "Resource": "*"},
    ),
    "endpoint": Grammar(
        principal="required", resource="required", strict_sids=False, any_resource=True
    ),
}

_TOP = frozenset({"Version", "Id", "Statement"})
_ELEMENTS = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)
_STRICT_SID = re.compile(r"[0-9A-Za-z]*")


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A policy that AWS would accept, read once and indexed by action.

    Attributes:
        kind: "identity", "resource", "trust", "scp", "rcp" or "endpoint".
        name: what explanations call it, such as "AmazonECSTaskExecutionRolePolicy".
        source: the document as plain data.
        statements: in the order written.
    """

    kind: str
    name: str
    source: Mapping[str, Any]
    statements: tuple[Statement, ...]
    _index: _ActionIndex = field(repr=False)

    def about(self, action: str) -> tuple[Statement, ...]:
        """The statements whose Action or NotAction covers an action (in lower case)."""
        return self._index.find(action)


class _ActionIndex:
    """Finds statements by action, so that a decision reads only those that matter.

    Exact names are looked up, patterns are grouped by service, and what was asked before is
    remembered up to a fixed number of actions.
    """

    __slots__ = ("_everywhere", "_exact", "_patterns", "_remembered", "_statements")

    def __init__(self, statements: tuple[Statement, ...]) -> None:
        self._statements = statements
        self._exact: dict[str, list[int]] = {}
        self._patterns: dict[str, list[tuple[int, Statement]]] = {}
        self._everywhere: list[tuple[int, Statement]] = []
        self._remembered: dict[str, tuple[Statement, ...]] = {}
        for position, statement in enumerate(statements):
            self._add(position, statement)

    def _add(self, position: int, statement: Statement) -> None:
        patterns = statement.action.patterns
        if statement.action.negated or any(vendor_of(pattern) is None for pattern in patterns):
            self._everywhere.append((position, statement))
            return
        for pattern in patterns:
            if is_exact(pattern):
                self._exact.setdefault(pattern, []).append(position)
        for vendor in {vendor_of(pattern) for pattern in patterns if not is_exact(pattern)}:
            self._patterns.setdefault(vendor or "", []).append((position, statement))

    def find(self, action: str) -> tuple[Statement, ...]:
        found = self._remembered.get(action)
        if found is None:
            found = self._search(action)
            if len(self._remembered) >= _REMEMBERED_ACTIONS:
                self._remembered.clear()
            self._remembered[action] = found
        return found

    def _search(self, action: str) -> tuple[Statement, ...]:
        positions = set(self._exact.get(action, ()))
        vendor = action.partition(":")[0]
        for position, statement in (*self._patterns.get(vendor, ()), *self._everywhere):
            if position not in positions and statement.action.matches(action):
                positions.add(position)
        return tuple(self._statements[position] for position in sorted(positions))


def parse(
    document: Mapping[str, Any] | str | Document, *, kind: str = "identity", name: str = ""
) -> Document:
    """Read a policy document.

    Args:
        document: JSON text, the same as plain data, or a Document, which is returned (renamed
            when a name is given).
        kind: "identity" for identity-based policies, boundaries and session policies,
            "resource", "trust", "scp", "rcp" or "endpoint".
        name: what explanations call the document.

    Returns the Document. The same text is read once and remembered.
    Raises PolicyError, naming the statement, the element and the reason, for a document that AWS
    would refuse; KeyError for an unknown kind.
    """
    if isinstance(document, Document):
        return replace(document, name=name) if name and name != document.name else document
    if isinstance(document, str):
        return _parse_text(document, kind, name)
    if isinstance(document, Mapping):
        return _build(document, kind, name)
    raise PolicyError(f"a policy is a JSON object or its text, not {type(document).__name__}")


@lru_cache(maxsize=4096)
def _parse_text(text: str, kind: str, name: str) -> Document:
    try:
        data = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except PolicyError:
        raise
    except RecursionError as error:
        raise PolicyError("the document is nested too deeply") from error
    except json.JSONDecodeError as error:
        raise PolicyError(
            f"the document is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from error
    except ValueError as error:
        raise PolicyError(f"the document is not JSON: {error}") from error
    return _build(data, kind, name)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise PolicyError(f"{key!r} stands twice in the same object", element=key)
        found[key] = value
    return found


def _refuse_constant(constant: str) -> Any:
    raise PolicyError(f"the document is not JSON: {constant} is not a JSON value")


def _build(data: Any, kind: str, name: str) -> Document:
    grammar = GRAMMARS[kind]
    if not isinstance(data, Mapping):
        raise PolicyError("the document must be a JSON object")
    unknown = [key for key in data if key not in _TOP]
    if unknown:
        raise PolicyError(f"{unknown[0]!r} is not an element of a policy", element=str(unknown[0]))
    version = data.get("Version", VERSIONS[0])
    if "Version" in data and version not in grammar.versions:
        raise PolicyError(
            f"{version!r} is not a version of this kind of policy; write 2012-10-17",
            element="Version",
        )
    written = data.get("Statement")
    if isinstance(written, Mapping):
        written = [written]
    if not isinstance(written, Sequence) or isinstance(written, str) or not written:
        raise PolicyError("at least one statement is required", element="Statement")
    variables = version == VERSIONS[1]
    statements = tuple(
        _statement(item, position, grammar, variables)
        for position, item in enumerate(written, start=1)
    )
    _check_sids(statements, grammar)
    return Document(kind, name, data, statements, _ActionIndex(statements))


def _check_sids(statements: tuple[Statement, ...], grammar: Grammar) -> None:
    seen: set[str] = set()
    for statement in statements:
        sid = statement.source.get("Sid")
        if not sid:
            continue
        if sid in seen:
            raise PolicyError(
                "statement ids must be unique in a policy", element="Sid", statement=sid
            )
        if grammar.strict_sids and not _STRICT_SID.fullmatch(sid):
            raise PolicyError(
                "a Sid is made of letters and digits only", element="Sid", statement=sid
            )
        seen.add(sid)


def _statement(item: Any, position: int, grammar: Grammar, variables: bool) -> Statement:
    label = str(position)
    if not isinstance(item, Mapping):
        raise PolicyError("a statement must be a JSON object", statement=label)
    sid = item.get("Sid", "")
    if not isinstance(sid, str):
        raise PolicyError("a Sid is text", element="Sid", statement=label)
    label = sid or label
    if {key: value for key, value in item.items() if key != "Sid"} == grammar.given_by_aws:
        grammar = GRAMMARS["resource"]
    try:
        return _elements(item, label, grammar, variables)
    except PolicyError as error:
        raise PolicyError(error.reason, element=error.element, statement=label) from None


def _elements(item: Mapping[str, Any], label: str, grammar: Grammar, variables: bool) -> Statement:
    for key in item:
        if key not in _ELEMENTS:
            raise PolicyError(f"{key!r} is not an element of a statement", element=str(key))
    effect = item.get("Effect")
    if effect not in (ALLOW, DENY):
        raise PolicyError("Effect must be Allow or Deny", element="Effect")
    if effect not in grammar.effects:
        raise PolicyError(f"this kind of policy cannot say {effect}", element="Effect")
    principal = _principal(item, grammar, effect)
    return Statement(
        source=item,
        label=label,
        allows=effect == ALLOW,
        action=_actions(item, grammar),
        resource=_resource(item, grammar, variables),
        principal=principal,
        conditions=_conditions(item, variables),
    )


def _one_of(item: Mapping[str, Any], element: str, presence: str) -> str:
    """The name under which an element or its negation stands; "" when it may be missing."""
    found = [name for name in (element, f"Not{element}") if name in item]
    if len(found) == 2:
        raise PolicyError(f"{element} and Not{element} exclude each other", element=found[1])
    if found and presence == "prohibited":
        raise PolicyError(f"this kind of policy has no {found[0]}", element=found[0])
    if not found and presence == "required":
        raise PolicyError(f"{element} is missing", element=element)
    return found[0] if found else ""


def _texts(item: Mapping[str, Any], element: str) -> tuple[str, ...]:
    values = item[element]
    listed = values if isinstance(values, list | tuple) else [values]
    if not all(isinstance(value, str) for value in listed):
        raise PolicyError("text, or a list of texts, is expected", element=element)
    return tuple(listed)


def _actions(item: Mapping[str, Any], grammar: Grammar) -> ActionElement:
    element = _one_of(item, "Action", "required")
    negated = element == "NotAction"
    if negated and not grammar.not_action:
        raise PolicyError("this kind of policy has no NotAction", element=element)
    values = _texts(item, element)
    actions = read_actions(values, negated=negated)
    if grammar.sts_only and not all(vendor_of(pattern) == "sts" for pattern in actions.patterns):
        raise PolicyError("a trust policy may only specify STS AssumeRole actions", element=element)
    if "*" in values and not grammar.every_action:
        raise PolicyError("name the service, as in s3:*", element=element)
    return actions


def _principal(item: Mapping[str, Any], grammar: Grammar, effect: str) -> PrincipalElement | None:
    element = _one_of(item, "Principal", grammar.principal)
    if not element:
        return None
    negated = element == "NotPrincipal"
    if negated and not grammar.not_principal:
        raise PolicyError("this kind of policy has no NotPrincipal", element=element)
    if negated and effect == ALLOW:
        raise PolicyError(
            "NotPrincipal with Allow would grant access to everyone else; it goes with Deny only",
            element=element,
        )
    if grammar.everyone_only and item[element] != "*":
        raise PolicyError('the principal of this kind of policy is always "*"', element=element)
    return read_principal(item[element], negated=negated)


def _resource(item: Mapping[str, Any], grammar: Grammar, variables: bool) -> ResourceElement | None:
    element = _one_of(item, "Resource", grammar.resource)
    if not element:
        return None
    negated = element == "NotResource"
    values = _texts(item, element)
    if not grammar.any_resource:
        _check_arns(values, element)
    wanted = tuple(_wanted_resource(value, element, variables) for value in values)
    return ResourceElement(
        written=values,
        negated=negated,
        wanted=wanted,
        everything=not negated and "*" in values,
    )


def _check_arns(values: tuple[str, ...], element: str) -> None:
    for value in values:
        if value == "*":
            continue
        if not value.startswith("arn:"):
            raise PolicyError(f'{value!r} must be in ARN format or "*"', element=element)
        if value.count(":") < ARN_COMPONENTS - 1 and not value.endswith("*"):
            raise PolicyError(
                f"{value!r} is not an ARN: arn:partition:service:region:account:resource is "
                "expected",
                element=element,
            )


def _wanted_resource(value: str, element: str, variables: bool) -> Matcher | Template:
    try:
        template = read_template(value) if variables else canonical(value)
    except PolicyError as error:
        raise PolicyError(error.reason, element=element) from None
    return template if isinstance(template, Template) else resource_matcher(template)


def _conditions(item: Mapping[str, Any], variables: bool) -> tuple[Condition, ...]:
    block = item.get("Condition")
    if block is None and "Condition" not in item:
        return ()
    if not isinstance(block, Mapping):
        raise PolicyError("Condition must be an object of operators", element="Condition")
    try:
        return read_conditions(dict(block), variables=variables)
    except PolicyError as error:
        raise PolicyError(error.reason, element="Condition") from None
