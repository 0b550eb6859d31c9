# %% [markdown]
# # Attach a policy, and make it no larger than the work
#
# The execution role exists, and ECS may step into it. What it may do then is up to the policies you attach. AWS has
# one ready, and it is larger than the bookshop needs.
#
# | | |
# | --- | --- |
# | **You'll do** | attach an AWS managed policy, replace it by a scoped one, and run into every limit on the way |
# | **You'll learn** | to choose between managed and inline, to write actions, resources and conditions, and to roll back a version |
# | **You'll need** | lessons 00 to 02; 30 minutes |

# %% [markdown]
# ## Set up
#
# The two roles of lesson 02 and the bucket of lesson 00.

# %% tags=["setup"]
import json
from pathlib import Path

import boto3
import pandas as pd
from botocore.exceptions import ClientError

import rolelab
from rolelab.labs import as_service, your_turn

sandbox = rolelab.start()
iam, s3 = boto3.client("iam"), boto3.client("s3")
account = sandbox.account_id

# %%
trust = Path("../data/trust-policies/ecs-tasks.json").read_text()
for name in ("csecstaskexecutionrole", "orders-task-role"):
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
s3.create_bucket(Bucket="bookshop-orders")
for key in ("incoming/1001.json", "archive/0999.json"):
    s3.put_object(Bucket="bookshop-orders", Key=key, Body=b'{"book": "Emma"}')

# %% [markdown]
# ## Attach what AWS has ready
#
# | In the console | AWS CLI | boto3 |
# | --- | --- | --- |
# | the role, **Add permissions**, **Attach policies**, search, **Add permissions** | `aws iam attach-role-policy ...` | the next cell |
#
# Policies that AWS writes and keeps up to date have ARNs with `aws` in the place of an account:

# %%
ready_made = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
iam.attach_role_policy(RoleName="csecstaskexecutionrole", PolicyArn=ready_made)
# %aws iam attach-role-policy --role-name csecstaskexecutionrole --policy-arn {ready_made}
# %aws iam list-attached-role-policies --role-name csecstaskexecutionrole

# %%
document = iam.get_policy_version(PolicyArn=ready_made, VersionId="v1")[
    "PolicyVersion"
]["Document"]
document["Statement"]

# %% [markdown]
# **Predict.** The bookshop's image is in the repository `orders`. Next to it is `payroll`, which belongs to another
# team. May this role pull `payroll`?
#
# You need not pull anything to find out. IAM's simulator decides calls that nobody makes:


# %%
def may(role, action, resource):
    """Ask the simulator about one action on one resource."""
    answer = iam.simulate_principal_policy(
        PolicySourceArn=f"arn:aws:iam::{account}:role/{role}",
        ActionNames=[action],
        ResourceArns=[resource],
    )
    return answer["EvaluationResults"][0]["EvalDecision"]


repository = f"arn:aws:ecr:us-east-1:{account}:repository"
may("csecstaskexecutionrole", "ecr:BatchGetImage", f"{repository}/payroll")

# %%
role_arn = f"arn:aws:iam::{account}:role/csecstaskexecutionrole"
# %aws iam simulate-principal-policy --policy-source-arn {role_arn} --action-names ecr:BatchGetImage --resource-arns {repository}/payroll --query EvaluationResults[].EvalDecision

# %% [markdown]
# It may, because the policy says `"Resource": "*"`. AWS cannot know your repositories, so what AWS writes is wide.
# That is fine to start with, and worth an hour before you go live.
#
# ## Write your own
#
# A statement names **actions**, **resources** and, if you like, **conditions**. Actions carry the service in front and may
# end in a wildcard. Resources are ARNs. One action here has no resource at all: `ecr:GetAuthorizationToken` is for the whole
# registry, so it must be allowed on `*` (*Private repository policies*).

# %%
scoped = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "SignInToTheRegistry",
            "Effect": "Allow",
            "Action": "ecr:GetAuthorizationToken",
            "Resource": "*",
        },
        {
            "Sid": "PullTheOrdersImage",
            "Effect": "Allow",
            "Action": [
                "ecr:BatchCheckLayerAvailability",
                "ecr:GetDownloadUrlForLayer",
                "ecr:BatchGetImage",
            ],
            "Resource": f"{repository}/orders",
        },
        {
            "Sid": "WriteTheOrdersLog",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"arn:aws:logs:us-east-1:{account}:log-group:/ecs/orders:*",
        },
    ],
}
ours = iam.create_policy(
    PolicyName="orders-execution", PolicyDocument=json.dumps(scoped)
)["Policy"]
iam.attach_role_policy(RoleName="csecstaskexecutionrole", PolicyArn=ours["Arn"])
ours["Arn"], ours["DefaultVersionId"]

# %%
# %aws iam get-policy --policy-arn {ours["Arn"]}

# %% [markdown]
# **Predict.** Both policies are attached now, the wide one and the narrow one. May the role still pull `payroll`?

# %%
may("csecstaskexecutionrole", "ecr:BatchGetImage", f"{repository}/payroll")

