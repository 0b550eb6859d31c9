"""Service-linked roles: the names AWS gives them, and what nobody but the service may do to them.

moto writes the service's name in lower case (AWSServiceRoleForecs) and lets every caller change
the role.

AWS pages: *Create a service-linked role*, *Using service-linked roles for Amazon ECS*. The pages
give the names and the rules; the sentences are those AWS answers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rolelab.sandbox import managed_policies
from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import FIXES, Answer, fix
from rolelab.sandbox.fixes.iam_errors import invalid_input, no_such_entity, unmodifiable
from rolelab.sandbox.fixes.iam_lookup import backend, role, taken, unique_id
from rolelab.sandbox.operations.service_linked_roles import service_linked_role_name

_PATH = "/aws-service-role/"

# Service principal -> the policy that AWS attaches to its role.
_POLICIES: Mapping[str, str] = {
    "access-analyzer.amazonaws.com": "AccessAnalyzerServiceRolePolicy",
    "autoscaling.amazonaws.com": "AutoScalingServiceRolePolicy",
    "cloudtrail.amazonaws.com": "CloudTrailServiceRolePolicy",
    "config.amazonaws.com": "AWSConfigServiceRolePolicy",
    "ecs.amazonaws.com": "AmazonECSServiceRolePolicy",
    "ecs.application-autoscaling.amazonaws.com": "AWSApplicationAutoscalingECSServicePolicy",
    "eks.amazonaws.com": "AmazonEKSServiceRolePolicy",
    "elasticloadbalancing.amazonaws.com": "AWSElasticLoadBalancingServiceRolePolicy",
    "guardduty.amazonaws.com": "AmazonGuardDutyServiceRolePolicy",
    "opensearchservice.amazonaws.com": "AmazonOpenSearchServiceRolePolicy",
    "organizations.amazonaws.com": "AWSOrganizationsServiceTrustPolicy",
    "ops.apigateway.amazonaws.com": "APIGatewayServiceRolePolicy",
    "pullthroughcache.ecr.amazonaws.com": "AWSECRPullThroughCache_ServiceRolePolicy",
    "rds.amazonaws.com": "AmazonRDSServiceRolePolicy",
    "replication.ecr.amazonaws.com": "ECRReplicationServiceRolePolicy",
    "spot.amazonaws.com": "AWSEC2SpotServiceRolePolicy",
    "spotfleet.amazonaws.com": "AWSEC2SpotFleetServiceRolePolicy",
}

# *CreateServiceLinkedRole*: some services do not take a suffix. ECS is one of them.
_NO_SUFFIX = frozenset(_POLICIES) - {"autoscaling.amazonaws.com"}


def is_service_linked(role: Any) -> bool:
    """Does a service own the role?"""
    return bool(role._linked_service) or str(role.path).startswith(_PATH)


@fix("iam", "CreateServiceLinkedRole")
def create_service_linked_role(call: Call, response: Any, serve: Any) -> Answer:
    """moto spells the role's name wrong and makes a second role of the same name."""
    service = str(call.parameters["AWSServiceName"])
    suffix = call.parameters.get("CustomSuffix")
    if suffix and service in _NO_SUFFIX:
        raise invalid_input(f"Custom suffix is not allowed for {service}")
    role_name = service_linked_role_name(service, suffix)
    stored = backend(call)
    if taken((found.name for found in stored.roles.values()), role_name):
        raise invalid_input(
            f"Service role name {role_name} has been taken in this account, "
            "please try a different suffix."
        )
    created = stored.create_role(
        role_name,
        _trust(service),
        f"{_PATH}{service}/",
        permissions_boundary=None,
        description=call.parameters.get("Description"),
        tags=[],
        max_session_duration=3600,
        linked_service=service,
    )
    arn = f"arn:{call.partition}:iam::aws:policy{_PATH}{_POLICIES.get(service)}"
    if managed_policies.ensure(stored, arn):
        stored.managed_policies[arn].attach_to(created)
    return Answer({"Role": created})


def _trust(service: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@fix("iam", "DeleteServiceLinkedRole")
def delete_service_linked_role(call: Call, response: Any, serve: Any) -> Answer:
    """moto refuses while the service's own policy is attached, and deletes any role.

    The sandbox knows of no resource that still uses the role, so the task succeeds at once.

    AWS page: *Delete a service-linked role*.
    """
    found = role(call)
    if not is_service_linked(found):
        raise invalid_input(f"{found.name} is not a service-linked role.")
    for policy in list(found.managed_policies.values()):
        policy.detach_from(found)
    stored = backend(call)
    del stored.roles[found.id]
    service = found.path.removeprefix(_PATH).rstrip("/")
    task = f"task{_PATH}{service}/{found.name}/{unique_id(call, 'TASK')}"
    _deleted(stored).add(task)
    return Answer({"DeletionTaskId": task})


@fix("iam", "GetServiceLinkedRoleDeletionStatus")
def get_service_linked_role_deletion_status(call: Call, response: Any, serve: Any) -> Answer:
    """moto reports success for a task that was never started."""
    task = str(call.parameters["DeletionTaskId"])
    if task not in _deleted(backend(call)):
        raise no_such_entity(f"Deletion task {task} cannot be found.")
    return Answer({"Status": "SUCCEEDED"})


def _deleted(stored: Any) -> set[str]:
    """The deletion tasks of an account, kept with the account so that they end with it."""
    if not hasattr(stored, "service_linked_role_deletions"):
        stored.service_linked_role_deletions = set()
    tasks: set[str] = stored.service_linked_role_deletions
    return tasks


def only_by_its_service(call: Call, response: Any, serve: Any) -> Any:
    """Refuse to change a service-linked role."""
    found = role(call)
    if is_service_linked(found):
        raise unmodifiable(found.name)
    return serve()


# Before what the operation itself does. Description and tags of a service-linked role may be
# changed (*Edit a service-linked role*).
for _operation in (
    "AttachRolePolicy",
    "DeleteRole",
    "DeleteRolePolicy",
    "DetachRolePolicy",
    "PutRolePolicy",
    "UpdateAssumeRolePolicy",
):
    FIXES["iam", _operation].insert(0, only_by_its_service)
