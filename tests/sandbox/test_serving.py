"""An allowed call is answered by its fixes and by moto, or by a clear error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from moto.iam.responses import IamResponse

from rolelab.sandbox.account import Sandbox
from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer
from tests.sandbox.people import ACCOUNT, error_of

Maker = Callable[..., boto3.Session]


class TestFixes:
    """A fix stands around moto's handler, in-process and on the endpoint, for S3 as for others."""

    def test_it_answers_in_moto_s_place(self, fixed: Any) -> None:
        fixed["iam", "ListUsers"] = [
            lambda call, response, serve: Answer(Users=[], IsTruncated=False)
        ]
        assert boto3.client("iam").list_users()["Users"] == []

    def test_it_refuses_in_the_service_s_words(self, fixed: Any) -> None:
        def refuse(call: Call, response: Any, serve: Any) -> None:
            raise ServiceError("NoSuchEntity", f"No {call.parameters['RoleName']}.", 404)

        fixed["iam", "GetRole"] = [refuse]
        iam = boto3.client("iam")
        with pytest.raises(iam.exceptions.NoSuchEntityException, match="No app"):
            iam.get_role(RoleName="app")

    def test_several_run_from_the_outside_in(self, fixed: Any) -> None:
        order: list[str] = []

        def step(name: str) -> Any:
            def run(call: Call, response: Any, serve: Callable[[], Any]) -> Any:
                order.append(f"{name} before")
                answer = serve()
                order.append(f"{name} after")
                return answer

            return run

        fixed["iam", "ListUsers"] = [step("outer"), step("inner")]
        boto3.client("iam").list_users()
        assert order == ["outer before", "inner before", "inner after", "outer after"]

    @pytest.mark.parametrize("where", ["in-process", "endpoint"])
    def test_s3(self, fixed: Any, sandbox: Sandbox, where: str) -> None:
        seen: list[tuple[str, int]] = []

        def watch(call: Call, response: Any, serve: Callable[[], Any]) -> Any:
            status, headers, body = serve()
            seen.append((call.parameters["Key"], status))
            return status, headers, body

        fixed["s3", "GetObject"] = [watch]
        url = sandbox.endpoint_url if where == "endpoint" else None
        s3 = boto3.client("s3", endpoint_url=url)
        s3.create_bucket(Bucket="some-bucket")
        s3.put_object(Bucket="some-bucket", Key="k", Body=b"0123456789")
        part = s3.get_object(Bucket="some-bucket", Key="k", Range="bytes=2-4")
        assert part["Body"].read() == b"234"
        assert error_of(s3.get_object, Bucket="some-bucket", Key="none")[0] == "NoSuchKey"
        assert seen == [("k", 200), ("none", 404)]

    def test_it_is_not_asked_about_a_denied_call(self, fixed: Any, user: Maker) -> None:
        asked: list[Call] = []
        fixed["iam", "ListUsers"] = [lambda call, response, serve: asked.append(call) or serve()]
        assert error_of(user().client("iam").list_users)[0] == "AccessDenied"
        assert asked == []


class TestWhatMotoCannotAnswer:
    def test_an_operation_moto_lacks(self, user: Maker) -> None:
        denied = error_of(user().client("ecs").list_daemons)
        lacking = error_of(boto3.client("ecs").list_daemons)
        assert denied[0] == "AccessDeniedException"
        assert lacking[:2] == ("NotImplemented", 501)
        assert lacking[2].startswith("The sandbox does not model ecs:ListDaemons. What AWS does")

    def test_where_moto_crashes_the_caller_gets_an_error(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(self: Any) -> None:
            raise KeyError("lost")

        monkeypatch.setattr(IamResponse, "list_account_aliases", broken)
        code, status, message = error_of(boto3.client("iam").list_account_aliases)
        assert (code, status) == ("NotImplemented", 501)
        assert "KeyError" in message
        assert boto3.client("sts").get_caller_identity()["Account"] == ACCOUNT

    def test_an_interrupted_call_leaves_the_account_usable(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(self: Any) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(IamResponse, "list_account_aliases", interrupted)
            with pytest.raises(KeyboardInterrupt):
                boto3.client("iam").list_account_aliases()
        assert boto3.client("iam").list_account_aliases()["AccountAliases"] == []
