# %% [markdown]
# # Cut a role down to what it needs, and prove it
#
# Every permission that a role has and does not need is there for whoever gets hold of it. A trail says what a role needs,
# almost: the rest is judgement, and a proof.
#
# | | |
# | --- | --- |
# | **You'll do** | write a role's policy from a month of its records, break it, prove it by replay, do the same for a whole account, and close a path by which a developer becomes somebody else |
# | **You'll learn** | to turn events into actions and resources, to know what a trail leaves out, to show that a policy is enough *and* not too much, and to see who can become whom |
# | **You'll need** | lessons 03, 05, 07 and 13; 50 minutes |

# %% [markdown]
# ## What you have
#
# The records of lesson 13, and the account that they came from. `reopened.start()` builds that account again: its roles,
# users, buckets, keys and task definitions as they were on the first day. You are its administrator.
#
# ## Set up

# %% tags=["setup"]
import json

import boto3
import pandas as pd

import rolelab
import rolelab.trails
from rolelab import blast_radius, figures, least_privilege
from rolelab.figures import DescribedFigure
from rolelab.labs import as_role, as_service, your_turn
from rolelab.trails import reopened

sandbox = reopened.start()
account, region = sandbox.account_id, "us-east-1"
iam, ecs, s3 = boto3.client("iam"), boto3.client("ecs"), boto3.client("s3")
trail = rolelab.trails.load("../data/trails")
records = list(trail["record"])
pd.set_option("display.max_colwidth", None)

# %% [markdown]
# Three helpers. The first two read and write a role's policies by ordinary calls, the third signs in as a role the way
# that AWS services do.


# %%
def policies_of(role):
    """The policies of a role, attached and inline, as documents."""
    found = []
    for each in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        arn = each["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        got = iam.get_policy_version(PolicyArn=arn, VersionId=version)
        found.append(got["PolicyVersion"]["Document"])
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        got = iam.get_role_policy(RoleName=role, PolicyName=name)
        found.append(got["PolicyDocument"])
    return found


def give(role, *statements):
    """Give a role these statements in the place of all that it had."""
    for each in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=role, PolicyArn=each["PolicyArn"])
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    iam.put_role_policy(
        RoleName=role, PolicyName="access", PolicyDocument=json.dumps(document)
    )


def sign_in(role, service="ecs-tasks.amazonaws.com"):
    """A session of a role that a service assumes."""
    return as_service(service).assume(role)


def role_arn(name):
    """The ARN of a role of this account."""
    return f"arn:aws:iam::{account}:role/{name}"


# %% [markdown]
# What every role has today, before you change anything:

# %%
before = {
    each["RoleName"]: policies_of(each["RoleName"])
    for each in iam.list_roles()["Roles"]
}
list(before)

# %% [markdown]
# ## By hand: read what the role did
#
# `orders-task-role` belongs to the orders service: every twenty minutes it takes in what lies below `incoming/` and writes
# it to a table. Somebody was in a hurry when they made it:

# %%
attached = iam.list_attached_role_policies(RoleName="orders-task-role")
print([each["PolicyName"] for each in attached["AttachedPolicies"]])
granted = least_privilege.granted_actions(before["orders-task-role"])
services = {action.partition(":")[0] for action in granted}
print(len(granted), "actions of", len(services), "services")

# %% [markdown]
# **Predict.** 361 actions. In thirty days the role's sessions made 21,208 calls. How many different operations are among
# them: about ten, about fifty, or more than a hundred?

# %%
mine = trail[trail["role"] == "orders-task-role"]
summary = {
    "calls": ("event", "size"),
    "denied": ("error", "count"),
    "first": ("time", lambda each: each.min().date()),
    "last": ("time", lambda each: each.max().date()),
}
mine.groupby(["source", "event"], observed=True).agg(**summary)

# %% [markdown]
# Twelve. Four of them by the thousand, all month. Eight a few times, all on one day.
#
# **Predict.** Copy all twelve into the policy, to be safe? What would you look at first?

# %%
through = mine["address"].eq("198.51.100.20")
place = through.map({True: "the shop's NAT gateway", False: "elsewhere"})
mine.groupby(place.rename("from")).agg(
    calls=("event", "size"),
    operations=("event", "nunique"),
    sessions=("session", "nunique"),
    days=("time", lambda each: each.dt.date.nunique()),
)

# %% [markdown]
# Tasks leave through the NAT gateway, and 17 calls did not. They are one of lesson 13's open dates. Who made them is lab 8.
# What matters here: **a trail holds what was done, not what was meant.** A policy from all records would hand these calls
# to the role for good, in the name of least privilege.
#
# Counting operations would not have been enough, either. Seven of the 17 are `ListObjects` and `GetObject`, which the
# program calls, too. Leave out by who and from where, never by what.

# %%
work = mine[through]
work["event"].value_counts().loc[lambda count: count > 0]

