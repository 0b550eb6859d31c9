"""PutEvents: which events are taken, and what becomes of them.

An event is decided by itself. What happens after that, at the targets, the caller does not learn:
EventBridge calls them in its own name, so the policy of a queue or a topic decides. AWS pages:
*PutEvents* and *PutEventsResultEntry* (EventBridge API Reference); *Using resource-based policies
for Amazon EventBridge*.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rolelab.sandbox import explain
from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import access_denied
from rolelab.sandbox.fixes import Answer, Serve, fix
from rolelab.sandbox.fixes.events_delivery import dispatch
from rolelab.sandbox.fixes.events_lookup import check_parameters, find_bus

if TYPE_CHECKING:
    from rolelab.iam import Decision, StatementTrace

_REQUIRED = ("Source", "DetailType", "Detail")
_NOT_FOR_SOURCE = (
    "NotAuthorizedForSourceException",
    "You do not have permissions to publish events with this source onto this event bus.",
)
_NOT_FOR_TYPE = (
    "NotAuthorizedForDetailTypeException",
    "You do not have permissions to publish events with this detail type onto this event bus.",
)
# A condition about this key -> what the entry answers.
_BY_KEY = {"events:source": _NOT_FOR_SOURCE, "events:detail-type": _NOT_FOR_TYPE}


@fix("events", "PutEvents")
def put_events(call: Call, response: Any, serve: Serve) -> Answer:
    """Take the events that may be sent, and report the others entry by entry."""
    check_parameters(call)
    refused = _refused(response)
    answers = [
        _failed(*refused[id(entry)]) if id(entry) in refused else _put(call, entry)
        for entry in call.parameters["Entries"]
    ]
    failed = sum("ErrorCode" in answer for answer in answers)
    return Answer(FailedEntryCount=failed, Entries=answers)


def _refused(response: Any) -> dict[int, tuple[str, str]]:
    """Give what each entry answers that policies refuse.

    Raises:
        ServiceError: AccessDeniedException. Somebody who may not send to the bus at all, whatever
            the source and the type, gets no answer by entry.
    """
    from rolelab.sandbox.decoding import model_of
    from rolelab.sandbox.gate import denied_items

    found = {}
    for entry, decision in denied_items(response):
        reason = _reason(decision)
        explain.remember(response.response_headers["x-amzn-requestid"], decision)
        if reason is None:
            raise access_denied(model_of("events"), decision.message)
        found[id(entry)] = reason
    return found


def _reason(decision: Decision) -> tuple[str, str] | None:
    """Give what a condition about source or type answers, if such a condition decided."""
    statements = (each for layer in decision.layers if layer.decisive for each in layer.statements)
    keys = {key for statement in statements for key in _deciding_keys(statement)}
    return next((_BY_KEY[key] for key in _BY_KEY if key in keys), None)


def _deciding_keys(statement: StatementTrace) -> Iterator[str]:
    """Give the condition keys by which alone a statement denies, or does not allow."""
    if statement.effect == "Deny":
        for keys in statement.source.get("Condition", {}).values() if statement.matched else ():
            yield from map(str.lower, keys)
        return
    unmet = [each.element for each in statement.elements if not each.met]
    if all(element.startswith("Condition ") for element in unmet):
        # Such an element is called "Condition StringEquals events:source".
        yield from (element.rpartition(" ")[2].lower() for element in unmet)


def _failed(code: str, message: str) -> dict[str, str]:
    return {"ErrorCode": code, "ErrorMessage": message}


def _put(call: Call, entry: Mapping[str, Any]) -> dict[str, str]:
    for name in _REQUIRED:
        if not entry.get(name):
            reason = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return _failed("InvalidArgument", reason)
    if str(entry["Source"]).startswith("aws."):
        return _failed("NotAuthorizedForSourceException", "Not authorized for the source.")
    try:
        detail = json.loads(entry["Detail"])
    except (ValueError, RecursionError):
        return _failed("MalformedDetail", "Detail is malformed.")
    if not isinstance(detail, dict):
        return _failed("MalformedDetail", "Detail is malformed.")
    event = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": entry["DetailType"],
        "source": entry["Source"],
        "account": call.account,
        "time": _time(entry.get("Time")),
        "region": call.region,
        "resources": list(entry.get("Resources") or ()),
        "detail": detail,
    }
    bus = find_bus(call, entry.get("EventBusName"))
    dispatch(bus, event)
    return {"EventId": str(event["id"])}


def _time(given: Any) -> str:
    if isinstance(given, datetime):
        moment = given if given.tzinfo else given.replace(tzinfo=UTC)
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    seconds = float(given) if isinstance(given, int | float) else time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
