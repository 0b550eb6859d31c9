"""The prefix of a service's IAM actions, where it is not boto3's name of the service."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

# The prefix is the name that requests to the service are signed with, except for these.
# Page: the "service prefix" of each service in *Service Authorization Reference*.
PREFIXES: Mapping[str, str] = {
    "cloudcontrol": "cloudformation",
    "cloudwatch": "cloudwatch",
    "iot-data": "iot",
    "iot-jobs-data": "iotjobsdata",
    "iotsecuretunneling": "iot",
    "mturk": "mechanicalturk",
    "partnercentral-account": "partnercentral",
    "partnercentral-benefits": "partnercentral",
    "partnercentral-channel": "partnercentral",
    "partnercentral-selling": "partnercentral",
    "resourcegroupstaggingapi": "tag",
    "sso": "sso",
}


@cache
def action_prefix(service: str) -> str:
    """Give the prefix of a service's IAM actions.

    Args:
        service: boto3's name of the service, `stepfunctions`.

    Returns:
        `states`; the name itself for a service that botocore does not know.
    """
    from botocore.exceptions import UnknownServiceError
    from moto.core.utils import get_service_model

    try:
        return prefix_of(service, get_service_model(service).metadata)
    except UnknownServiceError:
        return service


def prefix_of(service: str, metadata: Mapping[str, str]) -> str:
    """Give the prefix of a service's IAM actions from the metadata of its model."""
    return PREFIXES.get(service) or metadata.get("signingName") or metadata["endpointPrefix"]
