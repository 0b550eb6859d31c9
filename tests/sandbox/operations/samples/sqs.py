"""SQS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.sandbox.operations.samples.sample import ACCOUNT, NAME, REGION, Clients, Sample


def prepare(aws: Clients) -> Mapping[str, Any]:
    """One tagged queue under a customer managed key."""
    key = aws("kms").create_key()["KeyMetadata"]["KeyId"]
    made = aws("sqs").create_queue(
        QueueName=NAME, Attributes={"KmsMasterKeyId": key}, tags={"team": "shop"}
    )
    return {"QueueUrl": made["QueueUrl"]}


SAMPLE = Sample(
    prepare=prepare,
    texts={
        "QueueOwnerAWSAccountId": ACCOUNT,
        "SourceArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{NAME}",
        "tags": {"team": "shop"},
        "Tags": {"team": "shop"},
    },
)
