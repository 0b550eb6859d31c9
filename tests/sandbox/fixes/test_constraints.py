"""The limits that botocore's model sets on parameters, as AWS answers them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes.constraints import check
from tests.sandbox.fixes.policies import trust


def call(operation: str, service: str = "iam", **parameters: Any) -> Call:
    return Call(
        service=service,
        operation=operation,
        parameters=parameters,
        account="123456789012",
        region="us-east-1",
        principal="arn:aws:iam::123456789012:root",
        context={},
        headers={},
    )


LONG = "x" * 65


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        pytest.param(
            call("GetRole", RoleName="a/b"),
            r"1 validation error detected: Value 'a/b' at 'roleName' failed to satisfy "
            r"constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+",
            id="names have letters, digits and +=,.@_-",
        ),
        pytest.param(
            call("GetRole", RoleName="é"),
            r"1 validation error detected: Value 'é' at 'roleName' failed to satisfy "
            r"constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+",
            id="letters are those of ASCII",
        ),
        pytest.param(
            call("GetRole", RoleName=LONG),
            f"1 validation error detected: Value '{LONG}' at 'roleName' failed to satisfy "
            "constraint: Member must have length less than or equal to 64",
            id="role names have 64 characters at most",
        ),
        pytest.param(
            call("UpdateRole", RoleName="app", MaxSessionDuration=60),
            "1 validation error detected: Value '60' at 'maxSessionDuration' failed to satisfy "
            "constraint: Member must have value greater than or equal to 3600",
            id="the longest session of a role is an hour at least",
        ),
        pytest.param(
            call("UpdateRole", RoleName="a b", MaxSessionDuration=60),
            r"2 validation errors detected: Value 'a b' at 'roleName' failed to satisfy "
            r"constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+; "
            r"Value '60' at 'maxSessionDuration' failed to satisfy "
            r"constraint: Member must have value greater than or equal to 3600",
            id="every fault is named",
        ),
        pytest.param(
            call("TagRole", RoleName="app", Tags=[{"Key": "k" * 129, "Value": ""}]),
            f"1 validation error detected: Value '{'k' * 129}' at 'tags.1.member.key' failed to "
            "satisfy constraint: Member must have length less than or equal to 128",
            id="a member of a list is named by its position",
        ),
        pytest.param(
            call("UntagRole", RoleName="app", TagKeys=["?"]),
            r"1 validation error detected: Value '[?]' at 'tagKeys' failed to satisfy "
            r"constraint: Member must satisfy constraint: [Member must have length less than or "
            r"equal to 128, Member must have length greater than or equal to 1, Member must "
            r"satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+, "
            r"Member must not be null]",
            id="a list of plain values is named as a whole",
        ),
        pytest.param(
            call("UpdateAccessKey", AccessKeyId="A" * 20, Status="Off"),
            "1 validation error detected: Value 'Off' at 'status' failed to satisfy constraint: "
            "Member must satisfy enum value set: [Active, Inactive, Expired]",
            id="a value outside an enumeration",
        ),
        pytest.param(
            call("AssumeRole", "sts", RoleArn="a" * 20, RoleSessionName="a:b"),
            r"1 validation error detected: Value 'a:b' at 'roleSessionName' failed to satisfy "
            r"constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*",
            id="STS: role session names",
        ),
    ],
)
def test_a_parameter_outside_its_limits_is_a_validation_error(refused: Call, message: str) -> None:
    with pytest.raises(ServiceError, match=re.escape(message)) as caught:
        check(refused)
    assert caught.value.code == "ValidationError"
    assert caught.value.message == message


def test_a_secret_value_is_not_repeated() -> None:
    with pytest.raises(ServiceError) as caught:
        check(call("CreateLoginProfile", UserName="alice", Password="p" * 200))
    assert "ppp" not in caught.value.message


@pytest.mark.parametrize(
    "taken",
    [
        pytest.param(call("GetRole", RoleName="app+=,.@-_1"), id="all characters of a name"),
        pytest.param(
            call("TagRole", RoleName="app", Tags=[{"Key": "größe 1", "Value": ""}]),
            id="tag keys may have letters of any script, and values may be empty",
        ),
        pytest.param(
            call("CreateRole", RoleName="app", Path="/a/b/", AssumeRolePolicyDocument=trust()),
            id="a path begins and ends with a slash",
        ),
        pytest.param(call("GetCallerIdentity", "sts"), id="an operation without parameters"),
    ],
)
def test_what_lies_within_the_limits_is_taken(taken: Call) -> None:
    check(taken)


def test_the_limits_hold_for_every_operation_of_iam(
    sandbox: object, refused: Callable[..., tuple[str, str]]
) -> None:
    import boto3

    iam = boto3.client("iam")
    for operation in (iam.get_role, iam.delete_role, iam.list_attached_role_policies):
        code, message = refused(operation, RoleName="no spaces")
        assert (code, "'roleName'" in message) == ("ValidationError", True)
