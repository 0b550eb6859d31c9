"""What the operations of SNS ask.

Pages: *Actions, resources, and condition keys for Amazon SNS* (Service Authorization Reference);
*Amazon SNS API permissions: Actions and resources reference*; *Managing Amazon SNS encryption keys
and costs* ("Key management").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.check import Check, Value
from rolelab.sandbox.operations.key_use import key_use
from rolelab.sandbox.operations.kms_keys import key_arn
from rolelab.sandbox.operations.pass_role import pass_role
from rolelab.sandbox.operations.row import Derived, Row, Table, resource_tag_context
from rolelab.sandbox.resource_policies import account_of
from rolelab.sandbox.resource_policies.sns import topic, topic_policy

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

WRITES = ("kms:GenerateDataKey", "kms:Decrypt")
NEW_TOPIC = "arn:{partition}:sns:{region}:{account}:{Name}"


def _target(call: Call) -> str:
    """The topic or the mobile endpoint of a message; a text message to a phone has none."""
    return str(call.parameters.get("TopicArn") or call.parameters.get("TargetArn") or "*")


def _tags(call: Call, arn: str) -> Mapping[str, Value]:
    found = topic(arn)
    return {} if found is None else resource_tag_context(found._tags)


def _on_topic(operation: str, member: str = "TopicArn", **columns: Any) -> Row:
    return Row(operation, f"sns:{operation}", f"{{{member}}}", context=(_tags,), **columns)


def _passed(call: Call) -> Iterable[Check]:
    """Roles with which SNS logs deliveries. Page: *CreateTopic*, "Attributes"."""
    given = dict(call.parameters.get("Attributes") or {})
    if call.parameters.get("AttributeName"):
        given[str(call.parameters["AttributeName"])] = call.parameters.get("AttributeValue")
    for name, value in given.items():
        if name.endswith("FeedbackRoleArn") and value:
            yield pass_role(call, str(value), "sns.amazonaws.com")


PASSES = ("iam:PassRole",)


def _uses_key(call: Call) -> Iterable[Check]:
    """The publisher needs the key of an encrypted topic.

    Page: *Key management* of Amazon SNS, "Allow a user to send messages to a topic with SSE".
    """
    arn = _target(call)
    found = topic(arn)
    named = getattr(found, "kms_master_key_id", None)
    if not named:
        return
    region, owner = arn.split(":")[3:5]
    key = key_arn(str(named), (owner,), region, call)
    for action in WRITES:
        yield key_use(call, action, key, "sns", region, {"aws:sns:topicArn": arn})


def _trail(call: Call) -> list[dict[str, str]]:
    arn = str(call.parameters.get("TopicArn") or call.parameters.get("ResourceArn") or "")
    if not arn:
        return []
    owner = account_of(arn) or call.account
    return [{"ARN": arn, "accountId": owner, "type": "AWS::SNS::Topic"}]


_WITHOUT_RESOURCE = (
    "CheckIfPhoneNumberIsOptedOut",
    "CreatePlatformApplication",
    "CreatePlatformEndpoint",
    "CreateSMSSandboxPhoneNumber",
    "DeleteEndpoint",
    "DeletePlatformApplication",
    "DeleteSMSSandboxPhoneNumber",
    "GetEndpointAttributes",
    "GetPlatformApplicationAttributes",
    "GetSMSAttributes",
    "GetSMSSandboxAccountStatus",
    "GetSubscriptionAttributes",
    "ListEndpointsByPlatformApplication",
    "ListOriginationNumbers",
    "ListPhoneNumbersOptedOut",
    "ListPlatformApplications",
    "ListSMSSandboxPhoneNumbers",
    "ListSubscriptions",
    "ListTopics",
    "OptInPhoneNumber",
    "SetEndpointAttributes",
    "SetPlatformApplicationAttributes",
    "SetSMSAttributes",
    "SetSubscriptionAttributes",
    "Unsubscribe",
    "VerifySMSSandboxPhoneNumber",
)

TABLE = Table(
    prefix="sns",
    attached=topic_policy,
    trail=_trail,
    rows=(
        *(Row(operation, f"sns:{operation}") for operation in _WITHOUT_RESOURCE),
        Derived("CreatePlatformApplication", _passed, actions=PASSES),
        Derived("SetPlatformApplicationAttributes", _passed, actions=PASSES),
        *(
            _on_topic(operation)
            for operation in (
                "AddPermission",
                "ConfirmSubscription",
                "DeleteTopic",
                "GetTopicAttributes",
                "ListSubscriptionsByTopic",
                "RemovePermission",
                "SetTopicAttributes",
            )
        ),
        Derived("SetTopicAttributes", _passed, actions=PASSES),
        Row("CreateTopic", "sns:CreateTopic", NEW_TOPIC, request_tags="Tags"),
        # Page: *CreateTopic*, "Tags".
        Row("CreateTopic", "sns:TagResource", NEW_TOPIC, request_tags="Tags", when="Tags"),
        Derived("CreateTopic", _passed, actions=PASSES),
        _on_topic("GetDataProtectionPolicy", "ResourceArn"),
        _on_topic("PutDataProtectionPolicy", "ResourceArn"),
        _on_topic("ListTagsForResource", "ResourceArn"),
        _on_topic("TagResource", "ResourceArn", request_tags="Tags"),
        _on_topic("UntagResource", "ResourceArn", tag_keys="TagKeys"),
        Row("Publish", "sns:Publish", _target, context=(_tags,)),
        Derived("Publish", _uses_key, actions=WRITES),
        Row("PublishBatch", "sns:Publish", _target, context=(_tags,)),
        Derived("PublishBatch", _uses_key, actions=WRITES),
        _on_topic("Subscribe", keys={"sns:Protocol": "Protocol", "sns:Endpoint": "Endpoint"}),
    ),
)
