"""Filter patterns, by the examples of their page in the CloudWatch Logs User Guide.

Page: *Filter pattern syntax for metric filters, subscription filters, filter log events, and Live
Tail*.
"""

from __future__ import annotations

import json
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolelab.sandbox.filter_patterns import PatternError, parse

# Unstructured events.

BAD_REQUEST = "[ERROR 400] BAD REQUEST"
MISSING = "[ERROR 419] MISSING ARGUMENTS"
INVALID = "[ERROR 420] INVALID ARGUMENTS"
SERVER = "[ERROR 500] INTERNAL SERVER ERROR"
WARN = "[WARN] UNAUTHORIZED REQUEST"
EVENTS = [BAD_REQUEST, MISSING, INVALID, SERVER, WARN]

TERMS: dict[str, tuple[str, list[str]]] = {
    "no term matches everything": ("", EVENTS),
    "white space matches everything": ("  ", EVENTS),
    "a blank phrase matches everything": ('" "', EVENTS),
    "one term, anywhere in a word": ("ERR", [BAD_REQUEST, MISSING, INVALID, SERVER]),
    "case matters": ("error", []),
    "all of several terms": ("ERROR ARGUMENTS", [MISSING, INVALID]),
    "terms in any order": ("ARGUMENTS ERROR", [MISSING, INVALID]),
    "any of several terms": ("?WARN ?ARGUMENTS", [MISSING, INVALID, WARN]),
    "an optional term beside others is ignored": ("?ARGUMENTS REQUEST", [BAD_REQUEST, WARN]),
    "an optional term beside an excluded one is ignored": ("?WARN -ERROR", [WARN]),
    "an exact phrase": ('"INTERNAL SERVER ERROR"', [SERVER]),
    "a phrase with brackets": ('"[WARN]"', [WARN]),
    "an excluded term": ("ERROR -ARGUMENTS", [BAD_REQUEST, SERVER]),
    "only an excluded term": ("-ERROR", [WARN]),
    "an excluded phrase": ('ERROR -"BAD REQUEST" -ARGUMENTS', [SERVER]),
    "a regular expression": ("%AUTHORIZED|INTERNAL%", [SERVER, WARN]),
    "an anchor": (r"%^\[WARN%", [WARN]),
    "an optional regular expression": ("?WARN ?%4[12]\\d%", [MISSING, INVALID, WARN]),
}


@pytest.mark.parametrize(("pattern", "matched"), TERMS.values(), ids=TERMS)
def test_terms(pattern: str, matched: list[str]) -> None:
    known = parse(pattern)
    assert [event for event in EVENTS if known.matches(event)] == matched


def test_a_quotation_mark_in_a_phrase_is_escaped() -> None:
    assert parse(r'"say \"no\""').matches('they say "no"')


# JSON events.

TRAIL = {
    "eventType": "UpdateTrail",
    "sourceIPAddress": "111.111.111.111",
    "arrayKey": ["value", "another value"],
    "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
    "SomeObject": None,
    "cluster.name": "c",
    "ThisFlag": True,
    "latency": 500,
    "ratio": 0.001,
    "text": "404",
    "user": {"id": 1, "email": "John.Stiles@example.com", "a-b": "x"},
    "coordinates": [[0, 1, 2], [4, 5, 6]],
}

