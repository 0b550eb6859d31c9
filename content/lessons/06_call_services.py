# %% [markdown]
# # Call services from the container, with no key in it
#
# The container runs, and its first call is denied. Whose call was it, which policy was asked, and where would a key have
# come from that nobody ever wrote down?
#
# | | |
# | --- | --- |
# | **You'll do** | let a container read S3, write DynamoDB and sign in to a database, each permission after its denial |
# | **You'll learn** | to say which role a call was made with, to grant an application no more than its calls, and why static keys in a container are a mistake |
# | **You'll need** | lessons 03 to 05; 40 minutes |

# %% [markdown]
# ## Set up
#
# The orders service as lesson 05 left it, with one difference: `orders-task-role` has **no** policy.

# %% tags=["setup"]
import json
import shlex
from pathlib import Path

import boto3

import rolelab
from rolelab.labs import as_role, your_turn
from rolelab.sandbox.rds_sign_in import SignInRefused, sign_in

sandbox = rolelab.start()
account, region = sandbox.account_id, "us-east-1"
iam, ecs, logs = boto3.client("iam"), boto3.client("ecs"), boto3.client("logs")
s3, dynamodb, rds = boto3.client("s3"), boto3.client("dynamodb"), boto3.client("rds")


def put(role, name, *statements):
    """Give a role one inline policy, in the place of one of the same name."""
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    iam.put_role_policy(
        RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document)
    )


# %%
trust = Path("../data/trust-policies/ecs-tasks.json").read_text()
for role in ("csecstaskexecutionrole", "orders-task-role"):
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)
iam.put_role_policy(
    RoleName="csecstaskexecutionrole",
    PolicyName="orders",
    PolicyDocument=Path("../data/policies/orders-execution.json").read_text(),
)
iam.list_role_policies(RoleName="orders-task-role")["PolicyNames"]

# %%
s3.create_bucket(Bucket="bookshop-orders")
for key, book in (
    ("incoming/1001.json", "Emma"),
    ("incoming/1002.json", "Persuasion"),
    ("archive/0999.json", "Lady Susan"),
):
    body = json.dumps({"book": book})
    s3.put_object(Bucket="bookshop-orders", Key=key, Body=body)
dynamodb.create_table(
    TableName="orders",
    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    BillingMode="PAY_PER_REQUEST",
)
orders_table = f"arn:aws:dynamodb:{region}:{account}:table/orders"

# %% [markdown]
# The program is [data/apps/orders/app.py](../data/apps/orders/app.py). It reads the orders below `incoming/` and keeps
# them in the table `orders`. These are all its lines that have to do with boto3:

# %%
program = Path("../data/apps/orders/app.py").read_text()
[line for line in program.splitlines() if "boto3" in line]

# %%
boto3.client("ecr").create_repository(repositoryName="orders")
image = sandbox.push_image("orders:1.0", "../data/apps/orders")
logs.create_log_group(logGroupName="/ecs/orders")
ecs.create_cluster(clusterName="bookshop")
subnet = boto3.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
network = {"awsvpcConfiguration": {"subnets": [subnet], "assignPublicIp": "ENABLED"}}

# %%
role_arn = f"arn:aws:iam::{account}:role"
orders = {
    "family": "orders",
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "executionRoleArn": f"{role_arn}/csecstaskexecutionrole",
    "taskRoleArn": f"{role_arn}/orders-task-role",
    "containerDefinitions": [
        {
            "name": "app",
            "image": image,
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": "/ecs/orders",
                    "awslogs-region": region,
                    "awslogs-stream-prefix": "orders",
                },
            },
        }
    ],
}
ecs.register_task_definition(**orders)["taskDefinition"]["taskDefinitionArn"]

# %% [markdown]
# Two helpers, from the cells of lesson 05. `run` starts a task and waits for its end; with `command` the container runs
# something else than its image says, which `run_task` calls an override.


# %%
def run(family="orders", command=None, wait=True, **more):
    """Run one task, wait until it has stopped, and give it as describe_tasks does."""
    override = {"name": "app", "command": command} if command else {"name": "app"}
    arn = ecs.run_task(
        cluster="bookshop",
        taskDefinition=family,
        launchType="FARGATE",
        networkConfiguration=network,
        overrides={"containerOverrides": [override]},
        **more,
    )["tasks"][0]["taskArn"]
    waiter = ecs.get_waiter("tasks_stopped" if wait else "tasks_running")
    waiter.wait(cluster="bookshop", tasks=[arn], WaiterConfig={"Delay": 0.2})
    return ecs.describe_tasks(cluster="bookshop", tasks=[arn])["tasks"][0]


