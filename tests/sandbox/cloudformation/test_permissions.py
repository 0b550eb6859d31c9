"""Whose permissions count for what CloudFormation calls: the caller's, or the service role's.

Pages: *CloudFormation service role*; *Forward access sessions*; *AWS global condition context
keys*, aws:CalledVia.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

import rolelab
from tests.sandbox.cloudformation.stack import (
    TRUST,
    create,
    physical,
    reasons,
    resource,
    status,
    template,
    trusting,
    update,
)
from tests.sandbox.people import ACCOUNT, allow, document, error_of

CLOUDFORMATION = "cloudformation.amazonaws.com"
ROLE = template(
    Role=resource("IAM::Role", RoleName="app", AssumeRolePolicyDocument=TRUST),
)
LOGS = template(Logs=resource("Logs::LogGroup", LogGroupName="/shop"))
ANYTHING_HERE = {"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"}

People = Callable[..., boto3.Session]


def roles() -> list[str]:
    found = boto3.client("iam").list_roles()["Roles"]
    return [each["RoleName"] for each in found if each["Path"] == "/"]


def deploy_role(name: str = "deploy", service: str = CLOUDFORMATION, policy: str = "") -> str:
    """A service role, and its ARN."""
    iam = boto3.client("iam")
    trust = json.dumps(trusting(service))
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy or allow("logs:*"))
    return arn


def test_cloudformation_alone_makes_nothing(user: People) -> None:
    cf = user(policy=document(ANYTHING_HERE)).client("cloudformation")
    create(cf, ROLE)
    assert status(cf) == "ROLLBACK_COMPLETE"
    said = reasons(cf)["Role", "CREATE_FAILED"]
    assert said.startswith(
        'Resource handler returned message: "User: '
        f"arn:aws:iam::{ACCOUNT}:user/alice is not authorized to perform: iam:CreateRole on "
        f"resource: arn:aws:iam::{ACCOUNT}:role/app because no identity-based policy allows the "
        "iam:CreateRole action (Service: Iam, Status Code: 403, Request ID: "
    )
    assert said.endswith("HandlerErrorCode: AccessDenied)")
    assert "app" not in roles()


def test_why_finds_the_decision_behind_a_failed_resource(user: People) -> None:
    create(user(policy=document(ANYTHING_HERE)).client("cloudformation"), ROLE)
    request = rolelab.why().request
    assert (request.action, request.context["aws:CalledVia"]) == (
        "iam:CreateRole",
        [CLOUDFORMATION],
    )


def through(service: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Action": "iam:*",
        "Resource": "*",
        "Condition": {"ForAnyValue:StringEquals": {"aws:CalledVia": service}},
    }


@pytest.mark.parametrize(
    ("service", "ended"),
    [(CLOUDFORMATION, "CREATE_COMPLETE"), ("athena.amazonaws.com", "ROLLBACK_COMPLETE")],
    ids=["through CloudFormation", "through another service"],
)
def test_a_permission_can_hold_through_cloudformation_only(
    user: People, service: str, ended: str
) -> None:
    session = user(policy=document(ANYTHING_HERE, through(service)))
    cf = session.client("cloudformation")
    create(cf, ROLE)
    assert status(cf) == ended
    code, _, message = error_of(
        session.client("iam").create_role,
        RoleName="direct",
        AssumeRolePolicyDocument=json.dumps(TRUST),
    )
    assert (code, "iam:CreateRole" in message) == ("AccessDenied", True)


def test_the_trail_shows_the_caller_invoked_by_cloudformation(user: People, sandbox: Any) -> None:
    create(user(policy=allow("*")).client("cloudformation"), ROLE)
    (record,) = [each for each in sandbox.trail if each["eventName"] == "CreateRole"][-1:]
    assert record["userIdentity"]["userName"] == "alice"
    assert record["userIdentity"]["invokedBy"] == CLOUDFORMATION


def test_a_task_definition_passes_both_roles_as_the_caller(user: People) -> None:
    """The caller needs iam:PassRole for what is passed on in a template, too."""
    arn = deploy_role("task", "ecs-tasks.amazonaws.com")
    text = template(
        Task=resource(
            "ECS::TaskDefinition",
            Family="app",
            TaskRoleArn=arn,
            ContainerDefinitions=[{"Name": "a", "Image": "a", "Memory": 128}],
        )
    )
    cf = user(policy=allow(["cloudformation:*", "ecs:*"])).client("cloudformation")
    create(cf, text)
    assert f"iam:PassRole on resource: {arn}" in reasons(cf)["Task", "CREATE_FAILED"]


# The service role.


def test_the_service_role_makes_what_the_caller_may_not(user: People, sandbox: Any) -> None:
    role = deploy_role()
    policy = allow(["cloudformation:*", "iam:PassRole"])
    cf = user(policy=policy).client("cloudformation")
    create(cf, LOGS, RoleARN=role)
    assert status(cf) == "CREATE_COMPLETE"
    (record,) = [each for each in sandbox.trail if each["eventName"] == "CreateLogGroup"]
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/AWSCloudFormation"
    assert record["userIdentity"]["arn"] == session


def test_the_service_role_needs_the_permissions_itself(cf: Any) -> None:
    create(cf, ROLE, RoleARN=deploy_role())
    assert status(cf) == "ROLLBACK_COMPLETE"
    said = reasons(cf)["Role", "CREATE_FAILED"]
    assert "assumed-role/deploy/AWSCloudFormation is not authorized to perform: iam:Create" in said


def test_the_caller_has_to_be_allowed_to_pass_the_role(user: People) -> None:
    role = deploy_role()
    cf = user(policy=document(ANYTHING_HERE)).client("cloudformation")
    code, status_code, message = error_of(
        cf.create_stack, StackName="shop", TemplateBody=LOGS, RoleARN=role
    )
    assert (code, status_code) == ("AccessDenied", 403)
    assert f"iam:PassRole on resource: {role}" in message


def test_the_role_has_to_let_cloudformation_in(cf: Any) -> None:
    role = deploy_role(service="ecs-tasks.amazonaws.com")
    code, _, message = error_of(cf.create_stack, StackName="shop", TemplateBody=LOGS, RoleARN=role)
    assert (code, message) == ("ValidationError", f"Role {role} is invalid or cannot be assumed")
    assert cf.list_stacks()["StackSummaries"] == []


def test_the_role_stays_with_the_stack(user: People) -> None:
    """*CloudFormation service role*: whoever may operate the stack uses the role, then."""
    role = deploy_role()
    create(boto3.client("cloudformation"), LOGS, RoleARN=role)
    cf = user(policy=document(ANYTHING_HERE)).client("cloudformation")
    update(cf, template(Logs=resource("Logs::LogGroup", LogGroupName="/other")))
    assert physical(cf, "Logs") == "/other"
    cf.delete_stack(StackName="shop")
    assert boto3.client("logs").describe_log_groups()["logGroups"] == []


# Conditions on the call itself.


@pytest.mark.parametrize(
    ("types", "may"),
    [(["AWS::Logs::*"], True), (["AWS::Logs::*", "AWS::IAM::*"], False), (None, False)],
    ids=["only what is allowed", "more than that", "not given"],
)
def test_resource_types(user: People, types: list[str] | None, may: bool) -> None:
    """*Example IAM identity-based policies*, specific resource types."""
    condition = {
        "ForAllValues:StringLike": {"cloudformation:ResourceTypes": ["AWS::Logs::*"]},
        "Null": {"cloudformation:ResourceTypes": "false"},
    }
    statement = {**ANYTHING_HERE, "Action": "cloudformation:CreateStack", "Condition": condition}
    logs = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
    cf = user(policy=document(statement, logs)).client("cloudformation")
    given = {"StackName": "shop", "TemplateBody": LOGS}
    if types is not None:
        given["ResourceTypes"] = types  # type: ignore[assignment]
    if may:
        cf.create_stack(**given)
        assert boto3.client("logs").describe_log_groups()["logGroups"]
    else:
        assert error_of(cf.create_stack, **given)[0] == "AccessDenied"


def test_a_template_in_a_bucket_is_read_as_the_caller(user: People) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bookshop-templates")
    s3.put_object(Bucket="bookshop-templates", Key="logs.json", Body=LOGS.encode())
    url = "https://bookshop-templates.s3.amazonaws.com/logs.json"
    cf = user(policy=allow(["cloudformation:*", "logs:*"])).client("cloudformation")
    code, _, message = error_of(cf.create_stack, StackName="shop", TemplateURL=url)
    assert code == "ValidationError"
    assert message.startswith("S3 error: ")
    boto3.client("cloudformation").create_stack(StackName="shop", TemplateURL=url)
    assert status(cf) == "CREATE_COMPLETE"


def test_a_url_that_leads_elsewhere(cf: Any) -> None:
    code, _, message = error_of(cf.validate_template, TemplateURL="https://example.com/stack.yaml")
    assert (code, message) == ("ValidationError", "TemplateURL must be a supported URL.")


def test_no_rights_no_rollback(user: People) -> None:
    """Who may create and not delete leaves a stack that cannot roll back."""
    text = template(
        Logs=resource("Logs::LogGroup", LogGroupName="/shop"),
        Role={**resource("IAM::Role", AssumeRolePolicyDocument=TRUST), "DependsOn": "Logs"},
    )
    policy = allow(["cloudformation:*", "logs:CreateLogGroup"])
    cf = user(policy=policy).client("cloudformation")
    create(cf, text)
    assert status(cf) == "ROLLBACK_FAILED"
    assert "logs:DeleteLogGroup" in reasons(cf)["Logs", "DELETE_FAILED"]
