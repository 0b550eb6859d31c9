# %% [markdown]
# # Find out who is calling
#
# Before AWS asks what a caller may do, it asks who the caller is. Mix up the two questions and you will edit
# policies for an hour when a key has a typing error in it.
#
# | | |
# | --- | --- |
# | **You'll do** | call as a user and as a role, break credentials in four ways, and read each error |
# | **You'll learn** | to tell a user from a role session, long-term keys from temporary ones, and "who are you" from "you may not" |
# | **You'll need** | lesson 00; 20 minutes |

# %% [markdown]
# ## Set up

# %% tags=["setup"]
import json

import boto3
from botocore.exceptions import ClientError

import rolelab
from rolelab.labs import your_turn

sandbox = rolelab.start()
iam, sts = boto3.client("iam"), boto3.client("sts")
account = sandbox.account_id

# %% [markdown]
# ## A user and her key
#
# An IAM **user** is one person or one program, with credentials that last until somebody deletes them. An access key
# has two parts: an id, which says who, and a secret, which proves it.

# %%
iam.create_user(UserName="mara")
key = iam.create_access_key(UserName="mara")["AccessKey"]
mara = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"]).client("sts")
key["AccessKeyId"], mara.get_caller_identity()["Arn"]

# %% [markdown]
# Ids that begin with `AKIA` are long-term keys. The secret is never sent: boto3 uses it to *sign* each request, and
# AWS signs the same request with its own copy and compares.
#
# **Predict.** Mara has no policy at all. Why was `get_caller_identity` allowed?

# %% [markdown]
# Because no policy controls this call. AWS always tells callers who they are, even if a policy denies it, so it is the
# first thing to try with any credentials (*GetCallerIdentity*).
#
# ## Break it: the wrong secret
#
# **Predict.** The id is right, one letter of the secret is wrong. Is that an error about permissions?

# %%
wrong = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"][:-1] + "~").client(
    "sts"
)
try:
    wrong.get_caller_identity()
except ClientError as error:
    print(error.response["Error"]["Code"])

# %% [markdown]
# `SignatureDoesNotMatch`: AWS does not believe the caller, so it never came to permissions. Editing policies cannot
# help. An id that does not exist fails in another way:

# %%
stranger = boto3.Session("AKIAIOSFODNN7EXAMPLE", key["SecretAccessKey"]).client("sts")
try:
    stranger.get_caller_identity()
except ClientError as error:
    print(error.response["Error"]["Code"], "-", error.response["Error"]["Message"])

# %% [markdown]
# ## Break it: an inactive key
#
# A key that may have leaked is first switched off, so that you can see who still depends on it.

# %%
iam.update_access_key(
    UserName="mara", AccessKeyId=key["AccessKeyId"], Status="Inactive"
)
try:
    mara.get_caller_identity()
except ClientError as error:
    print(error.response["Error"]["Code"])
iam.update_access_key(UserName="mara", AccessKeyId=key["AccessKeyId"], Status="Active")
mara.get_caller_identity()["Arn"]

# %% [markdown]
# ## A role and its session
#
# A **role** has no key. Whoever may *assume* it gets a **session**: an id, a secret and a token, which end after an hour
# unless you ask for another time. We make a role for the support team. Its trust policy says that this account may use
# it; lesson 02 is about that document.

# %%
trust = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": "sts:AssumeRole",
        }
    ],
}
iam.create_role(RoleName="bookshop-support", AssumeRolePolicyDocument=json.dumps(trust))
answer = sts.assume_role(
    RoleArn=f"arn:aws:iam::{account}:role/bookshop-support",
    RoleSessionName="ticket-4711",
)
credentials = answer["Credentials"]
credentials["AccessKeyId"], credentials["Expiration"].isoformat(timespec="minutes")

# %% [markdown]
# `ASIA` marks a temporary key.
#
# **Predict.** What will `get_caller_identity` say now: your administrator session, the role, or something else?

# %%
support = boto3.Session(
    credentials["AccessKeyId"],
    credentials["SecretAccessKey"],
    credentials["SessionToken"],
)
support.client("sts").get_caller_identity()["Arn"]

# %% [markdown]
# Something else. The *role* is `arn:aws:iam::...:role/bookshop-support`. Who calls is a *session* of it,
# `arn:aws:sts::...:assumed-role/bookshop-support/ticket-4711`. The last part is the name you chose. Choose one that
# tells a colleague who it was: it is what the trail will show.
#
# ## Break it: leave out the token
#
# Programs that read only two of the three values are a classic.

# %%
half = boto3.Session(credentials["AccessKeyId"], credentials["SecretAccessKey"])
try:
    half.client("sts").get_caller_identity()
except ClientError as error:
    print(error.response["Error"]["Code"], "-", error.response["Error"]["Message"])

# %% [markdown]
# The same code as for a key that does not exist. For AWS, a temporary key without its token does not.
#
# ## A session is not its maker
#
# **Predict.** You are an administrator, and you opened the session. May the session list users?

# %%
with rolelab.expect_denied("iam:ListUsers"):
    support.client("iam").list_users()

# %%
rolelab.why()

