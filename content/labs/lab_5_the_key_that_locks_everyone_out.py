# %% [markdown]
# # Lab 5: Recover a key that locks everyone out
#
# On his last day Jon gave the bookshop's key one owner, himself, and left. On Monday the orders service reads no order and
# no password, and Mara, who administers the account, is refused by a key that her own account pays for. She asks you to get
# it back before noon, and Ida, who audits, adds: without opening it to more people than need it.
#
# | | |
# | --- | --- |
# | **You'll do** | find the one way that is left to a key, take the key back, and give its use to two roles and a service |
# | **You'll learn** | to read who can do what with a key, to tell managing from using, and to write a key policy that outlives people |
# | **You'll need** | lesson 09; 40 minutes |
#
# The checks call AWS as everybody who is concerned. They never read your policies, so every repair that behaves right
# passes.

# %% [markdown]
# ## Set up
#
# Run this cell first. It starts a fresh account; run it again whenever you want to begin anew. A key can be locked for good
# here as on AWS, so you may need it.

# %% tags=["setup"]
import json
from pathlib import Path

import boto3

import rolelab
from rolelab.labs import as_role, lab_5

sandbox = rolelab.start()
account, partner = sandbox.account_id, "210987654321"
iam, kms, s3 = boto3.client("iam"), boto3.client("kms"), boto3.client("s3")
sts, logs = boto3.client("sts"), boto3.client("logs")

# %% [markdown]
# ## Wednesday: it works
#
# The template `data/lab-5/orders-key.yaml` has the key `alias/bookshop` and what is encrypted under it: the bucket
# `bookshop-orders`, the secret `orders/db`, the log group `/ecs/orders`. It has the two roles of the service, and three
# roles of other people.

# %%
cloudformation = boto3.client("cloudformation")
cloudformation.create_stack(
    StackName="orders-key",
    TemplateBody=Path("../data/lab-5/orders-key.yaml").read_text(),
    Capabilities=["CAPABILITY_NAMED_IAM"],
)
cloudformation.get_waiter("stack_create_complete").wait(
    StackName="orders-key", WaiterConfig={"Delay": 1}
)
key = kms.describe_key(KeyId="alias/bookshop")["KeyMetadata"]["Arn"]
secret = boto3.client("secretsmanager").describe_secret(SecretId="orders/db")["ARN"]
order = "arn:aws:s3:::bookshop-orders/incoming/1001.json"
s3.put_object(
    Bucket="bookshop-orders", Key="incoming/1001.json", Body=b'{"book": "Emma"}'
)["ServerSideEncryption"]

# %% [markdown]
# A second account, `210987654321`, belongs to a company that made the bookshop's reports until last year. Its role
# `reports` still exists there.


