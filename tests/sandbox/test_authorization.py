"""Every question a call raises is put to the engine, and its answer counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from rolelab.sandbox import gate
from rolelab.sandbox.account import Sandbox
from tests.sandbox.people import ACCOUNT, allow, document, error_of

Maker = Callable[..., boto3.Session]
OTHER = "210987654321"


class TestDecisions:
    @pytest.mark.parametrize(
        ("service", "operation", "parameters", "code", "status"),
        [
            ("iam", "list_users", {}, "AccessDenied", 403),
            ("s3", "list_buckets", {}, "AccessDenied", 403),
            ("dynamodb", "list_tables", {}, "AccessDeniedException", 400),
            ("lambda", "list_functions", {}, "AccessDeniedException", 403),
            ("ec2", "describe_regions", {}, "UnauthorizedOperation", 403),
            ("route53", "list_hosted_zones", {}, "AccessDenied", 403),
            ("sns", "list_topics", {}, "AuthorizationError", 403),
            ("sqs", "list_queues", {}, "AccessDenied", 403),
        ],
    )
    def test_a_denial_has_the_service_s_own_shape(
        self,
        user: Maker,
        service: str,
        operation: str,
        parameters: dict[str, Any],
        code: str,
        status: int,
    ) -> None:
        client = user().client(service)
        answer = error_of(getattr(client, operation), **parameters)
        assert answer[:2] == (code, status)
        assert f"User: arn:aws:iam::{ACCOUNT}:user/alice is not authorized to perform:" in answer[2]
        assert f"{service}:" in answer[2].lower()

    def test_boto3_raises_the_modelled_class(self, user: Maker) -> None:
        ssm = user().client("secretsmanager")
        kms = user("bob").client("sns")
        with pytest.raises(kms.exceptions.AuthorizationErrorException):
            kms.list_topics()
        with pytest.raises(ClientError, match="AccessDeniedException"):
            ssm.list_secrets()

    def test_a_head_request_is_denied_without_a_body(self, user: Maker) -> None:
        boto3.client("s3").create_bucket(Bucket="some-bucket")
        code, status, _ = error_of(user().client("s3").head_object, Bucket="some-bucket", Key="k")
        assert (code, status) == ("403", 403)

    def test_a_policy_counts_from_the_next_call_on(self, user: Maker) -> None:
        alice = user().client("iam")
        assert error_of(alice.list_users)[0] == "AccessDenied"
        boto3.client("iam").put_user_policy(
            UserName="alice", PolicyName="list", PolicyDocument=allow("iam:ListUsers")
        )
        assert [each["UserName"] for each in alice.list_users()["Users"]] == ["alice"]

    def test_a_stored_policy_that_is_not_valid_denies(self, user: Maker) -> None:
        from moto.iam.models import iam_backends

        alice = user(policy=allow("*")).client("s3")
        iam_backends[ACCOUNT]["aws"].users["alice"].policies["broken"] = "{"
        code, _, message = error_of(alice.list_buckets)
        assert code == "AccessDenied"
        assert "not valid" in message


class TestAccounts:
    def test_a_bucket_policy_opens_a_bucket_to_another_account(self, sandbox: Sandbox) -> None:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="shared-bucket")
        s3.put_object(Bucket="shared-bucket", Key="k", Body=b"hello")
        theirs = sandbox.admin(OTHER).client("s3")
        wanted = {"Bucket": "shared-bucket", "Key": "k"}
        assert error_of(theirs.get_object, **wanted) == ("AccessDenied", 403, "Access Denied")
        s3.put_bucket_policy(
            Bucket="shared-bucket",
            Policy=document(
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
                    "Action": "s3:GetObject",
                    "Resource": "arn:aws:s3:::shared-bucket/*",
                }
            ),
        )
        assert theirs.get_object(**wanted)["Body"].read() == b"hello"

    def test_a_secret_s_policy_opens_it_to_another_account(self, sandbox: Sandbox) -> None:
        mine = boto3.client("secretsmanager")
        arn = mine.create_secret(Name="s", SecretString="x")["ARN"]
        theirs = sandbox.admin(OTHER).client("secretsmanager")
        assert error_of(theirs.describe_secret, SecretId=arn)[0] == "AccessDeniedException"
        guest = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
            "Action": "secretsmanager:DescribeSecret",
            "Resource": "*",
        }
        mine.put_resource_policy(SecretId=arn, ResourcePolicy=document(guest))
        assert theirs.describe_secret(SecretId=arn)["Name"] == "s"

    def test_requiring_tls_does_not_lock_the_author_out(self, sandbox: Sandbox) -> None:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="tls-bucket")
        s3.put_bucket_policy(
            Bucket="tls-bucket",
            Policy=document(
                {
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": ["arn:aws:s3:::tls-bucket", "arn:aws:s3:::tls-bucket/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ),
        )
        s3.put_object(Bucket="tls-bucket", Key="k", Body=b"x")
        plain = boto3.client("s3", endpoint_url=sandbox.endpoint_url)
        code, status, message = error_of(plain.get_object, Bucket="tls-bucket", Key="k")
        assert (code, status) == ("AccessDenied", 403)
        assert "explicit deny in a resource-based policy" in message


class TestBatches:
    def test_denied_items_of_a_batch_are_told_to_its_fix(self, user: Maker) -> None:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="some-bucket")
        for key in ("mine/a", "yours/b"):
            s3.put_object(Bucket="some-bucket", Key=key, Body=b"")
        alice = user(policy=allow("s3:DeleteObject", "arn:aws:s3:::some-bucket/mine/*"))
        keys = {"Objects": [{"Key": "mine/a"}, {"Key": "yours/b"}]}
        answer = alice.client("s3").delete_objects(Bucket="some-bucket", Delete=keys)
        assert [entry["Key"] for entry in answer["Deleted"]] == ["mine/a"]
        assert [(each["Key"], each["Code"]) for each in answer["Errors"]] == [
            ("yours/b", "AccessDenied")
        ]
        left = s3.list_objects_v2(Bucket="some-bucket")["Contents"]
        assert [entry["Key"] for entry in left] == ["yours/b"]

    def test_a_batch_that_nobody_takes_apart_is_denied_whole(
        self, user: Maker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gate._state, "fixes", lambda service, operation: [])
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="some-bucket")
        s3.put_object(Bucket="some-bucket", Key="mine", Body=b"")
        alice = user(policy=allow("s3:DeleteObject", "arn:aws:s3:::some-bucket/mine"))
        keys = {"Objects": [{"Key": "mine"}, {"Key": "yours"}]}
        s3_of_alice = alice.client("s3")
        code, _, message = error_of(s3_of_alice.delete_objects, Bucket="some-bucket", Delete=keys)
        assert (code, "some-bucket/yours" in message) == ("AccessDenied", True)
        assert s3.list_objects_v2(Bucket="some-bucket")["KeyCount"] == 1
