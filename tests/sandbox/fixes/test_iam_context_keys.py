"""GetContextKeysForCustomPolicy and GetContextKeysForPrincipalPolicy."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from tests.sandbox.fixes.policies import own, policy, trust


@pytest.fixture
def iam(sandbox: object) -> Any:
    return boto3.client("iam")


@pytest.mark.parametrize(
    ("document", "keys"),
    [
        pytest.param(policy(), [], id="a policy that asks for nothing"),
        pytest.param(
            policy(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
            ["aws:SourceIp"],
            id="the key of a condition",
        ),
        pytest.param(
            policy(Resource="arn:aws:s3:::b/${aws:username}/${aws:PrincipalTag/team, 'none'}"),
            ["aws:username", "aws:PrincipalTag/team"],
            id="policy variables, with and without a default",
        ),
        pytest.param(
            policy(Condition={"StringLike": {"s3:prefix": ["", "${aws:username}/*"]}}),
            ["s3:prefix", "aws:username"],
            id="a policy variable in the value of a condition",
        ),
        pytest.param(policy(Resource="arn:aws:s3:::b/${*}${$}${?}"), [], id="literals are no keys"),
        pytest.param(
            policy(
                Condition={
                    "StringEquals": {"aws:RequestTag/team": "a"},
                    "StringLike": {"AWS:requesttag/Team": "b"},
                }
            ),
            ["aws:RequestTag/team"],
            id="keys do not differ by case",
        ),
    ],
)
def test_the_keys_of_policies_that_are_passed_in(iam: Any, document: str, keys: list[str]) -> None:
    answer = iam.get_context_keys_for_custom_policy(PolicyInputList=[document])
    assert answer["ContextKeyNames"] == keys


def test_a_user_asks_for_the_keys_of_its_groups_too(iam: Any) -> None:
    iam.create_user(UserName="alice")
    iam.create_group(GroupName="staff")
    iam.add_user_to_group(GroupName="staff", UserName="alice")
    tagged = policy(Condition={"StringEquals": {"aws:PrincipalTag/team": "orders"}})
    iam.put_group_policy(GroupName="staff", PolicyName="p", PolicyDocument=tagged)
    more = policy(Condition={"Bool": {"aws:SecureTransport": "true"}})
    answer = iam.get_context_keys_for_principal_policy(
        PolicySourceArn=own("alice", "user"), PolicyInputList=[more]
    )
    assert answer["ContextKeyNames"] == ["aws:PrincipalTag/team", "aws:SecureTransport"]


def test_a_trust_policy_is_not_asked(iam: Any) -> None:
    conditions = {"StringEquals": {"sts:ExternalId": "42"}}
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust(Condition=conditions))
    answer = iam.get_context_keys_for_principal_policy(PolicySourceArn=own("app", "role"))
    assert answer["ContextKeyNames"] == []
