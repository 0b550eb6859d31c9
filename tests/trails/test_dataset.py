"""What is in `data/trails`: the month as promised, and the stories that lessons build on."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from rolelab.trails import deliveries, gateway_log, load
from rolelab.trails.files import content_of, log_files
from rolelab.trails.launches import NAT
from rolelab.trails.unusual import FIRST_ADDRESS, SECOND_ADDRESS
from tests.trails.stories import ANSWERS

ROOT = Path(__file__).resolve().parents[2]
TRAILS = ROOT / "data" / "trails"
SHOP_NETWORKS = ("203.0.113.", "198.51.100.")


@pytest.fixture(scope="module")
def month() -> pd.DataFrame:
    return load(TRAILS)


@pytest.fixture(scope="module")
def intruder(month: pd.DataFrame) -> pd.DataFrame:
    return month[month["address"].isin(ANSWERS["addresses"])]


def the(question: str) -> str:
    """The only answer to a question."""
    (answer,) = ANSWERS[question]
    return answer


def minute(frame: pd.DataFrame) -> str:
    """When the first of some events was."""
    return str(frame["time"].iloc[0].strftime("%Y-%m-%dT%H:%M"))


class TestShape:
    """Thirty days of September, as CloudTrail delivers them."""

    def test_sixty_thousand_events_each_once(self, month: pd.DataFrame) -> None:
        counts = month.attrs["counts"]
        assert 58_000 < counts["rows"] < 64_000
        assert counts["entries"] == counts["rows"]
        assert (counts["files"], counts["duplicates"], counts["skewed"]) == (30, 0, 0)
        assert month["request_id"].is_unique

    def test_every_day_has_events(self, month: pd.DataFrame) -> None:
        days = month["time"].dt.strftime("%Y-%m-%d").unique()
        assert sorted(days) == [f"2026-09-{day:02}" for day in range(1, 31)]

    def test_each_file_holds_its_own_day(self) -> None:
        for day, path in enumerate(log_files(TRAILS), 1):
            assert path == TRAILS / deliveries.file_name(day)
            events = json.loads(content_of(path))["Records"]
            assert {event["eventTime"][:10] for event in events} == {f"2026-09-{day:02}"}

    def test_it_is_small(self) -> None:
        size = sum(path.stat().st_size for path in TRAILS.rglob("*") if path.is_file())
        assert size < 8_000_000

    def test_no_file_says_when_or_where_it_was_compressed(self) -> None:
        for path in TRAILS.rglob("*.gz"):
            flags, time = path.read_bytes()[3], path.read_bytes()[4:8]
            assert (flags, time) == (0, bytes(4))

    def test_nights_and_weekends_are_quiet(self, month: pd.DataFrame) -> None:
        by_day = month.groupby(month["time"].dt.day).size()
        weekend = [5, 6, 12, 13, 19, 20, 26, 27]
        assert by_day.loc[weekend].max() < by_day.drop(weekend).min()

    def test_no_record_holds_a_secret(self) -> None:
        for path in log_files(TRAILS):
            text = content_of(path)
            for secret in (b"not-a-key", b"-secret", b'sessionToken":"I', b"not in any record"):
                assert secret not in text


class TestJoin:
    """The gateway's log and the trail have the AWS request id in common."""

    def test_every_call_of_the_gateway_is_in_the_trail(self, month: pd.DataFrame) -> None:
        log = gateway_log(TRAILS)
        called = log.dropna(subset="aws_request_id")
        joined = called.merge(month, left_on="aws_request_id", right_on="request_id")
        assert len(joined) == len(called) > 3_000
        assert set(joined["role"]) == {"gateway-task-role"}
        assert (joined["aws_error"].isna() == joined["error"].isna()).all()
        assert len(log) > len(called)

    def test_and_nothing_asked_a_model_but_the_gateway(self, month: pd.DataFrame) -> None:
        asked = month[month["event"] == "Converse"]
        assert set(asked["request_id"]) == set(gateway_log(TRAILS)["aws_request_id"].dropna())


