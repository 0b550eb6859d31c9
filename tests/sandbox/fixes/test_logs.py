"""Log groups, streams, events, filters and metrics, as CloudWatch Logs has them.

Pages: the operations in the CloudWatch Logs API Reference; *Encrypt log data in CloudWatch Logs
using AWS Key Management Service*.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.sandbox.fixes.conftest import Refused

pytestmark = pytest.mark.usefixtures("sandbox")

ACCOUNT = "123456789012"
GROUP = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/ecs/shop"
NO_GROUP = ("ResourceNotFoundException", "The specified log group does not exist.")
NO_STREAM = ("ResourceNotFoundException", "The specified log stream does not exist.")
INVALID = "InvalidParameterException"
DAY = 86_400_000
PAGE = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'


@pytest.fixture
def logs(sandbox: Any) -> Any:
    """A client, with a log group and two streams."""
    client = boto3.client("logs")
    client.create_log_group(logGroupName="/ecs/shop")
    for name in ("web/1", "web/2"):
        client.create_log_stream(logGroupName="/ecs/shop", logStreamName=name)
    return client


def now() -> int:
    return int(time.time() * 1000)


def put(logs: Any, *messages: Any, stream: str = "web/1", at: int | None = None) -> dict[str, Any]:
    """Put events, a second apart."""
    begin = now() - 60_000 if at is None else at
    texts = [each if isinstance(each, str) else json.dumps(each) for each in messages]
    events = [
        {"timestamp": begin + 1000 * number, "message": text} for number, text in enumerate(texts)
    ]
    answer: dict[str, Any] = logs.put_log_events(
        logGroupName="/ecs/shop", logStreamName=stream, logEvents=events
    )
    return answer


def found(logs: Any, pattern: str = "", **more: Any) -> list[str]:
    answer = logs.filter_log_events(logGroupName="/ecs/shop", filterPattern=pattern, **more)
    return [event["message"] for event in answer["events"]]


# Log groups and streams.


@pytest.mark.parametrize("name", ["aws/x", "AWS/x"])
def test_names_that_begin_with_aws_are_reserved(logs: Any, refused: Refused, name: str) -> None:
    answer = (INVALID, "Log groups starting with AWS/ are reserved for AWS.")
    assert refused(logs.create_log_group, logGroupName=name) == answer


def test_names_have_their_characters(logs: Any, refused: Refused) -> None:
    code, message = refused(logs.create_log_group, logGroupName="a b")
    assert code == INVALID
    assert message.startswith(
        "1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: "
    )


def test_what_exists_is_said(logs: Any, refused: Refused) -> None:
    code = "ResourceAlreadyExistsException"
    assert refused(logs.create_log_group, logGroupName="/ecs/shop") == (
        code,
        "The specified log group already exists",
    )
    assert refused(logs.create_log_stream, logGroupName="/ecs/shop", logStreamName="web/1") == (
        code,
        "The specified log stream already exists",
    )


MISSING: dict[str, tuple[str, dict[str, Any], tuple[str, str]]] = {
    "delete a group": ("delete_log_group", {}, NO_GROUP),
    "a stream in no group": ("create_log_stream", {"logStreamName": "x"}, NO_GROUP),
    "put into no group": (
        "put_log_events",
        {"logStreamName": "x", "logEvents": [{"timestamp": 1, "message": "a"}]},
        NO_GROUP,
    ),
    "get from no group": ("get_log_events", {"logStreamName": "x"}, NO_GROUP),
    "filter no group": ("filter_log_events", {}, NO_GROUP),
    "streams of no group": ("describe_log_streams", {}, NO_GROUP),
    "retention of no group": ("put_retention_policy", {"retentionInDays": 1}, NO_GROUP),
    "query no group": (
        "start_query",
        {"startTime": 0, "endTime": 1, "queryString": "limit 1"},
        NO_GROUP,
    ),
    "a metric filter in no group": (
        "put_metric_filter",
        {
            "filterName": "f",
            "filterPattern": "",
            "metricTransformations": [
                {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
            ],
        },
        NO_GROUP,
    ),
}


@pytest.mark.parametrize(("operation", "given", "answer"), MISSING.values(), ids=MISSING)
def test_a_log_group_that_does_not_exist(
    logs: Any, refused: Refused, operation: str, given: dict[str, Any], answer: tuple[str, str]
) -> None:
    assert refused(getattr(logs, operation), logGroupName="none", **given) == answer


@pytest.mark.parametrize("operation", ["get_log_events", "delete_log_stream", "put_log_events"])
def test_a_stream_that_does_not_exist(logs: Any, refused: Refused, operation: str) -> None:
    given: dict[str, Any] = {"logGroupName": "/ecs/shop", "logStreamName": "none"}
    if operation == "put_log_events":
        given["logEvents"] = [{"timestamp": now(), "message": "a"}]
    assert refused(getattr(logs, operation), **given) == NO_STREAM


@pytest.mark.parametrize("days", [1, 7, 545, 3653])
def test_retention_can_be_chosen(logs: Any, days: int) -> None:
    logs.put_retention_policy(logGroupName="/ecs/shop", retentionInDays=days)
    (group,) = logs.describe_log_groups()["logGroups"]
    assert group["retentionInDays"] == days


@pytest.mark.parametrize("days", [0, 2, 8, 10000])
def test_retention_from_a_list(logs: Any, refused: Refused, days: int) -> None:
    code, message = refused(
        logs.put_retention_policy, logGroupName="/ecs/shop", retentionInDays=days
    )
    assert code == INVALID
    assert "Member must satisfy enum value set: [1, 3, 5, 7, 14, 30, " in message


def test_listing_log_groups(logs: Any, refused: Refused) -> None:
    for name in ("/ecs/api", "/lambda/shop"):
        logs.create_log_group(logGroupName=name)

    def names(**given: Any) -> list[str]:
        return [each["logGroupName"] for each in logs.describe_log_groups(**given)["logGroups"]]

    assert names() == ["/ecs/api", "/ecs/shop", "/lambda/shop"]
    assert names(logGroupNamePrefix="/ecs") == ["/ecs/api", "/ecs/shop"]
    assert names(logGroupNamePattern="shop") == ["/ecs/shop", "/lambda/shop"]
    assert names(logGroupNamePattern="SHOP") == []
    assert names(logGroupIdentifiers=["/ecs/api"]) == ["/ecs/api"]
    pages = logs.get_paginator("describe_log_groups").paginate(PaginationConfig={"PageSize": 2})
    assert [len(page["logGroups"]) for page in pages] == [2, 1]
    both = {"logGroupNamePrefix": "/ecs", "logGroupNamePattern": "shop"}
    assert refused(logs.describe_log_groups, **both)[0] == INVALID


def test_a_log_group_has_an_arn_in_two_forms(logs: Any) -> None:
    (group,) = logs.describe_log_groups()["logGroups"]
    assert (group["arn"], group["logGroupArn"]) == (f"{GROUP}:*", GROUP)


def test_with_a_group_goes_what_belongs_to_it(logs: Any) -> None:
    logs.tag_resource(resourceArn=GROUP, tags={"team": "shop"})
    logs.put_metric_filter(
        logGroupName="/ecs/shop",
        filterName="f",
        filterPattern="x",
        metricTransformations=[{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}],
    )
    assert logs.describe_log_groups()["logGroups"][0]["metricFilterCount"] == 1
    logs.delete_log_group(logGroupName="/ecs/shop")
    logs.create_log_group(logGroupName="/ecs/shop")
    assert logs.describe_metric_filters(logGroupName="/ecs/shop")["metricFilters"] == []
    assert logs.list_tags_for_resource(resourceArn=GROUP)["tags"] == {}


@pytest.mark.parametrize("identifier", ["/ecs/shop", GROUP])
def test_a_log_group_by_its_identifier(logs: Any, identifier: str) -> None:
    logs.create_log_group(logGroupName="later")
    put(logs, "a")
    streams = logs.describe_log_streams(logGroupIdentifier=identifier)["logStreams"]
    assert [each["logStreamName"] for each in streams] == ["web/1", "web/2"]
    events = logs.get_log_events(logGroupIdentifier=identifier, logStreamName="web/1")["events"]
    assert [each["message"] for each in events] == ["a"]
    events = logs.filter_log_events(logGroupIdentifier=identifier)["events"]
    assert [each["message"] for each in events] == ["a"]


def test_an_identifier_has_no_asterisk(logs: Any, refused: Refused) -> None:
    assert refused(logs.filter_log_events, logGroupIdentifier=f"{GROUP}:*")[0] == INVALID


def test_a_log_group_is_named_once(logs: Any, refused: Refused) -> None:
    assert refused(logs.filter_log_events)[0] == INVALID
    both = {"logGroupName": "/ecs/shop", "logGroupIdentifier": "/ecs/shop"}
    assert refused(logs.filter_log_events, **both)[0] == INVALID


def test_a_log_group_of_another_region_is_not_found(logs: Any, refused: Refused) -> None:
    named = GROUP.replace("us-east-1", "eu-west-1")
    assert refused(logs.filter_log_events, logGroupIdentifier=named) == NO_GROUP


# PutLogEvents.


def test_events_come_in_order_of_time(logs: Any, refused: Refused) -> None:
    events = [{"timestamp": now() - offset, "message": "a"} for offset in (0, 1000)]
    given = {"logGroupName": "/ecs/shop", "logStreamName": "web/1", "logEvents": events}
    assert refused(logs.put_log_events, **given) == (
        INVALID,
        "Log events in a single PutLogEvents request must be in chronological order.",
    )


@pytest.mark.parametrize(
    ("ages", "rejected", "kept"),
    [
        ([1], None, 1),
        ([15 * DAY, 14 * DAY + 60_000, 1000], {"tooOldLogEventEndIndex": 2}, 1),
        ([1000, -3 * 3_600_000, -4 * 3_600_000], {"tooNewLogEventStartIndex": 1}, 1),
        (
            [15 * DAY, 1000, -3 * 3_600_000],
            {"tooOldLogEventEndIndex": 1, "tooNewLogEventStartIndex": 2},
            1,
        ),
        ([15 * DAY], {"tooOldLogEventEndIndex": 1}, 0),
        ([-3_600_000], None, 1),
    ],
    ids=["good", "too old", "too new", "both", "nothing left", "an hour ahead"],
)
def test_events_that_are_too_old_or_too_new(
    logs: Any, ages: list[int], rejected: dict[str, int] | None, kept: int
) -> None:
    events = [{"timestamp": now() - age, "message": "a"} for age in ages]
    answer = logs.put_log_events(logGroupName="/ecs/shop", logStreamName="web/1", logEvents=events)
    assert answer.get("rejectedLogEventsInfo") == rejected
    assert len(found(logs)) == kept


def test_events_older_than_the_retention_are_expired(logs: Any) -> None:
    logs.put_retention_policy(logGroupName="/ecs/shop", retentionInDays=3)
    events = [{"timestamp": now() - age, "message": "a"} for age in (4 * DAY, 1000)]
    answer = logs.put_log_events(logGroupName="/ecs/shop", logStreamName="web/1", logEvents=events)
    assert answer["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 1}
    assert len(found(logs)) == 1


def test_a_batch_spans_a_day_at_most(logs: Any, refused: Refused) -> None:
    events = [{"timestamp": now() - age, "message": "a"} for age in (2 * DAY, 0)]
    given = {"logGroupName": "/ecs/shop", "logStreamName": "web/1", "logEvents": events}
    assert refused(logs.put_log_events, **given) == (
        INVALID,
        "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
    )


def test_a_batch_has_a_size(logs: Any, refused: Refused) -> None:
    events = [{"timestamp": now(), "message": "ä" * 524_276}]
    given = {"logGroupName": "/ecs/shop", "logStreamName": "web/1", "logEvents": events}
    assert refused(logs.put_log_events, **given) == (
        INVALID,
        "Upload too large: 1048578 bytes exceeds limit of 1048576",
    )


def test_an_empty_batch_is_refused(logs: Any, refused: Refused) -> None:
    unchecked = boto3.client("logs", config=Config(parameter_validation=False))
    given = {"logGroupName": "/ecs/shop", "logStreamName": "web/1", "logEvents": []}
    assert refused(unchecked.put_log_events, **given)[0] == INVALID


def test_the_stream_knows_its_first_and_last_event(logs: Any) -> None:
    begin = now() - 60_000
    put(logs, "a", "b", at=begin)
    stream = logs.describe_log_streams(logGroupName="/ecs/shop")["logStreams"][0]
    assert stream["firstEventTimestamp"] == begin
    assert stream["lastEventTimestamp"] == begin + 1000
    assert abs(stream["lastIngestionTime"] - now()) < 60_000


# GetLogEvents.


def test_the_window_of_get_log_events_is_open_at_its_end(logs: Any) -> None:
    begin = now() - 60_000
    put(logs, "a", "b", "c", at=begin)
    answer = logs.get_log_events(
        logGroupName="/ecs/shop",
        logStreamName="web/1",
        startTime=begin,
        endTime=begin + 2000,
        startFromHead=True,
    )
    assert [each["message"] for each in answer["events"]] == ["a", "b"]
    again = logs.get_log_events(
        logGroupName="/ecs/shop",
        logStreamName="web/1",
        nextToken=answer["nextForwardToken"],
        startFromHead=True,
    )
    assert [each["message"] for each in again["events"]] == ["c"]


def test_a_token_that_is_none(logs: Any, refused: Refused) -> None:
    given = {"logGroupName": "/ecs/shop", "logStreamName": "web/1", "nextToken": "x"}
    assert refused(logs.get_log_events, **given) == (INVALID, "The specified nextToken is invalid.")
    del given["logStreamName"]
    assert refused(logs.filter_log_events, **given) == (
        INVALID,
        "The specified nextToken is invalid.",
    )


# FilterLogEvents and TestMetricFilter.

EVENTS = [{"level": "INFO", "ms": 10}, {"level": "ERROR", "ms": 250}, "[WARN] slow order", PAGE]


@pytest.mark.parametrize(
    ("pattern", "numbers"),
    [
        ("", [0, 1, 2, 3]),
        ("order", [2]),
        ("?WARN ?frank", [2, 3]),
        ("-WARN -frank", [0, 1]),
        ('{ $.level = "ERROR" }', [1]),
        ("{ $.ms > 5 && $.level != INFO }", [1]),
        ("[ip, user, ..., status=4*, bytes>1000]", [3]),
        ("%W[A-Z]+N%", [2]),
    ],
)
def test_filter_patterns(logs: Any, pattern: str, numbers: list[int]) -> None:
    put(logs, *EVENTS)
    texts = [each if isinstance(each, str) else json.dumps(each) for each in EVENTS]
    assert found(logs, pattern) == [texts[number] for number in numbers]


def test_events_of_all_streams_are_mixed(logs: Any) -> None:
    begin = now() - 60_000
    put(logs, "a", "c", at=begin)
    put(logs, "b", stream="web/2", at=begin + 500)
    assert found(logs) == ["a", "b", "c"]
    assert found(logs, startFromHead=False) == ["c", "b", "a"]
    assert found(logs, logStreamNames=["web/2"]) == ["b"]
    assert found(logs, logStreamNamePrefix="web") == ["a", "b", "c"]
    assert found(logs, startTime=begin + 500) == ["b", "c"]
    assert found(logs, endTime=begin + 500) == ["a", "b"]


def test_filter_log_events_gives_pages(logs: Any) -> None:
    put(logs, *"abcde")
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName="/ecs/shop", PaginationConfig={"PageSize": 2}
    )
    texts = [[event["message"] for event in page["events"]] for page in pages]
    assert texts == [["a", "b"], ["c", "d"], ["e"]]


def test_streams_are_named_in_one_way(logs: Any, refused: Refused) -> None:
    given = {"logStreamNames": ["web/1"], "logStreamNamePrefix": "web"}
    assert refused(logs.filter_log_events, logGroupName="/ecs/shop", **given)[0] == INVALID


TRANSFORMATION = {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("filter_log_events", {"logGroupName": "/ecs/shop"}),
        ("test_metric_filter", {"logEventMessages": ["a"]}),
        (
            "put_metric_filter",
            {
                "logGroupName": "/ecs/shop",
                "filterName": "f",
                "metricTransformations": [TRANSFORMATION],
            },
        ),
        (
            "put_subscription_filter",
            {
                "logGroupName": "/ecs/shop",
                "filterName": "f",
                "destinationArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f",
            },
        ),
    ],
)
def test_what_is_no_pattern_is_refused(
    logs: Any, refused: Refused, operation: str, given: dict[str, Any]
) -> None:
    answer = refused(getattr(logs, operation), filterPattern="{ $.a = 1", **given)
    assert answer == (INVALID, "If a filter pattern starts with '{' it must end with '}'")


def test_test_metric_filter_extracts_fields(logs: Any) -> None:
    answer = logs.test_metric_filter(
        filterPattern="[..., status_code=4*, bytes]", logEventMessages=["other", "x y", PAGE]
    )
    (match,) = answer["matches"]
    assert (match["eventNumber"], match["eventMessage"]) == (3, PAGE)
    assert match["extractedValues"]["$status_code"] == "404"
    assert match["extractedValues"]["$3"] == "frank"


# Metric filters.


def sums(name: str, **dimensions: str) -> list[float]:
    """The sums of a metric in the last minutes."""
    answer = boto3.client("cloudwatch").get_metric_statistics(
        Namespace="Shop",
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=datetime.now(UTC) - timedelta(minutes=10),
        EndTime=datetime.now(UTC) + timedelta(minutes=10),
        Period=3600,
        Statistics=["Sum"],
    )
    return [point["Sum"] for point in answer["Datapoints"]]


def metric_filter(logs: Any, pattern: str, **transformation: Any) -> None:
    logs.put_metric_filter(
        logGroupName="/ecs/shop",
        filterName=transformation["metricName"],
        filterPattern=pattern,
        metricTransformations=[{"metricNamespace": "Shop", **transformation}],
    )


def test_metric_filters_make_metrics(logs: Any) -> None:
    metric_filter(logs, '{ $.level = "ERROR" }', metricName="Errors", metricValue="1")
    metric_filter(logs, "{ $.ms = * }", metricName="Latency", metricValue="$.ms")
    metric_filter(logs, "[..., status=4*, bytes]", metricName="Bytes", metricValue="$bytes")
    metric_filter(logs, "nothing", metricName="None", metricValue="1")
    metric_filter(logs, "nothing", metricName="Zero", metricValue="1", defaultValue=0.0)
    metric_filter(
        logs,
        "{ $.ms = * }",
        metricName="ByLevel",
        metricValue="1",
        dimensions={"Level": "$.level"},
    )
    put(logs, *EVENTS, {"level": "ERROR", "ms": "x"}, {"ms": 5})
    assert sums("Errors") == [2]
    assert sums("Latency") == [265]
    assert sums("Bytes") == [1534]
    assert sums("None") == []
    assert sums("Zero") == [0]
    assert sums("ByLevel", Level="ERROR") == [2]


def test_a_metric_filter_of_the_same_name_is_replaced(logs: Any) -> None:
    metric_filter(logs, "a", metricName="m", metricValue="1")
    metric_filter(logs, "b", metricName="m", metricValue="1")
    (kept,) = logs.describe_metric_filters(logGroupName="/ecs/shop")["metricFilters"]
    assert kept["filterPattern"] == "b"


def test_dimensions_need_fields(logs: Any, refused: Refused) -> None:
    transformation = {**TRANSFORMATION, "dimensions": {"a": "$.a"}}
    given = {
        "logGroupName": "/ecs/shop",
        "filterName": "f",
        "metricTransformations": [transformation],
    }
    assert refused(logs.put_metric_filter, filterPattern="ERROR", **given) == (
        INVALID,
        "The specified filter pattern does not support dimensions",
    )
    transformation["defaultValue"] = 0.0
    assert refused(logs.put_metric_filter, filterPattern="{ $.a = 1 }", **given)[0] == INVALID
    transformation["dimensions"] = dict.fromkeys("abcd", "$.a")
    assert refused(logs.put_metric_filter, filterPattern="{ $.a = 1 }", **given)[0] == INVALID


def test_a_metric_filter_that_does_not_exist(logs: Any, refused: Refused) -> None:
    given = {"logGroupName": "/ecs/shop", "filterName": "none"}
    assert refused(logs.delete_metric_filter, **given)[0] == "ResourceNotFoundException"
    metric_filter(logs, "a", metricName="m", metricValue="1")
    logs.delete_metric_filter(logGroupName="/ecs/shop", filterName="m")
    assert logs.describe_metric_filters(logGroupName="/ecs/shop")["metricFilters"] == []


# Subscription filters.


def test_a_subscription_gets_what_matches(logs: Any) -> None:
    logs.create_log_group(logGroupName="copy")
    logs.create_log_stream(logGroupName="copy", logStreamName="web/1")
    logs.put_subscription_filter(
        logGroupName="/ecs/shop",
        filterName="errors",
        filterPattern="ERROR",
        destinationArn=f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:copy",
    )
    put(logs, "INFO a", "ERROR b")
    events = logs.filter_log_events(logGroupName="copy")["events"]
    assert [event["message"] for event in events] == ["ERROR b"]


DESTINATION = "arn:aws:logs:us-east-1:111122223333:destination:all"


def test_a_destination_of_another_account(logs: Any, sandbox: Any, refused: Refused) -> None:
    given = {
        "logGroupName": "/ecs/shop",
        "filterName": "f",
        "filterPattern": "",
        "destinationArn": DESTINATION,
    }
    assert refused(logs.put_subscription_filter, **given)[0] == "AccessDeniedException"
    theirs = sandbox.admin("111122223333").client("logs")
    theirs.put_destination(
        destinationName="all",
        targetArn="arn:aws:kinesis:us-east-1:111122223333:stream/s",
        roleArn="arn:aws:iam::111122223333:role/deliver",
    )
    written = policy(
        Principal={"AWS": ACCOUNT}, Action="logs:PutSubscriptionFilter", Resource=DESTINATION
    )
    assert (
        refused(theirs.put_destination_policy, destinationName="all", accessPolicy="{nothing")[0]
        == INVALID
    )
    assert refused(logs.put_subscription_filter, **given)[0] == "AccessDeniedException"
    theirs.put_destination_policy(destinationName="all", accessPolicy=written)
    logs.put_subscription_filter(**given)
    put(logs, "a")
    (kept,) = logs.describe_subscription_filters(logGroupName="/ecs/shop")["subscriptionFilters"]
    assert kept["destinationArn"] == DESTINATION


def test_a_destination_that_does_not_exist(logs: Any, refused: Refused) -> None:
    own = f"arn:aws:logs:us-east-1:{ACCOUNT}:destination:none"
    given = {"logGroupName": "/ecs/shop", "filterName": "f", "filterPattern": ""}
    answer = refused(logs.put_subscription_filter, **given, destinationArn=own)
    assert answer == (
        INVALID,
        "Could not deliver test message to specified destination. Check if the destination is "
        "valid.",
    )


# Keys.


def key_policy(*statements: dict[str, Any]) -> str:
    root = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [root, *statements]})


def for_logs(context: str = GROUP, region: str = "us-east-1") -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{region}.amazonaws.com"},
        "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
        "Resource": "*",
        "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": context}},
    }


@pytest.fixture
def key(sandbox: Any) -> Callable[..., str]:
    """Make a key with more statements in its policy."""

    def make(*statements: dict[str, Any]) -> str:
        made = boto3.client("kms").create_key(Policy=key_policy(*statements))
        arn: str = made["KeyMetadata"]["Arn"]
        return arn

    return make


def test_a_log_group_under_a_key(logs: Any, key: Callable[..., str]) -> None:
    logs.associate_kms_key(logGroupName="/ecs/shop", kmsKeyId=(arn := key(for_logs())))
    (group,) = logs.describe_log_groups()["logGroups"]
    assert group["kmsKeyId"] == arn
    logs.disassociate_kms_key(resourceIdentifier=GROUP)
    (group,) = logs.describe_log_groups()["logGroups"]
    assert "kmsKeyId" not in group


def test_a_new_log_group_under_a_key(logs: Any, key: Callable[..., str]) -> None:
    arn = key(for_logs(f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/ecs/*"))
    logs.create_log_group(logGroupName="/ecs/api", kmsKeyId=arn)
    (group,) = logs.describe_log_groups(logGroupNamePrefix="/ecs/api")["logGroups"]
    assert group["kmsKeyId"] == arn


@pytest.mark.parametrize(
    "statements",
    [(), (for_logs(f"{GROUP}-other"),), (for_logs(region="eu-west-1"),)],
    ids=["the default key policy", "for another log group", "for another Region"],
)
def test_the_key_policy_lets_cloudwatch_logs_in(
    logs: Any, refused: Refused, key: Callable[..., str], statements: Any
) -> None:
    given = {"logGroupName": "/ecs/shop", "kmsKeyId": key(*statements)}
    assert refused(logs.associate_kms_key, **given) == (
        "AccessDeniedException",
        f"The specified KMS key does not exist or is not allowed to be used with Arn '{GROUP}'",
    )


def test_a_key_is_named_by_its_arn(logs: Any, refused: Refused, key: Callable[..., str]) -> None:
    given = {"logGroupName": "/ecs/shop", "kmsKeyId": key(for_logs()).rpartition("/")[2]}
    assert refused(logs.associate_kms_key, **given) == (
        INVALID,
        "The specified KMS Key Id could not be found. '/ecs/shop'",
    )


def test_a_disabled_key_is_refused(logs: Any, refused: Refused, key: Callable[..., str]) -> None:
    arn = key(for_logs())
    boto3.client("kms").disable_key(KeyId=arn.rpartition("/")[2])
    assert refused(logs.associate_kms_key, logGroupName="/ecs/shop", kmsKeyId=arn)[0] == INVALID


def test_the_results_of_queries_have_a_key(logs: Any, key: Callable[..., str]) -> None:
    results = f"arn:aws:logs:us-east-1:{ACCOUNT}:query-result:*"
    logs.associate_kms_key(resourceIdentifier=results, kmsKeyId=key(for_logs(results)))
    logs.disassociate_kms_key(resourceIdentifier=results)


# Resource policies.


def policy(**elements: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "route53.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"{GROUP}:*",
        **elements,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


@pytest.mark.parametrize(
    "text",
    ["{nothing", "{}", policy(Effect="Maybe"), policy(Principal={"Nobody": "x"})],
    ids=["no JSON", "no policy", "no effect", "no principal"],
)
def test_what_is_no_policy_is_refused(logs: Any, refused: Refused, text: str) -> None:
    given = {"policyName": "p", "policyDocument": text}
    assert refused(logs.put_resource_policy, **given)[0] == INVALID


def test_a_policy_needs_a_name_and_a_document(logs: Any, refused: Refused) -> None:
    assert refused(logs.put_resource_policy, policyName="p")[0] == INVALID
    assert refused(logs.put_resource_policy, policyDocument=policy())[0] == INVALID


def test_the_policy_of_a_log_group(logs: Any, refused: Refused) -> None:
    given = {"policyDocument": policy(), "resourceArn": GROUP}
    made = logs.put_resource_policy(**given)
    assert made["resourcePolicy"]["policyScope"] == "RESOURCE"
    (shown,) = logs.describe_resource_policies(resourceArn=GROUP)["resourcePolicies"]
    assert shown["policyDocument"] == policy()
    assert logs.describe_resource_policies()["resourcePolicies"] == []
    assert refused(logs.put_resource_policy, **given)[0] == "OperationAbortedException"
    revision = made["revisionId"]
    logs.put_resource_policy(**given, expectedRevisionId=revision)
    last = logs.describe_resource_policies(policyScope="RESOURCE")["resourcePolicies"][0]
    logs.delete_resource_policy(resourceArn=GROUP, expectedRevisionId=last["revisionId"])
    assert logs.describe_resource_policies(resourceArn=GROUP)["resourcePolicies"] == []


def test_a_service_writes_where_a_policy_lets_it(logs: Any, refused: Refused) -> None:
    from rolelab.sandbox.service_calls import as_service

    session = as_service("route53.amazonaws.com", source_account=ACCOUNT, region="us-east-1")
    theirs = session.client("logs")
    given = {"logGroupName": "/ecs/shop", "logStreamName": "queries"}
    assert refused(theirs.create_log_stream, **given)[0] == "AccessDeniedException"
    logs.put_resource_policy(policyName="dns", policyDocument=policy())
    theirs.create_log_stream(**given)


def test_a_service_writes_where_the_policy_of_the_group_lets_it(
    logs: Any, refused: Refused
) -> None:
    from rolelab.sandbox.service_calls import as_service

    logs.create_log_group(logGroupName="other")
    logs.put_resource_policy(policyDocument=policy(), resourceArn=GROUP)
    session = as_service("route53.amazonaws.com", source_account=ACCOUNT, region="us-east-1")
    theirs = session.client("logs")
    theirs.create_log_stream(logGroupName="/ecs/shop", logStreamName="queries")
    given = {"logGroupName": "other", "logStreamName": "queries"}
    assert refused(theirs.create_log_stream, **given)[0] == "AccessDeniedException"
