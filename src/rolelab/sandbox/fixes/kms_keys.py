"""Making, describing, disabling and deleting keys, and when they are rotated.

AWS pages: *CreateKey*, *DescribeKey*, *ScheduleKeyDeletion*, *CancelKeyDeletion*,
*EnableKeyRotation* and *GetKeyRotationStatus* (AWS KMS API Reference); *Key states of AWS KMS keys*
(AWS KMS Developer Guide).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, Serve, fix
from rolelab.sandbox.fixes.kms_lookup import found, not_found
from rolelab.sandbox.fixes.kms_policies import check_policy
from rolelab.sandbox.fixes.kms_rotation import current_material_id
from rolelab.sandbox.fixes.kms_states import (
    DISABLED,
    ENABLED,
    PENDING_DELETION,
    PENDING_IMPORT,
    state_of,
)
from rolelab.sandbox.fixes.kms_use import ENCRYPT, MAC, SYMMETRIC, key_in
from rolelab.sandbox.operations.kms_keys import key_arn
from rolelab.sandbox.resource_policies import backends

_YEAR = 365
_SHORTEST_WAIT, _LONGEST_WAIT = 7, 30


@fix("kms", "CreateKey")
def create_key(call: Call, response: Any, serve: Serve) -> Answer:
    """moto takes any text as key policy, and any use for any kind of key."""
    given = call.parameters
    spec = str(given.get("KeySpec") or given.get("CustomerMasterKeySpec") or SYMMETRIC)
    usage = given.get("KeyUsage")
    _check_usage(spec, usage)
    policy = given.get("Policy")
    if policy is not None:
        place = f"arn:{call.partition}:kms:{call.region}:{call.account}:key/*"
        check_policy(call, str(policy), place)
    keys = backends("kms")[call.account][call.region]
    key = keys.create_key(
        policy,
        usage or ENCRYPT,
        spec,
        given.get("Description"),
        None,
        given.get("MultiRegion", False),
        given.get("Origin") or "AWS_KMS",
    )
    if key.multi_region:
        _name_as_aws_does(keys, key)
    if given.get("Tags"):
        keys.tagger.tag_resource(key.id, given["Tags"])
    if key.origin == "EXTERNAL":
        # Page: *Importing key material for AWS KMS keys*: it waits for its material.
        key.key_state, key.enabled = PENDING_IMPORT, False
    return Answer({"KeyMetadata": described(key)})


def _name_as_aws_does(keys: Any, key: Any) -> None:
    """Give a multi-Region key an id of 36 characters: moto's ciphertexts hold no longer one.

    Page: *Multi-Region keys in AWS KMS*: `mrk-` and 32 digits.
    """
    del keys.keys[key.id]
    key.id = f"mrk-{key.id.removeprefix('mrk-').replace('-', '')}"
    key.arn = f"{key.arn.rpartition('/')[0]}/{key.id}"
    key.multi_region_configuration["PrimaryKey"]["Arn"] = key.arn
    keys.keys[key.id] = key


def _check_usage(spec: str, usage: str | None) -> None:
    """Page: *CreateKey*, "KeyUsage"."""
    if usage is None and spec != SYMMETRIC:
        raise _invalid(
            "You must specify a KeyUsage value for all KMS keys except for symmetric encryption "
            "keys."
        )
    if usage is not None and usage not in _USAGES_OF.get(spec.partition("_")[0], (usage,)):
        raise _invalid(f"KeyUsage {usage} is not compatible with KeySpec {spec}")


_USAGES_OF: Mapping[str, tuple[str, ...]] = {
    "SYMMETRIC": ("ENCRYPT_DECRYPT",),
    "RSA": ("ENCRYPT_DECRYPT", "SIGN_VERIFY"),
    "ECC": ("SIGN_VERIFY", "KEY_AGREEMENT"),
    "HMAC": ("GENERATE_VERIFY_MAC",),
    "SM2": ("ENCRYPT_DECRYPT", "SIGN_VERIFY", "KEY_AGREEMENT"),
}


@fix("kms", "DescribeKey")
def describe_key(call: Call, response: Any, serve: Serve) -> Answer:
    """moto calls the keys that AWS manages the customer's, and an HMAC key one that encrypts."""
    named = str(call.parameters["KeyId"])
    key = found(call, named)
    if key is None:
        # AWS makes the managed key of a service when it is used for the first time.
        keys = backends("kms")[call.account][call.region]
        keys.any_id_to_key_id(named)
        key = found(call, named)
    if key is None:
        raise not_found(f"Alias {key_arn(named, (call.account,), call.region, call)} is not found.")
    return Answer({"KeyMetadata": described(key)})


