"""Deleting many objects in one call, each by itself.

AWS page: *DeleteObjects*.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer
from rolelab.sandbox.fixes.s3_buckets import on_bucket

if TYPE_CHECKING:
    from rolelab.iam import Decision
    from rolelab.sandbox.call import Call
    from rolelab.sandbox.fixes import Serve

_MOST_KEYS = 1000


@on_bucket("DeleteObjects")
def delete_objects(call: Call, found: Any, response: Any, serve: Serve) -> Answer:
    """What may be deleted is, and each refused key is reported with its own reason."""
    from rolelab.sandbox.gate import denied_items

    wanted = call.parameters["Delete"].get("Objects", [])
    if not 0 < len(wanted) <= _MOST_KEYS:
        raise ServiceError(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published "
            "schema",
            400,
        )
    refused = {_identity(item): decision for item, decision in denied_items(response)}
    deleted, locked = response.backend.delete_objects(
        found.name,
        [dict(item) for item in wanted if _identity(item) not in refused],
        bool(call.parameters.get("BypassGovernanceRetention")),
    )
    quiet = call.parameters["Delete"].get("Quiet", False)
    foreign = call.account != found.account_id or call.principal == "*"
    return Answer(
        Deleted=[] if quiet else [_deleted(*each) for each in deleted],
        Errors=[
            *(_error(key, _reason(refused[key], foreign)) for key in refused),
            *(
                _error((key, None), "Access Denied because object protected by object lock.")
                for key in locked
            ),
        ],
    )


def _identity(item: Mapping[str, Any]) -> tuple[str, str | None]:
    return item["Key"], item.get("VersionId")


def _deleted(key: str, version: str | None, marker: str | None) -> dict[str, Any]:
    members = {
        "Key": key,
        "VersionId": version,
        "DeleteMarker": True if marker else None,
        "DeleteMarkerVersionId": marker,
    }
    return {name: value for name, value in members.items() if value is not None}


def _reason(decision: Decision, foreign: bool) -> str:
    """S3 gives its reasons to callers of its own account only."""
    return "Access Denied" if foreign else decision.message


def _error(identity: tuple[str, str | None], message: str) -> dict[str, Any]:
    key, version = identity
    members = {"Key": key, "VersionId": version, "Code": "AccessDenied", "Message": message}
    return {name: value for name, value in members.items() if value is not None}
