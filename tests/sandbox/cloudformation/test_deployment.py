"""Stacks: created, rolled back, deleted, and what their history says.

Pages: *Stack status codes*; *Choose how to handle failures when provisioning resources*;
*DeletionPolicy attribute*; *Get exported outputs from a deployed CloudFormation stack*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, WaiterError

from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import FIXES, Response, Serve, fixes_of
from tests.sandbox.cloudformation.stack import (
    TRUST,
    create,
    described,
    history,
    physical,
    policy,
    reasons,
    resource,
    status,
    template,
    update,
)
from tests.sandbox.people import error_of

LOGS = resource("Logs::LogGroup", LogGroupName="/shop")
ROLE = resource("IAM::Role", RoleName="app", AssumeRolePolicyDocument=TRUST)
# AWS models it, the sandbox does not.
UNMODELLED = resource("Athena::WorkGroup", Name="reports")


def groups() -> list[str]:
    return [
        each["logGroupName"] for each in boto3.client("logs").describe_log_groups()["logGroups"]
    ]


def after_logs(part: dict[str, Any]) -> dict[str, Any]:
    return {**part, "DependsOn": "Logs"}


def test_a_stack_is_created_in_order(cf: Any) -> None:
    text = template(
        Stream=resource("Logs::LogStream", LogGroupName={"Ref": "Logs"}, LogStreamName="s"),
        Logs=LOGS,
    )
    create(cf, text)
    assert history(cf) == [
        ("shop", "CREATE_IN_PROGRESS"),
        ("Logs", "CREATE_IN_PROGRESS"),
        ("Logs", "CREATE_IN_PROGRESS"),
        ("Logs", "CREATE_COMPLETE"),
        ("Stream", "CREATE_IN_PROGRESS"),
        ("Stream", "CREATE_IN_PROGRESS"),
        ("Stream", "CREATE_COMPLETE"),
        ("shop", "CREATE_COMPLETE"),
    ]
    assert reasons(cf)["shop", "CREATE_IN_PROGRESS"] == "User Initiated"
    assert reasons(cf)["Logs", "CREATE_IN_PROGRESS"] == "Resource creation Initiated"
    cf.get_waiter("stack_create_complete").wait(StackName="shop")


def test_a_stack_tells_what_it_was_asked(cf: Any) -> None:
    sections = {
        "Description": "The shop",
        "Parameters": {"Days": {"Type": "Number", "Default": 7}},
        "Outputs": {
            "Arn": {"Value": {"Fn::GetAtt": ["Logs", "Arn"]}, "Export": {"Name": "logs"}},
            "Never": {"Value": "x", "Condition": "No"},
        },
        "Conditions": {"No": {"Fn::Equals": ["a", "b"]}},
    }
    logs = resource("Logs::LogGroup", LogGroupName="/shop", RetentionInDays={"Ref": "Days"})
    text = template(Logs=logs, sections=sections)
    create(cf, text, Tags=[{"Key": "team", "Value": "shop"}], ClientRequestToken="once")
    found = described(cf)
    assert found["Description"] == "The shop"
    assert found["Parameters"] == [{"ParameterKey": "Days", "ParameterValue": "7"}]
    assert found["Tags"] == [{"Key": "team", "Value": "shop"}]
    arn = "arn:aws:logs:us-east-1:123456789012:log-group:/shop:*"
    assert found["Outputs"] == [{"OutputKey": "Arn", "OutputValue": arn, "ExportName": "logs"}]
    (exported,) = cf.list_exports()["Exports"]
    assert (exported["Name"], exported["Value"]) == ("logs", arn)
    event = cf.describe_stack_events(StackName="shop")["StackEvents"][0]
    assert event["ClientRequestToken"] == "once"


def test_tags_of_the_stack_go_to_its_resources(cf: Any) -> None:
    tagged = resource("SQS::Queue", QueueName="q", Tags=[{"Key": "own", "Value": "1"}])
    create(cf, template(Queue=tagged), Tags=[{"Key": "team", "Value": "shop"}])
    queues = boto3.client("sqs")
    tags = queues.list_queue_tags(QueueUrl=physical(cf, "Queue"))["Tags"]
    assert tags == {"own": "1", "team": "shop"}


def test_no_echo_is_not_in_the_history(cf: Any) -> None:
    sections = {"Parameters": {"Word": {"Type": "String", "NoEcho": True}}}
    parameter = resource("SSM::Parameter", Name="/w", Type="String", Value={"Ref": "Word"})
    given = [{"ParameterKey": "Word", "ParameterValue": "hunter2"}]
    create(cf, template(Kept=parameter, sections=sections), Parameters=given)
    assert "hunter2" not in str(cf.describe_stack_events(StackName="shop"))
    assert "****" in str(cf.describe_stack_events(StackName="shop"))
    assert boto3.client("ssm").get_parameter(Name="/w")["Parameter"]["Value"] == "hunter2"


def test_a_resource_whose_condition_is_false_is_not_made(cf: Any) -> None:
    sections = {"Conditions": {"No": {"Fn::Equals": ["a", "b"]}}}
    topic = {**resource("SNS::Topic"), "Condition": "No"}
    create(cf, template(Topic=topic, Logs=LOGS, sections=sections))
    assert [
        each["LogicalResourceId"]
        for each in cf.list_stack_resources(StackName="shop")["StackResourceSummaries"]
    ] == ["Logs"]


def test_an_unmodelled_type_fails_and_the_stack_rolls_back(cf: Any) -> None:
    create(cf, template(Logs=LOGS, Reports=after_logs(UNMODELLED)))
    assert status(cf) == "ROLLBACK_COMPLETE"
    assert groups() == []
    said = reasons(cf)
    assert said["Reports", "CREATE_FAILED"] == (
        "The sandbox does not model the resource type AWS::Athena::WorkGroup."
    )
    assert said["shop", "ROLLBACK_IN_PROGRESS"] == (
        "The following resource(s) failed to create: [Reports]. Rollback requested by user."
    )
    assert history(cf)[-5:] == [
        ("shop", "ROLLBACK_IN_PROGRESS"),
        ("Reports", "DELETE_COMPLETE"),
        ("Logs", "DELETE_IN_PROGRESS"),
        ("Logs", "DELETE_COMPLETE"),
        ("shop", "ROLLBACK_COMPLETE"),
    ]
    with pytest.raises(WaiterError, match="ROLLBACK_COMPLETE"):
        cf.get_waiter("stack_create_complete").wait(StackName="shop")


def test_an_unmodelled_property_fails_too(cf: Any) -> None:
    bucket = resource("S3::Bucket", LifecycleConfiguration={"Rules": []})
    create(cf, template(Bucket=bucket))
    said = reasons(cf)["Bucket", "CREATE_FAILED"]
    assert said == "The sandbox does not model [LifecycleConfiguration] of AWS::S3::Bucket."


WRONG_PROPERTIES: dict[str, tuple[dict[str, Any], str]] = {
    "unknown": (resource("SNS::Topic", Name="x"), "#: extraneous key [Name] is not permitted"),
    "missing": (resource("IAM::Role"), "#: required key [AssumeRolePolicyDocument] not found"),
    "read-only": (resource("SNS::Topic", TopicArn="x"), "it is a read-only property"),
    "not of the type": (
        resource("IAM::Role", AssumeRolePolicyDocument=TRUST, MaxSessionDuration="long"),
        "expected a number, found: long",
    ),
    "not one of the values": (
        resource("SSM::Parameter", Type="SecureString", Value="x"),
        "#/Type: #: SecureString is not a valid enum value",
    ),
}


@pytest.mark.parametrize(("part", "said"), WRONG_PROPERTIES.values(), ids=WRONG_PROPERTIES)
def test_properties_are_validated(cf: Any, part: dict[str, Any], said: str) -> None:
    create(cf, template(Part=part))
    assert said in reasons(cf)["Part", "CREATE_FAILED"]


@pytest.mark.parametrize(
    ("about", "left", "ended", "last"),
    [
        ({"OnFailure": "ROLLBACK"}, [], "ROLLBACK_COMPLETE", None),
        ({"OnFailure": "DO_NOTHING"}, ["/shop"], "CREATE_FAILED", "[Reports]."),
        ({"DisableRollback": True}, ["/shop"], "CREATE_FAILED", "[Reports]."),
        ({"OnFailure": "DELETE"}, [], "DELETE_COMPLETE", None),
    ],
    ids=["ROLLBACK", "DO_NOTHING", "DisableRollback", "DELETE"],
)
def test_what_happens_on_failure(
    cf: Any, about: dict[str, Any], left: list[str], ended: str, last: str | None
) -> None:
    stack_id = create(cf, template(Logs=LOGS, Reports=after_logs(UNMODELLED)), **about)
    assert groups() == left
    found = described(cf, stack_id)
    assert found["StackStatus"] == ended
    assert (last or "") in found.get("StackStatusReason", "")


@pytest.mark.parametrize(
    ("kept", "about", "left"),
    [
        ("Retain", {}, ["/shop"]),
        ("RetainExceptOnCreate", {}, []),
        ("Retain", {"RetainExceptOnCreate": True}, []),
    ],
    ids=["Retain", "RetainExceptOnCreate", "the option of the call"],
)
def test_deletion_policy_when_a_new_stack_rolls_back(
    cf: Any, kept: str, about: dict[str, Any], left: list[str]
) -> None:
    logs = {**LOGS, "DeletionPolicy": kept}
    create(cf, template(Logs=logs, Reports=after_logs(UNMODELLED)), **about)
    assert groups() == left


def test_a_failed_call_is_told_in_the_words_of_the_service(cf: Any) -> None:
    boto3.client("logs").create_log_group(logGroupName="/shop")
    create(cf, template(Logs=LOGS))
    said = reasons(cf)["Logs", "CREATE_FAILED"]
    assert said.startswith('Resource handler returned message: "The specified log group already')
    assert "(Service: CloudWatchLogs, Status Code: 400, Request ID: " in said
    assert said.endswith("HandlerErrorCode: AlreadyExists)")
    assert groups() == ["/shop"]


@pytest.fixture
def breaks(cf: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make an operation of CloudWatch Logs stop with an error that nobody expects."""

    def broken(operation: str, **when: Any) -> None:
        def stop(call: Call, response: Any, serve: Serve) -> Response:
            if all(call.parameters[name] == value for name, value in when.items()):
                raise TypeError("no such thing")
            return serve()

        known = fixes_of("logs", operation)
        monkeypatch.setitem(FIXES, ("logs", operation), [stop, *known])

    return broken


