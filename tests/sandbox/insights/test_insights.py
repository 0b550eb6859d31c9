"""CloudWatch Logs Insights, by the pages of its commands in the CloudWatch Logs User Guide.

Pages: *CloudWatch Logs Insights language query syntax*, and *display*, *fields*, *filter*, *stats*,
*sort*, *parse*, *limit* and *dedup* below it; *Boolean, comparison, numeric, datetime, and other
functions*; *Supported logs and discovered fields*.
"""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolelab.sandbox.insights import NotModelledError, Outcome, QueryError, Record, parse, run

BEGIN = 1_767_225_600_000  # 2026-01-01 00:00:00 UTC, a Thursday
MINUTE = 60_000


def record(message: Any, minute: float = 0, stream: str = "web/1") -> Record:
    text = message if isinstance(message, str) else json.dumps(message)
    at = BEGIN + int(minute * MINUTE)
    return Record(at, at + 5, text, stream, "123456789012:/ecs/shop", f"p{minute}")


ORDERS = [
    record({"level": "INFO", "path": "/a", "ms": 10, "user": {"id": 1}}, 0),
    record({"level": "ERROR", "path": "/b", "ms": 250, "ok": False}, 1),
    record({"level": "INFO", "path": "/a", "ms": 30, "ok": True}, 6, "web/2"),
    record("[WARN] user=ann, method:GET, latency := 12", 7, "web/2"),
]


def outcome(query: str, records: list[Record] = ORDERS, **more: Any) -> Outcome:
    return run(parse(query), records, **more)


def rows(query: str, records: list[Record] = ORDERS, **more: Any) -> list[dict[str, str]]:
    """The rows of a query without their pointers."""
    found = outcome(query, records, **more).rows
    return [{name: value for name, value in row if name != "@ptr"} for row in found]


def values(query: str, records: list[Record] = ORDERS, **more: Any) -> list[Any]:
    """The first column of each row; None where the row has none."""
    return [next(iter(row.values()), None) for row in rows(query, records, **more)]


def one(expression: str, message: Any = "") -> str | None:
    """What an expression gives for one record."""
    (found,) = values(f"display {expression}", [record(message)])
    return None if found is None else str(found)


# What every query has.


def test_without_columns_time_and_message_are_shown() -> None:
    (row,) = outcome("filter @message like 'WARN'").rows
    assert row == (
        ("@timestamp", "2026-01-01 00:07:00.000"),
        ("@message", "[WARN] user=ann, method:GET, latency := 12"),
        ("@ptr", "p7"),
    )


def test_generated_fields() -> None:
    (row,) = rows("fields @log, @logStream, @ingestionTime | limit 1")
    assert row == {
        "@log": "123456789012:/ecs/shop",
        "@logStream": "web/2",
        "@ingestionTime": "2026-01-01 00:07:00.005",
    }


def test_the_newest_comes_first() -> None:
    assert values("fields @timestamp")[0] == "2026-01-01 00:07:00.000"


def test_what_a_record_lacks_is_left_out() -> None:
    assert rows("fields level, ok") == [
        {},
        {"level": "INFO", "ok": "1"},
        {"level": "ERROR", "ok": "0"},
        {"level": "INFO"},
    ]


def test_statistics_count_what_was_read_and_what_the_filters_let_through() -> None:
    found = outcome("filter level = 'INFO' | stats count(*) by path")
    assert (found.matched, found.scanned) == (2, 4)
    assert found.scanned_bytes == sum(len(each.message) for each in ORDERS)


def test_comments_and_line_breaks() -> None:
    query = "# all of them\nfields level\n  # | filter ms > 1000\n | limit 2 # few"
    assert len(rows(query)) == 2


def test_a_comment_does_not_begin_in_a_text() -> None:
    assert one('"a # b"') == "a # b"


# Fields that are discovered.

