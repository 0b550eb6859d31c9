"""Lab 5: every way to recover the key that behaves right passes, and no other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import rolelab
from rolelab.labs import CheckFailed, Passed, lab_5
from rolelab.labs.undo import unchanged
from tests.labs.lab_world import build_world

ACCOUNT, PARTNER = "123456789012", "210987654321"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ROLE = f"arn:aws:iam::{ACCOUNT}:role"
ADMINISTRATOR, BREAK_GLASS = f"{ROLE}/Administrator", f"{ROLE}/bookshop-break-glass"
EXECUTION, TASK = f"{ROLE}/csecstaskexecutionrole", f"{ROLE}/orders-task-role"
S3, SECRETS = "s3.us-east-1.amazonaws.com", "secretsmanager.us-east-1.amazonaws.com"
ORDERS_LOG = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/ecs/orders"

Document = dict[str, Any]
Repair = Callable[[], object]


@pytest.fixture(scope="module", autouse=True)
def world() -> Iterator[None]:
    """One account for all answers: what an answer changes is undone."""
    build_world("lab_5")
    yield
    rolelab.stop()


@pytest.fixture(autouse=True)
def as_found(world: None) -> Iterator[None]:
    with unchanged("iam", "kms", "s3", "secretsmanager", "logs"):
        yield


def case(id: str, *parts: Any) -> Any:
    return pytest.param(*parts, id=id)


def failure_of(check: Callable[[], Passed]) -> str:
    """What the check says, on one line."""
    with pytest.raises(CheckFailed) as failed:
        check()
    return " ".join(str(failed.value).split())


def allow(who: Any, action: Any, condition: Document | None = None, **more: Any) -> Document:
    principal = who if isinstance(who, dict) or who == "*" else {"AWS": who}
    found = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*", **more}
    return found if condition is None else {**found, "Condition": condition}


def deny(who: Any, action: Any, condition: Document) -> Document:
    return {**allow(who, action, condition), "Effect": "Deny"}


def policy(*statements: Document) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def through(*services: str) -> Document:
    return {"StringEquals": {"kms:ViaService": list(services)}}


def key() -> str:
    with suppress(ClientError):
        return str(boto3.client("kms").describe_key(KeyId="alias/bookshop")["KeyMetadata"]["Arn"])
    return str(boto3.client("secretsmanager").describe_secret(SecretId="orders/db")["KmsKeyId"])


def let_in(*principals: Any) -> None:
    """Write the trust policy of the emergency role."""
    statements = [
        {
            "Effect": "Allow",
            "Principal": each if isinstance(each, dict) else {"AWS": each},
            "Action": "sts:AssumeRole",
        }
        for each in principals
    ]
    boto3.client("iam").update_assume_role_policy(
        RoleName="bookshop-break-glass", PolicyDocument=policy(*statements)
    )


def as_break_glass() -> Any:
    let_in(ADMINISTRATOR)
    credentials = boto3.client("sts").assume_role(RoleArn=BREAK_GLASS, RoleSessionName="recover")[
        "Credentials"
    ]
    return boto3.client(
        "kms",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


def put(*statements: Document, bypass: bool = False) -> None:
    """Put a key policy, as the emergency role."""
    as_break_glass().put_key_policy(
        KeyId=key(), Policy=policy(*statements), BypassPolicyLockoutSafetyCheck=bypass
    )


def revoke(*grantees: str) -> None:
    """Revoke the grants of some grantees, or all grants."""
    kms = boto3.client("kms")
    for grant in kms.list_grants(KeyId=key())["Grants"]:
        if not grantees or grant["GranteePrincipal"] in grantees:
            kms.revoke_grant(KeyId=key(), GrantId=grant["GrantId"])


def repair(*statements: Document) -> Repair:
    """A key policy, and all grants revoked."""

    def repaired() -> None:
        put(*statements)
        revoke()

    return repaired


MANAGE_ACTIONS = [
    *("kms:Describe*", "kms:Get*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Enable*"),
    *("kms:Disable*", "kms:Revoke*", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"),
]
USE_ACTIONS = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
READ_WRITE = ["kms:Decrypt", "kms:GenerateDataKey"]
LOGS_ACTIONS = ["kms:Encrypt*", "kms:Decrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"]

MANAGE = allow(ROOT, MANAGE_ACTIONS)
EMERGENCY = allow(BREAK_GLASS, "kms:PutKeyPolicy")
AGENT = allow(EXECUTION, "kms:Decrypt", through(SECRETS))
APPLICATION = allow(TASK, READ_WRITE, through(S3))
LOGS_SERVICE = {"Service": "logs.us-east-1.amazonaws.com"}
LOGS = allow(
    LOGS_SERVICE,
    LOGS_ACTIONS,
    {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": ORDERS_LOG}},
)
RIGHT = [MANAGE, EMERGENCY, AGENT, APPLICATION, LOGS]


def without(left_out: Document, *instead: Document) -> list[Document]:
    return [*(each for each in RIGHT if each is not left_out), *instead]


# --- Task 1: the way in ---------------------------------------------------------------------------


def _root_with_condition() -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": ROOT},
        "Action": "sts:AssumeRole",
        "Condition": {"ArnEquals": {"aws:PrincipalArn": ADMINISTRATOR}},
    }
    boto3.client("iam").update_assume_role_policy(
        RoleName="bookshop-break-glass", PolicyDocument=policy(statement)
    )


@pytest.mark.parametrize(
    "answer",
    [
        case("the administrators' role", lambda: let_in(ADMINISTRATOR)),
        case(
            "this one session",
            lambda: let_in(f"arn:aws:sts::{ACCOUNT}:assumed-role/Administrator/learner"),
        ),
        case("the account, on a condition", _root_with_condition),
    ],
)
def test_right_ways_in(answer: Repair) -> None:
    answer()
    assert lab_5.check_way_in()


def _jon_again() -> None:
    boto3.client("iam").create_user(UserName="jon")


def _role_again() -> None:
    iam = boto3.client("iam")
    iam.delete_role(RoleName="bookshop-break-glass")
    trust = allow(ADMINISTRATOR, "sts:AssumeRole")
    del trust["Resource"]
    iam.create_role(RoleName="bookshop-break-glass", AssumeRolePolicyDocument=policy(trust))


def _permission_for_me() -> None:
    boto3.client("iam").put_role_policy(
        RoleName="Administrator",
        PolicyName="key",
        PolicyDocument=policy({"Effect": "Allow", "Action": "kms:*", "Resource": "*"}),
    )


@pytest.mark.parametrize(
    ("answer", "said", "hint"),
    [
        case(
            "nothing",
            lambda: None,
            "an administrator of this account: sts:AssumeRole on",
            "does that principal still exist",
        ),
        case(
            "a user of the old name",
            _jon_again,
            "an administrator of this account: sts:AssumeRole on",
            "does that principal still exist",
        ),
        case(
            "a role of the old name",
            _role_again,
            "role bookshop-break-glass: kms:PutKeyPolicy on",
            "it is another one and the key is lost",
        ),
        case(
            "an IAM policy, which does not count",
            _permission_for_me,
            "an administrator of this account: sts:AssumeRole on",
            "The key policy names bookshop-break-glass",
        ),
        case("everybody", lambda: let_in("*"), "● allowed role csecstaskexecutionrole", "name who"),
        case(
            "the account, so its IAM policies decide",
            lambda: let_in(ROOT),
            "● allowed role deployer: sts:AssumeRole on",
            "name who may",
        ),
        case(
            "another account as well",
            lambda: let_in(ADMINISTRATOR, f"arn:aws:iam::{PARTNER}:root"),
            f"● allowed an administrator of account {PARTNER}: sts:AssumeRole on",
            "another account",
        ),
        case(
            "ECS tasks as well",
            lambda: let_in(ADMINISTRATOR, {"Service": "ecs-tasks.amazonaws.com"}),
            "● allowed ecs-tasks.amazonaws.com, working for this account: sts:AssumeRole on",
            "name who may",
        ),
    ],
)
def test_wrong_ways_in(answer: Repair, said: str, hint: str) -> None:
    answer()
    failure = failure_of(lab_5.check_way_in)
    assert said in failure
    assert hint in failure


# --- Task 2: control ------------------------------------------------------------------------------

MANAGE_BY_EXCEPTION = {**MANAGE, "NotAction": USE_ACTIONS}
del MANAGE_BY_EXCEPTION["Action"]
ALL_BUT_USE = [
    allow(ROOT, "kms:*"),
    deny(
        "*",
        [*USE_ACTIONS, "kms:CreateGrant"],
        {
            "ArnNotEquals": {"aws:PrincipalArn": [EXECUTION, TASK]},
            "Bool": {"aws:PrincipalIsAWSService": "false"},
        },
    ),
]


@pytest.mark.parametrize(
    "statements",
    [
        case("IAM decides about managing", [MANAGE, EMERGENCY]),
        case("without the emergency role", [MANAGE]),
        case("everything but using", [MANAGE_BY_EXCEPTION]),
        case("everything, and a Deny of the use", ALL_BUT_USE),
    ],
)
def test_right_ways_to_take_control(statements: list[Document]) -> None:
    put(*statements)
    assert lab_5.check_control()


def _schedule_deletion() -> None:
    put(MANAGE)
    boto3.client("kms").schedule_key_deletion(KeyId=key(), PendingWindowInDays=7)


def _disable() -> None:
    put(MANAGE)
    boto3.client("kms").disable_key(KeyId=key())


@pytest.mark.parametrize(
    ("answer", "said", "hint"),
    [
        case(
            "nothing",
            lambda: None,
            "an administrator of this account: kms:PutKeyPolicy on",
            "Act as bookshop-break-glass",
        ),
        case(
            "reading only",
            lambda: put(allow(ROOT, ["kms:Get*", "kms:List*"]), EMERGENCY),
            "an administrator of this account: kms:PutKeyPolicy on",
            "lets the account's administrators manage the key",
        ),
        case(
            "another single role",
            lambda: put(allow(ADMINISTRATOR, MANAGE_ACTIONS), EMERGENCY),
            "role administrator-of-next-year: kms:GetKeyPolicy on",
            "let the account's IAM policies decide",
        ),
        case(
            "AWS's default, everything for IAM",
            lambda: put(allow(ROOT, "kms:*")),
            "● allowed an administrator of this account: secretsmanager:GetSecretValue on",
            "What does kms:* contain",
        ),
        case(
            "use by S3 for administrators",
            lambda: put(MANAGE, allow(ROOT, "kms:Decrypt", through(S3))),
            "● allowed an administrator of this account: s3:GetObject on",
            "manages the key and does not use it",
        ),
        case(
            "everything for the emergency role",
            lambda: put(MANAGE, allow(BREAK_GLASS, "kms:*")),
            "● allowed role bookshop-break-glass: kms:Decrypt on",
            "It needs no data for that",
        ),
        case(
            "everybody of the account",
            lambda: put(
                allow("*", MANAGE_ACTIONS, {"StringEquals": {"kms:CallerAccount": ACCOUNT}})
            ),
            "● allowed role csecstaskexecutionrole: kms:PutKeyPolicy on",
            "Managing is for the administrators",
        ),
        case(
            "everything for the task role",
            lambda: put(MANAGE, allow(TASK, "kms:*")),
            "● allowed role orders-task-role: kms:ScheduleKeyDeletion on",
            "kms:* for a role of the service",
        ),
        case(
            "everything for another account",
            lambda: put(MANAGE, allow(f"arn:aws:iam::{PARTNER}:root", "kms:*")),
            f"● allowed an administrator of account {PARTNER}: kms:RevokeGrant on",
            "another account gives the key away",
        ),
        case(
            "deletion, to begin anew",
            _schedule_deletion,
            "Its state is PendingDeletion",
            "kms.cancel_key_deletion",
        ),
        case("disabling", _disable, "Its state is Disabled", "kms.enable_key"),
    ],
)
def test_wrong_ways_to_take_control(answer: Repair, said: str, hint: str) -> None:
    answer()
    failure = failure_of(lab_5.check_control)
    assert said in failure
    assert hint in failure


# --- Task 3: use ----------------------------------------------------------------------------------

ONLY_THROUGH = [
    deny(EXECUTION, "kms:*", {"StringNotEquals": {"kms:ViaService": SECRETS}}),
    deny(TASK, "kms:*", {"StringNotEquals": {"kms:ViaService": S3}}),
]


def _by_grants() -> None:
    """Grants allow, and Denies keep them to one service each."""
    put(MANAGE, EMERGENCY, LOGS, allow(ADMINISTRATOR, "kms:CreateGrant"), *ONLY_THROUGH)
    revoke()
    kms = boto3.client("kms")
    for role, operations in ((EXECUTION, ["Decrypt"]), (TASK, ["Decrypt", "GenerateDataKey"])):
        kms.create_grant(KeyId=key(), GranteePrincipal=role, Operations=operations)


def _without_those_who_left() -> None:
    repair(*RIGHT)()
    boto3.client("iam").delete_role(RoleName="migration")


@pytest.mark.parametrize(
    "answer",
    [
        case("a statement for each", repair(*RIGHT)),
        case(
            "Wednesday's IAM policies, kept in by Denies", repair(*ALL_BUT_USE, *ONLY_THROUGH, LOGS)
        ),
        case(
            "IAM decides about using, for two roles and through one service each",
            repair(
                MANAGE,
                LOGS,
                *(
                    allow(
                        ROOT,
                        READ_WRITE,
                        {**through(service), "ArnEquals": {"aws:PrincipalArn": role}},
                    )
                    for role, service in ((EXECUTION, SECRETS), (TASK, S3))
                ),
            ),
        ),
        case("grants for the two roles", _by_grants),
        case("the role that is not needed any more is deleted", _without_those_who_left),
    ],
)
def test_right_ways_to_give_back_the_use(answer: Repair) -> None:
    answer()
    assert lab_5.check_way_in()
    assert lab_5.check_control()
    assert lab_5.check_use()


def _one_grant_left() -> None:
    put(*RIGHT)
    revoke(f"{ROLE}/migration")


def _role_deleted_and_its_grant_left() -> None:
    put(*RIGHT)
    revoke(f"arn:aws:iam::{PARTNER}:role/reports")
    boto3.client("iam").delete_role(RoleName="migration")


def _secret_moved() -> None:
    repair(*RIGHT)()
    boto3.client("secretsmanager").update_secret(
        SecretId="orders/db", KmsKeyId="alias/aws/secretsmanager", SecretString="northanger-1817"
    )


def _bucket_moved() -> None:
    repair(*RIGHT)()
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    boto3.client("s3").put_bucket_encryption(
        Bucket="bookshop-orders", ServerSideEncryptionConfiguration={"Rules": [rule]}
    )


def _order_written_over() -> None:
    repair(*RIGHT)()
    boto3.client("s3").put_object(
        Bucket="bookshop-orders",
        Key="incoming/1001.json",
        Body=b"{}",
        ServerSideEncryption="AES256",
    )


def _log_without_key() -> None:
    repair(*RIGHT)()
    boto3.client("logs").disassociate_kms_key(logGroupName="/ecs/orders")


def _another_key() -> None:
    repair(*RIGHT)()
    kms = boto3.client("kms")
    new = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.update_alias(AliasName="alias/bookshop", TargetKeyId=new)


def _in_encryption_contexts() -> list[Document]:
    of_secret = {"StringLike": {"kms:EncryptionContext:SecretARN": "*:secret:orders/db-*"}}
    of_order = {"ArnLike": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::bookshop-orders/*"}}
    return [
        MANAGE,
        LOGS,
        allow(EXECUTION, "kms:Decrypt", of_secret),
        allow(TASK, READ_WRITE, of_order),
    ]


WEDNESDAY = [allow(ROOT, "kms:*"), LOGS]
OF_THE_ACCOUNT = {"StringEquals": {"kms:CallerAccount": ACCOUNT, "kms:ViaService": [S3, SECRETS]}}
ANY_LOG = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:*:{ACCOUNT}:*"}}
REPORTS = allow(f"arn:aws:iam::{PARTNER}:root", ["kms:DescribeKey", "kms:Decrypt"])


@pytest.mark.parametrize(
    ("answer", "said", "hint"),
    [
        case(
            "control only",
            repair(MANAGE, EMERGENCY),
            "tried role csecstaskexecutionrole: secretsmanager:GetSecretValue on",
            "the key policy has to name the role",
        ),
        case(
            "no reading of orders",
            repair(*without(APPLICATION)),
            "tried role orders-task-role: s3:GetObject on",
            "kms:Decrypt for what lies encrypted in the bucket",
        ),
        case(
            "reading, and no writing",
            repair(*without(APPLICATION, allow(TASK, "kms:Decrypt", through(S3)))),
            "tried role orders-task-role: s3:PutObject on",
            "kms:GenerateDataKey beside kms:Decrypt",
        ),
        case(
            "the services swapped",
            repair(
                MANAGE,
                LOGS,
                allow(EXECUTION, "kms:Decrypt", through(S3)),
                allow(TASK, READ_WRITE, through(SECRETS)),
            ),
            "tried role csecstaskexecutionrole: secretsmanager:GetSecretValue on",
            "needs kms:Decrypt for the secret",
        ),
        case(
            "Wednesday's policy",
            repair(*WEDNESDAY),
            "● allowed role csecstaskexecutionrole: kms:Decrypt on",
            "kms:ViaService says which service asks",
        ),
        case(
            "the roles without a service",
            repair(MANAGE, LOGS, allow(EXECUTION, "kms:Decrypt"), allow(TASK, READ_WRITE)),
            "● allowed role orders-task-role: kms:GenerateDataKey on",
            "past Secrets Manager or S3",
        ),
        case(
            "an encryption context, which anybody can write",
            repair(*_in_encryption_contexts()),
            "kms:Decrypt on arn:aws:kms:us-east-1:",
            "an encryption context can be written by anybody",
        ),
        case(
            "both services for both roles",
            repair(MANAGE, LOGS, allow([EXECUTION, TASK], READ_WRITE, through(S3, SECRETS))),
            "● allowed role csecstaskexecutionrole: s3:GetObject on",
            "lent the role a permission at the other service",
        ),
        case(
            "everybody of the account, through the services",
            repair(MANAGE, LOGS, allow("*", READ_WRITE, OF_THE_ACCOUNT)),
            "● allowed role deployer: s3:GetObject on",
            "A principal of * lets in everybody",
        ),
        case(
            "the task role may create grants",
            repair(*RIGHT, allow(TASK, "kms:CreateGrant")),
            "● allowed role orders-task-role: kms:CreateGrant on",
            "can hand the key on",
        ),
        case(
            "the grants forgotten",
            lambda: put(*RIGHT),
            "● allowed role migration: kms:Decrypt on",
            "A grant allows by itself",
        ),
        case(
            "one grant forgotten",
            _one_grant_left,
            "● allowed role reports: kms:Decrypt on",
            "by a statement of the key policy and by a grant",
        ),
        case(
            "the grantee deleted, and the grant left",
            _role_deleted_and_its_grant_left,
            f"A grant is left for {ROLE}/migration (Decrypt, GenerateDataKey, CreateGrant)",
            "kms.list_grants has them all",
        ),
        case(
            "the other account's statement kept",
            repair(*RIGHT, REPORTS),
            f"● allowed an administrator of account {PARTNER}: kms:Decrypt on",
            "Close both",
        ),
        case(
            "no logs",
            repair(*without(LOGS)),
            "tried logs.us-east-1.amazonaws.com, for /ecs/orders",
            "a principal of its own",
        ),
        case(
            "the logs of another Region",
            repair(
                *without(LOGS, {**LOGS, "Principal": {"Service": "logs.us-east-2.amazonaws.com"}})
            ),
            "tried logs.us-east-1.amazonaws.com, for /ecs/orders",
            "the service logs of this Region",
        ),
        case(
            "every log group",
            repair(*without(LOGS, allow(LOGS_SERVICE, LOGS_ACTIONS))),
            "● allowed logs.us-east-1.amazonaws.com, for /ecs/payroll",
            "A condition can name the one",
        ),
        case(
            "every log group of the account",
            repair(*without(LOGS, allow(LOGS_SERVICE, LOGS_ACTIONS, ANY_LOG))),
            "● allowed logs.us-east-1.amazonaws.com, for /ecs/payroll",
            "The encryption context aws:logs:arn",
        ),
        case(
            "use for the administrators, to look",
            repair(*RIGHT, allow(ADMINISTRATOR, "kms:Decrypt", through(S3))),
            "● allowed an administrator of this account: s3:GetObject on",
            "manages the key and does not use it",
        ),
        case(
            "the key changes hands once more",
            repair(*without(MANAGE, allow(ADMINISTRATOR, MANAGE_ACTIONS))),
            "role administrator-of-next-year: kms:GetKeyPolicy on",
            "the key is lost again",
        ),
        case("the secret moved", _secret_moved, "The secret orders/db is not under", "stay under"),
        case(
            "the bucket moved",
            _bucket_moved,
            "What is written to bookshop-orders is not under",
            "stay under the bookshop's key",
        ),
        case(
            "the old order written over",
            _order_written_over,
            "The order incoming/1001.json is not under",
            "stay under the bookshop's key",
        ),
        case(
            "the log without a key",
            _log_without_key,
            "The log group /ecs/orders is not under the key alias/bookshop any more.",
            "stay under",
        ),
        case("the alias at a new key", _another_key, "is not under the key alias", "stay under"),
    ],
)
def test_wrong_ways_to_give_back_the_use(answer: Repair, said: str, hint: str) -> None:
    answer()
    failure = failure_of(lab_5.check_use)
    assert said in failure
    assert hint in failure


# --- the lab itself -------------------------------------------------------------------------------


def test_what_the_checks_do_is_undone() -> None:
    repair(*RIGHT)()
    kms, iam = boto3.client("kms"), boto3.client("iam")

    def state() -> list[Any]:
        return [
            kms.get_key_policy(KeyId=key())["Policy"],
            kms.list_grants(KeyId=key())["Grants"],
            [each["RoleName"] for each in iam.list_roles()["Roles"]],
            iam.list_role_policies(RoleName="orders-task-role")["PolicyNames"],
            boto3.client("logs").describe_log_groups()["logGroups"],
            boto3.client("s3").list_objects_v2(Bucket="bookshop-orders")["Contents"],
        ]

    before = state()
    lab_5.check_use()
    assert state() == before


def test_the_lock_is_real() -> None:
    """Nobody but the emergency role can change the policy: not even an IAM administrator."""
    _permission_for_me()
    with pytest.raises(ClientError, match="no resource-based policy allows the kms:PutKeyPolicy"):
        boto3.client("kms").put_key_policy(KeyId=key(), Policy=policy(allow(ROOT, "kms:*")))


def test_aws_asks_again_whether_the_author_keeps_control() -> None:
    with pytest.raises(ClientError, match="will not allow you to update the key policy"):
        put(AGENT, APPLICATION, LOGS)


def test_the_old_policy_cannot_be_put_again_as_it_is() -> None:
    kms = as_break_glass()
    as_it_is = boto3.client("kms").get_key_policy(KeyId=key())["Policy"]
    with pytest.raises(ClientError, match="invalid principals"):
        kms.put_key_policy(KeyId=key(), Policy=as_it_is)


def test_an_empty_account_says_which_cells_to_run() -> None:
    with unchanged("kms"):
        from rolelab.sandbox import gate

        with gate.bypassed():
            boto3.client("kms").delete_alias(AliasName="alias/bookshop")
        for check in (lab_5.check_way_in, lab_5.check_control, lab_5.check_use):
            assert "Run the cells above this one" in failure_of(check)
