"""Log files: what a trail writes to its bucket, and what its status says of it.

moto delivers nothing, and says it did. AWS delivers about every five minutes. Offline, a trail
delivers when somebody looks: at the listing of its bucket, at GetTrailStatus, and when logging
stops. So a cell that lists the bucket finds everything that happened before. CloudTrail writes in
its own name: the bucket policy decides, and a refusal stands in the status until it is repaired;
what could not be delivered is delivered then.

Pages: *CloudTrail log file examples* ("CloudTrail log file name format"), *Finding your CloudTrail
log files*, *GetTrailStatus*, *Amazon S3 bucket policy for CloudTrail*, *Sending events to
CloudWatch Logs*. (Digest files and SNS notifications are not modelled.)
"""

from __future__ import annotations

import base64
import gzip
import json
import secrets
import string
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from rolelab.sandbox import account
from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import FIXES, Answer, fix
from rolelab.sandbox.fixes.cloudtrail_selectors import selects
from rolelab.sandbox.fixes.cloudtrail_trails import SERVICE, prefix_of, trail_of, trails
from rolelab.sandbox.organizations import membership
from rolelab.sandbox.resource_policies.s3 import bucket
from rolelab.sandbox.service_calls import as_service, assume_role_as_service
from rolelab.sandbox.state import Store
from rolelab.sandbox.trail import Entry, Record, record_of

# How far back in the log a call that is under way is looked for.
_LAST = 100
_ALPHABET = string.ascii_letters + string.digits
# Services whose events are counted to one Region (*Global service events*).
_GLOBAL = frozenset(
    {
        "cloudfront.amazonaws.com",
        "iam.amazonaws.com",
        "organizations.amazonaws.com",
        "route53.amazonaws.com",
    }
)


@dataclass(slots=True)
class Delivery:
    """What a trail still has to deliver, and how it went so far.

    Attributes:
        position: where in the account's log the trail goes on reading.
        waiting: calls that were under way when it read last.
        undelivered: records that the bucket did not take.
        stream_made: the log stream is there. To make it again with each delivery would leave an
            error in the trail each time.
    """

    position: int = 0
    waiting: list[Entry] = field(default_factory=list)
    undelivered: list[Record] = field(default_factory=list)
    delivered_at: float | None = None
    error: str | None = None
    logs_at: float | None = None
    logs_error: str | None = None
    stream_made: bool = False
    lock: threading.RLock = field(default_factory=threading.RLock)


DELIVERIES: Store[dict[str, Delivery]] = Store(dict)
"""By the trail's ARN, kept with its account and Region."""


def _delivery(trail: Any) -> Delivery:
    kept = DELIVERIES.of(trail.account_id, trail.region_name)
    return kept.setdefault(trail.arn, Delivery())


@fix("cloudtrail", "StartLogging")
def start_logging(call: Call, response: Any, serve: Any) -> Answer:
    """From this call on, events are delivered."""
    found = trail_of(call, str(call.parameters["Name"]))
    if not found.status.is_logging:
        entries = account.current().trail.entries()
        state = _delivery(found)
        state.position = len(entries)
        # The call itself, which is under way, is an event of the trail.
        state.waiting = [entry for entry in entries[-_LAST:] if entry.call is call]
        found.start_logging()
    return Answer()


@fix("cloudtrail", "StopLogging")
def stop_logging(call: Call, response: Any, serve: Any) -> Answer:
    """What happened so far is still delivered."""
    found = trail_of(call, str(call.parameters["Name"]))
    if found.status.is_logging:
        deliver(found)
        found.stop_logging()
    return Answer()


@fix("cloudtrail", "GetTrailStatus")
def get_trail_status(call: Call, response: Any, serve: Any) -> Answer:
    """moto makes a delivery up."""
    found = trail_of(call, str(call.parameters["Name"]), at_home=False)
    deliver(found)
    state, status = _delivery(found), found.status
    members = {
        "IsLogging": status.is_logging,
        "LatestDeliveryError": state.error,
        "LatestDeliveryTime": state.delivered_at,
        "StartLoggingTime": status.started,
        "StopLoggingTime": status.stopped,
        "LatestCloudWatchLogsDeliveryError": state.logs_error,
        "LatestCloudWatchLogsDeliveryTime": state.logs_at,
    }
    return Answer({name: value for name, value in members.items() if value is not None})


def before_listing(call: Call, response: Any, serve: Any) -> Any:
    """Deliver what there is before somebody lists a trail's bucket."""
    for trail in trails():
        if trail.bucket_name == call.parameters.get("Bucket"):
            deliver(trail)
    return serve()


for _operation in ("ListObjects", "ListObjectsV2", "ListObjectVersions"):
    FIXES["s3", _operation].insert(0, before_listing)


