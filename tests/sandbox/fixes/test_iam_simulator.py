"""The policy simulator, through boto3.

AWS page: *IAM policy testing with the IAM policy simulator*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.sandbox.fixes.policies import ACCOUNT, own, policy, trust

Refused = Callable[..., tuple[str, str]]

ROLE, USER, GROUP = own("app", "role"), own("alice", "user"), own("staff", "group")
OBJECT = "arn:aws:s3:::bookshop-orders/1"
S3_READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


@pytest.fixture
def iam(sandbox: object) -> Any:
    iam = boto3.client("iam")
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust())
    iam.create_user(UserName="alice")
    iam.create_group(GroupName="staff")
    iam.add_user_to_group(GroupName="staff", UserName="alice")
    return iam


def custom(iam: Any, *documents: str, action: str = "s3:GetObject", **more: Any) -> dict[str, Any]:
    """The one result of a simulation of policies that are passed in."""
    answer = iam.simulate_custom_policy(
        PolicyInputList=list(documents), ActionNames=[action], **more
    )
    (result,) = answer["EvaluationResults"]
    return dict(result)


def principal(iam: Any, arn: str, action: str = "s3:GetObject", **more: Any) -> dict[str, Any]:
    """The one result of a simulation of a principal's policies."""
    answer = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=[action], **more)
    (result,) = answer["EvaluationResults"]
    return dict(result)


def sources(result: dict[str, Any]) -> list[str]:
    return [statement["SourcePolicyId"] for statement in result["MatchedStatements"]]


def entry(name: str, kind: str, *values: str) -> dict[str, Any]:
    return {"ContextKeyName": name, "ContextKeyType": kind, "ContextKeyValues": list(values)}


@pytest.mark.parametrize(
    ("documents", "decision", "matched"),
    [
        pytest.param([policy()], "allowed", ["PolicyInputList.1"], id="an allow"),
        pytest.param([policy(Action="s3:PutObject")], "implicitDeny", [], id="no allow"),
        pytest.param(
            [policy(), policy(Effect="Deny")],
            "explicitDeny",
            ["PolicyInputList.2"],
            id="of an explicit deny, the deny is all that is shown",
        ),
        pytest.param(
            [policy(), policy(Action="s3:*")],
            "allowed",
            ["PolicyInputList.1", "PolicyInputList.2"],
            id="every allow is shown",
        ),
    ],
)
def test_the_decision_and_its_statements(
    iam: Any, documents: list[str], decision: str, matched: list[str]
) -> None:
    result = custom(iam, *documents)
    assert (result["EvalDecision"], sources(result)) == (decision, matched)


def test_the_example_of_the_cli_reference(iam: Any) -> None:
    document = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*",'
        '"Resource":"*","Condition":{"DateGreaterThan":'
        '{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}'
    )
    later = entry("aws:CurrentTime", "date", "2019-04-25T11:00:00Z")
    result = custom(iam, document, action="dynamodb:CreateBackup", ContextEntries=[later])
    assert result == {
        "EvalActionName": "dynamodb:CreateBackup",
        "EvalResourceName": "*",
        "EvalDecision": "allowed",
        "MatchedStatements": [
            {
                "SourcePolicyId": "PolicyInputList.1",
                "SourcePolicyType": "IAM Policy",
                "StartPosition": {"Line": 1, "Column": 38},
                "EndPosition": {"Line": 1, "Column": 167},
            }
        ],
        "MissingContextValues": [],
    }
    earlier = entry("aws:CurrentTime", "date", "2014-04-25T11:00:00Z")
    result = custom(iam, document, action="dynamodb:CreateBackup", ContextEntries=[earlier])
    assert (result["EvalDecision"], result["MatchedStatements"]) == ("implicitDeny", [])


def test_keys_that_nobody_gave_are_named(iam: Any) -> None:
    asks = policy(Condition={"StringEquals": {"aws:PrincipalTag/team": "orders"}})
    unrelated = policy(Action="ec2:*", Condition={"Bool": {"aws:SecureTransport": "true"}})
    result = custom(iam, asks, unrelated)
    assert result["EvalDecision"] == "implicitDeny"
    assert result["MissingContextValues"] == ["aws:PrincipalTag/team"]


