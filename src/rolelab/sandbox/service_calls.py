"""What an AWS service does when it calls another one.

It steps into one of your roles (`assume_role_as_service`): the role's trust policy alone decides.
It works for a caller whose identity it forwards (`on_behalf_of`): the caller's policies decide.
Or it calls in its own name (`as_service`): the policy of the resource decides.

Pages: *AWS JSON policy elements: Principal* (service principals), *The confused deputy problem*,
*Forward access sessions*, *CloudTrail userIdentity element* (type AWSService).
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from rolelab.iam import Decision, Policies, Request, evaluate
from rolelab.sandbox import (
    account,
    explain,
    organizations,
    sdk_core,
    service_credentials,
    sessions,
)
from rolelab.sandbox.call import Call
from rolelab.sandbox.operations import checks_of
from rolelab.sandbox.principals import Principal, organization_policies
from rolelab.sandbox.resource_policies import account_of, partition_of
from rolelab.sandbox.service_credentials import ServiceCredentials
from rolelab.sandbox.trail import Entry

if TYPE_CHECKING:
    import boto3

    from rolelab.sandbox.operations import Check
    from rolelab.sandbox.sessions import Session

_ONE_HOUR = 3600


def assume_role_as_service(
    service: str,
    role_arn: str,
    *,
    session_name: str,
    source_arn: str | None = None,
    source_account: str | None = None,
    duration: int = _ONE_HOUR,
) -> boto3.Session:
    """Let an AWS service step into a role, if the role's trust policy lets it in.

    Args:
        service: the service principal, such as ``"ecs-tasks.amazonaws.com"``.
        role_arn: the role.
        session_name: what the service calls its session.
        source_arn: the resource for which the service works (`aws:SourceArn`).
        source_account: the account for which it works (`aws:SourceAccount`).
        duration: seconds until the credentials expire.

    Returns:
        A boto3 session with the role's temporary credentials. The trail has an AssumeRole event,
        invoked by the service.

    Raises:
        botocore.exceptions.ClientError: AccessDenied, if the trust policy does not allow it or the
            role does not exist; `rolelab.why` finds the decision. The trail has that event too.
        RuntimeError: no sandbox is running.
    """
    sandbox = account.current()
    source = {"aws:SourceArn": source_arn, "aws:SourceAccount": source_account}
    call = _call(
        service,
        {"RoleArn": role_arn, "RoleSessionName": session_name, "DurationSeconds": duration},
        {key: value for key, value in source.items() if value is not None},
    )
    entry = _record(call)
    for check in checks_of(call):
        decision = _decide(call, check)
        if not decision.allowed:
            _refuse(entry, decision)
    session = sessions.issue(
        "assumed-role", issuer_arn=role_arn, name=session_name, duration=duration
    )
    entry.status, entry.answer = 200, _answer(session)
    return session_with(session, sandbox.region)


def on_behalf_of(call: Call, service: str, *, region: str | None = None) -> boto3.Session:
    """Let a service call others for the caller of a call: a forward access session.

    What is called is decided by the caller's own policies, with `aws:CalledVia` and
    `aws:ViaAWSService` in the context; the trail shows the caller, invoked by the service.

    Args:
        call: the call to the service, whose caller the service works for.
        service: the service principal, such as ``"cloudformation.amazonaws.com"``.
        region: where the service calls; None is the Region of the call.

    Returns:
        A boto3 session.

    Raises:
        ValueError: nobody signed the call, so there is no identity to forward.
    """
    if call.access_key_id is None:
        raise ValueError(f"{call.service}:{call.operation} was not signed: nobody to call for.")
    keys = service_credentials.issue(
        service, call.account, partition=call.partition, caller=call.access_key_id
    )
    return session_with(keys, region or call.region)


def as_service(
    service: str,
    *,
    source_arn: str | None = None,
    source_account: str,
    region: str,
) -> boto3.Session:
    """Let a service call others in its own name, such as CloudTrail writing to a bucket.

    Args:
        service: the service principal, such as ``"cloudtrail.amazonaws.com"``.
        source_arn: the resource for which the service works (`aws:SourceArn`).
        source_account: the account for which it works (`aws:SourceAccount`).
        region: where the service calls.

    Returns:
        A boto3 session. Only resource-based policies that name the service let it do anything.
    """
    source = {"aws:SourceAccount": source_account}
    if source_arn is not None:
        source["aws:SourceArn"] = source_arn
    return session_with(service_credentials.issue(service, source_account, source=source), region)


def session_with(session: Session | ServiceCredentials, region: str) -> boto3.Session:
    """A boto3 session that signs with temporary credentials of this account."""
    import boto3

    return boto3.Session(
        aws_access_key_id=session.access_key_id,
        aws_secret_access_key=session.secret_access_key,
        aws_session_token=session.session_token,
        region_name=region,
        botocore_session=sdk_core.session(),
    )


def _call(service: str, parameters: Mapping[str, Any], source: Mapping[str, str]) -> Call:
    sandbox = account.current()
    role_arn = str(parameters["RoleArn"])
    now = time.time()
    return Call(
        service="sts",
        operation="AssumeRole",
        parameters=parameters,
        account=account_of(role_arn) or sandbox.account_id,
        region=sandbox.region,
        partition=partition_of(role_arn),
        principal=service,
        context={
            "aws:CurrentTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
            "aws:EpochTime": str(int(now)),
            "aws:RequestedRegion": sandbox.region,
            "aws:SecureTransport": "true",
            **source,
            **organizations.source_keys(source.get("aws:SourceAccount")),
        },
        headers={"user-agent": service},
    )


def _decide(call: Call, check: Check) -> Decision:
    """Ask the trust policy. A service has no policies of its own, and SCPs do not reach it."""
    owner = check.resource_account or call.account
    _, resource_control = organization_policies(owner)
    if resource_control and not organizations.restricts(check.action, check.resource):
        resource_control = ()
    context = {**call.context, **organizations.resource_keys(owner), **check.context}
    return evaluate(
        Request(call.principal, check.action, check.resource, owner, context),
        Policies(resource=check.resource_policy, resource_control=resource_control),
    )


def _record(call: Call) -> Entry:
    entry = Entry(
        request_id=_new_id(),
        at=time.time(),
        call=call,
        principal=_principal(call),
        secure=False,
        presigned=False,
        recipient=call.account,
    )
    account.current().trail.add(entry)
    return entry


def _principal(call: Call) -> Principal:
    return Principal(
        arn=call.principal,
        account=call.account,
        partition=call.partition,
        kind="AWSService",
        user_id=None,
        user_name=None,
        access_key_id=None,
        session=None,
        context={},
    )


def _refuse(entry: Entry, decision: Decision) -> NoReturn:
    from botocore.exceptions import ClientError

    explain.remember(entry.request_id, decision)
    entry.status, entry.error_code, entry.error_message = 403, "AccessDenied", decision.message
    response: Any = {
        "Error": {"Type": "Sender", "Code": "AccessDenied", "Message": decision.message},
        "ResponseMetadata": {"RequestId": entry.request_id, "HTTPStatusCode": 403},
    }
    raise ClientError(response, "AssumeRole")


def _answer(session: Session) -> dict[str, object]:
    return {
        "Credentials": session.credentials,
        "AssumedRoleUser": {
            "AssumedRoleId": session.principal_id,
            "Arn": session.principal_arn,
        },
    }


def _new_id() -> str:
    text = os.urandom(16).hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
