# %% [markdown]
# # Encrypt at rest, and decide who holds the key
#
# A copy of the bucket is worth nothing to whoever cannot ask for the key. So the question moves: who can, and who
# decided that?
#
# | | |
# | --- | --- |
# | **You'll do** | write key policies, lock yourself out of a key, encrypt an order by hand, and let the container read a bucket under your own key |
# | **You'll learn** | to say which of key policy, IAM policy and grant lets somebody use a key, to bind a ciphertext to its purpose, and to find both permissions that a reader of an encrypted object needs |
# | **You'll need** | lessons 04, 06 and 08; 40 minutes |

# %% [markdown]
# ## Set up
#
# `say` and `policy` are lesson 08's. `hire` makes a user with one policy of their own and signs them in. `code_of` makes
# a call that may fail and gives the error's code, for tables.

# %% tags=["setup"]
import json
import os
from pathlib import Path

import boto3
import pandas as pd
from botocore.exceptions import ClientError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import rolelab
from rolelab.figures import key_access
from rolelab.labs import as_role, your_turn

sandbox = rolelab.start()
account, region = sandbox.account_id, "us-east-1"
iam, kms, s3 = boto3.client("iam"), boto3.client("kms"), boto3.client("s3")
pd.set_option("display.max_colwidth", None)


def say(effect, action, resource="*", **elements):
    """One statement of a policy."""
    return {"Effect": effect, "Action": action, "Resource": resource, **elements}


