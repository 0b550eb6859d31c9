"""One small account for the tests of the grader: a role, a bucket and two users."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

import rolelab

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
        }
    ],
}
READ = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::bookshop-orders/incoming/*",
        }
    ],
}


@pytest.fixture
def bookshop() -> Iterator[Any]:
    """A fresh account. Its task role and the user ida may read `incoming/`; jon may nothing."""
    sandbox = rolelab.start()
    s3, iam = boto3.client("s3"), boto3.client("iam")
    s3.create_bucket(Bucket="bookshop-orders")
    s3.put_object(Bucket="bookshop-orders", Key="incoming/1001.json", Body=b"{}")
    iam.create_role(
        RoleName="orders-task-role", Path="/shop/", AssumeRolePolicyDocument=json.dumps(TRUST)
    )
    iam.put_role_policy(
        RoleName="orders-task-role", PolicyName="read", PolicyDocument=json.dumps(READ)
    )
    for user in ("ida", "jon"):
        iam.create_user(UserName=user)
    iam.put_user_policy(UserName="ida", PolicyName="read", PolicyDocument=json.dumps(READ))
    yield sandbox
    rolelab.stop()