def printed(task):
    """What the container of a task wrote to its log."""
    stream = f"orders/app/{task['taskArn'].rsplit('/', 1)[-1]}"
    events = logs.get_log_events(
        logGroupName="/ecs/orders", logStreamName=stream, startFromHead=True
    )["events"]
    return [event["message"] for event in events]


# %% [markdown]
# ## Ask the container who it is
#
# Before the program runs, look around in its place. This command prints the container's variables that AWS's tools read,
# and then asks AWS for the name of the caller.
#
# **Predict.** Will there be a key among the variables? And as whom does the container call: as you, as the execution role,
# or as the task role?

# %%
look_around = """
import os, boto3
for name, value in sorted(os.environ.items()):
    if name.startswith(("AWS_", "ECS_")):
        print(name, "=", "(not shown)" if "TOKEN" in name else value)
print(boto3.client("sts").get_caller_identity()["Arn"])
"""
task = run(command=["python", "-c", look_around])
print(*printed(task), sep="\n")

# %% [markdown]
# There is no key. There is an **address** where keys are handed out, `AWS_CONTAINER_CREDENTIALS_FULL_URI`, and boto3 knows
# to ask there. The name of the session is the id of the task, so every call can be traced to the task that made it.
#
# On AWS the variable is another: ECS sets `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`, the path of that address, and the SDKs
# put `http://169.254.170.2` in front of it (*Container credential provider*; *Amazon ECS task IAM role*). The sandbox
# cannot serve that address on your machine, so it gives the full one, with a token. `AWS_ENDPOINT_URL` and the settings
# around it are the sandbox's too: they keep the container on this machine.
#
# What does the address answer? Two of its values stay unprinted, for a reason: whoever holds them is this role.

# %%
ask = """
import json, os, urllib.request
request = urllib.request.Request(
    os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
    headers={"Authorization": os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]},
)
answer = json.load(urllib.request.urlopen(request))
print("members:", ", ".join(answer))
for name in ("RoleArn", "AccessKeyId", "Expiration"):
    print(name, "=", answer[name])
"""
print(*printed(run(command=["python", "-c", ask])), sep="\n")

# %% [markdown]
# Temporary credentials: the key id begins with `ASIA`, a session token belongs to it, and it has an end. Before that end
# boto3 asks the address again and gets new ones. Nobody rotates anything.
#
# ## Denied first
#
# Now the program itself, under a task role without any policy.
#
# **Predict.** Will the task fail to start, or start and fail? Where will you find out why?

# %%
denied = run()
denied["stopCode"], denied["containers"][0]["exitCode"]

# %%
print(printed(denied)[-1])

# %% [markdown]
# Not one of the stopped reasons of lesson 05: the launch was perfect, and the program ended with exit code 1. Denials of
# the *application* are in its log, in the words of AWS. `why()` knows them as well:

# %%
rolelab.why()

# %%
sandbox.launch(denied["taskArn"])

# %% [markdown]
# Everything left of the dashed line worked, and none of it helps: those permissions belong to others. The cross is in the
# lane of `orders-task-role`.
#
# The picture and the denial use two names. The program *calls* `ListObjectsV2`; the *action* that IAM decides about is
# `s3:ListBucket`. They are often equal and here they are not. Policies are written in actions, so copy from the denial.
#
# ## The commonest mistake
#
# The article of lesson 02 would send you to `csecstaskexecutionrole`: it is the role that lets containers reach "AWS
# services like S3, RDS, and DynamoDB", it says. So we give that role everything in S3.
#
# **Predict.** What changes: the denial goes away, the denial names the execution role, or nothing?

# %%
everything_in_s3 = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
put("csecstaskexecutionrole", "mistake", everything_in_s3)
still_denied = run()
print(printed(still_denied)[-1])

# %%
sandbox.launch(still_denied["taskArn"]).to_frame().tail(2)[["role", "call", "verdict"]]

