"""Who can become whom among 200 principals: reading the account, and the search.

The account is made by ordinary calls: 60 users in 10 groups, 140 roles, 80 managed policies with
conditions, boundaries on half of the principals, 60 functions, 60 task definitions, 40 services.
"""

from __future__ import annotations

import io
import json
import random
import statistics
import time
import zipfile
from typing import Any

import boto3

import rolelab
from rolelab import blast_radius

ACCOUNT = "123456789012"
USERS, GROUPS, ROLES, POLICIES = 60, 10, 139, 80  # and the sandbox's own Administrator
FUNCTIONS, DEFINITIONS, SERVICES, CLUSTERS = 60, 60, 40, 4
TURNS = 3
LIMIT = 10.0
"""Seconds."""

TRUSTED = ("ecs-tasks.amazonaws.com", "lambda.amazonaws.com", "ec2.amazonaws.com")


def text(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: object, resource: object = "*", **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


def arn(kind: str, name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


def written(number: int) -> str:
    """One of the policies that teams write: most of them harmless, some of them not."""
    team = f"team-{number % 7}"
    passed = {"StringEquals": {"iam:PassedToService": TRUSTED[number % 3]}}
    tagged = {"StringEquals": {"aws:ResourceTag/team": team}}
    choices: list[list[dict[str, Any]]] = [
        [allow(["s3:Get*", "s3:List*", "dynamodb:*"], [f"arn:aws:s3:::{team}*", "*"])],
        [allow(["ecs:*", "logs:*"]), allow("iam:PassRole", arn("role", f"{team}-*"))],
        [allow(["lambda:*"]), allow("iam:PassRole", arn("role", f"{team}-*"), Condition=passed)],
        [allow("sts:AssumeRole", arn("role", f"{team}-*"))],
        [
            allow(["iam:Get*", "iam:List*"]),
            allow("iam:*AccessKey*", arn("user", "${aws:username}")),
        ],
        [allow("lambda:UpdateFunctionCode", f"arn:aws:lambda:*:*:function:{team}-*")],
        [allow(["iam:PutRolePolicy", "iam:AttachRolePolicy"], "*", Condition=tagged)],
        [allow("iam:CreatePolicyVersion", arn("policy", f"written-{number % 20}"))],
        [allow("*", "*"), {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}],
        [allow("iam:AddUserToGroup", arn("group", f"group-{number % GROUPS}"))],
    ]
    return text(*choices[number % len(choices)])


def make() -> None:
    """The account."""
    picker = random.Random(7)
    iam = boto3.client("iam")
    boundary = iam.create_policy(
        PolicyName="boundary",
        PolicyDocument=text(
            allow(["s3:*", "ecs:*", "lambda:*", "sts:*", "iam:PassRole", "iam:Get*"])
        ),
    )["Policy"]["Arn"]
    policies = [
        iam.create_policy(PolicyName=f"written-{number}", PolicyDocument=written(number))["Policy"]
        for number in range(POLICIES)
    ]
    arns = [each["Arn"] for each in policies]
    bounds = [{}, {"PermissionsBoundary": boundary}]
    for number in range(GROUPS):
        iam.create_group(GroupName=f"group-{number}")
        iam.attach_group_policy(GroupName=f"group-{number}", PolicyArn=picker.choice(arns))
    for number in range(USERS):
        name = f"user-{number}"
        iam.create_user(UserName=name, **bounds[number % 2])
        iam.add_user_to_group(UserName=name, GroupName=f"group-{number % GROUPS}")
        iam.attach_user_policy(UserName=name, PolicyArn=picker.choice(arns))
    for number in range(ROLES):
        trusted: dict[str, str] = {"Service": TRUSTED[number % 3]}
        if number % 4 == 0:
            trusted["AWS"] = ACCOUNT
        trust = text({"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"})
        name, team = role(number), f"team-{number % 7}"
        iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=trust,
            Tags=[{"Key": "team", "Value": team}],
            **bounds[number % 2],
        )
        for chosen in picker.sample(arns, 2):
            iam.attach_role_policy(RoleName=name, PolicyArn=chosen)
    make_workloads()


def role(number: int) -> str:
    return f"team-{number % 7}-role-{number}"


def make_workloads() -> None:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): return 1\n")
    functions, ecs = boto3.client("lambda"), boto3.client("ecs")
    for number in range(FUNCTIONS):
        functions.create_function(
            FunctionName=f"team-{number % 7}-function-{number}",
            Role=arn("role", role(number - number % 3 + 1)),
            Runtime="python3.12",
            Handler="app.handler",
            Code={"ZipFile": package.getvalue()},
        )
    for number in range(CLUSTERS):
        ecs.create_cluster(clusterName=f"cluster-{number}")
    for number in range(DEFINITIONS):
        ecs.register_task_definition(
            family=f"app-{number}",
            taskRoleArn=arn("role", role(number - number % 3)),
            containerDefinitions=[{"name": "app", "image": "app:1", "memory": 128}],
        )
    for number in range(SERVICES):
        ecs.create_service(
            cluster=f"cluster-{number % CLUSTERS}",
            serviceName=f"service-{number}",
            taskDefinition=f"app-{number}",
            desiredCount=0,
        )


def main() -> None:
    rolelab.start(account_id=ACCOUNT)
    make()
    reading, searching = [], []
    for _ in range(TURNS):
        start = time.perf_counter()
        account = blast_radius.read_account()
        middle = time.perf_counter()
        radius = blast_radius.search(account)
        reading.append(middle - start)
        searching.append(time.perf_counter() - middle)
    start = time.perf_counter()
    able = radius.can_become_administrator
    paths = sum(len(radius.paths(each, limit=5)) for each in able)
    walking = time.perf_counter() - start
    print(
        f"blast radius of {len(account.principals)} principals, one core\n"
        f"  reading the account by calls  {statistics.median(reading):6.2f} s\n"
        f"  the search                    {statistics.median(searching):6.2f} s "
        f"(at most {LIMIT:.0f} s; first {searching[0]:.2f} s)\n"
        f"  {paths} paths of {len(able)} principals     {walking:6.2f} s\n"
        f"  {radius}"
    )
    if statistics.median(searching) > LIMIT:
        raise SystemExit(f"the search took more than {LIMIT:.0f} s")


if __name__ == "__main__":
    main()
