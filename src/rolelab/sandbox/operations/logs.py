"""What the operations of CloudWatch Logs ask.

Pages: *Actions, resources, and condition keys for Amazon CloudWatch Logs* (Service Authorization
Reference); `arn` and `logGroupArn` of *LogGroup* (API Reference) for the two forms of a log group's
ARN; "Required permissions" in *CreateLogGroup*, *PutSubscriptionFilter* and *PutDestination*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.check import Check, Value
from rolelab.sandbox.operations.pass_role import pass_role
from rolelab.sandbox.operations.row import (
    Derived,
    Resource,
    Row,
    Table,
    resource_tag_context,
    tag_context,
)
from rolelab.sandbox.resource_policies import backend
from rolelab.sandbox.resource_policies.logs import (
    log_group_arn,
    logs_policy,
    tags_of,
)

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

SERVICE = "logs.amazonaws.com"


# Log groups and streams. A policy names a log group as `log-group:NAME:*`. What Logs compares with
# it is `log-group:NAME:log-stream:`, so a policy that names `log-group:NAME` alone allows nothing.
# The operations about tags are the exception.


def _stream_arn(call: Call, named: Any, stream: str = "") -> str:
    return f"{log_group_arn(str(named or ''), call.account, call.region, call.partition)}" + (
        f":log-stream:{stream}"
    )


def _named_group(call: Call) -> Any:
    return call.parameters.get("logGroupName") or call.parameters.get("logGroupIdentifier")


def _group(call: Call) -> str:
    """Give the ARN to which a permission on a log group applies; without a name where none is."""
    return _stream_arn(call, _named_group(call))


def _no_group(call: Call) -> str:
    return _stream_arn(call, "")


def _each_group(call: Call) -> str:
    return _stream_arn(call, call.parameters["each"])


def _stream(call: Call) -> str:
    return _stream_arn(call, _named_group(call), str(call.parameters.get("logStreamName") or ""))


def _tagged_group(call: Call) -> str:
    return log_group_arn(
        str(call.parameters.get("logGroupName")), call.account, call.region, call.partition
    )


def _tagged(call: Call) -> str:
    return str(call.parameters.get("resourceArn") or "*")


def _encrypted(call: Call) -> str:
    """Give what AssociateKmsKey is about: a log group, by name or ARN, or the query results."""
    named = _named_group(call) or call.parameters.get("resourceIdentifier")
    if named and ":query-result:" in str(named):
        return str(named)
    return _stream_arn(call, named)


def _tags(call: Call, arn: str) -> Mapping[str, Value]:
    return resource_tag_context(tags_of(arn))


def _new_tags(call: Call, arn: str) -> Mapping[str, Value]:
    return tag_context(call.parameters.get("tags"))


# Queries know the log groups they read.


def _groups_of_query(call: Call, action: str) -> Iterable[Check]:
    stored = backend("logs", call.account, call.region)
    query = None if stored is None else stored.queries.get(call.parameters.get("queryId"))
    for name in query.log_group_names if query is not None else ("",):
        arn = _stream_arn(call, name)
        known = logs_policy(arn)
        yield Check(action, arn, known.account, _tags(call, arn), known.policy)


def _reads_results(call: Call) -> Iterable[Check]:
    return _groups_of_query(call, "logs:GetQueryResults")


# Roles that are handed to CloudWatch Logs.


def _passes_role(call: Call) -> Iterable[Check]:
    role = call.parameters.get("roleArn")
    if role:
        yield pass_role(call, str(role), SERVICE)


def _to_destination(call: Call) -> bool:
    return ":destination:" in str(call.parameters.get("destinationArn"))


def _on(resource: Resource, *operations: str, **columns: Any) -> tuple[Row, ...]:
    """Give rows whose action has the operation's name."""
    return tuple(
        Row(operation, f"logs:{operation}", resource, context=(_tags,), **columns)
        for operation in operations
    )


def _in_account(*operations: str) -> tuple[Row, ...]:
    return tuple(Row(operation, f"logs:{operation}") for operation in operations)


def _arn(kind: str, member: str) -> str:
    return f"arn:{{partition}}:logs:{{region}}:{{account}}:{kind}:{{{member}}}"


GROUP: Resource = _group
STREAM: Resource = _stream
PASS_ROLE = ("iam:PassRole",)

