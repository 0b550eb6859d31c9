"""Rules and their targets.

AWS pages: *PutRule*, *PutTargets*, *DescribeRule*, *TestEventPattern* (EventBridge API Reference);
*Amazon EventBridge quotas*.
"""

from __future__ import annotations

import json
from typing import Any

from rolelab.iam import Policies, Request, evaluate
from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, Response, Serve, fix
from rolelab.sandbox.fixes.events_errors import invalid_pattern, validation
from rolelab.sandbox.fixes.events_lookup import check_parameters, find_bus, find_rule
from rolelab.sandbox.fixes.events_patterns import read_pattern
from rolelab.sandbox.resource_policies.iam import trust_policy

SERVICE = "events.amazonaws.com"
MAXIMUM_TARGETS = 5
"""Targets of one rule (*PutTargets*)."""
_NEED_ROLE = frozenset(
    {"batch", "codebuild", "codepipeline", "ecs", "firehose", "kinesis", "states"}
)
_EVENT_FIELDS = ("id", "account", "source", "time", "region", "resources", "detail-type")


def _check_role(call: Call, role: Any, rule_arn: str) -> None:
    """Refuse a role that does not trust EventBridge.

    Raises:
        ServiceError: ValidationException.
    """
    known = trust_policy(str(role))
    context: dict[str, str | list[str]] = {
        "aws:SourceArn": rule_arn,
        "aws:SourceAccount": call.account,
    }
    request = Request(SERVICE, "sts:AssumeRole", str(role), known.account, context)
    if not evaluate(request, Policies(resource=known.policy)).allowed:
        raise validation(f"Provided role '{role}' cannot be assumed by principal '{SERVICE}'.")


@fix("events", "PutRule")
def put_rule(call: Call, response: Any, serve: Serve) -> Response:
    """Refuse patterns that are none, and roles that EventBridge cannot assume."""
    check_parameters(call)
    given = call.parameters
    bus = find_bus(call, given.get("EventBusName"))
    if given.get("EventPattern"):
        read_pattern(str(given["EventPattern"]))
    if given.get("RoleArn"):
        place = "" if bus.name == "default" else f"{bus.name}/"
        head = bus.arn.partition(":event-bus/")[0]
        _check_role(call, given["RoleArn"], f"{head}:rule/{place}{given['Name']}")
    return serve()


@fix("events", "PutTargets")
def put_targets(call: Call, response: Any, serve: Serve) -> Response:
    """Refuse targets that lack a role, or have one that EventBridge cannot assume."""
    check_parameters(call)
    rule = find_rule(call, call.parameters["Rule"])
    targets = call.parameters["Targets"]
    for target in targets:
        arn = str(target["Arn"])
        service = arn.split(":", 3)[2] if arn.count(":") >= 3 else ""
        if target.get("RoleArn"):
            _check_role(call, target["RoleArn"], rule.arn)
        elif service in _NEED_ROLE:
            raise validation(f"RoleArn is required for target {arn}.")
        if service == "ecs" and not target.get("EcsParameters"):
            raise validation(
                f"Parameter(s) EcsParameters must be specified for target: {target['Id']}."
            )
    names = {target["Id"] for target in (*rule.targets, *targets)}
    if len(names) > MAXIMUM_TARGETS:
        raise ServiceError(
            "LimitExceededException",
            "The requested resource exceeds the maximum number allowed.",
            400,
        )
    return serve()


for operation, member in (
    ("DescribeRule", "Name"),
    ("DisableRule", "Name"),
    ("EnableRule", "Name"),
    ("ListTargetsByRule", "Rule"),
    ("RemoveTargets", "Rule"),
):

    def _exists(call: Call, response: Any, serve: Serve, member: str = member) -> Response:
        """Refuse a rule that does not exist, with the name of its bus."""
        check_parameters(call)
        find_rule(call, call.parameters[member])
        return serve()

    fix("events", operation)(_exists)


@fix("events", "TestEventPattern")
def test_event_pattern(call: Call, response: Any, serve: Serve) -> Answer:
    """Say whether a pattern matches an event."""
    check_parameters(call)
    from moto.events.models import EventPattern

    pattern = read_pattern(str(call.parameters["EventPattern"]))
    try:
        event = json.loads(str(call.parameters["Event"]))
    except (ValueError, RecursionError) as error:
        raise validation(
            "Parameter Event is not valid. Reason: Event is not valid JSON."
        ) from error
    missing = [name for name in _EVENT_FIELDS if not isinstance(event, dict) or name not in event]
    if missing:
        raise validation(f"Parameter Event is not valid. Reason: {missing[0]} is a required field.")
    try:
        matches = EventPattern(None, pattern).matches_event(event)
    except RecursionError as error:
        raise invalid_pattern("Filter is not a valid JSON") from error
    return Answer(Result=bool(matches))
