# %% [markdown]
# # Lab 2: Scope a policy to what the service really does
#
# The orders service runs, and its role may do everything with every bucket: the night before the launch somebody gave
# `orders-task-role` the action `s3:*` on `*`, and it stayed. This morning a test run deleted a day of orders. Mara asks
# you for a policy under which that cannot happen.
#
# | | |
# | --- | --- |
# | **You'll do** | write the smallest policy for a service, and one policy that serves every user of a group |
# | **You'll learn** | to split actions between a bucket and its objects, to narrow a listing to a prefix, to use a policy variable |
# | **You'll need** | lessons 03 and 04; 30 minutes |
#
# Each check makes real calls and looks at AWS's answers. It never reads your policy, so every policy that behaves
# right passes. What a check writes or deletes is put back.

# %% [markdown]
# ## Set up
#
# Run this cell first. It starts a fresh account; run it again whenever you want to begin anew.

# %% tags=["setup"]
import json

import boto3

import rolelab
from rolelab.labs import as_role, lab_2

sandbox = rolelab.start()
iam = boto3.client("iam")
s3 = boto3.client("s3")

# %% [markdown]
# ## What is there
#
# One bucket holds the orders on their way through the shop, another the orders of past years.

# %%
objects = {
    "bookshop-orders": [
        "incoming/1001.json",
        "incoming/2026/11/1002.json",
        "incoming-archive/0001.json",
        "processed/1000.json",
        "reports/all.csv",
        "reports/ida/november.csv",
        "reports/jon/november.csv",
    ],
    "bookshop-orders-archive": ["incoming/0001.json"],
}
for bucket, keys in objects.items():
    s3.create_bucket(Bucket=bucket)
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"{}")

# %% [markdown]
# And this is the role of the orders service, with the policy of that night:

# %%
trust = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": sandbox.account_id}},
        }
    ],
}
that_night = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
}
iam.create_role(RoleName="orders-task-role", AssumeRolePolicyDocument=json.dumps(trust))
iam.put_role_policy(
    RoleName="orders-task-role",
    PolicyName="orders-access",
    PolicyDocument=json.dumps(that_night),
)

# %% [markdown]
# How far does it reach? Ask for what the service must never do, and see what of it works:

# %%
orders = as_role("orders-task-role")
orders.reaches(
    [
        ("s3:DeleteObject", "arn:aws:s3:::bookshop-orders/incoming/1001.json"),
        ("s3:GetObject", "arn:aws:s3:::bookshop-orders-archive/incoming/0001.json"),
        ("s3:PutBucketPolicy", "arn:aws:s3:::bookshop-orders"),
        ("iam:ListUsers", "*"),
    ]
)

# %% [markdown]
# ## Task 1: The smallest policy for the orders service
#
# The service does three things with the bucket `bookshop-orders`:
#
# | it | with |
# | --- | --- |
# | lists what has come in | `list_objects_v2(Bucket="bookshop-orders", Prefix="incoming/")` |
# | reads an order | `get_object`, keys below `incoming/` |
# | writes the result | `put_object`, keys below `processed/` |
#
# Write a policy into `task_policy`, as a dict, that allows these three and nothing else: no deleting, no reading of
# `processed/`, no listing of anything but `incoming/`, no other bucket, no change to the bucket itself. The check
# puts your document in the place of the old one, with `iam.put_role_policy`.

# %% [markdown] tags=["hint"]
# `s3:ListBucket` is an action on a bucket; `s3:GetObject` and `s3:PutObject` are actions on objects. Their ARNs look
# different: `arn:aws:s3:::bucket` and `arn:aws:s3:::bucket/key`.

# %% [markdown] tags=["hint"]
# A listing always asks for the whole bucket, so its ARN cannot name a prefix. The request carries the prefix in the
# condition key `s3:prefix`.

# %% [markdown] tags=["hint"]
# Reading and writing belong to different prefixes. How many statements do you need, if all parts of a statement are
# combined with each other?

