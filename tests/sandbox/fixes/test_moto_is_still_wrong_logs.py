"""Every fix of CloudWatch Logs is still needed: raw moto, without the gate, still answers wrongly.

A row that fails is good news: moto has become right, and the fix that the row names can go.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.usefixtures("raw_moto")

Wrong = Callable[[SimpleNamespace], bool]
GROUP = {"logGroupName": "g"}
STREAM = {**GROUP, "logStreamName": "s"}
ARN = "arn:aws:logs:us-east-1:123456789012:log-group:g"
DAY = 86_400_000
METRIC = [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]
FILTER = {**GROUP, "filterName": "f", "metricTransformations": METRIC}


@pytest.fixture
def raw(raw_moto: None) -> SimpleNamespace:
    """A client of raw moto, with a log group and a stream."""
    logs = boto3.client("logs")
    logs.create_log_group(**GROUP)
    logs.create_log_stream(**STREAM)
    return SimpleNamespace(logs=logs)


def answer(operation: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    """Code and message of moto's refusal; empty if there is none."""
    try:
        operation(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    return "", ""


def unsupported(operation: Callable[..., Any], **parameters: Any) -> bool:
    """Does moto lack an operation?"""
    try:
        operation(**parameters)
    except NotImplementedError:
        return True
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"] in {404, 501}
    return False


def put(raw: SimpleNamespace, *messages: str, ages: tuple[int, ...] = ()) -> dict[str, Any]:
    now = int(time.time() * 1000)
    events = [
        {"timestamp": now - age, "message": message}
        for message, age in zip(messages, ages or (0,) * len(messages), strict=True)
    ]
    done: dict[str, Any] = raw.logs.put_log_events(**STREAM, logEvents=events)
    return done


def matches_everything(pattern: str) -> Wrong:
    def wrong(raw: SimpleNamespace) -> bool:
        put(raw, "a", "b")
        found = raw.logs.filter_log_events(**GROUP, filterPattern=pattern)["events"]
        return len(found) == 2

    return wrong


def query(raw: SimpleNamespace, text: str, **given: Any) -> list[dict[str, str]]:
    put(raw, json.dumps({"n": 1}), json.dumps({"n": 2}))
    window = {"startTime": 0, "endTime": int(time.time()) + 60}
    named = given or GROUP
    started = raw.logs.start_query(queryString=text, **window, **named)
    found = raw.logs.get_query_results(queryId=started["queryId"])["results"]
    return [{cell["field"]: cell["value"] for cell in row} for row in found]


def wrong_indexes(raw: SimpleNamespace) -> bool:
    done = put(raw, "a", "b", ages=(16 * DAY, 15 * DAY))
    return bool(done["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1})


def first_of_too_new(raw: SimpleNamespace) -> bool:
    done = put(raw, "a", "b", ages=(-3 * 3_600_000, -4 * 3_600_000))
    return bool(done["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 1})


def two_filters_of_a_name(raw: SimpleNamespace) -> bool:
    for pattern in ("a", "b"):
        raw.logs.put_metric_filter(**FILTER, filterPattern=pattern)
    return len(raw.logs.describe_metric_filters(**GROUP)["metricFilters"]) == 2


def no_metric(raw: SimpleNamespace) -> bool:
    raw.logs.put_metric_filter(**FILTER, filterPattern="")
    put(raw, "a")
    now = datetime.now(UTC)
    found = boto3.client("cloudwatch").get_metric_statistics(
        Namespace="n",
        MetricName="m",
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(hours=1),
        Period=3600,
        Statistics=["Sum"],
    )
    return found["Datapoints"] == []


def subscription_gets_everything(raw: SimpleNamespace) -> bool:
    raw.logs.create_log_group(logGroupName="copy")
    raw.logs.create_log_stream(logGroupName="copy", logStreamName="s")
    raw.logs.put_subscription_filter(
        **GROUP, filterName="f", filterPattern="b", destinationArn=ARN[:-1] + "copy"
    )
    put(raw, "a", "b")
    return len(raw.logs.filter_log_events(logGroupName="copy")["events"]) == 2


def window_is_closed(raw: SimpleNamespace) -> bool:
    at = int(time.time() * 1000)
    raw.logs.put_log_events(**STREAM, logEvents=[{"timestamp": at, "message": "a"}])
    return len(raw.logs.get_log_events(**STREAM, endTime=at)["events"]) == 1


def another_group_is_found(raw: SimpleNamespace) -> bool:
    raw.logs.create_log_group(logGroupName="later")
    return raw.logs.describe_log_streams(logGroupIdentifier=ARN)["logStreams"] == []


def filters_outlive_the_group(raw: SimpleNamespace) -> bool:
    raw.logs.put_metric_filter(**FILTER, filterPattern="a")
    raw.logs.delete_log_group(**GROUP)
    return len(raw.logs.describe_metric_filters()["metricFilters"]) == 1


def pattern_is_ignored(raw: SimpleNamespace) -> bool:
    return len(raw.logs.describe_log_groups(logGroupNamePattern="none")["logGroups"]) == 1


def searched_streams_are_told(raw: SimpleNamespace) -> bool:
    return raw.logs.filter_log_events(**GROUP)["searchedLogStreams"] != []


def any_destination_policy(raw: SimpleNamespace) -> bool:
    role = "arn:aws:iam::123456789012:role/r"
    raw.logs.put_destination(destinationName="d", targetArn="arn:aws:kinesis:x", roleArn=role)
    given = {"destinationName": "d", "accessPolicy": "{nothing"}
    return answer(raw.logs.put_destination_policy, **given) == ("", "")


def destination_is_no_group(raw: SimpleNamespace) -> bool:
    role = "arn:aws:iam::123456789012:role/r"
    made = raw.logs.put_destination(
        destinationName="d", targetArn="arn:aws:kinesis:x", roleArn=role
    )
    refusal = answer(
        raw.logs.put_subscription_filter,
        **GROUP,
        filterName="f",
        filterPattern="",
        destinationArn=made["destination"]["arn"],
    )
    return refusal[1] == "The specified log group does not exist."


WRONG: dict[str, Wrong] = {
    # logs_filters
    "filters: JSON": matches_everything("{ $.a = 1 }"),
    "filters: optional terms": matches_everything("?none ?other"),
    "filters: excluded terms": matches_everything("-a"),
    "filters: columns": matches_everything("[a, b]"),
    "filters: regular expressions": matches_everything("%none%"),
    "filters: no pattern": matches_everything("{ $.a = 1"),
    "filters: searched streams": searched_streams_are_told,
    "filters: by the group's ARN": lambda raw: (
        answer(raw.logs.filter_log_events, logGroupIdentifier=ARN)[0] != ""
    ),
    "filters: a destination is taken for a log group": destination_is_no_group,
    "filters: TestMetricFilter is missing": lambda raw: unsupported(
        raw.logs.test_metric_filter, filterPattern="a", logEventMessages=["a"]
    ),
    # logs_metrics
    "metrics: no pattern": lambda raw: (
        answer(raw.logs.put_metric_filter, **FILTER, filterPattern="{ $.a = 1") == ("", "")
    ),
    "metrics: no log group": lambda raw: (
        answer(raw.logs.put_metric_filter, **{**FILTER, "logGroupName": "x"}, filterPattern="a")
        == ("", "")
    ),
    "metrics: two filters of a name": two_filters_of_a_name,
    "metrics: none are published": no_metric,
    "metrics: filters outlive their group": filters_outlive_the_group,
    "metrics: nothing to delete": lambda raw: (
        answer(raw.logs.delete_metric_filter, **GROUP, filterName="f") == ("", "")
    ),
    # logs_events
    "events: the end of what is too old": wrong_indexes,
    "events: the begin of what is too new": first_of_too_new,
    "events: a batch of two days": lambda raw: (
        "rejectedLogEventsInfo" not in put(raw, "a", "b", ages=(2 * DAY, 0))
    ),
    "events: subscriptions get everything": subscription_gets_everything,
    "events: the end of the window counts": window_is_closed,
    "events: other words for a stream": lambda raw: (
        answer(raw.logs.get_log_events, **GROUP, logStreamName="x")[1]
        == "The specified log group does not exist."
    ),
    # logs_groups
    "groups: reserved names": lambda raw: (
        answer(raw.logs.create_log_group, logGroupName="aws/x") == ("", "")
    ),
    "groups: any characters": lambda raw: (
        answer(raw.logs.create_log_group, logGroupName="a b") == ("", "")
    ),
    "groups: any number of days": lambda raw: (
        answer(raw.logs.put_retention_policy, **GROUP, retentionInDays=2) == ("", "")
    ),
    "groups: other words for a stream": lambda raw: (
        answer(raw.logs.create_log_stream, **STREAM)[1] == "The specified log group already exists"
    ),
    "groups: another group than the ARN's": another_group_is_found,
    "groups: a part of the name": pattern_is_ignored,
    # logs_encryption
    "encryption: any key": lambda raw: (
        answer(raw.logs.create_log_group, logGroupName="x", kmsKeyId="nothing") == ("", "")
    ),
    "encryption: AssociateKmsKey is missing": lambda raw: unsupported(
        raw.logs.associate_kms_key, **GROUP, kmsKeyId="x"
    ),
    "encryption: DisassociateKmsKey is missing": lambda raw: unsupported(
        raw.logs.disassociate_kms_key, **GROUP
    ),
    # logs_resource_policies
    "resource policies: any text": lambda raw: (
        answer(raw.logs.put_resource_policy, policyName="p", policyDocument="{nothing") == ("", "")
    ),
    "resource policies: any text for a destination": any_destination_policy,
    # logs_insights
    "insights: filter": lambda raw: len(query(raw, "fields n | filter n = 1")) == 2,
    "insights: stats": lambda raw: len(query(raw, "stats count(*)")) == 2,
    "insights: discovered fields": lambda raw: "n" not in query(raw, "fields n")[0],
    "insights: times": lambda raw: query(raw, "fields @timestamp")[0]["@timestamp"].isdigit(),
    "insights: @log": lambda raw: query(raw, "fields @log")[0]["@log"] == "g",
    "insights: no query": lambda raw: query(raw, "nonsense") != [],
    "insights: StopQuery is missing": lambda raw: unsupported(raw.logs.stop_query, queryId="x"),
}


@pytest.mark.parametrize("is_wrong", WRONG.values(), ids=WRONG)
def test_moto_is_still_wrong(raw: SimpleNamespace, is_wrong: Wrong) -> None:
    assert is_wrong(raw)
