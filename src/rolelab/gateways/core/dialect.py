"""What a product adds to the core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from rolelab.gateways.core.exchange import Exchange
from rolelab.gateways.core.message import Json, Reply
from rolelab.gateways.core.refused import Refused


@dataclass(frozen=True, slots=True)
class Simulation:
    """What is simulated. It is said on start and in every reply.

    Attributes:
        product: `APIPark`.
        version: the version whose behaviour is followed, `9192b39`.
    """

    product: str
    version: str

    @property
    def header(self) -> tuple[str, str]:
        """The header field of every reply."""
        return "x-simulation", f"{self.product} {self.version} (rolelab)"

    @property
    def sentence(self) -> str:
        """What is printed on start."""
        return (
            f"This is a simulation of {self.product} by rolelab, not the product. "
            f"It follows version {self.version}."
        )


class Dialect(Protocol):
    """A product's gateway. One object serves all requests, on one event loop.

    Attributes:
        simulation: what it simulates.
        most_body_bytes: a larger body is refused with BODY_TOO_LARGE before `handle` sees it.
    """

    simulation: Simulation
    most_body_bytes: int

    async def handle(self, exchange: Exchange) -> Reply:
        """Take a request through the product's steps.

        Raises:
            Refused: a step says no.
        """
        ...

    def refuse(self, exchange: Exchange, refused: Refused) -> Reply:
        """Word a refusal as the product does. Never raises.

        Header fields of `refused.headers` are added by the core.
        """
        ...

    def log_record(self, exchange: Exchange, reply: Reply) -> Mapping[str, Json]:
        """The product's own fields of a log line; the core adds its own after them.

        The core writes: `request_id`, `stage` and `reason` of a refusal, `status`,
        `request_time` (milliseconds), `aws_calls`, and `simulation`.
        """
        ...

    def openapi(self) -> Mapping[str, Json]:
        """The OpenAPI 3 document of what the gateway answers now, served at `/openapi.json`."""
        ...