MATCHED = {
    "a text": '{ $.eventType = "UpdateTrail" }',
    "a text without quotation marks": "{ $.eventType = UpdateTrail }",
    "no white space": "{$.eventType=UpdateTrail}",
    "another text": '{ $.eventType != "DeleteTrail" }',
    "a wildcard at the end": "{ $.sourceIPAddress = 111.* }",
    "a wildcard at the beginning": '{ $.eventType = "*Trail" }',
    "a wildcard at both ends": "{ $.eventType = *dateT* }",
    "a wildcard alone": "{ $.latency = * }",
    "outside a subnet": "{ $.sourceIPAddress != 123.123.* }",
    "an element of an array": '{ $.arrayKey[0] = "value" }',
    "a property of an element": "{ $.objectList[1].id = 2 }",
    "an array in an array": "{ $.coordinates[1][2] = 6 }",
    "a regular expression": "{ $.eventType = %Trail% }",
    "not a regular expression": "{ $.eventType != %^Trail% }",
    "any element": "{ $.arrayKey[*] = %val.{2}% }",
    "a property of any element": '{ $.objectList[*].name = "b" }',
    "any property": r"{ $.* = %111\.111\.111\.1[0-9]{1,2}% }",
    "a name with a period": "{ $.['cluster.name'] = \"c\" }",
    "a name with a hyphen": '{ $.user.a-b = "x" }',
    "null": "{ $.SomeObject IS NULL }",
    "true": "{ $.ThisFlag IS TRUE }",
    "what is not there": "{ $.SomeOtherObject NOT EXISTS }",
    "an equal number": "{ $.latency = 500 }",
    "an equal number, written otherwise": "{ $.latency = 5e2 }",
    "a number with a sign": "{ $.latency = +500.0 }",
    "another number": "{ $.latency != 501 }",
    "a larger number": "{ $.latency > 499.9 }",
    "a number that is as large": "{ $.latency >= 500 }",
    "a smaller number": "{ $.ratio < 1e-2 }",
    "a number that is as small": "{ $.ratio <= 1e-3 }",
    "a wildcard for a number": "{ $.latency = 5* }",
    "a number in a text": "{ $.text >= 400 }",
    "both conditions": "{ ($.user.id = 1) && ($.latency = 500) }",
    "one of two conditions": "{ $.user.id = 2 || $.latency = 500 }",
    "&& binds closer than ||": "{ $.user.id = 1 || $.latency = 1 && $.text = x }",
}
NOT_MATCHED = {
    "a text in another case": "{ $.eventType = updatetrail }",
    "a wildcard in the middle is a character": "{ $.eventType = Update*ail }",
    "an array is no value": "{ $.arrayKey != x }",
    "an object is no value": "{ $.user != x }",
    "null is no value": "{ $.SomeObject != x }",
    "what is not there is not unequal": "{ $.SomeOtherObject != x }",
    "an element that is not there": "{ $.arrayKey[2] = value }",
    "an element of what is no array": "{ $.eventType[0] = U }",
    "text is not null": "{ $.eventType IS NULL }",
    "null exists": "{ $.SomeObject NOT EXISTS }",
    "true is not false": "{ $.ThisFlag IS FALSE }",
    "text is not larger than a number": "{ $.eventType > 1 }",
    "parentheses bind first": "{ ($.user.id = 1 || $.latency = 1) && $.text = x }",
    "not all of both": "{ $.user.id = 1 && $.latency = 1 }",
}


@pytest.mark.parametrize("pattern", MATCHED.values(), ids=MATCHED)
def test_json_matches(pattern: str) -> None:
    assert parse(pattern).matches(json.dumps(TRAIL))


@pytest.mark.parametrize("pattern", NOT_MATCHED.values(), ids=NOT_MATCHED)
def test_json_does_not_match(pattern: str) -> None:
    assert not parse(pattern).matches(json.dumps(TRAIL))


@pytest.mark.parametrize(
    "message",
    ["no JSON", '{"a": 1', '"a"', "3", "x" + '{"a": 1}', "[" * 100_000, "1" * 5000],
    ids=["text", "half", "a text", "a number", "text before", "too deep", "too long"],
)
def test_what_is_no_json_event_does_not_match(message: str) -> None:
    assert not parse("{ $.a NOT EXISTS }").matches(message)


# Space-delimited events.

PAGE = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'
NAMES = "ip, user, username, timestamp"

COLUMNS_MATCHED = {
    "names alone": f"[{NAMES}, request, status_code, bytes]",
    "conditions": r"[ip=%127\.0\.0\.[1-9]%, user, username, timestamp, request =*.html*, "
    "status_code = 4*, bytes]",
    "an ellipsis at the beginning": "[..., request =*.html*, status_code = 4*, bytes]",
    "an ellipsis in the middle": "[ip, user, ..., status_code=4*, bytes>1000]",
    "an ellipsis at the end": "[ip, user, ...]",
    "an ellipsis alone": "[...]",
    "an ellipsis for nothing": f"[{NAMES}, ..., request, status_code, bytes]",
    "nothing at all": "[]",
    "one of two": "[..., status_code = 404 || status_code = 410, bytes]",
    "both": "[..., status_code = 4* && status_code != 403, bytes]",
    "parentheses": "[..., (status_code = 403 || status_code = 404) && status_code != 5*, bytes]",
    "a field without a name": f"[{NAMES}, request, status_code=4*,]",
    "what is in brackets is one field": '[..., timestamp="10/Oct/2000*", request, s, bytes]',
    "a number that is as large": "[..., bytes >= 1534]",
    "fewer names than fields: the last takes the rest": "[ip, rest]",
}
COLUMNS_NOT_MATCHED = {
    "more names than fields": f"[{NAMES}, request, status_code, bytes, more]",
    "a condition that fails": "[..., status_code = 5*, bytes]",
    "neither of two": "[..., status_code = 403 || status_code = 410, bytes]",
    "not both": "[..., status_code = 4* && status_code != 404, bytes]",
    "a smaller number": "[..., bytes < 1534]",
    "text is no number": "[ip, user > 3, ...]",
    "more names than fields, with an ellipsis": "[a, b, c, d, ..., e, f, g, h]",
}


