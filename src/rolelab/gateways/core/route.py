"""Routes: which API a method and a path belong to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from rolelab.gateways.core.definition_error import DefinitionError
from rolelab.gateways.core.refused import Reason, Refused

Target = TypeVar("Target")

_TEMPLATE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_-]*)\}")


@dataclass(frozen=True, slots=True)
class Route(Generic[Target]):
    """A method and a path, and what they lead to.

    Attributes:
        method: in upper case.
        path: begins with `/`; a segment in braces, `/orders/{id}`, takes any one segment.
        target: what the dialect keeps for it: an API, an operation.
        name: how messages and the log call it.
    """

    method: str
    path: str
    target: Target
    name: str = ""


@dataclass(frozen=True, slots=True)
class Matched(Generic[Target]):
    """A route that was found, and the values of its path parameters by name."""

    route: Route[Target]
    parameters: dict[str, str]


class RouteTable(Generic[Target]):
    """The routes of a gateway. A fixed segment goes before a parameter."""

    def __init__(self, routes: Iterable[Route[Target]] = ()) -> None:
        """Take routes.

        Raises:
            DefinitionError: a path does not begin with `/`, or two routes take the same requests.
        """
        self._by_shape: dict[tuple[str, ...], dict[str, Route[Target]]] = {}
        self._names: dict[tuple[str, ...], Route[Target]] = {}
        for each in routes:
            self._add(each)

    def _add(self, route: Route[Target]) -> None:
        if not route.path.startswith("/"):
            raise DefinitionError(route.name or route.path, "a path begins with /")
        shape = tuple("{}" if _TEMPLATE.fullmatch(each) else each for each in _segments(route.path))
        methods = self._by_shape.setdefault(shape, {})
        taken = methods.get(route.method)
        if taken is not None:
            raise DefinitionError(
                route.name or route.path,
                f"{route.method} {route.path} collides with {taken.method} {taken.path}"
                + (f" of {taken.name}" if taken.name else ""),
            )
        methods[route.method] = route

    def __iter__(self) -> Iterator[Route[Target]]:
        for methods in self._by_shape.values():
            yield from methods.values()

    def match(self, method: str, path: str) -> Matched[Target]:
        """Find the route of a request.

        Raises:
            Refused: NO_ROUTE; or METHOD_NOT_ALLOWED, with the header `allow`.
        """
        segments = _segments(path)
        found = [shape for shape in self._by_shape if _takes(shape, segments)]
        if not found:
            raise Refused(Reason.NO_ROUTE, "no API has this path")
        shape = min(found, key=lambda each: [segment == "{}" for segment in each])
        methods = self._by_shape[shape]
        route = methods.get(method)
        if route is None:
            allowed = ", ".join(sorted(methods))
            raise Refused(
                Reason.METHOD_NOT_ALLOWED, f"this path takes {allowed}", (("allow", allowed),)
            )
        return Matched(route, _parameters(route.path, segments))


def _segments(path: str) -> list[str]:
    return path.strip("/").split("/")


def _takes(shape: tuple[str, ...], segments: list[str]) -> bool:
    return len(shape) == len(segments) and all(
        (one == "{}" and other != "") or one == other
        for one, other in zip(shape, segments, strict=True)
    )


def _parameters(path: str, segments: list[str]) -> dict[str, str]:
    named = (
        (_TEMPLATE.fullmatch(one), other)
        for one, other in zip(_segments(path), segments, strict=True)
    )
    return {match[1]: value for match, value in named if match}
