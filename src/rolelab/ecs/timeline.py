"""How a task was launched: who called what, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rolelab.ecs.agent_call import ALLOWED, DENIED, FAILED, TASK
from rolelab.ecs.task import Step, Task
from rolelab.sandbox.operations import checks_of
from rolelab.sandbox.operations.check import Unanswerable
from rolelab.sandbox.trail import Entry, Trail

if TYPE_CHECKING:
    import pandas as pd

_DENIED_STATUS = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Timeline:
    """The launch of one task.

    Attributes:
        task_arn: the task.
        steps: what was called, in the order of time.
        moments: what happened to the task, such as `startedAt`, and when.
        stopped_reason: why it stopped; None while it runs.
    """

    task_arn: str
    steps: tuple[Step, ...]
    moments: Mapping[str, datetime]
    stopped_reason: str | None

    def to_frame(self) -> pd.DataFrame:
        """The steps as a pandas table.

        Returns:
            A DataFrame with the columns ``step`` (what it is for), ``role`` (who called: the caller
            or the name of a role), ``call`` (``ecr:BatchGetImage``), ``resource``, ``verdict``
            (``allowed``, ``denied``, or ``failed`` for what was allowed and did not work) and
            ``ms`` (milliseconds).
        """
        import pandas as pd

        rows = [
            (each.step, name_of(each), each.call, each.resource, each.verdict, round(each.ms, 1))
            for each in self.steps
        ]
        return pd.DataFrame(rows, columns=["step", "role", "call", "resource", "verdict", "ms"])


def of(task_arn: str, trail: Trail) -> Timeline:
    """Give the timeline of a task, with the calls that its containers made so far.

    Args:
        task_arn: the ARN of the task, or its id.
        trail: the account's trail.

    Raises:
        LookupError: no such task was run.
    """
    task = _task(task_arn)
    steps = [*task.steps, *_calls_of_containers(task, trail)]
    steps.sort(key=lambda each: each.at)
    return Timeline(task.task_arn, tuple(steps), dict(task.moments), task.stopped_reason)


def name_of(step: Step) -> str:
    """Who made a step, without the account: `csecstaskexecutionrole`, `user/anna`."""
    return step.role.rpartition(":")[2].removeprefix("role/").removeprefix("assumed-role/")


def _task(named: str) -> Task:
    for task in _all_tasks():
        if named in (task.task_arn, task.id):
            return task
    raise LookupError(f"No task {named!r} was run in this account. ecs.run_task gives the ARN.")


def _all_tasks() -> Iterator[Task]:
    from moto.ecs.models import ecs_backends

    for regions in ecs_backends.values():
        for backend in regions.values():
            for tasks in list(backend.tasks.values()):
                for task in list[object](tasks.values()):
                    if isinstance(task, Task):
                        yield task


def _calls_of_containers(task: Task, trail: Trail) -> Iterator[Step]:
    """The calls made with the credentials of the task role, by the task's containers."""
    if task.task_role is None:
        return
    name = task.task_role.rpartition("/")[2]
    session = f":assumed-role/{name}/{task.id}"
    for entry in trail.entries():
        if entry.principal.arn.endswith(session) and entry.status:
            yield Step(
                "the application",
                task.task_role,
                TASK,
                f"{entry.call.service}:{entry.call.operation}",
                _resource(entry),
                _verdict(entry),
                datetime.fromtimestamp(entry.at, UTC),
                entry.seconds * 1000,
            )


def _resource(entry: Entry) -> str:
    try:
        return next((check.resource for check in checks_of(entry.call)), "*")
    except Unanswerable:
        return "*"


def _verdict(entry: Entry) -> str:
    if entry.status < 400:
        return ALLOWED
    refused = entry.error_code or ""
    denied = entry.status in _DENIED_STATUS or refused.startswith(("AccessDenied", "Unauthorized"))
    return DENIED if denied else FAILED
