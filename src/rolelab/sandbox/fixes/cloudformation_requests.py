"""What the operations of CloudFormation have in common: who calls, with which template and values.

Pages: *CloudFormation service role*; *CreateStack*, TemplateBody and TemplateURL; *CloudFormation
quotas* for the size of a template.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.cloudformation import capabilities, stacks, template
from rolelab.sandbox.cloudformation.errors import in_brackets, invalid, no_stack
from rolelab.sandbox.cloudformation.parameters import values_for
from rolelab.sandbox.cloudformation.resources import Caller, Refused
from rolelab.sandbox.cloudformation.resources.work import tags_of
from rolelab.sandbox.cloudformation.stacks import Inputs, Stack
from rolelab.sandbox.cloudformation.template import Template
from rolelab.sandbox.decoding import model_of
from rolelab.sandbox.denial import ServiceError, not_modelled

SERVICE = "cloudformation.amazonaws.com"
SESSION_NAME = "AWSCloudFormation"
"""What CloudFormation calls its session of a service role."""

BODY_LIMIT = 51200
_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
_VIRTUAL_HOSTED = re.compile(r"https://([^/]+)\.s3[.-]?[a-z0-9-]*\.amazonaws\.com(?:\.cn)?/(.+)")
_PATH_STYLE = re.compile(r"https://s3[.-]?[a-z0-9-]*\.amazonaws\.com(?:\.cn)?/([^/]+)/(.+)")


def caller_for(call: Call, role_arn: str | None = None) -> Caller:
    """Give who makes the calls of a stack: the caller, or the service role.

    Raises:
        ServiceError: ValidationError, the role does not let CloudFormation in.
    """
    from botocore.exceptions import ClientError

    from rolelab.sandbox.service_calls import assume_role_as_service, on_behalf_of

    if role_arn is None:
        return Caller(on_behalf_of(call, SERVICE), call.region)
    try:
        session = assume_role_as_service(SERVICE, role_arn, session_name=SESSION_NAME)
    except ClientError as error:
        raise invalid(f"Role {role_arn} is invalid or cannot be assumed") from error
    return Caller(session, call.region)


def existing(call: Call, named: Any = None) -> Stack:
    """Give the stack that a call names.

    Raises:
        ServiceError: ValidationError, there is none.
    """
    name = str(named or call.parameters["StackName"])
    found = stacks.find(name, call.account, call.region)
    if found is None:
        raise no_stack(name)
    return found


def check_name(name: str) -> None:
    """Refuse a name that a stack cannot have."""
    if not _NAME.fullmatch(name):
        raise invalid(
            f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )


def template_of(call: Call, stack: Stack | None = None) -> Template:
    """Give the template of a call: its text, what the URL leads to, or that of the stack.

    Raises:
        ServiceError: ValidationError, there is none, or it is wrong.
    """
    given = call.parameters
    sources = [each for each in ("TemplateBody", "TemplateURL") if given.get(each)]
    if given.get("UsePreviousTemplate"):
        sources.append("UsePreviousTemplate")
    if len(sources) != 1:
        raise invalid("Either Template URL or Template Body must be specified.")
    if sources == ["UsePreviousTemplate"]:
        if stack is None or stack.inputs is None:
            raise invalid("UsePreviousTemplate needs a stack that has a template.")
        return stack.inputs.template
    text = given.get("TemplateBody")
    if text is None:
        return template.parse(_from_s3(call, str(given["TemplateURL"])))
    if len(str(text).encode()) > BODY_LIMIT:
        raise invalid(
            "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
            f"Member must have length less than or equal to {BODY_LIMIT}"
        )
    return template.parse(str(text))


def _from_s3(call: Call, url: str) -> str:
    """Read a template from a bucket in the caller's name."""
    from botocore.exceptions import ClientError

    from rolelab.sandbox.service_calls import on_behalf_of

    place = _PATH_STYLE.fullmatch(url) or _VIRTUAL_HOSTED.fullmatch(url)
    if place is None:
        raise invalid("TemplateURL must be a supported URL.")
    s3 = on_behalf_of(call, SERVICE).client("s3")
    try:
        found = s3.get_object(Bucket=place.group(1), Key=place.group(2))
    except ClientError as error:
        raise invalid(f"S3 error: {error.response['Error']['Message']}") from error
    text: str = found["Body"].read().decode()
    return text


def inputs_of(call: Call, caller: Caller, text: Template, before: Inputs | None) -> Inputs:
    """Put together what a call says about a stack.

    Args:
        before: what the stack is now. None: it is new.

    Raises:
        ServiceError: a capability is missing, a parameter is wrong, a macro is not modelled.
    """
    given = call.parameters
    acknowledged = tuple(str(each) for each in given.get("Capabilities") or ())
    capabilities.check(text, acknowledged)
    capabilities.check_types(text, given.get("ResourceTypes") or ())
    if text.transforms:
        names = in_brackets(text.transforms)
        raise beyond(call, f"The template has transforms: {names}.")

    def lookup(name: str) -> str:
        try:
            found = caller.call("ssm", "GetParameters", {"Names": [name]})["Parameters"]
        except Refused as refused:
            raise invalid(refused.message) from refused
        if not found:
            raise invalid(
                f"Unable to fetch parameters [{name}] from parameter store for this account."
            )
        return str(found[0]["Value"])

    previous = before.parameters if before is not None else {}
    values = values_for(text, given.get("Parameters") or (), previous, lookup)
    tags: Mapping[str, str] = before.tags if before is not None else {}
    if given.get("Tags") is not None:
        tags = tags_of(given["Tags"])
    notified = given.get("NotificationARNs") or ()
    return Inputs(text, values.given, values.resolved, tags, acknowledged, tuple(notified))


def policy_of(call: Call) -> str | None:
    """Give the stack policy of a call."""
    if call.parameters.get("StackPolicyURL"):
        return _from_s3(call, str(call.parameters["StackPolicyURL"]))
    body = call.parameters.get("StackPolicyBody")
    return None if body is None else str(body)


def already_exists(what: str) -> ServiceError:
    """The error for a name that is taken."""
    return ServiceError("AlreadyExistsException", what, 400)


def beyond(call: Call, why: str = "") -> ServiceError:
    """The error for what the sandbox does not model."""
    return not_modelled(model_of(call.service), call.operation, why)


def serialize_as_given(response: Any) -> None:
    """Keep moto from rewriting an answer, which it takes for one of its own model's."""
    response.RESPONSE_KEY_PATH_TO_TRANSFORMER = {}
