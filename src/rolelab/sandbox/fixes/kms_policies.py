"""Key policies: what KMS does not take, and how it keeps you from locking yourself out.

AWS pages: *PutKeyPolicy* and *CreateKey* (AWS KMS API Reference), "Policy",
"BypassPolicyLockoutSafetyCheck"; *Default key policy* and *Key policies in AWS KMS* (AWS KMS
Developer Guide).
"""

from __future__ import annotations

from typing import Any

from rolelab.iam import Document, Policies, PolicyError, Request, evaluate, parse
from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, Serve, fix
from rolelab.sandbox.fixes.iam_trust import check_principals
from rolelab.sandbox.fixes.kms_lookup import not_found
from rolelab.sandbox.fixes.kms_use import key_in
from rolelab.sandbox.resource_policies.kms import effective

LARGEST = 32768
"""Bytes of a key policy. AWS page: *Resource quotas* (AWS KMS Developer Guide)."""
DEFAULT = "default"
"""The only name a key policy has."""

_ALL_OF_KMS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}],
}


def check_policy(call: Call, text: str, arn: str) -> None:
    """Refuse a key policy that is none, names nobody, or locks the caller out.

    Args:
        call: the call that sets it.
        text: the policy.
        arn: the key's ARN; of a key that is not there yet, a pattern.

    Raises:
        ServiceError: MalformedPolicyDocumentException or LimitExceededException.
    """
    if len(text.encode()) > LARGEST:
        raise ServiceError(
            "LimitExceededException",
            f"The key policy document exceeds the maximum of {LARGEST} bytes.",
        )
    document = _parsed(text)
    try:
        check_principals(call, document)
    except ServiceError as error:
        raise _malformed(
            "Policy contains a statement with one or more invalid principals."
        ) from error
    if not call.parameters.get("BypassPolicyLockoutSafetyCheck") and not _keeps(
        call, document, arn
    ):
        raise _malformed(
            "The new key policy will not allow you to update the key policy in the future."
        )


def _parsed(text: str) -> Document:
    try:
        return parse(effective(text), kind="resource", name="key policy")
    except PolicyError as error:
        raise _malformed(_SENTENCES.get(str(error.element), str(error))) from error


_SENTENCES = {"Principal": "Policy contains a statement with no principal."}


def _keeps(call: Call, document: Document, arn: str) -> bool:
    """Tell whether the caller may still set the key's policy under a new one.

    What the caller's own policies say does not matter: it is the key policy that must let them,
    or the account's IAM policies in general.
    """
    context = {**call.context, "kms:CallerAccount": call.account}
    owner = arn.split(":")[4]
    request = Request(call.principal, "kms:PutKeyPolicy", arn, owner, context)
    return evaluate(request, Policies(identity=[_ALL_OF_KMS], resource=document)).allowed


def _malformed(message: str) -> ServiceError:
    return ServiceError("MalformedPolicyDocumentException", message)


@fix("kms", "PutKeyPolicy")
def put_key_policy(call: Call, response: Any, serve: Serve) -> Answer:
    """moto takes any text, and wants a name that AWS no longer asks for."""
    key = key_in(call)
    _check_name(call)
    text = str(call.parameters["Policy"])
    check_policy(call, text, key.arn)
    key.policy = text
    return Answer()


@fix("kms", "GetKeyPolicy")
def get_key_policy(call: Call, response: Any, serve: Serve) -> Answer:
    """moto wants a name that AWS no longer asks for."""
    _check_name(call)
    return Answer({"Policy": key_in(call).policy, "PolicyName": DEFAULT})


def _check_name(call: Call) -> None:
    if call.parameters.get("PolicyName", DEFAULT) != DEFAULT:
        raise not_found("No such policy exists")
