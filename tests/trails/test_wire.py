"""Calls of many callers over one client."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError

import rolelab
from rolelab.sandbox.account import Sandbox
from rolelab.trails.simulated import Clock
from rolelab.trails.wire import Caller, Sessions, Wire, keys_of

ADDRESS, AGENT = "198.51.100.7", "aws-cli/2.31"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    yield rolelab.start()
    rolelab.stop()


@pytest.fixture
def wire(sandbox: Sandbox) -> Wire:
    return Wire(Clock(time.time()), random.Random(1), "us-east-1")


@pytest.fixture
def caller(sandbox: Sandbox) -> Caller:
    return Caller(keys_of(sandbox.admin()), ADDRESS, AGENT)


def user(wire: Wire, admin: Caller, name: str) -> Caller:
    wire.call(admin, "iam", "create_user", UserName=name)
    key = wire.call(admin, "iam", "create_access_key", UserName=name)["AccessKey"]
    return admin.with_keys(key["AccessKeyId"], key["SecretAccessKey"])


def test_the_record_has_the_callers_address_and_agent(
    sandbox: Sandbox, wire: Wire, caller: Caller
) -> None:
    wire.call(caller, "s3", "list_buckets")
    record = sandbox.trail[-1]
    assert (record["sourceIPAddress"], record["userAgent"]) == (ADDRESS, AGENT)
    assert record["userIdentity"]["accessKeyId"] == caller.keys.access_key


def test_one_client_serves_callers_in_turn(sandbox: Sandbox, wire: Wire, caller: Caller) -> None:
    ana, ben = (user(wire, caller, name) for name in ("ana", "ben"))
    for who in (ana, ben, ana):
        wire.call(who, "sts", "get_caller_identity")
    names = [record["userIdentity"]["userName"] for record in sandbox.trail[-3:]]
    assert names == ["ana", "ben", "ana"]


def test_credentials_may_move(sandbox: Sandbox, wire: Wire, caller: Caller) -> None:
    wire.call(caller.moved("192.0.2.1", "curl/8"), "sts", "get_caller_identity")
    record = sandbox.trail[-1]
    assert (record["sourceIPAddress"], record["userAgent"]) == ("192.0.2.1", "curl/8")
    assert record["userIdentity"]["accessKeyId"] == caller.keys.access_key


def test_policies_see_the_address(wire: Wire, caller: Caller) -> None:
    ana = user(wire, caller, "ana")
    policy = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:ListUsers",'
        f' "Resource": "*", "Condition": {{"IpAddress": {{"aws:SourceIp": "{ADDRESS}/32"}}}}}}]}}'
    )
    wire.call(
        caller, "iam", "put_user_policy", UserName="ana", PolicyName="p", PolicyDocument=policy
    )
    assert wire.attempt(ana, "iam", "list_users")
    assert not wire.attempt(ana.moved("192.0.2.1", AGENT), "iam", "list_users")


def test_an_attempt_lets_denials_through_and_no_other_error(wire: Wire, caller: Caller) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        wire.attempt(caller, "s3", "list_objects_v2", Bucket="nowhere")


def test_what_is_unseen_is_not_in_the_trail(sandbox: Sandbox, wire: Wire, caller: Caller) -> None:
    wire.unseen("s3", "create_bucket", Bucket="elsewhere")
    assert len(sandbox.trail) == 0
    assert wire.attempt(caller, "s3", "list_objects_v2", Bucket="elsewhere")


def test_sessions_give_clients_of_one_caller(sandbox: Sandbox, wire: Wire, caller: Caller) -> None:
    client = Sessions(wire, caller).client("ecr", region_name="us-east-1")
    client.get_authorization_token()
    assert client.meta.region_name == "us-east-1"
    assert sandbox.trail[-1]["sourceIPAddress"] == ADDRESS


def test_calls_of_others_keep_the_usual_address(
    sandbox: Sandbox, wire: Wire, caller: Caller
) -> None:
    wire.call(caller, "sts", "get_caller_identity")
    boto3.client("sts").get_caller_identity()
    assert sandbox.trail[-1]["sourceIPAddress"] == "203.0.113.10"


def test_a_session_without_credentials_is_refused() -> None:
    class Nobody:
        def get_credentials(self) -> None:
            return None

    with pytest.raises(ValueError, match="no credentials"):
        keys_of(Nobody())  # type: ignore[arg-type]
