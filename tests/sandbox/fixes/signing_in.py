"""Clients that sign with given credentials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config


def client(service: str, credentials: Mapping[str, Any]) -> Any:
    """A client that signs with an access key or with the Credentials of an STS answer."""
    return boto3.client(
        service,
        region_name="us-east-1",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials.get("SessionToken"),
    )


def unchecked(service: str) -> Any:
    """A client of the default identity that leaves all checks of parameters to the service."""
    return boto3.client(service, config=Config(parameter_validation=False))


def user_key(name: str, *, may: str | None = None) -> Mapping[str, Any]:
    """A new user's access key; the user may do what an inline policy document says, or nothing."""
    iam = boto3.client("iam")
    iam.create_user(UserName=name)
    if may is not None:
        iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=may)
    key: Mapping[str, Any] = iam.create_access_key(UserName=name)["AccessKey"]
    return key
