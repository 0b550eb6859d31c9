"""Rotation: new key material encrypts from now on, older material still decrypts.

moto has one material for each key and only notes that it was rotated.

AWS pages: *Rotate AWS KMS keys* and *List rotations and key materials* (AWS KMS Developer Guide);
*RotateKeyOnDemand*, *ListKeyRotations*, *RotationsListEntry*, *Decrypt*, *GenerateDataKey* and
*ReEncrypt*, "KeyMaterialId" (AWS KMS API Reference).
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, Response, Serve, fix
from rolelab.sandbox.fixes.kms_lookup import found
from rolelab.sandbox.fixes.kms_use import SYMMETRIC, key_in
from rolelab.sandbox.operations.kms import key_of_ciphertext
from rolelab.sandbox.resource_policies import backends

CURRENT, NON_CURRENT = "CURRENT", "NON_CURRENT"
_FIRST_PAGE = 100


def current_material_id(key: Any) -> str:
    """The id of the material that a key encrypts with: 64 hexadecimal digits."""
    return _id_of(key.key_material)


def _id_of(material: bytes) -> str:
    return hashlib.sha256(b"key material" + material).hexdigest()


def _materials(key: Any) -> list[bytes]:
    """All materials of a key, oldest first; the last is the current one."""
    return [*getattr(key, "older_materials", ()), key.key_material]


@fix("kms", "RotateKeyOnDemand")
def rotate_key_on_demand(call: Call, response: Any, serve: Serve) -> Answer:
    """The key stays what it is to its callers: same id, same policy, older ciphertext opens.

    A multi-Region key is rotated in all its Regions.
    """
    from moto.kms.utils import generate_master_key

    key, material, now = key_in(call), generate_master_key(), datetime.now(UTC).timestamp()
    for region in list(backends("kms")[key.account_id].values()):
        related = region.keys.get(key.id)
        if related is None:
            continue
        related.older_materials = _materials(related)
        related.key_material = material
        rotation = {"KeyId": key.id, "RotationDate": now, "RotationType": "ON_DEMAND"}
        related.rotations = [*related.rotations, rotation]
    return Answer({"KeyId": key.id})


@fix("kms", "ListKeyRotations")
def list_key_rotations(call: Call, response: Any, serve: Serve) -> Answer:
    """Each rotation made one material. The first one is listed when it is asked for."""
    key, given = key_in(call), call.parameters
    materials = _materials(key)
    entries = [{"KeyId": key.id}, *key.rotations]
    listed = [
        {
            **entry,
            "KeyMaterialId": _id_of(material),
            "KeyMaterialState": CURRENT if material == key.key_material else NON_CURRENT,
        }
        for entry, material in zip(entries, materials, strict=True)
    ]
    if given.get("IncludeKeyMaterial") != "ALL_KEY_MATERIAL":
        listed = listed[1:]
    start = int(given.get("Marker") or 0)
    end = start + int(given.get("Limit") or _FIRST_PAGE)
    more = {"NextMarker": str(end)} if end < len(listed) else {}
    return Answer({"Rotations": listed[start:end], "Truncated": bool(more), **more})


@fix("kms", "Decrypt")
def decrypt(call: Call, response: Any, serve: Serve) -> Response | Answer:
    """The ciphertext is opened with the material that made it, and the answer names that one."""
    key = found(call, key_of_ciphertext(call, "CiphertextBlob"))
    if key is None or key.key_spec != SYMMETRIC:
        return serve()
    plaintext, material = _opened(call, key, call.parameters.get("EncryptionContext"))
    return Answer(
        {
            "KeyId": key.arn,
            "Plaintext": plaintext,
            "EncryptionAlgorithm": SYMMETRIC,
            "KeyMaterialId": _id_of(material),
        }
    )


@fix("kms", "ReEncrypt")
def re_encrypt(call: Call, response: Any, serve: Serve) -> Response | Answer:
    """From the material that made the ciphertext to the current one of the destination."""
    source = found(call, key_of_ciphertext(call, "CiphertextBlob"))
    destination = key_in(call, "DestinationKeyId")
    if source is None or {source.key_spec, destination.key_spec} != {SYMMETRIC}:
        return serve()
    given = call.parameters
    plaintext, material = _opened(call, source, given.get("SourceEncryptionContext"))
    keys = backends("kms")[destination.account_id][destination.region]
    context = dict(given.get("DestinationEncryptionContext") or {})
    blob, _ = keys.encrypt(destination.id, plaintext, context)
    return Answer(
        {
            "CiphertextBlob": blob,
            "SourceKeyId": source.arn,
            "KeyId": destination.arn,
            "SourceEncryptionAlgorithm": SYMMETRIC,
            "DestinationEncryptionAlgorithm": SYMMETRIC,
            "SourceKeyMaterialId": _id_of(material),
            "DestinationKeyMaterialId": current_material_id(destination),
        }
    )


@fix("kms", "GenerateDataKey")
@fix("kms", "GenerateDataKeyWithoutPlaintext")
def generate_data_key(call: Call, response: Any, serve: Serve) -> Response:
    """moto does not name the material."""
    status, headers, body = serve()
    if status != 200:
        return status, headers, body
    members = {**json.loads(body), "KeyMaterialId": current_material_id(key_in(call))}
    return status, headers, json.dumps(members)


def _opened(call: Call, key: Any, context: Any) -> tuple[bytes, bytes]:
    """The plaintext of the ciphertext in a call, and the material that opened it.

    Raises:
        ServiceError: InvalidCiphertextException.
    """
    from types import SimpleNamespace

    from moto.kms.exceptions import InvalidCiphertextException
    from moto.kms.utils import decrypt as open_with

    blob = call.parameters["CiphertextBlob"]
    for material in reversed(_materials(key)):
        stand_in = {key.id: SimpleNamespace(key_material=material)}
        try:
            return open_with(stand_in, blob, dict(context or {}))[0], material
        except InvalidCiphertextException:
            continue
    raise ServiceError("InvalidCiphertextException", "")
