"""The policy of an upload form: until when it is valid, and which fields it lets through.

Pure: it takes the form's fields and says what S3 says. AWS pages: *POST Policy* (Amazon S3 API
Reference), *HTML forms (AWS signature version 2)* ("Policy construction").
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rolelab.sandbox.denial import ServiceError

_INVALID = "Invalid according to Policy: "
#: Fields that need no condition: what signs the policy, and what the form's author exempted.
_UNCONDITIONED = frozenset({"awsaccesskeyid", "file", "policy", "signature", "x-amz-signature"})
_IGNORED = "x-ignore-"
_RANGE = "content-length-range"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on a field: its value is equal to a text, or starts with it."""

    operator: str
    field: str
    value: str

    def met(self, fields: Mapping[str, str]) -> bool:
        """Whether the form's field is as the policy wants it."""
        given = fields.get(self.field)
        if given is None:
            return False
        if self.operator == "eq":
            return given == self.value
        # A list of content types is allowed if each of them is.
        values = given.split(",") if self.field == "content-type" else [given]
        return all(value.strip().startswith(self.value) for value in values)

    def __str__(self) -> str:
        return json.dumps([self.operator, f"${self.field}", self.value])


def check(fields: Mapping[str, str], bucket: str, size: int, now: datetime) -> None:
    """Refuse a form that its own policy does not allow.

    Args:
        fields: the form's fields by lower-case name; `policy` among them.
        bucket: the bucket the form was sent to.
        size: the size of the file in bytes.
        now: the time of the request, with its time zone.

    Raises:
        ServiceError: AccessDenied (expired, a condition is not met, a field without a
            condition), EntityTooSmall, EntityTooLarge or InvalidPolicyDocument.
    """
    policy = _read(fields["policy"])
    if _expiration(policy) <= now:
        raise _denied("Policy expired.")
    known = {**fields, "bucket": bucket}
    conditions = [*_conditions(policy)]
    for condition in conditions:
        if isinstance(condition, Condition) and not condition.met(known):
            raise _denied(f"Policy Condition failed: {condition}")
    named = {each.field for each in conditions if isinstance(each, Condition)}
    extra = [field for field in fields if not _is_unconditioned(field) and field not in named]
    if extra:
        raise _denied(f"Extra input fields: {', '.join(extra)}")
    for each in conditions:
        if isinstance(each, tuple):
            _check_size(size, *each)


def _is_unconditioned(field: str) -> bool:
    return field in _UNCONDITIONED or field.startswith(_IGNORED)


def _read(text: str) -> dict[str, Any]:
    try:
        policy = json.loads(base64.b64decode(text, validate=True))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise _invalid("Invalid JSON.") from error
    if not isinstance(policy, dict) or not isinstance(policy.get("conditions"), list):
        raise _invalid("Invalid JSON.")
    return policy


def _expiration(policy: Mapping[str, Any]) -> datetime:
    try:
        expiration = datetime.fromisoformat(policy["expiration"])
    except (KeyError, TypeError, ValueError) as error:
        raise _invalid("Invalid 'expiration' value.") from error
    return expiration if expiration.tzinfo else expiration.replace(tzinfo=UTC)


def _conditions(policy: Mapping[str, Any]) -> Iterable[Condition | tuple[int, int]]:
    for written in policy["conditions"]:
        if isinstance(written, Mapping):
            for field, value in written.items():
                yield Condition("eq", field.lower(), str(value))
            continue
        match written:
            case [str(kind), int(least), int(most)] if kind.lower() == _RANGE:
                yield least, most
            case [str(kind), str(field), str(value)] if kind.lower() in (
                "eq",
                "starts-with",
            ) and field.startswith("$"):
                yield Condition(kind.lower(), field[1:].lower(), value)
            case _:
                raise _invalid(f"Invalid Condition: {json.dumps(written)}")


def _check_size(size: int, least: int, most: int) -> None:
    if size > most:
        raise ServiceError(
            "EntityTooLarge",
            "Your proposed upload exceeds the maximum allowed size",
            400,
            ProposedSize=size,
            MaxSizeAllowed=most,
        )
    if size < least:
        raise ServiceError(
            "EntityTooSmall",
            "Your proposed upload is smaller than the minimum allowed size",
            400,
            ProposedSize=size,
            MinSizeAllowed=least,
        )


def _denied(reason: str) -> ServiceError:
    return ServiceError("AccessDenied", f"{_INVALID}{reason}", 403)


def _invalid(reason: str) -> ServiceError:
    return ServiceError("InvalidPolicyDocument", f"Invalid Policy: {reason}", 400)
