"""The text of a template, JSON or YAML, with the short forms of CloudFormation's functions.

PyYAML reads both; JSON's own reader says where JSON is broken. cfn-lint's decoder gives the same,
and importing it takes a second and 60 MB that a stack does not need.

Pages: *CloudFormation template format*; *Intrinsic function reference* ("Short form").
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from rolelab.sandbox.cloudformation.errors import malformed

_NO_PREFIX = frozenset({"Ref", "Condition"})
_MAP, _STAMP = "tag:yaml.org,2002:map", "tag:yaml.org,2002:timestamp"


def decode(text: str) -> Any:
    """Read the text of a template into plain values.

    Args:
        text: JSON or YAML.

    Returns:
        Dictionaries, lists, texts, numbers. A date is text, as CloudFormation takes it.

    Raises:
        ServiceError: ValidationError, where the text is not well-formed, names a key twice, or uses
            a YAML alias.
    """
    return _json(text) if text.lstrip().startswith("{") and _is_json(text) else _yaml(text)


def _is_json(text: str) -> bool:
    """Whether braces begin JSON. YAML may begin with them, too."""
    try:
        json.loads(text)
    except ValueError:
        return not _reads_as_yaml(text)
    return True


def _reads_as_yaml(text: str) -> bool:
    import yaml

    try:
        yaml.compose(text, Loader=_loader())
    except yaml.YAMLError:
        return False
    return True


def _json(text: str) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                raise malformed(f"JSON not well-formed. (line 1, column 1): duplicate key {name}")
            found[name] = value
        return found

    try:
        return json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        raise malformed(
            f"JSON not well-formed. (line {error.lineno}, column {error.colno})"
        ) from error


def _yaml(text: str) -> Any:
    import yaml

    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
            raise malformed("YAML aliases are not allowed in CloudFormation templates")
        return yaml.load(text, Loader=_loader())  # a safe loader, with constructors of our own
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = "(line 1, column 1)"
        if mark is not None:
            where = f"(line {mark.line + 1}, column {mark.column + 1})"
        told = f": {error.problem}" if str(error.problem).startswith("duplicate key ") else ""
        raise malformed(f"YAML not well-formed. {where}{told}") from error
    except yaml.YAMLError as error:
        raise malformed("YAML not well-formed. (line 1, column 1)") from error


@cache
def _loader() -> Any:
    """PyYAML's safe loader with CloudFormation's tags, unique keys, and dates as text."""
    import yaml

    class Loader(yaml.SafeLoader):
        """Reads templates."""

    Loader.add_constructor(_MAP, _mapping)
    Loader.add_constructor(_STAMP, lambda loader, node: str(node.value))
    Loader.add_multi_constructor("!", _short_form)
    return Loader


def _mapping(loader: Any, node: Any) -> dict[str, Any]:
    _require_unique_keys(node)
    # What a merge key (`<<`) brings comes first, so that the mapping's own keys win.
    loader.flatten_mapping(node)
    return {
        str(loader.construct_object(key, deep=True)): loader.construct_object(value, deep=True)
        for key, value in node.value
    }


def _require_unique_keys(node: Any) -> None:
    from yaml.constructor import ConstructorError

    seen: set[str] = set()
    for key, _ in node.value:
        name = str(key.value)
        if name in seen:
            raise ConstructorError(None, None, f"duplicate key {name}", key.start_mark)
        seen.add(name)


def _short_form(loader: Any, name: str, node: Any) -> dict[str, Any]:
    """`!Sub x` is `Fn::Sub: x`, `!GetAtt A.B` is `Fn::GetAtt: [A, B]`."""
    value = _READERS[node.id](loader, node)
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name if name in _NO_PREFIX else f"Fn::{name}": value}


_READERS: dict[str, Callable[[Any, Any], Any]] = {
    "scalar": lambda loader, node: loader.construct_scalar(node),
    "sequence": lambda loader, node: loader.construct_sequence(node, deep=True),
    "mapping": _mapping,
}
