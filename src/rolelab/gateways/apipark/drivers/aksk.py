"""The driver `aksk`: a signature with HMAC-SHA256 over the request.

    Authorization: HMAC-SHA256 Access=<ak>, SignedHeaders=host;x-gateway-date, Signature=<hex>

What is signed is `canonical`'s hash, below the scheme and the header `x-gateway-date`. As in
Apinto, nothing looks at how old the date is: who has recorded a signed request may send it again.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from urllib.parse import quote

from rolelab.gateways.apipark.bodies import NAME, members
from rolelab.gateways.apipark.drivers.driver import Driver, Holder
from rolelab.gateways.core.credentials import same
from rolelab.gateways.core.message import Request
from rolelab.gateways.core.refused import Reason, Refused

DATE = "x-gateway-date"
_FORM = re.compile(
    r"(?P<scheme>(?:SDK-)?HMAC-SHA256) Access=(?P<ak>[^,\s]+),\s*"
    r"SignedHeaders=(?P<headers>[^,\s]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)


def canonical(request: Request, signed: Sequence[str]) -> str:
    """The canonical form of a request.

    Args:
        request: the request.
        signed: the names of the signed header fields, in lower case.
    """
    lines = [
        request.method,
        quote(request.path, safe="/-_.~%").removesuffix("/") + "/",
        request.query,
        *(f"{name}:{(request.value(name) or '').strip()}" for name in signed),
        "",
        ";".join(signed),
    ]
    return "\n".join(lines) + "\n" + hashlib.sha256(request.body).hexdigest()


def signature(request: Request, scheme: str, signed: Sequence[str], secret_key: str) -> str:
    """Sign a request.

    Args:
        request: the request, with its header `x-gateway-date`.
        scheme: `HMAC-SHA256` or `SDK-HMAC-SHA256`.
        signed: the names of the signed header fields, in lower case.
        secret_key: the `sk`.

    Returns:
        64 hexadecimal digits.
    """
    hashed = hashlib.sha256(canonical(request, signed).encode()).hexdigest()
    to_sign = f"{scheme}\n{request.value(DATE) or ''}\n{hashed}"
    return hmac.digest(secret_key.encode(), to_sign.encode(), hashlib.sha256).hex()


def _find(token: str, request: Request, holders: Sequence[Holder]) -> Holder:
    form = _FORM.fullmatch(token)
    if form is None:
        raise Refused(
            Reason.CREDENTIALS_MALFORMED,
            "the form is: HMAC-SHA256 Access=<ak>, SignedHeaders=<names>, Signature=<hex>",
        )
    signed = form["headers"].lower().split(";")
    for each in holders:
        access_key, secret_key = each.prepared
        if not same(form["ak"], access_key):
            continue
        if same(form["signature"], signature(request, form["scheme"], signed, secret_key)):
            return each
        raise Refused(Reason.CREDENTIALS_WRONG, "the signature does not verify")
    raise Refused(Reason.CREDENTIALS_WRONG, "no application has this access key")


DRIVER = Driver(
    "aksk",
    members({"ak": NAME, "sk": NAME}, {"label": {"type": "object"}}),
    lambda config: (config["ak"], config["sk"]),
    lambda config: str(config["ak"]),
    _find,
)
