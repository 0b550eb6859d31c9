# %% [markdown]
# # Lab 6: Set guardrails for a team: ten things possible, ten impossible
#
# The bookshop's developers get an account of their own. They are to create roles and run tasks without asking anybody,
# and the platform team, which has asked you in, is afraid of just that. It has made the account, prepared five documents,
# and left every one of them empty or open.
#
# | | |
# | --- | --- |
# | **You'll do** | write a permissions boundary, a developer's policy, an SCP, an RCP and a trust policy, until twenty answers are right |
# | **You'll learn** | to decide which guardrail says what, and to leave room for the work while you close the ways out |
# | **You'll need** | lesson 08; 45 minutes |
#
# The checks call AWS as a developer, as an app, as an administrator and as strangers. They never read your documents, so
# every set that behaves right passes.

# %% [markdown]
# ## Set up
#
# Run this cell first. It starts a fresh account; run it again whenever you want to begin anew. The bookshop works in
# `eu-west-1` this time. `say` and `policy` are those of lesson 08.

# %% tags=["setup"]
import json
from pathlib import Path

import boto3

import rolelab
from rolelab.figures import guardrails
from rolelab.labs import as_role, lab_6

sandbox = rolelab.start(region="eu-west-1")
management = sandbox.account_id
organizations = boto3.client("organizations")


def say(effect, action, resource="*", **elements):
    """One statement of a policy."""
    return {"Effect": effect, "Action": action, "Resource": resource, **elements}


