"""Every rule is a way that works, and one that can be closed: proven by real calls.

Sources: Rhino Security Labs, *AWS IAM Privilege Escalation Methods*; NCC Group, *Principal Mapper*.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

import rolelab
from rolelab import blast_radius
from rolelab.blast_radius import ADMINISTRATOR, RULES, BlastRadius
from tests.blast_radius.escalations import (
    ESCALATIONS,
    Escalation,
    World,
    allow,
    arn,
    denied,
    started,
)
from tests.ecs.bookshop import EXECUTION

every_rule = pytest.mark.parametrize("case", ESCALATIONS, ids=[case.rule for case in ESCALATIONS])


@pytest.fixture
def world(case: Escalation) -> Iterator[World]:
    yield started(case)
    rolelab.stop()


def ways(radius: BlastRadius, world: World) -> list[str]:
    """The rules by which mallory gets where the case leads."""
    return [
        edge.rule.name
        for edge in radius.edges
        if edge.source.partition(" with ")[0] == world.who
        and not edge.after
        and (edge.rule.gives != "becomes" or edge.target == world.case.target)
    ]


@every_rule
def test_the_rule_is_a_way_that_works(case: Escalation, world: World) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        world.prove()
    radius = blast_radius.of_account()
    assert case.rule in ways(radius, world)
    assert world.who in radius.can_become_administrator
    edges = [edge for edge in radius.edges if edge.rule.name == case.rule]
    assert all(each.decision.allowed for edge in edges for each in edge.evidence)
    assert not case.achieved(world)
    case.perform(world)
    assert case.achieved(world)


@every_rule
def test_closing_it_takes_the_edge_away_and_denies_the_call(case: Escalation, world: World) -> None:
    world.close()
    radius = blast_radius.of_account()
    assert case.rule not in ways(radius, world)
    with pytest.raises(ClientError) as caught:
        case.perform(world)
    assert denied(caught.value)
    assert not case.achieved(world)
    assert world.who not in radius.can_become_administrator
    assert not radius.paths(world.who)


# What a way takes besides, in the form in which it is tried here.
BESIDES = {
    "an image of a private repository takes an execution role": (
        {
            "pass-role-to-new-task",
            "pass-role-to-task",
            "pass-role-to-new-service",
            "pass-role-to-service",
        },
        allow("iam:PassRole", arn("role", EXECUTION)),
    ),
    "an instance needs an image and a network, any of those there are": (
        {"pass-role-to-instance"},
        allow("ec2:RunInstances", "arn:aws:ec2:*::image/*"),
    ),
    "the network of the instance": (
        {"pass-role-to-instance"},
        allow("ec2:RunInstances", ["arn:aws:ec2:*:*:subnet/*", "arn:aws:ec2:*:*:security-group/*"]),
    ),
}


@every_rule
def test_the_evidence_is_all_that_it_takes(case: Escalation, world: World) -> None:
    edges = [edge for edge in blast_radius.of_account().edges if edge.rule.name == case.rule]
    edge = next(
        edge
        for edge in edges
        if edge.source == world.who and case.target in ("", edge.target) and not edge.after
    )
    besides = [statement for rules, statement in BESIDES.values() if case.rule in rules]
    needed = [allow(each.request.action, each.request.resource) for each in edge.evidence]
    world.grant(*needed, *besides, *case.kept)
    case.perform(world)
    assert case.achieved(world)


def test_every_rule_is_demonstrated() -> None:
    assert [case.rule for case in ESCALATIONS] == [rule.name for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
def test_a_rule_says_where_it_comes_from_and_how_to_close_it(rule: blast_radius.Rule) -> None:
    assert rule.source.startswith(("Rhino", "NCC", "AWS"))
    assert rule.close
    assert rule.permissions
    assert rule.name != ADMINISTRATOR
