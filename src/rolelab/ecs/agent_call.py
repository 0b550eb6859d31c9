"""One call of the agent, and the line that the launch timeline keeps of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from rolelab.ecs.task import Step, Task, now

CALLER, EXECUTION, TASK = "caller", "execution role", "task role"
"""The identities of a launch, each a lane of its picture."""

ALLOWED, DENIED, FAILED = "allowed", "denied", "failed"

_DENIED_CODES = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "403"})


@dataclass(frozen=True, slots=True)
class Identity:
    """Who makes the calls of a step.

    Attributes:
        lane: CALLER, EXECUTION or TASK.
        arn: the ARN of the role, or of the caller.
    """

    lane: str
    arn: str


def make(
    task: Task, identity: Identity, step: str, client: Any, method: str, resource: str, **given: Any
) -> Any:
    """Make one call and add it to the steps of the task's launch.

    Args:
        task: the task that is launched.
        identity: who calls; the client's credentials are theirs.
        step: what the call is for.
        client: a boto3 client.
        method: the client's method, `"get_authorization_token"`.
        resource: what the timeline says the call is about.
        given: the parameters of the call.

    Returns:
        What the call returned.

    Raises:
        botocore.exceptions.ClientError: the service's error; it is on the timeline, too.
    """
    operation = client.meta.method_to_api_mapping[method]
    call = f"{client.meta.service_model.signing_name}:{operation}"
    return noted(task, identity, step, call, resource, lambda: getattr(client, method)(**given))


def noted(
    task: Task, identity: Identity, step: str, call: str, resource: str, run: Callable[[], Any]
) -> Any:
    """Run something and add it to the steps of the task's launch.

    Raises:
        botocore.exceptions.ClientError: the service's error; it is on the timeline, too.
    """
    at, began, verdict = now(), time.perf_counter(), ALLOWED
    try:
        return run()
    except ClientError as error:
        verdict = DENIED if error.response["Error"]["Code"] in _DENIED_CODES else FAILED
        raise
    finally:
        ms = (time.perf_counter() - began) * 1000
        task.steps.append(Step(step, identity.arn, identity.lane, call, resource, verdict, at, ms))
