# %% [markdown]
# # Lab 8: Find the abused role, and shut the intruder out
#
# On the first of October the payment provider calls the bookshop: its key was used from a network that it has never seen.
# Nora looks at a month of records and sees nothing but work, 59,000 events of it. She asks you who that was, and to get them
# out before the morning, without closing the shop.
#
# | | |
# | --- | --- |
# | **You'll do** | find an incident in a month of CloudTrail, write the report, cut the intruder off in the live account, and prove it |
# | **You'll learn** | to follow credentials instead of errors, to revoke sessions and keys, to close what made it possible, and to keep what is needed open |
# | **You'll need** | lessons 07 and 13; lesson 14 helps; 60 minutes |
#
# The checks compare your findings with the records. Then they call AWS as the intruder, whose credentials are valid, and as
# the shop. They never read your policies, so every containment that behaves right passes.

# %% [markdown]
# ## Set up
#
# Run this cell first. It loads September 2026, as in lesson 13.

# %% tags=["setup"]
import json
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

import rolelab
import rolelab.trails
from rolelab import least_privilege
from rolelab.labs import lab_8

sandbox = rolelab.start()
pd.set_option("display.max_colwidth", 70)
trail = rolelab.trails.load("../data/trails")
berlin = trail["time"].dt.tz_convert("Europe/Berlin")
trail.attrs["counts"]["rows"]

# %% [markdown]
# What Nora can tell you:
#
# | who | from where |
# | --- | --- |
# | tasks | 198.51.100.20, the NAT gateway |
# | the pipeline | 198.51.100.60 |
# | the inventory tool | 198.51.100.140 |
# | people at the office and at home | 203.0.113.0/24 |
# | Ana, on a holiday from the 18th to the 25th | wherever that was; she had promised to look in once a day |
#
# `csecstaskexecutionrole` launches every task. `migrations-task-role` is for migrations, a few Saturdays a month, and may do
# nearly everything with data. `developer` is the role of Ana, Ben, Chi and Nora.
#
# ## Three ways to look
#
# Everybody has a favourite sign of a break-in: somebody is denied a lot, somebody works at night, somebody comes from an
# address that is not the shop's.
#
# **Predict.** Each of the three selects events. Which of them is nothing but the incident?

# %%
night = (berlin.dt.hour < 6) & (trail["event"] != "AssumeRole")
tasks_by_the_clock = trail["role"].isin(["orders-task-role", "csecstaskexecutionrole"])
at_home = (
    trail["address"].astype(str).str.match(r"203\.0\.113\.|198\.51\.100\.|.*\.com$")
)
signs = {
    "denied": trail[trail["error"].notna()],
    "at night": trail[night & trail["role"].notna() & ~tasks_by_the_clock],
    "from elsewhere": trail[~at_home],
}
pd.DataFrame(
    {
        sign: {
            "events": len(rows),
            "who": rows["role"].nunique(),
            "most of it": rows["role"].value_counts().idxmax(),
        }
        for sign, rows in signs.items()
    }
).T

# %% [markdown]
# Hand any of them in below and see how far it is off. Denials show who tries what is not granted, and the biggest denier of
# a company is a tool. The night belongs to programs. And people travel.
#
# ## Task 1: Find it
#
# Select the events of the incident: everything that the intruder did, from the first call to the last, and nothing else.
# `incident` is a part of the trail (`trail[mask]`), a mask, or a list of event ids. What AWS did by itself to launch the
# intruder's tasks may be in it or not.

# %% [markdown] tags=["hint"]
# The same credentials cannot be in two places. Group by `access_key` and collect the addresses. How many keys have more than
# one, and which of them can be explained?

# %% [markdown] tags=["hint"]
# A session of a task comes from the NAT gateway, always. If it comes from somewhere else as well, somebody has taken it
# along. What else came from that address, under which names?

# %% [markdown] tags=["hint"]
# It goes on after the middle of the month, from another address. The long-term key among the ones with two addresses leads
# you there.

# %% tags=["stub"]
incident = ...

# %% tags=["solution"]
places = trail.groupby("access_key", observed=True)["address"].agg(set)
places[places.map(len) > 1]

# %% [markdown] tags=["solution"]
# Four keys in two places. One is Nora's, at home and at the office. One is Ana's: an address abroad, and the days are those
# of her holiday. The other two have no excuse: a session of a task that leaves the NAT gateway, and Chi's long-term key, at
# two addresses where Chi never was. One address is common to both.

# %% tags=["solution"]
strange = {"192.0.2.77", "192.0.2.201"}
incident = trail[trail["address"].isin(strange)]
incident.groupby([incident["time"].dt.date, "user", "address"], observed=True).agg(
    events=("event", "size"), denied=("error", "count")
)

# %% tags=["check"]
lab_8.check_events(trail, incident)

