"""Plain data as JSON or as Python, broken into lines only where a line would be too long."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Layout:
    """A language that plain data is written in.

    Attributes:
        words: how it calls what JSON calls null, true and false.
        last_comma: what stands after the last part of a broken list or object.
        step: spaces for each level.
    """

    words: Mapping[object, str]
    last_comma: str
    step: int

    def lay_out(self, value: Any, *, width: int, indent: int = 0, before: int = 0) -> str:
        """The value as text.

        Args:
            value: plain data: objects, lists, texts, numbers, true, false and None.
            width: lines are broken where they would be longer, in characters.
            indent: spaces before each line after the first.
            before: characters that stand on the first line already, the indent not counted.
        """
        flat = self._flat(value)
        container = isinstance(value, list | tuple | Mapping)
        if not container or not value or indent + before + len(flat) <= width:
            return flat
        inner = indent + self.step
        opening, closing = "{}" if isinstance(value, Mapping) else "[]"
        parts = list(self._parts(value, width, inner))
        lines = [
            f"{' ' * inner}{part}{',' if number < len(parts) else self.last_comma}"
            for number, part in enumerate(parts, start=1)
        ]
        return "\n".join([opening, *lines, " " * indent + closing])

    def _parts(self, value: Any, width: int, indent: int) -> Iterator[str]:
        # One column is kept for the comma.
        if not isinstance(value, Mapping):
            for item in value:
                yield self.lay_out(item, width=width - 1, indent=indent)
            return
        for key, item in value.items():
            name = f"{self._flat(key)}: "
            yield name + self.lay_out(item, width=width - 1, indent=indent, before=len(name))

    def _flat(self, value: Any) -> str:
        if isinstance(value, Mapping):
            pairs = (f"{self._flat(key)}: {self._flat(item)}" for key, item in value.items())
            return f"{{{', '.join(pairs)}}}"
        if isinstance(value, list | tuple):
            return f"[{', '.join(self._flat(item) for item in value)}]"
        if value is None or isinstance(value, bool):
            return self.words[value]
        return json.dumps(value, ensure_ascii=False)


JSON = Layout({None: "null", True: "true", False: "false"}, last_comma="", step=2)
PYTHON = Layout({None: "None", True: "True", False: "False"}, last_comma=",", step=4)
