"""Many questions to an account and their answers, as one table: what, wanted, got, who decided.

A row states something that must be possible or must not be, and proves it with one or more real
calls. A possible row holds if every call is let through, an impossible one if every call is denied.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from rolelab.labs.callers import Caller
from rolelab.labs.grader import SEE_WHY, Attempt, CheckFailed
from rolelab.labs.undo import unchanged

World = TypeVar("World")

_WORDS = {True: "● allowed", False: "✕ denied"}
_COLOURS = {True: "#0072B2", False: "#D55E00"}
_HEADS = {True: "must be possible", False: "must not be possible"}
_WHAT = 50
_ROWS = 3
"""How many wrong rows are told in full."""
_CALLS = 2
"""How many wrong calls of each."""


class Refused(Exception):  # noqa: N818 - it reads as what happened
    """Something that a call set in motion was refused later on, such as a launch.

    Attributes:
        decided_by: who refused it.
    """

    def __init__(self, answer: str, decided_by: str) -> None:
        super().__init__(answer)
        self.decided_by = decided_by


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a row.

    Attributes:
        who: who makes it, such as ``"role developer"``.
        action: the IAM action that it exercises.
        resource: what it is about, as short as it is clear; ``""`` if that is obvious.
        make: makes the call.
        hint: what to say if the answer is the wrong one.
        answered: error codes that AWS gives only to a caller who is allowed.
    """

    who: str
    action: str
    resource: str
    make: Callable[[], object]
    hint: str = ""
    answered: frozenset[str] = frozenset()


def probed(
    who: Caller,
    action: str,
    resource: str = "*",
    hint: str = "",
    *,
    about: str = "",
    **parameters: Any,
) -> Call:
    """One call of a caller, made by the probe of its action.

    Args:
        who: makes it.
        action: the IAM action, one of `rolelab.labs.probes`.
        resource: the ARN it is about, or "*".
        hint: as in `Call`.
        about: what the table says in place of the resource.
        parameters: of the call, further ones.
    """

    def make() -> None:
        from rolelab.sandbox.explain import why

        attempt = who.attempt(action, resource, **parameters)
        if not attempt.allowed:
            raise Refused(attempt.answer, why().decided_by)

    return Call(who.name, action, about or resource, make, hint)


