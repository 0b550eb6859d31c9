"""iam:PassRole: the permission that hands a role to a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rolelab.sandbox.operations.check import Check, Value
from rolelab.sandbox.operations.iam_entities import tags_of
from rolelab.sandbox.resource_policies import account_of

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call


def pass_role(
    call: Call, role_arn: str, service: str, associated_resource: str | None = None
) -> Check:
    """Give the check that a call raises by passing a role to a service.

    PassRole is a permission and no API operation. It is checked with the call that passes the
    role, and never appears in CloudTrail by itself.

    Args:
        call: the call that passes the role.
        role_arn: the ARN of the role that is passed, with its path.
        service: the service principal that receives it, `ecs-tasks.amazonaws.com`.
        associated_resource: the ARN of the resource that will use the role, where the
            service tells IAM (`iam:AssociatedResourceArn`).

    Page: *Grant a user permissions to pass a role to an AWS service*.
    """
    context: dict[str, Value] = {"iam:PassedToService": service}
    if associated_resource is not None:
        context["iam:AssociatedResourceArn"] = associated_resource
    context.update(tags_of(call, role_arn))
    return Check("iam:PassRole", role_arn, account_of(role_arn), context)
