"""EC2: the policy of a VPC endpoint is a policy.

AWS pages: *Control access to VPC endpoints using endpoint policies*; *Error codes for the Amazon
EC2 API*, InvalidPolicyDocument.
"""

from __future__ import annotations

from typing import Any

from rolelab.iam import PolicyError, parse
from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Response, Serve, fix


def policy_is_valid(call: Call, response: Any, serve: Serve) -> Response:
    """moto takes any text. What is wrong with it follows in the engine's words."""
    text = call.parameters.get("PolicyDocument")
    if text:
        try:
            parse(str(text), kind="endpoint")
        except PolicyError as error:
            raise ServiceError(
                "InvalidPolicyDocument",
                f"The specified policy document is not a valid JSON policy document: {error}",
                400,
            ) from error
    return serve()


def register() -> None:
    """Register the check at both doors."""
    for operation in ("CreateVpcEndpoint", "ModifyVpcEndpoint"):
        fix("ec2", operation)(policy_is_valid)
