"""Every request passes the gate once, and nothing is served without a decision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, fixes_of
from tests.sandbox.people import ACCOUNT, allow, document, error_of

Maker = Callable[..., boto3.Session]
OTHER = "210987654321"


@pytest.fixture
def fixed(sandbox: Sandbox) -> Iterator[dict[tuple[str, str], list[Any]]]:
    """Fixes of this test alone, on top of the account's own."""
    fixes: dict[tuple[str, str], list[Any]] = {}
    gate.install(
        lambda service, operation: fixes.get((service, operation)) or fixes_of(service, operation)
    )
    return fixes


class TestDecisions:
    @pytest.mark.parametrize(
        ("service", "operation", "parameters", "code", "status"),
        [
            ("iam", "list_users", {}, "AccessDenied", 403),
            ("s3", "list_buckets", {}, "AccessDenied", 403),
            ("dynamodb", "list_tables", {}, "AccessDeniedException", 400),
            ("lambda", "list_functions", {}, "AccessDeniedException", 403),
            ("ec2", "describe_regions", {}, "UnauthorizedOperation", 403),
            ("route53", "list_hosted_zones", {}, "AccessDenied", 403),
            ("sns", "list_topics", {}, "AuthorizationError", 403),
            ("sqs", "list_queues", {}, "AccessDenied", 403),
        ],
    )
    def test_a_denial_has_the_service_s_own_shape(
        self,
        user: Maker,
        service: str,
        operation: str,
        parameters: dict[str, Any],
        code: str,
        status: int,
    ) -> None:
        client = user().client(service)
        answer = error_of(getattr(client, operation), **parameters)
        assert answer[:2] == (code, status)
        assert f"User: arn:aws:iam::{ACCOUNT}:user/alice is not authorized to perform:" in answer[2]
        assert f"{service}:" in answer[2].lower()

    def test_boto3_raises_the_modelled_class(self, user: Maker) -> None:
        ssm = user().client("secretsmanager")
        kms = user("bob").client("sns")
        with pytest.raises(kms.exceptions.AuthorizationErrorException):
            kms.list_topics()
        with pytest.raises(ClientError, match="AccessDeniedException"):
            ssm.list_secrets()

    def test_a_head_request_is_denied_without_a_body(self, user: Maker) -> None:
        boto3.client("s3").create_bucket(Bucket="some-bucket")
        code, status, _ = error_of(user().client("s3").head_object, Bucket="some-bucket", Key="k")
        assert (code, status) == ("403", 403)

    def test_a_policy_counts_from_the_next_call_on(self, user: Maker) -> None:
        alice = user().client("iam")
        assert error_of(alice.list_users)[0] == "AccessDenied"
        boto3.client("iam").put_user_policy(
            UserName="alice", PolicyName="list", PolicyDocument=allow("iam:ListUsers")
        )
        assert [each["UserName"] for each in alice.list_users()["Users"]] == ["alice"]

    def test_a_stored_policy_that_is_not_valid_denies(self, user: Maker) -> None:
        from moto.iam.models import iam_backends

        alice = user(policy=allow("*")).client("s3")
        iam_backends[ACCOUNT]["aws"].users["alice"].policies["broken"] = "{"
        code, _, message = error_of(alice.list_buckets)
        assert code == "AccessDenied"
        assert "not valid" in message


class TestNothingWithoutADecision:
    def test_an_operation_moto_lacks(self, user: Maker) -> None:
        wanted = {"cluster": "c", "task": "t", "command": "sh", "interactive": True}
        denied = error_of(user().client("ecs").execute_command, **wanted)
        lacking = error_of(boto3.client("ecs").execute_command, **wanted)
        assert denied[0] == "AccessDeniedException"
        assert lacking == (
            "NotImplemented",
            501,
            "The sandbox does not model ecs:ExecuteCommand.",
        )

    @pytest.mark.parametrize(
        ("service", "operation"),
        [
            ("accessanalyzer", "list_analyzers"),
            ("freetier", "list_account_activities"),
            ("timestream-query", "list_scheduled_queries"),
        ],
        ids=["service moto lacks", "service outside amazonaws.com", "service in another's class"],
    )
    @pytest.mark.parametrize("where", ["in-process", "endpoint"])
    def test_a_service_moto_lacks(
        self, user: Maker, sandbox: Sandbox, service: str, operation: str, where: str
    ) -> None:
        url = sandbox.endpoint_url if where == "endpoint" else None
        theirs = user().client(service, endpoint_url=url)
        mine = boto3.client(service, endpoint_url=url)
        assert "not authorized" in error_of(getattr(theirs, operation))[2]
        assert error_of(getattr(mine, operation))[:2] == ("NotImplemented", 501)

    @pytest.mark.parametrize("where", ["in-process", "endpoint"])
    def test_a_path_moto_lacks_in_a_service_it_has(
        self, user: Maker, sandbox: Sandbox, where: str
    ) -> None:
        url = sandbox.endpoint_url if where == "endpoint" else None
        theirs = user().client("lambda", endpoint_url=url).list_capacity_providers
        mine = boto3.client("lambda", endpoint_url=url).list_capacity_providers
        assert error_of(theirs)[:2] == ("AccessDeniedException", 403)
        assert error_of(mine)[:2] == ("NotImplemented", 501)

    def test_a_request_that_names_no_operation_is_denied(self, sandbox: Sandbox) -> None:
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


