"""What CloudFormation says about a template without deploying it.

Pages: *ValidateTemplate*, *GetTemplate*, *GetTemplateSummary* of the CloudFormation API Reference.
"""

from __future__ import annotations

import json
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.cloudformation import capabilities, registry, stacks
from rolelab.sandbox.cloudformation.errors import in_brackets, malformed
from rolelab.sandbox.cloudformation.intrinsics import text
from rolelab.sandbox.cloudformation.parameters import check_declarations
from rolelab.sandbox.cloudformation.template import Template
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.cloudformation_described import filled
from rolelab.sandbox.fixes.cloudformation_requests import beyond, existing, template_of


@fix("cloudformation", "ValidateTemplate")
def validate_template(call: Call, response: Any, serve: Any) -> Answer:
    """moto looks at the syntax alone, and answers no capabilities."""
    template = _checked(template_of(call))
    entries = [
        filled(
            {
                "ParameterKey": name,
                "DefaultValue": _default(declared),
                "NoEcho": _hidden(declared),
                "Description": declared.get("Description"),
            }
        )
        for name, declared in template.parameters.items()
    ]
    return Answer({"Parameters": entries, **_about(template)})


def _checked(template: Template) -> Template:
    check_declarations(template)
    unknown = sorted(
        {
            each.type
            for each in template.resources.values()
            if not each.type.startswith("Custom::") and not registry.exists(each.type)
        }
    )
    if unknown and not template.transforms:
        raise malformed(f"Unrecognized resource types: {in_brackets(unknown)}")
    return template


def _default(declared: Any) -> str | None:
    return text(declared["Default"]) if "Default" in declared else None


def _hidden(declared: Any) -> bool:
    return text(declared.get("NoEcho", "")).lower() == "true"


def _about(template: Template) -> dict[str, Any]:
    needed = capabilities.required(template)
    types = capabilities.iam_types(template)
    reason = f"The following resource(s) require capabilities: {in_brackets(types)}"
    return filled(
        {
            "Description": template.description,
            "Capabilities": needed or None,
            "CapabilitiesReason": reason if types else None,
            "DeclaredTransforms": list(template.transforms) or None,
        }
    )


@fix("cloudformation", "GetTemplate")
def get_template(call: Call, response: Any, serve: Any) -> Answer:
    """The template as it was sent; there are no macros that would process it."""
    given = call.parameters
    if given.get("ChangeSetName"):
        stack_name = given.get("StackName")
        named = str(given["ChangeSetName"])
        found = stacks.change_set(named, stack_name, call.account, call.region)
        if found is None:
            raise ServiceError("ChangeSetNotFound", f"ChangeSet [{named}] does not exist", 404)
        template = found.inputs.template.text
    else:
        inputs = existing(call, given.get("StackName")).inputs
        template = "" if inputs is None else inputs.template.text
    return Answer({"TemplateBody": template, "StagesAvailable": ["Original", "Processed"]})


@fix("cloudformation", "GetTemplateSummary")
def get_template_summary(call: Call, response: Any, serve: Any) -> Answer:
    """moto answers no capabilities."""
    if call.parameters.get("StackSetName"):
        raise beyond(call, "StackSets are not modelled.")
    if call.parameters.get("StackName"):
        inputs = existing(call).inputs
        template = inputs.template if inputs is not None else template_of(call)
    else:
        template = _checked(template_of(call))
    entries = [
        filled(
            {
                "ParameterKey": name,
                "DefaultValue": _default(declared),
                "ParameterType": declared["Type"],
                "NoEcho": _hidden(declared),
                "Description": declared.get("Description"),
                "ParameterConstraints": {
                    "AllowedValues": [text(each) for each in declared.get("AllowedValues") or ()]
                },
            }
        )
        for name, declared in template.parameters.items()
    ]
    metadata = template.body.get("Metadata")
    return Answer(
        filled(
            {
                "Parameters": entries,
                **_about(template),
                "ResourceTypes": sorted({each.type for each in template.resources.values()}),
                "Version": template.body.get("AWSTemplateFormatVersion"),
                "Metadata": None if metadata is None else json.dumps(metadata),
            }
        )
    )
