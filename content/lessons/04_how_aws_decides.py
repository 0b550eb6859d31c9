# %% [markdown]
# # Read any denial, and say which policy decided
#
# "Access denied" has a handful of causes. People lose days because they mend the wrong one. In this lesson you
# meet eight refusals, each with another cause or another face, and read every one of them in a minute.
#
# | | |
# | --- | --- |
# | **You'll do** | provoke eight denials, predict the reason of each, and read it with `why()` |
# | **You'll learn** | the order in which AWS asks its policies, and which word of the message names the culprit |
# | **You'll need** | lessons 01 to 03; 35 minutes |

# %% [markdown]
# ## Set up
#
# The cells build the bookshop: a bucket with two orders, the role of the orders service, and Mara with her group.

# %% tags=["setup"]
import json
from pathlib import Path

import boto3
import pandas as pd
from botocore.exceptions import ClientError

import rolelab
from rolelab.figures import evaluation
from rolelab.iam import Policies, Request, evaluate
from rolelab.labs import as_service, your_turn

sandbox = rolelab.start()
iam, s3, sts = boto3.client("iam"), boto3.client("s3"), boto3.client("sts")
seen = []  # every denial of this lesson, for the table at the end


def allow(action, resource, **condition):
    """One statement that allows, as a whole policy document."""
    statement = {
        "Effect": "Allow",
        "Action": action,
        "Resource": resource,
        **condition,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


# %%
s3.create_bucket(Bucket="bookshop-orders")
for key in ("incoming/1001.json", "archive/0999.json"):
    s3.put_object(Bucket="bookshop-orders", Key=key, Body=b'{"book": "Emma"}')

ecs_may_assume = Path("../data/trust-policies/ecs-tasks.json").read_text()
iam.create_role(RoleName="orders-task-role", AssumeRolePolicyDocument=ecs_may_assume)
iam.put_role_policy(
    RoleName="orders-task-role",
    PolicyName="orders",
    PolicyDocument=allow("s3:*", "arn:aws:s3:::bookshop-orders/*"),
)
iam.list_role_policies(RoleName="orders-task-role")["PolicyNames"]

# %% [markdown]
# The container gets its credentials from ECS. Here we take the same step by hand, in the name of ECS, and hold what
# the container would hold:

# %%
ecs = as_service("ecs-tasks.amazonaws.com")
task = ecs.assume("orders-task-role", session_name="orders-1")
app = task.client("s3")
task.client("sts").get_caller_identity()["Arn"]

# %% [markdown]
# ## How AWS asks
#
# AWS gathers every policy that bears on a request and asks in this order (*How AWS enforcement code logic evaluates
# requests to allow or deny access*):
#
# 1. Does **any** of them deny it? Then it is denied, and nothing else matters. That is an *explicit deny*.
# 2. Do the organization's guardrails (RCPs and SCPs) and the VPC endpoint allow it? No answer counts as no.
# 3. Does the **resource's** own policy or the caller's **identity-based** policy allow it? Within one account one
#    of them is enough; across accounts both are needed.
# 4. If the caller has a **permissions boundary** or came with a **session policy**, does each of them allow it too?
#
# Whatever nobody allows is denied: an *implicit deny*. Now watch each step say no.

# %% [markdown]
# ## 1. Nothing allows it
#
# The role may do `s3:*` on `bookshop-orders/*`. That is every S3 action.
#
# **Predict.** Will `list_objects_v2` on the bucket work?

# %%
with rolelab.expect_denied("s3:ListBucket"):
    app.list_objects_v2(Bucket="bookshop-orders")
seen.append(("list the bucket", rolelab.why()))

# %%
rolelab.why()

# %% [markdown]
# Every action, but only on what is *inside* the bucket. Listing asks the bucket itself,
# `arn:aws:s3:::bookshop-orders`, without a slash. This is the commonest S3 denial of all, and `why()` marks the
# line. The message says *no identity-based policy allows*: the cure is an Allow.

# %% [markdown]
# ## 2. A condition is not met
#
# So we allow listing, but only below `incoming/`.

# %%
iam.put_role_policy(
    RoleName="orders-task-role",
    PolicyName="list-incoming",
    PolicyDocument=allow(
        "s3:ListBucket",
        "arn:aws:s3:::bookshop-orders",
        Condition={"StringLike": {"s3:prefix": "incoming/*"}},
    ),
)
len(app.list_objects_v2(Bucket="bookshop-orders", Prefix="incoming/")["Contents"])

# %% [markdown]
# **Predict.** Without a `Prefix`, will S3 answer with the part that is allowed, with nothing, or with an error?

# %%
with rolelab.expect_denied("s3:ListBucket"):
    app.list_objects_v2(Bucket="bookshop-orders")
seen.append(("list without a prefix", rolelab.why()))
rolelab.why()

# %% [markdown]
# AWS never trims an answer to fit a policy. The request has no `s3:prefix`, so the condition cannot be met and the
# Allow does not count. The message is word for word the one of the first denial. Only the statement that came
# nearest tells the two apart.

# %% [markdown]
# ## 3. A statement forbids it
#
# Mara is in the group `staff`. She herself has an administrator's policy, from the days when she was alone. The
# group has a rule for everybody: nobody deletes orders.

# %%
iam.create_group(GroupName="staff")
iam.put_group_policy(
    GroupName="staff",
    PolicyName="keep-orders",
    PolicyDocument=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "NobodyDeletesOrders",
                    "Effect": "Deny",
                    "Action": "s3:DeleteObject",
                    "Resource": "arn:aws:s3:::bookshop-orders/*",
                }
            ],
        }
    ),
)
iam.create_user(UserName="mara")
iam.add_user_to_group(GroupName="staff", UserName="mara")
iam.put_user_policy(
    UserName="mara", PolicyName="everything", PolicyDocument=allow("*", "*")
)
key = iam.create_access_key(UserName="mara")["AccessKey"]
mara = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"])

