# %% [markdown]
# # Tell the two roles apart, and let nobody mix them up
#
# Two lines of a task definition name a role. Swap them, and the launch fails. Write the same role into both, and
# everything works, which is worse.
#
# | | |
# | --- | --- |
# | **You'll do** | test a blog article claim by claim, deploy its template as written, mend it, and stop a developer from making herself an administrator |
# | **You'll learn** | to say which role a call is made with, to scope `iam:PassRole`, and to close a role to deputies of other accounts |
# | **You'll need** | lessons 02 to 06; 30 minutes |

# %% [markdown]
# ## Set up
#
# The orders service as lessons 05 and 06 left it: two roles with a policy each, one order, a table, a secret.

# %% tags=["setup"]
import json
import textwrap
from pathlib import Path

import boto3
import pandas as pd
from botocore.exceptions import ClientError

import rolelab
from rolelab.labs import as_role, as_service, your_turn

sandbox = rolelab.start()
account, region = sandbox.account_id, "us-east-1"
iam, ecs, logs = boto3.client("iam"), boto3.client("ecs"), boto3.client("logs")
cloudformation = boto3.client("cloudformation")
pd.set_option("display.max_colwidth", None)

# %%
trust = Path("../data/trust-policies/ecs-tasks.json").read_text()
execution_policy = Path("../data/policies/orders-execution.json").read_text()
task_policy = Path("../data/policies/orders-task.json").read_text()
for name, policy in (
    ("csecstaskexecutionrole", execution_policy),
    ("orders-task-role", task_policy),
):
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    iam.put_role_policy(RoleName=name, PolicyName="orders", PolicyDocument=policy)

# %%
s3, dynamodb = boto3.client("s3"), boto3.client("dynamodb")
s3.create_bucket(Bucket="bookshop-orders")
s3.put_object(
    Bucket="bookshop-orders", Key="incoming/1001.json", Body=b'{"book": "Emma"}'
)
dynamodb.create_table(
    TableName="orders",
    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    BillingMode="PAY_PER_REQUEST",
)
orders_db = boto3.client("secretsmanager").create_secret(
    Name="orders/db", SecretString=json.dumps({"password": "northanger-1817"})
)["ARN"]
boto3.client("ecr").create_repository(repositoryName="orders")
image = sandbox.push_image("orders:1.0", "../data/apps/orders")
logs.create_log_group(logGroupName="/ecs/orders")
ecs.create_cluster(clusterName="bookshop")
image

# %% [markdown]
# The task definition of lesson 05, and helpers of lessons 05 and 06: run a task to its end, say how it ended, and give
# what it printed.

# %%
role = f"arn:aws:iam::{account}:role"
subnet = boto3.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
container = {
    "name": "app",
    "image": image,
    "secrets": [{"name": "DB_PASSWORD", "valueFrom": f"{orders_db}:password::"}],
    "logConfiguration": {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": "/ecs/orders",
            "awslogs-region": region,
            "awslogs-stream-prefix": "orders",
        },
    },
}


def orders(**changes):
    """The definition of the orders service; what is changed to None is left out."""
    whole = {
        "family": "orders",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": f"{role}/csecstaskexecutionrole",
        "taskRoleArn": f"{role}/orders-task-role",
        "containerDefinitions": [container],
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


# %%
def run(definition, caller=ecs, **more):
    """Run a task of a registered definition to its end, and give its description."""
    ran = caller.run_task(
        cluster="bookshop",
        taskDefinition=definition,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}},
        **more,
    )
    arn = ran["tasks"][0]["taskArn"]
    ecs.get_waiter("tasks_stopped").wait(
        cluster="bookshop", tasks=[arn], WaiterConfig={"Delay": 0.2}
    )
    return ecs.describe_tasks(cluster="bookshop", tasks=[arn])["tasks"][0]


def show(text):
    """Print a long message in lines that fit."""
    print(textwrap.fill(text, 100, break_on_hyphens=False, break_long_words=False))


def ended(task):
    """Print how a task ended."""
    code = task["containers"][0].get("exitCode", "none, it never ran")
    print(task["stopCode"], "- exit code", code)
    show(task["stoppedReason"])


