"""The word that was meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """The end of a sentence that offers the nearest known word, or nothing.

    Args:
        word: what stands in the document.
        known: what could stand there.
    """
    near = difflib.get_close_matches(str(word), [*known], n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""
