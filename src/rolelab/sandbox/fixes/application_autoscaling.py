"""Application Auto Scaling: the service-linked role in which it scales.

AWS pages: *Application Auto Scaling identity-based policy examples*, "Permissions required to
create a service-linked role"; *Service-linked roles for Application Auto Scaling*.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Response, Serve, fix
from rolelab.sandbox.operations.service_linked_roles import service_linked_role_name
from rolelab.sandbox.resource_policies.iam import role as role_of

_SERVICE = "application-autoscaling.amazonaws.com"
# Namespace -> who assumes the role. Page: *Service-linked roles for Application Auto Scaling*.
_LINKED: Mapping[str, str] = {
    "dynamodb": "dynamodb.application-autoscaling.amazonaws.com",
    "ecs": "ecs.application-autoscaling.amazonaws.com",
}


@fix("application-autoscaling", "RegisterScalableTarget")
def register_scalable_target(call: Call, response: Any, serve: Serve) -> Response:
    """moto knows no service-linked role: the first target of a service makes it.

    It is made for the caller, who needs `iam:CreateServiceLinkedRole`; the trail shows the call.
    """
    principal = _LINKED.get(str(call.parameters["ServiceNamespace"]))
    if principal is not None:
        _make_role(call, principal)
    return serve()


def _make_role(call: Call, principal: str) -> None:
    from botocore.exceptions import ClientError

    from rolelab.sandbox.service_calls import on_behalf_of

    name = service_linked_role_name(principal, None)
    arn = f"arn:{call.partition}:iam::{call.account}:role/aws-service-role/{principal}/{name}"
    if role_of(arn) is not None:
        return
    try:
        on_behalf_of(call, _SERVICE).client("iam").create_service_linked_role(
            AWSServiceName=principal
        )
    except ClientError as error:
        raise ServiceError("ValidationException", f"Unable to assume IAM role: {arn}") from error
