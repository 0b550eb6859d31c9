"""Requests and replies, and the lines of the log."""

from __future__ import annotations

import io
import json

import pytest

from rolelab.gateways.core.call_log import CallLog
from rolelab.gateways.core.credentials import fingerprint, same
from rolelab.gateways.core.definition_error import DefinitionError
from rolelab.gateways.core.message import Reply, Request
from rolelab.gateways.core.refused import Reason, Refused
from rolelab.gateways.core.tokens import TokenRule


def test_a_header_that_is_there_once_is_read_in_any_case_and_without_blanks() -> None:
    request = Request(id="1", method="GET", path="/", headers=(("x-a", " 1 "), ("x-b", "2")))
    assert (request.value("X-A"), request.value("x-c")) == ("1", None)


def test_a_header_that_is_there_twice_is_refused_and_not_quoted() -> None:
    request = Request(id="1", method="GET", path="/", headers=(("x-a", "s1"), ("x-a", "s2")))
    with pytest.raises(Refused) as refused:
        request.value("x-a")
    assert refused.value.reason is Reason.HEADER_TWICE
    assert "s1" not in refused.value.detail


def test_a_query_parameter_that_is_there_twice_is_refused() -> None:
    request = Request(id="1", method="GET", path="/", query="a=1&a=2&b=%20")
    assert request.parameter("b") == " "
    with pytest.raises(Refused):
        request.parameter("a")


def test_a_header_of_a_reply_cannot_begin_a_new_line() -> None:
    from rolelab.gateways.core.app import _on_one_line

    assert _on_one_line("a\r\nset-cookie: x") == b"a  set-cookie: x"


def test_a_reply_keeps_text_of_every_script() -> None:
    assert json.loads(Reply.of_json(200, {"a": "é世"}).body) == {"a": "é世"}


@pytest.mark.parametrize(
    ("given", "expected", "agree"),
    [
        pytest.param("a", "a", True, id="the same"),
        pytest.param("a", "b", False, id="different"),
        pytest.param("a", "aa", False, id="of different length"),
        pytest.param("é世", "é世", True, id="not only ASCII"),
        pytest.param("\udcff", "\udcff", True, id="not even text"),
    ],
)
def test_secrets_agree(given: str, expected: str, agree: bool) -> None:
    assert same(given, expected) is agree
    assert (fingerprint(given) == fingerprint(expected)) is agree


@pytest.mark.parametrize(
    ("key", "algorithms", "says"),
    [
        pytest.param("x" * 32, ("none",), "one family", id="none is no algorithm"),
        pytest.param("x" * 32, (), "one family", id="no algorithm"),
        pytest.param("x" * 32, ("HS256", "RS256"), "one family", id="two families"),
        pytest.param("x" * 31, ("HS256",), "32 bytes", id="a secret that is too short"),
        pytest.param("x" * 63, ("HS256", "HS512"), "64 bytes", id="too short for one of them"),
    ],
)
def test_rules_for_tokens_that_would_be_unsafe(
    key: str, algorithms: tuple[str, ...], says: str
) -> None:
    with pytest.raises(DefinitionError, match=says):
        TokenRule(key, algorithms)


def test_the_key_of_a_rule_is_not_in_its_text() -> None:
    assert "secret" not in repr(TokenRule("secret" * 6, ("HS256",)))


def test_a_log_line_is_one_line_whatever_it_holds() -> None:
    printed = io.StringIO()
    CallLog(printed).write({"path": "/\n\u2028\x00", "deep": [{"a": "x" * 1000}]})
    (line,) = printed.getvalue().splitlines()
    record = json.loads(line)
    assert record["path"] == "/\n\u2028\x00"
    assert record["deep"][0]["a"] == "x" * 512 + "..."


def test_a_log_line_that_would_be_too_long_keeps_what_finds_it_again() -> None:
    printed = io.StringIO()
    CallLog(printed).write({"request_id": "7", "status": 200, "many": ["x" * 500] * 100})
    record = json.loads(printed.getvalue())
    assert record == {"request_id": "7", "status": 200, "cut": True}
