"""How each rule is used, by real calls, and how it is closed.

In every account `mallory` wants what `deployer`, a role, and `ann`, a user, have: everything. The
proof of success is the user `proof`, which mallory may not make.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.exceptions import ClientError

import rolelab
from rolelab.account import Account
from rolelab.blast_radius.rules import NEW
from rolelab.sandbox import sessions
from tests.ecs.bookshop import CLUSTER, EXECUTION, GROUP, Bookshop
from tests.sandbox.fixes.functions import packed
from tests.sandbox.people import ACCOUNT, document, signed_in

REGION = "us-east-1"
FULL = "arn:aws:iam::aws:policy/AdministratorAccess"
OTHER_ACCOUNT = "210987654321"
SERVICES = [
    "ecs-tasks.amazonaws.com",
    "lambda.amazonaws.com",
    "cloudformation.amazonaws.com",
    "ec2.amazonaws.com",
]
PROGRAM = "import boto3; boto3.client('iam').create_user(UserName='proof')"
HANDLER = f"def handler(event, context):\n    {PROGRAM}\n"
Statement = dict[str, Any]


def arn(kind: str, name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


DEPLOYER, ANN, MALLORY = arn("role", "deployer"), arn("user", "ann"), arn("user", "mallory")
MALLORY_ROLE = arn("role", "mallory")


def allow(action: str | list[str], resource: str | list[str] = "*", **elements: Any) -> Statement:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


def deny(action: str | list[str], resource: str = "*", **elements: Any) -> Statement:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **elements}


def trusting(*principals: str) -> str:
    return document(
        {"Effect": "Allow", "Principal": {"AWS": list(principals)}, "Action": "sts:AssumeRole"}
    )


class World:
    """An account with mallory, and with two administrators who are worth becoming.

    Attributes:
        mallory: mallory's session: a user's, or a role's.
        who: mallory's ARN.
        iam: IAM, as the administrator.
    """

    def __init__(self, sandbox: Account, case: Escalation) -> None:
        self.sandbox, self.case = sandbox, case
        self.iam = boto3.client("iam")
        self.iam.create_user(UserName="ann")
        self.iam.attach_user_policy(UserName="ann", PolicyArn=FULL)
        trust = {"Service": SERVICES, "AWS": arn("user", "ann")}
        if case.trusted:
            trust["AWS"] = f"arn:aws:iam::{ACCOUNT}:root"
        self.iam.create_role(
            RoleName="deployer",
            AssumeRolePolicyDocument=document(
                {"Effect": "Allow", "Principal": trust, "Action": "sts:AssumeRole"}
            ),
        )
        self.iam.attach_role_policy(RoleName="deployer", PolicyArn=FULL)
        self.mallory = self._user() if case.kind == "user" else self._role()
        self.who = MALLORY if case.kind == "user" else MALLORY_ROLE
        self.grant(*case.grants)
        if case.prepare:
            case.prepare(self)

    def _user(self) -> boto3.Session:
        self.iam.create_user(UserName="mallory")
        return self.session(self.iam.create_access_key(UserName="mallory")["AccessKey"])

    def _role(self) -> boto3.Session:
        self.iam.create_role(RoleName="mallory", AssumeRolePolicyDocument=trusting(ANN))
        return signed_in(sessions.issue("assumed-role", issuer_arn=MALLORY_ROLE, name="at-work"))

    def grant(self, *statements: Statement) -> None:
        """Give mallory these permissions, in place of those from before."""
        if not statements:
            return
        text = document(*statements)
        if self.case.kind == "user":
            self.iam.put_user_policy(UserName="mallory", PolicyName="own", PolicyDocument=text)
        else:
            self.iam.put_role_policy(RoleName="mallory", PolicyName="own", PolicyDocument=text)

    def close(self) -> None:
        """Close the way, as the rule says."""
        if callable(self.case.close):
            self.case.close(self)
        else:
            self.grant(*self.case.close)

    @staticmethod
    def session(key: Mapping[str, Any]) -> boto3.Session:
        """Sign in with an access key, or with the credentials of a role."""
        return boto3.Session(
            key["AccessKeyId"],
            key["SecretAccessKey"],
            key.get("SessionToken"),
            region_name=REGION,
        )

    def client(self, service: str) -> Any:
        """A client of mallory's."""
        return self.mallory.client(service)

    def prove(self, session: boto3.Session | None = None) -> None:
        """Do what only administrators may: as mallory, or with a session that mallory got."""
        (session or self.mallory).client("iam").create_user(UserName="proof")

    @property
    def proven(self) -> bool:
        """Whether somebody has made the user `proof`."""
        return any(each["UserName"] == "proof" for each in self.iam.list_users()["Users"])

    def wait_for_proof(self) -> None:
        """A task takes a moment to start."""
        end = time.monotonic() + 120
        while not self.proven and time.monotonic() < end:
            time.sleep(0.05)


