"""One task from PROVISIONING to STOPPED, the way the ECS agent and Fargate walk it.

The caller's RunTask has been allowed, and ECS has stepped into both roles. What follows is done
under the execution role until the containers start; then they work as the task role.

Pages: *Amazon ECS task lifecycle*, *Amazon ECS task execution IAM role*, *Container dependency*
(ContainerDependency, Amazon ECS API Reference).
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from rolelab.ecs import (
    agent_call,
    container_environment,
    container_secrets,
    image_pull,
    log_driver,
    port_mappings,
    stopped_reasons,
)
from rolelab.ecs.agent_call import Identity
from rolelab.ecs.container_process import ContainerProcess, Limits, program_in
from rolelab.ecs.health import HEALTHY, UNHEALTHY, HealthCheck, health_check_of
from rolelab.ecs.stopped_reasons import LaunchFailed
from rolelab.ecs.task import (
    DEPROVISIONING,
    PENDING,
    RUNNING,
    STOPPED,
    Container,
    Task,
)

if TYPE_CHECKING:
    import boto3

    from rolelab.ecs.log_driver import LogDriver
    from rolelab.ecs.task_endpoint import TaskEndpoint
    from rolelab.ecs.task_roles import TaskCredentials

_STOP_SECONDS = 30.0
_DEFAULT_MEMORY_MIB = 512


@dataclass(slots=True)
class _Prepared:
    """What a container needs to start, and its process once it has."""

    container: Container
    variables: dict[str, str] = field(default_factory=dict)
    log: LogDriver | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    root: Path | None = None
    process: ContainerProcess | None = None


class Launch:
    """The launch of one task, and its life. `run` returns when the task has stopped."""

    def __init__(
        self,
        task: Task,
        *,
        execution: boto3.Session | None,
        credentials: TaskCredentials | None,
        endpoint: TaskEndpoint,
        directory: Path,
        plumbing: Mapping[str, str],
    ) -> None:
        """Prepare to launch a task; nothing happens yet.

        Args:
            task: the task, PROVISIONING.
            execution: the session of the execution role; None without one.
            credentials: those of the task role; None without one.
            endpoint: where the containers ask for credentials and metadata.
            directory: a folder for the containers' files; it is removed in the end.
            plumbing: the variables by which a container reaches the sandbox and nothing else.
        """
        self.task = task
        self._execution = execution
        self._credentials = credentials
        self._endpoint = endpoint
        self._directory = directory
        self._plumbing = plumbing
        self._prepared = [_Prepared(each) for each in task]
        self._lock = threading.Lock()

    def run(self) -> None:
        """Walk the launch, wait for the containers, and clear up. Never raises."""
        task = self.task
        try:
            task.move(PENDING)
            self._initialize()
            self._start_all()
            task.move(RUNNING)
        except LaunchFailed as failure:
            task.ask_to_stop(stopped_reasons.FAILED_TO_START, failure.reason)
        except _Stopped:
            pass
        except Exception as error:
            # A fault of the sandbox must not leave a task that never ends.
            task.ask_to_stop(stopped_reasons.FAILED_TO_START, f"InternalError: {error!r}")
        self._wait_for_end()
        self._clear_up()

    @property
    def task_role(self) -> boto3.Session | None:
        """The session of the task role, as the containers have it."""
        return None if self._credentials is None else self._credentials.session

    def execute(self, container: str, command: list[str]) -> tuple[int, str]:
        """Run a command beside a running container, with its variables and its files.

        Args:
            container: the name of the container.
            command: the program and its arguments.

        Returns:
            The exit code and what was printed.
        """
        prepared = next(each for each in self._prepared if each.container.name == container)
        return self._run_beside(prepared, command, self._limits(prepared))

    def end(self) -> None:
        """End every container at once: the sandbox stops."""
        self.task.ask_to_stop("", "The sandbox was stopped")
        with self._lock:
            for each in self._prepared:
                if each.process is not None:
                    each.process.kill()

    # --- before the containers ----------------------------------------------------------------

    def _initialize(self) -> None:
        """What Fargate calls resource initialization, then the pull."""
        needs_ecr = [each for each in self._prepared if _is_in_ecr(each)]
        if self._execution is not None:
            identity = Identity(agent_call.EXECUTION, str(self.task.execution_role))
            if needs_ecr:
                image_pull.sign_in(self.task, self._execution, identity)
            for each in self._prepared:
                self._read_variables(each, self._execution, identity)
            for each in self._prepared:
                definition = each.container.definition
                each.log = log_driver.open_log(self.task, definition, self._execution, identity)
        self._pull_all()

    def _read_variables(
        self, prepared: _Prepared, execution: boto3.Session, identity: Identity
    ) -> None:
        definition = prepared.container.definition
        prepared.variables = {
            **container_secrets.files_of(self.task, definition, execution, identity),
            **{each["name"]: each.get("value", "") for each in definition.get("environment") or ()},
            **container_secrets.values_of(self.task, definition, execution, identity),
        }

    def _pull_all(self) -> None:
        self.task.note("pullStartedAt")
        for each in self._prepared:
            image = str(each.container.definition["image"])
            each.root = self._directory / each.container.name
            each.root.mkdir(parents=True)
            image_pull.reference_of(image)
            if self._execution is None:
                raise stopped_reasons.no_credentials(image)
            identity = Identity(agent_call.EXECUTION, str(self.task.execution_role))
            pulled = image_pull.pull(self.task, image, self._execution, identity, each.root)
            each.config, each.container.image_digest = pulled.config, pulled.digest
            self._raise_if_stopped()
        self.task.note("pullStoppedAt")

    # --- the containers -----------------------------------------------------------------------

    def _start_all(self) -> None:
        """Start the containers, each after those it depends on."""
        mode = str(self.task.definition.get("networkMode"))
        for container in self.task:
            container.ports = port_mappings.of_container(container.definition, mode)
        waiting = list(self._prepared)
        while waiting:
            ready = [each for each in waiting if self._may_start(each)]
            for each in ready:
                self._start(each)
                waiting.remove(each)
            if not ready:
                self._wait_for_change(waiting)
        self._raise_if_stopped()

    def _may_start(self, prepared: _Prepared) -> bool:
        return all(
            self._is_met(each["containerName"], each["condition"])
            for each in prepared.container.definition.get("dependsOn") or ()
        )

    def _is_met(self, name: str, condition: str) -> bool:
        other = next(each for each in self.task if each.name == name)
        return _CONDITIONS[condition](other)

    def _wait_for_change(self, waiting: list[_Prepared]) -> None:
        """Wait until a container stops, or fail where no wait can help."""
        for each in waiting:
            for needed in each.container.definition.get("dependsOn") or ():
                other = next(one for one in self.task if one.name == needed["containerName"])
                if other.status == STOPPED and not self._is_met(other.name, needed["condition"]):
                    raise stopped_reasons.dependency(other.name, needed["condition"])
        version = self.task.version
        self.task.wait_until(lambda task: task.version != version, 1.0)
        self._raise_if_stopped()

    def _start(self, prepared: _Prepared) -> None:
        self._raise_if_stopped()
        container = prepared.container
        container.runtime_id = f"{self.task.id.replace('-', '')}-{uuid4().int % 10**10:010}"
        command = _command_of(prepared)
        environment = self._environment(prepared)
        if program_in(command, environment["PATH"]) is None:
            raise stopped_reasons.no_program(command[0])
        with self._lock:
            self._raise_if_stopped()
            prepared.process = ContainerProcess(
                command,
                environment=environment,
                directory=_working_directory(prepared),
                limits=self._limits(prepared),
                on_line=prepared.log.write if prepared.log else lambda line: None,
                ports=self._ports(prepared),
            )
        container.status = RUNNING
        threading.Thread(target=self._attend, args=(prepared,), daemon=True).start()
        check = health_check_of(container.definition)
        if check is not None:
            threading.Thread(target=self._watch_health, args=(prepared, check), daemon=True).start()

    def _attend(self, prepared: _Prepared) -> None:
        """Wait for one container's end, and end the task with it if it is essential."""
        assert prepared.process is not None
        code = prepared.process.wait()
        if prepared.log is not None:
            prepared.log.close()
        container = prepared.container
        with self.task.changed:
            container.exit_code, container.reason = code, prepared.process.reason
            container.status = STOPPED
            self.task.version += 1
            self.task.changed.notify_all()
        if container.essential or all(each.status == STOPPED for each in self.task):
            self.task.ask_to_stop(
                stopped_reasons.ESSENTIAL_EXITED, stopped_reasons.ESSENTIAL_CONTAINER
            )

    def _run_beside(
        self, prepared: _Prepared, command: Sequence[str], limits: Limits
    ) -> tuple[int, str]:
        lines: list[str] = []
        process = ContainerProcess(
            command,
            environment=self._environment(prepared),
            directory=_working_directory(prepared),
            limits=limits,
            on_line=lines.append,
            ports=self._ports(prepared),
        )
        return process.wait(), "\n".join(lines)

    def _watch_health(self, prepared: _Prepared, check: HealthCheck) -> None:
        """Run the health check while the container runs, and note what comes of it."""
        container, began, failures = prepared.container, time.monotonic(), 0
        limits = replace(self._limits(prepared), run_seconds=check.timeout)
        while container.status == RUNNING:
            code, _ = self._run_beside(prepared, check.command, limits)
            if code == 0:
                failures = 0
                self._note_health(container, HEALTHY)
            elif time.monotonic() - began >= check.start_period:
                failures += 1
                if failures >= check.retries:
                    self._note_health(container, UNHEALTHY)
            self.task.wait_until(lambda _: container.status != RUNNING, check.interval)

    def _note_health(self, container: Container, health: str) -> None:
        with self.task.changed:
            if container.health != health:
                container.health = health
                self.task.version += 1
                self.task.changed.notify_all()

    def _environment(self, prepared: _Prepared) -> dict[str, str]:
        return container_environment.variables(
            self.task,
            prepared.variables,
            prepared.config.get("Env") or (),
            {
                **self._plumbing,
                **self._endpoint.variables(self.task.id, str(prepared.container.runtime_id)),
            },
            prepared.root or self._directory,
        )

    def _ports(self, prepared: _Prepared) -> dict[int, int]:
        """The ports that a container finds on its machine: in `awsvpc` mode those of its task."""
        shared = self.task.definition.get("networkMode") == "awsvpc"
        containers = self.task if shared else (prepared.container,)
        return port_mappings.exchanged(port for each in containers for port in each.ports)

    def _limits(self, prepared: _Prepared) -> Limits:
        definition = prepared.container.definition
        given = definition.get("memory") or self.task.definition.get("memory")
        return Limits(memory_mib=int(given or _DEFAULT_MEMORY_MIB))

    # --- the end ------------------------------------------------------------------------------

    def _wait_for_end(self) -> None:
        self.task.wait_until(lambda task: task.stop_code is not None, None)
        for each in reversed(self._prepared):
            if each.process is not None:
                each.process.stop(
                    float(each.container.definition.get("stopTimeout", _STOP_SECONDS))
                )
        started = [each for each in self._prepared if each.process is not None]
        self.task.wait_until(
            lambda _: all(each.container.status == STOPPED for each in started), None
        )
        self.task.note("executionStoppedAt")

    def _clear_up(self) -> None:
        for each in self._prepared:
            each.container.status = STOPPED
            if each.process is None and each.log is not None:
                each.log.close()
        self.task.move(DEPROVISIONING)
        self._endpoint.forget(self.task.id)
        shutil.rmtree(self._directory, ignore_errors=True)
        for attachment in self.task.attachments:
            attachment["status"] = "DELETED"
        self.task.move(STOPPED)

    def _raise_if_stopped(self) -> None:
        if self.task.stop_code is not None:
            raise _Stopped

    def __iter__(self) -> Iterator[_Prepared]:
        return iter(self._prepared)


