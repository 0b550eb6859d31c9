"""boto3's name of a service leads to the prefix of its IAM actions."""

from __future__ import annotations

import boto3
import pytest
from moto.core.utils import get_service_model
from policy_sentry.querying.all import get_all_service_prefixes

from rolelab.sandbox.operations.prefixes import PREFIXES, action_prefix

# Newer than policy_sentry's data, or without actions of their own in it.
UNKNOWN_TO_POLICY_SENTRY = {
    "account-access",
    "account-access-runtime",
    "agent-registry",
    "agent-registry-control",
    "applicationcostprofiler",
    "continuum",
    "endusermessaging",
    "iotthingsgraph",
    "network-security-manager",
    "opensearchmemory",
    "s3files",
    "supportauthz",
}


@pytest.mark.parametrize(
    ("service", "prefix"),
    [
        ("apigatewayv2", "apigateway"),
        ("bedrock-runtime", "bedrock"),
        ("cloudwatch", "cloudwatch"),
        ("ecr-public", "ecr-public"),
        ("elbv2", "elasticloadbalancing"),
        ("events", "events"),
        ("logs", "logs"),
        ("resourcegroupstaggingapi", "tag"),
        ("secretsmanager", "secretsmanager"),
        ("service-of-tomorrow", "service-of-tomorrow"),
        ("stepfunctions", "states"),
    ],
)
def test_prefix(service: str, prefix: str) -> None:
    assert action_prefix(service) == prefix


def test_every_service_of_boto3_has_a_real_prefix() -> None:
    known = set(get_all_service_prefixes())
    services = boto3.Session().get_available_services()
    unknown = {name for name in services if action_prefix(name) not in known}
    assert unknown == UNKNOWN_TO_POLICY_SENTRY


@pytest.mark.parametrize("service", PREFIXES)
def test_an_exception_is_one(service: str) -> None:
    metadata = get_service_model(service).metadata
    assert PREFIXES[service] != metadata.get("signingName", metadata["endpointPrefix"])