@dataclass(frozen=True)
class Escalation:
    """One rule in use.

    Attributes:
        rule: its name.
        grants: what mallory may do.
        perform: the calls that mallory makes.
        close: what mallory may do afterwards instead; or what is changed in the account.
        target: to whom the edge leads; "" is the administrator.
        kind: what mallory is, "user" or "role".
        prepare: what else the account needs.
        trusted: whether the deployer's trust policy delegates to the account.
        kept: what mallory may do anyway, which a boundary hides.
        achieved: tells whether it succeeded, where the sandbox runs no code: not by `proof`.
    """

    rule: str
    grants: tuple[Statement, ...]
    perform: Callable[[World], None]
    close: tuple[Statement, ...] | Callable[[World], None]
    target: str = ""
    kind: str = "user"
    prepare: Callable[[World], None] | None = None
    trusted: bool = False
    kept: tuple[Statement, ...] = ()
    achieved: Callable[[World], bool] = field(default=lambda world: world.proven)


# --- credentials ------------------------------------------------------------------------------


def assume(world: World) -> None:
    answer = world.client("sts").assume_role(RoleArn=DEPLOYER, RoleSessionName="at-work")
    world.prove(world.session(answer["Credentials"]))


def rewrite_trust(world: World) -> None:
    world.client("iam").update_assume_role_policy(
        RoleName="deployer", PolicyDocument=trusting(MALLORY)
    )
    assume(world)


def make_key(world: World) -> None:
    key = world.client("iam").create_access_key(UserName="ann")["AccessKey"]
    world.prove(world.session(key))


def make_password(world: World) -> None:
    world.client("iam").create_login_profile(UserName="ann", Password="Correct-horse-7")


def change_password(world: World) -> None:
    world.client("iam").update_login_profile(UserName="ann", Password="Correct-horse-8")


def has_password(world: World) -> bool:
    return any(
        each["eventName"] in {"CreateLoginProfile", "UpdateLoginProfile"}
        and each["userIdentity"].get("userName") == "mallory"
        and "errorCode" not in each
        for each in world.sandbox.trail
    )


def ann_has_a_password(world: World) -> None:
    world.iam.create_login_profile(UserName="ann", Password="Correct-horse-6")


# --- policies ---------------------------------------------------------------------------------

ANYTHING = document(allow("*"))
NO_SUCH_BOUNDARY = {"StringEquals": {"iam:PermissionsBoundary": arn("policy", "boundary")}}
HARMLESS = {"ArnNotEquals": {"iam:PolicyARN": FULL}}


def put_user_policy(world: World) -> None:
    world.client("iam").put_user_policy(
        UserName="mallory", PolicyName="more", PolicyDocument=ANYTHING
    )
    world.prove()


def put_role_policy(world: World) -> None:
    world.client("iam").put_role_policy(
        RoleName="mallory", PolicyName="more", PolicyDocument=ANYTHING
    )
    world.prove()