CLOUDTRAIL = {
    "userIdentity": {"type": "IAMUser"},
    "requestParameters": {"items": [{"instanceId": "i-1"}, {"instanceId": "i-2"}]},
    "@host": "a",
    "foo-bar": "b",
    "gone": None,
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("userIdentity.type", "IAMUser"),
        ("requestParameters.items.1.instanceId", "i-2"),
        ("@@host", "a"),
        ("`foo-bar`", "b"),
        ("gone", None),
        ("userIdentity", None),
        ("none.at.all", None),
    ],
    ids=["nested", "list", "with an at sign", "in backticks", "null", "an object", "nothing"],
)
def test_discovered_fields(field: str, value: str | None) -> None:
    assert one(field, CLOUDTRAIL) == value


@pytest.mark.parametrize("message", ["{half", "[1, 2]", "{" * 5000, '{"a": ' + "1" * 5000 + "}"])
def test_what_is_no_json_has_no_fields(message: str) -> None:
    assert one("a", message) is None


def test_two_hundred_fields_are_discovered() -> None:
    message = {f"f{number:03}": number for number in range(201)}
    assert one("f199", message) == "199"
    assert one("f200", message) is None


# filter

FILTERS: dict[str, tuple[str, list[str]]] = {
    "equal": ('level = "ERROR"', ["250"]),
    "single quotation marks": ("level = 'ERROR'", ["250"]),
    "unequal": ('ispresent(level) and level != "INFO"', ["250"]),
    "larger": ("ms > 30", ["250"]),
    "as large": ("ms >= 30", ["30", "250"]),
    "smaller": ("ms < 30", ["10"]),
    "as small": ("ms <= 30", ["30", "10"]),
    "numbers are compared as numbers": ("ms > 9", ["30", "250", "10"]),
    "and": ('level = "INFO" and ms > 10', ["30"]),
    "or": ("ms = 10 or ms = 250", ["250", "10"]),
    "and binds closer than or": ("ms = 10 or ms = 250 and level = 'INFO'", ["10"]),
    "parentheses": ("(ms = 10 or ms = 250) and level = 'INFO'", ["10"]),
    "not": ("ispresent(ms) and not ms = 10", ["30", "250"]),
    "not before parentheses": ("ispresent(ms) and not (ms = 10 or ms = 30)", ["250"]),
    "a text in a text": ('level like "RR"', ["250"]),
    "a regular expression": ("path like /^.b/", ["250"]),
    "a regular expression by =~": ("level =~ /RR/", ["250"]),
    "a text by =~": ('level =~ "RR"', ["250"]),
    "a regular expression for any case": ("level like /(?i)error/", ["250"]),
    "a flag in the middle": ("level =~ /^(?i)error$/", ["250"]),
    "a slash in a regular expression": (r"path like /\/b/", ["250"]),
    "not like": ("ispresent(ms) and path not like /a/", ["250"]),
    "in": ("ms in [10, 250]", ["250", "10"]),
    "in, as whole texts": ('level in ["ERR", "INFO"]', ["30", "10"]),
    "not in": ("ispresent(ms) and ms not in [10, 250]", ["30"]),
    "booleans are 1 and 0": ("ok = 0", ["250"]),
    "true": ("ok = true", ["30"]),
    "arithmetic": ("ms / 10 = 3", ["30"]),
    "two fields": ("ms > user.id", ["10"]),
    "words in capitals": ("NOT level LIKE /X/ AND ms IN [10]", ["10"]),
}


@pytest.mark.parametrize(("condition", "found"), FILTERS.values(), ids=FILTERS)
def test_filter(condition: str, found: list[str]) -> None:
    assert [each for each in values(f"filter {condition} | display ms") if each] == found


# Expressions.

