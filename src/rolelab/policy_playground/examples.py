"""Ready situations of the bookshop, each with one thing to try.

AWS pages, one for each example, are named beside it. All are in the IAM User Guide, but *SCP
evaluation* in the AWS Organizations User Guide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rolelab.iam import Policies, Request
from rolelab.policy_playground.fields import Texts
from rolelab.policy_playground.given import texts_of

_ACCOUNT, _OTHER = "123456789012", "999988887777"
_ROLE = f"arn:aws:iam::{_ACCOUNT}:role/orders-task-role"
_SESSION = f"arn:aws:sts::{_ACCOUNT}:assumed-role/orders-task-role/orders-1"
_MARA = f"arn:aws:iam::{_ACCOUNT}:user/mara"
_BUCKET = "arn:aws:s3:::bookshop-orders"
_ORDER = f"{_BUCKET}/incoming/1001.json"
_SECRET = f"arn:aws:secretsmanager:us-east-1:{_ACCOUNT}:secret:orders/db-a1B2c3"


@dataclass(frozen=True, slots=True)
class Example:
    """A situation to start from.

    Attributes:
        title: what it shows.
        task: one change to try, and the question it answers.
        texts: what stands in the fields.
    """

    title: str
    task: str
    texts: Texts


def _policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _statement(effect: str, action: str | list[str], resource: Any = "*", **more: Any) -> Any:
    sid = {"Sid": more.pop("Sid")} if "Sid" in more else {}
    principal = {"Principal": more.pop("Principal")} if "Principal" in more else {}
    body = {"Effect": effect, **principal, "Action": action, "Resource": resource}
    return {**sid, **body, **more}


def _allow(action: str | list[str], resource: Any = "*", **more: Any) -> Any:
    return _statement("Allow", action, resource, **more)


def _deny(action: str | list[str], resource: Any = "*", **more: Any) -> Any:
    return _statement("Deny", action, resource, **more)


def _example(title: str, task: str, request: Request, **policies: Any) -> Example:
    return Example(title, task, texts_of(request, Policies(**policies)))


EXAMPLES = (
    # *Policies and permissions in AWS Identity and Access Management*
    _example(
        "A missing permission: listing is not reading",
        "Add the bucket itself to Resource, without /*. What is the old line still good for?",
        Request(_SESSION, "s3:ListBucket", _BUCKET),
        identity=[_policy(_allow("s3:*", [f"{_BUCKET}/*"], Sid="Orders"))],
    ),
    # *Policy evaluation logic*, "The difference between explicit and implicit denies"
    _example(
        "An explicit deny beats every Allow",
        "Add as many Allow statements as you like. Then narrow the Deny to archive/*.",
        Request(_MARA, "s3:DeleteObject", _ORDER),
        identity=[
            _policy(
                _allow("*", Sid="Everything"),
                _deny("s3:DeleteObject", f"{_BUCKET}/*", Sid="NobodyDeletesOrders"),
            )
        ],
    ),
    # *Permissions boundaries for IAM entities*
    _example(
        "A boundary that does not reach that far",
        "Let the boundary allow s3:PutObject. Then empty the identity-based policy: what does a "
        "boundary grant by itself?",
        Request(_SESSION, "s3:PutObject", _ORDER),
        identity=[_policy(_allow("s3:*", f"{_BUCKET}/*", Sid="Orders"))],
        boundary=[_policy(_allow(["s3:Get*", "s3:List*"], Sid="ReadOnly"))],
    ),
    # *Cross-account policy evaluation logic*
    _example(
        "Two accounts: both sides must say yes",
        "The bucket policy names another user: write user/ledger instead of user/auditor. Then "
        f"empty the identity-based policy. At last write {_OTHER} as the owner of the resource: "
        "is one side enough within one account?",
        Request(
            f"arn:aws:iam::{_OTHER}:user/ledger", "s3:GetObject", _ORDER, resource_account=_ACCOUNT
        ),
        identity=[_policy(_allow("s3:GetObject", f"{_BUCKET}/*", Sid="ReadOrders"))],
        resource=_policy(
            _allow(
                "s3:GetObject",
                f"{_BUCKET}/*",
                Sid="Accountants",
                Principal={"AWS": f"arn:aws:iam::{_OTHER}:user/auditor"},
            )
        ),
    ),
    # *AWS JSON policy elements: NotAction*
    _example(
        "NotAction with Allow gives away the rest",
        "Somebody wanted to forbid IAM, and gave away every other service. Ask for iam:CreateUser: "
        "is it forbidden, or only not allowed? Then write an Allow for s3:* in its place.",
        Request(_MARA, "secretsmanager:GetSecretValue", _SECRET),
        identity=[
            _policy(
                {
                    "Sid": "NoIam",
                    "Effect": "Allow",
                    "NotAction": "iam:*",
                    "Resource": "*",
                }
            )
        ],
    ),
    # *AWS global condition context keys*, aws:MultiFactorAuthPresent
    _example(
        "A Deny without IfExists lets access keys through",
        "Requests signed with long-term access keys lack the key aws:MultiFactorAuthPresent. Write "
        "BoolIfExists instead of Bool. Then add aws:MultiFactorAuthPresent = true to the context.",
        Request(_MARA, "s3:DeleteObject", _ORDER),
        identity=[
            _policy(
                _allow("s3:*", Sid="Orders"),
                _deny(
                    "s3:Delete*",
                    Sid="DeleteWithMfaOnly",
                    Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}},
                ),
            )
        ],
    ),
    # *Permissions boundaries for IAM entities*, "Resource-based policies"
    _example(
        "The bucket policy names the role, and the boundary still limits it",
        f"Name the session instead of the role: {_SESSION}. Why is that more than it looks?",
        Request(_SESSION, "s3:PutObject", _ORDER),
        identity=[_policy(_allow("s3:GetObject", f"{_BUCKET}/*", Sid="ReadOrders"))],
        resource=_policy(
            _allow("s3:PutObject", f"{_BUCKET}/*", Sid="OrdersService", Principal={"AWS": _ROLE})
        ),
        boundary=[_policy(_allow(["s3:Get*", "s3:List*"], Sid="ReadOnly"))],
    ),
    # *SCP evaluation*
    _example(
        "SCPs: every level must allow",
        "The root allows everything, the account's own SCP a part. Add secretsmanager:* there. "
        "Then write [] in place of the root's SCP: does the account's Allow suffice?",
        Request(_SESSION, "secretsmanager:GetSecretValue", _SECRET),
        identity=[_policy(_allow(["s3:*", "secretsmanager:Get*"], Sid="Orders"))],
        service_control=[
            [_policy(_allow("*", Sid="FullAccess"))],
            [_policy(_allow(["s3:*", "ecs:*", "logs:*"], Sid="WhatTheShopUses"))],
        ],
    ),
)
