"""Lambda: what a function needs before it exists: a role, a package, variables of its own.

AWS pages: *CreateFunction*, *UpdateFunctionCode* and *UpdateFunctionConfiguration* of the Lambda
API Reference; *Defining Lambda function permissions with an execution role*; *Defined runtime
environment variables* (the reserved ones). The sentences are those Lambda answers, as widely
reported.
"""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import Response, Serve, fix
from rolelab.sandbox.fixes.lambda_lookup import invalid_parameter
from rolelab.sandbox.lambda_runtime import NotAPackage, package_of
from rolelab.sandbox.operations.lambda_ import LAMBDA
from rolelab.sandbox.resource_policies import account_of

# Page: *Defined runtime environment variables*, "Reserved environment variables".
RESERVED = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)


@fix("lambda", "CreateFunction")
@fix("lambda", "UpdateFunctionConfiguration")
def configuration_works(call: Call, response: Any, serve: Serve) -> Response:
    """moto takes a role whose trust policy does not let Lambda in."""
    _check_variables(call)
    role = call.parameters.get("Role")
    # moto answers for what is no ARN of a role, and for another account's.
    if role and account_of(str(role)) == call.account:
        _check_role(str(role), str(call.parameters["FunctionName"]))
    return serve()


def _check_role(role: str, name: str) -> None:
    from botocore.exceptions import ClientError

    from rolelab.sandbox.service_calls import assume_role_as_service

    try:
        assume_role_as_service(LAMBDA, role, session_name=session_name(name))
    except ClientError as error:
        raise invalid_parameter(
            "The role defined for the function cannot be assumed by Lambda."
        ) from error


def session_name(name: str) -> str:
    """The name of the role session in which a function runs: the function's own."""
    return name.rpartition(":")[2][:64]


def _check_variables(call: Call) -> None:
    declared = (call.parameters.get("Environment") or {}).get("Variables") or {}
    taken = sorted(RESERVED & set(declared))
    if taken:
        raise invalid_parameter(
            "Lambda was unable to configure your environment variables because the environment "
            "variables you have provided contains reserved keys that are currently not supported "
            f"for modification. Reserved keys used in this request: {', '.join(taken)}"
        )


@fix("lambda", "CreateFunction")
@fix("lambda", "UpdateFunctionCode")
@fix("lambda", "PublishLayerVersion")
def package_opens(call: Call, response: Any, serve: Serve) -> Response:
    """moto takes any bytes as a package."""
    given = call.parameters
    content = (given.get("Code") or given.get("Content") or given).get("ZipFile")
    if content is not None:
        try:
            package_of(content).close()
        except NotAPackage as error:
            raise invalid_parameter(
                "Could not unzip uploaded file. Please check your file, then try to upload again."
            ) from error
    return serve()
