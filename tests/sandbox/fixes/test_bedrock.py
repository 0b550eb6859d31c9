"""The models and profiles that the account offers.

AWS pages: *ListFoundationModels*; *GetInferenceProfile*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

Refused = Callable[..., tuple[str, str]]
MODEL = "amazon.nova-lite-v1:0"
ARN = f"arn:aws:bedrock:us-east-1::foundation-model/{MODEL}"


@pytest.fixture
def bedrock(sandbox: object) -> Any:
    return boto3.client("bedrock")


def test_every_model_says_that_it_is_a_stand_in(bedrock: Any) -> None:
    models = bedrock.list_foundation_models()["modelSummaries"]
    assert {each["providerName"] for each in models} == {"Amazon", "Anthropic", "Meta"}
    assert all(each["modelName"].endswith("(rolelab stand-in)") for each in models)


FILTERS: dict[str, tuple[dict[str, str], set[str]]] = {
    "by provider": ({"byProvider": "Meta"}, {"Meta"}),
    "by kind of inference": ({"byInferenceType": "PROVISIONED"}, set()),
    "by output": ({"byOutputModality": "IMAGE"}, set()),
    "by output and provider": (
        {"byOutputModality": "TEXT", "byProvider": "Anthropic"},
        {"Anthropic"},
    ),
}


@pytest.mark.parametrize(("given", "providers"), FILTERS.values(), ids=FILTERS)
def test_a_list_is_filtered(bedrock: Any, given: dict[str, str], providers: set[str]) -> None:
    models = bedrock.list_foundation_models(**given)["modelSummaries"]
    assert {each["providerName"] for each in models} == providers


@pytest.mark.parametrize("named", [MODEL, ARN], ids=["by id", "by ARN"])
def test_one_model(bedrock: Any, named: str) -> None:
    details = bedrock.get_foundation_model(modelIdentifier=named)["modelDetails"]
    assert (details["modelArn"], details["providerName"]) == (ARN, "Amazon")


def test_a_model_that_is_not_offered(bedrock: Any, refused: Refused) -> None:
    assert refused(bedrock.get_foundation_model, modelIdentifier="amazon.none-v1:0") == (
        "ValidationException",
        "The provided model identifier is invalid.",
    )


def test_a_profile_spans_regions_and_is_there_in_each(bedrock: Any, refused: Refused) -> None:
    profile = bedrock.get_inference_profile(inferenceProfileIdentifier=f"us.{MODEL}")
    assert profile["inferenceProfileArn"] == (
        f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.{MODEL}"
    )
    regions = [each["modelArn"].split(":")[3] for each in profile["models"]]
    assert regions == ["us-east-1", "us-east-2", "us-west-2"]
    listed = bedrock.list_inference_profiles()["inferenceProfileSummaries"]
    assert all(each["inferenceProfileId"].startswith("us.") for each in listed)
    assert refused(bedrock.get_inference_profile, inferenceProfileIdentifier=f"eu.{MODEL}")[0] == (
        "ResourceNotFoundException"
    )
    europe = boto3.client("bedrock", region_name="eu-west-1")
    assert europe.get_inference_profile(inferenceProfileIdentifier=f"eu.{MODEL}")


def test_an_account_has_made_no_profiles_itself(bedrock: Any) -> None:
    assert bedrock.list_inference_profiles(typeEquals="APPLICATION")[
        "inferenceProfileSummaries"
    ] == ([])


def test_what_is_offered_may_be_used(bedrock: Any) -> None:
    assert (
        bedrock.get_foundation_model_availability(modelId=MODEL)["authorizationStatus"]
        == "AUTHORIZED"
    )
