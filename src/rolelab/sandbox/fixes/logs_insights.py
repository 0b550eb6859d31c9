"""Queries of CloudWatch Logs Insights.

The language itself is `rolelab.sandbox.insights`. A query is complete at once. AWS pages:
*StartQuery*, *GetQueryResults*, *StopQuery*, *DescribeQueries* and *MalformedQueryException* of the
CloudWatch Logs API Reference.
"""

from __future__ import annotations

import base64
import binascii
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, Serve, fix
from rolelab.sandbox.fixes.logs_errors import invalid_parameter, not_found
from rolelab.sandbox.fixes.logs_lookup import check_parameters, events_of, find_group
from rolelab.sandbox.insights import (
    NotModelledError,
    Outcome,
    QueryError,
    Record,
    parse,
    run,
)
from rolelab.sandbox.resource_policies import backend

PAGE = 10_000
"""Rows in one answer of GetQueryResults."""
_GROUPS = ("logGroupName", "logGroupNames", "logGroupIdentifiers")


@dataclass(frozen=True, slots=True)
class StoredQuery:
    """A query that ran. moto's list of queries holds it.

    Attributes:
        query_id: its id.
        query: its text.
        log_group_names: the log groups as the caller named them.
        outcome: what it gave.
        created: when it was started, in milliseconds.
        status: always `Complete`.
    """

    query_id: str
    query: str
    log_group_names: tuple[str, ...]
    outcome: Outcome
    created: int
    status: str = "Complete"


@fix("logs", "StartQuery")
def start_query(call: Call, response: Any, serve: Serve) -> Answer:
    """Read a query and run it over the events of its window of time."""
    check_parameters(call)
    given = call.parameters
    named = _named_groups(given)
    groups = [find_group(call, name) for name in named]
    if given.get("queryLanguage", "CWLI") != "CWLI":
        raise _not_modelled(f"the query language {given['queryLanguage']}")
    start, end = given["startTime"], given["endTime"]
    if end < start:
        raise invalid_parameter("endTime must be greater than or equal to startTime.")
    try:
        query = parse(str(given["queryString"]))
    except NotModelledError as error:
        raise _not_modelled(error.what) from error
    except QueryError as error:
        raise _malformed(error) from error
    now = time.time()
    outcome = run(query, _records(groups, start, end), limit=given.get("limit"), now=now)
    stored = StoredQuery(
        query_id=str(uuid.uuid4()),
        query=str(given["queryString"]),
        log_group_names=tuple(named),
        outcome=outcome,
        created=int(now * 1000),
    )
    _queries(call)[stored.query_id] = stored
    return Answer(queryId=stored.query_id)


def _named_groups(given: Any) -> list[str]:
    found = [name for name in _GROUPS if given.get(name)]
    if len(found) != 1:
        raise invalid_parameter(
            "Exactly one of logGroupName, logGroupNames and logGroupIdentifiers is required."
        )
    named = given[found[0]]
    return [str(named)] if isinstance(named, str) else [str(name) for name in named]


def _malformed(error: QueryError) -> ServiceError:
    location = {"startCharOffset": error.start, "endCharOffset": error.end}
    return ServiceError(
        "MalformedQueryException",
        error.message,
        400,
        queryCompileError={"location": location, "message": error.message},
    )


def _not_modelled(what: str) -> ServiceError:
    return ServiceError(
        "NotImplemented",
        f"The sandbox does not model {what} of CloudWatch Logs Insights.",
        501,
    )


def _records(groups: list[Any], start: int, end: int) -> Iterator[Record]:
    """Give the events from one second to another. Seconds count from their begin."""
    for group in groups:
        log = f"{group.account_id}:{group.name}"
        for stream, event in events_of(group):
            if start * 1000 <= event.timestamp <= end * 1000:
                pointer = f"{log}:{stream.log_stream_name}:{event.event_id}"
                yield Record(
                    timestamp=event.timestamp,
                    ingestion_time=event.ingestion_time,
                    message=event.message,
                    stream=stream.log_stream_name,
                    log=log,
                    pointer=base64.b64encode(pointer.encode()).decode(),
                )


def _queries(call: Call) -> dict[str, Any]:
    stored = backend("logs", call.account, call.region)
    if stored is None:
        # Every caller has found a log group, or a query, before.
        raise _no_query()
    found: dict[str, Any] = stored.queries
    return found


def _no_query() -> ServiceError:
    return not_found("The specified query does not exist.")


def _query(call: Call) -> StoredQuery:
    found = _queries(call).get(str(call.parameters["queryId"]))
    if not isinstance(found, StoredQuery):
        raise _no_query()
    return found


@fix("logs", "GetQueryResults")
def get_query_results(call: Call, response: Any, serve: Serve) -> Answer:
    """Give the rows of a query, page by page."""
    check_parameters(call)
    query = _query(call)
    rows = query.outcome.rows
    start = _position(call.parameters.get("nextToken"))
    end = start + min(int(call.parameters.get("maxItems") or PAGE), PAGE)
    answer = Answer(
        queryLanguage="CWLI",
        results=[
            [{"field": name, "value": value} for name, value in row] for row in rows[start:end]
        ],
        statistics={
            "recordsMatched": float(query.outcome.matched),
            "recordsScanned": float(query.outcome.scanned),
            "bytesScanned": float(query.outcome.scanned_bytes),
            "estimatedRecordsSkipped": 0.0,
            "estimatedBytesSkipped": 0.0,
            "logGroupsScanned": float(len(query.log_group_names)),
        },
        status=query.status,
    )
    if end < len(rows):
        answer["nextToken"] = base64.b64encode(str(end).encode()).decode()
    return answer


def _position(token: Any) -> int:
    if not token:
        return 0
    try:
        return max(0, int(base64.b64decode(str(token), validate=True)))
    except (ValueError, binascii.Error) as error:
        raise invalid_parameter("The specified nextToken is invalid.") from error


@fix("logs", "StopQuery")
def stop_query(call: Call, response: Any, serve: Serve) -> Answer:
    """Queries are complete at once, so there is none to stop."""
    check_parameters(call)
    _query(call)
    raise invalid_parameter("The specified query is not running.")


@fix("logs", "DescribeQueries")
def describe_queries(call: Call, response: Any, serve: Serve) -> Answer:
    """List queries, the newest first."""
    check_parameters(call)
    given = call.parameters
    stored = backend("logs", call.account, call.region)
    queries = [
        each
        for each in (stored.queries.values() if stored is not None else ())
        if isinstance(each, StoredQuery)
        and given.get("logGroupName", each.log_group_names[0]) in each.log_group_names
        and given.get("status", each.status) == each.status
    ]
    queries.sort(key=lambda each: each.created, reverse=True)
    start = _position(given.get("nextToken"))
    end = start + int(given.get("maxResults") or 1000)
    answer = Answer(
        queries=[
            {
                "queryLanguage": "CWLI",
                "queryId": each.query_id,
                "queryString": each.query,
                "status": each.status,
                "createTime": each.created,
                "logGroupName": each.log_group_names[0],
            }
            for each in queries[start:end]
        ]
    )
    if end < len(queries):
        answer["nextToken"] = base64.b64encode(str(end).encode()).decode()
    return answer
