# %% [markdown]
# # Run a task, and repair every launch that fails
#
# A task that will not start says why in one long line. Whoever can read that line finds the missing permission in a
# minute. In this lesson a container really runs, and then twelve launches fail, each for another reason.
#
# | | |
# | --- | --- |
# | **You'll do** | launch the orders service with plain boto3, see who made which call, and repair twelve failed launches |
# | **You'll learn** | to read `stopCode` and `stoppedReason`, and to say which identity lacks what: caller, execution role, or none |
# | **You'll need** | lessons 02 to 04; 45 minutes: 15 for the launch, 30 for the gallery |

# %% [markdown]
# ## Set up
#
# The two roles of the orders service, each with the policy it needs; two orders in the bucket, a table to keep them
# in, and a secret.

# %% tags=["setup"]
import json
import textwrap
from pathlib import Path

import boto3
import pandas as pd

import rolelab
from rolelab.labs import as_role, your_turn

sandbox = rolelab.start()
account, region = sandbox.account_id, "us-east-1"
iam, ecs, logs = boto3.client("iam"), boto3.client("ecs"), boto3.client("logs")
ecr, secrets = boto3.client("ecr"), boto3.client("secretsmanager")

# %%
trust = Path("../data/trust-policies/ecs-tasks.json").read_text()
execution_policy = Path("../data/policies/orders-execution.json").read_text()
task_policy = Path("../data/policies/orders-task.json").read_text()
for role, policy in (
    ("csecstaskexecutionrole", execution_policy),
    ("orders-task-role", task_policy),
):
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)
    iam.put_role_policy(RoleName=role, PolicyName="orders", PolicyDocument=policy)
[statement["Sid"] for statement in json.loads(execution_policy)["Statement"]]

# %%
s3, dynamodb = boto3.client("s3"), boto3.client("dynamodb")
s3.create_bucket(Bucket="bookshop-orders")
for number, book in (("1001", "Emma"), ("1002", "Persuasion")):
    order = json.dumps({"book": book})
    s3.put_object(Bucket="bookshop-orders", Key=f"incoming/{number}.json", Body=order)
dynamodb.create_table(
    TableName="orders",
    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    BillingMode="PAY_PER_REQUEST",
)
orders_db = secrets.create_secret(
    Name="orders/db",
    SecretString=json.dumps({"username": "orders", "password": "northanger-1817"}),
)["ARN"]

# %% [markdown]
# ## Put an image where ECS finds it
#
# The application is one Python file, [data/apps/orders/app.py](../data/apps/orders/app.py): it reads the orders below
# `incoming/`, writes them to the table, and prints what it did. Look at it: there is no key in it.
#
# On AWS you would run `docker build` and `docker push`. Here `push_image` makes the image and pushes it with the same
# calls. The repository must exist before, as on AWS.

# %%
ecr.create_repository(repositoryName="orders")
image = sandbox.push_image("orders:1.0", "../data/apps/orders")
image

# %% [markdown]
# What the container prints goes to a log group, and the task runs in a cluster and in a subnet:

# %%
logs.create_log_group(logGroupName="/ecs/orders")
ecs.create_cluster(clusterName="bookshop")
subnet = boto3.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
network = {"awsvpcConfiguration": {"subnets": [subnet], "assignPublicIp": "ENABLED"}}

# %% [markdown]
# ## Write the task definition
#
# The task definition says what to run and which roles to use. Two lines name a role, and they are not the same:
#
# - `executionRoleArn`: the role that ECS uses to *prepare* the task;
# - `taskRoleArn`: the role whose credentials the *application* gets.
#
# **Predict.** The definition asks for an image, a secret and a log. Which of the two roles will fetch each of them?