def policy(*statements):
    """Statements as a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(user, *statements):
    """Give a user one inline policy, in the place of the one before."""
    iam.put_user_policy(
        UserName=user, PolicyName="own", PolicyDocument=policy(*statements)
    )


def hire(user, *statements):
    """Make a user with one inline policy, and sign them in."""
    iam.create_user(UserName=user)
    if statements:
        allow(user, *statements)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    return boto3.Session(key["AccessKeyId"], key["SecretAccessKey"])


def code_of(call, **parameters):
    """Make a call; give "ok", or the code of the error."""
    try:
        call(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "ok"


# %% [markdown]
# ## A key is a resource with a door of its own
#
# A KMS key never leaves KMS. You send data in and get data back, so every use of it is a call, and every call is decided.

# %%
key = kms.create_key(Description="orders of the bookshop")["KeyMetadata"]
sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"Emma")["CiphertextBlob"]
print(kms.get_key_policy(KeyId=key["KeyId"])["Policy"])

# %% [markdown]
# You wrote no policy, and there is one: **every key has exactly one key policy** (*Key policies in AWS KMS*). This is the
# default of a key that is made by an API call. Lena packs orders, and her own IAM policy allows her to decrypt with this
# key.
#
# **Predict.** The key policy does not mention Lena. It names `root`. Does she get the plaintext?

# %%
arn = key["Arn"]
lena = hire("lena", say("Allow", "kms:Decrypt", arn)).client("kms")
lena.decrypt(CiphertextBlob=sealed)["Plaintext"]

# %% [markdown]
# She does. `arn:aws:iam::123456789012:root` as a principal is not a person here. It stands for the account, and the
# statement says: *whatever IAM policies of this account allow counts for this key too* (*Default key policy*). It
# **delegates**.
#
# A second key, for the books of the house, gets a policy without that statement. It names who does what:

# %%
to_administer = ["kms:Describe*", "kms:Get*", "kms:Put*", "kms:*KeyDeletion"]
administrator = {"AWS": f"arn:aws:iam::{account}:role/Administrator"}
administer = say("Allow", to_administer, Principal=administrator)
to_use = ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"]
packer = {"AWS": f"arn:aws:iam::{account}:user/lena"}
use = say("Allow", to_use, Principal=packer)
ledger = kms.create_key(Policy=policy(administer, use))["KeyMetadata"]["Arn"]
iam.delete_user_policy(UserName="lena", PolicyName="own")
lena.encrypt(KeyId=ledger, Plaintext=b"a balance")["KeyId"] == ledger

# %% [markdown]
# Lena has no IAM permission left and encrypts: within one account the key policy is enough. You are an administrator, with
# `Allow` for every action on every resource.
#
# **Predict.** Will KMS encrypt for you under `ledger`? And for Jon, whose IAM policy allows `kms:Encrypt` on exactly this
# key?

# %%
jon = hire("jon", say("Allow", "kms:Encrypt", ledger)).client("kms")
with rolelab.expect_denied("kms:Encrypt"):
    jon.encrypt(KeyId=ledger, Plaintext=b"a balance")
with rolelab.expect_denied("kms:Encrypt"):
    kms.encrypt(KeyId=ledger, Plaintext=b"a balance")

# %%
rolelab.why()

# %% [markdown]
# Neither. The message misses a **resource-based policy**, although an identity-based one allows everything: nobody
# delegated this key to IAM.
#
# | the key policy | says to Lena | IAM policies of the account |
# | --- | --- | --- |
# | delegates (`root`, `kms:*`) | nothing | decide |
# | delegates, and names her | yes | decide about everybody else; a Deny counts for her too |
# | does not delegate, names her | yes | an Allow counts for nobody; a Deny still counts |
# | does not delegate, does not name her | nothing | an Allow does not count |
#
# You *administer* this key and cannot *use* it. That separation is worth something and is no wall: whoever may call
# `kms:PutKeyPolicy` can let themselves in (*Default key policy*). Not quietly, though: the call is in the trail.
#
# ## Lock yourself out, if you can
#
# **Predict.** You hand `ledger` over to Lena alone. `kms:PutKeyPolicy` is yours. Will KMS carry it out?

# %%
only_lena = policy(say("Allow", "kms:*", Principal=packer))
try:
    kms.put_key_policy(KeyId=ledger, Policy=only_lena)
except kms.exceptions.MalformedPolicyDocumentException as error:
    print(error)

# %% [markdown]
# Not a denial: you may set policies. KMS looked into the **new** one and found that it would not let you set the next.
# The check can be switched off, and then nobody asks again:

# %%
kms.put_key_policy(KeyId=ledger, Policy=only_lena, BypassPolicyLockoutSafetyCheck=True)
with rolelab.expect_denied("kms:PutKeyPolicy"):
    kms.put_key_policy(KeyId=ledger, Policy=policy(administer, use))

# %%
rolelab.why()

# %% [markdown]
# Now delete Lena, and nobody is left who can touch this key or open what it sealed. Not even the account's root user gets
# in, unlike with most resources; you would have to call AWS Support (*Default key policy*). The delegating statement guards
# against that, because an account is not deleted like a user. Name administrators in the key policy, and leave the
# delegation in it unless you have a reason. The flag is also a condition key, `kms:BypassPolicyLockoutSafetyCheck`, so an
# SCP can forbid it.
#
# From here on we work with the first key, which delegates.
#
# ## Say what a ciphertext is for
#
# Two orders, sealed under one key. The **encryption context** says which is which. It is no secret and is not stored in
# the ciphertext; whoever opens it has to say it again, letter by letter (*Encrypt*, "EncryptionContext").

# %%
one, two = {"order": "1001"}, {"order": "1002"}
emma = kms.encrypt(KeyId=arn, Plaintext=b"Emma", EncryptionContext=one)[
    "CiphertextBlob"
]
kms.decrypt(CiphertextBlob=emma, EncryptionContext=one)["Plaintext"]

# %% [markdown]
# **Predict.** You may do everything with this key. Somebody swapped two rows in a table, and the ciphertext of order 1001
# stands at 1002. Somebody else turned one bit. And a third asks with the wrong key. Is any of these a denial?

# %%
flipped = emma[:-1] + bytes([emma[-1] ^ 1])
other = kms.create_key()["KeyMetadata"]["Arn"]
pd.Series(
    {
        "context of another order": code_of(
            kms.decrypt, CiphertextBlob=emma, EncryptionContext=two
        ),
        "no context": code_of(kms.decrypt, CiphertextBlob=emma),
        "one bit turned": code_of(
            kms.decrypt, CiphertextBlob=flipped, EncryptionContext=one
        ),
        "another key named": code_of(
            kms.decrypt, CiphertextBlob=emma, EncryptionContext=one, KeyId=other
        ),
    },
    name="AWS says",
).to_frame()

# %% [markdown]
# None. KMS *may* open it for you and *cannot*: the context is authenticated together with the data, so a swapped row and
# a turned bit look the same. `why` draws the line between the two kinds of no:

# %%
try:
    kms.decrypt(CiphertextBlob=emma, EncryptionContext=two)
except kms.exceptions.InvalidCiphertextException as error:
    try:
        rolelab.why(error)
    except LookupError as no_decision:
        print(no_decision)

# %% [markdown]
# Policies can read the context as well, and then it *is* a permission. Lena may open order 1001:

# %%
allow(
    "lena",
    say(
        "Allow",
        "kms:Decrypt",
        arn,
        Condition={"StringEquals": {"kms:EncryptionContext:order": "1001"}},
    ),
)
persuasion = kms.encrypt(KeyId=arn, Plaintext=b"Persuasion", EncryptionContext=two)[
    "CiphertextBlob"
]
print(lena.decrypt(CiphertextBlob=emma, EncryptionContext=one)["Plaintext"])
with rolelab.expect_denied("kms:Decrypt"):
    lena.decrypt(CiphertextBlob=persuasion, EncryptionContext=two)

# %% [markdown]
# **Predict.** She opens order 1002 and *claims* it was 1001. The policy will let that pass. And then?

# %%
code_of(lena.decrypt, CiphertextBlob=persuasion, EncryptionContext=one)

# %% [markdown]
# That is the point of the pair. The policy believes the claim, and the cipher checks it. Keep secrets out of the context:
# CloudTrail shows it in plain text.
#
# ## Seal an order by hand
#
# An order for a whole shop is longer than a word.

# %%
order = b"Sense and Sensibility, 400 copies, 12 Milsom Street, Bath" * 1000
len(order), code_of(kms.encrypt, KeyId=arn, Plaintext=order)

# %% [markdown]
# `Encrypt` takes 4096 bytes at most. Nobody sends their data to KMS; they ask it for a **data key**, which comes twice:
# once to use, once to keep.

# %%
number = {"order": "1003"}
data_key = kms.generate_data_key(KeyId=arn, KeySpec="AES_256", EncryptionContext=number)
len(data_key["Plaintext"]), len(data_key["CiphertextBlob"])

# %%
nonce = os.urandom(12)  # never the same twice under one data key
envelope = {
    "nonce": nonce,
    "ciphertext": AESGCM(data_key["Plaintext"]).encrypt(nonce, order, b"1003"),
    "data_key": data_key["CiphertextBlob"],
}
del data_key
len(envelope["ciphertext"])

# %% [markdown]
# **Predict.** The plaintext key is gone. What do you have to send to KMS to read the order again: the 57,000 bytes, the
# sealed data key, or both?


# %%
def open_envelope(client, envelope, number):
    """Have the data key opened by KMS, and the order by yourself."""
    opened = client.decrypt(
        CiphertextBlob=envelope["data_key"], EncryptionContext={"order": number}
    )["Plaintext"]
    return AESGCM(opened).decrypt(
        envelope["nonce"], envelope["ciphertext"], number.encode()
    )


open_envelope(kms, envelope, "1003")[:21]

# %%
seen = sandbox.trail.to_frame()
seen[seen["source"] == "kms.amazonaws.com"].tail(2)[["event", "request"]]

# %% [markdown]
# That is all that KMS saw: a context and a sealed key, which the trail leaves out. Never the order. So KMS cannot say
# whether the order was tampered with. You can, because AES-GCM seals data against changes:

# %%
first, rest = envelope["ciphertext"][0], envelope["ciphertext"][1:]
bent = {**envelope, "ciphertext": bytes([first ^ 1]) + rest}
try:
    open_envelope(kms, bent, "1003")
except InvalidTag as error:
    print(type(error).__name__)
with rolelab.expect_denied("kms:Decrypt"):
    open_envelope(lena, envelope, "1003")

# %% [markdown]
# Lena fails earlier, at the key, and then the 57,000 bytes are of no use to her. This is **envelope encryption**. S3 does
# the same with every object (*Using server-side encryption with AWS KMS keys (SSE-KMS)*), and you will meet these two
# calls in its trail.
#
# ## Lend a key for an afternoon
#
# Jon stands in for Lena today. You could edit a policy and remember to edit it back. A **grant** is made for this: a
# permission on one key, for one principal, that allows by itself and never denies.

# %%
with rolelab.expect_denied("kms:Decrypt"):
    jon.decrypt(CiphertextBlob=persuasion, EncryptionContext=two)
grant = kms.create_grant(
    KeyId=arn,
    GranteePrincipal=f"arn:aws:iam::{account}:user/jon",
    Operations=["Decrypt", "RetireGrant"],
    Constraints={"EncryptionContextSubset": two},
)
jon.decrypt(CiphertextBlob=persuasion, EncryptionContext=two)["Plaintext"]

# %% [markdown]
# **Predict.** Jon's IAM policy still knows nothing of this key. Which of these may he do under the grant: open order 1001,
# encrypt order 1002, revoke the grant, give it back?

# %%
pd.Series(
    {
        "open order 1001": code_of(
            jon.decrypt, CiphertextBlob=emma, EncryptionContext=one
        ),
        "encrypt order 1002": code_of(
            jon.encrypt, KeyId=arn, Plaintext=b"x", EncryptionContext=two
        ),
        "revoke the grant": code_of(
            jon.revoke_grant, KeyId=arn, GrantId=grant["GrantId"]
        ),
        "give the grant back": code_of(
            jon.retire_grant, KeyId=arn, GrantId=grant["GrantId"]
        ),
        "open order 1002 now": code_of(
            jon.decrypt, CiphertextBlob=persuasion, EncryptionContext=two
        ),
    },
    name="AWS says",
).to_frame()

# %% [markdown]
# | who ends a grant | with | allowed by |
# | --- | --- | --- |
# | the holder, if the grant lists it, or its retiring principal | `RetireGrant` | the grant itself |
# | the key's administrator | `RevokeGrant` | key policy or IAM |
#
# Services that work while you sleep get grants too: the console's key policy lets key users make them, but only for AWS
# services (`kms:GrantIsForAWSResource`, *Default key policy*). Whoever may call `kms:CreateGrant` without such a condition
# can hand the key on. Treat it like `iam:PassRole`.
#
# ## Call it by a name
#
# Nobody remembers a key id. An **alias** is a name that you can point at another key later.

# %%
kms.create_alias(AliasName="alias/orders", TargetKeyId=arn)
alias_arn = f"arn:aws:kms:{region}:{account}:alias/orders"
kms.encrypt(KeyId="alias/orders", Plaintext=b"x")["KeyId"] == arn

# %% [markdown]
# **Predict.** So an alias stands for a key in a call. Does it in a policy?

# %%
allow("lena", say("Allow", "kms:Encrypt", alias_arn))
with rolelab.expect_denied("kms:Encrypt", arn):
    lena.encrypt(KeyId="alias/orders", Plaintext=b"x")

# %%
rolelab.why()

# %% [markdown]
# Look at the resource in the message: it is the key. An alias ARN in `Resource` is a permission on *the alias*, for those
# who create and move aliases (*Use aliases to control access to KMS keys*). What you mean is a condition, and there are
# two: `kms:RequestAlias` is the alias that the caller typed, `kms:ResourceAliases` are those that the key has.
#
# **Predict.** Lena calls twice, once by the alias and once by the key's ARN. Which condition lets which call pass?

# %%
conditions = {
    "kms:RequestAlias": "StringEquals",
    "kms:ResourceAliases": "ForAnyValue:StringEquals",
}
answers = {}
for name, operator in conditions.items():
    condition = {operator: {name: "alias/orders"}}
    allow("lena", say("Allow", "kms:Encrypt", Condition=condition))
    answers[name] = {
        "by alias": code_of(lena.encrypt, KeyId="alias/orders", Plaintext=b"x"),
        "by key ARN": code_of(lena.encrypt, KeyId=arn, Plaintext=b"x"),
    }
pd.DataFrame(answers)

# %% [markdown]
# With either condition, whoever may move an alias decides about access.
#
# ## Rotate it
#
# **Predict.** The key is rotated. What changes: its ARN, its policy, its aliases, or nothing that you can see? And does
# yesterday's ciphertext open?

# %%
before = kms.describe_key(KeyId=arn)["KeyMetadata"]
kms.rotate_key_on_demand(KeyId=arn)
after = kms.describe_key(KeyId=arn)["KeyMetadata"]
new = kms.encrypt(KeyId=arn, Plaintext=b"Emma", EncryptionContext=one)["CiphertextBlob"]
used = {
    name: kms.decrypt(CiphertextBlob=blob, EncryptionContext=one)["KeyMaterialId"]
    for name, blob in {"sealed before": emma, "sealed after": new}.items()
}
print([name for name in before if before[name] != after[name]])
pd.Series(used, name="opened with the material").str[:12].to_frame()

# %% [markdown]
# Only the **key material** is new. The key is a drawer with all its materials in it: it seals with the newest and opens
# with the one that sealed (*Rotate AWS KMS keys*). No program notices. The other side of that: rotation re-encrypts
# nothing. Somebody who kept an opened *data key* keeps it. Only sealing the data again helps there.
#
# `enable_key_rotation` does this every year, or every so many days as you say.
#
# ## Switch it off
#
# **Predict.** You disable the key, or you schedule its deletion. Which of the two can be taken back? And may the deletion
# come in three days?

# %%
opening = {"CiphertextBlob": emma, "EncryptionContext": one}
rows = {"enabled": code_of(kms.decrypt, **opening)}
kms.disable_key(KeyId=arn)
rows["disabled"] = code_of(kms.decrypt, **opening)
kms.enable_key(KeyId=arn)
rows["deletion scheduled in 3 days"] = code_of(
    kms.schedule_key_deletion, KeyId=arn, PendingWindowInDays=3
)
kms.schedule_key_deletion(KeyId=arn, PendingWindowInDays=7)
rows["deletion scheduled in 7 days"] = code_of(kms.decrypt, **opening)
kms.cancel_key_deletion(KeyId=arn)
rows["deletion cancelled"] = code_of(kms.decrypt, **opening)
kms.enable_key(KeyId=arn)
rows["enabled again"] = code_of(kms.decrypt, **opening)
pd.Series(rows, name="AWS says").to_frame()

# %% [markdown]
# Disabling is undone by enabling. Deletion waits 7 to 30 days, so that somebody notices what stops working, and cancelling
# leaves the key *disabled*. After the wait, whatever it sealed is lost for good, backups too (*ScheduleKeyDeletion*). If
# you are not sure, disable.
#
# None of these errors is a denial, and none is cured by a policy. Nor is a wrong Region:

# %%
dublin = boto3.client("kms", region_name="eu-west-1")
pd.Series(
    {
        "its ARN": code_of(dublin.describe_key, KeyId=arn),
        "its id": code_of(dublin.describe_key, KeyId=key["KeyId"]),
        "its ciphertext": code_of(dublin.decrypt, **opening),
    },
    name="KMS in Ireland says",
).to_frame()

# %% [markdown]
# A key lives in one Region, and so does its key policy. For the ciphertext KMS has one sentence for three cases: "The
# ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to
# access." The code is that of a denial, and here no policy can cure it.
#
# ## Encrypt the bucket
#
# Back to the orders. The bucket is the one of lesson 06; Nia reads it for the accounts.

# %%
s3.create_bucket(Bucket="bookshop-orders")
bucket_arn = "arn:aws:s3:::bookshop-orders"
old = {"Bucket": "bookshop-orders", "Key": "incoming/1001.json"}
fresh = {"Bucket": "bookshop-orders", "Key": "incoming/1002.json"}
s3.put_object(**old, Body=b'{"book": "Emma"}')
nia = hire("nia", say("Allow", "s3:GetObject", f"{bucket_arn}/*"))
rule = s3.get_bucket_encryption(Bucket="bookshop-orders")[
    "ServerSideEncryptionConfiguration"
]["Rules"][0]
rule["ApplyServerSideEncryptionByDefault"]

# %% [markdown]
# Encrypted already. S3 encrypts every object, and with **SSE-S3** it holds the key itself (*Setting default server-side
# encryption behavior for Amazon S3 buckets*). That protects against a stolen disk, and against nobody who may call
# `GetObject`. With **SSE-KMS** the key is yours:


# %%
def encrypt_bucket(key_arn, bucket_key=False):
    """Set the default encryption of the orders' bucket to SSE-KMS with one key."""
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}
    rule = {
        "ApplyServerSideEncryptionByDefault": default,
        "BucketKeyEnabled": bucket_key,
    }
    s3.put_bucket_encryption(
        Bucket="bookshop-orders", ServerSideEncryptionConfiguration={"Rules": [rule]}
    )


