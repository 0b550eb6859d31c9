"""The health check of a container: a command that runs in it now and then.

Page: *HealthCheck* (Amazon ECS API Reference): the forms of the command and the defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

UNKNOWN, HEALTHY, UNHEALTHY = "UNKNOWN", "HEALTHY", "UNHEALTHY"


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """How a container is checked.

    Attributes:
        command: the program and its arguments.
        interval: seconds between two checks. The first comes at once; on AWS it waits, too.
        timeout: seconds after which a check has failed.
        retries: failed checks in a row that make the container unhealthy.
        start_period: seconds in which failed checks do not count.
    """

    command: tuple[str, ...]
    interval: float
    timeout: int
    retries: int
    start_period: float


def health_check_of(definition: Mapping[str, Any]) -> HealthCheck | None:
    """Read the health check of a container definition.

    Returns:
        The check; None where there is none, or it is switched off with `NONE`.
    """
    written = definition.get("healthCheck") or {}
    form, *rest = [str(each) for each in written.get("command") or ["NONE"]]
    if form == "NONE" or not rest:
        return None
    command = ("sh", "-c", " ".join(rest)) if form == "CMD-SHELL" else tuple(rest)
    return HealthCheck(
        command,
        float(written.get("interval") or 30),
        int(written.get("timeout") or 5),
        int(written.get("retries") or 3),
        float(written.get("startPeriod") or 0),
    )
