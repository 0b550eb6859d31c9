"""The policies on functions and layers.

AWS pages: *AddPermission*; *Viewing resource-based IAM policies in Lambda*.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.sandbox.fixes.functions import ACCOUNT, ARN, make_function, make_role, packed

Refused = Callable[..., tuple[str, str]]
OTHER = "111122223333"


@pytest.fixture
def functions(sandbox: object) -> Any:
    make_role()
    make_function()
    return boto3.client("lambda")


def add(functions: Any, sid: str = "one", **given: Any) -> dict[str, Any]:
    defaults = {"Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"}
    answer = functions.add_permission(FunctionName="work", StatementId=sid, **{**defaults, **given})
    statement: dict[str, Any] = json.loads(answer["Statement"])
    return statement


def sids(functions: Any, **given: Any) -> list[str]:
    policy = json.loads(functions.get_policy(FunctionName="work", **given)["Policy"])
    return [each["Sid"] for each in policy["Statement"]]


PRINCIPALS = {
    "events.amazonaws.com": {"Service": "events.amazonaws.com"},
    OTHER: {"AWS": f"arn:aws:iam::{OTHER}:root"},
    f"arn:aws:iam::{ACCOUNT}:role/work": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/work"},
    "*": "*",
}


@pytest.mark.parametrize(("given", "written"), PRINCIPALS.items(), ids=PRINCIPALS)
def test_how_a_principal_is_written(functions: Any, given: str, written: Any) -> None:
    assert add(functions, Principal=given)["Principal"] == written


@pytest.mark.parametrize(
    "given",
    [f"arn:aws:iam::{ACCOUNT}:role/none", "event.amazonaws.com", "nobody"],
    ids=["no such role", "misspelt service", "no principal"],
)
def test_a_principal_has_to_exist(functions: Any, refused: Refused, given: str) -> None:
    code, message = refused(add, functions=functions, Principal=given)
    assert code == "InvalidParameterValueException"
    assert message.startswith("The provided principal was invalid.")


def test_what_becomes_a_condition(functions: Any) -> None:
    statement = add(
        functions,
        Principal="s3.amazonaws.com",
        SourceArn="arn:aws:s3:::orders",
        SourceAccount=ACCOUNT,
        PrincipalOrgID="o-a1b2c3d4e5",
    )
    assert statement == {
        "Sid": "one",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": ARN,
        "Condition": {
            "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::orders"},
            "StringEquals": {
                "AWS:SourceAccount": ACCOUNT,
                "aws:PrincipalOrgID": "o-a1b2c3d4e5",
            },
        },
    }


def test_a_statement_id_is_taken_once(functions: Any, refused: Refused) -> None:
    add(functions)
    code, message = refused(add, functions=functions)
    assert code == "ResourceConflictException"
    assert message.startswith("The statement id (one) provided already exists.")


def test_each_alias_has_a_policy_of_its_own(functions: Any, refused: Refused) -> None:
    functions.publish_version(FunctionName="work")
    functions.create_alias(FunctionName="work", Name="live", FunctionVersion="1")
    add(functions)
    assert add(functions, Qualifier="live")["Resource"] == f"{ARN}:live"
    assert sids(functions) == sids(functions, Qualifier="live") == ["one"]
    functions.remove_permission(FunctionName="work", StatementId="one", Qualifier="live")
    assert sids(functions) == ["one"]
    assert refused(functions.get_policy, FunctionName="work", Qualifier="live") == (
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
    )
    assert refused(functions.get_policy, FunctionName="work", Qualifier="1")[0] == (
        "ResourceNotFoundException"
    )


MISSING: dict[str, tuple[str, dict[str, str]]] = {
    "a function": ("get_policy", {"FunctionName": "none"}),
    "a version": ("get_policy", {"FunctionName": "work", "Qualifier": "9"}),
    "an alias": ("get_policy", {"FunctionName": "work", "Qualifier": "none"}),
    "a statement": ("remove_permission", {"FunctionName": "work", "StatementId": "none"}),
}


@pytest.mark.parametrize(("method", "given"), MISSING.values(), ids=MISSING)
def test_what_is_not_there(
    functions: Any, refused: Refused, method: str, given: dict[str, str]
) -> None:
    add(functions)
    assert refused(getattr(functions, method), **given)[0] == "ResourceNotFoundException"


def test_latest_takes_no_policy_and_an_old_revision_changes_none(
    functions: Any, refused: Refused
) -> None:
    assert refused(add, functions=functions, Qualifier="$LATEST")[0] == (
        "InvalidParameterValueException"
    )
    add(functions)
    assert refused(add, functions=functions, sid="two", RevisionId="old")[0] == (
        "PreconditionFailedException"
    )
    revision = functions.get_policy(FunctionName="work")["RevisionId"]
    assert add(functions, sid="two", RevisionId=revision)["Sid"] == "two"


def test_a_layer_is_shared_by_its_policy(functions: Any, sandbox: Any, refused: Refused) -> None:
    arn = functions.publish_layer_version(LayerName="l", Content={"ZipFile": packed(a="")})[
        "LayerVersionArn"
    ]
    elsewhere = sandbox.admin(OTHER).client("lambda")
    assert refused(elsewhere.get_layer_version_by_arn, Arn=arn)[0] == "AccessDeniedException"
    given = {"LayerName": "l", "VersionNumber": 1, "StatementId": "share"}
    functions.add_layer_version_permission(
        **given, Action="lambda:GetLayerVersion", Principal=OTHER
    )
    written = json.loads(
        functions.get_layer_version_policy(LayerName="l", VersionNumber=1)["Policy"]
    )
    assert written["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{OTHER}:root"}
    assert elsewhere.get_layer_version_by_arn(Arn=arn)["Version"] == 1
    functions.remove_layer_version_permission(**given)
    assert refused(elsewhere.get_layer_version_by_arn, Arn=arn)[0] == "AccessDeniedException"


def test_another_account_invokes_when_both_sides_allow(
    functions: Any, sandbox: Any, refused: Refused
) -> None:
    elsewhere = sandbox.admin(OTHER).client("lambda")
    how = {"FunctionName": ARN, "InvocationType": "DryRun"}
    assert refused(elsewhere.invoke, **how)[0] == "AccessDeniedException"
    add(functions, Principal=OTHER)
    assert elsewhere.invoke(**how)["StatusCode"] == 204


def test_a_service_invokes_when_the_policy_names_it_and_its_source(
    functions: Any, refused: Refused
) -> None:
    from rolelab.sandbox.service_calls import as_service

    rule = f"arn:aws:events:us-east-1:{ACCOUNT}:rule/nightly"

    def invoke(source: str) -> int:
        session = as_service(
            "events.amazonaws.com", source_arn=source, source_account=ACCOUNT, region="us-east-1"
        )
        answer = session.client("lambda").invoke(FunctionName=ARN, InvocationType="DryRun")
        return int(answer["StatusCode"])

    assert refused(invoke, source=rule)[0] == "AccessDeniedException"
    add(functions, SourceArn=rule)
    assert invoke(rule) == 204
    assert refused(invoke, source=f"{rule}-other")[0] == "AccessDeniedException"
