"""Operations of Amazon ECS on tasks.

Pages: *RunTask*, *DescribeTasks*, *ListTasks*, *StopTask*, *ExecuteCommand* (Amazon ECS API
Reference).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from rolelab.ecs import agent, run_task, stopped_reasons
from rolelab.ecs.fixes import ecs_services
from rolelab.ecs.task import STOPPED, TRANSIENT, Task
from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, Serve, fix
from rolelab.sandbox.operations.ecs_state import task_definition_arn

PARTS = (ecs_services,)
"""The files that hold the other operations."""

_REST_SECONDS = 10.0
"""How long DescribeTasks waits for a task that is only passing through a status.

On AWS a launch takes half a minute and waiters ask every six seconds. Here it takes half a second,
and nobody should wait six for it.
"""


@fix("ecs", "RunTask")
def run(call: Call, response: Any, serve: Serve) -> Answer:
    """moto's tasks run nothing."""
    named = task_definition_arn(call, call.parameters["taskDefinition"])
    request = {**call.parameters, "taskDefinition": named}
    tasks, failures = run_task.run(response.ecs_backend, request, call.principal, agent.current())
    return Answer(tasks=[each.described(with_tags=True) for each in tasks], failures=failures)


@fix("ecs", "DescribeTasks")
def describe(call: Call, response: Any, serve: Serve) -> Answer:
    """moto moves a task on with each look at it."""
    cluster = _cluster(call, response)
    found, failures = [], []
    for named in call.parameters.get("tasks") or ():
        task = _find(response, cluster, str(named))
        if task is None:
            arn = named if named.startswith("arn:") else _arn(cluster, named)
            failures.append({"arn": arn, "reason": "MISSING"})
        else:
            found.append(task)
    for task in found:
        task.wait_until(lambda each: each.last_status not in TRANSIENT, _REST_SECONDS)
    with_tags = "TAGS" in (call.parameters.get("include") or ())
    return Answer(tasks=[each.described(with_tags=with_tags) for each in found], failures=failures)


@fix("ecs", "ListTasks")
def list_tasks(call: Call, response: Any, serve: Serve) -> Answer:
    """moto lists all tasks where a service is asked for."""
    cluster = _cluster(call, response)
    wanted = call.parameters
    status = wanted.get("desiredStatus") or "RUNNING"
    tasks: Iterable[Task] = response.ecs_backend.tasks.get(cluster.name, {}).values()
    chosen = [
        each.task_arn
        for each in tasks
        if each.desired_status == status and all(test(each, wanted) for test in _FILTERS)
    ]
    return Answer(taskArns=chosen)


_FILTERS: tuple[Callable[[Task, Any], bool], ...] = (
    lambda task, wanted: wanted.get("family") in (None, task.definition["family"]),
    lambda task, wanted: wanted.get("startedBy") in (None, task.started_by),
    lambda task, wanted: (
        not wanted.get("serviceName")
        or task.group == f"service:{wanted['serviceName'].rpartition('/')[2]}"
    ),
    lambda task, wanted: wanted.get("launchType") in (None, task.request.get("launchType")),
    lambda task, wanted: (
        not wanted.get("containerInstance")
        or wanted["containerInstance"] in str(task.container_instance_arn)
    ),
)


@fix("ecs", "StopTask")
def stop(call: Call, response: Any, serve: Serve) -> Answer:
    """moto only notes that it stopped. Here its containers get SIGTERM."""
    cluster = _cluster(call, response)
    task = _find(response, cluster, str(call.parameters["task"]))
    if task is None:
        raise ServiceError("InvalidParameterException", "The referenced task was not found.", 400)
    if task.last_status != STOPPED:
        reason = call.parameters.get("reason") or stopped_reasons.STOPPED_BY_USER
        task.ask_to_stop(stopped_reasons.BY_USER, str(reason))
    return Answer(task=task.described(with_tags=True))


@fix("ecs", "ExecuteCommand")
def execute_command(call: Call, response: Any, serve: Serve) -> Answer:
    """moto lacks it. The command runs at once; `sandbox.exec_output` gives what it printed."""
    cluster = _cluster(call, response)
    task = _find(response, cluster, str(call.parameters["task"]))
    if task is None:
        raise ServiceError("InvalidParameterException", "The referenced task was not found.", 400)
    session = agent.current().execute(
        task, call.parameters.get("container"), str(call.parameters["command"])
    )
    return Answer(
        clusterArn=cluster.arn,
        taskArn=task.task_arn,
        containerArn=session.container.arn,
        containerName=session.container.name,
        interactive=bool(call.parameters.get("interactive")),
        session={
            "sessionId": session.id,
            "streamUrl": f"wss://ssmmessages.{call.region}.amazonaws.com/v1/data-channel/{session.id}",
            "tokenValue": "rolelab-offline",
        },
    )


def _cluster(call: Call, response: Any) -> Any:
    name = str(call.parameters.get("cluster") or "default").rpartition("/")[2]
    found = response.ecs_backend.clusters.get(name)
    if found is None:
        raise ServiceError("ClusterNotFoundException", "Cluster not found.", 400)
    return found


def _find(response: Any, cluster: Any, named: str) -> Task | None:
    """A task of a cluster by id or ARN."""
    tasks: dict[str, Task] = response.ecs_backend.tasks.get(cluster.name, {})
    arn = named if named.startswith("arn:") else _arn(cluster, named)
    return tasks.get(arn)


def _arn(cluster: Any, task_id: str) -> str:
    return f"{cluster.arn.replace(':cluster/', ':task/')}/{task_id}"
