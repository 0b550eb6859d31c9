"""Lab 9: every account that ships the service and opens nothing more passes."""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

import rolelab
from rolelab.labs import CheckFailed, answer_table, lab_9, lab_9_world
from rolelab.labs.lab_9_rows import ROWS
from rolelab.labs.undo import unchanged
from tests.labs.lab_world import build_world, solutions_of

Document = dict[str, Any]
Change = Callable[[], object]

ACCOUNT, REGION = "123456789012", "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role"
EXECUTION, TASK = "csecstaskexecutionrole", "orders-task-role"
BUCKET = "arn:aws:s3:::bookshop-orders"
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders"
SERVICES = ("iam", "s3", "kms", "secretsmanager", "ecs", "logs", "dynamodb", "ecr", "lambda")
PASSWORD = "highbury-1815"
BUILT: set[str] = set()
CHECKS = {
    lab_9.check_password: (14,),
    lab_9.check_roles: (1, 7, 8, 9),
    lab_9.check_key: (6, 12, 13),
    lab_9.check_deployer: (10, 11),
    lab_9.check_others: (5, 15, 16),
    lab_9.check_launch: (2, 3, 4),
}


def say(effect: str, action: Any, resource: Any = "*", **elements: Any) -> Document:
    return {"Effect": effect, "Action": action, "Resource": resource, **elements}


def allow(action: Any, resource: Any = "*", **elements: Any) -> Document:
    return say("Allow", action, resource, **elements)


def policy(*statements: Document) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def when(operator: str, key: str, value: Any) -> Document:
    return {"Condition": {operator: {key: value}}}


def case(id: str, *parts: Any) -> Any:
    return pytest.param(*parts, id=id)


@pytest.fixture(scope="module", autouse=True)
def stopped() -> Iterator[None]:
    yield
    BUILT.clear()
    rolelab.stop()


@pytest.fixture(autouse=True)
def shipped(request: pytest.FixtureRequest) -> Iterator[None]:
    """One account with all solutions in place; what a test changes in it is put back."""
    if "another_account" in request.fixturenames:
        yield
        return
    if not BUILT:
        solutions_of("lab_9")
        BUILT.add("lab_9")
    with unchanged(*SERVICES):
        yield


@pytest.fixture
def another_account() -> None:
    """For a test that starts its own account."""
    BUILT.clear()


def failure_of(check: Callable[[], object]) -> str:
    """What the check says, on one line."""
    with pytest.raises(CheckFailed) as failed:
        check()
    return " ".join(str(failed.value).split())


def wrong_rows() -> set[int]:
    table = answer_table.answers(ROWS, lab_9_world.find())
    return {answer.number for answer in table if not answer.right}


# --- changes that answers are made of -------------------------------------------------------------


def trust(role: str, *statements: Document) -> Change:
    document = policy(*({k: v for k, v in each.items() if k != "Resource"} for each in statements))
    return lambda: boto3.client("iam").update_assume_role_policy(
        RoleName=role, PolicyDocument=document
    )


def lets_in(principal: Any, **condition: Any) -> Document:
    return say("Allow", "sts:AssumeRole", Principal=principal, **condition)


def more(role: str, *statements: Document) -> Change:
    """One more inline policy."""
    return lambda: boto3.client("iam").put_role_policy(
        RoleName=role, PolicyName="more", PolicyDocument=policy(*statements)
    )


def instead(role: str, name: str, *statements: Document) -> Change:
    """Another text for an inline policy that the role has."""
    return lambda: boto3.client("iam").put_role_policy(
        RoleName=role, PolicyName=name, PolicyDocument=policy(*statements)
    )


def no_boundary(*roles: str) -> Change:
    def change() -> None:
        for role in roles:
            boto3.client("iam").delete_role_permissions_boundary(RoleName=role)

    return change


def wider_boundary(role: str, *statements: Document) -> Change:
    def change() -> None:
        iam = boto3.client("iam")
        made = iam.create_policy(PolicyName="wider", PolicyDocument=policy(*statements))
        iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=made["Policy"]["Arn"])

    return change


def all_of(*changes: Change) -> Change:
    def change() -> None:
        for each in changes:
            each()

    return change


def key_policy(*statements: Document) -> Change:
    def change() -> None:
        kms = boto3.client("kms")
        key = kms.describe_key(KeyId="alias/bookshop")["KeyMetadata"]["KeyId"]
        kms.put_key_policy(KeyId=key, Policy=policy(*statements))

    return change


