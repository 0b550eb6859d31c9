"""Lab 5, The key that locks everyone out: who manages the bookshop's key, and who uses it.

The checks look at what came of the learner's calls. They call AWS as everybody who is concerned:
the administrators, the two roles of the service, CloudWatch Logs, and those who must stay out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rolelab.labs.callers import (
    RUN_THE_CELLS,
    Caller,
    arn_of_role,
    as_account,
    as_anonymous,
    as_role,
    as_service,
)
from rolelab.labs.grader import Attempt, CheckFailed, Passed, Question, prove
from rolelab.labs.undo import unchanged

ALIAS = "alias/bookshop"
PARTNER = "210987654321"
BREAK_GLASS = "bookshop-break-glass"
EXECUTION_ROLE, TASK_ROLE = "csecstaskexecutionrole", "orders-task-role"
DEPLOYER, MIGRATION = "deployer", "migration"
REPORTS = f"arn:aws:iam::{PARTNER}:role/reports"
NEXT_YEAR = "administrator-of-next-year"

BUCKET, ORDER, RECEIPT = "bookshop-orders", "incoming/1001.json", "receipts/1001.txt"
SECRET = "orders/db"  # the name of a secret, which is none
LOG_GROUP, OTHER_LOG_GROUP = "/ecs/orders", "/ecs/payroll"

_WAY_IN = f"You can act as {BREAK_GLASS}, and nobody else can."
_CONTROL = "The account's administrators manage the key, whoever they are, and do not use it."
_USE = "The service uses the key for its data, each role its own way, and nobody else uses it."


def check_way_in() -> Passed:
    """Task 1: the learner can step into the emergency role, and nobody else.

    Returns:
        The proofs.

    Raises:
        CheckFailed: the learner cannot, or who else can.
    """
    scene = _scene()
    role = arn_of_role(BREAK_GLASS)
    outsiders = [
        *(as_role(each) for each in (DEPLOYER, EXECUTION_ROLE, TASK_ROLE)),
        *_if_there(MIGRATION, REPORTS),
        as_account(PARTNER),
        as_service("ecs-tasks.amazonaws.com"),
    ]
    return prove(
        _WAY_IN,
        possible=[*_is_a_way(scene), Question(scene.you, "sts:AssumeRole", role, _YOU)],
        impossible=[Question(each, "sts:AssumeRole", role, _NOBODY_ELSE) for each in outsiders],
    )


def check_control() -> Passed:
    """Task 2: administrators manage the key and do not use it; nobody else manages it.

    Returns:
        The proofs.

    Raises:
        CheckFailed: what an administrator cannot do, or what somebody still can.
    """
    scene = _scene()
    _require_in_use(_CONTROL, scene)
    with _administrator_of_next_year() as next_year:
        return prove(
            _CONTROL,
            possible=[
                *_manages(scene, scene.you, _YOURS),
                *_manages(scene, next_year, _OUTLIVES),
            ],
            impossible=[
                *_uses(scene, scene.you, _MANAGE_ONLY),
                *_uses(scene, next_year, _MANAGE_ONLY),
                *_others_manage(scene),
            ],
        )


def check_use() -> Passed:
    """Task 3: the service has the use of the key, each role by its own service, and nobody else.

    Returns:
        The proofs.

    Raises:
        CheckFailed: what does not work yet, or who can still use the key.
    """
    scene = _scene()
    _require_in_use(_USE, scene)
    passed = prove(_USE, possible=_service_works(scene), impossible=_nobody_else(scene))
    elsewhere, logged = _not_through_the_other_service(scene), _log_is_written(scene)
    _require_no_other_grants(scene)
    managed = check_control()
    return Passed(_USE, (*passed.attempts, *elsewhere, *logged, *managed.attempts))


# --- the scene ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Scene:
    """What the checks are about.

    Attributes:
        you: the learner, as whom the notebook calls.
        key: the ARN of the key behind the alias.
        secret: the ARN of the secret.
        secret_version: the id of its current version.
        region: the Region.
        found: the key as it is stored.
    """

    you: Caller
    key: str
    secret: str
    secret_version: str
    region: str
    found: Any

    @property
    def order(self) -> str:
        return f"arn:aws:s3:::{BUCKET}/{ORDER}"

    @property
    def contexts(self) -> Mapping[str, Mapping[str, str]]:
        """What each role's service sends as encryption context, by the role.

        It is no secret: whoever may describe a secret or list a bucket can write it down. Pages:
        *Secret encryption and decryption in AWS Secrets Manager*; *Using server-side encryption
        with AWS KMS keys (SSE-KMS)*, Encryption context.
        """
        return {
            EXECUTION_ROLE: {"SecretARN": self.secret, "SecretVersionId": self.secret_version},
            TASK_ROLE: {"aws:s3:arn": self.order},
        }


def _scene() -> _Scene:
    import boto3
    from botocore.exceptions import ClientError

    from rolelab.sandbox import account, gate
    from rolelab.sandbox.resource_policies.kms import kms_key

    try:
        sandbox = account.current()
        with gate.bypassed():
            described = boto3.client("secretsmanager").describe_secret(SecretId=SECRET)
            aliases = boto3.client("kms").list_aliases()["Aliases"]
            boto3.client("s3").head_object(Bucket=BUCKET, Key=ORDER)
            (key,) = (each["TargetKeyId"] for each in aliases if each["AliasName"] == ALIAS)
    except (RuntimeError, ClientError, ValueError):
        raise CheckFailed("The key and its data are not all there.", hint=RUN_THE_CELLS) from None
    arn = f"arn:aws:kms:{sandbox.region}:{sandbox.account_id}:key/{key}"
    (version,) = (
        each for each, stages in described["VersionIdsToStages"].items() if "AWSCURRENT" in stages
    )
    you = as_account(sandbox.account_id)
    return _Scene(you, arn, described["ARN"], version, sandbox.region, kms_key(arn))


def _if_there(*roles: str) -> list[Caller]:
    """The roles among these that have not been deleted: to delete them is right, too."""
    found = []
    for role in roles:
        try:
            found.append(as_role(role))
        except CheckFailed:
            continue
    return found


@contextmanager
def _administrator_of_next_year() -> Iterator[Caller]:
    """A role that no policy can name yet; an IAM policy alone makes it an administrator."""
    import boto3

    from rolelab.sandbox import gate

    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    with unchanged("iam"):
        with gate.bypassed():
            iam = boto3.client("iam")
            iam.create_role(RoleName=NEXT_YEAR, AssumeRolePolicyDocument=json.dumps(trust))
            iam.attach_role_policy(
                RoleName=NEXT_YEAR, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
            )
        yield as_role(NEXT_YEAR)


# --- what stays as it was -----------------------------------------------------------------------


def _require_in_use(goal: str, scene: _Scene) -> None:
    """The key is enabled, and all data is under it still."""
    from rolelab.sandbox.fixes.kms_states import ENABLED, state_of

    state = state_of(scene.found)
    if state != ENABLED:
        verdict = f"The key is not in use any more. Its state is {state}."
        raise CheckFailed(goal, verdict=verdict, hint=_ENABLED)
    # A key is named by its ARN, its id or its alias, as the caller likes.
    key_id = scene.key.rpartition("/")[2]
    names = {scene.key, key_id, ALIAS, scene.key.replace(f"key/{key_id}", ALIAS)}
    for what, under in _kept_under().items():
        if under not in names:
            verdict = f"{what} is not under the key {ALIAS} any more."
            raise CheckFailed(goal, verdict=verdict, hint=_SAME_KEY)


def _kept_under() -> Mapping[str, str | None]:
    """Under which key each thing is that the bookshop keeps, read past the gate."""
    import boto3

    from rolelab.sandbox import gate

    s3, logs = boto3.client("s3"), boto3.client("logs")
    with gate.bypassed():
        groups = logs.describe_log_groups(logGroupNamePrefix=LOG_GROUP)["logGroups"]
        secret = boto3.client("secretsmanager").describe_secret(SecretId=SECRET)
        return {
            f"The order {ORDER}": s3.head_object(Bucket=BUCKET, Key=ORDER).get("SSEKMSKeyId"),
            f"What is written to {BUCKET}": _default_key(BUCKET),
            f"The secret {SECRET}": secret.get("KmsKeyId"),
            f"The log group {LOG_GROUP}": next(
                (each.get("kmsKeyId") for each in groups if each["logGroupName"] == LOG_GROUP), None
            ),
        }


def _default_key(name: str) -> str | None:
    from rolelab.sandbox.operations.s3_encryption import of_bucket

    default = of_bucket(name)
    return None if default is None else default.key


# --- the way in ---------------------------------------------------------------------------------


def _is_a_way(scene: _Scene) -> list[Question]:
    """While the learner cannot change the key policy, the emergency role has to be able to."""
    if scene.you.attempt("kms:PutKeyPolicy", scene.key).allowed:
        return []
    return [Question(as_role(BREAK_GLASS), "kms:PutKeyPolicy", scene.key, _LOST)]


# --- managing -----------------------------------------------------------------------------------


def _manages(scene: _Scene, who: Caller, hint: str) -> list[Question]:
    actions = ("GetKeyPolicy", "PutKeyPolicy", "ListGrants", "RevokeGrant", "EnableKeyRotation")
    return [Question(who, f"kms:{action}", scene.key, hint) for action in actions]


def _others_manage(scene: _Scene) -> list[Question]:
    others = [
        *(as_role(each) for each in (EXECUTION_ROLE, TASK_ROLE, DEPLOYER)),
        *_if_there(MIGRATION, REPORTS),
        as_account(PARTNER),
        as_anonymous(),
    ]
    actions = ("kms:PutKeyPolicy", "kms:RevokeGrant", "kms:ScheduleKeyDeletion", "kms:DisableKey")
    return [
        *(
            Question(who, action, scene.key, _ADMINISTRATORS)
            for who in others
            for action in actions
        ),
        *(
            question
            for who in _if_there(BREAK_GLASS)
            for question in _uses(scene, who, _EMERGENCY_ONLY)
        ),
    ]


def _uses(scene: _Scene, who: Caller, hint: str) -> list[Question]:
    """Using the key: by the two services that keep data under it, and directly."""
    return [
        Question(who, "s3:GetObject", scene.order, hint),
        Question(who, "secretsmanager:GetSecretValue", scene.secret, hint),
        *_directly(scene, who, hint),
    ]


def _directly(scene: _Scene, who: Caller, hint: str) -> list[Question]:
    """Using the key by asking KMS itself."""
    return [
        Question(who, "kms:Decrypt", scene.key, hint),
        Question(who, "kms:GenerateDataKey", scene.key, hint),
    ]


# --- using --------------------------------------------------------------------------------------


def _service_works(scene: _Scene) -> list[Question]:
    agent, application = as_role(EXECUTION_ROLE), as_role(TASK_ROLE)
    receipt = f"arn:aws:s3:::{BUCKET}/{RECEIPT}"
    return [
        Question(agent, "secretsmanager:GetSecretValue", scene.secret, _AGENT_READS),
        Question(application, "s3:GetObject", scene.order, _APPLICATION_READS),
        Question(application, "s3:PutObject", receipt, _APPLICATION_WRITES),
    ]


def _nobody_else(scene: _Scene) -> list[Question]:
    agent, application = as_role(EXECUTION_ROLE), as_role(TASK_ROLE)
    return [
        *(
            question
            for role, context in scene.contexts.items()
            for question in (
                *_directly(scene, as_role(role), _THROUGH_A_SERVICE),
                Question(
                    as_role(role),
                    "kms:Decrypt",
                    scene.key,
                    _THROUGH_A_SERVICE,
                    {"EncryptionContext": context},
                ),
            )
        ),
        *(
            Question(who, "kms:CreateGrant", scene.key, _NO_GRANTS)
            for who in (agent, application, as_role(DEPLOYER), *_if_there(MIGRATION))
        ),
        *_uses(scene, as_role(DEPLOYER), _NAME_THEM),
        *(
            question
            for who in _if_there(MIGRATION)
            for question in _directly(scene, who, _TWO_LISTS)
        ),
        *(
            Question(who, "kms:Decrypt", scene.key, _TWO_DOORS)
            for who in (as_account(PARTNER), *_if_there(REPORTS))
        ),
        Question(as_anonymous(), "kms:Decrypt", scene.key, _NAME_THEM),
    ]


def _not_through_the_other_service(scene: _Scene) -> tuple[Attempt, ...]:
    """Each role comes to the key by one service, even if its IAM policies let it ask the other."""
    import boto3

    from rolelab.sandbox import gate

    other_way = {
        EXECUTION_ROLE: ("s3:GetObject", scene.order),
        TASK_ROLE: ("secretsmanager:GetSecretValue", scene.secret),
    }
    with unchanged("iam"):
        for role, (action, resource) in other_way.items():
            statement = {"Effect": "Allow", "Action": action, "Resource": resource}
            document = {"Version": "2012-10-17", "Statement": [statement]}
            with gate.bypassed():
                boto3.client("iam").put_role_policy(
                    RoleName=role, PolicyName="rolelab-check", PolicyDocument=json.dumps(document)
                )
        return prove(
            _USE,
            possible=[],
            impossible=[
                Question(as_role(role), action, resource, _ONE_SERVICE)
                for role, (action, resource) in other_way.items()
            ],
        ).attempts


def _log_is_written(scene: _Scene) -> list[Attempt]:
    """CloudWatch Logs may use the key for the log group of the orders, and for no other."""
    ours, other = _as_logs(scene, LOG_GROUP), _as_logs(scene, OTHER_LOG_GROUP)
    if not ours.allowed:
        verdict = "Something that is needed is denied:"
        raise CheckFailed(_USE, verdict=verdict, attempts=[ours], hint=_LOGS)
    if other.allowed:
        verdict = "Too broad. What is needed works, and this is still reachable:"
        raise CheckFailed(_USE, verdict=verdict, attempts=[other], hint=_ONE_LOG_GROUP)
    return [ours, other]


def _as_logs(scene: _Scene, group: str) -> Attempt:
    """Let CloudWatch Logs try the key for a log group: it does when the two are associated."""
    import boto3
    from botocore.exceptions import ClientError

    who = f"logs.{scene.region}.amazonaws.com, for {group}"
    with unchanged("logs"):
        try:
            boto3.client("logs").associate_kms_key(logGroupName=group, kmsKeyId=scene.key)
        except ClientError as error:
            answer = error.response["Error"]
            said = f"{answer['Code']}: {answer['Message']}"
            return Attempt(who, "kms:Decrypt and kms:GenerateDataKey", scene.key, {}, False, said)
    through = "the call went through"
    return Attempt(who, "kms:Decrypt and kms:GenerateDataKey", scene.key, {}, True, through)


def _require_no_other_grants(scene: _Scene) -> None:
    """No grant is left for anybody but the two roles, not even for a role that is gone."""
    users = {arn_of_role(EXECUTION_ROLE), arn_of_role(TASK_ROLE)}
    left = [each for each in scene.found.grants.values() if each.grantee_principal not in users]
    if left:
        named = "; ".join(
            f"{each.grantee_principal} ({', '.join(each.operations)})" for each in left
        )
        raise CheckFailed(_USE, verdict=f"A grant is left for {named}.", hint=_TWO_LISTS)


_LOST = (
    f"The key policy does not mean this role {BREAK_GLASS}. If it was deleted and made again, it "
    "is another one and the key is lost: set up the lab again, and change its trust policy instead."
)
_YOU = (
    f"The key policy names {BREAK_GLASS}, and the trust policy of that role says who may step into "
    "it. Whom does it name, and does that principal still exist?"
)
_NOBODY_ELSE = (
    "Whoever steps into this role decides about the key. A trust policy that names the account, "
    "another account or everybody lets in more than you; name who may."
)
_YOURS = (
    f"Act as {BREAK_GLASS} with the credentials that sts.assume_role gives, and put a key policy "
    "that lets the account's administrators manage the key."
)
_OUTLIVES = (
    "The policy lets in those whom it names, and a new administrator is not among them. If those "
    "are deleted one day, the key is lost again: let the account's IAM policies decide about "
    "managing."
)
_MANAGE_ONLY = (
    "An administrator manages the key and does not use it. What does kms:* contain that managing "
    "does not need?"
)
_EMERGENCY_ONLY = f"{BREAK_GLASS} is there to repair the key policy. It needs no data for that."
_ADMINISTRATORS = (
    "Managing is for the administrators. kms:* for a role of the service, for everybody or for "
    "another account gives the key away."
)
_ENABLED = "The data cannot be read without it: kms.cancel_key_deletion, kms.enable_key."
_SAME_KEY = (
    "The data was to stay under the bookshop's key. What is copied away leaves its old versions, "
    "and everybody who could read them, behind."
)
_AGENT_READS = (
    f"{EXECUTION_ROLE} needs kms:Decrypt for the secret. If the account's IAM policies do not "
    "decide about using the key, the key policy has to name the role."
)
_APPLICATION_READS = f"{TASK_ROLE} needs kms:Decrypt for what lies encrypted in the bucket."
_APPLICATION_WRITES = (
    "A new object gets a new data key, so writing needs kms:GenerateDataKey beside kms:Decrypt."
)
_THROUGH_A_SERVICE = (
    "The role asks KMS directly, past Secrets Manager or S3. The condition key kms:ViaService "
    "says which service asks; an encryption context can be written by anybody."
)
_ONE_SERVICE = (
    "The check lent the role a permission at the other service, and the key let it through. "
    "kms:ViaService can name one service for each role."
)
_NO_GRANTS = "Whoever may create grants can hand the key on. Nobody but administrators needs that."
_NAME_THEM = (
    "Two roles and one service use the key. A principal of * lets in everybody whom the "
    "conditions do not stop."
)
_TWO_LISTS = "A grant allows by itself, whatever the key policy says. kms.list_grants has them all."
_TWO_DOORS = (
    "The other account can come in by a statement of the key policy and by a grant. Close both."
)
_LOGS = (
    "CloudWatch Logs is a principal of its own, the service logs of this Region. It needs "
    "kms:Decrypt and kms:GenerateDataKey* for this log group."
)
_ONE_LOG_GROUP = (
    "The encryption context aws:logs:arn says for which log group CloudWatch Logs asks. A "
    "condition can name the one."
)
