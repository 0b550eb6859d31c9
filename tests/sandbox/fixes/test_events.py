"""Rules, buses and events, as EventBridge has them.

Pages: the operations in the EventBridge API Reference; *Comparison operators for use in event
patterns in Amazon EventBridge*; *Using resource-based policies for Amazon EventBridge*.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from rolelab.sandbox.account import Sandbox
from tests.sandbox.fixes.conftest import Refused
from tests.sandbox.people import allow, document

ACCOUNT = "123456789012"
OTHER = "111122223333"
HEAD = f"arn:aws:events:us-east-1:{ACCOUNT}"
VALIDATION = "ValidationException"
PATTERN = {"source": ["shop.orders"]}
ENTRY = {"Source": "shop.orders", "DetailType": "Paid", "Detail": '{"order": 7}'}


@pytest.fixture
def events(sandbox: Sandbox) -> Any:
    """A client, with a bus and a rule on it."""
    client = boto3.client("events")
    client.create_event_bus(Name="shop")
    client.put_rule(Name="paid", EventBusName="shop", EventPattern=json.dumps(PATTERN))
    return client


@pytest.fixture
def role(sandbox: Sandbox) -> Callable[..., str]:
    """Make a role that a service may assume."""

    def make(name: str, service: str, **condition: Any) -> str:
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sts:AssumeRole",
        }
        if condition:
            statement["Condition"] = condition
        made = boto3.client("iam").create_role(
            RoleName=name, AssumeRolePolicyDocument=document(statement)
        )
        arn: str = made["Role"]["Arn"]
        return arn

    return make


# Rules.

NO_RULE = ("ResourceNotFoundException", "Rule none does not exist on EventBus shop.")


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("describe_rule", {"Name": "none"}),
        ("enable_rule", {"Name": "none"}),
        ("disable_rule", {"Name": "none"}),
        ("list_targets_by_rule", {"Rule": "none"}),
        ("remove_targets", {"Rule": "none", "Ids": ["1"]}),
        ("put_targets", {"Rule": "none", "Targets": [{"Id": "1", "Arn": "arn:aws:sqs:x"}]}),
    ],
)
def test_a_rule_that_does_not_exist(
    events: Any, refused: Refused, operation: str, given: dict[str, Any]
) -> None:
    assert refused(getattr(events, operation), EventBusName="shop", **given) == NO_RULE


def test_a_bus_that_does_not_exist(events: Any, refused: Refused) -> None:
    given = {"Name": "r", "EventBusName": "none", "EventPattern": json.dumps(PATTERN)}
    answer = ("ResourceNotFoundException", "Event bus none does not exist.")
    assert refused(events.put_rule, **given) == answer
    given["EventBusName"] = f"arn:aws:events:us-east-1:{OTHER}:event-bus/shop"
    assert refused(events.put_rule, **given)[0] in {answer[0], "AccessDeniedException"}


def test_names_have_their_characters(events: Any, refused: Refused) -> None:
    code, message = refused(events.put_rule, Name="a b", EventPattern=json.dumps(PATTERN))
    assert code == VALIDATION
    assert "Value 'a b' at 'name' failed to satisfy constraint" in message


@pytest.mark.parametrize("service", ["ecs-tasks.amazonaws.com", "lambda.amazonaws.com"])
def test_a_role_has_to_trust_eventbridge(
    events: Any, refused: Refused, role: Callable[..., str], service: str
) -> None:
    arn = role("deliver", service)
    answer = (
        VALIDATION,
        f"Provided role '{arn}' cannot be assumed by principal 'events.amazonaws.com'.",
    )
    rule = {"Name": "r", "EventPattern": json.dumps(PATTERN), "RoleArn": arn}
    assert refused(events.put_rule, **rule) == answer
    target = {"Id": "1", "Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", "RoleArn": arn}
    given = {"Rule": "paid", "EventBusName": "shop", "Targets": [target]}
    assert refused(events.put_targets, **given) == answer


def test_the_trust_policy_may_name_the_rule(
    events: Any, refused: Refused, role: Callable[..., str]
) -> None:
    source = {"aws:SourceArn": f"{HEAD}:rule/shop/paid"}
    arn = role("deliver", "events.amazonaws.com", ArnEquals=source)
    target = {"Id": "1", "Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", "RoleArn": arn}
    events.put_targets(Rule="paid", EventBusName="shop", Targets=[target])
    events.put_rule(Name="other", EventPattern=json.dumps(PATTERN))
    assert refused(events.put_targets, Rule="other", Targets=[target])[0] == VALIDATION


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/shop",
        f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:x",
        f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:x",
    ],
)
def test_targets_that_need_a_role(events: Any, refused: Refused, arn: str) -> None:
    given = {"Rule": "paid", "EventBusName": "shop", "Targets": [{"Id": "1", "Arn": arn}]}
    assert refused(events.put_targets, **given) == (
        VALIDATION,
        f"RoleArn is required for target {arn}.",
    )


def test_a_cluster_needs_a_task_definition(
    events: Any, refused: Refused, role: Callable[..., str]
) -> None:
    arn = role("deliver", "events.amazonaws.com")
    target: dict[str, Any] = {
        "Id": "1",
        "Arn": f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/shop",
        "RoleArn": arn,
    }
    given = {"Rule": "paid", "EventBusName": "shop", "Targets": [target]}
    assert refused(events.put_targets, **given)[0] == VALIDATION
    target["EcsParameters"] = {
        "TaskDefinitionArn": f"arn:aws:ecs:us-east-1:{ACCOUNT}:task-definition/app:1"
    }
    events.put_targets(**given)


def test_a_rule_has_five_targets(events: Any, refused: Refused) -> None:
    targets = [
        {"Id": str(number), "Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q{number}"}
        for number in range(6)
    ]
    given: dict[str, Any] = {"Rule": "paid", "EventBusName": "shop"}
    events.put_targets(**given, Targets=targets[:5])
    events.put_targets(**given, Targets=targets[:1])
    code, _ = refused(events.put_targets, **given, Targets=targets[5:])
    assert code == "LimitExceededException"


# Patterns.

EVENT = {
    "id": "1",
    "account": ACCOUNT,
    "source": "shop.orders",
    "time": "2026-01-01T00:00:00Z",
    "region": "us-east-1",
    "resources": [],
    "detail-type": "Paid",
    "detail": {"total": 50, "ip": "10.0.0.7", "path": "orders/7.json", "state": None},
}

PATTERNS: dict[str, tuple[dict[str, Any], bool]] = {
    "equal": ({"source": ["shop.orders"]}, True),
    "one of several": ({"source": ["other", "shop.orders"]}, True),
    "another": ({"source": ["other"]}, False),
    "all fields": ({"source": ["shop.orders"], "detail-type": ["Sent"]}, False),
    "null": ({"detail": {"state": [None]}}, True),
    "prefix": ({"detail": {"path": [{"prefix": "orders/"}]}}, True),
    "suffix": ({"detail": {"path": [{"suffix": ".json"}]}}, True),
    "in any case": ({"source": [{"equals-ignore-case": "SHOP.orders"}]}, True),
    "wildcard": ({"detail": {"path": [{"wildcard": "orders/*.json"}]}}, True),
    "a range": ({"detail": {"total": [{"numeric": [">", 0, "<=", 50]}]}}, True),
    "outside a range": ({"detail": {"total": [{"numeric": ["<", 50]}]}}, False),
    "anything but": ({"detail-type": [{"anything-but": ["Sent"]}]}, True),
    "anything but a prefix": ({"source": [{"anything-but": {"prefix": "shop"}}]}, False),
    "an address": ({"detail": {"ip": [{"cidr": "10.0.0.0/24"}]}}, True),
    "exists": ({"detail": {"total": [{"exists": True}]}}, True),
    "does not exist": ({"detail": {"none": [{"exists": False}]}}, True),
    "one of two objects": ({"$or": [{"source": ["other"]}, {"detail-type": ["Paid"]}]}, True),
}


@pytest.mark.parametrize(("pattern", "matches"), PATTERNS.values(), ids=PATTERNS)
def test_event_patterns(events: Any, pattern: dict[str, Any], matches: bool) -> None:
    answer = events.test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(EVENT))
    assert answer["Result"] is matches


WRONG: dict[str, tuple[str, str]] = {
    "no JSON": ("{nothing", "Filter is not a valid JSON"),
    "no object": ("[]", "Filter is not an object"),
    "nothing": ("{}", "Empty objects are not allowed"),
    "a value without an array": (
        '{"source": "shop.orders"}',
        '"source" must be an object or an array',
    ),
    "an empty array": ('{"source": []}', "Empty arrays are not allowed"),
    "an array in an array": (
        '{"source": [["a"]]}',
        "Match value must be String, number, true, false, or null",
    ),
    "an unknown filter": ('{"source": [{"like": "a"}]}', "Unrecognized match type like"),
    "two filters in one": (
        '{"source": [{"prefix": "a", "suffix": "b"}]}',
        "Only one key allowed in match expression",
    ),
    "a prefix that is no text": ('{"source": [{"prefix": 1}]}', "Value of prefix is not valid"),
    "a range that is none": (
        '{"detail": {"a": [{"numeric": ["~", 1]}]}}',
        "Value of numeric is not valid",
    ),
    "an address range that is none": (
        '{"detail": {"a": [{"cidr": "x"}]}}',
        "Value of cidr is not valid",
    ),
    "exists maybe": ('{"detail": {"a": [{"exists": 1}]}}', "Value of exists is not valid"),
}


@pytest.mark.parametrize(("pattern", "reason"), WRONG.values(), ids=WRONG)
def test_what_is_no_pattern_is_refused(
    events: Any, refused: Refused, pattern: str, reason: str
) -> None:
    answer = ("InvalidEventPatternException", f"Event pattern is not valid. Reason: {reason}")
    event = json.dumps(EVENT)
    assert refused(events.test_event_pattern, EventPattern=pattern, Event=event) == answer
    assert refused(events.put_rule, Name="r", EventPattern=pattern) == answer


@pytest.mark.parametrize("event", ["{nothing", "[]", "{}", '{"id": "1"}'])
def test_an_event_to_test_has_its_fields(events: Any, refused: Refused, event: str) -> None:
    given = {"EventPattern": json.dumps(PATTERN), "Event": event}
    assert refused(events.test_event_pattern, **given)[0] == VALIDATION


# The policy of a bus.


def policy_of(events: Any) -> Any:
    shown = events.describe_event_bus(Name="shop").get("Policy")
    return None if shown is None else json.loads(shown)["Statement"]


def statement(**elements: Any) -> dict[str, Any]:
    return {
        "Sid": "partner",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
        "Action": "events:PutEvents",
        "Resource": f"{HEAD}:event-bus/shop",
        **elements,
    }


def test_a_permission_becomes_a_statement(events: Any) -> None:
    given = {"EventBusName": "shop", "Action": "events:PutEvents"}
    events.put_permission(**given, Principal=OTHER, StatementId="partner")
    assert policy_of(events) == [statement()]
    condition = {"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-1234567890"}
    events.put_permission(**given, Principal="*", StatementId="all", Condition=condition)
    limited = {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}
    everyone = statement(Sid="all", Principal="*", Condition=limited)
    assert policy_of(events) == [statement(), everyone]
    events.remove_permission(EventBusName="shop", StatementId="partner")
    assert policy_of(events) == [everyone]


def test_a_whole_policy_replaces_the_one_before(events: Any) -> None:
    for sid in ("a", "b"):
        events.put_permission(EventBusName="shop", Policy=document(statement(Sid=sid)))
    assert policy_of(events) == [statement(Sid="b")]
    without = {name: each for name, each in statement().items() if name != "Sid"}
    events.put_permission(EventBusName="shop", Policy=document(without))
    assert policy_of(events) == [without]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"Policy": "{nothing"}, VALIDATION),
        ({"Policy": "{}"}, VALIDATION),
        ({"Policy": document(statement(Effect="Maybe"))}, VALIDATION),
        (
            {"Policy": document(*(statement(Sid=f"s{number}") for number in range(60)))},
            "PolicyLengthExceededException",
        ),
        ({"Principal": OTHER, "StatementId": "a"}, VALIDATION),
        ({"Principal": OTHER, "StatementId": "a", "Action": "events:PutRule"}, VALIDATION),
        ({"Principal": "x", "StatementId": "a", "Action": "events:PutEvents"}, VALIDATION),
    ],
    ids=["no JSON", "no statement", "no effect", "too long", "no action", "action", "principal"],
)
def test_what_is_no_permission_is_refused(
    events: Any, refused: Refused, given: dict[str, Any], code: str
) -> None:
    assert refused(events.put_permission, EventBusName="shop", **given)[0] == code
    assert policy_of(events) is None


# PutEvents.


def codes(answer: dict[str, Any]) -> list[str | None]:
    return [entry.get("ErrorCode") for entry in answer["Entries"]]


def test_entries_that_are_not_valid(events: Any) -> None:
    answer = events.put_events(
        Entries=[
            ENTRY,
            {**ENTRY, "Source": "aws.ecs"},
            {**ENTRY, "Detail": "{nothing"},
            {**ENTRY, "Detail": "[1]"},
            {"Source": "a", "Detail": "{}"},
        ]
    )
    assert codes(answer) == [
        None,
        "NotAuthorizedForSourceException",
        "MalformedDetail",
        "MalformedDetail",
        "InvalidArgument",
    ]
    assert answer["FailedEntryCount"] == 4
    assert answer["Entries"][1]["ErrorMessage"] == "Not authorized for the source."


@pytest.fixture
def shop(sandbox: Sandbox) -> Callable[[str], Any]:
    """A client of a user with a policy."""
    iam = boto3.client("iam")

    def make(policy: str) -> Any:
        iam.create_user(UserName="shop")
        iam.put_user_policy(UserName="shop", PolicyName="own", PolicyDocument=policy)
        key = iam.create_access_key(UserName="shop")["AccessKey"]
        session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")
        return session.client("events")

    return make


@pytest.mark.parametrize(
    ("key", "other", "code"),
    [
        ("events:source", {"Source": "shop.stock"}, "NotAuthorizedForSourceException"),
        ("events:detail-type", {"DetailType": "Sent"}, "NotAuthorizedForDetailTypeException"),
    ],
)
def test_each_event_is_decided_by_itself(
    events: Any, shop: Callable[[str], Any], key: str, other: dict[str, str], code: str
) -> None:
    values = ["shop.orders", "Paid"]
    client = shop(allow("events:PutEvents", Condition={"StringEquals": {key: values}}))
    answer = client.put_events(Entries=[ENTRY, {**ENTRY, **other}])
    assert codes(answer) == [None, code]


def test_a_denied_source_is_told_entry_by_entry(events: Any, shop: Callable[[str], Any]) -> None:
    deny = {
        "Effect": "Deny",
        "Action": "events:PutEvents",
        "Resource": "*",
        "Condition": {"StringLike": {"events:source": "shop.stock"}},
    }
    own = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": "*"}
    client = shop(document(own, deny))
    answer = client.put_events(Entries=[{**ENTRY, "Source": "shop.stock"}, ENTRY])
    assert codes(answer) == ["NotAuthorizedForSourceException", None]


def test_without_any_permission_the_call_is_refused(
    events: Any, shop: Callable[[str], Any], refused: Refused
) -> None:
    client = shop(allow("events:PutEvents", f"{HEAD}:event-bus/other"))
    code, message = refused(client.put_events, Entries=[{**ENTRY, "EventBusName": "shop"}])
    assert code == "AccessDeniedException"
    assert f"events:PutEvents on resource: {HEAD}:event-bus/shop because" in message


# Delivery.


def queue(policy: bool, source: str = f"{HEAD}:rule/shop/paid") -> tuple[str, str]:
    """A queue that EventBridge may send to, or may not: its URL and its ARN."""
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"
    if policy:
        written = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": source}},
        }
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document(written)})
    return url, arn


def received(url: str) -> list[Any]:
    answer = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in answer.get("Messages", ())]


@pytest.mark.parametrize(
    ("policy", "source", "count"),
    [
        (True, f"{HEAD}:rule/shop/paid", 1),
        (True, f"{HEAD}:rule/shop/other", 0),
        (False, "", 0),
    ],
    ids=["for this rule", "for another rule", "no policy"],
)
def test_the_policy_of_a_queue_lets_eventbridge_in(
    events: Any, policy: bool, source: str, count: int
) -> None:
    url, arn = queue(policy, source)
    target = {"Id": "1", "Arn": arn}
    events.put_targets(Rule="paid", EventBusName="shop", Targets=[target])
    answer = events.put_events(Entries=[{**ENTRY, "EventBusName": "shop"}])
    assert answer["FailedEntryCount"] == 0
    messages = received(url)
    assert len(messages) == count
    for event in messages:
        assert (event["source"], event["detail-type"], event["detail"]) == (
            "shop.orders",
            "Paid",
            {"order": 7},
        )
        assert (event["account"], event["region"]) == (ACCOUNT, "us-east-1")


def test_what_does_not_match_and_what_is_disabled_is_not_delivered(events: Any) -> None:
    url, arn = queue(policy=True)
    events.put_targets(Rule="paid", EventBusName="shop", Targets=[{"Id": "1", "Arn": arn}])
    events.put_events(Entries=[{**ENTRY, "EventBusName": "shop", "Source": "shop.stock"}])
    events.put_events(Entries=[ENTRY])
    events.disable_rule(Name="paid", EventBusName="shop")
    events.put_events(Entries=[{**ENTRY, "EventBusName": "shop"}])
    assert received(url) == []


def test_the_input_of_a_target(events: Any) -> None:
    url, arn = queue(policy=True)
    transformer = {
        "InputPathsMap": {"order": "$.detail.order"},
        "InputTemplate": '{"paid": <order>}',
    }
    targets = [
        {"Id": "1", "Arn": arn, "Input": '{"constant": true}'},
        {"Id": "2", "Arn": arn, "InputTransformer": transformer},
    ]
    events.put_targets(Rule="paid", EventBusName="shop", Targets=targets)
    events.put_events(Entries=[{**ENTRY, "EventBusName": "shop"}])
    assert sorted(received(url), key=str) == [{"constant": True}, {"paid": 7}]


@pytest.mark.parametrize("policy", [True, False], ids=["allowed", "no policy"])
def test_a_log_group_as_a_target(events: Any, policy: bool) -> None:
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="/aws/events/shop")
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/events/shop"
    if policy:
        written = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"{arn}:*",
        }
        logs.put_resource_policy(policyName="events", policyDocument=document(written))
    events.put_targets(Rule="paid", EventBusName="shop", Targets=[{"Id": "1", "Arn": arn}])
    events.put_events(Entries=[{**ENTRY, "EventBusName": "shop"}])
    found = logs.filter_log_events(logGroupName="/aws/events/shop")["events"]
    assert len(found) == policy


@pytest.mark.parametrize("policy", [True, False], ids=["allowed", "no policy"])
def test_a_bus_of_another_account_as_a_target(events: Any, sandbox: Sandbox, policy: bool) -> None:
    url, arn = queue(policy=True)
    events.put_targets(Rule="paid", EventBusName="shop", Targets=[{"Id": "1", "Arn": arn}])
    if policy:
        events.put_permission(EventBusName="shop", Policy=document(statement()))
    theirs = sandbox.admin(OTHER).client("events")
    theirs.put_rule(Name="forward", EventPattern=json.dumps(PATTERN))
    bus = {"Id": "1", "Arn": f"{HEAD}:event-bus/shop"}
    theirs.put_targets(Rule="forward", Targets=[bus])
    assert theirs.put_events(Entries=[ENTRY])["FailedEntryCount"] == 0
    assert [event["account"] for event in received(url)] == [OTHER] * policy


def test_an_archive_keeps_events(events: Any) -> None:
    events.create_archive(ArchiveName="all", EventSourceArn=f"{HEAD}:event-bus/shop")
    events.put_events(Entries=[{**ENTRY, "EventBusName": "shop"}])
    assert events.describe_archive(ArchiveName="all")["EventCount"] == 1


def test_another_bus_as_a_target(events: Any) -> None:
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="copy")
    written = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": "*",
    }
    logs.put_resource_policy(policyName="events", policyDocument=document(written))
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:copy"
    events.put_targets(Rule="paid", EventBusName="shop", Targets=[{"Id": "1", "Arn": arn}])
    events.put_rule(Name="forward", EventPattern=json.dumps(PATTERN))
    bus = f"{HEAD}:event-bus/shop"
    events.put_targets(Rule="forward", Targets=[{"Id": "1", "Arn": bus}])
    assert events.put_events(Entries=[ENTRY])["FailedEntryCount"] == 0
    (forwarded,) = logs.filter_log_events(logGroupName="copy")["events"]
    assert json.loads(forwarded["message"])["detail"] == {"order": 7}


def test_targets_that_are_not_modelled_do_not_fail_the_call(
    events: Any, role: Callable[..., str]
) -> None:
    arn = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:x"
    target = {"Id": "1", "Arn": arn, "RoleArn": role("deliver", "events.amazonaws.com")}
    events.put_targets(Rule="paid", EventBusName="shop", Targets=[target])
    assert events.put_events(Entries=[{**ENTRY, "EventBusName": "shop"}])["FailedEntryCount"] == 0


def test_events_from_another_account(events: Any, sandbox: Sandbox, refused: Refused) -> None:
    url, arn = queue(policy=True)
    events.put_targets(Rule="paid", EventBusName="shop", Targets=[{"Id": "1", "Arn": arn}])
    theirs = sandbox.admin(OTHER).client("events")
    entry = {**ENTRY, "EventBusName": f"{HEAD}:event-bus/shop"}
    assert refused(theirs.put_events, Entries=[entry])[0] == "AccessDeniedException"
    events.put_permission(EventBusName="shop", Policy=document(statement()))
    assert theirs.put_events(Entries=[entry])["FailedEntryCount"] == 0
    (event,) = received(url)
    assert event["account"] == OTHER
