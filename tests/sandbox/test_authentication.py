"""Who may speak at all: keys, tokens, signatures and their expiry."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
import requests
from botocore import UNSIGNED
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from rolelab.sandbox import authentication, sessions
from rolelab.sandbox.account import Sandbox
from tests.sandbox.people import ACCOUNT, allow, error_of, signed_in

UserMaker = Callable[..., boto3.Session]

INVALID = "The security token included in the request is invalid."
EXPIRED = "The security token included in the request is expired"
REGION = {"region_name": "us-east-1"}

# One service of each family, and a call it answers with errors in its own words.
FAMILIES: dict[str, Callable[[boto3.Session], Any]] = {
    "query": lambda session: session.client("iam").list_users,
    "s3": lambda session: session.client("s3").list_buckets,
    "json": lambda session: session.client("dynamodb").list_tables,
    "rest-json": lambda session: session.client("lambda").list_functions,
    "ec2": lambda session: session.client("ec2").describe_regions,
}

# AWS pages: Common errors (IAM), Error responses (S3), Error codes for the Amazon EC2 API.
ERRORS: dict[str, dict[str, tuple[str, int]]] = {
    "unknown key": {
        "query": ("InvalidClientTokenId", 403),
        "s3": ("InvalidAccessKeyId", 403),
        "json": ("UnrecognizedClientException", 400),
        "rest-json": ("UnrecognizedClientException", 403),
        "ec2": ("AuthFailure", 401),
    },
    "inactive key": {
        "query": ("InvalidClientTokenId", 403),
        "s3": ("InvalidAccessKeyId", 403),
        "json": ("UnrecognizedClientException", 400),
        "rest-json": ("UnrecognizedClientException", 403),
        "ec2": ("AuthFailure", 401),
    },
    "wrong secret": {
        "query": ("SignatureDoesNotMatch", 403),
        "s3": ("SignatureDoesNotMatch", 403),
        "json": ("InvalidSignatureException", 400),
        "rest-json": ("InvalidSignatureException", 403),
        "ec2": ("AuthFailure", 401),
    },
    "wrong token": {
        "query": ("InvalidClientTokenId", 403),
        "s3": ("InvalidToken", 400),
        "json": ("UnrecognizedClientException", 400),
        "rest-json": ("UnrecognizedClientException", 403),
        "ec2": ("AuthFailure", 401),
    },
    "no token": {
        "query": ("InvalidClientTokenId", 403),
        "s3": ("InvalidToken", 400),
        "json": ("UnrecognizedClientException", 400),
        "rest-json": ("UnrecognizedClientException", 403),
        "ec2": ("AuthFailure", 401),
    },
    "expired": {
        "query": ("ExpiredToken", 403),
        "s3": ("ExpiredToken", 400),
        "json": ("ExpiredTokenException", 400),
        "rest-json": ("ExpiredTokenException", 403),
        "ec2": ("RequestExpired", 400),
    },
}


@pytest.fixture
def strangers(sandbox: Sandbox) -> dict[str, boto3.Session]:
    """Credentials that AWS refuses, by what is wrong with them."""
    iam = boto3.client("iam")
    iam.create_user(UserName="alice")
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    inactive = iam.create_access_key(UserName="alice")["AccessKey"]
    iam.update_access_key(UserName="alice", AccessKeyId=inactive["AccessKeyId"], Status="Inactive")
    admin = f"arn:aws:iam::{ACCOUNT}:role/Administrator"
    live = sessions.issue("assumed-role", issuer_arn=admin, name="live")
    past = sessions.issue("assumed-role", issuer_arn=admin, name="past", duration=-1)
    pair = (live.access_key_id, live.secret_access_key)
    return {
        "unknown key": boto3.Session("AKIAIOSFODNN7EXAMPLE", "secret", **REGION),
        "inactive key": boto3.Session(
            inactive["AccessKeyId"], inactive["SecretAccessKey"], **REGION
        ),
        "wrong secret": boto3.Session(key["AccessKeyId"], "secret", **REGION),
        "wrong token": boto3.Session(*pair, past.session_token, **REGION),
        "no token": boto3.Session(*pair, **REGION),
        "expired": signed_in(past),
    }


@pytest.mark.parametrize("reason", ERRORS)
def test_every_family_refuses_in_its_own_words(
    strangers: dict[str, boto3.Session], reason: str
) -> None:
    answers = {}
    for family, operation in FAMILIES.items():
        code, status, _ = error_of(operation(strangers[reason]))
        answers[family] = (code, status)
    assert answers == ERRORS[reason]


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("unknown key", INVALID),
        ("wrong token", INVALID),
        ("expired", EXPIRED),
        (
            "wrong secret",
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method. "
            "Consult the service documentation for details.",
        ),
    ],
)
def test_what_sts_says(strangers: dict[str, boto3.Session], reason: str, message: str) -> None:
    assert error_of(strangers[reason].client("sts").get_caller_identity)[2] == message


def test_a_deleted_key_is_unknown(sandbox: Sandbox) -> None:
    iam = boto3.client("iam")
    iam.create_user(UserName="alice")
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    alice = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], **REGION).client("sts")
    assert alice.get_caller_identity()["Arn"].endswith("user/alice")
    iam.delete_access_key(UserName="alice", AccessKeyId=key["AccessKeyId"])
    assert error_of(alice.get_caller_identity)[0] == "InvalidClientTokenId"


def test_a_key_stays_with_its_user_when_the_user_is_renamed(user: UserMaker) -> None:
    alice = user("alice")
    boto3.client("iam").update_user(UserName="alice", NewUserName="alicia")
    assert alice.client("sts").get_caller_identity()["Arn"].endswith("user/alicia")


class TestUnsignedRequests:
    """S3 takes them as anonymous; the others want a signature."""

    @pytest.mark.parametrize(
        ("service", "operation", "expected"),
        [
            ("iam", "list_users", ("MissingAuthenticationToken", 403)),
            ("sts", "get_caller_identity", ("MissingAuthenticationToken", 403)),
            ("dynamodb", "list_tables", ("MissingAuthenticationTokenException", 400)),
            ("s3", "list_buckets", ("AccessDenied", 403)),
        ],
    )
    def test_answer(
        self, sandbox: Sandbox, service: str, operation: str, expected: tuple[str, int]
    ) -> None:
        client = boto3.client(service, config=Config(signature_version=UNSIGNED), **REGION)
        assert error_of(getattr(client, operation))[:2] == expected

    def test_a_public_bucket_can_be_read_without_a_signature(self, sandbox: Sandbox) -> None:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="open-bucket")
        s3.delete_public_access_block(Bucket="open-bucket")
        s3.put_bucket_policy(
            Bucket="open-bucket",
            Policy=allow("s3:GetObject", "arn:aws:s3:::open-bucket/*").replace(
                '"Effect"', '"Principal": "*", "Effect"'
            ),
        )
        s3.put_object(Bucket="open-bucket", Key="page", Body=b"hello")
        anonymous = boto3.client("s3", config=Config(signature_version=UNSIGNED))
        assert anonymous.get_object(Bucket="open-bucket", Key="page")["Body"].read() == b"hello"
        assert error_of(anonymous.delete_object, Bucket="open-bucket", Key="page")[1] == 403


class TestSignaturesOfRealClients:
    """What botocore signs verifies, however the request is built."""

    @pytest.mark.parametrize(
        ("service", "operation", "parameters"),
        [
            ("sns", "list_topics", {}),
            ("sqs", "list_queues", {}),
            ("kms", "list_keys", {}),
            ("ssm", "describe_parameters", {}),
            ("logs", "describe_log_groups", {}),
            ("secretsmanager", "list_secrets", {}),
            ("route53", "list_hosted_zones", {}),
            ("ecr", "describe_repositories", {}),
        ],
    )
    def test_service(
        self, sandbox: Sandbox, service: str, operation: str, parameters: dict[str, Any]
    ) -> None:
        response = getattr(boto3.client(service), operation)(**parameters)
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 200

    def test_a_path_that_holds_an_arn(self, sandbox: Sandbox) -> None:
        arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:none"
        code, _, _ = error_of(boto3.client("lambda").list_tags, Resource=arn)
        assert code == "ResourceNotFoundException"

    def test_a_compressed_body(self, sandbox: Sandbox) -> None:
        metrics = [
            {
                "MetricName": f"metric-{number}",
                "Value": number,
                "Dimensions": [{"Name": "n", "Value": "v" * 200}],
            }
            for number in range(100)
        ]
        boto3.client("cloudwatch").put_metric_data(Namespace="test", MetricData=metrics)
        assert boto3.client("cloudwatch").list_metrics(Namespace="test")["Metrics"]

    @pytest.mark.parametrize("style", ["virtual", "path"])
    @pytest.mark.parametrize("key", ["plain", "a b+c/ü%&=?#.txt", "dir/", "double//slash"])
    def test_s3_keys(self, sandbox: Sandbox, style: str, key: str) -> None:
        s3 = boto3.client("s3", config=Config(s3={"addressing_style": style}))
        s3.create_bucket(Bucket="some-bucket")
        s3.put_object(Bucket="some-bucket", Key=key, Body=b"x", Metadata={"my_key": "a  b"})
        assert s3.get_object(Bucket="some-bucket", Key=key)["Body"].read() == b"x"

    @pytest.mark.parametrize(
        "config",
        [
            {"payload_signing_enabled": True},
            {"payload_signing_enabled": False},
        ],
        ids=str,
    )
    def test_s3_payloads(self, sandbox: Sandbox, config: dict[str, bool]) -> None:
        s3 = boto3.client("s3", config=Config(s3=config))
        s3.create_bucket(Bucket="some-bucket")
        s3.put_object(Bucket="some-bucket", Key="k", Body=b"x" * 10_000)
        listing = s3.list_objects_v2(Bucket="some-bucket", Prefix="", Delimiter="/")
        assert listing["KeyCount"] == 1


class TestPresignedUrls:
    """A link carries its signer's permissions, for as long as it says (S3, presigned URLs)."""

    @pytest.fixture(params=["s3", "s3v4"])
    def s3(self, sandbox: Sandbox, request: pytest.FixtureRequest) -> Any:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="some-bucket")
        s3.put_object(Bucket="some-bucket", Key="a b.txt", Body=b"hello")
        return boto3.client("s3", config=Config(signature_version=request.param))

    @staticmethod
    def link(s3: Any, operation: str = "get_object", expires: int = 60, **parameters: Any) -> str:
        target = {"Bucket": "some-bucket", "Key": "a b.txt", **parameters}
        return str(s3.generate_presigned_url(operation, Params=target, ExpiresIn=expires))

    def test_it_opens_the_object(self, s3: Any) -> None:
        assert requests.get(self.link(s3)).content == b"hello"

    def test_it_uploads_what_was_signed(self, s3: Any) -> None:
        link = self.link(s3, "put_object", ContentType="text/plain")
        sent = requests.put(link, data=b"new", headers={"Content-Type": "text/plain"})
        assert sent.status_code == 200
        assert requests.get(self.link(s3)).content == b"new"

    def test_a_changed_signature_is_refused(self, s3: Any) -> None:
        answer = requests.get(self.link(s3).replace("ignature=", "ignature=0"))
        assert (answer.status_code, "SignatureDoesNotMatch" in answer.text) == (403, True)

    def test_another_key_is_refused(self, s3: Any) -> None:
        answer = requests.get(self.link(s3).replace("a%20b.txt", "b.txt"))
        assert (answer.status_code, "SignatureDoesNotMatch" in answer.text) == (403, True)

    def test_it_expires(self, s3: Any) -> None:
        answer = requests.get(self.link(s3, expires=-5))
        assert (answer.status_code, "Request has expired" in answer.text) == (403, True)

    def test_it_cannot_do_what_its_signer_cannot(self, s3: Any, user: UserMaker) -> None:
        alice = user().client("s3", config=Config(signature_version="s3v4"))
        answer = requests.get(self.link(alice))
        assert (answer.status_code, "user/alice is not authorized" in answer.text) == (403, True)


