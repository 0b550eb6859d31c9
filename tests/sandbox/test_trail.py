"""The account's log, in the shape of CloudTrail records."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from rolelab.sandbox import gate, sessions
from rolelab.sandbox.account import Sandbox
from rolelab.sandbox.trail import HIDDEN, Trail, is_read_only
from tests.sandbox.people import ACCOUNT, allow, document, error_of, signed_in

Maker = Callable[..., boto3.Session]


def identity_token(**claims: Any) -> str:
    """A token of an identity provider."""
    claims = {"iat": int(time.time()), "exp": int(time.time()) + 600, **claims}
    parts = [{"alg": "RS256"}, claims]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    return b".".join([*encoded, b"signature"]).decode()


class TestOneRecord:
    """The elements of a record (CloudTrail record contents)."""

    def test_of_a_read(self, sandbox: Sandbox) -> None:
        boto3.client("iam").get_role(RoleName="Administrator")
        record = sandbox.trail[-1]
        agent = record.pop("userAgent")
        assert agent.startswith("Boto3/")
        assert set(record) == {
            *("eventVersion", "userIdentity", "eventTime", "eventSource", "eventName"),
            *("awsRegion", "sourceIPAddress", "requestParameters", "responseElements"),
            *("requestID", "eventID", "readOnly", "eventType", "managementEvent"),
            *("recipientAccountId", "eventCategory", "tlsDetails"),
        } | ({"resources"} & set(record))
        assert record["eventVersion"] == "1.11"
        assert record["eventSource"] == "iam.amazonaws.com"
        assert record["eventName"] == "GetRole"
        assert record["awsRegion"] == "us-east-1"
        assert record["sourceIPAddress"] == gate.SOURCE_IP
        assert record["requestParameters"] == {"roleName": "Administrator"}
        assert record["responseElements"] is None
        assert record["readOnly"] is True
        assert record["eventType"] == "AwsApiCall"
        assert record["managementEvent"] is True
        assert record["eventCategory"] == "Management"
        assert record["recipientAccountId"] == ACCOUNT
        assert record["tlsDetails"]["clientProvidedHostHeader"] == "iam.amazonaws.com"

    def test_of_a_write_holds_the_answer(self, sandbox: Sandbox) -> None:
        boto3.client("iam").create_user(UserName="alice")
        record = sandbox.trail[-1]
        assert record["readOnly"] is False
        assert record["responseElements"]["user"]["userName"] == "alice"

    @pytest.mark.parametrize("operation", ["Converse", "InvokeModel"])
    def test_of_a_call_of_a_model_names_the_model_and_no_text(
        self, sandbox: Sandbox, operation: str
    ) -> None:
        bedrock = boto3.client("bedrock-runtime")
        model = "amazon.nova-lite-v1:0"
        messages: Any = [{"role": "user", "content": [{"text": "a prompt"}]}]
        if operation == "Converse":
            bedrock.converse(modelId=model, messages=messages)
        else:
            bedrock.invoke_model(modelId=model, body=json.dumps({"messages": messages}))
        record = sandbox.trail[-1]
        assert record["requestParameters"] == {"modelId": model}
        assert record["responseElements"] is None
        assert record["readOnly"] is True
        assert record["managementEvent"] is True

    def test_times_of_an_answer_are_utc_wherever_the_machine_is(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        try:
            boto3.client("dynamodb").create_table(
                TableName="orders",
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
            record = sandbox.trail[-1]
        finally:
            monkeypatch.undo()
            time.tzset()
        shown = record["responseElements"]["tableDescription"]["creationDateTime"]
        made = datetime.strptime(shown, "%b %d, %Y %I:%M:%S %p").replace(tzinfo=UTC)
        assert abs(made - datetime.now(UTC)) < timedelta(minutes=5)

    def test_of_a_denial(self, user: Maker, sandbox: Sandbox) -> None:
        code, _, message = error_of(
            user().client("iam").create_role, RoleName="r", AssumeRolePolicyDocument="{}"
        )
        record = sandbox.trail[-1]
        assert (record["errorCode"], record["errorMessage"]) == (code, message)
        assert record["responseElements"] is None

    @pytest.mark.parametrize(
        ("service", "operation", "parameters", "code"),
        [
            ("iam", "get_role", {"RoleName": "none"}, "NoSuchEntity"),
            ("s3", "get_bucket_location", {"Bucket": "no-such-bucket"}, "NoSuchBucket"),
            ("dynamodb", "describe_table", {"TableName": "none"}, "ResourceNotFoundException"),
            ("ecs", "list_daemons", {}, "NotImplemented"),
        ],
    )
    def test_of_a_call_that_failed_after_it_was_allowed(
        self,
        sandbox: Sandbox,
        service: str,
        operation: str,
        parameters: dict[str, Any],
        code: str,
    ) -> None:
        _, _, message = error_of(getattr(boto3.client(service), operation), **parameters)
        record = sandbox.trail[-1]
        assert (record["errorCode"], record["errorMessage"]) == (code, message)

    def test_of_an_ec2_denial_names_the_side_at_fault(self, user: Maker, sandbox: Sandbox) -> None:
        assert error_of(user().client("ec2").describe_regions)[0] == "UnauthorizedOperation"
        assert sandbox.trail[-1]["errorCode"] == "Client.UnauthorizedOperation"

    def test_a_call_over_plain_http_has_no_tls_details(self, sandbox: Sandbox) -> None:
        boto3.client("iam", endpoint_url=sandbox.endpoint_url).list_users()
        assert "tlsDetails" not in sandbox.trail[-1]

    def test_ids_are_stable_and_unique(self, sandbox: Sandbox) -> None:
        for _ in range(3):
            boto3.client("sts").get_caller_identity()
        first, again = [[each["eventID"] for each in sandbox.trail] for _ in range(2)]
        assert first == again
        assert len(set(first)) == 3


class TestWhoCalled:
    """The userIdentity element (CloudTrail userIdentity element)."""

    @staticmethod
    def identity(sandbox: Sandbox, session: boto3.Session) -> dict[str, Any]:
        session.client("sts").get_caller_identity()
        identity: dict[str, Any] = sandbox.trail[-1]["userIdentity"]
        assert identity.pop("accessKeyId") == session.get_credentials().access_key
        assert identity.pop("accountId") == ACCOUNT
        return identity

    def test_a_user(self, user: Maker, sandbox: Sandbox) -> None:
        identity = self.identity(sandbox, user())
        assert identity == {
            "type": "IAMUser",
            "principalId": boto3.client("iam").get_user(UserName="alice")["User"]["UserId"],
            "arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
            "userName": "alice",
        }

    def test_a_role_session(self, role: Maker, sandbox: Sandbox) -> None:
        identity = self.identity(sandbox, role(path="/team/", mfa=True, source_identity="alice"))
        context = identity["sessionContext"]
        role_id = boto3.client("iam").get_role(RoleName="app")["Role"]["RoleId"]
        assert identity["type"] == "AssumedRole"
        assert identity["arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/app/task"
        assert identity["principalId"] == f"{role_id}:task"
        assert context["attributes"].pop("creationDate").endswith("Z")
        assert context == {
            "attributes": {"mfaAuthenticated": "true"},
            "sessionIssuer": {
                "type": "Role",
                "principalId": role_id,
                "arn": f"arn:aws:iam::{ACCOUNT}:role/team/app",
                "accountId": ACCOUNT,
                "userName": "app",
            },
            "sourceIdentity": "alice",
        }

    @pytest.mark.parametrize(
        ("kind", "kind_of_caller", "issuer"),
        [
            ("session-token", "IAMUser", None),
            ("federated-user", "FederatedUser", "IAMUser"),
        ],
    )
    def test_a_user_s_temporary_credentials(
        self,
        user: Maker,
        sandbox: Sandbox,
        kind: sessions.Kind,
        kind_of_caller: str,
        issuer: str | None,
    ) -> None:
        user()
        issued = sessions.issue(kind, issuer_arn=f"arn:aws:iam::{ACCOUNT}:user/alice", name="fed")
        identity = self.identity(sandbox, signed_in(issued))
        assert identity["type"] == kind_of_caller
        assert identity["arn"] == issued.principal_arn
        assert identity["sessionContext"].get("sessionIssuer", {}).get("type") == issuer

    def test_the_root_user(self, sandbox: Sandbox) -> None:
        issued = sessions.issue("root", issuer_arn=f"arn:aws:iam::{ACCOUNT}:root")
        identity = self.identity(sandbox, signed_in(issued))
        assert (identity["type"], identity["principalId"]) == ("Root", ACCOUNT)

    def test_nobody_in_particular(self, sandbox: Sandbox) -> None:
        boto3.client("s3").create_bucket(Bucket="some-bucket")
        anonymous = boto3.client("s3", config=Config(signature_version=UNSIGNED))
        assert error_of(anonymous.get_object, Bucket="some-bucket", Key="k")[1] == 403
        record = sandbox.trail[-1]
        assert record["userIdentity"]["type"] == "AWSAccount"
        assert record["userIdentity"]["accountId"] == "anonymous"
        assert record["recipientAccountId"] == ACCOUNT

    def test_somebody_an_identity_provider_vouches_for(self, sandbox: Sandbox) -> None:
        issuer = "https://token.example.com"
        iam = boto3.client("iam")
        provider = iam.create_open_id_connect_provider(Url=issuer, ClientIDList=["shop"])
        trust = document(
            {
                "Effect": "Allow",
                "Principal": {"Federated": provider["OpenIDConnectProviderArn"]},
                "Action": "sts:AssumeRoleWithWebIdentity",
            }
        )
        iam.create_role(RoleName="web", AssumeRolePolicyDocument=trust)
        sts = boto3.client("sts", config=Config(signature_version=UNSIGNED))
        sts.assume_role_with_web_identity(
            RoleArn=f"arn:aws:iam::{ACCOUNT}:role/web",
            RoleSessionName="visit",
            WebIdentityToken=identity_token(iss=issuer, aud="shop", sub="alice"),
        )
        record = sandbox.trail[-1]
        assert record["userIdentity"] == {
            "type": "WebIdentityUser",
            "principalId": f"{issuer}:shop:alice",
            "userName": "alice",
            "identityProvider": issuer,
        }
        assert record["requestParameters"]["webIdentityToken"] == HIDDEN

    def test_somebody_whose_credentials_were_refused_is_not_logged(self, sandbox: Sandbox) -> None:
        stranger = boto3.Session("AKIAIOSFODNN7EXAMPLE", "secret", region_name="us-east-1")
        error_of(stranger.client("sts").get_caller_identity)
        assert list(sandbox.trail) == []


class TestSecrets:
    def test_of_requests_are_hidden(self, sandbox: Sandbox) -> None:
        boto3.client("secretsmanager").create_secret(Name="s", SecretString="hunter2")
        boto3.client("ssm").put_parameter(Name="p", Value="hunter2", Type="SecureString")
        boto3.client("iam").create_user(UserName="alice")
        boto3.client("iam").create_login_profile(UserName="alice", Password="hunter2-Hunter2")
        key = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
        boto3.client("kms").encrypt(KeyId=key, Plaintext=b"hunter2")
        by_name = {record["eventName"]: record["requestParameters"] for record in sandbox.trail}
        assert by_name["CreateSecret"]["secretString"] == HIDDEN
        assert by_name["PutParameter"]["value"] == HIDDEN
        assert by_name["CreateLoginProfile"]["password"] == HIDDEN
        # What is encrypted is left out: *Encrypt* in *Examples of AWS KMS log entries*.
        assert "plaintext" not in by_name["Encrypt"]
        assert "unter2" not in json.dumps(list(sandbox.trail))

    def test_what_a_program_logs_is_not_in_the_trail(self, sandbox: Sandbox) -> None:
        """CloudTrail does not log PutLogEvents; the sandbox's trail has the call without its text.

        Page: *Logging CloudWatch Logs API and console operations in AWS CloudTrail*.
        """
        logs = boto3.client("logs")
        logs.create_log_group(logGroupName="/ecs/orders")
        logs.create_log_stream(logGroupName="/ecs/orders", logStreamName="web")
        events = [{"timestamp": int(time.time() * 1000), "message": "hunter2"}]
        logs.put_log_events(logGroupName="/ecs/orders", logStreamName="web", logEvents=events)
        assert sandbox.trail[-1]["requestParameters"]["logStreamName"] == "web"
        assert "hunter2" not in json.dumps(list(sandbox.trail))

    def test_of_answers_are_left_out(self, sandbox: Sandbox) -> None:
        iam = boto3.client("iam")
        iam.create_user(UserName="alice")
        key = iam.create_access_key(UserName="alice")["AccessKey"]
        record = sandbox.trail[-1]
        assert record["responseElements"]["accessKey"]["accessKeyId"] == key["AccessKeyId"]
        assert key["SecretAccessKey"] not in json.dumps(record)

    def test_of_an_assumed_role(self, role: Maker, sandbox: Sandbox) -> None:
        role()
        arn = f"arn:aws:iam::{ACCOUNT}:role/app"
        given = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="task")
        record = sandbox.trail[-1]
        shown = record["responseElements"]
        assert record["requestParameters"] == {"roleArn": arn, "roleSessionName": "task"}
        assert shown["assumedRoleUser"]["arn"] == given["AssumedRoleUser"]["Arn"]
        assert shown["credentials"]["accessKeyId"] == given["Credentials"]["AccessKeyId"]
        assert shown["credentials"]["sessionToken"] == HIDDEN
        assert shown["credentials"]["expiration"].endswith(("AM", "PM"))
        assert "secretAccessKey" not in shown["credentials"]
        assert record["resources"] == [{"ARN": arn, "accountId": ACCOUNT, "type": "AWS::IAM::Role"}]


class TestS3:
    """Calls about objects are data events (Amazon S3 CloudTrail events)."""

    def test_object_calls(self, sandbox: Sandbox) -> None:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="some-bucket")
        s3.put_object(Bucket="some-bucket", Key="k", Body=b"content of the object")
        s3.list_objects_v2(Bucket="some-bucket")
        bucket, put, listing = sandbox.trail[-3:]
        assert (bucket["eventCategory"], bucket["managementEvent"]) == ("Management", True)
        assert (put["eventCategory"], put["managementEvent"]) == ("Data", False)
        assert put["requestParameters"]["bucketName"] == "some-bucket"
        assert put["requestParameters"]["key"] == "k"
        assert put["resources"][0]["ARN"] == "arn:aws:s3:::some-bucket/k"
        assert "content of the object" not in json.dumps(put)
        assert listing["eventName"] == "ListObjects"

    def test_a_presigned_link_shows_in_the_record(self, sandbox: Sandbox) -> None:
        import requests

        s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
        s3.create_bucket(Bucket="some-bucket")
        s3.put_object(Bucket="some-bucket", Key="k", Body=b"x")
        target = {"Bucket": "some-bucket", "Key": "k"}
        requests.get(s3.generate_presigned_url("get_object", Params=target))
        direct, linked = sandbox.trail[-2:]
        assert direct["additionalEventData"]["AuthenticationMethod"] == "AuthHeader"
        assert linked["additionalEventData"]["AuthenticationMethod"] == "QueryString"


class TestTrail:
    def test_reads_like_a_list(self, sandbox: Sandbox) -> None:
        trail = sandbox.trail
        assert (len(trail), bool(trail), repr(trail)) == (0, False, "CloudTrail: no calls yet")
        boto3.client("sts").get_caller_identity()
        boto3.client("iam").list_users()
        assert [record["eventName"] for record in trail] == ["GetCallerIdentity", "ListUsers"]
        assert [record["eventName"] for record in trail[:1]] == ["GetCallerIdentity"]
        assert repr(trail) == "CloudTrail: 2 calls, the last ListUsers (ok)"
        json.dumps(list(trail))

    def test_as_a_table(self, user: Maker, role: Maker, sandbox: Sandbox) -> None:
        user().client("sts").get_caller_identity()
        error_of(role().client("s3").list_buckets)
        frame = sandbox.trail.to_frame()
        assert list(frame.columns) == [
            *("time", "user", "source", "event", "region", "error", "message", "request", "record"),
        ]
        first, last = frame[frame.event == "GetCallerIdentity"].iloc[0], frame.iloc[-1]
        assert (first.user, first.source) == ("alice", "sts.amazonaws.com")
        assert (last.user, last.event, last.error) == ("app/task", "ListBuckets", "AccessDenied")
        assert str(frame.time.dtype).startswith("datetime64")
        assert last.record == sandbox.trail[-1]

    def test_an_empty_table_has_its_columns(self) -> None:
        frame = Trail().to_frame()
        assert (len(frame), "event" in frame.columns) == (0, True)

    def test_a_fresh_account_has_an_empty_trail(self, sandbox: Sandbox) -> None:
        boto3.client("sts").get_caller_identity()
        import rolelab

        assert len(rolelab.start().trail) == 0


@pytest.mark.parametrize(
    ("operation", "reads"),
    [
        ("GetRole", True),
        ("ListUsers", True),
        ("DescribeTasks", True),
        ("HeadObject", True),
        ("AssumeRole", True),
        ("Decrypt", True),
        ("BatchGetImage", True),
        ("CreateRole", False),
        ("PutObject", False),
        ("DeleteUser", False),
        ("AttachRolePolicy", False),
        ("RunTask", False),
    ],
)
def test_read_only_is_told_from_the_name(operation: str, reads: bool) -> None:
    assert is_read_only(operation) is reads


def test_a_policy_document_in_a_request_is_kept_as_text(sandbox: Sandbox) -> None:
    text = document({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    boto3.client("iam").create_policy(PolicyName="p", PolicyDocument=text)
    assert sandbox.trail[-1]["requestParameters"] == {"policyName": "p", "policyDocument": text}
    assert allow("s3:*") == text