# %%
role = f"arn:aws:iam::{account}:role"
orders = {
    "family": "orders",
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "executionRoleArn": f"{role}/csecstaskexecutionrole",
    "taskRoleArn": f"{role}/orders-task-role",
    "containerDefinitions": [
        {
            "name": "app",
            "image": image,
            "secrets": [
                {"name": "DB_PASSWORD", "valueFrom": f"{orders_db}:password::"}
            ],
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
# After the secret's ARN comes the key inside its JSON text, then version stage and version, both left empty here
# (*Pass Secrets Manager secrets through Amazon ECS environment variables*).
#
# ## Run it, wait, and look
#
# `run_task` answers at once, long before anything runs. A waiter asks until the task has stopped.

# %%
ran = ecs.run_task(
    cluster="bookshop",
    taskDefinition="orders",
    launchType="FARGATE",
    networkConfiguration=network,
)
first = ran["tasks"][0]["taskArn"]
ran["tasks"][0]["lastStatus"]

# %%
ecs.get_waiter("tasks_stopped").wait(
    cluster="bookshop", tasks=[first], WaiterConfig={"Delay": 1}
)
task = ecs.describe_tasks(cluster="bookshop", tasks=[first])["tasks"][0]
task["stopCode"], task["stoppedReason"], task["containers"][0]["exitCode"]

# %% [markdown]
# This program takes in the orders and ends, so the end of its container is what we want; exit code 0 says that it
# ended well. The log has what it printed. The stream's name is prefix, container and task:


# %%
def printed(task):
    """What the container of a task wrote to its log."""
    definition = ecs.describe_task_definition(taskDefinition=task["taskDefinitionArn"])
    container = definition["taskDefinition"]["containerDefinitions"][0]
    events = logs.get_log_events(
        logGroupName=container["logConfiguration"]["options"]["awslogs-group"],
        logStreamName=f"orders/app/{task['taskArn'].rsplit('/', 1)[-1]}",
        startFromHead=True,
    )["events"]
    return [event["message"] for event in events]


printed(task)

# %% [markdown]
# ## See who did what
#
# Of all this, only `run_task` was done with your own permissions. `sandbox.launch` shows every call of the launch in the
# lane of the identity that made it:

# %%
sandbox.launch(first)

# %% [markdown]
# Read it from the left. **You** asked for the task and passed two roles. **ECS** stepped into both roles. As
# `csecstaskexecutionrole` it signed in to the registry, read the secret, opened the log and pulled the image. Then
# the container ran, and all its calls are in the lane of `orders-task-role`.
#
# So all three, image, secret and log, belong to the execution role, and S3 and DynamoDB to the task role. The container
# has the secret's value, and not the permission to read it. The article of lesson 02 says that the execution role lets
# containers reach S3 and DynamoDB. The picture shows that it does not: its credentials "aren't directly accessible by the
# containers" (*Amazon ECS task execution IAM role*).
#
# The same as a table:

# %%
sandbox.launch(first).to_frame()[["step", "role", "call", "verdict"]]

# %% [markdown]
# ## 1. Take one permission away
#
# From here on launches fail. This helper is the cells above in one: register, run, wait, and tell how it ended.


# %%
def launch(definition):
    """Run a task of this definition, wait until it has stopped, and say why it did."""
    ecs.register_task_definition(**definition)
    ran = ecs.run_task(
        cluster="bookshop",
        taskDefinition=definition["family"],
        launchType="FARGATE",
        networkConfiguration=network,
    )
    arn = ran["tasks"][0]["taskArn"]
    ecs.get_waiter("tasks_stopped").wait(
        cluster="bookshop", tasks=[arn], WaiterConfig={"Delay": 1}
    )
    task = ecs.describe_tasks(cluster="bookshop", tasks=[arn])["tasks"][0]
    print("stopCode:     ", task["stopCode"])
    print(textwrap.fill("stoppedReason: " + task["stoppedReason"], 100))
    return task


def succeeded(task):
    """Whether the container ran and ended well."""
    return task["containers"][0].get("exitCode") == 0


# %% [markdown]
# **Predict.** We take `ecr:GetAuthorizationToken` out of the execution role's policy; it may still read the image itself.
# You are an administrator. Will `run_task` refuse, will the task stop before the container runs, or will it work
# because the image has been pulled before?

# %%
whole = json.loads(execution_policy)
without_sign_in = {**whole, "Statement": whole["Statement"][1:]}
iam.put_role_policy(
    RoleName="csecstaskexecutionrole",
    PolicyName="orders",
    PolicyDocument=json.dumps(without_sign_in),
)
stopped = launch(orders)

# %% [markdown]
# `run_task` was content; the task stopped later, with `TaskFailedToStart`. Read a stopped reason in three parts:
#
# 1. **the first word** says at which stage it ended: preparing (`ResourceInitializationError`), pulling
#    (`CannotPullContainerError`) or starting (`CannotStartContainerError`; *Amazon ECS stopped tasks error messages*);
# 2. **the middle** says what was wanted there;
# 3. **the end** is the answer of the service that was asked, often a denial as you know it from lesson 04.
#
# The command line says the same. This is the line for an account where you have nothing else:

# %%
# %aws ecs describe-tasks --cluster bookshop --tasks {stopped["taskArn"]} --query tasks[].[stopCode,stoppedReason] --output text

# %% [markdown]
# The user in that denial is nobody you know: a session of the execution role, with the task's id as its name. No person
# holds it, so nobody saw an error on a screen. `why()` reads it like any other:

# %%
rolelab.why()

# %%
sandbox.launch(stopped["taskArn"])

# %% [markdown]
# ECS had stepped into both roles, and there the lane of the task role ends: no application ever ran. Put the policy back
# and run the same definition again:

# %%
iam.put_role_policy(
    RoleName="csecstaskexecutionrole",
    PolicyName="orders",
    PolicyDocument=execution_policy,
)
succeeded(launch(orders))

# %% [markdown]
# ## A gallery: the execution role lacks something
#
# The bookshop gets a second program, the reporter ([data/apps/reporter/app.py](../data/apps/reporter/app.py)). It calls
# no AWS service; it prints which settings reached it. It has an image, a secret, a parameter and a log of its own, and
# nobody has told the execution role. Each exhibit goes the same way: predict, launch, read, repair, launch again.

# %%
ecr.create_repository(repositoryName="reporter")
reporter_image = sandbox.push_image("reporter:1.0", "../data/apps/reporter")


def with_container(definition, **changes):
    """A copy of a task definition with some members of its container replaced."""
    container = {**definition["containerDefinitions"][0], **changes}
    return {**definition, "containerDefinitions": [container]}


reporter = with_container(
    {**orders, "family": "reporter"}, image=reporter_image, secrets=[]
)

# %% [markdown]
# ### 2. Another image
#
# **Predict.** The execution role may sign in to the registry. The reporter's image is in the same registry. Will the
# pull work?

# %%
stopped = launch(reporter)

# %% [markdown]
# Another first word: the launch came further, to the pull. This reason names no action and no policy, because it is
# not IAM's answer but the registry's: `403 Forbidden`. Which call was it?

# %%
rolelab.why()

# %% [markdown]
# The Allow is there, for another repository. Signing in is for the whole registry; pulling is decided for each
# repository.
#
# **Your turn.** Let the execution role pull `reporter`, and no third repository.

# %% tags=["stub"]
# iam.put_role_policy(RoleName="csecstaskexecutionrole", PolicyName="pull-reporter", ...)

# %% tags=["answer"]
pull_reporter = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "ecr:BatchCheckLayerAvailability",
                "ecr:GetDownloadUrlForLayer",
                "ecr:BatchGetImage",
            ],
            "Resource": f"arn:aws:ecr:{region}:{account}:repository/reporter",
        }
    ],
}
iam.put_role_policy(
    RoleName="csecstaskexecutionrole",
    PolicyName="pull-reporter",
    PolicyDocument=json.dumps(pull_reporter),
)
iam.list_role_policies(RoleName="csecstaskexecutionrole")["PolicyNames"]