def put_group_policy(world: World) -> None:
    world.client("iam").put_group_policy(
        GroupName="interns", PolicyName="more", PolicyDocument=ANYTHING
    )
    world.prove()


def attach_user_policy(world: World) -> None:
    world.client("iam").attach_user_policy(UserName="mallory", PolicyArn=FULL)
    world.prove()


def attach_role_policy(world: World) -> None:
    world.client("iam").attach_role_policy(RoleName="mallory", PolicyArn=FULL)
    world.prove()


def attach_group_policy(world: World) -> None:
    world.client("iam").attach_group_policy(GroupName="interns", PolicyArn=FULL)
    world.prove()


def in_group(world: World) -> None:
    world.iam.create_group(GroupName="interns")
    world.iam.add_user_to_group(GroupName="interns", UserName="mallory")


def has_policy(world: World) -> None:
    """Its first version allows everything, its default only reading."""
    policy = world.iam.create_policy(PolicyName="work", PolicyDocument=ANYTHING)["Policy"]["Arn"]
    world.iam.create_policy_version(
        PolicyArn=policy, PolicyDocument=document(allow("s3:Get*")), SetAsDefault=True
    )
    world.iam.attach_user_policy(UserName="mallory", PolicyArn=policy)


def new_version(world: World) -> None:
    world.client("iam").create_policy_version(
        PolicyArn=arn("policy", "work"), PolicyDocument=ANYTHING, SetAsDefault=True
    )
    world.prove()


def old_version(world: World) -> None:
    world.client("iam").set_default_policy_version(PolicyArn=arn("policy", "work"), VersionId="v1")
    world.prove()


def delete_old_version(world: World) -> None:
    world.iam.delete_policy_version(PolicyArn=arn("policy", "work"), VersionId="v1")


def group_of_administrators(world: World) -> None:
    world.iam.create_group(GroupName="operators")
    world.iam.attach_group_policy(GroupName="operators", PolicyArn=FULL)


def join_group(world: World) -> None:
    world.client("iam").add_user_to_group(GroupName="operators", UserName="mallory")
    world.prove()


def bounded(world: World, *statements: Statement) -> None:
    text = document(allow(["s3:*", "iam:*Boundary", "iam:CreatePolicyVersion"]), *statements)
    policy = world.iam.create_policy(PolicyName="boundary", PolicyDocument=text)["Policy"]["Arn"]
    if world.case.kind == "user":
        world.iam.put_user_permissions_boundary(UserName="mallory", PermissionsBoundary=policy)
    else:
        world.iam.put_role_permissions_boundary(RoleName="mallory", PermissionsBoundary=policy)


def tighten(world: World) -> None:
    """The boundary denies every change of itself."""
    closed = document(
        allow("s3:*"), deny(["iam:*Boundary", "iam:*PolicyVersion"]), allow("iam:Get*")
    )
    world.iam.create_policy_version(
        PolicyArn=arn("policy", "boundary"), PolicyDocument=closed, SetAsDefault=True
    )


def drop_boundary_of_user(world: World) -> None:
    world.client("iam").delete_user_permissions_boundary(UserName="mallory")
    world.prove()


def drop_boundary_of_role(world: World) -> None:
    world.client("iam").delete_role_permissions_boundary(RoleName="mallory")
    world.prove()


def rewrite_boundary(world: World) -> None:
    world.client("iam").create_policy_version(
        PolicyArn=arn("policy", "boundary"), PolicyDocument=ANYTHING, SetAsDefault=True
    )
    world.prove()


# --- new principals ---------------------------------------------------------------------------


def make_user(world: World) -> None:
    iam = world.client("iam")
    iam.create_user(UserName="helper")
    iam.attach_user_policy(UserName="helper", PolicyArn=FULL)
    world.prove(world.session(iam.create_access_key(UserName="helper")["AccessKey"]))