# %% [markdown]
# **Predict.** Her own policy says yes to everything, her group's says no to one thing. Which is stronger: the
# nearer policy, the broader one, or the no?

# %%
with rolelab.expect_denied("s3:DeleteObject"):
    mara.client("s3").delete_object(Bucket="bookshop-orders", Key="incoming/1001.json")
seen.append(("delete as Mara", rolelab.why()))
rolelab.why()

# %% [markdown]
# The no. The wording changed: *with an explicit deny in an identity-based policy*. Adding another Allow would be
# work for nothing. The cure is to change the Deny, or to accept it.

# %% [markdown]
# ## 4. A boundary does not reach that far
#
# A **permissions boundary** grants nothing. It is the most that a user or role may ever do, whatever their policies
# say. The security team gives one to the task role: reading, and nothing else.

# %%
boundary = iam.create_policy(
    PolicyName="orders-boundary",
    PolicyDocument=allow(["s3:Get*", "s3:List*"], "*"),
)["Policy"]
iam.put_role_permissions_boundary(
    RoleName="orders-task-role", PermissionsBoundary=boundary["Arn"]
)
iam.get_role(RoleName="orders-task-role")["Role"]["PermissionsBoundary"]

# %% [markdown]
# **Predict.** The role's own policy still allows `s3:*` on the objects. May the application write an order?

# %%
with rolelab.expect_denied("s3:PutObject"):
    app.put_object(Bucket="bookshop-orders", Key="incoming/1002.json", Body=b"{}")
seen.append(("write under a boundary", rolelab.why()))
evaluation(rolelab.why())

# %% [markdown]
# The picture is the same decision as `why()` shows, from top to bottom in the order in which AWS asks. The
# identity-based policy says yes, the boundary does not, and both are needed. *My policy allows it, and AWS still
# says no* is nearly always this picture.

# %%
iam.delete_role_permissions_boundary(RoleName="orders-task-role")
"PermissionsBoundary" in iam.get_role(RoleName="orders-task-role")["Role"]

# %% [markdown]
# ## 5. A session policy cut it away
#
# Whoever assumes a role may make the session weaker than the role. The support team does that: the role
# `bookshop-support` may use all of S3, but each session is for reading.

# %%
account = sandbox.account_id
admins_may_assume = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{account}:role/Administrator"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
iam.create_role(RoleName="bookshop-support", AssumeRolePolicyDocument=admins_may_assume)
iam.put_role_policy(
    RoleName="bookshop-support", PolicyName="s3", PolicyDocument=allow("s3:*", "*")
)
credentials = sts.assume_role(
    RoleArn=f"arn:aws:iam::{account}:role/bookshop-support",
    RoleSessionName="ticket-4711",
    Policy=allow("s3:GetObject", "*"),
)["Credentials"]
support = boto3.Session(
    credentials["AccessKeyId"],
    credentials["SecretAccessKey"],
    credentials["SessionToken"],
)

# %% [markdown]
# **Predict.** Who stops `put_object` now: the role's policy, the session policy, or nobody?

# %%
with rolelab.expect_denied("s3:PutObject"):
    support.client("s3").put_object(
        Bucket="bookshop-orders", Key="incoming/1002.json", Body=b"{}"
    )
