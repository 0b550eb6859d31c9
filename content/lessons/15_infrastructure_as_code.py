# %% [markdown]
# # Write the account down, and prove that the copy decides alike
#
# What was clicked or called together lives in one account and in somebody's memory. A template lives in a repository, is
# reviewed, and makes the same account again. Whether it really is the same is a question you can ask.
#
# | | |
# | --- | --- |
# | **You'll do** | write two roles as a template, read a change set before you run it, export the whole orders service, deploy it to a second account, and compare the two accounts decision by decision |
# | **You'll learn** | to see what a template must not contain, to tell drift from change, and to prove that two accounts are equivalent although their texts differ |
# | **You'll need** | lessons 05, 07 and 09; 40 minutes |

# %% [markdown]
# ## Set up
#
# The orders service as it has grown over the lessons, made by calls: a key, a secret under it, a bucket, a table, an
# image, a log group, two roles and a task definition.

# %% tags=["setup"]
import json
from pathlib import Path

import boto3
import pandas as pd
from botocore.exceptions import ClientError
from cfnlint.api import ManualArgs, lint

import rolelab
from rolelab import templates
from rolelab.figures.equivalence import equivalence
from rolelab.labs import as_service, your_turn

sandbox = rolelab.start()
account, region = sandbox.account_id, "us-east-1"
iam, kms, s3 = boto3.client("iam"), boto3.client("kms"), boto3.client("s3")
ecs, logs = boto3.client("ecs"), boto3.client("logs")
pd.set_option("display.max_colwidth", None)

# %%
key = kms.create_key(Description="encrypts what the orders service keeps")
key_arn = key["KeyMetadata"]["Arn"]
kms.create_alias(AliasName="alias/orders", TargetKeyId=key_arn)
secret = boto3.client("secretsmanager").create_secret(
    Name="orders/db",
    KmsKeyId=key_arn,
    SecretString=json.dumps({"username": "orders_app", "password": "mansfield-1814"}),
)["ARN"]
s3.create_bucket(Bucket="bookshop-orders")
boto3.client("dynamodb").create_table(
    TableName="orders",
    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    BillingMode="PAY_PER_REQUEST",
)
boto3.client("ecr").create_repository(repositoryName="orders")
image = sandbox.push_image("orders:1.0", "../data/apps/orders")
logs.create_log_group(logGroupName="/ecs/orders")
logs.put_retention_policy(logGroupName="/ecs/orders", retentionInDays=30)
ecs.create_cluster(clusterName="bookshop")["cluster"]["status"]

# %%
trust = Path("../data/trust-policies/ecs-tasks.json").read_text()
for name in ("csecstaskexecutionrole", "orders-task-role"):
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
execution = json.loads(Path("../data/policies/orders-execution.json").read_text())
decrypt = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key_arn}
execution["Statement"].append(decrypt)
iam.put_role_policy(
    RoleName="csecstaskexecutionrole",
    PolicyName="orders",
    PolicyDocument=json.dumps(execution),
)
iam.put_role_policy(
    RoleName="orders-task-role",
    PolicyName="orders",
    PolicyDocument=Path("../data/policies/orders-task.json").read_text(),
)
[role["RoleName"] for role in iam.list_roles()["Roles"]]

# %%
log = {
    "awslogs-group": "/ecs/orders",
    "awslogs-region": region,
    "awslogs-stream-prefix": "orders",
}
app = {
    "name": "app",
    "image": image,
    "environment": [{"name": "BUCKET", "value": "bookshop-orders"}],
    "secrets": [{"name": "DB_PASSWORD", "valueFrom": f"{secret}:password::"}],
    "logConfiguration": {"logDriver": "awslogs", "options": log},
}
ecs.register_task_definition(
    family="orders",
    requiresCompatibilities=["FARGATE"],
    networkMode="awsvpc",
    cpu="256",
    memory="512",
    executionRoleArn=f"arn:aws:iam::{account}:role/csecstaskexecutionrole",
    taskRoleArn=f"arn:aws:iam::{account}:role/orders-task-role",
    containerDefinitions=[app],
)["taskDefinition"]["status"]