EXPRESSIONS: dict[str, tuple[str, str | None]] = {
    "addition": ("1 + 2", "3"),
    "order of operations": ("1 + 2 * 3", "7"),
    "from left to right": ("10 - 3 - 2", "5"),
    "division": ("10 / 4", "2.5"),
    "remainder": ("10 % 3", "1"),
    "exponentiation": ("2 ^ 3", "8"),
    "exponentiation from right to left": ("2 ^ 3 ^ 2", "512"),
    "a sign": ("-ms + 3", "-7"),
    "division by zero": ("ms / 0", None),
    "what is no number": ("level + 1", None),
    "what is not there": ("none + 1", None),
    "four decimals": ("10 / 3", "3.3333"),
    "too large": ("10 ^ 300 * 10 ^ 300", None),
    "a comparison": ("ms > 3", "1"),
    "abs": ("abs(0 - 3)", "3"),
    "ceil": ("ceil(2.1)", "3"),
    "floor": ("floor(2.9)", "2"),
    "greatest": ("greatest(1, 3, 2)", "3"),
    "least": ("least(2, 1, 3)", "1"),
    "log": ("log(1)", "0"),
    "log of nothing": ("log(0)", None),
    "sqrt": ("sqrt(9)", "3"),
    "round": ("round(2.567, 2)", "2.57"),
    "round to a whole": ("round(2.5)", "3"),
    "strlen": ('strlen("äb")', "2"),
    "toupper": ("toupper('ab')", "AB"),
    "tolower": ("TOLOWER('AB')", "ab"),
    "trim": ("trim('  a ')", "a"),
    "trim characters": ('trim("xyZxyfooxyZ", "xyZ")', "foo"),
    "ltrim": ('ltrim("xyZxyfooxyZ", "xyZ")', "fooxyZ"),
    "rtrim": ('rtrim("xyZfooxyxyZ", "xyZ")', "xyZfoo"),
    "substr": ('substr("xyZfooxyZ", 3, 3)', "foo"),
    "substr to the end": ('substr("xyZfoo", 3)', "foo"),
    "replace": ('replace("foo", "o", "0")', "f00"),
    "strcontains": ('strcontains("foo", "o")', "1"),
    "strcontains not": ('strcontains("foo", "x")', "0"),
    "concat": ("concat(level, '-', ms)", "INFO-10"),
    "concat leaves out what is not there": ("concat(level, none)", "INFO"),
    "ispresent": ("ispresent(level)", "1"),
    "ispresent in any case": ("isPresent(none)", "0"),
    "isempty": ("isempty(none)", "1"),
    "isblank": ("isblank(' ')", "1"),
    "coalesce": ("coalesce(none, level, ms)", "INFO"),
    "if": ("if(ms > 5, 'slow', 'fast')", "slow"),
    "case": ("case(ms > 50, 'slow', ms > 5, 'so', 'fast')", "so"),
    "bin": ("bin(5m)", "2026-01-01 00:00:00.000"),
    "datefloor": ("datefloor(@timestamp, 1h)", "2026-01-01 00:00:00.000"),
    "dateceil": ("dateceil(@timestamp, 1h)", "2026-01-01 01:00:00.000"),
    "toMillis": ("toMillis(@timestamp)", str(BEGIN + 2 * MINUTE)),
    "fromMillis": ("fromMillis(1767225600000)", "2026-01-01 00:00:00.000"),
    "isValidIp": ("isValidIp('10.0.0.1')", "1"),
    "isIpv4InSubnet": ("isIpv4InSubnet('10.0.0.1', '10.0.0.0/8')", "1"),
    "not in the subnet": ("isIpInSubnet('11.0.0.1', '10.0.0.0/8')", "0"),
    "no address": ("isIpInSubnet('x', '10.0.0.0/8')", "0"),
    "jsonParse": ("jsonStringify(jsonParse(@message))", None),
}


