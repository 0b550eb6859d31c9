"""Each example shows what its title says, and doing what it asks for changes the answer.

AWS pages: named beside each example in `rolelab.policy_playground.examples`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from rolelab.policy_playground.examples import EXAMPLES, Example
from rolelab.policy_playground.fields import Texts
from rolelab.policy_playground.state import State

ALLOW, IMPLICIT, EXPLICIT = "Allow", "ImplicitDeny", "ExplicitDeny"
IDENTITY, RESOURCE = "identity-based policy", "resource-based policy"
BOUNDARY, SCP = "permissions boundary", "service control policy"
ROOT_SCP = """{
    "Version": "2012-10-17",
    "Statement": [
      {
        "Sid": "FullAccess",
        "Effect": "Allow",
        "Action": "*",
        "Resource": "*"
      }
    ]
  }"""


@dataclass(frozen=True)
class Step:
    """A change of one field, and the answer afterwards."""

    field: str
    old: str
    new: str
    effect: str
    decided_by: str = ""


@dataclass(frozen=True)
class Story:
    """What an example of this title begins with, and its steps one after another."""

    title: str
    effect: str
    decided_by: str
    steps: tuple[Step, ...]


STORIES = [
    Story(
        "A missing permission",
        IMPLICIT,
        IDENTITY,
        (
            Step("identity", 'orders/*"', 'orders/*", "arn:aws:s3:::bookshop-orders"', ALLOW),
            Step("action", "s3:ListBucket", "s3:GetObject", ALLOW),
            Step("resource_arn", "bookshop-orders", "bookshop-orders/1", ALLOW),
            Step("identity", '"arn:aws:s3:::bookshop-orders/*", ', "", IMPLICIT, IDENTITY),
        ),
    ),
    Story(
        "An explicit deny",
        EXPLICIT,
        IDENTITY,
        (
            Step(
                "identity",
                '"Action": "*"',
                '"Action": ["*", "s3:DeleteObject"]',
                EXPLICIT,
                IDENTITY,
            ),
            Step("identity", "bookshop-orders/*", "bookshop-orders/archive/*", ALLOW),
        ),
    ),
    Story(
        "A boundary that",
        IMPLICIT,
        BOUNDARY,
        (
            Step("boundary", '"s3:List*"', '"s3:List*", "s3:PutObject"', ALLOW),
            Step("identity", "", "", IMPLICIT, IDENTITY),
        ),
    ),
    Story(
        "Two accounts",
        IMPLICIT,
        RESOURCE,
        (
            Step("resource", "user/auditor", "user/ledger", ALLOW),
            Step("identity", "", "", IMPLICIT, IDENTITY),
            Step("resource_account", "123456789012", "999988887777", ALLOW),
        ),
    ),
    Story(
        "NotAction with Allow",
        ALLOW,
        IDENTITY,
        (
            Step("action", "secretsmanager:GetSecretValue", "iam:CreateUser", IMPLICIT, IDENTITY),
            Step("action", "iam:CreateUser", "secretsmanager:GetSecretValue", ALLOW),
            Step("identity", '"NotAction": "iam:*"', '"Action": "s3:*"', IMPLICIT, IDENTITY),
        ),
    ),
    Story(
        "A Deny without IfExists",
        ALLOW,
        IDENTITY,
        (
            Step("identity", '"Bool"', '"BoolIfExists"', EXPLICIT, IDENTITY),
            Step("context", "", "aws:MultiFactorAuthPresent = true", ALLOW),
        ),
    ),
    Story(
        "The bucket policy names the role",
        IMPLICIT,
        BOUNDARY,
        (
            Step(
                "resource",
                "arn:aws:iam::123456789012:role/orders-task-role",
                "arn:aws:sts::123456789012:assumed-role/orders-task-role/orders-1",
                ALLOW,
                RESOURCE,
            ),
        ),
    ),
    Story(
        "SCPs",
        IMPLICIT,
        SCP,
        (
            Step("service_control", '"logs:*"', '"logs:*", "secretsmanager:*"', ALLOW),
            Step("service_control", ROOT_SCP, "[]", IMPLICIT, SCP),
        ),
    ),
]


def answer(texts: Texts) -> tuple[str, str]:
    state = State(texts).after(texts)
    assert state.faults == ()
    assert state.decision is not None
    return state.decision.effect, state.decision.decided_by


def named(title: str) -> Example:
    (example,) = (each for each in EXAMPLES if each.title.startswith(title))
    return example


def test_every_example_has_a_story() -> None:
    assert [named(story.title) for story in STORIES] == list(EXAMPLES)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.title)
def test_it_shows_what_its_title_says_and_the_change_answers(story: Story) -> None:
    texts = named(story.title).texts
    assert answer(texts) == (story.effect, story.decided_by)
    for step in story.steps:
        before = getattr(texts, step.field)
        assert step.old in before
        after = before.replace(step.old, step.new) if step.old else step.new
        texts = replace(texts, **{step.field: after})
        effect, decided_by = answer(texts)
        assert effect == step.effect
        assert decided_by == (step.decided_by or decided_by)


def test_one_side_suffices_within_an_account_when_the_policy_names_the_user() -> None:
    """*Cross-account policy evaluation logic*: a different account needs both, its own one."""
    example = named("Two accounts")
    ours = replace(
        example.texts,
        principal="arn:aws:iam::123456789012:user/ledger",
        resource=example.texts.resource.replace(
            "999988887777:user/auditor", "123456789012:user/ledger"
        ),
        identity="",
    )
    assert answer(ours) == (ALLOW, RESOURCE)
