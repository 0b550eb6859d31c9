"""CloudWatch."""

from __future__ import annotations

import json

from tests.sandbox.operations.samples.sample import ACCOUNT, NAME, REGION, TAGS, Clients, Sample

ALARM = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{NAME}"


def prepare(aws: Clients) -> None:
    """One tagged alarm."""
    aws("cloudwatch").put_metric_alarm(
        AlarmName=NAME,
        Namespace="Shop",
        MetricName="Orders",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        Tags=TAGS,
    )


SAMPLE = Sample(
    prepare=prepare,
    texts={
        "ResourceARN": ALARM,
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{NAME}",
        "RuleDefinition": json.dumps({"LogGroupNames": [NAME]}),
    },
    complete=False,
)