@pytest.mark.parametrize(("expression", "value"), EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_expressions(expression: str, value: str | None) -> None:
    message = {"level": "INFO", "ms": 10}
    found: list[Any] = values(f"display {expression}", [record(message, 2)])
    if "jsonStringify" in expression:
        value = json.dumps(message, separators=(",", ":"))
    assert found == [value]


def test_maps_and_lists() -> None:
    message = {"users": [{"action": "a"}, {"action": "PutData", "user.id": "7"}]}
    query = "fields jsonParse(@message) as m | display m.users[1].action, m.users.0.action"
    assert rows(query, [record(message)]) == [
        {"m.users[1].action": "PutData", "m.users.0.action": "a"}
    ]
    assert values("fields jsonParse(@message) as m | display toupper(m)", [record(message)]) == [
        None
    ]


def test_now_is_in_seconds() -> None:
    query = "filter toMillis(@timestamp) >= now() * 1000 - 120000 | display ms"
    assert values(query, now=BEGIN / 1000 + 8 * 60) == [None, "30"]


@pytest.mark.parametrize(
    ("period", "begin"),
    [
        ("1500ms", "2026-05-20 13:47:58.000"),
        ("1s", "2026-05-20 13:47:58.000"),
        ("300s", "2026-05-20 13:47:00.000"),
        ("5m", "2026-05-20 13:45:00.000"),
        ("5min", "2026-05-20 13:45:00.000"),
        ("2hrs", "2026-05-20 12:00:00.000"),
        ("1d", "2026-05-20 00:00:00.000"),
        ("1w", "2026-05-18 00:00:00.000"),
        ("1mo", "2026-05-01 00:00:00.000"),
        ("1q", "2026-04-01 00:00:00.000"),
        ("1year", "2026-01-01 00:00:00.000"),
    ],
)
def test_bins_and_their_caps(period: str, begin: str) -> None:
    at = 1_779_284_878_500  # 2026-05-20 13:47:58.500 UTC, a Wednesday
    found = run(parse(f"display bin({period})"), [Record(at, at, "", "s", "l", "p")]).rows
    assert found[0][0][1] == begin


# fields and display

COLUMNS: dict[str, tuple[str, dict[str, str]]] = {
    "an alias": ("fields ms * 2 as twice", {"twice": "20"}),
    "without an alias, the text names the column": ("fields ms*2", {"ms*2": "20"}),
    "an alias in later commands": (
        "fields ms * 2 as d | fields d + 1 as e",
        {"d": "20", "e": "21"},
    ),
    "all fields commands are shown": ("fields level | fields ms", {"level": "INFO", "ms": "10"}),
    "display shows its fields alone": ("fields level | display ms", {"ms": "10"}),
    "the last display counts": ("display level | display ms", {"ms": "10"}),
    "fields after display": ("display ms | fields level", {"ms": "10"}),
}


@pytest.mark.parametrize(("query", "row"), COLUMNS.values(), ids=COLUMNS)
def test_columns(query: str, row: dict[str, str]) -> None:
    assert rows(query, ORDERS[:1]) == [row]


# parse

LINE = "25 May 2019 10:24:39,474 [ERROR] {foo=2, bar=data} The error was: DataIntegrityException"
TAKEN = {"level": "ERROR", "config": "{foo=2, bar=data}", "exception": "DataIntegrityException"}
PARSES: dict[str, tuple[str, dict[str, str]]] = {
    "a glob": ('parse @message "[*] * The error was: *" as level, config, exception', TAKEN),
    "a glob with single quotation marks": (
        "parse @message '[*] * The error was: *' as level, config, exception",
        TAKEN,
    ),
    "a regular expression": (
        r"parse @message /\[(?<level>\S+)\]\s+(?<config>\{.*\})\s+The error was: "
        r"(?<exception>\S+)/",
        TAKEN,
    ),
    "@message is the default": (
        'parse "[*] * The error was: *" as level, config, exception',
        TAKEN,
    ),
    "a glob that begins with an asterisk": (
        'parse @message "* [*] *" as time, level, rest | display time, level',
        {"time": "25 May 2019 10:24:39,474", "level": "ERROR"},
    ),
    "a field that was parsed before": (
        'parse "{*}" as config | parse config "foo=*, bar=*" as foo, bar | display foo, bar',
        {"foo": "2", "bar": "data"},
    ),
    "another field": (
        'parse @logStream "*/*" as service, shard | display service, shard',
        {"service": "web", "shard": "1"},
    ),
    "a pattern that does not match leaves nothing": (
        'parse @message "x=*;" as x | display x, @logStream',
        {"@logStream": "web/1"},
    ),
    "a field that is not there": (
        'parse none "*" as x | display x, @logStream',
        {"@logStream": "web/1"},
    ),
    "groups without names are named by as": (
        r"parse @message /foo=(\d), bar=(\w+)/ as foo, bar | display foo, bar",
        {"foo": "2", "bar": "data"},
    ),
    "groups without names beside named ones are dropped": (
        r"parse @message /foo=(\d), bar=(?<bar>\w+)/ | display bar",
        {"bar": "data"},
    ),
}


@pytest.mark.parametrize(("query", "row"), PARSES.values(), ids=PARSES)
def test_parse(query: str, row: dict[str, str]) -> None:
    (found,) = rows(query, [record(LINE)])
    found.pop("@timestamp", None)
    found.pop("@message", None)
    assert found == row


# stats

STATS: dict[str, tuple[str, list[dict[str, str]]]] = {
    "all records": ("stats count(*)", [{"count(*)": "4"}]),
    "all records, without an asterisk": ("stats count() as n", [{"n": "4"}]),
    "records with a field": ("stats count(ms) as n", [{"n": "3"}]),
    "distinct values": ("stats count_distinct(path) as n", [{"n": "2"}]),
    "sum and average": ("stats sum(ms) as s, avg(ms) as a", [{"s": "290", "a": "96.6667"}]),
    "least and greatest": ("stats min(ms) as l, max(ms) as g", [{"l": "10", "g": "250"}]),
    "a percentile": ("stats pct(ms, 50) as p", [{"p": "30"}]),
    "deviation": ("filter ms < 100 | stats stddev(ms) as d", [{"d": "10"}]),
    "earliest and latest": (
        "stats earliest(ms) as e, latest(ms) as l",
        [{"e": "10", "l": "30"}],
    ),
    "first and last in order": (
        "stats sortsFirst(path) as f, sortsLast(path) as l",
        [{"f": "/a", "l": "/b"}],
    ),
    "groups come before what is counted": (
        "filter ispresent(path) | stats count(*) as n by path | sort path",
        [{"path": "/a", "n": "2"}, {"path": "/b", "n": "1"}],
    ),
    "groups by time": (
        "stats count(*) by bin(5m) | sort bin(5m)",
        [
            {"bin(5m)": "2026-01-01 00:00:00.000", "count(*)": "2"},
            {"bin(5m)": "2026-01-01 00:05:00.000", "count(*)": "2"},
        ],
    ),
    "groups under an alias": (
        "filter ispresent(level) | stats sum(ms) as s by level as l | sort s",
        [{"l": "INFO", "s": "40"}, {"l": "ERROR", "s": "250"}],
    ),
    "calculating with results": ("stats sum(ms) / count(ms) as a", [{"a": "96.6667"}]),
    "functions of results": ("stats round(avg(ms)) as a", [{"a": "97"}]),
    "results of expressions": ("stats max(ms * 2) as m", [{"m": "500"}]),
    "results by their names": (
        "filter ispresent(path) | stats count(*), sum(ms) by path | filter count(*) > 0 "
        "| sort sum(ms) desc, count(*) | display path, sum(ms)",
        [{"path": "/b", "sum(ms)": "250"}, {"path": "/a", "sum(ms)": "40"}],
    ),
    "stats of results by their names": (
        "stats sum(ms) by bin(5m) | stats max(sum(ms)) as m",
        [{"m": "260"}],
    ),
    "filtering results": (
        "stats count(*) as n by path | filter n > 1",
        [{"path": "/a", "n": "2"}],
    ),
    "stats of stats": (
        "stats sum(ms) as s by bin(5m) | stats max(s) as m, count(*) as n",
        [{"m": "260", "n": "2"}],
    ),
    "nothing to count": ("filter ms > 1000 | stats count(*)", []),
    "no number to sum": ("stats sum(level) as s, count(*) as n", [{"n": "4"}]),
}


@pytest.mark.parametrize(("query", "found"), STATS.values(), ids=STATS)
def test_stats(query: str, found: list[dict[str, str]]) -> None:
    assert rows(query) == found


def test_stats_have_no_pointers() -> None:
    assert outcome("stats count(*)").rows == ((("count(*)", "4"),),)


# sort, limit, dedup

ASCENDING = ["!:", "#", "*%04", "0#", "5A", "111A", "2345_", "@", "@_", "A", "A9876fghj"]
ASCENDING += ["a12345hfh", "0", "1", "2", "3", "10"]


@pytest.mark.parametrize("direction", ["", "asc", "desc"])
def test_sort_is_natural(direction: str) -> None:
    written = random.Random(7).sample(ASCENDING, len(ASCENDING))
    records = [record({"f": each}, minute) for minute, each in enumerate(written)]
    found = values(f"sort f {direction} | display f", records)
    assert found == (ASCENDING[::-1] if direction == "desc" else ASCENDING)


def test_sort_by_several_fields() -> None:
    query = "filter ispresent(ms) | sort level desc, ms asc | display ms"
    assert values(query) == ["10", "30", "250"]


def test_limit() -> None:
    assert values("sort ms desc | limit 2 | display ms") == ["250", "30"]
    assert values("sort ms desc | head 1 | display ms") == ["250"]
    assert values("filter ispresent(ms) | sort ms desc | tail 1 | display ms") == ["10"]
    assert values("limit any 1 | display @logStream") == ["web/2"]


def test_the_limit_of_the_call_counts_where_the_query_has_none() -> None:
    assert len(rows("fields ms", limit=3)) == 3
    assert len(rows("fields ms | limit 2", limit=3)) == 2


def test_ten_thousand_rows_are_given_otherwise() -> None:
    records = [record("x", minute) for minute in range(10_001)]
    assert len(rows("fields @timestamp", records)) == 10_000
    assert len(rows("fields @timestamp | limit 10001", records)) == 10_001


def test_dedup_keeps_the_first_and_those_without_a_value() -> None:
    assert values("fields path, ms | sort ms desc | dedup path") == ["/b", "/a", None]
    assert len(rows("dedup path, ms")) == 4


# What is no query.

WRONG: dict[str, tuple[str, str, int, int]] = {
    "nothing": ("", "unexpected symbol found <EOF> at line 1 and position 0", 0, 0),
    "no command": ("level", "unexpected symbol found level at line 1 and position 0", 0, 5),
    "an aggregate outside stats": (
        "fields @timestamp, count()",
        "unexpected symbol found count at line 1 and position 19",
        19,
        24,
    ),
    "on another line": (
        "fields a\n| filter b =",
        "unexpected symbol found <EOF> at line 2 and position 12",
        21,
        21,
    ),
    "an unknown function": ("fields nope(a)", "Invalid function: nope", 7, 11),
    "too few arguments": (
        "fields replace(a)",
        "Invalid number of arguments for function replace",
        7,
        14,
    ),
    "no period": ("fields bin(5)", "Invalid argument for bin", 7, 10),
    "an unknown unit": (
        "fields bin(5x)",
        "unexpected symbol found 5x at line 1 and position 11",
        11,
        13,
    ),
    "two pipes": (
        "fields a || fields b",
        "unexpected symbol found | at line 1 and position 10",
        10,
        11,
    ),
    "a pipe at the end": (
        "fields a |",
        "unexpected symbol found <EOF> at line 1 and position 10",
        10,
        10,
    ),
    "a text without its end": (
        'filter a = "b',
        'unexpected symbol found " at line 1 and position 11',
        11,
        12,
    ),
    "no text behind like": (
        "filter a like b",
        "unexpected symbol found b at line 1 and position 14",
        14,
        15,
    ),
    "a regular expression that is none": (
        "filter a like /(/",
        "invalid regular expression",
        14,
        17,
    ),
    "too few aliases": (
        'parse "*-*" as a',
        "the number of aliases has to be that of the asterisks",
        6,
        11,
    ),
    "no named group": ("parse @message /a/", "a regular expression needs named groups", 15, 18),
    "no limit": ("limit x", "unexpected symbol found x at line 1 and position 6", 6, 7),
    "a limit of nothing": ("limit 0", "limit has to lie between 1 and 100000", 6, 7),
    "a limit beyond measure": ("limit 100001", "limit has to lie between 1 and 100000", 6, 12),
    "three stats": (
        "stats max(a) as b | stats max(b) as c | stats max(c)",
        "a query can have 2 stats commands",
        40,
        45,
    ),
    "sort before the last stats": (
        "stats max(a) as b by c | sort b | stats max(b)",
        "sort has to come after the last stats command",
        25,
        29,
    ),
    "filter after dedup": ("dedup a | filter b", "only limit can come after dedup", 10, 16),
    "parentheses beyond measure": (
        "filter " + "(" * 100,
        "unexpected symbol found ( at line 1 and position 37",
        37,
        38,
    ),
}


@pytest.mark.parametrize(("query", "message", "start", "end"), WRONG.values(), ids=WRONG)
def test_what_is_no_query_is_refused(query: str, message: str, start: int, end: int) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert (caught.value.message, caught.value.start, caught.value.end) == (message, start, end)


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("SOURCE logGroups()", "the command SOURCE"),
        ("fields a | pattern @message", "the command pattern"),
        ("fields formatDate(@timestamp, '%Y')", "the function formatDate"),
    ],
)
def test_what_is_not_modelled_says_so(query: str, what: str) -> None:
    with pytest.raises(NotModelledError, match=what):
        parse(query)


