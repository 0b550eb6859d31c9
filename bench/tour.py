"""One call to each service of the course, for the benchmarks that visit all of them.

Each stop says how an administrator prepares it (what the call needs to exist) and what is then
called. Every call is one that raw moto answers, so that raw moto can be measured beside us.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Client = Any
Call = Callable[[Client], Any]

NAME = "bench"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
CONTAINER = {"name": "app", "image": "app:1", "memory": 128}
KEY_SCHEMA = [{"AttributeName": "id", "KeyType": "HASH"}]
ATTRIBUTES = [{"AttributeName": "id", "AttributeType": "S"}]
ITEM = {"id": {"S": "1"}}
TEMPLATE = json.dumps(
    {"Resources": {"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": NAME}}}}
)


@dataclass(frozen=True, slots=True)
class Stop:
    """One service on the tour.

    Attributes:
        prepare: makes what the call needs; None if it needs nothing.
        call: the call that is measured. It can be repeated without end.
    """

    call: Call
    prepare: Call | None = None


def _queue_url(sqs: Client) -> str:
    return str(sqs.get_queue_url(QueueName=NAME)["QueueUrl"])


def tour(bucket: str = "bench-bucket") -> Mapping[str, Stop]:
    """Give service -> where the tour stops there. Services that moto lacks are not on it.

    Args:
        bucket: the name of the bucket to make; no two accounts can have the same.
    """
    return {
        "iam": Stop(
            lambda c: c.get_role(RoleName=NAME),
            lambda c: c.create_role(RoleName=NAME, AssumeRolePolicyDocument=TRUST),
        ),
        "sts": Stop(lambda c: c.get_caller_identity()),
        "s3": Stop(
            lambda c: c.get_object(Bucket=bucket, Key="key"),
            lambda c: (
                c.create_bucket(Bucket=bucket),
                c.put_object(Bucket=bucket, Key="key", Body=b"x" * 1024),
            ),
        ),
        "kms": Stop(lambda c: c.list_keys(), lambda c: c.create_key()),
        "secretsmanager": Stop(
            lambda c: c.get_secret_value(SecretId=NAME),
            lambda c: c.create_secret(Name=NAME, SecretString="value"),
        ),
        "ssm": Stop(
            lambda c: c.get_parameter(Name=NAME),
            lambda c: c.put_parameter(Name=NAME, Value="value", Type="String"),
        ),
        "ecr": Stop(
            lambda c: c.describe_repositories(repositoryNames=[NAME]),
            lambda c: c.create_repository(repositoryName=NAME),
        ),
        "ecs": Stop(
            lambda c: c.describe_task_definition(taskDefinition=NAME),
            lambda c: c.register_task_definition(family=NAME, containerDefinitions=[CONTAINER]),
        ),
        "logs": Stop(
            lambda c: c.describe_log_streams(logGroupName=NAME),
            lambda c: c.create_log_group(logGroupName=NAME),
        ),
        "cloudwatch": Stop(lambda c: c.list_metrics()),
        "events": Stop(lambda c: c.list_rules()),
        "dynamodb": Stop(
            lambda c: c.get_item(TableName=NAME, Key=ITEM),
            lambda c: (
                c.create_table(
                    TableName=NAME,
                    KeySchema=KEY_SCHEMA,
                    AttributeDefinitions=ATTRIBUTES,
                    BillingMode="PAY_PER_REQUEST",
                ),
                c.put_item(TableName=NAME, Item=ITEM),
            ),
        ),
        "rds": Stop(lambda c: c.describe_db_instances()),
        "sqs": Stop(lambda c: c.list_queues(), lambda c: c.create_queue(QueueName=NAME)),
        "sns": Stop(lambda c: c.list_topics(), lambda c: c.create_topic(Name=NAME)),
        "lambda": Stop(lambda c: c.list_functions()),
        "ec2": Stop(lambda c: c.describe_security_groups()),
        "elbv2": Stop(lambda c: c.describe_load_balancers()),
        "acm": Stop(lambda c: c.list_certificates()),
        "cloudformation": Stop(
            lambda c: c.describe_stacks(StackName=NAME),
            lambda c: c.create_stack(
                StackName=NAME, TemplateBody=TEMPLATE.replace(NAME, "bench-cfn")
            ),
        ),
        "cloudtrail": Stop(lambda c: c.describe_trails()),
        "organizations": Stop(
            lambda c: c.describe_organization(),
            lambda c: c.create_organization(FeatureSet="ALL"),
        ),
        "apigateway": Stop(lambda c: c.get_rest_apis()),
        "bedrock": Stop(lambda c: c.list_custom_models()),
        "application-autoscaling": Stop(
            lambda c: c.describe_scalable_targets(ServiceNamespace="ecs"),
        ),
        "resourcegroupstaggingapi": Stop(lambda c: c.get_resources()),
    }
