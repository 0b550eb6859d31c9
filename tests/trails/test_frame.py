"""Log files into a DataFrame: typed, counted, and every fault named."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import rolelab.trails
from rolelab.trails import COLUMNS, TrailError, load, passed_roles, records

NAME = "123456789012_CloudTrail_us-east-1_20260901T0605Z_abcdefghijklmnop.json.gz"


def record(**changes: Any) -> dict[str, Any]:
    """A record of CloudTrail, some elements changed; None leaves one out."""
    whole = {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLE:ana",
            "arn": "arn:aws:sts::123456789012:assumed-role/developer/ana",
            "accountId": "123456789012",
            "accessKeyId": "ASIAEXAMPLE",
            "sessionContext": {
                "attributes": {
                    "creationDate": "2026-09-01T05:55:00Z",
                    "mfaAuthenticated": "false",
                }
            },
        },
        "eventTime": "2026-09-01T06:00:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.10",
        "userAgent": "aws-cli/2",
        "requestParameters": {"bucketName": "bookshop-orders", "key": "archive/1"},
        "responseElements": None,
        "requestID": "request",
        "eventID": "event",
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": False,
        "recipientAccountId": "123456789012",
        "eventCategory": "Data",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def deliver(folder: Path, *entries: Any, name: str = NAME) -> Path:
    """Write a log file."""
    path = folder / name
    path.write_bytes(gzip.compress(json.dumps({"Records": entries}).encode()))
    return path


class TestColumns:
    """One row for each event, with types."""

    def test_types_are_those_that_are_promised(self, tmp_path: Path) -> None:
        deliver(tmp_path, record())
        frame = load(tmp_path)
        assert {name: str(kind) for name, kind in frame.dtypes.items()} == dict(COLUMNS)

    def test_they_are_the_same_for_an_empty_trail(self, tmp_path: Path) -> None:
        deliver(tmp_path)
        frame = load(tmp_path)
        assert {name: str(kind) for name, kind in frame.dtypes.items()} == dict(COLUMNS)
        assert len(frame) == 0

    def test_times_are_utc(self, tmp_path: Path) -> None:
        deliver(tmp_path, record())
        row = load(tmp_path).iloc[0]
        assert row["time"] == pd.Timestamp("2026-09-01 06:00", tz="UTC")
        assert row["issued"] == pd.Timestamp("2026-09-01 05:55", tz="UTC")

    def test_a_role_session_has_a_role_and_a_name(self, tmp_path: Path) -> None:
        deliver(tmp_path, record())
        row = load(tmp_path).iloc[0]
        assert (row["user"], row["role"], row["session"]) == ("developer/ana", "developer", "ana")

    @pytest.mark.parametrize(
        ("identity", "user"),
        [
            pytest.param(
                {"type": "IAMUser", "arn": "arn:aws:iam::1:user/chi", "userName": "chi"},
                "chi",
                id="a user by the name",
            ),
            pytest.param(
                {"type": "AWSService", "invokedBy": "ecs-tasks.amazonaws.com"},
                "ecs-tasks.amazonaws.com",
                id="a service by what it is called by",
            ),
            pytest.param({"type": "AWSService"}, "AWSService", id="a service that says no name"),
            pytest.param({"type": "Root", "arn": "arn:aws:iam::1:root"}, "root", id="root"),
            pytest.param({"userName": "old"}, "old", id="an old record without a type"),
        ],
    )
    def test_others_have_no_role(self, tmp_path: Path, identity: dict[str, str], user: str) -> None:
        deliver(tmp_path, record(userIdentity=identity))
        row = load(tmp_path).iloc[0]
        assert row["user"] == user
        assert pd.isna(row["role"])

    def test_what_is_not_there_is_missing(self, tmp_path: Path) -> None:
        deliver(tmp_path, record(), record(eventID="2", errorCode="AccessDenied", readOnly=None))
        frame = load(tmp_path)
        assert list(frame["error"].isna()) == [True, False]
        assert list(frame["read_only"].isna()) == [False, True]

    def test_rows_are_in_order_of_time(self, tmp_path: Path) -> None:
        deliver(
            tmp_path,
            record(eventID="late", eventTime="2026-09-01T06:04:00Z"),
            record(eventID="early"),
        )
        assert list(load(tmp_path)["event_id"]) == ["early", "late"]
        assert [each["eventID"] for each in records(tmp_path)] == ["early", "late"]


class TestPassedRoles:
    """PassRole is no event: the roles are in the request that hands them over."""

    @pytest.mark.parametrize(
        ("source", "event", "asked", "expected"),
        [
            pytest.param(
                "ecs",
                "RegisterTaskDefinition",
                {"executionRoleArn": "e", "taskRoleArn": "t"},
                ["e", "t"],
                id="RegisterTaskDefinition: both roles",
            ),
            pytest.param(
                "ecs",
                "RunTask",
                {"taskDefinition": "orders", "overrides": {"taskRoleArn": "t"}},
                ["t"],
                id="RunTask: the overrides",
            ),
            pytest.param("ecs", "RunTask", {"taskDefinition": "orders"}, None, id="RunTask: none"),
            pytest.param(
                "lambda", "CreateFunction20150331", {"role": "r"}, ["r"], id="CreateFunction"
            ),
            pytest.param("s3", "GetObject", None, None, id="no parameters"),
        ],
    )
    def test_roles(self, source: str, event: str, asked: Any, expected: Any) -> None:
        made = record(eventSource=f"{source}.amazonaws.com", eventName=event)
        made["requestParameters"] = asked
        assert passed_roles(made) == expected


class TestCounts:
    """Counts in, counts out."""

    def test_of_good_files(self, tmp_path: Path) -> None:
        deliver(tmp_path, record(), record(eventID="2"))
        counts = load(tmp_path).attrs["counts"]
        assert counts == {
            "files": 1,
            "entries": 2,
            "rows": 2,
            "duplicates": 0,
            "skewed": 0,
            "versions": {"1.11": 2},
            "faults": [],
        }

    def test_an_event_that_was_delivered_twice_counts_once(self, tmp_path: Path) -> None:
        deliver(tmp_path, record(), record(eventID="2"))
        deliver(tmp_path, record(), name=NAME.replace("0605", "0610"))
        counts = load(tmp_path).attrs["counts"]
        assert (counts["entries"], counts["rows"], counts["duplicates"]) == (3, 2, 1)

    def test_mixed_event_versions_are_read_and_counted(self, tmp_path: Path) -> None:
        deliver(tmp_path, record(), record(eventID="2", eventVersion="1.08"))
        assert load(tmp_path).attrs["counts"]["versions"] == {"1.11": 1, "1.08": 1}

    def test_an_event_from_after_its_delivery_is_kept_and_counted(self, tmp_path: Path) -> None:
        deliver(tmp_path, record(eventTime="2026-09-01T07:00:00Z"), record(eventID="2"))
        counts = load(tmp_path).attrs["counts"]
        assert (counts["rows"], counts["skewed"]) == (2, 1)


def truncated(folder: Path) -> None:
    path = deliver(folder, record(eventID="lost"), name=NAME.replace("0605", "0610"))
    path.write_bytes(path.read_bytes()[:-20])


def no_gzip(folder: Path) -> None:
    (folder / NAME.replace("0605", "0610")).write_bytes(b"not compressed at all")


def no_json(folder: Path) -> None:
    (folder / NAME.replace("0605", "0610")).write_bytes(gzip.compress(b'{"Records": ['))


def no_records(folder: Path) -> None:
    (folder / NAME.replace("0605", "0610")).write_bytes(gzip.compress(b'{"events": []}'))


def a_digest(folder: Path) -> None:
    (folder / NAME.replace("0605", "0610")).write_bytes(gzip.compress(b'{"digestEndTime": "t"}'))


def bad_record(**changes: Any) -> Any:
    def make(folder: Path) -> None:
        deliver(folder, record(eventID="bad", **changes), name=NAME.replace("0605", "0610"))

    return make


def no_object(folder: Path) -> None:
    deliver(folder, "a text", name=NAME.replace("0605", "0610"))


FAULTS = {
    "truncated gzip": (truncated, "the gzip is truncated"),
    "no gzip": (no_gzip, "this is no gzip"),
    "no JSON": (no_json, "this is no JSON"),
    "another shape": (no_records, 'it has no list "Records"'),
    "a digest file": (a_digest, "this is a digest file"),
    "a record that is a text": (no_object, "a record is str, not an object"),
    "a record without a name": (bad_record(eventName=None), "the record has no eventName"),
    "userIdentity is a text": (bad_record(userIdentity="ana"), "userIdentity is no object"),
    "an unknown event version": (bad_record(eventVersion="2.0"), "eventVersion 2.0 is not known"),
    "a month 13": (bad_record(eventTime="2026-13-01T06:00:00Z"), "is no time like"),
    "a time that is a number": (bad_record(eventTime=1788242400), "is no time like"),
    "a time in another form": (bad_record(eventTime="yesterday"), "eventTime 'yesterday' is no"),
}


@pytest.mark.parametrize(("spoil", "reason"), FAULTS.values(), ids=FAULTS)
class TestFaults:
    """Each fault is named with its file; nothing is dropped in silence."""

    def test_strict_refuses(self, tmp_path: Path, spoil: Any, reason: str) -> None:
        deliver(tmp_path, record())
        spoil(tmp_path)
        with pytest.raises(TrailError, match="1 files or records cannot be read") as raised:
            load(tmp_path)
        assert reason in str(raised.value)
        assert "20260901T0610Z" in str(raised.value)
        with pytest.raises(TrailError):
            records(tmp_path)

    def test_otherwise_the_rest_is_read_and_the_fault_kept(
        self, tmp_path: Path, spoil: Any, reason: str
    ) -> None:
        deliver(tmp_path, record())
        spoil(tmp_path)
        frame = load(tmp_path, strict=False)
        assert list(frame["event_id"]) == ["event"]
        (fault,) = frame.attrs["counts"]["faults"]
        assert reason in fault


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        pytest.param(lambda folder: folder / "nowhere", "does not exist", id="no such folder"),
        pytest.param(lambda folder: folder, "holds no CloudTrail log file", id="an empty folder"),
    ],
)
def test_nothing_to_read_is_an_error(tmp_path: Path, make: Any, reason: str) -> None:
    with pytest.raises(TrailError, match=reason):
        load(make(tmp_path))


def test_one_file_can_be_read_alone(tmp_path: Path) -> None:
    path = deliver(tmp_path, record())
    deliver(tmp_path, record(eventID="2"), name=NAME.replace("0605", "0610"))
    assert list(load(path)["event_id"]) == ["event"]


def test_the_package_names_what_it_offers() -> None:
    assert set(rolelab.trails.__all__) <= set(dir(rolelab.trails))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = rolelab.trails.nothing