# %% [markdown]
# ## From an event to an action
#
# Four operations. Write them down as actions, and give them to the role in the place of the 361.
#
# **Predict.** The policy below is taken without an error. Which of the four calls will fail all the same?

# %%
as_they_are_called = [
    *("s3:ListObjects", "s3:GetObject"),
    *("dynamodb:PutItem", "dynamodb:GetItem"),
]
everywhere = {"Effect": "Allow", "Action": as_they_are_called, "Resource": "*"}
give("orders-task-role", everywhere)
s3.put_object(Bucket="bookshop-orders", Key="incoming/1.json", Body=b"{}")

program = sign_in("orders-task-role")
with rolelab.expect_denied("s3:ListBucket"):
    program.client("s3").list_objects_v2(Bucket="bookshop-orders")

# %%
rolelab.why()

# %% [markdown]
# An event is named after an **operation** of the API, a permission after an **action** of IAM. Mostly they have one name.
# Here they do not: listing objects asks for `s3:ListBucket` on the bucket, and there is no action `s3:ListObjects`.
# A policy may name an action that does not exist; it just never matches. (*Actions, resources, and condition keys for
# Amazon S3* has them all.)
#
# So each event becomes an action and a resource. The resource comes out of its parameters:

# %%
ACTIONS = {
    "ListObjects": "s3:ListBucket",
    "GetObject": "s3:GetObject",
    "PutItem": "dynamodb:PutItem",
    "GetItem": "dynamodb:GetItem",
}


def resource(request):
    """The ARN that one of these four calls asked for."""
    if "tableName" in request:
        return f"arn:aws:dynamodb:{region}:{account}:table/{request['tableName']}"
    key = f"/{request['key']}" if "key" in request else ""
    return f"arn:aws:s3:::{request['bucketName']}{key}"


needs = pd.DataFrame(
    {
        "action": work["event"].astype(str).map(ACTIONS),
        "resource": work["request"].map(resource),
        "prefix": work["request"].map(lambda request: request.get("prefix")),
    }
)
needs.groupby("action").agg(
    calls=("resource", "size"),
    resources=("resource", "nunique"),
    one_of_them=("resource", "first"),
    prefix=("prefix", "first"),
    prefixes=("prefix", "nunique"),
)

# %% [markdown]
# Three of the four always ask for the same thing. `GetObject` asked for 6,589 different objects, each once.
#
# **Predict.** The narrowest policy names all 6,589. Name two reasons why it is a bad one.

# %%
objects = needs.loc[needs["action"] == "s3:GetObject", "resource"].unique()
named = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": list(objects)}
size = least_privilege.size_of({"Version": "2012-10-17", "Statement": [named]})
f"{size:,} characters; a role's inline policies may have 10,240 together"

# %% [markdown]
# It does not fit (*IAM and AWS STS quotas*). And if it did, it would deny tomorrow's first order, which no record has seen
# yet. Here no record can decide: somebody has to say that `incoming/` is the place of orders, so `incoming/*`. The whole
# bucket would be too much, since `archive/` lies in it as well.
#
# The same is true of the listing. It always had the prefix `incoming/`, so a condition can hold it to that:

