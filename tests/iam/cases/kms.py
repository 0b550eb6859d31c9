"""KMS: nothing is allowed without the key policy, not even for the account that owns the key."""

from __future__ import annotations

from typing import Any

from .case import Case
from .names import (
    ACCOUNT,
    CREATING_KEY_POLICY,
    DEFAULT_KEY_POLICY,
    KEY,
    KEY_POLICIES,
    KMS_CROSS_ACCOUNT,
    KMS_TROUBLESHOOTING,
    OTHER,
    OTHER_ROLE,
    OTHER_ROLE_SESSION,
    OTHER_ROOT,
    OTHER_USER,
    ROLE,
    ROOT,
    SESSION,
    USER,
)
from .statements import ALLOW_ALL, allow, deny, policy

DELEGATES = policy(allow("kms:*", Sid="Enable IAM policies", Principal={"AWS": ROOT}))
DELEGATES_DECRYPT = policy(allow("kms:Decrypt", Principal={"AWS": ROOT}))
NAMES_USER = policy(allow(["kms:Decrypt", "kms:DescribeKey"], Principal={"AWS": USER}))
NAMES_ROLE = policy(allow("kms:Decrypt", Principal={"AWS": ROLE}))
DECRYPTS = [policy(allow("kms:Decrypt", KEY))]
SHARED = policy(
    allow("kms:*", Principal={"AWS": ROOT}),
    allow(
        ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        Principal={"AWS": OTHER_ROOT},
    ),
)
SHARED_WITH_ROLE = policy(allow("kms:Decrypt", Principal={"AWS": OTHER_ROLE}))


def use(
    rule: str,
    effect: Any,
    layer: Any = None,
    *,
    page: str = DEFAULT_KEY_POLICY,
    principal: str = USER,
    action: str = "kms:Decrypt",
    **policies: Any,
) -> Case:
    return Case(
        rule,
        page,
        {"principal": principal, "action": action, "resource": KEY, "resource_account": ACCOUNT},
        policies,
        effect,
        layer,
    )


