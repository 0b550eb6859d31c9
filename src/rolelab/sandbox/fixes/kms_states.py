"""What the state of a KMS key permits.

AWS page: *Key states of AWS KMS keys*, whose table names the error of each operation in each state,
word by word. Where it names two errors for a key that is pending deletion, this is the one that KMS
gives.
"""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.denial import ServiceError

ENABLED, DISABLED = "Enabled", "Disabled"
PENDING_DELETION, PENDING_IMPORT = "PendingDeletion", "PendingImport"

_IN_WORDS = {
    PENDING_DELETION: "pending deletion",
    PENDING_IMPORT: "pending import",
}


def state_of(key: Any) -> str:
    """Give the state of a key. A stack can make a key that is disabled from the beginning."""
    if key.key_state == ENABLED and not key.enabled:
        return DISABLED
    return str(key.key_state)


def refusal(key: Any, refused: frozenset[str]) -> ServiceError | None:
    """Say why a key cannot be used, or None if it can.

    Args:
        key: moto's key.
        refused: the states in which the operation fails.
    """
    state = state_of(key)
    if state not in refused:
        return None
    if state == DISABLED:
        return ServiceError("DisabledException", f"{key.arn} is disabled.")
    return ServiceError("KMSInvalidStateException", f"{key.arn} is {_IN_WORDS[state]}.")


OUT_OF_USE = frozenset({DISABLED, PENDING_DELETION, PENDING_IMPORT})
"""The states in which nothing is encrypted, decrypted, signed or granted with a key."""


def unusable(key: Any) -> ServiceError | None:
    """Say why nothing can be encrypted or decrypted with a key; None if something can."""
    return refusal(key, OUT_OF_USE)
