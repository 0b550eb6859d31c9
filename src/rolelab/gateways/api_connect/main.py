"""Running the simulated API Connect as a container.

| variable | what | without it |
| --- | --- | --- |
| `GATEWAY_FILE` | the configuration, see `settings` | `gateway.yaml` |
| `PORT` | the port in the container | 8080 |

Other variables are those that the configuration names itself.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from rolelab.gateways.api_connect.settings import gateway_of
from rolelab.gateways.core.call_log import CallLog
from rolelab.gateways.core.definition_error import DefinitionError
from rolelab.gateways.core.serve import CONTAINER_PORT, serve


def port_of(environment: Mapping[str, str]) -> int:
    """The port to listen on.

    Raises:
        DefinitionError: no port number.
    """
    text = environment.get("PORT", str(CONTAINER_PORT))
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65_536:
        raise DefinitionError("PORT", f"{text!r} is no port number")
    return int(text)


def main(environment: Mapping[str, str] | None = None) -> None:
    """Serve until the process is asked to end.

    Raises:
        SystemExit: a definition or a setting is wrong, or the port is in use; the log says which.
    """
    found = os.environ if environment is None else environment
    log = CallLog()
    try:
        port = port_of(found)
        gateway = gateway_of(found.get("GATEWAY_FILE", "gateway.yaml"), environment=found)
    except (DefinitionError, OSError) as error:
        log.write({"type": "error", "message": str(error)})
        sys.exit(1)
    serve(gateway, port, log=log)
