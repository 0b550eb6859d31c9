"""DynamoDB tables, indexes and streams, and the resource-based policies on tables and streams."""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.resource_policies import Attached, account_of, backend, document


def table(arn: str) -> Any | None:
    """Find a table by its ARN, or by the ARN of one of its indexes, streams or backups."""
    parts = arn.split(":", 5)
    if len(parts) != 6 or not parts[5].startswith("table/"):
        return None
    stored = backend("dynamodb", parts[4], parts[3])
    return None if stored is None else stored.tables.get(parts[5].split("/")[1])


def table_policy(arn: str) -> Attached:
    """Give the owner and the policy of a table, an index or a stream.

    The policy of a table says who may use its indexes, too; a stream has a policy of its own.
    Page: *Using resource-based policies for DynamoDB*.
    """
    found = table(arn)
    if found is None:
        return Attached(account_of(arn))
    holder = arn if "/stream/" in arn else found.table_arn
    stored = backend("dynamodb", found.account_id, found.region_name)
    kept = None if stored is None else stored.resource_policies.get(holder)
    text = None if kept is None else kept.policy_doc
    kind = "resource policy of the stream" if holder == arn != found.table_arn else "table policy"
    return Attached(account_of(arn), document(text, "resource", kind))


READER = table_policy
