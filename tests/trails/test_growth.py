"""Months copied for measuring."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rolelab.trails import deliveries, load
from rolelab.trails.growth import grow
from tests.trails.test_frame import record


@pytest.fixture
def month(tmp_path: Path) -> Path:
    events = [
        record(eventID=f"{number:08x}-{number}", requestID=f"{number:08x}-{number}")
        for number in range(3)
    ]
    deliveries.write(tmp_path / "month" / deliveries.file_name(1), deliveries.log_text(events))
    return tmp_path / "month"


def test_each_copy_is_thirty_days_earlier_with_ids_of_its_own(month: Path, tmp_path: Path) -> None:
    assert grow(month, tmp_path / "more", 3) == 3
    frame = load(tmp_path / "more")
    assert len(frame) == 9
    assert frame["event_id"].is_unique
    assert sorted(frame["time"].dt.strftime("%Y-%m-%d").unique()) == [
        "2026-07-03",
        "2026-08-02",
        "2026-09-01",
    ]
    assert frame.attrs["counts"]["duplicates"] == 0


def test_files_are_named_by_their_days(month: Path, tmp_path: Path) -> None:
    grow(month, tmp_path / "more", 2)
    for path in (tmp_path / "more").rglob("*.json.gz"):
        folders = re.search(r"(\d{4})/(\d\d)/(\d\d)/", path.as_posix())
        assert folders is not None
        assert "".join(folders.groups()) in path.name


@pytest.mark.parametrize(
    ("times", "into", "reason"),
    [
        pytest.param(0, "more", "times is 0", id="no month at all"),
        pytest.param(2, "month", "Give another one", id="over what is read"),
    ],
)
def test_what_cannot_be_is_refused(
    month: Path, tmp_path: Path, times: int, into: str, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        grow(month, tmp_path / into, times)
