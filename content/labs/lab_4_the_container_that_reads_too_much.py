# %% [markdown]
# # Lab 4: Narrow the role of a container that reads too much
#
# The dispatch service prints the labels for the bookshop's parcels, and has run for a year without a fault. Ida, who audits
# the account, asks why a program that prints labels can read everybody's pay, hers included. She wants to know two things
# from you: what does the container really need, and what else could somebody do who gets into it?
#
# | | |
# | --- | --- |
# | **You'll do** | find out what a running container uses, narrow its task role to that, and keep the service working |
# | **You'll learn** | to read a program's needs from its launch, to find every policy a role has, to grant a part of a table |
# | **You'll need** | lessons 05 and 06; 35 minutes |
#
# The checks start a task of the service and see whether it does its work. Then they try, as its roles, what must be out of
# reach. They never read your policy, so every policy that behaves right passes.

# %% [markdown]
# ## Set up
#
# Run this cell first. It starts a fresh account; run it again whenever you want to begin anew.

# %% tags=["setup"]
import json
from pathlib import Path

import boto3

import rolelab
from rolelab.labs import as_role, lab_4

sandbox = rolelab.start()
account, region = sandbox.account_id, "us-east-1"
iam, ecs, logs = boto3.client("iam"), boto3.client("ecs"), boto3.client("logs")
s3, dynamodb = boto3.client("s3"), boto3.client("dynamodb")

# %% [markdown]
# ## The bookshop's data
#
# Two buckets, two tables and a secret. The table `people` holds the customers, whose ids begin with `c-`, and the staff,
# whose ids begin with `s-`.

# %%
objects = {
    "bookshop-orders": {
        "incoming/1001.json": '{"book": "Emma", "customer": "c-17"}',
        "incoming/1002.json": '{"book": "Persuasion", "customer": "c-21"}',
        "incoming-archive/0001.json": '{"book": "Lady Susan", "customer": "c-03"}',
        "invoices/1000.csv": "1000,c-17,12.50",
        "labels/1000.txt": "Anne Elliot, Bath",
    },
    "bookshop-payroll": {"2026/november.csv": "s-03,Ida,4100\ns-04,Jon,3900"},
}
for bucket, contents in objects.items():
    s3.create_bucket(Bucket=bucket)
    for key, text in contents.items():
        s3.put_object(Bucket=bucket, Key=key, Body=text.encode())

# %%
for name in ("people", "orders"):
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
people = boto3.resource("dynamodb").Table("people")
people.put_item(Item={"id": "c-17", "name": "Anne Elliot", "town": "Bath"})
people.put_item(Item={"id": "c-21", "name": "Mary Crawford", "town": "London"})
people.put_item(Item={"id": "s-03", "name": "Ida", "bank": "GB29 NWBK 6016"})
secret = boto3.client("secretsmanager").create_secret(
    Name="orders/db", SecretString="northanger-1817"
)["ARN"]

# %% [markdown]
# ## The program
#
# A round is everything the program does: look what came in, read each order, look up the customer, write the label. With
# the variable `ONCE` it ends after the first round.

# %%
program = """
import json, os, sys, time
import boto3
from botocore.exceptions import ClientError

BUCKET = "bookshop-orders"
s3 = boto3.client("s3")
people = boto3.resource("dynamodb").Table("people")

def write_label(key):
    order = json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
    buyer = people.get_item(Key={"id": order["customer"]})["Item"]
    label = f"{buyer['name']}, {buyer['town']}"
    number = key.rsplit("/", 1)[-1].removesuffix(".json")
    s3.put_object(Bucket=BUCKET, Key=f"labels/{number}.txt", Body=label.encode())

def one_round():
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix="incoming/")
    keys = [item["Key"] for item in listed.get("Contents", [])]
    for key in keys:
        write_label(key)
    print(len(keys), "labels written")

while True:
    try:
        one_round()
    except ClientError as error:
        print(error)
        if "ONCE" in os.environ:
            sys.exit(1)
    if "ONCE" in os.environ:
        break
    time.sleep(60)
"""
boto3.client("ecr").create_repository(repositoryName="dispatch")
image = sandbox.push_image("dispatch:1.0", program)

# %% [markdown]
# ## Its two roles
#
# The execution role is the ordinary one. The task role has a history: an inline policy from the first day, and something
# that was added while somebody looked for an error.

