"""Bedrock: the models and inference profiles that the account offers. moto has none.

AWS pages: *ListFoundationModels*, *GetFoundationModel*, *GetFoundationModelAvailability*,
*ListInferenceProfiles*, *GetInferenceProfile* of the Amazon Bedrock API Reference.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rolelab.sandbox.bedrock_models import (
    MODELS,
    PROFILES,
    STAND_IN,
    Model,
    Profile,
    model_arn,
    model_named,
    models_of,
    profile_arn,
    profile_named,
)
from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, fix

_SINCE = datetime(2025, 1, 1, tzinfo=UTC)


@fix("bedrock", "ListFoundationModels")
def list_foundation_models(call: Call, response: Any, serve: Any) -> Answer:
    """List models, by provider, output and kind of inference."""
    given = call.parameters
    wanted = {
        "customizationsSupported": given.get("byCustomizationType"),
        "inferenceTypesSupported": given.get("byInferenceType"),
        "outputModalities": given.get("byOutputModality"),
    }
    provider = given.get("byProvider")
    found = [
        described
        for described in (_described(call, model) for model in MODELS.values())
        if provider in (None, described["providerName"])
        and all(value is None or value in described[key] for key, value in wanted.items())
    ]
    return Answer({"modelSummaries": found})


@fix("bedrock", "GetFoundationModel")
def get_foundation_model(call: Call, response: Any, serve: Any) -> Answer:
    """Describe one model."""
    return Answer({"modelDetails": _described(call, _model(call, "modelIdentifier"))})


@fix("bedrock", "GetFoundationModelAvailability")
def get_foundation_model_availability(call: Call, response: Any, serve: Any) -> Answer:
    """Say that a model may be used: what is offered needs no agreement here."""
    model = _model(call, "modelId")
    return Answer(
        {
            "modelId": model.identifier,
            "agreementAvailability": {"status": "AVAILABLE"},
            "authorizationStatus": "AUTHORIZED",
            "entitlementAvailability": "AVAILABLE",
            "regionAvailability": "AVAILABLE",
        }
    )


def _model(call: Call, member: str) -> Model:
    found = model_named(str(call.parameters[member]))
    if found is None:
        raise ServiceError("ValidationException", "The provided model identifier is invalid.", 400)
    return found


def _described(call: Call, model: Model) -> dict[str, Any]:
    return {
        "modelArn": model_arn(call.partition, call.region, model.identifier),
        "modelId": model.identifier,
        "modelName": f"{model.name} ({STAND_IN})",
        "providerName": model.provider,
        "inputModalities": ["TEXT", "IMAGE"] if model.reads_images else ["TEXT"],
        "outputModalities": ["TEXT"],
        "responseStreamingSupported": True,
        "customizationsSupported": [],
        "inferenceTypesSupported": ["ON_DEMAND"],
        "modelLifecycle": {"status": "ACTIVE"},
    }


@fix("bedrock", "ListInferenceProfiles")
def list_inference_profiles(call: Call, response: Any, serve: Any) -> Answer:
    """List the profiles that Bedrock defines for the Region. An account has made none itself."""
    if call.parameters.get("typeEquals") == "APPLICATION":
        return Answer({"inferenceProfileSummaries": []})
    found = [each for each in PROFILES.values() if call.region in each.regions]
    return Answer({"inferenceProfileSummaries": [_profile(call, each) for each in found]})


@fix("bedrock", "GetInferenceProfile")
def get_inference_profile(call: Call, response: Any, serve: Any) -> Answer:
    """Describe one profile."""
    named = str(call.parameters["inferenceProfileIdentifier"])
    found = profile_named(named, call.region)
    if found is None:
        raise ServiceError(
            "ResourceNotFoundException", f"Inference profile {named} was not found.", 404
        )
    return Answer(_profile(call, found))


def _profile(call: Call, profile: Profile) -> dict[str, Any]:
    geography = profile.identifier.partition(".")[0].upper()
    model = MODELS[profile.model]
    return {
        "inferenceProfileName": f"{geography} {model.name} ({STAND_IN})",
        "description": f"Routes requests to {model.name} in {', '.join(profile.regions)}.",
        "createdAt": _SINCE,
        "updatedAt": _SINCE,
        "inferenceProfileArn": profile_arn(
            call.partition, call.region, call.account, profile.identifier
        ),
        "models": [{"modelArn": arn} for arn in models_of(profile, call.partition)],
        "inferenceProfileId": profile.identifier,
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
    }
