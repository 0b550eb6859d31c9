"""The file of cases: what is in it, and what its reader refuses."""

from __future__ import annotations

import re
from collections import Counter

import boto3
import pytest
from botocore import xform_name

from scorecard.cases import PAGES, Case, CaseError, load, parse

CASES = load()


def test_there_are_at_least_300_cases_and_15_of_each_area() -> None:
    assert len(CASES) >= 300
    assert min(Counter(case.area for case in CASES).values()) >= 15


def test_both_answers_are_asked_for() -> None:
    answers = Counter(case.aws for case in CASES)
    assert set(answers) == {"allow", "deny"}
    assert min(answers.values()) >= len(CASES) / 4


def test_every_page_is_a_page_of_the_aws_documentation() -> None:
    assert {case.address for case in CASES if not case.address.startswith(PAGES)} == set()


def test_names_are_kebab_case_and_titles_are_sentences() -> None:
    assert [c.case for c in CASES if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", c.case)] == []
    assert [c.case for c in CASES if not c.title.endswith(".")] == []


def test_every_call_is_an_operation_of_boto3() -> None:
    session = boto3.Session(region_name="us-east-1")._session
    called = sorted({next(iter(case.call)) for case in CASES})
    models = {name.partition(".")[0]: None for name in called}
    operations = {
        f"{service}.{xform_name(operation)}"
        for service in models
        for operation in session.get_service_model(service).operation_names
    }
    assert [name for name in called if name not in operations] == []


GOOD = """
pages:
  ListUsers: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html
areas:
  Users:
  - case: nobody-lists-users
    title: Without a policy nobody lists users.
    who: user ana
    call: {iam.list_users: {}}
    aws: deny
    page: ListUsers
"""


def test_a_case_is_read() -> None:
    assert parse(GOOD) == [
        Case(
            case="nobody-lists-users",
            area="Users",
            title="Without a policy nobody lists users.",
            who="user ana",
            call={"iam.list_users": {}},
            aws="deny",
            page="ListUsers",
            address="https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html",
        )
    ]


BAD = [
    ("not-yaml", ("pages:", "pages: ["), "not YAML"),
    ("no-areas", ("areas:", "places:"), "`areas`"),
    ("unknown-field", ("who:", "whom:"), "unknown field 'whom'"),
    ("missing-title", ("    title: Without a policy nobody lists users.\n", ""), "'title'"),
    ("missing-page", ("    page: ListUsers\n", ""), "'page' is missing"),
    ("unlisted-page", ("page: ListUsers", "page: ListRoles"), "no page 'ListRoles'"),
    ("page-elsewhere", ("https://docs.aws.amazon.com/IAM", "http://example.com"), "no address"),
    ("another-answer", ("aws: deny", "aws: maybe"), "it must be allow or deny"),
    ("refused-and-allowed", ("aws: deny", "aws: allow\n    refused: X"), "goes with `aws: deny`"),
    ("two-calls", ("{iam.list_users: {}}", "{iam.list_users: {}, iam.get_user: {}}"), "one call"),
    ("no-method", ("iam.list_users", "list_users"), "one call"),
    ("a-field-twice", ("aws: deny", "aws: deny\n    aws: allow"), "'aws' stands there twice"),
    ("not-a-list", ("who: user ana", "identity: all"), "'identity' must be a list"),
    ("not-a-mapping", ("who: user ana", "tags: all"), "'tags' must be a mapping"),
]


@pytest.mark.parametrize(("change", "words"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_case_that_is_not_well_formed_is_refused(change: tuple[str, str], words: str) -> None:
    assert change[0] in GOOD
    with pytest.raises(CaseError, match=re.escape(words)):
        parse(GOOD.replace(*change))


def test_the_refusal_names_the_case() -> None:
    with pytest.raises(CaseError, match="Users: nobody-lists-users"):
        parse(GOOD.replace("who:", "whom:"))


def test_a_name_stands_once() -> None:
    again = GOOD + GOOD.partition("  Users:\n")[2]
    with pytest.raises(CaseError, match="the same name: nobody-lists-users"):
        parse(again)


def test_a_page_that_no_case_names_is_refused() -> None:
    more = GOOD.replace("pages:", "pages:\n  Other: https://docs.aws.amazon.com/other.html")
    with pytest.raises(CaseError, match="no case names these pages: Other"):
        parse(more)


def test_dates_stay_text() -> None:
    read = parse(GOOD.replace("who: user ana", "tags: {since: 2026-01-01}"))
    assert read[0].tags == {"since": "2026-01-01"}
