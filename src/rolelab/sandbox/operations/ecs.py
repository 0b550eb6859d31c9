"""What the operations of Amazon ECS ask.

Pages: *Actions, resources, and condition keys for Amazon Elastic Container Service* (Service
Authorization Reference); *Identity-based policy examples for Amazon Elastic Container Service*,
*Grant permission to tag resources on creation* and *Using Amazon ECS Exec for debugging* (Amazon
ECS Developer Guide).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from rolelab.sandbox.operations import ecs_roles
from rolelab.sandbox.operations.check import Value
from rolelab.sandbox.operations.ecs_state import (
    arn,
    cluster_arn,
    cluster_named,
    cpu_units,
    definition_in,
    find,
    in_cluster,
    mebibytes,
    of_service,
    tags_of,
    task_definition_arn,
)
from rolelab.sandbox.operations.row import Derived, Key, Resource, Row, Table, parameter
from rolelab.sandbox.resource_policies import owned_by_account_in_arn

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

Keys = Mapping[str, Key]


# Resources as requests name them. `each` is the entry of a batch.


def _in_cluster(kind: str, path: str = "") -> Callable[[Call], str]:
    """Give a resource function: what the parameter `path` names in the cluster of the call.

    Where there is no such parameter, it is all of that kind in the cluster.
    """
    read = parameter(path)
    return lambda call: in_cluster(call, kind, read(call) or "*")


def _of_service(kind: str, path: str = "") -> Callable[[Call], str]:
    read = parameter(path)
    return lambda call: of_service(call, kind, read(call) or "*")


def _named(kind: str, path: str = "", otherwise: str = "*") -> Callable[[Call], str]:
    read = parameter(path)

    def resource(call: Call) -> str:
        name = str(read(call) or otherwise)
        return name if name.startswith("arn:") else arn(call, f"{kind}/{name}")

    return resource


def _definition(path: str) -> Callable[[Call], str]:
    read = parameter(path)

    def resource(call: Call) -> str:
        named = read(call)
        return task_definition_arn(call, named) if named else "*"

    return resource


def _new_revision(call: Call) -> str:
    """The number of a revision is not known before it is made."""
    return arn(call, f"task-definition/{call.parameters.get('family')}:*")


def _service_of(path: str) -> Callable[[Call], str]:
    """Give the service of a deployment or revision, whose ARN begins like the service's."""
    read = parameter(path)

    def resource(call: Call) -> str:
        head, *names = str(read(call)).split("/")
        return "/".join((f"{head.rpartition(':')[0]}:service", *names[:2]))

    return resource


def _cluster_of(path: str) -> Callable[[Call], str]:
    read = parameter(path)

    def resource(call: Call) -> str:
        head, *names = str(read(call)).split("/")
        return "/".join((f"{head.rpartition(':')[0]}:cluster", *names[:1]))

    return resource


# What the condition keys say.


def _capacity_providers(path: str) -> Key:
    """Give the ARNs of the capacity providers in a strategy, or in a list of their names."""
    read = parameter(path)

    def value(call: Call) -> Value | None:
        entries = read(call)
        if not entries:
            return None
        names = [
            str(each["capacityProvider"] if isinstance(each, Mapping) else each) for each in entries
        ]
        return [n if n.startswith("arn:") else arn(call, f"capacity-provider/{n}") for n in names]

    return value


def _flag(path: str) -> Key:
    """Give a switch that is off unless the call turns it on."""
    read = parameter(path)
    return lambda call: "true" if read(call) else "false"


def _given(path: str) -> Key:
    """Give whether a list in the call has entries; nothing where it is not in the call."""
    read = parameter(path)

    def value(call: Call) -> Value | None:
        entries = read(call)
        return None if entries is None else ("true" if entries else "false")

    return value


def _ebs(call: Call) -> Value:
    volumes = call.parameters.get("volumeConfigurations") or ()
    return "true" if any("managedEBSVolume" in each for each in volumes) else "false"


def _ebs_if_given(call: Call) -> Value | None:
    return None if call.parameters.get("volumeConfigurations") is None else _ebs(call)


def _exec_after_update(call: Call) -> Value:
    """A service keeps the setting that an update does not name."""
    given = call.parameters.get("enableExecuteCommand")
    if given is None:
        given = getattr(find(_SERVICE(call)), "enable_execute_command", False)
    return "true" if given else "false"


def _public_ip(call: Call) -> Value | None:
    given = _ASSIGN_PUBLIC_IP(call)
    return None if given is None else ("true" if given == "ENABLED" else "false")


def _definition_of_service(call: Call) -> Value | None:
    named = call.parameters.get("taskDefinition")
    return task_definition_arn(call, named) if named else None