# %%
table = f"arn:aws:dynamodb:{region}:{account}:table/orders"
orders = "arn:aws:s3:::bookshop-orders"
by_hand = [
    {
        "Effect": "Allow",
        "Action": "s3:ListBucket",
        "Resource": orders,
        "Condition": {"StringEquals": {"s3:prefix": "incoming/"}},
    },
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{orders}/incoming/*"},
    {
        "Effect": "Allow",
        "Action": ["dynamodb:PutItem", "dynamodb:GetItem"],
        "Resource": table,
    },
]
give("orders-task-role", *by_hand)

# %% [markdown]
# Try it. First what the program does, all of it:

# %%
bucket, rows = program.client("s3"), program.client("dynamodb")
listed = bucket.list_objects_v2(Bucket="bookshop-orders", Prefix="incoming/")
for each in listed["Contents"]:
    body = bucket.get_object(Bucket="bookshop-orders", Key=each["Key"])["Body"].read()
    rows.put_item(TableName="orders", Item={"id": {"S": "1"}, "order": {"B": body}})
rows.get_item(TableName="orders", Key={"id": {"S": "1"}})["Item"]["id"]

# %% [markdown]
# **Predict.** Then what it does not do. Four calls; how many are denied?

# %%
with rolelab.expect_denied("s3:ListBucket"):
    bucket.list_objects_v2(Bucket="bookshop-orders")
with rolelab.expect_denied("s3:GetObject"):
    bucket.get_object(Bucket="bookshop-orders", Key="archive/00001.json")
with rolelab.expect_denied("s3:DeleteObject"):
    bucket.delete_object(Bucket="bookshop-orders", Key="incoming/1.json")
with rolelab.expect_denied("dynamodb:Scan"):
    rows.scan(TableName="orders")

# %% [markdown]
# All four, and with the old policies none. Four actions on three resources do the work of 361 on everything.
#
# ## What the trail does not show
#
# The orders service was an easy one: what it called is what it needs. Three roles of the shop are not like that. First
# `shop-schedule`, with which EventBridge starts the tasks:

# %%
schedule = trail[trail["role"] == "shop-schedule"]
schedule.groupby(["source", "event"], observed=True).size()

# %% [markdown]
# **Predict.** One operation, 1,757 times. You give the role `ecs:RunTask` and nothing else. Will the next task start?

# %%
families = ("orders", "dispatch", "reporter", "gateway")
run = {
    "Effect": "Allow",
    "Action": "ecs:RunTask",
    "Resource": [
        f"arn:aws:ecs:{region}:{account}:task-definition/{family}:*"
        for family in families
    ],
}
give("shop-schedule", run)
vpc = boto3.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
task = {
    "cluster": "bookshop",
    "taskDefinition": "orders",
    "launchType": "FARGATE",
    "networkConfiguration": {"awsvpcConfiguration": {"subnets": [vpc]}},
}
clock = sign_in("shop-schedule", "events.amazonaws.com").client("ecs")
with rolelab.expect_denied("iam:PassRole"):
    clock.run_task(**task)

# %%
rolelab.why()

# %% [markdown]
# Whoever starts a task passes its roles, as in lesson 07, and **passing is a permission without an event**. "The
# iam:PassRole action is not tracked by CloudTrail" (*IAM Access Analyzer policy generation*). The roles stand in other
# records: in the registrations of the task definitions, made by somebody else.

# %%
registered = trail[trail["event"] == "RegisterTaskDefinition"]
registered = registered[registered["role"] == "ci-deploy"]
family = registered["request"].map(lambda request: request["family"])
registered.assign(family=family).explode("passed_roles").groupby(
    ["family", "passed_roles"]
).size()

# %% [markdown]
# Three families. The schedule also runs `gateway`, whose definition is older than the records, so its roles are in none of
# them. The account knows. Ask it, and give the role both permissions:

# %%
task_roles = {}
for family in families:
    got = ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
    task_roles[family] = [got["executionRoleArn"], got["taskRoleArn"]]
handed_on = {
    "Effect": "Allow",
    "Action": "iam:PassRole",
    "Resource": sorted({arn for arns in task_roles.values() for arn in arns}),
    "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
}
give("shop-schedule", run, handed_on)
clock.run_task(**task)["tasks"][0]["lastStatus"]

# %% [markdown]
# Second, the execution role. **Predict.** It makes log streams and writes into them. Which of the two is in the trail?

# %%
execution = trail[trail["role"] == "csecstaskexecutionrole"]
used = set(execution.loc[execution["error"].isna(), "event"])
make_streams = {
    "Effect": "Allow",
    "Action": "logs:CreateLogStream",
    "Resource": f"arn:aws:logs:{region}:{account}:log-group:/ecs/*",
}
give("csecstaskexecutionrole", make_streams)
stream = {"logGroupName": "/ecs/orders", "logStreamName": "orders/app/try"}
agent = sign_in("csecstaskexecutionrole").client("logs")
agent.create_log_stream(**stream)
lines = [{"timestamp": 0, "message": "an order came in"}]
with rolelab.expect_denied("logs:PutLogEvents"):
    agent.put_log_events(**stream, logEvents=lines)
sorted(used)

# %% [markdown]
# Making a stream is an event, writing to it is none (*Logging Amazon CloudWatch Logs API calls in AWS CloudTrail* lists
# what is logged). A policy from these records alone silences every container. The old policy comes back:

# %%
give("csecstaskexecutionrole", *before["csecstaskexecutionrole"][0]["Statement"])
agent.put_log_events(**stream, logEvents=lines)["ResponseMetadata"]["HTTPStatusCode"]

# %% [markdown]
# Third, a key. **Predict.** `reporter-task-role` shall read one secret, which lies under a key of the shop's own. Its
# policy allows `secretsmanager:GetSecretValue` on exactly this secret. Is one event one permission?

# %%
mail = boto3.client("secretsmanager").create_secret(
    Name="reporter/mail", SecretString="a password", KmsKeyId="alias/customers"
)["ARN"]
read_mail = {
    "Effect": "Allow",
    "Action": "secretsmanager:GetSecretValue",
    "Resource": mail,
}
give("reporter-task-role", read_mail)
reader = sign_in("reporter-task-role").client("secretsmanager")
with rolelab.expect_denied("kms:Decrypt"):
    reader.get_secret_value(SecretId=mail)

# %%
customers_key = boto3.client("kms").describe_key(KeyId="alias/customers")
through_it = f"secretsmanager.{region}.amazonaws.com"
use_key = {
    "Effect": "Allow",
    "Action": "kms:Decrypt",
    "Resource": customers_key["KeyMetadata"]["Arn"],
    "Condition": {"StringEquals": {"kms:ViaService": through_it}},
}
give("reporter-task-role", read_mail, use_key)
secret = reader.get_secret_value(SecretId=mail)["SecretString"]
give("reporter-task-role", *before["reporter-task-role"][0]["Statement"])
secret

# %% [markdown]
# One call, two permissions, as in lessons 09 and 10. So before you believe a policy that was made from a trail, ask:
#
# | missing | because | look at |
# | --- | --- | --- |
# | `iam:PassRole` | it is no operation | who passes roles: task definitions, functions |
# | `logs:PutLogEvents`, and other data | not logged, or logged only if you pay for *data events* | the trail's settings, the program |
# | `kms:Decrypt` | a service uses the key in the caller's name | what is encrypted, and under which key |
# | work of December | the trail has September | the calendar, the owner |
#
# ## With a tool
#
# You know now what to ask of one. `least_privilege` reads the records, and nothing but the records:

# %%
naive = least_privilege.from_trail(records, role_arn("orders-task-role"))
found = naive.table()
for column in ("first", "last"):
    found[column] = found[column].dt.date
found.groupby("action").agg(
    resources=("resource", "size"),
    uses=("uses", "sum"),
    first=("first", "min"),
    last=("last", "max"),
)

# %% [markdown]
# It walked right into the 10th. A tool cannot know who was meant to call, so it shows you how often each permission was used,
# and when. Leave those calls out, as you did by hand:

# %%
analysis = least_privilege.from_trail(
    records,
    role_arn("orders-task-role"),
    leave_out=lambda record: record["sourceIPAddress"] != "198.51.100.20",
)
print(json.dumps(analysis.policy["Statement"], indent=1))

# %% [markdown]
# Your policy, statement by statement. What became of all the records stands in `counts`; the parts add up to the whole:

# %%
counts = analysis.counts
print("problems:", analysis.problems)
counts.table().query("count > 0").set_index("records").T

# %% [markdown]
# ### A rule, and it is yours
#
# The tool lists up to three names under one prefix. More become `*` at that place. That is a rule, not a truth, and you can
# set it.
#
# **Predict.** With `siblings=1_000_000` nothing is ever generalized. Policies may be split: ten managed policies of 6,144
# characters on one role. Will the month fit? Will two days?

# %%
literal = least_privilege.Rule(siblings=1_000_000)
exact = least_privilege.from_trail(records, role_arn("orders-task-role"), rule=literal)
try:
    exact.attachments()
except least_privilege.TooLargeError as error:
    print(error)

# %%
first_days = list(trail.loc[trail["time"] < "2026-09-03", "record"])
few = least_privilege.from_trail(first_days, role_arn("orders-task-role"), rule=literal)
pd.DataFrame(
    [(each.kind, each.name, each.size, each.quota) for each in few.attachments()],
    columns=["kind", "name", "characters", "quota"],
)

# %% [markdown]
# Two days fit, cut into managed policies. Whether that policy is any good is another question, and it has an answer.
#
# ## Proof
#
# **Enough**: put every recorded request to the engine again, under the new policy. All must be allowed. Take the policy of
# the first two days, and replay the month.
#
# **Predict.** How many of the month's requests does it allow: about a tenth, a third, two thirds?

# %%
analysis.prove(few.policy, mutations=False).table()

# %% [markdown]
# More than two thirds: it still lists and writes, whatever the day. But it reads the orders of two days, and none of the
# other 28. A policy is always fitted to the days that it has seen, so keep some days back, and test it on those. Now the
# real one.
#
# **Not too much**: ask what must be denied. `prove` makes such requests from the recorded ones: another bucket, another
# prefix, the neighbours of each action, what other roles used, what you left out.
#
# **Predict.** `Resource: "*"` would pass the first half of the proof. Which rows would it fail?

# %%
proof = analysis.prove(analysis.policy)
proof.table()

# %%
comparison = analysis.compare(before["orders-task-role"])
figures.least_privilege(comparison, proof)

# %% [markdown]
# Enough, and not too much: both halves hold. A proof that cannot fail is none, so see it fail: with the old policies, and with
# yours by hand, whole, without its table, and on every resource.

# %%
hand = {"Version": "2012-10-17", "Statement": by_hand}
lacking = {"Version": "2012-10-17", "Statement": by_hand[:2]}
wide = [{**each, "Resource": "*"} for each in by_hand]
tried = {
    "the two managed policies": before["orders-task-role"],
    "by hand": hand,
    "by hand, without the table": lacking,
    "by hand, on every resource": {"Version": "2012-10-17", "Statement": wide},
}
verdicts = {name: analysis.prove(documents) for name, documents in tried.items()}
pd.DataFrame(
    {
        "enough": {name: each.enough for name, each in verdicts.items()},
        "not too much": {name: each.not_too_much for name, each in verdicts.items()},
        "failures": {name: len(each.failures()) for name, each in verdicts.items()},
    }
)

# %%
by_kind = verdicts["by hand, on every resource"].table()
by_kind[["question", "must be", "requests", "allowed", "holds"]]

# %% [markdown]
# The old policies are enough, of course, and too much in nearly two thousand ways. `Resource: "*"` fails where the resource or
# the prefix is another one; right actions alone are half a policy. Each failure is a request that you could make, and
# `failures()` lists them. What the proof says holds for these records and these questions, not for every question that
# there is.
#
# What can go, by access level:

# %%
unused = analysis.unused(before["orders-task-role"])
print(len(unused), "actions granted and not needed, such as")
print(*unused.loc[unused["level"] == "Permissions management", "action"][:6], sep="\n")
comparison.levels()

# %% [markdown]
# ## The whole account
#
# One role by hand was a good part of this lesson. The tool takes all twelve in one go.
#
# **Predict.** Which role needs the largest share of what it has: a task role, the pipeline, or the auditor?

# %%
every = least_privilege.by_role(records, task_roles=task_roles)
table_rows = []
for arn, each in every.items():
    name = arn.rpartition("/")[2]
    if ":role/" in arn:
        against = each.compare(before[name])
        sets = (against.granted, against.needed, against.unused, against.missing)
        found = "; ".join(problem.kind for problem in each.problems)
        table_rows.append((name, *map(len, sets), each.counts.denied, found))
columns = ["role", "granted", "needed", "unused", "missing", "denied calls", "problems"]
overview = pd.DataFrame(table_rows, columns=columns).set_index("role")
overview.sort_values("granted", ascending=False)

# %% [markdown]
# Read it from the top: one administrator, one auditor, and two roles that somebody gave whole services. At the bottom are
# roles that need all they have. Most of the work is in three or four rows, and there you begin. Not by the number alone: an
# auditor's role is wide on purpose, because next month's question is not in this month's records.
#
# Two warnings. These are actions, not resources: `reporter-task-role` needs all its actions, and may decrypt under every
# key. And these are all records, so what is left open for lab 8 counts as needed here: nobody has looked yet. The last column
# names what the tool could not see. It added `logs:PutLogEvents` to the execution role by itself, and says so.
#
# **Predict.** Your own role, `Administrator`, is in the account and not in the month. What should a tool say: no
# permissions needed, an error, or something else? And of a trail without a single record?

# %%
mute = least_privilege.from_trail(records, role_arn("Administrator"))
empty = least_privilege.from_trail([], role_arn("orders-task-role"))
for each in (*mute.problems, *empty.problems):
    print(f"{each.kind}: {each.advice}\n")

# %% [markdown]
# Silence has two meanings, so it is named, and no policy is written. "Needs nothing" would be a guess.
#
# ## What you would attach otherwise
#
# `AmazonS3FullAccess` was in reach, so somebody took it. AWS has nearly 1,600 such policies.
#
# **Predict.** How many actions does the one in the middle grant: 5, 20, 100? Where are the 4 that the orders service needs,
# and where the largest?

# %%
pages = iam.get_paginator("list_policies").paginate(Scope="AWS")
listed = [policy for page in pages for policy in page["Policies"]]


def document(policy):
    """The current document of a managed policy."""
    at = {"PolicyArn": policy["Arn"], "VersionId": policy["DefaultVersionId"]}
    return iam.get_policy_version(**at)["PolicyVersion"]["Document"]


grants = pd.Series(
    {
        policy["PolicyName"]: len(least_privilege.granted_actions(document(policy)))
        for policy in listed
    }
).sort_values(kind="stable")
grants.describe(percentiles=[0.1, 0.5, 0.9]).astype(int).to_frame("actions").T

# %%
needed = len(analysis.needed)
NAMED = (
    "AmazonECSTaskExecutionRolePolicy",
    "AmazonDynamoDBFullAccess",
    "AmazonS3FullAccess",
    "SecurityAudit",
    "ReadOnlyAccess",
    "AdministratorAccess",
)
PLACES = {"AmazonECSTaskExecutionRolePolicy": (6, -24), "AmazonS3FullAccess": (-10, 14)}
title = (
    f"{(grants > needed).mean():.0%} of {len(grants):,} AWS managed policies "
    f"grant more than {needed} actions"
)
says = "; ".join(f"{name}: {grants[name]:,} actions" for name in NAMED)
picture = DescribedFigure(
    f"{title}. Half grant more than {grants.median():.0f}. {says}.", height=4.4
)
picture.set_layout_engine("constrained")
picture.suptitle(title, x=0.02, ha="left", weight="bold", fontsize=12)
axes = picture.subplots()
axes.set_yscale("symlog", linthresh=1)
axes.scatter(range(len(grants)), grants, s=5, color="#767676", lw=0)
for name in NAMED:
    at = grants.index.get_loc(name)
    axes.scatter(at, grants[name], s=60, marker="D", color="#D55E00", zorder=3)
    side, up = PLACES.get(name, (-10, 0))
    words = {"xytext": (side, up), "textcoords": "offset points"}
    words["arrowprops"] = {"arrowstyle": "-", "color": "#999999"}
    words["ha"] = "right" if side < 0 else "left"
    text = f"{name}  {grants[name]:,}"
    axes.annotate(text, (at, grants[name]), va="center", fontsize=9, **words)
axes.axhline(needed, color="#0072B2", lw=1.5)
axes.text(
    len(grants),
    needed,
    f"orders-task-role needs {needed}",
    color="#0072B2",
    **{"ha": "right", "va": "bottom", "fontsize": 9},
)
axes.spines[["top", "right"]].set_visible(False)
axes.set_ylim(-0.2, 60_000)
axes.set_yticks(
    [0, 1, 10, 100, 1_000, 10_000], ["0", "1", "10", "100", "1,000", "10,000"]
)
axes.set_xlabel("the policies, in the order of what they grant")
axes.set_ylabel("actions, logarithmic")
picture

# %% [markdown]
# They are made for everybody, and say so: AWS managed policies "might not grant least-privilege permissions for your
# specific use cases" (*What are AWS managed policies?*). Some are narrow, such as the one of lesson 03 for execution roles.
# Attach one to begin with, if you must, and note the day on which a trail will replace it.
#
# How it counts: an action is in the Service Authorization Reference, and a policy grants it on some resource, under whatever
# condition. Eleven policies at the left grant nothing: ten only deny, one names a service that the reference does not have.
#
# ## Blast radius
#
# What a role may do itself is half of it. The other half: whom it can become. `blast_radius` puts the known ways to the
# engine, with the account's real policies: assume, pass to a task, write a policy, make a key.
#
# **Predict.** Two roles of this account are administrators, yours and `bookshop-admin`. Who else can become one?

# %%
radius = blast_radius.of_account()
figures.blast_radius(radius)

# %% [markdown]
# Nora, on purpose. That is good news, and not all of it. "Administrator" is not the only thing worth becoming:

# %%
edges = radius.to_frame()
becomes = edges[edges["target"].str.startswith("role/")]
becomes = becomes[becomes["source"].str.startswith("role/")]
becomes.groupby("source")["target"].agg(
    whom=lambda each: ", ".join(sorted({name[5:] for name in each}))
)

# %% [markdown]
# To become a role is to do something with its permissions: who starts a task decides what runs in it. A developer can become
# every task role of the shop. The schedule could, too; since you cut it down, it has the five that it runs. Look at one way
# in full:

# %%
for path in radius.paths("user/ana", "reporter-task-role"):
    print(path)

# %%
passing = next(
    edge
    for edge in radius.edges_between("developer", "reporter-task-role")
    if edge.rule.name == "pass-role-to-new-task"
)
passing.evidence[0].decision

# %% [markdown]
# "Every role whose name ends in `-task-role`": whoever wrote that thought of names, not of what these roles may do. Ana may
# read orders and labels. The reporter may decrypt the customers' data.
#
# **Predict.** A customer's name was encrypted under the shop's key. Ana asks KMS for it, then she starts a container that
# asks. Which of the two gets it?

# %%
key = iam.create_access_key(UserName="ana")["AccessKey"]
ana = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=region)
given = ana.client("sts").assume_role(
    RoleArn=role_arn("developer"), RoleSessionName="ana"
)["Credentials"]
developer = boto3.Session(
    given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region
)
customers = boto3.client("kms").encrypt(
    KeyId="alias/customers", Plaintext=b"Emma, 4 Mill Lane"
)["CiphertextBlob"]
with rolelab.expect_denied("kms:Decrypt"):
    developer.client("kms").decrypt(CiphertextBlob=customers)

# %%
curious = f"""
import boto3
who = boto3.client("sts").get_caller_identity()["Arn"].split("/")[1]
said = boto3.client("kms").decrypt(CiphertextBlob={customers!r})["Plaintext"]
print(who, "reads:", said.decode())
"""
definition = {
    "family": "orders-try",
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "executionRoleArn": role_arn("csecstaskexecutionrole"),
    "taskRoleArn": role_arn("reporter-task-role"),
    "containerDefinitions": [
        {
            "name": "app",
            "image": sandbox.push_image("orders:try", curious),
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": "/ecs/orders",
                    "awslogs-region": region,
                    "awslogs-stream-prefix": "try",
                },
            },
        }
    ],
}

# %%
hers = developer.client("ecs")
hers.register_task_definition(**definition)
ran = hers.run_task(**{**task, "taskDefinition": "orders-try"})["tasks"][0]
started = ran["taskArn"]
ecs.get_waiter("tasks_stopped").wait(cluster="bookshop", tasks=[started])
logs = boto3.client("logs")
log = f"try/app/{started.rpartition('/')[2]}"
got = logs.get_log_events(logGroupName="/ecs/orders", logStreamName=log)
[event["message"] for event in got["events"]]

# %% [markdown]
# Every call was allowed, by policies that somebody had approved. No single permission is wrong; together they make a path.
#
# ### Close it
#
# What do developers need, in a month of work from the office?
#
# **Predict.** In their records no call of theirs has a value in `passed_roles`. So `iam:PassRole` goes, the whole statement.
# Will anybody complain?

# %%
office = trail["address"].astype(str).str.startswith("203.0.113.")
at_work = trail[office & (trail["role"] == "developer")]
statements = before["developer"][0]["Statement"]
give("developer", *[each for each in statements if each["Action"] != "iam:PassRole"])
print(at_work["passed_roles"].notna().sum(), "calls passed a role")
with rolelab.expect_denied("iam:PassRole"):
    hers.run_task(**{**task, "taskDefinition": "dispatch"})

# %% [markdown]
# You have met this trap: `RunTask` passes the roles of a definition that somebody else registered. Developers start `dispatch`
# by hand now and then, and need its two roles. Nothing else, says the tool, and no registration at all:

# %%
narrow = least_privilege.from_trail(
    records,
    role_arn("developer"),
    leave_out=lambda record: not record["sourceIPAddress"].startswith("203.0.113."),
    task_roles=task_roles,
)
assert narrow.prove().holds
passes = narrow.table().query("action in ['ecs:RunTask', 'iam:PassRole']")
passes[["action", "resource", "uses"]]

# %%
give("developer", *narrow.policy["Statement"])
ran = hers.run_task(**{**task, "taskDefinition": "dispatch"})["tasks"][0]
with rolelab.expect_denied("ecs:RegisterTaskDefinition"):
    hers.register_task_definition(**definition)
with rolelab.expect_denied("ecs:RunTask"):
    hers.run_task(**{**task, "taskDefinition": "orders-try"})

# %%
closed = blast_radius.of_account()
asked = [("ana", "reporter-task-role"), ("ana", "dispatch-task-role")]
asked.append(("shop-schedule", "reporter-task-role"))
ways = [
    (who, whom, len(radius.paths(who, whom)), len(closed.paths(who, whom)))
    for who, whom in asked
]
pd.DataFrame(ways, columns=["who", "becomes", "ways before", "ways after"])

# %% [markdown]
# The way to the reporter is gone, and the refused calls say the same. Two are left. Who may run `dispatch` may tell it what to
# run (`overrides`), and the schedule passes the reporter's role because that is its work. Least privilege does not mean that
# no path is left. It means that each one has a reason that somebody can name.
#
# ## Your turn
#
# **1.** Write the policy of `reporter-task-role` by hand, from its records: `report_policy`, a whole document. It reads
# below `archive/`, writes its files of the day, and decrypts. Mind the key. The check is the proof.

# %%
reporter = trail[trail["role"] == "reporter-task-role"]
samples = reporter.drop_duplicates("event")
samples[["event", "request"]].set_index("event")

# %% tags=["stub"]
# report_policy = {"Version": "2012-10-17", "Statement": [...]}

# %% tags=["answer"]
decrypts = reporter[reporter["event"] == "Decrypt"]
used_key = decrypts["request"].map(lambda request: request["keyId"]).unique()[0]
report_policy = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "dynamodb:Scan", "Resource": table},
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": orders,
            "Condition": {"StringEquals": {"s3:prefix": "archive/"}},
        },
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": f"{orders}/archive/*",
        },
        {
            "Effect": "Allow",
            "Action": "s3:PutObject",
            "Resource": [
                "arn:aws:s3:::bookshop-reports/daily/*/orders.csv",
                "arn:aws:s3:::bookshop-reports/daily/*/customers.csv",
            ],
        },
        {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": used_key},
    ],
}

