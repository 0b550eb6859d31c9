"""Stand in somebody's place and try.

    as_role("orders-task-role").allowed("s3:GetObject", "arn:aws:s3:::bookshop-orders/incoming/1")
    as_service("lambda.amazonaws.com").denied("sts:AssumeRole", role_arn)

Every answer comes from a real boto3 call through the gate. What a call changes is undone at once;
the calls themselves stay in the trail.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from rolelab.labs.grader import SEE_WHY, Attempt, Attempts, CheckFailed
from rolelab.labs.probes import Probe, probe_of
from rolelab.labs.undo import unchanged

if TYPE_CHECKING:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import ClientError

    from rolelab.sandbox.account import Sandbox
    from rolelab.sandbox.sessions import Session

_SESSION_NAME = "rolelab-check"
_FIFTEEN_MINUTES = 900


class Caller(ABC):
    """Somebody who calls AWS. Made by the `as_...` functions.

    Attributes:
        name: what checks call the caller, such as ``"role orders-task-role"``.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<{self.name}>"

    def allowed(self, action: str, resource: str = "*", **parameters: Any) -> Attempt:
        """Prove that AWS lets this caller do something.

        Args:
            action: the IAM action; it needs a row in `rolelab.labs.probes`.
            resource: the ARN, or ``"*"`` for an action without a resource.
            parameters: further parameters of the boto3 call, such as ``Prefix="incoming/"``.

        Returns:
            The attempt; it shows itself in a notebook.

        Raises:
            CheckFailed: AWS denied it.
            NoProbe: no call is known that exercises the action.
        """
        attempt = self.attempt(action, resource, **parameters)
        if not attempt.allowed:
            raise CheckFailed(
                f"{self.name} must be allowed {attempt.what}.",
                attempts=[attempt],
                hint=SEE_WHY,
            )
        return attempt

    def denied(self, action: str, resource: str = "*", **parameters: Any) -> Attempt:
        """Prove that AWS denies this caller something. Arguments and errors as in `allowed`.

        Raises:
            CheckFailed: AWS allowed it.
        """
        attempt = self.attempt(action, resource, **parameters)
        if attempt.allowed:
            raise CheckFailed(
                f"{self.name} must be denied {attempt.what}.",
                attempts=[attempt],
                hint="Some policy still allows this.",
            )
        return attempt

    def reaches(self, forbidden: Iterable[tuple[str, str]]) -> Attempts:
        """Which of some forbidden things this caller can do all the same.

        Args:
            forbidden: pairs of an action and a resource.

        Returns:
            The attempts that AWS allowed; empty if nothing forbidden is reachable.
        """
        attempts = (self.attempt(action, resource) for action, resource in forbidden)
        return Attempts(attempt for attempt in attempts if attempt.allowed)

    def attempt(self, action: str, resource: str = "*", **parameters: Any) -> Attempt:
        """Make the call and report AWS's answer, whichever it is."""
        from botocore.exceptions import ClientError

        probe = probe_of(action)
        with unchanged("iam", "s3", probe.service):
            _prepare(probe, resource)
            try:
                self._call(probe, probe.arguments(resource, parameters))
            except ClientError as error:
                allowed, answer = _read_refusal(error, action, probe)
            else:
                allowed, answer = True, "the call went through"
        return Attempt(self.name, action, resource, parameters, allowed, answer)

    @abstractmethod
    def _call(self, probe: Probe, arguments: Mapping[str, Any]) -> None:
        """Make the probe's call as this caller."""