def printed(task):
    """What the container of a task wrote to its log."""
    events = logs.get_log_events(
        logGroupName="/ecs/orders",
        logStreamName=f"orders/app/{task['taskArn'].rsplit('/', 1)[-1]}",
        startFromHead=True,
    )["events"]
    return [event["message"] for event in events]


# %% [markdown]
# ## Read the article like a reviewer
#
# This course began with a blog article, *Understanding csecstaskexecutionrole*. Here are its claims about the role, in
# short quotations. **G** is the last line of its template.

# %%
claims = {
    "A": '"an execution role associated with AWS Elastic Container Service"',
    "B": '"allow containers to make calls to other AWS services"',
    "C": '"S3, RDS, and DynamoDB to be accessed from within the container"',
    "D": '"reduce the need to hard-code AWS credentials into your application"',
    "E": '"define which actions are permissible by attaching the relevant policies"',
    "F": '"specify your csecstaskexecutionrole as the execution role"',
    "G": '"TaskRoleArn: ... role/csecstaskexecutionrole"',
}
review = pd.DataFrame({"the article says": claims, "a call says": ""})
review

# %% [markdown]
# **Predict.** Which of the seven are true? Write your guesses down. Each claim gets a call that can prove it wrong, and
# you give the verdicts when the table is full.

# %%
ecs_tasks = as_service("ecs-tasks.amazonaws.com")
attempt = ecs_tasks.allowed("sts:AssumeRole", f"{role}/csecstaskexecutionrole")
review.loc["A", "a call says"] = f"ECS tasks may assume it: {attempt.allowed}"
attempt

# %% [markdown]
# ECS may step into the role; that is **A**. What the *container* holds then is another question, and no policy answers
# it. A program inside a container does: the probe ([data/apps/probe/app.py](../data/apps/probe/app.py)) says as whom it
# calls, and tries five services.

# %%
probe_image = sandbox.push_image("orders:probe", "../data/apps/probe")


def probe(**roles):
    """Run the probe with these roles, and give what it could reach."""
    probing = {**container, "image": probe_image, "secrets": []}
    definition = orders(family="probe", containerDefinitions=[probing], **roles)
    ecs.register_task_definition(**definition)
    return dict(line.split(" = ") for line in printed(run("probe")))


# %% [markdown]
# For **B** we make the test as kind to the article as we can. The execution role becomes an administrator, and no other
# role is in the way:

# %%
administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
iam.attach_role_policy(RoleName="csecstaskexecutionrole", PolicyArn=administrator)
execution = as_role("csecstaskexecutionrole")
execution.allowed("s3:GetObject", "arn:aws:s3:::bookshop-orders/incoming/1001.json")

# %% [markdown]
# **Predict.** The execution role may do everything. There is no task role. What does the container reach: everything,
# what the managed policy for execution roles allows, or nothing?

# %%
reached = {"no task role": probe(taskRoleArn=None)}
answers = ", ".join(sorted(set(reached["no task role"].values()) - {"nobody"}))
review.loc["B", "a call says"] = f"no task role, an administrator beside it: {answers}"
reached["no task role"]

# %% [markdown]
# Nothing, and not because somebody said no. There was nobody to say no to: the program had no credentials to sign a
# call with. The execution role started this container, wrote its log a moment ago, and stayed outside. Its credentials
# "aren't directly accessible by the containers" (*Amazon ECS task execution IAM role*).
#
# **Predict.** For **C** the container also gets its task role, which may read orders and the table. The execution role
# is still an administrator. Will the container list the databases?

# %%
reached["two roles"] = probe()
answer = reached["two roles"]["RDS: list the databases"]
review.loc["C", "a call says"] = f"RDS, an administrator beside it: {answer}"
reached["two roles"]

# %% [markdown]
# S3 and DynamoDB answer now, because the *task* role allows it. RDS does not, although an administrator stands next to
# the container. The two roles never add up: what runs in the container uses the task role and nothing else (*Amazon ECS
# task IAM role*).
#
# **D** and **E** are quick. Does anybody write down a key? And do the policies of the execution role decide what it may
# do, now that it is no administrator any more?

