"""Reports that the sandbox does not keep say so."""

from __future__ import annotations

from collections.abc import Callable

import boto3
import pytest

from tests.sandbox.fixes.policies import own

Refused = Callable[..., tuple[str, str]]


@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        ("generate_service_last_accessed_details", {"Arn": own("Administrator", "role")}),
        ("get_service_last_accessed_details", {"JobId": "0" * 36}),
        ("generate_organizations_access_report", {"EntityPath": "o-a1b2c3d4e5/r-f6g7h8"}),
        ("get_organizations_access_report", {"JobId": "0" * 36}),
    ],
)
def test_last_accessed_information_is_not_kept(
    sandbox: object, refused: Refused, operation: str, asked: dict[str, str]
) -> None:
    code, message = refused(getattr(boto3.client("iam"), operation), **asked)
    assert code == "NotImplemented"
    assert "sandbox.trail" in message
