"""What the operations of KMS ask.

Pages: *Actions, resources, and condition keys for AWS Key Management Service* (Service
Authorization Reference); *AWS KMS permissions* and *AWS KMS condition keys* (AWS KMS Developer
Guide); "Required permissions" of each operation in the AWS KMS API Reference.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.check import Check, Value
from rolelab.sandbox.operations.kms_grants import with_grants, with_retirement
from rolelab.sandbox.operations.kms_keys import key_arn, tags_and_aliases
from rolelab.sandbox.operations.row import Derived, Key, Resource, Row, Table
from rolelab.sandbox.resource_policies import (
    Attached,
    account_of,
    backend,
    backends,
    nothing_attached,
    owned_by_account_in_arn,
    partition_of,
)
from rolelab.sandbox.resource_policies.kms import key_policy, kms_key

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

Keys = Mapping[str, Key]

ALIAS = "arn:{partition}:kms:{region}:{account}:{AliasName}"
ANY_KEY = "arn:{partition}:kms:{region}:{account}:key/*"
# A symmetric ciphertext of moto's begins with the id of its key.
_KEY_ID_LENGTH = 36


# Keys as requests name them.


def _named(member: str) -> Resource:
    """Give a resource function: the ARN of the key that the parameter `member` names."""

    def resource(call: Call) -> str:
        named = call.parameters.get(member)
        return key_arn(str(named), (call.account,), call.region, call) if named else "*"

    return resource


def key_of_ciphertext(call: Call, member: str) -> str:
    """Give the ARN of the key that encrypted the ciphertext in the call.

    A symmetric ciphertext says which key that is, also in another account. Pages: *Decrypt* and
    *ReEncrypt*, "KeyId", "SourceKeyId".
    """
    blob = call.parameters.get(member) or b""
    key_id = bytes(blob[:_KEY_ID_LENGTH]).decode("ascii", errors="replace")
    others = (account for account in list(backends("kms")) if account != call.account)
    for account in (call.account, *others):
        stored = backend("kms", account, call.region)
        if stored is not None and key_id in stored.keys:
            return str(stored.keys[key_id].arn)
    return "*"


def _decrypting_key(call: Call) -> str:
    if call.parameters.get("KeyId"):
        return str(_KEY(call))
    return key_of_ciphertext(call, "CiphertextBlob")


def _source_key(call: Call) -> str:
    if call.parameters.get("SourceKeyId"):
        return str(_SOURCE(call))
    return key_of_ciphertext(call, "CiphertextBlob")


def _aliased_key(call: Call) -> str:
    """Give the ARN of the key that the alias in the call stands for now."""
    return key_arn(str(call.parameters.get("AliasName")), (call.account,), call.region, call)


_KEY: Any = _named("KeyId")
_SOURCE: Any = _named("SourceKeyId")
_DESTINATION: Any = _named("DestinationKeyId")
_TARGET: Any = _named("TargetKeyId")


def _policy_of_key(arn: str) -> Attached:
    """Give owner and policy of a key.

    A key that does not exist has no policy, so nothing could be allowed on it. The API has
    NotFoundException for it; so that callers whom IAM allows get to see that, IAM decides here.
    """
    if ":key/" not in arn or kms_key(arn) is not None:
        return key_policy(arn)
    return _left_to_iam(arn)


def _left_to_iam(arn: str) -> Attached:
    """Give the owner of keys that do not exist (yet), and a policy that leaves them to IAM.

    Page: *Controlling access to tags*: tags of a new key need an IAM policy.
    """
    from rolelab.iam import parse

    account = account_of(arn)
    root = f"arn:{partition_of(arn)}:iam::{account}:root"
    allow = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    return Attached(account, parse(text, kind="resource", name="default key policy"))


# Condition keys.


def _about_key(call: Call, arn: str) -> Mapping[str, Value]:
    """Give what the condition keys say about a key as it is. Page: *AWS KMS condition keys*."""
    found = kms_key(arn)
    if found is None:
        return {}
    context: dict[str, Value] = {
        "kms:KeyOrigin": str(found.origin or "AWS_KMS"),
        "kms:KeySpec": str(found.key_spec),
        "kms:KeyUsage": str(found.key_usage or "ENCRYPT_DECRYPT"),
        "kms:MultiRegion": "true" if found.multi_region else "false",
        **tags_and_aliases(arn),
    }
    if found.multi_region:
        kind = found.multi_region_configuration["MultiRegionKeyType"]
        context["kms:MultiRegionKeyType"] = kind
    return context


def _encryption_context(member: str) -> Any:
    """Give a context function: the encryption context that the parameter `member` holds."""

    def context(call: Call, arn: str) -> Mapping[str, Value]:
        return _pairs(call.parameters.get(member))

    return context


def _pairs(given: Mapping[str, str] | None) -> dict[str, Value]:
    if not given:
        return {}
    pairs: dict[str, Value] = {f"kms:EncryptionContext:{key}": given[key] for key in given}
    pairs["kms:EncryptionContextKeys"] = list(given)
    return pairs


def _constraints(call: Call, arn: str) -> Mapping[str, Value]:
    """Give what a grant constraint in the request says. Page: *AWS KMS condition keys*."""
    given = call.parameters.get("Constraints") or {}
    kinds = [
        kind for kind in ("EncryptionContextEquals", "EncryptionContextSubset") if given.get(kind)
    ]
    if not kinds:
        return {}
    return {"kms:GrantConstraintType": kinds[0], **_pairs(given[kinds[0]])}


def _request_alias(member: str) -> Key:
    """Give the alias by which the request names the key, if it does."""

    def alias(call: Call) -> str | None:
        name = str(call.parameters.get(member) or "")
        name = name.split(":", 5)[-1]
        return name if name.startswith("alias/") else None

    return alias


def _or(member: str, default: str) -> Key:
    """Give a parameter, or what the operation takes where it is absent."""

    def value(call: Call) -> Value:
        given = call.parameters.get(member)
        if isinstance(given, bool):
            return "true" if given else "false"
        return default if given is None else str(given)

    return value


def _via_service(call: Call) -> Value:
    return call.context.get("aws:ViaAWSService", "false")


def _same_key(call: Call) -> str:
    return "true" if _source_key(call) == _DESTINATION(call) else "false"


CALLER: Keys = {"kms:CallerAccount": lambda call: call.account}
REQUEST_ALIAS: Keys = {"kms:RequestAlias": _request_alias("KeyId")}
ALGORITHM: Keys = {"kms:EncryptionAlgorithm": _or("EncryptionAlgorithm", "SYMMETRIC_DEFAULT")}
BYPASS: Keys = {
    "kms:BypassPolicyLockoutSafetyCheck": _or("BypassPolicyLockoutSafetyCheck", "false")
}
MAC: Keys = {"kms:MacAlgorithm": "MacAlgorithm", **REQUEST_ALIAS}
SIGNING: Keys = {
    "kms:MessageType": _or("MessageType", "RAW"),
    "kms:SigningAlgorithm": "SigningAlgorithm",
    **REQUEST_ALIAS,
}
PAIR: Keys = {"kms:DataKeyPairSpec": "KeyPairSpec"}
FOR_AWS_RESOURCE: Keys = {"kms:GrantIsForAWSResource": _via_service}
NEW_KEY: Keys = {
    "kms:KeyOrigin": _or("Origin", "AWS_KMS"),
    "kms:KeySpec": lambda call: (
        call.parameters.get("KeySpec")
        or call.parameters.get("CustomerMasterKeySpec")
        or "SYMMETRIC_DEFAULT"
    ),
    "kms:KeyUsage": _or("KeyUsage", "ENCRYPT_DECRYPT"),
    "kms:MultiRegion": _or("MultiRegion", "false"),
    "kms:MultiRegionKeyType": lambda call: (
        "PRIMARY" if call.parameters.get("MultiRegion") else None
    ),
    **BYPASS,
}


def _grant_in(call: Call) -> Any | None:
    """Find the grant that RetireGrant names by token, or by key and id."""
    token, wanted = call.parameters.get("GrantToken"), call.parameters.get("GrantId")
    stored = backend("kms", call.account, call.region)
    named = kms_key(_KEY(call)) if call.parameters.get("KeyId") else None
    keys = list(stored.keys.values()) if token and stored is not None else [named]
    return next(
        (
            grant
            for key in keys
            if key is not None
            for grant in key.grants.values()
            if (token and grant.token == token) or (wanted and grant.id == wanted)
        ),
        None,
    )


def _retires(call: Call) -> Iterable[Check]:
    """Give the check of RetireGrant. Who may retire a grant, the grant says first."""
    grant = _grant_in(call)
    arn = _KEY(call)
    if grant is not None:
        arn = key_arn(grant.key_id, (account_of(arn) or call.account,), call.region, call)
    constraints = (grant.constraints or {}) if grant is not None else {}
    known = _policy_of_key(arn) if arn != "*" else nothing_attached(arn)
    context = {
        "kms:CallerAccount": call.account,
        **_about_key(call, arn),
        **next(
            (
                _pairs(constraints[kind]) | {"kms:GrantConstraintType": kind}
                for kind in constraints
                if kind.startswith("EncryptionContext")
            ),
            {},
        ),
    }
    check = Check("kms:RetireGrant", arn, known.account, context, known.policy)
    yield with_retirement(check, grant)


def _row(
    operation: str,
    keys: Keys | None = None,
    *,
    action: str | None = None,
    resource: Resource = _KEY,
    **columns: Any,
) -> Row:
    """Give the row of an operation on a key; the action has the operation's name by default."""
    context = (_about_key, *columns.pop("context", ()))
    return Row(
        operation,
        f"kms:{action or operation}",
        resource,
        keys={**CALLER, **(keys or {})},
        context=context,
        attached=columns.pop("attached", _policy_of_key),
        **columns,
    )


