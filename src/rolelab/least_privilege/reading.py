"""Records as they come: what can be read, whose they are, and what is wrong with the rest.

Page: *CloudTrail record contents for management, data, and network activity events*.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

Record = Mapping[str, Any]

SKEW = timedelta(minutes=5)
"""Clocks may differ by this much before a record's time is called skewed."""

_TEXTS = ("eventTime", "eventSource", "eventName", "awsRegion")
_CALLS = frozenset({"AwsApiCall"})
_MAJOR = "1"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read, or that one should know about what was read.

    Attributes:
        kind: what it is, in a few words.
        count: how many records it concerns; for files, how many files.
        example: one of them: its `eventID`, or its position in the list.
        advice: what it means for the policy, and what to do.
    """

    kind: str
    count: int
    example: str
    advice: str

    def __str__(self) -> str:
        where = f" ({self.count:,}, for example {self.example})" if self.example else ""
        return f"{self.kind}{where}: {self.advice}"


class Problems:
    """Problems as they are found, counted by kind."""

    def __init__(self, others: Problems | None = None) -> None:
        self._counts: Counter[str] = Counter(others._counts if others else ())
        self._examples: dict[str, str] = dict(others._examples if others else ())

    def add(self, kind: str, example: str, count: int = 1) -> None:
        """Note a problem of a kind in `ADVICE`."""
        self._counts[kind] += count
        self._examples.setdefault(kind, example)

    def listed(self) -> tuple[Problem, ...]:
        """Give the problems in the order of `ADVICE`."""
        return tuple(
            Problem(kind, self._counts[kind], self._examples[kind], advice)
            for kind, advice in ADVICE.items()
            if kind in self._counts
        )


UNREADABLE_FILE = "a file that cannot be read"
UNKNOWN_SHAPE = "unknown shape"
UNKNOWN_VERSION = "unknown event version"
MIXED_VERSIONS = "mixed event versions"
DUPLICATE = "delivered twice"
SKEWED = "clock skew"
UNKNOWN_OPERATION = "unknown operation"
UNREADABLE = "parameters that fit no operation"
NOT_MODELLED = "resource not known"
ROLES_UNKNOWN = "passed roles not known"
NOT_LOGGED = "not logged by CloudTrail"
VIA_UNKNOWN = "calling service not named"
EMPTY_TRAIL = "empty trail"
NEVER_USED = "role never used"
ONLY_DENIED = "every call denied"

ADVICE: Mapping[str, str] = {
    EMPTY_TRAIL: (
        "there is no record at all. Look at the trail's bucket, the Region and the dates: "
        "no activity and no log look the same."
    ),
    NEVER_USED: (
        "no record was made under this ARN. A role that nobody uses needs no policy: check the "
        "ARN and the period, then delete the role."
    ),
    ONLY_DENIED: (
        "the role made calls, and none was allowed. Denied calls are no permissions; decide "
        "about them one by one."
    ),
    UNREADABLE_FILE: (
        "its records are missing, and nobody knows how many or whose. The policy may be too "
        "narrow: mend the file before you use it."
    ),
    UNKNOWN_SHAPE: (
        "no CloudTrail record: a needed field is missing or has another type. They are left out."
    ),
    UNKNOWN_VERSION: (
        "the eventVersion is not 1.x, so the fields may mean something else. They are left out."
    ),
    MIXED_VERSIONS: (
        "the records have several minor versions of the same format. All of them are read; "
        "fields that a later version added are missing in the older ones."
    ),
    DUPLICATE: "the eventID came before. An event can be delivered twice; it counts once.",
    SKEWED: (
        "eventTime lies before the session was issued, so one clock is wrong. The calls count; "
        "their first and last use may be off."
    ),
    UNKNOWN_OPERATION: (
        "the API model has no operation of this name. No permission was made of these records: "
        "look the event up and add what it needs by hand."
    ),
    UNREADABLE: (
        "the request parameters are not those of the operation. No permission was made of these "
        "records: look at one and add what it needs by hand."
    ),
    NOT_MODELLED: (
        "it is not known on which resource the operation asks for its action, so the permission "
        "is for *. Narrow it by hand with the Service Authorization Reference."
    ),
    ROLES_UNKNOWN: (
        "a task definition was used whose registration is not in the records, so its roles are "
        "not known and iam:PassRole is missing. Read more days, or name its roles in task_roles."
    ),
    NOT_LOGGED: (
        "the role made log streams, and CloudTrail does not log what is put into them. "
        "logs:PutLogEvents on the same streams was added."
    ),
    VIA_UNKNOWN: (
        "a service used a key in the role's name and the record does not say which. The "
        "permission on the key has no kms:ViaService."
    ),
}
"""Kind of problem -> what it means and what to do, in the order they are listed."""


@dataclass(slots=True)
class Reading:
    """All the records of a trail, sorted by whose they are.

    Attributes:
        count: how many came in.
        by_principal: role or user ARN, or a service's name -> its records, oldest first.
        unreadable: records left out because of their shape or version.
        duplicates: records left out because they came before.
        not_calls: readable events that are no API calls, such as console sign-ins.
        problems: what was found.
    """

    count: int = 0
    by_principal: dict[str, list[Record]] = field(default_factory=dict)
    unreadable: int = 0
    duplicates: int = 0
    not_calls: int = 0
    problems: Problems = field(default_factory=Problems)


def read(records: Iterable[Record] | str | Path) -> Reading:
    """Sort the records of a trail.

    Args:
        records: CloudTrail records as dictionaries, in any order; or the path of a folder with
            log files, or of one. A file that cannot be read, such as a truncated gzip, is a
            problem in the Reading.

    Returns:
        A Reading. Every record is in exactly one of its groups.

    Raises:
        TypeError: `records` is one record, and not a list of records.
        rolelab.trails.TrailError: there is no log file at the path.
    """
    if isinstance(records, bytes | Mapping):
        raise TypeError(
            "records is a list of CloudTrail records, such as sandbox.trail, or the path of log "
            f"files; this is {_called(records)}."
        )
    reading = Reading()
    if isinstance(records, str | Path):
        records = _in_files(Path(records), reading.problems)
    versions: Counter[str] = Counter()
    seen: set[str] = set()
    for position, record in enumerate(records):
        reading.count += 1
        fault = _fault(record)
        if fault is not None:
            reading.unreadable += 1
            reading.problems.add(fault, _named(record, position))
            continue
        event_id = record.get("eventID")
        if event_id in seen:
            reading.duplicates += 1
            reading.problems.add(DUPLICATE, event_id)
            continue
        if event_id:
            seen.add(event_id)
        versions[record["eventVersion"]] += 1
        if record.get("eventType", "AwsApiCall") not in _CALLS:
            reading.not_calls += 1
            continue
        mine = reading.by_principal.get(principal := principal_of(record["userIdentity"]))
        if mine is None:
            mine = reading.by_principal[principal] = []
        mine.append(record)
    if len(versions) > 1:
        told = ", ".join(f"{version}: {count:,}" for version, count in sorted(versions.items()))
        reading.problems.add(MIXED_VERSIONS, told, versions.total())
    if not reading.count:
        reading.problems.add(EMPTY_TRAIL, "", 0)
    return reading


def _in_files(path: Path, problems: Problems) -> Iterator[Record]:
    from rolelab.trails.files import TrailError, log_files, records_in

    for file in log_files(path):
        try:
            yield from records_in(file)
        except TrailError as error:
            problems.add(UNREADABLE_FILE, str(error))


def principal_of(identity: Mapping[str, Any]) -> str:
    """Give the ARN of the role or user behind a userIdentity, or the service's name.

    Page: *CloudTrail userIdentity element*: the role of a session is its session issuer.
    """
    context = identity.get("sessionContext")
    if isinstance(context, dict):
        issuer = context.get("sessionIssuer")
        if isinstance(issuer, dict) and issuer.get("arn"):
            return str(issuer["arn"])
    return str(identity.get("arn") or identity.get("invokedBy") or identity.get("type") or "")


def is_skewed(record: Record) -> bool:
    """Tell whether a record's time lies before its session was issued."""
    context = record["userIdentity"].get("sessionContext")
    attributes = context.get("attributes") if isinstance(context, dict) else None
    issued = attributes.get("creationDate") if isinstance(attributes, dict) else None
    # Times in one format sort as text; only then is it worth reading them.
    if not isinstance(issued, str) or issued <= record["eventTime"]:
        return False
    begun, happened = _moment(issued), _moment(record["eventTime"])
    return begun is not None and happened is not None and begun - happened > SKEW


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _fault(record: Any) -> str | None:
    # They come out of JSON: what is no dict is no record. (Asking for Mapping takes far longer.)
    if not isinstance(record, dict):
        return UNKNOWN_SHAPE
    for name in _TEXTS:
        if not isinstance(record.get(name), str):
            return UNKNOWN_SHAPE
    parameters = record.get("requestParameters")
    if not isinstance(record.get("userIdentity"), dict) or not (
        parameters is None or isinstance(parameters, dict)
    ):
        return UNKNOWN_SHAPE
    version = record.get("eventVersion")
    if not isinstance(version, str):
        return UNKNOWN_SHAPE
    if version.partition(".")[0] != _MAJOR:
        return UNKNOWN_VERSION
    return None if _is_moment(record["eventTime"]) else UNKNOWN_SHAPE


def _is_moment(text: str) -> bool:
    return _moment(text) is not None


def _named(record: Any, position: int) -> str:
    known = record.get("eventID") if isinstance(record, Mapping) else None
    return str(known) if known else f"record {position}"


def _called(given: object) -> str:
    return "one record" if isinstance(given, Mapping) else f"{given!r}"
