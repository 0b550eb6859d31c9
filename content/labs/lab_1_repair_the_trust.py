# %% [markdown]
# # Lab 1: Repair the trust of a role that ECS cannot use
#
# Mara deploys the orders service of the bookshop, and the launch stops: ECS was unable to assume
# `csecstaskexecutionrole`. Somebody built the role's trust policy out of pieces of older roles, and a contractor
# whose work ended in spring is still in it. Mara calls you, the administrator.
#
# | | |
# | --- | --- |
# | **You'll do** | repair a trust policy, close it to everybody but your own ECS tasks, and open another role to one person with MFA |
# | **You'll learn** | to say who can step into a role, and to prove who cannot |
# | **You'll need** | lesson 02; 25 minutes |
#
# Each check makes real calls and looks at AWS's answers. It never reads your policy, so every policy that behaves
# right passes.

# %% [markdown]
# ## Set up
#
# Run this cell first. It starts a fresh account; run it again whenever you want to begin anew.

# %% tags=["setup"]
import json

import boto3

import rolelab
from rolelab.labs import as_account, as_service, lab_1

sandbox = rolelab.start()
iam = boto3.client("iam")
account = sandbox.account_id
contractor = "999988887777"

# %% [markdown]
# ## What Mara found
#
# This is the trust policy as it stands. Three statements, three authors.

# %%
found = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "FromTheImageResizer",
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
        {
            "Sid": "ForTheLaunch",
            "Effect": "Allow",
            "Principal": {"Service": "ecs.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
        {
            "Sid": "SpringProject",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{contractor}:root"},
            "Action": "sts:AssumeRole",
        },
    ],
}
role = iam.create_role(
    RoleName="csecstaskexecutionrole", AssumeRolePolicyDocument=json.dumps(found)
)["Role"]
iam.attach_role_policy(
    RoleName="csecstaskexecutionrole",
    PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
)
role["Arn"]

# %% [markdown]
# A launch begins with one call: ECS assumes the execution role. Here it is, without the rest of the launch.

# %%
as_service("ecs-tasks.amazonaws.com").denied("sts:AssumeRole", role["Arn"])

# %%
rolelab.why()

# %% [markdown]
# Nobody gets in who should. Somebody gets in who should not: an administrator of the contractor's account steps into
# your role, today.

# %%
as_account(contractor).allowed("sts:AssumeRole", role["Arn"])

# %% [markdown]
# ## Task 1: Let the right one in, and everyone else out
#
# Write the trust policy of `csecstaskexecutionrole` into the variable `trust`, as a dict. Afterwards
#
# - ECS can step into the role when it starts a task;
# - AWS Lambda, every other service, the contractor and you yourself cannot.
#
# The check hands your document to `iam.update_assume_role_policy` and then tries the door as each of them.

# %% [markdown] tags=["hint"]
# `rolelab.why()` shows the last denial: the name of the caller stands in the first line, and below it the statement
# that came nearest. Which part of that statement is different?

# %% [markdown] tags=["hint"]
# You need one statement, not three. A statement that nobody needs is a door that nobody watches.

# %% tags=["stub"]
trust = ...

# %% tags=["solution"]
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

# %% tags=["check"]
lab_1.check_trust()

# %% [markdown] tags=["solution"]
# **Why this is right.** The launch comes as `ecs-tasks.amazonaws.com`. `ecs.amazonaws.com` looks related and is
# another principal; Principal compares whole names. Lambda and the contractor go because nobody who is on the list
# needs them. An account in `Principal` is the widest of the three: it lets that account's administrator decide who
# comes (*AWS JSON policy elements: Principal*).

# %% [markdown]
# ## Task 2: Serve nobody but your own account
#
# `ecs-tasks.amazonaws.com` is one principal for all customers of AWS. Somebody who can make *their* ECS use *your*
# role has found a confused deputy. ECS says for whom it works: every request carries the account and the ARN it
# works for, in the condition keys that lesson 02 showed.
#
# Write the whole policy again, into `our_trust`. Afterwards ECS can step in while it works for your account, and
# not while it works for any other. What you shut in Task 1 stays shut.

# %% [markdown] tags=["hint"]
# A condition is three things: an operator, a key of the request, a value. The value is in the variable `account`.