def _size_in_definition(attribute: str, read: Callable[[object], int | None]) -> Key:
    def value(call: Call) -> Value | None:
        written = getattr(definition_in(call), attribute, None)
        return _number(read(written)) if written else None

    return value


def _size_in_request(member: str, read: Callable[[object], int | None]) -> Key:
    def value(call: Call) -> Value | None:
        written = call.parameters.get(member)
        return _number(read(written)) if written else None

    return value


def _number(amount: int | None) -> Value | None:
    return None if amount is None else str(amount)


def _privileged(call: Call) -> Value:
    containers = call.parameters.get("containerDefinitions") or ()
    return "true" if any(each.get("privileged") for each in containers) else "false"


def _container_instances(call: Call) -> Value:
    named = call.parameters.get("containerInstances") or ()
    return [in_cluster(call, "container-instance", each) for each in named]


_ASSIGN_PUBLIC_IP = parameter("networkConfiguration.awsvpcConfiguration.assignPublicIp")

_CLUSTER: Resource = cluster_arn
_SERVICE = _in_cluster("service", "service")
_TASK = _in_cluster("task", "task")
_ANY_TASK: Resource = _in_cluster("task")

IN_CLUSTER: Keys = {"ecs:cluster": cluster_arn}
OF_SERVICE: Keys = {**IN_CLUSTER, "ecs:service": _SERVICE}
STRATEGY: Keys = {"ecs:capacity-provider": _capacity_providers("capacityProviderStrategy")}
KMS_KEY: Keys = {
    "ecs:fargate-ephemeral-storage-kms-key": (
        "configuration.managedStorageConfiguration.fargateEphemeralStorageKmsKeyId"
    )
}
LAUNCH: Keys = {
    **IN_CLUSTER,
    "ecs:enable-ebs-volumes": _ebs,
    "ecs:enable-execute-command": _flag("enableExecuteCommand"),
}
DEPLOYED: Keys = {
    **IN_CLUSTER,
    **STRATEGY,
    "ecs:auto-assign-public-ip": _public_ip,
    "ecs:enable-ecs-managed-tags": "enableECSManagedTags",
    "ecs:enable-service-connect": "serviceConnectConfiguration.enabled",
    "ecs:enable-vpc-lattice": _given("vpcLatticeConfigurations"),
    "ecs:namespace": "serviceConnectConfiguration.namespace",
    "ecs:propagate-tags": "propagateTags",
    "ecs:subnet": "networkConfiguration.awsvpcConfiguration.subnets",
    "ecs:task-cpu": _size_in_definition("cpu", cpu_units),
    "ecs:task-definition": _definition_of_service,
    "ecs:task-memory": _size_in_definition("memory", mebibytes),
}
MANAGED_INSTANCES: Keys = {
    "ecs:instance-metadata-tags-propagation": (
        "managedInstancesProvider.instanceLaunchTemplate.instanceMetadataTagsPropagation"
    ),
    "ecs:propagate-tags": "managedInstancesProvider.propagateTags",
}
SETTING: Keys = {"ecs:account-setting": "name"}


def _create(operation: str, resource: Resource, keys: Keys, tagged: Resource) -> tuple[Row, ...]:
    """Give the rows of an operation that makes something and may tag it.

    Args:
        operation: its name, which is also the action's and the value of `ecs:CreateAction`.
        resource: what the action is about.
        keys: its condition keys.
        tagged: what the tags are for.

    Page: *Grant permission to tag resources on creation*.
    """
    return (
        Row(operation, f"ecs:{operation}", resource, keys=keys, request_tags="tags"),
        Row(
            operation,
            "ecs:TagResource",
            tagged,
            keys={"ecs:CreateAction": lambda call: operation},
            request_tags="tags",
            when="tags",
        ),
    )


def _each(operation: str, members: str, resource: Resource, keys: Keys | None = None) -> Row:
    """Give the row of a batch; one entry that is denied refuses the whole call."""
    return Row(operation, f"ecs:{operation}", resource, keys=keys or {}, each=members)


CLUSTERS: tuple[Row, ...] = (
    *(
        Row(operation, f"ecs:{operation}", _CLUSTER)
        for operation in (
            "DeleteCluster",
            "DeregisterContainerInstance",
            "ListAttributes",
            "ListContainerInstances",
            "SubmitAttachmentStateChanges",
            "SubmitContainerStateChange",
            "SubmitTaskStateChange",
            "UpdateClusterSettings",
        )
    ),
    *_create(
        "CreateCluster",
        _named("cluster", "clusterName", "default"),
        {"ecs:capacity-provider": _capacity_providers("capacityProviders"), **KMS_KEY},
        _named("cluster", "clusterName", "default"),
    ),
    _each(
        "DescribeClusters",
        "clusters",
        lambda call: cluster_named(str(call.parameters["each"]), call),
    ),
    Row("DescribeClusters", "ecs:DescribeClusters", _CLUSTER, unless="clusters"),
    Row(
        "PutClusterCapacityProviders",
        "ecs:PutClusterCapacityProviders",
        _CLUSTER,
        keys={"ecs:capacity-provider": _capacity_providers("capacityProviders")},
    ),
    *_create(
        "RegisterContainerInstance",
        _CLUSTER,
        {},
        _in_cluster("container-instance", "containerInstanceArn"),
    ),
    Row("UpdateCluster", "ecs:UpdateCluster", _CLUSTER, keys=KMS_KEY),
)

