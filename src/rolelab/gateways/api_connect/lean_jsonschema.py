"""jsonschema, loaded without a grammar that takes longer than the gateway's whole start.

If `rfc3987_syntax` is installed, jsonschema imports it for the formats `iri` and `iri-reference`,
and importing it builds a parser: more than a second. No schema of OpenAPI 3.0 or 3.1, and none of
the simulation's own, has one of these formats.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_GRAMMAR = "rfc3987_syntax"


@contextmanager
def _not_installed(name: str) -> Iterator[None]:
    """Let imports of a module fail, unless it has been imported before."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]


with _not_installed(_GRAMMAR):
    import jsonschema  # type: ignore[import-untyped, unused-ignore]  # noqa: F401
