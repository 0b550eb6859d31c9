"""The incident of lab 8, as the trail itself has it.

Nothing of it is written down here. What tells the intruder's events from the shop's is a hash of
the addresses (`rolelab.trails.answer_key`); the rest follows from the records.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rolelab.labs.grader import CheckFailed

if TYPE_CHECKING:
    import pandas as pd

Record = dict[str, Any]

_NEEDED = ("time", "event_id", "event", "address", "user", "role", "request", "error", "session")
_WHOLE = (
    'Load all thirty days, trail = rolelab.trails.load("../data/trails"), and hand the whole frame '
    "to the check. Select rows into a variable of another name."
)


@dataclass(frozen=True)
class Incident:
    """What the intruder did.

    Attributes:
        trail: the month, one row for each event, as `rolelab.trails.load` gives it.
        events: the rows of it that came from an address of the intruder, in order of time.
    """

    trail: pd.DataFrame
    events: pd.DataFrame

    @cached_property
    def ids(self) -> frozenset[str]:
        """The ids of the intruder's events."""
        return frozenset(self.events["event_id"])

    @cached_property
    def set_off(self) -> frozenset[str]:
        """The ids of events that AWS's services caused while they launched the intruder's tasks.

        They come from the services' own addresses. Whoever counts them in is right, and whoever
        leaves them out is right, too.
        """
        tasks = self.tasks
        rows = self.trail
        launched = rows["session"].isin(tasks) & ~rows["event_id"].isin(self.ids)
        assumed = rows.loc[(rows["event"] == "AssumeRole") & (rows["identity"] == "AWSService")]
        named = assumed["request"].map(lambda asked: asked["roleSessionName"] in tasks)
        return frozenset(rows.loc[launched, "event_id"]) | frozenset(assumed.loc[named, "event_id"])

    @property
    def tasks(self) -> frozenset[str]:
        """The ids of the tasks that the intruder ran."""
        return frozenset(
            task["taskArn"].rpartition("/")[2]
            for record in self.done("RunTask")
            for task in record["responseElements"]["tasks"]
        )

    def done(self, event: str) -> list[Record]:
        """The records of one kind of event that were allowed, in order of time."""
        rows = self.events
        chosen = (rows["event"] == event) & rows["error"].isna()
        return list(rows.loc[chosen, "record"])

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """The intruder's addresses, the first one first."""
        return tuple(dict.fromkeys(self.events["address"]))

    @cached_property
    def user(self) -> str:
        """The user whose long-term key the intruder has."""
        return str(self._keyed["userName"])

    @cached_property
    def access_key(self) -> str:
        """The id of that key."""
        return str(self._keyed["accessKeyId"])

    @cached_property
    def _keyed(self) -> Record:
        rows = self.events
        identity: Record = rows.loc[rows["identity"] == "IAMUser", "record"].iloc[0]["userIdentity"]
        return identity

    @cached_property
    def first_role(self) -> str:
        """The role whose session was in other hands first."""
        return str(self.events["role"].dropna().iloc[0])

    @cached_property
    def first_session(self) -> str:
        """The name of that session."""
        return str(self.events["session"].dropna().iloc[0])

    @cached_property
    def entered_role(self) -> str:
        """The role that the long-term key steps into."""
        return _name(self.done("AssumeRole")[-1]["requestParameters"]["roleArn"])

    @cached_property
    def passed(self) -> tuple[str, ...]:
        """The roles that the intruder passed to tasks as their task role, the first one first."""
        asked = (each["requestParameters"] for each in self.done("RegisterTaskDefinition"))
        return tuple(dict.fromkeys(_name(each["taskRoleArn"]) for each in asked))

    @property
    def agents(self) -> frozenset[str]:
        """The user agents of the intruder's events."""
        return frozenset(self.events["agent"])

    @cached_property
    def family(self) -> str:
        """The family of the task definitions that the intruder registered."""
        return str(self.done("RegisterTaskDefinition")[-1]["requestParameters"]["family"])

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """The names of the secrets that the intruder has read."""
        asked = (each["requestParameters"] for each in self.done("GetSecretValue"))
        return tuple(dict.fromkeys(str(each["secretId"]) for each in asked))

    @cached_property
    def orders(self) -> int:
        """How many different objects the intruder took from the bucket that most came from."""
        asked = [each["requestParameters"] for each in self.done("GetObject")]
        taken = {(each["bucketName"], each["key"]) for each in asked}
        buckets = [bucket for bucket, _ in taken]
        return max(buckets.count(each) for each in set(buckets))