def _in_account(*operations: str, keys: Keys | None = None) -> tuple[Row, ...]:
    """Give rows of the operations that take no resource."""
    return tuple(Row(each, f"kms:{each}", keys=keys or {}) for each in operations)


WITH_CONTEXT = (_encryption_context("EncryptionContext"),)

# Operations that a grant can allow. Page: *Grants in AWS KMS*, "Grant operations".
GRANTABLE: tuple[Row, ...] = (
    _row(
        "CreateGrant",
        {
            "kms:GrantOperations": "Operations",
            "kms:GranteePrincipal": "GranteePrincipal",
            "kms:RetiringPrincipal": "RetiringPrincipal",
            **FOR_AWS_RESOURCE,
        },
        context=(_constraints,),
    ),
    _row("Decrypt", {**ALGORITHM, **REQUEST_ALIAS}, resource=_decrypting_key, context=WITH_CONTEXT),
    _row(
        "DeriveSharedSecret",
        {"kms:KeyAgreementAlgorithm": "KeyAgreementAlgorithm", **REQUEST_ALIAS},
    ),
    _row("DescribeKey", REQUEST_ALIAS),
    _row("Encrypt", {**ALGORITHM, **REQUEST_ALIAS}, context=WITH_CONTEXT),
    _row("GenerateDataKey", {**ALGORITHM, **REQUEST_ALIAS}, context=WITH_CONTEXT),
    _row("GenerateDataKeyPair", {**ALGORITHM, **PAIR, **REQUEST_ALIAS}, context=WITH_CONTEXT),
    _row(
        "GenerateDataKeyPairWithoutPlaintext",
        {**ALGORITHM, **PAIR, **REQUEST_ALIAS},
        context=WITH_CONTEXT,
    ),
    _row("GenerateDataKeyWithoutPlaintext", {**ALGORITHM, **REQUEST_ALIAS}, context=WITH_CONTEXT),
    _row("GenerateMac", MAC),
    _row("GetPublicKey", REQUEST_ALIAS),
    # Two keys, two permissions. Page: *ReEncrypt*, "Required permissions".
    _row(
        "ReEncrypt",
        {
            "kms:EncryptionAlgorithm": _or("SourceEncryptionAlgorithm", "SYMMETRIC_DEFAULT"),
            "kms:ReEncryptOnSameKey": _same_key,
            "kms:RequestAlias": _request_alias("SourceKeyId"),
        },
        action="ReEncryptFrom",
        resource=_source_key,
        context=(_encryption_context("SourceEncryptionContext"),),
    ),
    _row(
        "ReEncrypt",
        {
            "kms:EncryptionAlgorithm": _or("DestinationEncryptionAlgorithm", "SYMMETRIC_DEFAULT"),
            "kms:ReEncryptOnSameKey": _same_key,
            "kms:RequestAlias": _request_alias("DestinationKeyId"),
        },
        action="ReEncryptTo",
        resource=_DESTINATION,
        context=(_encryption_context("DestinationEncryptionContext"),),
    ),
    _row("Sign", SIGNING),
    _row("Verify", SIGNING),
    _row("VerifyMac", MAC),
)

