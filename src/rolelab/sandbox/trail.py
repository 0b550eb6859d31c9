"""The account's activity log, in the shape of CloudTrail records.

Pages: *CloudTrail record contents for management, data, and network activity events*,
*CloudTrail userIdentity element*, *Amazon S3 CloudTrail events*,
*Logging IAM and AWS STS API calls with AWS CloudTrail*.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, overload

from rolelab.sandbox import trail_keys
from rolelab.sandbox.call import Call
from rolelab.sandbox.decoding import model_of
from rolelab.sandbox.principals import Principal

if TYPE_CHECKING:
    import pandas as pd

Record = dict[str, Any]

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
_COLUMNS = ("time", "user", "source", "event", "region", "error", "message", "request", "record")

_READ_PREFIXES = (
    "Get",
    "List",
    "Describe",
    "Head",
    "Lookup",
    "Search",
    "Query",
    "Scan",
    "Select",
    "BatchGet",
    "BatchCheck",
    "Check",
    "Simulate",
    "Decode",
    "Filter",
    "AssumeRole",
    "Encrypt",
    "Decrypt",
    "GenerateDataKey",
    "GenerateMac",
    "Verify",
    "Converse",
    "InvokeModel",
)
# Reads whose answer CloudTrail records all the same: they hand out credentials.
_ANSWERED_READS = ("AssumeRole", "GetSessionToken", "GetFederationToken")

_DATA_EVENTS: Mapping[str, frozenset[str]] = {
    "s3": frozenset(
        {
            "AbortMultipartUpload",
            "CompleteMultipartUpload",
            "CopyObject",
            "CreateMultipartUpload",
            "DeleteObject",
            "DeleteObjectTagging",
            "DeleteObjects",
            "GetObject",
            "GetObjectAcl",
            "GetObjectAttributes",
            "GetObjectLegalHold",
            "GetObjectRetention",
            "GetObjectTagging",
            "GetObjectTorrent",
            "HeadBucket",
            "HeadObject",
            "ListMultipartUploads",
            "ListObjectVersions",
            "ListObjects",
            "ListObjectsV2",
            "ListParts",
            "PutObject",
            "PutObjectAcl",
            "PutObjectLegalHold",
            "PutObjectRetention",
            "PutObjectTagging",
            "RestoreObject",
            "SelectObjectContent",
            "UploadPart",
            "UploadPartCopy",
        }
    ),
    "dynamodb": frozenset(
        {
            "BatchExecuteStatement",
            "BatchGetItem",
            "BatchWriteItem",
            "DeleteItem",
            "ExecuteStatement",
            "ExecuteTransaction",
            "GetItem",
            "PutItem",
            "Query",
            "Scan",
            "TransactGetItems",
            "TransactWriteItems",
            "UpdateItem",
        }
    ),
    "lambda": frozenset({"Invoke", "InvokeAsync"}),
    "sns": frozenset({"Publish", "PublishBatch"}),
    "sqs": frozenset(
        {
            "ChangeMessageVisibility",
            "DeleteMessage",
            "ReceiveMessage",
            "SendMessage",
        }
    ),
}
"""Operations on what a resource holds: data events, not management events."""

EVENT_NAMES: Mapping[tuple[str, str], str] = {
    ("s3", "ListObjectsV2"): "ListObjects",
    ("s3", "GetPublicAccessBlock"): "GetBucketPublicAccessBlock",
    ("s3", "PutPublicAccessBlock"): "PutBucketPublicAccessBlock",
    ("s3", "DeletePublicAccessBlock"): "DeleteBucketPublicAccessBlock",
    ("s3", "GetBucketLifecycleConfiguration"): "GetBucketLifecycle",
    ("s3", "PutBucketLifecycleConfiguration"): "PutBucketLifecycle",
    ("s3", "GetBucketNotificationConfiguration"): "GetBucketNotification",
    ("s3", "PutBucketNotificationConfiguration"): "PutBucketNotification",
}
"""Where CloudTrail names an event otherwise than the API (*Amazon S3 CloudTrail events*)."""


@dataclass(slots=True)
class Entry:
    """What the gate keeps of one call; the record is made when somebody reads it.

    Attributes:
        secure: the call came over TLS.
        presigned: the signature was in the query string.
        recipient: the account in whose log the event belongs.
        error_code: the code of a denial; None if moto's own answer holds the error.
        status: the HTTP status of the answer; 0 if there has been none yet.
        answer: the output members, where no response was serialized: a service's own calls.
        seconds: how long the answer took.
    """

    request_id: str
    at: float
    call: Call
    principal: Principal
    secure: bool
    presigned: bool
    recipient: str
    status: int = 0
    headers: Mapping[str, Any] | None = None
    body: str | bytes = b""
    error_code: str | None = None
    error_message: str | None = None
    answer: Mapping[str, Any] | None = None
    seconds: float = 0.0


class Trail(Sequence[Record]):
    """Every call made to the account, oldest first, as CloudTrail 1.11 records.

    It reads like a list of dictionaries. Calls whose sender could not be authenticated are not
    in it: CloudTrail does not log those either.
    """

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    def add(self, entry: Entry) -> None:
        """Append a call. Its outcome may be filled in later."""
        with self._lock:
            self._entries.append(entry)

    def entries(self, start: int = 0) -> list[Entry]:
        """What the records are made of, from a position on. Calls under way have status 0."""
        return self._entries[start:]

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> Record: ...

    @overload
    def __getitem__(self, index: slice) -> list[Record]: ...

    def __getitem__(self, index: int | slice) -> Record | list[Record]:
        if isinstance(index, slice):
            return [record_of(entry) for entry in self._entries[index]]
        return record_of(self._entries[index])

    def __iter__(self) -> Iterator[Record]:
        return (record_of(entry) for entry in list(self._entries))

    def __repr__(self) -> str:
        count = len(self)
        if count == 0:
            return "CloudTrail: no calls yet"
        last = self[-1]
        outcome = last.get("errorCode", "ok")
        calls = "call" if count == 1 else "calls"
        return f"CloudTrail: {count} {calls}, the last {last['eventName']} ({outcome})"

    def to_frame(self) -> pd.DataFrame:
        """The trail as a pandas table, one row for each call.

        Returns:
            A DataFrame with the columns ``time`` (UTC), ``user`` (who called: the user's name, or
            ``role/session``), ``source`` (the service, ``s3.amazonaws.com``), ``event``,
            ``region``, ``error`` and ``message`` (missing if the call succeeded), ``request`` (the
            request parameters) and ``record`` (the whole CloudTrail record).
        """
        import pandas as pd

        rows = [
            (
                record["eventTime"],
                user_of(record["userIdentity"]),
                record["eventSource"],
                record["eventName"],
                record["awsRegion"],
                record.get("errorCode"),
                record.get("errorMessage"),
                record["requestParameters"],
                record,
            )
            for record in self
        ]
        frame = pd.DataFrame(rows, columns=list(_COLUMNS))
        frame["time"] = pd.to_datetime(frame["time"], utc=True)
        return frame


def record_of(entry: Entry) -> Record:
    """The CloudTrail record of a call."""
    call = entry.call
    model = model_of(call.service)
    answer = _answer_of(entry)
    record: Record = {
        "eventVersion": "1.11",
        "userIdentity": _identity_of(entry, answer),
        "eventTime": _iso(entry.at),
        "eventSource": f"{model.signing_name}.amazonaws.com",
        "eventName": EVENT_NAMES.get((call.service, call.operation), call.operation),
        "awsRegion": call.region,
        "sourceIPAddress": _sender_of(entry),
        "userAgent": _agent_of(entry),
    }
    record.update(_error_of(entry, answer))
    record["requestParameters"] = _request_parameters(call)
    record["responseElements"] = _response_elements(entry, answer)
    if call.service == "s3":
        record["additionalEventData"] = {
            "SignatureVersion": "SigV4",
            "AuthenticationMethod": "QueryString" if entry.presigned else "AuthHeader",
        }
    record["requestID"] = entry.request_id
    record["eventID"] = str(uuid.uuid5(uuid.NAMESPACE_URL, entry.request_id))
    record["readOnly"] = is_read_only(call.operation)
    resources = _resources_of(call)
    if resources:
        record["resources"] = resources
    is_data = call.operation in _DATA_EVENTS.get(call.service, ())
    record["eventType"] = "AwsApiCall"
    record["managementEvent"] = not is_data
    record["recipientAccountId"] = entry.recipient
    record["eventCategory"] = "Data" if is_data else "Management"
    if entry.secure:
        record["tlsDetails"] = {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": call.headers.get("host", ""),
        }
    return record


def is_read_only(operation: str) -> bool:
    """Whether an operation changes nothing, judged by its name as AWS names operations."""
    return operation.startswith(_READ_PREFIXES)


@cache
def keeps_answer(service: str, operation: str) -> bool:
    """Whether a record holds the answer of a successful call: those that changed something.

    Data events of DynamoDB never do. Page: *Understanding DynamoDB log file entries*.
    """
    if service == "s3" or _is_about_items(service, operation):
        return False
    return not is_read_only(operation) or operation.startswith(_ANSWERED_READS)


def _is_about_items(service: str, operation: str) -> bool:
    return service == "dynamodb" and operation in _DATA_EVENTS["dynamodb"]


def user_of(identity: Mapping[str, Any]) -> str:
    """A short name for who called: ``alice``, ``role/session``, a service, or its type."""
    if identity["type"] == "AWSService":
        return str(identity["invokedBy"])
    arn = identity.get("arn", "")
    if ":assumed-role/" in arn or ":federated-user/" in arn:
        return str(arn.split("/", 1)[1])
    return str(identity.get("userName") or ("root" if arn.endswith(":root") else identity["type"]))


def _identity_of(entry: Entry, answer: Mapping[str, Any]) -> Record:
    """The ``userIdentity`` element (*CloudTrail userIdentity element*)."""
    principal = entry.principal
    if principal.kind == "Anonymous":
        return _outsider(entry.call, answer)
    if principal.kind == "AWSService":
        return {"type": "AWSService", "invokedBy": principal.arn}
    identity: Record = {
        "type": principal.kind,
        "principalId": principal.user_id,
        "arn": principal.arn,
        "accountId": principal.account,
        "accessKeyId": principal.access_key_id,
    }
    if principal.kind == "IAMUser":
        identity["userName"] = principal.user_name
    session = principal.session
    if session is not None:
        identity["sessionContext"] = context = {
            "attributes": {
                "creationDate": session.issued.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "mfaAuthenticated": "true" if session.mfa else "false",
            }
        }
        issuer = _issuer_of(principal)
        if issuer:
            context["sessionIssuer"] = issuer
        if session.provider is not None and not session.provider.startswith("arn:"):
            federation: dict[str, Any] = {"federatedProvider": session.provider, "attributes": {}}
            context["webIdFederationData"] = federation
        if session.source_identity is not None:
            identity["sessionContext"]["sourceIdentity"] = session.source_identity
    if principal.called_via:
        identity["invokedBy"] = principal.called_via[-1]
    return identity


def _service_of(principal: Principal) -> str | None:
    """The service that made a call, in its own name or for a caller."""
    if principal.kind == "AWSService":
        return principal.arn
    return principal.called_via[-1] if principal.called_via else None


def _sender_of(entry: Entry) -> Any:
    """The address a call came from; for a call that a service made, the service's name."""
    return _service_of(entry.principal) or entry.call.context.get("aws:SourceIp")


