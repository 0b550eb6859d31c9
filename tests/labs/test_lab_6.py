"""Lab 6: every set of guardrails under which the team works and gets no further passes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest

import rolelab
from rolelab.labs import CheckFailed, lab_6, lab_6_world
from rolelab.labs.answer_table import AnswerTable
from rolelab.sandbox import account
from tests.labs.lab_world import build_world, solutions_of

Document = dict[str, Any]
Answer = Callable[[], list[Document]]

# The ids of accounts and policies are new in each account, so answers name them by these words.
WORLD: dict[str, Any] = {}
SOLUTIONS: dict[str, Any] = {}
CHANGED: set[str] = set()


def say(effect: str, action: Any, resource: Any = "*", **elements: Any) -> Document:
    return {"Effect": effect, "Action": action, "Resource": resource, **elements}


def allow(action: Any, resource: Any = "*", **elements: Any) -> Document:
    return say("Allow", action, resource, **elements)


def deny(action: Any, resource: Any = "*", **elements: Any) -> Document:
    return say("Deny", action, resource, **elements)


def policy(*statements: Document) -> Document:
    """A document, in which the words in `<>` are replaced by the ids of this account."""
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    for word in ("dev", "reports", "management", "ours"):
        text = text.replace(f"<{word}>", str(WORLD[word]))
    return dict(json.loads(text))


def when(operator: str, key: str, value: Any) -> Document:
    return {"Condition": {operator: {key: value}}}


def case(id: str, *parts: Any) -> Any:
    return pytest.param(*parts, id=id)


@pytest.fixture(scope="module", autouse=True)
def world() -> Iterator[None]:
    """One account with all solutions in place: each answer takes the place of one of them."""
    _build()
    yield
    rolelab.stop()


@pytest.fixture
def rebuilt() -> Iterator[None]:
    """For a test that changes what the next one needs."""
    yield
    _build()


@pytest.fixture(autouse=True)
def solved(world: None) -> None:
    """All the other documents are right."""
    _put(**{name: SOLUTIONS[name] for name in CHANGED})
    CHANGED.clear()


def _build() -> None:
    answers = solutions_of("lab_6")
    SOLUTIONS.update({name: answers[name] for name in _PUT})
    WORLD.update({name: _variable(name) for name in ("dev", "reports", "management", "ours")})
    _put(**SOLUTIONS)
    CHANGED.clear()


def _variable(name: str) -> str:
    organizations = boto3.client("organizations")
    organization = organizations.describe_organization()["Organization"]
    known = {"ours": organization["Id"], "management": organization["MasterAccountId"]}
    accounts = {each["Name"]: each["Id"] for each in organizations.list_accounts()["Accounts"]}
    return str({**accounts, **known}[name])


_PUT: dict[str, Callable[[str], None]] = {
    "boundary": lab_6._put_boundary,
    "developer_policy": lab_6._put_developer,
    "scp": lambda text: lab_6._put_guard(lab_6_world.SCP, text),
    "rcp": lambda text: lab_6._put_guard(lab_6_world.RCP, text),
    "inkwell_trust": lab_6._put_trust,
}


_VARIABLES: dict[Callable[..., AnswerTable], str] = {
    lab_6.check_boundary: "boundary",
    lab_6.check_developer: "developer_policy",
    lab_6.check_scp: "scp",
    lab_6.check_rcp: "rcp",
    lab_6.check_trust: "inkwell_trust",
}


def _put(**answers: str | Document) -> None:
    # What is above the account comes first: an SCP can stop the administrator from the rest.
    for name in ("scp", "rcp", "boundary", "developer_policy", "inkwell_trust"):
        if name in answers:
            given = answers[name]
            _PUT[name](given if isinstance(given, str) else json.dumps(given))
            CHANGED.add(name)


@contextmanager
def attached_to(name: str, *targets: str) -> Iterator[None]:
    """Attach an SCP or RCP of the lab to these targets and no others."""
    organizations, which = (
        boto3.client("organizations"),
        {"PolicyId": lab_6_world.find().guard(name)},
    )
    found = organizations.list_targets_for_policy(**which)["Targets"]
    before = [each["TargetId"] for each in found]
    _move(which, before, targets)
    yield
    _move(which, targets, before)


def _move(which: dict[str, str], old: Any, new: Any) -> None:
    organizations = boto3.client("organizations")
    for target in old:
        organizations.detach_policy(**which, TargetId=target)
    for target in new:
        organizations.attach_policy(**which, TargetId=target)


def checked(check: Callable[..., AnswerTable], *answer: Document) -> AnswerTable:
    """Give an answer to a check."""
    CHANGED.add(_VARIABLES[check])
    return check(policy(*answer))


def failure_of(check: Callable[..., AnswerTable], *answer: Document) -> str:
    """What the check says, on one line."""
    with pytest.raises(CheckFailed) as failed:
        checked(check, *answer) if answer else check()
    return " ".join(str(failed.value).split())


# --- Task 1: the boundary -------------------------------------------------------------------------

TABLE = "arn:aws:dynamodb:eu-west-1:<dev>:table/orders"
BUCKET = "arn:aws:s3:::bookshop-dev-orders"
ITEMS = allow([f"dynamodb:{name}" for name in ("GetItem", "PutItem", "UpdateItem", "Query")], TABLE)
OBJECTS = allow(["s3:GetObject", "s3:PutObject"], f"{BUCKET}/*")
LIST = allow("s3:ListBucket", BUCKET)


@pytest.mark.parametrize(
    "answer",
    [
        case("a statement for each kind of resource", [ITEMS, OBJECTS, LIST]),
        case(
            "one Allow of everything, and Denies of all the rest",
            [
                allow("*"),
                {
                    "Effect": "Deny",
                    "NotAction": [*ITEMS["Action"], *OBJECTS["Action"], "s3:ListBucket"],
                    "Resource": "*",
                },
                {
                    "Effect": "Deny",
                    "Action": "*",
                    "NotResource": [TABLE, BUCKET, f"{BUCKET}/*"],
                },
            ],
        ),
        case(
            "wildcards where they say what is meant",
            [
                allow(["dynamodb:*Item", "dynamodb:Query"], TABLE),
                allow(["s3:*Object", "s3:List*"], [BUCKET, f"{BUCKET}/*"]),
            ],
        ),
    ],
)
def test_right_boundaries(answer: list[Document]) -> None:
    assert checked(lab_6.check_boundary, *answer).right == 2


@pytest.mark.parametrize(
    ("answer", "reached"),
    [
        case("everything", [allow("*")], "iam:CreateUser"),
        case(
            "every action of the services",
            [allow(["s3:*", "dynamodb:*", "logs:*"])],
            "dynamodb:GetItem on table payroll",
        ),
        case(
            "a list of what is forbidden forgets something",
            [
                allow("*"),
                deny(["iam:*", "sts:*", "organizations:*", "cloudtrail:*"]),
                deny("dynamodb:*", "arn:aws:dynamodb:eu-west-1:<dev>:table/payroll"),
            ],
            "dynamodb:DeleteTable on table orders",
        ),
        case(
            "every table",
            [OBJECTS, LIST, {**ITEMS, "Resource": TABLE.replace("orders", "*")}],
            "dynamodb:GetItem on table payroll",
        ),
        case(
            "every action on the table",
            [OBJECTS, LIST, {**ITEMS, "Action": "dynamodb:*"}],
            "dynamodb:DeleteTable on table orders",
        ),
        case(
            "every bucket of the account, tomorrow's too",
            [ITEMS, LIST, allow(OBJECTS["Action"], "arn:aws:s3:::bookshop-dev-*")],
            "s3:GetObject on bookshop-dev-returns",
        ),
        case(
            "every action on the bucket",
            [ITEMS, allow("s3:*", [BUCKET, f"{BUCKET}/*"])],
            "s3:PutBucketPolicy on bookshop-dev-orders",
        ),
        case(
            "assuming roles, without a bound",
            [ITEMS, OBJECTS, LIST, allow("sts:AssumeRole")],
            "sts:AssumeRole on platform",
        ),
    ],
)
def test_boundaries_that_leave_too_much(answer: list[Document], reached: str) -> None:
    failure = failure_of(lab_6.check_boundary, *answer)
    assert f"● allowed role rolelab-check with AdministratorAccess: {reached}" in failure
    assert "Row 13: a boundary is a list of what apps may do at most" in failure


@pytest.mark.parametrize(
    ("answer", "tried"),
    [
        case("no listing", [ITEMS, OBJECTS], "s3:ListBucket on bookshop-dev-orders"),
        case(
            "objects are below the bucket, not the bucket",
            [ITEMS, LIST, {**OBJECTS, "Resource": BUCKET}],
            "s3:PutObject on bookshop-dev-orders/incoming/1001.json",
        ),
        case(
            "a table of another Region",
            [OBJECTS, LIST, {**ITEMS, "Resource": TABLE.replace("eu-west-1", "us-east-1")}],
            "dynamodb:PutItem on table orders",
        ),
        case("a boundary that only denies", [deny("iam:*")], "dynamodb:PutItem on table orders"),
    ],
)
def test_boundaries_that_stop_the_apps(answer: list[Document], tried: str) -> None:
    failure = failure_of(lab_6.check_boundary, *answer)
    assert "✕ denied <- permissions boundary" in failure
    assert f"tried role rolelab-check: {tried}" in failure
    assert rolelab.why().decided_by == "permissions boundary"


# --- Task 2: the developers -----------------------------------------------------------------------

APPS = "arn:aws:iam::<dev>:role/apps/*"
EXECUTION = "arn:aws:iam::<dev>:role/csecstaskexecutionrole"
LIMIT = "arn:aws:iam::<dev>:policy/apps-boundary"
WITH_BOUNDARY = when("StringEquals", "iam:PermissionsBoundary", LIMIT)
TO_TASKS = when("StringEquals", "iam:PassedToService", "ecs-tasks.amazonaws.com")
CHANGES = [f"iam:{verb}RolePolicy" for verb in ("Put", "Delete", "Attach", "Detach")]
ROLES = allow(["iam:CreateRole", *CHANGES], APPS, **WITH_BOUNDARY)
PASS = allow("iam:PassRole", [APPS, EXECUTION], **TO_TASKS)
TASKS = allow(["ecs:RegisterTaskDefinition", "ecs:RunTask"])
LOGS = allow("logs:GetLogEvents", "arn:aws:logs:eu-west-1:<dev>:log-group:/ecs/apps:*")
ORDERS = allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"], TABLE)
REST = [PASS, TASKS, LOGS, ORDERS]


@pytest.mark.parametrize(
    "answer",
    [
        case("what is needed, each with its condition", [ROLES, *REST]),
        case(
            "on every role, because the condition tells them apart",
            [{**ROLES, "Resource": "arn:aws:iam::<dev>:role/*"}, *REST],
        ),
        case(
            "all of IAM under the condition, and a Deny for the one action that it does not stop",
            [
                allow("iam:*", APPS, **WITH_BOUNDARY),
                deny("iam:DeleteRolePermissionsBoundary"),
                *REST,
            ],
        ),
        case(
            "wide Allows, cut down by Denies",
            [
                allow(["iam:CreateRole", *CHANGES, "iam:PassRole"]),
                deny(
                    ["iam:CreateRole", *CHANGES],
                    **when("ArnNotEquals", "iam:PermissionsBoundary", LIMIT),
                ),
                {"Effect": "Deny", "Action": "iam:PassRole", "NotResource": [APPS, EXECUTION]},
                deny(
                    "iam:PassRole",
                    **when("StringNotLike", "iam:PassedToService", "ecs-tasks.*"),
                ),
                TASKS,
                LOGS,
                ORDERS,
            ],
        ),
        case(
            "running in one cluster only",
            [
                ROLES,
                PASS,
                allow("ecs:RegisterTaskDefinition"),
                allow(
                    "ecs:RunTask",
                    "arn:aws:ecs:eu-west-1:<dev>:task-definition/*:*",
                    **when(
                        "ArnEquals", "ecs:cluster", "arn:aws:ecs:eu-west-1:<dev>:cluster/bookshop"
                    ),
                ),
                LOGS,
                ORDERS,
            ],
        ),
    ],
)
def test_right_policies_of_developers(answer: list[Document]) -> None:
    assert checked(lab_6.check_developer, *answer).right == 11


@pytest.mark.parametrize(
    ("answer", "reached", "hint"),
    [
        case(
            "everything",
            [allow("*")],
            "iam:CreateRole on /apps/, without a boundary",
            "Row 11: exactly one boundary will do",
        ),
        case(
            "roles without the condition",
            [allow(ROLES["Action"], APPS), *REST],
            "iam:CreateRole on /apps/, with AdministratorAccess as its boundary",
            "Row 11: exactly one boundary will do",
        ),
        case(
            "any boundary, as long as there is one",
            [
                allow(ROLES["Action"], APPS, **when("Null", "iam:PermissionsBoundary", "false")),
                *REST,
            ],
            "iam:CreateRole on /apps/, with AdministratorAccess as its boundary",
            "A Null condition takes any",
        ),
        case(
            "a pattern that other policies fit",
            [
                allow(
                    ROLES["Action"],
                    APPS,
                    **when("StringLike", "iam:PermissionsBoundary", "arn:aws:iam::<dev>:policy/*"),
                ),
                *REST,
            ],
            "iam:CreateRole on /apps/, with team-tools as its boundary",
            "so does a pattern",
        ),
        case(
            "IfExists is met by a role without a boundary",
            [
                allow(
                    ROLES["Action"],
                    APPS,
                    **when("StringEqualsIfExists", "iam:PermissionsBoundary", LIMIT),
                ),
                *REST,
            ],
            "iam:CreateRole on /apps/, without a boundary",
            "Row 11: exactly one boundary will do",
        ),
        case(
            "the condition on creating alone",
            [allow("iam:CreateRole", APPS, **WITH_BOUNDARY), allow(CHANGES, APPS), *REST],
            "iam:PutRolePolicy on legacy",
            "Row 16: legacy is in /apps/ and has no boundary",
        ),
        case(
            "the boundary can be taken off by whom the condition lets at the role",
            [allow("iam:*", APPS, **WITH_BOUNDARY), *REST],
            "iam:DeleteRolePermissionsBoundary on /apps/rolelab-check",
            "Row 12: what is never given",
        ),
        case(
            "the boundary can be exchanged",
            [ROLES, allow("iam:PutRole*", APPS), *REST],
            "iam:PutRolePermissionsBoundary on /apps/rolelab-check, with AdministratorAccess",
            "Row 12: what is never given",
        ),
        case(
            "own policies, and the boundary is one of them",
            [ROLES, allow("iam:*PolicyVersion", "arn:aws:iam::<dev>:policy/apps-*"), *REST],
            "iam:SetDefaultPolicyVersion on apps-boundary",
            "Row 12: what is never given",
        ),
        case(
            "a new version of the policy that they have",
            [ROLES, allow("iam:CreatePolicyVersion", "arn:aws:iam::<dev>:policy/team-*"), *REST],
            "iam:CreatePolicyVersion on team-tools, which developer has",
            "Row 16: developers change roles in /apps/",
        ),
        case(
            "roles for every service",
            [ROLES, allow("iam:PassRole", [APPS, EXECUTION]), TASKS, LOGS, ORDERS],
            "iam:PassRole on /apps/rolelab-check, to Lambda",
            "Row 14: the day developers get Lambda",
        ),
        case(
            "every role, to tasks",
            [ROLES, allow("iam:PassRole", **TO_TASKS), TASKS, LOGS, ORDERS],
            "iam:PassRole on platform, to a task, as its taskRoleArn",
            "Row 14: iam:PassRole is about a role's ARN",
        ),
        case(
            "assuming any role",
            [ROLES, *REST, allow("sts:AssumeRole")],
            "sts:AssumeRole on platform",
            "Row 16: platform trusts the whole account",
        ),
        case(
            "trust policies of others",
            [ROLES, *REST, allow("iam:Update*")],
            "iam:UpdateAssumeRolePolicy on platform",
            "Row 16: developers change roles in /apps/",
        ),
        case(
            "access keys",
            [ROLES, *REST, allow("iam:CreateAccessKey")],
            "iam:CreateAccessKey",
            "Row 15: a user has no boundary",
        ),
    ],
)
def test_policies_that_let_developers_out(answer: list[Document], reached: str, hint: str) -> None:
    failure = failure_of(lab_6.check_developer, *answer)
    assert f"● allowed role developer: {reached}" in failure
    assert hint in failure
    assert "nothing denies it" in failure


@pytest.mark.parametrize(
    ("answer", "row", "hint"),
    [
        case(
            "a boundary that does not exist",
            [
                allow(
                    ROLES["Action"],
                    APPS,
                    **when("StringEquals", "iam:PermissionsBoundary", f"{LIMIT}s"),
                ),
                *REST,
            ],
            1,
            "A name that no policy has fits no request",
        ),
        case(
            "roles without the path",
            [{**ROLES, "Resource": "arn:aws:iam::<dev>:role/apps"}, *REST],
            1,
            "iam:CreateRole on role/apps/*",
        ),
        case(
            "creating and not writing",
            [{**ROLES, "Action": "iam:CreateRole"}, *REST],
            2,
            "four actions change the policies of a role",
        ),
        case(
            "the execution role has to be passed, too",
            [ROLES, {**PASS, "Resource": APPS}, TASKS, LOGS, ORDERS],
            3,
            "iam:PassRole on both roles",
        ),
        case(
            "passed to the wrong service",
            [
                ROLES,
                {**PASS, **when("StringEquals", "iam:PassedToService", "ecs.amazonaws.com")},
                TASKS,
                LOGS,
                ORDERS,
            ],
            3,
            "ecs-tasks.amazonaws.com",
        ),
        case(
            "RunTask is about the definition, not about the cluster",
            [
                ROLES,
                PASS,
                allow("ecs:RegisterTaskDefinition"),
                allow("ecs:RunTask", "arn:aws:ecs:eu-west-1:<dev>:cluster/bookshop"),
                LOGS,
                ORDERS,
            ],
            4,
            "ends with its revision",
        ),
        case(
            "the log group without its streams",
            [ROLES, PASS, TASKS, {**LOGS, "Resource": LOGS["Resource"].removesuffix(":*")}, ORDERS],
            5,
            "is about a log stream",
        ),
        case(
            "no queries",
            [ROLES, PASS, TASKS, LOGS, {**ITEMS, "Action": ITEMS["Action"][:2]}],
            6,
            "three actions on the table orders",
        ),
    ],
)
def test_policies_that_keep_developers_from_work(
    answer: list[Document], row: int, hint: str
) -> None:
    said = failure_of(lab_6.check_developer, *answer)
    assert "<- identity-based policy" in said
    assert f"Row {row}: " in said
    assert hint in said


# --- Task 3: the SCP ------------------------------------------------------------------------------

TRAIL = [f"cloudtrail:{name}" for name in ("StopLogging", "DeleteTrail", "UpdateTrail")]
TRAIL.append("cloudtrail:PutEventSelectors")
PLATFORM = "arn:aws:iam::<dev>:role/platform"
KEEP = deny(TRAIL, **when("ArnNotEquals", "aws:PrincipalArn", PLATFORM))
STAY = deny("organizations:LeaveOrganization")
HERE = {
    "Effect": "Deny",
    "NotAction": ["iam:*", "organizations:*", "sts:*"],
    "Resource": "*",
    **when("StringNotEquals", "aws:RequestedRegion", "eu-west-1"),
}
TWO_REGIONS = when("StringNotEquals", "aws:RequestedRegion", ["eu-west-1", "us-east-1"])
NO_FORBIDDEN_ONES = when("StringEquals", "aws:RequestedRegion", ["us-west-2", "us-east-1"])


@pytest.mark.parametrize(
    "answer",
    [
        case("three statements", [KEEP, STAY, HERE]),
        case(
            "every change of a trail by its verb, in every account, with the platform's role out",
            [
                deny(
                    [f"cloudtrail:{verb}*" for verb in ("Stop", "Delete", "Update", "Put")],
                    **when("StringNotLike", "aws:PrincipalArn", "arn:aws:iam::*:role/platform"),
                ),
                STAY,
                {**HERE, "NotAction": ["iam:*", "sts:*", "organizations:Describe*"]},
            ],
        ),
        case(
            "the other Regions for everybody, IAM and Organizations by their own statement",
            [
                KEEP,
                STAY,
                {**HERE, "NotAction": ["iam:*", "organizations:*", "cloudfront:*", "support:*"]},
                deny(
                    ["iam:CreateUser", "iam:CreateAccessKey"],
                    **when("ArnNotEquals", "aws:PrincipalArn", PLATFORM),
                ),
            ],
        ),
    ],
)
def test_right_scps(answer: list[Document]) -> None:
    assert checked(lab_6.check_scp, *answer).right == 3


@pytest.mark.parametrize("target", ["the root", "the account itself"])
def test_an_scp_holds_from_anywhere_above_the_account(target: str) -> None:
    root = boto3.client("organizations").list_roots()["Roots"][0]["Id"]
    with attached_to(lab_6_world.SCP, root if target == "the root" else WORLD["dev"]):
        assert checked(lab_6.check_scp, KEEP, STAY, HERE).right == 3


def test_an_scp_on_the_management_account_restricts_nobody() -> None:
    with attached_to(lab_6_world.SCP, WORLD["management"]):
        failure = failure_of(lab_6.check_scp, KEEP, STAY, HERE)
    assert "● allowed the administrator of dev: dynamodb:ListTables" in failure
    assert "guard-developers is attached to: the management account" in failure
    assert "On the management account it restricts nobody, anywhere" in failure


@pytest.mark.parametrize(
    ("answer", "reached", "hint"),
    [
        case(
            "the Region of the global services opened for all",
            [KEEP, STAY, {**HERE, **TWO_REGIONS}],
            "the administrator of dev: dynamodb:ListTables on us-east-1",
            "us-east-1 is no Region of the shop",
        ),
        case(
            "a list of Regions that are forbidden",
            [KEEP, STAY, {**HERE, **NO_FORBIDDEN_ONES}],
            "the administrator of dev: s3:CreateBucket on eu-central-1",
            "Row 18",
        ),
        case(
            "one service",
            [
                KEEP,
                STAY,
                deny("dynamodb:*", **when("StringNotEquals", "aws:RequestedRegion", "eu-west-1")),
            ],
            "the administrator of dev: logs:CreateLogGroup on us-east-1",
            "Row 18",
        ),
        case(
            "the way out of the organization",
            [KEEP, HERE],
            "the administrator of dev: organizations:LeaveOrganization",
            "organizations:LeaveOrganization is the account's own call",
        ),
        case(
            "stopping and deleting are half of it",
            [{**KEEP, "Action": TRAIL[:2]}, STAY, HERE],
            "the administrator of dev: cloudtrail:UpdateTrail on bookshop",
            "Row 17: four actions",
        ),
        case(
            "an exception that others can give themselves",
            [
                deny(
                    TRAIL, **when("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*platform")
                ),
                STAY,
                HERE,
            ],
            "role my-platform: cloudtrail:StopLogging on bookshop",
            "role/apps/my-platform is not role/platform",
        ),
        case(
            "an SCP that allows what is good grants nothing, and denies nothing",
            [allow("*", **when("StringEquals", "aws:RequestedRegion", "eu-west-1"))],
            "the administrator of dev: cloudtrail:StopLogging on bookshop",
            "Row 17",
        ),
    ],
)
def test_scps_that_leave_a_way_open(answer: list[Document], reached: str, hint: str) -> None:
    failure = failure_of(lab_6.check_scp, *answer)
    assert f"● allowed {reached}" in failure
    assert hint in failure


@pytest.mark.parametrize(
    ("answer", "tried"),
    [
        case(
            "global services answer from us-east-1",
            [KEEP, STAY, deny("*", Condition=HERE["Condition"])],
            "role platform: iam:CreatePolicyVersion on apps-boundary",
        ),
        case(
            "the platform team has no exception",
            [deny(TRAIL), STAY, HERE],
            "role platform: cloudtrail:PutEventSelectors on bookshop",
        ),
        case(
            "looking is no change",
            [{**KEEP, "Action": "cloudtrail:*"}, STAY, HERE],
            "the administrator of dev: cloudtrail:GetTrailStatus",
        ),
        case(
            "all of Organizations",
            [KEEP, deny("organizations:*"), HERE],
            "the administrator of dev: organizations:DescribeOrganization",
        ),
    ],
)
def test_scps_that_stop_the_work(answer: list[Document], tried: str) -> None:
    failure = failure_of(lab_6.check_scp, *answer)
    assert "<- service control policy" in failure
    assert f"tried {tried}" in failure
    assert "The SCP stops something that is needed" in failure


# --- Task 4: the RCP ------------------------------------------------------------------------------

OUTSIDE = {
    "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "<ours>"},
    "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
}
BUCKETS = ["arn:aws:s3:::bookshop-dev-orders", "arn:aws:s3:::bookshop-dev-orders/*"]


def perimeter(action: Any = "s3:*", resource: Any = "*", **condition: Any) -> Document:
    """A Deny of whoever meets the condition."""
    return deny(action, resource, Principal="*", Condition=condition or OUTSIDE)


@pytest.mark.parametrize(
    "answer",
    [
        case("by the organization's id", [perimeter()]),
        case(
            "by the list of our accounts",
            [
                perimeter(
                    StringNotEquals={
                        "aws:PrincipalAccount": ["<dev>", "<reports>", "<management>"]
                    },
                    Bool={"aws:PrincipalIsAWSService": "false"},
                )
            ],
        ),
        case(
            "more services, with Inkwell as the exception where it knocks",
            [
                perimeter(["s3:*", "kms:*", "secretsmanager:*"]),
                perimeter(
                    "sts:AssumeRole",
                    StringNotEqualsIfExists={
                        "aws:PrincipalOrgID": "<ours>",
                        "aws:PrincipalAccount": "999988887777",
                    },
                    BoolIfExists={"aws:PrincipalIsAWSService": "false"},
                ),
            ],
        ),
    ],
)
def test_right_rcps(answer: list[Document]) -> None:
    assert checked(lab_6.check_rcp, *answer).right == 3


@pytest.mark.parametrize(
    ("answer", "reached"),
    [
        case(
            "a list of strangers",
            [perimeter(StringEquals={"aws:PrincipalAccount": "111122223333"})],
            "account 222233334444: s3:GetObject on bookshop-dev-orders",
        ),
        case("reading alone", [perimeter("s3:Get*")], "Quill: s3:PutObject on bookshop-dev-orders"),
        case(
            "today's bucket",
            [perimeter(resource=BUCKETS)],
            "Quill: s3:GetObject on bookshop-dev-returns",
        ),
        case(
            "objects, and not the list of them",
            [perimeter(resource="arn:aws:s3:::*/*")],
            "Quill: s3:ListBucket on bookshop-dev-orders",
        ),
        case(
            "the condition the wrong way round",
            [perimeter(StringEqualsIfExists={"aws:ResourceOrgID": "o-otherother"})],
            "Quill: s3:GetObject on bookshop-dev-orders",
        ),
    ],
)
def test_rcps_that_let_strangers_in(answer: list[Document], reached: str) -> None:
    failure = failure_of(lab_6.check_rcp, *answer)
    assert f"● allowed {reached}" in failure
    assert "Row 19: a list of strangers is never complete" in failure


def test_an_rcp_on_the_management_account_guards_nothing() -> None:
    with attached_to(lab_6_world.RCP, WORLD["management"]):
        failure = failure_of(lab_6.check_rcp, perimeter())
    assert "● allowed Quill: s3:GetObject on bookshop-dev-orders" in failure
    assert "guard-data is attached to: the management account" in failure


@pytest.mark.parametrize(
    ("answer", "tried"),
    [
        case(
            "everybody, without a condition",
            [deny("s3:*", Principal="*")],
            "the account reports: s3:GetObject",
        ),
        case(
            "the account instead of the organization",
            [perimeter(StringNotEquals={"aws:PrincipalAccount": "<dev>"})],
            "the account reports: s3:GetObject",
        ),
        case(
            "another organization's id",
            [perimeter(StringNotEquals={"aws:PrincipalOrgID": "o-exampleorgid"})],
            "the account reports: s3:GetObject",
        ),
        case(
            "the partner is outside when it knocks",
            [perimeter(["s3:*", "sts:*"])],
            "Inkwell: sts:AssumeRole on inkwell-reader",
        ),
    ],
)
def test_rcps_that_stop_the_work(answer: list[Document], tried: str) -> None:
    failure = failure_of(lab_6.check_rcp, *answer)
    assert f"tried {tried}" in failure
    assert "The RCP stops somebody who is needed" in failure


@pytest.mark.parametrize(
    "statement",
    [
        case("an RCP cannot allow", allow("s3:*", Principal="*")),
        case("an RCP names no principal", deny("s3:*", Principal={"AWS": "111122223333"})),
        case("an RCP cannot deny every action", deny("*", Principal="*")),
    ],
)
def test_documents_that_are_no_rcp(statement: Document) -> None:
    failure = failure_of(lab_6.check_rcp, statement)
    assert "AWS does not accept rcp: MalformedPolicyDocumentException" in failure
    assert "The account is unchanged" in failure


# --- Task 5: the trust policy ---------------------------------------------------------------------


def trust(principal: Any, **condition: Any) -> Document:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {**statement, **({"Condition": condition} if condition else {})}


INKWELL = {"AWS": "arn:aws:iam::999988887777:root"}
OURS = {"sts:ExternalId": "inkwell-0417"}


@pytest.mark.parametrize(
    "answer",
    [
        case("the account and the number", [trust(INKWELL, StringEquals=OURS)]),
        case(
            "one role of Inkwell's and the number",
            [trust({"AWS": "arn:aws:iam::999988887777:role/Administrator"}, StringEquals=OURS)],
        ),
        case(
            "an Allow for the account, and a Deny of every other number",
            [
                trust(INKWELL),
                {**trust("*", StringNotEquals=OURS), "Effect": "Deny"},
            ],
        ),
        case(
            "everybody, if the account and the number fit",
            [trust({"AWS": "*"}, StringEquals={**OURS, "aws:PrincipalAccount": "999988887777"})],
        ),
    ],
)
def test_right_trust_policies(answer: list[Document]) -> None:
    assert checked(lab_6.check_trust, *answer).right == 2


@pytest.mark.parametrize(
    ("answer", "reached"),
    [
        case(
            "as it was found",
            [trust(INKWELL)],
            "Inkwell: sts:AssumeRole on inkwell-reader, without",
        ),
        case(
            "IfExists is met without an ID",
            [trust(INKWELL, StringEqualsIfExists=OURS)],
            "Inkwell: sts:AssumeRole on inkwell-reader, without an external ID",
        ),
        case(
            "any number of Inkwell's",
            [trust(INKWELL, StringLike={"sts:ExternalId": "inkwell-*"})],
            "Inkwell: sts:AssumeRole on inkwell-reader, with another customer's ID, inkwell-0512",
        ),
        case(
            "any number at all",
            [trust(INKWELL, Null={"sts:ExternalId": "false"})],
            "Inkwell: sts:AssumeRole on inkwell-reader, with another customer's ID, inkwell-0512",
        ),
        case(
            "an external ID is no password",
            [trust({"AWS": "*"}, StringEquals=OURS)],
            "Quill: sts:AssumeRole on inkwell-reader, with the external ID inkwell-0417",
        ),
    ],
)
def test_trust_policies_with_another_way_in(answer: list[Document], reached: str) -> None:
    failure = failure_of(lab_6.check_trust, *answer)
    assert f"● allowed {reached}" in failure
    assert "Row 20: one account, and one number" in failure


@pytest.mark.parametrize(
    "statement",
    [
        case("another number", trust(INKWELL, StringEquals={"sts:ExternalId": "inkwell-417"})),
        case(
            "a key that no request has",
            trust(INKWELL, StringEquals={"aws:ExternalId": "inkwell-0417"}),
        ),
        case("another account", trust({"AWS": "111122223333"}, StringEquals=OURS)),
    ],
)
def test_trust_policies_that_shut_inkwell_out(statement: Document) -> None:
    failure = failure_of(lab_6.check_trust, statement)
    assert "tried Inkwell: sts:AssumeRole on inkwell-reader, with the external ID" in failure
    assert "<- role trust policy" in failure or "<- resource-based policy" in failure
    assert "Row 9: Inkwell calls from account 999988887777" in failure


# --- all twenty -----------------------------------------------------------------------------------


def test_its_solutions_give_twenty_right_answers() -> None:
    table = lab_6.check_team()
    assert (table.right, len(table)) == (20, 20)
    assert [answer.number for answer in table] == list(range(1, 21))
    assert [answer.wanted for answer in table] == [True] * 10 + [False] * 10


def test_one_guardrail_can_break_what_another_one_gives() -> None:
    _put(scp=policy(KEEP, STAY, deny("*", Condition=HERE["Condition"])))
    failure = failure_of(lab_6.check_team)
    assert (
        "1 create a role for an app, with the boundary ● allowed ✕ denied <- service control policy"
        in failure
    )
    assert "The SCP stops something that is needed" in failure
    assert rolelab.why().request.action == "iam:CreateRole"


def test_an_rcp_that_forgets_the_services_stops_the_launch() -> None:
    _put(
        rcp=policy(perimeter(["s3:*", "sts:*"], StringNotEquals=OUTSIDE["StringNotEqualsIfExists"]))
    )
    failure = failure_of(lab_6.check_team)
    assert "4 run the task ● allowed ✕ denied <-" in failure
    assert "ECS itself must get into the task's roles" in failure


def test_the_checks_leave_the_account_as_it_was_even_if_everything_goes_through() -> None:
    nothing = deny("s3:DeleteBucketWebsite")
    _put(
        boundary=policy(allow("*")),
        developer_policy=policy(allow("*")),
        scp=policy(nothing),
        rcp=policy({**nothing, "Principal": "*"}),
        inkwell_trust=policy(trust({"AWS": "*"})),
    )
    before = _picture()
    failure = failure_of(lab_6.check_team)
    assert failure.count("nothing denies it") == 10
    assert _picture() == before


def _picture() -> dict[str, Any]:
    shop = account.current().admin(WORLD["dev"])
    iam, s3, dynamodb = shop.client("iam"), shop.client("s3"), shop.client("dynamodb")
    organizations = boto3.client("organizations")
    trails = shop.client("cloudtrail").describe_trails()["trailList"]
    return {
        "roles": [role["Arn"] for role in iam.list_roles()["Roles"]],
        "users": iam.list_users()["Users"],
        "policies": iam.list_policies(Scope="Local")["Policies"],
        "developer": iam.list_role_policies(RoleName="developer")["PolicyNames"],
        "buckets": [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]],
        "objects": s3.list_objects_v2(Bucket="bookshop-dev-orders").get("KeyCount"),
        "items": dynamodb.scan(TableName="orders")["Items"],
        "accounts": [each["Id"] for each in organizations.list_accounts()["Accounts"]],
        "trails": trails,
        "logging": shop.client("cloudtrail").get_trail_status(Name="bookshop")["IsLogging"],
        "definitions": shop.client("ecs").list_task_definitions()["taskDefinitionArns"],
    }


# --- the lab itself -------------------------------------------------------------------------------


def test_an_untouched_lab_says_what_is_missing(rebuilt: None) -> None:
    build_world("lab_6")
    for check, name in _VARIABLES.items():
        with pytest.raises(CheckFailed, match=f"The variable {name} is still empty"):
            check(...)
    assert "9 of 20 are right" in failure_of(lab_6.check_team)


def test_an_empty_account_says_which_cells_to_run(rebuilt: None) -> None:
    rolelab.start()
    with pytest.raises(CheckFailed, match="Run the cells above"):
        lab_6.check_team()