class _SignedCaller(Caller):
    """A caller with credentials, or with none at all."""

    def __init__(
        self,
        name: str,
        credentials: Mapping[str, str],
        *,
        config: Config | None = None,
        sign_in: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(name)
        self._credentials = credentials
        self._config = config
        self._sign_in = sign_in
        self._clients: dict[str, Any] = {}

    def _call(self, probe: Probe, arguments: Mapping[str, Any]) -> None:
        import boto3

        if self._sign_in is not None:
            self._sign_in()
        if probe.service not in self._clients:
            # Clients of one boto3 session share what it has read of the service models.
            make: Any = boto3.client
            self._clients[probe.service] = make(
                probe.service, config=self._config, **self._credentials
            )
        getattr(self._clients[probe.service], probe.method)(**arguments)


@dataclass(frozen=True, slots=True)
class Source:
    """For whom a service works.

    Attributes:
        account: the account.
        arn: the resource; None if the service names none.
        whose: the account as checks call it.
    """

    account: str
    arn: str | None
    whose: str


class ServiceCaller(Caller):
    """An AWS service, which does nothing in an account but step into its roles."""

    def __init__(self, service: str, source: Source) -> None:
        super().__init__(f"{service}, working for {source.whose}")
        self._service = service
        self._source = source

    def _call(self, probe: Probe, arguments: Mapping[str, Any]) -> None:
        if probe.method != "assume_role":
            raise TypeError(
                f"{self._service} has no permissions of its own: it can only be asked for "
                "sts:AssumeRole. What it may do then is the role's: use as_role(...)."
            )
        self.assume(arguments["RoleArn"])

    def assume(self, role: str, *, session_name: str = _SESSION_NAME) -> boto3.Session:
        """Step into a role and hold what the service would hand on, such as to a container.

        Args:
            role: the role's ARN, or the name of a role of this account.
            session_name: the last part of the session's ARN.

        Raises:
            CheckFailed: there is no role of that name.
            botocore.exceptions.ClientError: the trust policy does not let the service in.
        """
        from rolelab.sandbox.service_calls import assume_role_as_service

        return assume_role_as_service(
            self._service,
            role if role.startswith("arn:") else arn_of_role(role),
            session_name=session_name,
            source_arn=self._source.arn,
            source_account=self._source.account,
        )


def as_role(role: str, *, assumed_by: str | None = None) -> Caller:
    """A session of a role: what may somebody do who has stepped into it?

    Args:
        role: the role's name, or its ARN for a role of another account.
        assumed_by: None: the sandbox hands out the credentials and the trust policy is not asked,
            because the question is about permissions alone. The name of a service, such as
            ``"ecs-tasks.amazonaws.com"``: the service assumes the role for this account, and the
            trust policy decides.

    Raises:
        CheckFailed: there is no such role, or its trust policy does not let the service in.
    """
    from rolelab.sandbox import sessions

    arn = arn_of_role(role)
    name = f"role {arn.rsplit('/', 1)[-1]}"
    if assumed_by is not None:
        return _SignedCaller(name, _keys_of(_assumed(arn, assumed_by)))
    session = sessions.issue(
        "assumed-role", issuer_arn=arn, name=_SESSION_NAME, duration=_FIFTEEN_MINUTES
    )
    return _SignedCaller(name, _keys(session))


def arn_of_role(role: str) -> str:
    """The ARN of a role, path included.

    Args:
        role: the role's name, or its ARN for a role of another account.

    Raises:
        CheckFailed: there is no such role.
    """
    account = role.split(":")[4] if role.startswith("arn:") else _sandbox().account_id
    name = role.rsplit("/", 1)[-1]
    for found in _iam(account).roles.values():
        if name == found.name:
            return str(found.arn)
    raise CheckFailed(f"There is no role {name} in account {account}.", hint=RUN_THE_CELLS)


def as_user(user: str, *, mfa: bool | None = None) -> Caller:
    """An IAM user of this account.

    Args:
        user: the user's name.
        mfa: None: the user calls with a long-term access key, so the request has no key
            `aws:MultiFactorAuthPresent` at all. True or False: with temporary credentials that
            were made with or without a one-time password, and the key says so
            (*AWS global condition context keys*).

    Raises:
        CheckFailed: there is no such user.
    """
    from rolelab.sandbox import sessions

    sandbox = _sandbox()
    found = _users(sandbox).get(user)
    if found is None:
        raise CheckFailed(f"There is no user {user} in this account.", hint=RUN_THE_CELLS)
    if mfa is None:
        return _as_user_with_key(sandbox, user)
    session = sessions.issue(
        "session-token", issuer_arn=found.arn, duration=_FIFTEEN_MINUTES, mfa=mfa
    )
    how = "with MFA" if mfa else "with temporary credentials, without MFA"
    return _SignedCaller(f"user {user} {how}", _keys(session))


def as_service(
    service: str, *, source_account: str | None = None, source_arn: str | None = None
) -> ServiceCaller:
    """An AWS service that works for somebody, such as ``"ecs-tasks.amazonaws.com"``.

    It can be asked for ``sts:AssumeRole`` only: the role's trust policy decides. Its `assume`
    gives the session.

    Args:
        service: the service principal.
        source_account: the account it works for; None is this account.
        source_arn: the resource it works for; None is one of that account that fits the service.
    """
    return _service(service, source_account, source_arn)


def as_account(account_id: str) -> Caller:
    """An administrator of an account, of this one or of another."""
    sandbox = _sandbox()
    name = f"an administrator of {_whose(sandbox, account_id)}"
    return _SignedCaller(name, _keys_of(sandbox.admin(account_id)))


def as_anonymous() -> Caller:
    """Anybody on the internet: a caller who signs nothing."""
    from botocore import UNSIGNED
    from botocore.config import Config

    _sandbox()
    return _SignedCaller("anybody", {}, config=Config(signature_version=UNSIGNED))


# What a service works for when it is not said. ECS names no single cluster that a policy could
# rely on, so the ARN is one of a task (*Amazon ECS task IAM role*).
_SOURCES: Mapping[str, str] = {
    "ecs-tasks.amazonaws.com": (
        "arn:aws:ecs:{region}:{account}:task/bookshop/0f9de17a6465404e8b1b2356dc13c2f8"
    ),
    "lambda.amazonaws.com": "arn:aws:lambda:{region}:{account}:function:orders",
    "events.amazonaws.com": "arn:aws:events:{region}:{account}:rule/orders",
}

RUN_THE_CELLS = "Run the cells above this one, from the first on."


def _sandbox() -> Sandbox:
    from rolelab.sandbox import account

    try:
        return account.current()
    except RuntimeError as error:
        raise CheckFailed(str(error), hint=RUN_THE_CELLS) from None


def _iam(account_id: str) -> Any:
    from moto.iam.models import iam_backends

    return iam_backends[account_id]["aws"]


def _users(sandbox: Sandbox) -> Mapping[str, Any]:
    users: Mapping[str, Any] = _iam(sandbox.account_id).users
    return users


def _whose(sandbox: Sandbox, account: str) -> str:
    return "this account" if account == sandbox.account_id else f"account {account}"


def _service(service: str, account: str | None, arn: str | None) -> ServiceCaller:
    sandbox = _sandbox()
    account = account or sandbox.account_id
    if arn is None and service in _SOURCES:
        arn = _SOURCES[service].format(region=sandbox.region, account=account)
    return ServiceCaller(service, Source(account, arn, _whose(sandbox, account)))


def _assumed(arn: str, service: str) -> boto3.Session:
    from botocore.exceptions import ClientError

    caller = _service(service, None, None)
    try:
        return caller.assume(arn)
    except ClientError as error:
        answer = error.response["Error"]["Message"]
        raise CheckFailed(
            f"{service} must be able to assume {arn}.",
            attempts=[Attempt(caller.name, "sts:AssumeRole", arn, {}, False, answer)],
            hint="The trust policy of the role decides who may step in.",
        ) from None


def _as_user_with_key(sandbox: Sandbox, user: str) -> Caller:
    """Give the user an access key that no list shows and that exists during each call only."""
    from moto.iam.models import AccessKey

    make: Any = AccessKey
    key = make(user_name=user, prefix="AKIA", account_id=sandbox.account_id)

    def sign_in() -> None:
        _iam(sandbox.account_id).access_keys[key.access_key_id] = key
        _users(sandbox)[user].access_keys.append(key)

    keys = {
        "aws_access_key_id": key.access_key_id,
        "aws_secret_access_key": key.secret_access_key,
    }
    return _SignedCaller(f"user {user} with an access key", keys, sign_in=sign_in)


def _keys(session: Session) -> dict[str, str]:
    return {
        "aws_access_key_id": session.access_key_id,
        "aws_secret_access_key": session.secret_access_key,
        "aws_session_token": session.session_token,
    }


def _keys_of(session: boto3.Session) -> dict[str, str]:
    credentials: Any = session.get_credentials()
    return {
        "aws_access_key_id": credentials.access_key,
        "aws_secret_access_key": credentials.secret_key,
        "aws_session_token": credentials.token,
    }


def _prepare(probe: Probe, resource: str) -> None:
    if probe.needs is None:
        return
    from rolelab.sandbox import gate

    with gate.bypassed():
        probe.needs(probe.target(resource))


# What AWS answers to a request without a signature where it takes signed ones only.
_UNSIGNED = frozenset({"MissingAuthenticationToken", "MissingAuthenticationTokenException"})


def _read_refusal(error: ClientError, action: str, probe: Probe) -> tuple[bool, str]:
    """Whether an error means that the call was allowed, and the answer in words.

    A denial proves something only if it is about the action in question, or about one that the
    same call needs as well.
    """
    from rolelab.sandbox.explain import why

    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if code in probe.answered:
        return True, f"the call was let through, and then: {code}"
    if code in _UNSIGNED:
        return False, f"{code}: {message}"
    try:
        decision = why(error)
    except LookupError:
        _give_up(error, action)
    if decision.request.action.lower() not in {action.lower(), *map(str.lower, probe.needed)}:
        _give_up(error, action)
    return False, f"{code}: {decision.message}"


def _give_up(error: ClientError, action: str) -> NoReturn:
    raise RuntimeError(
        f"The call that should exercise {action} ended otherwise, so it proves nothing: {error}"
    ) from error
