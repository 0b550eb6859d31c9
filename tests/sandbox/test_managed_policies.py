"""All AWS managed policies are there, and none is loaded before somebody asks for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import rolelab
from rolelab.sandbox import managed_policies

EXECUTION = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


@pytest.fixture
def iam() -> Iterator[Any]:
    import boto3

    rolelab.start()
    yield boto3.client("iam")
    rolelab.stop()


def loaded() -> list[str]:
    from moto.iam.models import iam_backends

    return sorted(iam_backends["123456789012"]["aws"].managed_policies)


def all_policies() -> dict[str, Any]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    parsed: dict[str, Any] = json.loads(aws_managed_policies_data)
    return parsed


def test_the_index_agrees_with_parsing_everything() -> None:
    """The index reads moto's text by its indentation; this fails when that changes."""
    listed = {
        policy.name: (
            policy.path,
            policy.version,
            policy.created.isoformat(),
            policy.updated.isoformat(),
        )
        for policy in managed_policies._listed()
    }
    assert listed == {
        name: (entry["Path"], entry["DefaultVersionId"], entry["CreateDate"], entry["UpdateDate"])
        for name, entry in all_policies().items()
    }


def test_every_document_is_found_by_its_arn() -> None:
    for name, entry in all_policies().items():
        found = managed_policies.document(f"arn:aws:iam::aws:policy{entry['Path']}{name}")
        assert json.loads(found) == entry["Document"]


def test_the_names() -> None:
    names = managed_policies.names()
    assert names == sorted(all_policies())
    assert "AmazonECSTaskExecutionRolePolicy" in names


def test_the_execution_role_policy_has_the_six_actions_aws_documents() -> None:
    """*AmazonECSTaskExecutionRolePolicy* in the AWS Managed Policy Reference Guide, version 1."""
    document = json.loads(managed_policies.document(EXECUTION))
    assert document == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": [
                    "ecr:GetAuthorizationToken",
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:GetDownloadUrlForLayer",
                    "ecr:BatchGetImage",
                    "logs:CreateLogStream",
                    "logs:PutLogEvents",
                ],
                "Resource": "*",
            }
        ],
    }


@pytest.mark.parametrize(
    "arn",
    [
        pytest.param("arn:aws:iam::aws:policy/NoSuchPolicy", id="an unknown name"),
        pytest.param(
            "arn:aws:iam::aws:policy/AmazonECSTaskExecutionRolePolicy", id="the path left out"
        ),
        pytest.param("arn:aws:iam::aws:policy/service-role/ReadOnlyAccess", id="a wrong path"),
        pytest.param("arn:aws:iam::123456789012:policy/ReadOnlyAccess", id="of an account"),
        pytest.param("arn:aws:iam::aws:policy/", id="no name"),
        pytest.param('arn:aws:iam::aws:policy/Document":{', id="a piece of the text"),
        pytest.param("ReadOnlyAccess", id="no ARN"),
    ],
)
def test_what_is_not_an_aws_managed_policy(arn: str) -> None:
    with pytest.raises(KeyError):
        managed_policies.document(arn)


def test_a_fresh_account_has_loaded_the_administrators_policy_only(iam: Any) -> None:
    assert loaded() == ["arn:aws:iam::aws:policy/AdministratorAccess"]


