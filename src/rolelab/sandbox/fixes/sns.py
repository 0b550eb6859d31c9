"""Where moto's SNS differs from AWS.

AWS pages: *CreateTopic*, *SetTopicAttributes*, *Subscribe*, *Publish* of the Amazon SNS API
Reference; *Amazon SNS API permissions: Actions and resources reference*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rolelab.iam import PolicyError, parse
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, fix, sns_delivery
from rolelab.sandbox.fixes.resource_documents import actions, missing_principal
from rolelab.sandbox.resource_policies.sns import topic

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call
    from rolelab.sandbox.fixes import Response, Serve

# What a topic's policy may speak of. SNS takes neither a wildcard nor another action.
TOPIC_ACTIONS = frozenset(
    f"sns:{action}"
    for action in (
        "addpermission",
        "deletetopic",
        "getdataprotectionpolicy",
        "gettopicattributes",
        "listsubscriptionsbytopic",
        "listtagsforresource",
        "publish",
        "putdataprotectionpolicy",
        "receive",
        "removepermission",
        "settopicattributes",
        "subscribe",
    )
)
_SETTABLE = frozenset(
    {
        "ArchivePolicy",
        "ContentBasedDeduplication",
        "DataProtectionPolicy",
        "DeliveryPolicy",
        "DisplayName",
        "FifoThroughputScope",
        "FifoTopic",
        "KmsMasterKeyId",
        "Policy",
        "SignatureVersion",
        "TracingConfig",
    }
)
_FEEDBACK = ("FeedbackRoleArn", "FeedbackSampleRate")
_PROTOCOLS = frozenset(
    {
        "application",
        "email",
        "email-json",
        "firehose",
        "http",
        "https",
        "lambda",
        "sms",
        "sqs",
    }
)


@fix("sns", "CreateTopic")
def create_topic(call: Call, response: Any, serve: Serve) -> Response:
    """moto takes any attribute, and stops at a policy that is no JSON."""
    for name, value in (call.parameters.get("Attributes") or {}).items():
        _check(call, name, value)
    return serve()


@fix("sns", "SetTopicAttributes")
def set_topic_attributes(call: Call, response: Any, serve: Serve) -> Response:
    """The same for an attribute alone."""
    given = call.parameters
    _check(call, str(given.get("AttributeName", "")), given.get("AttributeValue"))
    return serve()


@fix("sns", "Publish")
def publish(call: Call, response: Any, serve: Serve) -> Response:
    """moto takes an empty message, and calls a topic that is not there an endpoint."""
    if not call.parameters.get("Message"):
        raise invalid("Empty message")
    arn = str(call.parameters.get("TopicArn") or call.parameters.get("TargetArn") or "")
    if arn and ":endpoint/" not in arn and topic(arn) is None:
        raise ServiceError("NotFound", "Topic does not exist", 404)
    return serve()


@fix("sns", "Subscribe")
def subscribe(call: Call, response: Any, serve: Serve) -> Answer | Response:
    """moto takes any protocol, and confirms for whoever owns the address.

    Page: *Subscribe*: the ARN of a subscription that is not confirmed yet is `pending confirmation`
    unless the caller asks for it.
    """
    protocol = str(call.parameters.get("Protocol", ""))
    if protocol not in _PROTOCOLS:
        raise invalid(f"Amazon SNS does not support this protocol string: {protocol}")
    answer = serve()
    if protocol not in sns_delivery.CONFIRMED_BY_OWNER or answer[0] >= 400:
        return answer
    if call.parameters.get("ReturnSubscriptionArn"):
        return answer
    return Answer(SubscriptionArn="pending confirmation")


def invalid(reason: str) -> ServiceError:
    """Give the error with which SNS refuses a parameter."""
    return ServiceError("InvalidParameter", f"Invalid parameter: {reason}", 400)


def _check(call: Call, name: str, value: Any) -> None:
    if name not in _SETTABLE and not name.endswith(_FEEDBACK):
        raise invalid("AttributeName")
    if name == "Policy":
        check_policy(call, str(value or ""))


def check_policy(call: Call, text: str) -> None:
    """Refuse what is no policy of a topic.

    Raises:
        ServiceError: InvalidParameter. The sentences are SNS's answers as they are widely reported;
            its pages do not quote them.
    """
    try:
        document = parse(text, kind="resource")
    except PolicyError as error:
        raise invalid("Policy Error: null") from error
    if any(action not in TOPIC_ACTIONS for action in actions(document)):
        raise invalid("Policy statement action out of service scope!")
    if missing_principal(call, document) is not None:
        raise invalid("Policy Error: PrincipalNotFound")
