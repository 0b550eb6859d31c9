"""Errors in the shape and the words of the service that was called."""

from __future__ import annotations

from typing import Any

import pytest

from rolelab.sandbox import denial
from rolelab.sandbox.decoding import model_of
from rolelab.sandbox.denial import Refusal, ServiceError


@pytest.mark.parametrize(
    ("service", "family"),
    [
        ("iam", "query"),
        ("sts", "query"),
        ("route53", "query"),
        ("s3", "s3"),
        ("ec2", "ec2"),
        ("dynamodb", "json"),
        ("lambda", "rest-json"),
    ],
)
def test_family_of_a_service(service: str, family: str) -> None:
    assert denial.family_of(model_of(service)) == family


@pytest.mark.parametrize("family", ["query", "json", "ec2", "s3"])
def test_every_family_has_words_for_every_reason(family: str) -> None:
    reasons = {
        *("unknown", "inactive", "token", "expired", "signature", "payload", "skew"),
        *("presigned-expired", "incomplete", "missing"),
    }
    assert reasons <= set(denial.AUTHENTICATION_ERRORS[family])


def test_an_unknown_s3_key_is_named_in_the_error() -> None:
    error = denial.not_authenticated(model_of("s3"), "unknown", "AKIAEXAMPLE", "")
    assert (error.code, error.members) == ("InvalidAccessKeyId", {"AWSAccessKeyId": "AKIAEXAMPLE"})


def test_a_service_error_keeps_its_members() -> None:
    error = ServiceError("NoSuchBucket", "None here.", 404, BucketName="b")
    members: Any = error
    assert str(error) == "NoSuchBucket: None here."
    assert (error.status, members.BucketName) == (404, "b")


def test_a_refusal_answers_moto_s_stubber_and_flask_alike() -> None:
    refusal = Refusal((403, {"x-amzn-requestid": "id"}, b"<Error/>"))
    response = refusal.get_response()
    assert (refusal.code, refusal.get_body()) == (403, b"<Error/>")
    assert refusal.get_headers() == [("x-amzn-requestid", "id")]
    assert (response.status_code, response.get_data()) == (403, b"<Error/>")
    assert response.headers["x-amzn-requestid"] == "id"


@pytest.mark.parametrize(
    ("content_type", "holds"),
    [
        ("application/x-amz-json-1.1", '"__type": "Oops"'),
        ("application/x-www-form-urlencoded", "<Code>Oops</Code><Message>a &lt; b</Message>"),
        (b"application/x-www-form-urlencoded", "<Code>Oops</Code>"),
        (None, "<Code>Oops</Code>"),
    ],
)
def test_a_request_that_moto_cannot_read_is_answered_all_the_same(
    content_type: str | bytes | None, holds: str
) -> None:
    status, _, body = denial.plain_response(ServiceError("Oops", "a < b"), content_type)
    assert status == 400
    assert holds in str(body)


def test_what_is_not_modelled_is_named() -> None:
    error = denial.not_modelled(model_of("ecs"), "ExecuteCommand", "It is a test.")
    assert (error.code, error.status) == ("NotImplemented", 501)
    assert error.message == (
        "The sandbox does not model ecs:ExecuteCommand. What AWS does: "
        "https://docs.aws.amazon.com/goto/WebAPI/ecs-2014-11-13/ExecuteCommand It is a test."
    )
