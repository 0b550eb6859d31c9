# %% [markdown]
# # Create the role that ECS uses to start your containers
#
# A container that will not start is most often a role that ECS may not use. In this lesson you build that
# role, `csecstaskexecutionrole`, and decide who may step into it.
#
# | | |
# | --- | --- |
# | **You'll do** | create `csecstaskexecutionrole` the way the console does, try to step into it, and close it to everyone but your own ECS tasks |
# | **You'll learn** | to read and write a trust policy, and to say which of two policies stopped a caller |
# | **You'll need** | lessons 00 and 01; 25 minutes |

# %% [markdown]
# ## Set up

# %% tags=["setup"]
import json

import boto3

import rolelab
from rolelab.labs import as_service, your_turn

sandbox = rolelab.start()
iam = boto3.client("iam")
sts = boto3.client("sts")
sandbox

# %% [markdown]
# ## Write down who may step in
#
# A role is an identity without a password and without keys of its own. Somebody *assumes* it and receives
# temporary credentials. So the first thing a role needs is a list of who may do that: its **trust policy**.
#
# The bookshop runs its orders service on Amazon ECS. Before a container starts, ECS pulls the image and opens
# the log. It does that with a role of yours, the **task execution role**. The principal that steps in is a
# service, `ecs-tasks.amazonaws.com`:

# %%
trust = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}

# %% [markdown]
# Three parts carry the meaning: *who* (`Principal`), *may do what* (`Action`, always an STS action), and the
# `Effect`. A policy that you attach to a user never says who: it is about whoever carries it. A trust policy
# must say it.
#
# ## Create the role: console, command line, Python
#
# This course began with a blog article, *Understanding csecstaskexecutionrole*. Its steps are right, and here they are
# beside the command line and boto3. Whichever you take, the same calls reach AWS; the console only asks in another order.
#
# | The article's step | In the console | With the AWS CLI | Here |
# | --- | --- | --- | --- |
# | Access the IAM console, create new role | IAM, **Roles**, **Create role** | `aws iam create-role` | the next cell |
# | AWS service, Elastic Container Service; use case: ECS Task | **AWS service**; **Elastic Container Service**; **Elastic Container Service Task** | `--assume-role-policy-document file://trust.json` | `trust`, above |
# | Attach policies | **Add permissions**, AmazonECSTaskExecutionRolePolicy | `aws iam attach-role-policy` | further down |
# | Name, review and create | **Role name**, **Create role** | `--role-name csecstaskexecutionrole` | the next cell |
# | Attach the role to your task definition | **Task execution role** | `"executionRoleArn"` in the task definition | lesson 05 |

# %%
role = iam.create_role(
    RoleName="csecstaskexecutionrole",
    Description="Pulls the image and writes the log of the orders service",
    AssumeRolePolicyDocument=json.dumps(trust),
)["Role"]
{name: role[name] for name in ("RoleName", "Arn", "RoleId")}

# %% [markdown]
# `%aws` runs the real AWS CLI, in a process of its own, against the same account and as the same person.
#
# **Predict.** The CLI now makes the same call. Will there be two roles of that name, one, or an error?

# %%
# %aws iam create-role --role-name csecstaskexecutionrole --assume-role-policy-document '{json.dumps(trust)}'

# %% [markdown]
# A role's name is taken once in an account, whichever tool asks for it. The console's **review** page is a read of
# the role that is there; so is this:

# %%
# %aws iam get-role --role-name csecstaskexecutionrole --query Role.AssumeRolePolicyDocument

# %% [markdown]
# ## Try the door yourself
#
# You are signed in as an administrator. `AdministratorAccess` allows every action on every resource, and
# `sts:AssumeRole` on this role is one of them.
#
# **Predict.** Will `assume_role` give you the role's credentials, or an error? If an error: about you, or
# about the role?

# %%
with rolelab.expect_denied("sts:AssumeRole"):
    sts.assume_role(RoleArn=role["Arn"], RoleSessionName="curious-admin")

# %%
# %aws sts assume-role --role-arn {role["Arn"]} --role-session-name curious-admin

# %% [markdown]
# The same call, the same answer. Both tools only send a request; the account decides. Why it decided like this:

# %%
rolelab.why()

