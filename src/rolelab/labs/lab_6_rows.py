"""The twenty questions of lab 6, each with its calls and its hints."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from rolelab.labs.answer_table import Call, Refused, Row
from rolelab.labs.lab_6_world import (
    ADMINISTRATOR,
    BOUNDARY,
    BUCKET,
    DEVELOPER,
    EXECUTION,
    EXTERNAL_ID,
    FOR_TASKS,
    IMAGE,
    INKWELL,
    LOG_GROUP,
    MINE,
    OTHER_ID,
    PLATFORM,
    QUILL,
    RCP,
    READER,
    REGION,
    SCP,
    STRANGER,
    TOOLS,
    TRAIL,
    Somebody,
    World,
    credentials,
    management,
)

_KEY = {"id": {"S": "rolelab-check"}}
_ORDER = "incoming/1001.json"
_PATIENCE = 60.0
"""Seconds that a check waits for its task, which prints one word."""


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _allow(action: object, resource: object = "*", **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


_EVERYTHING = _document(_allow("*"))


# --- ten things that must be possible -------------------------------------------------------------


def _create_role(world: World) -> Iterator[Call]:
    iam = world.developer.client("iam")
    yield Call(
        world.developer.name,
        "iam:CreateRole",
        f"/apps/{MINE}, with {BOUNDARY}",
        lambda: iam.create_role(
            Path="/apps/",
            RoleName=MINE,
            AssumeRolePolicyDocument=FOR_TASKS,
            PermissionsBoundary=world.policy(BOUNDARY),
        ),
        _CREATES,
    )


def _write_policies(world: World) -> Iterator[Call]:
    world.app_role()
    iam, role = world.developer.client("iam"), {"RoleName": MINE}
    inline = {**role, "PolicyName": "orders"}
    managed = {**role, "PolicyArn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}
    for action, make in {
        "iam:PutRolePolicy": lambda: iam.put_role_policy(**inline, PolicyDocument=_EVERYTHING),
        "iam:AttachRolePolicy": lambda: iam.attach_role_policy(**managed),
        "iam:DetachRolePolicy": lambda: iam.detach_role_policy(**managed),
        "iam:DeleteRolePolicy": lambda: iam.delete_role_policy(**inline),
    }.items():
        yield Call(world.developer.name, action, f"/apps/{MINE}", make, _WRITES)


def _register(world: World) -> Iterator[Call]:
    role = world.app_role()
    ecs = world.developer.client("ecs")
    yield Call(
        world.developer.name,
        "ecs:RegisterTaskDefinition",
        f"a definition with /apps/{MINE} and {EXECUTION}",
        lambda: ecs.register_task_definition(**_definition(world, role)),
        _PASSES,
    )


def _run(world: World) -> Iterator[Call]:
    from rolelab.sandbox import gate

    role = world.app_role()
    ecs = world.admin.client("ecs")
    with gate.bypassed():
        ecs.register_task_definition(**_definition(world, role))
    network = {"subnets": [_subnet(world)], "assignPublicIp": "ENABLED"}
    request = {
        "cluster": "bookshop",
        "taskDefinition": MINE,
        "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": network},
    }
    yield Call(
        world.developer.name,
        "ecs:RunTask",
        "the cluster bookshop",
        lambda: _launch(world.developer, request),
        _RUNS,
    )


def _subnet(world: World) -> str:
    """A subnet of the account's default VPC."""
    from moto.ec2.models import ec2_backends

    zones = ec2_backends[world.dev][REGION].subnets.values()
    return next(str(name) for zone in zones for name in zone)