# %% tags=["check"]
with your_turn("the reporter can do its work, and nothing else"):
    shown = every[role_arn("reporter-task-role")].prove(report_policy)
    assert shown.enough, f"Still denied:\n{shown.failures().head(3)}"
    assert shown.not_too_much, f"Too much:\n{shown.failures().tail(3)}"

# %% [markdown] tags=["hint"]
# `shown.failures()` names what is missing or too much. The ARN of the key is in the request of `Decrypt`. A `*` may stand
# in the middle of a resource: `daily/*/orders.csv`.

# %% [markdown]
# **2.** Is a week enough? Make the policy of `dispatch-task-role` from the records before 8 September, and put how many of
# the requests of the whole month it denies into `denied_later`. Then the same with `Rule(siblings=1_000_000)`, into
# `denied_literally`.

# %% tags=["stub"]
# week = list(trail.loc[trail["time"] < "2026-09-08", "record"])
# denied_later = ...
# denied_literally = ...

# %% tags=["answer"]
week = list(trail.loc[trail["time"] < "2026-09-08", "record"])
dispatch = role_arn("dispatch-task-role")


def denied_by(rule):
    """How many requests of the month the first week's policy denies."""
    learned = least_privilege.from_trail(week, dispatch, rule=rule)
    replay = every[dispatch].prove(learned.policy, mutations=False).table()
    return int(replay["denied"].sum())


