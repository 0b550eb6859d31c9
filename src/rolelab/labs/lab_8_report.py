"""The report that lab 8 asks for: who, when, from where, how it began and what was taken."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from rolelab.labs.grader import CheckFailed
from rolelab.labs.lab_8_incident import Incident

_GOAL = "The report says who it was, when, from where, how it began and what was taken."
_HINTS = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the report.

    Attributes:
        name: its key.
        expected: gives the right answers, as `read` gives them.
        hint: where to look.
        read: turns what the learner wrote into a text that can be compared.
        optional: gives answers that are neither asked for nor wrong.
    """

    name: str
    expected: Callable[[Incident], Collection[str]]
    hint: str
    read: Callable[[object], str] = lambda given: str(given).strip().lower()
    optional: Callable[[Incident], Collection[str]] = lambda incident: ()

    def fault(self, incident: Incident, given: object) -> str:
        """What is wrong with an answer; "" if nothing is."""
        answered = [each for each in _each(given) if each not in (..., None, "")]
        if not answered:
            return "is empty"
        try:
            answers = {self.read(each) for each in answered}
        except (TypeError, ValueError):
            return f"cannot be read: {given!r}"
        expected = {each.lower() for each in self.expected(incident)}
        wrong = answers - expected - {each.lower() for each in self.optional(incident)}
        left = expected - answers
        if len(expected) == 1:
            return "is something else" if wrong or left else ""
        counts = [f"{len(wrong)} too many" * bool(wrong), f"{len(left)} missing" * bool(left)]
        return ", ".join(filter(None, counts))


def check(incident: Incident, given: object) -> int:
    """Compare a report with the incident.

    Args:
        incident: the incident.
        given: the report, a dictionary with the names of `ENTRIES`.

    Returns:
        How many entries there are; all are right.

    Raises:
        CheckFailed: which entries are not right yet, and where to look.
    """
    if not isinstance(given, Mapping):
        raise CheckFailed(_GOAL, verdict="The report is no dictionary.", hint=_DICTIONARY)
    strange = [str(name) for name in given if name not in {each.name for each in ENTRIES}]
    if strange:
        verdict = f"There is no entry {', '.join(map(repr, strange))}."
        raise CheckFailed(_GOAL, verdict=verdict, hint=_DICTIONARY)
    faults = [(each, each.fault(incident, given.get(each.name))) for each in ENTRIES]
    wrong = [(entry, fault) for entry, fault in faults if fault]
    if wrong:
        told = "".join(f"\n    {entry.name}: {fault}" for entry, fault in wrong)
        right = len(ENTRIES) - len(wrong)
        raise CheckFailed(
            _GOAL,
            verdict=f"{right} of {len(ENTRIES)} entries are right. Not yet:{told}",
            hint="\n".join(f"{entry.name}: {entry.hint}" for entry, _ in wrong[:_HINTS]),
        )
    return len(ENTRIES)


def _each(given: object) -> Iterable[object]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        return [given]
    return list(given)


def _minute(given: object) -> str:
    """A moment in UTC, to the minute; one without a zone is taken for UTC."""
    import pandas as pd

    at = pd.Timestamp(given)  # type: ignore[arg-type]
    at = at.tz_localize("UTC") if at.tzinfo is None else at.tz_convert("UTC")
    return f"{at:%Y-%m-%dt%H:%M}"


def _number(given: object) -> str:
    return str(int(given))  # type: ignore[call-overload]


def _secret(given: object) -> str:
    """The name of a secret, of which an ARN has six characters more."""
    text = str(given).strip().lower()
    return re.sub(r"^arn:aws:secretsmanager:[^:]*:\d*:secret:(.+)-\w{6}$", r"\1", text)


def _role(given: object) -> str:
    """The bare name of a role or user, which may come as an ARN or with its session."""
    text = str(given).strip().lower()
    text = text.rpartition(":")[2]
    for kind in ("assumed-role/", "role/", "user/"):
        text = text.removeprefix(kind)
    return text.partition("/")[0]


def _object(given: object) -> str:
    text = str(given).strip().lower()
    return text.removeprefix("arn:aws:s3:::").removeprefix("s3://")


def _opening_object(incident: Incident) -> Collection[str]:
    """The object that opened the next door: of those that were read, the one the key knows."""
    from rolelab.trails.answer_key import matches

    asked = (each["requestParameters"] for each in incident.done("GetObject"))
    read = dict.fromkeys(f"{each['bucketName']}/{each['key']}" for each in asked)
    early = list(read)[:10]
    return [each for each in early if matches("leaked object", each)]


def _borrowed(incident: Incident) -> frozenset[str]:
    """User agents that the user has, too: no sign of anybody."""
    rows = incident.trail
    own = rows[(rows["user"] == incident.user) & ~rows["event_id"].isin(incident.ids)]
    return frozenset(own["agent"])


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "first role",
        lambda incident: [incident.first_role],
        "A session belongs to one task. Look for an access key that two addresses share.",
        _role,
    ),
    Entry(
        "began",
        lambda incident: [_minute(incident.events["time"].iloc[0])],
        "The first event of your selection, in UTC, to the minute.",
        _minute,
    ),
    Entry(
        "ended",
        lambda incident: [_minute(incident.events["time"].iloc[-1])],
        "The last event of your selection, in UTC, to the minute.",
        _minute,
    ),
    Entry(
        "addresses",
        lambda incident: incident.addresses,
        "All that are not the shop's and not a colleague's.",
    ),
    Entry(
        "user agents",
        lambda incident: incident.agents - _borrowed(incident),
        "The column agent of your selection. Leave out what the user calls with as well.",
        optional=_borrowed,
    ),
    Entry(
        "opened by",
        _opening_object,
        "Bucket and key, bucket/key. What was read on the first evening that has to do with the "
        "next one?",
        _object,
    ),
    Entry(
        "user",
        lambda incident: [incident.user],
        "Who calls without a role, from an address that is not the shop's?",
        _role,
    ),
    Entry(
        "access key",
        lambda incident: [incident.access_key],
        "A long-term key begins with AKIA. The column access_key has it.",
    ),
    Entry(
        "passed roles",
        lambda incident: incident.passed,
        "The task roles in the registrations of your selection. PassRole is no event: see "
        "passed_roles and the request.",
        _role,
    ),
    Entry(
        "family",
        lambda incident: [incident.family],
        "The family of those task definitions.",
    ),
    Entry(
        "secrets",
        lambda incident: incident.secrets,
        "GetSecretValue that was not denied, by every role of your selection.",
        _secret,
    ),
    Entry(
        "orders",
        lambda incident: [str(incident.orders)],
        "How many different objects of the bucket bookshop-orders were read.",
        _number,
    ),
)
"""What the report has to say."""

_DICTIONARY = f"It has these entries: {', '.join(each.name for each in ENTRIES)}."
