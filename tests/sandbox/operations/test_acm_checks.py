"""What calls to Certificate Manager and to the Resource Groups Tagging API ask.

Pages: *Actions, resources, and condition keys for AWS Certificate Manager*; *TagResources*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rolelab.sandbox.operations import checks_of
from tests.sandbox.operations.samples import acm as sample


def test_a_request_says_which_names_it_is_for(call: Any) -> None:
    given = {"DomainName": "a.example.com", "SubjectAlternativeNames": ["b.example.com"]}
    (check,) = checks_of(call("acm", "RequestCertificate", ValidationMethod="DNS", **given))
    assert check.resource == "*"
    assert check.context["acm:DomainNames"] == ["a.example.com", "b.example.com"]
    assert check.context["acm:ValidationMethod"] == "DNS"


def test_a_certificate_that_exists_has_names_and_tags(aws: Callable[[str], Any], call: Any) -> None:
    arn = sample.prepare(aws)["CertificateArn"]
    (check,) = checks_of(call("acm", "ExportCertificate", CertificateArn=arn, Passphrase=b"x"))
    assert check.resource == arn
    assert check.context["acm:DomainNames"] == ["shop.example.com"]
    assert check.context["aws:ResourceTag/team"] == "shop"


@pytest.mark.parametrize(
    ("given", "resource"),
    [
        ({}, "arn:aws:acm:us-east-1:123456789012:certificate/*"),
        ({"CertificateArn": "arn:aws:acm:us-east-1:1:certificate/c"}, None),
    ],
    ids=["imported anew", "imported again"],
)
def test_an_import_is_asked_about_its_certificate(
    call: Any, given: dict[str, str], resource: str | None
) -> None:
    (check,) = checks_of(call("acm", "ImportCertificate", **given))
    assert check.resource == (resource or given["CertificateArn"])


TAGGED = {
    "arn:aws:lambda:us-east-1:123456789012:function:f": ("TagResource", "UntagResource"),
    "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1": ("CreateTags", "DeleteTags"),
    "arn:aws:s3:::orders": ("PutBucketTagging", "PutBucketTagging"),
    "arn:aws:sqs:us-east-1:123456789012:q": ("TagQueue", "UntagQueue"),
}


@pytest.mark.parametrize(("arn", "permissions"), TAGGED.items(), ids=TAGGED)
def test_tagging_through_the_tagging_api_asks_the_service_too(
    call: Any, arn: str, permissions: tuple[str, str]
) -> None:
    service = arn.split(":")[2]
    tagging = ("TagResources", {"Tags": {"team": "shop"}}, {"aws:RequestTag/team": "shop"})
    untagging = ("UntagResources", {"TagKeys": ["team"]}, {})
    cases = zip(permissions, (tagging, untagging), strict=True)
    for permission, (operation, given, context) in cases:
        own, theirs = checks_of(
            call("resourcegroupstaggingapi", operation, ResourceARNList=[arn], **given)
        )
        assert (own.action, own.resource) == (f"tag:{operation}", "*")
        assert (theirs.action, theirs.resource) == (f"{service}:{permission}", arn)
        assert theirs.context == {"aws:TagKeys": ["team"], **context}
