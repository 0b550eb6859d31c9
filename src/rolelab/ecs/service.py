"""Services: as many running tasks as are desired, and new ones in the place of those that ended.

Pages: *Amazon ECS services*, *Deploy Amazon ECS services by replacing tasks* (the rolling update),
*Amazon ECS service event messages*, *Amazon ECS service throttle logic*.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from rolelab.ecs import run_task, stopped_reasons
from rolelab.ecs.run_task import Launcher
from rolelab.ecs.task import RUNNING, STOPPED, Task, now
from rolelab.sandbox.denial import ServiceError

_LOOK_SECONDS = 0.1
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
"""Seconds between launches that keep failing; each pause is twice as long as the one before."""

_THROTTLED_AFTER = 3
"""Failures after which the scheduler says that it waits longer from now on."""

_SCHEDULER = "ecs.amazonaws.com"


@dataclass(slots=True, eq=False)
class Deployment:
    """One version of a service.

    Attributes:
        id: `ecs-svc/` and a number.
        request: what each of its tasks is run with: the parameters of RunTask.
        failed: tasks that did not start, one after another.
        created: when it began.
        completed: whether as many tasks ran as were desired.
    """

    id: str
    request: Mapping[str, Any]
    failed: int = 0
    created: datetime = field(default_factory=now)
    completed: bool = False


class Service:
    """The scheduler of one service. Its thread ends when the service is deleted or `close` says so.

    Attributes:
        name: the service's name.
        events: what happened, the latest first, as `describe_services` shows it.
    """

    def __init__(self, backend: Any, cluster: str, name: str, launcher: Launcher) -> None:
        """Begin with nothing: `deploy` says what to run.

        Args:
            backend: moto's backend of Amazon ECS.
            cluster: the name of the cluster.
            name: the service's name.
            launcher: launches its tasks.
        """
        self.name = name
        self._launcher = launcher
        self.events: list[dict[str, Any]] = []
        self._backend = backend
        self._cluster = cluster
        self._desired = 0
        self._deployment: Deployment | None = None
        self._tasks: list[tuple[Deployment, Task]] = []
        self._steady = False
        self._pause = 0.0
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=f"service-{name}", daemon=True)
        self._thread.start()

    # --- what is wanted -----------------------------------------------------------------------

    def deploy(self, deployment: Deployment) -> None:
        """Run this version from now on; tasks of the one before stop when the new ones run."""
        with self._changed:
            self._deployment, self._pause, self._steady = deployment, 0.0, False
            self._changed.notify_all()

    def scale(self, desired: int) -> None:
        """Keep as many tasks running from now on."""
        with self._changed:
            self._desired, self._pause, self._steady = desired, 0.0, False
            self._changed.notify_all()

    def retire(self) -> None:
        """Stop what runs, and schedule nothing more: the service is deleted."""
        self.close()
        if self._deployment is not None:
            self._stop(self.tasks(), self._deployment)

    def close(self) -> None:
        """Run nothing more. The tasks that run are left to who closes."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    # --- what is ------------------------------------------------------------------------------

    def tasks(self, deployment_id: str | None = None) -> list[Task]:
        """The tasks that have not stopped: of one deployment, or of all."""
        with self._changed:
            return [
                task
                for deployment, task in self._tasks
                if task.last_status != STOPPED and deployment_id in (None, deployment.id)
            ]

    def running(self, deployment_id: str | None = None) -> int:
        """How many tasks are RUNNING."""
        return sum(task.last_status == RUNNING for task in self.tasks(deployment_id))

    def deployments(self) -> list[Deployment]:
        """The present deployment, then those before it that still have tasks."""
        with self._changed:
            old = [one for one, task in reversed(self._tasks) if task.last_status != STOPPED]
            present = [] if self._deployment is None else [self._deployment]
            return list(dict.fromkeys([*present, *old]))

    def wait_until_settled(self, seconds: float) -> None:
        """Wait until as many tasks run as are desired, or a launch failed, or time is up."""
        with self._changed:
            self._changed.wait_for(lambda: self._steady or self._pause or self._closing, seconds)

    # --- the scheduler ------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait(self._pause or _LOOK_SECONDS)
                if self._closing:
                    return
                deployment, desired = self._deployment, self._desired
            if deployment is not None:
                self._reconcile(deployment, desired)

    def _reconcile(self, deployment: Deployment, desired: int) -> None:
        self._count_failures(deployment)
        present = [task for task in self.tasks(deployment.id) if task.desired_status == RUNNING]
        missing = desired - len(present)
        if missing > 0:
            self._start(deployment, missing)
            return
        self._stop(present[desired:], deployment)
        current = {id(task) for task in present}
        if self.running(deployment.id) >= desired:
            old = [each for each in self.tasks() if id(each) not in current]
            self._stop([each for each in old if each.desired_status == RUNNING], deployment)
            if not old:
                self._reach_steady_state(deployment)

    def _start(self, deployment: Deployment, count: int) -> None:
        request = {
            **deployment.request,
            "count": count,
            "group": f"service:{self.name}",
            "startedBy": deployment.id,
        }
        try:
            tasks, failures = run_task.run(self._backend, request, _SCHEDULER, self._launcher)
        except ServiceError as error:
            self._fail(deployment, _refusal(error))
            return
        with self._changed:
            self._tasks += [(deployment, task) for task in tasks]
        if tasks:
            names = " ".join(f"(task {task.id})" for task in tasks)
            self._say(f"has started {len(tasks)} tasks: {names}.")
        if failures:
            self._fail(
                deployment,
                "was unable to place a task because no container instance met all of its "
                "requirements. The closest matching container-instance "
                f"{failures[0]['arn'].rpartition('/')[2]} has insufficient memory available.",
            )

    def _stop(self, tasks: list[Task], deployment: Deployment) -> None:
        for task in tasks:
            task.ask_to_stop(
                stopped_reasons.BY_SCHEDULER,
                f"Scaling activity initiated by (deployment {deployment.id})",
            )
        if tasks:
            names = " ".join(f"(task {task.id})" for task in tasks)
            self._say(f"has stopped {len(tasks)} running tasks: {names}.")

    def _count_failures(self, deployment: Deployment) -> None:
        """Tasks that ended at their start make the scheduler wait before the next one."""
        with self._changed:
            ended = [one for one in self._tasks if one[1].last_status == STOPPED]
            self._tasks = [one for one in self._tasks if one[1].last_status != STOPPED]
        unstarted = [task for _, task in ended if task.stop_code == stopped_reasons.FAILED_TO_START]
        crashed = [task for _, task in ended if task.stop_code == stopped_reasons.ESSENTIAL_EXITED]
        for task in unstarted:
            self._say(f"was unable to place a task. Reason: {task.stopped_reason}.")
        if unstarted or crashed:
            self._pause_longer(deployment, len(unstarted) + len(crashed))
        elif ended:
            with self._changed:
                self._steady = False

    def _fail(self, deployment: Deployment, event: str) -> None:
        self._say(event)
        self._pause_longer(deployment, 1)

    def _pause_longer(self, deployment: Deployment, failures: int) -> None:
        before = deployment.failed
        if before < _THROTTLED_AFTER <= before + failures:
            self._say("is unable to consistently start tasks successfully.")
        with self._changed:
            deployment.failed += failures
            self._steady = False
            self._pause = min(max(self._pause * 2, _FIRST_PAUSE), _LONGEST_PAUSE)
            self._changed.notify_all()

    def _reach_steady_state(self, deployment: Deployment) -> None:
        with self._changed:
            if self._steady:
                return
            self._steady, self._pause = True, 0.0
            deployment.failed = 0
            self._changed.notify_all()
        if not deployment.completed:
            deployment.completed = True
            self._say(f"(deployment {deployment.id}) deployment completed.")
        self._say("has reached a steady state.")

    def _say(self, what: str) -> None:
        event = {
            "id": str(uuid4()),
            "createdAt": now(),
            "message": f"(service {self.name}) {what}",
        }
        self.events.insert(0, event)


def _refusal(error: ServiceError) -> str:
    """What the scheduler says where RunTask refuses. Page: *Amazon ECS service event messages*."""
    if error.message == run_task.NO_INSTANCES:
        return (
            "was unable to place a task because no container instance met all of its "
            f"requirements. Reason: {error.message}"
        )
    return f"failed to launch a task with (error {error.message})."


@dataclass(slots=True)
class Services:
    """The schedulers of a sandbox, by the ARN of the service."""

    known: dict[str, Service] = field(default_factory=dict)

    def close(self) -> None:
        """Stop scheduling."""
        for each in self.known.values():
            each.close()
