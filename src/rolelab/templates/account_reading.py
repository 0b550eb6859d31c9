"""Read an account: every service that the course uses, by calls of the person who asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rolelab.templates.found import Findings, Found, LeftOut, Reading

if TYPE_CHECKING:
    import boto3


@dataclass(slots=True)
class Account:
    """An account that somebody may read.

    Attributes:
        session: whose calls these are.
        account_id, region, partition: which account it is.
        caller: the ARN of the caller.
    """

    session: boto3.Session
    account_id: str
    region: str
    partition: str
    caller: str
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """A client of the caller."""
        if service not in self._clients:
            make: Any = self.session.client
            self._clients[service] = make(service, region_name=self.region)
        return self._clients[service]

    def pages(self, service: str, operation: str, member: str, /, **arguments: Any) -> list[Any]:
        """Everything that a paginated operation lists.

        Args:
            service: boto3's name of the service.
            operation: the method, such as "list_roles".
            member: which member of the answer holds the list.
        """
        client = self.client(service)
        if not client.can_paginate(operation):
            return list(getattr(client, operation)(**arguments).get(member, ()))
        pages = client.get_paginator(operation).paginate(**arguments)
        return [item for page in pages for item in page.get(member, ())]

    def ask(self, service: str, operation: str, /, *absent: str, **arguments: Any) -> Any:
        """Call an operation; None where the answer is one of these error codes.

        Raises:
            ClientError: any other error.
        """
        from botocore.exceptions import ClientError

        try:
            return getattr(self.client(service), operation)(**arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] in absent:
                return None
            raise

    def arn(self, service: str, resource: str, *, regional: bool = True) -> str:
        """The ARN of something in this account."""
        region = self.region if regional else ""
        return f"arn:{self.partition}:{service}:{region}:{self.account_id}:{resource}"


def read_account(session: boto3.Session | None = None) -> Reading:
    """Read what an account holds in the region of a session.

    Args:
        session: who reads; None is the caller's default identity.

    Returns:
        The resources, and what has no place in a template.

    Raises:
        ClientError: the caller may not read something. Nothing is skipped for that.
    """
    account = _account_of(session)
    found: list[Found] = []
    left_out: list[LeftOut] = []
    for finding in _findings(account):
        if isinstance(finding, Found):
            found.append(finding)
        else:
            left_out.append(finding)
    return Reading(
        account.account_id, account.region, account.partition, tuple(found), tuple(left_out)
    )


def _account_of(session: boto3.Session | None) -> Account:
    import boto3

    session = session or boto3.Session()
    make: Any = session.client
    caller = str(make("sts").get_caller_identity()["Arn"])
    _, partition, _, _, account_id, _ = caller.split(":", 5)
    return Account(session, account_id, session.region_name or "us-east-1", partition, caller)


def _findings(account: Account) -> Findings:
    from rolelab.templates.services import READERS

    for read in READERS:
        yield from read(account)
