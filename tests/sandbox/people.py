"""Policies, sign-ins and errors, for tests of the account."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from rolelab.sandbox import sessions

ACCOUNT = "123456789012"


def document(*statements: dict[str, Any]) -> str:
    """A policy document as JSON text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str | list[str], resource: str = "*", **elements: Any) -> str:
    """A policy that allows an action."""
    return document({"Effect": "Allow", "Action": action, "Resource": resource, **elements})


def signed_in(session: sessions.Session) -> boto3.Session:
    """A boto3 session with temporary credentials."""
    return boto3.Session(
        session.access_key_id,
        session.secret_access_key,
        session.session_token,
        region_name="us-east-1",
    )


def error_of(call: Callable[..., Any], **parameters: Any) -> tuple[str, int, str]:
    """Code, HTTP status and message of the error that a call ends in."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    response = caught.value.response
    error, status = response["Error"], response["ResponseMetadata"]["HTTPStatusCode"]
    return error["Code"], status, error["Message"]
