"""What a new S3 bucket brings with it, and what its settings say.

AWS pages: *Blocking public access to your Amazon S3 storage*, *Controlling ownership of objects and
disabling ACLs for your bucket*.
"""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.fixes.s3_public_access import NOTHING_BLOCKED, BlockPublicAccess
from rolelab.sandbox.resource_policies import backends

BUCKET_OWNER_ENFORCED = "BucketOwnerEnforced"
BUCKET_OWNER_PREFERRED = "BucketOwnerPreferred"
OBJECT_WRITER = "ObjectWriter"


def arn_of(found: Any) -> str:
    """The ARN of a bucket that moto stores."""
    return f"arn:{found.partition}:s3:::{found.name}"


def give_defaults(found: Any) -> None:
    """Give a bucket what every new bucket has, once, however it came into being."""
    if getattr(found, "has_defaults", False):
        return
    from moto.iam.access_control import PermissionResult
    from moto.s3.models import PublicAccessBlock

    found.has_defaults = True
    found.public_access_block = found.public_access_block or PublicAccessBlock(
        True, True, True, True
    )
    found.ownership_rule = found.ownership_rule or BUCKET_OWNER_ENFORCED
    # moto asks the bucket policy by itself, without looking at its principals and conditions.
    # The gate has decided already, so the bucket agrees with everything.
    found.get_permission = lambda action, resource: PermissionResult.PERMITTED


def ownership_of(found: Any) -> str:
    """Who owns the objects of a bucket; without ownership controls the writer does.

    AWS page: *Controlling ownership of objects and disabling ACLs for your bucket*.
    """
    return found.ownership_rule or OBJECT_WRITER


def blocked(found: Any) -> BlockPublicAccess:
    """What is blocked for a bucket: by its own settings, or by those of its owner's account."""
    accounts = backends("s3control")
    account = (
        accounts[found.account_id][found.partition].public_access_block
        if found.account_id in accounts
        else None
    )
    return _settings(found.public_access_block) | _settings(account)


def _settings(stored: Any) -> BlockPublicAccess:
    if stored is None:
        return NOTHING_BLOCKED
    return BlockPublicAccess(
        stored.block_public_acls,
        stored.ignore_public_acls,
        stored.block_public_policy,
        stored.restrict_public_buckets,
    )