def _launch(who: Somebody, request: dict[str, Any]) -> None:
    """Run a task and wait for its end.

    Raises:
        Refused: the caller may run it, and the task did not start.
        botocore.exceptions.ClientError: the caller may not run it.
    """
    from botocore.exceptions import ClientError

    from rolelab.ecs import agent

    try:
        answer = who.client("ecs").run_task(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ClientException":
            raise
        # ECS could not get into a role of the task.
        raise Refused(error.response["Error"]["Message"], "the launch") from None
    task = agent.current().task(answer["tasks"][0]["taskArn"])
    assert task is not None
    if not task.wait_until(lambda each: each.last_status == "STOPPED", _PATIENCE):
        raise Refused("the task has not ended", "the launch")
    described = task.described()
    if described["containers"][0].get("exitCode") != 0:
        raise Refused(str(described.get("stoppedReason")), "the launch")


def _definition(world: World, role: str) -> dict[str, Any]:
    options = {
        "awslogs-group": LOG_GROUP,
        "awslogs-region": REGION,
        "awslogs-stream-prefix": "check",
    }
    container = {
        "name": "app",
        "image": f"{world.dev}.dkr.ecr.{REGION}.amazonaws.com/{IMAGE}",
        "logConfiguration": {"logDriver": "awslogs", "options": options},
    }
    return {
        "family": MINE,
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": world.role(EXECUTION),
        "taskRoleArn": role,
        "containerDefinitions": [container],
    }


def _read_logs(world: World) -> Iterator[Call]:
    from rolelab.sandbox import gate

    stream = {"logGroupName": LOG_GROUP, "logStreamName": MINE}
    with gate.bypassed():
        world.admin.client("logs").create_log_stream(**stream)
    logs = world.developer.client("logs")
    yield Call(
        world.developer.name,
        "logs:GetLogEvents",
        LOG_GROUP,
        lambda: logs.get_log_events(**stream),
        _LOGS,
    )


def _use_table(world: World) -> Iterator[Call]:
    yield from _items(world.developer, _TABLE, "dynamodb:PutItem", "dynamodb:GetItem")
    yield from _items(world.developer, _TABLE, "dynamodb:Query")


def _app_works(world: World) -> Iterator[Call]:
    app = world.session(world.app_role())
    yield from _items(
        app,
        _APP_WORKS,
        *(f"dynamodb:{name}" for name in ("PutItem", "GetItem", "UpdateItem", "Query")),
    )
    s3 = app.client("s3")
    order = {"Bucket": BUCKET, "Key": _ORDER}
    for action, make in {
        "s3:PutObject": lambda: s3.put_object(**order, Body=b"{}"),
        "s3:GetObject": lambda: s3.get_object(**order),
    }.items():
        yield Call(app.name, action, f"{BUCKET}/{_ORDER}", make, _APP_WORKS)
    yield Call(
        app.name, "s3:ListBucket", BUCKET, lambda: s3.list_objects_v2(Bucket=BUCKET), _APP_WORKS
    )


def _items(who: Somebody, hint: str, *actions: str) -> Iterator[Call]:
    dynamodb, table = who.client("dynamodb"), {"TableName": "orders"}
    by_id = {"KeyConditionExpression": "id = :id", "ExpressionAttributeValues": {":id": _KEY["id"]}}
    calls: dict[str, Callable[[], object]] = {
        "dynamodb:PutItem": lambda: dynamodb.put_item(**table, Item=_KEY),
        "dynamodb:GetItem": lambda: dynamodb.get_item(**table, Key=_KEY),
        "dynamodb:UpdateItem": lambda: dynamodb.update_item(**table, Key=_KEY),
        "dynamodb:Query": lambda: dynamodb.query(**table, **by_id),
    }
    for action in actions:
        yield Call(who.name, action, "table orders", calls[action], hint)


def _share_inside(world: World) -> Iterator[Call]:
    _shared(world, BUCKET)
    s3 = world.account(world.reports, "the account reports").client("s3")
    yield Call(
        "the account reports",
        "s3:GetObject",
        f"{BUCKET}/{_ORDER}",
        lambda: s3.get_object(Bucket=BUCKET, Key=_ORDER),
        _INSIDE,
    )


def _shared(world: World, bucket: str) -> None:
    """A bucket with an order, whose policy lets in everybody that this lab knows; past the gate."""
    from rolelab.sandbox import gate
    from rolelab.sandbox.resource_policies.s3 import bucket as stored

    names = (world.reports, QUILL, STRANGER)
    principals = {"AWS": [f"arn:aws:iam::{name}:root" for name in names]}
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    s3 = world.admin.client("s3")
    with gate.bypassed():
        if stored(bucket) is None:
            s3.create_bucket(
                Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
            )
        s3.put_object(Bucket=bucket, Key=_ORDER, Body=b"{}")
        s3.put_bucket_policy(
            Bucket=bucket, Policy=_document(_allow("s3:*", resources, Principal=principals))
        )


def _inkwell_reads(world: World) -> Iterator[Call]:
    from rolelab.sandbox import gate

    inkwell = world.account(INKWELL, "Inkwell")
    opened: list[Any] = []
    yield Call(
        inkwell.name,
        "sts:AssumeRole",
        f"{READER}, with the external ID {EXTERNAL_ID}",
        lambda: opened.append(_assume(world, inkwell, EXTERNAL_ID)),
        _INKWELL,
    )
    with gate.bypassed():
        world.admin.client("s3").put_object(Bucket=BUCKET, Key=_ORDER, Body=b"{}")
    keys = opened[0]["Credentials"]
    reader = Somebody(
        f"role {READER}",
        credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]),
    )
    yield Call(
        f"Inkwell, as {READER}",
        "s3:GetObject",
        f"{BUCKET}/{_ORDER}",
        lambda: reader.client("s3").get_object(Bucket=BUCKET, Key=_ORDER),
        _INKWELL,
    )


