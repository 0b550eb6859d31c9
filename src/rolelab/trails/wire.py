"""Calls of many callers over one set of clients.

A client is expensive to make, and a month has thousands of sessions. So there is one client for
each service, and each call says whose credentials, address and user agent it has.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import ClientError

from rolelab.sandbox import gate, sdk_core
from rolelab.trails.simulated import Clock

if TYPE_CHECKING:
    import boto3

_DENIALS = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"}
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and from where.

    Attributes:
        keys: the credentials.
        address: the IP address that AWS sees.
        agent: the user agent.
    """

    keys: ReadOnlyCredentials
    address: str
    agent: str

    def moved(self, address: str, agent: str) -> Caller:
        """The same credentials in other hands."""
        return replace(self, address=address, agent=agent)

    def with_keys(self, access_key_id: str, secret: str, token: str | None = None) -> Caller:
        """The same machine with other credentials."""
        return replace(self, keys=ReadOnlyCredentials(access_key_id, secret, token))


def keys_of(session: boto3.Session) -> ReadOnlyCredentials:
    """The credentials of a boto3 session.

    Raises:
        ValueError: it has none.
    """
    found = session.get_credentials()
    if found is None:
        raise ValueError("The session has no credentials.")
    return ReadOnlyCredentials(found.access_key, found.secret_key, found.token)


class Wire:
    """Makes calls. Each takes some simulated time."""

    def __init__(self, clock: Clock, chance: random.Random, region: str) -> None:
        self._clock, self._chance, self._region = clock, chance, region
        self._clients: dict[str, Any] = {}
        self._current: Caller | None = None

    def call(self, caller: Caller, service: str, method: str, **parameters: Any) -> Any:
        """Make one call.

        Args:
            caller: who calls.
            service: as boto3 names it.
            method: the client's method.
            parameters: its parameters.

        Returns:
            The answer.

        Raises:
            botocore.exceptions.ClientError: the service's error.
        """
        client = self.client(service)
        self._current = caller
        self._clock.advance(self._chance.uniform(0.03, 0.25))
        with gate.sent_from(caller.address):
            return getattr(client, method)(**parameters)

    def attempt(self, caller: Caller, service: str, method: str, **parameters: Any) -> bool:
        """Make a call that may be denied.

        Returns:
            Whether it was allowed. The trail has the denial.

        Raises:
            botocore.exceptions.ClientError: any other error.
        """
        try:
            self.call(caller, service, method, **parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _DENIALS:
                raise
            return False
        return True

    def unseen(self, service: str, method: str, **parameters: Any) -> Any:
        """Make a call that is not in the account's trail: what happens outside of the account."""
        with gate.bypassed():
            return getattr(self.client(service), method)(**parameters)

    def client(self, service: str) -> Any:
        """The client of a service, for calls of the current caller."""
        if service not in self._clients:
            client: Any = self._session().client(service)  # type: ignore[call-overload]
            # botocore writes the user agent for each request; the signature does not cover it.
            client.meta.events.register_last(f"request-created.{service}", self._say_agent)
            self._clients[service] = client
        return self._clients[service]

    def _session(self) -> boto3.Session:
        import boto3

        core = sdk_core.session()
        core.register_component("credential_provider", _Provider(self))
        return boto3.Session(botocore_session=core, region_name=self._region)

    def _say_agent(self, request: Any, **_: Any) -> None:
        if self._current is not None:
            request.headers.replace_header("User-Agent", self._current.agent)

    def current_keys(self) -> ReadOnlyCredentials:
        """The credentials of the call that is being made."""
        return self._current.keys if self._current else ReadOnlyCredentials("none", "none", None)


class Sessions:
    """What the code of `rolelab.ecs` takes for a boto3 session: clients of one caller."""

    def __init__(self, wire: Wire, caller: Caller) -> None:
        self._wire, self._caller = wire, caller

    def client(self, service: str, region_name: str | None = None) -> _Client:
        """A client of this caller. All of the bookshop is in one Region."""
        return _Client(self._wire, self._caller, service)


class _Client:
    """A client whose methods are calls over the wire."""

    def __init__(self, wire: Wire, caller: Caller, service: str) -> None:
        self._wire, self._caller, self._service = wire, caller, service
        self.meta = wire.client(service).meta

    def __getattr__(self, method: str) -> Any:
        def call(**parameters: Any) -> Mapping[str, Any]:
            answer: Mapping[str, Any] = self._wire.call(
                self._caller, self._service, method, **parameters
            )
            return answer

        return call


class _Current(Credentials):
    """Credentials that are those of whoever calls."""

    def __init__(self, wire: Wire) -> None:
        super().__init__("none", "none")
        self._wire = wire

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        return self._wire.current_keys()


class _Provider:
    """What botocore asks for credentials."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def load_credentials(self) -> Credentials:
        return _Current(self._wire)
