"""What a driver is: a shape for its settings, and a way to find who sent a request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rolelab.gateways.apipark.shape import Schema
from rolelab.gateways.apipark.state import Authorization
from rolelab.gateways.core.message import Request


@dataclass(frozen=True, slots=True)
class Holder:
    """An authorization, and what the driver has made of its settings.

    Attributes:
        authorization: what was registered.
        prepared: the driver's own form of it: a fingerprint, a rule.
    """

    authorization: Authorization
    prepared: Any


@dataclass(frozen=True, slots=True)
class Driver:
    """One driver.

    Attributes:
        name: as management calls name it.
        config: the schema of its settings.
        prepare: makes its own form of the settings; raises Failure for what cannot work.
        identity: what of the settings must differ between authorizations; never logged.
        find: finds the holder of a token among those of one header, or raises Refused. Its
            arguments are the token, the request, and the holders.
    """

    name: str
    config: Schema
    prepare: Callable[[dict[str, Any]], Any]
    identity: Callable[[dict[str, Any]], str]
    find: Callable[[str, Request, Sequence[Holder]], Holder]
