"""Who is calling, and which policies limit them.

A principal is read from moto's IAM state for every request, so that a policy attached a moment
ago counts. Documents are parsed once for each text.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from rolelab.iam import Document, parse
from rolelab.sandbox import organizations, service_credentials
from rolelab.sandbox.organizations import Levels
from rolelab.sandbox.service_credentials import ServiceCredentials
from rolelab.sandbox.sessions import Session, find


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A long-term access key of a user, or the credentials of a session.

    Attributes:
        secret: the secret access key.
        token: the session token; None for a long-term key.
        active: False if the key was deactivated.
        expires: the time of expiration, in seconds since 1970; None for a long-term key.
        user: moto's user behind the key; None for a role's and the root user's sessions.
        service: the service that signs with the key, in its own name or for the caller.
        called_via: the services between the caller and this request, first to last.
    """

    access_key_id: str
    secret: str
    token: str | None
    active: bool
    expires: float | None
    account: str
    partition: str
    user: Any
    session: Session | None
    service: ServiceCredentials | None = None
    called_via: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """The policies of a principal, by layer. ``None``: there is no such layer."""

    policies: tuple[Document, ...] = ()
    boundary: tuple[Document, ...] | None = None
    session: tuple[Document, ...] | None = None


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller.

    Attributes:
        arn: what calls: a user, a role session, a federated user, the root user, or ``"*"``.
        kind: the ``type`` that CloudTrail gives it, such as ``"AssumedRole"``.
        user_id: the unique id, ``aws:userid``.
        user_name: the user's name, or the name of the role behind a session.
        context: the condition keys that describe the principal.
        called_via: the services between the caller and this request, first to last.
    """

    arn: str
    account: str
    partition: str
    kind: str
    user_id: str | None
    user_name: str | None
    access_key_id: str | None
    session: Session | None
    context: Mapping[str, str | list[str]]
    called_via: tuple[str, ...] = ()

    def identity(self) -> Identity:
        """Collect the principal's policies as they are now."""
        return _COLLECTORS[self.kind](self)


def key_of(access_key_id: str) -> AccessKey | None:
    """Look an access key up: a session's, a service's, or a user's in any account.

    Keys of a user who has been deleted are no keys, temporary ones included.
    """
    credentials = service_credentials.find(access_key_id)
    if credentials is not None:
        return _key_of_service(credentials)
    session = find(access_key_id)
    if session is not None:
        user = _user_behind(session)
        if session.kind == "session-token" and user is None:
            return None
        return AccessKey(
            session.access_key_id,
            session.secret_access_key,
            session.session_token,
            True,
            session.expiration.timestamp(),
            session.account,
            session.partition,
            user,
            session,
        )
    from moto.iam.models import iam_backends

    for account, backends in list(iam_backends.items()):
        for partition, backend in list(backends.items()):
            key = backend.access_keys.get(access_key_id)
            user = None if key is None else _owner_of(key, backend)
            if key is not None and user is not None:
                return AccessKey(
                    key.access_key_id,
                    key.secret_access_key,
                    None,
                    key.status == "Active",
                    None,
                    account,
                    partition,
                    user,
                    None,
                )
    return None


def _key_of_service(credentials: ServiceCredentials) -> AccessKey | None:
    """The key of a service: with its caller's identity where it forwards one.

    Page: *Forward access sessions*: identity, permissions and session attributes are passed on.
    """
    own = AccessKey(
        credentials.access_key_id,
        credentials.secret_access_key,
        credentials.session_token,
        True,
        None,
        credentials.account,
        credentials.partition,
        None,
        None,
        credentials,
    )
    if credentials.caller is None:
        return own
    caller = key_of(credentials.caller)
    if caller is None:
        return None
    return replace(
        caller,
        access_key_id=own.access_key_id,
        secret=own.secret,
        token=own.token,
        called_via=(*caller.called_via, credentials.service),
    )


def resolve(key: AccessKey) -> Principal:
    """The principal behind an access key; a service, where one calls in its own name.

    Page: *AWS global condition context keys*: the caller's keys stay in a forwarded request, and
    `aws:CalledVia` names the services on the way, in their order.
    """
    if key.service is not None:
        return _service(key.service)
    principal = _caller(key)
    of_organization = organizations.principal_keys(principal.account)
    if of_organization:
        principal = replace(principal, context={**principal.context, **of_organization})
    if not key.called_via:
        return principal
    via: dict[str, str | list[str]] = {
        "aws:CalledVia": list(key.called_via),
        "aws:CalledViaFirst": key.called_via[0],
        "aws:CalledViaLast": key.called_via[-1],
        "aws:ViaAWSService": "true",
    }
    context = {**principal.context, **via}
    return replace(principal, context=context, called_via=key.called_via)


