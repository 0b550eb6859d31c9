"""The Resource Groups Tagging API: it tags a secret."""

from __future__ import annotations

from tests.sandbox.operations.samples.sample import ACCOUNT, Sample

SAMPLE = Sample(
    texts={
        "ResourceARNList": [f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:sample-abcdef"],
        "Tags": {"team": "shop"},
    },
)
