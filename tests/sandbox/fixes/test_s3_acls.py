"""ACLs: refused on new buckets; where they are enabled, blocked, ignored or in effect."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
import requests

from rolelab.sandbox.fixes.s3_grants import owner_id
from rolelab.sandbox.fixes.s3_public_access import ALL_USERS, AUTHENTICATED_USERS

BUCKET = "bookshop-orders"
KEY = "covers/1.png"
PARTNER = "222233334444"
NO_ACLS = ("AccessControlListNotSupported", "The bucket does not allow ACLs")
ADMINISTRATOR = "arn:aws:sts::123456789012:assumed-role/Administrator/learner"
NOTHING_BLOCKED = dict.fromkeys(
    ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"], False
)


@pytest.fixture
def s3(sandbox: Any) -> Any:
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key=KEY, Body=b"cover")
    return client


@pytest.fixture
def with_acls(s3: Any) -> Any:
    """ACLs are enabled and no public access is blocked."""
    enable_acls(s3)
    s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=NOTHING_BLOCKED)
    return s3


def enable_acls(s3: Any) -> None:
    s3.put_bucket_ownership_controls(
        Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )


def in_full(uri: str) -> dict[str, Any]:
    return {
        "Owner": {"ID": owner_id()},
        "Grants": [{"Grantee": {"Type": "Group", "URI": uri}, "Permission": "READ"}],
    }


def grants(acl: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (grant["Grantee"].get("URI", "owner").rpartition("/")[2], grant["Permission"])
        for grant in acl["Grants"]
    ]


REFUSED_ON_A_BUCKET: dict[str, dict[str, Any]] = {
    "public-read": {"ACL": "public-read"},
    "private, which is not bucket owner full control": {"ACL": "private"},
    "a grant in a header": {"GrantRead": f'uri="{ALL_USERS}"'},
    "a grant in the body": {"AccessControlPolicy": in_full(AUTHENTICATED_USERS)},
}


@pytest.mark.parametrize("acl", REFUSED_ON_A_BUCKET.values(), ids=REFUSED_ON_A_BUCKET)
def test_a_new_bucket_takes_no_acl(s3: Any, refused: Any, acl: dict[str, Any]) -> None:
    assert refused(s3.put_bucket_acl, Bucket=BUCKET, **acl) == NO_ACLS


def test_nor_do_its_objects(s3: Any, refused: Any) -> None:
    public: dict[str, Any] = {"Bucket": BUCKET, "ACL": "public-read"}
    assert refused(s3.put_object_acl, Key=KEY, **public) == NO_ACLS
    assert refused(s3.put_object, Key="covers/2.png", Body=b"", **public) == NO_ACLS
    assert refused(s3.create_multipart_upload, Key="covers/2.png", **public) == NO_ACLS
    copy = {"CopySource": f"{BUCKET}/{KEY}", "Key": "covers/2.png"}
    assert refused(s3.copy_object, **copy, **public) == NO_ACLS


@pytest.mark.parametrize("canned", [True, False], ids=["canned", "the same in full"])
def test_bucket_owner_full_control_is_accepted(s3: Any, canned: bool) -> None:
    full = in_full(ALL_USERS)
    full["Grants"] = [
        {"Grantee": {"Type": "CanonicalUser", "ID": owner_id()}, "Permission": "FULL_CONTROL"}
    ]
    acl: dict[str, Any] = {"AccessControlPolicy": full}
    if canned:
        acl = {"ACL": "bucket-owner-full-control"}
    s3.put_bucket_acl(Bucket=BUCKET, **acl)
    s3.put_object_acl(Bucket=BUCKET, Key=KEY, **acl)


def test_a_canned_acl_that_does_not_exist(with_acls: Any, refused: Any) -> None:
    code, _ = refused(with_acls.put_bucket_acl, Bucket=BUCKET, ACL="public")
    assert code == "InvalidArgument"


def test_reading_acls_still_works_and_shows_the_owner_alone(s3: Any) -> None:
    assert grants(s3.get_bucket_acl(Bucket=BUCKET)) == [("owner", "FULL_CONTROL")]
    assert grants(s3.get_object_acl(Bucket=BUCKET, Key=KEY)) == [("owner", "FULL_CONTROL")]


def test_no_bucket_is_created_with_an_acl_unless_acls_are_enabled_too(
    s3: Any, refused: Any
) -> None:
    code, _ = refused(s3.create_bucket, Bucket="bookshop-logs", ACL="log-delivery-write")
    assert code == "InvalidBucketAclWithObjectOwnership"
    s3.create_bucket(
        Bucket="bookshop-logs", ACL="log-delivery-write", ObjectOwnership="ObjectWriter"
    )
    assert ("LogDelivery", "WRITE") in grants(s3.get_bucket_acl(Bucket="bookshop-logs"))


def test_no_bucket_is_created_public(s3: Any, refused: Any) -> None:
    assert refused(
        s3.create_bucket, Bucket="bookshop-site", ACL="public-read", ObjectOwnership="ObjectWriter"
    ) == (
        "InvalidBucketAclWithBlockPublicAccessError",
        "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
    )


def test_block_public_acls_refuses_public_acls(s3: Any, refused: Any) -> None:
    enable_acls(s3)
    code, message = refused(s3.put_object_acl, Bucket=BUCKET, Key=KEY, ACL="public-read")
    assert code == "AccessDenied"
    assert message == (
        f"User: {ADMINISTRATOR} is not authorized to perform: s3:PutObjectAcl on resource: "
        f'"arn:aws:s3:::{BUCKET}/{KEY}" because public ACLs are prevented by the BlockPublicAcls '
        "setting in S3 Block Public Access."
    )
    for operation, more in (
        (s3.put_bucket_acl, {}),
        (s3.put_object, {"Key": "covers/2.png"}),
        (s3.copy_object, {"Key": "covers/2.png", "CopySource": f"{BUCKET}/{KEY}"}),
    ):
        assert refused(operation, Bucket=BUCKET, ACL="public-read", **more)[0] == "AccessDenied"
    s3.put_object_acl(Bucket=BUCKET, Key=KEY, ACL="private")


def test_the_accounts_block_counts_for_every_bucket(with_acls: Any, refused: Any) -> None:
    boto3.client("s3control").put_public_access_block(
        AccountId="123456789012", PublicAccessBlockConfiguration={"BlockPublicAcls": True}
    )
    code, _ = refused(with_acls.put_bucket_acl, Bucket=BUCKET, ACL="public-read")
    assert code == "AccessDenied"


def test_acls_cannot_be_disabled_while_the_bucket_grants_something(
    with_acls: Any, refused: Any
) -> None:
    with_acls.put_bucket_acl(Bucket=BUCKET, ACL="public-read")
    disable: dict[str, Any] = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert refused(
        with_acls.put_bucket_ownership_controls, Bucket=BUCKET, OwnershipControls=disable
    ) == (
        "InvalidBucketAclWithObjectOwnership",
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    )
    with_acls.put_bucket_acl(Bucket=BUCKET, ACL="private")
    with_acls.put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls=disable)


def test_an_ownership_that_does_not_exist(s3: Any, refused: Any) -> None:
    rules: dict[str, Any] = {"Rules": [{"ObjectOwnership": "Everyone"}]}
    code, _ = refused(s3.put_bucket_ownership_controls, Bucket=BUCKET, OwnershipControls=rules)
    assert code == "MalformedXML"


def test_without_ownership_controls_acls_count_again(s3: Any, refused: Any) -> None:
    s3.delete_bucket_ownership_controls(Bucket=BUCKET)
    s3.put_object_acl(Bucket=BUCKET, Key=KEY, ACL="private")
    code, _ = refused(s3.get_bucket_ownership_controls, Bucket=BUCKET)
    assert code == "OwnershipControlsNotFoundError"


def test_an_object_is_private_even_in_a_bucket_with_a_public_acl(with_acls: Any) -> None:
    with_acls.put_bucket_acl(Bucket=BUCKET, ACL="public-read")
    with_acls.put_object(Bucket=BUCKET, Key="covers/2.png", Body=b"")
    acl = with_acls.get_object_acl(Bucket=BUCKET, Key="covers/2.png")
    assert grants(acl) == [("owner", "FULL_CONTROL")]


def test_every_permission_of_a_canned_acl_is_shown(with_acls: Any) -> None:
    with_acls.put_bucket_acl(Bucket=BUCKET, ACL="public-read-write")
    assert grants(with_acls.get_bucket_acl(Bucket=BUCKET)) == [
        ("owner", "FULL_CONTROL"),
        ("AllUsers", "READ"),
        ("AllUsers", "WRITE"),
    ]


def test_an_acl_in_the_body_counts_for_an_object(with_acls: Any) -> None:
    with_acls.put_object_acl(Bucket=BUCKET, Key=KEY, AccessControlPolicy=in_full(ALL_USERS))
    assert grants(with_acls.get_object_acl(Bucket=BUCKET, Key=KEY)) == [("AllUsers", "READ")]


def test_ignore_public_acls_hides_and_disarms_them(with_acls: Any) -> None:
    with_acls.put_object_acl(Bucket=BUCKET, Key=KEY, ACL="public-read")
    assert anonymous(KEY) == 200
    with_acls.put_public_access_block(
        Bucket=BUCKET, PublicAccessBlockConfiguration={"IgnorePublicAcls": True}
    )
    assert grants(with_acls.get_object_acl(Bucket=BUCKET, Key=KEY)) == [("owner", "FULL_CONTROL")]
    assert anonymous(KEY) == 403


def anonymous(path: str = "", method: str = "get") -> int:
    url = f"https://{BUCKET}.s3.us-east-1.amazonaws.com/{path}"
    return int(requests.request(method, url, timeout=5).status_code)


def test_a_public_object_can_be_read_by_everyone_and_its_neighbour_cannot(with_acls: Any) -> None:
    with_acls.put_object_acl(Bucket=BUCKET, Key=KEY, ACL="public-read")
    with_acls.put_object(Bucket=BUCKET, Key="covers/2.png", Body=b"")
    assert (anonymous(KEY), anonymous("covers/2.png")) == (200, 403)


def test_a_public_bucket_acl_lists_the_bucket_and_reads_nothing(with_acls: Any) -> None:
    with_acls.put_bucket_acl(Bucket=BUCKET, ACL="public-read")
    assert (anonymous(), anonymous(KEY), anonymous("new", "put")) == (200, 403, 403)


def test_public_read_write_lets_everyone_put_objects(with_acls: Any) -> None:
    with_acls.put_bucket_acl(Bucket=BUCKET, ACL="public-read-write")
    assert anonymous("new", "put") == 200


def test_authenticated_read_is_for_signed_requests_of_any_account(
    with_acls: Any, sandbox: Any
) -> None:
    with_acls.put_object_acl(Bucket=BUCKET, Key=KEY, ACL="authenticated-read")
    partner = sandbox.admin(PARTNER).client("s3")
    assert partner.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == b"cover"
    assert anonymous(KEY) == 403
