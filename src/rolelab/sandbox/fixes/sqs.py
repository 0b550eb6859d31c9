"""Where moto's SQS differs from AWS.

AWS pages: *CreateQueue*, *SetQueueAttributes* and *SendMessage* of the Amazon SQS API Reference;
*Amazon SQS Key management*, "AWS KMS errors".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rolelab.iam import PolicyError, parse
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import fix
from rolelab.sandbox.fixes.kms_states import unusable
from rolelab.sandbox.fixes.resource_documents import actions, missing_principal
from rolelab.sandbox.operations.kms_keys import key_arn
from rolelab.sandbox.resource_policies.kms import kms_key

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call
    from rolelab.sandbox.fixes import Response, Serve

_SETTABLE = frozenset(
    {
        "ContentBasedDeduplication",
        "DeduplicationScope",
        "DelaySeconds",
        "FifoQueue",
        "FifoThroughputLimit",
        "KmsDataKeyReusePeriodSeconds",
        "KmsMasterKeyId",
        "MaximumMessageSize",
        "MessageRetentionPeriod",
        "Policy",
        "ReceiveMessageWaitTimeSeconds",
        "RedriveAllowPolicy",
        "RedrivePolicy",
        "SqsManagedSseEnabled",
        "VisibilityTimeout",
    }
)
# The error of KMS -> the error with which SQS reports it. Page: *SendMessage*, "Errors".
_OF_KMS = {"DisabledException": "KmsDisabled", "KMSInvalidStateException": "KmsInvalidState"}


@fix("sqs", "CreateQueue")
def create_queue(call: Call, response: Any, serve: Serve) -> Response:
    """moto takes any attribute, and stops at a policy that is no JSON."""
    _check(call, call.parameters.get("Attributes") or {})
    return serve()


@fix("sqs", "SetQueueAttributes")
def set_queue_attributes(call: Call, response: Any, serve: Serve) -> Response:
    """moto forgets the queue's policy whenever another attribute is set."""
    wanted = call.parameters.get("Attributes") or {}
    _check(call, wanted)
    found = _queue(call, response)
    before = None if found is None else found.policy
    answer = serve()
    if found is not None and "Policy" not in wanted:
        found.policy = before
    return answer


@fix("sqs", "SendMessage")
def send_message(call: Call, response: Any, serve: Serve) -> Response:
    """moto takes a message without a body, and knows nothing of the queue's key."""
    if not call.parameters.get("MessageBody"):
        raise ServiceError(
            "MissingParameter", "The request must contain the parameter MessageBody.", 400
        )
    _check_key(call, response)
    return serve()


@fix("sqs", "SendMessageBatch")
@fix("sqs", "ReceiveMessage")
def use_messages(call: Call, response: Any, serve: Serve) -> Response:
    """moto encrypts and decrypts with a key that is disabled or gone."""
    _check_key(call, response)
    return serve()


def _check(call: Call, attributes: Mapping[str, Any]) -> None:
    for name in attributes:
        if name not in _SETTABLE:
            raise ServiceError("InvalidAttributeName", f"Unknown Attribute {name}.", 400)
    text = attributes.get("Policy")
    if text and not _is_queue_policy(call, str(text)):
        raise ServiceError("InvalidAttributeValue", "Invalid value for the parameter Policy.", 400)


def _is_queue_policy(call: Call, text: str) -> bool:
    try:
        document = parse(text, kind="resource")
    except PolicyError:
        # SQS says no more than that the value is invalid.
        return False
    of_sqs = all(action == "*" or action.startswith("sqs:") for action in actions(document))
    return of_sqs and missing_principal(call, document) is None


def _check_key(call: Call, response: Any) -> None:
    """Refuse to use a queue whose key KMS would not use."""
    found = _queue(call, response)
    named = getattr(found, "kms_master_key_id", None)
    if found is None or not named or str(named).endswith("alias/aws/sqs"):
        return
    arn = key_arn(str(named), (found.account_id,), found.region, call)
    key = kms_key(arn)
    if key is None:
        raise ServiceError("KmsNotFound", f"Key '{arn}' does not exist", 400)
    refusal = unusable(key)
    if refusal is not None:
        raise ServiceError(_OF_KMS[refusal.code], refusal.message, 400)


def _queue(call: Call, response: Any) -> Any | None:
    name = str(call.parameters.get("QueueUrl", "")).rstrip("/").rpartition("/")[2]
    return response.sqs_backend.queues.get(name)
