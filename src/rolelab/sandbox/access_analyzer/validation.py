"""ValidatePolicy: every check over a policy document, and the engine's own reading of it.

Where no check has a word for what the engine refuses, the finding has the code of the element and
the engine's reason. Pages: *ValidatePolicy*, *ValidatePolicyFinding* (IAM Access Analyzer API
Reference); *IAM policy validation check reference*. (What needs AWS's list of condition keys and
resource types for each action is not checked.)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from rolelab.iam import PolicyError, parse
from rolelab.sandbox.access_analyzer import (
    checks_conditions,
    checks_grammar,
    checks_redundancy,
    checks_security,
)
from rolelab.sandbox.access_analyzer.catalog import CATALOG, ERROR, learn_more
from rolelab.sandbox.access_analyzer.located import Path, locate, location
from rolelab.sandbox.access_analyzer.policy import (
    IDENTITY,
    RESOURCE,
    RESOURCE_CONTROL,
    SERVICE_CONTROL,
    Found,
    Policy,
    found,
)

_KINDS: Mapping[str, str] = {
    IDENTITY: "identity",
    RESOURCE: "resource",
    SERVICE_CONTROL: "scp",
    RESOURCE_CONTROL: "rcp",
}
_DOCUMENT = (*checks_grammar.DOCUMENT_CHECKS, *checks_redundancy.DOCUMENT_CHECKS)
_STATEMENT = (
    *checks_grammar.STATEMENT_CHECKS,
    *checks_conditions.STATEMENT_CHECKS,
    *checks_security.STATEMENT_CHECKS,
    *checks_redundancy.STATEMENT_CHECKS,
)
# The element that the engine refuses -> the issue code of its findings.
_BY_ELEMENT: Mapping[str, str] = {
    "Action": "INVALID_ACTION",
    "NotAction": "INVALID_ACTION",
    "Condition": "INVALID_CONDITION_OPERATOR",
    "Effect": "INVALID_EFFECT",
    "NotPrincipal": "INVALID_PRINCIPAL_FORMAT",
    "NotResource": "INVALID_ARN_RESOURCE",
    "Principal": "INVALID_PRINCIPAL_FORMAT",
    "Resource": "INVALID_ARN_RESOURCE",
    "Sid": "UNSUPPORTED_SID",
    "Version": "INVALID_VERSION",
}
_ORDER = ("ERROR", "SECURITY_WARNING", "WARNING", "SUGGESTION")


def validate(text: str, kind: str, resource_type: str | None = None) -> list[dict[str, Any]]:
    """Give the findings about a policy.

    Args:
        text: the document.
        kind: the policy type, as the API names it.
        resource_type: what a resource-based policy is for, where that is known.

    Returns:
        `ValidatePolicyFinding`s, errors first.
    """
    try:
        source = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        return [_syntax(text, error)]
    if not isinstance(source, Mapping):
        return [_described(text, found("JSON_SYNTAX_ERROR", place=""), {})]
    policy = Policy(source, kind, resource_type, text)
    results = list(_run(policy))
    places = locate(text)
    if not any(CATALOG[each.code][0] == ERROR for each in results):
        refusal = _refused(policy)
        if refusal is not None:
            described = _described(text, refusal[0], places)
            described["findingDetails"] = refusal[1]
            return [described, *_sorted(text, results, places)]
    return _sorted(text, results, places)


def _sorted(
    text: str, results: list[Found], places: dict[Path, tuple[int, int]]
) -> list[dict[str, Any]]:
    described = [_described(text, each, places) for each in results]
    return sorted(described, key=lambda each: _ORDER.index(each["findingType"]))


def _run(policy: Policy) -> Iterator[Found]:
    for check in _DOCUMENT:
        yield from check(policy)
    for statement in policy.statements:
        for examine in _STATEMENT:
            yield from examine(policy, statement)


def _refused(policy: Policy) -> tuple[Found, str] | None:
    """What the engine refuses although no check objects."""
    kind = "trust" if policy.is_trust else _KINDS[policy.kind]
    try:
        parse(policy.text, kind=kind)
    except PolicyError as error:
        if error.element in ("Action", "NotAction", "Condition") and _is_empty(policy):
            return None
        code = _BY_ELEMENT.get(error.element or "", "JSON_SYNTAX_ERROR")
        return found(code, _path(policy, error)), str(error)
    return None


def _is_empty(policy: Policy) -> bool:
    """Empty lists have suggestions of their own."""
    return any(value in ([], {}) for each in policy.statements for value in each.source.values())


def _path(policy: Policy, error: PolicyError) -> Path:
    for position, statement in enumerate(policy.statements, start=1):
        if error.statement in (statement.source.get("Sid"), str(position)):
            return statement.at(error.element) if error.element else statement.path
    return (error.element,) if error.element else ()


def _described(text: str, result: Found, places: dict[Path, tuple[int, int]]) -> dict[str, Any]:
    kind, details = CATALOG[result.code]
    filled = details.format_map(_Gaps(result.fields))
    return {
        "findingDetails": filled,
        "findingType": kind,
        "issueCode": result.code,
        "learnMoreLink": learn_more(result.code),
        "locations": [location(text, path, places) for path in result.paths],
    }


class _Gaps(dict[str, Any]):
    """What is not said stays as it is named."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def _syntax(text: str, error: Exception) -> dict[str, Any]:
    if not isinstance(error, json.JSONDecodeError):
        return _described(text, found("JSON_SYNTAX_ERROR", place=""), {})
    place = f" at index {error.pos} line {error.lineno} column {error.colno}"
    described = _described(text, found("JSON_SYNTAX_ERROR", place=place), {})
    position = {"line": error.lineno, "column": error.colno - 1, "offset": error.pos}
    described["locations"] = [{"path": [], "span": {"start": position, "end": position}}]
    return described
