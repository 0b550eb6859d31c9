"""What the operations of Bedrock Runtime ask.

Converse and InvokeModel are one permission, their streaming forms another. A request to an
inference profile is asked about the profile and the model in every Region the profile may use.

Pages: *Actions, resources, and condition keys for Amazon Bedrock* (Service Authorization
Reference); *Prerequisites for inference profiles*; *Converse* and
*ConverseStream* (the permission they require); *Set up permissions to use Guardrails*.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.bedrock_models import (
    PROFILES,
    model_arn,
    models_of,
    profile_arn,
    profile_named,
)
from rolelab.sandbox.operations.check import Check, Value
from rolelab.sandbox.operations.row import Derived, Row, Table, tag_context
from rolelab.sandbox.resource_policies import account_of

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

INVOKE = "bedrock:InvokeModel"
STREAM = "bedrock:InvokeModelWithResponseStream"
APPLY = "bedrock:ApplyGuardrail"

# Ids of profiles that Bedrock defines begin with the geography they span.
_GEOGRAPHY = re.compile(r"(apac|au|ca|eu|global|jp|us|us-gov)\.")


def model_resource(call: Call, named: str) -> str:
    """Give the ARN of what a model id means: a foundation model or an inference profile.

    Page: *Converse*, "modelId".
    """
    if named.startswith("arn:"):
        return named
    if named in PROFILES or _GEOGRAPHY.match(named):
        return profile_arn(call.partition, call.region, call.account, named)
    return model_arn(call.partition, call.region, named)


def guardrail_arn(call: Call, named: str) -> str:
    """Give the ARN of a guardrail that is named by id or ARN."""
    if named.startswith("arn:"):
        return named
    return f"arn:{call.partition}:bedrock:{call.region}:{call.account}:guardrail/{named}"


def _guardrail(call: Call) -> tuple[str, str] | None:
    """The guardrail of a call and its version; the two APIs name them in different places."""
    given = call.parameters.get("guardrailConfig") or call.parameters
    named = given.get("guardrailIdentifier")
    if not named:
        return None
    return guardrail_arn(call, str(named)), str(given.get("guardrailVersion") or "DRAFT")


def _shared(call: Call) -> dict[str, Value]:
    """The condition keys of an invocation that its parameters fill."""
    context: dict[str, Value] = {}
    guardrail = _guardrail(call)
    if guardrail is not None:
        arn, version = guardrail
        # Page: *Set up permissions to use Guardrails*: the draft has no version in the value.
        context["bedrock:GuardrailIdentifier"] = arn if version == "DRAFT" else f"{arn}:{version}"
    tier: Any = call.parameters.get("serviceTier")
    if tier:
        context["bedrock:ServiceTier"] = str(tier["type"] if isinstance(tier, dict) else tier)
    return context


def _invokes(action: str) -> Callable[[Call], Iterable[Check]]:
    def checks(call: Call) -> Iterable[Check]:
        arn = model_resource(call, str(call.parameters.get("modelId")))
        shared = _shared(call)
        yield Check(action, arn, account_of(arn), shared)
        profile = profile_named(arn, call.region) if ":inference-profile/" in arn else None
        for model in [] if profile is None else models_of(profile, call.partition):
            yield Check(action, model, None, {**shared, "bedrock:InferenceProfileArn": arn})
        guardrail = _guardrail(call)
        if guardrail is not None:
            yield Check(APPLY, guardrail[0], account_of(guardrail[0]))

    return checks


def _starts(call: Call) -> Iterable[Check]:
    """An asynchronous invocation is a resource of its own. Page: *StartAsyncInvoke*."""
    tags = tag_context(call.parameters.get("tags"))
    model = model_resource(call, str(call.parameters.get("modelId")))
    yield Check(INVOKE, model, account_of(model), tags)
    job = f"arn:{call.partition}:bedrock:{call.region}:{call.account}:async-invoke/*"
    yield Check(INVOKE, job, None, tags)
    if tags:
        yield Check("bedrock:TagResource", job, None, tags)


def _counted(call: Call) -> str:
    return model_resource(call, str(call.parameters.get("modelId")))


def _applied(call: Call) -> str:
    return guardrail_arn(call, str(call.parameters.get("guardrailIdentifier")))


TABLE = Table(
    prefix="bedrock",
    rows=(
        Derived("Converse", _invokes(INVOKE), actions=(INVOKE, APPLY)),
        Derived("ConverseStream", _invokes(STREAM), actions=(STREAM, APPLY)),
        Derived("InvokeModel", _invokes(INVOKE), actions=(INVOKE, APPLY)),
        Derived("InvokeModelWithResponseStream", _invokes(STREAM), actions=(STREAM, APPLY)),
        Derived("StartAsyncInvoke", _starts, actions=(INVOKE, "bedrock:TagResource")),
        Row("GetAsyncInvoke", "bedrock:GetAsyncInvoke", "{invocationArn}"),
        Row("ListAsyncInvokes", "bedrock:ListAsyncInvokes"),
        Row("CountTokens", "bedrock:CountTokens", _counted),
        Row("ApplyGuardrail", APPLY, _applied),
    ),
)