INTERNAL = 'Resource handler returned message: "TypeError: no such thing" (RequestToken: '


def test_an_unexpected_error_rolls_a_new_stack_back(cf: Any, breaks: Callable[..., None]) -> None:
    breaks("CreateLogGroup", logGroupName="/shop")
    create(cf, template(Role=ROLE, Logs={**LOGS, "DependsOn": "Role"}))
    assert status(cf) == "ROLLBACK_COMPLETE"
    said = reasons(cf)["Logs", "CREATE_FAILED"]
    assert said.startswith(INTERNAL)
    assert said.endswith("HandlerErrorCode: InternalFailure)")
    assert error_of(boto3.client("iam").get_role, RoleName="app")[0] == "NoSuchEntity"


def test_an_unexpected_error_rolls_an_update_back(cf: Any, breaks: Callable[..., None]) -> None:
    def logs(days: int) -> str:
        kept = resource("Logs::LogGroup", LogGroupName="/shop", RetentionInDays=days)
        return template(Logs=kept)

    create(cf, logs(7))
    breaks("PutRetentionPolicy", retentionInDays=30)
    update(cf, logs(30))
    assert status(cf) == "UPDATE_ROLLBACK_COMPLETE"
    assert reasons(cf)["Logs", "UPDATE_FAILED"].startswith(INTERNAL)