# %%
iam.detach_role_policy(RoleName="csecstaskexecutionrole", PolicyArn=administrator)
written = Path("../data/apps/orders/app.py").read_text() + json.dumps(orders())
keys = written.count("AKIA")
review.loc["D", "a call says"] = f"keys in program and definition: {keys}"
secret = execution.attempt("secretsmanager:GetSecretValue", orders_db).allowed
order = execution.attempt(
    "s3:GetObject", "arn:aws:s3:::bookshop-orders/incoming/1001.json"
).allowed
review.loc["E", "a call says"] = f"the secret: {secret}, an order: {order}"
review

# %% [markdown]
# The database password reaches the program through the execution role, and AWS credentials through the task role. Nobody
# wrote down either.
#
# ## Deploy the article's template as it is
#
# **F** is a sentence of the article, and **G** is in the template right below it. They cannot both be right. The
# article's lines, quoted:
#
# ```yaml
# TaskDefinition:
#   Type: "AWS::ECS::TaskDefinition"
#   Properties:
#     TaskRoleArn: "arn:aws:iam::your-account-id:role/csecstaskexecutionrole"
# ```
#
# That is no template yet: it has no `Resources`, no container, and a placeholder for the account. In
# [data/templates/article-task.yaml](../data/templates/article-task.yaml) the rest is filled in, and the line with the
# role is left as it is. First the check that costs nothing, cfn-lint, once with the placeholder and once without:

# %%
from cfnlint.api import ManualArgs, lint

template = Path("../data/templates/article-task.yaml").read_text()


def findings(text):
    """What cfn-lint has to say about a template."""
    found = lint(text, config=ManualArgs(regions=[region]))
    return [f"{match.rule.id}: {match.message}" for match in found]


print(findings(template.replace(f"iam::{account}", "iam::your-account-id")))
print(findings(template))

# %% [markdown]
# **Predict.** cfn-lint found the placeholder, and has nothing to say about the completed template. Will CloudFormation
# create the stack? Will a task run?

# %%
cloudformation.create_stack(StackName="orders", TemplateBody=template)


def state(stack="orders"):
    """Print the status of a stack and the reason of each failure; give the status."""
    found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    print(found["StackStatus"])
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    for event in reversed(events):
        if event["ResourceStatus"].endswith("_FAILED"):
            reason = event["ResourceStatusReason"]
            print(event["LogicalResourceId"], event["ResourceStatus"])
            show(reason)
    return found["StackStatus"]


on_fargate = state()

# %% [markdown]
# It never came to a task. A linter knows the *form* of a property, not what you mean by it; Amazon ECS knows what it
# needs to pull an image, and refused to register the definition. CloudFormation took back what it had made. There is
# no *not authorized* in the reason, so no policy is to blame: one line of the template is missing.
#
# A colleague mends the template and updates the stack:

# %%
try:
    cloudformation.update_stack(
        StackName="orders", TemplateBody=template.replace("[FARGATE]", "[EC2]")
    )
except ClientError as error:
    show(error.response["Error"]["Message"])

# %% [markdown]
# A stack whose very first deployment was rolled back cannot be updated. It is deleted and made anew.
#
# **Predict.** Look at the colleague's change: the template now says `EC2` where it said `FARGATE`. The wrong line is
# still there. Refused again?

# %%
cloudformation.delete_stack(StackName="orders")
cloudformation.create_stack(
    StackName="on-ec2", TemplateBody=template.replace("[FARGATE]", "[EC2]")
)
on_ec2 = state("on-ec2")

# %% [markdown]
# Accepted, and that is the dangerous one. On EC2 the host itself may pull images and write logs, with the role of the
# *container instance*, so ECS does not insist on an execution role (*Amazon ECS task execution IAM role* lists when it
# does). The task would start, and its application would hold `csecstaskexecutionrole`: no way to S3, but a key to the
# secrets. On Fargate a mix-up makes noise. On EC2 it may not.

# %%
cloudformation.delete_stack(StackName="on-ec2")
review.loc["G", "a call says"] = f"on Fargate {on_fargate}, on EC2 {on_ec2}"

# %% [markdown]
# ## Swap the roles
#
# Back to Fargate, where AWS asked for an execution role. The colleague takes the other role there is:


# %%
def with_roles(**roles):
    """The article's template with these lines in the place of its TaskRoleArn."""
    lines = [f'{name}: "{role}/{value}"' for name, value in roles.items()]
    as_written = f'TaskRoleArn: "{role}/csecstaskexecutionrole"'
    return template.replace(as_written, "\n      ".join(lines))