# %% [markdown]
# Nothing. The message still names `assumed-role/orders-task-role`: the execution role's credentials "aren't directly
# accessible by the containers" (*Amazon ECS task execution IAM role*). The denial names the caller, every time. That is the
# role to look at.
#
# And a mistake that does not help is still a hole: whoever may start tasks could now let the *agent* fetch an environment
# file from any bucket. Take it back.

# %%
iam.delete_role_policy(RoleName="csecstaskexecutionrole", PolicyName="mistake")
iam.list_role_policies(RoleName="csecstaskexecutionrole")["PolicyNames"]

# %% [markdown]
# ## Allow S3, and no more than the program asks
#
# The program makes two kinds of S3 calls: it lists below `incoming/`, and it reads what it found there.

# %%
list_incoming = {
    "Effect": "Allow",
    "Action": "s3:ListBucket",
    "Resource": "arn:aws:s3:::bookshop-orders",
    "Condition": {"StringLike": {"s3:prefix": "incoming/*"}},
}
read_incoming = {
    "Effect": "Allow",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::bookshop-orders/incoming/*",
}
put("orders-task-role", "s3", list_incoming, read_incoming)

# %% [markdown]
# **Predict.** How far does the program get now?

# %%
further = run()
print(*(line for line in printed(further) if not line.startswith(" ")), sep="\n")

# %%
rolelab.why()

# %% [markdown]
# It has counted the orders, read the first one, and stopped at the table. One denial at a time, as in lesson 05.
#
# ## Your turn
#
# **1.** Let the program keep its orders. The denial names one action, and the program in
# [data/apps/orders/app.py](../data/apps/orders/app.py) makes one more call on the table. The ARN is in `orders_table`.

# %% tags=["stub"]
# put("orders-task-role", "dynamodb", {"Effect": "Allow", ...})

# %% tags=["answer"]
keep_orders = {
    "Effect": "Allow",
    "Action": ["dynamodb:PutItem", "dynamodb:GetItem"],
    "Resource": orders_table,
}
put("orders-task-role", "dynamodb", keep_orders)

# %% tags=["check"]
application = as_role("orders-task-role")
with your_turn(
    "the program ends well, and can neither delete the table nor the archive"
):
    ended = run()
    assert ended["containers"][0]["exitCode"] == 0, printed(ended)[-1]
    application.denied("dynamodb:DeleteTable", orders_table)
    application.denied(
        "dynamodb:GetItem", orders_table.replace("table/orders", "table/payroll")
    )
    application.denied("s3:GetObject", "arn:aws:s3:::bookshop-orders/archive/0999.json")

# %% [markdown] tags=["hint"]
# `table.put_item` and `table.get_item` are the actions `dynamodb:PutItem` and `dynamodb:GetItem`. A table is one resource:
# its ARN has no slash after the name.

# %% [markdown]
# From here on the role has the policy of [data/policies/orders-task.json](../data/policies/orders-task.json), which is
# the one of lesson 05: the three statements in one document.

# %%
for name in iam.list_role_policies(RoleName="orders-task-role")["PolicyNames"]:
    iam.delete_role_policy(RoleName="orders-task-role", PolicyName=name)
task_policy = Path("../data/policies/orders-task.json").read_text()
iam.put_role_policy(
    RoleName="orders-task-role", PolicyName="orders", PolicyDocument=task_policy
)
allowed = run()
print(*printed(allowed), sep="\n")

# %%
sandbox.launch(allowed["taskArn"])

# %% [markdown]
# The two halves of the picture are the two roles. No action is in both.
#
# ## Part of a table
#
# A table's ARN is all or nothing: whoever may call `GetItem` reads any order. The table gets orders from wholesale buyers
# now, kept by another program. Their numbers begin with 7, and the web orders' with 1. DynamoDB puts the partition keys
# that a request asks for into the condition key `dynamodb:LeadingKeys` (*Using IAM policy conditions for fine-grained
# access control*).

# %%
wholesale = {"id": {"S": "7001"}, "book": {"S": "Emma, 400 copies"}}
dynamodb.put_item(TableName="orders", Item=wholesale)
statements = json.loads(task_policy)["Statement"]
web_orders = {
    **statements[2],
    "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": "1???"}},
}
put("orders-task-role", "orders", *statements[:2], web_orders)

# %% [markdown]
# **Predict.** The web order 1001 and the wholesale order 7001 are in one table. Which of these two reads comes back? And
# what does a `scan` of the whole table answer: everything, the web orders, or an error?

# %%
read_both = """
import boto3
table = boto3.resource("dynamodb").Table("orders")
print(table.get_item(Key={"id": "1001"})["Item"])
print(table.get_item(Key={"id": "7001"})["Item"])
"""
printed(run(command=["python", "-c", read_both]))[:1]

# %%
rolelab.why()

# %%
scan = 'import boto3; boto3.client("dynamodb").scan(TableName="orders")'
print(printed(run(command=["python", "-c", scan]))[-1])

# %% [markdown]
# AWS never trims an answer to fit a policy, as in lesson 04. The scan is denied because `dynamodb:Scan` is not in
# `Action`, and it must not get there. A scan asks for no partition key, and `ForAllValues` "also returns true if there
# are no context keys in the request" (*Multivalued context key examples*): with `Scan` in this statement the condition
# would be met, and everything could be read.
#
# ## Static keys win, and that is the trouble
#
# Somebody once tested the program on a laptop and kept the habit: an IAM user, an access key, two variables in the task
# definition.

# %%
iam.create_user(UserName="orders-legacy")
iam.put_user_policy(
    UserName="orders-legacy", PolicyName="orders", PolicyDocument=task_policy
)
access_key = iam.create_access_key(UserName="orders-legacy")["AccessKey"]
static = [
    {"name": "AWS_ACCESS_KEY_ID", "value": access_key["AccessKeyId"]},
    {"name": "AWS_SECRET_ACCESS_KEY", "value": access_key["SecretAccessKey"]},
]
container = {**orders["containerDefinitions"][0], "environment": static}
legacy = {**orders, "family": "orders-legacy", "containerDefinitions": [container]}
ecs.register_task_definition(**legacy)["taskDefinition"]["revision"]

# %% [markdown]
# **Predict.** The container has two identities to choose from, the user's key and the task role. Who will the caller be?

# %%
who_am_i = 'import boto3; print(boto3.client("sts").get_caller_identity()["Arn"])'
as_user_task = run("orders-legacy", command=["python", "-c", who_am_i])
printed(as_user_task)

# %% [markdown]
# The user. boto3 takes the first credentials it finds, and looks into the environment long before it asks a container's
# address (*Credentials*, in the boto3 documentation). The task role is still there and has no part in it: what you allow
# or deny it changes nothing, and no call carries the task's id any more.
#
# That is the small half of the trouble. Jon, of the support team, may look at task definitions, and at nothing else:

# %%
iam.create_user(UserName="jon")
look = {"Effect": "Allow", "Action": "ecs:DescribeTaskDefinition", "Resource": "*"}
iam.put_user_policy(
    UserName="jon",
    PolicyName="look",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [look]}),
)
key = iam.create_access_key(UserName="jon")["AccessKey"]
jon = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"])
with rolelab.expect_denied("s3:ListBucket"):
    jon.client("s3").list_objects_v2(Bucket="bookshop-orders", Prefix="incoming/")

# %% [markdown]
# **Predict.** Can he read the orders all the same?

# %%
definition = jon.client("ecs").describe_task_definition(taskDefinition="orders-legacy")
variables = definition["taskDefinition"]["containerDefinitions"][0]["environment"]
found = {each["name"]: each["value"] for each in variables}
stranger = boto3.Session(found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"])
listed = stranger.client("s3").list_objects_v2(
    Bucket="bookshop-orders", Prefix="incoming/"
)
[item["Key"] for item in listed["Contents"]]

# %% [markdown]
# Yes, from his own desk, and the trail says that it was `orders-legacy`. Variables of a task definition are readable for
# everybody who may call `DescribeTaskDefinition` (*Pass an individual environment variable to an Amazon ECS container*),
# and a key that begins with `AKIA` has no end (*Programmatic access with AWS security credentials*).
#
# So you put an end to it and switch the key off.
#
# **Predict.** The task role may do all that the program needs. Will boto3 fall back on it?

# %%
iam.update_access_key(
    UserName="orders-legacy", AccessKeyId=access_key["AccessKeyId"], Status="Inactive"
)
print(printed(run("orders-legacy"))[-1])

# %% [markdown]
# No: it had found credentials, and stays with them. A key that many definitions carry cannot be switched off without
# stopping them all, which is why such keys grow old.
#
# **2.** Repair the service `orders-legacy` for good: register a new revision of the family, under which the program works
# as `orders-task-role`. Change the definition, not IAM.

# %% tags=["stub"]
# ecs.register_task_definition(...)

# %% tags=["answer"]
ecs.register_task_definition(**{**orders, "family": "orders-legacy"})["taskDefinition"][
    "revision"
]

# %% tags=["check"]
with your_turn("the program works as the task role, and the definition holds no key"):
    repaired = run("orders-legacy", command=["python", "-c", who_am_i])
    answer = printed(repaired)[-1]
    assert "assumed-role/orders-task-role/" in answer, f"The caller is still: {answer}"
    now = ecs.describe_task_definition(taskDefinition="orders-legacy")
    assert access_key["SecretAccessKey"] not in json.dumps(now, default=str)

# %% [markdown] tags=["hint"]
# The dict `orders` has no variables at all. Only its family is another: `{**orders, "family": ...}`. Without a revision
# in its name, `run_task` takes the newest.

# %% [markdown]
# ## Go inside a running container
#
# For the last part we want a container that stays. ECS Exec runs a command in it, if it was started with
# `enableExecuteCommand`.

# %%
stay = ["python", "-c", "import time; time.sleep(900)"]
running = run(command=stay, wait=False, enableExecuteCommand=True)["taskArn"]


def inside(code):
    """Run a line of Python in the running container, and give what it printed."""
    answer = ecs.execute_command(
        cluster="bookshop",
        task=running,
        interactive=True,
        command=f"python -c {shlex.quote(code)}",
    )
    return sandbox.exec_output(answer)


# %% [markdown]
# **Predict.** You are an administrator, and `ecs:ExecuteCommand` is yours. Is there still somebody who lacks something?

# %%
try:
    inside(who_am_i)
except ecs.exceptions.TargetNotConnectedException as error:
    print(error)

# %% [markdown]
# The helper of ECS Exec inside the container connects with the container's own credentials, so the **task role** needs
# four `ssmmessages` actions (*Monitor Amazon ECS containers with ECS Exec*). What stands in brackets is the sandbox's
# hint; AWS does not tell which action is missing.

# %%
channels = {
    "Effect": "Allow",
    "Action": [
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    ],
    "Resource": "*",
}
put("orders-task-role", "exec", channels)
inside(who_am_i)

# %% [markdown]
# Two things to notice. The container was not restarted: the policy is asked at each call, and only the credentials are
# older than it. And whoever may call `ecs:ExecuteCommand` on this task *is* `orders-task-role`. Guard it like a password.
#
# ## Sign in to a database without a password
#
# The bookshop's archive moves to a PostgreSQL database on Amazon RDS that takes IAM authentication. The container makes a
# **sign-in token** and gives it to the database in the place of a password.

# %%
database = rds.create_db_instance(
    DBInstanceIdentifier="orders-archive",
    DBInstanceClass="db.t3.micro",
    Engine="postgres",
    AllocatedStorage=20,
    MasterUsername="clerk",
    MasterUserPassword="only-for-the-first-day",
    EnableIAMDatabaseAuthentication=True,
)["DBInstance"]
host, port = database["Endpoint"]["Address"], database["Endpoint"]["Port"]
database["DbiResourceId"], host, port

# %% [markdown]
# **Predict.** The task role has no permission that begins with `rds`. What will fail: making the token, signing in with it,
# or neither?


# %%
def token_for(user):
    """Let the container make a sign-in token for a user of the database."""
    return inside(
        "import boto3; print(boto3.client('rds').generate_db_auth_token("
        f"DBHostname={host!r}, Port={port}, DBUsername={user!r}))"
    )


token = token_for("orders_app")
print(token.partition("&X-Amz-")[0], "... and", len(token), "characters in all")

# %%
try:
    sign_in(token, host=host, port=port, user="orders_app")
except SignInRefused as refused:
    print(refused)
    decision = refused.decision
decision

# %% [markdown]
# Making the token is no call at all: boto3 signs a request with the role's credentials and sends it to nobody, so nothing
# can deny it. The **database** asks IAM, when it is shown the token, whether this role may `rds-db:connect` as this user.
# Its own client only hears that the authentication failed.
#
# **3.** Let `orders-task-role` sign in as `orders_app`, and as no other user. The prefix is `rds-db`, not `rds`, and the
# ARN (*Creating and using an IAM policy for IAM database access*) has the instance's resource id, not its name:
#
# `arn:aws:rds-db:REGION:ACCOUNT:dbuser:DBI_RESOURCE_ID/DATABASE_USER`

# %% tags=["stub"]
# put("orders-task-role", "database", ...)

# %% tags=["answer"]
dbuser = f"arn:aws:rds-db:{region}:{account}:dbuser:{database['DbiResourceId']}"
put(
    "orders-task-role",
    "database",
    {
        "Effect": "Allow",
        "Action": "rds-db:connect",
        "Resource": f"{dbuser}/orders_app",
    },
)

# %% tags=["check"]
with your_turn("the container signs in as orders_app, and not as the master user"):
    try:
        sign_in(token_for("orders_app"), host=host, port=port, user="orders_app")
    except SignInRefused as refused:
        raise AssertionError(refused.reason) from None
    try:
        sign_in(token_for("clerk"), host=host, port=port, user="clerk")
    except SignInRefused as refused:
        print(refused)
    else:
        raise AssertionError("The container can still sign in as clerk.")

# %% [markdown] tags=["hint"]
# The resource id is in `database["DbiResourceId"]` and begins with `db-`. The denial above shows the whole ARN that was
# asked for.

# %% [markdown]
# A token is good for one host, one port and one user, and for 15 minutes (*Connecting to your DB instance using IAM
# authentication*). It opens the connection; a connection that is open stays open.

# %%
ecs.stop_task(cluster="bookshop", task=running, reason="the lesson is over")
ecs.get_waiter("tasks_stopped").wait(
    cluster="bookshop", tasks=[running], WaiterConfig={"Delay": 0.2}
)
ecs.describe_tasks(cluster="bookshop", tasks=[running])["tasks"][0]["stoppedReason"]

# %% [markdown]
# ## Which role is it?
#
# | What the program does | Whose permission | What it looks like when it is missing |
# | --- | --- | --- |
# | is started, with image, secrets and log | execution role | a stopped reason; the program never ran |
# | calls S3, DynamoDB or any other service | task role | AccessDenied in the log, naming `assumed-role/TASK-ROLE/TASK-ID` |
# | lets you in with ECS Exec | task role, `ssmmessages` | TargetNotConnectedException |
# | signs in to a database with a token | task role, `rds-db:connect` | the database's own words: authentication failed |
# | finds no credentials | none: there is no `taskRoleArn` | NoCredentialsError, *Unable to locate credentials* |
# | has a key in its environment | the user's, and the task role is ignored | the caller is `user/NAME` |
#
# ## On real AWS
#
# | Step | Console | AWS CLI |
# | --- | --- | --- |
# | give the task a role | the task definition, **Create new revision**, **Task role** | `aws ecs register-task-definition --cli-input-json file://orders.json` |
# | read the application's log | the task, **Logs** | `aws logs tail /ecs/orders --follow` |
# | go inside | none needed | `aws ecs execute-command --cluster bookshop --task TASK --container app --interactive --command "/bin/sh"` |
# | make a token | none | `aws rds generate-db-auth-token --hostname HOST --port 5432 --username orders_app` |
#
# A changed policy takes some seconds to be known everywhere. On EC2 instances a container may also reach the credentials of
# the *instance* unless that is blocked; on Fargate there is no instance of yours. The `execute-command` line needs the
# Session Manager plugin.
#
# What the sandbox leaves out: there is no database behind the endpoint, only the question that it asks IAM. In a real one
# the user must exist and be granted `rds_iam` (*Creating a database account using IAM authentication*), and the
# connection must be over TLS.
#
# ## What to keep
#
# - The application's permissions are the task role's. A permission on the execution role does nothing for it.
# - No key in the code, none in the environment: credentials come from an address, and they end by themselves.
# - Grant after the denial: it names the role, the action and the resource. Stop when the program works.
#
# In this notebook we have let a container call three services without one secret. In Lab 4 a container may do far more
# than it does. In lesson 07 we go back to the article, line by line.
