"""What calls to Amazon ECR ask, and what a repository policy decides.

Pages: *Private repository policies*, *Encryption at rest* and *Logging Amazon ECR actions with AWS
CloudTrail* (Amazon ECR User Guide).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from rolelab.iam import Policies, Request, evaluate
from rolelab.sandbox.operations import checks_of, resources_of
from tests.sandbox.operations.conftest import ACCOUNT, ANN, MakeCall

OTHER = "111122223333"
REPOSITORY = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository"
TAGS = [{"Key": "team", "Value": "shop"}]


@dataclass(frozen=True)
class Registry:
    """Repositories `web` (tagged), `secret` under a customer managed key, `own` under ECR's."""

    client: Any
    key: str


@pytest.fixture
def registry(aws: Callable[[str], Any]) -> Registry:
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    client = aws("ecr")
    client.create_repository(repositoryName="web", tags=TAGS)
    encrypted = {"encryptionType": "KMS", "kmsKey": key}
    client.create_repository(repositoryName="secret", encryptionConfiguration=encrypted)
    return Registry(client, key)


# KEY stands for the customer managed key.
ASKED: dict[str, tuple[str, dict[str, Any], list[tuple[str, str]]]] = {
    "pulling asks about the repository": (
        "BatchGetImage",
        {"repositoryName": "web"},
        [("ecr:BatchGetImage", f"{REPOSITORY}/web")],
    ),
    "a repository in another registry has that account in its ARN": (
        "GetDownloadUrlForLayer",
        {"repositoryName": "team/web", "registryId": OTHER},
        [
            (
                "ecr:GetDownloadUrlForLayer",
                f"arn:aws:ecr:us-east-1:{OTHER}:repository/team/web",
            )
        ],
    ),
    "a token is for the whole registry": (
        "GetAuthorizationToken",
        {},
        [("ecr:GetAuthorizationToken", "*")],
    ),
    "describing asks about each repository": (
        "DescribeRepositories",
        {"repositoryNames": ["web", "api"]},
        [
            ("ecr:DescribeRepositories", f"{REPOSITORY}/web"),
            ("ecr:DescribeRepositories", f"{REPOSITORY}/api"),
        ],
    ),
    "describing all asks about all": (
        "DescribeRepositories",
        {},
        [("ecr:DescribeRepositories", f"{REPOSITORY}/*")],
    ),
    "tags on creation are a permission of their own": (
        "CreateRepository",
        {"repositoryName": "new", "tags": TAGS},
        [
            ("ecr:CreateRepository", f"{REPOSITORY}/new"),
            ("ecr:TagResource", f"{REPOSITORY}/new"),
        ],
    ),
    "a customer managed key gets grants": (
        "CreateRepository",
        {
            "repositoryName": "new",
            "encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": "KEY"},
        },
        [
            ("ecr:CreateRepository", f"{REPOSITORY}/new"),
            ("kms:DescribeKey", "KEY"),
            ("kms:CreateGrant", "KEY"),
        ],
    ),
    "the AWS managed key asks for nothing": (
        "CreateRepository",
        {"repositoryName": "new", "encryptionConfiguration": {"encryptionType": "KMS"}},
        [("ecr:CreateRepository", f"{REPOSITORY}/new")],
    ),
    "deleting an encrypted repository retires grants": (
        "DeleteRepository",
        {"repositoryName": "secret"},
        [("ecr:DeleteRepository", f"{REPOSITORY}/secret"), ("kms:RetireGrant", "KEY")],
    ),
    "deleting another retires none": (
        "DeleteRepository",
        {"repositoryName": "web"},
        [("ecr:DeleteRepository", f"{REPOSITORY}/web")],
    ),
    "a creation template passes its role": (
        "CreateRepositoryCreationTemplate",
        {"prefix": "x", "customRoleArn": f"arn:aws:iam::{ACCOUNT}:role/creator"},
        [
            ("ecr:CreateRepositoryCreationTemplate", "*"),
            ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/creator"),
        ],
    ),
}