def _agent_of(entry: Entry) -> str:
    return _service_of(entry.principal) or entry.call.headers.get("user-agent", "")


def _issuer_of(principal: Principal) -> dict[str, str]:
    session = principal.session
    assert session is not None
    if principal.kind not in ("AssumedRole", "FederatedUser"):
        return {}
    name = session.issuer_arn.rsplit("/", 1)[-1]
    account = {"arn": session.issuer_arn, "accountId": session.account}
    if principal.kind == "AssumedRole":
        role_id = session.principal_id.split(":", 1)[0]
        return {"type": "Role", "principalId": role_id, **account, "userName": name}
    if session.issuer_arn.endswith(":root"):
        return {"type": "Root", "principalId": session.account, **account}
    return {"type": "IAMUser", "principalId": session.issuer_id, **account, "userName": name}


def _outsider(call: Call, answer: Mapping[str, Any]) -> Record:
    """A caller without a signature: anonymous, or vouched for by an identity provider."""
    if call.operation == "AssumeRoleWithSAML":
        qualifier, subject = answer.get("NameQualifier", ""), answer.get("Subject", "")
        return {
            "type": "SAMLUser",
            "principalId": f"{qualifier}:{subject}",
            "userName": subject,
            "identityProvider": qualifier,
        }
    if call.operation == "AssumeRoleWithWebIdentity":
        provider, subject = (
            answer.get("Provider", ""),
            answer.get("SubjectFromWebIdentityToken", ""),
        )
        return {
            "type": "WebIdentityUser",
            "principalId": f"{provider}:{answer.get('Audience', '')}:{subject}",
            "userName": subject,
            "identityProvider": provider,
        }
    return {"type": "AWSAccount", "principalId": "", "accountId": "anonymous"}