def make_role(world: World) -> None:
    iam = world.client("iam")
    iam.create_role(RoleName="h-new", AssumeRolePolicyDocument=trusting(MALLORY))
    iam.attach_role_policy(RoleName="h-new", PolicyArn=FULL)
    answer = world.client("sts").assume_role(
        RoleArn=arn("role", "h-new"), RoleSessionName="at-work"
    )
    world.prove(world.session(answer["Credentials"]))


# --- services ---------------------------------------------------------------------------------


def with_cluster(world: World) -> None:
    world.shop = Bookshop(world.sandbox)  # type: ignore[attr-defined]


def with_service(world: World) -> None:
    with_cluster(world)
    shop = world.shop  # type: ignore[attr-defined]
    shop.ecs.create_service(
        cluster=CLUSTER,
        serviceName="orders",
        taskDefinition=shop.register(),
        desiredCount=0,
        launchType="FARGATE",
        networkConfiguration=shop.network,
    )


def with_definition(world: World) -> None:
    with_cluster(world)
    world.shop.register()  # type: ignore[attr-defined]


def with_running_task(world: World) -> None:
    with_cluster(world)
    shop = world.shop  # type: ignore[attr-defined]
    image = shop.push("import time\nprint('up', flush=True)\ntime.sleep(600)\n", "wait")
    definition = shop.register(shop.container(image=image), taskRoleArn=DEPLOYER)
    world.task = shop.run(definition, enableExecuteCommand=True)  # type: ignore[attr-defined]
    assert shop.look(world.task)["lastStatus"] == "RUNNING"  # type: ignore[attr-defined]


def register(world: World) -> str:
    """A task definition of mallory's, with the deployer as its task role."""
    shop = world.shop  # type: ignore[attr-defined]
    answer = world.client("ecs").register_task_definition(
        family=NEW,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        executionRoleArn=arn("role", EXECUTION),
        taskRoleArn=DEPLOYER,
        containerDefinitions=[shop.container(command=["python", "-c", PROGRAM])],
    )
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def fargate(world: World) -> dict[str, Any]:
    return {
        "cluster": CLUSTER,
        "launchType": "FARGATE",
        "networkConfiguration": world.shop.network,  # type: ignore[attr-defined]
    }


def run_task(world: World) -> None:
    world.client("ecs").run_task(taskDefinition=register(world), **fargate(world))
    world.wait_for_proof()


def run_task_overridden(world: World) -> None:
    command = {"name": "web", "command": ["python", "-c", PROGRAM]}
    world.client("ecs").run_task(
        taskDefinition="orders:1",
        overrides={"taskRoleArn": DEPLOYER, "containerOverrides": [command]},
        **fargate(world),
    )
    world.wait_for_proof()


def create_service(world: World) -> None:
    world.client("ecs").create_service(
        serviceName=NEW, taskDefinition=register(world), desiredCount=1, **fargate(world)
    )
    world.wait_for_proof()


def update_service(world: World) -> None:
    world.client("ecs").update_service(
        cluster=CLUSTER, service="orders", taskDefinition=register(world), desiredCount=1
    )
    world.wait_for_proof()


def execute_command(world: World) -> None:
    world.client("ecs").execute_command(
        cluster=CLUSTER,
        task=world.task,  # type: ignore[attr-defined]
        command=f'python -c "{PROGRAM}"',
        interactive=True,
    )
    world.wait_for_proof()


def create_function(world: World) -> None:
    world.client("lambda").create_function(
        FunctionName=NEW,
        Runtime="python3.12",
        Role=DEPLOYER,
        Handler="app.handler",
        Timeout=60,
        Code={"ZipFile": packed(app=HANDLER)},
    )


def invoke_function(world: World) -> None:
    create_function(world)
    world.client("lambda").invoke(FunctionName=NEW)


def share_function(world: World) -> None:
    create_function(world)
    world.client("lambda").add_permission(
        FunctionName=NEW,
        StatementId="others",
        Action="lambda:InvokeFunction",
        Principal=OTHER_ACCOUNT,
    )
    others = world.sandbox.admin(OTHER_ACCOUNT).client("lambda", region_name=REGION)
    others.invoke(FunctionName=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NEW}")