def test_an_update_that_cannot_be_undone_is_told(cf: Any, breaks: Callable[..., None]) -> None:
    def logs(days: int, **others: Any) -> str:
        kept = resource("Logs::LogGroup", LogGroupName="/shop", RetentionInDays=days)
        return template(Logs=kept, **others)

    create(cf, logs(7))
    breaks("PutRetentionPolicy", retentionInDays=7)
    update(cf, logs(30, Reports=after_logs(UNMODELLED)))
    assert status(cf) == "UPDATE_ROLLBACK_FAILED"
    assert reasons(cf)["Logs", "UPDATE_FAILED"].startswith(INTERNAL)


def test_an_unexpected_error_stops_a_deletion(cf: Any, breaks: Callable[..., None]) -> None:
    create(cf, template(Logs=LOGS))
    breaks("DeleteLogGroup")
    cf.delete_stack(StackName="shop")
    assert status(cf) == "DELETE_FAILED"
    assert reasons(cf)["Logs", "DELETE_FAILED"].startswith(INTERNAL)


def test_a_task_definition_without_containers_fails_in_the_words_of_ecs(cf: Any) -> None:
    create(cf, template(Task=resource("ECS::TaskDefinition", Family="app")))
    said = reasons(cf)["Task", "CREATE_FAILED"]
    assert said.startswith('Resource handler returned message: "Container list cannot be empty. (')
    assert said.endswith("HandlerErrorCode: InvalidRequest)")


