"""The same account on a loopback address."""

from __future__ import annotations

import http.client
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import rolelab
from rolelab.sandbox.account import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    yield rolelab.start()
    rolelab.stop()


def test_it_listens_on_loopback_only(sandbox: Sandbox) -> None:
    parts = urlsplit(sandbox.endpoint_url)
    assert (parts.scheme, parts.hostname) == ("http", "127.0.0.1")
    assert sandbox.endpoint_url == sandbox.endpoint_url


@pytest.mark.parametrize("service", ["iam", "s3", "sts", "ecs", "logs", "secretsmanager", "kms"])
def test_services_answer_there(sandbox: Sandbox, service: str) -> None:
    import boto3

    calls = {
        "iam": "list_users",
        "s3": "list_buckets",
        "sts": "get_caller_identity",
        "ecs": "list_clusters",
        "logs": "describe_log_groups",
        "secretsmanager": "list_secrets",
        "kms": "list_keys",
    }
    client = boto3.client(service, endpoint_url=sandbox.endpoint_url)
    answer = getattr(client, calls[service])()
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_the_gate_stands_there_too(sandbox: Sandbox) -> None:
    import boto3

    stranger = boto3.client(
        "iam",
        endpoint_url=sandbox.endpoint_url,
        aws_access_key_id="AKIASTRANGER00000000",
        aws_secret_access_key="guess",
        aws_session_token=None,
    )
    with pytest.raises(stranger.exceptions.ClientError) as caught:
        stranger.list_users()
    assert caught.value.response["Error"]["Code"] == "InvalidClientTokenId"


def test_plain_http_is_not_secure_transport(sandbox: Sandbox) -> None:
    """*AWS global condition context keys*: aws:SecureTransport says whether TLS was used."""
    import json

    import boto3

    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bookshop-orders")
    s3.put_object(Bucket="bookshop-orders", Key="orders/1", Body=b"one book")
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::bookshop-orders/*",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
    s3.put_bucket_policy(Bucket="bookshop-orders", Policy=json.dumps(policy))
    assert s3.get_object(Bucket="bookshop-orders", Key="orders/1")["Body"].read() == b"one book"
    plain = boto3.client("s3", endpoint_url=sandbox.endpoint_url)
    with pytest.raises(plain.exceptions.ClientError, match="explicit deny"):
        plain.get_object(Bucket="bookshop-orders", Key="orders/1")


WITHOUT_TLS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::bookshop-orders", "arn:aws:s3:::bookshop-orders/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def test_subprocesses_come_over_tls_and_trust_this_sandbox_only(sandbox: Sandbox) -> None:
    """The SDKs and the CLI call AWS over HTTPS, so `aws:SecureTransport` is true for them."""
    import json

    import boto3

    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bookshop-orders")
    policy = {"Version": "2012-10-17", "Statement": [WITHOUT_TLS]}
    s3.put_bucket_policy(Bucket="bookshop-orders", Policy=json.dumps(policy))
    environment = sandbox.environment()
    secure = boto3.client(
        "s3",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        verify=environment["AWS_CA_BUNDLE"],
    )
    secure.put_object(Bucket="bookshop-orders", Key="orders/1", Body=b"one book")
    answer = secure.get_object(Bucket="bookshop-orders", Key="orders/1")
    assert answer["Body"].read() == b"one book"


def test_tls_of_the_endpoint_is_real(sandbox: Sandbox) -> None:
    parts = urlsplit(sandbox.environment()["AWS_ENDPOINT_URL"])
    address = (str(parts.hostname), int(parts.port or 0))
    public = ssl.create_default_context()
    with (
        socket.create_connection(address) as plain,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        public.wrap_socket(plain, server_hostname=parts.hostname)


def test_a_client_that_says_nothing_keeps_nobody_waiting(sandbox: Sandbox) -> None:
    """The handshake of one client must not be awaited where others are accepted."""
    import boto3

    environment = sandbox.environment()
    parts = urlsplit(environment["AWS_ENDPOINT_URL"])
    with socket.create_connection((str(parts.hostname), int(parts.port or 0))):
        iam = boto3.client(
            "iam",
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            verify=environment["AWS_CA_BUNDLE"],
        )
        assert iam.list_users()["Users"] == []


def test_plain_http_to_the_tls_port_is_refused_quietly(
    sandbox: Sandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    url = sandbox.environment()["AWS_ENDPOINT_URL"].replace("https:", "http:")
    with pytest.raises((http.client.HTTPException, OSError)):
        urllib.request.urlopen(url)
    assert capfd.readouterr() == ("", "")


def test_the_file_of_the_authority_goes_with_the_sandbox() -> None:
    bundle = Path(rolelab.start().environment()["AWS_CA_BUNDLE"])
    assert b"PRIVATE KEY" not in bundle.read_bytes()
    rolelab.stop()
    assert not bundle.parent.exists()


def test_a_process_that_just_ends_leaves_no_authority_behind() -> None:
    code = "import rolelab; print(rolelab.start().environment()['AWS_CA_BUNDLE'])"
    run = [sys.executable, "-c", code]
    ended = subprocess.run(run, capture_output=True, text=True, check=True)
    bundle = Path(ended.stdout.strip())
    assert bundle.name == "sandbox-ca.pem"
    assert not bundle.parent.exists()


def test_it_is_quiet(sandbox: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    import boto3

    boto3.client("iam", endpoint_url=sandbox.endpoint_url).list_users()
    assert capfd.readouterr() == ("", "")


def test_it_ends_with_the_sandbox() -> None:
    parts = urlsplit(rolelab.start().endpoint_url)
    rolelab.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((parts.hostname, parts.port), timeout=5)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/moto-api/reset"),
        ("POST", "/moto-api/reset-auth"),
        ("GET", "/moto-api/data.json"),
        ("GET", "/latest/meta-data/iam/security-credentials/"),
        ("PUT", "/latest/api/token"),
    ],
)
def test_what_is_no_aws_service_does_not_answer_there(
    sandbox: Sandbox, method: str, path: str
) -> None:
    """moto would reset the account for anybody, and hand out instance credentials."""
    import boto3
    import urllib3

    boto3.client("iam").create_user(UserName="stays")
    answer = urllib3.request(method, sandbox.endpoint_url + path)
    assert answer.status == 403
    assert b"<Code>AccessDenied</Code>" in answer.data
    assert boto3.client("iam").get_user(UserName="stays")["User"]["UserName"] == "stays"


def test_a_bucket_may_have_a_name_that_moto_uses_for_itself(sandbox: Sandbox) -> None:
    import boto3

    s3 = boto3.client("s3", endpoint_url=sandbox.endpoint_url)
    s3.create_bucket(Bucket="latest")
    s3.put_object(Bucket="latest", Key="meta-data/key", Body=b"mine")
    assert s3.get_object(Bucket="latest", Key="meta-data/key")["Body"].read() == b"mine"
