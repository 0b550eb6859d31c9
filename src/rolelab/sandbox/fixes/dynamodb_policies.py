"""Resource-based policies of tables and streams.

AWS pages: *PutResourcePolicy*, *GetResourcePolicy*, *DeleteResourcePolicy*, *CreateTable* of the
Amazon DynamoDB API Reference; *DynamoDB resource-based policy considerations*; *Preventing public
access with resource-based policies in DynamoDB*. The pages do not quote the sentences for a policy
that is refused: those here are rolelab's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rolelab.iam import Document, Policies, PolicyError, Request, evaluate, parse
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.resource_documents import missing_principal
from rolelab.sandbox.fixes.s3_public_access import policy_is_public
from rolelab.sandbox.operations.dynamodb_items import table_arn
from rolelab.sandbox.resource_policies import account_of
from rolelab.sandbox.resource_policies.dynamodb import table

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call
    from rolelab.sandbox.fixes import Response, Serve

MAXIMUM_SIZE = 20 * 1024
"""Bytes of a policy, white space included (*DynamoDB resource-based policy considerations*)."""
_NO_POLICY = "NO_POLICY"
_EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
}


@fix("dynamodb", "PutResourcePolicy")
def put_resource_policy(call: Call, response: Any, serve: Serve) -> Answer:
    """moto takes any text, for tables alone, and gives the same policy a new revision."""
    arn, text = str(call.parameters["ResourceArn"]), str(call.parameters["Policy"])
    kept = _policies(call, response, arn)
    document = _checked(call, text)
    if not call.parameters.get("ConfirmRemoveSelfResourceAccess"):
        _check_self(call, arn, document)
    _check_revision(call, arn, kept.get(arn))
    return Answer(RevisionId=_keep(kept, arn, text))


@fix("dynamodb", "GetResourcePolicy")
def get_resource_policy(call: Call, response: Any, serve: Serve) -> Answer:
    """moto knows no policies of streams."""
    arn = str(call.parameters["ResourceArn"])
    found = _policies(call, response, arn).get(arn)
    if found is None:
        raise _no_policy(f": {arn}")
    return Answer(Policy=found.policy_doc, RevisionId=found.revision_id)


@fix("dynamodb", "DeleteResourcePolicy")
def delete_resource_policy(call: Call, response: Any, serve: Serve) -> Answer:
    """Deleting what is not there is no error, unless a revision is expected."""
    arn = str(call.parameters["ResourceArn"])
    kept = _policies(call, response, arn)
    _check_revision(call, arn, kept.get(arn))
    found = kept.pop(arn, None)
    return Answer(RevisionId=None if found is None else found.revision_id)


@fix("dynamodb", "CreateTable")
def create_table(call: Call, response: Any, serve: Serve) -> Response:
    """moto leaves the policy out."""
    text = call.parameters.get("ResourcePolicy")
    if not text:
        return serve()
    _checked(call, str(text))
    answer = serve()
    if answer[0] < 400:
        arn = table_arn(str(call.parameters["TableName"]), call)
        _keep(response.dynamodb_backend.resource_policies, arn, str(text))
    return answer


@fix("dynamodb", "DeleteTable")
def delete_table(call: Call, response: Any, serve: Serve) -> Response:
    """moto keeps the policy, for whichever table gets the name next."""
    arn = table_arn(str(call.parameters["TableName"]), call)
    answer = serve()
    if answer[0] < 400:
        kept = response.dynamodb_backend.resource_policies
        for each in [each for each in kept if each == arn or each.startswith(f"{arn}/")]:
            del kept[each]
    return answer


def _policies(call: Call, response: Any, arn: str) -> dict[str, Any]:
    """The policies kept beside the resource that an ARN names."""
    found = table(arn)
    stream = arn.partition("/stream/")[2]
    if found is None or (stream and stream != found.latest_stream_label):
        name = arn.rpartition("/")[2] if not stream else arn
        raise ServiceError(
            "ResourceNotFoundException",
            f"Requested resource not found: {'Stream' if stream else 'Table'}: {name} not found",
        )
    kept: dict[str, Any] = response.dynamodb_backend.resource_policies
    return kept


def _keep(kept: dict[str, Any], arn: str, text: str) -> str:
    """The same document keeps its revision. Page: *PutResourcePolicy*."""
    from moto.dynamodb.models.table import ResourcePolicy

    found = kept.get(arn)
    if found is None or found.policy_doc != text:
        found = kept[arn] = ResourcePolicy(arn, text)
    return str(found.revision_id)


def _checked(call: Call, text: str) -> Document:
    if len(text.encode()) > MAXIMUM_SIZE:
        raise _invalid(f"a resource-based policy has at most {MAXIMUM_SIZE} bytes")
    try:
        document = parse(text, kind="resource")
    except PolicyError as error:
        raise _invalid(str(error)) from error
    missing = missing_principal(call, document)
    if missing is not None:
        raise _invalid(f"the principal {missing} does not exist")
    if policy_is_public(document.source):
        raise _invalid("it grants public access, which Block Public Access prevents")
    return document


def _check_self(call: Call, arn: str, document: Document) -> None:
    """Page: *PutResourcePolicy*, ConfirmRemoveSelfResourceAccess."""
    request = Request(
        call.principal, "dynamodb:PutResourcePolicy", arn, account_of(arn), dict(call.context)
    )
    decision = evaluate(request, Policies(identity=[_EVERYTHING], resource=document))
    if decision.effect == "ExplicitDeny":
        raise _invalid(
            "it denies you to change it again; confirm with ConfirmRemoveSelfResourceAccess"
        )


def _check_revision(call: Call, arn: str, kept: Any | None) -> None:
    expected = call.parameters.get("ExpectedRevisionId")
    if not expected:
        return
    if expected == _NO_POLICY and kept is not None:
        raise _no_policy(
            f": Requested policy update expecting none to be present for {arn}, "
            f"but a policy exists with revision id {kept.revision_id}."
        )
    if expected != _NO_POLICY and (kept is None or kept.revision_id != expected):
        now = "there is none" if kept is None else f"it has revision id {kept.revision_id}"
        raise _no_policy(f": Requested update for policy with revision id {expected}, but {now}.")


def _no_policy(rest: str) -> ServiceError:
    return ServiceError(
        "PolicyNotFoundException",
        f"Resource-based policy not found for the provided ResourceArn{rest}",
    )


def _invalid(reason: str) -> ServiceError:
    return ServiceError("ValidationException", f"The resource-based policy is not valid: {reason}")
