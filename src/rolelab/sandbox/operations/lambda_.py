"""What the operations of Lambda ask.

Pages: *Actions, resources, and condition keys for AWS Lambda* (Service Authorization Reference);
*Fine-tuning the Resources and Conditions sections of policies* (AWS Lambda Developer Guide);
*Defining Lambda function permissions with an execution role* (iam:PassRole).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.check import Check, Value
from rolelab.sandbox.operations.pass_role import pass_role
from rolelab.sandbox.operations.row import (
    Derived,
    Key,
    Row,
    Table,
    resource_tag_context,
    tag_pairs,
)
from rolelab.sandbox.resource_policies import account_of, attached, backend
from rolelab.sandbox.resource_policies.lambda_ import function, lambda_policy, stored

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

LAMBDA = "lambda.amazonaws.com"
Keys = Mapping[str, Key]


# --- names ------------------------------------------------------------------------------------


def function_arn(call: Call, named: str, qualifier: str | None = None) -> str:
    """Give the ARN of a function, version or alias.

    Page: *Invoke*, "FunctionName": a name (`app`, `app:v1`), an ARN, or a partial ARN
    (`123456789012:function:app`).

    Args:
        call: the call, for its account and Region.
        named: the function in any of these forms.
        qualifier: the version or alias that a parameter names.
    """
    if not named.startswith("arn:"):
        account, _, name = named.partition(":function:")
        if not name:
            account, name = call.account, named
        named = f"arn:{call.partition}:lambda:{call.region}:{account}:function:{name}"
    qualified = len(named.split(":")) > 7
    return f"{named}:{qualifier}" if qualifier and not qualified else named


def _function(call: Call) -> str:
    """The function itself, whatever version or alias the call speaks of."""
    named = call.parameters.get("FunctionName")
    return ":".join(function_arn(call, str(named)).split(":")[:7]) if named else "*"


def _qualified(call: Call) -> str:
    """The function, version or alias that the call names."""
    given = call.parameters
    named = given.get("FunctionName")
    return function_arn(call, str(named), given.get("Qualifier")) if named else "*"


def _alias(call: Call) -> str | None:
    return function_arn(call, _function(call), str(call.parameters.get("Name")))


def _layer_arn(call: Call, name: str) -> str:
    if name.startswith("arn:"):
        return name
    return f"arn:{call.partition}:lambda:{call.region}:{call.account}:layer:{name}"


def _layer(call: Call) -> str:
    return _layer_arn(call, str(call.parameters.get("LayerName")))


def layer_version_arn(call: Call) -> str:
    """Give the ARN of the version of a layer that a call names."""
    return f"{_layer(call)}:{call.parameters.get('VersionNumber')}"


# --- condition keys ---------------------------------------------------------------------------


def _tags(call: Call, arn: str) -> Mapping[str, Value]:
    """The tags of the function. Page: *Using attribute-based access control in Lambda*."""
    found = function(arn) if ":function:" in arn else _mapping(call, arn.rpartition(":")[2])
    pairs = {} if found is None else tag_pairs(found.tags)
    return resource_tag_context(pairs)


def _mapping(call: Call, uuid: str) -> Any | None:
    known = stored(call.account, call.region)
    return None if known is None else known._event_source_mappings.get(uuid)


def _mapped_function(call: Call) -> str | None:
    """`lambda:FunctionArn` of an event source mapping that exists."""
    found = _mapping(call, str(call.parameters.get("UUID")))
    return None if found is None else str(found.function_arn)


def _network(member: str) -> Callable[[Call], Value | None]:
    def value(call: Call) -> Value | None:
        given = (call.parameters.get("VpcConfig") or {}).get(member)
        return [str(each) for each in given] if given else None

    return value


def _vpcs(call: Call) -> Value | None:
    """`lambda:VpcIds`: the VPCs of the subnets. Page: *Condition keys for AWS Lambda*."""
    network = backend("ec2", call.account, call.region)
    wanted = (call.parameters.get("VpcConfig") or {}).get("SubnetIds") or ()
    zones = [] if network is None else list(network.subnets.values())
    found = (zone[each].vpc_id for each in wanted for zone in zones if each in zone)
    return list(dict.fromkeys(str(vpc) for vpc in found)) or None


def _url_auth(call: Call) -> Value | None:
    """`lambda:FunctionUrlAuthType` of a function URL that exists."""
    found = function(_function(call))
    config = getattr(found, "url_config", None)
    return None if config is None else str(config.config.get("AuthType"))


def _removed(member: str) -> Callable[[Call], Value | None]:
    """What the statement says that RemovePermission takes away."""

    def value(call: Call) -> Value | None:
        found = function(_function(call))
        written = [] if found is None else found.policy.statements
        sid = call.parameters.get("StatementId")
        return next((_said(each, member) for each in written if each.get("Sid") == sid), None)

    return value


def _said(statement: Mapping[str, Any], member: str) -> str | None:
    if member == "Principal":
        principal = statement.get("Principal")
        return str(next(iter(principal.values()))) if isinstance(principal, Mapping) else principal
    conditions = statement.get("Condition") or {}
    said = (conditions.get("StringEquals") or {}).get("lambda:FunctionUrlAuthType")
    return None if said is None else str(said)


CONFIGURATION: Keys = {
    "lambda:Layer": "Layers",
    "lambda:SecurityGroupIds": _network("SecurityGroupIds"),
    "lambda:SubnetIds": _network("SubnetIds"),
    "lambda:VpcIds": _vpcs,
}
URL: Keys = {"lambda:FunctionArn": _qualified, "lambda:FunctionUrlAuthType": "AuthType"}
URL_THERE: Keys = {"lambda:FunctionArn": _qualified, "lambda:FunctionUrlAuthType": _url_auth}


# --- rows -------------------------------------------------------------------------------------


def _on(operation: str, keys: Keys | None = None, **columns: Any) -> Row:
    """An operation on a function, which may name one of its versions or aliases."""
    resource = columns.pop("resource", _qualified)
    action = columns.pop("action", f"lambda:{operation}")
    return Row(operation, action, resource, keys=keys or {}, context=(_tags,), **columns)


def _passes(call: Call) -> Iterable[Check]:
    """Page: *Defining Lambda function permissions with an execution role*."""
    role = call.parameters.get("Role")
    if role:
        yield pass_role(call, str(role), LAMBDA, _function(call))


def _reads_code(call: Call) -> Iterable[Check]:
    """Code in a bucket is read in the name of the caller. Page: *FunctionCode*, "S3Bucket"."""
    given = call.parameters.get("Code") or call.parameters.get("Content") or call.parameters
    if not (given.get("S3Bucket") and given.get("S3Key")):
        return
    arn = f"arn:{call.partition}:s3:::{given['S3Bucket']}/{given['S3Key']}"
    known = attached(arn)
    context: dict[str, Value] = {
        "aws:CalledVia": [LAMBDA],
        "aws:CalledViaFirst": LAMBDA,
        "aws:CalledViaLast": LAMBDA,
        "aws:ViaAWSService": "true",
    }
    version = given.get("S3ObjectVersion")
    action = "s3:GetObjectVersion" if version else "s3:GetObject"
    yield Check(action, arn, known.account, context, known.policy)


# Page: *Managing permissions for layers*: to use a layer is to call GetLayerVersion.
def _uses_layers(operation: str) -> Row:
    return Row(operation, "lambda:GetLayerVersion", "{each}", each="Layers")


CODE = ("s3:GetObject", "s3:GetObjectVersion")
CODE_SIGNING = "{CodeSigningConfigArn}"
MAPPING = "arn:{partition}:lambda:{region}:{account}:event-source-mapping:{UUID}"


def _trail(call: Call) -> list[dict[str, str]]:
    """Invocations are data events. Page: *Logging AWS Lambda API calls using AWS CloudTrail*."""
    if call.operation not in {"Invoke", "InvokeAsync", "InvokeWithResponseStream"}:
        return []
    arn = _function(call)
    owner = account_of(arn) or call.account
    return [{"ARN": arn, "accountId": owner, "type": "AWS::Lambda::Function"}]


TABLE = Table(
    prefix="lambda",
    attached=lambda_policy,
    trail=_trail,
    rows=(
        # Page: *Actions defined by AWS Lambda*: all ways to invoke are lambda:InvokeFunction.
        _on("Invoke", action="lambda:InvokeFunction"),
        _on("InvokeWithResponseStream", action="lambda:InvokeFunction"),
        _on("InvokeAsync"),
        *(
            _on(operation)
            for operation in (
                "DeleteFunction",
                "DeleteFunctionEventInvokeConfig",
                "DeleteProvisionedConcurrencyConfig",
                "GetFunction",
                "GetFunctionConfiguration",
                "GetFunctionEventInvokeConfig",
                "GetPolicy",
                "GetProvisionedConcurrencyConfig",
                "GetRuntimeManagementConfig",
                "PutFunctionEventInvokeConfig",
                "PutProvisionedConcurrencyConfig",
                "PutRuntimeManagementConfig",
                "UpdateFunctionEventInvokeConfig",
            )
        ),
        *(
            _on(operation, resource=_function)
            for operation in (
                "CreateAlias",
                "DeleteAlias",
                "DeleteFunctionCodeSigningConfig",
                "DeleteFunctionConcurrency",
                "GetAlias",
                "GetFunctionCodeSigningConfig",
                "GetFunctionConcurrency",
                "GetFunctionRecursionConfig",
                "ListAliases",
                "ListFunctionEventInvokeConfigs",
                "ListProvisionedConcurrencyConfigs",
                "ListVersionsByFunction",
                "PublishVersion",
                "PutFunctionConcurrency",
                "PutFunctionRecursionConfig",
                "UpdateAlias",
            )
        ),
        _on(
            "AddPermission",
            {"lambda:Principal": "Principal", "lambda:FunctionUrlAuthType": "FunctionUrlAuthType"},
        ),
        _on(
            "RemovePermission",
            {
                "lambda:Principal": _removed("Principal"),
                "lambda:FunctionUrlAuthType": _removed("FunctionUrlAuthType"),
            },
        ),
        _on(
            "CreateFunction",
            {**CONFIGURATION, "lambda:CodeSigningConfigArn": "CodeSigningConfigArn"},
            request_tags="Tags",
        ),
        _uses_layers("CreateFunction"),
        Derived("CreateFunction", _passes, actions=("iam:PassRole",)),
        Derived("CreateFunction", _reads_code, actions=CODE),
        _on("UpdateFunctionConfiguration", CONFIGURATION, resource=_function),
        _uses_layers("UpdateFunctionConfiguration"),
        Derived("UpdateFunctionConfiguration", _passes, actions=("iam:PassRole",)),
        _on("UpdateFunctionCode", resource=_function),
        Derived("UpdateFunctionCode", _reads_code, actions=CODE),
        _on("CreateFunctionUrlConfig", URL),
        _on("UpdateFunctionUrlConfig", URL),
        _on("GetFunctionUrlConfig", URL_THERE),
        _on("DeleteFunctionUrlConfig", URL_THERE),
        _on(
            "ListFunctionUrlConfigs",
            {"lambda:FunctionUrlAuthType": _url_auth},
            resource=_function,
        ),
        Row(
            "CreateEventSourceMapping",
            "lambda:CreateEventSourceMapping",
            keys={"lambda:FunctionArn": _qualified},
            request_tags="Tags",
        ),
        *(
            Row(
                operation,
                f"lambda:{operation}",
                MAPPING,
                keys={"lambda:FunctionArn": _mapped_function},
                context=(_tags,),
            )
            for operation in (
                "DeleteEventSourceMapping",
                "GetEventSourceMapping",
                "UpdateEventSourceMapping",
            )
        ),
        Row("PublishLayerVersion", "lambda:PublishLayerVersion", _layer),
        Derived("PublishLayerVersion", _reads_code, actions=CODE),
        *(
            Row(operation, f"lambda:{operation}", layer_version_arn)
            for operation in (
                "AddLayerVersionPermission",
                "DeleteLayerVersion",
                "GetLayerVersion",
                "GetLayerVersionPolicy",
                "RemoveLayerVersionPermission",
            )
        ),
        Row("GetLayerVersionByArn", "lambda:GetLayerVersion", "{Arn}"),
        *(
            Row(operation, f"lambda:{operation}", CODE_SIGNING)
            for operation in (
                "DeleteCodeSigningConfig",
                "GetCodeSigningConfig",
                "ListFunctionsByCodeSigningConfig",
                "UpdateCodeSigningConfig",
            )
        ),
        Row(
            "CreateCodeSigningConfig",
            "lambda:CreateCodeSigningConfig",
            request_tags="Tags",
        ),
        _on(
            "PutFunctionCodeSigningConfig",
            {"lambda:CodeSigningConfigArn": "CodeSigningConfigArn"},
            resource=_function,
        ),
        Row(
            "PutFunctionCodeSigningConfig",
            "lambda:PutFunctionCodeSigningConfig",
            CODE_SIGNING,
            keys={"lambda:CodeSigningConfigArn": "CodeSigningConfigArn"},
        ),
        Row("ListTags", "lambda:ListTags", "{Resource}", context=(_tags,)),
        Row(
            "TagResource",
            "lambda:TagResource",
            "{Resource}",
            request_tags="Tags",
            context=(_tags,),
        ),
        Row(
            "UntagResource",
            "lambda:UntagResource",
            "{Resource}",
            tag_keys="TagKeys",
            context=(_tags,),
        ),
        *(
            Row(operation, f"lambda:{operation}")
            for operation in (
                "GetAccountSettings",
                "ListCodeSigningConfigs",
                "ListEventSourceMappings",
                "ListFunctions",
                "ListLayerVersions",
                "ListLayers",
            )
        ),
    ),
)
