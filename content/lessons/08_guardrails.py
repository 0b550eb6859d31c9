# %% [markdown]
# # Put guardrails around roles, and let others work inside them
#
# An administrator who checks every role becomes the queue that everybody waits in. A guardrail says once what no role may
# do, whoever writes its policy.
#
# | | |
# | --- | --- |
# | **You'll do** | predict eight combinations of three guardrails and run them, let a developer create roles without becoming an administrator, and shut out a stranger |
# | **You'll learn** | to say what each guardrail cuts and whom it does not reach, to delegate with `iam:PermissionsBoundary`, and to ask a company for an external ID |
# | **You'll need** | lessons 02, 04 and 07; 35 minutes |

# %% [markdown]
# ## Set up
#
# Two helpers write policies, so that the cells show only what matters in them.

# %% tags=["setup"]
import json
from contextlib import contextmanager

import boto3
import pandas as pd
from botocore.exceptions import ClientError

import rolelab
from rolelab.figures import guardrails
from rolelab.labs import as_role, your_turn

sandbox = rolelab.start()
organizations = boto3.client("organizations")
pd.set_option("display.max_colwidth", None)


def say(effect, action, resource="*", **elements):
    """One statement of a policy."""
    return {"Effect": effect, "Action": action, "Resource": resource, **elements}


