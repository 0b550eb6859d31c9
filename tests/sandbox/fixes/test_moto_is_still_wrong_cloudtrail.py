"""Every fix of CloudTrail is still needed: raw moto, without the gate, still answers wrongly.

A row that fails is good news: moto has become right, and the fix that the row names can go.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.usefixtures("raw_moto")

BASIC = [{"ReadWriteType": "All"}]
ADVANCED = [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]


@pytest.fixture
def raw(raw_moto: None) -> SimpleNamespace:
    """CloudTrail of raw moto, with a trail and its bucket, which has no policy."""
    s3, client = boto3.client("s3"), boto3.client("cloudtrail")
    s3.create_bucket(Bucket="trail-bucket")
    client.create_trail(Name="audit", S3BucketName="trail-bucket")
    return SimpleNamespace(client=client, s3=s3)


def taken(operation: Callable[..., Any], **parameters: Any) -> bool:
    """Does moto take a call that AWS refuses?"""
    try:
        operation(**parameters)
    except ClientError:
        return False
    return True


def unsupported(operation: Callable[..., Any], **parameters: Any) -> bool:
    try:
        operation(**parameters)
    except NotImplementedError:
        return True
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"] in {404, 501}
    return False


def delivers_nothing(raw: SimpleNamespace) -> bool:
    raw.client.start_logging(Name="audit")
    boto3.client("iam").create_user(UserName="ann")
    status = raw.client.get_trail_status(Name="audit")
    listed = raw.s3.list_objects_v2(Bucket="trail-bucket")["KeyCount"]
    return bool(status["LatestDeliveryTime"]) and listed == 0


def keeps_advanced_selectors(raw: SimpleNamespace) -> bool:
    raw.client.put_event_selectors(TrailName="audit", AdvancedEventSelectors=ADVANCED)
    raw.client.put_event_selectors(TrailName="audit", EventSelectors=BASIC)
    found = raw.client.get_event_selectors(TrailName="audit")
    return bool(found["AdvancedEventSelectors"])


def hides_selectors(raw: SimpleNamespace) -> bool:
    raw.client.put_event_selectors(TrailName="audit", EventSelectors=BASIC)
    trail = raw.client.get_trail(Name="audit")["Trail"]
    return trail["HasCustomEventSelectors"] is False


def not_deleted_by_arn(raw: SimpleNamespace) -> bool:
    arn = raw.client.get_trail(Name="audit")["Trail"]["TrailARN"]
    raw.client.delete_trail(Name=arn)
    return bool(raw.client.describe_trails()["trailList"])


WRONG: dict[str, Callable[[SimpleNamespace], bool]] = {
    "CreateTrail: the bucket has no policy": lambda raw: bool(
        raw.client.describe_trails()["trailList"]
    ),
    "CreateTrail: a name that is taken": lambda raw: taken(
        raw.client.create_trail, Name="audit", S3BucketName="trail-bucket"
    ),
    "CreateTrail: two hyphens in a row": lambda raw: taken(
        raw.client.create_trail, Name="my--trail", S3BucketName="trail-bucket"
    ),
    "CreateTrail: a key that does not exist": lambda raw: taken(
        raw.client.create_trail, Name="other", S3BucketName="trail-bucket", KmsKeyId="alias/none"
    ),
    "UpdateTrail: a bucket that does not exist": lambda raw: taken(
        raw.client.update_trail, Name="audit", S3BucketName="no-such-bucket"
    ),
    "DeleteTrail: one that does not exist": lambda raw: taken(
        raw.client.delete_trail, Name="nobody"
    ),
    "DeleteTrail: by ARN": not_deleted_by_arn,
    "GetTrailStatus: a delivery that never was": delivers_nothing,
    "GetTrail: custom event selectors": hides_selectors,
    "PutEventSelectors: advanced ones stay": keeps_advanced_selectors,
    "PutEventSelectors: any number": lambda raw: taken(
        raw.client.put_event_selectors, TrailName="audit", EventSelectors=BASIC * 6
    ),
    "GetEventSelectors: the default one is missing": lambda raw: (
        not raw.client.get_event_selectors(TrailName="audit")["EventSelectors"]
    ),
    "LookupEvents is missing": lambda raw: unsupported(raw.client.lookup_events),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_moto_is_still_wrong(
    raw: SimpleNamespace, wrong: Callable[[SimpleNamespace], bool]
) -> None:
    assert wrong(raw)
