"""Looking things up in what a search found."""

from __future__ import annotations

import pytest

from rolelab.blast_radius import ADMINISTRATOR, LEFT_OUT, BlastRadius
from rolelab.blast_radius.rules import rule
from tests.blast_radius.accounts import ACCOUNT, allow, arn, holder, radius, trust


@pytest.fixture
def found() -> BlastRadius:
    """Ann becomes the deployer at once or by way of bob; the auditor reads."""
    return radius(
        holder("user/ann", allow("sts:AssumeRole"), allow("iam:CreateAccessKey", arn("user/bob"))),
        holder("user/bob", allow("iam:UpdateAssumeRolePolicy")),
        holder("user/team/auditor", allow("iam:Get*")),
        holder("role/deployer", allow("*"), trust=trust({"AWS": ACCOUNT})),
        holder("role/auditor", trust=trust({"Service": "ec2.amazonaws.com"})),
    )


def test_paths_are_the_shortest_first_and_say_each_step(found: BlastRadius) -> None:
    short, long = found.paths("user/ann")
    assert (len(short), len(long)) == (2, 3)
    assert str(short) == (
        "1. user/ann assumes role/deployer: role/deployer\n"
        "2. role/deployer is allowed everything: administrator"
    )
    assert found.paths("user/ann", limit=1) == [short]
    assert found.paths("bob", "ann") == []


def test_reach_is_nearest_first(found: BlastRadius) -> None:
    assert found.reach("user/ann") == (
        arn("role/deployer"), arn("user/bob"), ADMINISTRATOR, arn("role/auditor"),
    )  # fmt: skip
    assert found.reach("user/auditor") == ()


def test_edges_between_are_what_there_is_to_close(found: BlastRadius) -> None:
    assert {edge.rule.name for edge in found.edges_between("ann")} == {
        "assume-role",
        "create-access-key",
        "update-trust-policy",
        "is-administrator",
    }
    assert found.edges_between("user/auditor") == []


@pytest.mark.parametrize(
    "name", ["ann", "user/ann", arn("user/ann")], ids=["name", "kind and name", "ARN"]
)
def test_principals_are_named_by_arn_or_shorter(found: BlastRadius, name: str) -> None:
    assert found.node(name) == arn("user/ann")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("cem", "there is no principal 'cem'"),
        ("auditor", "several principals are called 'auditor'"),
    ],
)
def test_a_name_that_fits_nobody_or_several_is_an_error_that_lists_them(
    found: BlastRadius, name: str, problem: str
) -> None:
    with pytest.raises(KeyError, match=problem) as caught:
        found.paths(name)
    assert "role/deployer" in str(caught.value)


def test_the_graph_has_every_principal_and_each_edge_its_reasons(found: BlastRadius) -> None:
    assert set(found.graph) == {*found.account.principals, ADMINISTRATOR}
    data = found.graph.edges[arn("user/ann"), arn("role/deployer")]
    assert data["label"] == "assumes it"
    (edge,) = data["edges"]
    (evidence,) = edge.evidence
    assert str(evidence) == f"sts:AssumeRole on {arn('role/deployer')}"
    assert evidence.decision.allowed


def test_the_table_has_a_row_for_each_edge(found: BlastRadius) -> None:
    table = found.to_frame()
    assert len(table) == len(found.edges)
    row = table[table["rule"] == "create-access-key"].iloc[0]
    assert (row["source"], row["target"], row["needs"]) == (
        "user/ann", "user/bob", "iam:CreateAccessKey",
    )  # fmt: skip


def test_it_sums_itself_up(found: BlastRadius) -> None:
    assert repr(found) == (
        f"<BlastRadius of {ACCOUNT}: 5 principals, {len(found.edges)} edges, 1 administrators, "
        "2 can become one, 0 faults>"
    )


def test_a_rule_is_found_by_its_name() -> None:
    assert rule("assume-role").permissions == ("sts:AssumeRole",)
    with pytest.raises(KeyError, match="there is no rule 'teleport'"):
        rule("teleport")


def test_what_is_left_out_has_a_reason() -> None:
    assert all(LEFT_OUT.values())