def policy(*statements):
    """Statements as a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


# %% [markdown]
# ## An account for the shop
#
# The bookshop grows. The account you have used so far becomes the **management account** of an organization, and the
# orders service moves to an account of its own. Accounts stand in organizational units, so that a rule can be given to
# many at once.

# %%
organizations.create_organization(FeatureSet="ALL")
root = organizations.list_roots()["Roots"][0]
unit = organizations.create_organizational_unit(ParentId=root["Id"], Name="shops")
shops = unit["OrganizationalUnit"]["Id"]
request = organizations.create_account(
    Email="orders@bookshop.example", AccountName="orders"
)["CreateAccountStatus"]
root["PolicyTypes"], request["State"]

# %% [markdown]
# Two answers. Service control policies are enabled, because the organization has all features (*CreateOrganization*).
# And the account is not there yet: `create_account` only files the request, and you ask how it went (*CreateAccount*).

# %%
status = organizations.describe_create_account_status(
    CreateAccountRequestId=request["Id"]
)["CreateAccountStatus"]
account = status["AccountId"]
organizations.move_account(
    AccountId=account, SourceParentId=root["Id"], DestinationParentId=shops
)
status["State"], account

# %% [markdown]
# `sandbox.admin` signs in there. From here on `iam`, `s3` and `sts` are an administrator of the **member account**;
# plain `boto3.client(...)` is still the management account.

# %%
shop = sandbox.admin(account)
iam, s3, sts = shop.client("iam"), shop.client("s3"), shop.client("sts")
order = {"Bucket": "bookshop-orders", "Key": "incoming/1001.json"}
order_arn = "arn:aws:s3:::bookshop-orders/incoming/1001.json"
s3.create_bucket(Bucket="bookshop-orders")
s3.put_object(**order, Body=b'{"book": "Emma"}')

admins = {"AWS": f"arn:aws:iam::{account}:role/Administrator"}
trust = policy({"Effect": "Allow", "Principal": admins, "Action": "sts:AssumeRole"})
iam.create_role(RoleName="bookshop-support", AssumeRolePolicyDocument=trust)
iam.put_role_policy(
    RoleName="bookshop-support",
    PolicyName="s3",
    PolicyDocument=policy(say("Allow", "s3:*")),
)
sts.get_caller_identity()["Arn"]

# %% [markdown]
# ## Three guardrails, eight combinations
#
# Once, a support session deleted an order. Three teams took care that it never happens again, each in its own place:
#
# | Guardrail | Set by | Says |
# | --- | --- | --- |
# | permissions boundary of the role | the security team | at most reading, listing and writing |
# | session policy | the tool that opens a session for a ticket | at most reading and writing |
# | service control policy (SCP) | the organization | nobody deletes an object |

# %%
boundary = iam.create_policy(
    PolicyName="support-boundary",
    PolicyDocument=policy(say("Allow", ["s3:Get*", "s3:List*", "s3:Put*"])),
)["Policy"]["Arn"]
ticket = policy(say("Allow", ["s3:GetObject", "s3:PutObject"]))
keep_objects = organizations.create_policy(
    Name="keep-objects",
    Description="Nobody deletes an object",
    Type="SERVICE_CONTROL_POLICY",
    Content=policy(say("Deny", "s3:DeleteObject")),
)["Policy"]["PolicySummary"]["Id"]


# %% [markdown]
# `support` opens a session of `bookshop-support` with any of them in place, and takes them away again.


# %%
@contextmanager
def support(*guardrails_set):
    """Amazon S3 as a support session sees it, under some of the three guardrails."""
    role = {"RoleName": "bookshop-support"}
    scp = {"PolicyId": keep_objects, "TargetId": shops}
    session_policy = {"Policy": ticket} if "session" in guardrails_set else {}
    if "boundary" in guardrails_set:
        iam.put_role_permissions_boundary(**role, PermissionsBoundary=boundary)
    if "scp" in guardrails_set:
        organizations.attach_policy(**scp)
    keys = sts.assume_role(
        RoleArn=f"arn:aws:iam::{account}:role/bookshop-support",
        RoleSessionName="ticket-4711",
        **session_policy,
    )["Credentials"]
    try:
        yield boto3.Session(
            keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]
        ).client("s3")
    finally:
        if "boundary" in guardrails_set:
            iam.delete_role_permissions_boundary(**role)
        if "scp" in guardrails_set:
            organizations.detach_policy(**scp)


# %% [markdown]
# **Predict.** The role's own policy allows `s3:*` in every row. A support session calls `delete_object`. Write into each
# row `allowed`, or the guardrail that the error message will name. Where two or three are set, which one is it: the
# nearest, the highest, or all of them?

# %%
guess = {
    (): "?",
    ("session",): "?",
    ("boundary",): "?",
    ("boundary", "session"): "?",
    ("scp",): "?",
    ("scp", "session"): "?",
    ("scp", "boundary"): "?",
    ("scp", "boundary", "session"): "?",
}

# %%
decisions, rows = {}, []
for combination, guessed in guess.items():
    try:
        with support(*combination) as session:
            session.delete_object(**order)
        answer = "allowed"
    except ClientError as error:
        answer = error.response["Error"]["Message"].rpartition("incoming/1001.json ")[2]
        decisions[combination] = rolelab.why(error)
    rows.append((" + ".join(combination) or "none", guessed, answer))
pd.DataFrame(rows, columns=["guardrails", "your guess", "what AWS says"])

# %% [markdown]
# One of eight goes through: the one where nobody objects. Every guardrail can say no for all of them, and the message
# names **one**, even where three would have refused. Now ask each decision for every policy type's answer, as `why()`
# gives it:

# %%
columns = {
    "service control policy": "SCP",
    "identity-based policy": "identity",
    "permissions boundary": "boundary",
    "session policy": "session policy",
}
signs = {
    "Allow": "● allows",
    "ImplicitDeny": "✕ no Allow",
    "ExplicitDeny": "✕ Deny",
    "NotApplicable": "○ not set",
}
answers = {}
for combination, decision in decisions.items():
    layers = {layer.policy_type: signs[layer.effect] for layer in decision.layers}
    row = {short: layers[name] for name, short in columns.items()}
    answers[" + ".join(combination)] = {**row, "named": columns[decision.decided_by]}
pd.DataFrame(answers).T

# %% [markdown]
# The SCP column says *allows* even where ours is not attached: `FullAWSAccess` is there from the start. More below.
#
# Read the rows with more than one no. The explicit Deny is named before a missing Allow, and of two missing Allows the one
# that is asked first. On AWS expect one name and do not rely on which: the message includes only one policy type, and AWS
# advises to review all of them (*Troubleshoot access denied error messages*). That is the trap: you mend the guardrail that
# was named, try again, and meet the next. The last row in full, and `decisions[("boundary",)]` shows another:

# %%
decisions[("scp", "boundary", "session")]

# %% [markdown]
# **Predict.** Now the other way round. All three guardrails allow `s3:PutObject`. If the role's own policy did not, could
# three yeses make up for it?

# %%
iam.put_role_policy(
    RoleName="bookshop-support",
    PolicyName="s3",
    PolicyDocument=policy(say("Allow", "s3:Get*")),
)
with (
    rolelab.expect_denied("s3:PutObject"),
    support("scp", "boundary", "session") as session,
):
    session.put_object(**order, Body=b"{}")
rolelab.why()

# %% [markdown]
# No. Guardrails never grant; they say how far a grant may reach (*Permissions boundaries for IAM entities*, *Service
# control policies (SCPs)*). What a session may do is what **all** of them allow. Give the policy back and look at it for
# several actions. Every mark is a decision of its own:

# %%
iam.put_role_policy(
    RoleName="bookshop-support",
    PolicyName="s3",
    PolicyDocument=policy(say("Allow", "s3:*")),
)
bucket_arn = "arn:aws:s3:::bookshop-orders"
guardrails(
    decisions[("scp", "boundary", "session")],
    {
        "s3:GetObject": order_arn,
        "s3:PutObject": order_arn,
        "s3:ListBucket": bucket_arn,
        "s3:PutBucketPolicy": bucket_arn,
        "s3:DeleteBucket": bucket_arn,
        "s3:DeleteObject": order_arn,
        "sqs:SendMessage": f"arn:aws:sqs:us-east-1:{account}:returns",
    },
)

# %% [markdown]
# Follow a line from the left: it is solid as far as the action is still allowed. Marks right of a cross are answers that
# nobody waits for. The last row shows the rule from above: the SCP has nothing against `sqs:SendMessage`, and that helps
# nobody. And look at `s3:PutBucketPolicy`: the boundary meant to allow writing orders and wrote `s3:Put*`. Only the
# session policy holds that door.

# %% [markdown]
# ### A grant that comes from the other side
#
# Suppose it did not hold, and somebody writes a bucket policy that names this very session:

# %%
session_arn = f"arn:aws:sts::{account}:assumed-role/bookshop-support/ticket-4711"
s3.put_bucket_policy(
    Bucket="bookshop-orders",
    Policy=policy(
        say(
            "Allow",
            "s3:DeleteObject",
            f"{bucket_arn}/*",
            Principal={"AWS": session_arn},
        )
    ),
)["ResponseMetadata"]["HTTPStatusCode"]

# %% [markdown]
# **Predict.** Neither the boundary nor the session policy allows `s3:DeleteObject`. Do they hold? Does the SCP?

# %%
s3.put_object(**order, Body=b'{"book": "Emma"}')
with support("boundary", "session") as session:
    deleted = session.delete_object(**order)
deleted["ResponseMetadata"]["HTTPStatusCode"]

# %%
with (
    rolelab.expect_denied("s3:DeleteObject"),
    support("scp", "boundary", "session") as session,
):
    session.delete_object(**order)
rolelab.why()

# %% [markdown]
# Boundary and session policy cut what comes from the *identity's* policies. A resource policy of the same account that
# names the session itself, or a user, does not need the Allow that they lack; one that names the *role* does (*Permissions
# boundaries for IAM entities*; *Policies and permissions in AWS Identity and Access Management*, "Session policies"). A Deny
# written into the boundary would have held, and the SCP holds in any case. So write what must never happen as a Deny, and
# as high up as you can.

# %%
s3.delete_bucket_policy(Bucket="bookshop-orders")
s3.put_object(**order, Body=b'{"book": "Emma"}')
organizations.attach_policy(PolicyId=keep_objects, TargetId=root["Id"])
attached = organizations.list_policies_for_target(
    TargetId=root["Id"], Filter="SERVICE_CONTROL_POLICY"
)["Policies"]
[each["Name"] for each in attached]

# %% [markdown]
# `FullAWSAccess` stands at every level. An SCP that denies is attached beside it. Whoever detaches it
# turns the rule round: then only what another SCP allows is left, at every level from the root to the account (*SCP
# evaluation*).
#
# ## Whom an SCP does not reach
#
# The SCP is at the root of the organization now, above every account.
#
# **Predict.** Two administrators delete an object of their own account: one in the member account, one in the management
# account. Who is stopped?

# %%
with rolelab.expect_denied("s3:DeleteObject"):
    s3.delete_object(**order)

management_s3 = boto3.client("s3")
management_s3.create_bucket(Bucket="bookshop-ledger")
management_s3.put_object(Bucket="bookshop-ledger", Key="2026.csv", Body=b"Emma;9.99")
gone = management_s3.delete_object(Bucket="bookshop-ledger", Key="2026.csv")
gone["ResponseMetadata"]["HTTPStatusCode"]

# %% [markdown]
# The member's. SCPs do not reach users and roles of the management account, wherever they are attached, nor
# service-linked roles (*Service control policies (SCPs)*). AWS lets you attach one to the management account itself:

# %%
management = sandbox.account_id
organizations.attach_policy(PolicyId=keep_objects, TargetId=management)
management_s3.put_object(Bucket="bookshop-ledger", Key="2026.csv", Body=b"Emma;9.99")
gone = management_s3.delete_object(Bucket="bookshop-ledger", Key="2026.csv")
gone["ResponseMetadata"]["HTTPStatusCode"]

# %% [markdown]
# No error and no effect. That is why nothing that works should live in the management account (*Best practices for the
# management account*).

# %% [markdown]
# ## Let a developer create roles
#
# Mara writes a new service every month, and each needs a role. She shall create them herself. Whoever may create a role
# and give it a policy can write `"Action": "*"` into it, though, and run a task with it: lesson 07 showed how that ends.
# The security team draws the line with a boundary for all her roles:

# %%
service_boundary = iam.create_policy(
    PolicyName="service-boundary",
    PolicyDocument=policy(say("Allow", ["s3:*", "dynamodb:*", "logs:*"])),
)["Policy"]["Arn"]
roles = f"arn:aws:iam::{account}:role"
delegated = [
    say(
        "Allow",
        [
            "iam:CreateRole",
            "iam:PutRolePermissionsBoundary",
            *("iam:PutRolePolicy", "iam:DeleteRolePolicy"),
            *("iam:AttachRolePolicy", "iam:DetachRolePolicy"),
        ],
        f"{roles}/services/*",
        Sid="OnlyWithTheBoundary",
        Condition={"StringEquals": {"iam:PermissionsBoundary": service_boundary}},
    ),
    say(
        "Allow",
        "iam:PassRole",
        f"{roles}/services/*",
        Sid="ToTasksOnly",
        Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
    ),
    say(
        "Deny",
        ["iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary"],
        Sid="TheBoundaryStays",
    ),
    say(
        "Deny",
        [
            *("iam:CreatePolicyVersion", "iam:DeletePolicyVersion"),
            *("iam:SetDefaultPolicyVersion", "iam:DeletePolicy"),
        ],
        service_boundary,
        Sid="AndStaysAsItIs",
    ),
    say("Allow", "ecs:RegisterTaskDefinition"),
]

# %% [markdown]
# The first four statements carry it. One lets her create roles, and change their policies, **only** where the boundary is
# `service-boundary`: with `CreateRole` the key is about the boundary in the request, with `PutRolePolicy` about the one
# that the role has. The next keeps `iam:PassRole` to the same path and to one service. The two Denies guard the boundary
# itself (*Permissions boundaries for IAM entities*, "Delegating responsibility to others using permissions boundaries").

# %%
iam.create_user(UserName="mara")
key = iam.create_access_key(UserName="mara")["AccessKey"]
mara = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"])
mara_iam, mara_ecs = mara.client("iam"), mara.client("ecs")
iam.put_user_policy(
    UserName="mara", PolicyName="delegated", PolicyDocument=policy(*delegated)
)
ecs_tasks = {"Service": "ecs-tasks.amazonaws.com"}
new_role = {
    "Path": "/services/",
    "AssumeRolePolicyDocument": policy(
        {"Effect": "Allow", "Principal": ecs_tasks, "Action": "sts:AssumeRole"}
    ),
}
with rolelab.expect_denied("iam:CreateRole"):
    mara_iam.create_role(RoleName="returns", **new_role)
rolelab.why()

# %% [markdown]
# The marked line is the condition: a request without a boundary has no `iam:PermissionsBoundary` at all. With it:

# %%
mara_iam.create_role(
    RoleName="returns", PermissionsBoundary=service_boundary, **new_role
)["Role"]["PermissionsBoundary"]

# %% [markdown]
# ### The ways out
#
# An older role stands in the same path, from before there was a boundary. And here is what people try, one after the
# other.
#
# **Predict.** Eleven attempts. How many go through, and is Mara an administrator then?

# %%
iam.create_role(RoleName="legacy", **new_role)
administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
everything = policy(say("Allow", "*"))
legacy, returns = {"RoleName": "legacy"}, {"RoleName": "returns"}
container = {"name": "app", "image": "orders:1.0", "memory": 256}
ways_out = {
    "create a role with a boundary of my choice": lambda: mara_iam.create_role(
        RoleName="mine", PermissionsBoundary=administrator, **new_role
    ),
    "remove the boundary from my role": lambda: (
        mara_iam.delete_role_permissions_boundary(**returns)
    ),
    "replace it by a wider one": lambda: mara_iam.put_role_permissions_boundary(
        **returns, PermissionsBoundary=administrator
    ),
    "change what the boundary says": lambda: mara_iam.create_policy_version(
        PolicyArn=service_boundary, PolicyDocument=everything, SetAsDefault=True
    ),
    "give my role every permission": lambda: mara_iam.attach_role_policy(
        **returns, PolicyArn=administrator
    ),
    "give them to the role without a boundary": lambda: mara_iam.put_role_policy(
        **legacy, PolicyName="all", PolicyDocument=everything
    ),
    "let myself into the administrator's role": lambda: (
        mara_iam.update_assume_role_policy(
            RoleName="Administrator", PolicyDocument=trust
        )
    ),
    "pass the administrator's role to a task": lambda: (
        mara_ecs.register_task_definition(
            family="mine",
            taskRoleArn=f"{roles}/Administrator",
            containerDefinitions=[container],
        )
    ),
    "create a user instead of a role": lambda: mara_iam.create_user(UserName="mara-2"),
    "take an access key of another user": lambda: mara_iam.create_access_key(
        UserName="tariq"
    ),
    "widen my own policy": lambda: mara_iam.put_user_policy(
        UserName="mara", PolicyName="delegated", PolicyDocument=everything
    ),
}

# %%
rows = []
for what, attempt in ways_out.items():
    try:
        attempt()
        rows.append((what, "", "went through", ""))
    except ClientError as error:
        decision = rolelab.why(error)
        rows.append(
            (what, decision.request.action, decision.effect, decision.decided_by)
        )
pd.DataFrame(rows, columns=["attempt", "refused at", "effect", "decided by"])

# %% [markdown]
# One went through, and it looks like the worst of all: her role has *AdministratorAccess*. Ask the role:

# %%
returns_role = as_role(f"{roles}/services/returns")
returns_role.denied("iam:CreateUser", f"arn:aws:iam::{account}:user/mara-2")

# %%
rolelab.why()

# %%
returns_role.allowed("s3:PutObject", order_arn)

# %% [markdown]
# The policy says everything, the boundary says three services. Nobody has to read the policies that Mara writes, which was
# the point. Ten doors are closed in three ways: the condition on the boundary, the two Denies, and all that she was never
# given. The last kind is easy to spoil: had she `iam:*` instead of six actions, only the two Denies would be left. That is
# why AWS's example puts the condition and the Denies into a boundary of the delegate's own.
#
# One thing is left to you. She may pass every role in `/services/`, so keep roles without a boundary out of that path.
#
# ### A boundary that does not exist
#
# **Predict.** You mistype the boundary's name. Is the role created without one, or not at all?

# %%
try:
    mara_iam.put_role_permissions_boundary(
        **returns, PermissionsBoundary=service_boundary + "s"
    )
except ClientError as error:
    print(rolelab.why(error).message)
try:
    iam.create_role(
        RoleName="typo", PermissionsBoundary=service_boundary + "s", **new_role
    )
except ClientError as error:
    print(error.response["Error"]["Code"], "-", error.response["Error"]["Message"])

# %% [markdown]
# Not at all. For Mara it is a boundary other than hers, and refused as such. You are allowed to try, and IAM says
# `NoSuchEntity`.
#
# ## Your turn: the delegation with a hole
#
# Tariq got his permissions from a colleague in a hurry. Creating a role needs the boundary, as it should:

# %%
iam.create_user(UserName="tariq")
key = iam.create_access_key(UserName="tariq")["AccessKey"]
tariq = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"]).client("iam")
with_boundary = {"StringEquals": {"iam:PermissionsBoundary": service_boundary}}
in_a_hurry = [
    say("Allow", "iam:CreateRole", f"{roles}/services/*", Condition=with_boundary),
    say(
        "Allow",
        ["iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"],
        f"{roles}/services/*",
    ),
]
iam.put_user_policy(
    UserName="tariq", PolicyName="delegated", PolicyDocument=policy(*in_a_hurry)
)
with rolelab.expect_denied("iam:CreateRole"):
    tariq.create_role(RoleName="wishes", **new_role)

tariq.put_role_policy(**legacy, PolicyName="all", PolicyDocument=everything)
as_role(f"{roles}/services/legacy").allowed("iam:ListUsers")

# %% [markdown]
# He takes the role that has no boundary, and is through. There is a second hole. Close both, and let him go on working on
# roles with the boundary.

# %% tags=["stub"]
# iam.put_user_policy(UserName="tariq", PolicyName="delegated", PolicyDocument=...)

# %% tags=["answer"]
three = ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"]
mended = say("Allow", three, f"{roles}/services/*", Condition=with_boundary)
iam.put_user_policy(
    UserName="tariq", PolicyName="delegated", PolicyDocument=policy(mended)
)["ResponseMetadata"]["HTTPStatusCode"]

# %% tags=["check"]
with your_turn("Tariq works on roles with the boundary, and on no others"):
    tariq.put_role_policy(
        **returns, PolicyName="s3", PolicyDocument=policy(say("Allow", "s3:*"))
    )
    with rolelab.expect_denied("iam:PutRolePolicy"):
        tariq.put_role_policy(**legacy, PolicyName="all", PolicyDocument=everything)
    with rolelab.expect_denied("iam:PutRolePermissionsBoundary"):
        tariq.put_role_permissions_boundary(
            **returns, PermissionsBoundary=administrator
        )

# %% [markdown] tags=["hint"]
# The second hole: he may exchange the boundary of his own role for a wider one. One condition closes both.

# %% [markdown]
# ## A company in your account
#
# Inkwell makes sales reports for many bookshops. It works from its own account, 999988887777, and reads our orders
# through a role. Here is the role as many are:

# %%
inkwell = sandbox.admin("999988887777")
reader = f"{roles}/inkwell-reader"
trust_inkwell = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::999988887777:root"},
    "Action": "sts:AssumeRole",
}
iam.create_role(
    RoleName="inkwell-reader", AssumeRolePolicyDocument=policy(trust_inkwell)
)
iam.put_role_policy(
    RoleName="inkwell-reader",
    PolicyName="orders",
    PolicyDocument=policy(say("Allow", "s3:GetObject", f"{bucket_arn}/*")),
)


def report_for(customer=None):
    """Inkwell assumes our role while it works for a customer, and reads an order."""
    as_customer = {"ExternalId": customer} if customer else {}
    keys = inkwell.client("sts").assume_role(
        RoleArn=reader, RoleSessionName="report", **as_customer
    )["Credentials"]
    session = boto3.Session(
        keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]
    )
    return session.client("s3").get_object(**order)["Body"].read()


report_for()

# %% [markdown]
# **Predict.** A rival is a customer of Inkwell, too, and enters *our* role's ARN in Inkwell's form. An ARN is no secret.
# What does the rival's report show: nothing, an error, or our orders?

# %%
for_the_rival = report_for()  # because the rival typed our role's ARN
for_the_rival

# %% [markdown]
# Our orders. The call is the same in every detail. Inkwell is trusted, does its work, and does it for the wrong master: the
# confused deputy of lesson 07, this time a company. So Inkwell gives every customer a word of its own and sends it along
# with each `AssumeRole`, and our trust policy asks for ours (*Access to AWS accounts owned by third parties*):

# %%
trust_inkwell["Condition"] = {"StringEquals": {"sts:ExternalId": "inkwell-0417"}}
iam.update_assume_role_policy(
    RoleName="inkwell-reader", PolicyDocument=policy(trust_inkwell)
)
with rolelab.expect_denied("sts:AssumeRole"):
    report_for("inkwell-0512")
with rolelab.expect_denied("sts:AssumeRole"):
    report_for()
report_for("inkwell-0417")

# %%
rolelab.why()

# %% [markdown]
# The rival's number, and no number at all, are refused by the *role trust policy*; ours is let in. The external ID is not
# a password: whoever may read the role can see it. It works because the company chooses it and its customers cannot
# (the same page).
#
# **Predict.** A program of Inkwell calls with the right number. It is a new user there, without any policy. Our side says
# yes. Is that enough?

# %%
inkwell_iam = inkwell.client("iam")
inkwell_iam.create_user(UserName="reports")
key = inkwell_iam.create_access_key(UserName="reports")["AccessKey"]
program = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"])
with rolelab.expect_denied("sts:AssumeRole"):
    program.client("sts").assume_role(
        RoleArn=reader, RoleSessionName="report", ExternalId="inkwell-0417"
    )

# %% [markdown]
# Between accounts both sides must say yes (*Cross-account policy evaluation logic*). This time theirs did not: *no
# identity-based policy*.
#
# ## What an SCP leaves open, and an RCP closes
#
# Somebody in the shop found a shorter way: a bucket policy for Inkwell, and for Quill, a partner of last year, account
# 111122223333.

# %%
partners = ["arn:aws:iam::999988887777:root", "arn:aws:iam::111122223333:root"]
s3.put_bucket_policy(
    Bucket="bookshop-orders",
    Policy=policy(
        say("Allow", "s3:*Object", f"{bucket_arn}/*", Principal={"AWS": partners})
    ),
)
quill = sandbox.admin("111122223333").client("s3")
print(quill.get_object(**order)["Body"].read())

# %% [markdown]
# **Predict.** The SCP at the root still says that nobody deletes an object, and our own administrator was stopped by it.
# May Quill delete the order?

# %%
with rolelab.expect_denied("s3:DeleteObject"):
    s3.delete_object(**order)
gone = quill.delete_object(**order)
s3.put_object(**order, Body=b'{"book": "Emma"}')
gone["ResponseMetadata"]["HTTPStatusCode"]

# %% [markdown]
# Yes. An SCP limits *principals of our accounts*, wherever they go. Quill's are not ours. What limits *our resources*,
# whoever comes, is a **resource control policy** (*Resource control policies (RCPs)*). Its type has to be enabled first.

# %%
organizations.enable_policy_type(
    RootId=root["Id"], PolicyType="RESOURCE_CONTROL_POLICY"
)
ours = organizations.describe_organization()["Organization"]["Id"]
perimeter = say(
    "Deny",
    "s3:*",
    Principal="*",
    Condition={
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ours},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    },
)
rcp = organizations.create_policy(
    Name="only-our-organization",
    Description="Amazon S3 for our own principals and AWS services",
    Type="RESOURCE_CONTROL_POLICY",
    Content=policy(perimeter),
)["Policy"]["PolicySummary"]["Id"]
organizations.attach_policy(PolicyId=rcp, TargetId=shops)
attached = organizations.list_policies_for_target(
    TargetId=shops, Filter="RESOURCE_CONTROL_POLICY"
)["Policies"]
[each["Name"] for each in attached]

# %% [markdown]
# It denies S3 to whoever is neither of our organization nor an AWS service (the pattern is AWS's own, *Resource control
# policy examples*).
#
# **Predict.** Three callers read the order: Quill, our administrator, and Inkwell through the role `inkwell-reader`. Who
# is outside?

# %%
with rolelab.expect_denied("s3:GetObject"):
    quill.get_object(**order)
print(s3.get_object(**order)["Body"].read())
report_for("inkwell-0417")

# %%
rolelab.why()

# %% [markdown]
# Only Quill. Whoever steps into our role *is* a principal of our organization, with all our guardrails around it. That is
# the better way to let a company in. The bucket policy still says yes and counts no more. Quill itself reads just
# `Access Denied`; you see both sides here.
#
# | | restricts | does not reach |
# | --- | --- | --- |
# | session policy | one session | resource policies that name the session |
# | permissions boundary | one role or user | resource policies that name the user or the session |
# | SCP | principals of member accounts | the management account, service-linked roles, callers from outside |
# | RCP | resources of member accounts, of the services on its list | the management account's resources, service-linked roles |
#
# ## Your turn: one partner inside the perimeter
#
# Inkwell's newest product cannot assume a role and reads the bucket directly. Change the RCP so that account 999988887777
# gets in, and Quill does not. The bucket policy is right for Inkwell as it stands.

# %% tags=["stub"]
# organizations.update_policy(PolicyId=rcp, Content=policy(...))

# %% tags=["answer"]
perimeter["Condition"]["StringNotEqualsIfExists"] = {
    "aws:PrincipalOrgID": ours,
    "aws:PrincipalAccount": "999988887777",
}
organizations.update_policy(PolicyId=rcp, Content=policy(perimeter))["Policy"][
    "PolicySummary"
]["Name"]

# %% tags=["check"]
with your_turn("Inkwell reads the order directly, Quill does not"):
    inkwell.client("s3").get_object(**order)
    s3.get_object(**order)
    with rolelab.expect_denied("s3:GetObject"):
        quill.get_object(**order)

# %% [markdown] tags=["hint"]
# Two keys under one operator must **both** be met for the Deny to count: not of our organization, *and* not of that
# account. The key is `aws:PrincipalAccount`.

# %% [markdown]
# ## On real AWS
#
# | Step | Console | AWS CLI |
# | --- | --- | --- |
# | set a boundary | IAM, the role, **Permissions boundary**, **Set permissions boundary** | `aws iam put-role-permissions-boundary --role-name returns --permissions-boundary POLICY_ARN` |
# | pass a session policy | not in the console | `aws sts assume-role --role-arn ROLE_ARN --role-session-name ticket-4711 --policy file://ticket.json` |
# | create an account | AWS Organizations, **Add an AWS account** | `aws organizations create-account --email orders@bookshop.example --account-name orders` |
# | write and attach an SCP | AWS Organizations, **Policies**, **Service control policies** | `aws organizations create-policy --type SERVICE_CONTROL_POLICY --name keep-objects --description "" --content file://scp.json`, then `aws organizations attach-policy --policy-id POLICY_ID --target-id OU_ID` |
# | enable RCPs | **Policies**, **Resource control policies**, **Enable** | `aws organizations enable-policy-type --root-id ROOT_ID --policy-type RESOURCE_CONTROL_POLICY` |
# | ask for an external ID | IAM, **Create role**, **AWS account**, **Require external ID** | `aws sts assume-role ... --external-id inkwell-0417` |
#
# To work in the new account you step into its role `OrganizationAccountAccessRole` (*Accessing member accounts in an
# organization*); `sandbox.admin` saves you that. Try an SCP or RCP on one account or unit before you attach it at the root:
# AWS strongly recommends it, and the trail shows who would be stopped.
#
# What the sandbox leaves out: a new account is ready at once, and a policy counts the moment it is attached. On AWS both
# take a while.
#
# ## What to keep
#
# - Guardrails only cut. What is left is what the identity's policy and every guardrail allow, and the message names one of
#   those that said no.
# - Delegate with a boundary: create and change only with it, never remove it, never edit it, pass only what has it.
# - An SCP holds your principals, an RCP your resources. A company gets a role with an external ID of the company's making.
#
# In this notebook we have let others work without watching them. Lesson 09 puts a lock on the data itself.
