"""Which S3 actions a bucket policy may name, and which condition keys go with which action.

AWS page: *Actions, resources, and condition keys for Amazon S3* (Service Authorization Reference).
Actions on access points, jobs, grants and the account itself are absent: a bucket policy cannot
name them. Names are in lower case because actions compare without case.
"""

from __future__ import annotations

from collections.abc import Mapping

OBJECT, BUCKET = "object", "bucket"

_OBJECT_ACTIONS = """
AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectTagging
DeleteObjectVersion DeleteObjectVersionTagging GetObject GetObjectAcl GetObjectAttributes
GetObjectLegalHold GetObjectRetention GetObjectTagging GetObjectTorrent GetObjectVersion
GetObjectVersionAcl GetObjectVersionAttributes GetObjectVersionForReplication
GetObjectVersionTagging GetObjectVersionTorrent InitiateReplication ListMultipartUploadParts
ObjectOwnerOverrideToBucketOwner PutObject PutObjectAcl PutObjectLegalHold PutObjectRetention
PutObjectTagging PutObjectVersionAcl PutObjectVersionTagging ReplicateDelete ReplicateObject
ReplicateTags RestoreObject UpdateObjectEncryption
"""

_BUCKET_ACTIONS = """
CreateBucket CreateBucketMetadataTableConfiguration DeleteBucket
DeleteBucketMetadataTableConfiguration DeleteBucketPolicy DeleteBucketWebsite
GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketAbac GetBucketAcl GetBucketCORS
GetBucketLocation GetBucketLogging GetBucketMetadataTableConfiguration GetBucketNotification
GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy
GetBucketPolicyStatus GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging
GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration
GetIntelligentTieringConfiguration GetInventoryConfiguration GetLifecycleConfiguration
GetMetricsConfiguration GetReplicationConfiguration ListBucket ListBucketMultipartUploads
ListBucketVersions ListTagsForResource PauseReplication PutAccelerateConfiguration
PutAnalyticsConfiguration PutBucketAbac PutBucketAcl PutBucketCORS PutBucketLogging
PutBucketNotification PutBucketObjectLockConfiguration PutBucketOwnershipControls
PutBucketPolicy PutBucketPublicAccessBlock PutBucketRequestPayment PutBucketTagging
PutBucketVersioning PutBucketWebsite PutEncryptionConfiguration
PutIntelligentTieringConfiguration PutInventoryConfiguration PutLifecycleConfiguration
PutMetricsConfiguration PutReplicationConfiguration TagResource UntagResource
UpdateBucketMetadataInventoryTableConfiguration UpdateBucketMetadataJournalTableConfiguration
"""

#: Every action a bucket policy may name, with the type of resource it applies to.
ACTIONS: Mapping[str, str] = {
    **dict.fromkeys(_OBJECT_ACTIONS.lower().split(), OBJECT),
    **dict.fromkeys(_BUCKET_ACTIONS.lower().split(), BUCKET),
}

#: Condition keys of S3 that every action takes.
GENERAL_KEYS = frozenset(
    {
        "s3:accessgrantsinstancearn",
        "s3:accesspointnetworkorigin",
        "s3:authtype",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
        "s3:resourceaccount",
        "s3:signatureage",
        "s3:signatureversion",
        "s3:tlsversion",
        "s3:x-amz-content-sha256",
    }
)

_LISTING = "listbucket listbucketversions"
_ACL = (
    "bypassgovernanceretention createbucket putbucketacl putobject putobjectacl putobjectversionacl"
)
_ENCRYPTION = "bypassgovernanceretention putobject replicateobject updateobjectencryption"
_RETENTION = "putobject putobjectretention"
_REQUEST_TAGS = "bypassgovernanceretention putobject putobjecttagging putobjectversiontagging"
_OBJECT_TAGS = """
deleteobjecttagging deleteobjectversiontagging getobject getobjectacl getobjectattributes
getobjecttagging getobjectversion getobjectversionacl getobjectversionattributes
getobjectversiontagging putobjectacl putobjecttagging putobjectversionacl
putobjectversiontagging
"""
_VERSION = """
deleteobjectversion deleteobjectversiontagging getobjectversion getobjectversionacl
getobjectversionattributes getobjectversiontagging getobjectversiontorrent
putobjectversionacl putobjectversiontagging
"""

#: The other condition keys of S3, with the actions that take them. Keys that end in a slash
#: are followed by a tag key.
KEYS: Mapping[str, frozenset[str]] = {
    key: frozenset(actions.split())
    for key, actions in {
        "s3:delimiter": _LISTING,
        "s3:destinationregion": "pausereplication",
        "s3:existingobjecttag/": _OBJECT_TAGS,
        "s3:if-match": "deleteobject putobject",
        "s3:if-none-match": "putobject",
        "s3:inventoryaccessibleoptionalfields": "putinventoryconfiguration",
        "s3:isreplicationpauserequest": "putreplicationconfiguration",
        "s3:locationconstraint": "createbucket",
        "s3:max-keys": _LISTING,
        "s3:object-lock-legal-hold": "putobject putobjectlegalhold",
        "s3:object-lock-mode": _RETENTION,
        "s3:object-lock-remaining-retention-days": _RETENTION,
        "s3:object-lock-retain-until-date": _RETENTION,
        "s3:objectcreationoperation": "putobject",
        "s3:prefix": _LISTING,
        "s3:requestobjecttag/": _REQUEST_TAGS,
        "s3:requestobjecttagkeys": _REQUEST_TAGS,
        "s3:versionid": _VERSION,
        "s3:x-amz-acl": _ACL,
        "s3:x-amz-bucket-namespace": "createbucket",
        "s3:x-amz-copy-source": "bypassgovernanceretention putobject",
        "s3:x-amz-grant-full-control": _ACL,
        "s3:x-amz-grant-read": _ACL,
        "s3:x-amz-grant-read-acp": _ACL,
        "s3:x-amz-grant-write": _ACL,
        "s3:x-amz-grant-write-acp": _ACL,
        "s3:x-amz-metadata-directive": "bypassgovernanceretention putobject",
        "s3:x-amz-object-ownership": "createbucket",
        "s3:x-amz-server-side-encryption": _ENCRYPTION,
        "s3:x-amz-server-side-encryption-aws-kms-key-id": _ENCRYPTION,
        "s3:x-amz-server-side-encryption-customer-algorithm": (
            "bypassgovernanceretention putobject replicateobject"
        ),
        "s3:x-amz-storage-class": (
            "bypassgovernanceretention putobject putobjectacl putobjectversionacl"
        ),
        "s3:x-amz-website-redirect-location": "bypassgovernanceretention putobject",
    }.items()
}


def actions_of(key: str) -> frozenset[str] | None:
    """The actions that take a condition key of S3.

    Args:
        key: the key in lower case, such as ``"s3:prefix"``.

    Returns:
        The actions in lower case, without their service prefix; None for a key S3 does not have.
    """
    if key in GENERAL_KEYS:
        return frozenset(ACTIONS)
    family, _, tag = key.partition("/")
    return KEYS.get(f"{family}/" if tag else family)
