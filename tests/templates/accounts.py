"""Two accounts: what is built in one, and what a stack makes of it in the other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3

from rolelab import templates
from rolelab.templates import AccountTemplate

FIRST, SECOND = "123456789012", "444455556666"
DATA = Path(__file__).resolve().parents[2] / "data"
CAPABILITIES = ["CAPABILITY_NAMED_IAM"]
TASKS_TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "ecs-tasks.amazonaws.com"},
    "Action": "sts:AssumeRole",
    "Condition": {"StringEquals": {"aws:SourceAccount": FIRST}},
}


def document(*statements: Mapping[str, Any]) -> str:
    """A policy document as text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A statement that allows something."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def make_role(name: str, *statements: Mapping[str, Any], trust: Any = TASKS_TRUST) -> str:
    """A role with an inline policy, "own"; give its ARN."""
    iam = boto3.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
    return str(role["Arn"])


def make_key(*statements: Mapping[str, Any], alias: str = "orders") -> str:
    """A key that the account may manage, under an alias; give its ARN."""
    kms = boto3.client("kms")
    root = {"AWS": f"arn:aws:iam::{FIRST}:root"}
    manage = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    key = kms.create_key(Policy=document(manage, *statements))["KeyMetadata"]
    kms.create_alias(AliasName=f"alias/{alias}", TargetKeyId=key["KeyId"])
    return str(key["Arn"])


def deploy_file(name: str) -> None:
    """A stack in the first account, of a template of the course."""
    boto3.client("cloudformation").create_stack(
        StackName="made",
        TemplateBody=(DATA / name).read_text(),
        Capabilities=CAPABILITIES,
    )


def deploy(exported: AccountTemplate, session: boto3.Session, text: str | None = None) -> str:
    """A stack of an export in another account; give its status and what failed."""
    values = {
        name: "a new value" if default is None else f"{default}-second"
        for name, default in exported.parameters.items()
    }
    cloudformation = session.client("cloudformation")
    cloudformation.create_stack(
        StackName="orders",
        TemplateBody=text or exported.text,
        Capabilities=CAPABILITIES,
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value} for name, value in values.items()
        ],
    )
    status = cloudformation.describe_stacks(StackName="orders")["Stacks"][0]["StackStatus"]
    events = cloudformation.describe_stack_events(StackName="orders")["StackEvents"]
    failed = [
        each.get("ResourceStatusReason") for each in events if "FAILED" in each["ResourceStatus"]
    ]
    return " ".join([status, *map(str, failed)])


def moved(sandbox: Any) -> tuple[AccountTemplate, boto3.Session]:
    """Export the first account and deploy it to the second one."""
    exported = templates.from_account()
    second = sandbox.admin(SECOND)
    assert deploy(exported, second) == "CREATE_COMPLETE"
    return exported, second
