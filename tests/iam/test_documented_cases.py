"""The engine against what AWS documents: each row is a rule and names its page."""

from __future__ import annotations

from importlib import import_module

import pytest

from rolelab.iam import Decision, Policies, Request, evaluate
from tests.iam.cases.case import Case

SUBJECTS = (
    "actions_and_wildcards",
    "resources_and_arns",
    "principals",
    "not_elements",
    "conditions_string",
    "conditions_numeric",
    "conditions_date",
    "conditions_bool_null",
    "conditions_binary",
    "conditions_ip",
    "conditions_arn",
    "condition_sets",
    "policy_variables",
    "same_account_evaluation",
    "cross_account_evaluation",
    "boundaries",
    "session_policies",
    "scps",
    "rcps",
    "endpoint_policies",
    "kms",
    "trust_policies",
    "service_principals",
    "service_linked_roles",
    "root_user",
    "anonymous",
    "unconditional_calls",
    "denial_messages",
)

ROWS = [
    pytest.param(case, id=f"{subject}: {case.id}")
    for subject in SUBJECTS
    for case in import_module(f"tests.iam.cases.{subject}").CASES
]


def decide(case: Case) -> Decision:
    return evaluate(Request(**case.request), Policies(**case.policies))


@pytest.mark.parametrize("case", ROWS)
def test_the_decision_is_the_documented_one(case: Case) -> None:
    decision = decide(case)
    assert decision.effect == case.effect, f"{case.page}\n{decision}"
    assert decision.allowed == (case.effect == "Allow")


@pytest.mark.parametrize("case", [row for row in ROWS if row.values[0].layer])
def test_the_layer_that_decides_says_so(case: Case) -> None:
    decision = decide(case)
    effects = {layer.policy_type: layer.effect for layer in decision.layers}
    assert decision.decided_by == case.layer, f"{case.page}\n{decision}"
    assert effects[case.layer] == case.effect, f"{case.page}\n{decision}"


@pytest.mark.parametrize("case", [row for row in ROWS if row.values[0].message])
def test_the_message_is_the_wording_of_aws(case: Case) -> None:
    assert decide(case).message == case.message


@pytest.mark.parametrize("subject", SUBJECTS)
def test_no_rule_is_written_twice(subject: str) -> None:
    ids = [case.id for case in import_module(f"tests.iam.cases.{subject}").CASES]
    assert len(ids) == len(set(ids))