@pytest.mark.parametrize(
    ("kind", "values", "operator", "wanted"),
    [
        ("string", ["a"], "StringEquals", "a"),
        ("stringList", ["a", "b"], "ForAllValues:StringEquals", ["a", "b"]),
        ("numeric", ["10"], "NumericLessThan", "11"),
        ("boolean", ["true"], "Bool", "true"),
        ("ip", ["10.1.2.3"], "IpAddress", "10.0.0.0/8"),
        ("date", ["2024-01-01T00:00:00Z"], "DateGreaterThan", "2023-01-01T00:00:00Z"),
        ("date", ["1704067200"], "DateGreaterThan", "2023-01-01T00:00:00Z"),
    ],
)
def test_context_entries_have_types(
    iam: Any, kind: str, values: list[str], operator: str, wanted: Any
) -> None:
    document = policy(Condition={operator: {"svc:key": wanted}, "Null": {"svc:key": "false"}})
    given = [entry("svc:key", kind, *values)]
    assert custom(iam, document)["EvalDecision"] == "implicitDeny"
    assert custom(iam, document, ContextEntries=given)["EvalDecision"] == "allowed"


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("numeric", ["ten"]),
        ("boolean", ["yes"]),
        ("ip", ["10.0.0"]),
        ("date", ["yesterday"]),
        ("string", ["a", "b"]),
    ],
)
def test_a_value_that_is_not_of_its_type(
    iam: Any, refused: Refused, kind: str, values: list[str]
) -> None:
    code, message = refused(
        iam.simulate_custom_policy,
        PolicyInputList=[policy()],
        ActionNames=["s3:GetObject"],
        ContextEntries=[entry("svc:key", kind, *values)],
    )
    assert code == "InvalidInput"
    assert "svc:key" in message


def test_each_resource_has_its_own_answer(iam: Any) -> None:
    result = custom(iam, policy(Resource=OBJECT), ResourceArns=[OBJECT, "arn:aws:s3:::other/1"])
    assert result["EvalDecision"] == "implicitDeny"
    assert [
        (one["EvalResourceName"], one["EvalResourceDecision"])
        for one in result["ResourceSpecificResults"]
    ] == [(OBJECT, "allowed"), ("arn:aws:s3:::other/1", "implicitDeny")]


def test_results_come_in_pages(iam: Any) -> None:
    actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    pages = list(
        iam.get_paginator("simulate_custom_policy").paginate(
            PolicyInputList=[policy()], ActionNames=actions, PaginationConfig={"PageSize": 2}
        )
    )
    assert [len(page["EvaluationResults"]) for page in pages] == [2, 1]
    assert [page["IsTruncated"] for page in pages] == [True, False]
    names = [result["EvalActionName"] for page in pages for result in page["EvaluationResults"]]
    assert names == actions


def test_the_policies_of_a_role(iam: Any) -> None:
    iam.put_role_policy(RoleName="app", PolicyName="inline", PolicyDocument=policy())
    iam.attach_role_policy(RoleName="app", PolicyArn=S3_READ_ONLY)
    result = principal(iam, ROLE)
    assert result["EvalDecision"] == "allowed"
    assert sorted(sources(result)) == ["AmazonS3ReadOnlyAccess", "role_app_inline"]


def test_the_policies_of_a_user_and_its_groups(iam: Any) -> None:
    own_folder = policy(Resource="arn:aws:s3:::bookshop-orders/${aws:username}/*")
    iam.put_group_policy(GroupName="staff", PolicyName="own", PolicyDocument=own_folder)
    mine, others = (f"arn:aws:s3:::bookshop-orders/{name}/1" for name in ("alice", "bob"))
    assert principal(iam, USER, ResourceArns=[mine])["EvalDecision"] == "allowed"
    assert sources(principal(iam, USER, ResourceArns=[mine])) == ["group_staff_own"]
    assert principal(iam, USER, ResourceArns=[others])["EvalDecision"] == "implicitDeny"


def test_a_group_has_no_user_name(iam: Any) -> None:
    own_folder = policy(Resource="arn:aws:s3:::bookshop-orders/${aws:username}/*")
    iam.put_group_policy(GroupName="staff", PolicyName="own", PolicyDocument=own_folder)
    result = principal(iam, GROUP, ResourceArns=["arn:aws:s3:::bookshop-orders/alice/1"])
    assert result["EvalDecision"] == "implicitDeny"
    assert result["MissingContextValues"] == ["aws:username"]


def test_a_boundary_limits_and_is_reported(iam: Any) -> None:
    iam.put_role_policy(RoleName="app", PolicyName="all", PolicyDocument=policy(Action="s3:*"))
    iam.put_role_permissions_boundary(RoleName="app", PermissionsBoundary=S3_READ_ONLY)
    for action, decision, inside in [
        ("s3:GetObject", "allowed", True),
        ("s3:PutObject", "implicitDeny", False),
    ]:
        result = principal(iam, ROLE, action)
        assert result["EvalDecision"] == decision
        assert result["PermissionsBoundaryDecisionDetail"] == {
            "AllowedByPermissionsBoundary": inside
        }


def test_another_boundary_can_be_tried(iam: Any) -> None:
    iam.put_role_policy(RoleName="app", PolicyName="all", PolicyDocument=policy(Action="s3:*"))
    iam.put_role_permissions_boundary(RoleName="app", PermissionsBoundary=S3_READ_ONLY)
    wide = policy(Action="*")
    result = principal(iam, ROLE, "s3:PutObject", PermissionsBoundaryPolicyInputList=[wide])
    assert result["EvalDecision"] == "allowed"


def test_every_level_of_scps_must_allow(iam: Any) -> None:
    root, unit = policy(Action="*"), policy(Action="ec2:*")
    result = custom(
        iam,
        policy(),
        OrderedOrganizationPolicyInputList=[
            {"ServiceControlPolicyInputList": [root]},
            {"ServiceControlPolicyInputList": [unit]},
        ],
    )
    assert result["EvalDecision"] == "implicitDeny"
    assert result["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": False}


