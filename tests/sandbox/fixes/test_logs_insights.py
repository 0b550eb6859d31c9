"""StartQuery and what follows it. The language has tests of its own.

Pages: *StartQuery*, *GetQueryResults*, *StopQuery*, *DescribeQueries* and *MalformedQueryException*
(CloudWatch Logs API Reference).
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.sandbox.fixes.conftest import Refused

ACCOUNT = "123456789012"
ARN = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/ecs/shop"
INVALID = "InvalidParameterException"
NOW = int(time.time())


@pytest.fixture
def logs(sandbox: Any) -> Any:
    """A client, with two log groups; the events of the first are a minute apart."""
    client = boto3.client("logs")
    for name in ("/ecs/shop", "/ecs/api"):
        client.create_log_group(logGroupName=name)
        client.create_log_stream(logGroupName=name, logStreamName="s")
    for name, numbers in (("/ecs/shop", (3, 2, 1)), ("/ecs/api", (0,))):
        events = [
            {"timestamp": (NOW - 60 * each) * 1000, "message": json.dumps({"n": each})}
            for each in numbers
        ]
        client.put_log_events(logGroupName=name, logStreamName="s", logEvents=events)
    return client


Query = Callable[..., dict[str, Any]]


@pytest.fixture
def query(logs: Any) -> Query:
    """Run a query and give what GetQueryResults gives."""

    def ask(text: str, **given: Any) -> dict[str, Any]:
        if not {"logGroupName", "logGroupNames", "logGroupIdentifiers"} & given.keys():
            given["logGroupName"] = "/ecs/shop"
        window = {"startTime": NOW - 3600, "endTime": NOW + 60}
        started = logs.start_query(queryString=text, **{**window, **given})
        answer: dict[str, Any] = logs.get_query_results(queryId=started["queryId"])
        return answer

    return ask


def column(answer: dict[str, Any], name: str) -> list[str]:
    return [cell["value"] for row in answer["results"] for cell in row if cell["field"] == name]


def test_results_have_fields_values_and_a_pointer(query: Query) -> None:
    answer = query("fields @timestamp, n | limit 1")
    (row,) = answer["results"]
    assert [cell["field"] for cell in row] == ["@timestamp", "n", "@ptr"]
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(NOW - 60))
    assert [cell["value"] for cell in row[:2]] == [f"{at}.000", "1"]
    assert base64.b64decode(row[2]["value"])
    assert (answer["status"], answer["queryLanguage"]) == ("Complete", "CWLI")


def test_statistics(query: Query) -> None:
    answer = query("filter n > 1 | stats count(*) as c")
    assert column(answer, "c") == ["2"]
    known = answer["statistics"]
    assert (known["recordsMatched"], known["recordsScanned"]) == (2.0, 3.0)
    assert known["bytesScanned"] == 3 * len('{"n": 1}')


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [(-180, 0, ["1", "2", "3"]), (-120, -120, ["2"]), (-119, -61, []), (-3600, -180, ["3"])],
    ids=["all", "both ends count", "between", "until the first"],
)
def test_the_window_of_time(query: Query, start: int, end: int, found: list[str]) -> None:
    answer = query("fields n", startTime=NOW + start, endTime=NOW + end)
    assert column(answer, "n") == found


@pytest.mark.parametrize(
    "named",
    [
        {"logGroupNames": ["/ecs/shop", "/ecs/api"]},
        {"logGroupIdentifiers": [ARN, "/ecs/api"]},
    ],
    ids=["by name", "by ARN and name"],
)
def test_several_log_groups(query: Query, named: dict[str, Any]) -> None:
    answer = query("fields @log, n | sort n", **named)
    assert column(answer, "n") == ["0", "1", "2", "3"]
    assert column(answer, "@log")[:2] == [f"{ACCOUNT}:/ecs/api", f"{ACCOUNT}:/ecs/shop"]


def test_the_limit_of_the_call(query: Query) -> None:
    assert column(query("fields n", limit=2), "n") == ["1", "2"]


def test_results_come_in_pages(logs: Any, query: Query) -> None:
    started = logs.start_query(
        logGroupName="/ecs/shop", startTime=0, endTime=NOW + 60, queryString="fields n"
    )
    first = logs.get_query_results(queryId=started["queryId"], maxItems=2)
    assert column(first, "n") == ["1", "2"]
    second = logs.get_query_results(queryId=started["queryId"], nextToken=first["nextToken"])
    assert column(second, "n") == ["3"]
    assert "nextToken" not in second


def test_a_malformed_query_says_where(query: Query) -> None:
    with pytest.raises(ClientError) as caught:
        query("fields n | nonsense")
    response: Any = caught.value.response
    assert response["Error"] == {
        "Code": "MalformedQueryException",
        "Message": "unexpected symbol found nonsense at line 1 and position 11",
    }
    assert response["queryCompileError"]["location"] == {
        "startCharOffset": 11,
        "endCharOffset": 19,
    }


@pytest.mark.parametrize(
    ("text", "given", "what"),
    [
        ("SOURCE logGroups()", {}, "the command SOURCE"),
        ("fields n", {"queryLanguage": "SQL"}, "the query language SQL"),
    ],
)
def test_what_is_not_modelled_says_so(
    query: Query, refused: Refused, text: str, given: dict[str, Any], what: str
) -> None:
    code, message = refused(lambda: query(text, **given))
    assert (code, message) == (
        "NotImplemented",
        f"The sandbox does not model {what} of CloudWatch Logs Insights.",
    )


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no log group": ({"logGroupName": None}, INVALID),
    "two ways": ({"logGroupNames": ["/ecs/api"]}, INVALID),
    "one that does not exist": ({"logGroupName": "none"}, "ResourceNotFoundException"),
    "it ends before it begins": ({"startTime": NOW + 120}, INVALID),
}


@pytest.mark.parametrize(("given", "code"), REFUSED.values(), ids=REFUSED)
def test_what_start_query_refuses(
    logs: Any, refused: Refused, given: dict[str, Any], code: str
) -> None:
    base = {
        "logGroupName": "/ecs/shop",
        "startTime": NOW - 60,
        "endTime": NOW + 60,
        "queryString": "limit 1",
    }
    merged = {name: each for name, each in {**base, **given}.items() if each is not None}
    assert refused(logs.start_query, **merged)[0] == code


def test_queries_are_listed(logs: Any, query: Query) -> None:
    query("fields n")
    query("limit 1", logGroupName="/ecs/api")
    listed = logs.describe_queries()["queries"]
    assert {each["queryString"] for each in listed} == {"fields n", "limit 1"}
    (only,) = logs.describe_queries(logGroupName="/ecs/api")["queries"]
    assert (only["queryString"], only["status"]) == ("limit 1", "Complete")
    assert logs.describe_queries(status="Running")["queries"] == []
    page = logs.describe_queries(maxResults=1)
    rest = logs.describe_queries(nextToken=page["nextToken"])
    assert len(page["queries"]) == len(rest["queries"]) == 1


def test_a_query_that_does_not_exist(logs: Any, refused: Refused) -> None:
    code = "ResourceNotFoundException"
    assert refused(logs.get_query_results, queryId="none")[0] == code
    assert refused(logs.stop_query, queryId="none")[0] == code


def test_a_query_that_is_complete_is_not_stopped(logs: Any, refused: Refused) -> None:
    started = logs.start_query(
        logGroupName="/ecs/shop", startTime=0, endTime=1, queryString="limit 1"
    )
    assert refused(logs.stop_query, queryId=started["queryId"])[0] == INVALID