# %% [markdown] tags=["solution"]
# **Why this is right.** The intruder was denied 15 times, and the inventory tool 1,800 times: who finds out first what a key
# can do makes little noise. The first evening was at nine in Berlin, and 1,830 of the events at night are the report. Of the
# addresses from elsewhere, one is Ana's, and it has nearly half of their events. A sign says where to look. What decides is
# whether somebody can explain it.

# %% [markdown]
# ## Task 2: Write the report
#
# Whoever has to act needs to know what to act on. Fill in the report: names without `arn:`, times in UTC to the minute
# (`2026-09-01T06:00`), a list where there are several.

# %%
# stub
report = {
    "first role": ...,  # whose session was in other hands first
    "began": ...,
    "ended": ...,
    "addresses": [...],
    "user agents": [...],  # of the intruder, not of the user
    "opened by": ...,  # bucket/key of the object that opened the next door
    "user": ...,  # whose long-term key was used
    "access key": ...,  # its id
    "passed roles": [...],  # handed to tasks as their task role
    "family": ...,  # of the task definition
    "secrets": [...],  # that were read
    "orders": ...,  # how many objects of bookshop-orders were read
}
# solution
passing = incident[incident["event"] == "RegisterTaskDefinition"]
read = incident[incident["error"].isna()]
values = read[read["event"] == "GetSecretValue"]["request"]
objects = read[read["event"] == "GetObject"]["request"]
own = trail[(trail["user"] == "chi") & ~trail["event_id"].isin(incident["event_id"])]
report = {
    "first role": incident["role"].iloc[0],
    "began": incident["time"].min(),
    "ended": incident["time"].max(),
    "addresses": strange,
    "user agents": set(incident["agent"]) - set(own["agent"]),
    "opened by": "bookshop-config/ci/chi.env",
    "user": "chi",
    "access key": incident[incident["user"] == "chi"]["access_key"].iloc[0],
    "passed roles": {asked["taskRoleArn"] for asked in passing["request"]},
    "family": passing["request"].iloc[0]["family"],
    "secrets": {asked["secretId"] for asked in values},
    "orders": sum(asked["bucketName"] == "bookshop-orders" for asked in objects),
}
# end

# %% [markdown] tags=["hint"]
# `incident["request"]` has what each call asked for: `bucketName` and `key` of an object, `secretId` of a secret,
# `taskRoleArn` of a task definition.

# %% [markdown] tags=["hint"]
# A call that was denied has taken nothing: look at `error`. And the same secret may be read by one role after another was
# refused.

# %% tags=["check"]
lab_8.check_report(trail, report)

# %% [markdown] tags=["solution"]
# **What happened.** Four doors, each of them open for somebody's convenience:
#
# | when (UTC) | what | the convenience |
# | --- | --- | --- |
# | 10 September 18:52 | a session of `orders-task-role` leaves its task and reads every bucket | *AmazonS3FullAccess* for one folder |
# | | among them `ci/chi.env`, with a key | a long-term key in a file |
# | 14 September 23:38 | Chi's key steps into `developer` and looks for a stronger role | |
# | 15 September 00:06 | `developer` registers `orders-debug` with `migrations-task-role` | `iam:PassRole` on `role/*-task-role` |
# | 15 September 00:11 | that task's session reads the payment key and 90 orders | |
# | 20 September 03:20 | the same with `csecstaskexecutionrole` as the task role: four passwords | one execution role for all, and nobody noticed the first time |

# %% [markdown]
# ## The account, one hour after
#
# From here on you act. The next cell starts the account of the records and lets the intruder in as September did: the same
# key, the same calls, the same addresses. Its clock is that of your machine. The cell shows what the intruder holds now, so
# **it gives the answers to tasks 1 and 2 away**.

# %%
intruder = lab_8.reopen(trail)
sandbox = intruder.sandbox
shop = sandbox.admin()
iam, ecs = shop.client("iam"), shop.client("ecs")
secretsmanager = shop.client("secretsmanager")
sandbox.push_image("orders:1", Path("../data/apps/orders/app.py").read_text())
intruder

# %% [markdown]
# A long-term key has no end. The sessions are forty minutes old and valid for hours, although the tasks that they came from
# have ended:

# %%
for held in intruder.sessions.values():
    print(held.client("sts").get_caller_identity()["Arn"])

# %% [markdown]
# **Predict.** `answers` makes all the calls that the checks will make, thirteen rows of them. *Wide role* stands for the role
# that was passed because it may do so much. Which rows are right already, and what does that say about the shop?

# %%
lab_8.answers(intruder)

