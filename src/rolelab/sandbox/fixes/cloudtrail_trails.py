"""Trails: their names, their Region, their bucket and their key.

moto makes a trail over another one of its name, reads no bucket policy, lets a trail be deleted
that does not exist, and finds a trail by its ARN in some operations alone.

Pages: *CreateTrail*, *UpdateTrail*, *DeleteTrail* (CloudTrail API Reference); *Amazon S3 bucket
policy for CloudTrail*; *Configure AWS KMS key policies for CloudTrail*; *Quotas in AWS CloudTrail*.
The sentences of the refusals are AWS's answers as they are widely reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rolelab.sandbox import principals
from rolelab.sandbox.authorization import Denied, authorize
from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.operations.kms_keys import key_arn
from rolelab.sandbox.organizations import membership
from rolelab.sandbox.resource_policies.kms import kms_key
from rolelab.sandbox.resource_policies.s3 import bucket
from rolelab.sandbox.service_credentials import issue

SERVICE = "cloudtrail.amazonaws.com"
MOST_TRAILS = 5
"""Trails in one Region (*Quotas in AWS CloudTrail*)."""

_ADJACENT = re.compile(r"[._-]{2}")


def backend(account: str, region: str) -> Any:
    """moto's CloudTrail of an account and Region."""
    from moto.cloudtrail.models import cloudtrail_backends

    return cloudtrail_backends[account][region]


def trails() -> Iterator[Any]:
    """Every trail of every account and Region."""
    from moto.cloudtrail.models import cloudtrail_backends

    for account in list(cloudtrail_backends.values()):
        for stored in list(account.values()):
            yield from list(stored.trails.values())


def trail_of(call: Call, named: str, *, at_home: bool = True) -> Any:
    """Find the trail that a call names, by its name or its ARN.

    Args:
        call: the call.
        named: the name or ARN.
        at_home: the operation must be called in the Region where the trail was made.

    Raises:
        ServiceError: TrailNotFoundException; InvalidHomeRegionException.
    """
    own = [trail for trail in trails() if trail.account_id == call.account]
    found = [trail for trail in own if named in (trail.arn, trail.trail_name)]
    here = [trail for trail in found if trail.region_name == call.region]
    if here:
        return here[0]
    shadows = [trail for trail in found if trail.is_multi_region or named == trail.arn]
    if not shadows:
        region = named if named.startswith("arn:") else _arn(call, named)
        raise ServiceError(
            "TrailNotFoundException", f"Unknown trail: {region} for the user: {call.account}"
        )
    if at_home:
        raise ServiceError(
            "InvalidHomeRegionException",
            f"The home region of trail {shadows[0].trail_name} is {shadows[0].region_name}: "
            "call this operation there.",
        )
    return shadows[0]


def _arn(call: Call, name: str) -> str:
    return f"arn:{call.partition}:cloudtrail:{call.region}:{call.account}:trail/{name}"


@fix("cloudtrail", "CreateTrail")
def create_trail(call: Call, response: Any, serve: Any) -> Answer:
    """Everything about the trail is checked before it is made."""
    asked, stored = call.parameters, backend(call.account, call.region)
    name = str(asked["Name"])
    _check_name(name)
    if name in stored.trails:
        raise ServiceError(
            "TrailAlreadyExistsException",
            f"Trail {name} already exists for customer: {call.account}",
        )
    if len(stored.trails) >= MOST_TRAILS:
        raise ServiceError(
            "MaximumNumberOfTrailsExceededException",
            f"User: {call.account} already has {MOST_TRAILS} trails in {call.region}.",
        )
    made = _new(call, name)
    _check(call, made.arn, asked)
    stored.trails[name] = made
    stored.tagging_service.tag_resource(made.arn, asked.get("TagsList", []))
    return Answer(described(made))


