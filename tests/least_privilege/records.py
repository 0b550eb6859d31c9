"""CloudTrail records as a test writes them."""

from __future__ import annotations

from itertools import count
from typing import Any

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/orders-task-role"
OTHER = f"arn:aws:iam::{ACCOUNT}:role/dispatch-task-role"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/orders"
TASKS = "ecs-tasks.amazonaws.com"

_numbers = count(1)

Record = dict[str, Any]


def record(service: str, event: str, /, role: str = ROLE, **more: Any) -> Record:
    """A record of a role's session: `record("s3", "GetObject", requestParameters={...})`.

    `via=` names the service that made the call in the role's name.
    """
    number = next(_numbers)
    name = role.rpartition("/")[2]
    identity: Record = {
        "type": "AssumedRole",
        "principalId": f"AROAEXAMPLE{name}:task",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/task",
        "accountId": ACCOUNT,
        "sessionContext": {
            "attributes": {"creationDate": "2026-09-01T06:00:00Z", "mfaAuthenticated": "false"},
            "sessionIssuer": {"type": "Role", "arn": role, "accountId": ACCOUNT},
        },
    }
    if "via" in more:
        identity["invokedBy"] = more.pop("via")
    return {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": "2026-09-01T07:00:00Z",
        "eventSource": f"{service}.amazonaws.com",
        "eventName": event,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.20",
        "userAgent": "Boto3",
        "requestParameters": None,
        "responseElements": None,
        "eventID": f"event-{number}",
        "eventType": "AwsApiCall",
        "recipientAccountId": ACCOUNT,
        **more,
    }


def on_object(event: str, key: str, bucket: str = "bookshop-orders", **more: Any) -> Record:
    """A call about an object: `on_object("GetObject", "incoming/1.json")`."""
    return record("s3", event, requestParameters={"bucketName": bucket, "key": key}, **more)


def registered(family: str, revision: int, *roles: str, **more: Any) -> Record:
    """A RegisterTaskDefinition with a task role and, second, an execution role."""
    names = ("taskRoleArn", "executionRoleArn")
    given = dict(zip(names, roles, strict=False))
    arn = f"arn:aws:ecs:us-east-1:{ACCOUNT}:task-definition/{family}:{revision}"
    return record(
        "ecs",
        "RegisterTaskDefinition",
        requestParameters={"family": family, **given, "containerDefinitions": []},
        responseElements={"taskDefinition": {"taskDefinitionArn": arn, **given}},
        **more,
    )


def through_s3(event: str, key: str, **more: Any) -> Record:
    """A use of the KMS key that S3 makes in the role's name for an object."""
    arn = f"arn:aws:s3:::bookshop-orders/{key}"
    return record(
        "kms",
        event,
        via="s3.amazonaws.com",
        requestParameters={"keyId": KEY, "encryptionContext": {"aws:s3:arn": arn}},
        resources=[{"ARN": KEY, "accountId": ACCOUNT, "type": "AWS::KMS::Key"}],
        **more,
    )
