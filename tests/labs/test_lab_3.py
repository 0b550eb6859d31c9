"""Lab 3: every repair that behaves right passes, and no other. Each answer is launched."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

import rolelab
from rolelab.labs import CheckFailed, Passed, lab_3
from rolelab.labs.undo import unchanged
from tests.labs.lab_world import build_world

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role"
EXECUTION, TASK = "csecstaskexecutionrole", "orders-task-role"
REPOSITORY = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/orders"
MANAGED = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"

Repair = Callable[[], None]


@pytest.fixture(scope="module", autouse=True)
def world() -> Iterator[None]:
    """One account for all answers: what an answer changes is undone."""
    build_world("lab_3")
    yield
    rolelab.stop()


@pytest.fixture(autouse=True)
def as_found(world: None) -> Iterator[None]:
    with unchanged("iam", "ecs", "kms", "secretsmanager", "logs", "ecr"):
        yield


def allow(action: Any, resource: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def put(*statements: dict[str, Any], role: str = EXECUTION, name: str = "orders-execution") -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    boto3.client("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document)


def secret() -> dict[str, Any]:
    return dict(boto3.client("secretsmanager").describe_secret(SecretId="orders/db"))


def revision(**changes: Any) -> None:
    """Register the next revision; members of the container and of the definition replaced."""
    ecs = boto3.client("ecs")
    found = ecs.describe_task_definition(taskDefinition="orders")["taskDefinition"]
    container = copy.deepcopy(found["containerDefinitions"][0])
    container["logConfiguration"]["options"]["awslogs-region"] = "us-east-1"
    names = (
        *("family", "networkMode", "cpu", "memory", "requiresCompatibilities"),
        *("executionRoleArn", "taskRoleArn"),
    )
    whole = {name: changes.pop(name, found[name]) for name in names}
    merged = {**container, **changes}
    ecs.register_task_definition(
        **whole, containerDefinitions=[{k: v for k, v in merged.items() if v is not None}]
    )


SIGN_IN = allow("ecr:GetAuthorizationToken", "*")
PULL = allow(["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], REPOSITORY)
LOG = allow(
    ["logs:CreateLogStream", "logs:PutLogEvents"],
    f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/ecs/orders:*",
)


def read() -> dict[str, Any]:
    return allow("secretsmanager:GetSecretValue", secret()["ARN"])


def decrypt() -> dict[str, Any]:
    return allow("kms:Decrypt", secret()["KmsKeyId"])


def mend() -> None:
    """All four repairs, each as small as it can be."""
    put(SIGN_IN, PULL, LOG, read(), decrypt())
    revision()


def failure_of(check: Callable[[], Passed]) -> str:
    """What the check says, on one line."""
    with pytest.raises(CheckFailed) as failed:
        check()
    return " ".join(str(failed.value).split())


def case(id: str, *parts: Any) -> Any:
    return pytest.param(*parts, id=id)


# --- right answers --------------------------------------------------------------------------------


def _by_the_key_policy() -> None:
    put(SIGN_IN, PULL, LOG, read())
    revision()
    kms, key = boto3.client("kms"), secret()["KmsKeyId"]
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    policy["Statement"].append(
        {**allow("kms:Decrypt", "*"), "Principal": {"AWS": f"{ROLE}/{EXECUTION}"}}
    )
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))


def _by_the_repository_policy() -> None:
    put(SIGN_IN, LOG, read(), decrypt())
    revision()
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"{ROLE}/{EXECUTION}"},
        "Action": PULL["Action"],
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    boto3.client("ecr").set_repository_policy(repositoryName="orders", policyText=document)


def _with_patterns() -> None:
    pattern = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:orders/db-??????"
    service = {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}
    put(
        SIGN_IN,
        PULL,
        LOG,
        allow("secretsmanager:GetSecretValue", pattern),
        {**decrypt(), "Condition": service},
    )
    revision()


@pytest.mark.parametrize(
    "repair",
    [
        case("the smallest permissions", mend),
        case("a pattern for the secret, and the key for Secrets Manager only", _with_patterns),
        case("the key's own policy", _by_the_key_policy),
        case("the repository's policy", _by_the_repository_policy),
    ],
)
def test_right_answers(repair: Repair) -> None:
    repair()
    assert lab_3.check_launch()
    assert lab_3.check_reach()


# --- one fault left -------------------------------------------------------------------------------


def _sign_in_left() -> None:
    mend()
    put(allow("ecr:GetAuthorizationToken", REPOSITORY), PULL, LOG, read(), decrypt())


def _key_left() -> None:
    mend()
    put(SIGN_IN, PULL, LOG, read())


def _region_left() -> None:
    put(SIGN_IN, PULL, LOG, read(), decrypt())


def _pull_left() -> None:
    mend()
    put(SIGN_IN, allow("ecr:GetDownloadUrlForLayer", REPOSITORY), LOG, read(), decrypt())


def _denied_key_by_task_role() -> None:
    mend()
    put(SIGN_IN, PULL, LOG, read())
    put(decrypt(), role=TASK, name="key")


@pytest.mark.parametrize(
    ("repair", "call", "hint"),
    [
        case("nothing", lambda: None, "ecr:GetAuthorizationToken", "about no single repository"),
        case("the token of one repository", _sign_in_left, "ecr:GetAuthorizationToken", "Compare"),
        case("no key", _key_left, "secretsmanager:GetSecretValue", "takes two services"),
        case(
            "the key for the task role",
            _denied_key_by_task_role,
            "secretsmanager:GetSecretValue",
            "takes two services",
        ),
        case("the other Region", _region_left, "logs:CreateLogStream", "part by part"),
        case(
            "three of four ECR actions", _pull_left, "ecr:BatchGetImage", "The trail has the call"
        ),
    ],
)
def test_the_check_says_where_the_launch_ended(repair: Repair, call: str, hint: str) -> None:
    repair()
    failure = failure_of(lab_3.check_launch)
    assert f"The launch ended after {call}, a call of {EXECUTION}:" in failure
    assert hint in failure
    assert call in failure_of(lab_3.check_reach)


# --- it starts, and not as it should --------------------------------------------------------------


def _swapped() -> None:
    """Each role has the other's work, and what it needs for it."""
    put(SIGN_IN, PULL, LOG, read(), decrypt(), role=TASK, name="launch")
    put(allow(["s3:*", "dynamodb:*"], "*"), name="application")
    revision(executionRoleArn=f"{ROLE}/{TASK}", taskRoleArn=f"{ROLE}/{EXECUTION}")