# %% [markdown]
# Look at the two layers that answered. Your identity-based policy **allows** the call. The role's trust policy
# does not name you, and for this action it must: a role opens only for the principals on its own list, however
# much power they have elsewhere. That is why a new role is safe on the day it is made.
#
# ## Let the right one in
#
# ECS steps in when a task starts. Lesson 05 starts one; here we make the one call that matters in its name.
#
# **Predict.** Two services knock: ECS tasks, and AWS Lambda. Both are AWS. Who gets in?

# %%
as_service("ecs-tasks.amazonaws.com").allowed("sts:AssumeRole", role["Arn"])

# %%
as_service("lambda.amazonaws.com").denied("sts:AssumeRole", role["Arn"])

# %% [markdown]
# The comparison is exact text. The commonest slip is a service name that looks right. `ecs.amazonaws.com` is
# the ECS *control plane*; tasks come as `ecs-tasks.amazonaws.com`:

# %%
nearly = json.loads(json.dumps(trust).replace("ecs-tasks.", "ecs."))
iam.update_assume_role_policy(
    RoleName="csecstaskexecutionrole", PolicyDocument=json.dumps(nearly)
)
as_service("ecs-tasks.amazonaws.com").denied("sts:AssumeRole", role["Arn"])

# %% [markdown]
# IAM accepted that policy, because it is a correct document. It is only not what you meant. Launches would now
# fail with *ECS was unable to assume the role*, which is the whole story of Lab 1. Put it right, this time with the
# CLI, which prints nothing when all is well:

# %%
# %aws iam update-assume-role-policy --role-name csecstaskexecutionrole --policy-document '{json.dumps(trust)}'
as_service("ecs-tasks.amazonaws.com").allowed("sts:AssumeRole", role["Arn"])

# %% [markdown]
# ## What IAM refuses to store
#
# **Predict.** A colleague adds `"Resource": "*"` to the trust policy, as every other policy has it. Will IAM
# ignore it, accept it, or refuse the document?

# %%
copied = json.loads(json.dumps(trust))
copied["Statement"][0]["Resource"] = "*"
try:
    iam.update_assume_role_policy(
        RoleName="csecstaskexecutionrole", PolicyDocument=json.dumps(copied)
    )
except iam.exceptions.MalformedPolicyDocumentException as error:
    print(error)

# %%
# %aws iam update-assume-role-policy --role-name csecstaskexecutionrole --policy-document '{json.dumps(copied)}'

# %% [markdown]
# Refused, and nothing changed. A trust policy hangs on one role, so the resource is that role, always. Every
# policy you write in this course is checked like this before it is stored.
#
# ## Attach what the role may do
#
# The trust policy says who may step in. What they may do then is another policy, and so far there is none.
# The article's next step is *Attach Policies*; for an execution role AWS keeps one ready:

# %%
iam.attach_role_policy(
    RoleName="csecstaskexecutionrole",
    PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
)
iam.list_attached_role_policies(RoleName="csecstaskexecutionrole")["AttachedPolicies"]

# %% [markdown]
# Attaching again changes nothing and is no error, so the CLI may do it once more:

# %%
managed = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
# %aws iam attach-role-policy --role-name csecstaskexecutionrole --policy-arn {managed}
# %aws iam list-attached-role-policies --role-name csecstaskexecutionrole --query AttachedPolicies

# %% [markdown]
# What is in it?

# %%
version = iam.get_policy_version(
    PolicyArn=managed,
    VersionId="v1",
)["PolicyVersion"]
version["Document"]["Statement"][0]["Action"]

# %%
# %aws iam get-policy-version --policy-arn {managed} --version-id v1 --query PolicyVersion.Document

# %% [markdown]
# Four actions to pull an image, two to write a log. Nothing about S3, RDS or DynamoDB, although the article
# says that containers reach those through this role. They do not: these credentials go to ECS, "aren't directly
# accessible by the containers" (*Amazon ECS task execution IAM role*), and the application gets a role of its
# own in lesson 06.
#
# ## Close the last gap: whose ECS?
#
# `ecs-tasks.amazonaws.com` is one service for all customers. The trust policy above lets it in, whoever it
# works for. A service that can be talked into using your role for somebody else is a **confused deputy**.
#
# **Predict.** ECS knocks while it works for account 999988887777. Does the trust policy let it in?

# %%
as_service("ecs-tasks.amazonaws.com", source_account="999988887777").allowed(
    "sts:AssumeRole", role["Arn"]
)

# %% [markdown]
# It does. ECS puts the account and the ARN it works for into the request; the policy must look at them. Both
# keys are in *Amazon ECS task IAM role* as the recommended protection:

# %%
trust["Statement"][0]["Condition"] = {
    "StringEquals": {"aws:SourceAccount": sandbox.account_id},
    "ArnLike": {"aws:SourceArn": f"arn:aws:ecs:us-east-1:{sandbox.account_id}:*"},
}
iam.update_assume_role_policy(
    RoleName="csecstaskexecutionrole", PolicyDocument=json.dumps(trust)
)

as_service("ecs-tasks.amazonaws.com", source_account="999988887777").denied(
    "sts:AssumeRole", role["Arn"]
)

# %%
rolelab.why()

# %% [markdown]
# Read the marked line. The principal fits, the action fits, and one condition does not: all of them must.
#
# ## Your turn
#
# **1.** The application needs a role too. Create `orders-task-role`, for ECS tasks of this account only. It has
# no permissions yet; that is lesson 06.

# %% tags=["stub"]
# iam.create_role(RoleName="orders-task-role", ...)

# %% tags=["answer"]
orders = iam.create_role(
    RoleName="orders-task-role",
    AssumeRolePolicyDocument=json.dumps(trust),
)
orders["Role"]["Arn"]

# %% tags=["check"]
with your_turn(
    "orders-task-role opens for ECS tasks of this account, and for nobody else"
):
    orders_role = f"arn:aws:iam::{sandbox.account_id}:role/orders-task-role"
    as_service("ecs-tasks.amazonaws.com").allowed("sts:AssumeRole", orders_role)
    as_service("ecs-tasks.amazonaws.com", source_account="999988887777").denied(
        "sts:AssumeRole", orders_role
    )
    as_service("lambda.amazonaws.com").denied("sts:AssumeRole", orders_role)

# %% [markdown] tags=["hint"]
# The trust policy that you need is in the variable `trust`. Two roles may have the same trust policy; what tells
# them apart is what they may do.

# %% [markdown]
# **2.** The administrator wants to look at the account the way the support team sees it. Create
# `bookshop-support` so that you, signed in as `assumed-role/Administrator/learner`, can assume it. Which ARN do
# you put into `Principal`?

# %% tags=["stub"]
# iam.create_role(RoleName="bookshop-support", ...)

# %% tags=["answer"]
support_trust = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {
                "AWS": f"arn:aws:iam::{sandbox.account_id}:role/Administrator"
            },
            "Action": "sts:AssumeRole",
        }
    ],
}
support = iam.create_role(
    RoleName="bookshop-support",
    AssumeRolePolicyDocument=json.dumps(support_trust),
)
support["Role"]["Arn"]

# %% tags=["check"]
with your_turn("you can step into bookshop-support"):
    sts.assume_role(
        RoleArn=f"arn:aws:iam::{sandbox.account_id}:role/bookshop-support",
        RoleSessionName="learner",
    )

# %% [markdown] tags=["hint"]
# `sts.get_caller_identity()["Arn"]` is your *session*. A session comes and goes; the role behind it stays. A trust
# policy usually names the role, `arn:aws:iam::<account>:role/<name>`.

# %% [markdown]
# ## On real AWS
#
# | Step | Console | AWS CLI |
# | --- | --- | --- |
# | create | IAM, **Roles**, **Create role**, AWS service, Elastic Container Service, Elastic Container Service Task | `aws iam create-role --role-name csecstaskexecutionrole --assume-role-policy-document file://trust.json` |
# | attach | **Add permissions**, AmazonECSTaskExecutionRolePolicy | `aws iam attach-role-policy --role-name csecstaskexecutionrole --policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy` |
# | narrow the trust | the role, **Trust relationships**, **Edit trust policy** | `aws iam update-assume-role-policy --role-name csecstaskexecutionrole --policy-document file://trust.json` |
#
# What the sandbox does not show: on AWS a new role takes some seconds to be known everywhere, so a script that
# creates a role and uses it at once has to try again. The decisions are the same.
#
# ## What to keep
#
# - A role has two kinds of policies: the trust policy says **who may step in**, the attached ones **what they may
#   do then**.
# - For assuming a role, an administrator's `Allow *` is not enough: the role must name the caller.
# - A service principal works for many customers; `aws:SourceAccount` and `aws:SourceArn` say whose work you serve.
#
# In this notebook we have built both roles of the orders service and opened them for ECS alone. Next, in lesson 03,
# they learn what they may do.