# %%
def trusting(account_id):
    """A trust policy that leaves the decision to the IAM policies of an account."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
        "Action": "sts:AssumeRole",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


decrypt = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}
partner_iam = sandbox.admin(partner).client("iam")
reports = partner_iam.create_role(
    RoleName="reports", AssumeRolePolicyDocument=trusting(partner)
)["Role"]["Arn"]
partner_iam.put_role_policy(
    RoleName="reports",
    PolicyName="decrypt",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [decrypt]}),
)["ResponseMetadata"]["HTTPStatusCode"]

# %% [markdown]
# ## Thursday and Friday: Jon
#
# On Thursday Jon makes a role for himself, gives out what he still needs for a migration, and puts a new key policy. AWS
# asks whether he will be able to change it again. He passes the flag that skips the question. On Friday he leaves, and his
# role and his user are deleted, as the checklist says.

# %%
iam.create_role(RoleName="key-owner", AssumeRolePolicyDocument=trusting(account))
migration = f"arn:aws:iam::{account}:role/migration"
grants = {
    reports: ["Decrypt"],
    migration: ["Decrypt", "GenerateDataKey", "CreateGrant"],
}
for grantee, operations in grants.items():
    kms.create_grant(KeyId=key, GranteePrincipal=grantee, Operations=operations)
kms.put_key_policy(
    KeyId=key,
    Policy=Path("../data/lab-5/one-owner.json").read_text(),
    BypassPolicyLockoutSafetyCheck=True,
)["ResponseMetadata"]["HTTPStatusCode"]

# %%
iam.delete_role(RoleName="key-owner")
iam.delete_user(UserName="jon")["ResponseMetadata"]["HTTPStatusCode"]

# %% [markdown]
# ## Monday
#
# **Predict.** Nobody touched a bucket, an object or a policy of `orders-task-role`. Its policy allows `s3:GetObject` and
# `kms:Decrypt`, as on Wednesday. Which of the two will AWS refuse, and which policy will the message blame?

# %%
as_role("orders-task-role").attempt("s3:GetObject", order)

# %%
rolelab.why()

# %% [markdown]
# The role may read the object. It may not decrypt it: its own policy allows that and does not count, because the key policy
# no longer says that IAM policies count (*Key policies in AWS KMS*). The secret is out of reach for the same reason:

# %%
as_role("csecstaskexecutionrole").attempt("secretsmanager:GetSecretValue", secret)

# %% [markdown]
# CloudWatch Logs asks the key in its own name, and Wednesday's statement for it is gone:

# %%
try:
    logs.associate_kms_key(logGroupName="/ecs/orders", kmsKeyId=key)
except logs.exceptions.ClientError as refused:
    print(refused)

# %% [markdown]
# **Predict.** And you? You have `AdministratorAccess`, and the key is your account's. Can you read the order, and if not,
# can you put Wednesday's policy back?

# %%
with rolelab.expect_denied("kms:Decrypt"):
    s3.get_object(Bucket="bookshop-orders", Key="incoming/1001.json")

# %%
everything_to_iam = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
    "Action": "kms:*",
    "Resource": "*",
}
with rolelab.expect_denied("kms:PutKeyPolicy"):
    kms.put_key_policy(
        KeyId=key,
        Policy=json.dumps({"Version": "2012-10-17", "Statement": [everything_to_iam]}),
    )

# %% [markdown]
# Administering an account is not administering its keys. Nobody has a permission on a key by nature, neither who made it
# nor the account's root user (*Key policies in AWS KMS*).
#
# ## Who can do what?
#
# Jon left the account one permission: to look. Take your time with this answer: whom does it name, and who of them still exists?

# %%
json.loads(kms.get_key_policy(KeyId=key)["Policy"])["Statement"]

# %% [markdown]
# `AROA...` was `key-owner`. A policy keeps the unique id of a role behind its ARN, and shows it once the role is gone (*AWS
# JSON policy elements: Principal*).
#
# **Predict.** You may create roles. What if you create `key-owner` again, with the same name and the same ARN?

# %%
iam.create_role(RoleName="key-owner", AssumeRolePolicyDocument=trusting(account))
attempt = as_role("key-owner").attempt("kms:PutKeyPolicy", key)
iam.delete_role(RoleName="key-owner")
attempt

# %% [markdown]
# The same ARN, another id. That is meant so: otherwise whoever may create roles could become anybody who was ever deleted.
#
# If nobody were left who may change the policy, only AWS Support could help (*Default key policy*). Somebody is left.
#
# ## Task 1: Find the way in
#
# Make it possible that **you** act as the principal who can still change the key policy. Nobody else shall be able to: no
# other role, no service, no other account.
#
# Leave the key alone for the moment.

# %% [markdown] tags=["hint"]
# Four statements. One names nobody any more, one lets the account read, one is about another account. What does the fourth
# one allow, and to whom?

# %% [markdown] tags=["hint"]
# Try `sts.assume_role` with that role and ask `rolelab.why()`. Whom does the role let in? `iam.get_role` shows it, and
# `iam.update_assume_role_policy` replaces it.

# %% [markdown] tags=["hint"]
# The account's `root` as principal leaves the decision to IAM policies. The role `deployer` has one that allows
# `sts:AssumeRole` on everything.

# %% tags=["stub"]
# iam.update_assume_role_policy(...)

# %% tags=["solution"]
trust = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account}:role/Administrator"},
            "Action": "sts:AssumeRole",
        }
    ],
}
iam.update_assume_role_policy(
    RoleName="bookshop-break-glass", PolicyDocument=json.dumps(trust)
)["ResponseMetadata"]["HTTPStatusCode"]

# %% tags=["check"]
lab_5.check_way_in()

# %% [markdown] tags=["solution"]
# **Why this is right.** The key policy names `bookshop-break-glass`, and the role's trust policy named Jon, so it shows an
# `AIDA...` now. You may not change the key, and you may change the role. Look at it from the other side: whoever may write
# trust policies holds every key that one of the roles holds.

# %% [markdown]
# ## Task 2: Take the key back
#
# Act as that role and put a key policy, this time without skipping AWS's question. It is right when
#
# - the administrators of the account manage the key: read and change its policy, list and revoke grants, rotate it;
# - that depends on no single role or user: an administrator whom the account appoints next year, by an IAM policy alone,
#   manages the key as well;
# - no administrator uses the key: they decrypt nothing with it, so they read neither orders nor the password;
# - nobody else manages the key, and everything stays under it.
#
# The service need not work yet.

# %% [markdown] tags=["hint"]
# `sts.assume_role` gives `Credentials`; `boto3.client("kms", aws_access_key_id=..., aws_secret_access_key=...,
# aws_session_token=...)` is a client that acts with them.

# %% [markdown] tags=["hint"]
# The account's `root` as principal means: the account's IAM policies decide, about the actions of this statement. They need
# not be `kms:*`. *Default key policy* has the list that the console gives to key administrators.

# %% [markdown] tags=["hint"]
# AWS does not take a policy with an `AROA...` in it: *invalid principals*. Write the policy anew rather than changing the
# old one.

# %% tags=["stub"]
# credentials = sts.assume_role(...)["Credentials"]
# break_glass = boto3.client("kms", ...)

# %% tags=["solution"]
credentials = sts.assume_role(
    RoleArn=f"arn:aws:iam::{account}:role/bookshop-break-glass",
    RoleSessionName="recover-bookshop-key",
)["Credentials"]
break_glass = boto3.client(
    "kms",
    aws_access_key_id=credentials["AccessKeyId"],
    aws_secret_access_key=credentials["SecretAccessKey"],
    aws_session_token=credentials["SessionToken"],
)

# %% [markdown] tags=["solution"]
# What managing is, without using; and the way in, for the next time:

# %% tags=["solution"]
manage = [
    "kms:Describe*",
    "kms:Get*",
    "kms:List*",
    "kms:Put*",
    "kms:Update*",
    "kms:Enable*",
    "kms:Disable*",
    "kms:Revoke*",
    "kms:ScheduleKeyDeletion",
    "kms:CancelKeyDeletion",
]
the_account_manages = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
    "Action": manage,
    "Resource": "*",
}
emergency = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{account}:role/bookshop-break-glass"},
    "Action": "kms:PutKeyPolicy",
    "Resource": "*",
}

# %% tags=["solution"]
statements = [the_account_manages, emergency]
answer = break_glass.put_key_policy(
    KeyId=key, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements})
)
answer["ResponseMetadata"]["HTTPStatusCode"]

# %% tags=["check"]
lab_5.check_control()

# %% [markdown] tags=["solution"]
# **Why this is right.** The first statement delegates to IAM, and only the management. `kms:*` in its place is AWS's
# default, and with it everybody who has `AdministratorAccess` reads the orders (*Least-privilege permissions*). Naming the
# role `Administrator` alone works today, and is Thursday's mistake with another name in it.
#
# An administrator who may write the key policy can still let themselves in. That is no longer an accident then: it takes
# two calls, and both are in the trail.

# %% [markdown]
# ## Task 3: Give back the use, to those who need it
#
# The service shall work again, and the key shall serve nothing else:
#
# - `csecstaskexecutionrole` reads the secret `orders/db`, and uses the key **through Secrets Manager only**;
# - `orders-task-role` reads old orders and writes receipts, and uses the key **through S3 only**;
# - CloudWatch Logs uses the key for the log group `/ecs/orders`, and for no other group;
# - nobody else decrypts anything: not `deployer`, not `migration`, not the other account, not you;
# - bucket, secret and log group stay under this key, and what was written before can be read.

# %% [markdown] tags=["hint"]
# Secrets Manager and S3 ask the key in the name of their caller, and `kms:ViaService` says which service asks:
# `secretsmanager.us-east-1.amazonaws.com`, `s3.us-east-1.amazonaws.com`.

# %% [markdown] tags=["hint"]
# Reading takes `kms:Decrypt`. Writing to the bucket takes one action more.

# %% [markdown] tags=["hint"]
# CloudWatch Logs asks in its own name, `logs.us-east-1.amazonaws.com`, with the ARN of the log group as encryption context
# `aws:logs:arn`. The template of Wednesday has the statement.

# %% [markdown] tags=["hint"]
# The policy names nobody else, and somebody else still decrypts? A key has two lists. `kms.list_grants` shows the other
# one, and `kms.revoke_grant` takes an entry off.

# %% tags=["stub"]
# kms.put_key_policy(...)

# %% [markdown] tags=["solution"]
# Two roles, each through its service:

# %% tags=["solution"]
agent_reads_secret = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{account}:role/csecstaskexecutionrole"},
    "Action": "kms:Decrypt",
    "Resource": "*",
    "Condition": {
        "StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}
    },
}
application_uses_bucket = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{account}:role/orders-task-role"},
    "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
    "Resource": "*",
    "Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}},
}

# %% [markdown] tags=["solution"]
# And a service for itself, for one log group:

# %% tags=["solution"]
group = f"arn:aws:logs:us-east-1:{account}:log-group:/ecs/orders"
logs_encrypts = {
    "Effect": "Allow",
    "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
    "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"],
    "Resource": "*",
    "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": group}},
}

# %% tags=["solution"]
statements += [agent_reads_secret, application_uses_bucket, logs_encrypts]
kms.put_key_policy(
    KeyId=key, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements})
)["ResponseMetadata"]["HTTPStatusCode"]

# %% [markdown] tags=["solution"]
# That was you again, not the emergency role: the account manages its key. Now the other list.

# %% tags=["solution"]
for grant in kms.list_grants(KeyId=key)["Grants"]:
    print(grant["GranteePrincipal"], grant["Operations"])
    kms.revoke_grant(KeyId=key, GrantId=grant["GrantId"])

# %% tags=["check"]
lab_5.check_use()

# %% [markdown] tags=["solution"]
# **Why this is right.** Each user has one statement, with the service it comes through. The roles' own `kms:Decrypt` from
# Wednesday is still there and still does not count, because the account delegates management only.
#
# The other account had two doors: a statement, which went with the old policy, and a grant, which no policy shows. The
# tempting way out is a new key, with all data copied under it. Every old version and every backup stays under the old one,
# with both doors open.
#
# Other right answers: `kms:*` for the account's IAM policies, a `Deny` of all use for everybody but the two roles, and one
# for each of them of what does not come through its service; or grants for the two roles, with the same two Denies.

# %% [markdown]
# ## Go further
#
# - Find Thursday in `sandbox.trail.to_frame()`: which call skipped AWS's question? An SCP can forbid it for the whole
#   organization, with the condition key `kms:BypassPolicyLockoutSafetyCheck`.
# - Narrow S3 to this one bucket: without a Bucket Key, the encryption context `aws:s3:arn` is the object's ARN.
# - `bookshop-break-glass` opens for you alone. Write what you would want instead: two people, a multi-factor sign-in, an
#   alarm. What of it can a trust policy say?
#
# ## On real AWS
#
# The key's page in the KMS console has the tab **Key policy**; **Switch to policy view** shows the text. The same by command
# line, with the key's id or ARN:
#
# ```
# aws kms get-key-policy --key-id KEY_ID --policy-name default --output text
# aws kms list-grants --key-id KEY_ID
# aws kms revoke-grant --key-id KEY_ID --grant-id GRANT_ID
# ```
#
# A revoked grant can stay effective for some minutes (*Managing grants*). While CloudWatch Logs may not use the key, the
# events of the log group cannot be read (*Encrypt log data in CloudWatch Logs using AWS Key Management Service*); the
# sandbox refuses only the association of a key.
#
# ## What to keep
#
# - A key belongs to whom its policy names. The account is one of them only if the policy says so.
# - Name the account for managing, and roles for using. People leave, and an id never comes back.
# - A key policy is one of two lists. Read the grants as well.
#
# In this lab we have recovered a key by the one statement that still named somebody, and left fewer people able to use it
# than before the accident.
