"""When Python looks for garbage, and when it would only look in vain."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def put_off() -> Iterator[None]:
    """Put off garbage collection while many objects are made that all stay.

    An import, or the reading of a month of records, makes hundreds of thousands of them, and
    looking for garbage among them again and again takes as long as the work itself.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
