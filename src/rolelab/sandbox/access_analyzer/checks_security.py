"""Checks for policies that give more than they seem to.

Page: *IAM policy validation check reference*, security warnings and general warnings.
"""

from __future__ import annotations

from collections.abc import Iterator

from rolelab.sandbox.access_analyzer.patterns import covers_action
from rolelab.sandbox.access_analyzer.policy import (
    IDENTITY,
    RESOURCE,
    Found,
    Policy,
    Statement,
    found,
)

PASS_ROLE = "iam:PassRole"
CREATE_ROLE = "iam:CreateServiceLinkedRole"
_SOURCES = frozenset(
    {"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"}
)
_GITHUB = "token.actions.githubusercontent.com"


def pass_role(policy: Policy, statement: Statement) -> Iterator[Found]:
    """Check who may be handed which role."""
    if policy.kind != IDENTITY or not statement.allows:
        return
    if "iam:passedtoservice" in statement.condition_keys():
        return
    how = _reaches(statement, PASS_ROLE)
    if how is None:
        return
    element, path = how
    if "NotResource" in statement.source:
        code = {
            "exact": "PASS_ROLE_WITH_NOT_RESOURCE",
            "star": "PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE",
            "not": "PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE",
        }[element]
        yield found(code, path, statement.at("NotResource"))
        return
    wide = [place for place, text in statement.texts("Resource") if _any_role(text)]
    if wide:
        code = {
            "exact": "PASS_ROLE_WITH_STAR_IN_RESOURCE",
            "star": "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE",
            "not": "PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION",
        }[element]
        yield found(code, path, *wide)


def _reaches(statement: Statement, action: str) -> tuple[str, tuple[str | int, ...]] | None:
    """How a statement speaks of an action: by name, by a wildcard, or by not excluding it."""
    if "NotAction" in statement.source:
        named = any(covers_action(text, action) for _, text in statement.texts("NotAction"))
        return None if named else ("not", statement.at("NotAction"))
    for path, text in statement.texts("Action"):
        if text.lower() == action.lower():
            return "exact", path
        if covers_action(text, action):
            return "star", path
    return None


def _any_role(resource: str) -> bool:
    """Whether a resource stands for all roles of an account, or more."""
    if resource == "*":
        return True
    kind, _, name = resource.partition(":role/")
    return kind.startswith("arn:") and (name == "*" or resource.endswith(("::*", ":*")))


def service_linked_roles(policy: Policy, statement: Statement) -> Iterator[Found]:
    """Check who may make service-linked roles by not being excluded from it."""
    if policy.kind != IDENTITY or not statement.allows or "NotAction" not in statement.source:
        return
    wide = [place for place, text in statement.texts("Resource") if text == "*"]
    if wide and _reaches(statement, CREATE_ROLE) is not None:
        yield found(
            "CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION", statement.at("NotAction"), *wide
        )


def not_principal(policy: Policy, statement: Statement) -> Iterator[Found]:
    """Check that nobody is allowed by being left out."""
    if statement.allows and "NotPrincipal" in statement.source and not policy.is_trust:
        yield found("ALLOW_WITH_NOT_PRINCIPAL", statement.at("NotPrincipal"))


def service_principals(policy: Policy, statement: Statement) -> Iterator[Found]:
    """Check that a service acts for somebody in particular: the confused deputy."""
    if policy.kind != RESOURCE or policy.is_trust or not statement.allows:
        return
    if statement.condition_keys() & _SOURCES:
        return
    for kind, _, path in statement.principals():
        if kind == "Service":
            yield found("RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL", path)


def identity_providers(policy: Policy, statement: Statement) -> Iterator[Found]:
    """Check that an OpenID Connect provider's users are told apart."""
    if not statement.allows:
        return
    present = statement.condition_keys()
    for kind, name, path in statement.principals():
        if kind != "Federated" or ":oidc-provider/" not in name:
            continue
        provider = name.partition(":oidc-provider/")[2].lower()
        if provider == _GITHUB:
            if f"{_GITHUB}:sub" not in present:
                yield found("MISSING_GITHUB_REPO_CONDITION_KEY", path)
        elif not any(key.startswith(f"{provider}:") for key in present):
            yield found("MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL", path)


_PREFIX_IS_SAFE = {(True, False), (False, True)}


def list_prefixes(policy: Policy, statement: Statement) -> Iterator[Found]:
    """Check that s3:prefix is not used to forbid: a shorter prefix slips through."""
    for operator, key, _, path in statement.conditions():
        if key.lower() != "s3:prefix" or ":" in operator:
            continue
        negated = "Not" in operator
        if operator.startswith("String") and (statement.allows, negated) not in _PREFIX_IS_SAFE:
            yield found("S3_PREFIX_IN_NEGATIVE_CONTEXT", path)


def attributes(policy: Policy, statement: Statement) -> Iterator[Found]:
    """Check that a limit on attributes holds for reads that name none."""
    present = statement.condition_keys()
    if statement.allows and "dynamodb:attributes" in present and "dynamodb:select" not in present:
        yield found("DYNAMODB_ATTRIBUTES_WITHOUT_SELECT", statement.at("Condition"))


STATEMENT_CHECKS = (
    pass_role,
    service_linked_roles,
    not_principal,
    service_principals,
    identity_providers,
    list_prefixes,
    attributes,
)