class TestIncident:
    """One intruder, four steps."""

    def test_a_session_moved(self, month: pd.DataFrame, intruder: pd.DataFrame) -> None:
        first = intruder.iloc[0]
        assert first["role"] == the("first stolen session")
        assert first["address"] == the("first address") == FIRST_ADDRESS
        assert minute(intruder) == the("first moment")
        same = month[month["access_key"] == first["access_key"]]
        assert set(same["address"]) == {FIRST_ADDRESS, NAT}

    def test_task_roles_are_used_from_elsewhere_by_nobody_else(self, month: pd.DataFrame) -> None:
        role = month["role"].astype("str").fillna("")
        tasks = month[role.str.endswith("-task-role") | (role == "csecstaskexecutionrole")]
        elsewhere = tasks[tasks["address"] != NAT]
        assert set(elsewhere["address"]) == set(ANSWERS["addresses"])

    def test_a_file_gave_a_key_away(self, intruder: pd.DataFrame) -> None:
        read = intruder[intruder["event"] == "GetObject"].iloc[:2]["request"]
        keys = [f"{each['bucketName']}/{each['key']}" for each in read]
        assert the("leaked object") in keys
        long_term = intruder[intruder["identity"] == "IAMUser"]
        assert set(long_term["user"]) == {the("stolen user")}

    def test_a_role_was_passed(self, intruder: pd.DataFrame) -> None:
        registered = intruder[intruder["event"] == "RegisterTaskDefinition"]
        assert minute(registered) == the("passing moment")
        (first, _) = registered["passed_roles"]
        assert [arn.rsplit("/", 1)[-1] for arn in first] == [
            "csecstaskexecutionrole",
            the("passed role"),
        ]
        families = {each["family"] for each in registered["request"]}
        assert families == {the("definition family")}

    def test_a_secret_was_read_at_night(self, intruder: pd.DataFrame) -> None:
        read = intruder[
            (intruder["event"] == "GetSecretValue")
            & (intruder["role"] == the("passed role"))
            & intruder["error"].isna()
        ]
        assert [each["secretId"] for each in read["request"]] == [the("secret read")]
        assert minute(read) == the("secret moment")
        berlin = read["time"].dt.tz_convert("Europe/Berlin")
        assert list(berlin.dt.hour) == [2]

    def test_the_execution_role_was_used_from_outside(self, intruder: pd.DataFrame) -> None:
        outside = intruder[intruder["role"] == "csecstaskexecutionrole"]
        assert set(outside["address"]) == {SECOND_ADDRESS}
        assert minute(outside) == the("execution role moment")
        read = outside[(outside["event"] == "GetSecretValue") & outside["error"].isna()]
        names = {each["secretId"] for each in read["request"]}
        assert names == set(ANSWERS["execution role secrets"])


class TestLooks:
    """What stands out and is harmless, and what is a habit and no incident."""

    def test_most_denials_are_of_the_inventory(self, month: pd.DataFrame) -> None:
        codes = month["error"].astype("str").fillna("")
        denied = month[codes.str.contains("AccessDenied|Unauthorized")]
        by_role = denied["role"].value_counts()
        assert by_role.index[0] == "inventory-scanner"
        assert by_role.iloc[0] > 5 * by_role.iloc[1]

    def test_the_report_decrypts_every_night(self, month: pd.DataFrame) -> None:
        decrypts = month[month["event"] == "Decrypt"]
        assert set(decrypts["role"]) == {"reporter-task-role"}
        assert decrypts.groupby(decrypts["time"].dt.day).size().eq(25).all()

    def test_ana_is_abroad_and_reads_what_she_always_reads(self, month: pd.DataFrame) -> None:
        ana = month[month["user"] == "developer/ana"]
        abroad = ana[~ana["address"].astype("str").str.startswith(SHOP_NETWORKS)]
        assert set(abroad["time"].dt.day) == set(range(18, 26))
        home = ana.drop(abroad.index)
        assert set(abroad["event"]) <= set(home["event"])
        assert set(abroad["agent"]) == set(home["agent"])

    def test_the_administrator_mostly_reads(self, month: pd.DataFrame) -> None:
        admin = month[month["role"] == the("overused role")]
        assert set(admin["session"]) == {the("overused by")}
        assert len(admin) > 1_000
        assert admin["read_only"].mean() > 0.97
        assert admin["time"].dt.day.nunique() == 30


@pytest.mark.cost(15)
def test_it_regenerates_byte_for_byte(tmp_path: Path) -> None:
    """The first day: another process, another hash seed, another time zone."""
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "TZ": "Asia/Tokyo"}
    subprocess.run(
        [sys.executable, "-m", "rolelab.trails", str(tmp_path), "--days", "1"],
        check=True,
        env=environment,
        capture_output=True,
    )
    name = deliveries.file_name(1)
    fresh, kept = (folder / name for folder in (tmp_path, TRAILS))
    assert content_of(fresh) == content_of(kept)
    # The first lines of the gateway's log are the first day's.
    lines = content_of(tmp_path / deliveries.GATEWAY_LOG)
    assert content_of(TRAILS / deliveries.GATEWAY_LOG).startswith(lines)
    # zlib may compress otherwise on another machine; in one process it never does.
    assert deliveries.compressed(content_of(kept)) == deliveries.compressed(
        gzip.decompress(kept.read_bytes())
    )
