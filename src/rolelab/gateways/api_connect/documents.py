"""Reading YAML and JSON so that nothing is lost: a key that stands twice is an error."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from rolelab.gateways.core.definition_error import DefinitionError

_NOT_TEXT = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "bool", "null"))


class _OneKeyOnce(yaml.SafeLoader):
    """PyYAML keeps the last of two equal keys, and so hides one of two routes.

    A key is text as it is written: `200:` in `responses` is the key "200", as in JSON.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise DefinitionError("", f"line {line}: a key is text")
            if key.value in seen:
                raise DefinitionError("", f"line {line}: {key.value} stands twice in one place")
            seen.add(key.value)
            if key.tag in _NOT_TEXT:
                key.tag = "tag:yaml.org,2002:str"
        return super().construct_mapping(node, deep)


# A date stays the text that it is: `version: 2026-01-01` is a version.
_OneKeyOnce.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_document(source: str | Path | Mapping[str, Any]) -> dict[str, Any]:
    """Read a definition.

    Args:
        source: the document itself, its YAML or JSON text, or the path of its file.

    Raises:
        DefinitionError: it is neither YAML nor JSON, no object, or has one key twice.
    """
    if isinstance(source, Mapping):
        return dict(source)
    text = source.read_text(encoding="utf-8") if isinstance(source, Path) else source
    try:
        # yaml.load with a subclass of SafeLoader makes plain data only.
        found = yaml.load(text, _OneKeyOnce)
    except RecursionError:
        raise DefinitionError("", "the document is nested too deep") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}: " if mark else ""
        problem = getattr(error, "problem", None) or "the text cannot be read"
        raise DefinitionError("", f"{place}this is neither YAML nor JSON: {problem}") from None
    if not isinstance(found, dict):
        raise DefinitionError("", "the document must be an object, with openapi or product in it")
    return found