# %%
trust = Path("../data/trust-policies/ecs-tasks.json").read_text()
for role in ("csecstaskexecutionrole", "dispatch-task-role"):
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)
iam.attach_role_policy(
    RoleName="csecstaskexecutionrole",
    PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
)
first_day = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["s3:*", "dynamodb:*", "secretsmanager:GetSecretValue"],
            "Resource": "*",
        }
    ],
}
iam.put_role_policy(
    RoleName="dispatch-task-role",
    PolicyName="dispatch-access",
    PolicyDocument=json.dumps(first_day),
)
iam.attach_role_policy(
    RoleName="dispatch-task-role",
    PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
)
iam.get_role(RoleName="dispatch-task-role")["Role"]["Arn"]

# %% [markdown]
# ## The service
#
# One task runs all day. If it ends, ECS starts another.

# %%
logs.create_log_group(logGroupName="/ecs/dispatch")
ecs.create_cluster(clusterName="bookshop")
subnet = boto3.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
network = {"awsvpcConfiguration": {"subnets": [subnet], "assignPublicIp": "ENABLED"}}
log_options = {
    "awslogs-group": "/ecs/dispatch",
    "awslogs-region": region,
    "awslogs-stream-prefix": "dispatch",
}
container = {
    "name": "app",
    "image": image,
    "logConfiguration": {"logDriver": "awslogs", "options": log_options},
}
dispatch = {
    "family": "dispatch",
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "executionRoleArn": f"arn:aws:iam::{account}:role/csecstaskexecutionrole",
    "taskRoleArn": f"arn:aws:iam::{account}:role/dispatch-task-role",
    "containerDefinitions": [container],
}
ecs.register_task_definition(**dispatch)["taskDefinition"]["taskDefinitionArn"]

# %%
ecs.create_service(
    cluster="bookshop",
    serviceName="dispatch",
    taskDefinition="dispatch",
    desiredCount=1,
    launchType="FARGATE",
    networkConfiguration=network,
)
ecs.get_waiter("services_stable").wait(
    cluster="bookshop", services=["dispatch"], WaiterConfig={"Delay": 1}
)
ecs.describe_services(cluster="bookshop", services=["dispatch"])["services"][0][
    "runningCount"
]

# %% [markdown]
# ## What it needs, and what it could do
#
# This helper starts one more task of the service and waits until it has ended: either one round, or a command that you
# give it.


# %%
def one_task(command=None):
    """Run one task of the service, print its log without tracebacks, and give its ARN."""
    override = {"name": "app", "environment": [{"name": "ONCE", "value": "yes"}]}
    if command:
        override["command"] = ["python", "-c", command]
    arn = ecs.run_task(
        cluster="bookshop",
        taskDefinition="dispatch",
        launchType="FARGATE",
        networkConfiguration=network,
        overrides={"containerOverrides": [override]},
    )["tasks"][0]["taskArn"]
    ecs.get_waiter("tasks_stopped").wait(
        cluster="bookshop", tasks=[arn], WaiterConfig={"Delay": 0.2}
    )
    stream = f"dispatch/app/{arn.rsplit('/', 1)[-1]}"
    for event in logs.get_log_events(
        logGroupName="/ecs/dispatch", logStreamName=stream, startFromHead=True
    )["events"]:
        if not event["message"].startswith((" ", "Traceback")):
            print(event["message"])
    return arn


round_arn = one_task()
sandbox.launch(round_arn)

# %% [markdown]
# Behind the dashed line is all that the program does with AWS. Now be somebody who found a hole in the program and runs
# two lines of their own in the container:

# %%
intruder = """
import boto3
s3, people = boto3.client("s3"), boto3.resource("dynamodb").Table("people")
pay = s3.get_object(Bucket="bookshop-payroll", Key="2026/november.csv")["Body"].read()
print(pay.decode())
print(people.scan()["Count"], "people, with", people.get_item(Key={"id": "s-03"})["Item"])
secret = boto3.client("secretsmanager").get_secret_value(SecretId="orders/db")
print(secret["SecretString"])
"""
intruder_arn = one_task(intruder)

# %% [markdown]
# No key was stolen for this. The intruder is in the container, so the intruder is the task role, until the task ends.
#
# ## Task 1: Leave the container its work
#
# Write a policy into `dispatch_policy`, as a dict, under which the service does its round and nothing else: no other bucket,
# no other prefix, no other table, no writing where it only reads, no reading where it only writes. The check puts your
# document in the place of the inline policy `dispatch-access`, with `iam.put_role_policy`.
#
# It leaves alone whatever else the role has. That is yours to look at.

# %% [markdown] tags=["hint"]
# The picture names four calls. Three of their actions have the name of the call; for `ListObjectsV2` it is
# `s3:ListBucket`, on the bucket, with a condition on `s3:prefix`.

