"""A request as a gateway has received it, and the reply it gives: plain data."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qsl

from rolelab.gateways.core.refused import Reason, Refused

Headers = tuple[tuple[str, str], ...]
"""Names and values in the order of the wire. The names are in lower case."""

Json = Any
"""What `json.loads` gives: dict, list, str, int, float, bool or None."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request of a client.

    Attributes:
        id: the gateway's own name for it, 32 hexadecimal digits; never taken from the client.
        method: in upper case, `POST`.
        path: the path without the query, percent-decoded.
        query: the query as it was sent, without `?`.
        headers: all header fields; see `Headers`.
        body: the whole body.
        client: the address of the peer of the connection; no `X-Forwarded-For` changes it.
    """

    id: str
    method: str
    path: str
    query: str = ""
    headers: Headers = ()
    body: bytes = b""
    client: str = "127.0.0.1"

    def values(self, name: str) -> tuple[str, ...]:
        """All values of a header field, by its name in any case."""
        wanted = name.lower()
        return tuple(value for each, value in self.headers if each == wanted)

    def value(self, name: str) -> str | None:
        """The value of a header field that may be there once.

        Returns:
            The value without surrounding blanks; None if the field is missing.

        Raises:
            Refused: HEADER_TWICE; two parts of a system could read different ones.
        """
        values = self.values(name)
        if len(values) > 1:
            raise Refused(Reason.HEADER_TWICE, f"the header {name} is there {len(values)} times")
        return values[0].strip() if values else None

    def parameters(self) -> dict[str, tuple[str, ...]]:
        """The parameters of the query, each with all its values."""
        found: dict[str, tuple[str, ...]] = {}
        for name, value in parse_qsl(self.query, keep_blank_values=True):
            found[name] = (*found.get(name, ()), value)
        return found

    def parameter(self, name: str) -> str | None:
        """The value of a query parameter that may be there once; None if it is missing.

        Raises:
            Refused: PARAMETER_TWICE.
        """
        values = self.parameters().get(name, ())
        if len(values) > 1:
            raise Refused(Reason.PARAMETER_TWICE, f"the parameter {name} is there more than once")
        return values[0] if values else None

    def json(self) -> dict[str, Json]:
        """The body as a JSON object.

        Raises:
            Refused: BODY_NOT_JSON; it is none, or a member is there twice, or NaN, or too deep.
        """
        return json_object(self.body)


def json_object(body: bytes) -> dict[str, Json]:
    """Read a JSON object strictly.

    Raises:
        Refused: BODY_NOT_JSON.
    """
    try:
        value = json.loads(body, object_pairs_hook=_members, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Refused(Reason.BODY_NOT_JSON, "the body is not valid JSON") from error
    if not isinstance(value, dict):
        raise Refused(Reason.BODY_NOT_JSON, "the body is not a JSON object")
    return value


def _members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is there twice")
    return members


def _no_constant(text: str) -> Json:
    raise ValueError(f"{text} is not JSON")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a client, or a backend, answers.

    Attributes:
        status: the HTTP status.
        body: the whole body.
        headers: header fields, without Content-Length; see `Headers`.
    """

    status: int
    body: bytes = b""
    headers: Headers = ()

    @classmethod
    def of_json(cls, status: int, value: Json, headers: Iterable[tuple[str, str]] = ()) -> Self:
        """A reply with a JSON body."""
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(status, body, (("content-type", "application/json"), *headers))

    def with_headers(self, headers: Iterable[tuple[str, str]]) -> Self:
        """The same reply with further header fields; names are put in lower case."""
        more = tuple((name.lower(), value) for name, value in headers)
        return type(self)(self.status, self.body, (*self.headers, *more))

    def value(self, name: str) -> str | None:
        """The first value of a header field, by its name in any case; None without one."""
        return next((value for each, value in self.headers if each == name.lower()), None)