def _assume(world: World, who: Somebody, external_id: str | None) -> Any:
    given = {} if external_id is None else {"ExternalId": external_id}
    return who.client("sts").assume_role(RoleArn=world.role(READER), RoleSessionName=MINE, **given)


def _platform(world: World) -> Iterator[Call]:
    platform, admin = world.platform, world.admin
    iam, cloudtrail = platform.client("iam"), platform.client("cloudtrail")
    selectors = [{"ReadWriteType": "All", "IncludeManagementEvents": True}]
    yield Call(
        platform.name,
        "cloudtrail:PutEventSelectors",
        TRAIL,
        lambda: cloudtrail.put_event_selectors(TrailName=TRAIL, EventSelectors=selectors),
        _MAINTAINS,
    )
    yield Call(
        platform.name,
        "iam:CreatePolicyVersion",
        BOUNDARY,
        lambda: iam.create_policy_version(
            PolicyArn=world.policy(BOUNDARY), PolicyDocument=_EVERYTHING
        ),
        _OPEN,
        frozenset({"LimitExceeded"}),
    )
    reads: dict[str, Callable[[], object]] = {
        "cloudtrail:GetTrailStatus": lambda: admin.client("cloudtrail").get_trail_status(
            Name=TRAIL
        ),
        "cloudtrail:LookupEvents": lambda: admin.client("cloudtrail").lookup_events(MaxResults=1),
        "iam:ListRoles": lambda: admin.client("iam").list_roles(),
        "organizations:DescribeOrganization": lambda: admin.client(
            "organizations"
        ).describe_organization(),
        "dynamodb:ListTables": lambda: admin.client("dynamodb").list_tables(),
    }
    for action, make in reads.items():
        yield Call(admin.name, action, "", make, _OPEN)


# --- ten things that must not be possible ---------------------------------------------------------


def _other_boundary(world: World) -> Iterator[Call]:
    iam = world.developer.client("iam")
    limits = {
        "without a boundary": None,
        "with AdministratorAccess as its boundary": ADMINISTRATOR,
        f"with {TOOLS} as its boundary": world.policy(TOOLS),
    }
    for number, (how, arn) in enumerate(limits.items()):
        new = {
            "Path": "/apps/",
            "RoleName": f"{MINE}-{number}",
            "AssumeRolePolicyDocument": FOR_TASKS,
            **({"PermissionsBoundary": arn} if arn else {}),
        }
        yield Call(
            world.developer.name,
            "iam:CreateRole",
            f"/apps/, {how}",
            partial(iam.create_role, **new),
            _ONLY_WITH,
        )


