"""The offline account with tasks that run: what `rolelab.start` gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rolelab.sandbox import account, fixes
from rolelab.sandbox.account import Sandbox

if TYPE_CHECKING:
    import boto3

    from rolelab.figures.launch import LaunchView


class Account(Sandbox):
    """An AWS account that lives in this process, and launches tasks. Made by `rolelab.start`."""

    def push_image(
        self,
        name: str,
        app: str | Path,
        *,
        command: Sequence[str] | None = None,
        session: boto3.Session | None = None,
    ) -> str:
        """`docker push`: make an image of an application and push it to Amazon ECR.

        Every step is a call of the person who pushes. The repository must exist.

        Args:
            name: `repository:tag`; without a tag it is `latest`.
            app: a folder, a file, or the text of one Python file. A container of the image runs
                `app.py`, or the only Python file there is.
            command: what the image runs instead.
            session: who pushes; None is the caller's default identity.

        Returns:
            The image's address with its tag, for the `image` of a container definition.

        Raises:
            ValueError: the name is none that a registry can have; or there is no such application.
            botocore.exceptions.ClientError: ECR refused a step of the push.
            RuntimeError: this sandbox was stopped, or replaced by a later `start`.
        """
        from rolelab.ecs import image_push

        self._require_running()
        return image_push.push(name, app, command=command, session=session)

    def launch(self, task_arn: str) -> LaunchView:
        """Show how a task was launched: who called what, and what came of it.

        Args:
            task_arn: the ARN of the task, or its id.

        Returns:
            The timeline. `.to_frame()` is a pandas DataFrame (step, role, call, resource, verdict,
            ms), `.figure()` the picture; in a notebook it shows itself.

        Raises:
            LookupError: no such task was run in this account.
            RuntimeError: this sandbox was stopped, or replaced by a later `start`.
        """
        from rolelab.ecs import timeline
        from rolelab.figures.launch import LaunchView

        self._require_running()
        return LaunchView(timeline.of(task_arn, self.trail))

    def address(
        self, task_arn: str, container_port: int | None = None, seconds: float = 30.0
    ) -> str:
        """Tell where a container of a running task can be reached from the notebook.

        On AWS this is the address of the task's network interface, of its container instance, or
        of a load balancer. Here it is a port on loopback that stands for the container's.

        Args:
            task_arn: the ARN of the task.
            container_port: a `containerPort` of its port mappings; None is the first there is.
            seconds: how long to wait at most, for a program that starts slowly.

        Returns:
            `127.0.0.1:54321`, as soon as somebody listens there.

        Raises:
            LookupError: no such task runs, or it has no such port.
            TimeoutError: nobody listens within that time; the message says what became of the
                task.
            RuntimeError: this sandbox was stopped, or replaced by a later `start`.
        """
        from rolelab.ecs import address

        self._require_running()
        return address.of_task(task_arn, container_port, seconds)

    def exec_output(self, answer: Mapping[str, Any]) -> str:
        """What a command of `ecs.execute_command` printed, as the Session Manager plugin shows it.

        Args:
            answer: what `ecs.execute_command` returned.

        Raises:
            LookupError: this sandbox has run no such command.
        """
        from rolelab.ecs import agent

        self._require_running()
        session = agent.current().sessions.get(answer["session"]["sessionId"])
        if session is None:
            raise LookupError("This sandbox has run no such command.")
        return session.output

    def close(self) -> None:
        """End every container, then what every sandbox has to end."""
        from sys import modules

        agent = modules.get("rolelab.ecs.agent")
        if agent is not None:
            agent.close()
        super().close()


def start(account_id: str = "123456789012", region: str = "us-east-1") -> Account:
    """Start an offline AWS account in this process and sign in to it as an administrator.

    Afterwards plain boto3 works: `boto3.client("iam")` is the administrator's session
    `assumed-role/Administrator/learner` of this account. Calling `start` again gives a fresh
    account: whatever was created is gone, what ran has ended, the trail is empty, and credentials
    and clients of the old account are no longer valid.

    Nothing leaves the machine. The real credentials, profiles and endpoints of this process are set
    aside first, and connections to anything but loopback are refused until the process ends.

    Args:
        account_id: the account's number, 12 digits.
        region: the region of clients that name none.

    Returns:
        The account. Its last line in a notebook cell shows what it is.

    Raises:
        ValueError: the account id has not 12 digits, or AWS has no such region. A sandbox that was
            running goes on.
    """
    fixes.extend("rolelab.ecs.fixes")
    return account.begin(Account, account_id, region)
