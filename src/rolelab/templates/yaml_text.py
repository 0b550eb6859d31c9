"""A template as YAML that a person would write: short forms, and one line where one is enough.

Pages: *CloudFormation template format*, "YAML"; *Intrinsic function reference*, "Short form".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_WIDTH = 88
_STEP = "  "
_PAIR = 2
"""A mapping of more members than this is not written inside a line."""
_SHORT_FORMS = {"Ref": "!Ref", "Fn::GetAtt": "!GetAtt", "Fn::Sub": "!Sub"}
_NEVER_PLAIN = re.compile(r"[,\[\]{}\n\t\"'#]|: |:$|^[\s&*!|>%@`?-]|\s$")
"""What is quoted wherever it stands; the rest is asked of a YAML reader."""

_NEVER_FLOW = frozenset({"Parameters", "Resources", "Properties"})
"""What is in these stands on lines of its own, however short."""


def write(template: Mapping[str, Any]) -> str:
    """Write a template.

    Args:
        template: plain values; `Ref`, `Fn::GetAtt` and `Fn::Sub` in their long forms.

    Returns:
        YAML that `rolelab.sandbox.cloudformation.template_text.decode` reads as the same values.
    """
    lines: list[str] = []
    for name, value in template.items():
        if lines and isinstance(value, Mapping):
            lines.append("")
        lines += _entry(name, value, "")
    return "\n".join(lines) + "\n"


def _entry(name: str, value: Any, indent: str) -> list[str]:
    """A key and its value, on one line if there is room."""
    key = f"{indent}{_scalar(name)}:"
    line = f"{key} {_flow(value)}"
    if name not in _NEVER_FLOW and _fits(value, line) and not _is_resource(value):
        return [line]
    if isinstance(value, Mapping):
        return [key, *_mapping(value, indent + _STEP, spaced=name == "Resources" and not indent)]
    return [key, *_sequence(value, indent + _STEP)]


def _is_resource(value: Any) -> bool:
    return isinstance(value, Mapping) and "Type" in value and len(value) > 1


def _fits(value: Any, line: str) -> bool:
    """Whether a value belongs on one line: scalars do, small collections of scalars do."""
    if not isinstance(value, Mapping | list) or _short_form(value) is not None or not value:
        return True
    inner = list(value.values()) if isinstance(value, Mapping) else value
    if any(isinstance(each, Mapping) and len(each) > _PAIR for each in inner):
        return False
    return len(line) <= _WIDTH and all(_is_small(each) for each in inner)


def _is_small(value: Any) -> bool:
    if not isinstance(value, Mapping | list) or _short_form(value) is not None:
        return True
    # {StringEquals: {aws:SourceAccount: ...}} and [{Name: ..., Value: ...}] are read at a glance.
    inner = list(value.values()) if isinstance(value, Mapping) else value
    return all(not isinstance(each, Mapping | list) or _short_form(each) for each in inner)


def _mapping(value: Mapping[str, Any], indent: str, *, spaced: bool = False) -> list[str]:
    entries = [_entry(name, each, indent) for name, each in value.items()]
    lines: list[str] = []
    for entry in entries:
        if spaced and lines:
            lines.append("")
        lines += entry
    return lines


def _sequence(value: list[Any], indent: str) -> list[str]:
    lines: list[str] = []
    for each in value:
        line = f"{indent}- {_flow(each)}"
        if _fits(each, line) and (not isinstance(each, Mapping) or len(each) <= _PAIR):
            lines.append(line)
            continue
        inner = (
            _mapping(each, indent + _STEP)
            if isinstance(each, Mapping)
            else _sequence(each, indent + _STEP)
        )
        lines += [f"{indent}- {inner[0].lstrip()}", *inner[1:]]
    return lines


def _flow(value: Any) -> str:
    """A value on one line."""
    short = _short_form(value)
    if short is not None:
        return short
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _short_form(value: Any) -> str | None:
    if not isinstance(value, Mapping) or len(value) != 1:
        return None
    ((name, argument),) = value.items()
    tag = _SHORT_FORMS.get(name)
    if tag is None:
        return None
    if name == "Fn::GetAtt":
        return f"{tag} {'.'.join(argument)}"
    return f"{tag} {_scalar(argument)}"


def _scalar(value: Any) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    return value if _is_plain(value) else _quoted(value)


def _quoted(text: str) -> str:
    """In double quotes, with escapes for what no reader takes as it is."""
    written = json.dumps(text, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in written)


def _is_plain(text: str) -> bool:
    """Whether a YAML reader takes a text without quotes for this text, in a list as well."""
    import yaml

    if not text or not text.isprintable() or _NEVER_PLAIN.search(text):
        return False
    try:
        return bool(yaml.safe_load(f"[{text}]") == [text])
    except (yaml.YAMLError, ValueError):
        return False