ON_KEY: tuple[Row, ...] = (
    *(
        _row(operation)
        for operation in (
            "CancelKeyDeletion",
            "Decapsulate",
            "DeleteImportedKeyMaterial",
            "DisableKey",
            "DisableKeyRotation",
            "EnableKey",
            "Encapsulate",
            "GetKeyLastUsage",
            "GetKeyPolicy",
            "GetKeyRotationStatus",
            "ListKeyPolicies",
            "ListKeyRotations",
            "ListResourceTags",
            "RotateKeyOnDemand",
            "UpdateKeyDescription",
        )
    ),
    _row("EnableKeyRotation", {"kms:RotationPeriodInDays": _or("RotationPeriodInDays", "365")}),
    _row(
        "GetParametersForImport",
        {"kms:WrappingAlgorithm": "WrappingAlgorithm", "kms:WrappingKeySpec": "WrappingKeySpec"},
    ),
    _row(
        "ImportKeyMaterial",
        {
            "kms:ExpirationModel": _or("ExpirationModel", "KEY_MATERIAL_EXPIRES"),
            "kms:ValidTo": "ValidTo",
        },
    ),
    _row("ListGrants", FOR_AWS_RESOURCE),
    _row("PutKeyPolicy", BYPASS),
    _row("RevokeGrant", FOR_AWS_RESOURCE),
    _row(
        "ScheduleKeyDeletion",
        {"kms:ScheduleKeyDeletionPendingWindowInDays": _or("PendingWindowInDays", "30")},
    ),
    _row("TagResource", request_tags="Tags"),
    _row("UntagResource", tag_keys="TagKeys"),
    _row("UpdatePrimaryRegion", {"kms:PrimaryRegion": "PrimaryRegion"}),
    _row("ReplicateKey", {"kms:ReplicaRegion": "ReplicaRegion"}),
)

