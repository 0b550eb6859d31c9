"""STS: the details behind a denial of EC2.

AWS page: *DecodeAuthorizationMessage* of the STS API Reference.
"""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.authorization_message import Unreadable, unseal
from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, fix


@fix("sts", "DecodeAuthorizationMessage")
def decode_authorization_message(call: Call, response: Any, serve: Any) -> Answer:
    """moto has no encoded messages. The words of the refusal are ours; the page has none."""
    try:
        given = str(call.parameters.get("EncodedMessage", ""))
        return Answer({"DecodedMessage": unseal(call.account, given)})
    except Unreadable as error:
        raise ServiceError(
            "InvalidAuthorizationMessageException", "The encoded message is not valid.", 400
        ) from error
