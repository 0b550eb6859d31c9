"""Date operators: W3C forms of ISO 8601, or seconds since 1970."""

from __future__ import annotations

from .conditions import match, no_match
from .names import GLOBAL_KEYS, OPERATORS, SEVERAL_KEYS

NOON = {"aws:CurrentTime": "2019-07-16T12:00:00Z"}
NOON_EPOCH = "1563278400"


def now(operator: str, value: object) -> dict[str, object]:
    return {operator: {"aws:CurrentTime": value}}


WINDOW = {
    "DateGreaterThan": {"aws:CurrentTime": "2019-07-16T12:00:00Z"},
    "DateLessThan": {"aws:CurrentTime": "2019-07-16T15:00:00Z"},
    "IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "203.0.113.0/24"]},
}
FRESH = {"DateGreaterThan": {"aws:TokenIssueTime": "2020-01-01T00:00:01Z"}}

CASES = (
    match("date-equals-same", now("DateEquals", "2019-07-16T12:00:00Z"), NOON),
    no_match("date-equals-different", now("DateEquals", "2019-07-16T12:00:01Z"), NOON),
    no_match("date-equals-absent-key", now("DateEquals", "2019-07-16T12:00:00Z"), {}),
    no_match("date-not-equals-same", now("DateNotEquals", "2019-07-16T12:00:00Z"), NOON),
    match("date-not-equals-different", now("DateNotEquals", "2019-07-16T12:00:01Z"), NOON),
    match("date-not-equals-absent-key-is-true", now("DateNotEquals", "2019-07-16T12:00:00Z"), {}),
    match("date-less-than-before", now("DateLessThan", "2019-07-16T12:00:01Z"), NOON),
    no_match("date-less-than-at", now("DateLessThan", "2019-07-16T12:00:00Z"), NOON),
    no_match("date-less-than-after", now("DateLessThan", "2019-07-16T11:59:59Z"), NOON),
    match("date-less-than-equals-at", now("DateLessThanEquals", "2019-07-16T12:00:00Z"), NOON),
    no_match(
        "date-less-than-equals-after", now("DateLessThanEquals", "2019-07-16T11:59:59Z"), NOON
    ),
    match("date-greater-than-after", now("DateGreaterThan", "2019-07-16T11:59:59Z"), NOON),
    no_match("date-greater-than-at", now("DateGreaterThan", "2019-07-16T12:00:00Z"), NOON),
    no_match("date-greater-than-before", now("DateGreaterThan", "2019-07-16T12:00:01Z"), NOON),
    match(
        "date-greater-than-equals-at", now("DateGreaterThanEquals", "2019-07-16T12:00:00Z"), NOON
    ),
    no_match(
        "date-greater-than-equals-before",
        now("DateGreaterThanEquals", "2019-07-16T12:00:01Z"),
        NOON,
    ),
    match("w3c-year", now("DateGreaterThan", "2019"), NOON),
    match("w3c-year-and-month", now("DateGreaterThan", "2019-07"), NOON),
    match("w3c-complete-date", now("DateGreaterThan", "2019-07-16"), NOON),
    no_match("w3c-complete-date-is-its-midnight", now("DateGreaterThan", "2019-07-17"), NOON),
    match("w3c-hours-and-minutes", now("DateEquals", "2019-07-16T12:00Z"), NOON),
    match("w3c-seconds-with-a-fraction", now("DateLessThan", "2019-07-16T12:00:00.5Z"), NOON),
    match("w3c-offset-east", now("DateEquals", "2019-07-16T14:00:00+02:00"), NOON),
    match("w3c-offset-west", now("DateEquals", "2019-07-16T05:00:00-07:00"), NOON),
    match(
        "w3c-offset-in-the-request",
        now("DateEquals", "2019-07-16T12:00:00Z"),
        {"aws:CurrentTime": "2019-07-16T14:00:00+02:00"},
    ),
    match("epoch-in-the-policy", now("DateEquals", NOON_EPOCH), NOON),
    match("epoch-in-the-policy-as-a-number", now("DateLessThan", 1563278401), NOON),
    match(
        "epoch-in-the-request",
        {"DateEquals": {"aws:EpochTime": "2019-07-16T12:00:00Z"}},
        {"aws:EpochTime": NOON_EPOCH},
        GLOBAL_KEYS,
    ),
    match(
        "epoch-in-both",
        {"DateGreaterThan": {"aws:EpochTime": "1563278399"}},
        {"aws:EpochTime": NOON_EPOCH},
        GLOBAL_KEYS,
    ),
    match(
        "date-one-of-several",
        now("DateEquals", ["2018-01-01T00:00:00Z", "2019-07-16T12:00:00Z"]),
        NOON,
        SEVERAL_KEYS,
    ),
    no_match(
        "date-several-negated-are-nor",
        now("DateNotEquals", ["2018-01-01T00:00:00Z", "2019-07-16T12:00:00Z"]),
        NOON,
        SEVERAL_KEYS,
    ),
    match(
        "date-if-exists-absent",
        {"DateGreaterThanIfExists": {"aws:TokenIssueTime": "2020-01-01"}},
        {},
        OPERATORS,
    ),
    match("token-issued-since", FRESH, {"aws:TokenIssueTime": "2020-01-01T00:00:02Z"}),
    no_match("token-issued-before", FRESH, {"aws:TokenIssueTime": "2019-12-31T23:59:59Z"}),
    no_match("no-token-issue-time-with-access-keys", FRESH, {}),
    match(
        "a-window-of-time-and-place",
        WINDOW,
        {"aws:CurrentTime": "2019-07-16T13:30:00Z", "aws:SourceIp": "203.0.113.9"},
        SEVERAL_KEYS,
    ),
    match(
        "a-window-of-time-and-the-other-place",
        WINDOW,
        {"aws:CurrentTime": "2019-07-16T13:30:00Z", "aws:SourceIp": "192.0.2.200"},
        SEVERAL_KEYS,
    ),
    no_match(
        "too-early-for-the-window",
        WINDOW,
        {"aws:CurrentTime": "2019-07-16T11:30:00Z", "aws:SourceIp": "203.0.113.9"},
        SEVERAL_KEYS,
    ),
    no_match(
        "too-late-for-the-window",
        WINDOW,
        {"aws:CurrentTime": "2019-07-16T15:00:00Z", "aws:SourceIp": "203.0.113.9"},
        SEVERAL_KEYS,
    ),
    no_match(
        "the-wrong-place-for-the-window",
        WINDOW,
        {"aws:CurrentTime": "2019-07-16T13:30:00Z", "aws:SourceIp": "198.51.100.1"},
        SEVERAL_KEYS,
    ),
)
