"""A request to be decided, and what can be derived from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rolelab.iam.principals import Caller, read_caller
from rolelab.iam.variables import Context

ContextValue = str | bool | int | float | Sequence[str]

_PRINCIPAL_TYPES = {
    "root": "Account",
    "user": "User",
    "role": "AssumedRole",
    "session": "AssumedRole",
    "federated-user": "FederatedUser",
    "anonymous": "Anonymous",
}


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks to do what to which resource, and the condition keys of the request.

    Attributes:
        principal: ARN of a user, role, session or account root; a service such as
            "ecs-tasks.amazonaws.com"; an identity provider; "*" for an anonymous caller.
        action: such as "s3:GetObject"; compares without case.
        resource: ARN, or "*" for an action without a resource.
        resource_account: the account that owns the resource; None means the principal's own.
        context: condition keys with a text or a list of texts; the names compare without case.
    """

    principal: str
    action: str
    resource: str = "*"
    resource_account: str | None = None
    context: Mapping[str, ContextValue] = field(default_factory=dict)


class Question:
    """A request as the statements see it. Context is read only if a statement asks for it.

    The keys that follow from the principal itself (aws:PrincipalArn, aws:PrincipalAccount,
    aws:PrincipalType, aws:username, aws:PrincipalIsAWSService, aws:PrincipalServiceName) and
    aws:ResourceAccount are filled in where the request lacks them
    (*AWS global condition context keys*).
    """

    __slots__ = ("_context", "action", "caller", "has_boundary", "request", "resource")

    def __init__(self, request: Request, has_boundary: bool) -> None:
        self.request = request
        self._context: Context | None = None
        self.action = request.action.lower()
        self.resource = request.resource
        self.has_boundary = has_boundary
        given = request.context
        role_arn = (
            (given.get("aws:PrincipalArn") or _find(given, "aws:principalarn")) if given else None
        )
        self.caller: Caller = read_caller(
            request.principal, role_arn if isinstance(role_arn, str) else None
        )

    @property
    def context(self) -> Context:
        if self._context is None:
            self._context = _read_context(self.request, self.caller)
        return self._context

    @property
    def user_id(self) -> str | None:
        if not self.request.context:
            return None
        values = self.context.get("aws:userid")
        return values[0] if values else None

    @property
    def resource_account(self) -> str | None:
        return self.request.resource_account or self.caller.account


def _find(given: Mapping[str, ContextValue], name: str) -> ContextValue | None:
    """A key's value whatever its case; the usual spelling is tried first."""
    if name in given:
        return given[name]
    lower = name.lower()
    return next((value for key, value in given.items() if key.lower() == lower), None)


def _read_context(request: Request, caller: Caller) -> Context:
    context = _derived(request, caller)
    for key, value in request.context.items():
        context[key.lower()] = _texts(value)
    return context


def _texts(value: ContextValue) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if isinstance(value, int | float):
        return (str(value),)
    return tuple(str(item) for item in value)


def _is_service(caller: Caller) -> str | None:
    """Anonymous requests are not signed and lack the key."""
    if caller.kind == "anonymous":
        return None
    return "true" if caller.is_service else "false"


def _derived(request: Request, caller: Caller) -> dict[str, tuple[str, ...]]:
    account = request.resource_account or caller.account
    keys = {
        "aws:principalisawsservice": _is_service(caller),
        "aws:principaltype": _PRINCIPAL_TYPES.get(caller.kind),
        "aws:principalaccount": caller.account,
        "aws:principalarn": (caller.role_arn or caller.arn) if caller.account else None,
        "aws:username": caller.name if caller.kind == "user" else None,
        "aws:principalservicename": caller.arn if caller.is_service else None,
        "aws:resourceaccount": account,
    }
    return {key: (value,) for key, value in keys.items() if value is not None}
