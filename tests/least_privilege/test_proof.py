"""A proof holds for a policy that is enough and not too much, and says what fails in others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from rolelab.iam import Policies, PolicyError, Request
from rolelab.least_privilege import Analysis, Proof, from_trail
from rolelab.least_privilege import mutations as kinds
from rolelab.least_privilege.proof import RECORDED, YOURS
from tests.least_privilege.records import (
    ACCOUNT,
    KEY,
    OTHER,
    ROLE,
    TABLE,
    Record,
    on_object,
    record,
    registered,
    through_s3,
)

if TYPE_CHECKING:
    from rolelab.sandbox.account import Sandbox

OBJECTS = "arn:aws:s3:::bookshop-orders/incoming/*"
PUT_ITEM = record("dynamodb", "PutItem", requestParameters={"tableName": "orders"})
TRAIL: list[Record] = [
    *(on_object("GetObject", f"incoming/{number}.json") for number in range(9)),
    *(through_s3("Decrypt", f"incoming/{number}.json") for number in range(9)),
    PUT_ITEM,
    registered("orders", 1, OTHER, OTHER),
    record(
        "s3", "ListObjects", requestParameters={"bucketName": "bookshop-orders", "prefix": "i/"}
    ),
    record("sts", "AssumeRole", requestParameters={"roleArn": OTHER, "roleSessionName": "x"}),
    on_object("GetObject", "labels/1.pdf", "bookshop-labels", role=OTHER),
    on_object("DeleteObject", "incoming/1.json", errorCode="AccessDenied"),
    on_object("GetObject", "ci/build.yaml", "bookshop-config", sourceIPAddress="192.0.2.66"),
]


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return from_trail(TRAIL, ROLE, leave_out=lambda each: each["sourceIPAddress"] == "192.0.2.66")


def changed(analysis: Analysis, sid: str, **elements: Any) -> dict[str, Any]:
    """The policy with other elements in the statements whose Sid begins like this."""
    policy = json.loads(json.dumps(analysis.policy))
    chosen = [each for each in policy["Statement"] if each["Sid"].startswith(sid)]
    assert chosen
    for each in chosen:
        each.update(elements)
        each.update({"Condition": {}} if "Condition" not in elements else {})
    return dict(policy)


def failed(proof: Proof) -> set[str]:
    return set(proof.failures()["question"])


def test_the_policy_of_an_analysis_is_enough_and_not_too_much(analysis: Analysis) -> None:
    proof = analysis.prove()
    assert proof.failures().empty
    assert proof.holds
    assert proof.enough
    assert proof.not_too_much
    assert proof.replayed == sum(len(use.need.checks) for use in analysis.uses)


def test_every_kind_of_question_is_asked(analysis: Analysis) -> None:
    asked = {each.kind for each in analysis.prove().questions}
    assert asked == {
        RECORDED,
        kinds.OTHER_RESOURCE,
        kinds.OTHER_PREFIX,
        kinds.OTHER_ACTION,
        kinds.MANAGES,
        kinds.OTHER_VALUE,
        kinds.OF_OTHERS,
        kinds.REFUSED,
        kinds.LEFT_OUT,
    }


ALL = {"Resource": "*"}
TOO_MUCH: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "every table": ("DynamodbPutItem", ALL, {kinds.OTHER_RESOURCE}),
    "every action on the table": (
        "DynamodbPutItem",
        {"Action": "dynamodb:*"},
        {kinds.OTHER_ACTION, kinds.MANAGES},
    ),
    "the whole bucket": (
        "S3GetObject",
        {"Resource": "arn:aws:s3:::bookshop-orders/*"},
        {kinds.OTHER_PREFIX},
    ),
    "every bucket": (
        "S3GetObject",
        ALL,
        {kinds.OTHER_RESOURCE, kinds.OTHER_PREFIX, kinds.OF_OTHERS, kinds.LEFT_OUT},
    ),
    "deleting, which was denied": (
        "S3GetObject",
        {"Action": ["s3:GetObject", "s3:DeleteObject"]},
        {kinds.REFUSED},
    ),
    "PassRole for every service": ("IamPassRole", {}, {kinds.OTHER_VALUE}),
    "the key without S3": ("KmsDecrypt", {}, {kinds.OTHER_VALUE}),
    "listing every prefix": ("S3ListBucket", {}, {kinds.OTHER_VALUE}),
}


@pytest.mark.parametrize(("sid", "elements", "wanted"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_a_policy_that_is_too_wide_is_found_out(
    analysis: Analysis, sid: str, elements: dict[str, Any], wanted: set[str]
) -> None:
    proof = analysis.prove(changed(analysis, sid, **elements))
    assert proof.enough
    assert failed(proof) == wanted


NOT_ENOUGH: dict[str, tuple[str, dict[str, Any], str]] = {
    "another table": ("DynamodbPutItem", {"Resource": f"{TABLE}-2"}, "dynamodb:PutItem"),
    "one object of nine": (
        "S3GetObject",
        {"Resource": "arn:aws:s3:::bookshop-orders/incoming/1.json"},
        "s3:GetObject",
    ),
    "PassRole to another service": (
        "IamPassRole",
        {"Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}},
        "iam:PassRole",
    ),
    "the key through another service": (
        "KmsDecrypt",
        {"Condition": {"StringEquals": {"kms:ViaService": "sqs.us-east-1.amazonaws.com"}}},
        "kms:Decrypt",
    ),
    "from an address that the calls do not come from": (
        "DynamodbPutItem",
        {"Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}},
        "dynamodb:PutItem",
    ),
}


@pytest.mark.parametrize(("sid", "elements", "action"), NOT_ENOUGH.values(), ids=NOT_ENOUGH)
def test_a_policy_that_is_too_narrow_is_found_out(
    analysis: Analysis, sid: str, elements: dict[str, Any], action: str
) -> None:
    proof = analysis.prove(changed(analysis, sid, **elements), mutations=False)
    assert not proof.enough
    assert set(proof.failures()["action"]) == {action}


def test_condition_keys_of_the_record_are_those_of_the_request(analysis: Analysis) -> None:
    everything = {"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}
    matching = {
        "IpAddress": {"aws:SourceIp": "198.51.100.0/24"},
        "DateLessThan": {"aws:CurrentTime": "2026-10-01T00:00:00Z"},
        "StringEquals": {"aws:RequestedRegion": "us-east-1", "aws:PrincipalArn": ROLE},
        "StringLike": {"aws:userid": "AROAEXAMPLE*:task"},
        "Bool": {"aws:SecureTransport": "false"},
    }
    policy = {"Version": "2012-10-17", "Statement": [{**everything, "Condition": matching}]}
    at = from_trail([PUT_ITEM], ROLE)
    assert at.prove(policy, mutations=False).enough
    matching["StringEquals"]["aws:RequestedRegion"] = "eu-west-1"
    assert not at.prove(policy, mutations=False).enough


FORBIDDEN: dict[str, Any] = {
    "a pair": ("dynamodb:PutItem", TABLE),
    "a pair with condition keys": (
        "iam:PassRole",
        OTHER,
        {"iam:PassedToService": "ecs-tasks.amazonaws.com"},
    ),
    "a request": Request(
        f"arn:aws:sts::{ACCOUNT}:assumed-role/orders-task-role/x", "dynamodb:PutItem", TABLE
    ),
}


@pytest.mark.parametrize("asked", FORBIDDEN.values(), ids=FORBIDDEN)
def test_you_can_forbid_more(analysis: Analysis, asked: Any) -> None:
    proof = analysis.prove(forbidden=[asked], mutations=False)
    assert failed(proof) == {YOURS}
    assert analysis.prove(forbidden=[("dynamodb:DeleteTable", TABLE)], mutations=False).holds


def test_a_guardrail_counts(analysis: Analysis) -> None:
    allow = {"Effect": "Allow", "NotAction": "kms:*", "Resource": "*"}
    boundary = {"Version": "2012-10-17", "Statement": [allow]}
    proof = analysis.prove(Policies(identity=[analysis.policy], boundary=[boundary]))
    assert set(proof.failures()["action"]) == {"kms:Decrypt"}


def test_a_key_policy_that_does_not_leave_it_to_iam_counts(analysis: Analysis) -> None:
    nobody = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/ann"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }
    proof = analysis.prove(resource_policies={KEY: nobody}, mutations=False)
    assert set(proof.failures()["action"]) == {"kms:Decrypt"}


def test_an_answer_can_be_explained(analysis: Analysis) -> None:
    proof = analysis.prove(changed(analysis, "DynamodbPutItem", Resource=f"{TABLE}-2"))
    (failure,) = [each for each in proof.questions if each.wanted and not each.holds]
    decision = proof.decision(failure)
    assert not decision.allowed
    assert "no identity-based policy allows the dynamodb:PutItem action" in decision.message


def test_the_table_counts_requests_by_kind(analysis: Analysis) -> None:
    table = analysis.prove().table().set_index("question")
    assert table.loc[RECORDED, ["must be", "denied", "holds"]].tolist() == ["allowed", 0, True]
    assert table.loc[RECORDED, "requests"] == analysis.prove().replayed
    assert table["holds"].all()
    assert (table.drop(RECORDED)["allowed"] == 0).all()


def test_a_policy_that_aws_would_refuse_is_an_error(analysis: Analysis) -> None:
    with pytest.raises(PolicyError):
        analysis.prove({"Version": "2012-10-17", "Statement": [{"Effect": "Permit"}]})


def test_what_everybody_may_do_is_no_mutation() -> None:
    found = from_trail(
        [record("sts", "GetSessionToken"), record("sts", "DecodeAuthorizationMessage")], ROLE
    )
    asked = {each.request.action for each in found.prove().questions}
    assert "sts:GetCallerIdentity" not in asked
    assert found.prove().holds


def test_in_an_account_the_role_goes_on_working_under_its_new_policy(sandbox: Sandbox) -> None:
    """The real thing: record under a wide policy, cut, and make the same calls again."""
    iam, s3 = boto3.client("iam"), boto3.client("s3")
    key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam.create_role(RoleName="orders-task-role", AssumeRolePolicyDocument=json.dumps(trust))
    give = {"RoleName": "orders-task-role", "PolicyName": "work"}
    wide = {"Version": "2012-10-17", "Statement": [everything]}
    iam.put_role_policy(**give, PolicyDocument=json.dumps(wide))
    s3.create_bucket(Bucket="bookshop-orders")
    rule = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    s3.put_bucket_encryption(
        Bucket="bookshop-orders",
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": rule}]},
    )
    session = boto3.client("sts").assume_role(RoleArn=ROLE, RoleSessionName="task")["Credentials"]
    work = boto3.client(
        "s3",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )

    def day() -> None:
        for number in range(5):
            at = {"Bucket": "bookshop-orders", "Key": f"incoming/{number}.json"}
            work.put_object(**at, Body=b"order")
            assert work.get_object(**at)["Body"].read() == b"order"

    day()
    analysis = from_trail(sandbox.trail, ROLE)
    assert analysis.prove().holds
    iam.put_role_policy(**give, PolicyDocument=json.dumps(analysis.policy))
    day()
    for forbidden in (
        lambda: work.get_object(Bucket="bookshop-orders", Key="archive/1.json"),
        lambda: work.delete_object(Bucket="bookshop-orders", Key="incoming/1.json"),
        work.list_buckets,
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            forbidden()
