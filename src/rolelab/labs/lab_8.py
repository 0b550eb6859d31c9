"""Lab 8, The abused role: find the incident in the records, contain it, prove that it is contained.

The first two checks compare a selection of events and a report with the month's records. The
others ask the live account: as the intruder, with credentials that are valid, and as the shop.
They never read a policy, so every containment that behaves right passes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rolelab.labs import answer_table, lab_8_report
from rolelab.labs.answer_table import AnswerTable
from rolelab.labs.grader import CheckFailed
from rolelab.labs.lab_8_incident import Incident, event_ids, find
from rolelab.labs.lab_8_intruder import Intruder, break_in
from rolelab.labs.lab_8_rows import ROWS

if TYPE_CHECKING:
    import pandas as pd

_EVENTS = "Every event of the incident is among yours, and none that is not."
_DONE = "The report says who it was, when, from where, how it began and what was taken"


@dataclass(frozen=True, slots=True)
class Compared:
    """An answer that is as the records say.

    Attributes:
        text: what is right, as a sentence.
    """

    text: str

    def __repr__(self) -> str:
        return f"Passed: {self.text}"


def check_events(trail: pd.DataFrame, incident: object) -> Compared:
    """Task 1: which events belong to the incident.

    Args:
        trail: the month, as `rolelab.trails.load` gives it.
        incident: rows of it, a mask over it, or event ids. What AWS's services did to launch the
            intruder's tasks may be among them, or not.

    Returns:
        How many there are.

    Raises:
        CheckFailed: how many of the events belong to it, how many do not, how many are missing,
            and on which side.
    """
    found = find(trail)
    ids = event_ids(found, incident)
    right, wrong = ids & found.ids, ids - found.ids - found.set_off
    left = found.ids - ids
    if not wrong and not left:
        return Compared(f"{_EVENTS} {len(right)} came from the intruder.")
    raise CheckFailed(
        _EVENTS,
        verdict=f"{len(ids)} events are yours. {len(ids) - len(wrong)} of them belong to it, "
        f"{len(wrong)} do not, and some are missing."
        if left
        else f"{len(ids)} events are yours. None is missing, and {len(wrong)} do not belong to it.",
        hint="\n".join([*_too_many(found, wrong), *_too_few(found, ids & found.ids)]),
    )


def check_report(trail: pd.DataFrame, report: object) -> Compared:
    """Task 2: what happened.

    Args:
        trail: the month, as `rolelab.trails.load` gives it.
        report: a dictionary; `rolelab.labs.lab_8_report.ENTRIES` names its keys.

    Raises:
        CheckFailed: which entries are not right yet, and where to look.
    """
    count = lab_8_report.check(find(trail), report)
    return Compared(f"{_DONE}: {count} of {count} entries are right.")


def reopen(trail: pd.DataFrame) -> Intruder:
    """Start the account of the records, in the hour after the break-in. It names what was found.

    Args:
        trail: the month, as `rolelab.trails.load` gives it.

    Returns:
        What the intruder holds; the checks act with it. You are signed in as administrator.

    Raises:
        CheckFailed: the trail is not the whole month.
    """
    return break_in(find(trail))


def answers(intruder: Intruder) -> AnswerTable:
    """All rows as they are now, right or wrong.

    Raises:
        CheckFailed: the account of the intruder is not there any more.
    """
    intruder.still_there()
    return answer_table.answers(ROWS, intruder)


def check_cut_off(intruder: Intruder) -> AnswerTable:
    """Task 3: the intruder's credentials open nothing, and new ones do (rows 2 to 9).

    Args:
        intruder: what `reopen` gave.

    Returns:
        The rows of the table that the task decides.

    Raises:
        CheckFailed: an answer is wrong. Its text has the rows, the first wrong calls and hints.
    """
    return _asked(intruder, range(2, 10), "The intruder is out, and everybody else is not.")


def check_doors(intruder: Intruder) -> AnswerTable:
    """Task 4: rows 2 to 4 and 10 to 12. Args, result and errors as in `check_cut_off`."""
    goal = "The ways that the intruder took are closed, and the shop's own ways are open."
    return _asked(intruder, (2, 3, 4, 10, 11, 12), goal)


def check_secrets(intruder: Intruder) -> AnswerTable:
    """Task 5: rows 1, 4 and 13. Args, result and errors as in `check_cut_off`."""
    goal = "What was read is worth nothing any more, and the service starts with what is new."
    return _asked(intruder, (1, 4, 13), goal)


def check_contained(intruder: Intruder) -> AnswerTable:
    """All thirteen. Args, result and errors as in `check_cut_off`."""
    return _asked(intruder, range(1, 14), "The incident is contained, and the shop is open.")


def _asked(intruder: object, numbers: Iterable[int], goal: str) -> AnswerTable:
    if not isinstance(intruder, Intruder):
        raise CheckFailed(goal, hint="Run the cell with intruder = lab_8.reopen(trail) first.")
    intruder.still_there()
    wanted = set(numbers)
    rows = [row for row in ROWS if row.number in wanted]
    return answer_table.ask(rows, intruder, goal=goal)


# --- hints about a selection ----------------------------------------------------------------------


def _too_many(found: Incident, wrong: frozenset[str]) -> list[str]:
    """Whose everyday work is among the events: the ones that stand out most."""
    if not wrong:
        return []
    rows = found.trail[found.trail["event_id"].isin(wrong)]
    whose = rows["role"].astype("str").where(rows["role"].notna(), rows["user"].astype("str"))
    pairs = Counter(zip(whose, rows["address"].astype("str"), strict=True))
    ((who, address), count) = pairs.most_common(1)[0]
    return [
        f"{count} of your events are everyday work of {who}, from {address}. Compare with the days "
        "before: what a role always does, from where it always does it, is no incident."
    ]


def _too_few(found: Incident, right: frozenset[str]) -> list[str]:
    """On which side events are missing, without saying which."""
    mine = found.events[found.events["event_id"].isin(right)]
    if mine.empty:
        return [_NOT_YET]
    hints = []
    if mine["time"].min() > found.events["time"].min():
        hints.append("It begins before your first event of it: how did they come by what they use?")
    if mine["time"].max() < found.events["time"].max():
        hints.append("It goes on after your last event of it: what do they still hold?")
    if not hints and len(mine) < len(found.events):
        used = found.events["user"].nunique() - mine["user"].nunique()
        hints.append(_ANOTHER if used else _BETWEEN)
    return [" ".join(hints)] if hints else []


_NOT_YET = (
    "No event of it is among yours. Denials are many where somebody tries much and openly. Look "
    "for credentials that are used in two places."
)
_ANOTHER = "It acts under one identity more than yours do: what did a task get from it?"
_BETWEEN = "Some are missing between your first and your last event: allowed calls count, too."
