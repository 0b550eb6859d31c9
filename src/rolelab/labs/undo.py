"""Leave the account as it was, whatever a check did to it.

A check proves with real calls that something is possible, and some of those calls change things:
they write an object, delete another, create a user. `unchanged` notes moto's state before and
puts it back afterwards, to the last version and time stamp, so a check may be run at any moment.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

_Restore = Callable[[], None]


@contextmanager
def unchanged(*services: str) -> Iterator[None]:
    """Undo what happens in this block to the state of some services, in every account.

    Args:
        services: boto3's names of the services, such as ``"s3"``. What the calls leave in the trail
            and what `rolelab.why` remembers of them stays.
    """
    restores = list(_notes(_backend(service) for service in services))
    try:
        yield
    finally:
        for restore in restores:
            restore()


def _backend(service: str) -> Any:
    """Where moto keeps the state of a service."""
    from moto.backends import get_backend

    if service == "lambda":
        # The sandbox runs functions itself; moto keeps those that it need not run elsewhere.
        from moto.awslambda_simple.models import lambda_simple_backends

        return lambda_simple_backends
    return get_backend(service)  # type: ignore[call-overload]


def _notes(roots: Iterable[Any]) -> Iterator[_Restore]:
    """How to restore each object that can be reached, one level each."""
    waiting, seen = list(roots), set[int]()
    while waiting:
        found = waiting.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        contents, restores = _note(found)
        waiting.extend(contents)
        yield from restores


def _note(found: Any) -> tuple[list[Any], list[_Restore]]:
    """What an object holds, and how to make it hold that again.

    Only plain containers and moto's own objects are followed. All else is taken as unchangeable.
    """
    contents: list[Any] = []
    restores: list[_Restore] = []
    for kind, note in _CONTAINERS.items():
        if isinstance(found, kind):
            held, restore = note(found)
            contents += held
            restores.append(restore)
    if type(found).__module__.startswith("moto.") and hasattr(found, "__dict__"):
        held, restore = _note_mapping(vars(found))
        contents += held
        restores.append(restore)
        _keep_alive(found)
    return contents, restores


# The methods of the plain types are called by name: moto's subclasses give their own another sense.


def _note_mapping(found: dict[Any, Any]) -> tuple[list[Any], _Restore]:
    before = dict(dict.items(found))

    def restore() -> None:
        # What is as it was is not touched: a container may be reading it at this moment.
        if not _is_still(found, before):
            _refill(found, before)

    return list(before.values()), restore


def _is_still(found: dict[Any, Any], before: dict[Any, Any]) -> bool:
    pairs = zip(dict.items(found), before.items(), strict=False)
    return len(found) == len(before) and all(
        name is old_name and value is old_value for (name, value), (old_name, old_value) in pairs
    )


def _refill(found: dict[Any, Any], before: dict[Any, Any]) -> None:
    if isinstance(found, OrderedDict):
        # It keeps a list of its names, which the methods of dict would leave as it is.
        OrderedDict.clear(found)
        for name, value in before.items():
            OrderedDict.__setitem__(found, name, value)
    else:
        dict.clear(found)
        dict.update(found, before)


def _note_list(found: list[Any]) -> tuple[list[Any], _Restore]:
    before = list.copy(found)

    def restore() -> None:
        list.clear(found)
        list.extend(found, before)

    return before, restore


def _note_set(found: set[Any]) -> tuple[list[Any], _Restore]:
    before = set.copy(found)

    def restore() -> None:
        set.clear(found)
        set.update(found, before)

    return list(before), restore


_CONTAINERS: Mapping[type, Callable[[Any], tuple[list[Any], _Restore]]] = {
    dict: _note_mapping,
    list: _note_list,
    set: _note_set,
}


def _keep_alive(found: Any) -> None:
    """moto closes the bytes of a stored object once it is deleted or written over.

    Here it may come back, so it must stay open. Restoring the object's attributes removes this one.
    """
    if hasattr(type(found), "dispose"):
        vars(found)["dispose"] = _stay_open


def _stay_open(garbage: bool = False) -> None:
    """Take the place of `dispose` for the time of a check."""