def test_delete_leaves_nothing_behind(cf: Any) -> None:
    iam = boto3.client("iam")
    text = template(
        Role=resource(
            "IAM::Role",
            RoleName="app",
            AssumeRolePolicyDocument=TRUST,
            ManagedPolicyArns=["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
        ),
        Managed=resource(
            "IAM::ManagedPolicy",
            ManagedPolicyName="read",
            PolicyDocument=policy("s3:GetObject"),
            Roles=[{"Ref": "Role"}],
        ),
        Task=resource(
            "ECS::TaskDefinition",
            Family="app",
            ContainerDefinitions=[{"Name": "app", "Image": "app", "Memory": 128}],
        ),
    )
    stack_id = create(cf, text)
    assert status(cf) == "CREATE_COMPLETE"
    # What others attached since does not stand in the way.
    iam.put_role_policy(
        RoleName="app", PolicyName="p", PolicyDocument=str(policy("s3:*")).replace("'", '"')
    )
    cf.delete_stack(StackName="shop")
    cf.get_waiter("stack_delete_complete").wait(StackName=stack_id)
    assert not [each for each in iam.list_roles()["Roles"] if each["RoleName"] == "app"]
    assert iam.list_policies(Scope="Local")["Policies"] == []
    assert boto3.client("ecs").list_task_definitions(status="ACTIVE")["taskDefinitionArns"] == []
    found = described(cf, stack_id)
    assert (found["StackStatus"], "DeletionTime" in found) == ("DELETE_COMPLETE", True)
    assert error_of(cf.describe_stacks, StackName="shop") == (
        "ValidationError",
        400,
        "Stack with id shop does not exist",
    )


def test_a_bucket_with_objects_stays(cf: Any) -> None:
    create(cf, template(Bucket=resource("S3::Bucket", BucketName="bookshop-orders"), Logs=LOGS))
    s3 = boto3.client("s3")
    s3.put_object(Bucket="bookshop-orders", Key="1", Body=b"")
    cf.delete_stack(StackName="shop")
    assert status(cf) == "DELETE_FAILED"
    said = reasons(cf)
    assert "is not empty" in said["Bucket", "DELETE_FAILED"]
    assert said["shop", "DELETE_FAILED"] == (
        "The following resource(s) failed to delete: [Bucket]."
    )
    assert groups() == []
    cf.delete_stack(StackName="shop", RetainResources=["Bucket"])
    assert error_of(cf.describe_stacks, StackName="shop")[0] == "ValidationError"
    assert s3.list_objects_v2(Bucket="bookshop-orders")["KeyCount"] == 1


def test_what_is_gone_already_is_deleted(cf: Any) -> None:
    stack_id = create(cf, template(Logs=LOGS))
    boto3.client("logs").delete_log_group(logGroupName="/shop")
    cf.delete_stack(StackName="shop")
    assert status(cf, stack_id) == "DELETE_COMPLETE"


def test_retained_resources_stay(cf: Any) -> None:
    stack_id = create(cf, template(Logs={**LOGS, "DeletionPolicy": "Retain"}))
    cf.delete_stack(StackName="shop")
    assert groups() == ["/shop"]
    assert ("Logs", "DELETE_SKIPPED") in history(cf, stack_id)


def test_a_stack_that_is_not_there_is_deleted_already(cf: Any) -> None:
    cf.delete_stack(StackName="nothing")


def test_termination_protection(cf: Any) -> None:
    create(cf, template(Logs=LOGS), EnableTerminationProtection=True)
    code, _, message = error_of(cf.delete_stack, StackName="shop")
    assert (code, message) == (
        "ValidationError",
        "Stack [shop] cannot be deleted while TerminationProtection is enabled",
    )
    cf.update_termination_protection(StackName="shop", EnableTerminationProtection=False)
    cf.delete_stack(StackName="shop")
    assert groups() == []


# Exports.

EXPORTS = template(
    Logs=LOGS,
    sections={"Outputs": {"Name": {"Value": {"Ref": "Logs"}, "Export": {"Name": "logs"}}}},
)
IMPORTS = template(
    Stream=resource("Logs::LogStream", LogGroupName={"Fn::ImportValue": "logs"}, LogStreamName="s")
)


def test_an_export_in_use_keeps_its_stack(cf: Any) -> None:
    create(cf, EXPORTS, "base")
    create(cf, IMPORTS)
    assert cf.list_imports(ExportName="logs")["Imports"] == ["shop"]
    cf.delete_stack(StackName="base")
    found = described(cf, "base")
    assert found["StackStatus"] == "CREATE_COMPLETE"
    assert found["StackStatusReason"] == "Export logs cannot be deleted as it is in use by shop"
    cf.delete_stack(StackName="shop")
    cf.delete_stack(StackName="base")
    assert cf.list_exports()["Exports"] == []


def test_a_missing_export_rolls_the_stack_back_before_it_begins(cf: Any) -> None:
    create(cf, IMPORTS)
    assert history(cf) == [
        ("shop", "CREATE_IN_PROGRESS"),
        ("shop", "ROLLBACK_IN_PROGRESS"),
        ("shop", "ROLLBACK_COMPLETE"),
    ]
    assert reasons(cf)["shop", "ROLLBACK_IN_PROGRESS"] == (
        "No export named logs found. Rollback requested by user."
    )


def test_an_export_has_one_owner(cf: Any) -> None:
    create(cf, EXPORTS, "base")
    twice = template(
        Topic=resource("SNS::Topic"),
        sections={"Outputs": {"A": {"Value": "x", "Export": {"Name": "logs"}}}},
    )
    create(cf, twice)
    assert (
        "Export with name logs is already exported by stack base"
        in (reasons(cf)["shop", "ROLLBACK_IN_PROGRESS"])
    )


def test_an_export_that_nobody_imports(cf: Any) -> None:
    create(cf, EXPORTS, "base")
    code, _, message = error_of(cf.list_imports, ExportName="logs")
    assert (code, message) == ("ValidationError", "Export 'logs' is not imported by any stack.")


# Dynamic references.


def test_dynamic_references_are_read_when_the_resource_is_made(cf: Any) -> None:
    """*Get values stored in other services using dynamic references*."""
    boto3.client("secretsmanager").create_secret(Name="db", SecretString='{"word": "hunter2"}')
    boto3.client("ssm").put_parameter(Name="/host", Type="String", Value="db.example.com")
    value = "{{resolve:ssm:/host}}/{{resolve:secretsmanager:db:SecretString:word}}"
    create(cf, template(Url=resource("SSM::Parameter", Name="/url", Type="String", Value=value)))
    found = boto3.client("ssm").get_parameter(Name="/url")["Parameter"]["Value"]
    assert found == "db.example.com/hunter2"
    assert "hunter2" not in str(cf.describe_stack_events(StackName="shop"))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("{{resolve:ssm:/nothing}}", "Parameters: [ssm:/nothing] cannot be found."),
        ("{{resolve:secretsmanager:nothing}}", "HandlerErrorCode: NotFound"),
        ("{{resolve:ssm-secure:/a}}", "does not model the dynamic reference"),
    ],
    ids=["no parameter", "no secret", "not modelled"],
)
def test_dynamic_references_that_lead_nowhere(cf: Any, value: str, said: str) -> None:
    create(cf, template(Url=resource("SSM::Parameter", Type="String", Value=value)))
    assert said in reasons(cf)["Url", "CREATE_FAILED"]


