"""Reports of IAM that the sandbox does not keep, said in a sentence.

"Last accessed" information is gathered over weeks from every Region. The sandbox's trail has what
the lessons need of it.

AWS page: *Refine permissions in AWS using last accessed information*.
"""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import fix


def not_kept(call: Call, response: Any, serve: Any) -> Any:
    """Refuse: there is nothing to report from.

    Raises:
        ServiceError: NotImplemented.
    """
    raise ServiceError(
        "NotImplemented",
        f"{call.operation}: this sandbox keeps no last accessed information. sandbox.trail has "
        "every call.",
        501,
    )


for _operation in (
    "GenerateOrganizationsAccessReport",
    "GenerateServiceLastAccessedDetails",
    "GetOrganizationsAccessReport",
    "GetServiceLastAccessedDetails",
    "GetServiceLastAccessedDetailsWithEntities",
):
    fix("iam", _operation)(not_kept)
