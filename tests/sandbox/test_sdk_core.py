"""Sessions that share botocore's data, and nothing else."""

from __future__ import annotations

from typing import Any

import boto3

import rolelab
from rolelab.sandbox.account import Sandbox
from tests.sandbox.people import ACCOUNT


def _loader(session: boto3.Session) -> Any:
    return session._session.get_component("data_loader")


def test_data_is_read_once(sandbox: Sandbox) -> None:
    first, second = sandbox.admin(), sandbox.admin("210987654321")
    assert _loader(first) is _loader(second)


def test_data_is_read_once_for_all_accounts(sandbox: Sandbox) -> None:
    first = _loader(boto3._get_default_session())
    rolelab.start()
    assert _loader(boto3._get_default_session()) is first


def test_data_is_looked_for_in_as_few_folders_as_ever(sandbox: Sandbox) -> None:
    sandbox.admin()
    before = len(_loader(sandbox.admin()).search_paths)
    for _ in range(5):
        last = sandbox.admin()
    assert len(_loader(last).search_paths) == before


def test_credentials_are_each_sessions_own(sandbox: Sandbox) -> None:
    first, second = sandbox.admin(), sandbox.admin("210987654321")
    accounts = [each.client("sts").get_caller_identity()["Account"] for each in (first, second)]
    assert accounts == [ACCOUNT, "210987654321"]


def test_event_handlers_are_each_sessions_own(sandbox: Sandbox) -> None:
    seen: list[str] = []
    first, second = sandbox.admin(), sandbox.admin()
    first.events.register("before-call.sts", lambda **_: seen.append("first"))
    second.client("sts").get_caller_identity()
    assert seen == []
    first.client("sts").get_caller_identity()
    assert seen == ["first"]