def test_the_simulator_says_yes_where_a_trust_policy_says_no(iam: Any) -> None:
    """AWS page: *IAM policy testing with the IAM policy simulator*, how it differs."""
    iam.put_role_policy(RoleName="app", PolicyName="sts", PolicyDocument=policy(Action="sts:*"))
    iam.create_role(RoleName="other", AssumeRolePolicyDocument=trust())
    result = principal(iam, ROLE, "sts:AssumeRole", ResourceArns=[own("other", "role")])
    assert result["EvalDecision"] == "allowed"


def test_a_resource_policy_is_asked_if_it_is_passed_in(iam: Any) -> None:
    iam.put_user_policy(UserName="alice", PolicyName="s3", PolicyDocument=policy())
    deny = policy(Effect="Deny", Principal={"AWS": USER}, Resource=OBJECT)
    assert principal(iam, USER, ResourceArns=[OBJECT])["EvalDecision"] == "allowed"
    result = principal(iam, USER, ResourceArns=[OBJECT], ResourcePolicy=deny)
    assert (result["EvalDecision"], sources(result)) == ("explicitDeny", ["ResourcePolicy"])


def test_across_accounts_both_sides_must_allow(iam: Any) -> None:
    allow = policy(Principal={"AWS": USER}, Resource=OBJECT)
    foreign = {
        "ResourceArns": [OBJECT],
        "ResourcePolicy": allow,
        "ResourceOwner": "arn:aws:iam::999999999999:root",
    }
    assert principal(iam, USER, **foreign)["EvalDecision"] == "implicitDeny"
    iam.put_user_policy(UserName="alice", PolicyName="s3", PolicyDocument=policy())
    result = principal(iam, USER, **foreign)
    assert result["EvalDecision"] == "allowed"
    (one,) = result["ResourceSpecificResults"]
    assert one["EvalDecisionDetails"] == {"IAM Policy": "allowed", "Resource Policy": "allowed"}


@pytest.mark.parametrize(
    ("exclusion", "left"),
    [
        pytest.param({"PolicyType": "inline"}, ["AmazonS3ReadOnlyAccess"], id="by type"),
        pytest.param({"PolicyArn": f"{S3_READ_ONLY[:-6]}*"}, ["role_app_inline"], id="by ARN"),
        pytest.param(
            {
                "InlinePolicyIdentifier": {
                    "PolicyName": "inline",
                    "AttachmentType": "role",
                    "AttachmentName": "app",
                }
            },
            ["AmazonS3ReadOnlyAccess"],
            id="by name",
        ),
        pytest.param(
            {"PolicyType": "scp"}, ["AmazonS3ReadOnlyAccess", "role_app_inline"], id="of no such"
        ),
    ],
)
def test_policies_can_be_left_out(iam: Any, exclusion: dict[str, Any], left: list[str]) -> None:
    iam.put_role_policy(RoleName="app", PolicyName="inline", PolicyDocument=policy())
    iam.attach_role_policy(RoleName="app", PolicyArn=S3_READ_ONLY)
    result = principal(iam, ROLE, PolicyExclusionList=[exclusion])
    assert sorted(sources(result)) == left


SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/Administrator/learner"
UNCLEAR = f"Invalid Entity Arn: {SESSION} does not clearly define entity type and name."


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        pytest.param(
            {"PolicySourceArn": SESSION}, ("InvalidInput", UNCLEAR), id="a session is no entity"
        ),
        pytest.param(
            {"PolicySourceArn": own("nobody", "role")},
            ("NoSuchEntity", "The role with name nobody cannot be found."),
            id="a role that is not there",
        ),
        pytest.param(
            {"CallerArn": SESSION}, ("InvalidInput", UNCLEAR), id="a session is no caller"
        ),
        pytest.param(
            {"ActionNames": ["s3:*"]},
            ("InvalidInput", "Invalid action name: s3:*"),
            id="no wildcards in actions",
        ),
        pytest.param(
            {"ResourcePolicy": policy(Principal="*")},
            (
                "InvalidInput",
                "Simulation of resource-based policies isn't supported for IAM roles.",
            ),
            id="no resource policies with roles",
        ),
        pytest.param(
            {"PermissionsBoundaryPolicyInputList": [policy(), policy()]},
            (
                "InvalidInput",
                "Only one permissions boundary policy can be simulated at a time.",
            ),
            id="one boundary",
        ),
    ],
)
def test_what_cannot_be_simulated(
    iam: Any, refused: Refused, asked: dict[str, Any], refusal: tuple[str, str]
) -> None:
    full = {"PolicySourceArn": ROLE, "ActionNames": ["s3:GetObject"]} | asked
    assert refused(iam.simulate_principal_policy, **full) == refusal


def test_a_policy_that_is_none(iam: Any, refused: Refused) -> None:
    code, message = refused(
        iam.simulate_custom_policy, PolicyInputList=["{"], ActionNames=["s3:GetObject"]
    )
    assert code == "InvalidInput"
    assert "PolicyInputList.1" in message
