"""EC2: dry runs, things that are not there, and policies of VPC endpoints.

AWS page: *Error codes for the Amazon EC2 API*.
"""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Response, Serve, ec2_endpoint_policies, ec2_existence, fix
from rolelab.sandbox.operations.ec2 import TABLE

PARTS = (ec2_endpoint_policies, ec2_existence)
"""The files that hold the rest."""


def dry_run(call: Call, response: Any, serve: Serve) -> Response:
    """Some of moto's operations carry out a dry run.

    The gate has allowed the call, so a dry run ends here. AWS page: *Error codes for the Amazon EC2
    API*, DryRunOperation.
    """
    if call.parameters.get("DryRun"):
        raise ServiceError(
            "DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412
        )
    return serve()


for _operation in TABLE.plans:
    fix("ec2", _operation)(dry_run)

# After the dry run: that asks for permissions alone.
for _part in PARTS:
    _part.register()
