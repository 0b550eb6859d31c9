"""Finding the application that sent a request."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from rolelab.gateways.apipark.answers import Failure
from rolelab.gateways.apipark.bodies import require
from rolelab.gateways.apipark.drivers import DRIVERS
from rolelab.gateways.apipark.drivers.driver import Holder
from rolelab.gateways.apipark.state import Authorization
from rolelab.gateways.core.message import Request
from rolelab.gateways.core.refused import Reason, Refused

Place = tuple[str, str, str]
"""A driver, a position (`Header` or `Query`), and the name there."""

_TYPE = "authorization-type"
#: Of several refusals, the log gets the one that came nearest to letting the request in.
_NEAREST = (
    Reason.CREDENTIALS_EXPIRED,
    Reason.CREDENTIALS_WRONG,
    Reason.CREDENTIALS_MALFORMED,
    Reason.CREDENTIALS_MISSING,
)


class Holders:
    """All authorizations, by where a gateway looks for them."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """Know nobody yet.

        Args:
            clock: seconds since 1970, for `expire_time`.
        """
        self._clock = clock
        self._by_place: dict[Place, dict[str, Holder]] = {}

    def put(self, authorization: Authorization) -> None:
        """Register an authorization.

        Raises:
            Failure: its settings cannot work, or another application has the same credential.
        """
        driver = DRIVERS[authorization.driver]
        require(authorization.config, driver.config, "config")
        place = _place(authorization)
        holders = self._by_place.get(place, {})
        mine = driver.identity(authorization.config)
        if any(driver.identity(each.authorization.config) == mine for each in holders.values()):
            raise Failure("config: the credential is in use already")
        holder = Holder(authorization, driver.prepare(authorization.config))
        self._by_place[place] = {**holders, authorization.id: holder}

    def remove(self, authorization: Authorization) -> None:
        """Forget an authorization."""
        holders = dict(self._by_place.get(_place(authorization), {}))
        holders.pop(authorization.id, None)
        self._by_place[_place(authorization)] = holders

    def of_driver(self, name: str) -> list[Holder]:
        """The holders of one driver."""
        return [
            holder
            for (driver, _, _), holders in self._by_place.items()
            if driver == name
            for holder in holders.values()
        ]

    def identify(self, request: Request) -> Authorization:
        """Find whose request it is.

        The header `Authorization-Type` may name a driver; otherwise all are asked.

        Raises:
            Refused: one of the reasons CREDENTIALS_.
        """
        refusals = [Refused(Reason.CREDENTIALS_MISSING, "the request has no credential")]
        for (driver, position, name), holders in self._chosen(request):
            token = request.value(name) if position == "Header" else request.parameter(name)
            if not token:
                continue
            try:
                holder = DRIVERS[driver].find(token, request, tuple(holders.values()))
            except Refused as refused:
                if refused.reason not in _NEAREST:
                    raise
                refusals.append(refused)
                continue
            if 0 < holder.authorization.expire_time <= self._clock():
                refusals.append(Refused(Reason.CREDENTIALS_EXPIRED, "the credential has expired"))
                continue
            return holder.authorization
        raise min(refusals, key=lambda each: _NEAREST.index(each.reason))

    def _chosen(self, request: Request) -> Iterable[tuple[Place, dict[str, Holder]]]:
        wanted = request.value(_TYPE)
        places = [(place, holders) for place, holders in self._by_place.items() if holders]
        named = [each for each in places if each[0][0] == wanted]
        order = list(DRIVERS)
        return sorted(named or places, key=lambda each: order.index(each[0][0]))


def _place(authorization: Authorization) -> Place:
    return authorization.driver, authorization.position, authorization.token_name.lower()
