"""Deciding together answers what deciding one by one answers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib import import_module
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolelab.iam import (
    AccessMatrix,
    AccessRow,
    Decision,
    MatrixPrincipal,
    MatrixResource,
    Policies,
    PolicyError,
    Request,
    access_matrix,
    evaluate,
    evaluate_many,
    many,
    matrix,
    parse,
)
from tests.iam.cases.case import Case
from tests.iam.cases.names import (
    ACCOUNT,
    BUCKET,
    ECS_TASKS,
    KEY,
    OBJECT,
    OTHER,
    OTHER_USER,
    QUEUE,
    ROLE,
    ROOT,
    SESSION,
    USER,
)
from tests.iam.cases.statements import ALLOW_ALL, RCP_FULL_AWS_ACCESS, allow, deny, policy
from tests.iam.test_documented_cases import SUBJECTS
from tests.iam.test_properties import (
    CALLERS,
    FEWER,
    Layers,
    all_layers,
    contexts,
    levels_of,
    ready_documents,
    wild_requests,
)

LINKED = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
ACTIONS = ["s3:GetObject", "S3:PutObject", "sqs:SendMessage", "kms:Decrypt", "sts:AssumeRole",
           "sts:GetCallerIdentity", "iam:CreateUser", "nonsense", ""]  # fmt: skip
RESOURCES = [OBJECT, BUCKET, "arn:aws:s3:::ana/notes", KEY, ROLE, QUEUE, "*", ""]


def answers(decisions: Iterable[Decision]) -> list[tuple[str, str]]:
    return [(decision.effect, decision.decided_by) for decision in decisions]


def singly(
    principals: Mapping[str, MatrixPrincipal],
    actions: Iterable[str],
    resources: Iterable[MatrixResource],
    context: Mapping[str, Any],
) -> list[AccessRow]:
    """The rows of a matrix, each from a call of `evaluate` put together here by hand."""
    rows = []
    for (name, asking), action, asked in product(principals.items(), actions, resources):
        policies = asking.policies
        if asked.policy is not None:
            policies = replace(policies, resource=asked.policy)
        if asked.resource_control is not None:
            policies = replace(policies, resource_control=asked.resource_control)
        keys = {**context, **asking.context, **asked.context}
        request = Request(asking.arn, action, asked.arn, asked.account, keys)
        decision = evaluate(request, policies)
        rows.append(AccessRow(name, action, asked.arn, decision.effect, decision.decided_by))
    return rows


# --- documented decisions --------------------------------------------------------------------


def cases_of(subject: str) -> Iterable[tuple[Case, Request, Policies]]:
    for case in import_module(f"tests.iam.cases.{subject}").CASES:
        yield case, Request(**case.request), Policies(**case.policies)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_cells_are_the_documented_decisions(subject: str) -> None:
    for case, request, policies in cases_of(subject):
        given = MatrixResource(request.resource, account=request.resource_account)
        who = {"who": (request.principal, policies)}
        found = access_matrix(who, [request.action], [given], context=request.context)
        cell = ("who", request.action, request.resource)
        assert found.effect(*cell) == case.effect, f"{case.id}: {case.page}"
        assert found.allowed == (case.effect == "Allow")
        assert case.layer is None or found.decided_by(*cell) == case.layer, case.id
        assert case.message is None or found.decision(*cell).message == case.message


@pytest.mark.parametrize("subject", SUBJECTS)
def test_many_requests_get_the_documented_decisions(subject: str) -> None:
    for case, request, policies in cases_of(subject):
        asked = [request, *(replace(request, action=action) for action in ACTIONS)]
        decisions = evaluate_many(asked, policies)
        assert decisions[0].effect == case.effect, f"{case.id}: {case.page}"
        assert case.message is None or decisions[0].message == case.message
        assert answers(decisions) == answers(evaluate(one, policies) for one in asked)


# --- any policies, any requests --------------------------------------------------------------

callers = st.sampled_from([*CALLERS, ROLE, LINKED, ACCOUNT])


@st.composite
def matrix_principals(draw: st.DrawFn) -> MatrixPrincipal:
    return MatrixPrincipal(draw(callers), Policies(**draw(all_layers)), draw(contexts))


@st.composite
def matrix_resources(draw: st.DrawFn) -> MatrixResource:
    return MatrixResource(
        draw(st.sampled_from(RESOURCES)),
        policy=draw(st.none() | ready_documents("resource")),
        account=draw(st.sampled_from([None, ACCOUNT, OTHER])),
        resource_control=draw(st.none() | levels_of("rcp", RCP_FULL_AWS_ACCESS)),
        context=draw(st.just({}) | contexts),
    )


all_principals = st.dictionaries(st.text(max_size=3), matrix_principals(), max_size=3)
all_resources = st.lists(matrix_resources(), max_size=4, unique_by=lambda resource: resource.arn)
some_actions = st.lists(st.sampled_from(ACTIONS), max_size=5, unique=True)


@FEWER
@given(all_principals, some_actions, all_resources, contexts)
def test_every_cell_is_what_evaluate_answers(
    principals: dict[str, MatrixPrincipal],
    actions: list[str],
    resources: list[MatrixResource],
    context: dict[str, Any],
) -> None:
    found = access_matrix(principals, actions, resources, context=context)
    rows = singly(principals, actions, resources, context)
    assert found.to_rows() == rows
    assert found.allowed == sum(row.effect == "Allow" for row in rows)
    assert len(found) == len(rows)
    for row in rows[:5]:
        cell = (row.principal, row.action, row.resource)
        assert (found.effect(*cell), found.decided_by(*cell)) == (row.effect, row.decided_by)
        assert answers([found.decision(*cell)]) == [(row.effect, row.decided_by)]


@FEWER
@given(
    st.lists(st.tuples(callers, st.sampled_from([None, ACCOUNT, OTHER]), contexts), max_size=3),
    all_layers,
    st.randoms(use_true_random=False),
)
def test_many_requests_in_any_order_are_what_evaluate_answers(
    askers: list[tuple[str, str | None, dict[str, Any]]], layers: Layers, random: Any
) -> None:
    requests = [
        Request(principal, action, resource, account, context)
        for (principal, account, context), action, resource in product(askers, ACTIONS, RESOURCES)
    ]
    random.shuffle(requests)
    policies = Policies(**layers)
    expected = [evaluate(request, policies) for request in requests]
    decisions = evaluate_many(requests, policies)
    assert answers(decisions) == answers(expected)
    assert [decision.request for decision in decisions] == requests
    assert [str(one) for one in decisions[:3]] == [str(one) for one in expected[:3]]


@FEWER
@given(st.lists(wild_requests, max_size=12), all_layers)
def test_requests_of_any_text_are_what_evaluate_answers(
    requests: list[Request], layers: Layers
) -> None:
    policies = Policies(**layers)
    often = requests * 8
    expected = answers(evaluate(request, policies) for request in often)
    assert answers(evaluate_many(iter(often), policies)) == expected


# --- what a matrix holds ---------------------------------------------------------------------

READER = Policies(identity=[policy(allow("s3:Get*", f"{BUCKET}/*"), deny("s3:GetBucket*"))])
ADMIN = Policies(identity=[ALLOW_ALL], boundary=[policy(allow("s3:*"))])


@pytest.fixture
def team() -> AccessMatrix:
    return access_matrix(
        {"reader": (USER, READER), SESSION: ADMIN},
        ["s3:GetObject", "s3:GetBucketPolicy", "iam:CreateUser"],
        [OBJECT, BUCKET],
    )


def test_names_are_kept_in_the_order_given(team: AccessMatrix) -> None:
    assert team.principals == ("reader", SESSION)
    assert team.actions == ("s3:GetObject", "s3:GetBucketPolicy", "iam:CreateUser")
    assert team.resources == (OBJECT, BUCKET)
    assert len(team) == 12


def test_effects_and_counts(team: AccessMatrix) -> None:
    assert team.effect("reader", "s3:GetObject", OBJECT) == "Allow"
    assert team.effect("reader", "s3:GetObject", BUCKET) == "ImplicitDeny"
    assert team.effect("reader", "s3:GetBucketPolicy", BUCKET) == "ExplicitDeny"
    assert team.effect(SESSION, "iam:CreateUser", BUCKET) == "ImplicitDeny"
    assert team.decided_by(SESSION, "iam:CreateUser", BUCKET) == "permissions boundary"
    counts = {name: team.count(name) for name in ("Allow", "ImplicitDeny", "ExplicitDeny")}
    assert counts == {"Allow": 5, "ImplicitDeny": 5, "ExplicitDeny": 2}
    assert team.allowed == 5
    assert repr(team) == ("<AccessMatrix: 2 principals x 3 actions x 2 resources, 5 of 12 allowed>")


def test_who_can(team: AccessMatrix) -> None:
    assert team.who_can("s3:GetObject", OBJECT) == ("reader", SESSION)
    assert team.who_can("s3:GetObject", BUCKET) == (SESSION,)
    assert team.who_can("iam:CreateUser", OBJECT) == ()


def test_actions_compare_without_case(team: AccessMatrix) -> None:
    assert team.effect("reader", "S3:GETOBJECT", OBJECT) == "Allow"
    twice = access_matrix({USER: READER}, ["s3:GetObject", "S3:getobject"], [OBJECT])
    assert twice.actions == ("s3:GetObject",)


def test_a_decision_explains_itself(team: AccessMatrix) -> None:
    decision = team.decision("reader", "s3:GetBucketPolicy", BUCKET)
    assert decision.request == Request(USER, "s3:GetBucketPolicy", BUCKET)
    assert "with an explicit deny in an identity-based policy" in decision.message
    assert decision.layers


@pytest.mark.parametrize(
    "cell",
    [
        ("nobody", "s3:GetObject", OBJECT),
        ("reader", "s3:Other", OBJECT),
        ("reader", "s3:GetObject", "*"),
    ],
    ids=["principal", "action", "resource"],
)
def test_what_the_matrix_does_not_hold_is_a_key_error(
    team: AccessMatrix, cell: tuple[str, str, str]
) -> None:
    for ask in (team.effect, team.decided_by, team.decision):
        with pytest.raises(KeyError, match="no cell"):
            ask(*cell)
    with pytest.raises(KeyError):
        team.count("Maybe")


def test_an_empty_matrix_has_no_rows() -> None:
    for principals, actions, resources in (
        ({}, ["s3:GetObject"], ["*"]),
        ({USER: READER}, [], ["*"]),
        ({USER: READER}, ["s3:GetObject"], []),
    ):
        empty = access_matrix(principals, actions, resources)
        assert (len(empty), empty.allowed, empty.to_rows()) == (0, 0, [])
    assert evaluate_many([], READER) == []


def test_a_matrix_larger_than_a_tile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiles end in the middle of an action's row, and some hold no cell of a group."""
    monkeypatch.setattr(matrix, "TILE", 3)
    principals = {"reader": MatrixPrincipal(USER, READER), "admin": MatrixPrincipal(SESSION, ADMIN)}
    resources = [
        MatrixResource(OBJECT),
        MatrixResource(BUCKET, policy(allow("s3:*", BUCKET, Principal={"AWS": USER}))),
        MatrixResource(KEY),
        MatrixResource(ROLE, account=OTHER),
        MatrixResource(QUEUE, context={"aws:ResourceTag/Team": "shop"}),
    ]
    found = access_matrix(principals, ACTIONS, resources)
    assert found.to_rows() == singly(principals, ACTIONS, resources, {})


