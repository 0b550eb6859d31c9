"""What the search makes of policies: everything that the engine weighs counts.

AWS pages: *Policy evaluation logic*; *Permissions boundaries for IAM entities*; *SCP evaluation*.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rolelab.blast_radius import ADMINISTRATOR
from rolelab.blast_radius.account import Held, Thing
from rolelab.iam import parse
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

ALL = allow("*")
ROOT = trust({"AWS": ACCOUNT})
ASSUME = allow("sts:AssumeRole")
POLICY = allow("iam:PutUserPolicy")

# Statements of ann, whether she is an administrator, whether she can become one.
POWERS: dict[str, tuple[list[Statement], bool, bool]] = {
    "everything on everything": ([ALL], True, False),
    "wildcards that match all actions and all resources": (
        [{"Effect": "Allow", "Action": "*:*", "Resource": "arn:*"}],
        True,
        False,
    ),
    "everything but one harmless service": (
        [{"Effect": "Allow", "NotAction": "budgets:*", "Resource": "*"}],
        True,
        False,
    ),
    "a power user has no IAM": (
        [{"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}],
        False,
        False,
    ),
    "all of IAM is enough to become one": ([allow("iam:*")], False, True),
    "a wildcard inside an action": ([allow("iam:Put*Policy")], False, True),
    "an explicit Deny of her own stays": ([POLICY, deny("iam:*")], False, False),
    "a Deny of something else does not help": ([POLICY, deny("s3:PutObject")], False, True),
    "reading": ([allow(["iam:Get*", "iam:List*"])], False, False),
    "no policy at all": ([], False, False),
    "her own user by its variable": (
        [allow("iam:PutUserPolicy", arn("user/${aws:username}"))],
        False,
        True,
    ),
    "other users only": ([allow("iam:PutUserPolicy", arn("user/bob"))], False, False),
}


@pytest.mark.parametrize(("statements", "is_one", "can_become"), POWERS.values(), ids=POWERS.keys())
def test_what_makes_an_administrator(
    statements: list[Statement], is_one: bool, can_become: bool
) -> None:
    found = radius(holder("user/ann", *statements))
    assert (arn("user/ann") in found.administrators) is is_one
    assert (arn("user/ann") in found.can_become_administrator) is can_become


def scp(*statements: Statement) -> tuple[tuple[Any, ...], ...]:
    """The SCPs of a root and an account."""
    full = parse(text(ALL), kind="scp")
    return ((full,), (full, parse(text(*statements), kind="scp")))


IN_EUROPE = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
WITH_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
PLATFORM = {"StringEquals": {"aws:PrincipalTag/team": "platform"}}
SHOP = {"StringEquals": {"aws:ResourceTag/team": "shop"}}

# Arguments for ann's user, those of the account, and whether she can become administrator.
GUARDRAILS: dict[str, tuple[list[Statement], dict[str, Any], dict[str, Any], bool]] = {
    "a boundary limits what she may write for herself": (
        [POLICY],
        {"boundary": [allow(["s3:*", "iam:PutUserPolicy"])]},
        {},
        False,
    ),
    "a boundary of everything limits nothing": ([POLICY], {"boundary": [ALL]}, {}, True),
    "a boundary that could not be read allows nothing": (
        [ALL],
        {"boundary": [ALL], "boundary_document": None},
        {},
        False,
    ),
    "an SCP denies the call": (
        [POLICY],
        {},
        {"service_control": scp(deny("iam:Put*Policy"))},
        False,
    ),
    "an SCP about something else does not help": (
        [POLICY],
        {},
        {"service_control": scp(deny("organizations:LeaveOrganization"))},
        True,
    ),
    "an SCP for all but one team": (
        [POLICY],
        {"tags": {"team": "platform"}},
        {
            "service_control": scp(
                deny("iam:*", Condition={"StringNotEquals": PLATFORM["StringEquals"]})
            )
        },
        True,
    ),
    "a condition that no request of hers meets": (
        [allow("iam:PutUserPolicy", Condition=IN_EUROPE)],
        {},
        {},
        False,
    ),
    "a condition on MFA, without MFA": (
        [allow("iam:PutUserPolicy", Condition=WITH_MFA)],
        {},
        {},
        False,
    ),
    "a condition on MFA, with MFA": (
        [allow("iam:PutUserPolicy", Condition=WITH_MFA)],
        {},
        {"context": {"aws:MultiFactorAuthPresent": "true"}},
        True,
    ),
    "a condition on her own tag": (
        [allow("iam:PutUserPolicy", Condition=PLATFORM)],
        {"tags": {"team": "platform"}},
        {},
        True,
    ),
    "a condition on the tag of what is changed": (
        [allow("iam:PutUserPolicy", Condition=SHOP)],
        {"tags": {"team": "platform"}},
        {},
        False,
    ),
}


@pytest.mark.parametrize(
    ("statements", "of_ann", "of_account", "can_become"),
    GUARDRAILS.values(),
    ids=GUARDRAILS.keys(),
)
def test_guardrails_and_conditions_count(
    statements: list[Statement],
    of_ann: dict[str, Any],
    of_account: dict[str, Any],
    can_become: bool,
) -> None:
    found = radius(holder("user/ann", *statements, **of_ann), **of_account)
    assert (arn("user/ann") in found.can_become_administrator) is can_become


def test_what_scps_deny_to_everybody_does_not_keep_anybody_from_being_administrator() -> None:
    found = radius(
        holder("user/ann", ALL), service_control=scp(deny(["iam:CreateUser", "kms:Decrypt"]))
    )
    assert found.administrators == (arn("user/ann"),)


def test_an_scp_that_denies_everything_leaves_no_administrator() -> None:
    found = radius(holder("user/ann", ALL), service_control=scp(deny("*")))
    assert found.administrators == found.edges == ()


# The trust policy of the role, ann's permissions, whether she becomes it.
TRUST: dict[str, tuple[Statement, list[Statement], bool]] = {
    "her own ARN in the trust policy is enough": (trust({"AWS": arn("user/ann")}), [], True),
    "the account's root delegates: she has no permission": (ROOT, [], False),
    "the account's root delegates: she has one": (ROOT, [ASSUME], True),
    "the permission without trust is nothing": (trust({"AWS": arn("user/bob")}), [ASSUME], False),
    "a service is somebody else": (trust({"Service": "ec2.amazonaws.com"}), [ASSUME], False),
    "an external id that she does not know": (
        trust({"AWS": arn("user/ann")}, Condition={"StringEquals": {"sts:ExternalId": "4711"}}),
        [ASSUME],
        False,
    ),
    "a Deny of hers counts": (trust({"AWS": arn("user/ann")}), [deny("sts:*")], False),
}


@pytest.mark.parametrize(("trusted", "statements", "becomes"), TRUST.values(), ids=TRUST.keys())
def test_both_sides_of_assuming_a_role(
    trusted: Statement, statements: list[Statement], becomes: bool
) -> None:
    found = radius(holder("user/ann", *statements), holder("role/app", trust=trusted))
    assert (arn("role/app") in found.reach("ann")) is becomes


def test_a_role_whose_trust_policy_is_not_valid_cannot_be_assumed() -> None:
    found = radius(holder("user/ann", ASSUME), holder("role/app", ALL))
    assert found.reach("ann") == ()


def test_rcps_bear_on_assuming_a_role_and_not_on_iam() -> None:
    strict = parse(
        text({"Effect": "Deny", "Principal": "*", "Action": "sts:*", "Resource": "*"}), kind="rcp"
    )
    ann = holder("user/ann", ASSUME, allow("iam:CreateAccessKey", arn("user/bob")))
    people = (ann, holder("user/bob"), holder("role/app", trust=ROOT))
    assert set(radius(*people).reach("ann")) == {arn("user/bob"), arn("role/app")}
    assert radius(*people, resource_control=((strict,),)).reach("ann") == (arn("user/bob"),)


def test_a_chain_leads_over_several_principals() -> None:
    found = radius(
        holder("user/ann", allow("sts:AssumeRole", arn("role/build"))),
        holder("role/build", allow("iam:CreateAccessKey", arn("user/bob")), trust=ROOT),
        holder("user/bob", ALL),
    )
    (path,) = found.paths("ann")
    assert path.nodes == (arn("user/ann"), arn("role/build"), arn("user/bob"), ADMINISTRATOR)
    assert [edge.rule.name for edge in path] == [
        "assume-role",
        "create-access-key",
        "is-administrator",
    ]


def test_changing_somebody_else_is_worth_something_with_their_credentials_only() -> None:
    change = allow("iam:PutUserPolicy", arn("user/bob"))
    key = allow("iam:CreateAccessKey", arn("user/bob"))
    assert radius(holder("user/ann", change), holder("user/bob")).paths("ann") == []
    found = radius(holder("user/ann", change, key), holder("user/bob"))
    ((edge,),) = found.paths("ann")
    assert (edge.through, edge.after) == (arn("user/bob"), (arn("user/bob"),))
    assert str(edge) == ("user/ann writes an inline policy for user/bob, and becomes user/bob")


def test_whoever_is_raised_to_a_boundary_can_do_what_the_boundary_allows() -> None:
    ann = holder(
        "user/ann",
        allow("iam:PutUserPolicy"),
        boundary=[allow(["iam:PutUserPolicy", "iam:CreateAccessKey"])],
    )
    found = radius(ann, holder("user/bob", ALL))
    raised = f"{arn('user/ann')} with any policy"
    (path,) = found.paths("ann")
    assert path.nodes == (arn("user/ann"), raised, arn("user/bob"), ADMINISTRATOR)
    assert found.graph.nodes[raised]["kind"] == "changed"


def test_a_policy_that_is_rewritten_loses_its_own_deny() -> None:
    written = parse(text(allow("iam:CreatePolicyVersion"), deny("s3:*")))
    ann = replace(holder("user/ann"), policies=(Held(written, arn("policy/work")),))
    things = {"policy": (Thing(arn("policy/work"), (ann.arn,)),)}
    assert radius(ann, things=things).paths("ann")
    inline = replace(ann, policies=(*ann.policies, Held(parse(text(deny("s3:*"))))))
    assert radius(inline, things=things).paths("ann") == []


def test_a_group_that_gives_nothing_new_is_not_shown() -> None:
    group = Thing(
        arn("group/readers"), gift="group readers", documents=(parse(text(allow("s3:Get*"))),)
    )
    found = radius(
        holder(
            "user/ann", allow("iam:AddUserToGroup"), allow("iam:CreateAccessKey", arn("user/bob"))
        ),
        holder("user/bob"),
        things={"group": (group,)},
    )
    assert found.reach("ann") == (arn("user/bob"),)


def test_policies_allow_names_that_do_not_exist_yet() -> None:
    grants = [
        allow(
            ["lambda:CreateFunction", "lambda:InvokeFunction"], "arn:aws:lambda:*:*:function:t-*"
        ),
        allow("iam:PassRole", arn("role/app")),
    ]
    app = holder("role/app", ALL, trust=trust({"Service": "lambda.amazonaws.com"}))
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:"
    for name, reaches in (("t-new", True), ("blast-radius", False)):
        things = {"new function": (Thing(function + name),)}
        found = radius(holder("user/ann", *grants), app, things=things)
        assert bool(found.paths("ann")) is reaches


def test_an_empty_account_has_no_edges() -> None:
    found = radius()
    assert found.edges == found.administrators == found.can_become_administrator == ()
    assert list(found.graph) == [ADMINISTRATOR]
    assert found.to_frame().empty
    with pytest.raises(KeyError, match="no principals"):
        found.paths("ann")
