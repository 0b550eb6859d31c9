"""Variable references in a definition: `$(request.headers.content-type)`.

Page: *Variable references in API Connect*.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

_REFERENCE = re.compile(r"\$\(([^()\s]+)\)")


def references(value: Any) -> Iterator[str]:
    """Every variable that a value of a definition refers to, however deep."""
    if isinstance(value, str):
        yield from _REFERENCE.findall(value)
    elif isinstance(value, dict):
        for one in value.values():
            yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


def substitute(text: str, look_up: Callable[[str], Any]) -> Any:
    """Put the values of variables in their places.

    Args:
        text: a value of the definition.
        look_up: gives the value of a variable.

    Returns:
        The variable's value as it is, if the text is one reference; otherwise text.
    """
    whole = _REFERENCE.fullmatch(text)
    if whole:
        return look_up(whole[1])
    return _REFERENCE.sub(lambda match: as_text(look_up(match[1])), text)


def as_text(value: Any) -> str:
    """A value as it stands in text: nothing for None, JSON for objects and lists."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