# %% [markdown]
# The first four are right, and they must stay so: rows 1 to 4 are the shop. Whatever you do to the intruder, do it so that
#
# - EventBridge goes on running the orders service;
# - new sessions of the three roles do their work, and the execution role launches all four services;
# - developers come in and read, and run `dispatch` by hand, as 23 times in September. The colleague whose key it was gets a
#   new one tomorrow;
# - the pipeline registers, and an administrator runs migrations.
#
# ## Task 3: Cut the intruder off
#
# Rows 5 to 9: nothing that the intruder holds opens anything any more, from whichever address. New sessions of the same roles
# do.
#
# **Predict.** If you deactivate the key, how many of the four sessions end with it?

# %% [markdown] tags=["hint"]
# `iam.update_access_key(UserName=..., AccessKeyId=..., Status="Inactive")` is for the key. Then try one of the sessions.

# %% [markdown] tags=["hint"]
# A session cannot be taken back. It can be denied everything: a `Deny` on the role, with a condition that old sessions meet
# and new ones do not. Each session knows when it was issued, `aws:TokenIssueTime`.

# %% [markdown] tags=["hint"]
# `"Condition": {"DateLessThan": {"aws:TokenIssueTime": now}}`, where `now` is `f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"`. How
# many roles does the intruder have a session of?

# %% tags=["stub"]
# iam.update_access_key(...)
# iam.put_role_policy(...)

# %% tags=["solution"]
iam.update_access_key(
    UserName=report["user"], AccessKeyId=report["access key"], Status="Inactive"
)
stolen = intruder.sessions["developer"].client("iam")
len(stolen.list_roles()["Roles"])

# %% [markdown] tags=["solution"]
# None. The sessions have keys of their own, and this one still lists the roles. Four roles, four revocations; the console
# calls this policy `AWSRevokeOlderSessions` (*Revoke IAM role temporary security credentials*).

# %% tags=["solution"]
now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
revoke = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {"DateLessThan": {"aws:TokenIssueTime": now}},
        }
    ],
}
for role in intruder.sessions:
    iam.put_role_policy(
        RoleName=role,
        PolicyName="AWSRevokeOlderSessions",
        PolicyDocument=json.dumps(revoke),
    )

# %% tags=["solution"]
with rolelab.expect_denied("iam:ListRoles"):
    stolen.list_roles()
rolelab.why()

# %% tags=["check"]
lab_8.check_cut_off(intruder)

# %% [markdown] tags=["solution"]
# **Why this is right.** The condition draws a line through time: whoever was in has to come in again, and the intruder's way
# in is closed. (`sts.get_caller_identity` still answers: nothing denies it.) Deleting a role ends its sessions as well, and the shop's work with them. A `Deny` by address leaves a session
# that works from the next address. Ben and Ana have to step into `developer` again, and a task that is running needs new
# credentials: that is the price.
#
# The order counts. Revoked before the key is inactive, `developer` would be open again a second later.

# %% [markdown]
# ## Task 4: Close the doors
#
# Rows 10 to 12. The intruder is out, and the next one would find the same doors:
#
# - a developer can give a task a role that no developer has: the wide one (row 10), and the execution role (row 11), by a new
#   task definition or by one that is left over;
# - the orders service's own role opens every bucket and every table (row 12).
#
# Close them, and leave open what the shop did in September without the intruder.

# %% [markdown] tags=["hint"]
# `least_privilege.from_trail(trail["record"], ARN, leave_out=...)` writes the policy for what a role used. Without
# `leave_out`, what the intruder used would be in it.

# %% [markdown] tags=["hint"]
# Two managed policies are attached to `orders-task-role`: `iam.list_attached_role_policies`. They have to go; a narrow policy
# beside them takes nothing away. `developer` has one inline policy, `access`.

# %% [markdown] tags=["hint"]
# Developers need `iam:PassRole` on the execution role, to run `dispatch`, and IAM does not know as which of the two roles it
# is passed. So look at the calls that pass it: what do developers register, and which definitions do they run?

# %% tags=["stub"]
# iam.put_role_policy(RoleName=..., PolicyName=..., PolicyDocument=...)
# iam.detach_role_policy(...)

# %% tags=["solution"]
theirs = set(incident["event_id"])


def needed(role):
    """The policy for what a role did in September, without the intruder's calls."""
    return least_privilege.from_trail(
        trail["record"],
        f"arn:aws:iam::{sandbox.account_id}:role/{role}",
        leave_out=lambda record: record["eventID"] in theirs,
    ).policy


for role in ("developer", "orders-task-role"):
    iam.put_role_policy(
        RoleName=role, PolicyName="access", PolicyDocument=json.dumps(needed(role))
    )
for name in ("AmazonS3FullAccess", "AmazonDynamoDBFullAccess"):
    iam.detach_role_policy(
        RoleName="orders-task-role", PolicyArn=f"arn:aws:iam::aws:policy/{name}"
    )

# %% [markdown] tags=["solution"]
# And what the intruder has left in the account:

# %% tags=["solution"]
for revision in (1, 2):
    ecs.deregister_task_definition(taskDefinition=f"{report['family']}:{revision}")
[each for each in needed("developer")["Statement"] if "PassRole" in str(each)]

# %% tags=["check"]
lab_8.check_doors(intruder)

# %% [markdown] tags=["solution"]
# **Why this is right.** No developer has registered a task definition in September but the intruder, twice; the pipeline does
# that. So `ecs:RegisterTaskDefinition` goes, `ecs:RunTask` stays for `dispatch`, and `iam:PassRole` names the two roles that
# `dispatch` has. The revocations stay as well: `access` is another inline policy.

# %% [markdown]
# ## Task 5: Make what was read worthless
#
# Row 13. A secret that was read stays known. Give every secret in your report a new value, in the form that it had, so that
# the service starts with it.

# %% [markdown] tags=["hint"]
# Five secrets. Four of them are JSON with a key `password`, which the task definitions ask for; one is bare text.
# `secretsmanager.get_random_password()["RandomPassword"]` makes a value.

# %% tags=["stub"]
# secretsmanager.put_secret_value(SecretId=..., SecretString=...)

# %% tags=["solution"]
for name in sorted(report["secrets"]):
    new = secretsmanager.get_random_password()["RandomPassword"]
    text = new if name.startswith("payments") else json.dumps({"password": new})
    secretsmanager.put_secret_value(SecretId=name, SecretString=text)

# %% tags=["check"]
lab_8.check_secrets(intruder)

# %% [markdown] tags=["solution"]
# **Why this is right.** Only the values are new; names, ARNs and the key that encrypts them are the same, so nothing else has
# to change. The intruder was out of the account before this task, and the payment key would still have paid.

# %% [markdown]
# ## Task 6: Prove it
#
# One containment can undo another, so ask everything once more:

# %% tags=["check"]
lab_8.check_contained(intruder)

# %% [markdown]
# The account has recorded the same thing: here are the calls of the intruder's sessions, from the intruder's addresses.
#
# **Predict.** The provider asks for evidence. Which column would you show them?

# %%
live = sandbox.trail.to_frame()
address = live["record"].map(lambda record: record["sourceIPAddress"])
theirs_now = address.isin(intruder.incident.addresses) & live["user"].str.contains("/")
seen = live[theirs_now]
seen.assign(denied=seen["error"].notna()).groupby("user", observed=True).agg(
    calls=("event", "size"),
    denied=("denied", "sum"),
    latest=("event", "last"),
    latest_is_denied=("denied", "last"),
)

# %% [markdown]
# `latest_is_denied`: that somebody was denied once proves little, that the last call of every session was denied is what
# *contained* means. As long as it is not, the tasks above are not done.
#
# ## Stretch goals
#
# 1. One door is closed for the definitions and open for a flag: `ecs.run_task(..., overrides={"taskRoleArn": ...})`, as
#    `developer`, with `dispatch` and the execution role. IAM sees the same `iam:PassRole` as before. Try it. Then give
#    `dispatch` an execution role of its own that reads one password, and see what the flag is worth.
# 2. Write the alarm that would have rung on 10 September: for each session of a task, the addresses it was used from. How
#    many false alarms does September give?
# 3. The colleague needs a new key. Could the shop's people do without such keys?
#
# ## On real AWS
#
# | Step | Console | AWS CLI |
# | --- | --- | --- |
# | deactivate a key | IAM, **Users**, the user, **Security credentials**, **Actions**, **Deactivate** | `aws iam update-access-key --user-name USER --access-key-id AKIA... --status Inactive` |
# | revoke sessions | IAM, **Roles**, the role, **Revoke sessions**, **Revoke active sessions** | `aws iam put-role-policy --role-name ROLE --policy-name AWSRevokeOlderSessions --policy-document file://revoke.json` |
# | take a definition away | ECS, **Task definitions**, the revision, **Deregister** | `aws ecs deregister-task-definition --task-definition FAMILY:1` |
# | a new value | Secrets Manager, the secret, **Retrieve secret value**, **Edit** | `aws secretsmanager put-secret-value --secret-id orders/db --secret-string file://new.json` |
#
# - "It might take a few minutes for policy updates to take effect" (*Disabling permissions for temporary security
#   credentials*), and up to ten until a task definition that was deregistered cannot be run (*DeregisterTaskDefinition*).
#   Here both are immediate. Ask again later before you say *contained*.
# - A new value in Secrets Manager changes no password anywhere. Change it in the database and at the provider as well, or let
#   rotation do both (lesson 10). Containers that are running keep the old value.
# - The records are evidence. Keep them where nobody from this account can delete them.
#
# What the sandbox leaves out: the tasks that the intruder ran have ended here and started no container. On AWS look for tasks
# that still run, and stop them: ECS keeps giving them new credentials.