def _swapped_in_the_definition_only() -> None:
    put(SIGN_IN, PULL, LOG, read(), decrypt())
    revision(executionRoleArn=f"{ROLE}/{TASK}", taskRoleArn=f"{ROLE}/{EXECUTION}")


def _one_role_for_both() -> None:
    put(SIGN_IN, PULL, LOG, read(), decrypt(), allow(["s3:*", "dynamodb:*"], "*"))
    revision(taskRoleArn=f"{ROLE}/{EXECUTION}")


def _without_task_role() -> None:
    put(SIGN_IN, PULL, LOG, read(), decrypt())
    ecs = boto3.client("ecs")
    found = ecs.describe_task_definition(taskDefinition="orders")["taskDefinition"]
    container = found["containerDefinitions"][0]
    container["logConfiguration"]["options"]["awslogs-region"] = "us-east-1"
    names = ("family", "networkMode", "cpu", "memory", "requiresCompatibilities")
    ecs.register_task_definition(
        **{name: found[name] for name in (*names, "executionRoleArn")},
        containerDefinitions=[container],
    )


def _password_in_the_definition() -> None:
    put(SIGN_IN, PULL, LOG)
    revision(secrets=None, environment=[{"name": "DB_PASSWORD", "value": "northanger-1817"}])


def _no_secret() -> None:
    put(SIGN_IN, PULL, LOG)
    revision(secrets=None)


def _whole_secret() -> None:
    mend()
    revision(secrets=[{"name": "DB_PASSWORD", "valueFrom": secret()["ARN"]}])


def _no_log() -> None:
    mend()
    revision(logConfiguration=None)


def _log_in_the_other_region() -> None:
    boto3.client("logs", region_name="us-east-2").create_log_group(logGroupName="/ecs/orders")
    everywhere = {**LOG, "Resource": f"arn:aws:logs:*:{ACCOUNT}:log-group:/ecs/orders:*"}
    put(SIGN_IN, PULL, everywhere, read(), decrypt())


def _another_key() -> None:
    mend()
    boto3.client("secretsmanager").update_secret(
        SecretId="orders/db", KmsKeyId="alias/aws/secretsmanager"
    )