swapped = with_roles(
    ExecutionRoleArn="orders-task-role", TaskRoleArn="csecstaskexecutionrole"
)
cloudformation.create_stack(StackName="orders", TemplateBody=swapped)
state()
findings(swapped)

# %% [markdown]
# **Predict.** The linter is content, CloudFormation is, and ECS has its execution role. At which step will the launch
# end, and whose name is in the reason?


# %%
def of_stack():
    """The ARN of the task definition in the stack `orders`."""
    found = cloudformation.describe_stack_resource(
        StackName="orders", LogicalResourceId="TaskDefinition"
    )
    return found["StackResourceDetail"]["PhysicalResourceId"]


failed = run(of_stack())
ended(failed)

# %%
sandbox.launch(failed["taskArn"])

# %% [markdown]
# The lanes show it at a glance: `orders-task-role` is in the lane of the execution role. It came to the registry, where
# it has no business.
#
# The stopped reason reads like a task for IAM: *orders-task-role is not authorized to perform ecr:GetAuthorizationToken*.
# **Predict.** Somebody grants it that, and then the next thing, until the launch works. What does the application reach
# in the end?

# %%
iam.put_role_policy(
    RoleName="orders-task-role",
    PolicyName="what-the-reason-asked-for",
    PolicyDocument=execution_policy,
)
reached["swapped, and granted"] = probe(
    executionRoleArn=f"{role}/orders-task-role",
    taskRoleArn=f"{role}/csecstaskexecutionrole",
)
iam.delete_role_policy(
    RoleName="orders-task-role", PolicyName="what-the-reason-asked-for"
)
reached["swapped, and granted"]

# %% [markdown]
# The launch is green. The application reads the database secret by itself and cannot read an order. A reason names what
# a role *lacks*; whether it is the right role is for you to ask.
#
# ## Use one role for both
#
# The next idea: `csecstaskexecutionrole` in both lines. Nothing can be swapped then.

# %%
one_role = with_roles(
    ExecutionRoleArn="csecstaskexecutionrole", TaskRoleArn="csecstaskexecutionrole"
)
cloudformation.update_stack(StackName="orders", TemplateBody=one_role)
state()
first = run(of_stack())
ended(first)
show(printed(first)[-1])

# %% [markdown]
# The agent's work is done, and the application is refused at S3, so it gets what it lacks:

# %%
iam.put_role_policy(
    RoleName="csecstaskexecutionrole",
    PolicyName="for-the-application",
    PolicyDocument=task_policy,
)
second = run(of_stack())
ended(second)
printed(second)

# %% [markdown]
# It works. Many accounts stop here.
#
# **Predict.** The orders service has a hole one day, and a stranger's code runs in its container. What does it reach
# that it would not reach with two roles?

# %%
reached["one role"] = probe(taskRoleArn=f"{role}/csecstaskexecutionrole")
iam.delete_role_policy(
    RoleName="csecstaskexecutionrole", PolicyName="for-the-application"
)
pd.DataFrame(reached)[["no task role", "two roles", "swapped, and granted", "one role"]]

# %% [markdown]
# One role is both at once: the application can read every secret that any task of this role is started with, and every
# image it is started from. AWS recommends "that you create separate roles" (*Best practices for IAM roles in Amazon
# ECS*). Read the columns once more from left to right. In only one of them does the application reach what the orders
# service needs, and nothing else.
#
# ## Your turn: the right lines
#
# The stack `orders` still has one role in both lines. Write `fixed` with `with_roles`, update the stack, and let the
# check run a task. It reads in the launch who did what.

# %% tags=["stub"]
# fixed = with_roles(...)
# cloudformation.update_stack(StackName="orders", TemplateBody=fixed)

# %% tags=["answer"]
fixed = with_roles(
    ExecutionRoleArn="csecstaskexecutionrole", TaskRoleArn="orders-task-role"
)
cloudformation.update_stack(StackName="orders", TemplateBody=fixed)