# %%
def take_in(session, bucket):
    """Put one order into the bucket of an account, run the service there, and read its log."""
    order = {"book": "Persuasion", "price": "7.99"}
    session.client("s3").put_object(
        Bucket=bucket, Key="incoming/2041.json", Body=json.dumps(order)
    )
    subnet = session.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    runner, logs = session.client("ecs"), session.client("logs")
    arn = runner.run_task(
        cluster="bookshop",
        taskDefinition="orders",
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}},
    )["tasks"][0]["taskArn"]
    waiter = runner.get_waiter("tasks_stopped")
    waiter.wait(cluster="bookshop", tasks=[arn], WaiterConfig={"Delay": 0.2})
    task = runner.describe_tasks(cluster="bookshop", tasks=[arn])["tasks"][0]
    if task["stopCode"] != "EssentialContainerExited":
        return task["stoppedReason"]
    events = logs.get_log_events(
        logGroupName="/ecs/orders",
        logStreamName=f"orders/app/{arn.rsplit('/', 1)[-1]}",
        startFromHead=True,
    )["events"]
    return [event["message"] for event in events]


take_in(boto3.Session(), "bookshop-orders")

# %% [markdown]
# It works, here. Production shall be another account, empty so far:

# %%
PRODUCTION = "444455556666"
production = sandbox.admin(PRODUCTION)
there = production.client("cloudformation")
[role["RoleName"] for role in production.client("iam").list_roles()["Roles"]]

# %% [markdown]
# ## Two roles by hand
#
# Lesson 07 mended the task definition of an article, and both of its roles existed already. A colleague has typed them
# from the console into [data/templates/orders-roles.yaml](../data/templates/orders-roles.yaml). This is one of the two:

# %%
by_hand = Path("../data/templates/orders-roles.yaml").read_text()
print(by_hand[by_hand.index("  TaskRole") :])


# %%
def findings(text):
    """What cfn-lint has to say about a template."""
    found = lint(text, config=ManualArgs(regions=[region]))
    return [f"{match.rule.id} {match.message}" for match in found]


findings(by_hand)

# %% [markdown]
# Nothing. **Predict.** You are an administrator, and deploy it in the account where it was read. Will CloudFormation take
# the two roles over, write over them, or refuse?

# %%
here = boto3.client("cloudformation")
try:
    here.create_stack(StackName="roles", TemplateBody=by_hand)
except ClientError as error:
    print(error)

# %% [markdown]
# It refuses before it looks. A template can make roles, and whoever runs a stranger's template should know that. Roles
# with names of their own take the word `CAPABILITY_NAMED_IAM` (*CreateStack*). It is an acknowledgement and no permission:
# what the stack may make is decided by your policies.

# %%
NAMED = ["CAPABILITY_NAMED_IAM"]
here.create_stack(StackName="roles", TemplateBody=by_hand, Capabilities=NAMED)


def how_it_went(client, stack):
    """The status of a stack, and the reasons of what failed in it."""
    found = client.describe_stacks(StackName=stack)["Stacks"][0]
    events = client.describe_stack_events(StackName=stack)["StackEvents"]
    failed = [e for e in events if e["ResourceStatus"].endswith("_FAILED")]
    return found["StackStatus"], [e.get("ResourceStatusReason") for e in failed]


how_it_went(here, "roles")

# %% [markdown]
# The name is taken, and the stack was rolled back. CloudFormation owns what it made, and nothing else. To bring a
# resource that exists under a stack there is another way, *import*; it comes at the end. The roles are as they were.

# %%
here.delete_stack(StackName="roles")
sorted(role["RoleName"] for role in iam.list_roles()["Roles"])

# %% [markdown]
# ## Read a change set first
#
# In production nothing is in the way. But look before you run: a **change set** says what a template *would* do.


# %%
proposed = []


def propose(text, kind, stack="roles", **parameters):
    """A change set for a stack in production, as a table; nothing is changed yet."""
    change_set = f"review-{len(proposed) + 1}"
    proposed.append({"StackName": stack, "ChangeSetName": change_set})
    there.create_change_set(
        **proposed[-1],
        ChangeSetType=kind,
        TemplateBody=text,
        Capabilities=NAMED,
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value}
            for name, value in parameters.items()
        ],
    )
    found = there.describe_change_set(**proposed[-1])
    changes = pd.DataFrame([each["ResourceChange"] for each in found["Changes"]])
    columns = ["Action", "LogicalResourceId", "ResourceType", "Replacement"]
    listed = changes.reindex(columns=columns).astype(object).fillna("")
    return found.get("StatusReason") or listed


propose(by_hand, "CREATE")

# %% [markdown]
# Two times *Add*, as it should be. Execute it:

# %%
there.execute_change_set(**proposed[-1])
how_it_went(there, "roles")