encrypt_bucket(arn)
written = s3.put_object(**fresh, Body=b'{"book": "Persuasion"}')
written["ServerSideEncryption"], written["SSEKMSKeyId"] == arn

# %% [markdown]
# **Predict.** Nia has `s3:GetObject` on both orders, the old one and the new one. What does she get?

# %%
reader = nia.client("s3")
print(reader.get_object(**old)["Body"].read())
with rolelab.expect_denied("kms:Decrypt", arn):
    reader.get_object(**fresh)

# %%
rolelab.why()

# %% [markdown]
# She called `GetObject` and was denied `kms:Decrypt`: S3 asked KMS for the data key **in her name**. A reader of an
# encrypted object needs **two permissions in two places**, on the object and on the key. A writer needs
# `kms:GenerateDataKey`. And the old order is as it was: the default is for new objects. To change it, copy the object
# onto itself.
#
# The bare minimum is not `kms:Decrypt` alone. Nia should read *orders*, not open whatever was sealed with this key.

# %%
through_s3 = {"StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"}}
allow(
    "nia",
    say("Allow", "s3:GetObject", f"{bucket_arn}/*"),
    say("Allow", "kms:Decrypt", arn, Condition=through_s3),
)
print(reader.get_object(**fresh)["Body"].read())
with rolelab.expect_denied("kms:Decrypt"):
    nia.client("kms").decrypt(**opening)