@fix("cloudtrail", "UpdateTrail")
def update_trail(call: Call, response: Any, serve: Any) -> Answer:
    """What changes is checked as at the beginning."""
    asked = call.parameters
    found = trail_of(call, str(asked["Name"]))
    before = {
        "S3BucketName": found.bucket_name,
        "S3KeyPrefix": found.s3_key_prefix,
        "IsMultiRegionTrail": found.is_multi_region,
        "IncludeGlobalServiceEvents": found.include_global_service_events,
        "IsOrganizationTrail": found.is_org_trail,
    }
    _check(call, found.arn, {**before, **asked})
    found.update(
        asked.get("S3BucketName"),
        asked.get("S3KeyPrefix"),
        asked.get("SnsTopicName"),
        asked.get("IncludeGlobalServiceEvents"),
        asked.get("IsMultiRegionTrail"),
        asked.get("EnableLogFileValidation"),
        asked.get("IsOrganizationTrail"),
        asked.get("CloudWatchLogsLogGroupArn"),
        asked.get("CloudWatchLogsRoleArn"),
        _key(call, asked),
    )
    return Answer(described(found))


@fix("cloudtrail", "DeleteTrail")
def delete_trail(call: Call, response: Any, serve: Any) -> Answer:
    """moto deletes by name alone, and says nothing of a trail that is not there."""
    found = trail_of(call, str(call.parameters["Name"]))
    del backend(call.account, call.region).trails[found.trail_name]
    return Answer()


@fix("cloudtrail", "GetTrail")
def get_trail(call: Call, response: Any, serve: Any) -> Answer:
    """moto never tells of event selectors."""
    found = trail_of(call, str(call.parameters["Name"]), at_home=False)
    return Answer({"Trail": described(found)})


@fix("cloudtrail", "DescribeTrails")
def describe_trails(call: Call, response: Any, serve: Any) -> Answer:
    """moto leaves the list of names out of account."""
    shadows = call.parameters.get("includeShadowTrails", True)
    listed = call.parameters.get("trailNameList")
    found = [
        trail
        for trail in trails()
        if trail.account_id == call.account
        and (trail.region_name == call.region or (shadows and trail.is_multi_region))
        and (not listed or trail.trail_name in listed or trail.arn in listed)
    ]
    return Answer({"trailList": [described(trail) for trail in found]})


def described(trail: Any) -> dict[str, Any]:
    """A trail as every answer shows it."""
    custom = bool(trail.event_selectors or trail.advanced_event_selectors)
    members = {
        **trail.description(include_region=True),
        "HasCustomEventSelectors": custom,
        "HasInsightSelectors": bool(trail.insight_selectors),
    }
    return {name: value for name, value in members.items() if value is not None}


def _check_name(name: str) -> None:
    """moto's own rules follow when the trail is made; this is the one it lacks."""
    if _ADJACENT.search(name):
        raise ServiceError(
            "InvalidTrailNameException",
            "Trail name cannot have adjacent periods (.), hyphens (-), or underscores (_).",
        )


def _new(call: Call, name: str) -> Any:
    from moto.cloudtrail.models import Trail

    asked = call.parameters
    made: Any = type("_Trail", (Trail,), {"check_bucket_exists": lambda trail: None})
    return made(
        call.account,
        call.region,
        name,
        asked["S3BucketName"],
        asked.get("S3KeyPrefix"),
        asked.get("SnsTopicName"),
        asked.get("IncludeGlobalServiceEvents", True),
        asked.get("IsMultiRegionTrail", False),
        asked.get("EnableLogFileValidation", False),
        asked.get("IsOrganizationTrail", False),
        asked.get("CloudWatchLogsLogGroupArn"),
        asked.get("CloudWatchLogsRoleArn"),
        _key(call, asked),
    )


def _key(call: Call, asked: Mapping[str, Any]) -> str | None:
    named = asked.get("KmsKeyId")
    return key_arn(str(named), (call.account,), call.region, call) if named else None