# The alias by IAM policy, and each key it stands for, before and after, by key policy. Page:
# *Controlling access to aliases*.
ALIASES: tuple[Row, ...] = tuple(
    row
    for operation, keys in (
        ("CreateAlias", (_TARGET,)),
        ("DeleteAlias", (_aliased_key,)),
        ("UpdateAlias", (_aliased_key, _TARGET)),
    )
    for row in (
        Row(operation, f"kms:{operation}", ALIAS, keys=CALLER, attached=owned_by_account_in_arn),
        *(_row(operation, resource=key) for key in keys),
    )
)

NEW_KEYS: tuple[Row, ...] = (
    Row("CreateKey", "kms:CreateKey", keys={**CALLER, **NEW_KEY}, request_tags="Tags"),
    # Page: *Managing KMS key tags with API operations*: the permission covers all keys.
    _row("CreateKey", action="TagResource", resource=ANY_KEY, request_tags="Tags", when="Tags"),
    # Page: *ReplicateKey*, "Required permissions": in the Region of the replica.
    Row("ReplicateKey", "kms:CreateKey", keys={**CALLER, **BYPASS}, request_tags="Tags"),
    _row(
        "ReplicateKey",
        action="TagResource",
        resource="arn:{partition}:kms:{ReplicaRegion}:{account}:key/*",
        request_tags="Tags",
        when="Tags",
    ),
)

IN_ACCOUNT: tuple[Row, ...] = (
    *_in_account("GenerateRandom", "ListAliases", "ListKeys", "ListRetirableGrants"),
    *_in_account(
        "ConnectCustomKeyStore",
        "CreateCustomKeyStore",
        "DeleteCustomKeyStore",
        "DescribeCustomKeyStores",
        "DisconnectCustomKeyStore",
        "UpdateCustomKeyStore",
        keys=CALLER,
    ),
)


def _granted(row: Row) -> Derived:
    """Give a row whose check counts the grants on the key."""
    (ask,) = Table(prefix="kms", rows=(row,)).plans[row.operation]

    def checks(call: Call) -> Iterable[Check]:
        return (with_grants(check) for check in ask(call))

    return Derived(row.operation, checks, actions=(row.action,))


# Beside what a grant can allow. Page: *Allowing users in other accounts to use a KMS key*, and
# "Cross-account use" of each operation in the AWS KMS API Reference.
ACROSS_ACCOUNTS = frozenset(
    {"Decapsulate", "Encapsulate", "GetKeyRotationStatus", "ListGrants", "RevokeGrant"}
)


def _within_account(row: Row) -> Row | Derived:
    """Give a row in which a key policy counts for the people of the key's own account only.

    Page: *Allowing users in other accounts to use a KMS key*: permissions for operations that
    cannot be used across accounts have no effect.
    """
    if row.operation in ACROSS_ACCOUNTS or row.resource == ALIAS:
        return row
    (ask,) = Table(prefix="kms", rows=(row,)).plans[row.operation]

    def checks(call: Call) -> Iterable[Check]:
        for check in ask(call):
            own = check.resource_account in (None, call.account)
            yield check if own else replace(check, resource_policy=None)

    return Derived(row.operation, checks, actions=(row.action,))


def _trail(call: Call) -> list[dict[str, str]]:
    """Page: *Logging AWS KMS API calls with AWS CloudTrail*: events name the key."""
    member = next((each for each in ("KeyId", "TargetKeyId") if call.parameters.get(each)), None)
    if member is not None:
        arn = str(_KEY(call) if member == "KeyId" else _TARGET(call))
    elif call.operation in ("Decrypt", "ReEncrypt"):
        arn = _source_key(call) if call.operation == "ReEncrypt" else _decrypting_key(call)
    else:
        return []
    if arn == "*":
        return []
    return [{"ARN": arn, "accountId": account_of(arn) or call.account, "type": "AWS::KMS::Key"}]


TABLE = Table(
    prefix="kms",
    trail=_trail,
    rows=(
        *(_granted(row) for row in GRANTABLE),
        *(_within_account(row) for row in (*ON_KEY, *ALIASES)),
        *NEW_KEYS,
        Derived("RetireGrant", _retires, actions=("kms:RetireGrant",)),
        *IN_ACCOUNT,
    ),
)
