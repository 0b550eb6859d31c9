"""Change sets: what would change, and carrying it out. Page: *Example change sets*."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from tests.sandbox.cloudformation.stack import (
    ALL,
    TRUST,
    create,
    history,
    resource,
    status,
    template,
    update,
)
from tests.sandbox.people import error_of

LOGS = resource("Logs::LogGroup", LogGroupName="/shop", RetentionInDays=7)


def proposed(cf: Any, text: str, kind: str = "UPDATE", name: str = "next") -> dict[str, Any]:
    cf.create_change_set(
        StackName="shop",
        ChangeSetName=name,
        ChangeSetType=kind,
        TemplateBody=text,
        Capabilities=ALL,
    )
    found: dict[str, Any] = cf.describe_change_set(StackName="shop", ChangeSetName=name)
    return found


def changes(found: dict[str, Any]) -> dict[str, Any]:
    return {
        each["ResourceChange"]["LogicalResourceId"]: each["ResourceChange"]
        for each in found["Changes"]
    }


def test_a_change_set_makes_a_stack(cf: Any) -> None:
    found = proposed(cf, template(Logs=LOGS), "CREATE")
    assert (found["Status"], found["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert status(cf) == "REVIEW_IN_PROGRESS"
    assert boto3.client("logs").describe_log_groups()["logGroups"] == []
    cf.get_waiter("change_set_create_complete").wait(StackName="shop", ChangeSetName="next")
    cf.execute_change_set(StackName="shop", ChangeSetName="next")
    assert status(cf) == "CREATE_COMPLETE"
    assert history(cf)[0] == ("shop", "REVIEW_IN_PROGRESS")
    done = cf.describe_change_set(ChangeSetName=found["ChangeSetId"])
    assert done["ExecutionStatus"] == "EXECUTE_COMPLETE"


def test_what_a_change_set_says(cf: Any) -> None:
    role = resource("IAM::Role", AssumeRolePolicyDocument=TRUST)
    text = template(Logs=LOGS, Gone=resource("SNS::Topic"), Role=role)
    create(cf, text)
    changed = template(
        Logs={"Type": LOGS["Type"], "Properties": {**LOGS["Properties"], "RetentionInDays": 14}},
        New=resource("SNS::Topic"),
        Role=resource("IAM::Role", AssumeRolePolicyDocument=TRUST, Path="/shop/"),
    )
    said = changes(proposed(cf, changed))
    assert {name: (each["Action"], each.get("Replacement")) for name, each in said.items()} == {
        "Logs": ("Modify", "False"),
        "Role": ("Modify", "True"),
        "New": ("Add", None),
        "Gone": ("Remove", None),
    }
    assert said["Logs"]["Scope"] == ["Properties"]
    assert said["Logs"]["Details"][0]["Target"] == {
        "Attribute": "Properties",
        "Name": "RetentionInDays",
        "RequiresRecreation": "Never",
    }
    assert said["Role"]["Details"][0]["Target"]["RequiresRecreation"] == "Always"
    assert boto3.client("sns").list_topics()["Topics"] == [
        {"TopicArn": said["Gone"]["PhysicalResourceId"]}
    ]


def test_a_replacement_is_conditional_on_what_is_not_known_yet(cf: Any) -> None:
    """*Example change sets*: a reference to a replaced resource may or may not change."""
    stream = resource("Logs::LogStream", LogGroupName={"Ref": "Logs"}, LogStreamName="s")
    create(cf, template(Logs=resource("Logs::LogGroup", LogGroupName="/a"), Stream=stream))
    changed = template(Logs=resource("Logs::LogGroup", LogGroupName="/b"), Stream=stream)
    said = changes(proposed(cf, changed))
    assert (said["Logs"]["Replacement"], said["Stream"]["Replacement"]) == ("True", "Conditional")
    target = said["Stream"]["Details"][0]["Target"]
    assert (target["Name"], target["RequiresRecreation"]) == ("LogGroupName", "Conditionally")


def test_executing_carries_out_and_drops_the_others(cf: Any) -> None:
    create(cf, template(Logs=LOGS))
    more = template(Logs=LOGS, More=resource("SNS::Topic", TopicName="more"))
    proposed(cf, more)
    proposed(cf, template(Logs=LOGS, Other=resource("SNS::Topic")), name="other")
    names = [each["ChangeSetName"] for each in cf.list_change_sets(StackName="shop")["Summaries"]]
    assert names == ["next", "other"]
    cf.execute_change_set(StackName="shop", ChangeSetName="next")
    assert status(cf) == "UPDATE_COMPLETE"
    code, status_code, _ = error_of(cf.describe_change_set, StackName="shop", ChangeSetName="other")
    assert (code, status_code) == ("ChangeSetNotFound", 404)


def test_without_changes_it_fails(cf: Any) -> None:
    create(cf, template(Logs=LOGS))
    found = proposed(cf, template(Logs=LOGS))
    assert (found["Status"], found["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert found["StatusReason"] == (
        "The submitted information didn't contain changes. "
        "Submit different information to create a change set."
    )
    code, _, message = error_of(cf.execute_change_set, StackName="shop", ChangeSetName="next")
    assert code == "InvalidChangeSetStatus"
    assert message.endswith("cannot be executed in its current status of [FAILED]")


@pytest.mark.parametrize(
    ("kind", "there", "said"),
    [
        ("UPDATE", False, "Stack [shop] does not exist"),
        ("CREATE", True, "Stack [shop] already exists and cannot be created again"),
    ],
    ids=["UPDATE of nothing", "CREATE of a stack that is there"],
)
def test_the_type_has_to_fit(cf: Any, kind: str, there: bool, said: str) -> None:
    if there:
        create(cf, template(Logs=LOGS))
    code, _, message = error_of(
        cf.create_change_set,
        StackName="shop",
        ChangeSetName="next",
        ChangeSetType=kind,
        TemplateBody=template(Logs=LOGS),
    )
    assert code == "ValidationError"
    assert said in message


def test_a_name_that_is_taken(cf: Any) -> None:
    proposed(cf, template(Logs=LOGS), "CREATE")
    code, _, message = error_of(
        cf.create_change_set,
        StackName="shop",
        ChangeSetName="next",
        ChangeSetType="CREATE",
        TemplateBody=template(Logs=LOGS),
    )
    assert (code, message) == ("AlreadyExistsException", "ChangeSet next already exists")


def test_capabilities_are_asked_when_the_change_set_is_made(cf: Any) -> None:
    role = resource("IAM::Role", AssumeRolePolicyDocument=TRUST)
    with pytest.raises(cf.exceptions.InsufficientCapabilitiesException):
        cf.create_change_set(
            StackName="shop",
            ChangeSetName="next",
            ChangeSetType="CREATE",
            TemplateBody=template(Role=role),
        )
    assert cf.list_stacks()["StackSummaries"] == []


def test_deleting(cf: Any) -> None:
    found = proposed(cf, template(Logs=LOGS), "CREATE")
    cf.delete_change_set(ChangeSetName=found["ChangeSetId"])
    assert cf.list_change_sets(StackName="shop")["Summaries"] == []
    assert status(cf) == "REVIEW_IN_PROGRESS"
    cf.delete_stack(StackName="shop")
    assert list(cf.describe_stacks()["Stacks"]) == []


def test_a_template_of_a_change_set(cf: Any) -> None:
    create(cf, template(Logs=LOGS))
    text = template(Logs=LOGS, More=resource("SNS::Topic"))
    proposed(cf, text)
    body = cf.get_template(StackName="shop", ChangeSetName="next")["TemplateBody"]
    assert set(body["Resources"]) == {"Logs", "More"}
    assert set(cf.get_template(StackName="shop")["TemplateBody"]["Resources"]) == {"Logs"}
    update(cf, text)
    assert set(cf.get_template(StackName="shop")["TemplateBody"]["Resources"]) == {"Logs", "More"}
