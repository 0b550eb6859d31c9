# %% [markdown]
# # Start your own AWS account, and be refused for the first time
#
# The best way to learn who may do what on AWS is to try it and to be told no. That takes an account in which
# nothing can break and nothing costs money. It is already here.
#
# | | |
# | --- | --- |
# | **You'll do** | start an AWS account inside this notebook, store an order, and call as somebody who may not read it |
# | **You'll learn** | to tell who you are, to read a refusal with `why()`, and to find every call in the trail |
# | **You'll need** | some Python; no AWS account, no internet; 20 minutes |

# %% [markdown]
# ## Set up
#
# Run a cell with **Shift+Enter**. The first one starts the account. You may run it again at any time: it gives you
# a fresh account.

# %% tags=["setup"]
import json
import urllib.request

import boto3

import rolelab
from rolelab.labs import your_turn

sandbox = rolelab.start()
sandbox

# %% [markdown]
# ## Ask who you are
#
# `boto3` is AWS's own library for Python. Everything you write with it here works against a real account too. The
# first call on any account is this one:

# %%
sts = boto3.client("sts")
me = sts.get_caller_identity()
{name: me[name] for name in ("Account", "Arn")}

# %% [markdown]
# An **ARN** names one thing on AWS. Read yours from right to left: a session called `learner`, of the role
# `Administrator`, in account 123456789012. You did not log in with a password; you hold temporary credentials of a
# role, which is how most work on AWS is done. Lesson 01 takes that apart.
#
# ## Check that nothing leaves this machine
#
# **Predict.** The next cell asks AWS itself, by its real address, without boto3. What happens if this laptop is
# online?

# %%
try:
    urllib.request.urlopen("https://sts.amazonaws.com/", timeout=5)
except OSError as refused:
    print(refused)

# %% [markdown]
# Refused on this machine, before a single packet. The same guard holds for every library in this notebook, and
# your own AWS credentials, if this computer has any, are never read. So try things. Break things. Run the first
# cell again.
#
# ## Store an order
#
# The course follows one small company, a bookshop. Its orders are files in Amazon S3, in a *bucket*:

# %%
s3 = boto3.client("s3")
s3.create_bucket(Bucket="bookshop-orders")
s3.put_object(
    Bucket="bookshop-orders",
    Key="incoming/1001.json",
    Body=b'{"book": "Emma", "copies": 2}',
)
s3.get_object(Bucket="bookshop-orders", Key="incoming/1001.json")["Body"].read()

# %% [markdown]
# As an administrator you may do that. Mara may not, or not yet: she is new. We give her a *user* and an access
# key, and make a second session that signs its calls with her key.

# %%
iam = boto3.client("iam")
iam.create_user(UserName="mara")
key = iam.create_access_key(UserName="mara")["AccessKey"]
mara = boto3.Session(
    aws_access_key_id=key["AccessKeyId"],
    aws_secret_access_key=key["SecretAccessKey"],
)
mara.client("sts").get_caller_identity()["Arn"]

# %% [markdown]
# ## Be refused
#
# **Predict.** Mara's key is valid, and the order exists. What will `get_object` answer: the order, "no such key",
# or something about Mara?

# %%
mara_s3 = mara.client("s3")
with rolelab.expect_denied("s3:GetObject"):
    mara_s3.get_object(Bucket="bookshop-orders", Key="incoming/1001.json")

# %% [markdown]
# `expect_denied` lets a planned refusal pass, so that the notebook goes on. If the call were allowed, or refused
# for another action, the cell would fail.
#
# Now the question this course is about. **Why?**

# %%
rolelab.why()

# %% [markdown]
# The sentence in the box is AWS's own. It names the caller, the action and the resource, and then the reason:
# *no identity-based policy allows it*. Below it stands every kind of policy that AWS looks at, and its answer. On
# AWS everything is forbidden until a policy allows it, and nobody has written one for Mara.
#
# ## Allow it, and no more
#
# A policy is a JSON document. This one says: reading objects below `incoming/` is allowed.

# %%
read_orders = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::bookshop-orders/incoming/*",
        }
    ],
}
iam.put_user_policy(
    UserName="mara",
    PolicyName="read-orders",
    PolicyDocument=json.dumps(read_orders),
)
mara_s3.get_object(Bucket="bookshop-orders", Key="incoming/1001.json")["Body"].read()

# %% [markdown]
# The same key, the same call, another answer: policies are read at every call.
#
# **Predict.** Mara can read the order. Can she see which orders there are?

# %%
with rolelab.expect_denied("s3:ListBucket"):
    mara_s3.list_objects_v2(Bucket="bookshop-orders", Prefix="incoming/")

# %%
rolelab.why()

# %% [markdown]
# Listing is another action, on another resource: the bucket itself, not the objects in it. `why()` shows the
# statement that came nearest, and marks what does not fit. You will use it in every lesson from here on.
#
# ## Find every call in the trail
#
# AWS CloudTrail writes down who called what, when, and how it ended. The sandbox keeps such a trail of this
# account. As a table:

# %%
trail = sandbox.trail.to_frame()
trail[["user", "event", "error"]].fillna("").tail(8)

# %% [markdown]
# Nothing of what you did is missing, the refused calls included. Lesson 13 finds an intruder in such a table.
#
# ## The same account from the command line
#
# `%aws` runs the real AWS CLI in a process of its own, against this account:

# %%
# %aws s3api list-objects-v2 --bucket bookshop-orders --query Contents[].Key

# %% [markdown]
# ## Your turn
#
# Mara shall also *write* orders below `incoming/`, and still nothing else. Give her a second policy, `write-orders`.
# The action is called `s3:PutObject`.

# %% tags=["stub"]
# iam.put_user_policy(UserName="mara", PolicyName="write-orders", PolicyDocument=...)

# %% tags=["answer"]
write_orders = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::bookshop-orders/incoming/*",
        }
    ],
}
iam.put_user_policy(
    UserName="mara",
    PolicyName="write-orders",
    PolicyDocument=json.dumps(write_orders),
)
iam.list_user_policies(UserName="mara")["PolicyNames"]

# %% tags=["check"]
with your_turn("Mara writes below incoming/ and nowhere else"):
    mara_s3.put_object(Bucket="bookshop-orders", Key="incoming/1002.json", Body=b"{}")
    with rolelab.expect_denied("s3:PutObject"):
        mara_s3.put_object(
            Bucket="bookshop-orders", Key="archive/1002.json", Body=b"{}"
        )

# %% [markdown] tags=["hint"]
# Copy `read_orders`, change the action, and pass it through `json.dumps`.

# %% [markdown]
# ## On real AWS
#
# | Step | Console | AWS CLI |
# | --- | --- | --- |
# | who am I | the account menu, top right | `aws sts get-caller-identity` |
# | add a user's inline policy | IAM, **Users**, the user, **Add permissions**, **Create inline policy** | `aws iam put-user-policy --user-name mara --policy-name read-orders --policy-document file://read.json` |
# | see what happened | CloudTrail, **Event history** | `aws cloudtrail lookup-events` |
#
# On AWS a changed policy takes a few seconds to work everywhere, CloudTrail shows a call after some minutes, and
# people are better served by IAM Identity Center than by users with keys. The decisions are the same.
#
# ## What to keep
#
# - Every call on AWS is signed by somebody, and everything is forbidden until a policy allows it.
# - A refusal names the caller, the action, the resource and the kind of policy that stood in the way.
# - `rolelab.why()` shows the rest; `rolelab.start()` gives you a clean account.
#
# In this notebook we have been refused twice, and knew why both times. Lesson 01 asks who is calling.