# %% tags=["check"]
with your_turn(
    "the agent pulls and logs as one role, the application reads as another"
):
    task = run(of_stack())
    steps = sandbox.launch(task["taskArn"]).to_frame()
    made = dict(zip(steps["call"], steps["role"], strict=True))
    for call, wanted in (
        ("ecr:BatchGetImage", "csecstaskexecutionrole"),
        ("logs:CreateLogStream", "csecstaskexecutionrole"),
        ("s3:GetObject", "orders-task-role"),
    ):
        who = made.get(call, "nobody")
        assert who == wanted, f"{call} was called by {who}."
    assert task["containers"][0]["exitCode"] == 0

# %% [markdown] tags=["hint"]
# `ExecutionRoleArn` is for the agent: it prepares the task. `TaskRoleArn` is for your code. The article's sentence **F**
# is right; its template is not.

# %% [markdown]
# With the definition of lesson 05, which always had the right lines, the same proof as a picture:

# %%
definition = ecs.register_task_definition(**orders())["taskDefinition"]
right = run(definition["taskDefinitionArn"])
exit_code = right["containers"][0]["exitCode"]
review.loc["F", "a call says"] = f"ExecutionRoleArn, exit code {exit_code}"
sandbox.launch(right["taskArn"])

# %% [markdown]
# ## Your turn: the verdicts
#
# All calls have been made. `True` or `False`, for the claims A to G as the article makes them, about
# `csecstaskexecutionrole`:

# %%
review

# %% tags=["stub"]
verdicts = dict.fromkeys("ABCDEFG")  # {"A": True, "B": ...}

# %% tags=["answer"]
verdicts = {
    "A": True,
    "B": False,
    "C": False,
    "D": True,
    "E": True,
    "F": True,
    "G": False,
}

# %% tags=["check"]
where = {
    "A": "ECS was let in.",
    "B": "An administrator as execution role, and the container had no credentials.",
    "C": "What answered was allowed by the other role; RDS was denied.",
    "D": "The program signs its calls, and no key is in the definition.",
    "E": "The secret was allowed, the order denied, as the policies say.",
    "F": "That is the property of the launch that ended well.",
    "G": "Which property is it in? Which role did the application get?",
}
with your_turn("the article is reviewed"):
    for letter, truth in zip("ABCDEFG", (1, 0, 0, 1, 1, 1, 0), strict=True):
        assert verdicts.get(letter) is bool(truth), f"{letter}: {where[letter]}"
review.assign(verdict=pd.Series(verdicts))

# %% [markdown]
# Four of seven hold. **D** is true with a remark: what spares the application its keys is the *task* role. The two
# false claims and the template are one mistake: taking the role of the agent for the role of the application.
#
# ## Who may hand out a role
#
# So far an administrator registered everything. Mara, the developer, shall do that herself: write task definitions of
# the orders service and run them.


# %%
def may(user, *statements):
    """Give a user exactly these statements."""
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    iam.put_user_policy(
        UserName=user, PolicyName="work", PolicyDocument=json.dumps(document)
    )


iam.create_user(UserName="mara")
key = iam.create_access_key(UserName="mara")["AccessKey"]
mara = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"])
mara_ecs = mara.client("ecs")
use_ecs = {
    "Effect": "Allow",
    "Action": ["ecs:RegisterTaskDefinition", "ecs:RunTask"],
    "Resource": "*",
}
may("mara", use_ecs)

# %% [markdown]
# **Predict.** To register is to write a document down; nothing runs yet. Will AWS ask for `iam:PassRole` already here,
# or only when the task is run?

# %%
with rolelab.expect_denied("iam:PassRole"):
    mara_ecs.register_task_definition(**orders())

# %%
rolelab.why()

# %% [markdown]
# Here already. Whoever writes a role into a definition *passes* it to the service, and needs permission for that (*Grant
# a user permissions to pass a role to an AWS service*). The quickest cure is in many accounts:

# %%
pass_any = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}
may("mara", use_ecs, pass_any)
registered = mara_ecs.register_task_definition(**orders())["taskDefinition"]
ended(run(registered["taskDefinitionArn"], mara_ecs))

# %% [markdown]
# ### From developer to administrator in one task
#
# There is one more role in this account. The release job runs on ECS as well, and creates whatever a release needs:

