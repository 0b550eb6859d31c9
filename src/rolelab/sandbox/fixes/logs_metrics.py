"""Metric filters: what they may be, and the metrics they make of log events.

AWS pages: *PutMetricFilter*, *MetricTransformation* (CloudWatch Logs API Reference); *Creating
metrics from log events using filters* (User Guide).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.filter_patterns import Pattern
from rolelab.sandbox.fixes import Answer, Response, Serve, fix
from rolelab.sandbox.fixes.logs_errors import invalid_parameter, not_found
from rolelab.sandbox.fixes.logs_filters import read_pattern
from rolelab.sandbox.fixes.logs_lookup import check_parameters, find_group
from rolelab.sandbox.resource_policies import backend

MAXIMUM_FILTERS = 100
"""Metric filters of one log group (*PutMetricFilter*)."""
MAXIMUM_DIMENSIONS = 3
"""Dimensions of one metric filter (*MetricTransformation*, dimensions)."""


@fix("logs", "PutMetricFilter")
def put_metric_filter(call: Call, response: Any, serve: Serve) -> Response:
    """Refuse what is no metric filter. One of the same name is replaced."""
    check_parameters(call)
    given = call.parameters
    group = find_group(call, given["logGroupName"])
    text = str(given["filterPattern"])
    read_pattern(text)
    for transformation in given["metricTransformations"]:
        dimensions = transformation.get("dimensions") or {}
        if dimensions and not text.strip().startswith(("{", "[")):
            raise invalid_parameter("The specified filter pattern does not support dimensions")
        if len(dimensions) > MAXIMUM_DIMENSIONS:
            raise invalid_parameter(
                f"A metric transformation can have at most {MAXIMUM_DIMENSIONS} dimensions."
            )
        if dimensions and transformation.get("defaultValue") is not None:
            raise invalid_parameter(
                "Invalid metric transformation: dimensions and default value are mutually "
                "exclusive properties."
            )
    stored = _filters(group)
    same = [each for each in stored if _names(each, group, given["filterName"])]
    others = [each for each in stored if each["logGroupName"] == group.name and each not in same]
    if len(others) >= MAXIMUM_FILTERS:
        raise ServiceError("LimitExceededException", "Resource limit exceeded.", 400)
    for each in same:
        stored.remove(each)
    answer = serve()
    for each in stored:
        if _names(each, group, given["filterName"]):
            each.setdefault("creationTime", int(datetime.now(UTC).timestamp() * 1000))
    return answer


@fix("logs", "DeleteMetricFilter")
def delete_metric_filter(call: Call, response: Any, serve: Serve) -> Response:
    """Refuse to delete a filter that is not there."""
    check_parameters(call)
    group = find_group(call, call.parameters["logGroupName"])
    if not any(_names(each, group, call.parameters["filterName"]) for each in _filters(group)):
        raise not_found("The specified metric filter does not exist.")
    return serve()


@fix("logs", "DescribeMetricFilters")
def describe_metric_filters(call: Call, response: Any, serve: Serve) -> Answer | Response:
    """Refuse to list the filters of a log group that is not there."""
    check_parameters(call)
    if call.parameters.get("logGroupName"):
        find_group(call, call.parameters["logGroupName"])
    return serve()


def _filters(group: Any) -> list[dict[str, Any]]:
    stored = backend("logs", group.account_id, group.region)
    found: list[dict[str, Any]] = [] if stored is None else stored.filters.metric_filters
    return found


def _names(stored: dict[str, Any], group: Any, name: Any) -> bool:
    return bool(stored["logGroupName"] == group.name and stored["filterName"] == name)


def forget_filters(group: Any) -> None:
    """Take away the metric filters of a log group that is deleted."""
    stored = _filters(group)
    stored[:] = [each for each in stored if each["logGroupName"] != group.name]


def count_filters(group: Any) -> int:
    """Give how many metric filters a log group has."""
    return sum(each["logGroupName"] == group.name for each in _filters(group))


def publish(group: Any, events: Iterable[tuple[int, str]]) -> None:
    """Publish what the metric filters of a log group make of new events.

    Args:
        group: moto's log group.
        events: time in milliseconds and message of each event.
    """
    written = list(events)
    for stored in _filters(group):
        if stored["logGroupName"] != group.name:
            continue
        pattern = read_pattern(stored["filterPattern"])
        for transformation in stored["metricTransformations"]:
            data = list(_data(pattern, transformation, written))
            if data:
                _metrics(group).put_metric_data(transformation["metricNamespace"], data)


def _metrics(group: Any) -> Any:
    from moto.cloudwatch.models import cloudwatch_backends

    return cloudwatch_backends[group.account_id][group.region]


def _data(
    pattern: Pattern, transformation: dict[str, Any], events: list[tuple[int, str]]
) -> Iterator[dict[str, Any]]:
    """Give a datum for each match; the default value where no event of the batch matches."""
    matched = [event for event in events if pattern.matches(event[1])]
    for at, message in matched:
        value = _value(pattern, str(transformation["metricValue"]), message)
        dimensions = [
            {"Name": name, "Value": pattern.value_of(selector, message)}
            for name, selector in (transformation.get("dimensions") or {}).items()
        ]
        # An event that lacks a dimension gives no datum.
        if value is not None and all(each["Value"] is not None for each in dimensions):
            yield _datum(transformation, at, value, dimensions)
    if events and not matched and transformation.get("defaultValue") is not None:
        yield _datum(transformation, events[-1][0], float(transformation["defaultValue"]), [])


def _value(pattern: Pattern, written: str, message: str) -> float | None:
    text = pattern.value_of(written, message) if written.startswith("$") else written
    try:
        return None if text is None else float(text)
    except ValueError:
        # The field holds no number in this event.
        return None


def _datum(
    transformation: dict[str, Any], at: int, value: float, dimensions: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "MetricName": transformation["metricName"],
        "Value": value,
        # moto keeps times in UTC that do not say so.
        "Timestamp": datetime.fromtimestamp(at / 1000, UTC).replace(tzinfo=None),
        "Dimensions": dimensions,
        "Unit": transformation.get("unit") or "None",
    }