def with_function(world: World, role: str = DEPLOYER) -> None:
    boto3.client("lambda").create_function(
        FunctionName="report",
        Runtime="python3.12",
        Role=role,
        Handler="app.handler",
        Timeout=60,
        Code={"ZipFile": packed(app="def handler(event, context):\n    return 1\n")},
    )


def replace_code(world: World) -> None:
    """Somebody else invokes the function, as every day."""
    world.client("lambda").update_function_code(FunctionName="report", ZipFile=packed(app=HANDLER))
    boto3.client("lambda").invoke(FunctionName="report")


def create_stack(world: World) -> None:
    resource = {"Type": "AWS::IAM::User", "Properties": {"UserName": "proof"}}
    world.client("cloudformation").create_stack(
        StackName=NEW,
        TemplateBody=json.dumps({"Resources": {"Proof": resource}}),
        Capabilities=["CAPABILITY_NAMED_IAM"],
        RoleARN=DEPLOYER,
    )
    world.wait_for_proof()


def with_stack(world: World) -> None:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "orders"}}
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(
        StackName="shop",
        TemplateBody=json.dumps({"Resources": {"Topic": topic}}),
        RoleARN=DEPLOYER,
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName="shop", WaiterConfig={"Delay": 0.05, "MaxAttempts": 600}
    )


