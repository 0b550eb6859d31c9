"""Write out what a case abbreviates: statements, documents, and references to what was made."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

_REFERENCE = re.compile(r"<([a-z][a-z0-9-]*)((?:\.\w+)*)>")


class UnmadeError(LookupError):
    """A case refers to something that this account could not make."""


def document(statements: list[Any]) -> str:
    """Write a policy document as JSON text.

    Args:
        statements: in IAM's own elements, save that `allow: ACTION` or `deny: ACTION` stands for
            Effect and Action. A statement with neither Resource nor Principal is about every
            resource.
    """
    return json.dumps({"Version": "2012-10-17", "Statement": [_statement(s) for s in statements]})


def _statement(short: Mapping[str, Any]) -> dict[str, Any]:
    full = dict(short)
    for word in ("allow", "deny"):
        if word in full:
            full = {"Effect": word.capitalize(), "Action": full.pop(word), **full}
    if not {"Resource", "NotResource", "Principal", "NotPrincipal"} & full.keys():
        full["Resource"] = "*"
    return full


def attached(statements: list[Any], resource: str | list[str] = "*") -> list[Any]:
    """Give the statements of a resource-based policy.

    Args:
        resource: what a statement is about that does not say so itself.
    """
    return [
        short if {"Resource", "NotResource"} & short.keys() else {**short, "Resource": resource}
        for short in statements
    ]


def resolve(value: Any, made: Mapping[str, Any]) -> Any:
    """Replace `<name>` by the ARN of what was made under this name, `<name.id>` by its id.

    What a call answered is found by the path of a member: `<first.VersionId>`.

    A mapping `{policy: [statements]}` becomes the text of that document, `{json: ...}` the JSON
    text of whatever it holds, `{zip: code}` an archive with that code in it.

    Raises:
        UnmadeError: there is no such thing.
    """
    if isinstance(value, str):
        whole = _REFERENCE.fullmatch(value)
        if whole is not None:
            return _look_up(whole, made)
        return _REFERENCE.sub(lambda match: str(_look_up(match, made)), value)
    if isinstance(value, list):
        return [resolve(entry, made) for entry in value]
    if isinstance(value, Mapping):
        kind = next(iter(value), None)
        if len(value) == 1 and kind in _WRITTEN:
            return _WRITTEN[kind](resolve(value[kind], made))
        return {resolve(key, made): resolve(entry, made) for key, entry in value.items()}
    return value


def archive(code: str) -> bytes:
    """Give a deployment package of a Lambda function, with the code in `index.py`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("index.py", code)
    return packed.getvalue()


_WRITTEN: dict[Any, Callable[[Any], str | bytes]] = {
    "policy": document,
    "json": json.dumps,
    "zip": archive,
}


def _look_up(match: re.Match[str], made: Mapping[str, Any]) -> Any:
    found: Any = made.get(match[1])
    for step in (match[2] or ".arn").split(".")[1:]:
        found = found.get(step) if isinstance(found, Mapping) else None
    if found is None:
        raise UnmadeError(match[0])
    return found
