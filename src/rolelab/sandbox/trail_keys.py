"""What CloudTrail shows of requests to encrypt and decrypt.

The data itself is left out, the algorithm is always named, and so is the key of a ciphertext.

AWS pages: *Decrypt* and *Encrypt* in *Examples of AWS KMS log entries* (AWS KMS Developer Guide).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolelab.sandbox.call import Call

_LEFT_OUT = frozenset({"ciphertextBlob", "plaintext"})
SHOWN = frozenset({"Decrypt", "Encrypt"})
"""The operations of KMS whose events are written this way."""


def without_data(call: Call, shown: Mapping[str, Any]) -> dict[str, Any]:
    """The request parameters of an event, without what is encrypted or decrypted.

    Args:
        call: a call of one of the operations in `SHOWN`.
        shown: its parameters as CloudTrail names them.
    """
    kept = {name: value for name, value in shown.items() if name not in _LEFT_OUT}
    if call.operation == "Decrypt" and "keyId" not in kept:
        from rolelab.sandbox.operations.kms import key_of_ciphertext

        arn = key_of_ciphertext(call, "CiphertextBlob")
        kept = {**kept, "keyId": arn} if arn != "*" else kept
    return {"encryptionAlgorithm": "SYMMETRIC_DEFAULT", **kept}
