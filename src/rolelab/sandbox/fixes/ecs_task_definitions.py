"""What Amazon ECS refuses in a task definition: a table of rules. moto takes almost anything.

AWS pages: *RegisterTaskDefinition* (Amazon ECS API Reference); *Amazon ECS task definition
parameters*, *Amazon ECS task definition differences for Fargate*, *Invalid CPU or memory value
specified* (Amazon ECS Developer Guide). Where no page has the sentence that ECS answers, and ECS
is not known to answer another, it is the page's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rolelab.sandbox.operations.ecs_state import cpu_units, mebibytes

Definition = Mapping[str, Any]

FARGATE = "FARGATE"
COMPATIBILITIES = ("EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES")
NETWORK_MODES = ("bridge", "host", "awsvpc", "none")
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,255}")
_ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/(?:[!-~]+/)?[\w+=,.@-]{1,64}", re.ASCII)
_ECR_IMAGE = re.compile(r"\d{12}\.dkr[.-]ecr[.-].*")
_GB = 1024

# CPU units -> MiB: the least, the most, and the step. The smallest size has no 1.5 GB.
# Page: *Invalid CPU or memory value specified*.
_FARGATE_SIZES: Mapping[int, frozenset[int]] = {
    256: frozenset({512, 1 * _GB, 2 * _GB}),
    **{
        cpu: frozenset(range(least * _GB, (most + 1) * _GB, step * _GB))
        for cpu, (least, most, step) in {
            512: (1, 4, 1),
            1024: (2, 8, 1),
            2048: (4, 16, 1),
            4096: (8, 30, 1),
            8192: (16, 60, 4),
            16384: (32, 120, 8),
        }.items()
    },
}
_EC2_CPU = range(128, 196608 + 1)


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that Amazon ECS checks in a task definition.

    Attributes:
        breaks: gives a sentence for each place where a definition breaks the rule. The account
            is the caller's.
        fargate: the rule is for definitions that are to run on Fargate.
        code: the error code.
    """

    breaks: Callable[[Definition, str], Iterator[str]]
    fargate: bool = False
    code: str = "ClientException"


def _containers(definition: Definition) -> list[Mapping[str, Any]]:
    return list(definition.get("containerDefinitions") or ())


def _family(definition: Definition, account: str) -> Iterator[str]:
    if not _NAME.fullmatch(str(definition.get("family") or "")):
        yield "Family contains invalid characters."


def _compatibilities(definition: Definition, account: str) -> Iterator[str]:
    for each in definition.get("requiresCompatibilities") or ():
        if each not in COMPATIBILITIES:
            yield f"requiresCompatibilities should be one of [{','.join(COMPATIBILITIES)}]"


def _network_mode(definition: Definition, account: str) -> Iterator[str]:
    mode = definition.get("networkMode")
    if mode is not None and mode not in NETWORK_MODES:
        yield f"networkMode should be one of [{','.join(NETWORK_MODES)}]"


def _roles(definition: Definition, account: str) -> Iterator[str]:
    """A role is named by its ARN, or by its name, and belongs to the caller's account."""
    for member in ("taskRoleArn", "executionRoleArn"):
        role = definition.get(member)
        if role is None:
            continue
        arn = _ROLE_ARN.fullmatch(str(role))
        if not (arn[1] == account if arn else _ROLE_NAME.fullmatch(str(role))):
            yield "Role is not valid"


def _has_containers(definition: Definition, account: str) -> Iterator[str]:
    if not _containers(definition):
        yield "Container list cannot be empty."


def _named(definition: Definition, account: str) -> Iterator[str]:
    for each in _containers(definition):
        for member in ("name", "image"):
            if not each.get(member):
                yield f"Container.{member} should not be null or empty."
        if each.get("name") and not _NAME.fullmatch(str(each["name"])):
            yield "Container name contains invalid characters."


def _essential(definition: Definition, account: str) -> Iterator[str]:
    if not any(each.get("essential", True) for each in _containers(definition)):
        yield "All tasks must have at least one essential container."