@dataclass(frozen=True, slots=True)
class Row(Generic[World]):
    """Something that must be possible, or must not be.

    Attributes:
        number: its place in the table.
        what: what is tried, as a phrase without a subject.
        wanted: True if it must be possible.
        calls: gives the calls, one after the other; what must exist before a call is made between.
        changes: boto3's names of the services whose state is put back afterwards.
    """

    number: int
    what: str
    wanted: bool
    calls: Callable[[World], Iterator[Call]]
    changes: tuple[str, ...]

    def ask(self, world: World, deciders: Mapping[str, str]) -> Answer:
        """Make the calls. A possible row ends at the first denial; the rest may rely on it.

        Args:
            world: handed to `calls`.
            deciders: what to say of a denial that is unwanted, by the policy type that decided it.
                A type that is not named leaves the word to the call's own hint.
        """
        answers: list[tuple[Call, Attempt, str]] = []
        with unchanged(*self.changes):
            for call in self.calls(world):
                attempt, decided_by = _try(call)
                answers.append((call, attempt, decided_by))
                if self.wanted and not attempt.allowed:
                    break
        wrong = [each for each in answers if each[1].allowed is not self.wanted]
        return Answer(
            number=self.number,
            what=self.what,
            wanted=self.wanted,
            attempts=tuple(attempt for _, attempt, _ in answers),
            wrong=tuple(attempt for _, attempt, _ in wrong),
            decided_by=_first(by for _, _, by in wrong) if self.wanted else _NOBODY * bool(wrong),
            hints=tuple(dict.fromkeys(deciders.get(by, call.hint) for call, _, by in wrong)),
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a row came to.

    Attributes:
        number, what, wanted: those of the row.
        attempts: its calls with AWS's answers.
        wrong: those that were not answered as wanted.
        decided_by: if the answer is wrong: the policy type that said no, or that nobody did.
        hints: what to say about the wrong ones.
    """

    number: int
    what: str
    wanted: bool
    attempts: tuple[Attempt, ...]
    wrong: tuple[Attempt, ...]
    decided_by: str
    hints: tuple[str, ...]

    @property
    def got(self) -> bool:
        """True if the row turned out to be possible."""
        return self.wanted is not bool(self.wrong)

    @property
    def right(self) -> bool:
        return not self.wrong


class AnswerTable(tuple[Answer, ...]):
    """The answers in the order of the table; shows itself in a notebook."""

    __slots__ = ()

    @property
    def right(self) -> int:
        """How many rows are as they must be."""
        return sum(answer.right for answer in self)

    @property
    def _count(self) -> str:
        calls = sum(len(answer.attempts) for answer in self)
        return f"{self.right} of {len(self)} are right. {calls} calls were made."

    def __repr__(self) -> str:
        lines: list[str] = []
        for wanted, head in _HEADS.items():
            rows = [answer for answer in self if answer.wanted is wanted]
            if rows:
                lines += [_line("", head, "wanted", "got", "decided by"), *map(_row, rows)]
        return "\n".join([*lines, self._count])

    def _repr_html_(self) -> str:
        heads = "".join(
            f'<th scope="col" style="{_CELL}">{text}</th>'
            for text in ("", "what", "wanted", "got", "decided by")
        )
        rows = "".join(f"<tr>{_cells(answer)}</tr>" for answer in self)
        return (
            f"<div><b>{self._count}</b></div>"
            '<table style="border-collapse:collapse;margin:4px 0">'
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        )


def answers(
    rows: Iterable[Row[World]], world: World, *, deciders: Mapping[str, str] | None = None
) -> AnswerTable:
    """Ask every row, right or wrong. Args and order as in `ask`."""
    asked = [row.ask(world, deciders or {}) for row in reversed(list(rows))]
    return AnswerTable(reversed(asked))


def ask(
    rows: Iterable[Row[World]],
    world: World,
    *,
    goal: str,
    deciders: Mapping[str, str] | None = None,
) -> AnswerTable:
    """Ask every row, the last one first: then `rolelab.why()` is about the first wrong denial.

    Args:
        rows: the rows, in the order of the table, those that must be possible first.
        world: handed to each row's calls.
        goal: what is true if all rows are right, as a sentence.
        deciders: hints for unwanted denials, as in `Row.ask`.

    Returns:
        The table, if every answer is right.

    Raises:
        CheckFailed: an answer is wrong. Its text has the table, the first wrong calls and hints.
    """
    table = answers(rows, world, deciders=deciders)
    wrong = [answer for answer in table if not answer.right][:_ROWS]
    if not wrong:
        return table
    hints = dict.fromkeys(hint for answer in wrong for hint in answer.hints if hint)
    raise CheckFailed(
        goal,
        verdict=textwrap.indent(repr(table), "  ")[2:],
        attempts=[attempt for answer in wrong for attempt in answer.wrong[:_CALLS]],
        hint="\n".join([*hints, *([SEE_WHY] if wrong[0].wanted else [])]),
    )


_NOBODY = "nothing denies it"
_CELL = "text-align:left;vertical-align:top;padding:2px 12px 2px 0;white-space:normal"


def _first(texts: Iterable[str]) -> str:
    return next(iter(texts), "")


def _try(call: Call) -> tuple[Attempt, str]:
    """Make a call: AWS's answer, and for a denial the policy type that decided it."""
    from botocore.exceptions import ClientError

    from rolelab.sandbox.explain import why

    allowed, answer, decided_by = True, "the call went through", ""
    try:
        call.make()
    except Refused as refused:
        allowed, answer, decided_by = False, str(refused), refused.decided_by
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in call.answered:
            answer = f"the call was let through, and then: {code}"
        else:
            try:
                decision = why(error)
            except LookupError:
                raise CheckFailed(
                    f"{call.who} could not even try {call.action} on {call.resource or '*'}.",
                    verdict=str(error),
                    hint="Something that this lab needs is not there any more. "
                    "Run the cells from the first on.",
                ) from None
            allowed, answer, decided_by = False, decision.message, decision.decided_by
    return Attempt(call.who, call.action, call.resource or "*", {}, allowed, answer), decided_by


def _row(answer: Answer) -> str:
    mark = "" if answer.right else "  <- " + answer.decided_by
    return _line(
        str(answer.number), answer.what, _WORDS[answer.wanted], _WORDS[answer.got], mark.strip()
    )


def _line(number: str, what: str, wanted: str, got: str, decided_by: str) -> str:
    return f"{number:>2}  {what:<{_WHAT}} {wanted:<10} {got:<10} {decided_by}".rstrip()


def _cells(answer: Answer) -> str:
    texts = (
        str(answer.number),
        html.escape(answer.what),
        _marked(answer.wanted),
        _marked(answer.got),
        html.escape(answer.decided_by),
    )
    return "".join(f'<td style="{_CELL}">{text}</td>' for text in texts)


def _marked(allowed: bool) -> str:
    sign, word = _WORDS[allowed].split()
    return f'<span style="color:{_COLOURS[allowed]}" aria-hidden="true">{sign}</span>&nbsp;{word}'
