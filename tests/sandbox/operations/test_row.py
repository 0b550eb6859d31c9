"""How a row of data becomes checks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from rolelab.sandbox.operations.row import (
    Open,
    Row,
    Table,
    condition_value,
    tag_context,
    tag_pairs,
    template,
)

QUEUE = "arn:{partition}:sqs:{region}:{account}:{QueueName}"

TEMPLATES: dict[str, tuple[str, dict[str, Any], str]] = {
    "partition, Region, account and a parameter": (
        QUEUE,
        {"QueueName": "returns"},
        "arn:aws:sqs:us-east-1:123456789012:returns",
    ),
    "a parameter that is absent leaves all resources": (QUEUE, {}, "*"),
    "an empty parameter too": (QUEUE, {"QueueName": ""}, "*"),
    "a default": ("role{Path|/}{Name}", {"Name": "app"}, "role/app"),
    "a default is not taken": ("role{Path|/}{Name}", {"Path": "/x/", "Name": "app"}, "role/x/app"),
    "a path into the parameters": ("{A.B}", {"A": {"B": "c"}}, "c"),
    "a path that ends early": ("{A.B}", {"A": "b"}, "*"),
    "an ARN stands for the whole": (
        QUEUE,
        {"QueueName": "arn:aws:sqs:eu-west-1:210987654321:returns"},
        "arn:aws:sqs:eu-west-1:210987654321:returns",
    ),
    "an ARN in the middle is text": (
        "service/{cluster}/{service}",
        {"cluster": "arn:c", "service": "web"},
        "service/arn:c/web",
    ),
    "no placeholder": ("*", {}, "*"),
}


@pytest.mark.parametrize(("text", "given", "rendered"), TEMPLATES.values(), ids=TEMPLATES)
def test_template(call: Any, text: str, given: dict[str, Any], rendered: str) -> None:
    assert template(text)(call("sqs", "X", **given)) == rendered


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("text", "text"),
        (True, "true"),
        (False, "false"),
        (10, "10"),
        ([1, True], ["1", "true"]),
        (datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC), "2031-01-02T03:04:05Z"),
        (datetime(2031, 1, 2, 3, tzinfo=timezone(timedelta(hours=1))), "2031-01-02T02:00:00Z"),
        (datetime(2031, 1, 2), "2031-01-02T00:00:00Z"),
    ],
)
def test_condition_value(value: Any, written: Any) -> None:
    assert condition_value(value) == written


@pytest.mark.parametrize(
    "tags",
    [
        [{"Key": "team", "Value": "shop"}],
        [{"key": "team", "value": "shop"}],
        [{"TagKey": "team", "TagValue": "shop"}],
        {"team": "shop"},
        {"team": {"Key": "team", "Value": "shop"}},
    ],
    ids=["most services", "ecs", "kms", "a mapping", "how moto stores policies' tags"],
)
def test_tags_come_in_many_shapes(tags: Any) -> None:
    assert tag_pairs(tags) == {"team": "shop"}
    assert tag_context(tags) == {"aws:RequestTag/team": "shop", "aws:TagKeys": ["team"]}


def test_no_tags_give_no_keys() -> None:
    assert tag_context([]) == tag_context(None) == {}


def table(*rows: Row | Open, **columns: Any) -> Table:
    return Table(prefix="sqs", rows=rows, **columns)


def asked(known: Table, given: Any) -> list[tuple[str, str]]:
    plans = known.plans[given.operation]
    return [(check.action, check.resource) for plan in plans for check in plan(given)]


def test_rows_of_an_operation_are_asked_in_order(call: Any) -> None:
    known = table(
        Row("CreateQueue", "sqs:CreateQueue", "{QueueName}"),
        Row("CreateQueue", "sqs:TagQueue", "{QueueName}", when="tags"),
        Row("CreateQueue", "sqs:Never", unless="QueueName"),
        Row("DeleteQueue", "sqs:DeleteQueue"),
    )
    bare = call("sqs", "CreateQueue", QueueName="a")
    tagged = call("sqs", "CreateQueue", QueueName="a", tags={"b": "c"})
    assert asked(known, bare) == [("sqs:CreateQueue", "a")]
    assert asked(known, tagged) == [("sqs:CreateQueue", "a"), ("sqs:TagQueue", "a")]


def test_an_empty_parameter_does_not_count_as_given(call: Any) -> None:
    known = table(Row("CreateQueue", "sqs:TagQueue", when="tags"))
    assert asked(known, call("sqs", "CreateQueue", tags={})) == []


def test_each_gives_one_check_per_entry(call: Any) -> None:
    known = table(
        Row("Send", "sqs:Send", "{Queue}/{each.Id}", each="Entries", when="each.Body"),
    )
    batch = [{"Id": "1", "Body": "x"}, {"Id": "2"}, {"Id": "3", "Body": "y"}]
    given = call("sqs", "Send", Queue="q", Entries=batch)
    assert asked(known, given) == [("sqs:Send", "q/1"), ("sqs:Send", "q/3")]
    assert asked(known, call("sqs", "Send", Queue="q")) == []


def test_only_a_partial_row_marks_items(call: Any) -> None:
    given = call("sqs", "Send", Entries=[{"Id": "1"}])
    for partial in (True, False):
        known = table(Row("Send", "sqs:Send", "{each.Id}", each="Entries", partial=partial))
        ((check,),) = (plan(given) for plan in known.plans["Send"])
        assert check.item == ({"Id": "1"} if partial else None)


def test_keys_of_the_table_belong_to_the_services_own_actions(call: Any) -> None:
    known = table(
        Row("Send", "sqs:Send", keys={"sqs:Delay": "Delay"}),
        Row("Send", "kms:Decrypt"),
        keys={"sqs:Signed": lambda given: "yes"},
        context=(lambda given, arn: {"sqs:Of": arn},),
    )
    given = call("sqs", "Send", Delay=3)
    own, other = (check for plan in known.plans["Send"] for check in plan(given))
    assert own.context == {"sqs:Signed": "yes", "sqs:Delay": "3", "sqs:Of": "*"}
    assert other.context == {}


def test_an_open_operation_has_a_plan_that_asks_nothing(call: Any) -> None:
    assert asked(table(Open("Ping", page="Ping")), call("sqs", "Ping")) == []
