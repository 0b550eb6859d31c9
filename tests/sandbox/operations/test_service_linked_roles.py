"""The names of service-linked roles, compared with those in AWS's own managed policies."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from rolelab.sandbox.operations.service_linked_roles import (
    NAMES,
    service_linked_role_arn,
    service_linked_role_name,
)

NAMED = re.compile(r"aws-service-role/([a-z0-9.-]+)\.amazonaws\.com/AWSServiceRoleFor(\w+)")


def test_names_are_those_of_the_managed_policies() -> None:
    found = defaultdict(set)
    for service, name in NAMED.findall(aws_managed_policies_data):
        if not name.endswith("_"):
            found[service].add(name)
    assert dict(NAMES) == {each: names.pop() for each, names in found.items() if len(names) == 1}


@pytest.mark.parametrize(
    ("service", "suffix", "name"),
    [
        ("ecs.amazonaws.com", None, "AWSServiceRoleForECS"),
        ("autoscaling.amazonaws.com", "web", "AWSServiceRoleForAutoScaling_web"),
        ("guardduty.amazonaws.com", None, "AWSServiceRoleForAmazonGuardDuty"),
        ("new-thing.amazonaws.com", None, "AWSServiceRoleForNewThing"),
    ],
)
def test_name(service: str, suffix: str | None, name: str) -> None:
    assert service_linked_role_name(service, suffix) == name


def test_arn_has_the_services_path() -> None:
    assert service_linked_role_arn("ecs.amazonaws.com", None, "123456789012") == (
        "arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
    )