def test_one_text_in_place_of_a_list_is_refused() -> None:
    with pytest.raises(ValueError, match="actions must be a list"):
        access_matrix({USER: READER}, "s3:GetObject", [OBJECT])
    with pytest.raises(ValueError, match="resources must be a list"):
        access_matrix({USER: READER}, ["s3:GetObject"], OBJECT)


def test_a_resource_stands_once() -> None:
    assert access_matrix({USER: READER}, ["s3:GetObject"], [OBJECT, OBJECT]).resources == (OBJECT,)
    with pytest.raises(ValueError, match="stands twice"):
        access_matrix(
            {USER: READER}, ["s3:GetObject"], [OBJECT, MatrixResource(OBJECT, account=OTHER)]
        )


def test_a_policy_that_aws_refuses_is_refused() -> None:
    with pytest.raises(PolicyError):
        MatrixResource(BUCKET, policy(allow("s3:GetObject", BUCKET)))


# --- what differs between the cells ----------------------------------------------------------

KEY_POLICY = policy(
    allow("kms:*", "*", Principal={"AWS": ROOT}), allow("kms:Decrypt", "*", Principal={"AWS": USER})
)


def test_each_key_has_its_own_policy() -> None:
    """Without its policy's word nobody uses a key (*Key policies in AWS KMS*)."""
    closed = f"{KEY[:-1]}0"
    keys = access_matrix(
        {USER: Policies(), SESSION: Policies(identity=[ALLOW_ALL])},
        ["kms:Decrypt", "kms:Encrypt"],
        [MatrixResource(KEY, KEY_POLICY), closed],
    )
    assert keys.who_can("kms:Decrypt", KEY) == (USER, SESSION)
    assert keys.who_can("kms:Encrypt", KEY) == (SESSION,)
    assert keys.who_can("kms:Decrypt", closed) == ()
    assert keys.decided_by(SESSION, "kms:Decrypt", closed) == "resource-based policy"


