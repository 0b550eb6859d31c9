"""What moto lacks passes the gate like everything else."""

from __future__ import annotations

from collections.abc import Callable

import boto3
import pytest

from rolelab.sandbox.account import Sandbox
from tests.sandbox.people import error_of

Maker = Callable[..., boto3.Session]


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("wellarchitected", "list_workloads"),
        ("freetier", "list_account_activities"),
        ("timestream-query", "list_scheduled_queries"),
    ],
    ids=["service moto lacks", "service outside amazonaws.com", "service in another's class"],
)
@pytest.mark.parametrize("where", ["in-process", "endpoint"])
def test_a_service_moto_lacks(
    user: Maker, sandbox: Sandbox, service: str, operation: str, where: str
) -> None:
    url = sandbox.endpoint_url if where == "endpoint" else None
    theirs = user().client(service, endpoint_url=url)
    mine = boto3.client(service, endpoint_url=url)
    assert "not authorized" in error_of(getattr(theirs, operation))[2]
    assert error_of(getattr(mine, operation))[:2] == ("NotImplemented", 501)


@pytest.mark.parametrize("where", ["in-process", "endpoint"])
def test_a_path_moto_lacks_in_a_service_it_has(user: Maker, sandbox: Sandbox, where: str) -> None:
    url = sandbox.endpoint_url if where == "endpoint" else None
    theirs = user().client("lambda", endpoint_url=url).list_capacity_providers
    mine = boto3.client("lambda", endpoint_url=url).list_capacity_providers
    assert error_of(theirs)[:2] == ("AccessDeniedException", 403)
    assert error_of(mine)[:2] == ("NotImplemented", 501)
