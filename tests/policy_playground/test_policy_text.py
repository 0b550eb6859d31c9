"""A policy text becomes documents, or a fault that points at the place to mend."""

from __future__ import annotations

import json

import pytest

from rolelab.policy_playground.fault import FaultError, located
from rolelab.policy_playground.policy_text import read_documents

from .sample import READ, field

DOCUMENT = (
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
)


def fault_of(text: str, name: str = "identity") -> tuple[int | None, int | None, str]:
    """Line, column and reason."""
    with pytest.raises(FaultError) as raised:
        read_documents(text, field(name))
    fault = located(name, text, raised.value)
    return fault.line, fault.column, fault.reason


NOT_JSON = [
    pytest.param(
        READ.replace('"Allow",', '"Allow"'), 6, 24, "a comma", id="missing-comma-on-its-own-line"
    ),
    pytest.param(
        READ.replace('"s3:GetObject",', '"s3:Get"Object",'), 7, 25, "a comma", id="quote-too-many"
    ),
    pytest.param(
        READ.replace('"Sid": "ReadOrders"', '"Sid" "ReadOrders"'), 5, 13, "a colon", id="no-colon"
    ),
    pytest.param(
        READ.replace('"s3:GetObject",', '"s3:GetObject,'),
        7,
        31,
        "not closed",
        id="no-closing-quote",
    ),
    pytest.param(READ.replace('"Allow"', "Allow"), 6, 17, "a value", id="no-quotes-at-all"),
    pytest.param(READ.replace('"Allow"', "'Allow'"), 6, 17, "a value", id="single-quotes"),
    pytest.param(READ[:-2], 15, 4, "ends before", id="last-brace-missing"),
    pytest.param("{", 1, 2, "ends before", id="one-brace"),
    pytest.param(f"{READ}\n}}", 17, 1, "something follows", id="a-brace-too-many"),
    pytest.param(
        READ.replace('"Effect": "Deny",', '"Effect": "Deny", "Effect": "Allow",'),
        11,
        25,
        "'Effect' stands twice",
        id="a-name-twice",
    ),
    pytest.param('{"Version": NaN}', 1, 13, "NaN is not a JSON value", id="a-word-of-javascript"),
]


@pytest.mark.parametrize(("text", "line", "column", "reason"), NOT_JSON)
def test_what_is_not_json_is_pointed_at(text: str, line: int, column: int, reason: str) -> None:
    found = fault_of(text)
    assert found[:2] == (line, column)
    assert reason in found[2]


@pytest.mark.parametrize("ending", ['"Allow",\n    }', '"Allow",]'])
def test_a_comma_after_the_last_element_is_named(ending: str) -> None:
    # Where it is pointed at differs between versions of Python: the comma, or what follows it.
    text = READ.replace('"Resource": "*"\n    }', f'"Effect": {ending}')
    assert fault_of(text)[0] in (13, 14)


def test_text_nested_without_end_is_a_fault_without_a_place() -> None:
    deep = '{"Statement": ' + "[" * 100_000
    assert fault_of(deep) == (None, None, "the document is nested too deeply")


REFUSED = [
    pytest.param(
        READ.replace('"Allow"', '"allow"'),
        6,
        "Statement ReadOrders, element Effect",
        id="an-effect",
    ),
    pytest.param(
        READ.replace('["arn:aws:s3:::bookshop-orders/*"]', '["*",\n"bookshop-orders"]'),
        9,
        "'bookshop-orders' must be in ARN format",
        id="the-arn-in-a-list-and-not-the-list",
    ),
    pytest.param(
        READ.replace('      "Action": "s3:DeleteObject",\n', ""),
        10,
        "Statement 2, element Action: Action is missing",
        id="what-is-missing-at-its-statement",
    ),
    pytest.param(
        READ.replace('"Sid": "ReadOrders"', '"Sid": "Read Orders"'),
        5,
        "letters and digits only",
        id="a-sid",
    ),
    pytest.param(
        READ.replace('"Effect": "Deny"', '"Sid": "ReadOrders", "Effect": "Deny"'),
        11,
        "must be unique",
        id="the-second-of-two-sids",
    ),
    pytest.param(
        READ.replace('"Version": "2012-10-17"', '"Version": "2012-10-18"'),
        2,
        "'2012-10-18' is not a version",
        id="a-version",
    ),
    pytest.param(
        READ.replace(
            '"Resource": "*"', '"Resource": "*", "Condition": {"Null": {},\n"Bol": {"a:b": "c"}}'
        ),
        14,
        "'Bol' is not a condition operator",
        id="the-operator-and-not-the-condition-block",
    ),
    pytest.param(
        READ.replace('"Resource": "*"', '"Principal": "*", "Resource": "*"'),
        13,
        "has no Principal",
        id="an-element-of-another-kind-of-policy",
    ),
    pytest.param('{"Version": "2012-10-17"}', 1, "at least one statement", id="no-statement"),
    pytest.param('{"Statement": ["x"]}', 1, "Statement 1: A statement must", id="no-object"),
    pytest.param("7", 1, "a policy is a JSON object", id="a-number"),
    pytest.param(f"[{DOCUMENT},\n7]", 2, "a policy is a JSON object", id="a-number-in-a-list"),
    pytest.param(
        f"[{DOCUMENT},\n{DOCUMENT.replace('Allow', 'Alow')}]",
        2,
        "Effect must be",
        id="the-second-document",
    ),
]


@pytest.mark.parametrize(("text", "line", "reason"), REFUSED)
def test_what_aws_refuses_is_pointed_at(text: str, line: int, reason: str) -> None:
    found = fault_of(text)
    assert found[0] == line
    assert reason.lower() in found[2].lower()


@pytest.mark.parametrize("name", ["identity", "resource", "service_control"])
@pytest.mark.parametrize("text", ["", " \n\t "])
def test_an_empty_text_is_a_policy_that_is_not_there(name: str, text: str) -> None:
    assert read_documents(text, field(name)) is None


NAMES = [
    pytest.param("identity", DOCUMENT, [[""]], id="one-needs-no-name"),
    pytest.param("identity", f"[{DOCUMENT}, {DOCUMENT}]", [["policy 1", "policy 2"]], id="several"),
    pytest.param("boundary", "[]", [[]], id="a-boundary-of-no-documents"),
    pytest.param(
        "service_control",
        f"[{DOCUMENT}, [{DOCUMENT}, {DOCUMENT}]]",
        [["level 1"], ["level 2, policy 1", "level 2, policy 2"]],
        id="levels",
    ),
    pytest.param("service_control", f"[[], {DOCUMENT}]", [[], ["level 2"]], id="an-empty-level"),
]


@pytest.mark.parametrize(("name", "text", "names"), NAMES)
def test_documents_are_told_apart(name: str, text: str, names: list[list[str]]) -> None:
    levels = read_documents(text, field(name))
    assert [[document.name for document in level] for level in levels or ()] == names


def test_given_names_hold_while_their_number_fits() -> None:
    two = f"[{DOCUMENT}, {DOCUMENT}]"
    called = ("orders-read", "managed policy ReadOnlyAccess")
    (level,) = read_documents(two, field("identity"), called) or ()
    assert tuple(document.name for document in level) == called
    (level,) = read_documents(DOCUMENT, field("identity"), called) or ()
    assert [document.name for document in level] == [""]


def test_a_resource_has_one_policy() -> None:
    assert "one policy" in fault_of(f"[{json.dumps(json.loads(DOCUMENT))}]", "resource")[2]
