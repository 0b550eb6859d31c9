"""The sealed account of a denial that EC2 puts into its error messages.

Who was refused may not know why: the details are encoded, and only somebody who may call
`sts:DecodeAuthorizationMessage` in the same account reads them.

Pages: *DecodeAuthorizationMessage* (AWS Security Token Service API Reference); *Use
DecodeAuthorizationMessage with a CLI* (IAM User Guide), for the shape of what comes out.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.state import Store

if TYPE_CHECKING:
    from rolelab.iam import Decision
    from rolelab.iam.trace import StatementTrace
    from rolelab.sandbox.call import Call

_NONCE = 12
_KEY = 32

_keys: Store[bytes] = Store(lambda: os.urandom(_KEY))


class Unreadable(ValueError):  # noqa: N818 - it says what the text is
    """A text that is no encoded message of this account."""


def sentence(call: Call, decision: Decision) -> str:
    """Give the message with which EC2 refuses a call.

    Operations without permissions for single resources name none, and encode nothing.

    Args:
        call: the call that is refused.
        decision: why.
    """
    request = decision.request
    said = decision.message
    if request.resource == "*":
        said = said.replace(" on resource: *", "", 1)
        return f"You are not authorized to perform this operation. {said}"
    sealed = seal(call.account, describe(call, decision))
    return (
        f"You are not authorized to perform this operation. {said}. "
        f"Encoded authorization failure message: {sealed}"
    )


def seal(account: str, message: Mapping[str, Any]) -> str:
    """Encode a message so that this account alone can read it."""
    text = json.dumps(message, separators=(",", ":")).encode()
    nonce = os.urandom(_NONCE)
    sealed = nonce + _cipher(account).encrypt(nonce, zlib.compress(text), None)
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def unseal(account: str, text: str) -> str:
    """Read an encoded message.

    Args:
        account: the account of whoever wants to read it.
        text: what stood in the error message.

    Returns:
        The message as JSON text.

    Raises:
        Unreadable: the text is damaged, or another account's.
    """
    from cryptography.exceptions import InvalidTag

    try:
        sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        opened = _cipher(account).decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
    except (binascii.Error, InvalidTag, ValueError) as error:
        raise Unreadable(text) from error
    return zlib.decompress(opened).decode()


def _cipher(account: str) -> Any:
    # Only whoever is refused by EC2 pays for the import.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(_keys.of(account, "aws"))


# --- what is in it ----------------------------------------------------------------------------


def describe(call: Call, decision: Decision) -> dict[str, Any]:
    """Give the details of a denial in the shape that DecodeAuthorizationMessage answers."""
    request = decision.request
    who = str(call.context.get("aws:userid", ""))
    denied = decision.effect == "ExplicitDeny"
    return {
        "allowed": False,
        "explicitDeny": denied,
        "matchedStatements": _items(_matched(decision, who) if denied else ()),
        "failures": _items(()),
        "context": {
            "principal": _principal(request.principal, who),
            "action": request.action,
            "resource": request.resource,
            "conditions": _items(_conditions(request.resource, request.context)),
        },
    }


def _principal(arn: str, identifier: str) -> dict[str, str]:
    """A user is shown with its name; a session has it in its id and ARN."""
    name = {"name": arn.rpartition("/")[2]} if ":user/" in arn else {}
    return {"id": identifier, **name, "arn": arn}


def _matched(decision: Decision, who: str) -> Iterator[dict[str, Any]]:
    for layer in decision.layers:
        for statement in layer.statements if layer.decisive else ():
            if statement.matched and statement.effect == "Deny":
                yield _statement(statement, who.partition(":")[0])


def _statement(trace: StatementTrace, who: str) -> dict[str, Any]:
    source = trace.source
    conditions = (
        _pair(key, value)
        for keys in (source.get("Condition") or {}).values()
        for key, value in keys.items()
    )
    return {
        "statementId": str(source.get("Sid", "")),
        "effect": trace.effect.upper(),
        "principals": _values([who]),
        "principalGroups": _items(()),
        "actions": _values(source.get("Action", [])),
        "resources": _values(source.get("Resource", [])),
        "conditions": _items(conditions),
    }


def _conditions(resource: str, context: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The condition keys of the request, and the parts of the resource's ARN."""
    _, _, service, region, account, name = resource.split(":", 5)
    parts = {
        "aws:ARN": resource,
        "aws:Account": account,
        "aws:Region": region,
        "aws:Resource": name,
        "aws:Service": service,
        "aws:Type": name.partition("/")[0],
    }
    for key, value in sorted({**context, **parts}.items()):
        yield _pair(key, value)


def _pair(key: str, value: Any) -> dict[str, Any]:
    return {"key": key, "values": _values(value)}


def _values(value: Any) -> dict[str, Any]:
    entries = value if isinstance(value, list | tuple) else [value]
    return _items({"value": str(entry)} for entry in entries)


def _items(entries: Iterable[Any]) -> dict[str, Any]:
    return {"items": list(entries)}
