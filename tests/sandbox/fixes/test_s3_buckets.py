"""What a new bucket is like, what it may be called, and whose objects it holds."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes.s3_buckets import check_name

BUCKET = "bookshop-orders"
OWNER = "123456789012"
PARTNER = "222233334444"


@pytest.fixture
def s3(sandbox: Any) -> Any:
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


def test_a_new_bucket_blocks_all_public_access(s3: Any) -> None:
    assert s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True,
    }


def test_a_new_bucket_owns_its_objects(s3: Any) -> None:
    controls = s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"]
    assert controls == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


def test_another_ownership_can_be_asked_for(s3: Any) -> None:
    s3.create_bucket(Bucket="bookshop-uploads", ObjectOwnership="ObjectWriter")
    controls = s3.get_bucket_ownership_controls(Bucket="bookshop-uploads")["OwnershipControls"]
    assert controls["Rules"][0]["ObjectOwnership"] == "ObjectWriter"


def test_the_block_can_be_taken_away(s3: Any, refused: Any) -> None:
    s3.delete_public_access_block(Bucket=BUCKET)
    code, _ = refused(s3.get_public_access_block, Bucket=BUCKET)
    assert code == "NoSuchPublicAccessBlockConfiguration"


def test_a_bucket_that_another_service_made_has_the_defaults_too(s3: Any) -> None:
    from moto.s3.models import s3_backends

    s3_backends[OWNER]["aws"].create_bucket("bookshop-stack", "us-east-1")
    block = s3.get_public_access_block(Bucket="bookshop-stack")["PublicAccessBlockConfiguration"]
    assert all(block.values())


INVALID_NAMES = {
    "two characters": "ab",
    "sixty-four characters": "a" * 64,
    "a capital letter": "Bookshop-orders",
    "an underscore": "bookshop_orders",
    "a hyphen at the end": "bookshop-orders-",
    "a dot at the beginning": ".bookshop",
    "two dots side by side": "bookshop..orders",
    "an IP address": "192.168.5.4",
    "a reserved prefix": "xn--bookshop",
    "the prefix of AWS's examples": "amzn-s3-demo-bucket1",
    "a reserved suffix": "bookshop-s3alias",
}


@pytest.mark.parametrize("name", INVALID_NAMES.values(), ids=INVALID_NAMES)
def test_invalid_names(name: str) -> None:
    with pytest.raises(ServiceError, match="The specified bucket is not valid"):
        check_name(name)


@pytest.mark.parametrize("name", ["abc", "a" * 63, "www.bookshop.example", "1.2.3.4.5"])
def test_valid_names(name: str) -> None:
    check_name(name)


def test_an_invalid_name_is_refused_in_s3s_words(s3: Any, refused: Any) -> None:
    assert refused(s3.create_bucket, Bucket="Bookshop_Orders") == (
        "InvalidBucketName",
        "The specified bucket is not valid.",
    )


def test_creating_ones_own_bucket_again_is_no_error_in_us_east_1(s3: Any) -> None:
    assert s3.create_bucket(Bucket=BUCKET)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_creating_ones_own_bucket_again_is_an_error_elsewhere(sandbox: Any, refused: Any) -> None:
    s3 = boto3.client("s3", region_name="eu-west-1")
    here: Any = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket="bookshop-dublin", CreateBucketConfiguration=here)
    code, _ = refused(s3.create_bucket, Bucket="bookshop-dublin", CreateBucketConfiguration=here)
    assert code == "BucketAlreadyOwnedByYou"


def test_a_name_taken_by_another_account(s3: Any, sandbox: Any, refused: Any) -> None:
    partner = sandbox.admin(PARTNER).client("s3")
    code, _ = refused(partner.create_bucket, Bucket=BUCKET)
    assert code == "BucketAlreadyExists"


def test_a_name_taken_by_another_account_is_taken_for_its_stacks_too(s3: Any, sandbox: Any) -> None:
    """moto counts calls that a service forwards to the first account, the owner's."""
    text = json.dumps(
        {"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": BUCKET}}}}
    )
    partner = sandbox.admin(PARTNER).client("cloudformation")
    partner.create_stack(StackName="shop", TemplateBody=text)
    events = partner.describe_stack_events(StackName="shop")["StackEvents"]
    reasons = [each.get("ResourceStatusReason", "") for each in events]
    assert any("The requested bucket name is not available" in reason for reason in reasons)
    assert "CREATE_COMPLETE" not in [each["ResourceStatus"] for each in events]


def test_a_bucket_that_is_not_empty_stays(s3: Any, refused: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="orders/1.json", Body=b"{}")
    assert refused(s3.delete_bucket, Bucket=BUCKET) == (
        "BucketNotEmpty",
        "The bucket you tried to delete is not empty",
    )


def test_a_bucket_that_does_not_exist(s3: Any, refused: Any) -> None:
    assert refused(s3.list_objects_v2, Bucket="bookshop-nowhere") == (
        "NoSuchBucket",
        "The specified bucket does not exist",
    )


@pytest.fixture
def partner(s3: Any, sandbox: Any) -> Any:
    """Another account, which may do everything with the objects of the bucket."""
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{PARTNER}:root"},
            "Action": "s3:*Object*",
            "Resource": f"arn:aws:s3:::{BUCKET}/*",
        },
    }
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
    return sandbox.admin(PARTNER).client("s3")


def test_the_bucket_owner_owns_what_another_account_writes(s3: Any, partner: Any) -> None:
    partner.put_object(Bucket=BUCKET, Key="returns/1.json", Body=b"{}", Tagging="from=partner")
    assert s3.get_object(Bucket=BUCKET, Key="returns/1.json")["Body"].read() == b"{}"
    tags = s3.get_object_tagging(Bucket=BUCKET, Key="returns/1.json")["TagSet"]
    assert tags == [{"Key": "from", "Value": "partner"}]


def test_another_account_can_be_let_in_to_delete_the_bucket(s3: Any, sandbox: Any) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": PARTNER},
            "Action": "s3:DeleteBucket",
            "Resource": f"arn:aws:s3:::{BUCKET}",
        },
    }
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
    sandbox.admin(PARTNER).client("s3").delete_bucket(Bucket=BUCKET)
    assert s3.list_buckets()["Buckets"] == []


@pytest.mark.parametrize(
    ("expected", "served"), [(OWNER, True), (PARTNER, False)], ids=["the owner", "somebody else"]
)
def test_the_bucket_owner_condition(s3: Any, refused: Any, expected: str, served: bool) -> None:
    call = {"Bucket": BUCKET, "ExpectedBucketOwner": expected}
    if served:
        assert s3.list_objects_v2(**call)["KeyCount"] == 0
    else:
        assert refused(s3.list_objects_v2, **call) == ("AccessDenied", "Access Denied")


def test_the_bucket_owner_condition_of_a_copys_source(s3: Any, refused: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="orders/1.json", Body=b"{}")
    code, _ = refused(
        s3.copy_object,
        Bucket=BUCKET,
        Key="orders/2.json",
        CopySource=f"{BUCKET}/orders/1.json",
        ExpectedSourceBucketOwner=PARTNER,
    )
    assert code == "AccessDenied"
