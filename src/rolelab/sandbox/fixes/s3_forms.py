"""Uploads by an HTML form: the form's policy holds.

AWS pages: *POST Object*, *POST Policy*.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rolelab.sandbox import s3_forms
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes.s3_buckets import on_bucket
from rolelab.sandbox.fixes.s3_post_policy import check

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call
    from rolelab.sandbox.fixes import Response, Serve

_STATUSES = ("200", "201", "204")


@on_bucket(s3_forms.OPERATION)
def post_object(call: Call, found: Any, response: Any, serve: Serve) -> Response:
    """A form may do what its policy says until the policy expires."""
    fields = s3_forms.fields_of(response.request)
    if not fields.get("key"):
        raise ServiceError(
            "InvalidArgument",
            "Bucket POST must contain a field named 'key'.  If it is specified, please check the "
            "order of the fields.",
            400,
            ArgumentName="key",
            ArgumentValue="",
        )
    if "policy" in fields:
        content = response.body or b""
        size = len(content.encode() if isinstance(content, str) else content)
        check(fields, found.name, size, datetime.now(UTC))
    response.querystring["key"] = [fields["key"]]
    if fields.get("success_action_status") not in _STATUSES:
        response.querystring.pop("success_action_status", None)
    status, headers, body = serve()
    stored = found.keys.get(fields["key"])
    return int(status), {**headers, "ETag": stored.etag}, body
