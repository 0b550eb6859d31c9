"""The environment of a container: what it declares, what ECS adds, and nothing of the notebook's.

Pages: *Amazon ECS environment variables* of the task metadata endpoint; *Amazon ECS task IAM role*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from rolelab.ecs.task import Task
from rolelab.sandbox import safety

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_NOT_PASSED_ON = frozenset(
    {
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    }
)


def plumbing(region: str, endpoint: Mapping[str, str]) -> dict[str, str]:
    """Give the variables by which a container reaches the sandbox and nothing else.

    On AWS a container finds the services by their names on the network, over HTTPS; here an
    endpoint on loopback stands for all of them, over HTTPS too.

    Args:
        region: the Region of the task.
        endpoint: the variables of the sandbox's endpoint, `Sandbox.secure_endpoint`.
    """
    kept = {
        name: value for name, value in safety.harmless(region).items() if name not in _NOT_PASSED_ON
    }
    return {**kept, **endpoint}


def variables(
    task: Task,
    declared: Mapping[str, str],
    of_image: Iterable[str],
    given: Mapping[str, str],
    home: Path,
) -> dict[str, str]:
    """Give all variables of a container. What it declares itself comes last and wins.

    Args:
        task: the task.
        declared: environment, environment files and secrets of the container definition.
        of_image: `NAME=value` of the image's configuration.
        given: what the agent and the sandbox add.
        home: the container's root.
    """
    fargate = task.request.get("launchType") == "FARGATE"
    pairs = (each.partition("=") for each in of_image)
    return {
        "PATH": PATH,
        "HOME": str(home),
        "TMPDIR": str(home),
        "HOSTNAME": f"ip-{task.id[:8]}",
        "PYTHONUNBUFFERED": "1",
        "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE" if fargate else "AWS_ECS_EC2",
        **{name: value for name, _, value in pairs},
        **given,
        **declared,
    }
