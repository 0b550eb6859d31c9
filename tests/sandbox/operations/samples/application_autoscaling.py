"""Application Auto Scaling."""

from __future__ import annotations

from typing import Any

from tests.sandbox.operations.samples.sample import ACCOUNT, NAME, REGION, Clients, Sample

SERVICE = f"service/{NAME}/{NAME}"
TARGET = f"arn:aws:application-autoscaling:{REGION}:{ACCOUNT}:scalable-target/1"
TRACKING = {"PolicyType": "TargetTrackingScaling"}


def prepare(aws: Clients) -> dict[str, Any]:
    """An Amazon ECS service that is scaled by target tracking."""
    ecs, scaling = aws("ecs"), aws("application-autoscaling")
    ecs.create_cluster(clusterName=NAME)
    ecs.register_task_definition(
        family=NAME, containerDefinitions=[{"name": NAME, "image": NAME, "memory": 1}]
    )
    ecs.create_service(cluster=NAME, serviceName=NAME, taskDefinition=NAME, desiredCount=0)
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": SERVICE,
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2)
    specification = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
    scaling.put_scaling_policy(
        **target,
        PolicyName=NAME,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 50.0,
            "PredefinedMetricSpecification": specification,
        },
    )
    return target


SAMPLE = Sample(
    prepare=prepare,
    texts={
        "ResourceARN": TARGET,
        "RoleARN": f"arn:aws:iam::{ACCOUNT}:role/{NAME}",
        "Tags": {"team": "shop"},
    },
    variants={
        "PutScalingPolicy": (TRACKING,),
        "RegisterScalableTarget": ({"ResourceId": "service/other/other"},),
    },
)
