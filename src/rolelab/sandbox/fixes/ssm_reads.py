"""What reading parameters answers: ciphertext or plaintext, versions and labels, pages.

AWS pages: *GetParameter*, *GetParameters*, *GetParametersByPath*, *GetParameterHistory* and
*DescribeParameters* (AWS Systems Manager API Reference); *Working with parameter versions in
Parameter Store*; *Working with parameter labels in Parameter Store*.
"""

from __future__ import annotations

import json
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, Response, Serve, fix
from rolelab.sandbox.fixes.ssm_values import SECURE, ciphertext_of, plaintext_of
from rolelab.sandbox.operations.ssm_parameters import (
    PUBLIC,
    SECRETS,
    below_path,
    chosen,
    parameter_arn,
    selector_of,
    versions,
)

_OF_AWS = (PUBLIC, SECRETS)


@fix("ssm", "GetParameter")
def get_parameter(call: Call, response: Any, serve: Serve) -> Answer | Response:
    """moto shows the plaintext of a SecureString to whoever cannot decrypt it."""
    name = str(call.parameters["Name"])
    if name.startswith(_OF_AWS):
        return _of_nobody(call, serve())
    return Answer({"Parameter": shown(call, _version(call, name), name)})


@fix("ssm", "GetParameters")
def get_parameters(call: Call, response: Any, serve: Serve) -> Answer | Response:
    """In the order of the request. What is not there is named, and is no error."""
    names = [str(each) for each in call.parameters["Names"]]
    status, headers, body = serve()
    if status != 200 or any(name.startswith(_OF_AWS) for name in names):
        return _of_nobody(call, (status, headers, body))
    found = {name: chosen(parameter_arn(name, call), name) for name in names}
    return Answer(
        {
            "Parameters": [
                shown(call, each, name) for name, each in found.items() if each is not None
            ],
            "InvalidParameters": [name for name, each in found.items() if each is None],
        }
    )


@fix("ssm", "GetParametersByPath")
def get_parameters_by_path(call: Call, response: Any, serve: Serve) -> Answer | Response:
    """moto judges the filters; what lies below the path is the same that was asked about."""
    status, headers, body = serve()
    if status != 200 or str(call.parameters["Path"]).startswith("/aws/"):
        return _of_nobody(call, (status, headers, body))
    found, token = below_path(call)
    answer: dict[str, Any] = {"Parameters": [shown(call, each, each.name) for each in found]}
    if token is not None:
        answer["NextToken"] = token
    return Answer(answer)


@fix("ssm", "GetParameterHistory")
def get_parameter_history(call: Call, response: Any, serve: Serve) -> Answer | Response:
    """moto shows the plaintext, and nobody as the one who wrote it."""
    name = str(call.parameters["Name"])
    status, headers, body = serve()
    if status != 200 or name.startswith(_OF_AWS):
        return status, headers, body
    members = json.loads(body)
    known = {each.version: each for each in versions(parameter_arn(name, call))}
    history = [known[each["Version"]] for each in members["Parameters"]]
    answer: dict[str, Any] = {"Parameters": [_entry(call, each) for each in history]}
    if members.get("NextToken"):
        answer["NextToken"] = members["NextToken"]
    return Answer(answer)


@fix("ssm", "DescribeParameters")
def describe_parameters(call: Call, response: Any, serve: Serve) -> Response:
    """moto does not know who wrote a parameter."""
    status, headers, body = serve()
    if status != 200:
        return status, headers, body
    members = json.loads(body)
    for each in members["Parameters"]:
        arn = parameter_arn(each["Name"], call)
        each["ARN"] = arn
        each["LastModifiedUser"] = _writer(call, versions(arn)[-1])
    return status, headers, json.dumps(members)


def shown(call: Call, parameter: Any, named: str) -> dict[str, Any]:
    """The members of a parameter in an answer. AWS page: *Parameter*.

    Args:
        call: the call, whose `WithDecryption` decides what a SecureString looks like.
        parameter: moto's version of the parameter.
        named: how the request names it.

    Raises:
        ServiceError: InvalidKeyId.
    """
    members: dict[str, Any] = parameter.response_object(False, call.region)
    members["Value"] = _value(call, parameter)
    members["ARN"] = parameter_arn(parameter.name, call)
    selector = selector_of(named)
    if selector:
        members["Selector"] = f":{selector}"
    return members


def _value(call: Call, parameter: Any) -> str:
    if parameter.parameter_type != SECURE:
        return str(parameter.value)
    if call.parameters.get("WithDecryption"):
        return plaintext_of(call, parameter)
    return ciphertext_of(call, parameter)


def _entry(call: Call, parameter: Any) -> dict[str, Any]:
    return {
        **parameter.describe_response_object(False, include_labels=True),
        "Value": _value(call, parameter),
        "LastModifiedUser": _writer(call, parameter),
    }


def _writer(call: Call, parameter: Any) -> str:
    root = f"arn:{call.partition}:iam::{call.account}:root"
    return str(getattr(parameter, "last_modified_user", None) or root)


def _version(call: Call, name: str) -> Any:
    """Find a version. AWS says nothing with ParameterNotFound but the code.

    Raises:
        ServiceError: ParameterNotFound or ParameterVersionNotFound.
    """
    arn = parameter_arn(name, call)
    found = chosen(arn, name)
    if found is not None:
        return found
    selector = selector_of(name)
    if selector and versions(arn):
        raise ServiceError(
            "ParameterVersionNotFound",
            f"Systems Manager could not find version {selector} of "
            f"{name.removesuffix(f':{selector}')}. Verify the version and try again.",
        )
    raise ServiceError("ParameterNotFound", "")


def _of_nobody(call: Call, answer: Response) -> Response:
    """Public parameters belong to no account. AWS page: *Calling AWS public parameters*."""
    status, headers, body = answer
    text = body if isinstance(body, str) else body.decode()
    return (
        status,
        headers,
        text.replace(f":{call.account}:parameter{PUBLIC}", f"::parameter{PUBLIC}"),
    )