# Any text at all.

WORDS = """
fields filter stats sort limit parse display dedup | , as by and or not in like
=~ = != < + - * / ^ % ( ) [ ] count(*) sum( bin(5m) avg(a) abs( a b.c @message
1 2.5 10 5m desc `q` # concat( strlen( if( now() 'y' "x*" /a(?<b>.)/
"""
CALLS = ["9" * 30, "pct(a, 90)", "jsonParse(@message)", "datefloor(@timestamp, ", "\n"]
PIECES = st.sampled_from([*WORDS.split(), *CALLS])
QUERIES = st.one_of(
    st.text(max_size=30),
    st.lists(PIECES, max_size=16).map(" ".join),
    st.lists(PIECES, max_size=12).map(lambda parts: "fields " + " ".join(parts)),
    st.lists(PIECES, max_size=12).map(lambda parts: "stats sum(a) + " + " ".join(parts)),
)
MESSAGES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4)),
    lambda inner: st.dictionaries(st.sampled_from(["a", "b", "c", "q"]), inner, max_size=3),
    max_leaves=6,
).map(json.dumps)


@given(QUERIES, st.lists(MESSAGES, max_size=3))
def test_a_text_is_a_query_that_runs_or_is_refused(text: str, messages: list[str]) -> None:
    refusal = None
    try:
        query = parse(text)
    except NotModelledError:
        return
    except QueryError as error:
        refusal = error
    if refusal is not None:
        assert 0 <= refusal.start <= refusal.end <= len(text)
        return
    found = run(query, [record(each, minute) for minute, each in enumerate(messages)])
    assert all(isinstance(value, str) for row in found.rows for _, value in row)
    assert found.scanned == len(messages)