# %% tags=["stub"]
task_policy = ...

# %% tags=["solution"]
task_policy = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": "arn:aws:s3:::bookshop-orders",
            "Condition": {"StringEquals": {"s3:prefix": "incoming/"}},
        },
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::bookshop-orders/incoming/*",
        },
        {
            "Effect": "Allow",
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::bookshop-orders/processed/*",
        },
    ],
}

# %% tags=["check"]
lab_2.check_task_policy()

# %% [markdown] tags=["solution"]
# **Why this is right.** Three needs, three statements: in one statement every action would meet every resource, and
# `processed/` could be read. The listing has the bucket's ARN and a condition on `s3:prefix`, as in *Identity-based
# policy examples for Amazon S3*; a request without a prefix has no such key, and `StringEquals` fails on an absent key.
# `StringLike` with `incoming/*` is right as well, and lets the service list deeper folders. `incoming*`, without the
# slash, would also mean `incoming-archive/`.

# %% [markdown]
# ## Task 2: One policy for everybody in the group
#
# Ida and Jon write monthly reports. They are in the group `bookshop-staff`, whose policy lets everybody read the
# reports of everybody:

# %%
everybodys_reports = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::bookshop-orders/reports/*",
        }
    ],
}
iam.create_group(GroupName="bookshop-staff")
iam.put_group_policy(
    GroupName="bookshop-staff",
    PolicyName="own-reports",
    PolicyDocument=json.dumps(everybodys_reports),
)
for user in ("ida", "jon"):
    iam.create_user(UserName=user)
    iam.add_user_to_group(GroupName="bookshop-staff", UserName=user)

# %% [markdown]
# Write the group's policy into `reports_policy`. Afterwards each user reads the objects below `reports/` followed by
# their own name, such as `reports/ida/november.csv`, and no others. It must hold for whoever joins the group tomorrow,
# without another change. Reading is all they may do.

# %% [markdown] tags=["hint"]
# The name of the calling user is a condition key of every request that a user signs. A policy can put the value of
# such a key into a resource: `${...}`.

# %% [markdown] tags=["hint"]
# Your variable seems to do nothing? Without `"Version": "2012-10-17"` a document is read as the older version of the
# language, in which `${` is plain text. And in Python, an f-string takes the braces for itself.

# %% tags=["stub"]
reports_policy = ...

# %% tags=["solution"]
reports_policy = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::bookshop-orders/reports/${aws:username}/*",
        }
    ],
}

# %% tags=["check"]
lab_2.check_reports_policy()

# %% [markdown] tags=["solution"]
# **Why this is right.** AWS puts the caller's name into the ARN at every request (*IAM policy elements: Variables and
# tags*), so one document serves them all. The slash after the variable matters: without it, `ida` could read the
# folder `ida-2`. The variable is for users: a role session has no `aws:username`, and then the statement matches
# nothing.

# %% [markdown]
# ## Go further
#
# - Forbid the service every call without TLS: a `Deny` with `aws:SecureTransport`. Which operator, and why does a
#   `Deny` not grant anything?
# - Let each user list their own folder too. You need another action, another ARN and the key `s3:prefix`.
# - Look at `rolelab.why()` after a passed check: the last call that was denied. Which layer decided?
#
# ## On real AWS
#
# An inline policy is edited under IAM, **Roles** or **User groups**, **Permissions**, with the JSON editor; IAM Access
# Analyzer can propose a policy from what a role has done (lesson 14 does that here). The bucket's own policy can allow
# or forbid as well; in this lab it has none.
#
# ## What to keep
#
# - A bucket and its objects are different resources: listing belongs to the one, reading and writing to the other.
# - In one statement every action meets every resource. Different places need different statements.
# - `${aws:username}` serves a whole group, also those who join later.
#
# In this lab we have cut a policy down to what the service does, and proved that nothing else is left.