# %% [markdown]
# Yes. Policies **add up**: a narrow one takes nothing away from a wide one. The wide one has to go. Asked to detach it
# once more, the CLI says that there is nothing to detach:

# %%
iam.detach_role_policy(RoleName="csecstaskexecutionrole", PolicyArn=ready_made)
# %aws iam detach-role-policy --role-name csecstaskexecutionrole --policy-arn {ready_made}

# %% [markdown]
# What is left:

# %%
questions = [
    ("ecr:GetAuthorizationToken", "*"),
    ("ecr:BatchGetImage", f"{repository}/orders"),
    ("ecr:BatchGetImage", f"{repository}/payroll"),
    (
        "logs:PutLogEvents",
        f"arn:aws:logs:us-east-1:{account}:log-group:/ecs/orders:log-stream:web",
    ),
    (
        "logs:CreateLogGroup",
        f"arn:aws:logs:us-east-1:{account}:log-group:/ecs/orders",
    ),
    ("s3:GetObject", "arn:aws:s3:::bookshop-orders/incoming/1001.json"),
]
pd.DataFrame(
    [
        (
            action,
            resource.split(":", 5)[-1],
            may("csecstaskexecutionrole", action, resource),
        )
        for action, resource in questions
    ],
    columns=["action", "resource", "decision"],
)

# %% [markdown]
# Pull one image, write one log, nothing else. `logs:CreateLogGroup` was not in AWS's policy either: the log group must
# exist before the task starts, or somebody must add that permission.
#
# ## Managed or inline?
#
# The application's permissions go to the **task role**. We write them *inline* this time, into the role itself:

# %%
read_incoming = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::bookshop-orders/incoming/*",
        }
    ],
}
iam.put_role_policy(
    RoleName="orders-task-role",
    PolicyName="read-incoming",
    PolicyDocument=json.dumps(read_incoming),
)
# %aws iam put-role-policy --role-name orders-task-role --policy-name read-incoming --policy-document '{json.dumps(read_incoming)}'
# %aws iam get-role-policy --role-name orders-task-role --policy-name read-incoming

# %% [markdown]
# Written twice, stored once: `put` replaces. Now as the application, which comes through ECS:

# %%
ecs = as_service("ecs-tasks.amazonaws.com")
app = ecs.assume("orders-task-role", session_name="orders-1").client("s3")
app.get_object(Bucket="bookshop-orders", Key="incoming/1001.json")["Body"].read()

# %%
with rolelab.expect_denied("s3:GetObject"):
    app.get_object(Bucket="bookshop-orders", Key="archive/0999.json")

# %%
rolelab.why()

# %% [markdown]
# | | managed policy | inline policy |
# | --- | --- | --- |
# | lives | by itself, with an ARN | in one role, user or group |
# | serves | many at once | exactly one |
# | history | up to five versions, one of them in force | none |
# | goes away | when you delete it, after detaching it | with its role |
#
# Shared rules go into a managed policy. What belongs to one role alone may be inline, and can never be attached
# elsewhere by mistake.
#
# ## Add a condition
#
# The application should list orders too, but only those below `incoming/`. The request says what it wants to list in the
# condition key `s3:prefix`:

# %%
list_incoming = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": "arn:aws:s3:::bookshop-orders",
            "Condition": {"StringLike": {"s3:prefix": ["incoming/", "incoming/*"]}},
        }
    ],
}
iam.put_role_policy(
    RoleName="orders-task-role",
    PolicyName="list-incoming",
    PolicyDocument=json.dumps(list_incoming),
)
listed = app.list_objects_v2(Bucket="bookshop-orders", Prefix="incoming/")
[item["Key"] for item in listed["Contents"]]

# %% [markdown]
# **Predict.** What happens with `Prefix="archive/"`?

# %%
with rolelab.expect_denied("s3:ListBucket"):
    app.list_objects_v2(Bucket="bookshop-orders", Prefix="archive/")

# %% [markdown]
# ## Change a managed policy, and take it back
#
# A managed policy is never edited. You add a **version** and say which one is in force.

# %%
without_log = {**scoped, "Statement": scoped["Statement"][:2]}
iam.create_policy_version(
    PolicyArn=ours["Arn"], PolicyDocument=json.dumps(without_log), SetAsDefault=True
)
log_stream = f"arn:aws:logs:us-east-1:{account}:log-group:/ecs/orders:log-stream:web"
may("csecstaskexecutionrole", "logs:PutLogEvents", log_stream)

# %% [markdown]
# The log has stopped. With an inline policy you would now look for the old text. Here it is one call:

# %%
iam.set_default_policy_version(PolicyArn=ours["Arn"], VersionId="v1")
# %aws iam list-policy-versions --policy-arn {ours["Arn"]} --query Versions[].[VersionId,IsDefaultVersion]
may("csecstaskexecutionrole", "logs:PutLogEvents", log_stream)

# %% [markdown]
# **Predict.** How many versions can you keep?

# %%
try:
    for _ in range(10):
        made = iam.create_policy_version(
            PolicyArn=ours["Arn"], PolicyDocument=json.dumps(scoped)
        )
except iam.exceptions.LimitExceededException as error:
    print("after", made["PolicyVersion"]["VersionId"], "-", error)

# %% [markdown]
# ## Meet the other limits
#
# Each of these is refused, and changes nothing. Read the messages: you will see them again.


# %%
def attempt(what, call, **arguments):
    """Run a call that IAM refuses, and print what it says."""
    try:
        call(**arguments)
        print(f"{what}: accepted")
    except ClientError as error:
        print(f"{what}:\n    {error}")


inline = {"RoleName": "orders-task-role", "PolicyName": "try"}
many = [f"arn:aws:s3:::bookshop-orders/incoming/{number:05}/*" for number in range(300)]
statement = {**read_incoming["Statement"][0], "Resource": many}
too_long = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
nowhere = f"arn:aws:iam::{account}:policy/nowhere"

attempt(
    "a document that is too long",
    iam.put_role_policy,
    **inline,
    PolicyDocument=too_long,
)
attempt("a policy in use", iam.delete_policy, PolicyArn=ours["Arn"])
attempt(
    "a policy that is not there",
    iam.attach_role_policy,
    RoleName="orders-task-role",
    PolicyArn=nowhere,
)

# %% [markdown]
# And documents that are no policies:


# %%
def with_statement(**changes):
    """The policy read_incoming with some elements of its statement replaced."""
    statement = {**read_incoming["Statement"][0], **changes}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


mistakes = {
    "an action without its service": {"Action": "GetObject"},
    "a resource that is no ARN": {"Resource": "bookshop-orders/incoming"},
    "an operator with a typing error": {
        "Condition": {"StringLikes": {"s3:prefix": "incoming/*"}}
    },
    "a principal in an identity-based policy": {"Principal": "*"},
    "an action that does not exist": {"Action": "s3:FetchObject"},
}
for what, change in mistakes.items():
    attempt(
        what, iam.put_role_policy, **inline, PolicyDocument=with_statement(**change)
    )

# %% [markdown]
# Look at the last line. IAM checks the *form* of an action, not whether the service has it. The policy is stored and
# never matches anything. A policy that is accepted is not yet a policy that works, which is why this course tries every
# policy by a call that should work and by one that should not.

# %%
iam.delete_role_policy(RoleName="orders-task-role", PolicyName="try")
iam.list_role_policies(RoleName="orders-task-role")["PolicyNames"]

# %% [markdown]
# ## Your turn
#
# The application finishes an order by writing it below `archive/`. Let `orders-task-role` write there, and *only* there;
# it must not read the archive, and never delete. You choose: inline or managed.

# %% tags=["stub"]
# iam.put_role_policy(RoleName="orders-task-role", PolicyName="write-archive", ...)

# %% tags=["answer"]
iam.put_role_policy(
    RoleName="orders-task-role",
    PolicyName="write-archive",
    PolicyDocument=with_statement(
        Action="s3:PutObject", Resource="arn:aws:s3:::bookshop-orders/archive/*"
    ),
)
iam.list_role_policies(RoleName="orders-task-role")["PolicyNames"]

# %% tags=["check"]
with your_turn("the application writes to the archive, and only writes"):
    app.put_object(Bucket="bookshop-orders", Key="archive/1001.json", Body=b"{}")
    with rolelab.expect_denied("s3:GetObject"):
        app.get_object(Bucket="bookshop-orders", Key="archive/1001.json")
    with rolelab.expect_denied("s3:DeleteObject"):
        app.delete_object(Bucket="bookshop-orders", Key="archive/1001.json")
    with rolelab.expect_denied("s3:PutObject"):
        app.put_object(Bucket="bookshop-orders", Key="incoming/1001.json", Body=b"{}")

# %% [markdown] tags=["hint"]
# One statement, one action, one resource that ends in `archive/*`.

# %% [markdown]
# ## On real AWS
#
# | Step | Console | AWS CLI |
# | --- | --- | --- |
# | own managed policy | IAM, **Policies**, **Create policy**, **JSON** | `aws iam create-policy --policy-name orders-execution --policy-document file://policy.json` |
# | new version in force | the policy, **Edit**, **Save changes** | `aws iam create-policy-version --policy-arn ARN --policy-document file://policy.json --set-as-default` |
# | inline policy | the role, **Add permissions**, **Create inline policy** | `aws iam put-role-policy --role-name orders-task-role --policy-name read-incoming --policy-document file://read.json` |
# | try it | the policy simulator | `aws iam simulate-principal-policy --policy-source-arn ROLE_ARN --action-names s3:GetObject` |
#
# The console's editor warns of actions that no service has; the API does not. Limits differ by kind of policy and can
# partly be raised: *IAM and AWS STS quotas*.
#
# ## What to keep
#
# - Policies add up. To make a role smaller, take something away.
# - Managed policies are shared and have versions; inline policies belong to one role.
# - Stored is not the same as working: try each policy with a call that should pass and one that should not.
#
# In this notebook we have cut an execution role down to one image and one log. Lesson 04 reads what AWS answers when
# several policies disagree.