ON_GROUP = _on(
    GROUP,
    "CreateExportTask",
    "DeleteDataProtectionPolicy",
    "DeleteLogGroup",
    "DeleteMetricFilter",
    "DeleteRetentionPolicy",
    "DeleteSubscriptionFilter",
    "DeleteTransformer",
    "DescribeLogStreams",
    "DescribeMetricFilters",
    "DescribeSubscriptionFilters",
    "FilterLogEvents",
    "GetDataProtectionPolicy",
    "GetLogGroupFields",
    "GetTransformer",
    "PutDataProtectionPolicy",
    "PutLogGroupDeletionProtection",
    "PutMetricFilter",
    "PutRetentionPolicy",
    "PutSubscriptionFilter",
    "PutTransformer",
)

ON_STREAM = _on(STREAM, "CreateLogStream", "DeleteLogStream", "GetLogEvents", "PutLogEvents")

QUERIES: tuple[Row | Derived, ...] = (
    *_on(GROUP, "StartQuery", unless=lambda call: bool(_groups_listed(call))),
    *_on(_each_group, "StartQuery", each="logGroupNames"),
    *_on(_each_group, "StartQuery", each="logGroupIdentifiers"),
    Derived("GetQueryResults", _reads_results, actions=("logs:GetQueryResults",)),
    *_on(_each_group, "StartLiveTail", each="logGroupIdentifiers"),
    *_in_account(
        "DeleteQueryDefinition",
        "DescribeQueries",
        "DescribeQueryDefinitions",
        "PutQueryDefinition",
        "StopQuery",
    ),
)


def _groups_listed(call: Call) -> Any:
    given = call.parameters
    return given.get("logGroupNames") or given.get("logGroupIdentifiers")


TAGS: tuple[Row, ...] = (
    *_on(_tagged, "ListTagsForResource"),
    *_on(_tagged, "TagResource", request_tags="tags"),
    *_on(_tagged, "UntagResource", tag_keys="tagKeys"),
    *_on(GROUP, "ListTagsLogGroup"),
    *_on(GROUP, "TagLogGroup", request_tags="tags"),
    *_on(GROUP, "UntagLogGroup", tag_keys="tags"),
)

NEW_GROUPS: tuple[Row, ...] = (
    Row("CreateLogGroup", "logs:CreateLogGroup", GROUP, context=(_new_tags,)),
    # Page: *CreateLogGroup*, "tags". The older logs:TagLogGroup does as well; this is the one that
    # AWS names in its refusal.
    Row(
        "CreateLogGroup",
        "logs:TagResource",
        _tagged_group,
        context=(_new_tags,),
        when="tags",
    ),
)

DESTINATIONS: tuple[Row | Derived, ...] = (
    # Page: *PutSubscriptionFilter*: with every destination but a Lambda function, PassRole.
    *_on("{destinationArn}", "PutSubscriptionFilter", when=_to_destination),
    Derived("PutSubscriptionFilter", _passes_role, actions=PASS_ROLE),
    *_on(_arn("destination", "destinationName"), "PutDestination", request_tags="tags"),
    Derived("PutDestination", _passes_role, actions=PASS_ROLE),
    *_on(_arn("destination", "destinationName"), "DeleteDestination", "PutDestinationPolicy"),
    *_in_account("DescribeDestinations"),
)

TABLE = Table(
    prefix="logs",
    attached=logs_policy,
    rows=(
        # The permission is not on the groups that are listed. AWS asks for it on a log group
        # without a name, as its refusals say.
        *_on(_no_group, "DescribeLogGroups"),
        *NEW_GROUPS,
        *ON_GROUP,
        *ON_STREAM,
        *_on(_encrypted, "AssociateKmsKey", "DisassociateKmsKey"),
        *QUERIES,
        *TAGS,
        *DESTINATIONS,
        *_in_account(
            "CancelExportTask",
            "DeleteAccountPolicy",
            "DeleteIndexPolicy",
            "DeleteResourcePolicy",
            "DescribeAccountPolicies",
            "DescribeExportTasks",
            "DescribeIndexPolicies",
            "DescribeResourcePolicies",
            "ListLogGroups",
            "ListLogGroupsForQuery",
            "PutAccountPolicy",
            "PutIndexPolicy",
            "PutResourcePolicy",
            "TestMetricFilter",
            "TestTransformer",
        ),
    ),
)
