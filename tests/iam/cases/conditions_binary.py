"""BinaryEquals: base-64 in the policy, compared byte for byte."""

from __future__ import annotations

from .conditions import match, no_match
from .names import SEVERAL_KEYS

BYTES = "QmluYXJ5VmFsdWVJbkJhc2U2NA=="
KEY = {"BinaryEquals": {"service:key": BYTES}}

CASES = (
    match("binary-same", KEY, {"service:key": BYTES}),
    no_match("binary-different", KEY, {"service:key": "ASIAIOSFODNN7EXAMPLE"}),
    no_match("binary-absent-key", KEY, {}),
    no_match("binary-minds-case", KEY, {"service:key": BYTES.lower()}),
    match(
        "binary-one-of-several",
        {"BinaryEquals": {"service:key": ["AAAA", BYTES]}},
        {"service:key": BYTES},
        SEVERAL_KEYS,
    ),
    match("binary-if-exists-absent", {"BinaryEqualsIfExists": {"service:key": BYTES}}, {}),
    no_match(
        "binary-if-exists-different",
        {"BinaryEqualsIfExists": {"service:key": BYTES}},
        {"service:key": "ASIAIOSFODNN7EXAMPLE"},
    ),
)
