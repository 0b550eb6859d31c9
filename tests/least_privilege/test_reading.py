"""Records from files: what cannot be read is named, and the rest is read."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rolelab.least_privilege import from_trail
from rolelab.least_privilege.reading import UNREADABLE_FILE, read
from rolelab.trails.files import TrailError
from tests.least_privilege.records import ACCOUNT, ROLE, on_object, record

TRAILS = Path(__file__).resolve().parents[2] / "data" / "trails"


def packed(*records: object) -> bytes:
    return gzip.compress(json.dumps({"Records": records}).encode())


FAULTS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "truncated gzip": (lambda content: content[:-20], "truncated"),
    "no gzip": (lambda content: b"<html>", "no gzip"),
    "no JSON": (lambda content: gzip.compress(b"{"), "no JSON"),
}


@pytest.mark.parametrize(("spoil", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_file_that_cannot_be_read_is_named_and_the_others_count(
    tmp_path: Path, spoil: Callable[[bytes], bytes], reason: str
) -> None:
    (tmp_path / "a.json.gz").write_bytes(packed(on_object("GetObject", "a")))
    (tmp_path / "b.json.gz").write_bytes(spoil(packed(on_object("GetObject", "b"))))
    found = from_trail(tmp_path, ROLE)
    assert found.counts.records == found.counts.used == 1
    (problem,) = found.problems
    assert (problem.kind, problem.count) == (UNREADABLE_FILE, 1)
    assert "b.json.gz" in problem.example
    assert reason in problem.example


def test_where_there_is_no_file_that_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TrailError, match="holds no CloudTrail log file"):
        from_trail(tmp_path, ROLE)


def test_users_services_and_sessions_are_told_apart() -> None:
    user = record("s3", "ListBuckets")
    user["userIdentity"] = {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/ann"}
    service = record("sts", "AssumeRole")
    service["userIdentity"] = {"type": "AWSService", "invokedBy": "ecs-tasks.amazonaws.com"}
    found = read([user, service, record("s3", "ListBuckets")])
    assert list(found.by_principal) == [
        f"arn:aws:iam::{ACCOUNT}:user/ann",
        "ecs-tasks.amazonaws.com",
        ROLE,
    ]


@pytest.mark.skipif(not TRAILS.is_dir(), reason="the dataset is not there")
def test_a_month_of_the_bookshop_becomes_a_policy_that_is_proven() -> None:
    found = from_trail(TRAILS, ROLE)
    counts = found.counts.table().set_index("records")["count"]
    assert counts["records"] == counts.drop(["records", "failed"]).sum() > 50_000
    assert (counts[["unreadable", "not_understood"]] == 0).all()
    assert found.prove().holds