@pytest.mark.parametrize("pattern", COLUMNS_MATCHED.values(), ids=COLUMNS_MATCHED)
def test_columns_match(pattern: str) -> None:
    assert parse(pattern).matches(PAGE)


@pytest.mark.parametrize("pattern", COLUMNS_NOT_MATCHED.values(), ids=COLUMNS_NOT_MATCHED)
def test_columns_do_not_match(pattern: str) -> None:
    assert not parse(pattern).matches(PAGE)


@pytest.mark.parametrize(
    ("pattern", "matched"),
    [
        ("[w1=ERROR, w2]", [3]),
        ("[w1=ERROR || w1=WARNING, w2]", [2, 3]),
        ("[w1!=ERROR && w1!=WARNING, w2]", [0, 1]),
        ("[level, date, time, method, url=%/service/resource/[0-9]+$%, response_time]", [0]),
        ("[l, d, t, m, url=%/service/resource/[0-9]+/part/[0-9]+$%, response_time]", [1]),
    ],
)
def test_terms_in_order(pattern: str, matched: list[int]) -> None:
    lines = [
        "INFO 09/25/2014 12:00:00 GET /service/resource/67 1200",
        "INFO 09/25/2014 12:00:01 POST /service/resource/67/part/111 1310",
        "WARNING 09/25/2014 12:00:02 Invalid user request",
        "ERROR 09/25/2014 12:00:02 Failed to process request",
    ]
    known = parse(pattern)
    assert [number for number, line in enumerate(lines) if known.matches(line)] == matched


def test_fields_are_extracted_by_name_or_position() -> None:
    assert parse("[..., request=*.html*, status_code=4*,]").extract(PAGE) == {
        "$1": "127.0.0.1",
        "$2": "Prod",
        "$3": "frank",
        "$4": "10/Oct/2000:13:25:15 -0700",
        "$request": "GET /index.html HTTP/1.0",
        "$status_code": "404",
        "$7": "1534",
    }


@pytest.mark.parametrize("pattern", ["ERROR", "{ $.a = 1 }"])
def test_other_patterns_extract_nothing(pattern: str) -> None:
    assert parse(pattern).extract('ERROR {"a": 1}') == {}


@pytest.mark.parametrize(
    ("pattern", "selector", "message", "value"),
    [
        ("{ $.latency = * }", "$.latency", '{"latency": 50}', "50"),
        ("{ $.latency = * }", "$.none", '{"latency": 50}', None),
        ("{ $.latency = * }", "$.latency x", '{"latency": 50}', None),
        ("{ $.latency = * }", "1", '{"latency": 50}', None),
        ("{ $.latency = * }", "$.latency", "no JSON", None),
        ("[ip, bytes]", "$bytes", "127.0.0.1 1534", "1534"),
        ("[ip, bytes]", "$none", "127.0.0.1 1534", None),
        ("ERROR", "$bytes", "ERROR", None),
    ],
)
def test_the_value_that_a_metric_takes(
    pattern: str, selector: str, message: str, value: str | None
) -> None:
    assert parse(pattern).value_of(selector, message) == value


# What is no pattern.