# %% [markdown]
# **Predict.** The linter was content, the change set was, and the stack is complete. In production, ECS wants to step into
# the execution role. Will the role let it in?

# %%
tasks_there = as_service("ecs-tasks.amazonaws.com", source_account=PRODUCTION)
execution_there = f"arn:aws:iam::{PRODUCTION}:role/csecstaskexecutionrole"
tasks_there.denied("sts:AssumeRole", execution_there)

# %%
rolelab.why()

# %% [markdown]
# Every part of the text is right, and the whole is wrong: it says *account 123456789012*, where it means *this account*.
# A linter cannot know that. CloudFormation has words for it, **pseudo parameters**: `AWS::AccountId`, `AWS::Region` and
# `AWS::Partition` (*Get AWS values using pseudo parameters*).

# %% [markdown]
# ## Your turn: this account, not that one
#
# Make `mended` from `by_hand`. The number stands there as a value of its own, `"123456789012"`, and inside an ARN. A whole
# value becomes `!Ref AWS::AccountId`. Inside a text it takes `!Sub` before the text, and `${AWS::AccountId}` in it.

# %% tags=["stub"]
mended = by_hand  # .replace(..., ...)

# %% tags=["answer"]
mended = by_hand.replace('"123456789012"', "!Ref AWS::AccountId").replace(
    "Resource: arn:aws:logs:us-east-1:123456789012:log-group:/ecs/orders:*",
    'Resource: !Sub "arn:aws:logs:us-east-1:${AWS::AccountId}:log-group:/ecs/orders:*"',
)

# %% tags=["check"]
with your_turn("the template has no account number, and ECS is let in"):
    resources = mended[mended.index("Resources:") :]
    assert "123456789012" not in resources, "The number is still in there."
    assert not findings(mended), findings(mended)
    there.update_stack(StackName="roles", TemplateBody=mended, Capabilities=NAMED)
    tasks_there.allowed("sts:AssumeRole", execution_there)

# %% [markdown] tags=["hint"]
# Two calls of `replace`. The first is `replace('"123456789012"', "!Ref AWS::AccountId")`, with the quotes inside. The
# second one replaces the whole line that begins with `Resource: arn:aws:logs`.

# %% [markdown]
# Those were two roles. Nine resources are left, and each ARN in them is a chance to forget one.
#
# ## Export the rest
#
# `templates.from_account` reads the account with ordinary calls, and writes what it found as a template.

# %%
there.delete_stack(StackName="roles")
exported = templates.from_account(description="The bookshop's orders service")
exported

# %% [markdown]
# **Predict.** Three things in this account are bound to it: its number, the bucket's name, which nobody else in the world
# may use, and the password. What will stand in their places? Parameters come first:

# %%
start = exported.text.index("Resources:")
print(exported.text[:start])

# %% [markdown]
# - The password is a parameter that must be given, with `NoEcho`: CloudFormation shows `****` in its place. The export
#   never read it. The trail can prove that.
# - The bucket's name is a parameter with a default, because the name has to be another one in every account.
# - The number is gone. Here is what became of ARNs:


# %%
def section(name):
    """One resource of the export."""
    begin = exported.text.index(f"\n  {name}:\n") + 1
    return exported.text[begin:].split("\n\n")[0]


print(section("OrdersTaskDefinition"))

# %% [markdown]
# Every ARN of a resource in the template is a reference, so CloudFormation also knows in which order to make them. Even
# `BUCKET` is one: the program will look into the bucket that belongs to its account.

# %%
trail = sandbox.trail.to_frame()
reads = trail[trail["event"].isin(["GetSecretValue", "BatchGetSecretValue"])]
print(section("OrdersDbSecret"))
reads[["user", "event"]]

# %% [markdown]
# The only one who ever read the secret is the execution role, when the task started. AWS's own *IaC generator* does the
# same: what can be written and not read becomes a parameter (*Resolve write-only properties*).
#
# **Predict.** The image, the order in the bucket, the role you are signed in as: are they in the template?

# %%
exported.left_out_frame()

# %% [markdown]
# A template describes; it carries no data. An export that left these out in silence would look the same and be a trap.
# `Retain` in the secret above is for the data, too: it stays if the stack is deleted.

# %%
findings(exported.text)

# %% [markdown]
# ## Deploy it to production
#
# **Predict.** The template is clean. What will CloudFormation miss?

# %%
try:
    propose(exported.text, "CREATE", stack="orders")
except ClientError as error:
    print(error)

