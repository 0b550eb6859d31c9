"""Every fix of Bedrock is still needed: raw moto, without the gate, still answers wrongly."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.usefixtures("raw_moto")

MODEL = "amazon.nova-lite-v1:0"
CONVERSATION = [{"role": "user", "content": [{"text": "Hello"}]}]


def missing(service: str, operation: str, **parameters: Any) -> bool:
    """Does moto lack an operation?"""
    try:
        getattr(boto3.client(service), operation)(**parameters)
    except NotImplementedError:
        return True
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"] in {404, 500, 501}
    return False


def answers_nothing() -> bool:
    client = boto3.client("bedrock-runtime")
    answer = client.invoke_model(modelId=MODEL, body=json.dumps({"messages": CONVERSATION}))
    return bool(json.loads(answer["body"].read()) == {})


ROWS: dict[str, Callable[[], bool]] = {
    "invoke_model: an empty object": answers_nothing,
    "invoke_model_with_response_stream: missing": lambda: missing(
        "bedrock-runtime", "invoke_model_with_response_stream", modelId=MODEL, body=b"{}"
    ),
    "converse: missing": lambda: missing(
        "bedrock-runtime", "converse", modelId=MODEL, messages=CONVERSATION
    ),
    "converse_stream: missing": lambda: missing(
        "bedrock-runtime", "converse_stream", modelId=MODEL, messages=CONVERSATION
    ),
    "count_tokens: missing": lambda: missing(
        "bedrock-runtime",
        "count_tokens",
        modelId=MODEL,
        input={"converse": {"messages": CONVERSATION}},
    ),
    "list_foundation_models: missing": lambda: missing("bedrock", "list_foundation_models"),
    "get_foundation_model: missing": lambda: missing(
        "bedrock", "get_foundation_model", modelIdentifier=MODEL
    ),
    "get_foundation_model_availability: missing": lambda: missing(
        "bedrock", "get_foundation_model_availability", modelId=MODEL
    ),
    "list_inference_profiles: missing": lambda: missing("bedrock", "list_inference_profiles"),
    "get_inference_profile: missing": lambda: missing(
        "bedrock", "get_inference_profile", inferenceProfileIdentifier=f"us.{MODEL}"
    ),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_moto_is_still_wrong(row: Callable[[], bool]) -> None:
    assert row()
