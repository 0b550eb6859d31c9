"""Data masking: what of an answer clients do not get to see.

The rules and their words are Apinto's. Apinto works on the bytes of the whole body; here the texts
in the JSON of the answer are masked, so that what comes out is JSON in every case. Regular
expressions are an administrator's and are not bounded.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Sequence
from typing import Any

from rolelab.gateways.apipark.answers import Failure
from rolelab.gateways.core.message import Json

Mask = Callable[[str], str]

_INNER = {
    "phone": re.compile(r"(?<![A-Za-z0-9])1[3-9]\d{9}(?![A-Za-z0-9])"),
    "id-card": re.compile(r"(?<![A-Za-z0-9])\d{17}[0-9Xx](?![A-Za-z0-9])"),
    "bank-card": re.compile(r"(?<![A-Za-z0-9])\d{16,19}(?![A-Za-z0-9])"),
    "date": re.compile(r"^\d{4}[-/.](0[1-9]|1[0-2])[-/.](0[1-9]|[12]\d|3[01])(?:[ T][\d:]+)?$"),
    "amount": re.compile(r"^-?\d+(\.\d{1,2})?$"),
}
_NAMES = frozenset({"name", "user_name", "username"})


def check(rules: Sequence[dict[str, Any]]) -> None:
    """Check what the shape of the rules leaves open.

    Raises:
        Failure: a rule cannot be applied.
    """
    for place, rule in enumerate(rules):
        kind, value = rule["match"]["type"], rule["match"]["value"]
        if kind == "inner" and value not in {*_INNER, "name"}:
            raise Failure(f"config.rules.{place}.match: invalid inner value: {value[:50]}")
        if kind == "regex":
            try:
                re.compile(value)
            except re.error as error:
                raise Failure(f"config.rules.{place}.match: {error.msg}") from None
        if kind == "json_path":
            _steps(value, place)
        if rule["mask"]["type"] == "replacement" and "replace" not in rule["mask"]:
            raise Failure(f"config.rules.{place}.mask: replace is nil")


def masked(value: Json, rules: Sequence[dict[str, Any]]) -> Json:
    """Mask the texts in a JSON value by rules that were checked, one after another."""
    for rule in rules:
        value = _MATCHES[rule["match"]["type"]](value, rule["match"]["value"], _mask(rule["mask"]))
    return value


def _each_text(value: Json, change: Mask) -> Json:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_each_text(each, change) for each in value]
    if isinstance(value, dict):
        return {name: _each_text(each, change) for name, each in value.items()}
    return value


def _by_pattern(pattern: re.Pattern[str], value: Json, mask: Mask) -> Json:
    return _each_text(value, lambda text: pattern.sub(lambda match: mask(match[0]), text))


def _inner(value: Json, name: str, mask: Mask) -> Json:
    return _named(value, mask) if name == "name" else _by_pattern(_INNER[name], value, mask)


def _named(value: Json, mask: Mask) -> Json:
    """Mask the members that hold a person's name."""
    if isinstance(value, list):
        return [_named(each, mask) for each in value]
    if isinstance(value, dict):
        return {
            name: mask(each) if name in _NAMES and isinstance(each, str) else _named(each, mask)
            for name, each in value.items()
        }
    return value


def _json_path(value: Json, path: str, mask: Mask) -> Json:
    return _at(value, _steps(path, 0), mask)


def _steps(path: str, place: int) -> list[str]:
    """The steps of `$.choices[*].message.content`; no other form is read."""
    if not re.fullmatch(r"\$(\.[A-Za-z_][\w-]*|\[(\*|\d{1,6})\])+", path):
        raise Failure(f"config.rules.{place}.match: the form is $.name[*].name")
    return re.findall(r"[A-Za-z_][\w-]*|\*|\d+", path)


def _at(value: Json, steps: list[str], mask: Mask) -> Json:
    if not steps:
        return mask(value) if isinstance(value, str) else value
    step, rest = steps[0], steps[1:]
    if isinstance(value, list):
        return [
            _at(each, rest, mask) if step in ("*", str(number)) else each
            for number, each in enumerate(value)
        ]
    if isinstance(value, dict):
        return {
            name: _at(each, rest, mask) if step in ("*", name) else each
            for name, each in value.items()
        }
    return value


_MATCHES: dict[str, Callable[[Json, str, Mask], Json]] = {
    "inner": _inner,
    "keyword": lambda value, word, mask: _by_pattern(re.compile(re.escape(word)), value, mask),
    "regex": lambda value, pattern, mask: _by_pattern(re.compile(pattern), value, mask),
    "json_path": _json_path,
}


# --- masks ------------------------------------------------------------------------------------


def _mask(settings: dict[str, Any]) -> Mask:
    begin, length = settings.get("begin", 0), settings.get("length", -1)
    kind = settings["type"]
    if kind == "replacement":
        replace = settings["replace"]
        custom = replace.get("value", "")
        return _random if replace["type"] == "random" else lambda text: custom
    if kind == "shuffling":
        return lambda text: "".join(random.sample(text, len(text)))
    return lambda text: _PARTS[kind](*_parts(text, begin, length))


def _parts(text: str, begin: int, length: int) -> tuple[str, str, str]:
    end = len(text) if length == -1 else begin + length
    return text[:begin], text[begin:end], text[end:]


def _stars(text: str) -> str:
    return "*" * len(text)


def _random(text: str) -> str:
    return "".join(random.choices(string.ascii_lowercase + string.digits, k=len(text)))


_PARTS: dict[str, Callable[[str, str, str], str]] = {
    "partial-display": lambda before, part, rest: _stars(before) + part + _stars(rest),
    "partial-masking": lambda before, part, rest: before + _stars(part) + rest,
    "truncation": lambda before, part, rest: part,
}