@pytest.mark.parametrize(
    ("repair", "said"),
    [
        case("the roles swapped, with their work", _swapped, f"It should be {EXECUTION}"),
        case(
            "the roles swapped in the definition",
            _swapped_in_the_definition_only,
            f"It should be {EXECUTION}",
        ),
        case("one role for both", _one_role_for_both, f"It should be {TASK}"),
        case("no task role", _without_task_role, "decided by the task role"),
        case("the password in the definition", _password_in_the_definition, "`environment`"),
        case("no password", _no_secret, "without the password from Secrets Manager"),
        case("the whole secret for a password", _whole_secret, "DB_PASSWORD comes from the member"),
        case("no log", _no_log, "nothing of it is in /ecs/orders"),
        case("a log in Ohio", _log_in_the_other_region, "nothing of it is in /ecs/orders"),
        case("the secret moved to another key", _another_key, "not under the bookshop's key"),
    ],
)
def test_answers_that_start_in_the_wrong_way(repair: Repair, said: str) -> None:
    repair()
    assert said in failure_of(lab_3.check_launch)


# --- it starts as it should, and more is within reach ---------------------------------------------


def _and(*statements: Callable[[], dict[str, Any]], role: str = EXECUTION) -> Repair:
    def repair() -> None:
        mend()
        put(*(each() for each in statements), role=role, name="more")

    return repair


def _attach(policy: str, role: str = EXECUTION) -> Repair:
    def repair() -> None:
        mend()
        boto3.client("iam").attach_role_policy(RoleName=role, PolicyArn=policy)

    return repair


@pytest.mark.parametrize(
    ("repair", "who", "reached"),
    [
        case(
            "AdministratorAccess on the execution role",
            _attach(ADMINISTRATOR),
            EXECUTION,
            "secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:123456789012:"
            "secret:payroll/mail-",
        ),
        case(
            "the ready-made policy",
            _attach(MANAGED),
            EXECUTION,
            f"ecr:BatchGetImage on arn:aws:ecr:us-east-1:{ACCOUNT}:repository/payroll",
        ),
        case(
            "every secret",
            _and(lambda: allow("secretsmanager:GetSecretValue", "*")),
            EXECUTION,
            "secretsmanager:GetSecretValue on",
        ),
        case(
            "every key", _and(lambda: allow("kms:Decrypt", "*")), EXECUTION, "kms:Decrypt on arn:"
        ),
        case(
            "every log group",
            _and(lambda: allow(["logs:CreateLogStream", "logs:PutLogEvents"], "*")),
            EXECUTION,
            f"logs:CreateLogStream on arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/ecs/payroll:",
        ),
        case(
            "every ECR action on the repository",
            _and(lambda: allow("ecr:*", REPOSITORY)),
            EXECUTION,
            f"ecr:BatchDeleteImage on {REPOSITORY}",
        ),
        case(
            "the application's work for the execution role",
            _and(lambda: allow("s3:GetObject", "*")),
            EXECUTION,
            "s3:GetObject on arn:aws:s3:::bookshop-orders/incoming/1001.json",
        ),
        case(
            "the secret for the task role",
            _and(read, decrypt, role=TASK),
            TASK,
            "secretsmanager:GetSecretValue on",
        ),
        case("AdministratorAccess on the task role", _attach(ADMINISTRATOR, TASK), TASK, "kms:"),
    ],
)
def test_too_broad_answers(repair: Repair, who: str, reached: str) -> None:
    repair()
    assert lab_3.check_launch()
    failure = failure_of(lab_3.check_reach)
    assert "Too broad" in failure
    assert f"● allowed role {who}: " in failure
    assert reached in failure


def test_everybody_in_the_keys_policy() -> None:
    mend()
    kms, key = boto3.client("kms"), secret()["KmsKeyId"]
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    policy["Statement"].append(
        {
            **allow("kms:Decrypt", "*"),
            "Principal": {"AWS": "*"},
            "Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
        }
    )
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))
    assert f"● allowed role {TASK}: kms:Decrypt on" in failure_of(lab_3.check_reach)


# --- the lab itself -------------------------------------------------------------------------------


def test_a_check_leaves_the_secret_as_it_was() -> None:
    mend()
    secrets = boto3.client("secretsmanager")
    before = secrets.get_secret_value(SecretId="orders/db")
    lab_3.check_launch()
    after = secrets.get_secret_value(SecretId="orders/db")
    assert (after["SecretString"], after["VersionId"]) == (
        before["SecretString"],
        before["VersionId"],
    )


def test_a_role_that_ecs_may_not_step_into_is_said() -> None:
    mend()
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    boto3.client("iam").update_assume_role_policy(
        RoleName=EXECUTION, PolicyDocument=json.dumps(trust)
    )
    failure = failure_of(lab_3.check_launch)
    assert "ClientException: ECS was unable to assume the role" in failure
    assert "step into the roles" in failure
