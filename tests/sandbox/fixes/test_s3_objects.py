"""Missing objects, and many deletions in one call."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
import requests

BUCKET = "bookshop-orders"
ARN = f"arn:aws:s3:::{BUCKET}"
PARTNER = "222233334444"
CLERK = "arn:aws:iam::123456789012:user/clerk"


@pytest.fixture
def s3(sandbox: Any) -> Any:
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    for key in ("orders/1.json", "orders/2.json", "invoices/1.json"):
        client.put_object(Bucket=BUCKET, Key=key, Body=b"{}")
    return client


def allow(action: str | list[str], *resources: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": list(resources)}


def clerk(*statements: dict[str, Any]) -> Any:
    """A user with these permissions, signed in to S3."""
    iam = boto3.client("iam")
    iam.create_user(UserName="clerk")
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    iam.put_user_policy(UserName="clerk", PolicyName="orders", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName="clerk")["AccessKey"]
    return boto3.client(
        "s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )


READ_OBJECTS = allow("s3:GetObject", f"{ARN}/*")
LIST_BUCKET = allow("s3:ListBucket", ARN)


def test_who_may_list_the_bucket_learns_that_a_key_is_missing(s3: Any, refused: Any) -> None:
    user = clerk(READ_OBJECTS, LIST_BUCKET)
    assert refused(user.get_object, Bucket=BUCKET, Key="orders/3.json") == (
        "NoSuchKey",
        "The specified key does not exist.",
    )
    assert refused(user.head_object, Bucket=BUCKET, Key="orders/3.json")[0] == "404"


def test_who_may_not_list_the_bucket_is_denied_instead(s3: Any, refused: Any) -> None:
    user = clerk(READ_OBJECTS)
    code, message = refused(user.get_object, Bucket=BUCKET, Key="orders/3.json")
    assert code == "AccessDenied"
    assert f"{CLERK} is not authorized to perform: s3:ListBucket" in message
    assert refused(user.head_object, Bucket=BUCKET, Key="orders/3.json")[0] == "403"


def test_what_is_there_can_be_read_without_listing(s3: Any) -> None:
    user = clerk(READ_OBJECTS)
    assert user.get_object(Bucket=BUCKET, Key="orders/1.json")["Body"].read() == b"{}"


def test_a_deleted_object_counts_as_missing(s3: Any, refused: Any) -> None:
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    s3.delete_object(Bucket=BUCKET, Key="orders/1.json")
    user = clerk(READ_OBJECTS)
    assert refused(user.get_object, Bucket=BUCKET, Key="orders/1.json")[0] == "AccessDenied"


def test_a_public_bucket_does_not_tell_the_public_what_is_missing(s3: Any) -> None:
    s3.delete_public_access_block(Bucket=BUCKET)
    policy = {
        "Version": "2012-10-17",
        "Statement": {**READ_OBJECTS, "Principal": "*"},
    }
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
    url = f"https://{BUCKET}.s3.us-east-1.amazonaws.com/orders"
    assert requests.get(f"{url}/1.json", timeout=5).status_code == 200
    assert requests.get(f"{url}/3.json", timeout=5).status_code == 403


def delete(client: Any, *keys: str, quiet: bool = False) -> tuple[list[str], list[dict[str, Any]]]:
    answer = client.delete_objects(
        Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in keys], "Quiet": quiet}
    )
    return [each["Key"] for each in answer.get("Deleted", [])], answer.get("Errors", [])


def keys(s3: Any) -> list[str]:
    return [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def test_each_key_is_decided_by_itself(s3: Any) -> None:
    user = clerk(allow("s3:DeleteObject", f"{ARN}/orders/*"))
    deleted, errors = delete(user, "orders/1.json", "invoices/1.json", "orders/2.json")
    assert deleted == ["orders/1.json", "orders/2.json"]
    (error,) = errors
    assert (error["Key"], error["Code"]) == ("invoices/1.json", "AccessDenied")
    assert f"{CLERK} is not authorized to perform: s3:DeleteObject" in error["Message"]
    assert keys(s3) == ["invoices/1.json"]


def test_all_keys_may_be_refused(s3: Any) -> None:
    user = clerk(LIST_BUCKET)
    deleted, errors = delete(user, "orders/1.json", "orders/2.json")
    assert (deleted, len(errors)) == ([], 2)
    assert len(keys(s3)) == 3


def test_quiet_reports_errors_alone(s3: Any) -> None:
    user = clerk(allow("s3:DeleteObject", f"{ARN}/orders/*"))
    deleted, errors = delete(user, "orders/1.json", "invoices/1.json", quiet=True)
    assert (deleted, [each["Key"] for each in errors]) == ([], ["invoices/1.json"])


def test_a_key_that_is_not_there_counts_as_deleted(s3: Any) -> None:
    assert delete(s3, "orders/3.json") == (["orders/3.json"], [])


def test_a_version_needs_its_own_permission(s3: Any) -> None:
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=BUCKET, Key="orders/1.json", Body=b"2")["VersionId"]
    user = clerk(allow("s3:DeleteObject", f"{ARN}/*"))
    one_version = {"Key": "orders/1.json", "VersionId": version}
    answer = user.delete_objects(
        Bucket=BUCKET, Delete={"Objects": [one_version, {"Key": "orders/2.json"}]}
    )
    assert [each["VersionId"] for each in answer["Errors"]] == [version]
    (deleted,) = answer["Deleted"]
    assert deleted["DeleteMarker"] is True
    assert deleted["DeleteMarkerVersionId"]


def test_another_account_is_not_told_why(s3: Any, sandbox: Any) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            **allow("s3:DeleteObject", f"{ARN}/orders/*"),
            "Principal": {"AWS": PARTNER},
        },
    }
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
    deleted, errors = delete(
        sandbox.admin(PARTNER).client("s3"), "orders/1.json", "invoices/1.json"
    )
    assert deleted == ["orders/1.json"]
    assert [each["Message"] for each in errors] == ["Access Denied"]


@pytest.mark.parametrize("count", [0, 1001], ids=["no key", "more than a thousand"])
def test_one_to_a_thousand_keys(s3: Any, refused: Any, count: int) -> None:
    objects: Any = [{"Key": str(number)} for number in range(count)]
    code, _ = refused(s3.delete_objects, Bucket=BUCKET, Delete={"Objects": objects})
    assert code == "MalformedXML"