def described(key: Any) -> dict[str, Any]:
    """The metadata of a key. AWS page: *KeyMetadata*."""
    state = state_of(key)
    metadata = {
        **key.to_dict()["KeyMetadata"],
        "KeyState": state,
        "Enabled": state == ENABLED,
        "KeyManager": "AWS" if is_managed_by_aws(key) else "CUSTOMER",
        "EncryptionAlgorithms": key.encryption_algorithms if key.key_usage == ENCRYPT else None,
        "SigningAlgorithms": key.signing_algorithms if key.key_usage == "SIGN_VERIFY" else None,
    }
    if key.key_spec == SYMMETRIC and state != PENDING_IMPORT:
        metadata["CurrentKeyMaterialId"] = current_material_id(key)
    if key.key_usage == MAC:
        metadata["MacAlgorithms"] = [key.key_spec.replace("HMAC_", "HMAC_SHA_")]
    return {name: value for name, value in metadata.items() if value is not None}


def is_managed_by_aws(key: Any) -> bool:
    """Whether a key is an AWS managed key: an alias says so."""
    return any(name.startswith("alias/aws/") for name in key.aliases)


@fix("kms", "EnableKey")
def enable_key(call: Call, response: Any, serve: Serve) -> Answer:
    """moto knows keys by their id alone here, and fails with an ARN."""
    key = key_in(call)
    key.key_state, key.enabled = ENABLED, True
    return Answer()


@fix("kms", "DisableKey")
def disable_key(call: Call, response: Any, serve: Serve) -> Answer:
    """moto knows keys by their id alone here, and fails with an ARN."""
    key = key_in(call)
    key.key_state, key.enabled = DISABLED, False
    return Answer()


@fix("kms", "ScheduleKeyDeletion")
def schedule_key_deletion(call: Call, response: Any, serve: Serve) -> Answer:
    """moto takes any waiting period, and then does nothing."""
    key = key_in(call)
    days = int(call.parameters.get("PendingWindowInDays", _LONGEST_WAIT))
    if not _SHORTEST_WAIT <= days <= _LONGEST_WAIT:
        bound = (
            f"greater than or equal to {_SHORTEST_WAIT}"
            if days < _SHORTEST_WAIT
            else f"less than or equal to {_LONGEST_WAIT}"
        )
        raise _invalid(
            f"1 validation error detected: Value '{days}' at 'pendingWindowInDays' failed to "
            f"satisfy constraint: Member must have value {bound}"
        )
    key.key_state, key.enabled = PENDING_DELETION, False
    # moto keeps a time without a zone.
    key.deletion_date = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=days)
    return Answer(
        {
            "KeyId": key.arn,
            "DeletionDate": key.deletion_date.replace(tzinfo=UTC),
            "KeyState": PENDING_DELETION,
            "PendingWindowInDays": days,
        }
    )


@fix("kms", "CancelKeyDeletion")
def cancel_key_deletion(call: Call, response: Any, serve: Serve) -> Answer:
    """A key whose deletion is cancelled is disabled."""
    key = key_in(call)
    if key.key_state != PENDING_DELETION:
        raise ServiceError("KMSInvalidStateException", f"{key.arn} is not pending deletion.")
    key.key_state, key.deletion_date = DISABLED, None
    return Answer({"KeyId": key.arn})


@fix("kms", "EnableKeyRotation")
def enable_key_rotation(call: Call, response: Any, serve: Serve) -> Answer:
    """moto does not keep the period."""
    key = key_in(call)
    period = call.parameters.get("RotationPeriodInDays")
    key.key_rotation_status = True
    key.rotation_period = period or getattr(key, "rotation_period", _YEAR)
    key.rotation_enabled_at = datetime.now(UTC)
    return Answer()


@fix("kms", "GetKeyRotationStatus")
def get_key_rotation_status(call: Call, response: Any, serve: Serve) -> Answer:
    """moto does not say when."""
    key = key_in(call)
    if not key.key_rotation_status:
        return Answer({"KeyId": key.id, "KeyRotationEnabled": False})
    period = getattr(key, "rotation_period", _YEAR)
    since = getattr(key, "rotation_enabled_at", None) or datetime.fromtimestamp(
        key.creation_date, UTC
    )
    return Answer(
        {
            "KeyId": key.id,
            "KeyRotationEnabled": True,
            "RotationPeriodInDays": period,
            "NextRotationDate": since + timedelta(days=period),
        }
    )


@fix("kms", "ReplicateKey")
def replicate_key(call: Call, response: Any, serve: Serve) -> Answer:
    """moto knows keys by their id alone here, and replicates those of a single Region.

    AWS page: *ReplicateKey*: one replica in each Region, of a multi-Region primary key.
    """
    key, region = key_in(call), str(call.parameters["ReplicaRegion"])
    if not key.multi_region:
        raise ServiceError(
            "UnsupportedOperationException", f"{key.arn} is not a multi-Region primary key."
        )
    if key.id in backends("kms")[key.account_id][region].keys:
        raise ServiceError(
            "AlreadyExistsException", f"Key {key.id} already exists in Region {region}."
        )
    policy = call.parameters.get("Policy")
    if policy is not None:
        check_policy(call, str(policy), key.arn.replace(f":{key.region}:", f":{region}:"))
    replica = backends("kms")[key.account_id][key.region].replicate_key(key.id, region)
    replica.policy = policy or replica.generate_default_policy()
    replica.description = call.parameters.get("Description") or ""
    return Answer({"ReplicaKeyMetadata": described(replica), "ReplicaPolicy": replica.policy})


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