def _boundary_stays(world: World) -> Iterator[Call]:
    from rolelab.sandbox import gate

    world.app_role()
    iam, role = world.developer.client("iam"), {"RoleName": MINE}
    boundary = {"PolicyArn": world.policy(BOUNDARY)}
    with gate.bypassed():
        # An older, wider version to go back to; the number of versions is limited.
        moto = world.admin.client("iam")
        versions = moto.list_policy_versions(**boundary)["Versions"]
        old = [each["VersionId"] for each in versions if not each["IsDefaultVersion"]]
        wider = old[0] if len(versions) == 5 else None
        if wider is None:
            made = moto.create_policy_version(**boundary, PolicyDocument=_EVERYTHING)
            wider = made["PolicyVersion"]["VersionId"]
    calls: dict[str, tuple[str, Callable[[], object]]] = {
        "iam:PutRolePermissionsBoundary": (
            f"/apps/{MINE}, with AdministratorAccess as its boundary",
            lambda: iam.put_role_permissions_boundary(**role, PermissionsBoundary=ADMINISTRATOR),
        ),
        "iam:SetDefaultPolicyVersion": (
            BOUNDARY,
            lambda: iam.set_default_policy_version(**boundary, VersionId=wider),
        ),
        "iam:DeletePolicyVersion": (
            BOUNDARY,
            lambda: iam.delete_policy_version(**boundary, VersionId=wider),
        ),
        "iam:CreatePolicyVersion": (
            BOUNDARY,
            lambda: iam.create_policy_version(
                **boundary, PolicyDocument=_EVERYTHING, SetAsDefault=True
            ),
        ),
        "iam:DeletePolicy": (BOUNDARY, lambda: iam.delete_policy(**boundary)),
        "iam:DeleteRolePermissionsBoundary": (
            f"/apps/{MINE}",
            lambda: iam.delete_role_permissions_boundary(**role),
        ),
    }
    answered = frozenset({"LimitExceeded", "DeleteConflict", "NoSuchEntity"})
    for action, (resource, make) in calls.items():
        yield Call(world.developer.name, action, resource, make, _STAYS, answered)


def _no_profit(world: World) -> Iterator[Call]:
    from rolelab.sandbox import gate

    app = world.session(world.app_role())
    _shared(world, "bookshop-dev-returns")
    with gate.bypassed():
        world.admin.client("dynamodb").put_item(TableName="orders", Item=_KEY)
    iam, s3, dynamodb = app.client("iam"), app.client("s3"), app.client("dynamodb")
    other = {"Bucket": "bookshop-dev-returns", "Key": _ORDER}
    calls: dict[str, tuple[str, Callable[[], object]]] = {
        "iam:CreateUser": ("", lambda: iam.create_user(UserName=MINE)),
        "iam:CreatePolicyVersion": (
            BOUNDARY,
            lambda: iam.create_policy_version(
                PolicyArn=world.policy(BOUNDARY), PolicyDocument=_EVERYTHING
            ),
        ),
        "sts:AssumeRole": (
            PLATFORM,
            lambda: app.client("sts").assume_role(
                RoleArn=world.role(PLATFORM), RoleSessionName=MINE
            ),
        ),
        "dynamodb:GetItem": (
            "table payroll",
            lambda: dynamodb.get_item(TableName="payroll", Key=_KEY),
        ),
        "dynamodb:DeleteTable": (
            "table orders",
            lambda: dynamodb.delete_table(TableName="orders"),
        ),
        "s3:GetObject": (f"bookshop-dev-returns/{_ORDER}", lambda: s3.get_object(**other)),
        "s3:PutBucketPolicy": (
            BUCKET,
            lambda: s3.put_bucket_policy(
                Bucket=BUCKET,
                Policy=_document(
                    {
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:GetObject",
                        "Resource": f"arn:aws:s3:::{BUCKET}/no-such-key",
                    }
                ),
            ),
        ),
        "logs:DeleteLogGroup": (
            LOG_GROUP,
            lambda: app.client("logs").delete_log_group(logGroupName=LOG_GROUP),
        ),
        "cloudtrail:StopLogging": (
            TRAIL,
            lambda: app.client("cloudtrail").stop_logging(Name=TRAIL),
        ),
        "iam:DeleteRolePermissionsBoundary": (
            "itself",
            lambda: iam.delete_role_permissions_boundary(RoleName=MINE),
        ),
    }
    answered = frozenset({"LimitExceeded"})
    for action, (resource, make) in calls.items():
        who = f"{app.name} with AdministratorAccess"
        yield Call(who, action, resource, make, _NO_PROFIT, answered)


