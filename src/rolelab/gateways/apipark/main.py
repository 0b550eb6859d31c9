"""Running the simulated APIPark as a container: settings come from its environment.

| variable | what | without it |
| --- | --- | --- |
| `ADMIN_PASSWORD` | the password of the user `admin` | `12345678`, the product's own |
| `API_KEY` | the key of the calls below `/openapi/` | `37eb0ebf`, the product's own |
| `RATE_LIMITING` | JSON: `second`, `minute`, `hour`, `day`; `{"minute": 100}` | no limit |
| `PORT` | the port in the container | 8080 |

What the product ships as defaults stands in its public sources, so whoever leaves them has no
password at all.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence

from rolelab.gateways.apipark.gateway import ApiPark
from rolelab.gateways.apipark.management import Management
from rolelab.gateways.core.bedrock import BedrockBackend
from rolelab.gateways.core.call_log import CallLog
from rolelab.gateways.core.definition_error import DefinitionError
from rolelab.gateways.core.limits import Limit
from rolelab.gateways.core.serve import CONTAINER_PORT, serve

DEFAULT_ADMIN_PASSWORD = "12345678"
DEFAULT_API_KEY = "37eb0ebf"

_PERIODS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


def limits_of(text: str) -> Sequence[Limit]:
    """Read Apinto's `rate_limiting` settings.

    Raises:
        DefinitionError: not JSON, a period that there is not, or no whole number.
    """
    try:
        settings = json.loads(text)
    except ValueError:
        raise DefinitionError("RATE_LIMITING", 'JSON is expected, {"minute": 100}') from None
    if not isinstance(settings, dict):
        raise DefinitionError("RATE_LIMITING", 'an object is expected, {"minute": 100}')
    for name, count in settings.items():
        if name not in _PERIODS:
            raise DefinitionError("RATE_LIMITING", f"{name} is none of {', '.join(_PERIODS)}")
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise DefinitionError(f"RATE_LIMITING.{name}", "a whole number is expected, or 0")
    return [
        Limit(settings[name], seconds, name)
        for name, seconds in _PERIODS.items()
        if settings.get(name)
    ]


def gateway(environment: Mapping[str, str]) -> ApiPark:
    """Make the gateway that a container's environment describes.

    Raises:
        DefinitionError: a setting cannot be used.
    """
    return ApiPark(
        Management(environment.get("ADMIN_PASSWORD", DEFAULT_ADMIN_PASSWORD)),
        BedrockBackend(),
        api_key=environment.get("API_KEY", DEFAULT_API_KEY),
        limits=limits_of(environment.get("RATE_LIMITING", "{}")),
    )


def port_of(environment: Mapping[str, str]) -> int:
    """The port to listen on.

    Raises:
        DefinitionError: no port number.
    """
    text = environment.get("PORT", str(CONTAINER_PORT))
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65_536:
        raise DefinitionError("PORT", "a number from 1 to 65535 is expected")
    return int(text)


def main() -> None:
    """Serve until asked to end. Ends with exit code 1 where a setting cannot be used."""
    log = CallLog()
    try:
        apipark, port = gateway(os.environ), port_of(os.environ)
    except DefinitionError as error:
        log.write({"type": "error", "message": str(error)})
        sys.exit(1)
    serve(apipark, port, log=log)