WRONG = {
    "a term that needs quotation marks": ("a/b", "Invalid character(s) in term 'a/b'"),
    "an empty phrase": ('ERROR ""', "Invalid character(s) in term '\"\"'"),
    "a phrase without its end": ('"ERROR', "Invalid character(s) in term '\"ERROR'"),
    "text right behind a phrase": ('"a"b', "Invalid character(s) in term '\"a\"b'"),
    "a minus sign alone": ("ERROR -", "Invalid character(s) in term '-'"),
    "a question mark alone": ("? ERROR", "Invalid character(s) in term '?'"),
    "parentheses in a regular expression": (
        "%(a|b)%",
        "Invalid character(s) in term '%(a|b)%'",
    ),
    "a character that a regular expression does not know": (
        "%something!%",
        "Invalid character(s) in term '%something!%'",
    ),
    "an escape that a regular expression does not know": (
        r"%\bx%",
        r"Invalid character(s) in term '%\bx%'",
    ),
    "a regular expression that is none": ("%a{3,1}%", "Invalid filter pattern"),
    "a brace without its end": (
        "{ $.a = 1",
        "If a filter pattern starts with '{' it must end with '}'",
    ),
    "a bracket without its end": (
        "[a, b",
        "If a filter pattern starts with '[' it must end with ']'",
    ),
    "empty braces": ("{}", "Invalid filter pattern"),
    "no selector": ("{ a = 1 }", "Invalid filter pattern"),
    "only the root": ("{ $ = 1 }", "Invalid filter pattern"),
    "no operator": ("{ $.a }", "Invalid filter pattern"),
    "no value": ("{ $.a = }", "Invalid filter pattern"),
    "a text that needs quotation marks": ("{ $.a = b@c }", "Invalid filter pattern"),
    "an order of texts": ('{ $.a > "b" }', "Invalid filter pattern"),
    "an order of words": ("{ $.a > b }", "Invalid filter pattern"),
    "an order of regular expressions": ("{ $.a > %b% }", "Invalid filter pattern"),
    "IS NOT": ("{ $.a IS NOT NULL }", "Invalid filter pattern"),
    "EXISTS": ("{ $.a EXISTS }", "Invalid filter pattern"),
    "a parenthesis without its end": ("{ ($.a = 1 }", "Invalid filter pattern"),
    "half an operator": ("{ $.a = 1 & $.b = 2 }", "Invalid filter pattern"),
    "nothing behind &&": ("{ $.a = 1 && }", "Invalid filter pattern"),
    "two wildcards in a selector": ("{ $.a[*].* = 1 }", "Invalid filter pattern"),
    "four wildcards": (
        "{ $.a[*] = 1 && $.b[*] = 1 && $.c[*] = 1 && $.d[*] = 1 }",
        "Invalid filter pattern",
    ),
    "three regular expressions": (
        "{ $.a = %b% && $.a = %c% && $.a = %d% }",
        "Invalid filter pattern",
    ),
    "three regular expressions in columns": ("[a=%b%, b=%c%, c=%d%]", "Invalid filter pattern"),
    "two ellipses": ("[..., a, ...]", "Invalid filter pattern"),
    "a condition about another column": ("[a, b, c = 4* && b > 1]", "Invalid filter pattern"),
    "a condition without its column": ("[a, = 4*]", "Invalid filter pattern"),
    "no comma": ("[a b]", "Invalid filter pattern"),
    "parentheses beyond measure": ("{ " + "(" * 500 + "$.a = 1 }", "Invalid filter pattern"),
}


@pytest.mark.parametrize(("pattern", "message"), WRONG.values(), ids=WRONG)
def test_what_is_no_pattern_is_refused(pattern: str, message: str) -> None:
    with pytest.raises(PatternError) as caught:
        parse(pattern)
    assert str(caught.value) == message


# Any text at all.

WORDS = """
{ } [ ] ( ) $ . , % * ... = != > <= && || IS NULL NOT EXISTS - ? a b1 0 1e3
[*] [0] ['x'] ^ + | {2} [a-] [[ --
"""
PIECES = st.sampled_from([*WORDS.split(), '"', " ", "\\", "\u00e4", "\n"])
PATTERNS = st.one_of(
    st.text(max_size=40),
    st.lists(PIECES, max_size=20).map("".join),
    st.lists(PIECES, max_size=20).map(lambda parts: "{ $.a = %" + "".join(parts) + "% }"),
    st.lists(PIECES, max_size=20).map(lambda parts: "[a" + "".join(parts) + "]"),
)
MESSAGES = st.one_of(
    st.text(max_size=60),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.sampled_from(["a", "b1", "x"]), inner, max_size=3),
        ),
        max_leaves=8,
    ).map(json.dumps),
)


@given(PATTERNS, MESSAGES)
def test_a_text_is_a_pattern_that_answers_or_is_refused(text: str, message: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            pattern = parse(text)
        except PatternError:
            return
        assert pattern.matches(message) in (True, False)
        assert isinstance(dict(pattern.extract(message)), dict)
        pattern.value_of("$.a", message)


@given(st.text(alphabet=st.characters(categories=["L", "Nd"]), min_size=1), st.text())
def test_a_word_matches_the_messages_that_contain_it(word: str, message: str) -> None:
    pattern = parse(word)
    assert pattern.matches(message) is (word in message)
    assert pattern.matches(message + word)
    assert not parse(f"-{word}").matches(message + word)
