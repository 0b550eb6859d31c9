"""Bucket policies: who may put them, which S3 refuses, and which are public.

AWS pages: *PutBucketPolicy*, *GetBucketPolicy*, *GetBucketPolicyStatus*; *Blocking public access to
your Amazon S3 storage*; *Troubleshoot access denied (403 Forbidden) errors in Amazon S3*.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer
from rolelab.sandbox.fixes.s3_bucket_policy import check
from rolelab.sandbox.fixes.s3_buckets import on_bucket
from rolelab.sandbox.fixes.s3_public_access import policy_is_public
from rolelab.sandbox.fixes.s3_settings import arn_of, blocked
from rolelab.sandbox.resource_policies import backend
from rolelab.sandbox.resource_policies.iam import role as role_of

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call
    from rolelab.sandbox.fixes import Response, Serve


@on_bucket("PutBucketPolicy")
@on_bucket("GetBucketPolicy")
@on_bucket("DeleteBucketPolicy")
def of_the_owner_alone(call: Call, found: Any, response: Any, serve: Serve) -> Response:
    """Only identities of the bucket owner's account work with the policy, whatever it allows.

    AWS page: *PutBucketPolicy*: others with the permission get 405 Method Not Allowed.
    """
    if call.account != found.account_id:
        raise ServiceError(
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
            405,
            Method=response.method,
            ResourceType="BUCKETPOLICY",
        )
    return serve()


@on_bucket("PutBucketPolicy")
def put_bucket_policy(call: Call, found: Any, response: Any, serve: Serve) -> Response:
    """S3 refuses a malformed policy, and a public one where those are blocked."""
    text = call.parameters["Policy"]
    text = text.decode() if isinstance(text, bytes) else text
    document = check(text, arn_of(found), principal_exists)
    if policy_is_public(document.source) and blocked(found).block_public_policy:
        raise ServiceError(
            "AccessDenied",
            f"User: {call.principal} is not authorized to perform: s3:PutBucketPolicy on "
            f'resource: "{arn_of(found)}" because public policies are prevented by the '
            "BlockPublicPolicy setting in S3 Block Public Access.",
            403,
        )
    status, headers, body = serve()
    return (204, headers, "") if status == 200 else (status, headers, body)


@on_bucket("GetBucketPolicyStatus")
def get_bucket_policy_status(
    call: Call, found: Any, response: Any, serve: Serve
) -> Answer | Response:
    """Public is what *The meaning of "public"* says, conditions included."""
    if not found.policy:
        return serve()
    return Answer(PolicyStatus={"IsPublic": policy_is_public(json.loads(found.policy))})


def principal_exists(kind: str, name: str) -> bool:
    """Whether a principal of a policy exists. An account of twelve digits always does.

    Args:
        kind: "AWS", "Service", "Federated" or "CanonicalUser".
        name: as it stands in the policy.
    """
    parts = name.split(":", 5)
    if kind != "AWS" or len(parts) < 6:
        return True
    _, partition, service, _, account, resource = parts
    entity, _, rest = resource.partition("/")
    if service == "iam" and entity == "role":
        return role_of(name) is not None
    stored = backend("iam", account, partition)
    if service == "iam" and entity == "user" and account.isdigit():
        return any(user.arn == name for user in _values(stored, "users"))
    if service == "sts" and entity == "assumed-role":
        role = rest.partition("/")[0]
        return any(each.name == role for each in _values(stored, "roles"))
    return True


def _values(stored: Any | None, kind: str) -> list[Any]:
    return [] if stored is None else list(getattr(stored, kind).values())