class TestAccounts:
    def test_a_bucket_policy_opens_a_bucket_to_another_account(self, sandbox: Sandbox) -> None:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="shared-bucket")
        s3.put_object(Bucket="shared-bucket", Key="k", Body=b"hello")
        theirs = sandbox.admin(OTHER).client("s3")
        wanted = {"Bucket": "shared-bucket", "Key": "k"}
        assert error_of(theirs.get_object, **wanted) == ("AccessDenied", 403, "Access Denied")
        s3.put_bucket_policy(
            Bucket="shared-bucket",
            Policy=document(
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
                    "Action": "s3:GetObject",
                    "Resource": "arn:aws:s3:::shared-bucket/*",
                }
            ),
        )
        assert theirs.get_object(**wanted)["Body"].read() == b"hello"

    def test_state_of_the_resource_s_account_is_used_once_allowed(self, sandbox: Sandbox) -> None:
        ours = boto3.client("secretsmanager")
        arn = ours.create_secret(Name="s", SecretString="x")["ARN"]
        theirs = sandbox.admin(OTHER).client("secretsmanager")
        assert error_of(theirs.describe_secret, SecretId=arn)[0] == "AccessDeniedException"
        open_to_them = document(
            {
                "Effect": "Allow",
                "Principal": {"AWS": OTHER},
                "Action": "secretsmanager:DescribeSecret",
                "Resource": "*",
            }
        )
        ours.put_resource_policy(SecretId=arn, ResourcePolicy=open_to_them)
        assert theirs.describe_secret(SecretId=arn)["Name"] == "s"

    def test_requiring_tls_does_not_lock_the_author_out(self, sandbox: Sandbox) -> None:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="tls-bucket")
        s3.put_bucket_policy(
            Bucket="tls-bucket",
            Policy=document(
                {
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": ["arn:aws:s3:::tls-bucket", "arn:aws:s3:::tls-bucket/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ),
        )
        s3.put_object(Bucket="tls-bucket", Key="k", Body=b"x")
        plain = boto3.client("s3", endpoint_url=sandbox.endpoint_url)
        code, status, message = error_of(plain.get_object, Bucket="tls-bucket", Key="k")
        assert (code, status) == ("AccessDenied", 403)
        assert "explicit deny in a resource-based policy" in message


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
            boto3.client("s3").list_buckets,
            boto3.client("dynamodb").list_tables,
        ]
        for call in calls:
            assert call()["ResponseMetadata"]["RequestId"] == sandbox.trail[-1]["requestID"]

    def test_denied_items_of_a_batch_are_told_to_its_fix(self, user: Maker) -> None:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="some-bucket")
        for key in ("mine/a", "yours/b"):
            s3.put_object(Bucket="some-bucket", Key=key, Body=b"")
        alice = user(policy=allow("s3:DeleteObject", "arn:aws:s3:::some-bucket/mine/*"))
        keys = {"Objects": [{"Key": "mine/a"}, {"Key": "yours/b"}]}
        answer = alice.client("s3").delete_objects(Bucket="some-bucket", Delete=keys)
        assert [entry["Key"] for entry in answer["Deleted"]] == ["mine/a"]
        assert [(each["Key"], each["Code"]) for each in answer["Errors"]] == [
            ("yours/b", "AccessDenied")
        ]
        left = s3.list_objects_v2(Bucket="some-bucket")["Contents"]
        assert [entry["Key"] for entry in left] == ["yours/b"]
