"""Service principals in trust policies: a typing error is refused, as AWS does.

AWS knows its service principals and refuses others. It publishes no list of them. Those that
occur in its own managed policies are known here, and so is the name of every service that boto3
knows. A name that is one letter away from a known one, and is not known itself, is taken for a
typing error; any other name is let through.

AWS page: *AWS JSON policy elements: Principal*, AWS service principals.
"""

from __future__ import annotations

import re
from functools import cache

_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".aws.internal", ".amazon.com")
_IN_POLICIES = re.compile(r'"([a-z0-9.-]+)\.amazonaws\.com"')
_REGION = re.compile(r"\.[a-z]{2}(-[a-z]+)+-\d$")


def is_refused(principal: str) -> bool:
    """Would AWS refuse a service principal?

    >>> is_refused("ecs-tasks.amazonaws.com"), is_refused("ecs-task.amazonaws.com")
    (False, True)
    >>> is_refused("logs.eu-west-1.amazonaws.com"), is_refused("ecs-tasks")
    (False, True)
    """
    domain = next((domain for domain in _DOMAINS if principal.endswith(domain)), None)
    if domain is None:
        return True
    name = _REGION.sub("", principal.removesuffix(domain))
    # Most names are found at once; only the others cost a list of all.
    if f'"{name}.amazonaws.com"' in _policies():
        return False
    known = _known()
    return name not in known and any(_one_edit_apart(name, other) for other in known)


def _policies() -> str:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    text: str = aws_managed_policies_data
    return text


@cache
def _known() -> frozenset[str]:
    from botocore.loaders import Loader

    services = Loader().list_available_services("service-2")
    return frozenset({*_IN_POLICIES.findall(_policies()), *services})


def _one_edit_apart(one: str, other: str) -> bool:
    """Does one letter more, less or other make two different names the same?"""
    if abs(len(one) - len(other)) > 1:
        return False
    shorter, longer = sorted((one, other), key=len)
    at = next((at for at, letter in enumerate(shorter) if letter != longer[at]), len(shorter))
    rest = shorter[at + 1 :] if len(shorter) == len(longer) else shorter[at:]
    return rest == longer[at + 1 :]
