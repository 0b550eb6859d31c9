"""Roles that a call hands to Amazon ECS.

The task role and the execution role go to the tasks (`ecs-tasks.amazonaws.com`), the infrastructure
roles to Amazon ECS itself (`ecs.amazonaws.com`). Whoever registers a task definition passes its
roles, and so does whoever runs it: naming a task definition, somebody uses roles that others
have put there. Pages: *Task IAM role*, *Amazon ECS infrastructure IAM role*; *Grant a user
permissions to pass a role to an AWS service*.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.ecs_state import definition_in, members
from rolelab.sandbox.operations.iam_entities import entity_arn
from rolelab.sandbox.operations.pass_role import pass_role

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call
    from rolelab.sandbox.operations.check import Check

TASKS = "ecs-tasks.amazonaws.com"
SERVICE = "ecs.amazonaws.com"

_INFRASTRUCTURE = frozenset({"infrastructureRoleArn", "role", "roleArn"})
# Member of a request -> attribute of moto's task definition.
_OF_TASKS: Mapping[str, str] = {
    "taskRoleArn": "task_role_arn",
    "executionRoleArn": "execution_role_arn",
}


def role_arn(call: Call, named: object) -> str:
    """Give the ARN of a role, which a task definition may name by its name alone."""
    text = str(named)
    return text if text.startswith("arn:") else entity_arn("role", text, call)


def register(call: Call) -> Iterable[Check]:
    """RegisterTaskDefinition passes the roles that it writes into the definition."""
    for member in _OF_TASKS:
        yield from _pass(call, call.parameters.get(member), TASKS)


def run(call: Call) -> Iterable[Check]:
    """RunTask and StartTask pass the roles that the tasks will have: overrides come first."""
    overrides = call.parameters.get("overrides") or {}
    yield from _of_definition(call, overrides)
    yield from infrastructure(call)


def serve(call: Call) -> Iterable[Check]:
    """CreateService, UpdateService and CreateTaskSet pass the roles of the task definition.

    An update that names no task definition passes none.
    """
    yield from _of_definition(call, {})
    yield from infrastructure(call)


def infrastructure(call: Call) -> Iterator[Check]:
    """Give the checks for roles in which Amazon ECS works on volumes and load balancers."""
    for named in members(call.parameters, _INFRASTRUCTURE):
        yield from _pass(call, named, SERVICE)


def _of_definition(call: Call, overrides: Mapping[str, Any]) -> Iterator[Check]:
    definition = definition_in(call)
    for member, attribute in _OF_TASKS.items():
        yield from _pass(call, overrides.get(member) or getattr(definition, attribute, None), TASKS)


def _pass(call: Call, named: object, service: str) -> Iterator[Check]:
    if named:
        yield pass_role(call, role_arn(call, named), service)