# %% [markdown] tags=["hint"]
# The check passed the container and still finds S3 open? Policies add up. `iam.list_attached_role_policies` lists what
# `iam.list_role_policies` does not.

# %% [markdown] tags=["hint"]
# The container is denied, and you allowed it? Look at the denial's caller: which of the two roles is it?

# %% tags=["stub"]
dispatch_policy = ...

# %% tags=["solution"]
iam.detach_role_policy(
    RoleName="dispatch-task-role",
    PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
)
dispatch_policy = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": "arn:aws:s3:::bookshop-orders",
            "Condition": {"StringLike": {"s3:prefix": "incoming/*"}},
        },
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::bookshop-orders/incoming/*",
        },
        {
            "Effect": "Allow",
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::bookshop-orders/labels/*",
        },
        {
            "Effect": "Allow",
            "Action": "dynamodb:GetItem",
            "Resource": f"arn:aws:dynamodb:{region}:{account}:table/people",
        },
    ],
}

# %% tags=["check"]
lab_4.check_work()

# %% [markdown] tags=["solution"]
# **Why this is right.** Four calls, four statements, each with its own resource. The managed policy had to go: a narrow
# policy takes nothing away from a wide one. The tempting shortcut is a `Deny` for the payroll. It closes what you
# thought of and leaves open what you did not, today's secret and tomorrow's bucket.
#
# Moving the permissions to `csecstaskexecutionrole` stops the container, because it never holds that role's credentials
# (*Amazon ECS task execution IAM role*), and gives the agent a reach that nobody needs.

# %% [markdown]
# ## Task 2: Customers, not staff
#
# The container may now read every item of the table `people`, Ida's bank account included. Write the whole policy again,
# into `customers_policy`: as before, and of the table only the customers.

# %% [markdown] tags=["hint"]
# Lesson 06, *Part of a table*. The key can hold several values, because a request can ask for several items, so the
# operator needs `ForAllValues:` in front.

# %% tags=["stub"]
customers_policy = ...

# %% tags=["solution"]
customers_policy = {
    "Version": "2012-10-17",
    "Statement": [
        *dispatch_policy["Statement"][:3],
        {
            "Effect": "Allow",
            "Action": "dynamodb:GetItem",
            "Resource": f"arn:aws:dynamodb:{region}:{account}:table/people",
            "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": "c-*"}},
        },
    ],
}

# %% tags=["check"]
lab_4.check_customers()

# %% [markdown] tags=["solution"]
# **Why this is right.** `dynamodb:LeadingKeys` holds the partition keys that a request asks for (*Using IAM policy
# conditions for fine-grained access control*). Naming `c-17` and `c-21` would serve today's customers only. The condition
# alone is not enough: with `dynamodb:Scan` in the same statement, a scan has no such key, and `ForAllValues` is met when
# the key is absent (*Multivalued context key examples*).

# %% [markdown]
# And the intruder? The same lines in the same container, under the role as it is now:

# %%
intruder_again = one_task(intruder)
as_role("dispatch-task-role").reaches(
    [
        ("s3:GetObject", "arn:aws:s3:::bookshop-payroll/2026/november.csv"),
        ("dynamodb:Scan", f"arn:aws:dynamodb:{region}:{account}:table/people"),
        ("secretsmanager:GetSecretValue", secret),
    ]
)

# %% [markdown]
# ## Go further
#
# - A customer's name and town belong on a label, the rest of the item does not. `dynamodb:Attributes` and `dynamodb:Select` grant columns instead
#   of rows. Which call of the program has to change first?
# - The service never stopped during this lab. Find its task in `ecs.list_tasks` and the `AssumeRole` calls of ECS in
#   `sandbox.trail.to_frame()`: how many did the task that was there before your change need?
# - Let the data's side say it too: a bucket policy on `bookshop-payroll` that denies everybody but one role.
#
# ## On real AWS
#
# The role's page in IAM has the tab **Last Accessed**: which services, and for some services which actions, a role has used
# (*IAM action last accessed information services and actions*). What it has not used in a year is where to begin. IAM Access Analyzer can write a policy from the trail; lesson 14 does that
# here. Narrow a role in small steps, with an eye on the log: a program has calls that it makes once a month.
#
# ## What to keep
#
# - Whoever gets into a container has its task role. The role's reach is the damage.
# - Read the need from the calls, then list **every** policy of the role: inline, attached, and what the other role has.
# - Allow what is needed. A list of what is forbidden is never complete.
#
# In this lab we have cut a running container's role down to four calls, and it has not missed one round.
