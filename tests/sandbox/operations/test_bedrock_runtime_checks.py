"""What invocations of Bedrock ask.

Pages: *Prerequisites for inference profiles*; *Converse*; *ConverseStream*; *Set up permissions to
use Guardrails*.
"""

from __future__ import annotations

from typing import Any

import pytest

from rolelab.sandbox.operations import checks_of

MODEL = "amazon.nova-lite-v1:0"
PROFILE = f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.{MODEL}"
GUARDRAIL = "arn:aws:bedrock:us-east-1:123456789012:guardrail/abc123"


def model(region: str = "us-east-1") -> str:
    return f"arn:aws:bedrock:{region}::foundation-model/{MODEL}"


ACTIONS = {
    "Converse": "bedrock:InvokeModel",
    "ConverseStream": "bedrock:InvokeModelWithResponseStream",
    "InvokeModel": "bedrock:InvokeModel",
    "InvokeModelWithResponseStream": "bedrock:InvokeModelWithResponseStream",
}


@pytest.mark.parametrize(("operation", "action"), ACTIONS.items(), ids=ACTIONS)
def test_converse_has_no_permission_of_its_own(call: Any, operation: str, action: str) -> None:
    (check,) = checks_of(call("bedrock-runtime", operation, modelId=MODEL))
    assert (check.action, check.resource) == (action, model())


@pytest.mark.parametrize("named", [f"us.{MODEL}", PROFILE], ids=["by id", "by ARN"])
def test_a_profile_asks_about_itself_and_the_model_in_all_its_regions(
    call: Any, named: str
) -> None:
    checks = checks_of(call("bedrock-runtime", "Converse", modelId=named))
    assert [each.resource for each in checks] == [
        PROFILE,
        *(model(region) for region in ("us-east-1", "us-east-2", "us-west-2")),
    ]
    assert "bedrock:InferenceProfileArn" not in checks[0].context
    assert {each.context["bedrock:InferenceProfileArn"] for each in checks[1:]} == {PROFILE}


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        (
            "Converse",
            {"guardrailConfig": {"guardrailIdentifier": "abc123", "guardrailVersion": "1"}},
        ),
        ("InvokeModel", {"guardrailIdentifier": GUARDRAIL, "guardrailVersion": "1"}),
    ],
)
def test_a_guardrail_is_a_condition_and_a_permission(
    call: Any, operation: str, given: dict[str, Any]
) -> None:
    invoke, apply = checks_of(call("bedrock-runtime", operation, modelId=MODEL, **given))
    assert invoke.context["bedrock:GuardrailIdentifier"] == f"{GUARDRAIL}:1"
    assert (apply.action, apply.resource) == ("bedrock:ApplyGuardrail", GUARDRAIL)


def test_a_profile_of_another_geography_is_still_a_profile(call: Any) -> None:
    checks = checks_of(call("bedrock-runtime", "Converse", modelId=f"eu.{MODEL}"))
    assert [each.resource for each in checks] == [PROFILE.replace("/us.", "/eu.")]