def test_a_policy_speaks_of_its_own_resource_only() -> None:
    """Its Resource "*" means the key that has the policy (*Key policies in AWS KMS*)."""
    shut = f"{KEY[:-1]}0"
    denied = policy(deny("kms:*", "*", Principal="*"))
    keys = access_matrix(
        {USER: Policies()},
        ["kms:Decrypt"],
        [MatrixResource(shut, denied), MatrixResource(KEY, KEY_POLICY)],
    )
    assert keys.effect(USER, "kms:Decrypt", shut) == "ExplicitDeny"
    assert keys.effect(USER, "kms:Decrypt", KEY) == "Allow"


def test_a_resource_of_another_account_needs_both_sides() -> None:
    """AWS page: *Cross-account policy evaluation logic*."""
    open_bucket = policy(allow("s3:GetObject", OBJECT, Principal={"AWS": [OTHER_USER, USER]}))
    found = access_matrix(
        {USER: READER, OTHER_USER: Policies()},
        ["s3:GetObject"],
        [MatrixResource(OBJECT, open_bucket, account=ACCOUNT)],
    )
    assert found.who_can("s3:GetObject", OBJECT) == (USER,)


def test_rcps_belong_to_the_resource() -> None:
    """AWS page: *Resource control policies (RCPs)*."""
    closed = policy(deny("s3:*", Principal="*"))
    resources = [MatrixResource(OBJECT, resource_control=[[policy(allow(Principal="*")), closed]])]
    found = access_matrix({USER: READER}, ["s3:GetObject"], [*resources, f"{BUCKET}/other"])
    assert found.decided_by(USER, "s3:GetObject", OBJECT) == "resource control policy"
    assert found.effect(USER, "s3:GetObject", OBJECT) == "ExplicitDeny"
    assert found.effect(USER, "s3:GetObject", f"{BUCKET}/other") == "Allow"


