"""The batched search finds what one question at a time finds, in accounts made by chance."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from rolelab.blast_radius.account import Holder
from rolelab.iam import Document, Policies, Request, evaluate, parse
from tests.blast_radius.accounts import (
    ACCOUNT,
    Statement,
    allow,
    arn,
    deny,
    holder,
    radius,
    text,
    trust,
)

USERS, ROLES = [f"user/u{n}" for n in range(6)], [f"role/r{n}" for n in range(6)]
ACTIONS = ["sts:AssumeRole", "iam:CreateAccessKey", "iam:UpdateAssumeRolePolicy", "iam:*", "s3:*"]
TAGGED = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
OPEN = parse(text(trust({"AWS": "*"})), kind="trust")


def statement(chance: random.Random) -> Statement:
    action = chance.choice(ACTIONS)
    resource = chance.choice(["*", arn("role/*"), arn("user/*"), arn(chance.choice(USERS + ROLES))])
    more: dict[str, Any] = {"Condition": TAGGED} if chance.random() < 0.3 else {}
    kind = deny if chance.random() < 0.2 else allow
    return kind(action, resource, **more)


def people(seed: int) -> list[Holder]:
    chance = random.Random(seed)
    found = []
    for name in USERS + ROLES:
        more: dict[str, Any] = {"tags": {"team": chance.choice(["shop", "stock"])}}
        if chance.random() < 0.3:
            more["boundary"] = [allow(["sts:*", "iam:Create*"])]
        if name in ROLES:
            trusted = chance.choice([ACCOUNT, arn(chance.choice(USERS)), arn(chance.choice(ROLES))])
            more["trust"] = trust({"AWS": trusted})
        statements = [statement(chance) for _ in range(chance.randint(0, 3))]
        found.append(holder(name, *statements, **more))
    return found


def may(who: Holder, action: str, whom: Holder, trusted: Document | None = None) -> bool:
    """One question, put without any of the search's own code."""
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{who.name}/at-work"
    context = {
        "aws:PrincipalArn": who.arn,
        "aws:PrincipalTag/team": who.tags["team"],
        "aws:ResourceTag/team": whom.tags["team"],
    }
    policies = Policies(
        identity=[held.document for held in who.policies],
        resource=trusted,
        boundary=who.limits(),
    )
    asker = session if who.is_role else who.arn
    return evaluate(Request(asker, action, whom.arn, context=context), policies).allowed


def expected(everybody: list[Holder]) -> Iterator[tuple[str, str, str]]:
    for who in everybody:
        for whom in everybody:
            if who is whom:
                continue
            if not whom.is_role:
                if may(who, "iam:CreateAccessKey", whom):
                    yield who.arn, whom.arn, "create-access-key"
                continue
            if may(who, "sts:AssumeRole", whom, whom.trust):
                yield who.arn, whom.arn, "assume-role"
            rewrites = may(who, "iam:UpdateAssumeRolePolicy", whom)
            if rewrites and may(who, "sts:AssumeRole", whom, OPEN):
                yield who.arn, whom.arn, "update-trust-policy"


@pytest.mark.parametrize("seed", range(12))
def test_the_same_edges(seed: int) -> None:
    everybody = people(seed)
    wanted = set(expected(everybody))
    rules = {"create-access-key", "assume-role", "update-trust-policy"}
    found = {
        (edge.source, edge.target, edge.rule.name)
        for edge in radius(*everybody).edges
        if edge.rule.name in rules and " with " not in edge.source
    }
    assert wanted
    assert found == wanted