def _service(credentials: ServiceCredentials) -> Principal:
    return Principal(
        credentials.service,
        credentials.account,
        credentials.partition,
        "AWSService",
        None,
        None,
        credentials.access_key_id,
        None,
        {
            **credentials.source,
            **organizations.source_keys(credentials.source.get("aws:SourceAccount")),
        },
    )


def _caller(key: AccessKey) -> Principal:
    """The principal behind the access key of a user, a session or the root user.

    The condition keys are those of *AWS global condition context keys*: MFA keys exist for
    temporary credentials only, ``aws:TokenIssueTime`` likewise, and session tags override the
    tags of the role.
    """
    session = key.session
    if session is not None:
        if session.kind == "assumed-role":
            return _role_session(session)
        if session.kind == "federated-user":
            return _federated_user(session, key.user)
        if key.user is None:
            return _root(session)
    return _user(key)


def anonymous(account: str, partition: str) -> Principal:
    """The caller of a request that is not signed."""
    context = {"aws:PrincipalType": "Anonymous"}
    return Principal("*", account, partition, "Anonymous", None, None, None, None, context)


def organization_policies(account: str) -> tuple[Levels, Levels]:
    """The service control policies and resource control policies above an account.

    Returns:
        Both by level. Empty: the account is in no organization, or is its management account.
    """
    return organizations.policies_above(account)


def _user(key: AccessKey) -> Principal:
    user = key.user
    context: dict[str, str | list[str]] = {
        "aws:PrincipalArn": user.arn,
        "aws:PrincipalAccount": key.account,
        "aws:PrincipalType": "User",
        "aws:userid": user.id,
        "aws:username": user.name,
    }
    _add_tags(context, user.tags or ())
    if key.session is not None:
        _add_session(context, key.session)
    return Principal(
        user.arn,
        key.account,
        key.partition,
        "IAMUser",
        user.id,
        user.name,
        key.access_key_id,
        key.session,
        context,
    )


def _role_session(session: Session) -> Principal:
    context: dict[str, str | list[str]] = {
        "aws:PrincipalArn": session.issuer_arn,
        "aws:PrincipalAccount": session.account,
        "aws:PrincipalType": "AssumedRole",
        "aws:userid": session.principal_id,
    }
    role = _role(session)
    if role is not None:
        _add_tags(context, _role_tags(role))
    _add_session(context, session)
    if session.provider is not None:
        context["aws:FederatedProvider"] = session.provider
    return _of_session(session, "AssumedRole", session.issuer_arn.rsplit("/", 1)[-1], context)


def _federated_user(session: Session, user: Any) -> Principal:
    """Its tags are those of the user and of the session (*GetFederationToken*)."""
    context: dict[str, str | list[str]] = {
        "aws:PrincipalArn": session.principal_arn,
        "aws:PrincipalAccount": session.account,
        "aws:PrincipalType": "FederatedUser",
        "aws:userid": session.principal_id,
    }
    if user is not None:
        _add_tags(context, user.tags or ())
    _add_session(context, session)
    return _of_session(session, "FederatedUser", None, context)


def _root(session: Session) -> Principal:
    context: dict[str, str | list[str]] = {
        "aws:PrincipalArn": session.issuer_arn,
        "aws:PrincipalAccount": session.account,
        "aws:PrincipalType": "Account",
        "aws:userid": session.account,
    }
    _add_session(context, session)
    return _of_session(session, "Root", None, context)


def _of_session(
    session: Session, kind: str, name: str | None, context: dict[str, str | list[str]]
) -> Principal:
    return Principal(
        session.principal_arn,
        session.account,
        session.partition,
        kind,
        session.principal_id,
        name,
        session.access_key_id,
        session,
        context,
    )


def _add_tags(context: dict[str, str | list[str]], tags: Sequence[Mapping[str, str]]) -> None:
    for tag in tags:
        context[f"aws:PrincipalTag/{tag['Key']}"] = tag["Value"]


def _add_session(context: dict[str, str | list[str]], session: Session) -> None:
    for name, value in session.tags.items():
        context[f"aws:PrincipalTag/{name}"] = value
    context["aws:TokenIssueTime"] = session.issued.strftime("%Y-%m-%dT%H:%M:%SZ")
    context["aws:MultiFactorAuthPresent"] = "true" if session.mfa else "false"
    if session.mfa:
        context["aws:MultiFactorAuthAge"] = str(int(time.time() - session.issued.timestamp()))
    if session.source_identity is not None:
        context["aws:SourceIdentity"] = session.source_identity