# %% [markdown]
# The password of production, which nobody can know from here. It is another one, of course:

# %%
given = {
    "BookshopOrdersBucketName": "bookshop-orders-production",
    "OrdersDbSecretValue": '{"username": "orders_app", "password": "sanditon-1817"}',
}
propose(exported.text, "CREATE", stack="orders", **given)

# %%
there.execute_change_set(**proposed[-1])
print(how_it_went(there, "orders"))
stack = there.describe_stacks(StackName="orders")["Stacks"][0]
pd.DataFrame(stack["Parameters"])

# %% [markdown]
# ## The same account?
#
# `CREATE_COMPLETE` says that every call succeeded. It does not say that the result *decides* as the original does. You
# could compare the texts:

# %%
theirs = production.client("iam").get_role_policy(
    RoleName="csecstaskexecutionrole", PolicyName="orders"
)["PolicyDocument"]
theirs == execution, theirs["Statement"][-1], execution["Statement"][-1]

# %% [markdown]
# They differ, and have to: keys have random ids, accounts have numbers. The question is another one: **does everybody get
# the same answer, to everything?** That can be asked. `templates.compare` puts the same questions to both accounts, each
# in its own ARNs: every role, an administrator, a stranger, nobody, and each service that a policy names; all known
# actions of the services; every resource, and something inside it; in an ordinary request, and in one for each condition
# that stands in a policy.
#
# **Predict.** How many questions are that, roughly: a hundred, a thousand, ten thousand or more?

# %%
compared = templates.compare(exported, production, stack="orders")
print(compared)
compared.to_frame()

# %% [markdown]
# Tens of thousands, and no answer differs. The column counts what each account allows: the two roles little, an
# administrator nearly everything, a stranger only what concerns no account's resources, such as asking who one is.
#
# Decisions are half of the proof. The other half is the service itself. What the export had left out, the image, is
# pushed:

# %%
sandbox.push_image("orders:1.0", "../data/apps/orders", session=production)
take_in(production, "bookshop-orders-production")

# %% [markdown]
# ## Drift
#
# Friday night in production. Something does not work, and somebody helps out:

# %%
everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
production.client("iam").put_role_policy(
    RoleName="orders-task-role",
    PolicyName="friday-night",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everything]}),
)
production.client("iam").list_role_policies(RoleName="orders-task-role")["PolicyNames"]

# %% [markdown]
# **Predict.** On Monday the template is deployed again, unchanged. Will the change set show the new policy, will it
# remove it, or neither?

# %%
propose(exported.text, "UPDATE", stack="orders", **given)

# %% [markdown]
# Neither. A change set compares the new *template* with the old *template*. What happened beside it is **drift**, and
# invisible here. Ask the accounts:

# %%
compared = templates.compare(exported, production, stack="orders")
equivalence(compared)

# %% [markdown]
# One role, and one service. On which resources, in an ordinary request?

# %%
drifted = compared.differences_frame()
usual = drifted[drifted["situation"] == "an ordinary request"]
usual.groupby(["principal", "resource"]).size().to_frame("actions that differ")

# %% [markdown]
# On the bucket and on whatever is in it (a `probe` is something that could be there), and with the star, which stands for
# actions that have no resource, such as listing all buckets. The policy of the role that was agreed upon said
# `incoming/*`.
#
# AWS has *drift detection* for this, which compares the properties that a template names with the resources, and change
# sets that are *drift-aware* (*DetectStackDrift*; *Using drift-aware change sets*). They compare settings. You have
# compared what the settings amount to.

# %% [markdown]
# ## Your turn: back to what was agreed
#
# Bring production back. `compared` tells you when you are there.

# %% tags=["stub"]
# production.client("iam")...

# %% tags=["answer"]
production.client("iam").delete_role_policy(
    RoleName="orders-task-role", PolicyName="friday-night"
)

# %% tags=["check"]
with your_turn("production decides as the template's account does"):
    compared = templates.compare(exported, production, stack="orders")
    assert compared.equivalent, f"{len(compared.differences)} decisions still differ."
    print(compared)

# %% [markdown] tags=["hint"]
# The policy is called `friday-night`, and `delete_role_policy` takes a role's inline policy away.

# %% [markdown]
# ## Your turn: a password that nobody types
#
# Whoever deploys knows the password, and so does the shell's history. Secrets Manager can draw one: in the place of
# `SecretString` stands `GenerateSecretString`, with a `SecretStringTemplate` for what is known and a `GenerateStringKey`
# for what is drawn (*Create an AWS Secrets Manager secret with CloudFormation*). Then the parameter has to go. These are
# the two places:

# %%
typed = "SecretString: !Ref OrdersDbSecretValue"
declared = exported.text[
    exported.text.index("  OrdersDbSecretValue:") : exported.text.index("\nResources:")
]
print(declared, typed, sep="\n")

# %% tags=["stub"]
drawn = ...
final = exported.text  # .replace(declared, "").replace(typed, drawn)

# %% tags=["answer"]
drawn = """GenerateSecretString:
        SecretStringTemplate: '{"username": "orders_app"}'
        GenerateStringKey: password
        ExcludePunctuation: true"""
final = exported.text.replace(declared, "").replace(typed, drawn)

# %% tags=["check"]
with your_turn("production has a password that nobody knows, and decides as before"):
    assert "OrdersDbSecretValue" not in final, "The parameter is still there."
    assert not findings(final), findings(final)
    bucket = {"BookshopOrdersBucketName": given["BookshopOrdersBucketName"]}
    print(propose(final, "UPDATE", stack="orders", **bucket))
    there.execute_change_set(**proposed[-1])
    value = production.client("secretsmanager").get_secret_value(SecretId="orders/db")
    fields = json.loads(value["SecretString"])
    assert set(fields) == {"username", "password"}, sorted(fields)
    assert fields["password"] != "sanditon-1817", "It is still the typed one."
    assert templates.compare(exported, production, stack="orders").equivalent

# %% [markdown] tags=["hint"]
# `drawn` begins with `GenerateSecretString:`, and its three members stand below it, with eight spaces before each. The
# container asks for the field `password`.

# %% [markdown]
# ## Before it meets a real account
#
# | Check | How | Why here is not there |
# | --- | --- | --- |
# | The template is well-formed | `cfn-lint` | the same program |
# | It holds no secret and no account number | search it; parameters with `NoEcho` | `NoEcho` hides nothing in `Metadata` or `Outputs`; environment variables of containers are no place for secrets |
# | The names are free | choose the bucket's name for this account | bucket names are shared by all accounts of a partition |
# | Data survives | `DeletionPolicy` and `UpdateReplacePolicy` are `Retain` | a retained bucket is in the way of the next stack of the same name |
# | Who deploys | a service role for CloudFormation, and `iam:PassRole` on it for the one who deploys | here you are an administrator |
# | The surroundings | SCPs, boundaries, subnets, quotas of that account | a comparison asks the account's own policies, not those of its organization |
# | The first deployment | a change set, read by a second person | a stack here is ready at once; on AWS wait for it |
# | What is not in the template | `left_out_frame()`: push images, copy data | the sandbox makes only the resource types that it models, and refuses others by name |
# | It decides alike | `templates.compare` here; on AWS `simulate_principal_policy` and IAM Access Analyzer | a simulation there asks one principal at a time |
# | It stays so | drift detection on a schedule | the sandbox does not model drift detection |
#
# ## On real AWS
#
# | Step | Console | AWS CLI |
# | --- | --- | --- |
# | write a template of what exists | CloudFormation, **IaC generator**, **Start a new scan** | `aws cloudformation start-resource-scan`, then `create-generated-template` |
# | take existing resources with fixed names into a stack (*Import AWS resources into a CloudFormation stack automatically*) | | `aws cloudformation create-change-set --import-existing-resources` and the rest as in the next line |
# | propose a change | the stack, **Update**, then **Create change set** | `aws cloudformation create-change-set --stack-name orders --change-set-name review --template-body file://orders.yaml --capabilities CAPABILITY_NAMED_IAM` |
# | run it | the change set, **Execute change set** | `aws cloudformation execute-change-set --stack-name orders --change-set-name review` |
# | look for drift | the stack, **Stack actions**, **Detect drift** | `aws cloudformation detect-stack-drift --stack-name orders` |
#
# What the sandbox leaves out: drift detection, import, the IaC generator, nested stacks and StackSets, and the waiting.
#
# ## What to keep
#
# - A template says *this account*, *this bucket*, and never a number or a password. What it cannot hold is named.
# - A linter checks the form, a change set the change, a stack that the calls succeeded. None of them checks the outcome.
# - Two accounts are equivalent when everybody gets the same answers. Ask them, before and after every deployment.
#
# In this notebook we have written the orders service down, moved it to a second account and proven that both decide
# alike. It is ready to leave the sandbox. In lab 9 you ship it from nothing.
