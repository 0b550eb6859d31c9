"""Stacks that change: in place, by replacement, back again when it fails.

Pages: *Update behaviors of stack resources*; *UpdateStack*; *UpdateReplacePolicy attribute*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.sandbox.cloudformation.stack import (
    TRUST,
    create,
    described,
    history,
    physical,
    reasons,
    resource,
    status,
    template,
    update,
)
from tests.sandbox.people import allow, document, error_of

UNMODELLED = resource("Athena::WorkGroup", Name="reports")


def logs(**properties: Any) -> dict[str, Any]:
    return resource("Logs::LogGroup", **{"LogGroupName": "/shop", **properties})


def groups() -> dict[str, Any]:
    found = boto3.client("logs").describe_log_groups()["logGroups"]
    return {each["logGroupName"]: each.get("retentionInDays") for each in found}


def since_update(cf: Any) -> list[tuple[str, str]]:
    said = history(cf)
    return said[said.index(("shop", "UPDATE_IN_PROGRESS")) :]


def test_a_change_in_place(cf: Any) -> None:
    create(cf, template(Logs=logs(RetentionInDays=7)))
    update(cf, template(Logs=logs(RetentionInDays=14)))
    assert groups() == {"/shop": 14}
    assert since_update(cf) == [
        ("shop", "UPDATE_IN_PROGRESS"),
        ("Logs", "UPDATE_IN_PROGRESS"),
        ("Logs", "UPDATE_COMPLETE"),
        ("shop", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("shop", "UPDATE_COMPLETE"),
    ]
    cf.get_waiter("stack_update_complete").wait(StackName="shop")
    assert "LastUpdatedTime" in described(cf)


def test_a_replacement(cf: Any) -> None:
    create(cf, template(Logs=logs()))
    update(cf, template(Logs=logs(LogGroupName="/new")))
    assert groups() == {"/new": None}
    assert physical(cf, "Logs") == "/new"
    assert since_update(cf) == [
        ("shop", "UPDATE_IN_PROGRESS"),
        ("Logs", "UPDATE_IN_PROGRESS"),
        ("Logs", "UPDATE_IN_PROGRESS"),
        ("Logs", "UPDATE_COMPLETE"),
        ("shop", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("Logs", "DELETE_IN_PROGRESS"),
        ("Logs", "DELETE_COMPLETE"),
        ("shop", "UPDATE_COMPLETE"),
    ]


def test_what_refers_to_a_replaced_resource_changes_with_it(cf: Any) -> None:
    def text(name: str) -> str:
        value = {"Fn::GetAtt": ["Logs", "Arn"]}
        parameter = resource("SSM::Parameter", Name="/arn", Type="String", Value=value)
        return template(Arn=parameter, Logs=logs(LogGroupName=name))

    create(cf, text("/old"))
    update(cf, text("/new"))
    value = boto3.client("ssm").get_parameter(Name="/arn")["Parameter"]["Value"]
    assert value.endswith(":log-group:/new:*")


def test_a_replaced_resource_can_stay(cf: Any) -> None:
    create(cf, template(Logs=logs()))
    changed = {**logs(LogGroupName="/new"), "UpdateReplacePolicy": "Retain"}
    create_again = {**logs(), "UpdateReplacePolicy": "Retain"}
    update(cf, template(Logs={**create_again, "Metadata": {"a": 1}}))
    update(cf, template(Logs=changed))
    assert groups() == {"/shop": None, "/new": None}


def test_a_new_and_a_removed_resource(cf: Any) -> None:
    create(cf, template(Logs=logs()))
    update(cf, template(More=logs(LogGroupName="/more")))
    assert groups() == {"/more": None}
    summaries = cf.list_stack_resources(StackName="shop")["StackResourceSummaries"]
    assert [each["LogicalResourceId"] for each in summaries] == ["More"]


def test_a_role_changes_in_place(cf: Any) -> None:
    read = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    write = "arn:aws:iam::aws:policy/AmazonS3FullAccess"

    def role(*arns: str, **more: Any) -> str:
        given = {"RoleName": "app", "AssumeRolePolicyDocument": TRUST, **more}
        return template(Role=resource("IAM::Role", ManagedPolicyArns=list(arns), **given))

    create(cf, role(read))
    update(cf, role(write, MaxSessionDuration=7200, Tags=[{"Key": "a", "Value": "b"}]))
    iam = boto3.client("iam")
    attached = iam.list_attached_role_policies(RoleName="app")["AttachedPolicies"]
    assert [each["PolicyArn"] for each in attached] == [write]
    found = iam.get_role(RoleName="app")["Role"]
    assert found["MaxSessionDuration"] == 7200
    assert found["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_resource_with_its_own_name_is_not_replaced(cf: Any) -> None:
    def role(path: str) -> str:
        given = {"RoleName": "app", "AssumeRolePolicyDocument": TRUST, "Path": path}
        return template(Role=resource("IAM::Role", **given))

    create(cf, role("/"))
    update(cf, role("/shop/"))
    assert status(cf) == "UPDATE_ROLLBACK_COMPLETE"
    assert reasons(cf)["Role", "UPDATE_FAILED"] == (
        "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
        "Rename app and update the stack again."
    )
    assert boto3.client("iam").get_role(RoleName="app")["Role"]["Path"] == "/"


def test_a_failed_update_goes_back(cf: Any) -> None:
    create(cf, template(Logs=logs(RetentionInDays=7), Old=logs(LogGroupName="/old")))
    changed = template(
        Logs=logs(RetentionInDays=14),
        Old=logs(LogGroupName="/newer"),
        More={**logs(LogGroupName="/more"), "DependsOn": "Logs"},
        Reports={**UNMODELLED, "DependsOn": ["More", "Old"]},
    )
    update(cf, changed, Tags=[{"Key": "a", "Value": "b"}])
    assert status(cf) == "UPDATE_ROLLBACK_COMPLETE"
    assert groups() == {"/shop": 7, "/old": None}
    assert described(cf)["Tags"] == []
    assert physical(cf, "Old") == "/old"
    assert reasons(cf)["shop", "UPDATE_ROLLBACK_IN_PROGRESS"] == (
        "The following resource(s) failed to create: [Reports]."
    )
    assert ("shop", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS") in since_update(cf)
    # It can be updated again.
    update(cf, template(Logs=logs(RetentionInDays=30)))
    assert (status(cf), groups()) == ("UPDATE_COMPLETE", {"/shop": 30})


def test_a_failed_update_can_stay_as_it_is(cf: Any) -> None:
    create(cf, template(Logs=logs(RetentionInDays=7)))
    changed = template(Logs=logs(RetentionInDays=14), Reports={**UNMODELLED, "DependsOn": "Logs"})
    update(cf, changed, DisableRollback=True)
    assert (status(cf), groups()) == ("UPDATE_FAILED", {"/shop": 14})
    update(cf, template(Logs=logs(RetentionInDays=14), More=logs(LogGroupName="/more")))
    assert status(cf) == "UPDATE_COMPLETE"


def test_a_rollback_that_is_not_allowed_fails(cf: Any, user: Callable[..., boto3.Session]) -> None:
    create(cf, template(Logs=logs()))
    once = {
        "Effect": "Allow",
        "Action": ["cloudformation:*", "logs:PutRetentionPolicy"],
        "Resource": "*",
    }
    alice = user(policy=document(once)).client("cloudformation")
    changed = template(Logs=logs(RetentionInDays=14), Reports={**UNMODELLED, "DependsOn": "Logs"})
    update(alice, changed)
    assert status(cf) == "UPDATE_ROLLBACK_FAILED"
    assert "logs:DeleteRetentionPolicy" in reasons(cf)["Logs", "UPDATE_FAILED"]
    assert error_of(cf.update_stack, StackName="shop", TemplateBody=template(Logs=logs()))[
        2
    ].endswith("is in UPDATE_ROLLBACK_FAILED state and can not be updated.")


def test_an_export_in_use_cannot_change(cf: Any) -> None:
    def base(name: str, exported: bool = True) -> str:
        output = {"Name": {"Value": {"Ref": "Logs"}, "Export": {"Name": "logs"}}}
        sections = {"Outputs": output if exported else {}}
        return template(Logs=logs(LogGroupName=name), sections=sections)

    create(cf, base("/shop"), "base")
    stream = resource(
        "Logs::LogStream", LogGroupName={"Fn::ImportValue": "logs"}, LogStreamName="s"
    )
    create(cf, template(Stream=stream))
    update(cf, base("/new"), "base")
    update(cf, base("/shop", exported=False), "base")
    said = reasons(cf, "base")
    assert status(cf, "base") == "UPDATE_ROLLBACK_COMPLETE"
    assert groups() == {"/shop": None}
    assert said["base", "UPDATE_ROLLBACK_IN_PROGRESS"] == (
        "Export logs cannot be deleted as it is in use by shop"
    )


SAME: dict[str, dict[str, Any]] = {
    "the same template": {},
    "another description of the stack": {"Description": "x"},
    "a parameter that nothing uses": {"Parameters": {"P": {"Type": "String", "Default": "a"}}},
}


@pytest.mark.parametrize("sections", SAME.values(), ids=SAME)
def test_nothing_to_update(cf: Any, sections: dict[str, Any]) -> None:
    create(cf, template(Logs=logs()))
    code, _, message = error_of(
        cf.update_stack, StackName="shop", TemplateBody=template(Logs=logs(), sections=sections)
    )
    assert (code, message) == ("ValidationError", "No updates are to be performed.")


DIFFERENT: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "tags of the stack": ({}, {"Tags": [{"Key": "a", "Value": "b"}]}),
    "an output": ({"Outputs": {"A": {"Value": "x"}}}, {}),
}


@pytest.mark.parametrize(("sections", "about"), DIFFERENT.values(), ids=DIFFERENT)
def test_something_to_update(cf: Any, sections: dict[str, Any], about: dict[str, Any]) -> None:
    create(cf, template(Logs=logs()))
    update(cf, template(Logs=logs(), sections=sections), **about)
    assert status(cf) == "UPDATE_COMPLETE"


def test_previous_template_and_values(cf: Any) -> None:
    sections = {"Parameters": {"Days": {"Type": "Number"}, "Name": {"Type": "String"}}}
    text = template(
        Logs=logs(RetentionInDays={"Ref": "Days"}, LogGroupName={"Ref": "Name"}), sections=sections
    )
    given = {"Days": "7", "Name": "/shop"}
    create(
        cf, text, Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()]
    )
    cf.update_stack(
        StackName="shop",
        UsePreviousTemplate=True,
        Parameters=[
            {"ParameterKey": "Days", "ParameterValue": "14"},
            {"ParameterKey": "Name", "UsePreviousValue": True},
        ],
    )
    assert groups() == {"/shop": 14}


def test_another_type_under_the_same_name(cf: Any) -> None:
    create(cf, template(Logs=logs()))
    _, _, message = error_of(
        cf.update_stack, StackName="shop", TemplateBody=template(Logs=resource("SNS::Topic"))
    )
    assert message == (
        "Update of resource type is not permitted. The new template modifies resource type of the "
        "following resources: [Logs]"
    )


def test_a_stack_that_is_not_there(cf: Any) -> None:
    code, _, message = error_of(
        cf.update_stack, StackName="shop", TemplateBody=template(Logs=logs())
    )
    assert (code, message) == ("ValidationError", "Stack with id shop does not exist")


def test_a_rolled_back_stack_cannot_be_updated(cf: Any) -> None:
    stack_id = create(cf, template(Reports=UNMODELLED))
    _, _, message = error_of(cf.update_stack, StackName="shop", TemplateBody=template(Logs=logs()))
    assert message == f"Stack:{stack_id} is in ROLLBACK_COMPLETE state and can not be updated."


def test_an_update_that_the_caller_may_not_make(
    cf: Any, user: Callable[..., boto3.Session]
) -> None:
    create(cf, template(Logs=logs(RetentionInDays=7)))
    alice = user(policy=allow("cloudformation:*")).client("cloudformation")
    update(alice, template(Logs=logs(RetentionInDays=14)))
    assert groups() == {"/shop": 7}
    assert "logs:PutRetentionPolicy" in reasons(cf)["Logs", "UPDATE_FAILED"]


def test_there_is_never_an_update_to_cancel(cf: Any) -> None:
    create(cf, template(Logs=logs()))
    assert error_of(cf.cancel_update_stack, StackName="shop")[2] == (
        "CancelUpdateStack cannot be called from current stack status"
    )


def test_a_stack_policy_is_kept(cf: Any) -> None:
    create(cf, template(Logs=logs()))
    assert "StackPolicyBody" not in cf.get_stack_policy(StackName="shop")
    cf.set_stack_policy(StackName="shop", StackPolicyBody='{"Statement": []}')
    assert cf.get_stack_policy(StackName="shop")["StackPolicyBody"] == '{"Statement": []}'
