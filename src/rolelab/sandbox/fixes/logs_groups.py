"""Log groups and streams: names, retention, listing.

AWS pages: *CreateLogGroup*, *CreateLogStream*, *PutRetentionPolicy*, *DescribeLogGroups* and
*DescribeLogStreams* of the CloudWatch Logs API Reference.
"""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import Answer, Response, Serve, fix
from rolelab.sandbox.fixes.logs_encryption import usable_key
from rolelab.sandbox.fixes.logs_errors import already_exists, invalid_parameter
from rolelab.sandbox.fixes.logs_lookup import (
    check_parameters,
    find_group,
    group_of,
    stream_in,
    well_formed,
)
from rolelab.sandbox.fixes.logs_metrics import count_filters, forget_filters
from rolelab.sandbox.fixes.logs_resource_policies import scoped_policies
from rolelab.sandbox.resource_policies import backend
from rolelab.sandbox.resource_policies.logs import log_group, log_group_arn, log_group_name

_SHORT = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731)
_LONG = (1096, 1827, 2192, 2557, 2922, 3288, 3653)
RETENTION_DAYS = (*_SHORT, *_LONG)
"""The days that PutRetentionPolicy takes."""

for operation in ("DescribeSubscriptionFilters", "DeleteSubscriptionFilter", "TagLogGroup"):
    fix("logs", operation)(well_formed)


@fix("logs", "CreateLogGroup")
def create_log_group(call: Call, response: Any, serve: Serve) -> Response:
    """Refuse names that AWS keeps for itself, and keys that it cannot use."""
    check_parameters(call)
    name = str(call.parameters["logGroupName"])
    if name.lower().startswith("aws/"):
        raise invalid_parameter("Log groups starting with AWS/ are reserved for AWS.")
    arn = log_group_arn(name, call.account, call.region, call.partition)
    if log_group(arn) is None and call.parameters.get("kmsKeyId"):
        usable_key(call, arn)
    return serve()


@fix("logs", "DeleteLogGroup")
def delete_log_group(call: Call, response: Any, serve: Serve) -> Response:
    """Delete with a log group what belongs to it: metric filters, tags and its policy."""
    group = find_group(call, call.parameters["logGroupName"])
    answer = serve()
    forget_filters(group)
    scoped_policies.of(group.account_id, group.region).pop(group.name, None)
    stored = backend("logs", group.account_id, group.region)
    if stored is not None:
        stored.tagger.delete_all_tags_for_resource(group.arn)
    return answer


@fix("logs", "CreateLogStream")
def create_log_stream(call: Call, response: Any, serve: Serve) -> Response:
    """Name what exists already as what it is."""
    check_parameters(call)
    group = find_group(call, call.parameters["logGroupName"])
    if call.parameters["logStreamName"] in group.streams:
        raise already_exists("The specified log stream already exists")
    return serve()


@fix("logs", "DeleteLogStream")
def delete_log_stream(call: Call, response: Any, serve: Serve) -> Response:
    """Name what does not exist as what it is."""
    stream_in(find_group(call, call.parameters["logGroupName"]), call.parameters["logStreamName"])
    return serve()


@fix("logs", "PutRetentionPolicy")
def put_retention_policy(call: Call, response: Any, serve: Serve) -> Response:
    """Refuse numbers of days that cannot be chosen."""
    check_parameters(call)
    days = call.parameters["retentionInDays"]
    if days not in RETENTION_DAYS:
        choices = ", ".join(map(str, RETENTION_DAYS))
        raise invalid_parameter(
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy "
            f"constraint: Member must satisfy enum value set: [{choices}]"
        )
    return serve()


@fix("logs", "DescribeLogStreams")
def describe_log_streams(call: Call, response: Any, serve: Serve) -> Answer | Response:
    """Find a log group by its ARN, too."""
    check_parameters(call)
    group = group_of(call)
    given = call.parameters
    if not given.get("logGroupIdentifier"):
        return serve()
    if given.get("orderBy") == "LastEventTime" and given.get("logStreamNamePrefix"):
        raise invalid_parameter("Cannot order by LastEventTime with a logStreamNamePrefix.")
    streams, token = group.describe_log_streams(
        descending=given.get("descending", False),
        limit=given.get("limit", 50),
        log_group_name=group.name,
        log_stream_name_prefix=given.get("logStreamNamePrefix", ""),
        next_token=given.get("nextToken"),
        order_by=given.get("orderBy", "LogStreamName"),
    )
    answer = Answer(logStreams=streams)
    if token:
        answer["nextToken"] = token
    return answer


@fix("logs", "DescribeLogGroups")
def describe_log_groups(call: Call, response: Any, serve: Serve) -> Answer:
    """List log groups by a prefix, by a part of their names, or by their names."""
    check_parameters(call)
    given = call.parameters
    prefix, part = given.get("logGroupNamePrefix"), given.get("logGroupNamePattern")
    names = [log_group_name(str(each)) for each in given.get("logGroupIdentifiers") or ()]
    if prefix and part:
        raise invalid_parameter(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
        )
    stored = backend("logs", call.account, call.region)
    groups = [] if stored is None else sorted(stored.groups.values(), key=lambda each: each.name)
    found = [
        group
        for group in groups
        if group.name.startswith(prefix or "")
        and (part or "") in group.name
        and (not names or group.name in names)
        and group.name > str(given.get("nextToken") or "")
    ]
    limit = int(given.get("limit") or 50)
    answer = Answer(logGroups=[_described(group) for group in found[:limit]])
    if len(found) > limit:
        answer["nextToken"] = found[limit - 1].name
    return answer


def _described(group: Any) -> dict[str, Any]:
    return {
        **group.to_describe_dict(),
        "metricFilterCount": count_filters(group),
        "logGroupClass": "STANDARD",
    }
