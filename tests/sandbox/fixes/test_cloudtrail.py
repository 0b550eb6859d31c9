"""CloudTrail behaves as AWS's: trails, their bucket, log files and the event history.

Pages: *CreateTrail*, *PutEventSelectors*, *GetTrailStatus*, *LookupEvents* (CloudTrail API
Reference); *Amazon S3 bucket policy for CloudTrail*; *CloudTrail log file examples*; *Configure
AWS KMS key policies for CloudTrail*.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from rolelab.sandbox.account import Sandbox
from tests.sandbox.fixes.conftest import Refused
from tests.sandbox.organization import Organization
from tests.sandbox.people import document

ACCOUNT = "123456789012"
BUCKET = "shop-trail"
OTHER = "222233334444"


def arn_of(name: str, region: str = "us-east-1") -> str:
    return f"arn:aws:cloudtrail:{region}:{ACCOUNT}:trail/{name}"


def bucket_policy(trail: str, folder: str = f"AWSLogs/{ACCOUNT}", bucket: str = BUCKET) -> str:
    """The policy of the page: CloudTrail may look at the ACL and write below a folder."""
    service = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    return document(
        {
            **service,
            "Action": "s3:GetBucketAcl",
            "Resource": f"arn:aws:s3:::{bucket}",
            "Condition": {"StringEquals": {"aws:SourceArn": trail}},
        },
        {
            **service,
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{bucket}/{folder}/*",
            "Condition": {
                "StringEquals": {
                    "aws:SourceArn": trail,
                    "s3:x-amz-acl": "bucket-owner-full-control",
                }
            },
        },
    )


@pytest.fixture
def s3(sandbox: Sandbox) -> Any:
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    client.put_bucket_policy(Bucket=BUCKET, Policy=bucket_policy(arn_of("audit")))
    return client


@pytest.fixture
def cloudtrail(s3: Any) -> Any:
    return boto3.client("cloudtrail")


@pytest.fixture
def logging(cloudtrail: Any) -> Callable[..., Any]:
    """Make the trail `audit` and start it."""

    def start(**given: Any) -> Any:
        cloudtrail.create_trail(Name="audit", S3BucketName=BUCKET, **given)
        cloudtrail.start_logging(Name="audit")
        return cloudtrail

    return start


def keys(s3: Any) -> list[str]:
    return [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())]


def records(s3: Any) -> list[dict[str, Any]]:
    """Everything the trail has delivered."""
    found = []
    for key in keys(s3):
        stored = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        found.extend(json.loads(gzip.decompress(stored))["Records"])
    return found


def names(s3: Any) -> list[str]:
    return [record["eventName"] for record in records(s3)]


class TestTrails:
    REFUSED = {
        "the bucket exists": (
            {"S3BucketName": "no-such-bucket"},
            "S3BucketDoesNotExistException",
            "S3 bucket no-such-bucket does not exist!",
        ),
        "the bucket policy names this trail": (
            {"Name": "another"},
            "InsufficientS3BucketPolicyException",
            f"Incorrect S3 bucket policy is detected for bucket: {BUCKET}",
        ),
        "the bucket policy covers the prefix": (
            {"S3KeyPrefix": "logs"},
            "InsufficientS3BucketPolicyException",
            f"Incorrect S3 bucket policy is detected for bucket: {BUCKET}",
        ),
        "a name has three characters": (
            {"Name": "ab"},
            "InvalidTrailNameException",
            "Trail name too short. Minimum allowed length: 3 characters. "
            "Specified name length: 2 characters.",
        ),
        "a name has no two hyphens in a row": (
            {"Name": "my--trail"},
            "InvalidTrailNameException",
            "Trail name cannot have adjacent periods (.), hyphens (-), or underscores (_).",
        ),
        "a multi-Region trail has global service events": (
            {"IsMultiRegionTrail": True, "IncludeGlobalServiceEvents": False},
            "InvalidParameterCombinationException",
            "Multi-Region trail must include global service events.",
        ),
        "an organization trail needs an organization": (
            {"IsOrganizationTrail": True},
            "OrganizationsNotInUseException",
            "Your account is not a member of an organization.",
        ),
    }

    @pytest.mark.parametrize(("given", "code", "message"), REFUSED.values(), ids=REFUSED)
    def test_a_trail_is_checked(
        self, cloudtrail: Any, refused: Refused, given: dict[str, Any], code: str, message: str
    ) -> None:
        asked = {"Name": "audit", "S3BucketName": BUCKET, **given}
        assert refused(cloudtrail.create_trail, **asked) == (code, message)
        assert cloudtrail.describe_trails()["trailList"] == []

    def test_a_bucket_without_a_policy_takes_no_logs(
        self, sandbox: Sandbox, s3: Any, refused: Refused
    ) -> None:
        s3.delete_bucket_policy(Bucket=BUCKET)
        code, _ = refused(
            boto3.client("cloudtrail").create_trail, Name="audit", S3BucketName=BUCKET
        )
        assert code == "InsufficientS3BucketPolicyException"

    def test_the_bucket_may_belong_to_another_account(self, sandbox: Sandbox) -> None:
        theirs = sandbox.admin(OTHER).client("s3")
        theirs.create_bucket(Bucket="central")
        policy = bucket_policy(arn_of("audit"), bucket="central")
        theirs.put_bucket_policy(Bucket="central", Policy=policy)
        cloudtrail = boto3.client("cloudtrail")
        cloudtrail.create_trail(Name="audit", S3BucketName="central")
        cloudtrail.start_logging(Name="audit")
        cloudtrail.get_trail_status(Name="audit")
        assert theirs.list_objects_v2(Bucket="central")["KeyCount"]

    def test_a_name_is_taken_once(self, cloudtrail: Any, refused: Refused) -> None:
        given = {"Name": "audit", "S3BucketName": BUCKET}
        cloudtrail.create_trail(**given)
        assert refused(cloudtrail.create_trail, **given)[0] == "TrailAlreadyExistsException"

    def test_an_update_is_checked(self, cloudtrail: Any, refused: Refused) -> None:
        cloudtrail.create_trail(Name="audit", S3BucketName=BUCKET)
        code, _ = refused(cloudtrail.update_trail, Name="audit", S3KeyPrefix="logs")
        assert code == "InsufficientS3BucketPolicyException"
        assert cloudtrail.update_trail(Name=arn_of("audit"), IsMultiRegionTrail=True)
        assert cloudtrail.get_trail(Name="audit")["Trail"]["IsMultiRegionTrail"] is True

    @pytest.mark.parametrize("named", ["audit", arn_of("audit")], ids=["by name", "by ARN"])
    def test_a_trail_is_deleted(self, cloudtrail: Any, refused: Refused, named: str) -> None:
        cloudtrail.create_trail(Name="audit", S3BucketName=BUCKET)
        cloudtrail.delete_trail(Name=named)
        assert refused(cloudtrail.delete_trail, Name=named)[0] == "TrailNotFoundException"

    def test_a_multi_region_trail_is_changed_at_home(
        self, logging: Callable[..., Any], refused: Refused
    ) -> None:
        logging(IsMultiRegionTrail=True)
        away = boto3.client("cloudtrail", region_name="eu-west-1")
        assert away.get_trail_status(Name="audit")["IsLogging"] is True
        assert refused(away.stop_logging, Name="audit")[0] == "InvalidHomeRegionException"
        assert [trail["Name"] for trail in away.describe_trails()["trailList"]] == ["audit"]
        assert away.describe_trails(includeShadowTrails=False)["trailList"] == []


class TestDelivery:
    def test_a_log_file_has_its_name_and_form(self, s3: Any, logging: Callable[..., Any]) -> None:
        logging()
        boto3.client("iam").create_user(UserName="ann")
        (key,) = keys(s3)
        today = datetime.now(UTC).strftime("%Y/%m/%d")
        assert re.fullmatch(
            rf"AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/{today}/"
            rf"{ACCOUNT}_CloudTrail_us-east-1_\d{{8}}T\d{{4}}Z_[0-9A-Za-z]{{16}}\.json\.gz",
            key,
        )
        (started, made) = records(s3)
        assert (started["eventName"], made["eventName"]) == ("StartLogging", "CreateUser")
        assert made["requestParameters"] == {"userName": "ann"}

    def test_nothing_is_delivered_before_logging_starts(self, s3: Any, cloudtrail: Any) -> None:
        cloudtrail.create_trail(Name="audit", S3BucketName=BUCKET)
        boto3.client("iam").create_user(UserName="ann")
        assert keys(s3) == []
        status = cloudtrail.get_trail_status(Name="audit")
        assert status["IsLogging"] is False
        assert "LatestDeliveryTime" not in status

    def test_nor_after_it_stops(self, s3: Any, logging: Callable[..., Any]) -> None:
        cloudtrail = logging()
        boto3.client("iam").create_user(UserName="ann")
        cloudtrail.stop_logging(Name="audit")
        boto3.client("iam").create_user(UserName="bob")
        assert names(s3) == ["StartLogging", "CreateUser"]
        cloudtrail.start_logging(Name="audit")
        boto3.client("iam").create_user(UserName="eve")
        assert sorted(names(s3)) == ["CreateUser", "CreateUser", "StartLogging", "StartLogging"]

    def test_every_event_is_delivered_once(self, s3: Any, logging: Callable[..., Any]) -> None:
        cloudtrail = logging()
        for name in ("ann", "bob", "eve"):
            boto3.client("iam").create_user(UserName=name)
            cloudtrail.get_trail_status(Name="audit")
        assert names(s3).count("CreateUser") == 3

    def test_refused_calls_are_events_too(
        self, s3: Any, logging: Callable[..., Any], refused: Refused
    ) -> None:
        logging()
        refused(boto3.client("iam").get_role, RoleName="nobody")
        assert [each.get("errorCode") for each in records(s3)] == [None, "NoSuchEntity"]

    def test_a_trail_logs_its_own_region(self, s3: Any, logging: Callable[..., Any]) -> None:
        logging()
        boto3.client("sqs", region_name="eu-west-1").list_queues()
        assert names(s3) == ["StartLogging"]

    def test_a_multi_region_trail_logs_all_with_a_folder_for_each(
        self, s3: Any, logging: Callable[..., Any]
    ) -> None:
        logging(IsMultiRegionTrail=True)
        boto3.client("sqs", region_name="eu-west-1").list_queues()
        assert sorted(names(s3)) == ["ListQueues", "StartLogging"]
        assert sorted(key.split("/")[3] for key in keys(s3)) == ["eu-west-1", "us-east-1"]

    def test_other_accounts_are_not_in_it(
        self, sandbox: Sandbox, s3: Any, logging: Callable[..., Any]
    ) -> None:
        logging()
        sandbox.admin(OTHER).client("iam").create_user(UserName="theirs")
        assert names(s3) == ["StartLogging"]

    def test_an_organization_trail_logs_its_members(self, sandbox: Sandbox, s3: Any) -> None:
        organization = Organization.make()
        folder = f"AWSLogs/{organization.id}"
        service = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
        policy = document(
            {**service, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{BUCKET}"},
            {
                **service,
                "Action": "s3:PutObject",
                "Resource": [
                    f"arn:aws:s3:::{BUCKET}/{folder}/*",
                    f"arn:aws:s3:::{BUCKET}/AWSLogs/{ACCOUNT}/*",
                ],
            },
        )
        s3.put_bucket_policy(Bucket=BUCKET, Policy=policy)
        cloudtrail = boto3.client("cloudtrail")
        cloudtrail.create_trail(Name="all", S3BucketName=BUCKET, IsOrganizationTrail=True)
        cloudtrail.start_logging(Name="all")
        organization.administrator(sandbox).client("iam").create_user(UserName="ann")
        assert sorted(names(s3)) == ["CreateUser", "StartLogging"]
        start = f"{folder}/{organization.member}/CloudTrail/us-east-1/"
        assert any(key.startswith(start) for key in keys(s3))

    def test_a_failed_delivery_shows_and_is_made_up_for(
        self, sandbox: Sandbox, s3: Any, logging: Callable[..., Any]
    ) -> None:
        cloudtrail = logging()
        s3.delete_bucket_policy(Bucket=BUCKET)
        boto3.client("iam").create_user(UserName="ann")
        status = cloudtrail.get_trail_status(Name="audit")
        assert status["LatestDeliveryError"] == "AccessDenied"
        assert "LatestDeliveryTime" not in status
        refusal = next(each for each in sandbox.trail if each["eventName"] == "PutObject")
        assert refusal["userIdentity"]["invokedBy"] == "cloudtrail.amazonaws.com"
        s3.put_bucket_policy(Bucket=BUCKET, Policy=bucket_policy(arn_of("audit")))
        status = cloudtrail.get_trail_status(Name="audit")
        assert "LatestDeliveryError" not in status
        assert status["LatestDeliveryTime"]
        assert "CreateUser" in names(s3)

    def test_a_bucket_that_is_gone(self, s3: Any, logging: Callable[..., Any]) -> None:
        cloudtrail = logging()
        s3.delete_bucket(Bucket=BUCKET)
        assert cloudtrail.get_trail_status(Name="audit")["LatestDeliveryError"] == "NoSuchBucket"

    def test_a_trail_sends_to_cloudwatch_logs_through_its_role(
        self, s3: Any, logging: Callable[..., Any]
    ) -> None:
        logs, iam = boto3.client("logs"), boto3.client("iam")
        logs.create_log_group(logGroupName="audit")
        trust = document(
            {
                "Effect": "Allow",
                "Principal": {"Service": "cloudtrail.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        )
        role = iam.create_role(RoleName="to-logs", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:audit:*"
        cloudtrail = logging(CloudWatchLogsLogGroupArn=group, CloudWatchLogsRoleArn=role)
        status = cloudtrail.get_trail_status(Name="audit")
        assert "AccessDenied" in status["LatestCloudWatchLogsDeliveryError"]
        allow = {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:audit:log-stream:*",
        }
        iam.put_role_policy(RoleName="to-logs", PolicyName="w", PolicyDocument=document(allow))
        status = cloudtrail.get_trail_status(Name="audit")
        assert status["LatestCloudWatchLogsDeliveryTime"]
        found = logs.filter_log_events(logGroupName="audit")["events"]
        assert "PutRolePolicy" in [json.loads(each["message"])["eventName"] for each in found]

    def test_the_log_stream_is_made_once_so_deliveries_leave_no_errors_of_their_own(
        self, sandbox: Sandbox, s3: Any, logging: Callable[..., Any]
    ) -> None:
        service = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
        allow = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
        logs, iam = boto3.client("logs"), boto3.client("iam")
        logs.create_log_group(logGroupName="audit")
        trust = document({**service, "Action": "sts:AssumeRole"})
        role = iam.create_role(RoleName="to-logs", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        iam.put_role_policy(RoleName="to-logs", PolicyName="w", PolicyDocument=document(allow))
        group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:audit:*"
        cloudtrail = logging(CloudWatchLogsLogGroupArn=group, CloudWatchLogsRoleArn=role)
        for _ in range(3):
            status = cloudtrail.get_trail_status(Name="audit")
            assert "LatestCloudWatchLogsDeliveryError" not in status
        trail = sandbox.trail.to_frame()
        assert (trail["event"] == "CreateLogStream").sum() == 1
        assert trail["error"].notna().sum() == 0
        # A stream that somebody deletes comes back with the delivery after the one that fails.
        stream = logs.describe_log_streams(logGroupName="audit")["logStreams"][0]["logStreamName"]
        logs.delete_log_stream(logGroupName="audit", logStreamName=stream)
        cloudtrail.get_trail_status(Name="audit")
        assert "LatestCloudWatchLogsDeliveryError" not in cloudtrail.get_trail_status(Name="audit")
        assert logs.filter_log_events(logGroupName="audit")["events"]


class TestKey:
    def key(self, *statements: dict[str, Any]) -> str:
        own = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
        made = boto3.client("kms").create_key(Policy=document(own, *statements))
        return str(made["KeyMetadata"]["Arn"])

    FOR_CLOUDTRAIL = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "kms:GenerateDataKey*",
        "Resource": "*",
        "Condition": {
            "StringEquals": {"aws:SourceArn": arn_of("audit")},
            "StringLike": {
                "kms:EncryptionContext:aws:cloudtrail:arn": (
                    f"arn:aws:cloudtrail:*:{ACCOUNT}:trail/*"
                )
            },
        },
    }

    def test_the_key_policy_lets_cloudtrail_encrypt(
        self, cloudtrail: Any, refused: Refused
    ) -> None:
        given = {"Name": "audit", "S3BucketName": BUCKET}
        code, _ = refused(cloudtrail.create_trail, KmsKeyId=self.key(), **given)
        assert code == "InsufficientEncryptionPolicyException"
        assert cloudtrail.create_trail(KmsKeyId=self.key(self.FOR_CLOUDTRAIL), **given)

    def test_a_key_has_to_exist(self, cloudtrail: Any, refused: Refused) -> None:
        missing = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"
        given = {"Name": "audit", "S3BucketName": BUCKET, "KmsKeyId": missing}
        assert refused(cloudtrail.create_trail, **given)[0] == "KmsKeyNotFoundException"

    def test_log_files_are_encrypted_under_the_key(
        self, s3: Any, logging: Callable[..., Any]
    ) -> None:
        key = self.key(self.FOR_CLOUDTRAIL)
        logging(KmsKeyId=key)
        (name,) = keys(s3)
        head = s3.head_object(Bucket=BUCKET, Key=name)
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)
        assert names(s3) == ["StartLogging"]


DATA = [{"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{BUCKET}-data/in"]}]


class TestSelectors:
    @pytest.fixture
    def calls(self, s3: Any) -> Callable[[], None]:
        """Two data events, a reading and a writing management event."""
        s3.create_bucket(Bucket=f"{BUCKET}-data")

        def make() -> None:
            s3.put_object(Bucket=f"{BUCKET}-data", Key="in/a", Body=b"")
            s3.put_object(Bucket=f"{BUCKET}-data", Key="out/a", Body=b"")
            boto3.client("iam").list_users()
            boto3.client("iam").create_user(UserName="ann")

        return make

    SELECTED: dict[str, tuple[dict[str, Any], list[str]]] = {
        "data events are logged if asked for": (
            {"EventSelectors": [{"ReadWriteType": "All", "DataResources": DATA}]},
            ["CreateUser", "ListUsers", "PutObject"],
        ),
        "read events alone": (
            {"EventSelectors": [{"ReadWriteType": "ReadOnly"}]},
            ["ListUsers"],
        ),
        "write events alone": (
            {"EventSelectors": [{"ReadWriteType": "WriteOnly"}]},
            ["CreateUser"],
        ),
        "no management events": (
            {"EventSelectors": [{"IncludeManagementEvents": False, "DataResources": DATA}]},
            ["PutObject"],
        ),
        "advanced: fields are joined by and": (
            {
                "AdvancedEventSelectors": [
                    {
                        "FieldSelectors": [
                            {"Field": "eventCategory", "Equals": ["Data"]},
                            {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
                            {"Field": "resources.ARN", "StartsWith": [f"{DATA[0]['Values'][0]}"]},
                        ]
                    }
                ]
            },
            ["PutObject"],
        ),
        "advanced: what must not be": (
            {
                "AdvancedEventSelectors": [
                    {
                        "FieldSelectors": [
                            {"Field": "eventCategory", "Equals": ["Management"]},
                            {"Field": "eventName", "NotStartsWith": ["List", "Put"]},
                        ]
                    }
                ]
            },
            ["CreateUser"],
        ),
    }

    @pytest.mark.parametrize(("given", "expected"), SELECTED.values(), ids=SELECTED)
    def test_what_a_trail_logs(
        self,
        s3: Any,
        logging: Callable[..., Any],
        calls: Callable[[], None],
        given: dict[str, Any],
        expected: list[str],
    ) -> None:
        logging().put_event_selectors(TrailName="audit", **given)
        calls()
        own = {"PutEventSelectors", "StartLogging"}
        assert sorted(name for name in names(s3) if name not in own) == expected

    def test_by_default_management_events(
        self, s3: Any, logging: Callable[..., Any], calls: Callable[[], None]
    ) -> None:
        cloudtrail = logging()
        calls()
        assert names(s3) == ["StartLogging", "ListUsers", "CreateUser"]
        found = cloudtrail.get_event_selectors(TrailName="audit")["EventSelectors"]
        assert found == [
            {
                "ReadWriteType": "All",
                "IncludeManagementEvents": True,
                "DataResources": [],
                "ExcludeManagementEventSources": [],
            }
        ]
        assert cloudtrail.get_trail(Name="audit")["Trail"]["HasCustomEventSelectors"] is False

    WRONG: dict[str, dict[str, Any]] = {
        "not both kinds": {
            "EventSelectors": [{"ReadWriteType": "All"}],
            "AdvancedEventSelectors": [
                {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}
            ],
        },
        "five at most": {"EventSelectors": [{"ReadWriteType": "All"}] * 6},
        "basic selectors know three types": {
            "EventSelectors": [
                {"DataResources": [{"Type": "AWS::SQS::Queue", "Values": ["arn:aws:sqs"]}]}
            ]
        },
        "values are ARNs of the type": {
            "EventSelectors": [
                {"DataResources": [{"Type": "AWS::S3::Object", "Values": ["my-bucket"]}]}
            ]
        },
        "advanced selectors have a category": {
            "AdvancedEventSelectors": [
                {"FieldSelectors": [{"Field": "readOnly", "Equals": ["true"]}]}
            ]
        },
    }

    @pytest.mark.parametrize("given", WRONG.values(), ids=WRONG)
    def test_selectors_are_checked(
        self, logging: Callable[..., Any], refused: Refused, given: dict[str, Any]
    ) -> None:
        cloudtrail = logging()
        code, _ = refused(cloudtrail.put_event_selectors, TrailName="audit", **given)
        assert code == "InvalidEventSelectorsException"


class TestEventHistory:
    @pytest.fixture
    def history(self, sandbox: Sandbox) -> Any:
        iam = boto3.client("iam")
        iam.create_user(UserName="ann")
        iam.list_users()
        boto3.client("s3").create_bucket(Bucket="first")
        boto3.client("s3").put_object(Bucket="first", Key="a", Body=b"")
        return boto3.client("cloudtrail")

    def found(self, client: Any, key: str, value: str, **given: Any) -> list[str]:
        attributes = [{"AttributeKey": key, "AttributeValue": value}]
        events = client.lookup_events(LookupAttributes=attributes, **given)["Events"]
        return [event["EventName"] for event in events]

    def test_management_events_newest_first_without_a_trail(self, history: Any) -> None:
        events = history.lookup_events()["Events"]
        assert [each["EventName"] for each in events] == ["CreateBucket", "ListUsers", "CreateUser"]

    def test_an_event_tells_what_the_page_says(self, sandbox: Sandbox, history: Any) -> None:
        event = history.lookup_events()["Events"][-1]
        record = json.loads(event["CloudTrailEvent"])
        assert record == sandbox.trail[0]
        assert event["EventId"] == record["eventID"]
        assert event["ReadOnly"] == "false"
        assert event["Username"] == "learner"
        assert event["EventSource"] == "iam.amazonaws.com"
        assert event["AccessKeyId"] == record["userIdentity"]["accessKeyId"]
        assert event["Resources"] == [{"ResourceType": "AWS::IAM::User", "ResourceName": "ann"}]

    ATTRIBUTES: dict[str, tuple[str, str, list[str]]] = {
        "EventName": ("EventName", "CreateUser", ["CreateUser"]),
        "EventSource": ("EventSource", "iam.amazonaws.com", ["ListUsers", "CreateUser"]),
        "ReadOnly": ("ReadOnly", "true", ["ListUsers"]),
        "Username": ("Username", "learner", ["CreateBucket", "ListUsers", "CreateUser"]),
        "ResourceName": ("ResourceName", "first", ["CreateBucket"]),
        "ResourceType": ("ResourceType", "AWS::IAM::User", ["CreateUser"]),
        "case counts": ("EventName", "createuser", []),
    }

    @pytest.mark.parametrize(("key", "value", "expected"), ATTRIBUTES.values(), ids=ATTRIBUTES)
    def test_one_attribute_filters(
        self, history: Any, key: str, value: str, expected: list[str]
    ) -> None:
        assert self.found(history, key, value) == expected

    def test_by_id_and_by_key(self, sandbox: Sandbox, history: Any) -> None:
        first = sandbox.trail[0]
        assert self.found(history, "EventId", first["eventID"]) == ["CreateUser"]
        key = first["userIdentity"]["accessKeyId"]
        assert "CreateUser" in self.found(history, "AccessKeyId", key)

    def test_pages(self, history: Any) -> None:
        pages = history.get_paginator("lookup_events").paginate(
            PaginationConfig={"PageSize": 2}, LookupAttributes=[]
        )
        seen = [[event["EventName"] for event in page["Events"]] for page in pages]
        assert seen == [["CreateBucket", "ListUsers"], ["CreateUser"]]

    def test_a_token_goes_on_where_it_was_whatever_happens_since(self, history: Any) -> None:
        page = history.lookup_events(MaxResults=1)
        boto3.client("iam").create_user(UserName="eve")
        after = history.lookup_events(MaxResults=1, NextToken=page["NextToken"])
        assert [each["EventName"] for each in after["Events"]] == ["ListUsers"]

    def test_times(self, history: Any) -> None:
        now = datetime.now(UTC)
        hour = timedelta(hours=1)
        assert history.lookup_events(StartTime=now - hour, EndTime=now + hour)["Events"]
        assert history.lookup_events(EndTime=now - hour)["Events"] == []
        assert history.lookup_events(StartTime=now + hour)["Events"] == []

    def test_another_region_has_its_own_history(self, history: Any) -> None:
        boto3.client("sqs", region_name="eu-west-1").list_queues()
        away = boto3.client("cloudtrail", region_name="eu-west-1")
        assert [each["EventName"] for each in away.lookup_events()["Events"]] == ["ListQueues"]

    def test_another_account_has_its_own_history(self, sandbox: Sandbox, history: Any) -> None:
        assert sandbox.admin(OTHER).client("cloudtrail").lookup_events()["Events"] == []

    WRONG: dict[str, tuple[dict[str, Any], str]] = {
        "one attribute at most": (
            {
                "LookupAttributes": [
                    {"AttributeKey": "EventName", "AttributeValue": "a"},
                    {"AttributeKey": "ReadOnly", "AttributeValue": "true"},
                ]
            },
            "InvalidLookupAttributesException",
        ),
        "attributes have names": (
            {"LookupAttributes": [{"AttributeKey": "Color", "AttributeValue": "red"}]},
            "InvalidLookupAttributesException",
        ),
        "50 results at most": ({"MaxResults": 51}, "InvalidMaxResultsException"),
        "the start is before the end": (
            {"StartTime": datetime(2026, 2, 1), "EndTime": datetime(2026, 1, 1)},
            "InvalidTimeRangeException",
        ),
        "a token is one of ours": ({"NextToken": "bm90aGluZw=="}, "InvalidNextTokenException"),
    }

    @pytest.mark.parametrize(("given", "code"), WRONG.values(), ids=WRONG)
    def test_a_question_is_checked(
        self, history: Any, refused: Refused, given: dict[str, Any], code: str
    ) -> None:
        assert refused(history.lookup_events, **given)[0] == code

    def test_a_token_is_good_for_its_question_alone(self, history: Any, refused: Refused) -> None:
        token = history.lookup_events(MaxResults=1)["NextToken"]
        other = [{"AttributeKey": "ReadOnly", "AttributeValue": "true"}]
        code, _ = refused(history.lookup_events, NextToken=token, LookupAttributes=other)
        assert code == "InvalidNextTokenException"