class TestWhatASignatureCovers:
    """Signed by hand, and changed on the way."""

    @staticmethod
    def signed(signer: Any, service: str, url: str, body: bytes, **headers: str) -> AWSRequest:
        frozen = boto3.Session().get_credentials().get_frozen_credentials()
        request = AWSRequest("PUT" if service == "s3" else "POST", url, headers, body)
        credentials = Credentials(frozen.access_key, frozen.secret_key, frozen.token)
        signer(credentials, service, "us-east-1").add_auth(request)
        return request

    def test_the_body(self, sandbox: Sandbox) -> None:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        request = self.signed(
            SigV4Auth,
            "iam",
            "https://iam.amazonaws.com/",
            b"Action=ListUsers&Version=2010-05-08",
            **form,
        )
        changed = b"Action=ListRoles&Version=2010-05-08"
        ok = requests.post(request.url, data=request.data, headers=dict(request.headers))
        bad = requests.post(request.url, data=changed, headers=dict(request.headers))
        assert (ok.status_code, bad.status_code) == (200, 403)
        assert "SignatureDoesNotMatch" in bad.text

    def test_the_body_of_an_upload_by_its_digest(self, sandbox: Sandbox) -> None:
        boto3.client("s3").create_bucket(Bucket="some-bucket")
        url = "https://some-bucket.s3.amazonaws.com/key"
        request = self.signed(S3SigV4Auth, "s3", url, b"signed")
        bad = requests.put(url, data=b"another", headers=dict(request.headers))
        assert (bad.status_code, "XAmzContentSHA256Mismatch" in bad.text) == (400, True)

    def test_the_signed_headers(self, sandbox: Sandbox) -> None:
        boto3.client("s3").create_bucket(Bucket="some-bucket")
        url = "https://some-bucket.s3.amazonaws.com/key"
        request = self.signed(S3SigV4Auth, "s3", url, b"x", **{"x-amz-acl": "private"})
        headers = {**dict(request.headers), "x-amz-acl": "public-read"}
        bad = requests.put(url, data=b"x", headers=headers)
        assert (bad.status_code, "SignatureDoesNotMatch" in bad.text) == (403, True)

    @pytest.mark.parametrize(
        ("service", "code"), [("s3", "RequestTimeTooSkewed"), ("iam", "SignatureDoesNotMatch")]
    )
    def test_the_time(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, service: str, code: str
    ) -> None:
        later = SimpleNamespace(
            time=lambda: time.time() + authentication.MAX_SKEW + 60, strptime=time.strptime
        )
        monkeypatch.setattr(authentication, "time", later)
        operation = {"s3": "list_buckets", "iam": "list_users"}[service]
        assert error_of(getattr(boto3.client(service), operation))[0] == code

    @pytest.mark.parametrize("authorization", ["Bearer token", "AWS4-HMAC-SHA256 nonsense"])
    def test_what_is_no_signature_is_refused(self, sandbox: Sandbox, authorization: str) -> None:
        answer = requests.post(
            "https://iam.amazonaws.com/",
            data={"Action": "ListUsers", "Version": "2010-05-08"},
            headers={"Authorization": authorization},
        )
        assert (answer.status_code, "IncompleteSignature" in answer.text) == (400, True)


