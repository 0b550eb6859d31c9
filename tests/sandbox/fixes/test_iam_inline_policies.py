"""Inline policies, through boto3. AWS page: *IAM and AWS STS quotas*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.sandbox.fixes.policies import policy, trust

Refused = Callable[..., tuple[str, str]]


class Holder:
    """A user, a group or a role, and the operations on its inline policies."""

    def __init__(self, iam: Any, kind: str) -> None:
        self.kind = kind
        self.name = {f"{kind.capitalize()}Name": "holder"}
        more = {"AssumeRolePolicyDocument": trust()} if kind == "role" else {}
        getattr(iam, f"create_{kind}")(**self.name, **more)
        self.put = getattr(iam, f"put_{kind}_policy")
        self.get = getattr(iam, f"get_{kind}_policy")
        self.delete = getattr(iam, f"delete_{kind}_policy")


@pytest.fixture(params=["user", "group", "role"])
def holder(sandbox: object, request: pytest.FixtureRequest) -> Holder:
    return Holder(boto3.client("iam"), request.param)


LIMITS = {"user": 2048, "group": 5120, "role": 10240}


def test_what_is_put_can_be_read_and_deleted(holder: Holder, refused: Refused) -> None:
    holder.put(**holder.name, PolicyName="p", PolicyDocument=policy())
    answer = holder.get(**holder.name, PolicyName="p")
    assert answer["PolicyDocument"]["Statement"][0]["Action"] == "s3:GetObject"
    holder.delete(**holder.name, PolicyName="p")
    gone = ("NoSuchEntity", f"The {holder.kind} policy with name p cannot be found.")
    assert refused(holder.get, **holder.name, PolicyName="p") == gone
    assert refused(holder.delete, **holder.name, PolicyName="p") == gone


def test_a_document_that_iam_refuses(holder: Holder, refused: Refused) -> None:
    document = policy(Principal="*")
    assert refused(holder.put, **holder.name, PolicyName="p", PolicyDocument=document) == (
        "MalformedPolicyDocument",
        "Policy document should not specify a principal.",
    )


def test_the_older_version_is_taken(holder: Holder) -> None:
    document = policy().replace("2012-10-17", "2008-10-17")
    holder.put(**holder.name, PolicyName="p", PolicyDocument=document)


def test_the_limit_is_on_all_policies_together(holder: Holder, refused: Refused) -> None:
    limit = LIMITS[holder.kind]
    half = policy(Resource="arn:aws:s3:::" + "b" * (limit // 2))
    holder.put(**holder.name, PolicyName="one", PolicyDocument=half)
    assert refused(holder.put, **holder.name, PolicyName="two", PolicyDocument=half) == (
        "LimitExceeded",
        f"Maximum policy size of {limit} bytes exceeded for {holder.kind} holder",
    )
    holder.put(**holder.name, PolicyName="one", PolicyDocument=half)
