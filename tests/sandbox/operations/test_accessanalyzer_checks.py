"""What calls to IAM Access Analyzer ask.

Pages: *Actions, resources, and condition keys for AWS IAM Access Analyzer*; *GetFindingV2*.
"""

from __future__ import annotations

from typing import Any

import pytest

from rolelab.sandbox.operations import checks_of

ARN = "arn:aws:access-analyzer:us-east-1:123456789012:analyzer/main"

ASKED: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "a policy check has no resource": (
        "ValidatePolicy",
        {"policyDocument": "{}", "policyType": "IDENTITY_POLICY"},
        "access-analyzer:ValidatePolicy",
        "*",
    ),
    "an analyzer by name": (
        "GetAnalyzer",
        {"analyzerName": "main"},
        "access-analyzer:GetAnalyzer",
        ARN,
    ),
    "findings by the analyzer's ARN": (
        "ListFindings",
        {"analyzerArn": ARN},
        "access-analyzer:ListFindings",
        ARN,
    ),
    "the second version shares its action": (
        "GetFindingV2",
        {"analyzerArn": ARN, "id": "x"},
        "access-analyzer:GetFinding",
        ARN,
    ),
    "an archive rule is a resource of its own": (
        "CreateArchiveRule",
        {"analyzerName": "main", "ruleName": "partners", "filter": {}},
        "access-analyzer:CreateArchiveRule",
        f"{ARN}/archive-rule/partners",
    ),
}


@pytest.mark.parametrize(("operation", "given", "action", "resource"), ASKED.values(), ids=ASKED)
def test_actions_and_resources(
    call: Any, operation: str, given: dict[str, Any], action: str, resource: str
) -> None:
    (check,) = checks_of(call("accessanalyzer", operation, **given))
    assert (check.action, check.resource) == (action, resource)


def test_tags_of_a_new_analyzer(call: Any) -> None:
    given = {"analyzerName": "main", "type": "ACCOUNT", "tags": {"team": "shop"}}
    (check,) = checks_of(call("accessanalyzer", "CreateAnalyzer", **given))
    assert check.context == {"aws:RequestTag/team": "shop", "aws:TagKeys": ["team"]}
