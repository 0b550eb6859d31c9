"""Where the statements of a policy stand in its text, as line and column.

A statement begins where the reader stands when it comes to it: after the bracket that opens the
list, after the statement before it, or after its own brace where it stands without a list. It ends
after its closing brace. Lines and columns count from 1.

AWS page: *Position* of the IAM API Reference. The counting itself is taken from the example of
`aws iam simulate-custom-policy` in the AWS CLI Command Reference, and from answers of AWS.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

Span = tuple[dict[str, int], dict[str, int]]

_SPACE = re.compile(r"\s*")
_DECODER = json.JSONDecoder()


def statement_spans(text: str) -> list[Span]:
    """The start and end of every statement of a valid policy, as `{"Line": 1, "Column": 38}`."""
    return [(_place(text, start), _place(text, end)) for start, end in _offsets(text)]


def _offsets(text: str) -> Iterator[tuple[int, int]]:
    start = _statement_value(text)
    if text[start] == "{":
        yield start + 1, _end(text, start)
        return
    position = start + 1
    at = _skip(text, position)
    while text[at] != "]":
        end = _end(text, at)
        yield position, end
        position = end
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)


def _statement_value(text: str) -> int:
    """The offset of the value of the top-level member `Statement`."""
    position = _skip(text, _skip(text, 0) + 1)
    while True:
        key, position = _DECODER.raw_decode(text, position)
        position = _skip(text, _skip(text, position) + 1)
        if key == "Statement":
            return position
        position = _skip(text, _skip(text, _end(text, position)) + 1)


def _end(text: str, start: int) -> int:
    return _DECODER.raw_decode(text, start)[1]


def _skip(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _place(text: str, offset: int) -> dict[str, int]:
    line_start = text.rfind("\n", 0, offset) + 1
    return {"Line": text.count("\n", 0, offset) + 1, "Column": offset - line_start + 1}
