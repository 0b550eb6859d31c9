"""Presigned URLs and forms: who signed, what for, and until when; in-process and over loopback."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
import requests
from botocore.config import Config

from rolelab.sandbox import authentication

BUCKET = "bookshop-orders"
KEY = "orders/1.json"
VERSIONS = pytest.mark.parametrize("version", ["s3v4", "s3"], ids=["SigV4", "SigV2"])


def fetch(url: str, method: str = "GET", data: bytes | None = None) -> tuple[int, str]:
    answer = requests.request(method, url, data=data, timeout=5)
    return answer.status_code, answer.text


@pytest.fixture(params=["in-process", "loopback endpoint"])
def place(request: pytest.FixtureRequest, sandbox: Any) -> dict[str, Any]:
    """What a client needs to sign for the place where requests go."""
    return {} if request.param == "in-process" else {"endpoint_url": sandbox.endpoint_url}


@pytest.fixture
def client(place: dict[str, Any]) -> Callable[..., Any]:
    """Make clients that sign with one version: `client("s3v4", **credentials)`."""
    boto3.client("s3").create_bucket(Bucket=BUCKET)
    boto3.client("s3").put_object(Bucket=BUCKET, Key=KEY, Body=b"order")

    def make(version: str, **credentials: Any) -> Any:
        config = Config(signature_version=version, s3={"addressing_style": "path"})
        return boto3.client("s3", config=config, **place, **credentials)

    return make


def url(client: Any, operation: str = "get_object", **parameters: Any) -> str:
    about = {"Bucket": BUCKET, "Key": KEY, **parameters}
    return str(client.generate_presigned_url(operation, Params=about, ExpiresIn=3600))


def clerk(*actions: str) -> dict[str, str]:
    """The access key of a user who may do this with orders."""
    iam = boto3.client("iam")
    iam.create_user(UserName="clerk")
    document = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": list(actions),
            "Resource": f"arn:aws:s3:::{BUCKET}/orders/*",
        },
    }
    iam.put_user_policy(UserName="clerk", PolicyName="orders", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName="clerk")["AccessKey"]
    return {
        "aws_access_key_id": key["AccessKeyId"],
        "aws_secret_access_key": key["SecretAccessKey"],
    }


@VERSIONS
def test_the_right_url_works(client: Any, version: str) -> None:
    assert fetch(url(client(version))) == (200, "order")


@VERSIONS
def test_it_works_until_it_expires(
    client: Any, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed, now = url(client(version)), time.time
    monkeypatch.setattr(authentication.time, "time", lambda: now() + 3500)
    assert fetch(signed) == (200, "order")
    monkeypatch.setattr(authentication.time, "time", lambda: now() + 3700)
    status, body = fetch(signed)
    assert status == 403
    assert "<Code>AccessDenied</Code><Message>Request has expired" in body


@VERSIONS
def test_a_url_for_one_object_opens_no_other(client: Any, version: str) -> None:
    boto3.client("s3").put_object(Bucket=BUCKET, Key="orders/2.json", Body=b"another")
    status, body = fetch(url(client(version)).replace("1.json", "2.json"))
    assert status == 403
    assert "<Code>SignatureDoesNotMatch</Code>" in body


@VERSIONS
def test_a_url_to_read_does_not_write(client: Any, version: str) -> None:
    status, body = fetch(url(client(version)), method="PUT", data=b"mine")
    assert status == 403
    assert "<Code>SignatureDoesNotMatch</Code>" in body
    stored = boto3.client("s3").get_object(Bucket=BUCKET, Key=KEY)
    assert stored["Body"].read() == b"order"


@VERSIONS
def test_a_url_to_write_writes(client: Any, version: str) -> None:
    signed = url(client(version), "put_object", Key="orders/2.json")
    assert fetch(signed, method="PUT", data=b"new")[0] == 200
    stored = boto3.client("s3").get_object(Bucket=BUCKET, Key="orders/2.json")
    assert stored["Body"].read() == b"new"


@VERSIONS
def test_the_wrong_secret(client: Any, version: str) -> None:
    credentials = {**clerk("s3:GetObject"), "aws_secret_access_key": "not the secret"}
    status, body = fetch(url(client(version, **credentials)))
    assert status == 403
    assert "<Code>SignatureDoesNotMatch</Code>" in body


@VERSIONS
def test_a_key_nobody_has(client: Any, version: str) -> None:
    credentials = {"aws_access_key_id": "AKIAEXAMPLEEXAMPLE00", "aws_secret_access_key": "secret"}
    status, body = fetch(url(client(version, **credentials)))
    assert status == 403
    assert "<Code>InvalidAccessKeyId</Code>" in body


@VERSIONS
def test_without_its_session_token(client: Any, version: str) -> None:
    signed = urlsplit(url(client(version)))
    kept = [each for each in signed.query.split("&") if "security-token" not in each.lower()]
    assert len(kept) < len(signed.query.split("&"))
    status, _ = fetch(signed._replace(query="&".join(kept)).geturl())
    assert status in (400, 403)


@VERSIONS
def test_a_url_can_do_no_more_than_who_signed_it(client: Any, version: str) -> None:
    signer = client(version, **clerk("s3:PutObject"))
    status, body = fetch(url(signer))
    assert status == 403
    assert "user/clerk is not authorized to perform: s3:GetObject" in body


@VERSIONS
def test_taking_the_permission_away_takes_the_url_away(client: Any, version: str) -> None:
    signed = url(client(version, **clerk("s3:GetObject")))
    assert fetch(signed) == (200, "order")
    boto3.client("iam").delete_user_policy(UserName="clerk", PolicyName="orders")
    assert fetch(signed)[0] == 403


# Forms: in-process only, because the form is the same text wherever it is sent.


@pytest.fixture
def signer(sandbox: Any) -> Callable[..., Any]:
    boto3.client("s3").create_bucket(Bucket=BUCKET)

    def make(version: str, **credentials: Any) -> Any:
        return boto3.client("s3", config=Config(signature_version=version), **credentials)

    return make


def form(client: Any, key: str = "orders/${filename}", **parameters: Any) -> dict[str, Any]:
    return dict(client.generate_presigned_post(BUCKET, key, **parameters))


def post(form: dict[str, Any], content: bytes = b"{}", **fields: str) -> tuple[int, str]:
    answer = requests.post(
        form["url"],
        data={**form["fields"], **fields},
        files={"file": ("1.json", content)},
        timeout=5,
    )
    return answer.status_code, answer.text


def stored() -> list[str]:
    listing = boto3.client("s3").list_objects_v2(Bucket=BUCKET)
    return [each["Key"] for each in listing.get("Contents", [])]


@VERSIONS
def test_the_right_form_uploads(signer: Any, version: str) -> None:
    assert post(form(signer(version)), b'{"order": 1}') == (204, "")
    answer = boto3.client("s3").get_object(Bucket=BUCKET, Key="orders/1.json")
    assert answer["Body"].read() == b'{"order": 1}'
    assert answer["ServerSideEncryption"] == "AES256"


@VERSIONS
def test_a_form_expires(signer: Any, version: str) -> None:
    status, body = post(form(signer(version), ExpiresIn=-1))
    assert status == 403
    assert "Invalid according to Policy: Policy expired." in body
    assert stored() == []


@VERSIONS
def test_the_key_is_bound_by_the_policy(signer: Any, version: str) -> None:
    status, body = post(form(signer(version)), key="invoices/1.json")
    assert status == 403
    assert 'Policy Condition failed: ["starts-with", "$key", "orders/"]' in unescape(body)
    assert stored() == []


@VERSIONS
def test_the_policy_of_another_form_does_not_fit_the_signature(signer: Any, version: str) -> None:
    tight, wide = form(signer(version), "orders/1.json"), form(signer(version), "invoices/1.json")
    tight["fields"].update(policy=wide["fields"]["policy"], key="invoices/1.json")
    status, body = post(tight)
    assert status == 403
    assert "<Code>SignatureDoesNotMatch</Code>" in body


@VERSIONS
def test_a_field_without_a_condition(signer: Any, version: str) -> None:
    status, body = post(form(signer(version)), acl="public-read")
    assert status == 403
    assert "Invalid according to Policy: Extra input fields: acl" in body


@VERSIONS
@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "EntityTooSmall"), (b"12345", "EntityTooLarge"), (b"123", None)],
    ids=["too small", "too large", "right"],
)
def test_the_size_is_bound(signer: Any, version: str, content: bytes, code: str | None) -> None:
    sized = form(signer(version), Conditions=[["content-length-range", 1, 4]])
    status, body = post(sized, content)
    assert status == (204 if code is None else 400)
    assert code is None or f"<Code>{code}</Code>" in body


@VERSIONS
def test_a_form_with_the_wrong_secret(signer: Any, version: str) -> None:
    credentials = {**clerk("s3:PutObject"), "aws_secret_access_key": "not the secret"}
    status, body = post(form(signer(version, **credentials)))
    assert status == 403
    assert "<Code>SignatureDoesNotMatch</Code>" in body


@VERSIONS
def test_a_form_can_do_no_more_than_who_signed_it(signer: Any, version: str) -> None:
    client = signer(version, **clerk("s3:PutObject"))
    assert post(form(client))[0] == 204
    status, body = post(form(client, "invoices/1.json"))
    assert status == 403
    assert "s3:PutObject on resource" in body


def test_a_form_without_a_policy_is_anonymous(signer: Any) -> None:
    unsigned = {"url": f"https://{BUCKET}.s3.us-east-1.amazonaws.com/", "fields": {"key": "a"}}
    assert post(unsigned)[0] == 403


def test_a_form_obeys_the_bucket(signer: Any) -> None:
    public = form(
        signer("s3v4"), Fields={"acl": "public-read"}, Conditions=[{"acl": "public-read"}]
    )
    status, body = post(public)
    assert status == 400
    assert "The bucket does not allow ACLs" in body


def test_the_status_a_form_asks_for(signer: Any) -> None:
    about: Any = {
        "Fields": {"success_action_status": "200"},
        "Conditions": [{"success_action_status": "200"}],
    }
    assert post(form(signer("s3v4"), **about)) == (200, "")
