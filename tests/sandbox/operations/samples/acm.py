"""Certificate Manager: one certificate with tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.sandbox.operations.samples.sample import TAGS, Clients, Sample


def prepare(aws: Clients) -> Mapping[str, Any]:
    """A certificate that Certificate Manager issues."""
    made = aws("acm").request_certificate(DomainName="shop.example.com", Tags=TAGS)
    return {"CertificateArn": made["CertificateArn"]}


SAMPLE = Sample(
    prepare=prepare,
    texts={"CertificateAuthorityArn": "arn:aws:acm-pca:us-east-1:123456789012:x", "Tags": TAGS},
    complete=False,
)