def _secrets(definition: Definition, account: str) -> Iterator[str]:
    injected = any(each.get("secrets") for each in _containers(definition))
    if injected and not definition.get("executionRoleArn"):
        yield (
            "When you are specifying container secrets, you must also specify a value for "
            "'executionRoleArn'."
        )


def _ports(definition: Definition, account: str) -> Iterator[str]:
    mode = definition.get("networkMode")
    for each in _containers(definition):
        for port in each.get("portMappings") or ():
            host = port.get("hostPort")
            if mode in ("awsvpc", "host") and host not in (None, 0, port.get("containerPort")):
                yield (
                    f"When networkMode={mode}, the host ports and container ports in port "
                    "mappings must match."
                )


def _task_sizes(definition: Definition, account: str) -> Iterator[str]:
    cpu, memory = definition.get("cpu"), definition.get("memory")
    units = cpu_units(cpu) if cpu is not None else None
    if cpu is not None and (units is None or units not in _EC2_CPU):
        yield "Invalid 'cpu' setting for task."
    if memory is not None and not mebibytes(memory):
        yield "Invalid 'memory' setting for task."


def _container_memory(definition: Definition, account: str) -> Iterator[str]:
    """Without a size of the task, each container says how much memory it needs."""
    if definition.get("memory") is not None:
        return
    for each in _containers(definition):
        if not each.get("memory") and not each.get("memoryReservation"):
            yield (
                f"Invalid setting for container '{each.get('name')}'. At least one of 'memory' or "
                "'memoryReservation' must be specified."
            )


def _fargate_network(definition: Definition, account: str) -> Iterator[str]:
    if definition.get("networkMode") != "awsvpc":
        # ECS itself quotes the mode like this.
        yield "Fargate only supports network mode \u2018awsvpc\u2019."


def _fargate_size(definition: Definition, account: str) -> Iterator[str]:
    for member in ("cpu", "memory"):
        if definition.get(member) is None:
            yield f"Fargate requires that '{member}' be defined at the task level."
    cpu, memory = cpu_units(definition.get("cpu")), mebibytes(definition.get("memory"))
    if memory not in _FARGATE_SIZES.get(cpu or 0, ()):
        yield "No Fargate configuration exists for given values."


def _fargate_role(definition: Definition, account: str) -> Iterator[str]:
    """On Fargate, the execution role alone can pull from Amazon ECR and write logs."""
    if definition.get("executionRoleArn"):
        return
    sentence = "Fargate requires task definition to have execution role ARN to support {}."
    for each in _containers(definition):
        if _ECR_IMAGE.fullmatch(str(each.get("image"))):
            yield sentence.format("ECR images")
        driver = (each.get("logConfiguration") or {}).get("logDriver")
        if driver == "awslogs":
            yield sentence.format(f"log driver {driver}")


RULES: tuple[Rule, ...] = (
    Rule(_family),
    Rule(_compatibilities),
    Rule(_network_mode),
    Rule(_roles),
    Rule(_has_containers),
    Rule(_named),
    Rule(_essential),
    Rule(_fargate_network, fargate=True),
    Rule(_task_sizes),
    Rule(_fargate_size, fargate=True),
    Rule(_container_memory),
    Rule(_ports),
    Rule(_fargate_role, fargate=True),
    Rule(_secrets),
)
"""In the order in which they are asked: the first that is broken is answered."""


def faults(definition: Definition, account: str) -> Iterator[tuple[str, str]]:
    """Give code and sentence for everything that Amazon ECS refuses in a task definition.

    Args:
        definition: the parameters of RegisterTaskDefinition.
        account: the account that registers it.
    """
    on_fargate = FARGATE in (definition.get("requiresCompatibilities") or ())
    for rule in RULES:
        if on_fargate or not rule.fargate:
            for sentence in rule.breaks(definition, account):
                yield rule.code, sentence
