"""Resource policies of secrets: what is refused when they are set.

AWS pages: *PutResourcePolicy* and *ValidateResourcePolicy* (AWS Secrets Manager API Reference);
*Troubleshoot AWS Secrets Manager*. Secrets Manager does not publish what it takes for broad access:
it is decided here as Amazon S3 says it, in `s3_public_access`.
"""

from __future__ import annotations

from typing import Any

from rolelab.iam import Document, PolicyError, parse
from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, Response, Serve, fix
from rolelab.sandbox.fixes.iam_trust import check_principals
from rolelab.sandbox.fixes.s3_public_access import policy_is_public
from rolelab.sandbox.fixes.secretsmanager_lookup import primary_in, secret_in

LARGEST = 20480
_PUBLIC = (
    "The BlockPublicPolicy parameter is set to true, and the resource policy did not prevent broad "
    "access to the secret."
)


@fix("secretsmanager", "PutResourcePolicy")
def put_resource_policy(call: Call, response: Any, serve: Serve) -> Response:
    """moto takes any text, and does not look whether it is public."""
    primary_in(call)
    document = _checked(call)
    if call.parameters.get("BlockPublicPolicy") and policy_is_public(document.source):
        raise ServiceError("PublicPolicyException", _PUBLIC)
    return serve()


@fix("secretsmanager", "ValidateResourcePolicy")
def validate_resource_policy(call: Call, response: Any, serve: Serve) -> Answer:
    """moto lacks it."""
    if call.parameters.get("SecretId"):
        secret_in(call)
    document = _checked(call)
    if policy_is_public(document.source):
        error = {"CheckName": "BlockPublicPolicy", "ErrorMessage": _PUBLIC}
        return Answer({"PolicyValidationPassed": False, "ValidationErrors": [error]})
    return Answer({"PolicyValidationPassed": True, "ValidationErrors": []})


def _checked(call: Call) -> Document:
    text = str(call.parameters["ResourcePolicy"])
    if len(text) > LARGEST:
        raise ServiceError(
            "ValidationException",
            "1 validation error detected: Value at 'resourcePolicy' failed to satisfy constraint: "
            f"Member must have length less than or equal to {LARGEST}",
        )
    try:
        document = parse(text, kind="resource", name="resource policy of the secret")
    except PolicyError as error:
        raise _malformed("This resource policy contains a syntax error.") from error
    try:
        check_principals(call, document)
    except ServiceError as error:
        raise _malformed("This resource policy contains an unsupported principal.") from error
    return document


def _malformed(message: str) -> ServiceError:
    return ServiceError("MalformedPolicyDocumentException", message)
