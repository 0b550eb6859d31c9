"""Which actions and services exist, as far as that is known without AWS's own list.

AWS publishes its actions in the Service Authorization Reference, which no library that the account
runs on holds in full. What is here: every action that an AWS managed policy names, every operation
of the botocore models, and Amazon S3's own list. That is all there is to know for the services in
`COMPLETE` (a test compares them with the reference); of others an action is called unknown only if
it looks like a misspelling of one that is known.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache

from rolelab.sandbox.fixes.s3_actions import ACTIONS as S3_ACTIONS

COMPLETE = frozenset(
    {
        "access-analyzer",
        "acm",
        "application-autoscaling",
        "ecr",
        "ecs",
        "elasticloadbalancing",
        "kms",
        "organizations",
        "rds-db",
        "secretsmanager",
        "sns",
        "sqs",
        "sts",
        "tag",
    }
)
"""Prefixes of services all of whose actions are known."""

# Prefix of actions -> boto3's names of the services, where they differ.
_MODELS: Mapping[str, tuple[str, ...]] = {
    "access-analyzer": ("accessanalyzer",),
    "bedrock": ("bedrock", "bedrock-agent", "bedrock-agent-runtime", "bedrock-runtime"),
    "elasticloadbalancing": ("elb", "elbv2"),
    "s3": ("s3", "s3control"),
    "states": ("stepfunctions",),
    "tag": ("resourcegroupstaggingapi",),
}
_ACTION = re.compile(r'"([a-z0-9-]+):([A-Za-z0-9]+)"')
_ALIKE = 0.85
# As many wrong letters make a misspelling where not all actions are known.
_SLIPS = 1


@cache
def _in_managed_policies() -> Mapping[str, frozenset[str]]:
    from rolelab.sandbox.managed_policies import _text

    found: defaultdict[str, set[str]] = defaultdict(set)
    for prefix, name in _ACTION.findall(_text()):
        found[prefix].add(name)
    return {prefix: frozenset(names) for prefix, names in found.items()}


@cache
def actions_of(prefix: str) -> Mapping[str, str]:
    """Give the known actions of a service: the name in lower case -> as AWS writes it."""
    names = set(_in_managed_policies().get(prefix, ()))
    for service in _MODELS.get(prefix, (prefix,)):
        names |= _operations(service)
    # S3's own list is in lower case, and some policies write getObject: capitals come last.
    own = {name.lower(): name for name in S3_ACTIONS} if prefix == "s3" else {}
    return {**own, **{name.lower(): name for name in sorted(names, reverse=True)}}


def _operations(service: str) -> frozenset[str]:
    from botocore.exceptions import UnknownServiceError
    from moto.core.utils import get_service_model

    try:
        return frozenset(get_service_model(service).operation_names)
    except UnknownServiceError:
        return frozenset()


def service_exists(prefix: str) -> bool:
    """Whether some action of a service is known."""
    return bool(actions_of(prefix.lower()))


def similar_service(prefix: str) -> str | None:
    """Give the service that a wrong prefix may mean."""
    return _similar(prefix.lower(), list(_in_managed_policies()))


def problem_with(prefix: str, name: str) -> tuple[bool, str | None]:
    """Say whether an action without wildcards does not exist, and which one may be meant.

    Args:
        prefix: the service, in lower case.
        name: the action's name.
    """
    known = actions_of(prefix)
    if name.lower() in known:
        return False, None
    similar = _similar(name.lower(), list(known))
    if similar is None:
        return prefix in COMPLETE, None
    if prefix not in COMPLETE and _steps(name.lower(), similar) > _SLIPS:
        return False, None
    return True, f"{prefix}:{known[similar]}"


def nothing_matches(prefix: str, pattern: str) -> bool:
    """Whether an action with wildcards names no action of a service that is known in full."""
    if prefix not in COMPLETE:
        return False
    from rolelab.sandbox.access_analyzer.patterns import covers

    return not any(covers(pattern.lower(), name) for name in actions_of(prefix))


def _steps(one: str, other: str) -> int:
    """How many letters have to be added, taken or changed to make one word of the other."""
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, start=1):
        before, row[0] = row[0], i
        for j, right in enumerate(other, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (left != right))
    return row[-1]


def _similar(wanted: str, names: list[str]) -> str | None:
    close = difflib.get_close_matches(wanted, names, n=1, cutoff=_ALIKE)
    return close[0] if close else None