# What is refused before anything happens.

REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "an unknown type": (
        template(Topic=resource("SNS::Topics")),
        {},
        "Template format error: Unrecognized resource types: [AWS::SNS::Topics]",
    ),
    "resources that need each other": (
        template(
            A={**resource("SNS::Topic"), "DependsOn": "B"},
            B={**resource("SNS::Topic"), "DependsOn": "A"},
        ),
        {},
        "Circular dependency between resources: [A, B]",
    ),
    "an attribute that a type does not have": (
        template(
            Role=ROLE,
            Topic=resource("SNS::Topic", DisplayName={"Fn::GetAtt": ["Role", "Name"]}),
        ),
        {},
        "Template error: resource Role does not support attribute type Name in Fn::GetAtt",
    ),
    "a resource whose condition is false": (
        template(
            Topic={**resource("SNS::Topic"), "Condition": "No"},
            Other=resource("SNS::Topic", DisplayName={"Ref": "Topic"}),
            sections={"Conditions": {"No": {"Fn::Equals": ["a", "b"]}}},
        ),
        {},
        "Unresolved resource dependencies [Topic] in the Resources block of the template",
    ),
    "a parameter without a value": (
        template(Logs=LOGS, sections={"Parameters": {"P": {"Type": "String"}}}),
        {},
        "Parameters: [P] must have values",
    ),
    "an SSM parameter that is not there": (
        template(
            Logs=LOGS,
            sections={
                "Parameters": {
                    "P": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/nothing"}
                }
            },
        ),
        {},
        "Unable to fetch parameters [/nothing] from parameter store for this account.",
    ),
    "a name that a stack cannot have": (
        template(Logs=LOGS),
        {"StackName": "my_shop"},
        "Value 'my_shop' at 'stackName' failed to satisfy constraint",
    ),
    "a type that ResourceTypes does not name": (
        template(Logs=LOGS),
        {"ResourceTypes": ["AWS::S3::*"]},
        "Resource type AWS::Logs::LogGroup is not allowed by parameter ResourceTypes [AWS::S3::*]",
    ),
    "two ways to handle a failure": (
        template(Logs=LOGS),
        {"OnFailure": "DELETE", "DisableRollback": True},
        "not both",
    ),
}


