"""Which resources become patterns, and how far."""

from __future__ import annotations

import re

import pytest

from rolelab.iam import Policies, Request, evaluate
from rolelab.least_privilege import Rule
from rolelab.least_privilege.patterns import path_patterns, place_of, resource_patterns

ACCOUNT = "123456789012"
ECS = f"arn:aws:ecs:us-east-1:{ACCOUNT}"
LOGS = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/ecs/orders:log-stream"
TASK = "0123456789abcdef0123456789abcdef"

PLACES: dict[str, tuple[str, tuple[str, str]]] = {
    "a bucket has a name, an object a path below it": (
        "arn:aws:s3:::shop/incoming/1.json",
        ("arn:aws:s3:::shop/", "incoming/1.json"),
    ),
    "a bucket is only a name": ("arn:aws:s3:::shop", ("arn:aws:s3:::shop", "")),
    "no resource": ("*", ("*", "")),
    "a parameter lies below its first level": (
        f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/orders/db/user",
        (f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/orders/", "db/user"),
    ),
    "a table is only a name": (
        f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/orders/index/day",
        (f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/orders/index/day", ""),
    ),
    "ECS counts revisions": (
        f"{ECS}:task-definition/orders:7",
        (f"{ECS}:task-definition/orders:*", ""),
    ),
    "ECS makes up task ids": (f"{ECS}:task/bookshop/{TASK}", (f"{ECS}:task/bookshop/*", "")),
    "a service has a name": (
        f"{ECS}:service/bookshop/orders",
        (f"{ECS}:service/bookshop/orders", ""),
    ),
    "awslogs ends a stream with the task's id": (
        f"{LOGS}:orders/app/{TASK}",
        (f"{LOGS}:orders/app/*", ""),
    ),
    "CloudFormation makes up stack ids": (
        f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/shop/5b7c-11",
        (f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/shop/*", ""),
    ),
}


@pytest.mark.parametrize(("arn", "place"), PLACES.values(), ids=PLACES)
def test_what_is_a_name_and_what_a_path(arn: str, place: tuple[str, str]) -> None:
    assert tuple(place_of(arn)) == place


MANY = [str(number) for number in range(1, 5)]
PATHS: dict[str, tuple[list[str], int, tuple[str, ...]]] = {
    "as many as the rule lists": (
        ["in/1", "in/2", "in/3"],
        3,
        ("in/1", "in/2", "in/3"),
    ),
    "one more": ([f"in/{each}" for each in MANY], 3, ("in/*",)),
    "a path in the middle keeps its end": (
        [f"customers/{each}/bill.pdf" for each in MANY],
        3,
        ("customers/*/bill.pdf",),
    ),
    "two levels": (
        [f"{year}/{day}" for year in MANY for day in MANY],
        3,
        ("*/*",),
    ),
    "what a pattern covers is left out": (
        [*(f"in/{each}" for each in MANY), *(f"in/{each}/x" for each in MANY)],
        3,
        ("in/*",),
    ),
    "different prefixes stay apart": (
        [*(f"in/{each}" for each in MANY), "out/1"],
        3,
        ("in/*", "out/1"),
    ),
    "a prefix stays a prefix": (["in/"], 3, ("in/",)),
    "no siblings: everything below": (["in/1"], 0, ("*",)),
    "a star in a name is a star": (["a*b"], 3, ("a${*}b",)),
    "a variable in a name is none": (["a${x}?"], 3, ("a${$}{x}${?}",)),
}


@pytest.mark.parametrize(("paths", "siblings", "patterns"), PATHS.values(), ids=PATHS)
def test_more_siblings_than_the_rule_become_a_star(
    paths: list[str], siblings: int, patterns: tuple[str, ...]
) -> None:
    assert path_patterns(paths, Rule(siblings)) == patterns


@pytest.mark.parametrize("siblings", range(5))
@pytest.mark.parametrize(("paths", "_", "__"), PATHS.values(), ids=PATHS)
def test_the_engine_allows_every_path_that_a_pattern_stands_for(
    paths: list[str], _: int, __: object, siblings: int
) -> None:
    patterns = resource_patterns("arn:aws:s3:::shop/", paths, Rule(siblings))
    allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": list(patterns)}
    policies = Policies(identity=[{"Version": "2012-10-17", "Statement": [allow]}])
    who = f"arn:aws:iam::{ACCOUNT}:user/ann"
    for path in paths:
        asked = Request(who, "s3:GetObject", f"arn:aws:s3:::shop/{path}")
        assert evaluate(asked, policies).allowed
    elsewhere = Request(who, "s3:GetObject", "arn:aws:s3:::other/in/1")
    assert not evaluate(elsewhere, policies).allowed


def test_a_rule_of_less_than_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match=re.escape("Take 0 or more")):
        Rule(-1)
