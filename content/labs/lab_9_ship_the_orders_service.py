# %% [markdown]
# # Lab 9: Ship the orders service with least privilege
#
# The orders service has run in a trial for a month, and on Monday it opens for customers. It works, because whoever built
# it allowed everything that was ever denied. You ship it: everything still works, and nothing more is open than has to be.
#
# | | |
# | --- | --- |
# | **You'll do** | take a whole account from "it works" to least privilege, until sixteen answers are right |
# | **You'll learn** | to put together what lessons 01 to 15 taught, and to prove the result to somebody else |
# | **You'll need** | all lessons; labs 5 and 6; 60 minutes |
#
# The checks launch the service and call AWS as everybody concerned. They never read a policy, so every account that behaves
# right passes. Change it with boto3, with `%aws`, or with a template: that is yours to choose.

# %% [markdown]
# ## Set up
#
# Run this cell first. It starts a fresh account; run it again whenever you want to begin anew. `say` and `policy` are those
# of lesson 08.

# %% tags=["setup"]
import json
from pathlib import Path

import boto3

import rolelab
from rolelab.labs import as_account, lab_9

sandbox = rolelab.start()
account, region = sandbox.account_id, "us-east-1"
iam, ecs, kms = boto3.client("iam"), boto3.client("ecs"), boto3.client("kms")
s3, secrets = boto3.client("s3"), boto3.client("secretsmanager")


def say(effect, action, resource="*", **elements):
    """One statement of a policy."""
    return {"Effect": effect, "Action": action, "Resource": resource, **elements}


