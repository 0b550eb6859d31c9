"""Every request passes the gate once, and nothing is served without a decision."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError
from moto.core import responses
from moto.core.botocore_stubber import BotocoreStubber
from moto.iam.responses import IamResponse
from moto.s3.models import FakeBucket

import rolelab
from rolelab.sandbox import gate
from rolelab.sandbox.account import Sandbox
from rolelab.sandbox.call import Call
from rolelab.sandbox.trail import Trail
from tests.sandbox.people import ACCOUNT, allow, error_of

Maker = Callable[..., boto3.Session]


def test_a_request_that_names_no_operation_is_denied(sandbox: Sandbox) -> None:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    request = AWSRequest(
        "POST",
        "https://iam.amazonaws.com/",
        {"Content-Type": "application/x-www-form-urlencoded"},
        b"Action=MakeMeAdmin&Version=2010-05-08",
    )
    credentials = boto3.Session().get_credentials()
    SigV4Auth(credentials, "iam", "us-east-1").add_auth(request)
    answer = requests.post(request.url, data=request.data, headers=dict(request.headers))
    assert answer.status_code == 403
    assert "could not decode this request to iam" in answer.text


class TestRequestContext:
    """The condition keys of a request (AWS global condition context keys)."""

    @pytest.fixture
    def context_of(self, fixed: Any) -> Callable[..., dict[str, Any]]:
        seen: list[Call] = []

        def keep(call: Call, response: Any, serve: Callable[[], Any]) -> Any:
            seen.append(call)
            return serve()

        fixed["sts", "GetCallerIdentity"] = [keep]

        def context(session: boto3.Session, **client: Any) -> dict[str, Any]:
            session.client("sts", **client).get_caller_identity()
            return dict(seen[-1].context)

        return context

    def test_of_the_request_itself(self, context_of: Any, sandbox: Sandbox) -> None:
        context = context_of(boto3.Session(region_name="eu-west-1"))
        assert context["aws:RequestedRegion"] == "eu-west-1"
        assert context["aws:SourceIp"] == gate.SOURCE_IP
        assert context["aws:ViaAWSService"] == "false"
        assert context["aws:UserAgent"].startswith("Boto3/")
        assert int(context["aws:EpochTime"]) > 1_700_000_000
        assert context["aws:CurrentTime"].endswith("Z")

    @pytest.mark.parametrize(("where", "secure"), [("in-process", "true"), ("endpoint", "false")])
    def test_secure_transport(
        self, context_of: Any, sandbox: Sandbox, where: str, secure: str
    ) -> None:
        url = sandbox.endpoint_url if where == "endpoint" else None
        assert context_of(boto3.Session(), endpoint_url=url)["aws:SecureTransport"] == secure


class TestTheGateItself:
    def test_remove_leaves_moto_as_it_was(self) -> None:
        def hooks() -> list[Any]:
            return [
                responses.BaseResponse.__dict__["setup_class"],
                responses.__dict__["gen_amzn_requestid_long"],
                BotocoreStubber.__dict__["process_request"],
                FakeBucket.__dict__["get_permission"],
            ]

        before = hooks()
        rolelab.start()
        boto3.client("s3").list_buckets()
        assert all(old is not new for old, new in zip(before, hooks(), strict=True))
        rolelab.stop()
        assert hooks() == before

    def test_installing_twice_asks_once(self, sandbox: Sandbox) -> None:
        gate.install()
        trail = gate.install()
        boto3.client("sts").get_caller_identity()
        assert len(trail) == 1

    def test_a_request_set_up_twice_is_one_call(self, fixed: Any, sandbox: Sandbox) -> None:
        def again(call: Call, response: Any, serve: Callable[[], Any]) -> Any:
            IamResponse().setup_class(response.normalized_request)
            return serve()

        fixed["iam", "ListUsers"] = [again]
        trail = gate._state.trail
        boto3.client("iam").list_users()
        assert [record["eventName"] for record in trail] == ["ListUsers"]

    def test_rolelab_s_own_calls_are_neither_checked_nor_recorded(
        self, sandbox: Sandbox, user: Maker
    ) -> None:
        alice = user().client("iam")
        count = len(sandbox.trail)
        with gate.bypassed():
            alice.list_users()
        assert len(sandbox.trail) == count
        assert error_of(alice.list_users)[0] == "AccessDenied"

    def test_calls_from_many_threads_do_not_mix(self, sandbox: Sandbox, user: Maker) -> None:
        url = sandbox.endpoint_url
        allowed = user("alice", allow("iam:ListUsers"))
        denied = user("bob")
        count = len(sandbox.trail)

        def call(number: int) -> tuple[bool, str]:
            session = allowed if number % 2 else denied
            client = session.client("iam", endpoint_url=url if number % 4 < 2 else None)
            try:
                response = client.list_users()
            except ClientError as error:
                return False, error.response["ResponseMetadata"]["RequestId"]
            return True, response["ResponseMetadata"]["RequestId"]

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(call, range(40)))
        assert [allowed for allowed, _ in answers] == [bool(number % 2) for number in range(40)]
        assert len({request_id for _, request_id in answers}) == 40
        assert len(sandbox.trail) == count + 40

    def test_every_answer_carries_the_id_under_which_it_is_recorded(self, sandbox: Sandbox) -> None:
        calls = [
            boto3.client("iam").list_users,
            boto3.client("iam").list_roles,
            boto3.client("sts").get_caller_identity,
            boto3.client("s3").list_buckets,
            boto3.client("dynamodb").list_tables,
        ]
        for call in calls:
            assert call()["ResponseMetadata"]["RequestId"] == sandbox.trail[-1]["requestID"]


def test_an_empty_trail_that_is_given_is_the_one_that_records(sandbox: Sandbox) -> None:
    trail = Trail()
    assert gate.install(account=ACCOUNT, trail=trail) is trail
    boto3.client("iam").list_roles()
    assert [record["eventName"] for record in trail] == ["ListRoles"]
