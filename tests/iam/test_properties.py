"""What holds for every document and every request, whatever they say."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rolelab.iam import Decision, Document, Policies, PolicyError, Request, evaluate, parse
from tests.iam.cases.names import (
    ACCOUNT,
    ANONYMOUS,
    BUCKET,
    ECS_TASKS,
    FEDERATED,
    OBJECT,
    OTHER,
    OTHER_USER,
    ROLE,
    ROOT,
    SESSION,
    USER,
)
from tests.iam.cases.statements import (
    FULL_AWS_ACCESS,
    RCP_FULL_AWS_ACCESS,
    Json,
    allow,
    deny,
    policy,
)

settings.register_profile(
    "repeatable",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=80,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
REPEATABLE = settings.get_profile("repeatable")
FEWER = settings(REPEATABLE, max_examples=40)

UNCONDITIONAL = ("sts:getcalleridentity", "sts:getsessiontoken")

# --- any text, any value ---------------------------------------------------------------------

any_text = st.text(st.characters(codec=None, exclude_categories=()), max_size=12)
odd_text = st.one_of(
    any_text,
    st.sampled_from(
        ["", "*", "?", "${aws:username}", "${*}", "${", "${}", "${aws:x, 'y'}", "$", "\x00",
         "\ud800", "é", "ﬀ", "İ", "arn:aws:s3:::b", "::::::", "1e999", "NaN", "-0", "٣", "0x10",
         "true", "True", "203.0.113.0/24", "2001:db8::/129", "999.1.1.1", "2019-07-16T12:00:00Z",
         "0000", "9" * 400, "AAAA", "==="]
    ),
)  # fmt: skip
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | odd_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(odd_text, inner, max_size=3),
    max_leaves=8,
)

# --- documents that AWS accepts --------------------------------------------------------------

OPERATORS = [
    *(f"String{name}" for name in ("Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase",
                                   "Like", "NotLike")),
    *(f"{kind}{name}" for kind in ("Numeric", "Date") for name in
      ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")),
    *(f"Arn{name}" for name in ("Equals", "NotEquals", "Like", "NotLike")),
    "Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "Null",
]  # fmt: skip
KEYS = ["aws:username", "aws:SourceIp", "aws:CurrentTime", "aws:TagKeys", "aws:PrincipalArn",
        "aws:RequestTag/Team", "s3:prefix", "AWS:SOURCEIP", "aws:PrincipalTag/é"]  # fmt: skip


@st.composite
def operator_names(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(OPERATORS))
    if name == "Null":
        return name
    prefix = draw(st.sampled_from(["", "", "ForAllValues:", "ForAnyValue:"]))
    return f"{prefix}{name}{draw(st.sampled_from(['', '', 'IfExists']))}"


condition_values = st.one_of(odd_text, st.booleans(), st.integers(), st.floats(allow_nan=False))
conditions = st.dictionaries(
    operator_names(),
    st.dictionaries(
        st.sampled_from(KEYS),
        condition_values | st.lists(condition_values, min_size=1, max_size=3),
        min_size=1,
        max_size=2,
    ),
    min_size=1,
    max_size=2,
)
ACTIONS = ["*", "s3:*", "s3:GetObject", "S3:getobject", "s3:Get*", "s3:?etObject",
           "sqs:SendMessage", "iam:*", "sts:AssumeRole", "kms:Decrypt"]  # fmt: skip
RESOURCES = ["*", OBJECT, f"{BUCKET}/*", "arn:aws:s3:::*", "arn:aws:*:*:*:*", "arn:aws:s3:::b?c*",
             "arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::é${*}"]  # fmt: skip
PRINCIPALS = ["*", USER, ROLE, SESSION, ROOT, ACCOUNT, FEDERATED, OTHER_USER, OTHER]
VALUES = ["", "*", "a*", "${aws:username}", "true", "false", "10", "2019-07-16T12:00:00Z", USER,
          "203.0.113.0/24", "AAAA", 5, True, "é"]  # fmt: skip
actions = st.sampled_from(ACTIONS)
resources = st.one_of(
    st.just("*"),
    st.sampled_from(
        [OBJECT, f"{BUCKET}/*", "arn:aws:s3:::*", "arn:aws:*:*:*:*", "arn:aws:s3:::b?c*"]
    ),
    odd_text.map(lambda tail: f"arn:aws:s3:::{tail}"),
)
principals = st.one_of(
    st.just("*"),
    st.dictionaries(
        st.just("AWS"),
        st.lists(
            st.sampled_from(PRINCIPALS),
            min_size=1,
            max_size=3,
        ),
        min_size=1,
    ),
    st.just({"Service": ECS_TASKS}),
    st.just({"Federated": "accounts.google.com"}),
    st.just({"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}),
)


@st.composite
def statements(draw: st.DrawFn, kind: str, effect: str | None = None) -> Json:
    """A statement of this kind of policy, with any of its elements."""
    body: dict[str, Any] = {"Effect": effect or draw(st.sampled_from(["Allow", "Deny"]))}
    not_action = kind != "rcp" and draw(st.booleans())
    some_actions = draw(st.lists(actions.filter(lambda name: kind != "rcp" or ":" in name),
                                 min_size=1, max_size=3))  # fmt: skip
    body["NotAction" if not_action else "Action"] = some_actions
    some_resources = draw(st.lists(resources, min_size=1, max_size=2))
    body["NotResource" if draw(st.booleans()) else "Resource"] = some_resources
    if kind == "rcp":
        body["Effect"], body["Principal"] = "Deny", "*"
    elif kind in ("resource", "endpoint"):
        negated = body["Effect"] == "Deny" and draw(st.booleans())
        body["NotPrincipal" if negated else "Principal"] = draw(principals)
    if draw(st.booleans()):
        body["Condition"] = draw(conditions)
    return body


@st.composite
def documents(draw: st.DrawFn, kind: str = "identity") -> Json:
    """A document that the engine accepts, so that AWS does."""
    version = "2012-10-17" if kind in ("scp", "rcp") else None
    version = version or draw(st.sampled_from(["2012-10-17", "2012-10-17", "2008-10-17", None]))
    some = draw(st.lists(statements(kind), min_size=1, max_size=3))
    document = policy(*some, version=version)
    try:
        parse(document, kind=kind)
    except PolicyError:
        assume(False)
    return document


# Drawing whole documents is slow. Where a property is about how documents combine, they are
# made of ready statements: several hundred of each kind, with every element and operator.


def ready_statements(kind: str, count: int = 300) -> list[Json]:
    """Statements of this kind that the engine accepts, the same ones in every run."""
    random = Random(kind)

    def some(pool: Sequence[Any], most: int = 2) -> list[Any]:
        return random.sample(list(pool), random.randint(1, most))

    def one_statement() -> Json:
        effect = "Deny" if kind == "rcp" else random.choice(["Allow", "Allow", "Deny"])
        action = random.choice(["Action", "Action", "NotAction"]) if kind != "rcp" else "Action"
        body: dict[str, Any] = {
            "Effect": effect,
            action: some([name for name in ACTIONS if kind != "rcp" or ":" in name], 3),
            random.choice(["Resource", "Resource", "NotResource"]): some(RESOURCES),
        }
        if kind == "rcp":
            body["Principal"] = "*"
        if kind in ("resource", "endpoint"):
            negated = effect == "Deny" and random.random() < 0.3
            body["NotPrincipal" if negated else "Principal"] = random.choice(
                [{"AWS": some(PRINCIPALS, 3)}, {"Service": ECS_TASKS}]
                if negated
                else ["*", {"AWS": some(PRINCIPALS, 3)}, {"Service": ECS_TASKS}]
            )
        if random.random() < 0.5:
            prefix = random.choice(["", "", "ForAllValues:", "ForAnyValue:"])
            suffix = random.choice(["", "", "IfExists"])
            operator = random.choice(OPERATORS)
            if operator == "Null":
                prefix = suffix = ""
            key = random.choice(KEYS)
            body["Condition"] = {f"{prefix}{operator}{suffix}": {key: some(VALUES)}}
        return body

    found: list[Json] = []
    while len(found) < count:
        body = one_statement()
        if accepted(policy(body), kind):
            found.append(body)
    return found


def accepted(document: Json, kind: str) -> bool:
    try:
        parse(document, kind=kind)
    except PolicyError:
        return False
    return True


READY = {
    kind: st.sampled_from(ready_statements(kind))
    for kind in ("identity", "resource", "scp", "rcp", "endpoint")
}


def ready_documents(kind: str) -> st.SearchStrategy[Json]:
    return st.lists(READY[kind], min_size=1, max_size=2).map(lambda some: policy(*some))


def lists_of(kind: str) -> st.SearchStrategy[list[Json]]:
    return st.lists(ready_documents(kind), max_size=2)


def levels_of(kind: str, open_to_all: Json) -> st.SearchStrategy[list[list[Json]]]:
    level = lists_of(kind).map(lambda documents: [open_to_all, *documents])
    return st.lists(level, max_size=2)


Layers = dict[str, Any]  # keyword arguments of Policies, still plain data

all_layers: st.SearchStrategy[Layers] = st.fixed_dictionaries(
    {"identity": lists_of("identity")},
    optional={
        "resource": st.none() | ready_documents("resource"),
        "boundary": st.none() | lists_of("identity"),
        "session": st.none() | lists_of("identity"),
        "service_control": levels_of("scp", FULL_AWS_ACCESS),
        "resource_control": levels_of("rcp", RCP_FULL_AWS_ACCESS),
        "endpoint": st.none() | lists_of("endpoint"),
    },
)


def decide(request: Request, layers: Layers) -> Decision:
    return evaluate(request, Policies(**layers))


PLACES: Mapping[str, Callable[[Json], Layers]] = {
    "identity": lambda document: {"identity": [document], "boundary": [document]},
    "resource": lambda document: {"identity": [FULL_AWS_ACCESS], "resource": document},
    "scp": lambda document: {"identity": [FULL_AWS_ACCESS], "service_control": [[document]]},
    "rcp": lambda document: {"resource_control": [[RCP_FULL_AWS_ACCESS, document]]},
    "endpoint": lambda document: {"identity": [FULL_AWS_ACCESS], "endpoint": [document]},
}
wild_layers = st.sampled_from(sorted(PLACES)).flatmap(
    lambda kind: documents(kind).map(PLACES[kind])
)

# --- requests --------------------------------------------------------------------------------

contexts = st.dictionaries(
    st.one_of(st.sampled_from(KEYS), odd_text),
    odd_text | st.lists(odd_text, max_size=3),
    max_size=3,
)
CALLERS = [USER, SESSION, FEDERATED, ROOT, ANONYMOUS, ECS_TASKS, OTHER_USER, "accounts.google.com"]
wild_requests = st.builds(
    Request,
    principal=st.sampled_from(CALLERS) | odd_text,
    action=actions | odd_text,
    resource=resources | odd_text,
    resource_account=st.sampled_from([None, ACCOUNT, OTHER]) | odd_text,
    context=contexts,
)
requests = st.builds(
    Request,
    principal=st.sampled_from([USER, SESSION]),
    action=st.sampled_from(["s3:GetObject", "sqs:SendMessage", "iam:CreateUser"]),
    resource=st.sampled_from([OBJECT, "*"]),
    resource_account=st.just(ACCOUNT),
    context=contexts,
)


def effects(decision: Decision) -> dict[str, str]:
    return {layer.policy_type: layer.effect for layer in decision.layers}


# --- nothing makes the engine fall over ------------------------------------------------------


@REPEATABLE
@given(wild_requests, wild_layers)
def test_no_request_and_no_valid_document_makes_evaluate_raise(
    request: Request, layers: Layers
) -> None:
    decision = decide(request, layers)
    assert decision.effect in ("Allow", "ImplicitDeny", "ExplicitDeny")
    assert decision.allowed == (decision.effect == "Allow")


@FEWER
@given(wild_requests, wild_layers)
def test_every_decision_can_be_shown(request: Request, layers: Layers) -> None:
    decision = decide(request, layers)
    assert str(decision)
    assert decision._repr_html_()
    assert isinstance(decision.message, str)
    assert len(effects(decision)) == len(decision.layers) == 7


def refuses_or_accepts(document: Any, kind: str) -> None:
    """Anything but a PolicyError fails the test; what is accepted must be usable."""
    try:
        parsed = parse(document, kind=kind)
    except PolicyError as refusal:
        assert str(refusal)  # noqa: PT017 - either outcome is right, this one must explain itself
        return
    if kind in ("identity", "scp"):
        policies = (
            Policies(identity=[parsed])
            if kind == "identity"
            else Policies(service_control=[[parsed]])
        )
        evaluate(Request(principal=USER, action="s3:GetObject", resource=OBJECT), policies)


kinds = st.sampled_from(["identity", "resource", "trust", "scp", "rcp", "endpoint"])


@REPEATABLE
@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=60), kinds)
def test_any_text_is_refused_or_accepted(text: str, kind: str) -> None:
    refuses_or_accepts(text, kind)


@REPEATABLE
@given(any_json, kinds)
def test_any_json_is_refused_or_accepted(value: Any, kind: str) -> None:
    refuses_or_accepts(json.dumps(value), kind)


@REPEATABLE
@given(st.dictionaries(odd_text, any_json, max_size=4), kinds)
def test_any_dict_is_refused_or_accepted(value: dict[str, Any], kind: str) -> None:
    refuses_or_accepts(value, kind)


ELEMENT_NAMES = ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal",
                 "NotPrincipal", "Condition"]  # fmt: skip


@settings(REPEATABLE, max_examples=150)
@given(statements("identity"), st.sampled_from(ELEMENT_NAMES), any_json, kinds)
def test_any_value_of_any_element_is_refused_or_accepted(
    body: Json, element: str, value: Any, kind: str
) -> None:
    refuses_or_accepts(policy({**body, element: value}), kind)


@REPEATABLE
@given(st.dictionaries(odd_text | operator_names(), any_json, max_size=3), kinds)
def test_any_condition_is_refused_or_accepted(condition: Any, kind: str) -> None:
    refuses_or_accepts(policy(allow(Condition=condition)), kind)


TEXTS = {
    "nested-lists": "[" * 100_000,
    "nested-lists-closed": "[" * 50_000 + "]" * 50_000,
    "nested-objects": '{"a":' * 50_000,
    "nested-objects-closed": '{"a":' * 50_000 + "1" + "}" * 50_000,
    "nested-statements": '{"Statement":' + "[" * 20_000 + "]" * 20_000 + "}",
    "nested-condition": '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":'
    + '{"Bool":' * 5_000 + "1" + "}" * 5_000 + "}}",
    "a-huge-integer": '{"Version": ' + "9" * 10_000 + "}",
    "a-huge-integer-as-condition-value": '{"Statement":{"Effect":"Allow","Action":"*",'
    '"Resource":"*","Condition":{"NumericEquals":{"aws:x":' + "9" * 10_000 + "}}}}",
    "a-huge-float-as-condition-value": '{"Statement":{"Effect":"Allow","Action":"*",'
    '"Resource":"*","Condition":{"NumericEquals":{"aws:x":1e999999}}}}',
    "not-a-number-as-condition-value": '{"Statement":{"Effect":"Allow","Action":"*",'
    '"Resource":"*","Condition":{"NumericEquals":{"aws:x":NaN}}}}',
    "infinity-as-condition-value": '{"Statement":{"Effect":"Allow","Action":"*",'
    '"Resource":"*","Condition":{"NumericEquals":{"aws:x":Infinity}}}}',
    "a-lone-surrogate": '{"Statement":{"Effect":"Allow","Action":"s3:\\ud800","Resource":"*"}}',
    "a-lone-surrogate-in-a-resource": '{"Statement":{"Effect":"Allow","Action":"*",'
    '"Resource":"arn:aws:s3:::\\ud800"}}',
    "a-byte-order-mark": "\ufeff" + json.dumps(policy(allow())),
    "a-null-character": "\x00",
    "a-raw-control-character": '{"Version": "2012\n10-17"}',
    "stars": '{"Statement":{"Effect":"Allow","Action":"s3:' + "*a" * 5_000 + '","Resource":"*"}}',
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_hostile_text_is_refused_or_accepted(name: str) -> None:
    refuses_or_accepts(TEXTS[name], "identity")


@pytest.mark.parametrize(
    "value", [None, 1, [], b"{}", object()], ids=lambda value: type(value).__name__
)
def test_what_is_neither_text_nor_dict_is_refused(value: Any) -> None:
    with pytest.raises(PolicyError):
        parse(value)


def test_many_wildcards_take_no_exponential_time() -> None:
    pattern = f"{BUCKET}/" + "a*" * 60 + "b"
    request = Request(principal=USER, action="s3:GetObject", resource=f"{BUCKET}/" + "a" * 4_000)
    assert not evaluate(request, Policies(identity=[policy(allow("*", pattern))])).allowed


# --- a deny wins, an allow never takes away --------------------------------------------------


def with_statement(layers: Layers, name: str, body: Json) -> Layers:
    """The same policies with one more statement in the layer of this name."""
    present = layers.get(name)
    if name == "resource":
        return {**layers, name: policy(*(present["Statement"] if present else []), body)}
    if name in ("service_control", "resource_control"):
        open_to_all = FULL_AWS_ACCESS if name == "service_control" else RCP_FULL_AWS_ACCESS
        *upper, last = present or [[open_to_all]]
        return {**layers, name: [*upper, [*last, policy(body)]]}
    return {**layers, name: [*(present or []), policy(body)]}


DENY_ALL = {
    "identity": deny(),
    "boundary": deny(),
    "session": deny(),
    "resource": deny(Principal="*"),
    "service_control": deny(),
    "resource_control": deny(["s3:*", "sqs:*", "iam:*"], Principal="*"),
    "endpoint": deny(Principal="*"),
}
KIND_OF = {
    "identity": "identity",
    "boundary": "identity",
    "session": "identity",
    "resource": "resource",
    "service_control": "scp",
    "endpoint": "endpoint",
}


@REPEATABLE
@given(requests, all_layers, st.sampled_from(sorted(DENY_ALL)))
def test_a_deny_that_applies_always_wins(request: Request, layers: Layers, name: str) -> None:
    assume(name != "session" or request.principal == SESSION)
    decision = decide(request, with_statement(layers, name, DENY_ALL[name]))
    assert decision.effect == "ExplicitDeny"


@REPEATABLE
@given(requests, all_layers, st.sampled_from(sorted(KIND_OF)), st.data())
def test_one_more_allow_never_takes_access_away(
    request: Request, layers: Layers, name: str, data: st.DataObject
) -> None:
    # A first document would bring a layer into being, and with it a limit.
    assume(name in ("identity", "resource") or layers.get(name))
    body = data.draw(READY[KIND_OF[name]].filter(lambda some: some["Effect"] == "Allow"))
    before, after = decide(request, layers), decide(request, with_statement(layers, name, body))
    assert after.allowed or not before.allowed
    assert (after.effect == "ExplicitDeny") == (before.effect == "ExplicitDeny")


LIMITS: Mapping[str, st.SearchStrategy[Any]] = {
    "boundary": lists_of("identity"),
    "session": lists_of("identity"),
    "service_control": st.lists(lists_of("scp"), min_size=1, max_size=2),
    "resource_control": levels_of("rcp", RCP_FULL_AWS_ACCESS),
    "endpoint": lists_of("endpoint"),
}


@REPEATABLE
@given(requests, all_layers, st.sampled_from(sorted(LIMITS)), st.data())
def test_a_limit_only_takes_away(
    request: Request, layers: Layers, name: str, data: st.DataObject
) -> None:
    without = {other: documents for other, documents in layers.items() if other != name}
    limited = {**layers, name: data.draw(LIMITS[name])}
    assert decide(request, without).allowed or not decide(request, limited).allowed


# --- the form of a document does not matter --------------------------------------------------


def in_form(layers: Layers, form: Callable[[Json, str], Any]) -> Layers:
    """The same layers, with every document passed through `form(document, kind)`."""

    def levels(name: str, kind: str) -> list[list[Any]]:
        return [[form(one, kind) for one in level] for level in layers[name]]

    written = dict(layers)
    for name, documents in layers.items():
        if documents is None:
            continue
        if name == "resource":
            written[name] = form(documents, "resource")
        elif name == "service_control":
            written[name] = levels(name, "scp")
        elif name == "resource_control":
            written[name] = levels(name, "rcp")
        else:
            written[name] = [form(one, KIND_OF[name]) for one in documents]
    return written


@REPEATABLE
@given(requests, all_layers)
def test_the_order_of_statements_and_documents_does_not_matter(
    request: Request, layers: Layers
) -> None:
    turned = in_form(
        layers, lambda document, kind: {**document, "Statement": document["Statement"][::-1]}
    )
    turned["identity"] = turned["identity"][::-1]
    for name in ("service_control", "resource_control"):
        if name in turned:
            turned[name] = [level[::-1] for level in turned[name]]
    before, after = decide(request, layers), decide(request, turned)
    assert after.effect == before.effect
    assert effects(after) == effects(before)


@REPEATABLE
@given(wild_requests, all_layers)
def test_dict_text_and_parsed_document_are_one(request: Request, layers: Layers) -> None:
    as_dict = decide(request, layers)
    as_text = decide(request, in_form(layers, lambda document, kind: json.dumps(document)))
    as_parsed = decide(request, in_form(layers, lambda document, kind: parse(document, kind=kind)))
    assert as_text.effect == as_parsed.effect == as_dict.effect
    assert as_text.message == as_parsed.message == as_dict.message


@REPEATABLE
@given(requests, all_layers)
def test_the_case_of_the_action_does_not_matter(request: Request, layers: Layers) -> None:
    effect = decide(request, layers).effect
    for action in (request.action.upper(), request.action.lower(), request.action.swapcase()):
        assert decide(replace(request, action=action), layers).effect == effect


@REPEATABLE
@given(requests, all_layers)
def test_the_case_of_context_keys_does_not_matter(request: Request, layers: Layers) -> None:
    assume(len({key.lower() for key in request.context}) == len(request.context))
    context = {
        key.swapcase() if key.isascii() else key: value for key, value in request.context.items()
    }
    other = decide(replace(request, context=context), layers)
    assert other.effect == decide(request, layers).effect


@FEWER
@given(requests, all_layers)
def test_the_same_question_gets_the_same_answer(request: Request, layers: Layers) -> None:
    first, second = decide(request, layers), decide(request, layers)
    assert (first.effect, first.message, str(first)) == (second.effect, second.message, str(second))


# --- wildcards, against a slow matcher -------------------------------------------------------


def slow_match(pattern: str, text: str) -> bool:
    """Whether the pattern covers the text, by dynamic programming over their prefixes."""
    row = [True] + [False] * len(text)
    for sign in pattern:
        if sign == "*":
            following = [row[0]]
            for index in range(len(text)):
                following.append(following[index] or row[index + 1])
        else:
            following = [False] + [
                row[index] and sign in ("?", character) for index, character in enumerate(text)
            ]
        row = following
    return row[-1]


few_signs = st.text("ab*?", max_size=8)
few_letters = st.text("ab", max_size=8)


def allows(statement: Json, **request: Any) -> bool:
    asked = {"principal": USER, "action": "s3:GetObject", "resource": "*", **request}
    return evaluate(Request(**asked), Policies(identity=[policy(statement)])).allowed


@settings(REPEATABLE, max_examples=200)
@given(few_signs.filter(bool), few_letters.filter(bool))
def test_actions_match_as_the_slow_matcher_says(pattern: str, name: str) -> None:
    expected = slow_match(pattern, name)
    assert allows(allow(f"s3:{pattern}"), action=f"s3:{name}") == expected
    assert allows(allow(f"s3:{pattern.upper()}"), action=f"s3:{name}") == expected


@settings(REPEATABLE, max_examples=200)
@given(st.text("ab*?/.", max_size=8), st.text("ab/.", max_size=8))
def test_resources_match_as_the_slow_matcher_says(pattern: str, name: str) -> None:
    prefix = "arn:aws:s3:::x"
    expected = slow_match(pattern, name)
    assert allows(allow("*", prefix + pattern), resource=prefix + name) == expected
    assert (
        allows(allow("*", None, NotResource=prefix + pattern), resource=prefix + name) != expected
    )


@settings(REPEATABLE, max_examples=200)
@given(st.text("ab*?:", max_size=8), st.text("abAB:", max_size=8))
def test_string_like_matches_as_the_slow_matcher_says(pattern: str, value: str) -> None:
    def met(operator: str) -> bool:
        return allows(
            allow(Condition={operator: {"s3:prefix": pattern}}), context={"s3:prefix": value}
        )

    assert met("StringLike") == slow_match(pattern, value)
    assert met("StringNotLike") != slow_match(pattern, value)


components = st.lists(st.text("ab*?", max_size=4), min_size=6, max_size=6)
names = st.lists(st.text("ab", max_size=4), min_size=6, max_size=6)


@settings(REPEATABLE, max_examples=200)
@given(components, names, st.lists(st.integers(0, 5)))
def test_arns_match_component_by_component(
    pattern: list[str], value: list[str], copied: list[int]
) -> None:
    for index in copied:
        value[index] = pattern[index].replace("*", "ab").replace("?", "a")
    pattern, value = ["arn", *pattern[1:]], ["arn", *value[1:]]

    def met(operator: str) -> bool:
        return allows(
            allow(Condition={operator: {"aws:SourceArn": ":".join(pattern)}}),
            context={"aws:SourceArn": ":".join(value)},
        )

    expected = all(slow_match(*pair) for pair in zip(pattern, value, strict=True))
    assert met("ArnLike") == met("ArnEquals") == expected
    assert met("ArnNotLike") == met("ArnNotEquals") == (not expected)


# --- how the layers combine ------------------------------------------------------------------


@REPEATABLE
@given(wild_requests, all_layers)
def test_the_decision_follows_from_its_layers(request: Request, layers: Layers) -> None:
    assume(request.action.lower() not in UNCONDITIONAL)
    decision = decide(request, layers)
    of = effects(decision)
    assert (decision.effect == "ExplicitDeny") == ("ExplicitDeny" in of.values())
    if decision.allowed:
        limits = ("service control policy", "resource control policy", "VPC endpoint policy")
        assert all(of[name] in ("Allow", "NotApplicable") for name in limits)
        grants = {of["identity-based policy"], of["resource-based policy"]}
        assert "Allow" in grants or request.principal.endswith(":root")
    if decision.effect == "ExplicitDeny":
        assert of[decision.decided_by] == "ExplicitDeny"


SILENT = allow("sqs:*")
YES, NO = allow("s3:*"), deny("s3:*")
STATEMENT = {"allow": YES, "silent": SILENT, "deny": NO}


@cache
def layer_of(answer: str | None, kind: str = "identity") -> list[Document] | None:
    """One document that gives this answer about the object; None if the layer is absent."""
    if answer is None:
        return None
    everyone = {"Principal": "*"} if kind in ("rcp", "endpoint") else {}
    return [parse(policy({**STATEMENT[answer], **everyone}), kind=kind)]


@cache
def granted_to(arn: str | None) -> Document | None:
    """A bucket policy that allows this principal, or denies everyone."""
    if arn is None:
        return None
    if arn == "deny":
        body = deny("s3:*", f"{BUCKET}/*", Principal="*")
    else:
        body = allow("s3:*", f"{BUCKET}/*", Principal={"AWS": arn})
    return parse(policy(body), kind="resource")


SCP_FULL = parse(FULL_AWS_ACCESS, kind="scp")
RCP_FULL = parse(RCP_FULL_AWS_ACCESS, kind="rcp")


@pytest.mark.parametrize("identity", ["allow", "silent", "deny"])
@pytest.mark.parametrize("caller", [USER, SESSION])
def test_one_account_combines_as_documented(caller: str, identity: str) -> None:
    """Every combination of answers, against the page's rules written out once more.

    AWS page: *How AWS enforcement code logic evaluates requests to allow or deny access*.
    """
    ternary = (None, "allow", "silent", "deny")
    sessions = ternary if caller == SESSION else (None,)
    arns = (None, "deny", USER, ROLE, SESSION, ROOT)
    for resource, boundary, session, scp, rcp, endpoint in product(
        arns, ternary, sessions, ternary, (None, "deny"), ternary
    ):
        policies = Policies(
            identity=layer_of(identity) or [],
            resource=granted_to(resource),
            boundary=layer_of(boundary),
            session=layer_of(session),
            service_control=[] if scp is None else [[SCP_FULL], layer_of(scp, "scp") or []],
            resource_control=[] if rcp is None else [[RCP_FULL, *(layer_of(rcp, "rcp") or [])]],
            endpoint=layer_of(endpoint, "endpoint"),
        )
        answers = (identity, resource, boundary, session, scp, rcp, endpoint)
        within = boundary in (None, "allow") and session in (None, "allow")
        if "deny" in answers:
            expected = "ExplicitDeny"
        elif "silent" in (scp, endpoint):
            expected = "ImplicitDeny"
        elif resource == caller or (within and (
            identity == "allow" or (caller == SESSION and resource == ROLE)
        )):  # fmt: skip
            expected = "Allow"
        else:
            expected = "ImplicitDeny"
        request = Request(principal=caller, action="s3:GetObject", resource=OBJECT)
        assert evaluate(request, policies).effect == expected, (caller, *answers)


@pytest.mark.parametrize("identity", ["allow", "silent", "deny"])
def test_two_accounts_combine_as_documented(identity: str) -> None:
    """The caller's account and the resource's account must both allow.

    AWS page: *Cross-account policy evaluation logic*.
    """
    ternary = (None, "allow", "silent", "deny")
    arns = (None, "deny", USER, ROLE, SESSION, ROOT, OTHER_USER)
    for resource, boundary, session, scp in product(arns, ternary, ternary, ternary):
        policies = Policies(
            identity=layer_of(identity) or [],
            resource=granted_to(resource),
            boundary=layer_of(boundary),
            session=layer_of(session),
            service_control=[] if scp is None else [layer_of(scp, "scp") or []],
        )
        answers = (identity, resource, boundary, session, scp)
        if "deny" in answers:
            expected = "ExplicitDeny"
        elif (
            identity == "allow"
            and resource in (ROLE, SESSION, ROOT)
            and not {"silent"} & {boundary, session, scp}
        ):
            expected = "Allow"
        else:
            expected = "ImplicitDeny"
        request = Request(
            principal=SESSION, action="s3:GetObject", resource=OBJECT, resource_account=OTHER
        )
        assert evaluate(request, policies).effect == expected, answers
