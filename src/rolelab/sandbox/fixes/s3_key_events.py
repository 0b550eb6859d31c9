"""What KMS logs of the calls that S3 makes in a caller's name.

The gate has decided these calls with the caller's; here they become events of their own, as
CloudTrail shows them: the caller, invoked by S3, with the encryption context that S3 sends.

AWS pages: *Using server-side encryption with AWS KMS keys (SSE-KMS)*, "Encryption context";
*Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys*; *Logging AWS KMS API calls with AWS
CloudTrail*; *CloudTrail userIdentity element*, `invokedBy`.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rolelab.sandbox import principals
from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import FIXES, Response, Serve
from rolelab.sandbox.operations.check import Check
from rolelab.sandbox.operations.kms_grants import ENCRYPTION_CONTEXT
from rolelab.sandbox.operations.kms_keys import key_arn
from rolelab.sandbox.operations.s3_encryption import ROWS
from rolelab.sandbox.principals import Principal
from rolelab.sandbox.state import Store
from rolelab.sandbox.trail import Entry

SERVICE = "s3.amazonaws.com"
BUCKET_KEY_SECONDS = 300
"""How long S3 keeps a bucket key here. AWS says "time-limited" and names no number."""

_FROM_KMS = "KMS."
_PARAMETERS: Mapping[str, Mapping[str, str]] = {
    "GenerateDataKey": {"KeySpec": "AES_256"},
    "Decrypt": {"EncryptionAlgorithm": "SYMMETRIC_DEFAULT"},
}

_ASKS: defaultdict[str, list[Callable[[Call], Iterable[Check]]]] = defaultdict(list)
for _row in ROWS:
    _ASKS[_row.operation].append(_row.checks)


@dataclass(frozen=True, slots=True)
class _Held:
    """A bucket key that S3 holds: for one bucket and KMS key, one requester, one direction."""

    bucket: str
    key: str
    requester: str
    operation: str


_bucket_keys: Store[dict[_Held, float]] = Store(dict)


def logged(call: Call, response: Any, serve: Serve) -> Response:
    """A fix for every operation of S3 that uses KMS keys: it adds their events to the trail."""
    checks = [check for ask in _ASKS[call.operation] for check in ask(call)]
    if not checks:
        return serve()
    try:
        answer = serve()
    except ServiceError as error:
        if error.code.startswith(_FROM_KMS):
            _record(call, checks[0], error)
        raise
    if answer[0] < 400:
        for check in checks:
            _record(call, check, None)
    return answer


for _operation in _ASKS:
    # Outermost whichever module was imported first: it sees what all the others answer.
    FIXES["s3", _operation].insert(0, logged)


def _record(call: Call, check: Check, error: ServiceError | None) -> None:
    from rolelab.sandbox import account

    key = None if call.access_key_id is None else principals.key_of(call.access_key_id)
    if key is None or key.service is not None:
        # A service that writes in its own name, such as a trail that delivers: nobody's call.
        return
    caller = principals.resolve(key)
    event = _event(call, check)
    now = time.time()
    if error is None and _is_held(event, caller, now):
        return
    text = os.urandom(16).hex()
    entry = Entry(
        request_id="-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:])),
        at=now,
        call=event,
        principal=replace(caller, called_via=(*caller.called_via, SERVICE)),
        secure=False,
        presigned=False,
        recipient=caller.account,
        status=200,
        answer={},
    )
    if error is not None:
        entry.status = 400
        entry.error_code, entry.error_message = error.code.removeprefix(_FROM_KMS), error.message
    account.current().trail.add(entry)


def _event(call: Call, check: Check) -> Call:
    """The call to KMS: it goes to the Region of the key."""
    operation = check.action.removeprefix("kms:")
    arn = key_arn(check.resource, (call.account,), call.region, call)
    pairs = {
        name.removeprefix(ENCRYPTION_CONTEXT): value
        for name, value in check.context.items()
        if name.startswith(ENCRYPTION_CONTEXT)
    }
    return replace(
        call,
        service="kms",
        operation=operation,
        parameters={"KeyId": arn, "EncryptionContext": pairs, **_PARAMETERS[operation]},
        region=arn.split(":")[3],
        headers={},
    )


def _is_held(event: Call, caller: Principal, now: float) -> bool:
    """Tell whether S3 still has the bucket key that it needs; from now on it has it.

    With a bucket key the encryption context names the bucket alone. Each requester's key is
    fetched once, so that KMS sees who asks.
    """
    bucket = str(event.parameters["EncryptionContext"].get("aws:s3:arn", ""))
    if "/" in bucket:
        return False
    requester = caller.session.issuer_arn if caller.session is not None else caller.arn
    arn = str(event.parameters["KeyId"])
    held = _bucket_keys.of(event.account, event.region)
    wanted = _Held(bucket, arn, requester, event.operation)
    if now - held.get(wanted, 0.0) < BUCKET_KEY_SECONDS:
        return True
    held[wanted] = now
    return False