CASES = (
    use(
        "an-iam-policy-counts-where-the-key-policy-delegates",
        "Allow",
        identity=DECRYPTS,
        resource=DELEGATES,
    ),
    use(
        "a-key-policy-that-delegates-grants-no-user-anything",
        "ImplicitDeny",
        "identity-based policy",
        page=KMS_TROUBLESHOOTING,
        resource=DELEGATES,
    ),
    use(
        "a-key-policy-that-delegates-grants-no-role-anything",
        "ImplicitDeny",
        "identity-based policy",
        page=CREATING_KEY_POLICY,
        principal=SESSION,
        resource=DELEGATES,
    ),
    use(
        "an-iam-policy-is-ineffective-without-delegation",
        "ImplicitDeny",
        "resource-based policy",
        identity=DECRYPTS,
        resource=policy(allow("kms:*", Principal={"AWS": f"{USER}-maria"})),
    ),
    use(
        "an-administrator-is-powerless-without-delegation",
        "ImplicitDeny",
        "resource-based policy",
        identity=[ALLOW_ALL],
        resource=NAMES_ROLE,
    ),
    use(
        "an-iam-policy-is-ineffective-without-a-key-policy",
        "ImplicitDeny",
        "resource-based policy",
        page=KEY_POLICIES,
        identity=[ALLOW_ALL],
    ),
    use(
        "an-iam-deny-is-effective-without-delegation",
        "ExplicitDeny",
        "identity-based policy",
        identity=[policy(deny("kms:*"))],
        resource=NAMES_USER,
    ),
    use(
        "an-iam-deny-is-effective-with-delegation",
        "ExplicitDeny",
        "identity-based policy",
        identity=[ALLOW_ALL, policy(deny("kms:*"))],
        resource=DELEGATES,
    ),
    use(
        "the-key-policy-may-delegate-one-action",
        "Allow",
        identity=[ALLOW_ALL],
        resource=DELEGATES_DECRYPT,
    ),
    use(
        "what-the-key-policy-does-not-delegate-iam-cannot-give",
        "ImplicitDeny",
        "resource-based policy",
        action="kms:Encrypt",
        identity=[ALLOW_ALL],
        resource=DELEGATES_DECRYPT,
    ),
    use(
        "the-key-policy-names-the-user",
        "Allow",
        "resource-based policy",
        page=KEY_POLICIES,
        resource=NAMES_USER,
    ),
    use(
        "the-key-policy-names-the-user-for-other-actions",
        "ImplicitDeny",
        page=KEY_POLICIES,
        action="kms:Encrypt",
        resource=NAMES_USER,
    ),
    use(
        "the-key-policy-names-the-role",
        "Allow",
        "resource-based policy",
        page=KEY_POLICIES,
        principal=SESSION,
        resource=NAMES_ROLE,
    ),
    use("the-key-policy-names-another", "ImplicitDeny", page=KEY_POLICIES, resource=NAMES_ROLE),
    use(
        "a-deny-in-the-key-policy-wins",
        "ExplicitDeny",
        "resource-based policy",
        page=CREATING_KEY_POLICY,
        identity=[ALLOW_ALL],
        resource=policy(*DELEGATES["Statement"], deny("kms:Decrypt", Principal={"AWS": USER})),
    ),
    use(
        "the-account-principal-includes-the-root-user", "Allow", principal=ROOT, resource=DELEGATES
    ),
    use(
        "the-root-user-needs-the-key-policy-too",
        "ImplicitDeny",
        "resource-based policy",
        page=KEY_POLICIES,
        principal=ROOT,
        resource=NAMES_USER,
    ),
    use(
        "the-root-user-has-nothing-without-a-key-policy",
        "ImplicitDeny",
        "resource-based policy",
        page=KEY_POLICIES,
        principal=ROOT,
    ),
    use(
        "an-administrator-of-the-key-may-not-use-it",
        "ImplicitDeny",
        principal=SESSION,
        resource=policy(
            allow(
                ["kms:Create*", "kms:Describe*", "kms:Enable*", "kms:Put*"], Principal={"AWS": ROLE}
            )
        ),
    ),
    use(
        "a-condition-in-the-key-policy-must-hold",
        "ImplicitDeny",
        page=CREATING_KEY_POLICY,
        resource=policy(
            allow(
                "kms:Decrypt",
                Principal={"AWS": USER},
                Condition={"StringEquals": {"kms:CallerAccount": OTHER}},
            )
        ),
    ),
    # the account level
    Case(
        "listing-keys-is-a-matter-of-iam-alone",
        DEFAULT_KEY_POLICY,
        {"principal": USER, "action": "kms:ListKeys", "resource": "*"},
        {"identity": [policy(allow("kms:ListKeys"))]},
        "Allow",
        "identity-based policy",
    ),
    Case(
        "creating-keys-is-a-matter-of-iam-alone",
        DEFAULT_KEY_POLICY,
        {"principal": USER, "action": "kms:CreateKey", "resource": "*"},
        {"identity": [policy(allow("kms:CreateKey"))]},
        "Allow",
        "identity-based policy",
    ),
    # another account
    use(
        "cross-account-both-allow",
        "Allow",
        page=KMS_CROSS_ACCOUNT,
        principal=OTHER_USER,
        identity=DECRYPTS,
        resource=SHARED,
    ),
    use(
        "cross-account-iam-policy-alone",
        "ImplicitDeny",
        "resource-based policy",
        page=KMS_CROSS_ACCOUNT,
        principal=OTHER_USER,
        identity=DECRYPTS,
        resource=DELEGATES,
    ),
    use(
        "cross-account-key-policy-alone",
        "ImplicitDeny",
        "identity-based policy",
        page=KMS_CROSS_ACCOUNT,
        principal=OTHER_USER,
        resource=SHARED,
    ),
    use(
        "cross-account-naming-the-role-still-needs-its-policy",
        "ImplicitDeny",
        "identity-based policy",
        page=KMS_CROSS_ACCOUNT,
        principal=OTHER_ROLE_SESSION,
        resource=SHARED_WITH_ROLE,
    ),
    use(
        "cross-account-naming-the-role-with-its-policy",
        "Allow",
        page=KMS_CROSS_ACCOUNT,
        principal=OTHER_ROLE_SESSION,
        identity=DECRYPTS,
        resource=SHARED_WITH_ROLE,
    ),
    use(
        "cross-account-an-identity-that-the-key-policy-does-not-name",
        "ImplicitDeny",
        "resource-based policy",
        page=KMS_CROSS_ACCOUNT,
        principal=OTHER_USER,
        identity=DECRYPTS,
        resource=SHARED_WITH_ROLE,
    ),
    use(
        "cross-account-actions-beyond-the-key-policy",
        "ImplicitDeny",
        "resource-based policy",
        page=KMS_CROSS_ACCOUNT,
        principal=OTHER_USER,
        action="kms:ScheduleKeyDeletion",
        identity=[ALLOW_ALL],
        resource=SHARED,
    ),
)