def policy(*statements):
    """Statements as a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


# %% [markdown]
# ## The organization
#
# Two member accounts: `dev` for the developers, in a unit `developers`, and `reports`, which reads what others share.

# %%
organizations.create_organization(FeatureSet="ALL")
ours = organizations.describe_organization()["Organization"]["Id"]
root = organizations.list_roots()["Roots"][0]["Id"]
organizations.enable_policy_type(RootId=root, PolicyType="RESOURCE_CONTROL_POLICY")
unit = organizations.create_organizational_unit(ParentId=root, Name="developers")
developers = unit["OrganizationalUnit"]["Id"]
ids = {}
for name in ("dev", "reports"):
    filed = organizations.create_account(
        Email=f"{name}@bookshop.example", AccountName=name
    )["CreateAccountStatus"]["Id"]
    status = organizations.describe_create_account_status(CreateAccountRequestId=filed)
    ids[name] = status["CreateAccountStatus"]["AccountId"]
dev, reports = ids["dev"], ids["reports"]
organizations.move_account(
    AccountId=dev, SourceParentId=root, DestinationParentId=developers
)
ids

# %% [markdown]
# ## The account `dev`
#
# What is in it comes from a template, `data/lab-6/dev-account.yaml`. Read its roles before you go on: whom they trust and
# which of them can do everything.

# %%
shop = sandbox.admin(dev)
iam = shop.client("iam")
cloudformation = shop.client("cloudformation")
cloudformation.create_stack(
    StackName="dev-account",
    TemplateBody=Path("../data/lab-6/dev-account.yaml").read_text(),
    Capabilities=["CAPABILITY_NAMED_IAM"],
)
cloudformation.get_waiter("stack_create_complete").wait(
    StackName="dev-account", WaiterConfig={"Delay": 1}
)
[role["Arn"] for role in iam.list_roles()["Roles"]]

# %% [markdown]
# An image for the apps:

# %%
sandbox.push_image("apps:1.0", "print('ready')\n", session=shop)

# %% [markdown]
# And a trail. Its files go to a bucket of the management account, where nobody in `dev` gets at them (*Amazon S3 bucket
# policy for CloudTrail*).

# %%
audit = "arn:aws:s3:::bookshop-audit"
cloudtrail = {"Service": "cloudtrail.amazonaws.com"}
s3 = boto3.client("s3")
s3.create_bucket(
    Bucket="bookshop-audit",
    CreateBucketConfiguration={"LocationConstraint": "eu-west-1"},
)
owned = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}
delivery = say("Allow", "s3:PutObject", f"{audit}/*", Principal=cloudtrail)
s3.put_bucket_policy(
    Bucket="bookshop-audit",
    Policy=policy(
        say("Allow", "s3:GetBucketAcl", audit, Principal=cloudtrail),
        {**delivery, "Condition": owned},
    ),
)
trail = shop.client("cloudtrail")
trail.create_trail(Name="bookshop", S3BucketName="bookshop-audit")
trail.start_logging(Name="bookshop")["ResponseMetadata"]["HTTPStatusCode"]

# %% [markdown]
# ## What the platform team has prepared
#
# An SCP and an RCP that deny an action nobody uses. They are placeholders, and somebody has attached them already, "to the
# account at the top, so that they hold for all":

# %%
placeholders = {
    "guard-developers": (
        "SERVICE_CONTROL_POLICY",
        say("Deny", "s3:DeleteBucketWebsite"),
    ),
    "guard-data": (
        "RESOURCE_CONTROL_POLICY",
        say("Deny", "s3:DeleteBucketWebsite", Principal="*"),
    ),
}
guards = {}
for name, (kind, statement) in placeholders.items():
    made = organizations.create_policy(
        Name=name, Description=name, Type=kind, Content=policy(statement)
    )
    guards[name] = made["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=guards[name], TargetId=management)
guards

# %% [markdown]
# **Predict.** The account at the top is the management account. An administrator there and one in `dev` make the call that
# both policies deny. Who is stopped?

# %%
for session, bucket in ((boto3, "bookshop-audit"), (shop, "bookshop-dev-orders")):
    answer = session.client("s3").delete_bucket_website(Bucket=bucket)
    print(bucket, answer["ResponseMetadata"]["HTTPStatusCode"])

# %% [markdown]
# Neither. AWS takes both attachments without a word. They do not reach down to `dev`, and the management account is exempt
# from both (*Service control policies (SCPs)*, *Resource control policies (RCPs)*). Tasks 3 and 4 come back to it.
#
# | Document | Where | What is there now |
# | --- | --- | --- |
# | `boundary` | managed policy `apps-boundary` in `dev` | allows `sts:GetCallerIdentity` |
# | `developer_policy` | inline policy of the role `developer` | nothing |
# | `scp` | SCP `guard-developers` | the placeholder |
# | `rcp` | RCP `guard-data` | the placeholder |
# | `inkwell_trust` | trust policy of the role `inkwell-reader` | lets in whoever comes from Inkwell |
#
# ## The twenty answers
#
# | | possible | | impossible |
# | --- | --- | --- | --- |
# | 1 | developers create a role in `/apps/` with `apps-boundary` | 11 | they create one without it, or with another boundary |
# | 2 | they write, attach, detach and delete the policies of such a role | 12 | they take the boundary off, exchange it, or rewrite `apps-boundary` |
# | 3 | they register a task definition with it and with `csecstaskexecutionrole` | 13 | an app profits from *AdministratorAccess* |
# | 4 | they run the task in the cluster `bookshop` | 14 | developers pass a role to another service, or pass `platform` |
# | 5 | they read the log group `/ecs/apps` | 15 | they make users, passwords or access keys |
# | 6 | they get, put and query items of the table `orders` | 16 | they widen their own role, step into `platform`, or change a role without the boundary |
# | 7 | an app gets, puts, updates and queries items of `orders`; gets, puts and lists objects of the bucket `bookshop-dev-orders` | 17 | anybody but `platform` stops, changes or deletes the trail |
# | 8 | the account `reports` reads what a bucket of `dev` shares with it | 18 | anybody in `dev` leaves the organization or works in another Region |
# | 9 | Inkwell, account 999988887777, steps into `inkwell-reader` with the external ID `inkwell-0417` and reads an order | 19 | a bucket of `dev` is shared with somebody outside the organization |
# | 10 | `platform` looks after boundary and trail; the administrator can look at everything, IAM included | 20 | anybody enters `inkwell-reader` in another way |
#
# Nine of them are right as the account stands, and some of those for a poor reason. Each task below checks its own rows, the last cell all twenty.

# %% [markdown]
# ## Task 1: A boundary for the apps
#
# Rows 7 and 13. Assume that developers write `"Action": "*"` into every role. `boundary` is the most that an app may ever
# do. The check makes it the default version of `apps-boundary`.

# %% [markdown] tags=["hint"]
# Three statements: items of the table, objects of the bucket, and the bucket itself for listing.

# %% tags=["stub"]
boundary = ...

# %% tags=["solution"]
boundary = policy(
    say(
        "Allow",
        [
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "dynamodb:Query",
        ],
        f"arn:aws:dynamodb:eu-west-1:{dev}:table/orders",
    ),
    say(
        "Allow",
        ["s3:GetObject", "s3:PutObject"],
        "arn:aws:s3:::bookshop-dev-orders/*",
    ),
    say("Allow", "s3:ListBucket", "arn:aws:s3:::bookshop-dev-orders"),
)

# %% tags=["check"]
lab_6.check_boundary()

# %% [markdown] tags=["solution"]
# **Why this is right.** A boundary does not grant, so it may be wider than what one app needs: it is what the widest app may
# need. Lesson 08 had `s3:*` and `dynamodb:*` there, and an app could have opened the bucket to the world or dropped the
# table. A list of what is forbidden would have forgotten the table `payroll`.

# %% [markdown]
# ## Task 2: A policy for the developers
#
# Rows 1 to 6, 11, 12 and 14 to 16. `developer_policy` becomes the inline policy of the role `developer`.
#
# **Predict.** Which of the five impossible rows need a `Deny`, and which are closed because nothing allows them?

# %% [markdown] tags=["hint"]
# Five IAM actions with one condition, on one path. Then `iam:PassRole`, with a condition of its own, on two resources.

# %% [markdown] tags=["hint"]
# Something is denied although you allowed it? `rolelab.why()` shows the condition keys of the request. Compare the ARNs
# letter by letter.

# %% tags=["stub"]
developer_policy = ...

# %% tags=["solution"]
apps = f"arn:aws:iam::{dev}:role/apps/*"
apps_boundary = f"arn:aws:iam::{dev}:policy/apps-boundary"
developer_policy = policy(
    say(
        "Allow",
        [
            "iam:CreateRole",
            *("iam:PutRolePolicy", "iam:DeleteRolePolicy"),
            *("iam:AttachRolePolicy", "iam:DetachRolePolicy"),
        ],
        apps,
        Condition={"StringEquals": {"iam:PermissionsBoundary": apps_boundary}},
    ),
    say(
        "Allow",
        "iam:PassRole",
        [apps, f"arn:aws:iam::{dev}:role/csecstaskexecutionrole"],
        Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
    ),
    say("Allow", ["ecs:RegisterTaskDefinition", "ecs:RunTask"]),
    say(
        "Allow",
        "logs:GetLogEvents",
        f"arn:aws:logs:eu-west-1:{dev}:log-group:/ecs/apps:*",
    ),
    say(
        "Allow",
        ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
        f"arn:aws:dynamodb:eu-west-1:{dev}:table/orders",
    ),
)

# %% tags=["check"]
lab_6.check_developer()

# %% [markdown] tags=["solution"]
# **Why this is right.** No `Deny` is needed while the list of what is allowed is short. The condition on
# `iam:PermissionsBoundary` does three jobs: it forces the boundary on new roles, it keeps roles without it untouchable,
# `legacy` among them, and because `developer` has no boundary itself, nobody can widen that role, either (*Permissions
# boundaries for IAM entities*). A colleague who adds `iam:*` next year opens all of it. The Denies of lesson 08 are a second
# lock against that day; here they would pass, too.

# %% [markdown]
# ## Task 3: What nobody in the account may do
#
# Rows 10, 17 and 18. `scp` is the content of `guard-developers`. The administrator of `dev` has *AdministratorAccess* and no
# boundary, so this is the only document that reaches that role.
#
# The check does not move the policy for you.

# %% [markdown] tags=["hint"]
# Where is `guard-developers` attached, and whom does it reach there? `organizations.attach_policy` puts it above `dev`.

# %% [markdown] tags=["hint"]
# Three statements, all of them `Deny`. One has `NotAction`, because global services answer from another Region. One has an
# exception for `aws:PrincipalArn`.

# %% tags=["stub"]
scp = ...
# organizations.attach_policy(PolicyId=guards["guard-developers"], TargetId=...)

# %% tags=["solution"]
organizations.attach_policy(PolicyId=guards["guard-developers"], TargetId=developers)
scp = policy(
    say(
        "Deny",
        [
            *("cloudtrail:StopLogging", "cloudtrail:DeleteTrail"),
            *("cloudtrail:UpdateTrail", "cloudtrail:PutEventSelectors"),
        ],
        Condition={
            "ArnNotEquals": {"aws:PrincipalArn": f"arn:aws:iam::{dev}:role/platform"}
        },
    ),
    say("Deny", "organizations:LeaveOrganization"),
    {
        "Effect": "Deny",
        "NotAction": ["iam:*", "organizations:*", "sts:*", "route53:*", "support:*"],
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}},
    },
)

# %% tags=["check"]
lab_6.check_scp()

# %% [markdown] tags=["solution"]
# **Why this is right.** The statement about Regions is AWS's own pattern (*General examples*, "Deny access to AWS based on
# the requested AWS Region"): IAM and Organizations answer from `us-east-1`, so without the exception nobody in `dev` could
# list a role. To allow `us-east-1` as well would open DynamoDB there. `NotAction` excepts `organizations:*` from that
# statement, and the statement before denies the one action again.
#
# Attached to the unit, it holds for every account that will ever stand in it.

# %% [markdown]
# ## Task 4: Who may come to the data
#
# Rows 8, 9 and 19. `rcp` is the content of `guard-data`, and has to be moved, too. The bucket policies in `dev` are written
# by people in a hurry and will name anybody.

# %% [markdown] tags=["hint"]
# Lesson 08, the last section. The organization's id is in `ours`. Inkwell comes to S3 as a session of `inkwell-reader`: to
# whose organization does that session belong?

# %% tags=["stub"]
rcp = ...
# organizations.attach_policy(PolicyId=guards["guard-data"], TargetId=...)

# %% tags=["solution"]
organizations.attach_policy(PolicyId=guards["guard-data"], TargetId=developers)
rcp = policy(
    say(
        "Deny",
        "s3:*",
        Principal="*",
        Condition={
            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ours},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    )
)

# %% tags=["check"]
lab_6.check_rcp()

# %% [markdown] tags=["solution"]
# **Why this is right.** It says nothing about Quill and holds for whoever comes next. With `sts:*` in the same statement
# Inkwell could not step into its role any more: an RCP counts for `sts:AssumeRole` as well (*Resource control policies
# (RCPs)*), and Inkwell is outside when it knocks. That would need an exception for its account.

# %% [markdown]
# ## Task 5: Inkwell and nobody else
#
# Rows 9 and 20. `inkwell_trust` is the trust policy of `inkwell-reader`. Inkwell calls from account 999988887777, with
# `inkwell-0417` for work that is ours.

# %% tags=["stub"]
inkwell_trust = ...

# %% tags=["solution"]
inkwell_trust = policy(
    {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::999988887777:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "inkwell-0417"}},
    }
)

# %% tags=["check"]
lab_6.check_trust()

# %% [markdown]
# ## All twenty
#
# Each guardrail was right by itself. **Predict.** Can one of them have broken what another one gives?

# %% tags=["check"]
lab_6.check_team()

# %% [markdown]
# ## What is left of AdministratorAccess
#
# A developer gives an app everything. The picture asks every guardrail about a few actions of that app in `eu-west-1`, as
# your documents stand now.

# %%
tasks = {"Service": "ecs-tasks.amazonaws.com"}
iam.create_role(
    Path="/apps/",
    RoleName="greedy",
    PermissionsBoundary=f"arn:aws:iam::{dev}:policy/apps-boundary",
    AssumeRolePolicyDocument=policy(
        {"Effect": "Allow", "Principal": tasks, "Action": "sts:AssumeRole"}
    ),
)
iam.attach_role_policy(
    RoleName="greedy", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
)["ResponseMetadata"]["HTTPStatusCode"]

# %%
greedy = as_role(f"arn:aws:iam::{dev}:role/apps/greedy")
greedy.denied("dynamodb:DeleteTable", f"arn:aws:dynamodb:eu-west-1:{dev}:table/orders")
guardrails(
    rolelab.why(),
    {
        "s3:GetObject": "arn:aws:s3:::bookshop-dev-orders/incoming/1001.json",
        "dynamodb:PutItem": f"arn:aws:dynamodb:eu-west-1:{dev}:table/orders",
        "dynamodb:DeleteTable": f"arn:aws:dynamodb:eu-west-1:{dev}:table/orders",
        "iam:CreateUser": f"arn:aws:iam::{dev}:user/greedy",
        "cloudtrail:StopLogging": f"arn:aws:cloudtrail:eu-west-1:{dev}:trail/bookshop",
        "sts:AssumeRole": f"arn:aws:iam::{dev}:role/platform",
    },
)

# %% [markdown]
# With the solutions in place, two lines reach the end. For an app the boundary does all the cutting. The SCP's cross is for
# those who have no boundary, and the RCP is not about principals of `dev` at all.

# %% [markdown]
# ## Go further
#
# - `legacy` is still in `/apps/` without a boundary, and developers may pass it. What could they do with it if somebody gave
#   it a policy? Give it the boundary, as `platform`.
# - Write `scp` the other way round: detach `FullAWSAccess` from the unit and allow only what the shop uses. Run the last
#   check. Which rows notice?
# - Put the two Denies of lesson 08 into `developer_policy`, then add `iam:*` to it. Which of the rows 11 to 16 still hold?
#
# ## On real AWS
#
# Try an SCP or RCP on a unit with one account in it before it reaches the others, and read in the trail whom it stops. A
# `Deny` by Region is easy in a new account; in an old one, look first what runs where. And keep the table: a script that
# tries what must work and what must fail, run after every change, is how a guardrail stays one.
#
# ## What to keep
#
# - The boundary holds what developers make, their policy what they do, the SCP everybody in the account, the RCP everybody
#   outside it.
# - Test both sides: a guardrail that stops the work does not stay up for long.
# - Where a policy is attached is half of what it says.
#
# In this lab we have let a team work alone, and closed ten doors that nobody has to watch.
