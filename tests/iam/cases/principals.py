"""The Principal element of resource-based policies: whom a statement names."""

from __future__ import annotations

from typing import Any

from .case import Case
from .names import (
    ACCOUNT,
    ANONYMOUS,
    BUCKET,
    COMPARE_ROLES,
    ECS_TASKS,
    ENFORCEMENT,
    FEDERATED,
    GLOBAL_KEYS,
    OBJECT,
    OTHER,
    OTHER_ROOT,
    OTHER_SESSION,
    OTHER_USER,
    PRINCIPAL,
    ROLE,
    ROOT,
    SESSION,
    USER,
)
from .statements import allow, deny, policy

OBJECTS = f"{BUCKET}/*"


def named(rule: str, principal: Any, caller: str, page: str = PRINCIPAL) -> Case:
    """The bucket policy alone lets the caller in."""
    return Case(
        rule,
        page,
        {
            "principal": caller,
            "action": "s3:GetObject",
            "resource": OBJECT,
            "resource_account": ACCOUNT,
        },
        {"resource": policy(allow("s3:GetObject", OBJECTS, Principal=principal))},
        "Allow",
        "resource-based policy",
    )


def not_named(rule: str, principal: Any, caller: str, page: str = PRINCIPAL) -> Case:
    """The bucket policy alone does not let the caller in."""
    return Case(
        rule,
        page,
        {
            "principal": caller,
            "action": "s3:GetObject",
            "resource": OBJECT,
            "resource_account": ACCOUNT,
        },
        {"resource": policy(allow("s3:GetObject", OBJECTS, Principal=principal))},
        "ImplicitDeny",
    )


def refused(rule: str, principal: Any, caller: str, page: str = PRINCIPAL) -> Case:
    """A Deny in the bucket policy reaches a caller whose identity policy allows everything."""
    return Case(
        rule,
        page,
        {"principal": caller, "action": "s3:GetObject", "resource": OBJECT},
        {
            "identity": [policy(allow())],
            "resource": policy(deny("s3:GetObject", OBJECTS, Principal=principal)),
        },
        "ExplicitDeny",
        "resource-based policy",
    )


def spared(rule: str, principal: Any, caller: str, page: str = PRINCIPAL) -> Case:
    """A Deny in the bucket policy does not reach the caller."""
    return Case(
        rule,
        page,
        {"principal": caller, "action": "s3:GetObject", "resource": OBJECT},
        {
            "identity": [policy(allow())],
            "resource": policy(deny("s3:GetObject", OBJECTS, Principal=principal)),
        },
        "Allow",
        "identity-based policy",
    )


def locked_to(rule: str, caller: str, arn: str, effect: Any, page: str = PRINCIPAL) -> Case:
    """Deny everyone whose aws:PrincipalArn is not `arn`: the page's substitute for NotPrincipal."""
    return Case(
        rule,
        page,
        {"principal": caller, "action": "s3:GetObject", "resource": OBJECT},
        {
            "identity": [policy(allow())],
            "resource": policy(
                deny(
                    "s3:*",
                    [BUCKET, OBJECTS],
                    Principal="*",
                    Condition={"ArnNotEquals": {"aws:PrincipalArn": arn}},
                )
            ),
        },
        effect,
    )