def deliver(trail: Any) -> None:
    """Write what a trail has logged and not yet delivered. Nothing new: nothing is written."""
    if not trail.status.is_logging:
        return
    state = _delivery(trail)
    with state.lock:
        records = [*state.undelivered, *_collect(trail, state)]
        if not records:
            return
        _to_bucket(trail, state, records)
        if trail.cw_log_group_arn:
            _to_logs(trail, state, records)


def _collect(trail: Any, state: Delivery) -> list[Record]:
    fresh = account.current().trail.entries(state.position)
    state.position += len(fresh)
    seen = [*state.waiting, *fresh]
    state.waiting = [entry for entry in seen if entry.status == 0]
    accounts = _accounts(trail)
    return [
        record
        for entry in seen
        if entry.status and entry.recipient in accounts
        for record in (record_of(entry),)
        if _concerns(trail, record) and selects(trail, record)
    ]


def _accounts(trail: Any) -> frozenset[str]:
    known = membership(trail.account_id) if trail.is_org_trail else None
    if known is None:
        return frozenset({trail.account_id})
    return frozenset(str(each.id) for each in known.stored.accounts)


def _concerns(trail: Any, record: Record) -> bool:
    if record["eventSource"] in _GLOBAL and not trail.include_global_service_events:
        return False
    return bool(trail.is_multi_region) or record["awsRegion"] == trail.region_name


def _to_bucket(trail: Any, state: Delivery, records: list[Record]) -> None:
    if bucket(trail.bucket_name) is None:
        state.error, state.undelivered = "NoSuchBucket", records
        return
    session = as_service(
        SERVICE, source_arn=trail.arn, source_account=trail.account_id, region=trail.region_name
    )
    s3: Any = session.client("s3")
    state.undelivered = []
    for (owner, region), part in _files(records):
        body = gzip.compress(json.dumps({"Records": part}).encode(), mtime=0)
        try:
            s3.put_object(
                Bucket=trail.bucket_name,
                Key=_key(trail, owner, region),
                Body=body,
                ACL="bucket-owner-full-control",
                ContentType="application/json",
                ContentEncoding="gzip",
                **_encryption(trail),
            )
        except ClientError as error:
            state.error = error.response["Error"]["Code"]
            state.undelivered.extend(part)
        else:
            state.delivered_at, state.error = time.time(), None


def _files(records: list[Record]) -> Iterator[tuple[tuple[str, str], list[Record]]]:
    """One file for each account and Region."""
    parts: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        parts[record["recipientAccountId"], record["awsRegion"]].append(record)
    return iter(parts.items())


def _key(trail: Any, owner: str, region: str) -> str:
    """The name of a log file."""
    known = membership(trail.account_id) if trail.is_org_trail else None
    organization = f"{known.organization_id}/" if known is not None else ""
    now = time.gmtime()
    folder = f"AWSLogs/{organization}{owner}/CloudTrail/{region}/{time.strftime('%Y/%m/%d', now)}"
    unique = "".join(secrets.choice(_ALPHABET) for _ in range(16))
    moment = time.strftime("%Y%m%dT%H%MZ", now)
    file = f"{owner}_CloudTrail_{region}_{moment}_{unique}.json.gz"
    return f"{prefix_of(trail.s3_key_prefix)}{folder}/{file}"


def _encryption(trail: Any) -> dict[str, str]:
    """A trail with a key encrypts for itself: the encryption context names the trail.

    Page: *Configure AWS KMS key policies for CloudTrail*.
    """
    if not trail.kms_key_id:
        return {}
    context = json.dumps({"aws:cloudtrail:arn": trail.arn})
    return {
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": trail.kms_key_id,
        "SSEKMSEncryptionContext": base64.b64encode(context.encode()).decode(),
    }


def _to_logs(trail: Any, state: Delivery, records: list[Record]) -> None:
    """Send events to CloudWatch Logs through the trail's role."""
    group = trail.cw_log_group_arn.split(":log-group:", 1)[-1].split(":")[0]
    stream = f"{trail.account_id}_CloudTrail_{trail.region_name}"
    events = [
        {"timestamp": int(time.time() * 1000), "message": json.dumps(record)} for record in records
    ]
    try:
        session = assume_role_as_service(
            SERVICE,
            trail.cw_role_arn,
            session_name="CLOUDWATCH_LOGS_DELIVERY_SESSION",
            source_arn=trail.arn,
            source_account=trail.account_id,
        )
        logs: Any = session.client("logs", region_name=trail.region_name)
        if not state.stream_made:
            with suppress(logs.exceptions.ResourceAlreadyExistsException):
                logs.create_log_stream(logGroupName=group, logStreamName=stream)
            state.stream_made = True
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    except ClientError as error:
        state.logs_error, state.stream_made = error.response["Error"]["Code"], False
    else:
        state.logs_at, state.logs_error = time.time(), None
