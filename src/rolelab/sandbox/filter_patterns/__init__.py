"""Filter patterns of CloudWatch Logs: which log events they match, and what they take from them.

Pure: it knows nothing of AWS calls. A pattern in braces reads JSON events (`json_events`), one in
square brackets reads space-delimited events (`columns`), any other looks for terms (`terms`).

AWS page: *Filter pattern syntax for metric filters, subscription filters, filter log events, and
Live Tail* (Amazon CloudWatch Logs User Guide).
"""

from __future__ import annotations

from rolelab.sandbox.filter_patterns.columns import parse_columns
from rolelab.sandbox.filter_patterns.json_events import parse_json
from rolelab.sandbox.filter_patterns.pattern import Pattern, PatternError
from rolelab.sandbox.filter_patterns.terms import parse_terms

__all__ = ["Pattern", "PatternError", "parse"]


def parse(text: str) -> Pattern:
    """Read a filter pattern.

    Args:
        text: the pattern. An empty one matches every event.

    Raises:
        PatternError: it is not a filter pattern; with the message that AWS answers.
    """
    stripped = text.strip()
    if stripped.startswith("{"):
        return parse_json(stripped)
    if stripped.startswith("["):
        return parse_columns(stripped)
    return parse_terms(stripped)
