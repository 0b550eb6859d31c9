"""Resource policies of CloudWatch Logs: read at the door, and those of a single log group.

AWS pages: *PutResourcePolicy*, *DeleteResourcePolicy* and *DescribeResourcePolicies* of the
CloudWatch Logs API Reference.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import Any

from rolelab.iam import PolicyError, parse
from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, Response, Serve, fix
from rolelab.sandbox.fixes.logs_errors import invalid_parameter, no_log_group, not_found
from rolelab.sandbox.resource_policies.logs import log_group, log_group_name
from rolelab.sandbox.state import Store

MAXIMUM_SIZE = 5120
"""Characters of a resource policy (*PutResourcePolicy*, policyDocument)."""


@dataclass(frozen=True, slots=True)
class ScopedPolicy:
    """A policy that is attached to one log group."""

    name: str | None
    document: str
    arn: str
    revision: str
    updated: int

    def described(self) -> dict[str, Any]:
        """Give the policy as DescribeResourcePolicies shows it."""
        name = {} if self.name is None else {"policyName": self.name}
        return {
            **name,
            "policyDocument": self.document,
            "lastUpdatedTime": self.updated,
            "policyScope": "RESOURCE",
            "resourceArn": self.arn,
            "revisionId": self.revision,
        }


scoped_policies: Store[dict[str, ScopedPolicy]] = Store(dict)
"""The policies of log groups, by the group's name."""


def check_document(text: str) -> None:
    """Refuse a resource policy that is none.

    Raises:
        ServiceError: InvalidParameterException.
    """
    if not 1 <= len(text) <= MAXIMUM_SIZE:
        raise invalid_parameter(
            f"Resource policy length must be between 1 and {MAXIMUM_SIZE} characters."
        )
    try:
        parse(text, kind="resource")
    except PolicyError as error:
        raise invalid_parameter(f"Invalid resource policy: {error}") from error


@fix("logs", "PutResourcePolicy")
def put_resource_policy(call: Call, response: Any, serve: Serve) -> Answer | Response:
    """Refuse what is no policy, and keep the policy of a log group."""
    given = call.parameters
    text = given.get("policyDocument")
    if text is None:
        raise invalid_parameter("policyDocument is required.")
    check_document(str(text))
    if given.get("resourceArn"):
        return _put_scoped(call, str(text))
    if not given.get("policyName"):
        raise invalid_parameter("policyName is required.")
    return serve()


@fix("logs", "PutDestinationPolicy")
def put_destination_policy(call: Call, response: Any, serve: Serve) -> Response:
    """Refuse what is no policy."""
    check_document(str(call.parameters["accessPolicy"]))
    return serve()


def _put_scoped(call: Call, text: str) -> Answer:
    arn = str(call.parameters["resourceArn"])
    if log_group(arn) is None:
        raise no_log_group()
    kept = scoped_policies.of(call.account, call.region)
    name = log_group_name(arn)
    before = kept.get(name)
    _check_revision(call, before)
    new = ScopedPolicy(
        name=call.parameters.get("policyName"),
        document=text,
        arn=arn,
        revision=uuid.uuid4().hex,
        updated=int(time.time() * 1000),
    )
    kept[name] = new
    return Answer(resourcePolicy=new.described(), revisionId=new.revision)


def _check_revision(call: Call, before: ScopedPolicy | None) -> None:
    """Page: *PutResourcePolicy*, expectedRevisionId: none for the first, then the last one."""
    expected = call.parameters.get("expectedRevisionId")
    if expected != (None if before is None else before.revision):
        raise ServiceError(
            "OperationAbortedException",
            "The expected revision id is not that of the resource policy.",
            400,
        )


@fix("logs", "DeleteResourcePolicy")
def delete_resource_policy(call: Call, response: Any, serve: Serve) -> Answer | Response:
    """Take the policy from a log group."""
    arn = call.parameters.get("resourceArn")
    if not arn:
        return serve()
    kept = scoped_policies.of(call.account, call.region)
    before = kept.get(log_group_name(str(arn)))
    if before is None:
        raise not_found("The specified resource policy does not exist.")
    _check_revision(call, before)
    del kept[log_group_name(str(arn))]
    return Answer()


@fix("logs", "DescribeResourcePolicies")
def describe_resource_policies(call: Call, response: Any, serve: Serve) -> Answer | Response:
    """Show the policies of log groups: those of the account are shown where nothing is named."""
    given = call.parameters
    if not given.get("resourceArn") and given.get("policyScope") != "RESOURCE":
        return serve()
    kept = scoped_policies.of(call.account, call.region)
    if given.get("resourceArn"):
        found = kept.get(log_group_name(str(given["resourceArn"])))
        shown = [] if found is None else [found]
    else:
        shown = list(kept.values())
    return Answer(resourcePolicies=[policy.described() for policy in shown])