def find(trail: object) -> Incident:
    """Find the incident in the month's records.

    Args:
        trail: the DataFrame of `rolelab.trails.load`.

    Raises:
        CheckFailed: it is no such DataFrame, or not the whole month.
    """
    import pandas as pd

    from rolelab.trails.answer_key import found

    if not isinstance(trail, pd.DataFrame) or not set(_NEEDED) <= set(trail.columns):
        raise CheckFailed("The trail is the month's records, as a DataFrame.", hint=_WHOLE)
    seen = [str(each) for each in trail["address"].dropna().unique()]
    compared = found("addresses", seen)
    foreign = set(seen) - set(compared.wrong)
    rows = trail[trail["address"].isin(foreign)].sort_values("time", kind="stable")
    if compared.left or not _is_whole(trail):
        verdict = f"The frame has {len(trail):,} rows, and not all of the month's."
        raise CheckFailed("The trail is the whole month.", verdict=verdict, hint=_WHOLE)
    return Incident(trail, rows)


def _is_whole(trail: pd.DataFrame) -> bool:
    rows = trail.attrs.get("counts", {}).get("rows")
    return rows is None or rows == len(trail)


def event_ids(incident: Incident, given: object) -> frozenset[str]:
    """The event ids that an answer means.

    Args:
        incident: the incident, whose trail a mask is about.
        given: rows of the trail, a mask over them, or event ids.

    Raises:
        CheckFailed: it is none of these, or holds ids that no event of the month has.
    """
    ids = frozenset(_ids(incident.trail, given))
    unknown = ids - frozenset(incident.trail["event_id"])
    if unknown:
        raise CheckFailed(
            _GOAL,
            verdict=f"{len(unknown)} of {len(ids)} are ids of no event, such as {min(unknown)!r}.",
            hint="An event's id is in the column event_id.",
        )
    if not ids:
        raise CheckFailed(_GOAL, verdict="There is no event among your answer.", hint=_SELECT)
    return ids


def _ids(trail: pd.DataFrame, given: object) -> Iterable[str]:
    import numpy as np
    import pandas as pd

    if given is ... or given is None:
        raise CheckFailed(_GOAL, verdict="The variable incident is still empty.", hint=_SELECT)
    if isinstance(given, pd.DataFrame):
        if "event_id" not in given:
            raise CheckFailed(_GOAL, verdict="The frame has no column event_id.", hint=_SELECT)
        return map(str, given["event_id"])
    if isinstance(given, pd.Series | np.ndarray) and pd.api.types.is_bool_dtype(given.dtype):
        if len(given) != len(trail):
            raise CheckFailed(
                _GOAL,
                verdict=f"The mask has {len(given):,} values; the trail has {len(trail):,} rows.",
                hint=_SELECT,
            )
        chosen = pd.Series(given, index=trail.index).fillna(False).astype(bool)
        return map(str, trail["event_id"][chosen])
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise CheckFailed(
            _GOAL, verdict=f"The variable incident holds a {type(given).__name__}.", hint=_SELECT
        )
    return map(str, given)


_GOAL = "Every event of the incident is among yours, and none that is not."
_SELECT = (
    "incident is a selection of the trail: trail[mask], the mask itself, or a list of event ids."
)


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]
