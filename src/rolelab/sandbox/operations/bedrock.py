"""What the operations of Bedrock ask: models, inference profiles, guardrails, invocation logs.

Pages: *Actions, resources, and condition keys for Amazon Bedrock* (Service Authorization
Reference); *Prerequisites for inference profiles*; *Set up an Amazon S3 destination* and
*Set up a CloudWatch Logs destination* of *Monitor model invocation* (iam:PassRole).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rolelab.sandbox.bedrock_models import model_arn
from rolelab.sandbox.operations.bedrock_runtime import guardrail_arn, model_resource
from rolelab.sandbox.operations.check import Check
from rolelab.sandbox.operations.pass_role import pass_role
from rolelab.sandbox.operations.row import Derived, Row, Table

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

BEDROCK = "bedrock.amazonaws.com"


def _model(call: Call) -> str:
    named = str(call.parameters.get("modelIdentifier"))
    return named if named.startswith("arn:") else model_arn(call.partition, call.region, named)


def _profile(call: Call) -> str:
    named = str(call.parameters.get("inferenceProfileIdentifier"))
    if named.startswith("arn:"):
        return named
    # Profiles that Bedrock defines have a geography and a provider in their ids; those of an
    # account have twelve letters and digits.
    kind = "inference-profile" if "." in named else "application-inference-profile"
    return f"arn:{call.partition}:bedrock:{call.region}:{call.account}:{kind}/{named}"


def _source(call: Call) -> str:
    source = call.parameters.get("modelSource") or {}
    return model_resource(call, str(source.get("copyFrom")))


def _guardrail(call: Call) -> str:
    named = call.parameters.get("guardrailIdentifier")
    return guardrail_arn(call, str(named)) if named else "*"


def _passes_log_role(call: Call) -> Iterable[Check]:
    logs = (call.parameters.get("loggingConfig") or {}).get("cloudWatchConfig") or {}
    if logs.get("roleArn"):
        yield pass_role(call, str(logs["roleArn"]), BEDROCK)


NEW_PROFILE = "arn:{partition}:bedrock:{region}:{account}:application-inference-profile/*"

TABLE = Table(
    prefix="bedrock",
    rows=(
        Row("GetFoundationModel", "bedrock:GetFoundationModel", _model),
        Row("GetInferenceProfile", "bedrock:GetInferenceProfile", _profile),
        Row("DeleteInferenceProfile", "bedrock:DeleteInferenceProfile", _profile),
        Row(
            "CreateInferenceProfile",
            "bedrock:CreateInferenceProfile",
            NEW_PROFILE,
            request_tags="tags",
        ),
        Row("CreateInferenceProfile", "bedrock:CreateInferenceProfile", _source),
        Row(
            "CreateInferenceProfile",
            "bedrock:TagResource",
            NEW_PROFILE,
            request_tags="tags",
            when="tags",
        ),
        Row("CreateGuardrail", "bedrock:CreateGuardrail", request_tags="tags"),
        *(
            Row(operation, f"bedrock:{operation}", _guardrail)
            for operation in (
                "CreateGuardrailVersion",
                "DeleteGuardrail",
                "GetGuardrail",
                "ListGuardrails",
                "UpdateGuardrail",
            )
        ),
        Derived(
            "PutModelInvocationLoggingConfiguration",
            _passes_log_role,
            actions=("iam:PassRole",),
        ),
        *(
            Row(operation, f"bedrock:{operation}")
            for operation in (
                "DeleteModelInvocationLoggingConfiguration",
                "GetFoundationModelAvailability",
                "GetModelInvocationLoggingConfiguration",
                "ListFoundationModels",
                "ListInferenceProfiles",
                "PutModelInvocationLoggingConfiguration",
            )
        ),
        Row("ListTagsForResource", "bedrock:ListTagsForResource", "{resourceARN}"),
        Row("TagResource", "bedrock:TagResource", "{resourceARN}", request_tags="tags"),
        Row("UntagResource", "bedrock:UntagResource", "{resourceARN}", tag_keys="tagKeys"),
    ),
)
