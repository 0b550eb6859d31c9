"""What a check says: the attempts it made, what AWS answered, and what is missing.

A check states what must be possible and what must be impossible, and makes the calls. It never
reads a policy, so every answer that behaves right passes.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rolelab.labs.callers import Caller

_WIDTH = 96
_SHOWN = 8
_HINTS = 2
_INDENT = 13
_OPEN = 15


@dataclass(frozen=True, slots=True)
class Mark:
    """How an answer is shown: a colour of the Okabe-Ito palette, a sign and a word."""

    colour: str
    sign: str
    word: str

    @property
    def label(self) -> str:
        return f"{self.sign} {self.word}"


_MARKS = {True: Mark("#0072B2", "●", "allowed"), False: Mark("#D55E00", "✕", "denied")}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One real call, and AWS's answer to it.

    Attributes:
        who: the caller, such as ``"role orders-task-role"``.
        action: the IAM action that the call exercises.
        resource: the ARN it was tried on, or ``"*"``.
        with_: further parameters of the call, such as a prefix.
        allowed: True if AWS let the call through.
        answer: what AWS answered, in its own words.
    """

    who: str
    action: str
    resource: str
    with_: Mapping[str, Any]
    allowed: bool
    answer: str

    @property
    def mark(self) -> Mark:
        return _MARKS[self.allowed]

    @property
    def what(self) -> str:
        """The action and what it was tried on, as one phrase."""
        where = "" if self.resource == "*" else f" on {self.resource}"
        details = ", ".join(f"{name}={value!r}" for name, value in self.with_.items())
        return f"{self.action}{where}" + (f" ({details})" if details else "")

    def __str__(self) -> str:
        return f"{self.mark.label:<9}  {self.who}: {self.what}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return _table([self])


class Attempts(tuple[Attempt, ...]):
    """Several attempts, which show themselves as a table in a notebook."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "\n".join(map(str, self)) or _NONE

    def _repr_html_(self) -> str:
        return _table(self) if self else f"<div>{_NONE}</div>"


_NONE = "Nothing of it is reachable."


class CheckFailed(AssertionError):  # noqa: N818 - it reads as what happened
    """A check is not met yet. The text says what was tried, what AWS answered, and a hint.

    Attributes:
        goal: what is to be true.
        verdict: what is wrong, in a few words.
        attempts: the calls whose answers were not the ones asked for.
        hint: what is missing or too much, in words, one hint a line. Never the solution.
    """

    def __init__(
        self, goal: str, *, verdict: str = "", attempts: Sequence[Attempt] = (), hint: str = ""
    ) -> None:
        self.goal = goal
        self.verdict = verdict
        self.attempts = tuple(attempts)
        self.hint = hint
        super().__init__("\n".join([goal, *self._details()]))

    def _details(self) -> list[str]:
        lines = [f"  {self.verdict}"] if self.verdict else []
        for attempt in self.attempts[:_SHOWN]:
            if attempt.allowed:
                lines += _entry(attempt.mark.label, f"{attempt.who}: {attempt.what}")
            else:
                lines += _entry("tried", f"{attempt.who}: {attempt.what}")
                lines += _entry(attempt.mark.label, attempt.answer)
        if len(self.attempts) > _SHOWN:
            lines += _entry("", f"and {len(self.attempts) - _SHOWN} more")
        for hint in self.hint.splitlines():
            lines += _entry("hint", hint)
        return lines

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the message alone. Where in rolelab it was raised helps no one."""
        return [f"Not yet: {self}"]


def hints_in(text: str) -> list[str]:
    """The hints that the text of a `CheckFailed` ends in, each as one line."""
    hints: list[str] = []
    for line in text.splitlines():
        if line.startswith("  hint"):
            hints.append(line.removeprefix("  hint").strip())
        elif hints and line.startswith(" " * _INDENT):
            hints[-1] += f" {line.strip()}"
    return hints


def _entry(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=f"  {label:<11}",
        subsequent_indent=" " * _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )


@dataclass(frozen=True, slots=True)
class Passed:
    """A check that is met, with the attempts that prove it."""

    goal: str
    attempts: tuple[Attempt, ...]

    def __repr__(self) -> str:
        return "\n".join([f"Passed: {self.goal}", *(f"  {attempt}" for attempt in self.attempts)])

    def _repr_html_(self) -> str:
        count = len(self.attempts)
        is_open = " open" if count <= _OPEN else ""
        return (
            f"<div><b>Passed:</b> {html.escape(self.goal)}</div><details{is_open}>"
            f"<summary>{count} calls, each answered as it must be</summary>"
            f"{_table(self.attempts)}</details>"
        )


_CELL = "text-align:left;vertical-align:top;padding:2px 12px 2px 0;white-space:normal"


def _table(attempts: Iterable[Attempt]) -> str:
    heads = "".join(
        f'<th scope="col" style="{_CELL}">{text}</th>' for text in ("answer", "caller", "call")
    )
    rows = "".join(f"<tr>{_cells(attempt)}</tr>" for attempt in attempts)
    return (
        '<table style="border-collapse:collapse;margin:4px 0">'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _cells(attempt: Attempt) -> str:
    mark = attempt.mark
    sign = f'<span style="color:{mark.colour}" aria-hidden="true">{mark.sign}</span>'
    texts = (
        f"{sign}&nbsp;{mark.word}",
        html.escape(attempt.who),
        f'<span style="overflow-wrap:anywhere">{html.escape(attempt.what)}</span>',
    )
    return "".join(f'<td style="{_CELL}">{text}</td>' for text in texts)


@dataclass(frozen=True, slots=True)
class Question:
    """One call that a check makes.

    Attributes:
        who: the caller.
        action: the IAM action, which has a row in `probes`.
        resource: the ARN, or ``"*"``.
        hint: what to say if the answer is the wrong one.
        with_: further parameters of the call.
    """

    who: Caller
    action: str
    resource: str = "*"
    hint: str = ""
    with_: Mapping[str, Any] = field(default_factory=dict)

    def ask(self) -> Attempt:
        return self.who.attempt(self.action, self.resource, **self.with_)


def prove(goal: str, *, possible: Iterable[Question], impossible: Iterable[Question]) -> Passed:
    """Make every call and compare.

    Args:
        goal: what is true if all answers are right, as a sentence.
        possible: calls that must be allowed. The first that is denied ends the check.
        impossible: calls that must be denied. All that are allowed are reported together.

    Raises:
        CheckFailed: an answer is wrong.
    """
    attempts = []
    for question in possible:
        attempt = question.ask()
        if not attempt.allowed:
            hint = "\n".join(text for text in (question.hint, SEE_WHY) if text)
            raise CheckFailed(goal, verdict=_MISSING, attempts=[attempt], hint=hint)
        attempts.append(attempt)
    answers = [(question, question.ask()) for question in impossible]
    reached = [(question, attempt) for question, attempt in answers if attempt.allowed]
    if reached:
        hints = dict.fromkeys(question.hint for question, _ in reached if question.hint)
        raise CheckFailed(
            goal,
            verdict=_TOO_BROAD,
            attempts=[attempt for _, attempt in reached],
            hint="\n".join(list(hints)[:_HINTS]),
        )
    return Passed(goal, (*attempts, *(attempt for _, attempt in answers)))


SEE_WHY = "rolelab.why() shows which statement came nearest, and what did not fit."
_MISSING = "Something that is needed is denied:"
_TOO_BROAD = "Too broad. What is needed works, and this is still reachable:"