# %%
open_trust = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
iam.create_role(
    RoleName="bookshop-release", AssumeRolePolicyDocument=json.dumps(open_trust)
)
iam.attach_role_policy(RoleName="bookshop-release", PolicyArn=administrator)
as_role("bookshop-release").allowed("iam:ListUsers")

# %% [markdown]
# **Predict.** Mara may not touch IAM, and no trust policy names her. Can she become an administrator all the same?

# %%
mara_iam = mara.client("iam")
with rolelab.expect_denied("iam:AttachUserPolicy"):
    mara_iam.attach_user_policy(UserName="mara", PolicyArn=administrator)

program = (
    "import boto3; boto3.client('iam').attach_user_policy("
    f"UserName='mara', PolicyArn='{administrator}')"
)
attack = orders(
    family="attack",
    taskRoleArn=f"{role}/bookshop-release",
    containerDefinitions=[{**container, "command": ["python", "-c", program]}],
)
mara_ecs.register_task_definition(**attack)
escalated = run("attack", mara_ecs)
ended(escalated)
[user["UserName"] for user in mara_iam.list_users()["Users"]]

# %%
sandbox.launch(escalated["taskArn"])

# %% [markdown]
# She can: she has just listed the account's users. Her own hands were tied; the container's were not. In her lane she
# only runs a task and passes two roles. In the lane of the task role is the call that she was refused a minute ago.
# `iam:PassRole` on `*` is the permission to be any role that a service may step into. IAM Access Analyzer knows the
# pattern:

# %%
document = {"Version": "2012-10-17", "Statement": [use_ecs, pass_any]}
checked = boto3.client("accessanalyzer").validate_policy(
    policyDocument=json.dumps(document), policyType="IDENTITY_POLICY"
)
[(found["findingType"], found["issueCode"]) for found in checked["findings"]]

# %% [markdown]
# ### Two roles by name
#
# Take the loot back, and name what she may pass:

# %%
iam.detach_user_policy(UserName="mara", PolicyArn=administrator)
pass_two = {
    "Effect": "Allow",
    "Action": "iam:PassRole",
    "Resource": [f"{role}/csecstaskexecutionrole", f"{role}/orders-task-role"],
}
may("mara", use_ecs, pass_two)
with rolelab.expect_denied("iam:PassRole", f"{role}/bookshop-release"):
    mara_ecs.register_task_definition(**attack)

# %% [markdown]
# **Predict.** The definition `attack` is registered already, and `run_task` can also *override* the task role of a good
# definition. Are these two doors open?

# %%
with rolelab.expect_denied("iam:PassRole", f"{role}/bookshop-release"):
    run("attack", mara_ecs)

with rolelab.expect_denied("iam:PassRole", f"{role}/bookshop-release"):
    run("orders", mara_ecs, overrides={"taskRoleArn": f"{role}/bookshop-release"})

# %%
ended(run("orders", mara_ecs))

# %% [markdown]
# RunTask asks again, for every role the task will have. The attack is closed at three doors, and her work goes on.
#
# ### Look for it in the trail
#
# **Predict.** PassRole was denied four times and allowed many times. How many events called `PassRole` are in CloudTrail?

# %%
trail = sandbox.trail.to_frame()
refused = trail[trail["message"].fillna("").str.contains("iam:PassRole")]
print("events called PassRole:", len(trail[trail["event"] == "PassRole"]))
refused[["user", "event", "error"]]

# %% [markdown]
# None. PassRole is a permission and not an API call. It leaves its trace in the call that passes the role (*Grant a user
# permissions to pass a role to an AWS service*). Who has handed out the release role, then? Ask for the role in the
# requests:

# %%
passing = trail[
    trail["request"].map(
        lambda given: (given or {}).get("taskRoleArn") == f"{role}/bookshop-release"
    )
]
passing[["user", "event", "error"]].fillna("")

# %% [markdown]
# The first line is the one to ask Mara about. A call of RunTask names a role only where it overrides one, so the role
# that a task had is in the definition it ran.

# %% [markdown]
# ## Your turn: to this service only
#
# Mara writes Lambda functions too. She may create one, and her PassRole names two roles, but not for *whom*:

# %%
use_lambda = {"Effect": "Allow", "Action": "lambda:CreateFunction", "Resource": "*"}
may("mara", use_ecs, use_lambda, pass_two)