# %%
rolelab.why()

# %% [markdown]
# The condition is not met: she did not come through S3. `kms:ViaService` holds the door open for S3 and for nobody else.
# What did S3 do with it? Its calls are in the trail, and they are the two of your envelope:


# %%
def kms_calls_of_s3(start=0):
    """The calls to KMS that S3 made for somebody, from a position of the trail on."""
    return pd.DataFrame(
        {
            "who": event["userIdentity"]["arn"].rpartition(":")[2],
            "invoked by": event["userIdentity"]["invokedBy"],
            "event": event["eventName"],
            "encryption context": event["requestParameters"]["encryptionContext"],
        }
        for event in sandbox.trail[start:]
        if event["eventSource"] == "kms.amazonaws.com"
        and "invokedBy" in event["userIdentity"]
    )


kms_calls_of_s3()

# %% [markdown]
# S3 puts the object's ARN into the encryption context. So the log of the *key* says who opened which object, and a policy
# can ask for it.
#
# ## Ask KMS less often
#
# One call to KMS for every object costs time and money. With a **bucket key**, S3 fetches one key for the bucket, keeps
# it for a while, and makes the objects' data keys from it.
#
# **Predict.** Three orders are written and read. Without a bucket key that is six calls to KMS. With it? And which ARN
# can the context hold, if one call serves three objects?

