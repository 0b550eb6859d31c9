"""CloudTrail."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.sandbox.operations.samples.sample import ACCOUNT, NAME, TAGS, Clients, Sample

ARN = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:"
STORE_ID = "a1b2c3d4-5678-90ab-cdef-000000011111"
NEWER = "newer than this edition; the operation's page in the API Reference"


def prepare(aws: Clients) -> Mapping[str, Any]:
    """A trail with tags, its bucket, and a role for CloudWatch Logs."""
    aws("s3").create_bucket(Bucket="sample-trail")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "cloudtrail.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    role = aws("iam").create_role(RoleName=NAME, AssumeRolePolicyDocument=json.dumps(trust))
    aws("cloudtrail").create_trail(Name=NAME, S3BucketName="sample-trail", TagsList=TAGS)
    return {"CloudWatchLogsRoleArn": role["Role"]["Arn"]}


def _deviations() -> Iterator[tuple[tuple[str, str, str], str]]:
    yield ("ListInsightsMetricData", "cloudtrail:ListInsightsMetricData", "action"), NEWER
    for operation in ("CancelQuery", "DescribeQuery", "GetQueryResults"):
        yield (
            (operation, f"cloudtrail:{operation}", "resource *"),
            "the event data store is optional, and only the query's id says which it is",
        )
    yield (
        ("StartQuery", "cloudtrail:StartQuery", "resource *"),
        "the statement is optional: a query alias may stand for it",
    )


SAMPLE = Sample(
    prepare=prepare,
    texts={
        "S3BucketName": "sample-trail",
        "TagsList": TAGS,
        "Tags": TAGS,
        "ResourceId": f"{ARN}trail/{NAME}",
        "ResourceIdList": [f"{ARN}trail/{NAME}"],
        "ResourceArn": f"{ARN}eventdatastore/{STORE_ID}",
        "InsightSource": f"{ARN}trail/{NAME}",
        "EventDataStore": f"{ARN}eventdatastore/{STORE_ID}",
        "EventDataStores": [f"{ARN}eventdatastore/{STORE_ID}"],
        "Location": f"{ARN}eventdatastore/{STORE_ID}",
        "Channel": f"{ARN}channel/{STORE_ID}",
        "QueryStatement": f"SELECT eventName FROM {STORE_ID}",
        "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "CreateUser"}],
    },
    variants={
        operation: ({"EventDataStore": f"{ARN}eventdatastore/{STORE_ID}"}, {"TrailName": NAME})
        for operation in (
            "GetEventConfiguration",
            "GetInsightSelectors",
            "PutEventConfiguration",
            "PutInsightSelectors",
        )
    },
    deviations=dict(_deviations()),
)