denied_later = denied_by(least_privilege.Rule())
denied_literally = denied_by(literal)
print(denied_later, "and", denied_literally)

# %% tags=["check"]
with your_turn("a rule carries over to new days, a list of names does not"):
    assert denied_later == 0, f"{denied_later}: prove with the month's analysis."
    assert denied_literally > 1000, f"{denied_literally} are too few."

# %% [markdown] tags=["hint"]
# `every[role_arn("dispatch-task-role")]` is the month's analysis. Its `prove(policy, mutations=False).table()` has a column
# `denied`.

# %% [markdown]
# **3.** The developers have a wish: to try things out, they want to write the inline policies of task roles themselves. It
# sounds small. The cell grants it as they asked, together with a role to try things with.

# %%
trust = json.dumps(
    iam.get_role(RoleName="orders-task-role")["Role"]["AssumeRolePolicyDocument"]
)
boundary = iam.create_policy(
    PolicyName="sketch-boundary", PolicyDocument=json.dumps(hand)
)["Policy"]["Arn"]
iam.create_role(
    RoleName="sketch-task-role",
    AssumeRolePolicyDocument=trust,
    PermissionsBoundary=boundary,
)
kept = narrow.policy["Statement"]
wish = {
    "Effect": "Allow",
    "Action": "iam:PutRolePolicy",
    "Resource": role_arn("*"),
}
give("developer", *kept, wish)
wished = blast_radius.of_account()
figures.blast_radius(wished)