# %%
encrypt_bucket(arn, bucket_key=True)
start = len(sandbox.trail)
several = [{**fresh, "Key": f"incoming/20{n:02}.json"} for n in (1, 2, 3)]
for each in several:
    s3.put_object(**each, Body=b"{}")
for each in several:
    s3.get_object(**each)
kms_calls_of_s3(start)

# %% [markdown]
# The bucket's. So the trail of the key no longer says which object was read, and a policy that asks for an object's ARN
# stops matching (*Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys*):

# %%
one_order = {"kms:EncryptionContext:aws:s3:arn": f"{bucket_arn}/incoming/*"}
allow(
    "nia",
    say("Allow", "s3:GetObject", f"{bucket_arn}/*"),
    say("Allow", "kms:Decrypt", arn, Condition={"StringLike": one_order}),
)
print(reader.get_object(**fresh)["Body"].read())
with rolelab.expect_denied("kms:Decrypt"):
    reader.get_object(**several[0])

# %% [markdown]
# | | SSE-S3 | SSE-KMS | SSE-KMS with a bucket key |
# | --- | --- | --- | --- |
# | who holds the key | S3 | you | you |
# | a reader needs | `s3:GetObject` | and `kms:Decrypt` | and `kms:Decrypt` |
# | calls to KMS | none | one for each object read or written | few |
# | encryption context | | the object's ARN | the bucket's ARN |
# | you can stop all reading at once | no | disable the key | disable the key |
#
# ## Your turn: one bucket, one key
#
# A default can be overruled by whoever uploads. Here somebody picks another key, and S3's own:

# %%
overruled = [
    {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": other},
    {"ServerSideEncryption": "aws:kms"},
    {"ServerSideEncryption": "AES256"},
]
[code_of(s3.put_object, **fresh, Body=b"{}", **each) for each in overruled]

# %% [markdown]
# **1.** Write a bucket policy under which an upload has to name *our* key, in the header
# `x-amz-server-side-encryption-aws-kms-key-id`. Anything else is denied, for everybody.

# %% tags=["stub"]
# s3.put_bucket_policy(Bucket="bookshop-orders", Policy=policy(...))

# %% tags=["answer"]
our_key = {"s3:x-amz-server-side-encryption-aws-kms-key-id": arn}
only_our_key = say(
    "Deny",
    "s3:PutObject",
    f"{bucket_arn}/*",
    Principal="*",
    Condition={"StringNotEquals": our_key},
)
s3.put_bucket_policy(Bucket="bookshop-orders", Policy=policy(only_our_key))[
    "ResponseMetadata"
]["HTTPStatusCode"]

# %% tags=["check"]
ours = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": arn}
with your_turn("an upload under our key goes through, and no other"):
    s3.put_object(**fresh, Body=b'{"book": "Persuasion"}', **ours)
    for choice in overruled:
        with rolelab.expect_denied("s3:PutObject"):
            s3.put_object(**fresh, Body=b"{}", **choice)

# %% [markdown] tags=["hint"]
# A `Deny` for `"*"` with `StringNotEquals` on the condition key
# `s3:x-amz-server-side-encryption-aws-kms-key-id`, whose value is the key's ARN. A negated operator also matches when the
# key is absent from the request (lesson 04), which is just what you want here.

# %% [markdown]
# **Predict.** An upload that names no encryption at all gets the bucket's default, which is our key. Does it pass the
# policy?

# %%
code_of(s3.put_object, **fresh, Body=b"{}")

# %% [markdown]
# Under the policy of the exercise it is denied: the condition looks at the *request*, and the request names no key. Some
# teams want that, because a client then says what it expects. Others add
# `"Null": {"s3:x-amz-server-side-encryption": "false"}` to the condition: then the Deny is for uploads that do ask for an
# encryption, and the silent ones get the default.
#
# ## A key for two accounts
#
# Inkwell of lesson 08 makes reports in its own account, 999988887777, and shall open sealed orders. Its program is a user
# there.

# %%
inkwell = sandbox.admin("999988887777")
inkwell.client("iam").create_user(UserName="reports")
made = inkwell.client("iam").create_access_key(UserName="reports")["AccessKey"]
reports = boto3.Session(made["AccessKeyId"], made["SecretAccessKey"]).client("kms")
delegate = json.loads(kms.get_key_policy(KeyId=arn)["Policy"])["Statement"]
lend = say(
    "Allow",
    ["kms:Decrypt", "kms:DescribeKey"],
    Principal={"AWS": "arn:aws:iam::999988887777:root"},
)

# %% [markdown]
# **Predict.** Fill the table: our key policy lets Inkwell's account in, or not; Inkwell's IAM policy allows its program to
# decrypt, or not. In how many of the four does the program get the plaintext?

# %%
theirs = {
    "UserName": "reports",
    "PolicyName": "own",
    "PolicyDocument": policy(say("Allow", "kms:Decrypt", arn)),
}
answers = {}
for we in (False, True):
    kms.put_key_policy(KeyId=arn, Policy=policy(*delegate, *([lend] if we else [])))
    answers[f"our key policy: {'yes' if we else 'no'}"] = row = {}
    row["their IAM: no"] = code_of(reports.decrypt, **opening)
    inkwell.client("iam").put_user_policy(**theirs)
    row["their IAM: yes"] = code_of(reports.decrypt, **opening)
    inkwell.client("iam").delete_user_policy(UserName="reports", PolicyName="own")
pd.DataFrame(answers).T

# %%
rolelab.why()

# %% [markdown]
# One. The last denial was theirs to mend: our side allowed it. Our key policy says who *can*, their IAM policy says who *does* (*Allowing users in other accounts to use a KMS
# key*). A `root` of another account in a key policy delegates to *their* IAM policies, as ours does to ours.
#
# The keys that AWS manages cannot be lent at all. S3 made one when somebody uploaded with `aws:kms` and no key:

# %%
managed = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
(
    managed["KeyManager"],
    code_of(kms.put_key_policy, KeyId=managed["KeyId"], Policy=policy(*delegate, lend)),
)

# %% [markdown]
# Nobody edits its policy. So an object under `aws/s3` stays inside the account, whatever the bucket policy says.
#
# ## The container reads
#
# The orders service of lesson 06, as it was: its task role lists and reads `incoming/` and writes the table. Only the
# bucket has changed. We put the old orders away and leave two sealed ones.

# %%
trust = Path("../data/trust-policies/ecs-tasks.json").read_text()
documents = {
    "csecstaskexecutionrole": "orders-execution",
    "orders-task-role": "orders-task",
}
for role, name in documents.items():
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)
    iam.put_role_policy(
        RoleName=role,
        PolicyName="orders",
        PolicyDocument=Path(f"../data/policies/{name}.json").read_text(),
    )