def test_tags_of_the_principal_and_of_the_resource_meet() -> None:
    """Attribute-based access: one policy, and tags decide (*Variables and tags*)."""
    same_team = {"StringEquals": {"aws:ResourceTag/Team": "${aws:PrincipalTag/Team}"}}
    shared = Policies(identity=[policy(allow("sqs:*", Condition=same_team))])
    found = access_matrix(
        {
            team: MatrixPrincipal(USER, shared, {"aws:PrincipalTag/Team": team})
            for team in ("shop", "books")
        },
        ["sqs:SendMessage"],
        [
            MatrixResource(QUEUE, context={"aws:ResourceTag/Team": "shop"}),
            MatrixResource(f"{QUEUE}-books", context={"aws:ResourceTag/Team": "books"}),
            f"{QUEUE}-of-nobody",
        ],
    )
    assert found.who_can("sqs:SendMessage", QUEUE) == ("shop",)
    assert found.who_can("sqs:SendMessage", f"{QUEUE}-books") == ("books",)
    assert found.who_can("sqs:SendMessage", f"{QUEUE}-of-nobody") == ()


def test_variables_are_filled_for_each_principal() -> None:
    home = Policies(identity=[policy(allow("s3:*", "arn:aws:s3:::${aws:username}/*"))])
    found = access_matrix(
        {name: (f"arn:aws:iam::{ACCOUNT}:user/{name}", home) for name in ("ana", "ben")},
        ["s3:GetObject"],
        ["arn:aws:s3:::ana/1", "arn:aws:s3:::ben/1"],
    )
    assert [row[:3:2] for row in found.to_rows() if row.effect == "Allow"] == [
        ("ana", "arn:aws:s3:::ana/1"),
        ("ben", "arn:aws:s3:::ben/1"),
    ]


