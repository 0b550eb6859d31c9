"""What the operations of SQS ask.

Pages: *Actions, resources, and condition keys for Amazon SQS* (Service Authorization Reference);
*Amazon SQS API permissions: Actions and resource reference*; *Amazon SQS Key management*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rolelab.sandbox.operations.check import Check, Value
from rolelab.sandbox.operations.key_use import key_use
from rolelab.sandbox.operations.kms_keys import key_arn
from rolelab.sandbox.operations.row import Derived, Row, Table, resource_tag_context, tag_context
from rolelab.sandbox.resource_policies import account_of
from rolelab.sandbox.resource_policies.sqs import queue, queue_policy

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

WRITES = ("kms:GenerateDataKey", "kms:Decrypt")


def _arn(call: Call, account: str, name: str) -> str:
    return f"arn:{call.partition}:sqs:{call.region}:{account}:{name}"


def _of_url(call: Call) -> str:
    """The queue of a queue URL, whose path is account and name. Page: *Queue and message
    identifiers*.
    """
    given = str(call.parameters.get("QueueUrl") or "")
    if not given:
        return "*"
    parts = [part for part in urlsplit(given).path.split("/") if part]
    account = parts[-2] if len(parts) > 1 else call.account
    return _arn(call, account, parts[-1]) if parts else "*"


def _of_name(call: Call) -> str:
    name = call.parameters.get("QueueName")
    owner = call.parameters.get("QueueOwnerAWSAccountId") or call.account
    return _arn(call, str(owner), str(name)) if name else "*"


def _of_source(call: Call) -> str:
    return str(call.parameters.get("SourceArn") or "*")


def _of_task(call: Call) -> str:
    """The queue of a message move task. Its handle is not an ARN: any queue of the account."""
    return _arn(call, call.account, "*")


def _tags(call: Call, arn: str) -> Mapping[str, Value]:
    found = queue(arn)
    return {} if found is None else resource_tag_context(found.tags)


# "Cross-account permissions don't apply to this action" stands on the page of each in the Amazon
# SQS API Reference: the queue's policy decides about the owner's own principals alone.
_OWNERS_ALONE: Mapping[str, Callable[[Call], str]] = {
    "AddPermission": _of_url,
    "DeleteQueue": _of_url,
    "ListQueueTags": _of_url,
    "RemovePermission": _of_url,
    "SetQueueAttributes": _of_url,
    "TagQueue": _of_url,
    "UntagQueue": _of_url,
    "CancelMessageMoveTask": _of_task,
    "ListMessageMoveTasks": _of_source,
    "StartMessageMoveTask": _of_source,
}


def _owners_alone(operation: str) -> Derived:
    action, resource = f"sqs:{operation}", _OWNERS_ALONE[operation]

    def checks(call: Call) -> Iterable[Check]:
        arn = resource(call)
        known = queue_policy(arn)
        given = call.parameters
        context = {**_tags(call, arn), **tag_context(given.get("Tags"))}
        if given.get("TagKeys"):
            context["aws:TagKeys"] = list(given["TagKeys"])
        policy = known.policy if known.account == call.account else None
        yield Check(action, arn, known.account, context, policy)

    return Derived(operation, checks, actions=(action,))


def _on_queue(operation: str, action: str | None = None) -> Row:
    """A batch asks for the action on single messages, once. Page: *Amazon SQS API permissions*."""
    return Row(operation, f"sqs:{action or operation}", _of_url, context=(_tags,))


def _uses_key(*actions: str) -> Callable[[Call], Iterable[Check]]:
    """Give the checks that SQS raises at KMS in the name of a producer or a consumer.

    SQS keeps a data key for its reuse period; here every call asks. Page: *Amazon SQS Key
    management*, "Configure KMS permissions for producers", "... for consumers".
    """

    def checks(call: Call) -> Iterable[Check]:
        arn = _of_url(call)
        found = queue(arn)
        named = getattr(found, "kms_master_key_id", None)
        if not named:
            return
        region, owner = arn.split(":")[3:5]
        key = key_arn(str(named), (owner,), region, call)
        for action in actions:
            yield key_use(call, action, key, "sqs", region, {"aws:sqs:arn": arn})

    return checks


def _trail(call: Call) -> list[dict[str, str]]:
    arn = _of_url(call)
    if arn == "*":
        return []
    owner = account_of(arn) or call.account
    return [{"ARN": arn, "accountId": owner, "type": "AWS::SQS::Queue"}]


TABLE = Table(
    prefix="sqs",
    attached=queue_policy,
    trail=_trail,
    rows=(
        *(_owners_alone(operation) for operation in _OWNERS_ALONE),
        _on_queue("ChangeMessageVisibility"),
        _on_queue("ChangeMessageVisibilityBatch", "ChangeMessageVisibility"),
        Row("CreateQueue", "sqs:CreateQueue", _of_name, request_tags="tags"),
        # Page: *CreateQueue*, "tags".
        Row("CreateQueue", "sqs:TagQueue", _of_name, request_tags="tags", when="tags"),
        _on_queue("DeleteMessage"),
        _on_queue("DeleteMessageBatch", "DeleteMessage"),
        _on_queue("GetQueueAttributes"),
        Row("GetQueueUrl", "sqs:GetQueueUrl", _of_name, context=(_tags,)),
        _on_queue("ListDeadLetterSourceQueues"),
        Row("ListQueues", "sqs:ListQueues"),
        _on_queue("PurgeQueue"),
        _on_queue("ReceiveMessage"),
        Derived("ReceiveMessage", _uses_key("kms:Decrypt"), actions=("kms:Decrypt",)),
        _on_queue("SendMessage"),
        Derived("SendMessage", _uses_key(*WRITES), actions=WRITES),
        _on_queue("SendMessageBatch", "SendMessage"),
        Derived("SendMessageBatch", _uses_key(*WRITES), actions=WRITES),
    ),
)