encrypt_bucket(arn)
s3.delete_bucket_policy(Bucket="bookshop-orders")
for each in several:
    s3.delete_object(**each)
s3.put_object(**old, Body=b'{"book": "Emma"}')
s3.put_object(**fresh, Body=b'{"book": "Persuasion"}')["SSEKMSKeyId"] == arn

# %%
boto3.client("dynamodb").create_table(
    TableName="orders",
    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    BillingMode="PAY_PER_REQUEST",
)
ecs, logs = boto3.client("ecs"), boto3.client("logs")
boto3.client("ecr").create_repository(repositoryName="orders")
image = sandbox.push_image("orders:1.0", "../data/apps/orders")
logs.create_log_group(logGroupName="/ecs/orders")
ecs.create_cluster(clusterName="bookshop")
subnet = boto3.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
network = {"awsvpcConfiguration": {"subnets": [subnet], "assignPublicIp": "ENABLED"}}

# %%
log = {
    "awslogs-group": "/ecs/orders",
    "awslogs-region": region,
    "awslogs-stream-prefix": "orders",
}
container = {
    "name": "app",
    "image": image,
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
    containerDefinitions=[container],
)["taskDefinition"]["revision"]


# %%
def run():
    """Run the orders service once; give its exit code and what it printed."""
    task = ecs.run_task(
        cluster="bookshop",
        taskDefinition="orders",
        launchType="FARGATE",
        networkConfiguration=network,
    )["tasks"][0]["taskArn"]
    waiter = ecs.get_waiter("tasks_stopped")
    waiter.wait(cluster="bookshop", tasks=[task], WaiterConfig={"Delay": 0.2})
    stopped = ecs.describe_tasks(cluster="bookshop", tasks=[task])["tasks"][0]
    stream = f"orders/app/{task.rpartition('/')[2]}"
    events = logs.get_log_events(
        logGroupName="/ecs/orders", logStreamName=stream, startFromHead=True
    )["events"]
    return stopped["containers"][0]["exitCode"], [each["message"] for each in events]


# %% [markdown]
# **Predict.** How far does the program get? Listing, reading, writing? And whose permission will be missing: the execution
# role's, which starts the container, or the task role's?

# %%
exit_code, lines = run()
exit_code, lines[0], lines[-1]

# %%
rolelab.why()

# %% [markdown]
# It lists: names of objects are not encrypted. The first `GetObject` fails at the key, for `orders-task-role`. The image
# did not change, the S3 policy did not change; the bucket's setting did. That is how this error comes upon people.
#
# Before you mend it, look at what a colleague did while searching: `s3:GetObject` on the whole bucket, for the task role.
# Last year's orders lie in the archive, sealed as well.

# %%
sealed_order = {"Bucket": "bookshop-orders", "Key": "archive/0999.json"}
s3.put_object(**sealed_order, Body=b'{"book": "Lady Susan"}')
too_wide = policy(say("Allow", "s3:GetObject", f"{bucket_arn}/*"))
iam.put_role_policy(
    RoleName="orders-task-role", PolicyName="searching", PolicyDocument=too_wide
)["ResponseMetadata"]["HTTPStatusCode"]

# %% [markdown]
# **2.** Leave the S3 policies as they are, and let the *key* hold the line: `orders-task-role` opens orders below
# `incoming/`, through S3, with our key, and nothing else. The bucket has no bucket key now, so the encryption context holds
# the object's ARN.

# %% tags=["stub"]
# iam.put_role_policy(RoleName="orders-task-role", PolicyName="key", PolicyDocument=...)