CAPACITY_PROVIDERS: tuple[Row | Derived, ...] = (
    *_create(
        "CreateCapacityProvider",
        _named("capacity-provider", "name"),
        MANAGED_INSTANCES,
        _named("capacity-provider", "name"),
    ),
    Derived("CreateCapacityProvider", ecs_roles.infrastructure, actions=("iam:PassRole",)),
    Row(
        "DeleteCapacityProvider",
        "ecs:DeleteCapacityProvider",
        _named("capacity-provider", "capacityProvider"),
    ),
    _each("DescribeCapacityProviders", "capacityProviders", _named("capacity-provider", "each")),
    Row(
        "DescribeCapacityProviders",
        "ecs:DescribeCapacityProviders",
        _named("capacity-provider"),
        unless="capacityProviders",
    ),
    Row(
        "UpdateCapacityProvider",
        "ecs:UpdateCapacityProvider",
        _named("capacity-provider", "name"),
        keys=MANAGED_INSTANCES,
    ),
    Derived("UpdateCapacityProvider", ecs_roles.infrastructure, actions=("iam:PassRole",)),
)

TASK_DEFINITIONS: tuple[Row | Derived, ...] = (
    *_create(
        "RegisterTaskDefinition",
        _new_revision,
        {
            "ecs:compute-compatibility": "requiresCompatibilities",
            "ecs:privileged": _privileged,
            "ecs:task-cpu": _size_in_request("cpu", cpu_units),
            "ecs:task-memory": _size_in_request("memory", mebibytes),
        },
        _new_revision,
    ),
    Derived("RegisterTaskDefinition", ecs_roles.register, actions=("iam:PassRole",)),
    _each("DeleteTaskDefinitions", "taskDefinitions", _definition("each")),
    Row("DeregisterTaskDefinition", "ecs:DeregisterTaskDefinition"),
    Row("DescribeTaskDefinition", "ecs:DescribeTaskDefinition"),
    Row("ListTaskDefinitionFamilies", "ecs:ListTaskDefinitionFamilies"),
    Row("ListTaskDefinitions", "ecs:ListTaskDefinitions"),
)

TASKS: tuple[Row | Derived, ...] = (
    *_create("RunTask", _definition("taskDefinition"), {**LAUNCH, **STRATEGY}, _ANY_TASK),
    Derived("RunTask", ecs_roles.run, actions=("iam:PassRole",)),
    *_create(
        "StartTask",
        _definition("taskDefinition"),
        {**LAUNCH, "ecs:container-instances": _container_instances},
        _ANY_TASK,
    ),
    Derived("StartTask", ecs_roles.run, actions=("iam:PassRole",)),
    _each("DescribeTasks", "tasks", _in_cluster("task", "each"), IN_CLUSTER),
    _each("GetTaskProtection", "tasks", _in_cluster("task", "each"), IN_CLUSTER),
    Row(
        "GetTaskProtection",
        "ecs:GetTaskProtection",
        _ANY_TASK,
        keys=IN_CLUSTER,
        unless="tasks",
    ),
    _each("UpdateTaskProtection", "tasks", _in_cluster("task", "each"), IN_CLUSTER),
    # Tasks are listed by the instances they run on, also where there are none.
    Row(
        "ListTasks",
        "ecs:ListTasks",
        _in_cluster("container-instance", "containerInstance"),
        keys=IN_CLUSTER,
    ),
    Row("StopTask", "ecs:StopTask", _TASK, keys=IN_CLUSTER),
    # On both, with the tags of each. Page: *Using Amazon ECS Exec for debugging*.
    *(
        Row(
            "ExecuteCommand",
            "ecs:ExecuteCommand",
            resource,
            keys={**IN_CLUSTER, "ecs:container-name": "container", "ecs:task": _TASK},
        )
        for resource in (_CLUSTER, _TASK)
    ),
)

