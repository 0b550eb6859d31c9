"""IAM database authentication: who may sign in to a database as which of its users.

`generate_db_auth_token` makes a presigned request, which nobody ever sends to AWS: the client gives
it to the database as a password, and the database asks IAM about `rds-db:connect`. It is no API
call, so it leaves no record in CloudTrail.

Pages: *IAM database authentication for MariaDB, MySQL, and PostgreSQL*; *Creating and using an IAM
policy for IAM database access*; *Connecting to your DB instance using IAM authentication*.
"""

from __future__ import annotations

import calendar
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from rolelab.sandbox import principals
from rolelab.sandbox.authentication import Message, NotAuthenticated, authenticate
from rolelab.sandbox.authorization import decide
from rolelab.sandbox.call import Call
from rolelab.sandbox.operations.check import Check
from rolelab.sandbox.resource_policies import backends, partition_of

if TYPE_CHECKING:
    from rolelab.iam import Decision
    from rolelab.sandbox.authentication import Signature
    from rolelab.sandbox.principals import AccessKey

SERVICE = "rds-db"
"""What a token is signed for."""
LIFETIME = 15 * 60
"""Seconds after which a token is void, whatever it says."""


class SignInRefused(Exception):  # noqa: N818 - it is an answer, not a fault
    """The database lets nobody in.

    The sentence is the one that the database's own client shows; a database does not say why.

    Attributes:
        reason: why, in one sentence.
        decision: the decision of IAM; None if the sign-in did not get that far.
    """

    def __init__(self, message: str, reason: str, decision: Decision | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.decision = decision


def sign_in(token: str, *, host: str, port: int, user: str) -> Decision:
    """Sign in to a database with an authentication token.

    Args:
        token: what `rds.generate_db_auth_token(...)` returned.
        host: the address the client connects to, an endpoint of an instance or a cluster.
        port: the port it connects to.
        user: the database user it signs in as.

    Returns:
        The decision that lets the caller in.

    Raises:
        SignInRefused: there is no such database, it has IAM authentication turned off, the token
            is void or was made for something else, or IAM does not allow `rds-db:connect`.
    """
    candidates = [each for each in _databases() if _answers(each, host, port)]
    if not candidates:
        raise SignInRefused(
            f'could not translate host name "{host}" to address',
            f"No database of the account answers at {host}:{port}.",
        )
    known = _authenticated(token, candidates[0], host, port, user)
    key, signature = known
    own = (each for each in candidates if each.account_id == key.account)
    database = next(own, candidates[0])
    if signature.region != database.region:
        raise _refused(
            database,
            user,
            f"The token was signed for {signature.region}, the database is in {database.region}.",
        )
    if not database.iam_database_authentication_enabled:
        raise _refused(database, user, "The database does not take IAM authentication.")
    decision = _decision(key, database, user)
    if not decision.allowed:
        raise _refused(database, user, decision.message, decision)
    return decision


def _databases() -> Iterator[Any]:
    """Instances and clusters of every account, read without making anything."""
    for regions in list(dict.values(backends("rds"))):
        for stored in list(dict.values(regions)):
            yield from stored.databases.values()
            yield from stored.clusters.values()


def _answers(database: Any, host: str, port: int) -> bool:
    if hasattr(database, "db_cluster_members"):
        return host in (database.endpoint, database.reader_endpoint) and database.port == port
    return bool(database.address == host and database.port == port)


def _authenticated(
    token: str, database: Any, host: str, port: int, user: str
) -> tuple[AccessKey, Signature]:
    """Who signed a token, if it is valid and meant for this very sign-in."""
    parts = urlsplit(f"https://{token}")
    message = Message("GET", parts.path or "/", parts.query, {"host": parts.netloc}, b"", {})
    try:
        known = authenticate(message)
    except NotAuthenticated as error:
        raise _refused(database, user, f"The token is void: {error}.") from error
    if known is None:
        raise _refused(database, user, "What was given as a password is no token.")
    signature = known[1]
    asked = parse_qs(parts.query)
    meant = (asked.get("Action"), asked.get("DBUser"), parts.netloc, signature.scope[2])
    if meant != (["connect"], [user], f"{host}:{port}", SERVICE):
        raise _refused(database, user, "The token was made for another host, port or user.")
    made = calendar.timegm(time.strptime(signature.timestamp, "%Y%m%dT%H%M%SZ"))
    if made + LIFETIME < time.time():
        raise _refused(database, user, "The token is older than 15 minutes.")
    return known


def _decision(key: AccessKey, database: Any, user: str) -> Decision:
    """Ask IAM. Of the global condition keys, sign-ins have those of the caller and the time."""
    principal = principals.resolve(key)
    now = time.time()
    call = Call(
        service=SERVICE,
        operation="connect",
        parameters={},
        account=principal.account,
        region=database.region,
        partition=principal.partition,
        principal=principal.arn,
        context={
            "aws:CurrentTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
            "aws:EpochTime": str(int(now)),
            "aws:RequestedRegion": database.region,
            **principal.context,
        },
        headers={},
        access_key_id=key.access_key_id,
    )
    return decide(
        call, principal, Check("rds-db:connect", _arn(database, user), database.account_id)
    )


def _arn(database: Any, user: str) -> str:
    identifier = getattr(database, "db_cluster_resource_id", None) or database.dbi_resource_id
    partition = partition_of(database.arn)
    return (
        f"arn:{partition}:rds-db:{database.region}:{database.account_id}:dbuser:{identifier}/{user}"
    )


def _refused(
    database: Any, user: str, reason: str, decision: Decision | None = None
) -> SignInRefused:
    if "postgres" in str(database.engine):
        message = f'FATAL:  PAM authentication failed for user "{user}"'
    else:
        message = f"Access denied for user '{user}' (using password: YES)"
    return SignInRefused(message, reason, decision)
