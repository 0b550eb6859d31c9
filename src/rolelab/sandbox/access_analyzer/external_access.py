"""Access from outside the zone of trust, found in the policies of resources.

The zone is the analyzer's account, or its organization. A statement that lets somebody outside in
makes one finding for each such principal; what the engine says is denied all the same makes none.
AWS services are not outside.

Pages: *Findings for external access*, *IAM Access Analyzer supported resource types*, *Finding*
(IAM Access Analyzer API Reference). (Layer versions, snapshots, file systems and DynamoDB are not
analyzed.)
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rolelab.iam import Document, Policies, PolicyError, Request, evaluate
from rolelab.sandbox import organizations
from rolelab.sandbox.access_analyzer.policy import Statement
from rolelab.sandbox.fixes.s3_public_access import policy_is_public
from rolelab.sandbox.resource_policies import attached, backend


@dataclass(frozen=True, slots=True)
class Access:
    """What one finding is about. `id` stays the same from one look to the next."""

    id: str
    resource: str
    resource_type: str
    owner: str
    principal: dict[str, str]
    actions: list[str]
    condition: dict[str, str]
    is_public: bool
    restriction: str


def zone_of(account: str, analyzer_type: str) -> frozenset[str]:
    """Give the accounts that an analyzer trusts."""
    known = organizations.membership(account) if analyzer_type == "ORGANIZATION" else None
    if known is None:
        return frozenset({account})
    return frozenset(str(each.id) for each in known.stored.accounts)


def access_from_outside(
    accounts: frozenset[str], region: str, scope: str, only: str | None = None
) -> Iterator[Access]:
    """Look at every resource of some accounts in a Region.

    Args:
        accounts: whose resources, and who is trusted.
        region: the analyzer's Region. Roles belong to all.
        scope: what ids are made from: the analyzer's ARN.
        only: the ARN of the one resource to look at.
    """
    for account in accounts:
        for resource_type, list_arns in _TYPES.items():
            for arn in list_arns(account, region):
                if only is None or arn == only:
                    yield from _of_resource(arn, resource_type, account, accounts, scope)


def resources_of(accounts: frozenset[str], region: str) -> Iterator[tuple[str, str, str]]:
    """Give ARN, type and owner of every resource that is analyzed."""
    for account in accounts:
        for resource_type, list_arns in _TYPES.items():
            for arn in list_arns(account, region):
                yield arn, resource_type, account


def _of_resource(
    arn: str, resource_type: str, owner: str, zone: frozenset[str], scope: str
) -> Iterator[Access]:
    try:
        document = attached(arn).policy
    except PolicyError:
        # What AWS would have refused gives nothing to anybody.
        return
    if document is None:
        return
    written = document.source["Statement"]
    for each in [written] if isinstance(written, Mapping) else written:
        statement = Statement((), each)
        if statement.allows:
            for kind, name, _ in statement.principals():
                if _is_outside(kind, name, statement, zone):
                    yield from _found(
                        arn, resource_type, owner, scope, document, statement, kind or "AWS", name
                    )


def _is_outside(kind: str, name: str, statement: Statement, zone: frozenset[str]) -> bool:
    if kind == "Service":
        return False
    if kind in ("", "AWS") and name != "*":
        return _account_in(name) not in zone
    return not _limited_to(statement, zone)


def _account_in(name: str) -> str:
    parts = name.split(":")
    return parts[4] if len(parts) > 4 else name


_POSITIVE = ("stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike")
_ACCOUNT_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceowner",
        "kms:calleraccount",
    }
)


def _limited_to(statement: Statement, zone: frozenset[str]) -> bool:
    """Whether a condition keeps everybody out who is not in the zone."""
    for operator, key, values, _ in statement.conditions():
        name = operator.lower().removeprefix("foranyvalue:")
        if name not in _POSITIVE or not values:
            continue
        if key.lower() in _ACCOUNT_KEYS and all(_account_in(str(each)) in zone for each in values):
            return True
        if key.lower() == "aws:principalorgid" and len(zone) > 1:
            known = organizations.membership(next(iter(zone)))
            if known is not None and set(map(str, values)) == {known.organization_id}:
                return True
    return False


def _found(
    arn: str,
    resource_type: str,
    owner: str,
    scope: str,
    document: Document,
    statement: Statement,
    kind: str,
    name: str,
) -> Iterator[Access]:
    _, resource_control = organizations.policies_above(owner)
    asked = [text for _, text in statement.texts("Action")] or ["*"]
    given = [
        action
        for action in asked
        if not _is_denied(arn, owner, document, resource_control, statement, kind, name, action)
    ]
    if not given:
        return
    condition = {key: ", ".join(map(str, values)) for _, key, values, _ in statement.conditions()}
    who = f"{scope} {arn} {kind} {name} {sorted(condition.items())}"
    yield Access(
        id=str(uuid.uuid5(uuid.NAMESPACE_URL, who)),
        resource=arn,
        resource_type=resource_type,
        owner=owner,
        principal={kind: name},
        actions=given,
        condition=condition,
        is_public=name == "*" and policy_is_public({"Statement": [dict(statement.source)]}),
        restriction="APPLIED" if resource_control else "NOT_APPLICABLE",
    )


def _is_denied(
    arn: str,
    owner: str,
    document: Document,
    resource_control: organizations.Levels,
    statement: Statement,
    kind: str,
    name: str,
    action: str,
) -> bool:
    """Ask the engine about one request that the statement is meant for."""
    request = Request(
        principal=name,
        action=_some(action),
        resource=_resource(arn, statement),
        resource_account=owner,
        context={
            key: _some(str(values[0]))
            for operator, key, values, _ in statement.conditions()
            if operator.lower() in _POSITIVE and values
        },
    )
    limits = resource_control if organizations.restricts(request.action, request.resource) else ()
    decision = evaluate(request, Policies(resource=document, resource_control=limits))
    return decision.effect == "ExplicitDeny"


def _some(pattern: str) -> str:
    return pattern.replace("*", "x").replace("?", "x")


def _resource(arn: str, statement: Statement) -> str:
    """A resource that the statement names: an object of a bucket, or the resource itself."""
    within = [text for _, text in statement.texts("Resource") if text.startswith(f"{arn}/")]
    return _some(within[0]) if within else arn


# The resources of an account, by type.


def _buckets(account: str, region: str) -> Iterator[str]:
    stored = backend("s3", account, "aws")
    for bucket in [] if stored is None else list(stored.buckets.values()):
        if bucket.region_name == region:
            yield f"arn:aws:s3:::{bucket.name}"


def _roles(account: str, region: str) -> Iterator[str]:
    stored = backend("iam", account, "aws")
    for role in [] if stored is None else list(stored.roles.values()):
        if not str(role.path).startswith("/aws-service-role/"):
            yield str(role.arn)


def _listed(
    service: str, members: Callable[[Any], Any], arn: str
) -> Callable[[str, str], Iterator[str]]:
    def arns(account: str, region: str) -> Iterator[str]:
        stored = backend(service, account, region)
        for each in [] if stored is None else list(members(stored)):
            yield str(getattr(each, arn))

    return arns


_TYPES: Mapping[str, Callable[[str, str], Iterator[str]]] = {
    "AWS::S3::Bucket": _buckets,
    "AWS::IAM::Role": _roles,
    "AWS::KMS::Key": _listed("kms", lambda stored: stored.keys.values(), "arn"),
    "AWS::SQS::Queue": _listed("sqs", lambda stored: stored.queues.values(), "queue_arn"),
    "AWS::SNS::Topic": _listed("sns", lambda stored: stored.topics.values(), "arn"),
    "AWS::SecretsManager::Secret": _listed(
        "secretsmanager", lambda stored: stored.secrets.values(), "arn"
    ),
    "AWS::Lambda::Function": _listed(
        "lambda", lambda stored: stored.list_functions(None), "function_arn"
    ),
    "AWS::ECR::Repository": _listed("ecr", lambda stored: stored.repositories.values(), "arn"),
}