def kms_call(method: str, **given: Any) -> Change:
    def change() -> None:
        kms = boto3.client("kms")
        key = kms.describe_key(KeyId="alias/bookshop")["KeyMetadata"]["KeyId"]
        getattr(kms, method)(KeyId=key, **given)

    return change


def bucket_policy(*statements: Document) -> Change:
    return lambda: boto3.client("s3").put_bucket_policy(
        Bucket="bookshop-orders", Policy=policy(*statements)
    )


def secret() -> str:
    return str(boto3.client("secretsmanager").describe_secret(SecretId="orders/db")["ARN"])


def defined(**settings: Any) -> Change:
    """One more revision of the definition: the newest one with other settings."""

    def change() -> None:
        newest = lab_9_world._newest(lab_9_world.find())
        (container,) = newest["containerDefinitions"]
        roles = {name: settings.pop(name) for name in list(settings) if name.endswith("Arn")}
        boto3.client("ecs").register_task_definition(
            **{**newest, **roles, "containerDefinitions": [{**container, **settings}]}
        )

    return change


def environment(**variables: str) -> Change:
    pairs = [{"name": name, "value": value} for name, value in variables.items()]
    return defined(environment=pairs)


# --- right answers --------------------------------------------------------------------------------


def test_the_solution_gets_all_sixteen() -> None:
    assert lab_9.check_all().right == 16


def test_each_task_has_its_rows_and_together_they_are_all() -> None:
    assert sorted(row for rows in CHECKS.values() for row in rows) == [row.number for row in ROWS]


MANAGE = [f"kms:{name}" for name in ("Describe*", "Get*", "List*", "Put*", "Enable*", "Disable*")]
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