@pytest.mark.parametrize(("text", "about", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_starts_nothing(
    cf: Any, text: str, about: dict[str, Any], said: str
) -> None:
    given = {
        "StackName": "shop",
        "TemplateBody": text,
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        **about,
    }
    code, status_code, message = error_of(cf.create_stack, **given)
    assert (code, status_code) == ("ValidationError", 400)
    assert said in message
    assert cf.list_stacks()["StackSummaries"] == []
    assert groups() == []


def test_a_name_that_is_taken(cf: Any) -> None:
    create(cf, template(Logs=LOGS))
    code, _, message = error_of(cf.create_stack, StackName="shop", TemplateBody=template(Logs=LOGS))
    assert (code, message) == ("AlreadyExistsException", "Stack [shop] already exists")


CAPABILITIES: dict[str, tuple[dict[str, Any], list[str], str]] = {
    "a role": (resource("IAM::Role", AssumeRolePolicyDocument=TRUST), [], "CAPABILITY_IAM"),
    "a role with a name": (ROLE, ["CAPABILITY_IAM"], "CAPABILITY_NAMED_IAM"),
    "an inline policy": (
        resource("IAM::Policy", PolicyName="p", PolicyDocument=policy("s3:*"), Roles=["app"]),
        [],
        "CAPABILITY_IAM",
    ),
}


@pytest.mark.parametrize(("part", "given", "missing"), CAPABILITIES.values(), ids=CAPABILITIES)
def test_capabilities_have_to_be_acknowledged(
    cf: Any, part: dict[str, Any], given: list[str], missing: str
) -> None:
    with pytest.raises(cf.exceptions.InsufficientCapabilitiesException) as refused:
        create(cf, template(Part=part), Capabilities=given)
    said = refused.value.response["Error"]
    assert said["Code"] == "InsufficientCapabilitiesException"
    assert said["Message"] == f"Requires capabilities : [{missing}]"


def test_macros_are_refused(cf: Any) -> None:
    text = template(Logs=LOGS, sections={"Transform": "AWS::Serverless-2016-10-31"})
    with pytest.raises(cf.exceptions.InsufficientCapabilitiesException, match="AUTO_EXPAND"):
        create(cf, text)
    code, status_code, message = error_of(
        cf.create_stack,
        StackName="shop",
        TemplateBody=text,
        Capabilities=["CAPABILITY_AUTO_EXPAND"],
    )
    assert (code, status_code) == ("NotImplemented", 501)
    assert "AWS::Serverless-2016-10-31" in message


def test_what_moto_would_do_past_the_gate_is_refused(cf: Any) -> None:
    with pytest.raises(ClientError, match="does not model cloudformation:CreateStackSet"):
        cf.create_stack_set(StackSetName="all", TemplateBody=template(Logs=LOGS))


def test_a_fresh_account_has_no_stacks(cf: Any, sandbox: Any) -> None:
    import rolelab

    create(cf, template(Logs=LOGS))
    rolelab.start()
    assert boto3.client("cloudformation").list_stacks()["StackSummaries"] == []


def test_each_region_has_its_stacks(cf: Any) -> None:
    create(cf, template(Logs=LOGS))
    west = boto3.client("cloudformation", region_name="eu-west-1")
    assert west.list_stacks()["StackSummaries"] == []
    create(west, template(Bucket=resource("S3::Bucket", BucketName="bookshop-west")))
    place = boto3.client("s3").get_bucket_location(Bucket="bookshop-west")
    assert place["LocationConstraint"] == "eu-west-1"


def test_the_same_through_the_endpoint(cf: Any, sandbox: Any) -> None:
    outside = boto3.client("cloudformation", endpoint_url=sandbox.endpoint_url)
    create(outside, template(Logs=LOGS, Role=ROLE))
    assert status(cf) == status(outside) == "CREATE_COMPLETE"
    (record,) = [each for each in sandbox.trail if each["eventName"] == "CreateRole"]
    assert record["userIdentity"]["invokedBy"] == "cloudformation.amazonaws.com"
    outside.delete_stack(StackName="shop")
    assert groups() == []
