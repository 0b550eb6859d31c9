"""Checks answers about the month without knowing them in clear.

Each question has one answer or several, kept as salted hashes. Reading this file tells nobody what
happened in September; `unusual` and the tests do.

    matches("first address", "192.0.2.1")       # False
    found("addresses", ["192.0.2.1", ...])      # right, wrong, and left

Answers are compared without spaces around them and without case. Questions about a moment take the
time in UTC to the minute, `2026-09-01T06:00`; questions about roles and users take the bare name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_ROUNDS = 20_000
_SALT = b"rolelab trails, September 2026"

QUESTIONS: Mapping[str, str] = {
    "first stolen session": "whose role's session was used from two addresses first",
    "first address": "the address it was used from, which is not the shop's",
    "first moment": "when that began",
    "leaked object": "the object (bucket/key) that was read then and opened the next door",
    "stolen user": "the user whose long-term key was used from that address",
    "passed role": "the role that was passed to a task to become more",
    "passing moment": "when its task definition was registered",
    "definition family": "the family of that task definition",
    "secret read": "the name of the secret that was read that night",
    "secret moment": "when it was read",
    "addresses": "every address of the intruder",
    "execution role secrets": "the secrets that the execution role read from outside of ECS",
    "execution role moment": "when the execution role was first used from outside of ECS",
    "overused role": "the role with all permissions that is used for everyday work",
    "overused by": "the user who uses it so",
    "only looks bad": "roles and users that stand out and did nothing wrong",
}
"""The questions, by the names that `matches` and `found` take."""


@dataclass(frozen=True, slots=True)
class Found:
    """How a list of answers compares with the key.

    Attributes:
        right: how many answers are in the key.
        wrong: the answers that are not.
        left: how many of the key are not among the answers.
    """

    right: int
    wrong: tuple[str, ...]
    left: int


def matches(question: str, answer: str) -> bool:
    """Whether an answer is one of the key's.

    Raises:
        KeyError: there is no such question.
    """
    return digest(question, answer) in _KEY[_known(question)]


def found(question: str, answers: Iterable[str]) -> Found:
    """Compare answers to a question that has several.

    Raises:
        KeyError: there is no such question.
    """
    key = _KEY[_known(question)]
    given = {digest(question, answer): answer for answer in answers}
    right = sum(each in key for each in given)
    wrong = tuple(answer for each, answer in given.items() if each not in key)
    return Found(right, wrong, len(key) - right)


def digest(question: str, answer: str) -> str:
    """The hash under which an answer is kept."""
    text = f"{question}\n{answer.strip().lower()}".encode()
    return hashlib.pbkdf2_hmac("sha256", text, _SALT, _ROUNDS).hex()[:24]


def _known(question: str) -> str:
    if question not in QUESTIONS:
        raise KeyError(f"no question {question!r}; there are: {', '.join(QUESTIONS)}")
    return question


_KEY: Mapping[str, tuple[str, ...]] = {
    "first stolen session": ("e0f1a7a8dd2906fda1323586",),
    "first address": ("706d739147b1901ae7dda0c3",),
    "first moment": ("1939872f764e3eca2918b87f",),
    "leaked object": ("254d1451d473666a0e1baf17",),
    "stolen user": ("eebe522922f782343f015d57",),
    "passed role": ("346641e5a49b9f632f507f0d",),
    "passing moment": ("8500fedfc75e89ffbdb9a6fe",),
    "definition family": ("8d3181f79089f019394d421f",),
    "secret read": ("cb0ac4f9b18e602436fd25c9",),
    "secret moment": ("564a778abe55cba4c82d6bbf",),
    "addresses": (
        "05df6d8b0305a3efdb2c7df0",
        "29870ac751dc810ccddca54d",
    ),
    "execution role secrets": (
        "71a8fbd0203169afcdeec06f",
        "79e908bbc66b1144600bfe3f",
        "af19fb9ca53b72575f366cc7",
        "d0e8c9a39e87347dbffb315d",
    ),
    "execution role moment": ("6cca29dc9c56eea8e675e3f1",),
    "overused role": ("8a3418344a6d3e03416c2083",),
    "overused by": ("33232014a8a19daa30e22c56",),
    "only looks bad": (
        "163c5eac2e704799c7056c69",
        "68c0c5e9eb01ceb7e59b952a",
        "766f2306d505af1d72a2f458",
        "7c487c84579e2d95078a3756",
        "81b2f8261d9caa52f7645be0",
        "dfc785b601fd9fb6432dde91",
        "f877b7ce3a5767c92faf5ba4",
    ),
}
