"""What temporary credentials cannot call, whatever the policies say.

Credentials of GetSessionToken cannot call IAM unless they were made with MFA, and of STS only
AssumeRole and GetCallerIdentity. Those of GetFederationToken cannot call IAM, and of STS only
GetCallerIdentity.

AWS page: *Compare AWS STS credentials*. The pages give the rule; IAM answers it as if the token
were unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolelab.sandbox import sessions
from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError

# Kind of session -> the operations of STS it may call.
_STS: Mapping[str, frozenset[str]] = {
    "session-token": frozenset({"AssumeRole", "GetCallerIdentity"}),
    "federated-user": frozenset({"GetCallerIdentity"}),
}


def no_iam(call: Call, response: Any, serve: Any) -> Any:
    """Refuse IAM to sessions that may not call it.

    Raises:
        ServiceError: InvalidClientTokenId.
    """
    session = sessions.find(response.get_access_key())
    if session is not None and session.kind in _STS and not session.mfa:
        raise ServiceError(
            "InvalidClientTokenId", "The security token included in the request is invalid", 403
        )
    return serve()


def little_sts(call: Call, response: Any, serve: Any) -> Any:
    """Refuse operations of STS to sessions that may not call them.

    Raises:
        ServiceError: AccessDenied.
    """
    session = sessions.find(response.get_access_key())
    if session is not None and call.operation not in _STS.get(session.kind, {call.operation}):
        raise ServiceError(
            "AccessDenied", f"Cannot call {call.operation} with session credentials", 403
        )
    return serve()