# %% tags=["answer"]
read_incoming = say(
    "Allow",
    "kms:Decrypt",
    arn,
    Condition={
        "StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"},
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": f"{bucket_arn}/incoming/*"},
    },
)
iam.put_role_policy(
    RoleName="orders-task-role",
    PolicyName="key",
    PolicyDocument=policy(read_incoming),
)["ResponseMetadata"]["HTTPStatusCode"]

# %% tags=["check"]
with your_turn("the program ends well, and the role opens nothing but incoming orders"):
    exit_code, lines = run()
    assert exit_code == 0, lines[-1]
    print(*lines, sep="\n")
    application = as_role("orders-task-role")
    context = {"aws:s3:arn": f"{bucket_arn}/incoming/1001.json"}
    application.denied("kms:Decrypt", arn, EncryptionContext=context)
    application.denied("s3:GetObject", f"{bucket_arn}/archive/0999.json")

# %% [markdown] tags=["hint"]
# One statement: action `kms:Decrypt`, resource the key's ARN, and two conditions that must both be met. Nia's two policies
# above each show one of them.

# %%
kms_calls_of_s3().tail(3)

# %% [markdown]
# If your turn is done, the last lines are the container's: the session name is the task's id, S3 asked for it, and the
# context says which order. One line answers who read what, under which key.
#
# ## See who could
#
# The trail says who *did* use a key. Who *could* is spread over key policies, grants, IAM policies and boundaries.
#
# **Predict.** You made three keys: `orders`, another one, and the ledger's. Who can decrypt under `orders`, who only under
# a condition, and which key will be missing from the picture?

# %%
key_access()

# %% [markdown]
# Each mark is a decision over everything that counts now. Nia's mark is open, because she needs the encryption context that
# S3 sends for an incoming order; after your second exercise so is that of the task role. The ledger is missing: you gave its
# policy to Lena alone, so you cannot even read who is in it.
#
# A triangle is `kms:PutKeyPolicy`. Count those first in an account of yours, for whoever has one can hand out all the
# others.
#
# **3.** Something is wrong at Inkwell, and in the shop nobody answers the telephone. With one call, stop **everybody** from
# opening what this key sealed, administrators included, and so that it can be taken back.

# %% tags=["stub"]
# kms....

# %% tags=["answer"]
kms.disable_key(KeyId=arn)["ResponseMetadata"]["HTTPStatusCode"]

# %% tags=["check"]
with your_turn("nobody opens a sealed order, and the key can come back"):
    assert code_of(s3.get_object, **fresh) != "ok", "An administrator still reads."
    assert code_of(kms.decrypt, **opening) != "ok", "An administrator still decrypts."
    state = kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"]
    assert state != "PendingDeletion", "The clock runs, and then the orders are lost."
    kms.put_key_policy(KeyId=arn, Policy=policy(*delegate, lend))
    kms.enable_key(KeyId=arn)
    print(s3.get_object(**fresh)["Body"].read())

# %% [markdown] tags=["hint"]
# The table of *Switch it off*: one way is undone by one call and has no clock that runs. `disable_key` takes an id or an
# ARN, and no alias.

# %% [markdown]
# ## On real AWS
#
# | Step | Console | AWS CLI |
# | --- | --- | --- |
# | make a key | KMS, **Customer managed keys**, **Create key** | `aws kms create-key --description "orders"` |
# | edit a key policy | the key, **Key policy**, **Switch to policy view** | `aws kms put-key-policy --key-id KEY_ARN --policy file://key.json` |
# | lend a key | use the CLI | `aws kms create-grant --key-id KEY_ARN --grantee-principal ARN --operations Decrypt` |
# | rotate | the key, **Key material and rotations** | `aws kms rotate-key-on-demand --key-id KEY_ARN` |
# | disable, delete | **Key actions** | `aws kms disable-key --key-id KEY_ARN`, `aws kms schedule-key-deletion --key-id KEY_ARN --pending-window-in-days 30` |
# | encrypt a bucket | S3, the bucket, **Properties**, **Default encryption** | `aws s3api put-bucket-encryption --bucket bookshop-orders --server-side-encryption-configuration file://rule.json` |
#
# The console's key policy begins with the delegating statement and adds administrators and users that you click (*Default
# key policy*). A key that you made costs money every month, and so do calls.
#
# What the sandbox leaves out: a grant, an alias and a new policy count here at once. On AWS a grant can take up to five
# minutes; with the *grant token* of `create_grant` its holder need not wait (*CreateGrant*). How long S3 keeps a bucket key
# AWS does not say; here it is five minutes, and permissions are asked for every object all the same.
#
# ## What to keep
#
# - The key policy decides first. IAM policies count if it delegates to the account; a grant adds to both.
# - The encryption context is checked twice, by policies that read it and by the cipher that cannot be talked to.
# - A reader of an encrypted object needs the object *and* the key. Give `kms:Decrypt` through the service, and for what it
#   is needed.
#
# In this notebook we have put a lock on the data and decided who holds the key. Lesson 10 does it for secrets, and for what
# travels.
