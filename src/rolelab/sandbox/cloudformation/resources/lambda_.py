"""Lambda: functions and their permissions."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from rolelab.sandbox.cloudformation.intrinsics import text
from rolelab.sandbox.cloudformation.resources.work import (
    Made,
    ResourceType,
    Work,
    generated,
    tags_of,
)

_SETTINGS = (
    "DeadLetterConfig",
    "Description",
    "Environment",
    "EphemeralStorage",
    "Handler",
    "Layers",
    "LoggingConfig",
    "MemorySize",
    "Role",
    "Runtime",
    "Timeout",
    "TracingConfig",
    "VpcConfig",
)
_PERMISSION = (
    "Action",
    "EventSourceToken",
    "FunctionName",
    "FunctionUrlAuthType",
    "Principal",
    "PrincipalOrgID",
    "SourceAccount",
    "SourceArn",
)


def _lambda(work: Work, operation: str, /, **members: Any) -> dict[str, Any]:
    return work.call("lambda", operation, **members)


def _code(work: Work) -> dict[str, Any]:
    """Give the code as the API takes it: source text in the template goes into a ZIP file.

    Page: *AWS::Lambda::Function Code*, ZipFile: the file is called `index`.
    """
    code = dict(work.get("Code") or {})
    source = code.pop("ZipFile", None)
    if source is not None:
        suffix = "js" if text(work.get("Runtime", "")).startswith("nodejs") else "py"
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr(f"index.{suffix}", text(source))
        code["ZipFile"] = archive.getvalue()
    return code


def _create(work: Work) -> Made:
    function = _lambda(
        work,
        "CreateFunction",
        FunctionName=work.name("FunctionName"),
        Code=_code(work),
        KMSKeyArn=work.get("KmsKeyArn"),
        Tags=tags_of(work.get("Tags")) or None,
        **work.given(*_SETTINGS, "Architectures", "PackageType"),
    )
    work.announce(function["FunctionName"])
    _reserve(work, function["FunctionName"])
    return Made(function["FunctionName"], {"Arn": function["FunctionArn"]})


def _reserve(work: Work, name: str) -> None:
    if not work.changed("ReservedConcurrentExecutions"):
        return
    reserved = work.get("ReservedConcurrentExecutions")
    if reserved is None:
        _lambda(work, "DeleteFunctionConcurrency", FunctionName=name)
    else:
        _lambda(
            work,
            "PutFunctionConcurrency",
            FunctionName=name,
            ReservedConcurrentExecutions=reserved,
        )


def _update(work: Work) -> Made:
    if work.changed("Code", "Architectures"):
        _lambda(
            work,
            "UpdateFunctionCode",
            FunctionName=work.id,
            **_code(work),
            **work.given("Architectures"),
        )
    if work.changed(*_SETTINGS, "KmsKeyArn"):
        _lambda(
            work,
            "UpdateFunctionConfiguration",
            FunctionName=work.id,
            KMSKeyArn=work.get("KmsKeyArn"),
            **work.given(*_SETTINGS),
        )
    _reserve(work, work.id)
    added, removed = work.tag_changes()
    arn = work.attributes["Arn"]
    if removed:
        _lambda(work, "UntagResource", Resource=arn, TagKeys=removed)
    if added:
        _lambda(work, "TagResource", Resource=arn, Tags=added)
    return Made(work.id, work.attributes)


def _delete(work: Work) -> None:
    _lambda(work, "DeleteFunction", FunctionName=work.id)


def _permit(work: Work) -> Made:
    made = generated(work.stack_name, work.logical_id, 100)
    _lambda(work, "AddPermission", StatementId=made, **work.given(*_PERMISSION))
    return Made(made, {"Id": made})


def _forbid(work: Work) -> None:
    _lambda(work, "RemovePermission", FunctionName=work.get("FunctionName"), StatementId=work.id)


TYPES: Mapping[str, ResourceType] = {
    "AWS::Lambda::Function": ResourceType(
        _create,
        _delete,
        frozenset(
            {
                *_SETTINGS,
                "Architectures",
                "Code",
                "FunctionName",
                "KmsKeyArn",
                "PackageType",
                "ReservedConcurrentExecutions",
                "Tags",
            }
        ),
        "FunctionName",
        _update,
    ),
    "AWS::Lambda::Permission": ResourceType(_permit, _forbid, frozenset(_PERMISSION)),
}
