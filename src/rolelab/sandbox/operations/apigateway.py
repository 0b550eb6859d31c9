"""What the operations of API Gateway (REST APIs) ask.

Its IAM actions are the HTTP methods, and its resources are the paths of its own API:
`apigateway:GET` on `arn:aws:apigateway:us-east-1::/restapis/a1b2c3`. So the rows follow from the
method and the path of each operation in the service's model.

Pages: *Actions, resources, and condition keys for Amazon API Gateway Management* (Service
Authorization Reference); *How Amazon API Gateway works with IAM*; *API Gateway permissions model
for creating and managing an API*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from rolelab.sandbox.operations.check import Check, Value
from rolelab.sandbox.operations.pass_role import pass_role
from rolelab.sandbox.operations.row import (
    Checks,
    Derived,
    Entry,
    Key,
    Resource,
    Row,
    Table,
    resource_tag_context,
    tag_pairs,
)
from rolelab.sandbox.resource_policies import backend

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

API_GATEWAY = "apigateway.amazonaws.com"
PREFIX = "arn:{partition}:apigateway:{region}::"
POLICY = "apigateway:UpdateRestApiPolicy"

# These have permissions of other names.
_LEFT_OUT = frozenset(
    {
        "CreateDomainNameAccessAssociation",
        "DeleteDomainNameAccessAssociation",
        "GetDomainNameAccessAssociations",
        "RejectDomainNameAccessAssociation",
    }
)


def _endpoint_types(call: Call) -> Value | None:
    given = (call.parameters.get("endpointConfiguration") or {}).get("types")
    return [str(each) for each in given] if given else None


_NEW_API: Mapping[str, Key] = {
    "apigateway:Request/ApiName": "name",
    "apigateway:Request/DisableExecuteApiEndpoint": "disableExecuteApiEndpoint",
    "apigateway:Request/EndpointType": _endpoint_types,
    "apigateway:Request/SecurityPolicy": "securityPolicy",
}
_AUTHORIZER: Mapping[str, Key] = {
    "apigateway:Request/AuthorizerType": "type",
    "apigateway:Request/AuthorizerUri": "authorizerUri",
}
_METHOD: Mapping[str, Key] = {
    "apigateway:Request/ApiKeyRequired": "apiKeyRequired",
    "apigateway:Request/RouteAuthorizationType": "authorizationType",
}
# What the parameters of an operation say to condition keys of its own.
_KEYS: Mapping[str, Mapping[str, Key]] = {
    "CreateAuthorizer": _AUTHORIZER,
    "CreateDeployment": {"apigateway:Request/StageName": "stageName"},
    "CreateRestApi": _NEW_API,
    "PutMethod": _METHOD,
}


def _rows() -> Iterator[Entry]:
    # The model is there already: a request to the service brought us here.
    from moto.core.utils import get_service_model

    model = get_service_model("apigateway")
    for operation in model.operation_names:
        if operation not in _LEFT_OUT:
            yield _row(model.operation_model(operation))


def _row(model: Any) -> Row:
    members = model.input_shape.members if model.input_shape is not None else {}
    tagged: dict[str, Any] = {"request_tags": "tags"} if "tags" in members else {}
    if "tagKeys" in members:
        tagged = {"tag_keys": "tagKeys"}
    return Row(
        model.name,
        f"apigateway:{model.http['method']}",
        _resource(model.http["requestUri"], members),
        keys=_KEYS.get(model.name, {}),
        context=(_tags,),
        **tagged,
    )


def _resource(uri: str, members: Mapping[str, Any]) -> Resource:
    """The path as it stands in ARNs, with the parameters named as boto3 names them."""
    path = uri.partition("?")[0]
    if path.startswith("/tags/"):
        return _tags_of
    names = {shape.serialization.get("name", member): member for member, shape in members.items()}
    return PREFIX + re.sub(r"\{(\w+)\}", lambda found: f"{{{names[found[1]]}}}", path)


def _tags_of(call: Call) -> str:
    """Tags are a resource whose path holds the ARN of what is tagged, URL-encoded."""
    named = quote(str(call.parameters.get("resourceArn")), safe="")
    return f"arn:{call.partition}:apigateway:{call.region}::/tags/{named}"


def _tags(call: Call, arn: str) -> Mapping[str, Value]:
    """The tags of a REST API or a stage of it."""
    kind, _, rest = arn.rpartition("::/")[2].partition("/")
    stored = backend("apigateway", call.account, call.region)
    if stored is None or kind != "restapis":
        return {}
    identifier, _, inner = rest.partition("/")
    found = stored.apis.get(identifier)
    if found is not None and inner.startswith("stages/"):
        found = found.stages.get(inner.partition("/")[2])
    elif inner:
        return {}
    return resource_tag_context(tag_pairs(getattr(found, "tags", None)))


# --- what follows from more than the path -----------------------------------------------------


def _policy(call: Call) -> Iterable[Check]:
    """The policy of an API has a permission of its own.

    Page: *Actions defined by Amazon API Gateway Management*, UpdateRestApiPolicy.
    """
    home = f"arn:{call.partition}:apigateway:{call.region}::/restapis"
    given = call.parameters
    if call.operation == "CreateRestApi":
        if given.get("policy"):
            yield Check(POLICY, home)
    elif _patches(call, "/policy"):
        yield Check(POLICY, f"{home}/{given.get('restApiId')}")


def _patches(call: Call, path: str) -> list[Mapping[str, Any]]:
    changes = call.parameters.get("patchOperations") or ()
    return [each for each in changes if each.get("path") == path]


def _passes(member: str) -> Checks:
    def checks(call: Call) -> Iterable[Check]:
        role = str(call.parameters.get(member) or "")
        # `arn:aws:iam::*:user/*` means the credentials of whoever calls the API.
        if ":role/" in role:
            yield pass_role(call, role, API_GATEWAY)

    return checks


def _passes_log_role(call: Call) -> Iterable[Check]:
    """Page: *Set up CloudWatch logging for REST APIs*: the account's role for its logs."""
    for change in _patches(call, "/cloudwatchRoleArn"):
        if change.get("value"):
            yield pass_role(call, str(change["value"]), API_GATEWAY)


PASS = ("iam:PassRole",)

TABLE = Table(
    prefix="apigateway",
    rows=(
        *_rows(),
        Derived("CreateRestApi", _policy, actions=(POLICY,)),
        Derived("UpdateRestApi", _policy, actions=(POLICY,)),
        Derived("PutIntegration", _passes("credentials"), actions=PASS),
        Derived("CreateAuthorizer", _passes("authorizerCredentials"), actions=PASS),
        Derived("UpdateAccount", _passes_log_role, actions=PASS),
    ),
)
