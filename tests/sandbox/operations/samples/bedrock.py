"""Bedrock. What it offers is there from the start."""

from __future__ import annotations

from tests.sandbox.operations.samples.sample import ACCOUNT, NAME, Sample

HOME = f"arn:aws:bedrock:us-east-1:{ACCOUNT}"
TAGS = [{"key": "team", "value": "shop"}]
MODEL = "amazon.nova-lite-v1:0"

SAMPLE = Sample(
    texts={
        "copyFrom": f"arn:aws:bedrock:us-east-1::foundation-model/{MODEL}",
        "inferenceProfileIdentifier": f"us.{MODEL}",
        "modelIdentifier": MODEL,
        "resourceARN": f"{HOME}:guardrail/{NAME}",
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/{NAME}",
        "tags": TAGS,
    },
    given={"DeleteInferenceProfile": {"inferenceProfileIdentifier": "abcdefghijkl"}},
    complete=False,
)
