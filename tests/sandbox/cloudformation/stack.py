"""Templates, and what became of them."""

from __future__ import annotations

import json
from typing import Any

ALL = ["CAPABILITY_NAMED_IAM"]
TRUST = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
    },
}


def trusting(service: str) -> dict[str, Any]:
    """A trust policy for one service."""
    statement = {**TRUST["Statement"], "Principal": {"Service": service}}  # type: ignore[dict-item]
    return {"Version": "2012-10-17", "Statement": statement}


def policy(action: str, resource: Any = "*") -> dict[str, Any]:
    """A policy document that allows one action."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


def resource(kind: str, /, **properties: Any) -> dict[str, Any]:
    """A resource of a type with its properties."""
    return {"Type": f"AWS::{kind}", "Properties": properties}


def template(*, sections: Any = None, **resources: Any) -> str:
    """A template with these resources."""
    return json.dumps({"Resources": resources, **(sections or {})})


def create(cf: Any, text: str, name: str = "shop", **about: Any) -> str:
    """Create a stack and give its id."""
    made = cf.create_stack(StackName=name, TemplateBody=text, **{"Capabilities": ALL, **about})
    return str(made["StackId"])


def update(cf: Any, text: str, name: str = "shop", **about: Any) -> None:
    """Update a stack."""
    cf.update_stack(StackName=name, TemplateBody=text, **{"Capabilities": ALL, **about})


def described(cf: Any, name: str = "shop") -> dict[str, Any]:
    """Give a stack as DescribeStacks does."""
    found: dict[str, Any] = cf.describe_stacks(StackName=name)["Stacks"][0]
    return found


def status(cf: Any, name: str = "shop") -> str:
    """Give the status of a stack."""
    return str(described(cf, name)["StackStatus"])


def history(cf: Any, name: str = "shop") -> list[tuple[str, str]]:
    """Give who said what, oldest first."""
    return [
        (each["LogicalResourceId"], each["ResourceStatus"])
        for each in reversed(cf.describe_stack_events(StackName=name)["StackEvents"])
    ]


def reasons(cf: Any, name: str = "shop") -> dict[tuple[str, str], str]:
    """Give the reason of each status."""
    return {
        (each["LogicalResourceId"], each["ResourceStatus"]): each["ResourceStatusReason"]
        for each in reversed(cf.describe_stack_events(StackName=name)["StackEvents"])
        if "ResourceStatusReason" in each
    }


def physical(cf: Any, logical_id: str, name: str = "shop") -> str:
    """Give the physical id of a resource."""
    found = cf.describe_stack_resource(StackName=name, LogicalResourceId=logical_id)
    return str(found["StackResourceDetail"]["PhysicalResourceId"])