def _backend(account: str, partition: str) -> Any:
    from moto.iam.models import iam_backends

    return iam_backends[account][partition]


def _role(session: Session) -> Any:
    """The role behind a session; None if it has been deleted, even if one of its name exists."""
    return _backend(session.account, session.partition).roles.get(session.issuer_id)


def _user_behind(session: Session) -> Any:
    """The user who made a session, under whatever name by now; None if there is none."""
    if session.kind == "assumed-role":
        return None
    users = list(_backend(session.account, session.partition).users.values())
    return next((user for user in users if user.id == session.issuer_id), None)


def _owner_of(key: Any, backend: Any) -> Any:
    """The user who holds an access key, also after a change of name."""
    user = backend.users.get(key.user_name)
    if user is not None and key in user.access_keys:
        return user
    holders = (user for user in list(backend.users.values()) if key in user.access_keys)
    return next(holders, None)


def _role_tags(role: Any) -> list[Mapping[str, str]]:
    tags = role.tags
    return list(tags.values()) if isinstance(tags, Mapping) else list(tags or ())


def _identity_of_role_session(principal: Principal) -> Identity:
    session = principal.session
    assert session is not None
    role = _role(session)
    limits = _session_policies(session) if session.policies or session.policy_arns else None
    if role is None:
        return Identity(session=limits)
    return Identity(tuple(_documents(role, "")), _boundary(role), limits)


def _identity_of_user(principal: Principal) -> Identity:
    backend = _backend(principal.account, principal.partition)
    return _policies_of(backend.users[principal.user_name], backend)


def _policies_of(user: Any, backend: Any) -> Identity:
    documents = list(_documents(user, ""))
    for group in list(backend.groups.values()):
        if user in group.users:
            documents.extend(_documents(group, f" of group {group.name}"))
    return Identity(tuple(documents), _boundary(user), None)


def _identity_of_federated_user(principal: Principal) -> Identity:
    """A federated user has what its user and its session policies both allow.

    Without a session policy that is nothing, apart from what resource-based policies give
    (*Permissions for GetFederationToken*).
    """
    session = principal.session
    assert session is not None
    limits = _session_policies(session)
    if session.issuer_arn.endswith(":root"):
        return Identity(limits, None, limits)
    user = _user_behind(session)
    if user is None:
        return Identity(session=limits)
    of_user = _policies_of(user, _backend(session.account, session.partition))
    return Identity(of_user.policies, of_user.boundary, limits)


def _session_policies(session: Session) -> tuple[Document, ...]:
    backend = _backend(session.account, session.partition)
    documents = [document_of(text, "session policy") for text in session.policies]
    for arn in session.policy_arns:
        policy = backend.managed_policies.get(arn)
        if policy is not None:
            documents.append(document_of(default_document(policy), f"session policy {policy.name}"))
    return tuple(documents)


def _documents(holder: Any, whose: str) -> Iterator[Document]:
    """The attached and inline policies of a user, group or role."""
    for policy in list(holder.managed_policies.values()):
        name = f"managed policy {policy.name}{whose}"
        yield document_of(default_document(policy), name)
    for name, text in list(holder.policies.items()):
        yield document_of(text, f"inline policy {name}{whose}")


def _boundary(holder: Any) -> tuple[Document, ...] | None:
    arn = getattr(holder, "permissions_boundary_arn", None)
    if arn is None:
        return None
    policy = _backend(holder.account_id, arn.split(":")[1]).managed_policies.get(arn)
    if policy is None:
        # A boundary that is gone still limits: AWS does not let a used one be deleted.
        return ()
    return (document_of(default_document(policy), f"permissions boundary {policy.name}"),)


def default_document(policy: Any) -> str:
    """The text of the default version of a managed policy: the only one that counts."""
    for version in policy.versions:
        if version.version_id == policy.default_version_id:
            return str(version.document)
    raise LookupError(f"{policy.arn} has no default version")


@lru_cache(maxsize=4096)
def document_of(text: str, name: str) -> Document:
    """An identity-based policy, parsed once for each text and name.

    Raises:
        PolicyError: the stored text is not a valid policy.
    """
    return parse(text, kind="identity", name=name)


def _nothing(principal: Principal) -> Identity:
    return Identity()


_COLLECTORS: Mapping[str, Callable[[Principal], Identity]] = {
    "IAMUser": _identity_of_user,
    "AssumedRole": _identity_of_role_session,
    "FederatedUser": _identity_of_federated_user,
    "Root": _nothing,
    "Anonymous": _nothing,
    "AWSService": _nothing,
}