SERVICES: tuple[Row | Derived, ...] = (
    *_create(
        "CreateService",
        _in_cluster("service", "serviceName"),
        {**LAUNCH, **DEPLOYED},
        _in_cluster("service", "serviceName"),
    ),
    Derived("CreateService", ecs_roles.serve, actions=("iam:PassRole",)),
    Row("DeleteService", "ecs:DeleteService", _SERVICE, keys=IN_CLUSTER),
    _each("DescribeServices", "services", _in_cluster("service", "each"), IN_CLUSTER),
    Row("ListServices", "ecs:ListServices", keys=IN_CLUSTER),
    Row(
        "ListServicesByNamespace",
        "ecs:ListServicesByNamespace",
        keys={"ecs:namespace": "namespace"},
    ),
    Row(
        "UpdateService",
        "ecs:UpdateService",
        _SERVICE,
        keys={
            **DEPLOYED,
            "ecs:enable-ebs-volumes": _ebs_if_given,
            "ecs:enable-execute-command": _exec_after_update,
        },
    ),
    Derived("UpdateService", ecs_roles.serve, actions=("iam:PassRole",)),
    Row(
        "UpdateServicePrimaryTaskSet",
        "ecs:UpdateServicePrimaryTaskSet",
        _SERVICE,
        keys=IN_CLUSTER,
    ),
)

TASK_SETS: tuple[Row | Derived, ...] = (
    *_create(
        "CreateTaskSet",
        _of_service("task-set"),
        {**OF_SERVICE, **STRATEGY, "ecs:task-definition": _definition_of_service},
        _of_service("task-set"),
    ),
    Derived("CreateTaskSet", ecs_roles.serve, actions=("iam:PassRole",)),
    *(
        Row(operation, f"ecs:{operation}", _of_service("task-set", "taskSet"), keys=OF_SERVICE)
        for operation in ("DeleteTaskSet", "UpdateTaskSet")
    ),
    _each("DescribeTaskSets", "taskSets", _of_service("task-set", "each"), OF_SERVICE),
    Row(
        "DescribeTaskSets",
        "ecs:DescribeTaskSets",
        _of_service("task-set"),
        keys=OF_SERVICE,
        unless="taskSets",
    ),
)


def _deployments(operation: str, path: str, each: str | None) -> tuple[Row, ...]:
    """Give the rows of an operation on deployments, asked on the service and on each of them."""
    keys: Keys = {"ecs:cluster": _cluster_of(path), "ecs:service": _service_of(path)}
    return (
        Row(
            operation,
            f"ecs:{operation}",
            _service_of(path),
            keys={"ecs:cluster": _cluster_of(path)},
            each=each,
        ),
        Row(operation, f"ecs:{operation}", f"{{{path}}}", keys=keys, each=each),
    )


DEPLOYMENTS: tuple[Row, ...] = (
    *_deployments("DescribeServiceDeployments", "each", "serviceDeploymentArns"),
    *_deployments("DescribeServiceRevisions", "each", "serviceRevisionArns"),
    *_deployments("StopServiceDeployment", "serviceDeploymentArn", None),
    Row("ListServiceDeployments", "ecs:ListServiceDeployments", _SERVICE, keys=IN_CLUSTER),
)

CONTAINER_INSTANCES: tuple[Row, ...] = (
    *(
        _each(
            operation,
            "containerInstances",
            _in_cluster("container-instance", "each"),
            IN_CLUSTER,
        )
        for operation in ("DescribeContainerInstances", "UpdateContainerInstancesState")
    ),
    *(
        _each(
            operation,
            "attributes",
            _in_cluster("container-instance", "each.targetId"),
            IN_CLUSTER,
        )
        for operation in ("DeleteAttributes", "PutAttributes")
    ),
    Row(
        "UpdateContainerAgent",
        "ecs:UpdateContainerAgent",
        _in_cluster("container-instance", "containerInstance"),
        keys=IN_CLUSTER,
    ),
)

TABLE = Table(
    prefix="ecs",
    context=(tags_of,),
    attached=owned_by_account_in_arn,
    rows=(
        *CLUSTERS,
        *CAPACITY_PROVIDERS,
        *TASK_DEFINITIONS,
        *TASKS,
        *SERVICES,
        *TASK_SETS,
        *DEPLOYMENTS,
        *CONTAINER_INSTANCES,
        *(
            Row(operation, f"ecs:{operation}", keys=SETTING)
            for operation in (
                "DeleteAccountSetting",
                "PutAccountSetting",
                "PutAccountSettingDefault",
            )
        ),
        Row("ListAccountSettings", "ecs:ListAccountSettings"),
        Row("ListClusters", "ecs:ListClusters"),
        Row("DiscoverPollEndpoint", "ecs:DiscoverPollEndpoint"),
        Row("ListTagsForResource", "ecs:ListTagsForResource", "{resourceArn}"),
        Row("TagResource", "ecs:TagResource", "{resourceArn}", request_tags="tags"),
        Row("UntagResource", "ecs:UntagResource", "{resourceArn}", tag_keys="tagKeys"),
    ),
)