def test_values_that_are_equal_in_python_only_stay_apart() -> None:
    """1 and true are one key of a dict, and two values to a policy."""
    document = policy(allow(Condition={"StringEquals": {"aws:x": "true"}}))
    policies = Policies(identity=[document])
    values: list[Any] = [True, 1, 1.0, "true", ["true"], -0.0, 0.0]
    requests = [
        Request(USER, f"s3:Action{number}", context={"aws:x": value})
        for number in range(10)
        for value in values
    ]
    expected = [True, False, False, True, True, False, False] * 10
    assert [one.allowed for one in evaluate_many(requests, policies)] == expected


def test_requests_for_two_accounts_stay_apart() -> None:
    """AWS page: *Cross-account policy evaluation logic*."""
    requests = [
        Request(USER, f"s3:Get{number}", OBJECT, account)
        for number in range(10)
        for account in (ACCOUNT, OTHER)
    ]
    assert [one.allowed for one in evaluate_many(requests, READER)] == [True, False] * 10


def test_requests_of_one_caller_are_decided_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of them is asked one by one, also across the end of a tile."""
    alone: list[Request] = []
    monkeypatch.setattr(many, "evaluate", lambda request, _: alone.append(request))
    monkeypatch.setattr(many, "TILE", 10)
    requests = [Request(USER, f"s3:Get{number}", OBJECT) for number in range(20)]
    assert all(decision.allowed for decision in evaluate_many(requests, READER))
    assert alone == []


def test_a_service_asks_too() -> None:
    queue = policy(allow("sqs:SendMessage", QUEUE, Principal={"Service": ECS_TASKS}))
    found = access_matrix(
        {ECS_TASKS: Policies()}, ["sqs:SendMessage"], [MatrixResource(QUEUE, queue, ACCOUNT)]
    )
    assert found.allowed == 1


def test_a_parsed_document_is_shared() -> None:
    document = parse(KEY_POLICY, kind="resource")
    assert MatrixResource(KEY, document).policy is document


def test_importing_the_engine_imports_no_matrix_and_no_table_library() -> None:
    code = (
        "import sys, rolelab.iam\n"
        "assert 'rolelab.iam.matrix' not in sys.modules\n"
        "rolelab.iam.access_matrix, rolelab.iam.evaluate_many\n"
        "assert not {'numpy', 'pandas', 'boto3', 'moto'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
