"""One request on its way through a gateway, and what is learned about it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from rolelab.gateways.core.aws_call import AwsCall
from rolelab.gateways.core.limits import Taken
from rolelab.gateways.core.message import Json, Request


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as far as the gateway knows: an application, not an AWS identity.

    Attributes:
        application: the id of the application.
        name: its name for people.
        credential: the id or name of the credential that it showed; never the credential itself.
        driver: how it showed it: `apikey`, `jwt`, `client-id`, ...
        subject: whom a token names, if there was one.
    """

    application: str
    name: str = ""
    credential: str = ""
    driver: str = ""
    subject: str = ""


@dataclass(slots=True)
class Exchange:
    """What the steps of the pipeline read and write. Made by `app.application`, one a request.

    Attributes:
        request: as it was received; steps never change it.
        began: `time.monotonic()` when it had been received.
        caller: set by the step that authenticates.
        api: the name of the API, set by the step that routes.
        operation: the name of the operation or router within it.
        plan: the plan under which it is counted, where the product has plans.
        taken: what the limits have left, set by the step that limits; one for each limit.
        aws_calls: the calls to AWS that it caused, in order; appended by backends.
        backend_ms: how long the backend took, in milliseconds; None if it was not asked.
        notes: further fields for the log, by name; JSON values without secrets.
    """

    request: Request
    began: float = field(default_factory=time.monotonic)
    caller: Caller | None = None
    api: str = ""
    operation: str = ""
    plan: str = ""
    taken: tuple[Taken, ...] = ()
    aws_calls: list[AwsCall] = field(default_factory=list)
    backend_ms: float | None = None
    notes: dict[str, Json] = field(default_factory=dict)