CASES = (
    named("a-user-arn-names-that-user", {"AWS": USER}, USER),
    not_named("a-user-arn-names-no-other-user", {"AWS": f"{USER}-maria"}, USER),
    not_named(
        "user-names-in-principal-are-case-sensitive",
        {"AWS": f"arn:aws:iam::{ACCOUNT}:user/Ana"},
        USER,
    ),
    not_named(
        "a-user-arn-of-another-account-names-nobody-here",
        {"AWS": f"arn:aws:iam::{OTHER}:user/ana"},
        USER,
    ),
    not_named(
        "a-user-arn-does-not-name-a-role-of-that-name",
        {"AWS": f"arn:aws:iam::{ACCOUNT}:user/app"},
        SESSION,
    ),
    named(
        "a-user-arn-with-a-path",
        {"AWS": f"arn:aws:iam::{ACCOUNT}:user/eu/sales/ana"},
        f"arn:aws:iam::{ACCOUNT}:user/eu/sales/ana",
    ),
    named("a-role-arn-names-the-sessions-of-the-role", {"AWS": ROLE}, SESSION),
    named("a-role-arn-names-every-session-of-the-role", {"AWS": ROLE}, OTHER_SESSION),
    not_named("a-role-arn-names-no-session-of-another-role", {"AWS": f"{ROLE}-two"}, SESSION),
    not_named(
        "a-role-arn-does-not-name-a-user-of-that-name",
        {"AWS": f"arn:aws:iam::{ACCOUNT}:role/ana"},
        USER,
    ),
    named("a-session-arn-names-that-session", {"AWS": SESSION}, SESSION),
    not_named("a-session-arn-names-no-other-session", {"AWS": SESSION}, OTHER_SESSION),
    named("a-federated-user-arn-names-that-session", {"AWS": FEDERATED}, FEDERATED),
    not_named("a-federated-user-arn-names-no-other", {"AWS": f"{FEDERATED}-two"}, FEDERATED),
    named("an-array-names-each-of-its-principals-first", {"AWS": [USER, ROLE]}, USER),
    named("an-array-names-each-of-its-principals-second", {"AWS": [USER, ROLE]}, SESSION),
    not_named("an-array-names-nobody-else", {"AWS": [USER, ROLE]}, FEDERATED),
    named("star-names-a-user-of-the-account", "*", USER),
    named("star-names-a-role-session-of-the-account", "*", SESSION),
    named("star-names-anonymous-callers", "*", ANONYMOUS),
    named("aws-star-equals-star-for-anonymous-callers", {"AWS": "*"}, ANONYMOUS),
    named("aws-star-names-a-user-of-the-account", {"AWS": "*"}, USER),
    named("aws-star-in-brackets", {"AWS": ["*"]}, USER),
    not_named("a-user-arn-does-not-name-anonymous-callers", {"AWS": USER}, ANONYMOUS),
    not_named("the-account-does-not-name-anonymous-callers", {"AWS": ROOT}, ANONYMOUS),
    named("a-service-names-that-service", {"Service": ECS_TASKS}, ECS_TASKS),
    named(
        "an-array-of-services-names-each",
        {"Service": ["ecs.amazonaws.com", "elasticloadbalancing.amazonaws.com"]},
        "elasticloadbalancing.amazonaws.com",
    ),
    not_named("a-service-names-no-other-service", {"Service": "ecs.amazonaws.com"}, ECS_TASKS),
    not_named("a-service-does-not-name-a-user", {"Service": ECS_TASKS}, USER),
    not_named("the-account-does-not-name-a-service", {"AWS": ROOT}, ECS_TASKS),
    not_named(
        "a-service-without-region-is-not-the-regional-service",
        {"Service": "s3.amazonaws.com"},
        "s3.ap-east-1.amazonaws.com",
    ),
    named(
        "a-regional-service-names-the-regional-service",
        {"Service": "s3.ap-east-1.amazonaws.com"},
        "s3.ap-east-1.amazonaws.com",
    ),
    named("kinds-of-principals-mix-user", {"AWS": USER, "Service": ECS_TASKS}, USER),
    named("kinds-of-principals-mix-service", {"AWS": USER, "Service": ECS_TASKS}, ECS_TASKS),
    # An account principal delegates to the account. It is not a grant to each identity in it.
    not_named("the-account-arn-alone-lets-no-user-in", {"AWS": ROOT}, USER, COMPARE_ROLES),
    not_named("the-account-arn-alone-lets-no-role-in", {"AWS": ROOT}, SESSION, COMPARE_ROLES),
    not_named("the-account-id-alone-lets-no-user-in", {"AWS": ACCOUNT}, USER, COMPARE_ROLES),
    Case(
        "the-account-arn-does-not-only-mean-the-root-user",
        PRINCIPAL,
        {
            "principal": OTHER_USER,
            "action": "s3:GetObject",
            "resource": OBJECT,
            "resource_account": ACCOUNT,
        },
        {
            "identity": [policy(allow("s3:GetObject"))],
            "resource": policy(allow("s3:GetObject", OBJECTS, Principal={"AWS": OTHER_ROOT})),
        },
        "Allow",
    ),
    Case(
        "the-account-id-behaves-as-the-account-arn",
        PRINCIPAL,
        {
            "principal": OTHER_USER,
            "action": "s3:GetObject",
            "resource": OBJECT,
            "resource_account": ACCOUNT,
        },
        {
            "identity": [policy(allow("s3:GetObject"))],
            "resource": policy(allow("s3:GetObject", OBJECTS, Principal={"AWS": OTHER})),
        },
        "Allow",
    ),
    Case(
        "two-accounts-in-an-array",
        PRINCIPAL,
        {
            "principal": OTHER_USER,
            "action": "s3:GetObject",
            "resource": OBJECT,
            "resource_account": ACCOUNT,
        },
        {
            "identity": [policy(allow("s3:GetObject"))],
            "resource": policy(
                allow("s3:GetObject", OBJECTS, Principal={"AWS": ["555555555555", OTHER]})
            ),
        },
        "Allow",
    ),
    Case(
        "an-account-names-nobody-of-another-account",
        PRINCIPAL,
        {
            "principal": OTHER_USER,
            "action": "s3:GetObject",
            "resource": OBJECT,
            "resource_account": ACCOUNT,
        },
        {
            "identity": [policy(allow("s3:GetObject"))],
            "resource": policy(allow("s3:GetObject", OBJECTS, Principal={"AWS": "555555555555"})),
        },
        "ImplicitDeny",
        "resource-based policy",
    ),
    refused("a-deny-on-a-user-reaches-the-user", {"AWS": USER}, USER),
    refused("a-deny-on-a-role-reaches-its-sessions", {"AWS": ROLE}, SESSION),
    refused("a-deny-on-a-session-reaches-the-session", {"AWS": SESSION}, SESSION),
    refused("a-deny-on-the-account-reaches-its-users", {"AWS": ROOT}, USER),
    refused("a-deny-on-the-account-id-reaches-its-roles", {"AWS": ACCOUNT}, SESSION),
    refused("a-deny-on-everyone-reaches-users", "*", USER),
    refused("a-deny-on-everyone-reaches-sessions", {"AWS": "*"}, SESSION, ENFORCEMENT),
    spared("a-deny-on-a-user-spares-others", {"AWS": f"{USER}-maria"}, USER),
    spared("a-deny-on-a-session-spares-other-sessions", {"AWS": SESSION}, OTHER_SESSION),
    spared("a-deny-on-a-role-spares-users", {"AWS": ROLE}, USER),
    spared("a-deny-on-another-account-spares-this-one", {"AWS": OTHER_ROOT}, USER),
    spared("a-deny-on-a-service-spares-users", {"Service": ECS_TASKS}, USER),
    locked_to("principal-arn-spares-the-user-it-names", USER, USER, "Allow"),
    locked_to("principal-arn-denies-another-user", USER, f"{USER}-maria", "ExplicitDeny"),
    locked_to("principal-arn-of-a-session-is-the-role-arn", SESSION, ROLE, "Allow", GLOBAL_KEYS),
    locked_to(
        "principal-arn-of-a-session-is-not-the-session-arn",
        SESSION,
        SESSION,
        "ExplicitDeny",
        GLOBAL_KEYS,
    ),
    Case(
        "principal-arn-of-a-role-with-a-path-is-the-full-role-arn",
        GLOBAL_KEYS,
        {
            "principal": SESSION,
            "action": "s3:GetObject",
            "resource": OBJECT,
            "context": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/tasks/app"},
        },
        {
            "resource": policy(
                allow(
                    "s3:GetObject",
                    OBJECTS,
                    Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/tasks/app"},
                )
            ),
        },
        "Allow",
        "resource-based policy",
    ),
)