def _denies_instead_of_boundaries() -> None:
    """Both roles are allowed everything, and denied all but their work; no boundary anywhere."""
    no_boundary(EXECUTION, TASK)()
    work = {
        EXECUTION: (
            [
                *("ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
                *("ecr:BatchCheckLayerAvailability", "secretsmanager:GetSecretValue"),
                *("logs:CreateLogStream", "logs:PutLogEvents", "kms:Decrypt"),
            ],
            [
                f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/orders",
                f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/ecs/orders:*",
                f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*",
                secret(),
            ],
        ),
        TASK: (
            [
                "s3:GetObject",
                "s3:ListBucket",
                "dynamodb:PutItem",
                "dynamodb:GetItem",
                "kms:Decrypt",
            ],
            [BUCKET, f"{BUCKET}/incoming/*", TABLE, f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*"],
        ),
    }
    for role, (actions, resources) in work.items():
        others = {"Effect": "Deny", "NotAction": actions, "Resource": "*"}
        rest = [each for each in actions if each != "ecr:GetAuthorizationToken"]
        elsewhere = {"Effect": "Deny", "Action": rest, "NotResource": resources}
        listing = say("Deny", "s3:ListBucket", **when("StringNotLike", "s3:prefix", "incoming/*"))
        instead(role, "orders", allow("*"), others, elsewhere, listing)()


def _denies_in_the_key_policy() -> None:
    """IAM may give the use of the key; Denies keep it to the three roles, each in its own way."""
    users = {
        EXECUTION: ("secretsmanager", "SecretARN", secret()),
        TASK: ("s3", "aws:s3:arn", f"{BUCKET}/incoming/*"),
        "inkwell-reader": ("s3", "aws:s3:arn", f"{BUCKET}/incoming/*"),
    }
    statements = [
        allow("kms:*", Principal=ROOT),
        say(
            "Deny",
            ["kms:Decrypt", "kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"],
            Principal="*",
            **when("ArnNotEquals", "aws:PrincipalArn", [f"{ROLE}/{role}" for role in users]),
        ),
        say(
            "Deny",
            "kms:CreateGrant",
            Principal="*",
            **when("Bool", "kms:GrantIsForAWSResource", "false"),
        ),
    ]
    for role, (service, name, value) in users.items():
        arn = f"{ROLE}/{role}"
        for operator, key, wanted in (
            ("StringNotEquals", "kms:ViaService", f"{service}.{REGION}.amazonaws.com"),
            ("StringNotLike", f"kms:EncryptionContext:{name}", value),
        ):
            condition = {operator: {key: wanted}, "ArnEquals": {"aws:PrincipalArn": arn}}
            statements.append(say("Deny", "kms:Decrypt", Principal="*", Condition=condition))
        more(role, allow("kms:Decrypt"))()
    key_policy(*statements)()


def _source_arn_and_one_string() -> None:
    """The trust names the source by its ARN, and the secret is one text instead of JSON."""
    tasks = {"Service": "ecs-tasks.amazonaws.com"}
    ours = when("ArnLike", "aws:SourceArn", f"arn:aws:ecs:{REGION}:{ACCOUNT}:*")
    for role in (EXECUTION, TASK):
        trust(role, lets_in(tasks, **ours))()
    from rolelab.sandbox import gate

    with gate.bypassed():
        boto3.client("secretsmanager").put_secret_value(
            SecretId="orders/db", SecretString="donwell-abbey-1815"
        )
    defined(secrets=[{"name": "DB_PASSWORD", "valueFrom": secret()}])()


def _deactivate_and_narrow() -> None:
    """What the trial left is closed and not deleted."""
    iam = boto3.client("iam")
    iam.create_user(UserName="trial")
    key = iam.create_access_key(UserName="trial")["AccessKey"]["AccessKeyId"]
    iam.update_access_key(UserName="trial", AccessKeyId=key, Status="Inactive")
    iam.create_role(
        RoleName="debug",
        AssumeRolePolicyDocument=policy(
            {"Effect": "Allow", "Principal": ROOT, "Action": "sts:AssumeRole"}
        ),
    )


@pytest.mark.parametrize(
    "answer",
    [
        case("Denies in the roles' own policies, no boundary", _denies_instead_of_boundaries),
        case("Denies in the key policy, the use from IAM", _denies_in_the_key_policy),
        case("aws:SourceArn in the trust, a secret that is one text", _source_arn_and_one_string),
        case("an inactive key, a role for this account only", _deactivate_and_narrow),
        case(
            "Denies in roles and key policy together",
            all_of(_denies_instead_of_boundaries, _denies_in_the_key_policy),
        ),
    ],
)
def test_other_right_answers(answer: Change) -> None:
    answer()
    assert wrong_rows() == set()


def test_a_secret_that_rotates_is_as_good_as_a_key_that_does() -> None:
    kms_call("disable_key_rotation")()
    assert "no rotation" in failure_of(lab_9.check_key)
    _rotate_the_secret()
    assert lab_9.check_key().right == 3


def _rotate_the_secret() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("app.py", "def handler(event, context):\n    return None\n")
    iam, functions = boto3.client("iam"), boto3.client("lambda")
    made = iam.create_role(
        RoleName="rotate",
        AssumeRolePolicyDocument=policy(
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ),
    )["Role"]["Arn"]
    function = functions.create_function(
        FunctionName="rotate",
        Role=made,
        Runtime="python3.12",
        Handler="app.handler",
        Code={"ZipFile": archive.getvalue()},
    )["FunctionArn"]
    functions.add_permission(
        FunctionName="rotate",
        StatementId="rotation",
        Action="lambda:InvokeFunction",
        Principal="secretsmanager.amazonaws.com",
    )
    boto3.client("secretsmanager").rotate_secret(
        SecretId="orders/db",
        RotationLambdaARN=function,
        RotationRules={"AutomaticallyAfterDays": 30},
        RotateImmediately=False,
    )


# --- wrong answers: at least one for each row -----------------------------------------------------

TASKS = {"Service": "ecs-tasks.amazonaws.com"}
OURS = when("StringEquals", "aws:SourceAccount", ACCOUNT)
FOR_US = when("StringEquals", "sts:ExternalId", "inkwell-0417")
INKWELL = {"AWS": "arn:aws:iam::999988887777:root"}
EVERYTHING = allow("*")


def _trial_again() -> None:
    iam = boto3.client("iam")
    iam.create_user(UserName="trial")
    iam.attach_user_policy(
        UserName="trial", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    )
    iam.create_access_key(UserName="trial")


def _debug_again() -> None:
    document = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    boto3.client("iam").create_role(RoleName="debug", AssumeRolePolicyDocument=policy(document))


def _secret_under_the_keys_of_aws() -> None:
    from rolelab.sandbox import gate

    with gate.bypassed():
        boto3.client("secretsmanager").update_secret(
            SecretId="orders/db", KmsKeyId="alias/aws/secretsmanager"
        )


def _printed() -> None:
    logs = boto3.client("logs")
    stream = {"logGroupName": "/ecs/orders", "logStreamName": "old"}
    logs.create_log_stream(**stream)
    logs.put_log_events(
        **stream, logEvents=[{"timestamp": int(time.time() * 1000), "message": f"DB={PASSWORD}"}]
    )


def _old_revision_is_hidden_only() -> None:
    from rolelab.sandbox import gate

    environment(DB_PASSWORD="wrote-it-down-1")()
    defined(environment=[])()
    with gate.bypassed():
        boto3.client("secretsmanager").put_secret_value(
            SecretId="orders/db",
            SecretString=json.dumps({"username": "orders", "password": "wrote-it-down-1"}),
        )
    ecs = boto3.client("ecs")
    for arn in ecs.list_task_definitions(familyPrefix="orders")["taskDefinitionArns"][:-1]:
        ecs.deregister_task_definition(taskDefinition=arn)


def _key_without_context() -> None:
    """Each role through its service, whatever it opens."""
    statements = [
        allow(
            "kms:Decrypt",
            Principal={"AWS": f"{ROLE}/{role}"},
            **when("StringEquals", "kms:ViaService", f"{service}.{REGION}.amazonaws.com"),
        )
        for role, service in (
            (EXECUTION, "secretsmanager"),
            (TASK, "s3"),
            ("inkwell-reader", "s3"),
        )
    ]
    key_policy(allow(MANAGE, Principal=ROOT), *statements)()


def _key_without_service() -> None:
    value = when("StringLike", "kms:EncryptionContext:aws:s3:arn", f"{BUCKET}/incoming/*")
    readers = {"AWS": [f"{ROLE}/{TASK}", f"{ROLE}/inkwell-reader"]}
    for_the_secret = {"StringEquals": {"kms:EncryptionContext:SecretARN": secret()}}
    key_policy(
        allow(MANAGE, Principal=ROOT),
        allow("kms:Decrypt", Principal=readers, **value),
        allow("kms:Decrypt", Principal={"AWS": f"{ROLE}/{EXECUTION}"}, Condition=for_the_secret),
    )()


EXTRA = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/ecs/orders:*"
PASS = allow(
    "iam:PassRole",
    [f"{ROLE}/{EXECUTION}", f"{ROLE}/{TASK}"],
    **when("StringEquals", "iam:PassedToService", "ecs-tasks.amazonaws.com"),
)
SHIP = allow(["ecs:RegisterTaskDefinition", "ecs:RunTask"])
READ_LOG = allow("logs:GetLogEvents", EXTRA)

WRONG = [
    case(
        "1: the trust names the cluster as its source, ECS sends the task",
        all_of(
            trust(
                TASK,
                lets_in(
                    TASKS,
                    **when(
                        "ArnEquals",
                        "aws:SourceArn",
                        f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/bookshop",
                    ),
                ),
            )
        ),
        lab_9.check_roles,
        1,
        "works for this account",
    ),
    case(
        "2: deployer may register and not pass",
        instead("deployer", "deploy", SHIP, READ_LOG),
        lab_9.check_launch,
        2,
        "iam:PassRole is about each role's ARN",
    ),
    case(
        "2: orders may lie in folders, and the task may not read them",
        instead(
            TASK,
            "orders",
            allow("s3:ListBucket", BUCKET),
            allow("s3:GetObject", f"{BUCKET}/incoming/100?.json"),
            allow(["dynamodb:PutItem", "dynamodb:GetItem"], TABLE),
        ),
        lab_9.check_launch,
        2,
        "folders below incoming/",
    ),
    case(
        "3: one role in both places of the definition",
        all_of(
            no_boundary(TASK),
            more(TASK, EVERYTHING),
            defined(executionRoleArn=f"{ROLE}/{TASK}", secrets=[]),
        ),
        lab_9.check_launch,
        3,
        "The definition names both roles",
    ),
    case(
        "3: the secret is not taken in at all",
        defined(secrets=[]),
        lab_9.check_launch,
        3,
        "stands under secrets",
    ),
    case(
        "4: nobody told deployer about the log",
        instead("deployer", "deploy", SHIP, PASS),
        lab_9.check_launch,
        4,
        "logs:GetLogEvents",
    ),
    case(
        "5: the external ID of another customer",
        trust("inkwell-reader", lets_in(INKWELL, **when("StringEquals", "sts:ExternalId", "x"))),
        lab_9.check_others,
        5,
        "external ID inkwell-0417",
    ),
    case(
        "5: the key does not know Inkwell",
        instead("inkwell-reader", "read-orders", say("Deny", "kms:Decrypt")),
        lab_9.check_others,
        5,
        "under the key",
    ),
    case(
        "6: nothing is renewed",
        kms_call("disable_key_rotation"),
        lab_9.check_key,
        6,
        "kms.enable_key_rotation",
    ),
    case(
        "6: the secret is under AWS's own key instead",
        _secret_under_the_keys_of_aws,
        lab_9.check_key,
        6,
        "To take the key away",
    ),
    case(
        "7: ECS may come for any account: the confused deputy",
        trust(EXECUTION, lets_in(TASKS)),
        lab_9.check_roles,
        7,
        "working for account 210987654321",
    ),
    case(
        "7: the account may step in, too",
        trust(TASK, lets_in(TASKS, **OURS), lets_in(ROOT)),
        lab_9.check_roles,
        7,
        "an administrator of this account",
    ),
    case(
        "8: AWS's managed policy knows no repository",
        all_of(no_boundary(EXECUTION), more(EXECUTION, allow("ecr:BatchGetImage"))),
        lab_9.check_roles,
        8,
        "repository/payroll",
    ),
    case(
        "8: all secrets",
        all_of(
            no_boundary(EXECUTION),
            more(EXECUTION, allow("secretsmanager:*")),
            key_policy(allow("kms:*", Principal=ROOT)),
            more(EXECUTION, allow(["kms:Decrypt", "secretsmanager:*"])),
        ),
        lab_9.check_roles,
        8,
        "secret:payroll/db",
    ),
    case(
        "9: a prefix without its slash",
        all_of(
            no_boundary(TASK),
            more(TASK, allow("s3:ListBucket", BUCKET)),
        ),
        lab_9.check_roles,
        9,
        "with the slash",
    ),
    case(
        "9: all actions of the table",
        all_of(no_boundary(TASK), more(TASK, allow("dynamodb:*", TABLE))),
        lab_9.check_roles,
        9,
        "dynamodb:Scan",
    ),
    case(
        "10: no boundary",
        no_boundary(TASK),
        lab_9.check_deployer,
        10,
        "iam:CreateUser",
    ),
    case(
        "10: a boundary that forgets the tables",
        wider_boundary(TASK, allow(["s3:GetObject", "dynamodb:*"])),
        lab_9.check_deployer,
        10,
        "table/payroll",
    ),
    case(
        "11: any role may be passed",
        instead(
            "deployer",
            "deploy",
            SHIP,
            READ_LOG,
            {**PASS, "Resource": "*"},
        ),
        lab_9.check_deployer,
        11,
        "iam:PassRole on platform",
    ),
    case(
        "11: the roles may be passed to any service",
        instead(
            "deployer",
            "deploy",
            SHIP,
            READ_LOG,
            allow("iam:PassRole", PASS["Resource"]),
        ),
        lab_9.check_deployer,
        11,
        "iam:PassedToService says which",
    ),
    case(
        "11: deployer may step into every role that trusts the account",
        all_of(
            instead("deployer", "deploy", SHIP, PASS, READ_LOG, allow("sts:AssumeRole")),
            trust("inkwell-reader", lets_in(ROOT), lets_in(INKWELL, **FOR_US)),
        ),
        lab_9.check_deployer,
        11,
        "role/inkwell-reader",
    ),
    case(
        "12: kms:* for the account",
        key_policy(allow("kms:*", Principal=ROOT)),
        lab_9.check_key,
        12,
        "Who manages a key need not use it",
    ),
    case(
        "12: through the right service, whatever it opens",
        _key_without_context,
        lab_9.check_key,
        12,
        "encryption context tells them apart",
    ),
    case(
        "12: with the right context, past the services",
        _key_without_service,
        lab_9.check_key,
        12,
        "kms:ViaService",
    ),
    case(
        "13: an Allow for TLS takes nothing away",
        bucket_policy(
            allow(
                "s3:*",
                [BUCKET, f"{BUCKET}/*"],
                Principal=ROOT,
                **when("Bool", "aws:SecureTransport", "true"),
            )
        ),
        lab_9.check_key,
        13,
        "A Deny in the bucket policy does",
    ),
    case(
        "13: the objects and not the bucket",
        bucket_policy(
            say(
                "Deny",
                "s3:*",
                f"{BUCKET}/*",
                Principal="*",
                **when("Bool", "aws:SecureTransport", "false"),
            )
        ),
        lab_9.check_key,
        13,
        "over plain HTTP",
    ),
    case(
        "14: the password stands in the environment",
        environment(DB_PASSWORD=PASSWORD),
        lab_9.check_password,
        14,
        "secrets, valueFrom",
    ),
    case(
        "14: the old revision is deregistered and its password counts",
        _old_revision_is_hidden_only,
        lab_9.check_password,
        14,
        "inactive",
    ),
    case(
        "14: the password was printed",
        _printed,
        lab_9.check_password,
        14,
        "more people read it than the secret",
    ),
    case(
        "15: Inkwell needs no external ID",
        trust("inkwell-reader", lets_in(INKWELL)),
        lab_9.check_others,
        15,
        "the external ID is how the trust",
    ),
    case(
        "15: whoever knows the external ID gets in",
        trust("inkwell-reader", lets_in({"AWS": "*"}, **FOR_US)),
        lab_9.check_others,
        15,
        "account 444455556666",
    ),
    case(
        "15: Inkwell may write orders",
        more("inkwell-reader", allow(["s3:PutObject", "s3:DeleteObject"], f"{BUCKET}/*")),
        lab_9.check_others,
        15,
        "s3:DeleteObject",
    ),
    case("16: the key of the trial counts", _trial_again, lab_9.check_others, 16, "user trial"),
    case("16: the role is open to all", _debug_again, lab_9.check_others, 16, "role/debug"),
]


@pytest.mark.parametrize(("change", "check", "row", "told"), WRONG)
def test_wrong_answers(change: Change, check: Callable[[], object], row: int, told: str) -> None:
    change()
    text = failure_of(check)
    assert told.lower() in text.lower()
    (asked,) = (each for each in ROWS if each.number == row)
    assert re.search(rf"\b{row} {re.escape(asked.what)} \S+ \w+ \S+ \w+ <-", text)


@pytest.mark.parametrize(
    "given",
    [
        case("an empty object", {"SecretString": "{}"}),
        case("bytes instead of a text", {"SecretBinary": b"highbury"}),
    ],
)
def test_a_secret_without_a_password_is_told(given: dict[str, Any]) -> None:
    from rolelab.sandbox import gate

    with gate.bypassed():
        boto3.client("secretsmanager").put_secret_value(SecretId="orders/db", **given)
    assert "JSON with the member password" in failure_of(lab_9.check_password)


def test_without_a_definition_the_launch_says_so() -> None:
    ecs = boto3.client("ecs")
    for arn in ecs.list_task_definitions()["taskDefinitionArns"]:
        ecs.deregister_task_definition(taskDefinition=arn)
    assert "Every revision of it is deregistered" in failure_of(lab_9.check_launch)


def test_every_row_has_a_wrong_answer() -> None:
    assert {each.values[2] for each in WRONG} == {row.number for row in ROWS}


# --- what the learner sees ------------------------------------------------------------------------


def test_the_report_has_sixteen_checks_and_says_what_is_wrong(tmp_path: Path) -> None:
    kms_call("disable_key_rotation")()
    report = lab_9.report()
    (lab,) = report.labs
    assert (len(lab.checks), lab.right, report.passed) == (16, 15, False)
    assert lab.checks[5].outcome == "not yet"
    assert "kms.enable_key_rotation" in lab.checks[5].hints[0]
    assert "15 of 16" in report.save(tmp_path / "orders.html").read_text("utf-8")


def test_a_check_leaves_the_account_as_it_was() -> None:
    ecs = boto3.client("ecs")
    before = ecs.list_task_definitions()["taskDefinitionArns"]
    lab_9.check_all()
    assert ecs.list_task_definitions()["taskDefinitionArns"] == before
    assert "rolelab-check" not in json.dumps(boto3.client("iam").list_roles(), default=str)


def test_untouched_the_lab_fails_at_every_check(another_account: None) -> None:
    build_world("lab_9")
    for check in CHECKS:
        assert "right. " in failure_of(check)


def test_without_its_cells_the_lab_says_so(another_account: None) -> None:
    rolelab.start()
    assert "Run the cells" in failure_of(lab_9.check_all)
