"""Lab 8: whoever finds the incident and shuts the intruder out, and nobody else, passes."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pandas as pd
import pytest

import rolelab
import rolelab.trails
from content.build import ROOT
from rolelab.labs import (
    CheckFailed,
    lab_8,
    lab_8_incident,
    lab_8_intruder,
    lab_8_report,
    lab_8_rows,
)
from rolelab.labs.lab_8_incident import Incident
from rolelab.labs.lab_8_intruder import Intruder
from rolelab.labs.undo import unchanged
from rolelab.sandbox import sessions
from rolelab.trails import answer_key
from tests.trails.stories import ANSWERS
from tests.trails.test_dataset import TRAILS

Document = dict[str, Any]

CHI, WIDE, EXECUTION = "chi", "migrations-task-role", "csecstaskexecutionrole"
PROGRAM, DEVELOPER = "orders-task-role", "developer"
FOUR = (PROGRAM, DEVELOPER, WIDE, EXECUTION)
INTRUDER = ("192.0.2.77", "192.0.2.201")


def case(id: str, *parts: Any) -> Any:
    return pytest.param(*parts, id=id)


@pytest.fixture(scope="module")
def trail() -> pd.DataFrame:
    return rolelab.trails.load(TRAILS)


@pytest.fixture(scope="module")
def incident(trail: pd.DataFrame) -> Incident:
    return lab_8_incident.find(trail)


def failure_of(check: Callable[..., object], *given: Any) -> str:
    """What the check says, on one line."""
    with pytest.raises(CheckFailed) as failed:
        check(*given)
    return " ".join(str(failed.value).split())


# --- the incident, as the records have it ---------------------------------------------------------


def test_the_records_and_the_answer_key_agree(incident: Incident) -> None:
    found = {
        "first stolen session": [incident.first_role],
        "addresses": incident.addresses,
        "stolen user": [incident.user],
        "definition family": [incident.family],
        "first moment": [f"{incident.events['time'].iloc[0]:%Y-%m-%dT%H:%M}"],
        "execution role secrets": [name for name in incident.secrets if name.endswith("/db")],
    }
    for question, answers in found.items():
        compared = answer_key.found(question, answers)
        assert (compared.wrong, compared.left) == ((), 0), question
    assert answer_key.matches("passed role", incident.passed[0])
    assert answer_key.matches("secret read", incident.secrets[0])


def test_what_services_did_for_the_intruder_is_told_apart(incident: Incident) -> None:
    rows = incident.trail.set_index("event_id").loc[list(incident.set_off)]
    assert len(incident.tasks) == 2
    assert set(rows["address"]) == {"ecs-tasks.amazonaws.com", "198.51.100.20"}
    assert not incident.set_off & incident.ids


@pytest.mark.parametrize(
    "module",
    [lab_8, lab_8_incident, lab_8_intruder, lab_8_report, lab_8_rows],
    ids=lambda m: m.__name__,
)
def test_the_sources_do_not_give_the_answers_away(module: Any) -> None:
    _gives_nothing_away(inspect.getsource(module))


def test_the_learner_s_notebook_does_not_give_the_answers_away() -> None:
    _gives_nothing_away((ROOT / "labs" / "lab_8_the_abused_role.ipynb").read_text())


def _gives_nothing_away(text: str) -> None:
    for question in ("addresses", "leaked object", "definition family", "secret read"):
        for answer in ANSWERS[question]:
            assert answer not in text
    for answer in (*ANSWERS["first moment"], *ANSWERS["passing moment"], '"chi"', "chi.env"):
        assert answer not in text


# --- Task 1: the events ---------------------------------------------------------------------------


def of_addresses(*addresses: str) -> Callable[[pd.DataFrame], Any]:
    return lambda trail: trail["address"].isin(addresses)


THEIRS = of_addresses(*INTRUDER)


def with_what_services_did(trail: pd.DataFrame) -> list[str]:
    found = lab_8_incident.find(trail)
    return [*found.ids, *found.set_off]


@pytest.mark.parametrize(
    "select",
    [
        case("rows of the trail", lambda trail: trail[THEIRS(trail)]),
        case("a mask", THEIRS),
        case("a mask as an array", lambda trail: THEIRS(trail).to_numpy()),
        case("event ids", lambda trail: list(trail.loc[THEIRS(trail), "event_id"])),
        case("a column of event ids", lambda trail: trail.loc[THEIRS(trail), "event_id"]),
        case("with what ECS did to launch the tasks", with_what_services_did),
    ],
)
def test_the_incident_is_found(trail: pd.DataFrame, select: Callable[..., Any]) -> None:
    assert "145 came from the intruder" in repr(lab_8.check_events(trail, select(trail)))


def at_night(trail: pd.DataFrame) -> Any:
    return trail["role"].notna() & (trail["time"].dt.tz_convert("Europe/Berlin").dt.hour < 6)


def from_elsewhere(trail: pd.DataFrame) -> Any:
    return trail["address"].astype(str).str.startswith("192.0.2.")


@pytest.mark.parametrize(
    ("select", "says"),
    [
        case(
            "whoever is denied most: a tool",
            lambda trail: trail[trail["error"].notna() & (trail["role"] == "inventory-scanner")],
            [
                "1800 of your events are everyday work of inventory-scanner, from 198.51.100.140",
                "No event of it is among yours",
            ],
        ),
        case(
            "everything that was denied",
            lambda trail: trail["error"].notna(),
            ["everyday work of inventory-scanner", "15 of them belong"],
        ),
        case(
            "who uses a key at night: the report",
            lambda trail: trail["event"].eq("Decrypt"),
            ["everyday work of reporter-task-role", "No event of it is among yours"],
        ),
        case(
            "everything at night",
            at_night,
            ["everyday work of", "It begins before your first event of it"],
        ),
        case(
            "every address that is not the shop's: a holiday",
            from_elsewhere,
            [
                "None is missing",
                "116 of your events are everyday work of developer, from 192.0.2.140",
            ],
        ),
        case(
            "the first address alone",
            of_addresses(INTRUDER[0]),
            ["It goes on after your last event of it"],
        ),
        case(
            "the second address alone",
            of_addresses(INTRUDER[1]),
            ["It begins before your first event of it"],
        ),
        case(
            "everything that the stolen key did, its owner's work too",
            lambda trail: trail["user"].eq("chi") | trail["user"].eq("developer/chi"),
            ["everyday work of developer, from 203.0.113.10", "It begins before"],
        ),
        case(
            "without what the task's own session did",
            lambda trail: THEIRS(trail) & trail["role"].ne(WIDE),
            ["It acts under one identity more"],
        ),
        case(
            "without what was allowed in between",
            lambda trail: THEIRS(trail) & trail["event"].ne("ListRolePolicies"),
            ["allowed calls count, too"],
        ),
    ],
)
def test_tempting_selections_miss_it(
    trail: pd.DataFrame, select: Callable[..., Any], says: list[str]
) -> None:
    failure = failure_of(lab_8.check_events, trail, select(trail))
    for text in says:
        assert text in failure
    assert not any(address in failure for address in INTRUDER)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        case("an untouched stub", ..., "The variable incident is still empty."),
        case("nothing selected", [], "There is no event among your answer."),
        case("no selection at all", 145, "The variable incident holds a int."),
        case("a single text", "all of them", "The variable incident holds a str."),
        case("ids that there are not", ["a", "b"], "2 of 2 are ids of no event, such as 'a'."),
        case("a mask of another frame", pd.Series([True, False]), "The mask has 2 values"),
        case("another frame", pd.DataFrame({"id": []}), "The frame has no column event_id."),
    ],
)
def test_what_is_no_selection(trail: pd.DataFrame, given: object, says: str) -> None:
    assert says in failure_of(lab_8.check_events, trail, given)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        case("no frame", lambda trail: list(trail["record"][:3]), "as a DataFrame"),
        case("a part of the month", lambda trail: trail.head(9000), "has 9,000 rows"),
    ],
)
def test_what_is_no_trail(trail: pd.DataFrame, make: Callable[..., Any], says: str) -> None:
    assert says in failure_of(lab_8.check_events, make(trail), [])


# --- Task 2: the report ---------------------------------------------------------------------------


def right_report(incident: Incident) -> Document:
    return {
        "first role": PROGRAM,
        "began": "2026-09-10T18:52",
        "ended": pd.Timestamp("2026-09-20T05:26:55", tz="Europe/Berlin"),
        "addresses": list(INTRUDER),
        "user agents": [agent for agent in incident.agents if "1.35" in agent or "2.22" in agent],
        "opened by": "s3://bookshop-config/ci/chi.env",
        "user": "arn:aws:iam::123456789012:user/chi",
        "access key": incident.access_key,
        "passed roles": {f"arn:aws:iam::123456789012:role/{WIDE}", EXECUTION},
        "family": "orders-debug",
        "secrets": [
            *("orders/db", "dispatch/db", "reporter/db", "gateway/db"),
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:payments/provider-key-nFKgyQ",
        ],
        "orders": 90,
    }


def test_the_report_is_right(trail: pd.DataFrame, incident: Incident) -> None:
    passed = lab_8.check_report(trail, right_report(incident))
    assert "12 of 12 entries are right" in repr(passed)


@pytest.mark.parametrize(
    ("entry", "given", "says"),
    [
        case("the role that was passed came later", "first role", WIDE, "is something else"),
        case("times are UTC", "began", "2026-09-10T20:52", "is something else"),
        case("it did not end on the 15th", "ended", "2026-09-15T00:13", "is something else"),
        case("a holiday", "addresses", [*INTRUDER, "192.0.2.140"], "1 too many"),
        case("one address", "addresses", INTRUDER[0], "1 missing"),
        case("the other file", "opened by", "bookshop-config/ci/build.yaml", "is something else"),
        case("who was away", "user", "ana", "is something else"),
        case("what was refused", "secrets", ["payments/provider-key"], "4 missing"),
        case("only the first role", "passed roles", [WIDE], "1 missing"),
        case("not filled in", "family", ..., "is empty"),
        case("a list that is not filled in", "secrets", [...], "is empty"),
        case("the calls, with those of the config bucket", "orders", 92, "is something else"),
        case("no time", "began", "in the evening", "cannot be read: 'in the evening'"),
        case("no number", "orders", "ninety", "cannot be read: 'ninety'"),
    ],
)
def test_wrong_entries_are_named(
    trail: pd.DataFrame, incident: Incident, entry: str, given: object, says: str
) -> None:
    failure = failure_of(lab_8.check_report, trail, {**right_report(incident), entry: given})
    assert f"11 of 12 entries are right. Not yet: {entry}: {says} hint" in failure
    assert f"hint {entry}: " in failure


@pytest.mark.parametrize(
    ("given", "says"),
    [
        case("no dictionary", ..., "The report is no dictionary."),
        case("an entry that is not asked for", {"who": "chi"}, "There is no entry 'who'."),
    ],
)
def test_what_is_no_report(trail: pd.DataFrame, given: object, says: str) -> None:
    assert says in failure_of(lab_8.check_report, trail, given)


# --- the account ----------------------------------------------------------------------------------

ACCOUNT = "123456789012"
ORDERS, TABLE = "arn:aws:s3:::bookshop-orders", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/orders"


def role_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def say(effect: str, action: Any, resource: Any = "*", **condition: Any) -> Document:
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    return {**statement, **({"Condition": condition} if condition else {})}


def allow(action: Any, resource: Any = "*", **condition: Any) -> Document:
    return say("Allow", action, resource, **condition)


def deny(action: Any, resource: Any = "*", **condition: Any) -> Document:
    return say("Deny", action, resource, **condition)


def policy(*statements: Document) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def iam() -> Any:
    return boto3.client("iam")


def put(role: str, name: str, *statements: Document) -> None:
    iam().put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=policy(*statements))


def moment(**ago: float) -> str:
    return f"{datetime.now(UTC) - timedelta(**ago):%Y-%m-%dT%H:%M:%SZ}"


def issued_before(at: str) -> Document:
    return {"DateLessThan": {"aws:TokenIssueTime": at}}


REVOKE = "AWSRevokeOlderSessions"


def revoke(*roles: str, at: str | None = None) -> None:
    for role in roles:
        put(role, REVOKE, deny("*", **issued_before(at or moment(minutes=5))))


def take_back(*roles: str) -> None:
    for role in roles:
        iam().delete_role_policy(RoleName=role, PolicyName=REVOKE)


def set_key(intruder: Intruder, status: str) -> None:
    iam().update_access_key(UserName=CHI, AccessKeyId=intruder.key.access_key, Status=status)


READS = allow(
    [
        *("ecs:List*", "ecs:Describe*", "ecr:Describe*", "logs:Describe*", "iam:ListRoles"),
        *("iam:GetRole", "s3:ListBucket", "dynamodb:GetItem", "dynamodb:DescribeTable"),
    ]
)
READS_ORDERS = allow("s3:GetObject", [f"{ORDERS}/*", "arn:aws:s3:::bookshop-labels/*"])
RUNS = allow("ecs:RunTask", f"arn:aws:ecs:us-east-1:{ACCOUNT}:task-definition/dispatch:*")
TO_TASKS = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
PASSES = allow("iam:PassRole", [role_arn("dispatch-task-role"), role_arn(EXECUTION)], **TO_TASKS)
REGISTERS = allow("ecs:RegisterTaskDefinition")
WORK = [
    allow("s3:ListBucket", ORDERS, StringLike={"s3:prefix": "incoming/*"}),
    allow("s3:GetObject", f"{ORDERS}/incoming/*"),
    allow(["dynamodb:PutItem", "dynamodb:GetItem"], TABLE),
]
FULL_ACCESS = ("AmazonS3FullAccess", "AmazonDynamoDBFullAccess")


def attach(role: str, name: str) -> None:
    iam().attach_role_policy(RoleName=role, PolicyArn=f"arn:aws:iam::aws:policy/{name}")


def detach_full_access() -> None:
    for name in FULL_ACCESS:
        iam().detach_role_policy(RoleName=PROGRAM, PolicyArn=f"arn:aws:iam::aws:policy/{name}")


def deregister() -> None:
    for revision in (1, 2):
        boto3.client("ecs").deregister_task_definition(taskDefinition=f"orders-debug:{revision}")


def rotate(intruder: Intruder, **instead: str | None) -> None:
    """Give every secret a new value; `instead` names others, None for none."""
    secrets = boto3.client("secretsmanager")
    for name in intruder.secrets:
        short = name.split("/")[0]
        plain = name.startswith("payments")
        new = instead.get(short, "new" if plain else json.dumps({"password": "new"}))
        if new is not None:
            secrets.put_secret_value(SecretId=name, SecretString=new)


def contain(intruder: Intruder) -> None:
    """One right answer: what the tests of wrong ones change."""
    set_key(intruder, "Inactive")
    revoke(*FOUR)
    put(DEVELOPER, "access", READS, READS_ORDERS, RUNS, PASSES)
    put(PROGRAM, "access", *WORK)
    detach_full_access()
    rotate(intruder)


def reopened(trail: pd.DataFrame) -> Intruder:
    found = lab_8.reopen(trail)
    found.sandbox.push_image("orders:1", (ROOT / "data/apps/orders/app.py").read_text())
    return found


@pytest.fixture(scope="module")
def as_found(trail: pd.DataFrame) -> Iterator[Intruder]:
    """The account with the intruder in it. Each test takes back what it changes."""
    yield reopened(trail)
    rolelab.stop()


CHANGED = ("iam", "ecs", "secretsmanager", "s3", "dynamodb")


@pytest.fixture
def intruder(as_found: Intruder) -> Iterator[Intruder]:
    """As the intruder left it."""
    with unchanged(*CHANGED):
        yield as_found


@pytest.fixture
def contained(intruder: Intruder) -> Intruder:
    contain(intruder)
    return intruder


def test_the_intruder_is_in_and_the_shop_works(intruder: Intruder) -> None:
    table = lab_8.answers(intruder)
    assert [answer.number for answer in table if answer.right] == [1, 2, 3, 4]
    assert set(intruder.sessions) == set(FOUR)
    assert len(intruder.secrets) == 5
    ecs = boto3.client("ecs")
    tasks = ecs.list_tasks(cluster="bookshop", desiredStatus="STOPPED")["taskArns"]
    ended = ecs.describe_tasks(cluster="bookshop", tasks=tasks)["tasks"]
    assert {each["lastStatus"] for each in ended} == {"STOPPED"}
    names = {held.name.rpartition(" ")[2] for held in intruder.sessions.values()}
    assert {arn.rpartition("/")[2] for arn in tasks} == {
        each for each in names if len(each) == 32
    } - {intruder.incident.first_session}
    assert "long-term key   user chi" in repr(intruder)


def test_a_session_does_not_end_by_waiting(intruder: Intruder) -> None:
    held = intruder.sessions[WIDE]
    before = sessions.find(held.access_key)
    assert before is not None
    sessions.redate(held.access_key, issued=before.issued, expiration=before.issued)
    assert "sts:GetCallerIdentity" in failure_of(lab_8.check_cut_off, intruder)
    after = sessions.find(held.access_key)
    assert after is not None
    assert (after.issued, after.expiration > datetime.now(UTC)) == (before.issued, True)


def test_another_account_is_not_the_one(trail: pd.DataFrame) -> None:
    stranger = Intruder(object(), None, None, {}, {})  # type: ignore[arg-type]
    for check in (lab_8.answers, lab_8.check_cut_off, lab_8.check_contained):
        assert "The account of the incident is not there." in failure_of(check, stranger)


def test_without_the_account_the_check_says_so() -> None:
    assert "Run the cell with intruder" in failure_of(lab_8.check_doors, ...)


# --- right answers --------------------------------------------------------------------------------


def test_revoke_narrow_and_rotate(contained: Intruder) -> None:
    assert lab_8.check_contained(contained).right == 13


def test_deny_sessions_by_name_and_deregister(intruder: Intruder) -> None:
    """Sessions of tasks have names that come once; what is not denied goes by wide Denies."""
    iam().delete_access_key(UserName=CHI, AccessKeyId=intruder.key.access_key)
    for role in (PROGRAM, WIDE, EXECUTION):
        session = intruder.sessions[role].client("sts").get_caller_identity()["UserId"]
        put(role, "that-session", deny("*", StringEquals={"aws:userid": session}))
    revoke(DEVELOPER)
    put(
        DEVELOPER,
        "no-handing-over",
        deny(["ecs:RegisterTaskDefinition"]),
        {"Effect": "Deny", "Action": "iam:PassRole", "NotResource": PASSES["Resource"]},
    )
    deregister()
    put(PROGRAM, "access", *WORK)
    detach_full_access()
    rotate(intruder, payments="another")
    assert lab_8.check_contained(intruder).right == 13


def test_policies_made_from_the_trail(
    intruder: Intruder, trail: pd.DataFrame, incident: Incident
) -> None:
    contain(intruder)
    for role in (DEVELOPER, PROGRAM):
        document = needed(trail, role, lambda record: record["eventID"] in incident.ids)
        iam().put_role_policy(RoleName=role, PolicyName="access", PolicyDocument=document)
    assert lab_8.check_doors(intruder).right == 6


def needed(trail: pd.DataFrame, role: str, leave_out: Any) -> str:
    from rolelab import least_privilege

    return json.dumps(
        least_privilege.from_trail(trail["record"], role_arn(role), leave_out=leave_out).policy
    )


def test_one_managed_policy_revokes_for_all(contained: Intruder) -> None:
    take_back(*FOUR)
    made = iam().create_policy(
        PolicyName="revoke", PolicyDocument=policy(deny("*", **issued_before(moment(minutes=5))))
    )["Policy"]["Arn"]
    for role in FOUR:
        iam().attach_role_policy(RoleName=role, PolicyArn=made)
    assert lab_8.check_cut_off(contained).right == 8


# --- wrong answers: the credentials ---------------------------------------------------------------

ELSEWHERE = lab_8_intruder.ELSEWHERE
SHOP = ["198.51.100.0/24", "203.0.113.0/24", "127.0.0.0/8"]


def only_the_key(intruder: Intruder) -> None:
    take_back(*FOUR)


def only_the_sessions(intruder: Intruder) -> None:
    set_key(intruder, "Active")


def not_the_first(intruder: Intruder) -> None:
    take_back(PROGRAM)


def only_the_first(intruder: Intruder) -> None:
    take_back(DEVELOPER, WIDE, EXECUTION)


def too_early(intruder: Intruder) -> None:
    revoke(*FOUR, at=moment(hours=2))


def deny_the_user_s_sessions(intruder: Intruder) -> None:
    set_key(intruder, "Active")
    iam().put_user_policy(
        UserName=CHI, PolicyName=REVOKE, PolicyDocument=policy(deny("*", **issued_before(moment())))
    )


def deny_two_addresses(intruder: Intruder) -> None:
    for role in FOUR:
        put(role, REVOKE, deny("*", IpAddress={"aws:SourceIp": list(INTRUDER)}))


def allow_the_shop_s_network(intruder: Intruder) -> None:
    for role in FOUR:
        put(role, REVOKE, deny("*", NotIpAddress={"aws:SourceIp": SHOP}))


def deny_what_was_taken(intruder: Intruder) -> None:
    take_back(WIDE)
    put(WIDE, "no-payments", deny("secretsmanager:*"))


@pytest.mark.parametrize(
    ("change", "reached", "hint"),
    [
        case(
            "a session outlives the key that made it",
            only_the_key,
            "as role developer, session chi: iam:ListRoles",
            "a session outlives the key that made it",
        ),
        case(
            "an active key makes new sessions",
            only_the_sessions,
            "as user chi: sts:AssumeRole on developer",
            "Row 5: a long-term key has no end",
        ),
        case(
            "less permission is no revocation",
            not_the_first,
            "as role orders-task-role, session",
            "Less permission is no revocation",
        ),
        case(
            "one role of four",
            only_the_first,
            "as role migrations-task-role, session",
            "on each role that the intruder has a session of",
        ),
        case(
            "a time before the sessions were issued",
            too_early,
            "as role csecstaskexecutionrole, session",
            "Deny what was issued before now",
        ),
        case(
            "a long-term key has no time of issue",
            deny_the_user_s_sessions,
            "as user chi: sts:AssumeRole on developer",
            "no time of issue",
        ),
        case(
            "an address can be changed",
            deny_two_addresses,
            f"the intruder at {ELSEWHERE} as role",
            "An address is no help",
        ),
        case(
            "the session was stolen inside of the network",
            allow_the_shop_s_network,
            "the intruder at 198.51.100.20 as role",
            "An address is no help",
        ),
        case(
            "a session that may do less may still do the rest",
            deny_what_was_taken,
            "as role migrations-task-role, session",
            "Rows 6 to 8",
        ),
    ],
)
def test_the_intruder_is_still_in(
    contained: Intruder, change: Callable[[Intruder], None], reached: str, hint: str
) -> None:
    change(contained)
    failure = failure_of(lab_8.check_cut_off, contained)
    assert reached in failure
    assert hint in failure


def deny_everything(role: str) -> Callable[[Intruder], None]:
    return lambda intruder: put(role, "stop", deny("*"))


def in_the_future(intruder: Intruder) -> None:
    revoke(*FOUR, at=moment(hours=-3))


def delete_the_user(intruder: Intruder) -> None:
    iam().delete_user_policy(UserName=CHI, PolicyName="access")
    iam().delete_access_key(UserName=CHI, AccessKeyId=intruder.key.access_key)
    iam().delete_user(UserName=CHI)


def stop_the_user(intruder: Intruder) -> None:
    iam().put_user_policy(UserName=CHI, PolicyName="stop", PolicyDocument=policy(deny("*")))


def trust(role: str, principal: Document) -> None:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    iam().update_assume_role_policy(
        RoleName=role,
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )


def trust_without_the_victim(intruder: Intruder) -> None:
    users = [f"arn:aws:iam::{ACCOUNT}:user/{name}" for name in ("ana", "ben", "nora")]
    trust(DEVELOPER, {"AWS": users})


def trust_without_ecs(intruder: Intruder) -> None:
    trust(WIDE, {"AWS": f"arn:aws:iam::{ACCOUNT}:root"})


def take_everything_away(intruder: Intruder) -> None:
    iam().delete_role_policy(RoleName=WIDE, PolicyName="access")


@pytest.mark.parametrize(
    ("change", "stopped", "hint"),
    [
        case(
            "everything is denied to the execution role",
            deny_everything(EXECUTION),
            "role csecstaskexecutionrole: secretsmanager:GetSecretValue on orders/db",
            "Row 2: the execution role launches every task",
        ),
        case(
            "everything is denied to the program",
            deny_everything(PROGRAM),
            "role orders-task-role: s3:ListBucket",
            "A Deny for everybody",
        ),
        case(
            "a moment that is still to come",
            in_the_future,
            "role csecstaskexecutionrole: secretsmanager:GetSecretValue",
            "Row 2",
        ),
        case(
            "the role for migrations may do nothing",
            take_everything_away,
            "role migrations-task-role: s3:GetObject",
            "What is wrong with this role is who may pass it",
        ),
        case(
            "the user is deleted",
            delete_the_user,
            "user chi: sts:AssumeRole",
            "the colleague is a victim",
        ),
        case(
            "everything is denied to the user",
            stop_the_user,
            "user chi with an access key: sts:AssumeRole",
            "the colleague is a victim",
        ),
        case(
            "developer lets the colleague in no more",
            trust_without_the_victim,
            "user chi with an access key: sts:AssumeRole",
            "the trust policy of developer stay",
        ),
        case(
            "ECS is locked out, and the intruder's session is not",
            trust_without_ecs,
            "ecs-tasks.amazonaws.com, working for this account: sts:AssumeRole",
            "The trust policy decides about new sessions",
        ),
    ],
)
def test_the_shop_is_stopped_as_well(
    contained: Intruder, change: Callable[[Intruder], None], stopped: str, hint: str
) -> None:
    change(contained)
    failure = failure_of(lab_8.check_cut_off, contained)
    assert stopped in failure
    assert hint in failure


# --- wrong answers: the doors ---------------------------------------------------------------------


def developer(*statements: Document) -> Callable[[Intruder], None]:
    return lambda intruder: put(DEVELOPER, "access", READS, READS_ORDERS, *statements)


def beside_full_access(intruder: Intruder) -> None:
    for name in FULL_ACCESS:
        attach(PROGRAM, name)


def read_only(intruder: Intruder) -> None:
    attach(PROGRAM, "AmazonS3ReadOnlyAccess")


def one_bucket(intruder: Intruder) -> None:
    put(PROGRAM, "access", allow("s3:*", [ORDERS, f"{ORDERS}/*"]), *WORK)


ANY_RUN = allow("ecs:RunTask")
BY_NAME = allow("iam:PassRole", [role_arn("*-task-role"), role_arn(EXECUTION)], **TO_TASKS)


@pytest.mark.parametrize(
    ("change", "reached", "hint"),
    [
        case(
            "a pattern that other roles fit",
            developer(RUNS, BY_NAME),
            "ecs:RunTask on dispatch, with migrations-task-role in its place",
            "Row 10: iam:PassRole on role/*-task-role",
        ),
        case(
            "PassRole does not know as what a role is passed",
            developer(RUNS, PASSES, REGISTERS),
            "a definition rolelab-check with csecstaskexecutionrole as its task role",
            "Did anybody but the intruder register",
        ),
        case(
            "registering for one service is enough to hand over a role",
            developer(RUNS, PASSES, {**REGISTERS, "Resource": RUNS["Resource"]}),
            "a definition dispatch with csecstaskexecutionrole as its task role",
            "Did anybody but the intruder register",
        ),
        case(
            "what the intruder registered is still there",
            developer(ANY_RUN, PASSES),
            "ecs:RunTask on orders-debug:2",
            "The intruder's task definitions are still registered",
        ),
        case(
            "a narrow policy beside a wide one",
            beside_full_access,
            "s3:GetObject on arn:aws:s3:::bookshop-config/ci/build.yaml",
            "Row 12: two AWS managed policies",
        ),
        case(
            "reading is what it began with",
            read_only,
            "s3:GetObject on arn:aws:s3:::bookshop-config/ci/deploy.env",
            "Row 12",
        ),
        case(
            "everything in one bucket",
            one_bucket,
            "s3:PutObject on arn:aws:s3:::bookshop-orders/incoming/990001.json",
            "Row 12",
        ),
    ],
)
def test_a_door_stays_open(
    contained: Intruder, change: Callable[[Intruder], None], reached: str, hint: str
) -> None:
    change(contained)
    failure = failure_of(lab_8.check_doors, contained)
    assert reached in failure
    assert hint in failure


def test_a_policy_from_the_trail_with_the_intruder_in_it(
    contained: Intruder, trail: pd.DataFrame
) -> None:
    document = needed(trail, DEVELOPER, None)
    iam().put_role_policy(RoleName=DEVELOPER, PolicyName="access", PolicyDocument=document)
    failure = failure_of(lab_8.check_doors, contained)
    assert "a definition orders-debug with migrations-task-role as its task role" in failure


@pytest.mark.parametrize(
    ("change", "stopped", "hint"),
    [
        case(
            "developers pass no role",
            developer(RUNS),
            "role developer: ecs:RunTask on dispatch",
            "Row 3: developers run dispatch by hand",
        ),
        case(
            "developers read nothing",
            lambda intruder: put(DEVELOPER, "access", RUNS, PASSES),
            "role developer: iam:ListRoles",
            "Row 3: developers go on reading",
        ),
        case(
            "the program writes nothing",
            lambda intruder: put(PROGRAM, "access", *WORK[:2]),
            "role orders-task-role: dynamodb:PutItem",
            "Row 2: a new task of the orders service",
        ),
    ],
)
def test_work_is_stopped_with_the_door(
    contained: Intruder, change: Callable[[Intruder], None], stopped: str, hint: str
) -> None:
    change(contained)
    failure = failure_of(lab_8.check_doors, contained)
    assert stopped in failure
    assert hint in failure


# --- wrong answers: what was read -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("instead", "reached"),
    [
        case(
            "only what was asked about",
            dict.fromkeys(("orders", "dispatch", "reporter", "gateway")),
            "the value of orders/db",
        ),
        case("not what pays", {"payments": None}, "the value of payments/provider-key"),
        case(
            "the same password, written otherwise",
            {"orders": '{"password": "not-orders-secret", "user": "orders"}'},
            "the value of orders/db",
        ),
    ],
)
def test_a_secret_is_still_known(
    intruder: Intruder, instead: dict[str, str | None], reached: str
) -> None:
    rotate(intruder, **instead)
    failure = failure_of(lab_8.check_secrets, intruder)
    assert f"the intruder knows: {reached}" in failure
    assert "Row 13: what was read stays known" in failure


def test_a_task_definition_asks_for_the_key_password(intruder: Intruder) -> None:
    rotate(intruder, orders="bare")
    failure = failure_of(lab_8.check_secrets, intruder)
    assert "role shop-schedule: ecs:RunTask on orders, with a new order waiting" in failure
    assert "ResourceInitializationError" in failure


def test_eventbridge_is_locked_out(contained: Intruder) -> None:
    trust("shop-schedule", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    failure = failure_of(lab_8.check_secrets, contained)
    assert "tried role shop-schedule: ecs:RunTask on orders" in failure
    assert "is not authorized to perform: sts:AssumeRole" in failure


def test_the_secret_is_deleted(contained: Intruder) -> None:
    boto3.client("secretsmanager").delete_secret(SecretId="payments/provider-key")
    failure = failure_of(lab_8.check_secrets, contained)
    assert "secretsmanager:GetSecretValue on payments/provider-key" in failure
    assert "Row 4" in failure


# --- the account is not the same afterwards -------------------------------------------------------


@pytest.fixture
def ended(contained: Intruder, monkeypatch: pytest.MonkeyPatch) -> Intruder:
    """For a test that deletes roles: with a role end its sessions, and the next test needs them."""
    monkeypatch.setattr(sessions, "_sessions", dict(sessions._sessions))
    return contained


def delete_role(role: str) -> None:
    for name in iam().list_role_policies(RoleName=role)["PolicyNames"]:
        iam().delete_role_policy(RoleName=role, PolicyName=name)
    iam().delete_role(RoleName=role)


@pytest.mark.parametrize("role", [WIDE, DEVELOPER, EXECUTION])
def test_a_role_that_is_deleted_stops_the_shop(ended: Intruder, role: str) -> None:
    delete_role(role)
    failure = failure_of(lab_8.check_cut_off, ended)
    assert f"The shop goes on working with the role {role}." in failure
    assert "To delete a role stops the intruder and the shop" in failure


def test_a_role_that_is_made_again_has_no_old_sessions(ended: Intruder) -> None:
    """A right answer of another kind: the unique id is another one, so every session ends."""
    role = iam().get_role(RoleName=WIDE)["Role"]
    access = iam().get_role_policy(RoleName=WIDE, PolicyName="access")["PolicyDocument"]
    delete_role(WIDE)
    again = json.dumps(role["AssumeRolePolicyDocument"])
    iam().create_role(RoleName=WIDE, AssumeRolePolicyDocument=again)
    put(WIDE, "access", *access["Statement"])
    assert lab_8.check_cut_off(ended).right == 8
