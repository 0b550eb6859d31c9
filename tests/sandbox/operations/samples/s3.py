"""S3."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from moto.s3.models import s3_backends

from tests.sandbox.operations.samples.sample import ACCOUNT, NAME, Clients, Sample

NEWER = "newer than this edition; the operation's page in the API Reference"
LISTS = "AWS managed policies (CloudFrontFullAccess) allow it on such ARNs alone"
EVERY_REQUEST = "Bucket policy examples using condition keys: every request has the key"


def prepare(aws: Clients) -> None:
    """A bucket with an object and an upload, both under a KMS key."""
    key = aws("kms").create_key(Tags=[{"TagKey": "team", "TagValue": "shop"}])["KeyMetadata"]
    s3 = aws("s3")
    s3.create_bucket(Bucket=NAME)
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key["Arn"]}
    upload = s3.create_multipart_upload(Bucket=NAME, Key=NAME, **encryption)["UploadId"]
    uploads = s3_backends[ACCOUNT]["aws"].buckets[NAME].multiparts
    uploads[NAME] = uploads.pop(upload)
    s3.put_object(Bucket=NAME, Key=NAME, Tagging="team=shop", **encryption)


def _deviations() -> Iterator[tuple[tuple[str, str, str], str]]:
    for operation, action in (
        ("DeleteObjectAnnotation", "s3:DeleteObjectAnnotation"),
        ("GetObjectAnnotation", "s3:GetObjectAnnotation"),
        ("ListObjectAnnotations", "s3:ListObjectAnnotations"),
        ("PutObjectAnnotation", "s3:PutObjectAnnotation"),
        (
            "UpdateBucketMetadataAnnotationTableConfiguration",
            "s3:UpdateBucketMetadataAnnotationTableConfiguration",
        ),
    ):
        yield (operation, action, "action"), NEWER
    yield ("ListBuckets", "s3:ListAllMyBuckets", "resource arn:aws:s3:::*"), LISTS
    for operation, action in (
        ("CreateBucket", "s3:PutBucketObjectLockConfiguration"),
        ("GetObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration"),
        ("PutObjectLockConfiguration", "s3:PutBucketObjectLockConfiguration"),
    ):
        yield (operation, action, "s3:x-amz-content-sha256"), EVERY_REQUEST
    yield (
        ("WriteGetObjectResponse", "s3-object-lambda:WriteGetObjectResponse", "resource *"),
        "the request names a route and a token; S3 alone knows the access point",
    )


SAMPLE = Sample(
    prepare=prepare,
    texts={
        "CopySource": f"{NAME}/{NAME}?versionId=null",
        # A text for botocore, which reads it as a time.
        "Expires": datetime(2031, 1, 1, tzinfo=UTC),
        "Role": f"arn:aws:iam::{ACCOUNT}:role/team/{NAME}",
        "ServerSideEncryption": "aws:kms",
        "Tagging": "team=shop",
        "TaggingDirective": "COPY",
        # The version of an object in a bucket without versioning.
        "VersionId": "null",
    },
    given={
        "PutBucketTagging": {"Tagging": {"TagSet": []}},
        "PutObjectTagging": {"Tagging": {"TagSet": []}},
        "RestoreObject": {"RestoreRequest": {"Days": 1}},
    },
    variants={
        "CopyObject": ({"CopySource": f"{NAME}/{NAME}", "TaggingDirective": "COPY"},),
        "UploadPartCopy": ({"CopySource": f"{NAME}/{NAME}"},),
    },
    left_out=frozenset({"ContentLength", "SSECustomerAlgorithm"}),
    shaped_like={"PostObject": "PutObject"},
    deviations=dict(_deviations()),
    asks_nothing=frozenset({"BucketCORSPreflightCheck", "ObjectCORSPreflightCheck"}),
)
