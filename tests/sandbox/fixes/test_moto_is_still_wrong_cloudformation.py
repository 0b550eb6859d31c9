"""Every fix of CloudFormation is still needed: raw moto, without the gate, answers wrongly.

A row that fails is good news: moto has become right, and the fix that the row names can go.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.sandbox.fixes.policies import policy, trust

pytestmark = [
    pytest.mark.usefixtures("raw_moto"),
    pytest.mark.filterwarnings("ignore:Tried to parse"),
]

Wrong = Callable[[Any], bool]


def created(cf: Any, name: str = "shop", sections: Any = None, **resources: Any) -> Any:
    """Create a stack without capabilities, and describe it."""
    text = json.dumps({"Resources": resources, **(sections or {})})
    cf.create_stack(StackName=name, TemplateBody=text)
    return cf.describe_stacks(StackName=name)["Stacks"][0]


def role(**properties: Any) -> dict[str, Any]:
    given = {"RoleName": "x", "AssumeRolePolicyDocument": json.loads(trust()), **properties}
    return {"Type": "AWS::IAM::Role", "Properties": given}


def drops_roles_of_tasks(cf: Any) -> bool:
    task = {
        "Family": "x",
        "TaskRoleArn": "arn:aws:iam::123456789012:role/x",
        "ContainerDefinitions": [{"Name": "a", "Image": "a", "Memory": 128}],
    }
    created(cf, Task={"Type": "AWS::ECS::TaskDefinition", "Properties": task})
    found = boto3.client("ecs").describe_task_definition(taskDefinition="x")["taskDefinition"]
    return not found.get("taskRoleArn")


def ignores_managed_policies(cf: Any) -> bool:
    iam = boto3.client("iam")
    arn = iam.create_policy(PolicyName="x", PolicyDocument=policy())["Policy"]["Arn"]
    created(cf, Role=role(ManagedPolicyArns=[arn]))
    return not iam.list_attached_role_policies(RoleName="x")["AttachedPolicies"]


def completes_what_it_does_not_make(cf: Any) -> bool:
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "x"}}
    stack = created(cf, Secret=secret)
    secrets = boto3.client("secretsmanager").list_secrets()["SecretList"]
    return stack["StackStatus"] == "CREATE_COMPLETE" and not secrets


def asks_no_capability(cf: Any) -> bool:
    return bool(created(cf, Role=role())["StackStatus"] == "CREATE_COMPLETE")


def takes_an_unknown_type(cf: Any) -> bool:
    stack = created(cf, Nothing={"Type": "AWS::Shop::Nothing", "Properties": {}})
    return bool(stack["StackStatus"] == "CREATE_COMPLETE")


def takes_any_role(cf: Any) -> bool:
    text = json.dumps({"Resources": {"T": {"Type": "AWS::SNS::Topic"}}})
    cf.create_stack(
        StackName="shop",
        TemplateBody=text,
        RoleARN="arn:aws:iam::123456789012:role/nobody",
    )
    return bool(boto3.client("sns").list_topics()["Topics"])


def leaves_policies_behind(cf: Any) -> bool:
    document = json.loads(policy())
    managed = {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {"PolicyDocument": document, "Roles": [{"Ref": "Role"}]},
    }
    created(cf, Role=role(), Managed=managed)
    with contextlib.suppress(ClientError):
        cf.delete_stack(StackName="shop")
    return bool(boto3.client("iam").list_policies(Scope="Local")["Policies"])


def takes_values_outside_of_allowed(cf: Any) -> bool:
    parameters = {"P": {"Type": "String", "AllowedValues": ["a"], "Default": "b"}}
    stack = created(cf, T={"Type": "AWS::SNS::Topic"}, sections={"Parameters": parameters})
    return bool(stack["StackStatus"] == "CREATE_COMPLETE")


def answers_no_capabilities(cf: Any) -> bool:
    text = json.dumps({"Resources": {"Role": role()}})
    return not cf.validate_template(TemplateBody=text).get("Capabilities")


WRONG: dict[str, Wrong] = {
    "create_stack: a task definition loses its roles": drops_roles_of_tasks,
    "create_stack: ManagedPolicyArns are ignored": ignores_managed_policies,
    "create_stack: a secret is CREATE_COMPLETE and not there": completes_what_it_does_not_make,
    "create_stack: capabilities are not asked": asks_no_capability,
    "create_stack: an unknown type is CREATE_COMPLETE": takes_an_unknown_type,
    "create_stack: any role will do": takes_any_role,
    "create_stack: AllowedValues are not checked": takes_values_outside_of_allowed,
    "delete_stack: managed policies stay": leaves_policies_behind,
    "validate_template: no capabilities": answers_no_capabilities,
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_moto_is_still_wrong(raw_moto: None, wrong: Wrong) -> None:
    assert wrong(boto3.client("cloudformation"))
