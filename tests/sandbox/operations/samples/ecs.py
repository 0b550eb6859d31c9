"""Amazon ECS."""

from __future__ import annotations

from typing import Any

from tests.sandbox.operations.samples.sample import ACCOUNT, NAME, REGION, Clients, Sample

PREFIX = f"arn:aws:ecs:{REGION}:{ACCOUNT}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/{NAME}"
TAGS = [{"key": "team", "value": "shop"}]
KEYLESS = "the model lets a tag have no key, the service does not"


def prepare(aws: Clients) -> dict[str, Any]:
    """A cluster, a capacity provider, a task definition with both roles, and a service."""
    ecs = aws("ecs")
    ecs.create_cluster(clusterName=NAME, tags=TAGS)
    ecs.create_capacity_provider(
        name=NAME, autoScalingGroupProvider={"autoScalingGroupArn": "x"}, tags=TAGS
    )
    ecs.register_task_definition(
        family=NAME,
        taskRoleArn=ROLE,
        executionRoleArn=ROLE,
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": NAME, "image": NAME, "memory": 1}],
        tags=TAGS,
    )
    ecs.create_service(
        cluster=NAME, serviceName=NAME, taskDefinition=NAME, desiredCount=0, tags=TAGS
    )
    return {}


SAMPLE = Sample(
    prepare=prepare,
    texts={
        "executionRoleArn": ROLE,
        "infrastructureRoleArn": ROLE,
        "resourceArn": f"{PREFIX}:cluster/{NAME}",
        "role": ROLE,
        "roleArn": ROLE,
        "serviceDeploymentArn": f"{PREFIX}:service-deployment/{NAME}/{NAME}/1",
        "serviceDeploymentArns": [f"{PREFIX}:service-deployment/{NAME}/{NAME}/1"],
        "serviceRevisionArns": [f"{PREFIX}:service-revision/{NAME}/{NAME}/1"],
        "taskRoleArn": ROLE,
    },
    given={"RegisterTaskDefinition": {"cpu": "256", "memory": "0.5 GB"}},
    left_out=frozenset({"containerInstanceArn"}),
    deviations={("TagResource", "ecs:TagResource", "aws:RequestTag/"): KEYLESS},
    complete=False,
)