@pytest.mark.parametrize(("operation", "given", "expected"), ASKED.values(), ids=list(ASKED))
def test_what_a_call_asks(
    registry: Registry,
    call: MakeCall,
    operation: str,
    given: dict[str, Any],
    expected: list[tuple[str, str]],
) -> None:
    given = json.loads(json.dumps(given).replace("KEY", registry.key))
    asked = checks_of(call("ecr", operation, **given))
    wanted = [(action, registry.key if arn == "KEY" else arn) for action, arn in expected]
    assert [(check.action, check.resource) for check in asked] == wanted


def test_tags_of_the_repository_and_of_the_request_are_condition_keys(
    registry: Registry, call: MakeCall
) -> None:
    (pull,) = checks_of(call("ecr", "BatchGetImage", repositoryName="web"))
    assert pull.context == {"aws:ResourceTag/team": "shop", "ecr:ResourceTag/team": "shop"}
    tagged, *_ = checks_of(call("ecr", "CreateRepository", repositoryName="new", tags=TAGS))
    assert tagged.context == {"aws:RequestTag/team": "shop", "aws:TagKeys": ["team"]}


def test_kms_is_asked_through_ecr(registry: Registry, call: MakeCall) -> None:
    given = {"encryptionType": "KMS", "kmsKey": registry.key}
    *_, grant = checks_of(
        call("ecr", "CreateRepository", repositoryName="new", encryptionConfiguration=given)
    )
    assert grant.context["kms:ViaService"] == "ecr.us-east-1.amazonaws.com"
    assert grant.context["kms:GrantIsForAWSResource"] == "true"
    assert grant.context["kms:EncryptionContext:aws:ecr:arn"] == f"{REPOSITORY}/new"


ACCOUNT_MAY_PULL = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
    "Action": "ecr:BatchGetImage",
}
BEN = f"arn:aws:iam::{OTHER}:user/ben"
MAY_PULL: dict[str, tuple[str, dict[str, Any], list[str], str]] = {
    "a policy without Resource is about its repository": (
        ANN,
        {"Effect": "Allow", "Principal": {"AWS": ANN}, "Action": "ecr:BatchGetImage"},
        [],
        "Allow",
    ),
    "its Deny comes before an IAM policy": (
        ANN,
        {"Effect": "Deny", "Principal": "*", "Action": "ecr:BatchGetImage"},
        ["ecr:*"],
        "ExplicitDeny",
    ),
    "another account needs both sides": (BEN, ACCOUNT_MAY_PULL, ["ecr:*"], "Allow"),
    "another account without an IAM policy": (BEN, ACCOUNT_MAY_PULL, [], "ImplicitDeny"),
    "a condition on an organization": (
        BEN,
        {
            **ACCOUNT_MAY_PULL,
            "Principal": "*",
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
        },
        ["ecr:*"],
        "ImplicitDeny",
    ),
}


@pytest.mark.parametrize(
    ("who", "statement", "actions", "effect"), MAY_PULL.values(), ids=list(MAY_PULL)
)
def test_a_repository_policy_decides(
    registry: Registry,
    call: MakeCall,
    who: str,
    statement: dict[str, Any],
    actions: list[str],
    effect: str,
) -> None:
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    registry.client.set_repository_policy(repositoryName="web", policyText=json.dumps(policy))
    own = {"Version": "2012-10-17", "Statement": []}
    identity = [
        {**own, "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}
        for action in actions
    ]
    account = who.split(":")[4]
    (check,) = checks_of(
        call(
            "ecr",
            "BatchGetImage",
            repositoryName="web",
            registryId=ACCOUNT,
            _principal=who,
            _account=account,
        )
    )
    request = Request(who, check.action, check.resource, check.resource_account, check.context)
    decision = evaluate(request, Policies(identity=identity, resource=check.resource_policy))
    assert decision.effect == effect


def test_the_trail_names_the_repository_without_a_type(call: MakeCall) -> None:
    given = {"repositoryName": "web", "registryId": OTHER}
    assert resources_of(call("ecr", "PutImage", **given)) == [
        {"ARN": f"arn:aws:ecr:us-east-1:{OTHER}:repository/web", "accountId": OTHER}
    ]
    assert resources_of(call("ecr", "GetAuthorizationToken")) == []