def _error_of(entry: Entry, answer: Mapping[str, Any]) -> dict[str, str]:
    code, message = entry.error_code, entry.error_message
    if code is None and entry.status >= 400:
        error = answer.get("Error", {})
        code, message = str(error.get("Code") or entry.status), str(error.get("Message", ""))
    if code is None:
        return {}
    if entry.call.service == "ec2":
        code = f"Client.{code}"
    return {"errorCode": code, "errorMessage": message or ""}


def _answer_of(entry: Entry) -> Mapping[str, Any]:
    """What the service answered, read back with botocore's parser."""
    if entry.answer is not None:
        return entry.answer
    if not entry.body or entry.status == 0:
        return {}
    model = model_of(entry.call.service)
    body = entry.body.encode() if isinstance(entry.body, str) else entry.body
    headers = {name.lower(): str(value) for name, value in (entry.headers or {}).items()}
    shape = model.operation_model(entry.call.operation).output_shape
    response = {"status_code": entry.status, "headers": headers, "body": body}
    parsed: Mapping[str, Any] = _response_parser(str(model.protocol)).parse(response, shape)
    return parsed


@cache
def _response_parser(protocol: str) -> Any:
    from botocore.parsers import create_parser

    return create_parser(protocol)


def _request_parameters(call: Call) -> Record | None:
    shape = model_of(call.service).operation_model(call.operation).input_shape
    if shape is None or not call.parameters:
        return None
    if _is_about_items(call.service, call.operation):
        from rolelab.sandbox.trail_items import shown_parameters

        return shown_parameters(call)
    if call.service == "bedrock-runtime":
        # Published records of Converse and InvokeModel name the model and nothing else: no prompt,
        # no answer. Those are in the model invocation log, if somebody turns that on.
        return {"modelId": call.parameters["modelId"]} if "modelId" in call.parameters else None
    shown = _shown(call.parameters, shape, hide=True)
    for name in _SECRET_MEMBERS.get((call.service, call.operation), ()):
        if name in shown:
            shown[name] = HIDDEN
    if call.service == "kms" and call.operation in trail_keys.SHOWN:
        shown = trail_keys.without_data(call, shown)
    if call.service == "s3":
        if "bucket" in shown:
            shown = {"bucketName": shown.pop("bucket"), **shown}
        shown["Host"] = call.headers.get("host", "")
    return dict(shown)


