"""What the playground starts from says the same as what it was given."""

from __future__ import annotations

import pytest

from rolelab.iam import Decision, Policies, Request, evaluate, parse
from rolelab.policy_playground.given import texts_of_decision
from rolelab.policy_playground.state import State

from .sample import ORDER, READ, SESSION

ALLOW = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
}
BUCKET_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}],
}

POLICIES = [
    pytest.param({}, id="none"),
    pytest.param({"identity": [READ]}, id="one"),
    pytest.param({"identity": [READ, ALLOW], "boundary": [ALLOW]}, id="several-and-a-boundary"),
    pytest.param({"identity": [READ], "boundary": []}, id="a-boundary-without-documents"),
    pytest.param({"identity": [READ], "session": []}, id="session-policies-without-documents"),
    pytest.param({"resource": BUCKET_POLICY}, id="a-resource-policy"),
    pytest.param({"identity": [READ], "endpoint": [BUCKET_POLICY]}, id="an-endpoint-policy"),
    pytest.param({"identity": [READ], "service_control": [[ALLOW]]}, id="one-level"),
    pytest.param({"identity": [READ], "service_control": [[ALLOW, READ]]}, id="one-level-of-two"),
    pytest.param({"identity": [READ], "service_control": [[], [ALLOW]]}, id="a-level-of-none"),
    pytest.param(
        {"identity": [READ], "service_control": [[ALLOW], [ALLOW, READ]]}, id="levels-of-several"
    ),
]


def again(decision: Decision) -> Decision:
    """The decision that the playground makes of a decision's texts."""
    state = State(texts_of_decision(decision)).after(texts_of_decision(decision))
    assert state.faults == ()
    assert state.decision is not None
    return state.decision


@pytest.mark.parametrize("policies", POLICIES)
@pytest.mark.parametrize("action", ["s3:GetObject", "s3:DeleteObject"])
def test_the_same_policies_lead_to_the_same_answer(
    policies: dict[str, object], action: str
) -> None:
    decision = evaluate(Request(SESSION, action, ORDER), Policies(**policies))  # type: ignore[arg-type]
    assert again(decision).message == decision.message
    assert [layer.effect for layer in again(decision).layers] == [
        layer.effect for layer in decision.layers
    ]


CONTEXTS = [
    {"aws:SourceIp": "10.0.0.1"},
    {"aws:TagKeys": ["a", "b, c"], "aws:MultiFactorAuthPresent": True, "s3:max-keys": 10},
    {"s3:prefix": " in spaces "},
    {"s3:prefix": "[brackets]", "aws:UserAgent": '"quotes"'},
    {"s3:prefix": "two\nlines = x"},
    {"aws:RequestTag/cost centre": "Zürich = 1"},
    {"aws:TagKeys": []},
]


@pytest.mark.parametrize("context", CONTEXTS)
def test_the_same_request_is_asked(context: dict[str, object]) -> None:
    request = Request(SESSION, "s3:GetObject", ORDER, "999988887777", context)  # type: ignore[arg-type]
    asked = again(evaluate(request, Policies())).request
    assert (asked.principal, asked.action, asked.resource) == (SESSION, "s3:GetObject", ORDER)
    assert asked.resource_account == "999988887777"
    told = {True: "true", 10: "10"}
    assert asked.context == {
        key: value if isinstance(value, list) else told.get(value, value)  # type: ignore[call-overload]
        for key, value in context.items()
    }


def test_explanations_call_the_documents_as_before() -> None:
    policies = Policies(identity=[parse(READ, name="inline policy orders"), ALLOW])
    decision = evaluate(Request(SESSION, "s3:GetObject", ORDER), policies)
    assert "inline policy orders, statement ReadOrders" in str(again(decision))