def _check(call: Call, arn: str, asked: Mapping[str, Any]) -> None:
    """Check a trail as a whole.

    Raises:
        ServiceError: the first thing that is wrong.
    """
    if asked.get("IsMultiRegionTrail") and not asked.get("IncludeGlobalServiceEvents", True):
        raise ServiceError(
            "InvalidParameterCombinationException",
            "Multi-Region trail must include global service events.",
        )
    if bool(asked.get("CloudWatchLogsLogGroupArn")) != bool(asked.get("CloudWatchLogsRoleArn")):
        raise ServiceError(
            "InvalidParameterCombinationException",
            "CloudWatchLogsLogGroupArn and CloudWatchLogsRoleArn are given together.",
        )
    if asked.get("IsOrganizationTrail"):
        _check_organization(call)
    name = str(asked["S3BucketName"])
    if bucket(name) is None:
        raise ServiceError("S3BucketDoesNotExistException", f"S3 bucket {name} does not exist!")
    prefix = prefix_of(asked.get("S3KeyPrefix"))
    probe = f"{prefix}AWSLogs/{call.account}/CloudTrail/"
    for operation, given in (
        ("GetBucketAcl", {"Bucket": name}),
        ("PutObject", {"Bucket": name, "Key": probe, "ACL": "bucket-owner-full-control"}),
    ):
        if not allowed(call, arn, "s3", operation, given):
            raise ServiceError(
                "InsufficientS3BucketPolicyException",
                f"Incorrect S3 bucket policy is detected for bucket: {name}",
            )
    key = _key(call, asked)
    if key is not None:
        _check_key(call, arn, name, key)


def _check_organization(call: Call) -> None:
    known = membership(call.account)
    if known is None:
        raise ServiceError(
            "OrganizationsNotInUseException",
            "Your account is not a member of an organization.",
        )
    if not known.is_management:
        raise ServiceError(
            "NotOrganizationMasterAccountException",
            "Only the management account of an organization makes an organization trail.",
        )


def _check_key(call: Call, arn: str, name: str, key: str) -> None:
    stored = kms_key(key)
    if stored is None:
        raise ServiceError("KmsKeyNotFoundException", f"KMS key {key} does not exist.")
    if stored.key_state != "Enabled":
        raise ServiceError("KmsKeyDisabledException", f"KMS key {key} is disabled.")
    given = {"KeyId": key, "KeySpec": "AES_256", "EncryptionContext": {"aws:cloudtrail:arn": arn}}
    if not allowed(call, arn, "kms", "GenerateDataKey", given):
        raise ServiceError(
            "InsufficientEncryptionPolicyException",
            f"Insufficient permissions to access S3 bucket {name} or KMS key {key}.",
        )


def prefix_of(given: Any) -> str:
    """The start of every key that a trail writes."""
    return f"{given}/" if given else ""


def allowed(call: Call, arn: str, service: str, operation: str, given: Mapping[str, Any]) -> bool:
    """Whether CloudTrail itself may do something for a trail, as the resource's policy has it."""
    source = {"aws:SourceArn": arn, "aws:SourceAccount": call.account}
    keys = issue(SERVICE, call.account, partition=call.partition, source=source)
    key = principals.key_of(keys.access_key_id)
    assert key is not None
    caller = principals.resolve(key)
    kept = ("aws:CurrentTime", "aws:EpochTime", "aws:RequestedRegion", "aws:SecureTransport")
    context = {name: call.context[name] for name in kept if name in call.context}
    probe = Call(
        service=service,
        operation=operation,
        parameters=given,
        account=call.account,
        region=call.region,
        partition=call.partition,
        principal=SERVICE,
        context={**context, **caller.context},
        headers={"x-amz-acl": "bucket-owner-full-control"},
        access_key_id=keys.access_key_id,
    )
    try:
        authorize(probe, caller)
    except (Denied, ServiceError):
        return False
    return True