def _response_elements(entry: Entry, answer: Mapping[str, Any]) -> Record | None:
    call = entry.call
    if entry.error_code is not None or not 200 <= entry.status < 300 or not answer:
        return None
    if not keeps_answer(call.service, call.operation):
        return None
    shape = model_of(call.service).operation_model(call.operation).output_shape
    if shape is None:
        return None
    members = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    return _shown(members, shape, hide=False) or None


def _shown(value: Any, shape: Any, hide: bool) -> Any:
    """A value as CloudTrail shows it: names in lower camel case.

    Secrets of a request are hidden, those of an answer are left out.
    """
    kind = shape.type_name
    if kind == "structure":
        return {
            name[:1].lower() + name[1:]: _shown(member, shape.members[name], hide)
            for name, member in value.items()
            if name in shape.members and (hide or not shape.members[name].metadata.get("sensitive"))
        }
    if shape.metadata.get("sensitive") or shape.name in _SECRET_SHAPES or kind == "blob":
        return HIDDEN
    if kind == "list":
        return [_shown(member, shape.member, hide) for member in value]
    if kind == "map":
        return {name: _shown(member, shape.value, hide) for name, member in value.items()}
    if isinstance(value, datetime):
        # botocore reads times in the machine's own zone; CloudTrail's are UTC.
        value = value.astimezone(UTC) if value.tzinfo is not None else value
        return f"{value:%b} {value.day}, {value.year} {value:%I:%M:%S %p}".replace(" 0", " ")
    return value


# Secrets that botocore's models do not mark as sensitive: session tokens, MFA codes.
_SECRET_SHAPES = frozenset({"tokenType", "tokenCodeType"})
# The content of messages. Pages: *Logging Amazon SQS API calls using CloudTrail*, *Logging AWS SNS
# API calls using AWS CloudTrail*, data events. CloudTrail does not log PutLogEvents at all
# (*Logging CloudWatch Logs API and console operations in AWS CloudTrail*); here the call is shown,
# not its text.
_SECRET_MEMBERS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("logs", "PutLogEvents"): ("logEvents",),
    ("sns", "Publish"): ("message", "subject", "messageAttributes"),
    ("sqs", "SendMessage"): ("messageBody",),
}


def _resources_of(call: Call) -> list[dict[str, str]]:
    from rolelab.sandbox.operations import resources_of

    return resources_of(call)


def _iso(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
