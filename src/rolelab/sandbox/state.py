"""What the account remembers beside moto: state of services and operations that moto lacks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_stores: list[Store[Any]] = []


class Store(Generic[T]):
    """One thing for each account and Region, made when first asked for.

    A fresh account starts with empty stores.

        archives: Store[dict[str, str]] = Store(dict)
        archives.of("123456789012", "us-east-1")["a"] = "b"
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._kept: dict[tuple[str, str], T] = {}
        self._lock = threading.Lock()
        _stores.append(self)

    def of(self, account: str, region: str) -> T:
        """Give what is kept for an account and Region; for a global service the partition."""
        with self._lock:
            found = self._kept.get((account, region))
            if found is None:
                found = self._kept[account, region] = self._make()
            return found

    def everywhere(self) -> Iterator[tuple[str, str, T]]:
        """Give account, Region and what is kept there, for all that were asked for."""
        with self._lock:
            kept = list(self._kept.items())
        return ((account, region, found) for (account, region), found in kept)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()


def clear() -> None:
    """Empty every store."""
    for store in _stores:
        store.clear()
