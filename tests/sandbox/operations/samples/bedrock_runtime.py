"""Bedrock Runtime: a model, and an inference profile that sends requests to three Regions."""

from __future__ import annotations

from tests.sandbox.operations.samples.sample import ACCOUNT, NAME, Sample

MODEL = "amazon.nova-lite-v1:0"
HOME = f"arn:aws:bedrock:us-east-1:{ACCOUNT}"
THROUGH_A_PROFILE = ({"modelId": f"us.{MODEL}"},)

SAMPLE = Sample(
    texts={
        "body": b"{}",
        "guardrailIdentifier": NAME,
        "invocationArn": f"{HOME}:async-invoke/{NAME}",
        "modelId": MODEL,
        "tags": [{"key": "team", "value": "shop"}],
    },
    variants=dict.fromkeys(
        ("Converse", "ConverseStream", "InvokeModel", "InvokeModelWithResponseStream"),
        THROUGH_A_PROFILE,
    ),
    complete=False,
)