def policy(*statements):
    """Statements as a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


# %% [markdown]
# ## The account as the trial left it
#
# Everything comes from one template, [data/lab-9/orders-in-a-hurry.yaml](../data/lab-9/orders-in-a-hurry.yaml). Read it
# before you go on, and count what you would not sign.

# %%
cloudformation = boto3.client("cloudformation")
cloudformation.create_stack(
    StackName="orders-in-a-hurry",
    TemplateBody=Path("../data/lab-9/orders-in-a-hurry.yaml").read_text(),
    Capabilities=["CAPABILITY_NAMED_IAM"],
)
cloudformation.get_waiter("stack_create_complete").wait(
    StackName="orders-in-a-hurry", WaiterConfig={"Delay": 1}
)
[role["RoleName"] for role in iam.list_roles()["Roles"]]

# %% [markdown]
# The image is the one of lesson 05, and the buckets hold orders, an invoice and everybody's pay:

# %%
image = sandbox.push_image("orders:1.0", "../data/apps/orders")
objects = {
    "incoming/1001.json": '{"book": "Emma"}',
    "incoming/1002.json": '{"book": "Persuasion"}',
    "incoming-archive/0001.json": '{"book": "Lady Susan"}',
    "invoices/1000.csv": "1000,c-17,12.50",
}
for name, text in objects.items():
    s3.put_object(Bucket="bookshop-orders", Key=name, Body=text.encode())
s3.put_object(
    Bucket="bookshop-payroll", Key="2026/november.csv", Body=b"s-03,Ida,4100"
)["ResponseMetadata"]["HTTPStatusCode"]

# %% [markdown]
# It runs. **Predict.** Look at the definition in the template. Whose name stands over the container's calls in this picture?

# %%
subnet = boto3.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
network = {"awsvpcConfiguration": {"subnets": [subnet], "assignPublicIp": "ENABLED"}}
trial = ecs.run_task(
    cluster="bookshop",
    taskDefinition="orders",
    launchType="FARGATE",
    networkConfiguration=network,
)["tasks"][0]["taskArn"]
ecs.get_waiter("tasks_stopped").wait(
    cluster="bookshop", tasks=[trial], WaiterConfig={"Delay": 1}
)
sandbox.launch(trial)

# %% [markdown]
# One role does both jobs, and no call of the launch reads a secret: the password stands in the definition. That is the least
# of it. A stranger's account asks for a role of yours:

# %%
as_account("444455556666").attempt(
    "sts:AssumeRole", f"arn:aws:iam::{account}:role/debug"
)

# %% [markdown]
# ## Who is to do what
#
# | Who | What |
# | --- | --- |
# | `csecstaskexecutionrole` | pulls the image `orders`, reads the secret `orders/db`, writes the log group `/ecs/orders` |
# | `orders-task-role` | lists and reads what lies below `incoming/` of `bookshop-orders`; puts and gets items of the table `orders` |
# | `deployer` | registers the definition, runs the task, passes those two roles to ECS, reads `/ecs/orders` |
# | `inkwell-reader` | for Inkwell, account 999988887777, with the external ID `inkwell-0417`: reads orders below `incoming/` |
# | administrators | manage everything, and use no key |
# | `platform` | belongs to the platform team: leave it as it is |
#
# ## The sixteen answers
#
# | | possible | | impossible |
# | --- | --- | --- | --- |
# | 1 | ECS steps into both roles, working for this account | 7 | anybody else does: ECS for another account, Lambda, `deployer`, you |
# | 2 | `deployer` registers the definition and runs it; the container takes in a new order | 8 | `csecstaskexecutionrole` does more than its line above |
# | 3 | each call of that task is made by the right one of the two roles | 9 | `orders-task-role` does more than its line above |
# | 4 | `deployer` reads what the container printed | 10 | *AdministratorAccess*, attached to one of the two, opens users, roles or pay |
# | 5 | Inkwell reads an order | 11 | `deployer` passes another role, passes these to another service, or widens one |
# | 6 | administrators look after the key, and key or password is renewed by itself | 12 | the key opens for others, outside its services, or for what is not of the orders |
# | | | 13 | `bookshop-orders` answers over plain HTTP |
# | | | 14 | the password that counts stands outside its secret |
# | | | 15 | Inkwell gets in another way, or further |
# | | | 16 | somebody uses what the trial left open |
#
# Each task below checks its own rows, the last cell all of them.

# %% [markdown]
# ## Task 1: The password
#
# Row 14. Register a definition that takes `DB_PASSWORD` from the secret and names both roles.
#
# **Predict.** You deregister the old revision. Is its password gone?

# %% [markdown] tags=["hint"]
# `describe_task_definition` still answers for a deregistered revision. What can you change instead, so that what it says is
# worth nothing?

# %% tags=["stub"]
# secrets.put_secret_value(...)
# ecs.register_task_definition(...)

# %% tags=["solution"]
orders_db = secrets.put_secret_value(
    SecretId="orders/db",
    SecretString=json.dumps({"username": "orders", "password": "highbury-1815"}),
)["ARN"]
arn = f"arn:aws:iam::{account}:role"
log = {
    "awslogs-group": "/ecs/orders",
    "awslogs-region": region,
    "awslogs-stream-prefix": "orders",
}

# %% tags=["solution"]
ecs.register_task_definition(
    family="orders",
    requiresCompatibilities=["FARGATE"],
    networkMode="awsvpc",
    cpu="256",
    memory="512",
    executionRoleArn=f"{arn}/csecstaskexecutionrole",
    taskRoleArn=f"{arn}/orders-task-role",
    containerDefinitions=[
        {
            "name": "app",
            "image": image,
            "secrets": [
                {"name": "DB_PASSWORD", "valueFrom": f"{orders_db}:password::"}
            ],
            "logConfiguration": {"logDriver": "awslogs", "options": log},
        }
    ],
)["taskDefinition"]["revision"]

# %% tags=["check"]
lab_9.check_password()

# %% [markdown] tags=["solution"]
# **Why this is right.** A deregistered revision stays, for now without an end, where everybody who may describe it can read
# it (*DeregisterTaskDefinition*). A password that was ever written down is replaced, and only then hidden. The database needs
# the new one in the same step; lesson 10 does both with a rotation function.

# %% [markdown]
# ## Task 2: The two roles
#
# Rows 1 and 7 to 9: whom they trust, and what they may do. Do not forget what the key will ask of them in Task 3.

# %% [markdown] tags=["hint"]
# `data/trust-policies/ecs-tasks.json` and the two files in `data/policies` are from lessons 03 and 05. Read them as critically
# as the template: what is missing for data under a key?

# %% [markdown] tags=["hint"]
# Whether the key policy or IAM allows `kms:Decrypt` is up to you. If IAM does, say for which key and through which service.

# %% tags=["stub"]
# iam.update_assume_role_policy(...)
# iam.put_role_policy(...)

# %% tags=["solution"]
trust = Path("../data/trust-policies/ecs-tasks.json").read_text()
for role, rules in (
    ("csecstaskexecutionrole", "orders-execution.json"),
    ("orders-task-role", "orders-task.json"),
):
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust)
    iam.put_role_policy(
        RoleName=role,
        PolicyName="orders",
        PolicyDocument=Path("../data/policies", rules).read_text(),
    )

# %% tags=["check"]
lab_9.check_roles()

# %% [markdown] tags=["solution"]
# **Why this is right.** The policies have the template's name, `orders`, so they take the place of the wide ones. Neither
# allows anything about the key: in Task 3 the key policy names the roles itself, and a key policy alone can give access (*KMS
# key access and permissions*).

# %% [markdown]
# ## Task 3: The key and the bucket
#
# Rows 6, 12 and 13. One key holds the orders and everybody's pay. Administrators manage it and do not use it. Each role uses
# it through one service, and for the data of the orders only. And nothing leaves the bucket in the clear.

# %% [markdown] tags=["hint"]
# Lab 5 has the shape: one statement for managing, and one for each user, with `kms:ViaService`.

# %% [markdown] tags=["hint"]
# Secrets Manager sends the encryption context `SecretARN`, Amazon S3 sends `aws:s3:arn`, which without a Bucket Key is the
# object's ARN. In a condition: `kms:EncryptionContext:SecretARN`. Who lists objects needs no key at all.

# %% tags=["stub"]
# kms.put_key_policy(...)
# kms.enable_key_rotation(...)
# s3.put_bucket_policy(...)

# %% tags=["solution"]
manage = [
    *("kms:Describe*", "kms:Get*", "kms:List*", "kms:Put*", "kms:Update*"),
    *("kms:Enable*", "kms:Disable*", "kms:Revoke*"),
    *("kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"),
]


def may_open(roles, service, name, value):
    """Let roles decrypt through one service, what has one encryption context."""
    return say(
        "Allow",
        "kms:Decrypt",
        Principal={"AWS": [f"{arn}/{role}" for role in roles]},
        Condition={
            "StringEquals": {"kms:ViaService": f"{service}.{region}.amazonaws.com"},
            "StringLike": {f"kms:EncryptionContext:{name}": value},
        },
    )


# %% tags=["solution"]
bucket = "arn:aws:s3:::bookshop-orders"
readers = ["orders-task-role", "inkwell-reader"]
key = kms.describe_key(KeyId="alias/bookshop")["KeyMetadata"]["KeyId"]
kms.put_key_policy(
    KeyId=key,
    Policy=policy(
        say("Allow", manage, Principal={"AWS": f"arn:aws:iam::{account}:root"}),
        may_open(["csecstaskexecutionrole"], "secretsmanager", "SecretARN", orders_db),
        may_open(readers, "s3", "aws:s3:arn", f"{bucket}/incoming/*"),
    ),
)
kms.enable_key_rotation(KeyId=key)["ResponseMetadata"]["HTTPStatusCode"]

# %% tags=["solution"]
in_the_clear = say(
    "Deny",
    "s3:*",
    [bucket, f"{bucket}/*"],
    Principal="*",
    Condition={"Bool": {"aws:SecureTransport": "false"}},
)
s3.put_bucket_policy(Bucket="bookshop-orders", Policy=policy(in_the_clear))[
    "ResponseMetadata"
]["HTTPStatusCode"]

# %% tags=["check"]
lab_9.check_key()

# %% [markdown] tags=["solution"]
# **Why this is right.** The check gives each role, for a moment, the IAM permission to read what is not its own. The key still
# says no, because it knows for what it is asked. Nobody has to remember that pay and orders are under one key. To give the
# payroll a key of its own would be right, too.

# %% [markdown]
# ## Task 4: Inkwell, and what the trial left
#
# Rows 5, 15 and 16.

# %% [markdown] tags=["hint"]
# The user `trial` and the role `debug`: does anybody need them? A user is deleted after its access keys and policies.

# %% tags=["stub"]
# iam.update_assume_role_policy(...)

# %% tags=["solution"]
for_us = {"StringEquals": {"sts:ExternalId": "inkwell-0417"}}
let_in = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::999988887777:root"},
    "Action": "sts:AssumeRole",
    "Condition": for_us,
}
iam.update_assume_role_policy(RoleName="inkwell-reader", PolicyDocument=policy(let_in))
iam.put_role_policy(
    RoleName="inkwell-reader",
    PolicyName="read-orders",
    PolicyDocument=policy(say("Allow", "s3:GetObject", f"{bucket}/incoming/*")),
)["ResponseMetadata"]["HTTPStatusCode"]

# %% tags=["solution"]
for each in iam.list_access_keys(UserName="trial")["AccessKeyMetadata"]:
    iam.delete_access_key(UserName="trial", AccessKeyId=each["AccessKeyId"])
managed = "arn:aws:iam::aws:policy"
iam.detach_user_policy(UserName="trial", PolicyArn=f"{managed}/AdministratorAccess")
iam.delete_user(UserName="trial")
iam.detach_role_policy(RoleName="debug", PolicyArn=f"{managed}/ReadOnlyAccess")
iam.delete_role(RoleName="debug")["ResponseMetadata"]["HTTPStatusCode"]

# %% tags=["check"]
lab_9.check_others()

# %% [markdown]
# ## Task 5: The deployer, and a guardrail
#
# Rows 10 and 11. Whoever may change the pipeline is `deployer`. And some night somebody will attach *AdministratorAccess* to
# a role of the service, "only until it works again".

# %% [markdown] tags=["hint"]
# The boundary of lesson 08 holds whatever is attached. It must leave room for what the role needs: start from its policy.

# %% [markdown] tags=["hint"]
# `iam:PassRole` on two ARNs, with `iam:PassedToService`. Can `deployer` step into a role? Then it need not pass one.

# %% tags=["stub"]
# iam.put_role_policy(...)
# iam.put_role_permissions_boundary(...)

# %% tags=["solution"]
tasks = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
both = [f"{arn}/csecstaskexecutionrole", f"{arn}/orders-task-role"]
iam.put_role_policy(
    RoleName="deployer",
    PolicyName="deploy",
    PolicyDocument=policy(
        say("Allow", ["ecs:RegisterTaskDefinition", "ecs:RunTask"]),
        say("Allow", "iam:PassRole", both, Condition=tasks),
        say(
            "Allow",
            "logs:GetLogEvents",
            f"arn:aws:logs:{region}:{account}:log-group:/ecs/orders:*",
        ),
    ),
)["ResponseMetadata"]["HTTPStatusCode"]

# %% tags=["solution"]
rules = {
    "csecstaskexecutionrole": "orders-execution.json",
    "orders-task-role": "orders-task.json",
}
for role, name in rules.items():
    needed = json.loads(Path("../data/policies", name).read_text())["Statement"]
    boundary = iam.create_policy(
        PolicyName=f"{role}-boundary",
        PolicyDocument=policy(*needed, say("Allow", "kms:Decrypt")),
    )["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=boundary)

# %% tags=["check"]
lab_9.check_deployer()

# %% [markdown] tags=["solution"]
# **Why this is right.** A boundary grants nothing, so it may repeat what the role needs and no more. Policies are attached
# and detached in a hurry; a boundary has an action of its own, `iam:PutRolePermissionsBoundary`, which `deployer` does not have.

# %% [markdown]
# ## Task 6: Ship it
#
# Rows 2 to 4. The check registers your newest definition as `deployer`, runs it with an order that nobody has seen, and looks
# who made which call.
#
# **Predict.** You narrowed six documents without a launch in between. Does it start at the first attempt?

# %% tags=["check"]
lab_9.check_launch()

# %% [markdown]
# ## All sixteen
#
# Each part was right by itself. **Predict.** Has one of them broken what another one gave?

# %% tags=["check"]
lab_9.check_all()

# %% [markdown]
# ## A report to show
#
# The sixteen answers as they are now, for somebody who was not there. Nothing in it is loaded from elsewhere, so it can be
# mailed or printed.

# %%
report = lab_9.report()
report

# %% [markdown]
# `report.save("orders.html")` writes it as a page, `report.save("orders.json")` for a program. From a terminal,
# `rolelab grade labs/lab_9_ship_the_orders_service.ipynb --report out.html` runs a copy of this notebook from the top and
# reports on every check.
#
# ## Go further
#
# - Export the account to a template as in lesson 15, deploy that into a fresh account, and run the last check there.
# - Give `deployer` the right to create roles, and keep rows 10 and 11 right. Which condition key do you need?
# - Build the service in a member account, as lab 6 did, and turn the guardrail of row 10 into an SCP. Why would an SCP do
#   nothing in an organization whose management account this is?
#
# ## On real AWS
#
# The same sixteen questions can be asked of a real account. Each is a few calls, made as somebody: with sessions of the roles,
# and from a second account of your own for the strangers. Ask them in the pipeline, after each deployment.
#
# ## What to keep
#
# - "It works" is half of the answer. The other half is a list of what must not work, tried.
# - One role, one job; each trust says for whom; each key knows for what.
# - Whatever was written down once, or left open once, counts as used.
#
# In this lab we have shipped a service whose every call is made by the role that is meant to make it, and proved it.
