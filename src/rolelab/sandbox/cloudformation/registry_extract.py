"""Take from the registry's schemas what the sandbox needs of them, and write it beside this file.

cfn-lint ships the schemas of the CloudFormation registry, from which the pages of the *Template
reference* are made. Importing it takes a second and 60 MB, so what is needed is taken out once:

    python -m rolelab.sandbox.cloudformation.registry_extract
"""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rolelab.sandbox.cloudformation import resources

REGION = "us-east-1"
FILE = Path(__file__).with_name("registry.json")


def extract() -> dict[str, Any]:
    """Read the schemas of the types that the sandbox models.

    Returns:
        `types`: the names of all types that AWS has. `kinds`: for each modelled type its
        `properties` (with `type` and `enum` where they have one), `read_only`, `create_only`,
        `required`, `attributes` and `tags`, as `registry.Kind` explains them.
    """
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

    return {
        "types": sorted(PROVIDER_SCHEMA_MANAGER.get_resource_types(REGION)),
        "kinds": {
            name: _kind(PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, name))
            for name in sorted(_modelled())
        },
    }


def text_of(extracted: Mapping[str, Any]) -> str:
    """The text of the file: one type on a line, so that changes are easy to see."""
    kinds = ",\n".join(
        f"{json.dumps(name)}: {json.dumps(kind, sort_keys=True)}"
        for name, kind in extracted["kinds"].items()
    )
    return f'{{"types": {json.dumps(extracted["types"])},\n"kinds": {{\n{kinds}\n}}}}\n'


def _modelled() -> Iterator[str]:
    for found in pkgutil.iter_modules(resources.__path__):
        module = __import__(f"{resources.__name__}.{found.name}", fromlist=["TYPES"])
        yield from getattr(module, "TYPES", {})


def _kind(found: Any) -> dict[str, Any]:
    schema: Mapping[str, Any] = found.schema
    properties = schema["properties"]
    tags = schema.get("tagging", {}).get("tagProperty", "/properties/Tags").rpartition("/")[2]
    read_only = _paths(schema, "readOnlyProperties")
    return {
        "properties": {
            name: {member: each[member] for member in ("type", "enum") if member in each}
            for name, each in properties.items()
        },
        "read_only": sorted(path[0] for path in read_only if len(path) == 1),
        "create_only": _paths(schema, "createOnlyProperties"),
        "required": list(schema.get("required", ())),
        "attributes": sorted(str(each) for each in found.get_atts),
        "tags": tags if tags in properties else None,
    }


def _paths(schema: Mapping[str, Any], name: str) -> list[list[str]]:
    return [path.removeprefix("/properties/").split("/") for path in schema.get(name, ())]


if __name__ == "__main__":
    FILE.write_text(text_of(extract()), "utf-8")
