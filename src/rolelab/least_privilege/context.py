"""The condition keys of a recorded request, as far as its record tells.

Only keys that some policy reads can change a decision, so only those are filled in. That makes most
recorded requests alike, and like requests are decided together.

Page: *AWS global condition context keys*.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from rolelab.iam import Policies
from rolelab.iam.document import Document
from rolelab.least_privilege.reading import Record, principal_of

Context = dict[str, str | list[str]]
_VARIABLE = re.compile(r"\$\{([^},]+)")
_ADDRESS = re.compile(r"[0-9.]+|[0-9a-fA-F:]+")


def _session(record: Record, *path: str) -> str | None:
    value: Any = record["userIdentity"].get("sessionContext")
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return str(value) if value else None


def _address(record: Record) -> str | None:
    sender = str(record.get("sourceIPAddress") or "")
    return sender if _ADDRESS.fullmatch(sender) else None


def _epoch(record: Record) -> str:
    return str(int(datetime.fromisoformat(record["eventTime"]).timestamp()))


_SUPPLIERS: Mapping[str, Callable[[Record], str | None]] = {
    "aws:currenttime": lambda record: str(record["eventTime"]),
    "aws:epochtime": _epoch,
    "aws:multifactorauthpresent": lambda r: _session(r, "attributes", "mfaAuthenticated"),
    "aws:principalarn": lambda record: principal_of(record["userIdentity"]),
    "aws:requestedregion": lambda record: str(record["awsRegion"]),
    "aws:securetransport": lambda record: "true" if record.get("tlsDetails") else "false",
    "aws:sourceidentity": lambda record: _session(record, "sourceIdentity"),
    "aws:sourceip": _address,
    "aws:tokenissuetime": lambda record: _session(record, "attributes", "creationDate"),
    "aws:useragent": lambda record: str(record.get("userAgent") or "") or None,
    "aws:userid": lambda record: str(record["userIdentity"].get("principalId") or "") or None,
    "aws:username": lambda record: str(record["userIdentity"].get("userName") or "") or None,
    "aws:viaawsservice": lambda r: "true" if r["userIdentity"].get("invokedBy") else "false",
}
"""Condition key in lower case -> how a record tells it. Tags of principals are in no record."""


def keys_read_by(policies: Policies, more: Iterable[Document] = ()) -> frozenset[str]:
    """Give the condition keys and policy variables in all the policies, in lower case."""
    lists = (
        policies.identity,
        policies.boundary or (),
        policies.session or (),
        policies.endpoint or (),
        *policies.service_control,
        *policies.resource_control,
        [policies.resource] if policies.resource is not None else (),
        more,
    )
    documents = [each for listed in lists for each in listed if isinstance(each, Document)]
    return frozenset(
        key.lower() for each in documents for key in _keys_in(each.source.get("Statement"))
    )


def _keys_in(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield from _VARIABLE.findall(value)
    elif isinstance(value, Mapping):
        for name, inside in value.items():
            if name == "Condition":
                for keys in inside.values():
                    yield from keys
            yield from _keys_in(inside)
    elif isinstance(value, list | tuple):
        for inside in value:
            yield from _keys_in(inside)


def context_of(
    record: Record, asked: Mapping[str, str | list[str]], wanted: frozenset[str]
) -> Context:
    """Give the condition keys of a recorded request that the policies read.

    Args:
        record: the record.
        asked: the keys of the check.
        wanted: the keys that matter, in lower case.
    """
    found: Context = {}
    for key in wanted:
        supply = _SUPPLIERS.get(key)
        value = None if supply is None else supply(record)
        if value is not None:
            found[key] = value
    found.update({key: value for key, value in asked.items() if key.lower() in wanted})
    return found