@pytest.mark.parametrize(
    "arn",
    [
        pytest.param("arn:aws:iam::aws:policy/ReadOnlyAccess", id="no path"),
        pytest.param(EXECUTION, id="service-role/"),
        pytest.param("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess", id="job-function/"),
    ],
)
def test_a_policy_is_there_when_it_is_attached(iam: Any, arn: str) -> None:
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=TRUST)
    iam.attach_role_policy(RoleName="app", PolicyArn=arn)
    iam.create_user(UserName="ana")
    iam.attach_user_policy(UserName="ana", PolicyArn=arn)
    iam.create_group(GroupName="staff")
    iam.attach_group_policy(GroupName="staff", PolicyArn=arn)
    attached = iam.list_attached_role_policies(RoleName="app")["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [arn]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 3
    roles = iam.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"]
    assert [role["RoleName"] for role in roles] == ["app"]


def test_get_policy_and_its_version(iam: Any) -> None:
    policy = iam.get_policy(PolicyArn=EXECUTION)["Policy"]
    assert policy["DefaultVersionId"] == "v1"
    assert policy["Path"] == "/service-role/"
    assert policy["PolicyName"] == "AmazonECSTaskExecutionRolePolicy"
    version = iam.get_policy_version(PolicyArn=EXECUTION, VersionId="v1")["PolicyVersion"]
    assert version["IsDefaultVersion"]
    assert len(version["Document"]["Statement"][0]["Action"]) == 6


@pytest.mark.parametrize("entity", ["Role", "User", "Group"])
def test_attaching_what_does_not_exist(iam: Any, entity: str) -> None:
    arn = "arn:aws:iam::aws:policy/AmazonECSTaskExecutionRolePolicy"
    create = getattr(iam, f"create_{entity.lower()}")
    create(
        **{f"{entity}Name": "app"},
        **({"AssumeRolePolicyDocument": TRUST} if entity == "Role" else {}),
    )
    attach = getattr(iam, f"attach_{entity.lower()}_policy")
    with pytest.raises(iam.exceptions.NoSuchEntityException) as caught:
        attach(**{f"{entity}Name": "app", "PolicyArn": arn})
    assert caught.value.response["Error"]["Message"] == (
        f"Policy {arn} does not exist or is not attachable."
    )


def test_a_boundary_may_be_an_aws_managed_policy(iam: Any) -> None:
    arn = "arn:aws:iam::aws:policy/PowerUserAccess"
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=arn)
    boundary = iam.get_role(RoleName="app")["Role"]["PermissionsBoundary"]
    assert boundary["PermissionsBoundaryArn"] == arn
    listed = pages(iam, PolicyUsageFilter="PermissionsBoundary")
    assert [policy["Arn"] for policy in listed] == [arn]
    assert listed[0]["PermissionsBoundaryUsageCount"] == 1


# --- ListPolicies -----------------------------------------------------------------------------


def pages(iam: Any, **options: Any) -> list[dict[str, Any]]:
    paginator = iam.get_paginator("list_policies")
    return [policy for page in paginator.paginate(**options) for policy in page["Policies"]]


@pytest.fixture
def own_policy(iam: Any) -> str:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*"}]}
    document["Statement"][0]["Resource"] = "*"  # type: ignore[index]
    created = iam.create_policy(PolicyName="orders", PolicyDocument=json.dumps(document))
    return str(created["Policy"]["Arn"])


def test_listing_shows_all_without_loading_them(iam: Any, own_policy: str) -> None:
    listed = pages(iam)
    assert len(listed) == len(all_policies()) + 1
    assert own_policy in {policy["Arn"] for policy in listed}
    assert loaded() == sorted(["arn:aws:iam::aws:policy/AdministratorAccess", own_policy])


def test_a_listing_says_the_same_of_a_policy_before_and_after_it_is_loaded(iam: Any) -> None:
    def row() -> dict[str, Any]:
        return next(policy for policy in pages(iam, Scope="AWS") if policy["Arn"] == EXECUTION)

    before = row()
    got = iam.get_policy(PolicyArn=EXECUTION)["Policy"]
    assert EXECUTION in loaded()
    assert row() == before
    assert {key: got[key] for key in before if key in got} == before


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"Scope": "Local"}, {"orders"}),
        ({"OnlyAttached": True}, {"AdministratorAccess"}),
        ({"Scope": "Local", "OnlyAttached": True}, set()),
        ({"PolicyUsageFilter": "PermissionsPolicy"}, {"AdministratorAccess"}),
        ({"PolicyUsageFilter": "PermissionsBoundary"}, set()),
    ],
)
def test_filters(iam: Any, own_policy: str, options: dict[str, Any], expected: set[str]) -> None:
    assert {policy["PolicyName"] for policy in pages(iam, **options)} == expected


def test_the_path_prefix(iam: Any) -> None:
    listed = pages(iam, Scope="AWS", PathPrefix="/job-function/")
    assert "ViewOnlyAccess" in {policy["PolicyName"] for policy in listed}
    assert {policy["Path"] for policy in listed} == {"/job-function/"}


def test_pages_are_of_the_size_asked_for(iam: Any) -> None:
    first = iam.list_policies(Scope="AWS", MaxItems=3)
    assert first["IsTruncated"]
    second = iam.list_policies(Scope="AWS", MaxItems=3, Marker=first["Marker"])
    names = [policy["PolicyName"] for page in (first, second) for policy in page["Policies"]]
    assert names == managed_policies.names()[:6]
    assert len(iam.list_policies(Scope="AWS")["Policies"]) == 100


def test_a_marker_that_was_never_given_out(iam: Any) -> None:
    with pytest.raises(iam.exceptions.ClientError, match="Invalid Marker"):
        iam.list_policies(Marker="next")