def _no_passing(world: World) -> Iterator[Call]:
    """PassRole alone is asked here: what else the calls need, the developers get for the time."""
    from rolelab.sandbox import gate

    role = world.app_role()
    more = _document(_allow(["ecs:RegisterTaskDefinition", "ecs:RunTask", "lambda:CreateFunction"]))
    with gate.bypassed():
        world.admin.client("iam").put_role_policy(
            RoleName=DEVELOPER, PolicyName=MINE, PolicyDocument=more
        )
    ecs, lambda_ = world.developer.client("ecs"), world.developer.client("lambda")
    for name, arn in {f"/apps/{MINE}": role, EXECUTION: world.role(EXECUTION)}.items():
        function = {
            "FunctionName": MINE,
            "Role": arn,
            "Runtime": "python3.12",
            "Handler": "app.handler",
            "Code": {"ZipFile": _EMPTY_ZIP},
        }
        yield Call(
            world.developer.name,
            "iam:PassRole",
            f"{name}, to Lambda",
            partial(lambda_.create_function, **function),
            _TO_TASKS_ONLY,
            frozenset({"InvalidParameterValueException", "ResourceConflictException"}),
        )
    yours = _definition(world, role)
    for member in ("taskRoleArn", "executionRoleArn"):
        theirs = {**yours, member: world.role(PLATFORM)}
        yield Call(
            world.developer.name,
            "iam:PassRole",
            f"{PLATFORM}, to a task, as its {member}",
            partial(ecs.register_task_definition, **theirs),
            _OWN_ROLES_ONLY,
        )


_EMPTY_ZIP = b"PK\x05\x06" + bytes(18)


def _no_users(world: World) -> Iterator[Call]:
    from rolelab.sandbox import gate

    ida, new = {"UserName": f"{MINE}-ida"}, {"UserName": MINE}
    with gate.bypassed():
        world.admin.client("iam").create_user(**ida)
    iam = world.developer.client("iam")
    calls: dict[str, Callable[[], object]] = {
        "iam:CreateUser": lambda: iam.create_user(**new),
        "iam:CreateAccessKey": lambda: iam.create_access_key(**ida),
        "iam:CreateLoginProfile": lambda: iam.create_login_profile(
            **ida, Password="Emma-1815-Bath"
        ),
        "iam:AttachUserPolicy": lambda: iam.attach_user_policy(**ida, PolicyArn=ADMINISTRATOR),
    }
    for action, make in calls.items():
        yield Call(world.developer.name, action, "", make, _NO_USERS)