seen.append(("write in a support session", rolelab.why()))
rolelab.why()

# %% [markdown]
# *No session policy allows it.* You will not find that policy in IAM: it was passed with the call and ends with the
# session. Look for it in the trail, at `AssumeRole`.

# %% [markdown]
# ## 6. The resource itself forbids it
#
# The bucket has a policy of its own: the archive is never deleted.

# %%
s3.put_bucket_policy(
    Bucket="bookshop-orders",
    Policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "TheArchiveStays",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:DeleteObject",
                    "Resource": "arn:aws:s3:::bookshop-orders/archive/*",
                }
            ],
        }
    ),
)
s3.get_bucket_policy_status(Bucket="bookshop-orders")["PolicyStatus"]

# %% [markdown]
# **Predict.** You are the administrator, and you wrote that policy a second ago. May you delete from the archive?

# %%
with rolelab.expect_denied("s3:DeleteObject"):
    s3.delete_object(Bucket="bookshop-orders", Key="archive/0999.json")
seen.append(("delete from the archive", rolelab.why()))
rolelab.why()

# %% [markdown]
# *With an explicit deny in a resource-based policy.* `Principal: "*"` means everyone, administrators too. What you
# may do is change the bucket policy, which is why `s3:PutBucketPolicy` is a permission to guard.

# %% [markdown]
# ## 7. The other account said nothing
#
# The bookshop's accountants have an AWS account of their own, and there an administrator.
#
# **Predict.** Their policy allows everything. Our bucket policy does not mention them, neither with Allow nor with
# Deny. Can they read an order?

# %%
accountants = sandbox.admin("999988887777")
with rolelab.expect_denied("s3:GetObject"):
    accountants.client("s3").get_object(
        Bucket="bookshop-orders", Key="incoming/1001.json"
    )
seen.append(("read from another account", rolelab.why()))
rolelab.why()

# %% [markdown]
# Within one account, one side is enough. Across accounts, **both** must say yes: theirs did, ours did not. S3 tells
# the caller from outside only `Access Denied`, so that a stranger learns nothing about your policies. `why()` shows
# you both sides, because in the sandbox both accounts are yours.

# %% [markdown]
# ## 8. A service that seals its reasons
#
# Somebody asks the orders service to open a port, and the code tries. Amazon EC2 answers at more length than S3, and
# ends in something that nobody can read.
#
# **Predict.** Who may open it: the caller who got it, anybody in the account, or only who has a permission for that?

# %%
try:
    task.client("ec2").create_security_group(GroupName="open", Description="a port")
except ClientError as error:
    answer = error.response["Error"]["Message"]
seen.append(("open a port", rolelab.why()))
print(answer[:360], "...")

# %%
sealed = answer.rpartition("Encoded authorization failure message: ")[2]
with rolelab.expect_denied("sts:DecodeAuthorizationMessage"):
    task.client("sts").decode_authorization_message(EncodedMessage=sealed)

# %% [markdown]
# The caller may not: what is inside tells a lot about your policies (*DecodeAuthorizationMessage*, AWS STS API
# Reference). You, the administrator, may:

# %%
opened = json.loads(
    sts.decode_authorization_message(EncodedMessage=sealed)["DecodedMessage"]
)
request = opened["context"]
conditions = {
    each["key"]: each["values"]["items"][0]["value"]
    for each in request["conditions"]["items"]
}
print("explicit deny:", opened["explicitDeny"])
print(request["principal"]["arn"], request["action"], request["resource"], sep="\n")
pd.Series(conditions).filter(items=["aws:PrincipalArn", "aws:SourceIp", "aws:Type"])

# %% [markdown]
# Principal, action, resource, conditions: the four things that every decision is about, as AWS saw them. The trail
# has the call, too. CloudTrail's own look-up finds it by its name:

# %%
found = boto3.client("cloudtrail").lookup_events(
    LookupAttributes=[
        {"AttributeKey": "EventName", "AttributeValue": "CreateSecurityGroup"}
    ]
)["Events"]
record = json.loads(found[0]["CloudTrailEvent"])
record["userIdentity"]["arn"], record["errorCode"]

# %% [markdown]
# ## Eight denials in one table

# %%
pd.DataFrame(
    [(what, decision.effect, decision.decided_by) for what, decision in seen],
    columns=["call", "effect", "decided by"],
)

