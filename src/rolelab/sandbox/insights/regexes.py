"""Regular expressions and globs of queries, for Python.

AWS page: *parse*; *filter*, "Regular expressions".
"""

from __future__ import annotations

import re
from collections.abc import Callable

_NAMED = re.compile(r"\\.|\(\?<(?=[A-Za-z])", re.DOTALL)
_FLAGS = re.compile(r"\\.|\(\?([imsx]+)\)", re.DOTALL)


def compile_regex(text: str) -> re.Pattern[str] | None:
    """Compile an expression between slashes; None for what is none.

    Java writes named groups as `(?<name>...)`, and lets `(?i)` stand anywhere.
    """
    flags: set[str] = set()

    def without_flags(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[0]
        flags.update(found[1])
        return ""

    written = _FLAGS.sub(without_flags, text)
    written = _NAMED.sub(lambda found: "(?P<" if found[0] == "(?<" else found[0], written)
    if flags:
        written = f"(?{''.join(sorted(flags))}){written}"
    try:
        return re.compile(written)
    except (re.error, OverflowError, RecursionError):
        return None


def compile_glob(text: str) -> re.Pattern[str]:
    """Compile a glob, in which each asterisk stands for a text that is taken out.

    One at the end takes all that is left.
    """
    parts = [re.escape(part) for part in text.split("*")]
    last = r"(.*)" if text.endswith("*") else "(.*?)"
    glob = "(.*?)".join(parts[:-1]) + last + parts[-1] if len(parts) > 1 else parts[0]
    return re.compile(glob, re.DOTALL)


def contains(text: str) -> Callable[[str], bool]:
    """Give a test for texts that contain a text."""
    return lambda actual: text in actual
