"""why() finds the decision behind an error; expect_denied() makes a denial part of a lesson."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import rolelab
from rolelab.sandbox.account import Sandbox
from rolelab.sandbox.explain import NotDenied, OtherDenial
from tests.sandbox.people import ACCOUNT, allow

Maker = Callable[..., boto3.Session]

OBJECT = {"Bucket": "some-bucket", "Key": "k"}


def failure(call: Callable[..., Any], **parameters: Any) -> ClientError:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value


@pytest.fixture
def alice(user: Maker) -> boto3.Session:
    boto3.client("s3").create_bucket(Bucket="some-bucket")
    return user("alice", allow("iam:ListUsers"))


class TestWhy:
    @pytest.mark.parametrize("where", ["in-process", "endpoint"])
    def test_of_an_error(self, alice: boto3.Session, sandbox: Sandbox, where: str) -> None:
        url = sandbox.endpoint_url if where == "endpoint" else None
        s3 = alice.client("s3", endpoint_url=url)
        error = failure(s3.get_object, **OBJECT)
        failure(s3.delete_object, **OBJECT)
        decision = rolelab.why(error)
        assert (decision.effect, decision.request.action) == ("ImplicitDeny", "s3:GetObject")
        assert decision.message == error.response["Error"]["Message"]

    def test_without_an_error_it_is_the_last_denial(self, alice: boto3.Session) -> None:
        failure(alice.client("s3").get_object, **OBJECT)
        failure(alice.client("iam").list_roles)
        alice.client("iam").list_users()
        assert rolelab.why().request.action == "iam:ListRoles"

    def test_of_a_head_request_whose_answer_has_no_words(self, alice: boto3.Session) -> None:
        error = failure(alice.client("s3").head_object, **OBJECT)
        assert rolelab.why(error).request.resource == "arn:aws:s3:::some-bucket/k"

    def test_of_an_error_that_wraps_a_client_error(self, alice: boto3.Session) -> None:
        from boto3.exceptions import S3UploadFailedError

        with pytest.raises(S3UploadFailedError) as caught:
            alice.client("s3").upload_file(__file__, "some-bucket", "k")
        assert rolelab.why(caught.value).request.action == "s3:PutObject"

    def test_nothing_was_denied_yet(self, sandbox: Sandbox) -> None:
        with pytest.raises(LookupError, match="Nothing has been denied in this account yet"):
            rolelab.why()

    def test_a_fresh_account_has_no_denials(self, alice: boto3.Session) -> None:
        failure(alice.client("iam").list_roles)
        rolelab.start()
        with pytest.raises(LookupError):
            rolelab.why()

    def test_of_a_call_that_was_allowed_and_failed(self, sandbox: Sandbox) -> None:
        error = failure(boto3.client("iam").get_role, RoleName="none")
        with pytest.raises(LookupError, match=r"NoSuchEntity is no decision of a policy: .* none"):
            rolelab.why(error)

    def test_of_a_call_that_failed_without_a_word(self, sandbox: Sandbox) -> None:
        kms = boto3.client("kms")
        sealed = kms.encrypt(KeyId=kms.create_key()["KeyMetadata"]["KeyId"], Plaintext=b"x")
        other = {"CiphertextBlob": sealed["CiphertextBlob"], "EncryptionContext": {"order": "1"}}
        error = failure(kms.decrypt, **other)
        with pytest.raises(LookupError, match=r"the service refused it afterwards\.$"):
            rolelab.why(error)

    @pytest.mark.parametrize(
        ("credentials", "says"),
        [
            (("AKIAIOSFODNN7EXAMPLE", "secret"), "There is no access key with this id"),
            (None, "The secret access key is not the one of this access key id"),
        ],
        ids=["unknown key", "wrong secret"],
    )
    def test_of_an_authentication_failure(
        self, alice: boto3.Session, credentials: tuple[str, str] | None, says: str
    ) -> None:
        pair = credentials or (alice.get_credentials().access_key, "wrong")
        stranger = boto3.Session(*pair, region_name="us-east-1")
        error = failure(stranger.client("iam").list_users)
        with pytest.raises(LookupError, match=f"came before any policy was asked: .*{says}"):
            rolelab.why(error)

    def test_of_something_else_altogether(self, sandbox: Sandbox) -> None:
        with pytest.raises(LookupError, match="ValueError did not come from an AWS call"):
            rolelab.why(ValueError("no"))


class TestExpectDenied:
    @pytest.mark.parametrize(
        "resource",
        [None, "arn:aws:s3:::some-bucket/k", "arn:aws:s3:::some-*/*"],
        ids=["any resource", "the resource", "wildcards"],
    )
    def test_a_planned_denial_is_told_and_does_not_stop_the_cell(
        self, alice: boto3.Session, resource: str | None, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with rolelab.expect_denied("s3:GetObject", resource):
            alice.client("s3").get_object(**OBJECT)
        assert capsys.readouterr().out.splitlines() == [
            "Denied, as planned: s3:GetObject on arn:aws:s3:::some-bucket/k",
            f"User: arn:aws:iam::{ACCOUNT}:user/alice is not authorized to perform: s3:GetObject "
            "on resource: arn:aws:s3:::some-bucket/k because no identity-based policy allows the "
            "s3:GetObject action",
        ]

    def test_actions_compare_without_case(self, alice: boto3.Session) -> None:
        with rolelab.expect_denied("S3:getobject"):
            alice.client("s3").get_object(**OBJECT)

    def test_fails_when_nothing_is_denied(self, alice: boto3.Session) -> None:
        wanted = "Expected a denial of iam:ListUsers, but nothing was denied"
        with pytest.raises(NotDenied, match=wanted), rolelab.expect_denied("iam:ListUsers"):
            alice.client("iam").list_users()

    @pytest.mark.parametrize(
        ("action", "resource"),
        [("s3:PutObject", None), ("s3:GetObject", "arn:aws:s3:::other-bucket/*")],
        ids=["another action", "another resource"],
    )
    def test_fails_when_something_else_is_denied(
        self, alice: boto3.Session, action: str, resource: str | None
    ) -> None:
        with (
            pytest.raises(OtherDenial, match="denied was s3:GetObject on arn:aws:s3:::some-bucket"),
            rolelab.expect_denied(action, resource),
        ):
            alice.client("s3").get_object(**OBJECT)

    def test_fails_when_the_call_fails_for_another_reason(self, sandbox: Sandbox) -> None:
        with (
            pytest.raises(OtherDenial, match="NoSuchEntity"),
            rolelab.expect_denied("iam:GetRole"),
        ):
            boto3.client("iam").get_role(RoleName="none")

    def test_other_errors_pass_through(self, sandbox: Sandbox) -> None:
        with pytest.raises(ZeroDivisionError), rolelab.expect_denied("iam:GetRole"):
            _ = 1 / 0

    def test_brackets_in_a_resource_are_no_wildcards(self, alice: boto3.Session) -> None:
        with rolelab.expect_denied("s3:GetObject", "arn:aws:s3:::some-bucket/[k]"):
            alice.client("s3").get_object(Bucket="some-bucket", Key="[k]")