def make_function():
    """Mara tries to run a Lambda function with the role of the orders service."""
    return mara.client("lambda").create_function(
        FunctionName="nightly",
        Role=f"{role}/orders-task-role",
        PackageType="Image",
        Code={"ImageUri": image},
    )


try:
    make_function()
except ClientError as error:
    print(error.response["Error"]["Code"], "-", error.response["Error"]["Message"])

# %% [markdown]
# PassRole let it through; only the role's *trust policy* stopped it, because it knows no Lambda. One lock is left, and
# somebody may open it some day. Close the other: the condition key `iam:PassedToService` says to which service a role is
# passed. Give Mara a `pass_two` with that condition.

# %% tags=["stub"]
# may("mara", use_ecs, use_lambda, {**pass_two, "Condition": ...})

# %% tags=["answer"]
only_to_tasks = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
may("mara", use_ecs, use_lambda, {**pass_two, "Condition": only_to_tasks})

# %% tags=["check"]
with your_turn("Mara passes two roles to ECS tasks, and nothing to anybody else"):
    registered = mara_ecs.register_task_definition(**orders())["taskDefinition"]
    task = run(registered["taskDefinitionArn"], mara_ecs)
    assert task["containers"][0]["exitCode"] == 0
    with rolelab.expect_denied("iam:PassRole", f"{role}/bookshop-release"):
        mara_ecs.register_task_definition(**attack)
    with rolelab.expect_denied("iam:PassRole"):
        make_function()

# %% [markdown] tags=["hint"]
# It is the service principal that you know from trust policies. Not `ecs.amazonaws.com`.

# %% [markdown]
# ## The confused deputy
#
# PassRole says which of *your people* may hand out a role. Who asks from outside? The article's steps in the console end
# with this trust policy, without a condition:

# %%
iam.update_assume_role_policy(
    RoleName="csecstaskexecutionrole", PolicyDocument=json.dumps(open_trust)
)
ended(run("orders"))

# %% [markdown]
# Your own tasks start, as they should. But ECS works for every customer of AWS. A **confused deputy** is somebody with
# power who is talked into using it for the wrong master (*The confused deputy problem*). `as_service` plays the deputy.
#
# **Predict.** ECS steps into the role while it works for account 999988887777. What is lost?

# %%
deputy = as_service("ecs-tasks.amazonaws.com", source_account="999988887777")
loot = deputy.assume("csecstaskexecutionrole", session_name="attack")
secret = loot.client("secretsmanager").get_secret_value(SecretId="orders/db")
len(secret["SecretString"]), loot.client("sts").get_caller_identity()["Arn"]

# %% [markdown]
# The database password. The trust policy asked *which service*, and never *for whom*.
#
# **Predict.** Can the other account do that just by writing our role into a task definition of its own?

# %%
stranger = sandbox.admin("999988887777").client("ecs")
with rolelab.expect_denied("iam:PassRole"):
    stranger.register_task_definition(**orders())

# %% [markdown]
# No: a role can be passed only to a service in its own account (*Grant a user permissions to pass a role to an AWS
# service*). AWS keeps that door closed. The trust policy is the lock that is yours, and it should hold without the other
# one. Two condition keys answer *for whom*: `aws:SourceAccount`, the account, and `aws:SourceArn`, the resource.
#
# Naming as much as you can sounds right, so somebody names the cluster:


# %%
def trust_if(name, **condition):
    """Let ECS tasks into a role on this condition."""
    closed = json.loads(json.dumps(open_trust))
    closed["Statement"][0]["Condition"] = condition
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(closed))


cluster = f"arn:aws:ecs:{region}:{account}:cluster/bookshop"
trust_if("csecstaskexecutionrole", ArnLike={"aws:SourceArn": cluster})
deputy.denied("sts:AssumeRole", f"{role}/csecstaskexecutionrole")

# %% [markdown]
# **Predict.** The deputy is locked out. Is that all?

# %%
try:
    run("orders")
except ClientError as error:
    show(error.response["Error"]["Message"])

# %% [markdown]
# Everybody is locked out. ECS does not name the cluster as its source, and AWS says so: a single cluster is not supported
# here, use a wildcard (*Amazon ECS task IAM role*). A lock is tested with two keys, the stranger's and your own:

# %%
trust_if(
    "csecstaskexecutionrole",
    StringEquals={"aws:SourceAccount": account},
    ArnLike={"aws:SourceArn": f"arn:aws:ecs:{region}:{account}:*"},
)
with rolelab.expect_denied("sts:AssumeRole"):
    deputy.assume("csecstaskexecutionrole")
ended(run("orders"))

# %%
rolelab.why()

# %% [markdown]
# ## Your turn: the release role
#
# `bookshop-release` has the same gap, and it is an administrator. Close it for the deputy, and keep it open for your own
# tasks.

# %% tags=["stub"]
# trust_if("bookshop-release", ...)

# %% tags=["answer"]
trust_if("bookshop-release", StringEquals={"aws:SourceAccount": account})

# %% tags=["check"]
with your_turn("bookshop-release opens for tasks of this account, and for no deputy"):
    ecs_tasks.allowed("sts:AssumeRole", f"{role}/bookshop-release")
    deputy.denied("sts:AssumeRole", f"{role}/bookshop-release")

# %% [markdown] tags=["hint"]
# One of the two conditions is enough for the check.

# %% [markdown]
# For a *company* that works in your account there is another key, `sts:ExternalId` (*The confused deputy problem*). A
# service knows its source; a company must be told a word.
#
# ## Which role is it?
#
# | Question | Role |
# | --- | --- |
# | Who pulls the image? | execution role |
# | Who reads a secret that the definition lists under `secrets`? | execution role |
# | Who reads a secret that the program fetches itself? | task role |
# | Who decrypts such a secret under a key of your own? | the role that reads it |
# | Who creates the log stream, and writes what the program prints? | execution role |
# | Who writes when the program calls CloudWatch itself? | task role |
# | Who reads S3, DynamoDB, or signs in to RDS? | task role |
# | Who needs `iam:PassRole`, on which roles? | the caller, on both |
# | Whose trust policy must name `ecs-tasks.amazonaws.com`? | both roles |
# | Who pulls the image on EC2, if there is no execution role? | container instance role |
# | A stopped reason is *not authorized*: whose policy? | the role in the message, if it is the right one |
# | An *AccessDenied* in the container's log: whose policy? | task role |
#
# ## On real AWS
#
# | Step | Console | AWS CLI |
# | --- | --- | --- |
# | set the two roles | ECS, **Task definitions**, **Create new revision**, **Task role** and **Task execution role** | `"taskRoleArn"` and `"executionRoleArn"` in `aws ecs register-task-definition --cli-input-json file://orders.json` |
# | check a template | | `cfn-lint article-task.yaml` |
# | deploy it | CloudFormation, **Create stack** | `aws cloudformation create-stack --stack-name orders --template-body file://article-task.yaml` |
# | read why it failed | the stack, **Events** | `aws cloudformation describe-stack-events --stack-name orders` |
# | check a policy | IAM, the policy editor | `aws accessanalyzer validate-policy --policy-type IDENTITY_POLICY --policy-document file://work.json` |
# | narrow the trust | the role, **Trust relationships** | `aws iam update-assume-role-policy --role-name csecstaskexecutionrole --policy-document file://trust.json` |
#
# The template makes no IAM resource, so `create_stack` asks for nothing more. One that creates a role is refused unless
# you add `Capabilities=["CAPABILITY_IAM"]`, or `CAPABILITY_NAMED_IAM` if the role has a name of your choice
# (*CreateStack*). Lesson 15 does that.
#
# What the sandbox leaves out: a stack is ready when the call returns; on AWS wait for it, with
# `cloudformation.get_waiter("stack_create_complete")`. The cluster has no EC2 hosts, so the definition that EC2 accepts
# does not run here. And on AWS nobody can play the deputy as `as_service` does; there you read the trust policy.
#
# ## What to keep
#
# - The execution role prepares the task, the task role *is* the application. A role in the wrong line fails on Fargate and
#   may go unnoticed on EC2; one role in both lines never fails.
# - Who can pass a role can be that role. Name the roles, and the service they are passed to.
# - Trust asks *which service* and *for whom*. Test it with a stranger's call and with a launch of your own.
#
# In this notebook we have reviewed an article by running it. In lab 4 a container reads too much. Lesson 08 puts
# guardrails around all of this.
