"""What AWS says when it denies, word for word."""

from __future__ import annotations

from typing import Any

from .case import Case
from .names import ACCOUNT, DENIED_MESSAGES, OTHER
from .statements import ALLOW_ALL, FULL_AWS_ACCESS, RCP_FULL_AWS_ACCESS, allow, deny, policy

JOHN = f"arn:aws:iam::{ACCOUNT}:user/John"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/HR/john"
GROUP = f"arn:aws:codedeploy:us-east-1:{ACCOUNT}:deploymentgroup:orders"
SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:orders-abc123"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/HR"

LIST = "codedeploy:ListDeployments"
READ = "secretsmanager:GetSecretValue"
ASSUME = "sts:AssumeRole"
ONLY_SQS = policy(allow("sqs:*"))


def says(
    rule: str,
    because: str,
    action: str,
    target: str,
    layer: Any,
    *,
    principal: str = JOHN,
    resource_account: str | None = None,
    **policies: Any,
) -> Case:
    return Case(
        rule,
        DENIED_MESSAGES,
        {
            "principal": principal,
            "action": action,
            "resource": target,
            "resource_account": resource_account,
        },
        policies,
        "ExplicitDeny" if "explicit deny" in because else "ImplicitDeny",
        layer,
        f"User: {principal} is not authorized to perform: {action} on resource: {target} {because}",
    )


CASES = (
    says(
        "identity-implicit",
        f"because no identity-based policy allows the {LIST} action",
        LIST,
        GROUP,
        "identity-based policy",
    ),
    says(
        "identity-implicit-of-a-session",
        f"because no identity-based policy allows the {LIST} action",
        LIST,
        GROUP,
        "identity-based policy",
        principal=SESSION,
        identity=[ONLY_SQS],
    ),
    says(
        "identity-explicit",
        "with an explicit deny in an identity-based policy",
        LIST,
        GROUP,
        "identity-based policy",
        identity=[ALLOW_ALL, policy(deny("codedeploy:*"))],
    ),
    says(
        "resource-implicit",
        f"because no resource-based policy allows the {READ} action",
        READ,
        SECRET,
        "resource-based policy",
        principal=f"arn:aws:iam::{OTHER}:user/John",
        resource_account=ACCOUNT,
        identity=[ALLOW_ALL],
    ),
    says(
        "resource-explicit",
        "with an explicit deny in a resource-based policy",
        READ,
        SECRET,
        "resource-based policy",
        identity=[ALLOW_ALL],
        resource=policy(deny(READ, Principal={"AWS": JOHN})),
    ),
    says(
        "trust-implicit",
        f"because no role trust policy allows the {ASSUME} action",
        ASSUME,
        ROLE,
        "resource-based policy",
        identity=[ALLOW_ALL],
        resource=policy(
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": ASSUME}
        ),
    ),
    says(
        "trust-explicit",
        "with an explicit deny in the role trust policy",
        ASSUME,
        ROLE,
        "resource-based policy",
        identity=[ALLOW_ALL],
        resource=policy({"Effect": "Deny", "Principal": {"AWS": JOHN}, "Action": ASSUME}),
    ),
    says(
        "boundary-implicit",
        f"because no permissions boundary allows the {LIST} action",
        LIST,
        GROUP,
        "permissions boundary",
        identity=[ALLOW_ALL],
        boundary=[ONLY_SQS],
    ),
    says(
        "boundary-explicit",
        "with an explicit deny in a permissions boundary",
        LIST,
        GROUP,
        "permissions boundary",
        identity=[ALLOW_ALL],
        boundary=[ALLOW_ALL, policy(deny("codedeploy:*"))],
    ),
    says(
        "session-implicit",
        f"because no session policy allows the {LIST} action",
        LIST,
        GROUP,
        "session policy",
        principal=SESSION,
        identity=[ALLOW_ALL],
        session=[ONLY_SQS],
    ),
    says(
        "scp-implicit",
        f"because no service control policy allows the {LIST} action",
        LIST,
        GROUP,
        "service control policy",
        identity=[ALLOW_ALL],
        service_control=[[FULL_AWS_ACCESS], [ONLY_SQS]],
    ),
    says(
        "scp-explicit",
        "with an explicit deny in a service control policy",
        LIST,
        GROUP,
        "service control policy",
        identity=[ALLOW_ALL],
        service_control=[[FULL_AWS_ACCESS, policy(deny("codedeploy:*"))]],
    ),
    says(
        "rcp-explicit",
        "with an explicit deny in a resource control policy",
        READ,
        SECRET,
        "resource control policy",
        identity=[ALLOW_ALL],
        resource_control=[[RCP_FULL_AWS_ACCESS, policy(deny("secretsmanager:*", Principal="*"))]],
    ),
    says(
        "endpoint-implicit",
        f"because no VPC endpoint policy allows the {LIST} action",
        LIST,
        GROUP,
        "VPC endpoint policy",
        identity=[ALLOW_ALL],
        endpoint=[policy(allow("sqs:*", Principal="*"))],
    ),
    says(
        "endpoint-explicit",
        "with an explicit deny in a VPC endpoint policy",
        LIST,
        GROUP,
        "VPC endpoint policy",
        identity=[ALLOW_ALL],
        endpoint=[policy(allow(Principal="*"), deny("codedeploy:*", Principal="*"))],
    ),
)
