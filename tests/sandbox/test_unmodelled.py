"""What moto lacks passes the gate like everything else."""

from __future__ import annotations

from collections.abc import Callable

import boto3
import pytest
import requests

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


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
@pytest.mark.parametrize("bucket", ["logs", "iam", "rds", "sqs", "my.logs"])
def test_a_bucket_may_be_called_like_a_service(sandbox: Sandbox, bucket: str, region: str) -> None:
    """Its address is `logs.s3.amazonaws.com`, which moto takes for an address of the service."""
    s3 = boto3.client("s3", region_name=region)
    elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=bucket, **(elsewhere if region != "us-east-1" else {}))
    s3.put_object(Bucket=bucket, Key="a/b", Body=b"x")
    target = {"Bucket": bucket, "Key": "a/b"}
    assert s3.get_object(**target)["Body"].read() == b"x"
    assert requests.get(s3.generate_presigned_url("get_object", Params=target)).content == b"x"


def test_services_whose_addresses_begin_like_a_bucket_s(sandbox: Sandbox) -> None:
    s3control = boto3.client("s3control")
    assert s3control.list_access_points(AccountId="123456789012")["AccessPointList"] == []
