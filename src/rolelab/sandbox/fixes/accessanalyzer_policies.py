"""Policy validation and custom policy checks.

Pages: *ValidatePolicy*, *CheckNoNewAccess*, *CheckAccessNotGranted*, *CheckNoPublicAccess* (IAM
Access Analyzer API Reference).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rolelab.iam import PolicyError
from rolelab.sandbox.access_analyzer import comparison
from rolelab.sandbox.access_analyzer.policy import TRUST, Statement
from rolelab.sandbox.access_analyzer.validation import validate
from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.accessanalyzer_errors import invalid, page

_KINDS: Mapping[str, str] = {"IDENTITY_POLICY": "identity", "RESOURCE_POLICY": "resource"}
_POLICY_TYPES = frozenset({*_KINDS, "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"})


@fix("accessanalyzer", "ValidatePolicy")
def validate_policy(call: Call, response: Any, serve: Any) -> Answer:
    """Give the findings about a policy document."""
    asked = call.parameters
    kind = str(asked["policyType"])
    if kind not in _POLICY_TYPES:
        raise invalid(f"{kind} is not a policy type.")
    findings = validate(str(asked["policyDocument"]), kind, asked.get("validatePolicyResourceType"))
    listed, token = page(findings, asked)
    return Answer({"findings": listed, **({"nextToken": token} if token else {})})


@fix("accessanalyzer", "CheckNoNewAccess")
def check_no_new_access(call: Call, response: Any, serve: Any) -> Answer:
    """Compare a policy with the one before."""
    new, existing = (_read(call, name) for name in ("newPolicyDocument", "existingPolicyDocument"))
    found = comparison.new_access(new, existing)
    return _answer(
        found,
        new,
        comparison.NEW_ACCESS if found else comparison.NO_NEW_ACCESS,
        "New access in the statement with",
    )


@fix("accessanalyzer", "CheckAccessNotGranted")
def check_access_not_granted(call: Call, response: Any, serve: Any) -> Answer:
    """Look for access that a policy must not give."""
    statements = _read(call, "policyDocument")
    access: Mapping[str, Any] = (call.parameters["access"] or [{}])[0]
    actions, resources = access.get("actions") or (), access.get("resources") or ()
    if not actions and not resources:
        raise invalid("At least one of actions and resources is required in access.")
    found = comparison.granted(statements, actions, resources)
    what = "actions or resources" if resources else "actions"
    message = {
        (True, True): comparison.GRANTED_ON,
        (True, False): comparison.GRANTED,
        (False, True): comparison.NOT_GRANTED_ON,
        (False, False): comparison.NOT_GRANTED,
    }[bool(found), bool(resources)]
    return _answer(
        found, statements, message, f"One or more of the listed {what} in the statement with"
    )


@fix("accessanalyzer", "CheckNoPublicAccess")
def check_no_public_access(call: Call, response: Any, serve: Any) -> Answer:
    """Look for access that everybody has."""
    kind = "trust" if call.parameters["resourceType"] == TRUST else "resource"
    statements = _read(call, "policyDocument", kind)
    found = comparison.public(statements)
    return _answer(
        found,
        statements,
        comparison.PUBLIC if found else comparison.NOT_PUBLIC,
        "Public access granted in the following statement with",
    )


def _read(call: Call, member: str, kind: str | None = None) -> list[Statement]:
    asked = str(call.parameters.get("policyType"))
    if kind is None and asked not in _KINDS:
        raise invalid(f"{asked} is not a policy type of this check.")
    text = str(call.parameters[member])
    try:
        return comparison.statements_of(text, kind or _KINDS[asked])
    except PolicyError as error:
        # A trust policy is a resource policy, too; it has no resource and only STS actions.
        raise invalid(f"The policy in {member} is not valid: {error}") from error


def _answer(
    found: Sequence[int], statements: Sequence[Statement], message: str, words: str
) -> Answer:
    reasons = [_reason(position, statements[position], words) for position in found]
    result = "FAIL" if found else "PASS"
    return Answer({"result": result, "message": message, "reasons": reasons})


def _reason(position: int, statement: Statement, words: str) -> dict[str, Any]:
    sid = statement.source.get("Sid")
    if not sid:
        description = f"{words} index: {position}."
        return {"description": description, "statementIndex": position}
    return {
        "description": f"{words} sid: {sid}.",
        "statementIndex": position,
        "statementId": sid,
    }