# %% [markdown]
# Two questions sort every denial. *Explicit or implicit?* says whether to look for a Deny or for a missing Allow.
# *Decided by which policy?* says where.
#
# | The message ends with | Look for | Mend |
# | --- | --- | --- |
# | because no identity-based policy allows | an Allow with the right action, resource and conditions | the role's or user's policy |
# | because no permissions boundary allows | the boundary's ARN on the role or user | the boundary, or the wish |
# | because no session policy allows | the `AssumeRole` call in the trail | whoever makes the session |
# | because no resource-based policy allows | the policy of the bucket, key, secret | that policy, in the owner's account |
# | because no role trust policy allows | the role's trust relationship | its `Principal` or conditions |
# | because no service control policy allows | the organization (lesson 08) | ask the organization's administrator |
# | with an explicit deny in ... | the Deny statement in that policy | that statement; another Allow cannot help |
#
# ## Your turn
#
# **1.** Tariq can read orders but not write them, and his own policy allows both. Find out why, and let him write
# below `incoming/`. Whatever stops him was put there on purpose: widen it, do not remove it.

# %%
iam.create_user(UserName="tariq")
limit = iam.create_policy(
    PolicyName="clerk-limit", PolicyDocument=allow("s3:Get*", "*")
)["Policy"]
iam.put_user_permissions_boundary(UserName="tariq", PermissionsBoundary=limit["Arn"])
iam.put_user_policy(
    UserName="tariq",
    PolicyName="orders",
    PolicyDocument=allow(
        ["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::bookshop-orders/incoming/*"
    ),
)
key = iam.create_access_key(UserName="tariq")["AccessKey"]
tariq = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"]).client("s3")

# %% tags=["stub"]
# tariq.put_object(...), then rolelab.why(), then the smallest change

# %% tags=["answer"]
wider = iam.create_policy_version(
    PolicyArn=limit["Arn"],
    PolicyDocument=allow(["s3:Get*", "s3:PutObject"], "*"),
    SetAsDefault=True,
)
wider["PolicyVersion"]["VersionId"]

# %% tags=["check"]
with your_turn("Tariq writes below incoming/, and his boundary is still there"):
    tariq.put_object(Bucket="bookshop-orders", Key="incoming/1003.json", Body=b"{}")
    assert "PermissionsBoundary" in iam.get_user(UserName="tariq")["User"]

# %% [markdown] tags=["hint"]
# A managed policy is changed by a new version: `create_policy_version(..., SetAsDefault=True)`.

# %% [markdown]
# **2.** The same engine decides requests that nobody has sent yet. Fill in `boundary` so that reading is allowed
# and writing is not.


# %%
def ask(action, boundary):
    """What AWS would answer the orders service, with this boundary on its role."""
    request = Request(
        principal=f"arn:aws:sts::{account}:assumed-role/orders-task-role/one",
        action=action,
        resource="arn:aws:s3:::bookshop-orders/incoming/1001.json",
    )
    return evaluate(request, Policies(identity=[allow("s3:*", "*")], boundary=boundary))


# %% tags=["stub"]
my_boundary = None  # a list with one policy document

# %% tags=["answer"]
my_boundary = [allow("s3:Get*", "arn:aws:s3:::bookshop-orders/*")]

# %% tags=["check"]
with your_turn("the boundary lets through reading and stops writing"):
    assert ask("s3:GetObject", my_boundary).allowed
    assert not ask("s3:PutObject", my_boundary).allowed

# %% [markdown]
# ## Try it yourself, without a call
#
# The playground is the same engine with a field for every policy and for the request: what you type is decided at
# each key, and nothing is called. It starts here from the last denial of this notebook; **Start from** has eight more
# situations, each with a change to predict first. The text at the bottom is the Python that asks the same question.

# %%
rolelab.playground(rolelab.why())

# %% [markdown]
# ## On real AWS
#
# There is no `why()` on AWS, but the message carries the same words. Most services name the policy type; some, and
# all answers across accounts, say only that access is denied. Then you need three places: the error message, the
# event in CloudTrail, and the IAM policy simulator, which asks identity-based policies, boundaries and SCPs but
# cannot assume a role's trust policy for you (*IAM policy testing with the IAM policy simulator*).
#
# | Step | AWS CLI |
# | --- | --- |
# | ask the simulator | `aws iam simulate-principal-policy --policy-source-arn ROLE_ARN --action-names s3:PutObject --resource-arns OBJECT_ARN` |
# | find the call | `aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=AssumeRole` |
#
# ## What to keep
#
# - One Deny anywhere ends the matter; without it, every policy that must allow has to allow.
# - *Implicit* means an Allow is missing, *explicit* means a Deny is there. The message's last words say in which policy.
# - Boundaries and session policies never grant. They only cut.
#
# In this notebook we have read eight denials and mended one. In lesson 05 a container starts, and you read the
# denials of a role that nobody is holding.
