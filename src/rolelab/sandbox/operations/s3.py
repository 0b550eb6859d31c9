"""What the operations of S3 ask.

Pages: *Required permissions for Amazon S3 API operations* (Amazon S3 User Guide) for the actions,
*Actions, resources, and condition keys for Amazon S3* (Service Authorization Reference) for
resources and keys, and each operation's page in the Amazon S3 API Reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from rolelab.sandbox.operations import s3_encryption as encryption
from rolelab.sandbox.operations.check import Check, Value
from rolelab.sandbox.operations.pass_role import pass_role
from rolelab.sandbox.operations.row import Context, Derived, Entry, Open, Row, Table, tag_pairs
from rolelab.sandbox.operations.s3_state import (
    copy_source,
    existing_object_tags,
    object_tags,
    stored_object,
    tags_of_object,
)
from rolelab.sandbox.resource_policies import Attached, nothing_attached
from rolelab.sandbox.resource_policies.s3 import bucket, bucket_policy

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

BUCKET = "arn:{partition}:s3:::{Bucket}"
OBJECT = "arn:{partition}:s3:::{Bucket}/{Key}"
DIRECTORY_BUCKET = "arn:{partition}:s3express:{region}:{account}:bucket/{Bucket}"


# The keys that every request to S3 fills, from the way it is signed and sent.


def _auth_type(call: Call) -> str | None:
    if call.principal == "*":
        return None
    return "REST-HEADER" if "authorization" in call.headers else "REST-QUERY-STRING"


def _signature_version(call: Call) -> str | None:
    if call.principal == "*" or "s3:signatureversion" in call.context:
        return None
    signed = call.headers.get("authorization", "AWS4-HMAC-SHA256")
    return "AWS4-HMAC-SHA256" if signed.startswith("AWS4-HMAC-SHA256") else "AWS"


def _tls_version(call: Call) -> str | None:
    return "1.3" if call.context.get("aws:SecureTransport") == "true" else None


def _resource_account(call: Call, arn: str) -> Mapping[str, Value]:
    found = bucket(arn.partition(":::")[2].partition("/")[0])
    return {"s3:ResourceAccount": call.account if found is None else found.account_id}


EVERY_REQUEST: Mapping[str, Any] = {
    "s3:authType": _auth_type,
    "s3:signatureversion": _signature_version,
    "s3:TlsVersion": _tls_version,
    "s3:x-amz-content-sha256": lambda call: call.headers.get("x-amz-content-sha256"),
}

# Keys that parameters fill.
ACL: Mapping[str, str] = {
    "s3:x-amz-acl": "ACL",
    "s3:x-amz-grant-full-control": "GrantFullControl",
    "s3:x-amz-grant-read": "GrantRead",
    "s3:x-amz-grant-read-acp": "GrantReadACP",
    "s3:x-amz-grant-write": "GrantWrite",
    "s3:x-amz-grant-write-acp": "GrantWriteACP",
}
ENCRYPTION: Mapping[str, str] = {
    "s3:x-amz-server-side-encryption": "ServerSideEncryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    "s3:x-amz-server-side-encryption-customer-algorithm": "SSECustomerAlgorithm",
}
LISTING: Mapping[str, str] = {
    "s3:delimiter": "Delimiter",
    "s3:max-keys": "MaxKeys",
    "s3:prefix": "Prefix",
}
VERSION: Mapping[str, str] = {"s3:versionid": "VersionId"}


def _remaining_days(*path: str) -> Any:
    def remaining(call: Call) -> str | None:
        until = _member(call.parameters, *path)
        if not isinstance(until, datetime):
            return None
        aware = until if until.tzinfo else until.replace(tzinfo=UTC)
        return str((aware - datetime.now(UTC)).days)

    return remaining


def _member(value: Any, *path: str) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


LOCK: Mapping[str, Any] = {
    "s3:object-lock-legal-hold": "ObjectLockLegalHoldStatus",
    "s3:object-lock-mode": "ObjectLockMode",
    "s3:object-lock-remaining-retention-days": _remaining_days("ObjectLockRetainUntilDate"),
    "s3:object-lock-retain-until-date": "ObjectLockRetainUntilDate",
}
WRITE: Mapping[str, Any] = {
    **ACL,
    **ENCRYPTION,
    **LOCK,
    "s3:if-match": "IfMatch",
    "s3:if-none-match": "IfNoneMatch",
    "s3:x-amz-copy-source": "CopySource",
    "s3:x-amz-metadata-directive": "MetadataDirective",
    "s3:x-amz-storage-class": "StorageClass",
    "s3:x-amz-website-redirect-location": "WebsiteRedirectLocation",
}
# Page: *Enforce conditional writes on Amazon S3 buckets*: the parts of a multipart upload create
# no object, so a policy can exempt them.
CREATES = {"s3:ObjectCreationOperation": lambda call: "true"}
CREATES_NOTHING = {"s3:ObjectCreationOperation": lambda call: "false"}


def _request_object_tags(call: Call, arn: str) -> Mapping[str, Value]:
    """Give `s3:RequestObjectTag/*` from a Tagging header or a TagSet."""
    given = call.parameters.get("Tagging")
    if not given:
        return {}
    if isinstance(given, Mapping):
        pairs = tag_pairs(given.get("TagSet"))
    else:
        pairs = dict(parse_qsl(given, keep_blank_values=True))
    context: dict[str, Value] = {f"s3:RequestObjectTag/{key}": pairs[key] for key in pairs}
    context["s3:RequestObjectTagKeys"] = list(pairs)
    return context


def _sets_acl(call: Call) -> bool:
    """Tell whether a write needs s3:PutObjectAcl, too.

    The AWS services that hand over their logs with `bucket-owner-full-control` do not: AWS's
    policies for them grant s3:PutObject alone. Page: *Amazon S3 bucket policy for CloudTrail*.
    """
    by_service = call.principal.endswith(".amazonaws.com")
    if by_service and call.parameters.get("ACL") == "bucket-owner-full-control":
        return False
    return any(call.parameters.get(member) for member in ACL.values())


def _is_missing(call: Call) -> bool:
    """Tell whether the call reads an object that its bucket does not have.

    Who may list the bucket learns that the key is missing (404); all others are denied (403).
    Pages: *GetObject*, *HeadObject*, *GetObjectAttributes*, "Permissions".
    """
    name, key, version = (call.parameters.get(each) for each in ("Bucket", "Key", "VersionId"))
    if bucket(str(name)) is None:
        return False
    found = stored_object(str(name), str(key), version)
    is_delete_marker = found is not None and not hasattr(found, "encryption")
    return found is None or (version is None and is_delete_marker)


def _opens_bucket(call: Call) -> bool:
    """Tell whether CreateBucket sets an ACL other than `private`. Page: *CreateBucket*."""
    given = {member: call.parameters.get(member) for member in ACL.values()}
    return any(value for member, value in given.items() if (member, value) != ("ACL", "private"))


def _retains(call: Call) -> bool:
    return any(
        call.parameters.get(member) for member in ("ObjectLockMode", "ObjectLockRetainUntilDate")
    )


def _by_version(
    operation: str,
    action: str,
    versioned: str,
    context: tuple[Context, ...] = (),
    keys: Mapping[str, Any] | None = None,
) -> tuple[Row, ...]:
    """Give the rows of an operation that has another action when it names a version."""
    keys = keys or {}
    return (
        Row(operation, action, OBJECT, unless="VersionId", context=context, keys=keys),
        Row(
            operation,
            versioned,
            OBJECT,
            when="VersionId",
            context=context,
            keys={**keys, **VERSION},
        ),
    )


def _write(operation: str, creates: Mapping[str, Any]) -> tuple[Row, ...]:
    """Give the rows of an operation that starts a new object, with all it can set at once."""
    return (
        Row(
            operation,
            "s3:PutObject",
            OBJECT,
            keys={**WRITE, **creates},
            context=(_request_object_tags,),
        ),
        Row(operation, "s3:PutObjectAcl", OBJECT, keys=ACL, when=_sets_acl),
        Row(
            operation,
            "s3:PutObjectTagging",
            OBJECT,
            context=(_request_object_tags,),
            when="Tagging",
        ),
        Row(
            operation,
            "s3:PutObjectLegalHold",
            OBJECT,
            keys={"s3:object-lock-legal-hold": "ObjectLockLegalHoldStatus"},
            when="ObjectLockLegalHoldStatus",
        ),
        Row(
            operation,
            "s3:PutObjectRetention",
            OBJECT,
            keys={key: LOCK[key] for key in LOCK if key != "s3:object-lock-legal-hold"},
            when=_retains,
        ),
    )


def _read_source(call: Call) -> Iterable[Check]:
    """Give the checks on what a copy reads: the source, and its tags where they are copied."""
    name, key, version = copy_source(call)
    arn = f"arn:{call.partition}:s3:::{name}/{key}"
    known = bucket_policy(arn)
    context: dict[str, Value] = {
        **_every_request(call, arn),
        **tags_of_object(name, key, version),
    }
    if version:
        context["s3:versionid"] = version
    suffix = "Version" if version else ""
    yield Check(f"s3:GetObject{suffix}", arn, known.account, context, known.policy)
    if _copies_tags(call, name, key, version):
        action = f"s3:GetObject{suffix}Tagging"
        yield Check(action, arn, known.account, context, known.policy)


def _copies_tags(call: Call, name: str, key: str, version: str | None) -> bool:
    if call.operation != "CopyObject" or call.parameters.get("TaggingDirective") == "REPLACE":
        return False
    found = stored_object(name, key, version)
    return found is not None and bool(object_tags(found))


def _copies_tags_here(call: Call) -> bool:
    return _copies_tags(call, *copy_source(call))


def _every_request(call: Call, arn: str) -> dict[str, Value]:
    given = {key: read(call) for key, read in EVERY_REQUEST.items()}
    context: dict[str, Value] = {key: value for key, value in given.items() if value is not None}
    return {**context, **_resource_account(call, arn)}


def _pass_replication_role(call: Call) -> Iterable[Check]:
    role = _member(call.parameters, "ReplicationConfiguration", "Role")
    return (pass_role(call, str(role), "s3.amazonaws.com"),) if role else ()


def _trail(call: Call) -> list[dict[str, str]]:
    name, key = call.parameters.get("Bucket"), call.parameters.get("Key")
    if not name:
        return []
    arn = f"arn:{call.partition}:s3:::{name}"
    found = bucket(str(name))
    owner = call.account if found is None else found.account_id
    resources = [{"accountId": owner, "type": "AWS::S3::Bucket", "ARN": arn}]
    if key:
        resources.insert(0, {"type": "AWS::S3::Object", "ARN": f"{arn}/{key}"})
    return resources


# Operations on a bucket that fill no key of their own: operation -> action.
ON_BUCKET: Mapping[str, str] = {
    "CreateBucketMetadataConfiguration": "s3:CreateBucketMetadataTableConfiguration",
    "CreateBucketMetadataTableConfiguration": "s3:CreateBucketMetadataTableConfiguration",
    "DeleteBucket": "s3:DeleteBucket",
    "DeleteBucketAnalyticsConfiguration": "s3:PutAnalyticsConfiguration",
    "DeleteBucketCors": "s3:PutBucketCORS",
    "DeleteBucketEncryption": "s3:PutEncryptionConfiguration",
    "DeleteBucketIntelligentTieringConfiguration": "s3:PutIntelligentTieringConfiguration",
    "DeleteBucketInventoryConfiguration": "s3:PutInventoryConfiguration",
    "DeleteBucketLifecycle": "s3:PutLifecycleConfiguration",
    "DeleteBucketMetadataConfiguration": "s3:DeleteBucketMetadataTableConfiguration",
    "DeleteBucketMetadataTableConfiguration": "s3:DeleteBucketMetadataTableConfiguration",
    "DeleteBucketMetricsConfiguration": "s3:PutMetricsConfiguration",
    "DeleteBucketOwnershipControls": "s3:PutBucketOwnershipControls",
    "DeleteBucketReplication": "s3:PutReplicationConfiguration",
    "DeleteBucketTagging": "s3:PutBucketTagging",
    "DeleteBucketWebsite": "s3:DeleteBucketWebsite",
    "DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "GetBucketAbac": "s3:GetBucketAbac",
    "GetBucketAccelerateConfiguration": "s3:GetAccelerateConfiguration",
    "GetBucketAcl": "s3:GetBucketAcl",
    "GetBucketAnalyticsConfiguration": "s3:GetAnalyticsConfiguration",
    "GetBucketCors": "s3:GetBucketCORS",
    "GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "GetBucketIntelligentTieringConfiguration": "s3:GetIntelligentTieringConfiguration",
    "GetBucketInventoryConfiguration": "s3:GetInventoryConfiguration",
    "GetBucketLifecycle": "s3:GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "GetBucketLocation": "s3:GetBucketLocation",
    "GetBucketLogging": "s3:GetBucketLogging",
    "GetBucketMetadataConfiguration": "s3:GetBucketMetadataTableConfiguration",
    "GetBucketMetadataTableConfiguration": "s3:GetBucketMetadataTableConfiguration",
    "GetBucketMetricsConfiguration": "s3:GetMetricsConfiguration",
    "GetBucketNotification": "s3:GetBucketNotification",
    "GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "GetBucketOwnershipControls": "s3:GetBucketOwnershipControls",
    "GetBucketPolicyStatus": "s3:GetBucketPolicyStatus",
    "GetBucketReplication": "s3:GetReplicationConfiguration",
    "GetBucketRequestPayment": "s3:GetBucketRequestPayment",
    "GetBucketTagging": "s3:GetBucketTagging",
    "GetBucketVersioning": "s3:GetBucketVersioning",
    "GetBucketWebsite": "s3:GetBucketWebsite",
    "GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "HeadBucket": "s3:ListBucket",
    "ListBucketAnalyticsConfigurations": "s3:GetAnalyticsConfiguration",
    "ListBucketIntelligentTieringConfigurations": "s3:GetIntelligentTieringConfiguration",
    "ListBucketInventoryConfigurations": "s3:GetInventoryConfiguration",
    "ListBucketMetricsConfigurations": "s3:GetMetricsConfiguration",
    "ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "PutBucketAbac": "s3:PutBucketAbac",
    "PutBucketAccelerateConfiguration": "s3:PutAccelerateConfiguration",
    "PutBucketAnalyticsConfiguration": "s3:PutAnalyticsConfiguration",
    "PutBucketCors": "s3:PutBucketCORS",
    "PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "PutBucketIntelligentTieringConfiguration": "s3:PutIntelligentTieringConfiguration",
    "PutBucketLifecycle": "s3:PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "PutBucketLogging": "s3:PutBucketLogging",
    "PutBucketMetricsConfiguration": "s3:PutMetricsConfiguration",
    "PutBucketNotification": "s3:PutBucketNotification",
    "PutBucketNotificationConfiguration": "s3:PutBucketNotification",
    "PutBucketOwnershipControls": "s3:PutBucketOwnershipControls",
    "PutBucketReplication": "s3:PutReplicationConfiguration",
    "PutBucketRequestPayment": "s3:PutBucketRequestPayment",
    "PutBucketTagging": "s3:PutBucketTagging",
    "PutBucketVersioning": "s3:PutBucketVersioning",
    "PutBucketWebsite": "s3:PutBucketWebsite",
    "PutObjectLockConfiguration": "s3:PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "UpdateBucketMetadataAnnotationTableConfiguration": (
        "s3:UpdateBucketMetadataAnnotationTableConfiguration"
    ),
    "UpdateBucketMetadataInventoryTableConfiguration": (
        "s3:UpdateBucketMetadataInventoryTableConfiguration"
    ),
    "UpdateBucketMetadataJournalTableConfiguration": (
        "s3:UpdateBucketMetadataJournalTableConfiguration"
    ),
}
# The same for operations on an object.
ON_OBJECT: Mapping[str, str] = {
    "AbortMultipartUpload": "s3:AbortMultipartUpload",
    "DeleteObjectAnnotation": "s3:DeleteObjectAnnotation",
    "GetObjectAnnotation": "s3:GetObjectAnnotation",
    "GetObjectLegalHold": "s3:GetObjectLegalHold",
    "GetObjectRetention": "s3:GetObjectRetention",
    "GetObjectTorrent": "s3:GetObjectTorrent",
    "ListObjectAnnotations": "s3:ListObjectAnnotations",
    "ListParts": "s3:ListMultipartUploadParts",
    "PutObjectAnnotation": "s3:PutObjectAnnotation",
    "RestoreObject": "s3:RestoreObject",
}

TAGGED = (existing_object_tags,)
RETAGGED = (existing_object_tags, _request_object_tags)


def _by_owners_root(call: Call) -> bool:
    owner = bucket_policy(f"arn:{call.partition}:s3:::{call.parameters['Bucket']}").account
    return call.principal == f"arn:{call.partition}:iam::{owner}:root"


def _owner_alone(arn: str) -> Attached:
    return Attached(bucket_policy(arn).account)


# A bucket policy can lock out everybody but the root user of the owner's account. Page:
# *DeleteBucketPolicy* (and *PutBucketPolicy*, *GetBucketPolicy*), Amazon S3 API Reference.
POLICIES: tuple[Entry, ...] = tuple(
    row
    for operation in ("DeleteBucketPolicy", "GetBucketPolicy", "PutBucketPolicy")
    for row in (
        Row(operation, f"s3:{operation}", BUCKET, unless=_by_owners_root),
        Row(operation, f"s3:{operation}", BUCKET, attached=_owner_alone, when=_by_owners_root),
    )
)

BUCKETS: tuple[Entry, ...] = (
    *POLICIES,
    *(Row(operation, action, BUCKET) for operation, action in ON_BUCKET.items()),
    # A new bucket is the caller's own. If the name is taken, S3 says so (BucketAlreadyExists)
    # instead of asking the policy of somebody else's bucket.
    Row(
        "CreateBucket",
        "s3:CreateBucket",
        BUCKET,
        keys={
            **ACL,
            "s3:locationconstraint": "CreateBucketConfiguration.LocationConstraint",
            "s3:x-amz-bucket-namespace": "BucketNamespace",
            "s3:x-amz-object-ownership": "ObjectOwnership",
        },
        request_tags="CreateBucketConfiguration.Tags",
        attached=nothing_attached,
    ),
    Row(
        "CreateBucket",
        "s3:PutBucketAcl",
        BUCKET,
        keys=ACL,
        attached=nothing_attached,
        when=_opens_bucket,
    ),
    Row(
        "CreateBucket",
        "s3:PutBucketObjectLockConfiguration",
        BUCKET,
        attached=nothing_attached,
        when="ObjectLockEnabledForBucket",
    ),
    Row(
        "CreateBucket",
        "s3:PutBucketVersioning",
        BUCKET,
        attached=nothing_attached,
        when="ObjectLockEnabledForBucket",
    ),
    Row(
        "CreateBucket",
        "s3:PutBucketOwnershipControls",
        BUCKET,
        attached=nothing_attached,
        when="ObjectOwnership",
    ),
    Row(
        "CreateBucket",
        "s3:TagResource",
        BUCKET,
        request_tags="CreateBucketConfiguration.Tags",
        attached=nothing_attached,
        when="CreateBucketConfiguration.Tags",
    ),
    # The Service Authorization Reference gives the action no resource type; AWS's own managed
    # policies (CloudFrontFullAccess, AWSBackupFullAccess) allow it on arn:aws:s3:::*.
    Row(
        "ListBuckets",
        "s3:ListAllMyBuckets",
        "arn:{partition}:s3:::*",
        attached=nothing_attached,
    ),
    Row("ListObjects", "s3:ListBucket", BUCKET, keys=LISTING),
    Row("ListObjectsV2", "s3:ListBucket", BUCKET, keys=LISTING),
    Row("ListObjectVersions", "s3:ListBucketVersions", BUCKET, keys=LISTING),
    Row("PutBucketAcl", "s3:PutBucketAcl", BUCKET, keys=ACL),
    Row(
        "PutBucketInventoryConfiguration",
        "s3:PutInventoryConfiguration",
        BUCKET,
        keys={"s3:InventoryAccessibleOptionalFields": "InventoryConfiguration.OptionalFields"},
    ),
    Derived("PutBucketReplication", _pass_replication_role, actions=("iam:PassRole",)),
)

OBJECTS: tuple[Entry, ...] = (
    *(Row(operation, action, OBJECT) for operation, action in ON_OBJECT.items()),
    *_by_version("GetObject", "s3:GetObject", "s3:GetObjectVersion", TAGGED),
    *_by_version("HeadObject", "s3:GetObject", "s3:GetObjectVersion", TAGGED),
    Row("SelectObjectContent", "s3:GetObject", OBJECT, context=TAGGED),
    *_by_version("GetObjectAttributes", "s3:GetObject", "s3:GetObjectVersion", TAGGED),
    *_by_version(
        "GetObjectAttributes",
        "s3:GetObjectAttributes",
        "s3:GetObjectVersionAttributes",
        TAGGED,
    ),
    *(
        Row(operation, "s3:ListBucket", BUCKET, when=_is_missing)
        for operation in ("GetObject", "HeadObject", "GetObjectAttributes")
    ),
    *_by_version("GetObjectAcl", "s3:GetObjectAcl", "s3:GetObjectVersionAcl", TAGGED),
    *_by_version("GetObjectTagging", "s3:GetObjectTagging", "s3:GetObjectVersionTagging", TAGGED),
    *_write("PutObject", CREATES),
    # An upload by an HTML form, which botocore does not know; its fields are those of PutObject.
    *_write("PostObject", CREATES),
    *_write("CreateMultipartUpload", CREATES_NOTHING),
    Row("UploadPart", "s3:PutObject", OBJECT, keys={**WRITE, **CREATES_NOTHING}),
    Row("CompleteMultipartUpload", "s3:PutObject", OBJECT, keys={**WRITE, **CREATES}),
    Derived(
        "CopyObject",
        _read_source,
        actions=(
            "s3:GetObject",
            "s3:GetObjectVersion",
            "s3:GetObjectTagging",
            "s3:GetObjectVersionTagging",
        ),
    ),
    *_write("CopyObject", CREATES),
    Row("CopyObject", "s3:PutObjectTagging", OBJECT, when=_copies_tags_here, unless="Tagging"),
    Derived("UploadPartCopy", _read_source, actions=("s3:GetObject", "s3:GetObjectVersion")),
    Row("UploadPartCopy", "s3:PutObject", OBJECT, keys={**WRITE, **CREATES_NOTHING}),
    *_by_version("PutObjectAcl", "s3:PutObjectAcl", "s3:PutObjectVersionAcl", TAGGED, keys=ACL),
    *_by_version("PutObjectTagging", "s3:PutObjectTagging", "s3:PutObjectVersionTagging", RETAGGED),
    *_by_version(
        "DeleteObjectTagging", "s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging", TAGGED
    ),
    Row(
        "PutObjectLegalHold",
        "s3:PutObjectLegalHold",
        OBJECT,
        keys={"s3:object-lock-legal-hold": "LegalHold.Status"},
    ),
    Row(
        "PutObjectRetention",
        "s3:PutObjectRetention",
        OBJECT,
        keys={
            "s3:object-lock-mode": "Retention.Mode",
            "s3:object-lock-remaining-retention-days": _remaining_days(
                "Retention", "RetainUntilDate"
            ),
            "s3:object-lock-retain-until-date": "Retention.RetainUntilDate",
        },
    ),
    Row(
        "PutObjectRetention",
        "s3:BypassGovernanceRetention",
        OBJECT,
        when="BypassGovernanceRetention",
    ),
    Row(
        "DeleteObject",
        "s3:DeleteObject",
        OBJECT,
        keys={"s3:if-match": "IfMatch"},
        unless="VersionId",
    ),
    Row("DeleteObject", "s3:DeleteObjectVersion", OBJECT, keys=VERSION, when="VersionId"),
    Row(
        "DeleteObject",
        "s3:BypassGovernanceRetention",
        OBJECT,
        when="BypassGovernanceRetention",
    ),
    # S3 decides every key of DeleteObjects by itself and reports the refused ones as Errors.
    Row(
        "DeleteObjects",
        "s3:DeleteObject",
        "arn:{partition}:s3:::{Bucket}/{each.Key}",
        keys={"s3:if-match": "each.ETag"},
        each="Delete.Objects",
        unless="each.VersionId",
        partial=True,
    ),
    Row(
        "DeleteObjects",
        "s3:DeleteObjectVersion",
        "arn:{partition}:s3:::{Bucket}/{each.Key}",
        keys={"s3:versionid": "each.VersionId"},
        each="Delete.Objects",
        when="each.VersionId",
        partial=True,
    ),
    Row(
        "DeleteObjects",
        "s3:BypassGovernanceRetention",
        "arn:{partition}:s3:::{Bucket}/{each.Key}",
        each="Delete.Objects",
        when="BypassGovernanceRetention",
        partial=True,
    ),
    Row(
        "UpdateObjectEncryption",
        "s3:UpdateObjectEncryption",
        OBJECT,
        keys={
            "s3:x-amz-server-side-encryption": lambda call: (
                "aws:kms" if _member(call.parameters, "ObjectEncryption", "SSEKMS") else None
            ),
            "s3:x-amz-server-side-encryption-aws-kms-key-id": ("ObjectEncryption.SSEKMS.KMSKeyArn"),
        },
    ),
)

OTHERS: tuple[Entry, ...] = (
    # moto's own names for what botocore has no operation for: CORS preflight requests.
    Open("BucketCORSPreflightCheck", page="Using cross-origin resource sharing (CORS)"),
    Open("ObjectCORSPreflightCheck", page="Using cross-origin resource sharing (CORS)"),
    Row("CreateSession", "s3express:CreateSession", DIRECTORY_BUCKET, attached=nothing_attached),
    Row("RenameObject", "s3express:CreateSession", DIRECTORY_BUCKET, attached=nothing_attached),
    Row(
        "ListDirectoryBuckets",
        "s3express:ListAllMyDirectoryBuckets",
        attached=nothing_attached,
    ),
    Row(
        "WriteGetObjectResponse",
        "s3-object-lambda:WriteGetObjectResponse",
        attached=nothing_attached,
    ),
)

TABLE = Table(
    prefix="s3",
    keys=EVERY_REQUEST,
    context=(_resource_account,),
    attached=bucket_policy,
    trail=_trail,
    rows=(*BUCKETS, *OBJECTS, *OTHERS, *encryption.ROWS),
)
