"""Event buses, their rules, and the policy of a bus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolelab.sandbox.resource_policies import Attached, account_of, backend, document


def event_bus(arn: str) -> Any | None:
    """Find the event bus that an ARN names, or on which the rule that it names lies."""
    name = _bus_name(arn)
    stored = _stored(arn)
    return None if stored is None or name is None else stored.event_buses.get(name)


def rule(arn: str) -> Any | None:
    """Find a rule by its ARN: `rule/NAME` on the default bus, `rule/BUS/NAME` on another."""
    bus = event_bus(arn)
    return None if bus is None else bus.rules.get(arn.rpartition("/")[2])


def tags_of(arn: str) -> Mapping[str, str]:
    """Read the tags of a bus or a rule."""
    stored = _stored(arn)
    if stored is None:
        return {}
    pairs: Mapping[str, str] = stored.tagger.get_tag_dict_for_resource(arn)
    return pairs


def bus_policy(arn: str) -> Attached:
    """Give the owner of an event bus or a rule, and the policy of the bus.

    The policy of a bus can also let other accounts manage rules on it. Page: *Permissions for
    Amazon EventBridge event buses*.
    """
    text = getattr(event_bus(arn), "policy", None)
    return Attached(account_of(arn), document(text, "resource", "policy of the event bus"))


def _stored(arn: str) -> Any | None:
    parts = arn.split(":", 5)
    return backend("events", parts[4], parts[3]) if len(parts) == 6 else None


def _bus_name(arn: str) -> str | None:
    kind, _, name = arn.split(":", 5)[-1].partition("/")
    if kind == "event-bus":
        return name
    if kind != "rule":
        return None
    return name.rpartition("/")[0] or "default"


READER = bus_policy