def update_stack(world: World) -> None:
    """Without naming a role: the stack keeps its own."""
    resource = {"Type": "AWS::IAM::User", "Properties": {"UserName": "proof"}}
    world.client("cloudformation").update_stack(
        StackName="shop",
        TemplateBody=json.dumps({"Resources": {"Proof": resource}}),
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    world.wait_for_proof()


def with_harmless_function(world: World) -> None:
    world.iam.create_role(
        RoleName="report",
        AssumeRolePolicyDocument=document(
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ),
    )
    with_function(world, arn("role", "report"))


def give_function_the_role(world: World) -> None:
    world.client("lambda").update_function_configuration(FunctionName="report", Role=DEPLOYER)
    replace_code(world)


def with_profile(world: World) -> None:
    world.iam.create_instance_profile(InstanceProfileName="deployer")
    world.iam.add_role_to_instance_profile(InstanceProfileName="deployer", RoleName="deployer")


def run_instance(world: World) -> None:
    world.client("ec2").run_instances(
        ImageId="ami-12c6146b",
        MinCount=1,
        MaxCount=1,
        InstanceType="t3.micro",
        IamInstanceProfile={"Name": "deployer"},
    )


def has_instance(world: World) -> bool:
    found = boto3.client("ec2").describe_instances()["Reservations"]
    profiles = [
        each.get("IamInstanceProfile", {}).get("Arn", "")
        for reservation in found
        for each in reservation["Instances"]
    ]
    return any(each.endswith("/deployer") for each in profiles)


PASS = allow("iam:PassRole")
PASS_EXECUTION = allow("iam:PassRole", arn("role", EXECUTION))
TO_TASKS = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
PASS_TO_TASKS = allow("iam:PassRole", Condition=TO_TASKS)
ECS = allow(["ecs:RegisterTaskDefinition", "ecs:RunTask", "ecs:CreateService", "ecs:UpdateService"])
LAMBDA = allow(["lambda:CreateFunction", "lambda:InvokeFunction"])
UPDATE = allow(["lambda:UpdateFunctionConfiguration", "lambda:UpdateFunctionCode"])
SHARE = allow(["lambda:CreateFunction", "lambda:AddPermission"])
OWN_USER = arn("user", "${aws:username}")

ESCALATIONS: tuple[Escalation, ...] = (
    Escalation(
        "assume-role",
        (allow("sts:AssumeRole"),),
        assume,
        (allow("sts:AssumeRole", arn("role", "orders-*")),),
        DEPLOYER,
        trusted=True,
    ),
    Escalation(
        "update-trust-policy",
        (allow("iam:UpdateAssumeRolePolicy"),),
        rewrite_trust,
        (allow("iam:UpdateAssumeRolePolicy", arn("role", "orders-*")),),
        DEPLOYER,
    ),
    Escalation(
        "create-access-key",
        (allow("iam:CreateAccessKey"),),
        make_key,
        (allow("iam:CreateAccessKey", OWN_USER),),
        ANN,
    ),
    Escalation(
        "create-login-profile",
        (allow("iam:CreateLoginProfile"),),
        make_password,
        (allow("iam:CreateLoginProfile", OWN_USER),),
        ANN,
        achieved=has_password,
    ),
    Escalation(
        "update-login-profile",
        (allow("iam:UpdateLoginProfile"),),
        change_password,
        (allow("iam:ChangePassword", OWN_USER),),
        ANN,
        prepare=ann_has_a_password,
        achieved=has_password,
    ),
    Escalation(
        "put-user-policy",
        (allow("iam:PutUserPolicy"),),
        put_user_policy,
        (allow("iam:PutUserPolicy", Condition=NO_SUCH_BOUNDARY),),
    ),
    Escalation(
        "put-role-policy",
        (allow("iam:PutRolePolicy"),),
        put_role_policy,
        (allow("iam:PutRolePolicy", Condition=NO_SUCH_BOUNDARY),),
        kind="role",
    ),
    Escalation(
        "put-group-policy",
        (allow("iam:PutGroupPolicy"),),
        put_group_policy,
        (allow("iam:PutGroupPolicy", arn("group", "readers")),),
        prepare=in_group,
    ),
    Escalation(
        "attach-user-policy",
        (allow("iam:AttachUserPolicy"),),
        attach_user_policy,
        (allow("iam:AttachUserPolicy", Condition=HARMLESS),),
    ),
    Escalation(
        "attach-role-policy",
        (allow("iam:AttachRolePolicy"),),
        attach_role_policy,
        (allow("iam:AttachRolePolicy", Condition=HARMLESS),),
        kind="role",
    ),
    Escalation(
        "attach-group-policy",
        (allow("iam:AttachGroupPolicy"),),
        attach_group_policy,
        (allow("iam:AttachGroupPolicy", Condition=HARMLESS),),
        prepare=in_group,
    ),
    Escalation(
        "create-policy-version",
        (allow("iam:CreatePolicyVersion"),),
        new_version,
        (allow("iam:CreatePolicyVersion", arn("policy", "orders-*")),),
        prepare=has_policy,
    ),
    Escalation(
        "set-default-policy-version",
        (allow("iam:SetDefaultPolicyVersion"),),
        old_version,
        (allow("iam:SetDefaultPolicyVersion", arn("policy", "orders-*")),),
        prepare=has_policy,
    ),
    Escalation(
        "add-user-to-group",
        (allow("iam:AddUserToGroup"),),
        join_group,
        (allow("iam:AddUserToGroup", arn("group", "readers")),),
        prepare=group_of_administrators,
    ),
    Escalation(
        "delete-boundary-of-user",
        (allow("*"),),
        drop_boundary_of_user,
        tighten,
        prepare=bounded,
        kept=(allow("*"),),
    ),
    Escalation(
        "delete-boundary-of-role",
        (allow("*"),),
        drop_boundary_of_role,
        tighten,
        kind="role",
        prepare=bounded,
        kept=(allow("*"),),
    ),
    Escalation(
        "rewrite-boundary",
        (allow("*"),),
        rewrite_boundary,
        tighten,
        prepare=bounded,
        kept=(allow("*"),),
    ),
    Escalation(
        "create-user",
        (
            allow(
                ["iam:CreateUser", "iam:AttachUserPolicy", "iam:CreateAccessKey"],
                arn("user", "helper"),
            ),
        ),
        make_user,
        (
            allow("iam:CreateUser", arn("user", "helper"), Condition=NO_SUCH_BOUNDARY),
            allow(["iam:AttachUserPolicy", "iam:CreateAccessKey"], arn("user", "helper")),
        ),
    ),
    Escalation(
        "create-role",
        (allow(["iam:CreateRole", "iam:AttachRolePolicy"], arn("role", "h-*")),),
        make_role,
        (
            allow("iam:CreateRole", Condition=NO_SUCH_BOUNDARY),
            allow("iam:AttachRolePolicy"),
        ),
    ),
    Escalation(
        "pass-role-to-new-task",
        (PASS, ECS),
        run_task,
        (PASS_EXECUTION, ECS),
        DEPLOYER,
        prepare=with_cluster,
    ),
    Escalation(
        "pass-role-to-task",
        (PASS, ECS),
        run_task_overridden,
        (PASS_EXECUTION, ECS),
        DEPLOYER,
        prepare=with_definition,
    ),
    Escalation(
        "pass-role-to-new-service",
        (PASS, ECS),
        create_service,
        (PASS_EXECUTION, ECS),
        DEPLOYER,
        prepare=with_cluster,
    ),
    Escalation(
        "pass-role-to-service",
        (PASS, ECS),
        update_service,
        (PASS_EXECUTION, ECS),
        DEPLOYER,
        prepare=with_service,
    ),
    Escalation(
        "execute-command",
        (allow("ecs:ExecuteCommand"),),
        execute_command,
        (allow("ecs:ExecuteCommand", f"arn:aws:ecs:{REGION}:{ACCOUNT}:*/trial*"),),
        DEPLOYER,
        prepare=with_running_task,
    ),
    Escalation(
        "pass-role-to-new-function",
        (PASS, LAMBDA),
        invoke_function,
        (PASS_TO_TASKS, LAMBDA),
        DEPLOYER,
    ),
    Escalation(
        "pass-role-to-new-shared-function",
        (PASS, SHARE),
        share_function,
        (PASS_TO_TASKS, SHARE),
        DEPLOYER,
    ),
    Escalation(
        "update-function-code",
        (allow("lambda:UpdateFunctionCode"),),
        replace_code,
        (
            allow(
                "lambda:UpdateFunctionCode", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:trial-*"
            ),
        ),
        DEPLOYER,
        prepare=with_function,
    ),
    Escalation(
        "pass-role-to-function",
        (PASS, UPDATE),
        give_function_the_role,
        (PASS_TO_TASKS, UPDATE),
        DEPLOYER,
        prepare=with_harmless_function,
    ),
    Escalation(
        "pass-role-to-stack",
        (PASS, allow("cloudformation:CreateStack")),
        create_stack,
        (PASS_TO_TASKS, allow("cloudformation:CreateStack")),
        DEPLOYER,
    ),
    Escalation(
        "update-stack",
        (allow("cloudformation:UpdateStack"),),
        update_stack,
        (allow("cloudformation:UpdateStack", "arn:aws:cloudformation:*:*:stack/trial-*/*"),),
        DEPLOYER,
        prepare=with_stack,
    ),
    Escalation(
        "pass-role-to-instance",
        (PASS, allow("ec2:RunInstances")),
        run_instance,
        (PASS_TO_TASKS, allow("ec2:RunInstances")),
        DEPLOYER,
        prepare=with_profile,
        achieved=has_instance,
    ),
)


def denied(error: ClientError) -> bool:
    """Whether an error says that the caller may not."""
    code: str = error.response["Error"]["Code"]
    return code.startswith(("AccessDenied", "UnauthorizedOperation"))


def started(case: Escalation) -> World:
    """A fresh account for one rule."""
    return World(rolelab.start(account_id=ACCOUNT), case)


__all__ = ["ESCALATIONS", "GROUP", "Escalation", "World", "denied", "started"]
