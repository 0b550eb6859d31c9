"""What the operations of Systems Manager ask: parameters, documents, commands, sessions.

Pages: *Actions, resources, and condition keys for AWS Systems Manager* (Service Authorization
Reference); *How Parameter Store authorizes parameter retrieval*, *Preventing access to Parameter
Store API operations*, *Additional sample IAM policies for Session Manager* (AWS Systems Manager
User Guide).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.check import Check, Value
from rolelab.sandbox.operations.row import Derived, Entry, Key, Row, Table
from rolelab.sandbox.operations.ssm_nodes import DOCUMENTS, NODES, about_document, document_arn
from rolelab.sandbox.operations.ssm_parameters import (
    MANAGED_KEY,
    SECRETS,
    about_parameter,
    below_path,
    chosen,
    decrypts,
    is_advanced,
    parameter_arn,
    parameter_named,
    path_arn,
    through,
    versions,
)
from rolelab.sandbox.resource_policies import owned_by_account_in_arn

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

Keys = Mapping[str, Key]

_PARAMETER = parameter_named("Name")


def _each(call: Call) -> str:
    return parameter_arn(str(call.parameters["each"]), call)


def _on_parameter(operation: str, keys: Keys | None = None, **columns: Any) -> Row:
    """Give the row of an operation on one parameter."""
    return Row(
        operation,
        f"ssm:{operation}",
        columns.pop("resource", _PARAMETER),
        keys=keys or {},
        context=(about_parameter,),
        **columns,
    )


def _flag(member: str) -> Key:
    """Give a boolean member, false where it is absent."""
    return lambda call: "true" if call.parameters.get(member) else "false"


# Reading and writing values.


def _secret(call: Call, names: Iterable[str]) -> Iterator[Check]:
    """Give the checks of secrets that are read by way of Parameter Store.

    Page: *Referencing AWS Secrets Manager secrets from Parameter Store parameters*: the caller
    needs the permissions of both services.
    """
    from rolelab.sandbox.operations import checks_of

    for name in names:
        if name.startswith(SECRETS):
            secret = {"SecretId": name.removeprefix(SECRETS)}
            yield from checks_of(
                replace(
                    call, service="secretsmanager", operation="GetSecretValue", parameters=secret
                )
            )


def _reads(call: Call) -> Iterable[Check]:
    name = str(call.parameters.get("Name") or "")
    yield from _secret(call, (name,))
    yield from decrypts(call, (chosen(parameter_arn(name, call), name),))


def _reads_each(call: Call) -> Iterable[Check]:
    names = [str(each) for each in call.parameters.get("Names") or ()]
    yield from _secret(call, names)
    yield from decrypts(call, (chosen(parameter_arn(each, call), each) for each in names))


def _reads_path(call: Call) -> Iterable[Check]:
    return decrypts(call, below_path(call)[0])


def _reads_history(call: Call) -> Iterable[Check]:
    return decrypts(call, versions(_PARAMETER(call)))


def _writes(call: Call) -> Iterable[Check]:
    """Give the check of a SecureString that is written.

    A standard parameter is encrypted under the key itself, an advanced one under a data key. Page:
    *AWS KMS encryption for AWS Systems Manager Parameter Store SecureString parameters*, "Setting
    permissions to encrypt and decrypt parameter values".
    """
    arn = _PARAMETER(call)
    known = versions(arn)
    kind = call.parameters.get("Type") or (known[-1].parameter_type if known else None)
    if kind != "SecureString":
        return
    action = "kms:GenerateDataKey" if is_advanced(call) else "kms:Encrypt"
    yield through(call, action, str(call.parameters.get("KeyId") or MANAGED_KEY), arn)


PARAMETERS: tuple[Entry, ...] = (
    _on_parameter("GetParameter"),
    Derived("GetParameter", _reads, actions=("kms:Decrypt", "secretsmanager:GetSecretValue")),
    _on_parameter("GetParameters", resource=_each, each="Names"),
    Derived("GetParameters", _reads_each, actions=("kms:Decrypt",)),
    Row(
        "GetParametersByPath",
        "ssm:GetParametersByPath",
        path_arn,
        keys={"ssm:Recursive": _flag("Recursive")},
    ),
    Derived("GetParametersByPath", _reads_path, actions=("kms:Decrypt",)),
    _on_parameter("GetParameterHistory"),
    Derived("GetParameterHistory", _reads_history, actions=("kms:Decrypt",)),
    _on_parameter(
        "PutParameter",
        {"ssm:Overwrite": _flag("Overwrite"), "ssm:Policies": _flag("Policies")},
        request_tags="Tags",
    ),
    # Tags of a new parameter are a permission of their own.
    Row(
        "PutParameter",
        "ssm:AddTagsToResource",
        _PARAMETER,
        context=(about_parameter,),
        request_tags="Tags",
        when="Tags",
    ),
    Derived("PutParameter", _writes, actions=("kms:Encrypt", "kms:GenerateDataKey")),
    _on_parameter("DeleteParameter"),
    _on_parameter("DeleteParameters", resource=_each, each="Names"),
    _on_parameter("LabelParameterVersion"),
    _on_parameter("UnlabelParameterVersion"),
    Row("DescribeParameters", "ssm:DescribeParameters"),
)


# Tags, policies and settings.

# ResourceType in a request -> kind of resource in an ARN.
_KINDS: Mapping[str, str] = {
    "Association": "association",
    "Automation": "automation-execution",
    "Document": "document",
    "MaintenanceWindow": "maintenancewindow",
    "ManagedInstance": "managed-instance",
    "OpsItem": "opsitem",
    "OpsMetadata": "opsmetadata",
    "Parameter": "parameter",
    "PatchBaseline": "patchbaseline",
}


def _typed(call: Call) -> str:
    """Give the ARN of the resource that ResourceType and ResourceId name."""
    name, kind = str(call.parameters.get("ResourceId")), call.parameters.get("ResourceType")
    if kind == "Parameter":
        return parameter_arn(name, call)
    if kind == "Document":
        return document_arn(name, call)
    if name.startswith("arn:"):
        return name
    found = _KINDS.get(str(kind))
    return f"arn:{call.partition}:ssm:{call.region}:{call.account}:{found}/{name}" if found else "*"


def _tags_of_any(call: Call, arn: str) -> Mapping[str, Value]:
    about = about_document if ":document/" in arn else about_parameter
    return about(call, arn)


def _setting(call: Call) -> str:
    named = str(call.parameters.get("SettingId"))
    if named.startswith("arn:"):
        return named
    name = named.removeprefix("/")
    return f"arn:{call.partition}:ssm:{call.region}:{call.account}:servicesetting/{name}"


ABOUT_RESOURCES: tuple[Entry, ...] = (
    Row(
        "AddTagsToResource",
        "ssm:AddTagsToResource",
        _typed,
        context=(_tags_of_any,),
        request_tags="Tags",
    ),
    Row(
        "RemoveTagsFromResource",
        "ssm:RemoveTagsFromResource",
        _typed,
        context=(_tags_of_any,),
        tag_keys="TagKeys",
    ),
    Row("ListTagsForResource", "ssm:ListTagsForResource", _typed, context=(_tags_of_any,)),
    *(
        Row(each, f"ssm:{each}", "{ResourceArn}", context=(_tags_of_any,))
        for each in ("DeleteResourcePolicy", "GetResourcePolicies", "PutResourcePolicy")
    ),
    *(
        Row(each, f"ssm:{each}", _setting)
        for each in ("GetServiceSetting", "ResetServiceSetting", "UpdateServiceSetting")
    ),
)


TABLE = Table(
    prefix="ssm",
    attached=owned_by_account_in_arn,
    rows=(*PARAMETERS, *DOCUMENTS, *NODES, *ABOUT_RESOURCES),
)
