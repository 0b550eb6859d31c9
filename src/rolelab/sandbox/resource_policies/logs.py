"""Log groups, destinations, and the policies that let services and accounts write to them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from rolelab.iam import Document
from rolelab.sandbox.resource_policies import Attached, account_of, backend, document


def log_group_arn(named: str, account: str, region: str, partition: str = "aws") -> str:
    """Give the ARN of a log group, without `:*` at its end.

    Args:
        named: the name of the log group, or its ARN in either form.
        account: the account of the group, where only its name is given.
        region: its Region, where only its name is given.
        partition: its partition, where only its name is given.
    """
    if not named.startswith("arn:"):
        return f"arn:{partition}:logs:{region}:{account}:log-group:{named}"
    return ":".join(named.split(":", 7)[:7])


def log_group_name(named: str) -> str:
    """Give the name of a log group that is named by itself or by an ARN.

    >>> log_group_name("arn:aws:logs:us-east-1:123456789012:log-group:/ecs/shop:*")
    '/ecs/shop'
    """
    return named.split(":", 7)[6] if named.count(":") >= 6 else named


def log_group(arn: str) -> Any | None:
    """Find a log group by its ARN in either form, or by the ARN of one of its streams."""
    parts = arn.split(":", 7)
    if len(parts) < 7 or parts[5] != "log-group":
        return None
    stored = backend("logs", parts[4], parts[3])
    return None if stored is None else stored.groups.get(parts[6])


def destination(arn: str) -> Any | None:
    """Find a destination of subscription filters by its ARN."""
    parts = arn.split(":", 6)
    stored = backend("logs", parts[4], parts[3]) if len(parts) == 7 else None
    return None if stored is None else stored.destinations.get(arn)


def tags_of(arn: str) -> Mapping[str, str]:
    """Read the tags of a log group or a destination, or of the group that a stream lies in."""
    parts = arn.split(":", 7)
    if len(parts) < 7:
        return {}
    stored = backend("logs", parts[4], parts[3])
    if stored is None:
        return {}
    pairs: Mapping[str, str] = stored.list_tags_for_resource(":".join(parts[:7]))
    return pairs


def logs_policy(arn: str) -> Attached:
    """Give the owner of a log group, a log stream or a destination, and the policy on it.

    The policies of PutResourcePolicy count for AWS services alone, whoever else they name. The
    access policy of a destination counts for everybody. Pages: *PutResourcePolicy*,
    *PutDestinationPolicy* (API Reference).
    """
    parts = arn.split(":", 7)
    if len(parts) < 7:
        return Attached(account_of(arn))
    _, _, _, region, account, kind, name = parts[:7]
    stored = backend("logs", account, region)
    if stored is None:
        return Attached(account_of(arn))
    if kind == "destination":
        text = getattr(destination(arn), "access_policy", None)
        return Attached(account, document(text, "resource", "access policy of the destination"))
    return Attached(account, _for_services(tuple(_texts(stored, name, account, region))))


def _texts(stored: Any, name: str, account: str, region: str) -> Iterator[str]:
    """The account's policies, and the one that is attached to the log group."""
    from rolelab.sandbox.fixes.logs_resource_policies import scoped_policies

    yield from (policy.policy_document for policy in stored.resource_policies.values())
    scoped = scoped_policies.of(account, region).get(name)
    if scoped is not None:
        yield scoped.document


@lru_cache(maxsize=64)
def _for_services(texts: tuple[str, ...]) -> Document | None:
    """Make one policy of several, in which every statement counts for AWS services alone."""
    written = [statement for text in texts for statement in _statements(text)]
    if not written:
        return None
    sids: set[str] = set()
    merged = {"Version": "2012-10-17", "Statement": [_limited(each, sids) for each in written]}
    return document(json.dumps(merged), "resource", "resource policies of CloudWatch Logs")


def _statements(text: str) -> list[dict[str, Any]]:
    parsed = document(text, "resource", "resource policy of CloudWatch Logs")
    written = None if parsed is None else parsed.source["Statement"]
    return list(written) if isinstance(written, list) else [written] if written else []


def _limited(statement: dict[str, Any], sids: set[str]) -> dict[str, Any]:
    """A statement with the condition that a service asks, and a Sid that is not used twice."""
    condition = {operator: dict(keys) for operator, keys in statement.get("Condition", {}).items()}
    condition.setdefault("Bool", {}).setdefault("aws:PrincipalIsAWSService", "true")
    limited = {**statement, "Condition": condition}
    if limited.get("Sid") in sids:
        del limited["Sid"]
    sids.add(limited.get("Sid", ""))
    return limited


READER = logs_policy
