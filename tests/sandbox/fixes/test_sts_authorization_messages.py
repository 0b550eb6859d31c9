"""The details behind a denial of EC2.

AWS pages: *DecodeAuthorizationMessage*; *Use DecodeAuthorizationMessage with a CLI*.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import boto3
import pytest

import rolelab
from tests.sandbox.people import allow, document, error_of

Refused = Callable[..., tuple[str, str]]
SEALED = re.compile(r"\. Encoded authorization failure message: ([\w-]+)$")
VPC = "arn:aws:ec2:us-east-1:123456789012:vpc/*"


@pytest.fixture
def ann(sandbox: object) -> Callable[[str], boto3.Session]:
    """Sign in as the user `ann` with this policy."""
    iam = boto3.client("iam")

    def make(policy: str) -> boto3.Session:
        iam.create_user(UserName="ann")
        iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=policy)
        key = iam.create_access_key(UserName="ann")["AccessKey"]
        return boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")

    return make


def refusal(session: boto3.Session) -> tuple[str, str]:
    """What creating a VPC ends in: the sentence, and what is encoded in it."""
    code, status, message = error_of(session.client("ec2").create_vpc, CidrBlock="10.0.0.0/16")
    assert (code, status) == ("UnauthorizedOperation", 403)
    found = SEALED.search(message)
    assert found is not None, message
    return message[: found.start()], found[1]


def decoded(text: str, session: Any = boto3) -> dict[str, Any]:
    answer = session.client("sts").decode_authorization_message(EncodedMessage=text)
    told: dict[str, Any] = json.loads(answer["DecodedMessage"])
    return told


def test_the_sentence_gives_the_reason(ann: Any) -> None:
    told, _ = refusal(ann(allow("s3:*")))
    assert told == (
        "You are not authorized to perform this operation. "
        "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: ec2:CreateVpc "
        f"on resource: {VPC} because no identity-based policy allows the ec2:CreateVpc action"
    )


def test_a_list_names_no_resource_and_encodes_nothing(ann: Any) -> None:
    _, _, told = error_of(ann(allow("s3:*")).client("ec2").describe_instances)
    assert told == (
        "You are not authorized to perform this operation. "
        "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: "
        "ec2:DescribeInstances because no identity-based policy allows the "
        "ec2:DescribeInstances action"
    )


def test_an_implicit_denial_decodes(ann: Any) -> None:
    _, sealed = refusal(ann(allow("s3:*")))
    told = decoded(sealed)
    assert (told["allowed"], told["explicitDeny"]) == (False, False)
    assert told["matchedStatements"] == told["failures"] == {"items": []}
    user = boto3.client("iam").get_user(UserName="ann")["User"]
    assert told["context"]["principal"] == {
        "id": user["UserId"],
        "name": "ann",
        "arn": user["Arn"],
    }
    assert (told["context"]["action"], told["context"]["resource"]) == ("ec2:CreateVpc", VPC)
    conditions = {each["key"]: each["values"] for each in told["context"]["conditions"]["items"]}
    assert conditions["ec2:Region"] == {"items": [{"value": "us-east-1"}]}
    assert conditions["aws:Resource"] == {"items": [{"value": "vpc/*"}]}


def test_an_explicit_denial_shows_the_statement(ann: Any) -> None:
    deny = {
        "Sid": "NoNetworks",
        "Effect": "Deny",
        "Action": ["ec2:CreateVpc", "ec2:DeleteVpc"],
        "Resource": "*",
        "Condition": {"StringEquals": {"ec2:Region": "us-east-1"}},
    }
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    _, sealed = refusal(ann(document(everything, deny)))
    told = decoded(sealed)
    assert told["explicitDeny"]
    (statement,) = told["matchedStatements"]["items"]
    assert (statement["statementId"], statement["effect"]) == ("NoNetworks", "DENY")
    assert statement["actions"]["items"] == [{"value": each} for each in deny["Action"]]
    assert statement["principals"]["items"] == [{"value": told["context"]["principal"]["id"]}]
    assert statement["conditions"]["items"] == [
        {"key": "ec2:Region", "values": {"items": [{"value": "us-east-1"}]}}
    ]


def test_who_was_refused_may_not_read_why(ann: Any, refused: Refused) -> None:
    session = ann(allow("s3:*"))
    _, sealed = refusal(session)
    code, message = refused(
        session.client("sts").decode_authorization_message, EncodedMessage=sealed
    )
    assert code == "AccessDenied"
    assert "sts:DecodeAuthorizationMessage" in message


def test_another_account_cannot_read_it(ann: Any, sandbox: Any, refused: Refused) -> None:
    _, sealed = refusal(ann(allow("s3:*")))
    elsewhere = sandbox.admin("111122223333").client("sts")
    code, _ = refused(elsewhere.decode_authorization_message, EncodedMessage=sealed)
    assert code == "InvalidAuthorizationMessageException"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "x",
        lambda text: text[:40] + ("A" if text[40] != "A" else "B") + text[41:],
        lambda text: f"{text[:20]}\n{text[20:]}",
        lambda text: "A" * 64,
    ],
    ids=["no message", "another letter", "a line break", "a made-up one"],
)
def test_a_damaged_message_is_not_valid(
    ann: Any, refused: Refused, spoil: Callable[[str], str]
) -> None:
    _, sealed = refusal(ann(allow("s3:*")))
    sts = boto3.client("sts")
    code, _ = refused(sts.decode_authorization_message, EncodedMessage=spoil(sealed))
    assert code == "InvalidAuthorizationMessageException"


def test_a_fresh_account_forgets_the_key(ann: Any, refused: Refused) -> None:
    _, sealed = refusal(ann(allow("s3:*")))
    rolelab.start()
    sts = boto3.client("sts")
    code, _ = refused(sts.decode_authorization_message, EncodedMessage=sealed)
    assert code == "InvalidAuthorizationMessageException"


def test_a_role_that_is_not_passed_is_encoded_too(ann: Any) -> None:
    iam = boto3.client("iam")
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=document(trust))
    iam.create_instance_profile(InstanceProfileName="app")
    iam.add_role_to_instance_profile(InstanceProfileName="app", RoleName="app")
    image = boto3.client("ec2").describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    _, _, told = error_of(
        ann(allow("ec2:*")).client("ec2").run_instances,
        ImageId=image,
        MinCount=1,
        MaxCount=1,
        IamInstanceProfile={"Name": "app"},
    )
    assert "is not authorized to perform: iam:PassRole on resource: arn:aws:iam::" in told
    found = SEALED.search(told)
    assert found is not None
    assert decoded(found[1])["context"]["action"] == "iam:PassRole"
