"""From an HTTP request to an operation and its parameters, for every protocol."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from moto.core.request import Request

from rolelab.sandbox.decoding import Undecodable, decode, headers_of, identify, model_of, signed_as

FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


def request(method: str, url: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Any:
    return Request.from_primitives(method, url, headers or {}, body)


def decoded(service: str, made: Any) -> tuple[str, dict[str, Any]]:
    return decode(service, made, headers_of(made.environ), made.data)


@pytest.mark.parametrize(
    ("service", "made", "expected"),
    [
        pytest.param(
            "iam",
            request(
                "POST",
                "https://iam.amazonaws.com/",
                FORM,
                b"Action=CreateRole&Version=2010-05-08&RoleName=app"
                b"&Tags.member.1.Key=team&Tags.member.1.Value=red&MaxSessionDuration=3600",
            ),
            (
                "CreateRole",
                {
                    "RoleName": "app",
                    "MaxSessionDuration": 3600,
                    "Tags": [{"Key": "team", "Value": "red"}],
                },
            ),
            id="query",
        ),
        pytest.param(
            "ec2",
            request(
                "POST",
                "https://ec2.us-east-1.amazonaws.com/",
                FORM,
                b"Action=DescribeInstances&Version=2016-11-15&InstanceId.1=i-1&InstanceId.2=i-2",
            ),
            ("DescribeInstances", {"InstanceIds": ["i-1", "i-2"]}),
            id="ec2",
        ),
        pytest.param(
            "secretsmanager",
            request(
                "POST",
                "https://secretsmanager.us-east-1.amazonaws.com/",
                {
                    "Content-Type": "application/x-amz-json-1.1",
                    "X-Amz-Target": "secretsmanager.GetSecretValue",
                },
                json.dumps({"SecretId": "s"}).encode(),
            ),
            ("GetSecretValue", {"SecretId": "s"}),
            id="json",
        ),
        pytest.param(
            "lambda",
            request(
                "GET",
                "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/f?Qualifier=1",
            ),
            ("GetFunction", {"FunctionName": "f", "Qualifier": "1"}),
            id="rest-json",
        ),
        pytest.param(
            "s3",
            request(
                "PUT",
                "https://my.bucket.s3.amazonaws.com/a%20b%2Fc?tagging",
                {"x-amz-tagging": "ignored"},
                b"<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>",
            ),
            (
                "PutObjectTagging",
                {
                    "Bucket": "my.bucket",
                    "Key": "a b/c",
                    "Tagging": {"TagSet": [{"Key": "k", "Value": "v"}]},
                },
            ),
            id="rest-xml",
        ),
        pytest.param(
            "s3",
            request(
                "PUT",
                "https://s3.amazonaws.com/bucket/key",
                {
                    "x-amz-copy-source": "other/key",
                    "x-amz-meta-my_name": "v",
                    "x-amz-object-lock-retain-until-date": "2030-01-01T00:00:00Z",
                },
            ),
            (
                "CopyObject",
                {
                    "Bucket": "bucket",
                    "Key": "key",
                    "CopySource": "other/key",
                    "Metadata": {"my_name": "v"},
                    "ObjectLockRetainUntilDate": datetime(2030, 1, 1),
                },
            ),
            id="headers",
        ),
    ],
)
def test_every_protocol(service: str, made: Any, expected: tuple[str, dict[str, Any]]) -> None:
    assert decoded(service, made) == expected


@pytest.mark.parametrize(
    ("service", "made"),
    [
        ("iam", request("POST", "https://iam.amazonaws.com/", FORM, b"Action=Nonsense")),
        ("iam", request("GET", "https://iam.amazonaws.com/")),
        ("s3", request("PATCH", "https://s3.amazonaws.com/bucket/key")),
        ("s3", request("PUT", "https://s3.amazonaws.com/bucket?tagging", {}, b"<not xml")),
        ("lambda", request("GET", "https://lambda.us-east-1.amazonaws.com/none")),
        (
            "secretsmanager",
            request(
                "POST",
                "https://secretsmanager.us-east-1.amazonaws.com/",
                {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "s.No"},
            ),
        ),
    ],
    ids=["unknown action", "no action", "no method", "bad body", "no path", "unknown target"],
)
def test_what_fits_nothing_is_not_guessed(service: str, made: Any) -> None:
    with pytest.raises(Undecodable):
        decoded(service, made)


class TestServicesThatShareAnAddress:
    def test_the_signature_says_which_is_meant(self) -> None:
        made = request(
            "POST",
            "https://query.timestream.us-east-1.amazonaws.com/",
            {
                "Content-Type": "application/x-amz-json-1.0",
                "X-Amz-Target": "Timestream_20181101.ListScheduledQueries",
            },
            b"{}",
        )
        found = identify(
            "timestream-write", "timestream", made, headers_of(made.environ), made.data
        )
        assert found == ("timestream-query", "ListScheduledQueries", {})

    def test_a_service_that_does_not_exist_is_none(self) -> None:
        made = request("GET", "https://s3.amazonaws.com/bucket")
        with pytest.raises(Undecodable):
            identify("s3", "no-such-service", made, headers_of(made.environ), b"")

    @pytest.mark.parametrize("service", ["iam", "s3", "ecr", "bedrock-runtime", "accessanalyzer"])
    def test_every_service_is_found_under_its_signing_name(self, service: str) -> None:
        assert service in signed_as(model_of(service).signing_name)


def test_headers_are_found_by_any_spelling_and_keep_underscores_of_metadata() -> None:
    made = request("GET", "https://s3.amazonaws.com/", {"X-Amz-Date": "d", "x-amz-meta-a_b": "v"})
    headers = headers_of(made.environ)
    assert headers["x-amz-date"] == headers["X-AMZ-DATE"] == headers.get("X-Amz-Date") == "d"
    assert "X-Amz-Meta-A_B" in headers
    assert headers["host"] == "s3.amazonaws.com"


def test_times_are_read_in_utc() -> None:
    made = request(
        "GET",
        "https://s3.amazonaws.com/bucket/key",
        {"If-Modified-Since": "Wed, 21 Oct 2015 07:28:00 GMT"},
    )
    when = decoded("s3", made)[1]["IfModifiedSince"]
    assert when.replace(tzinfo=UTC) == datetime(2015, 10, 21, 7, 28, tzinfo=UTC)