class _Stopped(Exception):  # noqa: N818 - it says what happened
    """Somebody stopped the task while it was launched."""


_CONDITIONS: Mapping[str, Callable[[Container], bool]] = {
    "START": lambda other: other.status in (RUNNING, STOPPED),
    "COMPLETE": lambda other: other.status == STOPPED,
    "SUCCESS": lambda other: other.status == STOPPED and other.exit_code == 0,
    "HEALTHY": lambda other: other.status == RUNNING and other.health == HEALTHY,
}
"""What a container that depends on another waits for. Page: *ContainerDependency*."""


def _is_in_ecr(prepared: _Prepared) -> bool:
    return ".dkr.ecr." in str(prepared.container.definition["image"])


def _command_of(prepared: _Prepared) -> list[str]:
    """What runs: the definition's entry point and command, or else the image's."""
    definition, config = prepared.container.definition, prepared.config
    entry = definition.get("entryPoint") or config.get("Entrypoint") or []
    command = definition.get("command")
    if not command:
        # An entry point of the definition takes the image's command away, as docker run does.
        command = [] if definition.get("entryPoint") else config.get("Cmd") or []
    whole = [*entry, *command]
    if not whole:
        raise stopped_reasons.no_command()
    return [str(each) for each in whole]


def _working_directory(prepared: _Prepared) -> Path:
    """The folder in the container's root that stands for its working directory."""
    assert prepared.root is not None
    named = prepared.container.definition.get("workingDirectory") or prepared.config.get(
        "WorkingDir", "/"
    )
    directory = prepared.root.joinpath(*PurePosixPath(named).parts[1:])
    directory.mkdir(parents=True, exist_ok=True)
    return directory