def _no_widening(world: World) -> Iterator[Call]:
    iam = world.developer.client("iam")
    inline = {"PolicyName": MINE, "PolicyDocument": _EVERYTHING}
    trust = _document({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"})
    yield Call(
        world.developer.name,
        "sts:AssumeRole",
        PLATFORM,
        lambda: world.developer.client("sts").assume_role(
            RoleArn=world.role(PLATFORM), RoleSessionName=MINE
        ),
        _NO_STEP,
    )
    yield Call(
        world.developer.name,
        "iam:UpdateAssumeRolePolicy",
        PLATFORM,
        lambda: iam.update_assume_role_policy(RoleName=PLATFORM, PolicyDocument=trust),
        _NOT_YOURS,
    )
    yield Call(
        world.developer.name,
        "iam:CreatePolicyVersion",
        f"{TOOLS}, which {DEVELOPER} has",
        lambda: iam.create_policy_version(
            PolicyArn=world.policy(TOOLS), PolicyDocument=_EVERYTHING, SetAsDefault=True
        ),
        _NOT_YOURS,
    )
    for role, hint in ((EXECUTION, _NOT_YOURS), ("legacy", _WITHOUT), (DEVELOPER, _NOT_YOURS)):
        named = {"RoleName": role}
        yield Call(
            world.developer.name,
            "iam:PutRolePolicy",
            role,
            partial(iam.put_role_policy, **named, **inline),
            hint,
        )
        yield Call(
            world.developer.name,
            "iam:AttachRolePolicy",
            role,
            partial(iam.attach_role_policy, **named, PolicyArn=ADMINISTRATOR),
            hint,
        )


def _trail_runs(world: World) -> Iterator[Call]:
    admin, hint = world.admin, _placed(_TRAIL_STAYS, SCP, world)
    cloudtrail = admin.client("cloudtrail")
    selectors = [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": False}]
    calls: dict[str, Callable[[], object]] = {
        "cloudtrail:StopLogging": lambda: cloudtrail.stop_logging(Name=TRAIL),
        "cloudtrail:UpdateTrail": lambda: cloudtrail.update_trail(
            Name=TRAIL, IncludeGlobalServiceEvents=False
        ),
        "cloudtrail:PutEventSelectors": lambda: cloudtrail.put_event_selectors(
            TrailName=TRAIL, EventSelectors=selectors
        ),
        "cloudtrail:DeleteTrail": lambda: cloudtrail.delete_trail(Name=TRAIL),
    }
    for action, make in calls.items():
        yield Call(admin.name, action, TRAIL, make, hint)
    lookalike = world.session(world.app_role("my-platform", boundary=False))
    for who in (lookalike, world.developer):
        yield Call(
            who.name,
            "cloudtrail:StopLogging",
            TRAIL,
            partial(who.client("cloudtrail").stop_logging, Name=TRAIL),
            _placed(_LOOKALIKE, SCP, world),
            frozenset({"TrailNotFoundException"}),
        )


def _stays_here(world: World) -> Iterator[Call]:
    admin = world.admin
    hint = _placed(_HERE, SCP, world)
    for region in ("us-west-2", "us-east-1"):
        yield Call(
            admin.name,
            "dynamodb:ListTables",
            region,
            admin.client("dynamodb", region).list_tables,
            hint,
        )
    yield Call(
        admin.name,
        "logs:CreateLogGroup",
        "us-east-1",
        lambda: admin.client("logs", "us-east-1").create_log_group(logGroupName=LOG_GROUP),
        hint,
    )
    yield Call(
        admin.name,
        "s3:CreateBucket",
        "eu-central-1",
        lambda: admin.client("s3", "eu-central-1").create_bucket(
            Bucket="bookshop-dev-elsewhere",
            CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
        ),
        hint,
    )
    yield Call(
        admin.name,
        "organizations:LeaveOrganization",
        "",
        lambda: admin.client("organizations").leave_organization(),
        _placed(_LEAVE, SCP, world),
    )


def _share_outside(world: World) -> Iterator[Call]:
    hint = _placed(_OUTSIDE, RCP, world)
    for account, name in ((QUILL, "Quill"), (STRANGER, f"account {STRANGER}")):
        s3 = world.account(account, name).client("s3")
        for bucket in (BUCKET, "bookshop-dev-returns"):
            _shared(world, bucket)
            order = {"Bucket": bucket, "Key": _ORDER}
            calls: dict[str, Callable[[], object]] = {
                "s3:GetObject": partial(s3.get_object, **order),
                "s3:PutObject": partial(s3.put_object, **order, Body=b"{}"),
                "s3:ListBucket": partial(s3.list_objects_v2, Bucket=bucket),
            }
            for action, make in calls.items():
                yield Call(name, action, bucket, make, hint)


def _no_other_way_in(world: World) -> Iterator[Call]:
    inkwell, quill = world.account(INKWELL, "Inkwell"), world.account(QUILL, "Quill")
    for who, given, how in (
        (inkwell, None, "without an external ID"),
        (inkwell, OTHER_ID, f"with another customer's ID, {OTHER_ID}"),
        (quill, EXTERNAL_ID, f"with the external ID {EXTERNAL_ID}"),
    ):
        yield Call(
            who.name,
            "sts:AssumeRole",
            f"{READER}, {how}",
            partial(_assume, world, who, given),
            _ONE_WAY_IN,
        )


def _placed(hint: str, name: str, world: World) -> str:
    """A hint about a policy of the organization; if it is attached elsewhere, that comes first."""
    from rolelab.sandbox import gate

    with gate.bypassed():
        targets = world.organizations.list_targets_for_policy(PolicyId=world.guard(name))["Targets"]
    if _above(world) & {target["TargetId"] for target in targets}:
        return hint
    names = {management(): "the management account"}
    where = ", ".join(names.get(each["TargetId"], each["Name"]) for each in targets) or "nothing"
    return _ELSEWHERE.format(name=name, where=where)


def _above(world: World) -> set[str]:
    """The account dev, the units that it is in, and the root."""
    from rolelab.sandbox import gate

    found, child = {world.dev}, {"Id": world.dev, "Type": "ACCOUNT"}
    with gate.bypassed():
        while child["Type"] != "ROOT":
            child = world.organizations.list_parents(ChildId=child["Id"])["Parents"][0]
            found.add(child["Id"])
    return found


_APP = ("iam", "dynamodb", "s3")
_LOGGED = ("logs", "cloudtrail")
_PASSED = ("iam", "ecs", "lambda")
_HERE_AND_THERE = ("organizations", "s3", "logs")

ROWS: tuple[Row[World], ...] = (
    Row(1, "create a role for an app, with the boundary", True, _create_role, ("iam",)),
    Row(2, "write its policies, attach and detach them", True, _write_policies, ("iam",)),
    Row(3, "pass it to a task definition", True, _register, ("iam", "ecs")),
    Row(4, "run the task", True, _run, ("iam", "ecs", "logs")),
    Row(5, "read the apps' logs", True, _read_logs, ("logs",)),
    Row(6, "read and write the table orders", True, _use_table, ("dynamodb",)),
    Row(7, "app: orders in the table and in the bucket", True, _app_works, _APP),
    Row(8, "share the bucket inside the organization", True, _share_inside, ("s3",)),
    Row(9, "Inkwell: read orders with its external ID", True, _inkwell_reads, ("s3",)),
    Row(10, "platform: boundary and trail; admin: look", True, _platform, ("iam", "cloudtrail")),
    Row(11, "create a role without it, or with another", False, _other_boundary, ("iam",)),
    Row(12, "take off, exchange or rewrite the boundary", False, _boundary_stays, ("iam",)),
    Row(13, "profit from AdministratorAccess on an app", False, _no_profit, (*_APP, *_LOGGED)),
    Row(14, "pass roles to Lambda, or the platform's role", False, _no_passing, _PASSED),
    Row(15, "make users, passwords or access keys", False, _no_users, ("iam",)),
    Row(16, "widen themselves, or a role without boundary", False, _no_widening, ("iam",)),
    Row(17, "touch the trail, even as administrator", False, _trail_runs, ("iam", "cloudtrail")),
    Row(18, "leave organization or Region, even as admin", False, _stays_here, _HERE_AND_THERE),
    Row(19, "share a bucket outside the organization", False, _share_outside, ("s3",)),
    Row(20, "enter Inkwell's role in any other way", False, _no_other_way_in, ()),
)
"""The twenty questions."""

DECIDERS = {
    "service control policy": (
        "The SCP stops something that is needed. Global services answer from us-east-1, whatever "
        "your Region, and IAM and Organizations are global. role/platform needs an exception where "
        "it works, and looking is no change."
    ),
    "resource control policy": (
        "The RCP stops somebody who is needed: AWS's services, members of the organization, or "
        "Inkwell, which is outside until it is in its role."
    ),
}

_CREATES = (
    "Row 1: iam:CreateRole on role/apps/*, where iam:PermissionsBoundary is the ARN of "
    "apps-boundary in this account. A name that no policy has fits no request."
)
_WRITES = (
    "Row 2: four actions change the policies of a role. For each of them "
    "iam:PermissionsBoundary is the boundary that the role has."
)
_PASSES = (
    "Row 3: registering needs iam:PassRole on both roles of the definition: the app's and "
    "csecstaskexecutionrole. The service that they are passed to is ecs-tasks.amazonaws.com."
)
_RUNS = (
    "Row 4: running needs ecs:RunTask. The ARN of a task definition ends with its revision; and "
    "ECS itself must get into the task's roles."
)
_LOGS = "Row 5: logs:GetLogEvents is about a log stream: log-group:/ecs/apps:log-stream:..."
_TABLE = "Row 6: reading, writing and querying items are three actions on the table orders."
_APP_WORKS = (
    "Row 7: the app has AdministratorAccess, and something else does not let it work. The boundary "
    "must allow four actions on the table's items and three on the bucket and its objects."
)
_INSIDE = "Row 8: the account reports is in the organization. Which key tells members from others?"
_INKWELL = (
    "Row 9: Inkwell calls from account 999988887777, outside the organization, and sends its "
    "customer's number. Once it is in the role, it is a principal of dev."
)
_MAINTAINS = "Row 10: role/platform looks after the trail and the boundary. Make it the exception."
_OPEN = (
    "Row 10: looking must stay possible, and what is global: IAM and Organizations answer from "
    "us-east-1, whatever your Region."
)
_ONLY_WITH = "Row 11: exactly one boundary will do. A Null condition takes any; so does a pattern."
_STAYS = (
    "Row 12: what is never given need not be denied. iam:*, or a * behind iam:Put or iam:Delete, "
    "gives more than its name says."
)
_NO_PROFIT = (
    "Row 13: a boundary is a list of what apps may do at most. Name actions, table and bucket; "
    "a list of what they may not do forgets something."
)
_TO_TASKS_ONLY = (
    "Row 14: the day developers get Lambda, they pass their roles there. iam:PassedToService says "
    "to whom a role may be passed."
)
_OWN_ROLES_ONLY = "Row 14: iam:PassRole is about a role's ARN. Two kinds of ARN are needed."
_NO_USERS = "Row 15: a user has no boundary and a key without an end. Developers need neither."
_NO_STEP = "Row 16: platform trusts the whole account. sts:AssumeRole on * is the way in."
_NOT_YOURS = (
    "Row 16: developers change roles in /apps/, and nothing that they have themselves. "
    "A wildcard in Resource reaches everybody's."
)
_WITHOUT = (
    "Row 16: legacy is in /apps/ and has no boundary. The condition belongs to every action that "
    "changes a role's policies."
)
_TRAIL_STAYS = (
    "Row 17: four actions stop or change a trail. An Allow here and there does not matter, an SCP "
    "that denies does."
)
_LOOKALIKE = (
    "Row 17: role/apps/my-platform is not role/platform. Developers choose the names of their "
    "roles, so an exception needs the whole name, path included."
)
_HERE = (
    "Row 18: aws:RequestedRegion is where a request goes. us-east-1 is no Region of the shop; "
    "only global services are excepted there, by NotAction."
)
_LEAVE = "Row 18: organizations:LeaveOrganization is the account's own call."
_OUTSIDE = (
    "Row 19: a list of strangers is never complete, nor a list of buckets. Deny whoever is not of "
    "the organization, for all of S3."
)
_ONE_WAY_IN = (
    "Row 20: one account, and one number, which must be there. A * in it, IfExists or a missing "
    "condition lets others in."
)
_ELSEWHERE = (
    "{name} is attached to: {where}. That is neither dev nor a unit above it, so it counts for "
    "nothing in dev. On the management account it restricts nobody, anywhere."
)