# %% [markdown] tags=["hint"]
# `aws:PrincipalAccount` is the account of the *caller*, and a service has none. `aws:ResourceAccount` is the account
# of the *role*, which is always yours. You need the account on whose behalf the service calls.

# %% tags=["stub"]
our_trust = ...

# %% tags=["solution"]
our_trust = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        }
    ],
}

# %% tags=["check"]
lab_1.check_confused_deputy()

# %% [markdown] tags=["solution"]
# **Why this is right.** All parts of a statement must fit. For a task of account 111122223333 the principal and the
# action fit, and `aws:SourceAccount` does not. Another right answer looks at the ARN instead, with
# `ArnLike` and `aws:SourceArn` set to `arn:aws:ecs:us-east-1:123456789012:*`; that one also fixes the Region. The
# page *Amazon ECS task IAM role* shows both keys together.

# %% [markdown]
# ## Task 3: One person, and only with MFA
#
# Once a year an auditor looks at the account. That is Ida's work. Her role, `bookshop-auditor`, is open to the whole
# account, and her colleague Jon has the same permissions as she has:

# %%
anyone_here = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": "sts:AssumeRole",
        }
    ],
}
auditor = iam.create_role(
    RoleName="bookshop-auditor", AssumeRolePolicyDocument=json.dumps(anyone_here)
)["Role"]
step_in = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": auditor["Arn"]}
    ],
}
for user in ("ida", "jon"):
    iam.create_user(UserName=user)
    iam.put_user_policy(
        UserName=user, PolicyName="step-in", PolicyDocument=json.dumps(step_in)
    )

# %% [markdown]
# Write the trust policy of `bookshop-auditor` into `auditor_trust`. Afterwards
#
# - the user `ida` can step in when she has signed in with MFA;
# - she cannot with her access key alone, and not with temporary credentials made without MFA;
# - Jon cannot, nor can you, nor can anybody else.
#
# The condition key is `aws:MultiFactorAuthPresent`. Mind what it looks like in each of the three cases:
#
# | Ida calls with | `aws:MultiFactorAuthPresent` |
# | --- | --- |
# | temporary credentials, made with a one-time password | `true` |
# | temporary credentials, made without | `false` |
# | her long-term access key | the key is not in the request |

# %% [markdown] tags=["hint"]
# An operator whose name ends in `IfExists` is met when the key is absent. In an Allow, that opens a door.

# %% [markdown] tags=["hint"]
# A user's ARN is `arn:aws:iam::<account>:user/<name>`. IAM refuses a trust policy that names a user who does not
# exist.

# %% tags=["stub"]
auditor_trust = ...

# %% tags=["solution"]
auditor_trust = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account}:user/ida"},
            "Action": "sts:AssumeRole",
            "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        }
    ],
}

# %% tags=["check"]
lab_1.check_auditor()

# %% [markdown] tags=["solution"]
# **Why this is right.** `Bool` with `true` is met in the first row of the table and in no other. Naming Ida's ARN
# keeps Jon out; in the same account it is also enough by itself, without a policy on her side. Another right answer
# keeps the account in `Principal` and asks for `aws:username` in the condition, next to the MFA.

# %% [markdown]
# ## Go further
#
# - Put the trust of Task 2 right from the command line: `%aws iam update-assume-role-policy ...`. The checks look at
#   the account, so they see it.
# - Ida's MFA sign-in may be hours old. `aws:MultiFactorAuthAge` counts the seconds; let her in for an hour only.
# - Find your own calls of this lab in `sandbox.trail.to_frame()`. Which `userIdentity` has a service?
#
# ## On real AWS
#
# A trust policy is edited under IAM, **Roles**, the role, **Trust relationships**, **Edit trust policy**. IAM Access
# Analyzer lists roles that other accounts can assume, which is how a forgotten contractor is found. The sandbox starts
# no task in this lab; lesson 05 does.
#
# ## What to keep
#
# - Principal compares whole names, and every name on it can use the role.
# - A service works for many customers: say whose work you serve.
# - An absent key fails `Bool` and passes `BoolIfExists`.
#
# In this lab we have repaired the trust of two roles, and proved it by trying. Lab 2 looks at what a role may do.
