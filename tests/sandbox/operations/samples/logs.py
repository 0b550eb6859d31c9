"""CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.sandbox.operations.samples.sample import ACCOUNT, NAME, REGION, Clients, Sample

GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{NAME}"


def prepare(aws: Clients) -> dict[str, Any]:
    """A tagged log group with a stream, and a query that ran over it."""
    logs = aws("logs")
    logs.create_log_group(logGroupName=NAME, tags={"team": "shop"})
    logs.create_log_stream(logGroupName=NAME, logStreamName=NAME)
    query = logs.start_query(
        logGroupName=NAME, startTime=0, endTime=1, queryString="fields @message"
    )
    return {"queryId": query["queryId"]}


def _deviations() -> Iterator[tuple[tuple[str, str, str], str]]:
    nameless = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group::log-stream:"
    yield (
        ("DescribeLogGroups", "logs:DescribeLogGroups", f"resource {nameless}"),
        "AWS's refusals of this call name a log group without a name, whichever prefix it gives",
    )


SAMPLE = Sample(
    prepare=prepare,
    texts={
        "destinationArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:destination:{NAME}",
        "executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/{NAME}",
        "logGroupIdentifiers": [GROUP],
        "resourceArn": GROUP,
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/{NAME}",
        "tags": {"team": "shop"},
    },
    given={
        "UntagLogGroup": {"tags": ["team"]},
        "GetLogEvents": {"logGroupName": NAME},
        "AssociateKmsKey": {"resourceIdentifier": GROUP},
    },
    variants={"DescribeLogStreams": ({"logGroupIdentifier": GROUP},)},
    deviations=dict(_deviations()),
    complete=False,
)
