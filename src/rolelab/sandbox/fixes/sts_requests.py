"""What the operations that make sessions have in common: durations, session policies, tags, MFA.

AWS pages: *AssumeRole* of the STS API Reference, *Session policies*, *Pass session tags in AWS
STS*, *IAM and AWS STS quotas*. Sentences that no page quotes are those AWS answers, as widely
reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rolelab.sandbox import managed_policies, sessions
from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer
from rolelab.sandbox.fixes.iam_documents import identity
from rolelab.sandbox.fixes.iam_errors import access_denied, validation_error
from rolelab.sandbox.resource_policies.iam import role as role_of
from rolelab.sandbox.sessions import Session

ONE_HOUR = 3600
TWELVE_HOURS = 43_200
POLICY_CHARACTERS = 2048
"""Plaintext of inline and managed session policies together (*IAM and AWS STS quotas*)."""
POLICY_ARNS = 10
"""Managed session policies of one session (*IAM and AWS STS quotas*)."""


@dataclass(frozen=True, slots=True)
class SessionPolicies:
    """The session policies of a request, checked.

    Attributes:
        packed: how much of the allowed space they take, in percent; None if there are none.
    """

    inline: tuple[str, ...]
    arns: tuple[str, ...]
    packed: int | None


@dataclass(frozen=True, slots=True)
class SessionTags:
    """The tags of a new session: those passed, and those inherited along a role chain."""

    tags: Mapping[str, str]
    transitive: tuple[str, ...]


def calling_session(response: Any) -> Session | None:
    """The temporary credentials that a call was made with; None for long-term ones."""
    return sessions.find(response.get_access_key())


def existing_role(call: Call) -> Any:
    """The role that the call names. The gate denies calls on roles that do not exist.

    Raises:
        ServiceError: AccessDenied.
    """
    arn = str(call.parameters["RoleArn"])
    found = role_of(arn)
    if found is None:
        raise access_denied(
            f"User: {call.principal} is not authorized to perform: sts:{call.operation} on "
            f"resource: {arn}"
        )
    return found


def role_session_answer(session: Session, packed: int | None, **members: Any) -> Answer:
    """What the AssumeRole operations answer with."""
    answer = Answer(
        {
            "Credentials": session.credentials,
            "AssumedRoleUser": {
                "AssumedRoleId": session.principal_id,
                "Arn": session.principal_arn,
            },
            **members,
        }
    )
    if packed is not None:
        answer["PackedPolicySize"] = packed
    if session.source_identity is not None:
        answer["SourceIdentity"] = session.source_identity
    return answer


def duration(call: Call, longest: int, default: int = ONE_HOUR) -> int:
    """The seconds that a role session shall last.

    Raises:
        ServiceError: ValidationError if they exceed the role's MaxSessionDuration.
    """
    asked = call.parameters.get("DurationSeconds")
    if asked is None:
        return default
    if asked > longest:
        raise validation_error(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    return int(asked)


def session_policies(call: Call, account: str) -> SessionPolicies:
    """The session policies of a request.

    AWS packs them before it compares them with a second limit that is not published. Here the
    packed size is the share of the 2,048 characters of plaintext.

    Args:
        call: the request.
        account: the account of the session, which must have the managed policies.

    Raises:
        ServiceError: MalformedPolicyDocument, PackedPolicyTooLarge, ValidationError.
    """
    text = call.parameters.get("Policy")
    arns = tuple(str(entry.get("arn", "")) for entry in call.parameters.get("PolicyArns") or ())
    if text is not None:
        identity(text)
    if len(arns) > POLICY_ARNS:
        raise validation_error(
            f"1 validation error detected: Value '{list(arns)}' at 'policyArns' failed to satisfy "
            f"constraint: Member must have length less than or equal to {POLICY_ARNS}"
        )
    _check_exist(arns, account, call.partition)
    if text is None and not arns:
        return SessionPolicies((), (), None)
    packed = -(-100 * (len(text or "") + sum(map(len, arns))) // POLICY_CHARACTERS)
    if packed > 100:
        raise ServiceError(
            "PackedPolicyTooLarge",
            f"Packed policy consumes {packed}% of allotted space, please use smaller policy.",
        )
    return SessionPolicies((text,) if text is not None else (), arns, packed)


def _check_exist(arns: Iterable[str], account: str, partition: str) -> None:
    from moto.iam.models import iam_backends

    backend = iam_backends[account][partition]
    for arn in arns:
        if not managed_policies.ensure(backend, arn):
            # The sentence is ours: STS's own is not published.
            raise validation_error(f"The policy {arn} does not exist or is not attachable.")


def session_tags(
    tags: Sequence[Mapping[str, str]], transitive: Sequence[str], caller: Session | None
) -> SessionTags:
    """The tags of a new session. Keys do not differ by case alone.

    AWS page: *Pass session tags in AWS STS*, Chaining roles with session tags.

    Raises:
        ServiceError: InvalidParameterValue.
    """
    passed = {tag["Key"]: tag["Value"] for tag in tags}
    keys = {key.lower() for key in passed}
    if len(keys) < len(tags):
        raise _invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    if not {key.lower() for key in transitive} <= keys:
        raise _invalid("The specified transitive tag key must be included in the requested tags.")
    inherited = inherited_tags(caller)
    if keys & {key.lower() for key in inherited}:
        raise _invalid(
            "One of the specified transitive tag keys can't be set because it conflicts with a "
            "transitive tag key from the calling session."
        )
    return SessionTags({**inherited, **passed}, (*inherited, *transitive))


def inherited_tags(caller: Session | None) -> dict[str, str]:
    """The tags that the calling session hands on to the sessions it makes."""
    if caller is None:
        return {}
    handed_on = {key.lower() for key in caller.transitive_tag_keys}
    return {key: value for key, value in caller.tags.items() if key.lower() in handed_on}


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValue", message)


def with_mfa(call: Call) -> bool:
    """Was the call made with a one-time password of the caller's own MFA device?

    The sandbox has no clock to share with a device: any six digits are taken for a code. The
    device must be enabled for the user.

    AWS page: *Secure API access with MFA*.

    Raises:
        ServiceError: AccessDenied if the device is not the caller's, or one of the two is missing.
    """
    serial, code = call.parameters.get("SerialNumber"), call.parameters.get("TokenCode")
    if serial is None and code is None:
        return False
    if serial is None or code is None:
        raise access_denied(
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time "
            "pass code."
        )
    if not re.fullmatch(r"\d{6}", code) or serial not in _devices(call):
        raise access_denied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your "
            "MFA serial number is valid and associated with this user."
        )
    return True


def _devices(call: Call) -> Mapping[str, Any]:
    from moto.iam.models import iam_backends

    name = str(call.context.get("aws:username"))
    found = iam_backends[call.account][call.partition].users.get(name)
    return found.mfa_devices if found is not None else {}