class TestReachOfTemporaryCredentials:
    """What no policy changes (Compare AWS STS credentials)."""

    @pytest.fixture
    def alice(self, user: UserMaker) -> Any:
        return user(policy=allow("*")).client("sts")

    @staticmethod
    def with_credentials(answer: dict[str, Any]) -> boto3.Session:
        given = answer["Credentials"]
        return boto3.Session(
            given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], **REGION
        )

    def test_session_token_without_mfa_does_not_reach_iam(self, alice: Any) -> None:
        session = self.with_credentials(alice.get_session_token())
        assert error_of(session.client("iam").list_users)[0] == "InvalidClientTokenId"
        assert session.client("s3").list_buckets()["Buckets"] == []

    def test_session_token_with_mfa_reaches_iam(self, user: UserMaker) -> None:
        user(policy=allow("*"))
        issued = sessions.issue(
            "session-token", issuer_arn=f"arn:aws:iam::{ACCOUNT}:user/alice", mfa=True
        )
        assert signed_in(issued).client("iam").list_users()["Users"]

    def test_federated_users_reach_neither_iam_nor_sts(self, alice: Any) -> None:
        session = self.with_credentials(alice.get_federation_token(Name="fed", Policy=allow("*")))
        assert session.client("sts").get_caller_identity()["Arn"].endswith("federated-user/fed")
        assert error_of(session.client("iam").list_users)[0] == "InvalidClientTokenId"
        assert error_of(session.client("sts").get_session_token)[0] == "AccessDenied"