# %% tags=["check"]
execution = as_role("csecstaskexecutionrole")
with your_turn("the reporter runs, and the image of payroll stays out of reach"):
    assert succeeded(launch(reporter))
    execution.denied(
        "ecr:BatchGetImage", f"arn:aws:ecr:{region}:{account}:repository/payroll"
    )

# %% [markdown] tags=["hint"]
# The statement `PullTheOrdersImage` in `data/policies/orders-execution.json` has the three actions. They belong to a
# repository's ARN.

# %% [markdown]
# ### 3 and 4. A secret and a parameter
#
# From here on every exhibit starts the reporter, so its image must be within reach, whether or not you solved the last one.
# The helper writes one statement into one inline policy of the execution role:


# %%
def grant(name, action, resource):
    """Give the execution role one more permission."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    iam.put_role_policy(
        RoleName="csecstaskexecutionrole",
        PolicyName=name,
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )


grant(
    "pull-reporter",
    ["ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
    f"arn:aws:ecr:{region}:{account}:repository/reporter",
)

# %%
mail = secrets.create_secret(Name="reporter/mail", SecretString="pemberley")["ARN"]
boto3.client("ssm").put_parameter(
    Name="/reporter/title", Value="Orders of the week", Type="String"
)
title = f"arn:aws:ssm:{region}:{account}:parameter/reporter/title"
with_settings = with_container(
    reporter,
    secrets=[
        {"name": "MAIL_PASSWORD", "valueFrom": mail},
        {"name": "REPORT_TITLE", "valueFrom": title},
    ],
)

# %% [markdown]
# **Predict.** Two permissions are missing. Will the stopped reason name both, or one of them? And will the image be
# pulled first?

# %%
stopped = launch(with_settings)

# %%
sandbox.launch(stopped["taskArn"]).to_frame()[["step", "call", "verdict"]]

# %% [markdown]
# One at a time: the launch ends at its first failure, and the image was not even asked for. Repairing a launch means
# going round several times.
#
# **Your turn.** Mend the first, launch, read, and mend the second. The execution role must not read other secrets.

# %% tags=["stub"]
# grant("reporter-settings", ...), then launch(with_settings)

# %% tags=["answer"]
grant("reporter-mail", "secretsmanager:GetSecretValue", mail)
launch(with_settings)
grant("reporter-title", "ssm:GetParameters", title)

# %% tags=["check"]
with your_turn("both settings reach the reporter, and the payroll's secret does not"):
    task = launch(with_settings)
    assert succeeded(task)
    print(printed(task))
    payroll = f"arn:aws:secretsmanager:{region}:{account}:secret:payroll/db-AbCdEf"
    execution.denied("secretsmanager:GetSecretValue", payroll)

# %% [markdown] tags=["hint"]
# Each denial names the action and the ARN. The parameter's action ends in an *s*: ECS asks for several at once.

# %% [markdown]
# ### 5. A secret under a key of your own
#
# Secrets Manager encrypts every secret. If nobody says with which key, it takes its own, `aws/secretsmanager`, and the
# reader needs no further permission. This secret is under a key of the bookshop. The role may read the secret itself:

# %%
key = boto3.client("kms").create_key(Description="archive")["KeyMetadata"]["Arn"]
archive = secrets.create_secret(
    Name="reporter/archive", SecretString="mansfield-park", KmsKeyId=key
)["ARN"]
grant("reporter-archive", "secretsmanager:GetSecretValue", archive)
with_archive = with_container(
    reporter, secrets=[{"name": "ARCHIVE_PASSWORD", "valueFrom": archive}]
)

# %% [markdown]
# **Predict.** Is `secretsmanager:GetSecretValue` enough?

# %%
stopped = launch(with_archive)

# %%
rolelab.why()

# %% [markdown]
# The message only says that access to KMS is not allowed. `why()` names the action and the key. To read a secret under a
# customer managed key, the *reader* needs `kms:Decrypt` on it (*Amazon ECS task execution IAM role*).
#
# **Your turn.** Mend it, for this key alone.

# %% tags=["stub"]
# grant("archive-key", ...)

# %% tags=["answer"]
grant("archive-key", "kms:Decrypt", key)

# %% tags=["check"]
other_key = boto3.client("kms").create_key(Description="payroll")["KeyMetadata"]["Arn"]
with your_turn("the reporter has its archive password, and no other key opens"):
    assert succeeded(launch(with_archive))
    execution.denied("kms:Decrypt", other_key)

# %% [markdown] tags=["hint"]
# The key's ARN is in the variable `key`. The key policy that KMS makes by default leaves the decision to IAM.

# %% [markdown]
# ### 6. A log group that the task makes itself
#
# With `awslogs-create-group` the launch makes the log group if there is none. The role may write to the reporter's log:

# %%
grant(
    "reporter-log",
    ["logs:CreateLogStream", "logs:PutLogEvents"],
    f"arn:aws:logs:{region}:{account}:log-group:/ecs/reporter:*",
)


def log_to(group, **more):
    """The logConfiguration of a container that writes to this log group."""
    options = {
        "awslogs-group": group,
        "awslogs-region": region,
        "awslogs-stream-prefix": "orders",
        **more,
    }
    return {"logDriver": "awslogs", "options": options}


own_log = with_container(
    reporter,
    logConfiguration=log_to("/ecs/reporter", **{"awslogs-create-group": "true"}),
)

# %% [markdown]
# **Predict.** AWS's ready-made AmazonECSTaskExecutionRolePolicy has two `logs` actions, the ones above. Will this launch
# work with it?

# %%
stopped = launch(own_log)

# %% [markdown]
# `logs:CreateLogGroup` is in neither policy (*Send Amazon ECS logs to CloudWatch*).
#
# **Your turn.** There are two good repairs. One gives the role a permission, the other gives the launch nothing to create.
# Which one would you rather have in production?

# %% tags=["stub"]
# one call is enough

# %% tags=["answer"]
logs.create_log_group(logGroupName="/ecs/reporter")
[group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]

# %% tags=["check"]
with your_turn("the reporter writes to a log of its own"):
    assert succeeded(launch(own_log))

# %% [markdown] tags=["hint"]
# Make the group `/ecs/reporter` yourself, with `logs.create_log_group`; or grant `logs:CreateLogGroup` on its ARN. The
# launch asks for that permission only where the group is missing.

# %% [markdown]
# ## 7 to 10. No role is to blame
#
# Not every failed launch lacks a permission. In this definition four things are misspelt. The next cell gives the role
# all it could need, so that no denial is in the way:

# %%
grant(
    "reporter-all-logs",
    ["logs:CreateLogStream", "logs:PutLogEvents"],
    f"arn:aws:logs:{region}:{account}:log-group:/ecs/*",
)
misspelt = with_container(
    reporter,
    image=reporter_image.replace("1.0", "1.O"),
    command=["pyhton", "app.py"],
    secrets=[{"name": "DB_PASSWORD", "valueFrom": f"{orders_db}:pasword::"}],
    logConfiguration=log_to("/ecs/order"),
)

# %% [markdown]
# **Predict.** In which order will the launch stumble over image, command, secret and log? And which first words will you
# read?

# %%
stopped = launch(misspelt)

# %% [markdown]
# No *not authorized* in it: the secret was read, and has no such key. A permission would change nothing.
#
# **Your turn.** Put `mended` right, one stopped reason after the other. Only the definition may change.

# %% tags=["stub"]
mended = with_container(misspelt)

# %% tags=["answer"]
mended = with_container(
    misspelt, secrets=[{"name": "DB_PASSWORD", "valueFrom": f"{orders_db}:password::"}]
)
launch(mended)
mended = with_container(mended, logConfiguration=log_to("/ecs/orders"))
launch(mended)
mended = with_container(mended, image=reporter_image)
launch(mended)
mended = with_container(mended, command=["python", "app.py"])

# %% tags=["check"]
with your_turn("the definition is spelt as it should be"):
    assert succeeded(launch(mended))
    assert mended["containerDefinitions"][0]["secrets"]

# %% [markdown] tags=["hint"]
# `mended = with_container(misspelt, secrets=[...])`, then `launch(mended)`. The order is that of the picture: secret,
# log, image, and at last the program.

# %% [markdown]
# ## RunTask itself says no
#
# Two failures come before there is a task, so there is no stopped reason to read. `run_task` raises.
#
# ### 11. A role that trusts another service
#
# The reporter gets a task role of its own. Its trust policy has the slip of lesson 02:

# %%
iam.create_role(
    RoleName="reporter-task-role",
    AssumeRolePolicyDocument=trust.replace("ecs-tasks.", "ecs."),
)
with_own_role = {**reporter, "taskRoleArn": f"{role}/reporter-task-role"}
try:
    launch(with_own_role)
except ecs.exceptions.ClientException as error:
    print(error)

# %%
rolelab.why()

# %% [markdown]
# The message speaks of trust *and* of your permission to pass the role. It is the trust policy here: `why()` shows that
# ECS knocked as `ecs-tasks.amazonaws.com`.
#
# **Your turn.** Repair the role, for ECS tasks of this account.

# %% tags=["stub"]
# iam.update_assume_role_policy(RoleName="reporter-task-role", ...)

# %% tags=["answer"]
iam.update_assume_role_policy(RoleName="reporter-task-role", PolicyDocument=trust)
iam.get_role(RoleName="reporter-task-role")["Role"]["AssumeRolePolicyDocument"]

# %% tags=["check"]
with your_turn("ECS can step into reporter-task-role"):
    assert succeeded(launch(with_own_role))

# %% [markdown] tags=["hint"]
# The right document is in the variable `trust`.

# %% [markdown]
# ### 12. A caller who may not pass the roles
#
# Jon starts tasks at night. He may run every task definition of the account:

# %%
iam.create_user(UserName="jon")
run = {"Effect": "Allow", "Action": "ecs:RunTask", "Resource": "*"}
iam.put_user_policy(
    UserName="jon",
    PolicyName="run",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [run]}),
)
access_key = iam.create_access_key(UserName="jon")["AccessKey"]
jon = boto3.Session(access_key["AccessKeyId"], access_key["SecretAccessKey"])
request = {
    "cluster": "bookshop",
    "taskDefinition": "orders",
    "launchType": "FARGATE",
    "networkConfiguration": network,
}

# %% [markdown]
# **Predict.** The definition was registered by you, and the roles are named in it. Jon only runs it. Does he need anything
# else?

# %%
with rolelab.expect_denied("iam:PassRole"):
    jon.client("ecs").run_task(**request)

# %%
rolelab.why()

# %% [markdown]
# Whoever starts a task hands two roles to ECS, and needs `iam:PassRole` on **both** (*Grant a user permissions to pass a
# role to an AWS service*). Without that rule Jon could start a task with any role that ECS tasks can assume, and do through
# its program what he may not do himself.
#
# **Your turn.** Let Jon pass these two roles, and no others.

# %% tags=["stub"]
# iam.put_user_policy(UserName="jon", PolicyName="pass", ...)

# %% tags=["answer"]
pass_both = {
    "Effect": "Allow",
    "Action": "iam:PassRole",
    "Resource": [f"{role}/csecstaskexecutionrole", f"{role}/orders-task-role"],
    "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
}
iam.put_user_policy(
    UserName="jon",
    PolicyName="pass",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [pass_both]}),
)
iam.list_user_policies(UserName="jon")["PolicyNames"]

# %% tags=["check"]
with your_turn("Jon runs the orders service, and cannot run it as an administrator"):
    jon.client("ecs").run_task(**request)
    with rolelab.expect_denied("iam:PassRole"):
        jon.client("ecs").run_task(
            **request, overrides={"taskRoleArn": f"{role}/Administrator"}
        )

# %% [markdown] tags=["hint"]
# The denial names one role. After you have allowed it, the next one names the other.

# %% [markdown]
# ## All failures in one table
#
# ECS keeps stopped tasks for a while, so the gallery can be read once more. The last columns are the last call of each
# launch, what came of it, and who made it.


# %%
def ending(task):
    """One line of the table: how a launch failed, and the call with which it ended."""
    steps = sandbox.launch(task["taskArn"]).to_frame()
    begins = task["stoppedReason"].partition(":")[0]
    return [begins, *steps[["call", "verdict", "role"]].iloc[-1]]


arns = ecs.list_tasks(cluster="bookshop", desiredStatus="STOPPED")["taskArns"]
tasks = ecs.describe_tasks(cluster="bookshop", tasks=arns)["tasks"]
failed = [task for task in tasks if task["stopCode"] == "TaskFailedToStart"]
pd.DataFrame(
    [ending(task) for task in failed], columns=["begins with", "call", "verdict", "as"]
)

# %% [markdown]
# Where the verdict is *denied*, a permission is missing. Where it is *allowed* or *failed*, the role did its part, and
# the name that was asked for is wrong.
#
# | What it says | Who lacks what | Where to mend it |
# | --- | --- | --- |
# | RunTask: AccessDeniedException, `iam:PassRole` | the **caller** lacks PassRole on one of the two roles | the caller's policy |
# | RunTask: ClientException, unable to assume the role | the **role** does not trust `ecs-tasks.amazonaws.com`, or not for this account | the role's trust policy |
# | ResourceInitializationError ... registry auth | the **execution role** lacks `ecr:GetAuthorizationToken` on `*` | its policy |
# | ResourceInitializationError ... secret, AccessDenied | the **execution role** lacks `secretsmanager:GetSecretValue` | its policy |
# | ... secret, access to KMS | the **execution role** lacks `kms:Decrypt` on the secret's key | its policy, or the key's |
# | ResourceInitializationError ... ssm, AccessDenied | the **execution role** lacks `ssm:GetParameters` | its policy |
# | ResourceInitializationError ... log, AccessDenied | the **execution role** lacks a `logs` action | its policy, or make the group yourself |
# | CannotPullContainerError ... 403 Forbidden | the **execution role** may not pull from this repository | its policy, or the repository's |
# | CannotPullContainerError ... not found; no such JSON key; no such log group | **nobody**: a name is wrong | the task definition |
# | CannotStartContainerError | **nobody**: the image has no such program | the task definition, or the image |
# | EssentialContainerExited, exit code not 0 | look into the log; an AccessDenied there is about the **task role** | lesson 06 |
#
# Your `AdministratorAccess` is in no line of it: once `run_task` has answered, a launch uses the two roles and nothing of
# yours.
#
# ## On real AWS
#
# | Step | Console | AWS CLI |
# | --- | --- | --- |
# | register | ECS, **Task definitions**, **Create new task definition** | `aws ecs register-task-definition --cli-input-json file://orders.json` |
# | run | the cluster, **Tasks**, **Run new task** | `aws ecs run-task --cluster bookshop --task-definition orders --launch-type FARGATE --network-configuration "awsvpcConfiguration={subnets=[SUBNET]}"` |
# | find what stopped | the cluster, **Tasks**, filter **Stopped** | `aws ecs list-tasks --cluster bookshop --desired-status STOPPED` |
# | read the reason | the task, **Stopped reason** | `aws ecs describe-tasks --cluster bookshop --tasks TASK_ARN --query "tasks[].[stopCode,stoppedReason]"` |
# | read the log | the task, **Logs** | `aws logs get-log-events --log-group-name /ecs/orders --log-stream-name STREAM` |
#
# There is no `sandbox.launch` on AWS. The denied calls of the execution role are in CloudTrail, under the session that has
# the task's id as its name. Stopped tasks are shown for at least one hour (*Viewing Amazon ECS stopped task errors*);
# keep the reason while you can.
#
# What the sandbox leaves out: a launch on Fargate takes half a minute and more; a task also needs a way to the registry,
# Secrets Manager and CloudWatch over the network, and when that is missing the reason ends in a timeout instead of a
# denial. Some launches are tried again before they fail. In which order a launch asks for secret, log and image is nowhere
# promised; here it is always the same.
#
# ## What to keep
#
# - The execution role acts before your program runs: image, secrets, log. The task role is what your program has.
# - The first word of a stopped reason says at which stage it ended, the end of it who refused what.
# - *Not authorized* is mended in a policy, *not found* in the task definition. `run_task` itself fails only for the caller
#   and for the trust.
#
# In this notebook we have launched a task and repaired twelve that failed. In Lab 3 four faults are in one launch. In
# lesson 06 the container is running, and its calls are denied.
