"""Log files into a typed pandas DataFrame: counts in, counts out.

Page: *CloudTrail record contents for management, data, and network activity events*.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rolelab.sandbox import collecting
from rolelab.sandbox.trail import user_of
from rolelab.trails.files import Record, TrailError, delivered_at, fault_of, log_files, records_in

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: Mapping[str, str] = {
    "time": "datetime64[s, UTC]",
    "event_id": "str",
    "request_id": "str",
    "source": "category",
    "event": "category",
    "region": "category",
    "identity": "category",
    "user": "category",
    "role": "category",
    "session": "category",
    "access_key": "category",
    "account": "category",
    "issued": "datetime64[s, UTC]",
    "mfa": "boolean",
    "invoked_by": "category",
    "address": "category",
    "agent": "category",
    "error": "category",
    "message": "str",
    "read_only": "boolean",
    "management": "boolean",
    "category": "category",
    "version": "category",
    "recipient": "category",
    "passed_roles": "object",
    "request": "object",
    "response": "object",
    "resources": "object",
    "record": "object",
    "file": "category",
}
"""The columns and their types. `identity` is the `type` of `userIdentity`; `issued` is when the
session's credentials were made; `error` is missing where the call succeeded; `passed_roles` is a
list of ARNs, missing unless the request handed roles to a service; `request`, `response`,
`resources` and `record` are the nested parts of the record."""

_LATE = timedelta(minutes=15)
"""How much later than its file's name an event may say it was. CloudTrail delivers within minutes;
an event from after its own delivery was written by a clock that is wrong."""


@dataclass(slots=True)
class Counts:
    """What was read, and what became of it: `entries = rows + duplicates + len(faults)`, where
    every file can be read.

    Attributes:
        files: log files found.
        entries: entries in the files that could be read.
        rows: rows of the DataFrame.
        duplicates: entries whose event id was there already; CloudTrail may deliver twice.
        skewed: rows whose time is after the delivery of their file. They are kept.
        versions: event version -> rows.
        faults: what was left out, each with its file and the reason.
    """

    files: int = 0
    entries: int = 0
    rows: int = 0
    duplicates: int = 0
    skewed: int = 0
    versions: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def load(path: str | Path, *, strict: bool = True) -> pd.DataFrame:
    """Read log files into a DataFrame, one row for each event, in order of time.

    Args:
        path: a folder with log files at any depth, such as `data/trails`, or one log file.
        strict: True refuses files and records that cannot be read. False reads the others, and
            lists in `counts` what it left out.

    Returns:
        A DataFrame with the columns and types of `COLUMNS`. `frame.attrs["counts"]` is a dictionary
        with the attributes of `Counts`.

    Raises:
        TrailError: there are no log files; or, if strict, one cannot be read: truncated gzip, no
            JSON, no list of records, a record without its required fields, an unknown event
            version. The message names each.
    """
    with collecting.put_off():
        records, names, counts = _collect(Path(path))
        if strict and counts.faults:
            raise TrailError(_said(counts.faults))
        frame = _frame(records, names)
    frame.attrs["counts"] = asdict(counts)
    return frame


def records(path: str | Path, *, strict: bool = True) -> list[Record]:
    """Read log files into a list of CloudTrail records, in order of time.

    The arguments and errors are those of `load`.
    """
    found, _, counts = _collect(Path(path))
    if strict and counts.faults:
        raise TrailError(_said(counts.faults))
    return found


def _said(faults: list[str]) -> str:
    shown = "\n".join(f"  {fault}" for fault in faults[:10])
    more = f"\n  ... and {len(faults) - 10} more" if len(faults) > 10 else ""
    return (
        f"{len(faults)} files or records cannot be read:\n{shown}{more}\n"
        "Mend them, or pass strict=False to read the rest and find these in the counts."
    )


def _collect(path: Path) -> tuple[list[Record], list[str], Counts]:
    counts = Counts()
    found: list[tuple[str, int, Record, str]] = []
    seen: set[str] = set()
    for file in log_files(path):
        counts.files += 1
        try:
            entries = records_in(file)
        except TrailError as error:
            counts.faults.append(str(error))
            continue
        counts.entries += len(entries)
        latest = _latest(file)
        for number, record in enumerate(entries):
            fault = fault_of(record)
            if fault is not None:
                counts.faults.append(f"{file.name}, record {number}: {fault}")
                continue
            identifier = record.get("eventID")
            if identifier in seen:
                counts.duplicates += 1
                continue
            if identifier is not None:
                seen.add(identifier)
            counts.skewed += record["eventTime"] > latest
            found.append((record["eventTime"], len(found), record, file.name))
    found.sort(key=lambda each: each[:2])
    counts.rows = len(found)
    counts.versions = dict(Counter(str(each[2]["eventVersion"]) for each in found))
    return [each[2] for each in found], [each[3] for each in found], counts


def _latest(file: Path) -> str:
    """The last time that events of a file can have, as text that sorts like the time."""
    at = delivered_at(file)
    return f"{at + _LATE:%Y-%m-%dT%H:%M:%SZ}" if at is not None else f"{datetime.max:%Y}"


def _frame(found: list[Record], files: list[str]) -> pd.DataFrame:
    import pandas as pd

    rows = [_row(record) for record in found]
    by_name = dict(zip(COLUMNS, zip(*rows, strict=True), strict=False)) if rows else {}
    by_name["file"] = tuple(files)
    return pd.DataFrame(
        {name: _column(by_name.get(name, ()), kind) for name, kind in COLUMNS.items()}
    )


def _column(values: tuple[Any, ...], kind: str) -> Any:
    import pandas as pd

    if kind.startswith("datetime64"):
        form = "%Y-%m-%dT%H:%M:%SZ"
        return pd.to_datetime(list(values), format=form, utc=True).as_unit("s")
    if kind == "object":
        return pd.Series(list(values), dtype="object")
    if kind == "category":
        codes, known = pd.factorize(pd.Series(list(values), dtype="object"), sort=True)
        return pd.Categorical.from_codes(codes, categories=pd.Index(known, dtype="str"))
    return pd.array(list(values), dtype=kind)  # type: ignore[call-overload]


def _row(record: Record) -> tuple[Any, ...]:
    """The values of all columns but the last, in their order."""
    identity = record["userIdentity"]
    context = identity.get("sessionContext") or {}
    attributes = context.get("attributes") or {}
    mfa = attributes.get("mfaAuthenticated")
    role, session = _role_of(identity)
    return (
        record["eventTime"],
        record.get("eventID"),
        record.get("requestID"),
        record["eventSource"],
        record["eventName"],
        record.get("awsRegion"),
        identity.get("type"),
        _user(identity),
        role,
        session,
        identity.get("accessKeyId"),
        identity.get("accountId"),
        attributes.get("creationDate"),
        None if mfa is None else str(mfa) == "true",
        identity.get("invokedBy"),
        record.get("sourceIPAddress"),
        record.get("userAgent"),
        record.get("errorCode"),
        record.get("errorMessage"),
        record.get("readOnly"),
        record.get("managementEvent"),
        record.get("eventCategory"),
        str(record["eventVersion"]),
        record.get("recipientAccountId"),
        passed_roles(record),
        record.get("requestParameters"),
        record.get("responseElements"),
        record.get("resources"),
        record,
    )


def _user(identity: Mapping[str, Any]) -> str | None:
    if "type" not in identity:
        # Old records of some services say only who the user is.
        return identity.get("userName")
    if identity["type"] == "AWSService" and "invokedBy" not in identity:
        return "AWSService"
    return user_of(identity)


def _role_of(identity: Mapping[str, Any]) -> tuple[str | None, str | None]:
    if identity.get("type") != "AssumedRole":
        return None, None
    role, _, session = str(identity.get("arn", "")).partition("/")[2].partition("/")
    return role or None, session or None


_PASSING: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("ecs.amazonaws.com", "RegisterTaskDefinition"): ("executionRoleArn", "taskRoleArn"),
    ("lambda.amazonaws.com", "CreateFunction20150331"): ("role",),
    ("cloudformation.amazonaws.com", "CreateStack"): ("roleARN",),
}


def passed_roles(record: Record) -> list[str] | None:
    """The roles that a request hands to a service, by ARN; None for a request that hands none.

    `iam:PassRole` is a permission and no call: it is never an event of its own. Known are
    RegisterTaskDefinition and the overrides of RunTask and StartTask (Amazon ECS), CreateFunction
    (AWS Lambda) and CreateStack (AWS CloudFormation).

    Page: *Grant a user permissions to pass a role to an AWS service*.
    """
    asked = record.get("requestParameters")
    if not isinstance(asked, dict):
        return None
    names: tuple[str, ...] | None = _PASSING.get((record["eventSource"], record["eventName"]))
    if record["eventName"] in _OVERRIDING and isinstance(asked.get("overrides"), dict):
        asked, names = asked["overrides"], ("executionRoleArn", "taskRoleArn")
    found = [asked[name] for name in names or () if asked.get(name)]
    return found or None


_OVERRIDING = frozenset({"RunTask", "StartTask"})