# %% [markdown]
# A developer writes a policy for the role `developer`, and is administrator. Grant the wish so that it is one, and no more:
# developers may write inline policies of `sketch-task-role`, whose boundary holds whatever they write, and nobody can
# become administrator who could not before.

# %% tags=["stub"]
# give("developer", *kept, {...})

# %% tags=["answer"]
sketch = {
    "Effect": "Allow",
    "Action": "iam:PutRolePolicy",
    "Resource": role_arn("sketch-task-role"),
    "Condition": {"StringEquals": {"iam:PermissionsBoundary": boundary}},
}
give("developer", *kept, sketch)

# %% tags=["check"]
with your_turn("developers sketch, and none of them becomes administrator"):
    able = blast_radius.of_account().can_become_administrator
    assert able == radius.can_become_administrator, f"They can: {able}"
    as_role("developer").allowed("iam:PutRolePolicy", role_arn("sketch-task-role"))
    as_role("developer").denied("iam:PutRolePolicy", role_arn("orders-task-role"))

# %% [markdown] tags=["hint"]
# Name the role. The condition key `iam:PermissionsBoundary` holds only for roles that have this boundary, as in lesson 08.

# %% [markdown]
# ## On real AWS
#
# AWS reads your trail for you. In the console: **IAM > Roles >** the role **> Permissions > Generate policy based on
# CloudTrail events**. On the command line:
#
# ```
# aws accessanalyzer start-policy-generation --policy-generation-details principalArn=... --cloud-trail-details ...
# aws accessanalyzer get-generated-policy --job-id ... --include-resource-placeholders
# aws iam generate-service-last-accessed-details --arn arn:aws:iam::123456789012:role/orders-task-role --granularity ACTION_LEVEL
# ```
#
# | | it gives | its limits |
# | --- | --- | --- |
# | policy generation of IAM Access Analyzer | a policy *template* from up to 90 days | no `iam:PassRole`; no data events, so `GetObject` and `PutItem` of this lesson are not in it; resources as placeholders that you fill in; 100,000 log files and 25 GB at most |
# | last accessed information | when a service, or an action, was last tried, for 400 days | attempts count, also denied ones; identity-based policies only; no resources; usually within four hours |
#
# (*IAM Access Analyzer policy generation*, *IAM Access Analyzer quotas*, *GenerateServiceLastAccessedDetails*.) AWS itself
# says that the first is not meant for audits.
#
# Neither proves anything. For that, take the IAM policy simulator, or better: roll the policy out where a mistake costs
# nothing, and count the denials in the trail. What the sandbox does not model: the records that AWS KMS writes when one
# service uses it for another, and both tools above. The ways of `blast_radius` are those that are publicly known, and
# `blast_radius.LEFT_OUT` says which it does not follow.
#
# ## What to keep
#
# - A trail says what was done. Who was meant to do it, and what comes in December, it does not say: leave out, generalize
#   and add by judgement, and write down why.
# - A policy is least privilege when both halves are shown: every recorded request allowed, every forbidden one denied.
# - Count not only what a role may do, but whom it can become. Each path needs a reason, or it goes.
#
# In this notebook we have cut roles down to what they need, and proved it. Lesson 15 writes them as a template that leaves
# the sandbox. Lab 8 finds out who was there on the 10th.
