"""IBM API Connect v10 on the core: a request's way through the gateway."""

from __future__ import annotations

from collections.abc import Mapping

from rolelab.gateways.api_connect.assembly import run_assembly
from rolelab.gateways.api_connect.catalog import MANAGEMENT_PATH, Catalog
from rolelab.gateways.api_connect.context import GLOBAL_TRANSACTION, Context, first_message
from rolelab.gateways.api_connect.errors import worded
from rolelab.gateways.api_connect.event_record import event_record
from rolelab.gateways.api_connect.identification import apply_plan, check_parameters, identify
from rolelab.gateways.api_connect.limits import limit_headers
from rolelab.gateways.api_connect.management import Management
from rolelab.gateways.api_connect.policies.services import Services
from rolelab.gateways.api_connect.surface import surface
from rolelab.gateways.core.dialect import Simulation
from rolelab.gateways.core.exchange import Exchange
from rolelab.gateways.core.message import Json, Reply
from rolelab.gateways.core.refused import Refused

_NO_BODY = frozenset({204, 304})
_OF_THE_SERVER = frozenset(
    {"content-length", "transfer-encoding", "connection", "keep-alive", "date", "server"}
)


class ApiConnect:
    """The gateway. See `rolelab.gateways.core.dialect.Dialect`.

    Attributes:
        simulation: what it simulates.
        most_body_bytes: a larger body is refused.
        catalog: what is published.
        services: consumers, keys, limits.
    """

    simulation = Simulation("IBM API Connect", "v10")
    most_body_bytes = 1024 * 1024

    def __init__(
        self,
        catalog: Catalog | None = None,
        services: Services | None = None,
        management_token: str = "",
    ) -> None:
        """Make a gateway.

        Args:
            catalog: what is published; None publishes nothing yet.
            services: see `Services`; None has none.
            management_token: opens the management API; "" leaves it closed.
        """
        self.catalog = catalog or Catalog()
        self.services = services or Services()
        self._management = Management(self.catalog, self.services, management_token)
        self._contexts: dict[str, Context] = {}

    async def handle(self, exchange: Exchange) -> Reply:
        """Route, identify, limit, run the assembly, and give its message to the client."""
        request = exchange.request
        if request.path.startswith(MANAGEMENT_PATH):
            return self._management.handle(exchange)
        matched = self.catalog.find(request.method, request.path)
        api, operation = matched.route.target
        exchange.api, exchange.operation = api.key, operation.id or operation.path
        transaction = transaction_of(exchange)
        query = {name: values[0] for name, values in request.parameters().items()}
        context = Context(
            exchange,
            api,
            operation,
            {**query, **matched.parameters},
            first_message(request, transaction),
            transaction,
            base=self.catalog.base,
        )
        self._contexts[request.id] = context
        identify(context, self.services, [*self.catalog.products.values()])
        apply_plan(context, self.services)
        check_parameters(context)
        await run_assembly(context, self.services)
        return _answer(context).with_headers(_told(exchange))

    def refuse(self, exchange: Exchange, refused: Refused) -> Reply:
        """Word a refusal as API Connect does."""
        if exchange.request.path.startswith(MANAGEMENT_PATH):
            return self._management.refuse(refused)
        return worded(refused).with_headers(_told(exchange))

    def log_record(self, exchange: Exchange, reply: Reply) -> Mapping[str, Json]:
        """The API event record."""
        context = self._contexts.pop(exchange.request.id, None)
        if exchange.request.path.startswith(MANAGEMENT_PATH):
            return {"management": True}
        return event_record(exchange, reply, self.catalog, transaction_of(exchange), context)

    def openapi(self) -> Mapping[str, Json]:
        """The published APIs and the management API in one OpenAPI document."""
        return surface(self.catalog, self.simulation)


def transaction_of(exchange: Exchange) -> str:
    """The value of `X-Global-Transaction-ID`: 24 hexadecimal digits, those of the request id."""
    return (exchange.request.id or "0" * 24)[:24]


def _told(exchange: Exchange) -> tuple[tuple[str, str], ...]:
    return (*limit_headers(exchange.taken), (GLOBAL_TRANSACTION, transaction_of(exchange)))


def _answer(context: Context) -> Reply:
    """The message as the client gets it: no header field of its own request comes back."""
    message = context.message
    names = message.own - _OF_THE_SERVER - {GLOBAL_TRANSACTION}
    names -= {"x-ratelimit-limit", "x-ratelimit-remaining"}
    if message.body and "content-type" in message.headers:
        names.add("content-type")
    status = message.status or 200
    headers = (
        *((name, message.headers[name]) for name in message.headers if name in names),
        *(("set-cookie", value) for value in message.cookies),
    )
    return Reply(status, b"" if status in _NO_BODY else message.body, headers)
