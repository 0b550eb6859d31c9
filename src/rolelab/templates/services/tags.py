"""Tags, which services write in several ways, as CloudFormation writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_OF_AWS = "aws:"


def tags(given: Iterable[Mapping[str, Any]] | Mapping[str, str] | None) -> list[dict[str, str]]:
    """Tags as a list of Key and Value, by key.

    Tags that begin with `aws:` are AWS's own and cannot be set. Page: *Tag your AWS resources*.

    Args:
        given: a mapping, or a list of mappings with a key and a value under any of AWS's names.
    """
    pairs = given if isinstance(given, Mapping) else dict(map(_pair, given or ()))
    return [
        {"Key": key, "Value": pairs[key]} for key in sorted(pairs) if not key.startswith(_OF_AWS)
    ]


def _pair(tag: Mapping[str, Any]) -> tuple[str, str]:
    named = {name.lower().removeprefix("tag"): value for name, value in tag.items()}
    return str(named["key"]), str(named["value"])
