"""What policies need of the gateway: keys, limits, connections, consumers."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rolelab.gateways.api_connect.consumers import Consumers
from rolelab.gateways.api_connect.context import Context
from rolelab.gateways.api_connect.limits import CalendarLimiter
from rolelab.gateways.core.backend import HttpBackend
from rolelab.gateways.core.limits import Limit

PolicyFunction = Callable[[Context, Mapping[str, Any], "Services"], Awaitable[None]]


@dataclass(slots=True)
class Services:
    """What the gateway has configured outside of any API.

    Attributes:
        consumers: who may call.
        limiter: counts calls.
        tls_profiles: TLS client profiles by `name:version`.
        crypto_objects: keys that verify tokens, by name: PEM text of a public key or certificate,
            or a shared secret.
        named_limits: the limits of `catalog-named` and `gateway-named`, by source and name.
    """

    consumers: Consumers = field(default_factory=Consumers)
    limiter: CalendarLimiter = field(default_factory=CalendarLimiter)
    tls_profiles: Mapping[str, ssl.SSLContext] = field(default_factory=dict)
    crypto_objects: Mapping[str, str] = field(default_factory=dict, repr=False)
    named_limits: Mapping[str, Mapping[str, Limit]] = field(default_factory=dict)
    _backends: dict[str, HttpBackend] = field(default_factory=dict)

    def backend(self, profile: str = "") -> HttpBackend:
        """The connections that use a TLS profile; without one, the system's authorities count."""
        if profile not in self._backends:
            tls = self.tls_profiles[profile] if profile else None
            self._backends[profile] = HttpBackend(tls)
        return self._backends[profile]
