"""Elastic Load Balancing (application, network, gateway)."""

from __future__ import annotations

from typing import Any

from tests.sandbox.operations.samples.sample import ACCOUNT, NAME, REGION, TAGS, Clients, Sample

PREFIX = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
OPTIONAL = "RulePriority: RuleArn is optional in the model alone"


def prepare(aws: Clients) -> dict[str, Any]:
    """A load balancer, a target group, and a listener with a rule."""
    ec2, elb = aws("ec2"), aws("elbv2")
    subnets = [each["SubnetId"] for each in ec2.describe_subnets()["Subnets"][:2]]
    load_balancer = elb.create_load_balancer(Name=NAME, Subnets=subnets, Tags=TAGS)
    arn = load_balancer["LoadBalancers"][0]["LoadBalancerArn"]
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    group = elb.create_target_group(Name=NAME, Protocol="HTTP", Port=80, VpcId=vpc, Tags=TAGS)
    fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
    listener = elb.create_listener(
        LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=[fixed], Tags=TAGS
    )["Listeners"][0]["ListenerArn"]
    rule = elb.create_rule(
        ListenerArn=listener,
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/a"]}],
        Actions=[fixed],
        Tags=TAGS,
    )["Rules"][0]["RuleArn"]
    return {
        "ListenerArn": listener,
        "LoadBalancerArn": arn,
        "ResourceArns": [arn],
        "RuleArn": rule,
        "TargetGroupArn": group["TargetGroups"][0]["TargetGroupArn"],
    }


SAMPLE = Sample(
    prepare=prepare,
    texts={
        "ResourceArn": f"{PREFIX}:truststore/{NAME}/1",
        "TrustStoreArn": f"{PREFIX}:truststore/{NAME}/1",
    },
    variants={"CreateLoadBalancer": ({"Type": "network"}, {"Type": "gateway"})},
    deviations={
        ("SetRulePriorities", "elasticloadbalancing:SetRulePriorities", "resource *"): OPTIONAL
    },
)
