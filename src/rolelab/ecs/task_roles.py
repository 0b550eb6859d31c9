"""The two roles of a task, and the calls that ECS makes to step into them.

Pages: *Amazon ECS task IAM role* (trust policy, `aws:SourceArn`, `aws:SourceAccount`), *Amazon ECS
task execution IAM role*.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from rolelab.ecs.task_endpoint import NoCredentials
from rolelab.sandbox.service_calls import assume_role_as_service

if TYPE_CHECKING:
    import boto3

SERVICE = "ecs-tasks.amazonaws.com"
_ONE_HOUR = 3600
_RENEW_BEFORE = timedelta(minutes=15)


def assume(role_arn: str, *, task_arn: str) -> boto3.Session:
    """Let ECS step into a role for a task.

    Args:
        role_arn: the execution role or the task role.
        task_arn: the task; its id is the name of the session.

    Returns:
        A session with the role's credentials, for one hour.

    Raises:
        botocore.exceptions.ClientError: AccessDenied; the trust policy does not let ECS in, or
            there is no such role.
    """
    account = task_arn.split(":")[4]
    return assume_role_as_service(
        SERVICE,
        role_arn,
        session_name=task_arn.rpartition("/")[2],
        source_arn=task_arn,
        source_account=account,
        duration=_ONE_HOUR,
    )


@dataclass(slots=True)
class TaskCredentials:
    """The credentials of a task role, as the containers of one task get them.

    Attributes:
        role_arn: the task role.
        task_arn: the task.
        session: the session of the first time the role was assumed.
    """

    role_arn: str
    task_arn: str
    session: boto3.Session
    _expires: datetime = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._expires = _in_one_hour()

    def __call__(self) -> Mapping[str, Any]:
        """Give the credentials, which are renewed while they still hold for some minutes.

        Raises:
            NoCredentials: they have to be renewed, and the role lets ECS in no longer.
        """
        with self._lock:
            if self._expires - datetime.now(UTC) < _RENEW_BEFORE:
                self._renew()
            keys: Any = self.session.get_credentials()
            return {
                "RoleArn": self.role_arn,
                "AccessKeyId": keys.access_key,
                "SecretAccessKey": keys.secret_key,
                "Token": keys.token,
                "Expiration": f"{self._expires:%Y-%m-%dT%H:%M:%SZ}",
            }

    def _renew(self) -> None:
        try:
            self.session = assume(self.role_arn, task_arn=self.task_arn)
        except ClientError as error:
            raise NoCredentials(str(error)) from error
        self._expires = _in_one_hour()


def _in_one_hour() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=_ONE_HOUR)
