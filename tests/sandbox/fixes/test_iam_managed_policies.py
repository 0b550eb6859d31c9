"""Managed policies, through boto3. AWS pages: *Versioning IAM policies*, *DeletePolicy*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.sandbox.fixes.policies import READ_ONLY, own, policy, trust

Refused = Callable[..., tuple[str, str]]

NOT_YOURS = ("AccessDenied", "Policy is outside your own account.")
KINDS = ["user", "group", "role"]


@pytest.fixture
def iam(sandbox: object) -> Any:
    return boto3.client("iam")


@pytest.fixture
def arn(iam: Any) -> str:
    """The ARN of a customer managed policy."""
    return str(iam.create_policy(PolicyName="orders", PolicyDocument=policy())["Policy"]["Arn"])


def make(iam: Any, kind: str) -> dict[str, str]:
    """Make a user, a group or a role; the result is its parameter."""
    more = {"AssumeRolePolicyDocument": trust()} if kind == "role" else {}
    name = {f"{kind.capitalize()}Name": "holder"}
    getattr(iam, f"create_{kind}")(**name, **more)
    return name


def test_a_policy_has_an_anpa_id(iam: Any, arn: str) -> None:
    assert iam.get_policy(PolicyArn=arn)["Policy"]["PolicyId"].startswith("ANPA")


def test_a_principal_has_no_place_in_it(iam: Any, arn: str, refused: Refused) -> None:
    refusal = ("MalformedPolicyDocument", "Policy document should not specify a principal.")
    document = policy(Principal="*")
    assert refused(iam.create_policy, PolicyName="p", PolicyDocument=document) == refusal
    assert refused(iam.create_policy_version, PolicyArn=arn, PolicyDocument=document) == refusal


def test_a_policy_has_6144_characters_at_most(iam: Any, arn: str, refused: Refused) -> None:
    refusal = ("LimitExceeded", "Cannot exceed quota for PolicySize: 6144")
    buckets = [f"arn:aws:s3:::{number:060}" for number in range(80)]
    document = policy(Resource=buckets)
    assert refused(iam.create_policy, PolicyName="p", PolicyDocument=document) == refusal
    assert refused(iam.create_policy_version, PolicyArn=arn, PolicyDocument=document) == refusal


def test_white_space_does_not_count(iam: Any) -> None:
    iam.create_policy(PolicyName="wide", PolicyDocument=policy() + "\n" * 7000)


def test_a_policy_has_five_versions_at_most(iam: Any, arn: str, refused: Refused) -> None:
    for _ in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy())
    assert refused(iam.create_policy_version, PolicyArn=arn, PolicyDocument=policy()) == (
        "LimitExceeded",
        "A managed policy can have up to 5 versions. Before you create a new version, you must "
        "delete an existing version.",
    )
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    created = iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy())["PolicyVersion"]
    assert created["VersionId"] == "v6"


def test_the_newest_version_is_listed_first_without_its_document(iam: Any, arn: str) -> None:
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy(), SetAsDefault=True)
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [(entry["VersionId"], entry["IsDefaultVersion"]) for entry in versions] == [
        ("v2", True),
        ("v1", False),
    ]
    assert all("Document" not in entry for entry in versions)


def test_the_default_version_stays_when_it_is_made_the_default_again(iam: Any, arn: str) -> None:
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert iam.list_policy_versions(PolicyArn=arn)["Versions"][0]["IsDefaultVersion"]


def test_the_default_version_cannot_be_deleted(iam: Any, arn: str, refused: Refused) -> None:
    assert refused(iam.delete_policy_version, PolicyArn=arn, VersionId="v1") == (
        "DeleteConflict",
        "Cannot delete the default version of a policy.",
    )


def test_a_version_that_is_not_there(iam: Any, arn: str, refused: Refused) -> None:
    for operation in (
        iam.get_policy_version,
        iam.set_default_policy_version,
        iam.delete_policy_version,
    ):
        assert refused(operation, PolicyArn=arn, VersionId="v9") == (
            "NoSuchEntity",
            f"Policy {arn} version v9 does not exist or is not attachable.",
        )


@pytest.mark.parametrize("kind", KINDS)
def test_attached_twice_counts_once(iam: Any, arn: str, kind: str) -> None:
    holder = make(iam, kind)
    for _ in range(2):
        getattr(iam, f"attach_{kind}_policy")(**holder, PolicyArn=arn)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    getattr(iam, f"detach_{kind}_policy")(**holder, PolicyArn=arn)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 0


@pytest.mark.parametrize("kind", KINDS)
def test_ten_policies_can_be_attached(iam: Any, refused: Refused, kind: str) -> None:
    holder, attach = make(iam, kind), getattr(iam, f"attach_{kind}_policy")
    for number in range(11):
        iam.create_policy(PolicyName=f"p{number}", PolicyDocument=policy())
    for number in range(10):
        attach(**holder, PolicyArn=own(f"p{number}"))
    assert refused(attach, **holder, PolicyArn=own("p10")) == (
        "LimitExceeded",
        f"Cannot exceed quota for PoliciesPer{kind.capitalize()}: 10",
    )
    attach(**holder, PolicyArn=own("p0"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_policy_that_is_not_there(iam: Any, arn: str, refused: Refused, kind: str) -> None:
    holder = make(iam, kind)
    attach, detach = (getattr(iam, f"{verb}_{kind}_policy") for verb in ("attach", "detach"))
    assert refused(attach, **holder, PolicyArn=own("none")) == (
        "NoSuchEntity",
        f"Policy {own('none')} does not exist or is not attachable.",
    )
    assert refused(detach, **holder, PolicyArn=arn) == (
        "NoSuchEntity",
        f"Policy {arn} was not found.",
    )


def test_a_name_is_no_arn(iam: Any, refused: Refused) -> None:
    holder = make(iam, "role")
    name = "a-policy-name-and-no-arn"
    assert refused(iam.attach_role_policy, **holder, PolicyArn=name) == (
        "ValidationError",
        f"ARN {name} is not valid.",
    )


def test_an_attached_policy_cannot_be_deleted(iam: Any, arn: str, refused: Refused) -> None:
    holder = make(iam, "role")
    refusal = ("DeleteConflict", "Cannot delete a policy attached to entities.")
    iam.attach_role_policy(**holder, PolicyArn=arn)
    assert refused(iam.delete_policy, PolicyArn=arn) == refusal
    iam.detach_role_policy(**holder, PolicyArn=arn)
    iam.put_role_permissions_boundary(**holder, PermissionsBoundary=arn)
    assert refused(iam.delete_policy, PolicyArn=arn) == refusal
    iam.delete_role_permissions_boundary(**holder)
    iam.delete_policy(PolicyArn=arn)
    assert refused(iam.get_policy, PolicyArn=arn) == (
        "NoSuchEntity",
        f"Policy {arn} was not found.",
    )


def test_a_policy_with_versions_cannot_be_deleted(iam: Any, arn: str, refused: Refused) -> None:
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy())
    assert refused(iam.delete_policy, PolicyArn=arn) == (
        "DeleteConflict",
        "This policy has more than one version. Before you delete a policy, you must delete the "
        "policy's versions. The default version is deleted with the policy.",
    )


def test_policies_of_aws_cannot_be_changed(iam: Any, refused: Refused) -> None:
    assert refused(iam.delete_policy, PolicyArn=READ_ONLY) == NOT_YOURS
    assert (
        refused(iam.create_policy_version, PolicyArn=READ_ONLY, PolicyDocument=policy())
        == NOT_YOURS
    )


def test_names_do_not_differ_by_case_alone(iam: Any, arn: str, refused: Refused) -> None:
    assert refused(iam.create_policy, PolicyName="Orders", PolicyDocument=policy()) == (
        "EntityAlreadyExists",
        "A policy called Orders already exists. Duplicate names are not allowed.",
    )


def test_who_uses_a_policy_and_how(iam: Any, arn: str) -> None:
    make(iam, "user")
    make(iam, "role")
    iam.attach_user_policy(UserName="holder", PolicyArn=arn)
    iam.put_role_permissions_boundary(RoleName="holder", PermissionsBoundary=arn)

    def users_and_roles(**asked: str) -> tuple[int, int]:
        found = iam.list_entities_for_policy(PolicyArn=arn, **asked)
        return len(found["PolicyUsers"]), len(found["PolicyRoles"])

    assert users_and_roles() == (1, 1)
    assert users_and_roles(PolicyUsageFilter="PermissionsPolicy") == (1, 0)
    assert users_and_roles(PolicyUsageFilter="PermissionsBoundary") == (0, 1)
    assert users_and_roles(EntityFilter="Role") == (0, 1)