# %% [markdown]
# No. A session has the permissions of the **role**, and this one has none. Nothing of yours came along. That works in
# both directions: you can step into a weaker role to try things, and a program can hold a role that no person has.
#
# This time the error was `AccessDenied`: AWS knew very well who was calling. Compare:
#
# | Error code | AWS says | Look at |
# | --- | --- | --- |
# | `InvalidClientTokenId` (S3: `InvalidAccessKeyId`, JSON services: `UnrecognizedClientException`) | I do not know this key | the key id, the token, whether the key is active |
# | `SignatureDoesNotMatch` | the secret is not the one of this key | the secret |
# | `ExpiredToken` | these credentials have ended | get new ones |
# | `AccessDenied` (JSON services: `AccessDeniedException`) | I know you, and you may not | policies, with `why()` |
#
# ## From one role to the next
#
# A session may assume another role, if that role trusts it and its own policy allows the call. Each step forgets the one before.
# AWS calls this *role chaining* and limits it to one hour.

# %%
iam.put_role_policy(
    RoleName="bookshop-support",
    PolicyName="become-auditor",
    PolicyDocument=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "sts:AssumeRole",
                    "Resource": f"arn:aws:iam::{account}:role/bookshop-auditor",
                }
            ],
        }
    ),
)
iam.create_role(
    RoleName="bookshop-auditor",
    AssumeRolePolicyDocument=json.dumps(trust),
    MaxSessionDuration=4 * 3600,
)
chained = support.client("sts").assume_role(
    RoleArn=f"arn:aws:iam::{account}:role/bookshop-auditor",
    RoleSessionName="ticket-4711",
)
chained["AssumedRoleUser"]["Arn"]

# %% [markdown]
# **Predict.** The role allows sessions of four hours. Can the support session ask for two?

# %%
try:
    support.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{account}:role/bookshop-auditor",
        RoleSessionName="ticket-4711",
        DurationSeconds=7200,
    )
except ClientError as error:
    print(error.response["Error"]["Message"])

# %% [markdown]
# ## Who was it? Ask the trail
#
# Every call carries its caller. Look at the type, and for a session at the role that issued it:

# %%
for record in list(sandbox.trail)[-4:]:
    caller = record["userIdentity"]
    issuer = (
        caller.get("sessionContext", {}).get("sessionIssuer", {}).get("userName", "-")
    )
    print(
        record["eventName"],
        caller["type"],
        f"role={issuer}",
        caller["arn"],
        sep="  ",
    )

# %% [markdown]
# ## Principals you will meet
#
# | Principal | ARN | Credentials |
# | --- | --- | --- |
# | the account's root user | `arn:aws:iam::123456789012:root` | the owner's password; for nearly nothing |
# | a user | `arn:aws:iam::123456789012:user/mara` | `AKIA...`, long-term |
# | a role session | `arn:aws:sts::123456789012:assumed-role/bookshop-support/ticket-4711` | `ASIA...` with a token, for hours |
# | an AWS service | `ecs-tasks.amazonaws.com` | its own, inside AWS |
# | everyone | `*` | none at all |
#
# A **group** is not among them. It hands policies to its users, but nobody calls as a group.
#
# ## Your turn
#
# The reporting program runs at night. Give it a role instead of a key: create `reports`, which this account may assume,
# then open a session called `nightly` and keep its client in the variable `nightly`.

# %% tags=["stub"]
nightly = None  # boto3.Session(...).client("sts")

# %% tags=["answer"]
iam.create_role(RoleName="reports", AssumeRolePolicyDocument=json.dumps(trust))
reports = f"arn:aws:iam::{account}:role/reports"
made = sts.assume_role(RoleArn=reports, RoleSessionName="nightly")["Credentials"]
session = boto3.Session(
    made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]
)
nightly = session.client("sts")

# %% tags=["check"]
with your_turn("the program calls as assumed-role/reports/nightly"):
    assert nightly is not None, "The variable nightly is still None."
    caller = nightly.get_caller_identity()["Arn"]
    assert caller.endswith(":assumed-role/reports/nightly"), f"It calls as {caller}."

# %% [markdown] tags=["hint"]
# `assume_role` answers with three values under `Credentials`. All three go into `boto3.Session`.

# %% [markdown]
# ## On real AWS
#
# | Step | Console | AWS CLI |
# | --- | --- | --- |
# | who am I | the account menu, top right | `aws sts get-caller-identity` |
# | assume a role | the account menu, **Switch role** | `aws sts assume-role --role-arn ROLE_ARN --role-session-name ticket-4711` |
# | switch a key off | IAM, **Users**, **Security credentials**, **Actions**, **Deactivate** | `aws iam update-access-key --user-name mara --access-key-id AKIA... --status Inactive` |
#
# People on real accounts best sign in through IAM Identity Center, which gives them role sessions; users with keys are
# the exception. The root user has no place in daily work, so the sandbox does not hand out its keys.
#
# ## What to keep
#
# - Authentication first, authorization second: only `AccessDenied` is about policies.
# - A user has long-term keys; a role is assumed, and a *session* calls, with the role's permissions alone.
# - Temporary credentials have three parts and an end.
#
# In this notebook we have called as three principals and broken their credentials. Lesson 02 builds the role that ECS uses.
