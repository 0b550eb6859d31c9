"""KMS keys and their key policies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from rolelab.sandbox.resource_policies import Attached, account_of, backend, document


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
    in_effect = None if text is None else effective(text)
    return Attached(account_of(arn), document(in_effect, "resource", "key policy"))


@lru_cache(maxsize=1024)
def effective(text: str) -> str:
    """Give a key policy without the statements that have no effect.

    A statement that lacks its Action or its Resource is stored and counts for nothing. Page:
    *PutKeyPolicy*, "Policy".

    Args:
        text: the key policy. What is no JSON object with statements is given back as it is.
    """
    try:
        policy = json.loads(text)
        given = policy["Statement"]
    except (ValueError, TypeError, KeyError):
        return text
    statements = given if isinstance(given, list) else [given]
    kept = [each for each in statements if not _lacks_an_element(each)]
    if len(kept) == len(statements):
        return text
    return json.dumps({**policy, "Statement": kept or [_NOTHING]})


# A policy needs a statement; this one matches no request.
_NOTHING: Mapping[str, Any] = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "kms:none",
    "Resource": "*",
}


def _lacks_an_element(statement: Any) -> bool:
    return isinstance(statement, Mapping) and not (
        statement.keys() & {"Action", "NotAction"}
        and statement.keys() & {"Resource", "NotResource"}
    )


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


READER = key_policy
