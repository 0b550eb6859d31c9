"""The policy attached to a resource, and the account that owns it, read from moto's backends.

`attached(arn)` picks the reader by the service in the ARN. A reader changes nothing and creates
nothing: an account that no one has used stays unused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rolelab.iam import Document


@dataclass(frozen=True, slots=True)
class Attached:
    """What a resource brings to a decision.

    Attributes:
        account: the account that owns it. None: it is not known, or it is the caller's own.
        policy: the policy attached to it, parsed. None: there is none.
    """

    account: str | None = None
    policy: Document | None = None


NOTHING = Attached()


def nothing_attached(arn: str) -> Attached:
    """Answer for a resource that takes no policy and belongs to the caller's account."""
    return NOTHING


def owned_by_account_in_arn(arn: str) -> Attached:
    """Answer for a resource without a policy whose ARN names its owner."""
    return Attached(account_of(arn))


def account_of(arn: str) -> str | None:
    """Read the account id from an ARN; None where it names none.

    The policies that AWS manages name `aws` there, and belong to every account.
    """
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[4].isdigit() else None


def partition_of(arn: str) -> str:
    """Read the partition from an ARN; `aws` for what is no ARN."""
    parts = arn.split(":", 2)
    return parts[1] if len(parts) == 3 else "aws"


def backend(service: str, account: str, region: str) -> Any | None:
    """Give moto's backend of a service, or None where that account has not used it.

    Args:
        service: moto's name of the service, `s3`.
        account: the account id.
        region: the region; a partition name for the global services (`aws`).
    """
    # dict.get, because moto's own look-up makes what it does not find.
    accounts = dict.get(backends(service), account)
    return None if accounts is None else dict.get(accounts, region)


@cache
def backends(service: str) -> Any:
    """Give moto's backends of a service, all accounts. Importing them is put off until asked."""
    from moto.backends import get_backend

    return get_backend(service)  # type: ignore[call-overload]


def bucket(name: str) -> Any | None:
    """Find a bucket in whichever account owns it: bucket names are global."""
    owner = backends("s3").bucket_accounts.get(name)
    if owner is None:
        return None
    partition, account = owner
    stored = backend("s3", account, partition)
    if stored is None:
        return None
    return stored.buckets.get(name) or stored.table_buckets.get(name)


def bucket_policy(arn: str) -> Attached:
    """Give owner and policy for a bucket ARN or an object ARN.

    The policy is the one in effect: with what Block Public Access takes from it, and what ACLs
    add where they are enabled. Pages: *Bucket policies for Amazon S3*, *Access control list (ACL)
    overview*.
    """
    name, _, key = arn.partition(":::")[2].partition("/")
    found = bucket(name) if name else None
    if found is None:
        return NOTHING
    from rolelab.sandbox.fixes.s3_policy_in_effect import policy_in_effect

    return Attached(found.account_id, policy_in_effect(found, key or None))


def role(arn: str) -> Any | None:
    """Find the role an ARN names. The path has to be right, as in AWS."""
    account = account_of(arn)
    stored = backend("iam", account, partition_of(arn)) if account else None
    if stored is None:
        return None
    return next((role for role in stored.roles.values() if role.arn == arn), None)


def trust_policy(arn: str) -> Attached:
    """Give the owner and the trust policy of a role.

    A role that does not exist has no trust policy, so nothing allows assuming it: AWS answers
    it with the same AccessDenied as a role that exists and does not trust the caller.
    """
    found = role(arn)
    text = found.assume_role_policy_document if found is not None else None
    return Attached(account_of(arn), _document(text, "trust", "trust policy"))


def kms_key(arn: str) -> Any | None:
    """Find a KMS key by its ARN."""
    parts = arn.split(":", 5)
    if len(parts) != 6 or not parts[5].startswith("key/"):
        return None
    stored = backend("kms", parts[4], parts[3])
    return None if stored is None else stored.keys.get(parts[5].removeprefix("key/"))


def key_policy(arn: str) -> Attached:
    """Give the owner and the key policy of a KMS key. Page: *Key policies in AWS KMS*.

    Args:
        arn: the ARN of the key; for an AWS managed key that no one has used yet, of its alias.
    """
    parts = arn.split(":", 5)
    found = kms_key(arn)
    aliases = parts[5:] if found is None else found.aliases
    managed = next((name for name in aliases if name.startswith("alias/aws/")), None)
    if managed is not None:
        text: str | None = _managed_key_policy(managed, parts[4], parts[3])
    else:
        text = found.policy if found is not None else None
    return Attached(account_of(arn), _document(text, "resource", "key policy"))


# AWS managed key -> the endpoint name of the service it belongs to, where they differ.
_MANAGED_FOR: Mapping[str, str] = {"ebs": "ec2"}


@cache
def _managed_key_policy(alias: str, account: str, region: str) -> str:
    """Write the key policy of an AWS managed key.

    It lets every principal of the account use the key, through its service alone. Page: *Secret
    encryption and decryption in AWS Secrets Manager*, "Key policy of the AWS managed key".
    """
    name = alias.removeprefix("alias/aws/")
    service = f"{_MANAGED_FOR.get(name, name)}.{region}.amazonaws.com"
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": f"UseThrough{_MANAGED_FOR.get(name, name).capitalize()}",
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": [
                        "kms:CreateGrant",
                        "kms:Decrypt",
                        "kms:DescribeKey",
                        "kms:Encrypt",
                        "kms:GenerateDataKey*",
                        "kms:ReEncrypt*",
                    ],
                    "Resource": "*",
                    "Condition": {
                        "StringEquals": {"kms:CallerAccount": account, "kms:ViaService": service}
                    },
                },
                {
                    "Sid": "ReadMetadata",
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                    "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
                    "Resource": "*",
                },
            ],
        }
    )


def secret(arn: str) -> Any | None:
    """Find a secret by its ARN, or by its ARN without the six characters at the end."""
    parts = arn.split(":", 6)
    if len(parts) != 7 or parts[5] != "secret":
        return None
    stored = backend("secretsmanager", parts[4], parts[3])
    if stored is None:
        return None
    found = (entry for entry in stored.secrets.values() if arn == entry.arn)
    named = (entry for entry in stored.secrets.values() if parts[6] == entry.name)
    return next(found, None) or next(named, None)


def secret_policy(arn: str) -> Attached:
    """Give the owner and the resource policy of a secret. Page: *Resource-based policies*."""
    found = secret(arn)
    text = getattr(found, "policy", None)
    return Attached(account_of(arn), _document(text, "resource", "resource policy of the secret"))


POLICIES: Mapping[str, Callable[[str], Attached]] = {
    "iam": trust_policy,
    "kms": key_policy,
    "s3": bucket_policy,
    "secretsmanager": secret_policy,
}


def attached(arn: str) -> Attached:
    """Give owner and attached policy of any resource, by the service its ARN names.

    Args:
        arn: the ARN of a resource.

    Returns:
        What the service's reader knows; the account in the ARN where no reader exists.

    Raises:
        PolicyError: the stored policy is one that AWS would have refused.
    """
    parts = arn.split(":", 3)
    read = POLICIES.get(parts[2], owned_by_account_in_arn) if len(parts) == 4 else nothing_attached
    return read(arn)


def _document(stored: Any, kind: str, name: str) -> Document | None:
    if not stored:
        return None
    from rolelab.iam import parse

    return parse(stored, kind=kind, name=name)
