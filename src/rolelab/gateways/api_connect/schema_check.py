"""JSON schema, with errors that say where in the document, what is wrong, and what was meant.

Two words of our own in the schemas: `x-elsewhere` lists what API Connect knows and this simulation
does not run; `x-as` says how a text is written, where a pattern would not.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped, unused-ignore]

from rolelab.gateways.api_connect.near_words import did_you_mean
from rolelab.gateways.core.definition_error import DefinitionError

_NAMES = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "boolean": "true or false",
    "number": "a number",
    "integer": "a whole number",
}
# How far to the front a fault belongs: a misspelt key before the key that is missing for it.
_ORDER = ("additionalProperties", "maxProperties", "type", "enum")


def check(document: Any, schema: str, at: str) -> None:
    """Refuse a document that does not follow a schema.

    Args:
        document: plain data.
        schema: the name of a schema file beside this module, without `.schema.json`.
        at: the path of the document within its file; "" for the whole.

    Raises:
        DefinitionError: one fault, the first by its place.
    """
    faults = list(_validator(schema).iter_errors(document))
    if not faults:
        return
    first = min(faults, key=_rank)
    raise DefinitionError(where(at, first.absolute_path), _sentence(first))


def where(at: str, path: Iterable[str | int]) -> str:
    """Write a path as `a.b[2].c`."""
    text = at
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


@functools.cache
def _validator(name: str) -> Any:
    file = Path(__file__).with_name(f"{name}.schema.json")
    schema = json.loads(file.read_text(encoding="utf-8"))
    kind = jsonschema.validators.validator_for(schema)
    return kind(schema, format_checker=jsonschema.FormatChecker(["regex"]))


def _rank(fault: Any) -> tuple[list[tuple[int, str]], int]:
    place = [
        (0, f"{part:09}") if isinstance(part, int) else (1, part) for part in fault.absolute_path
    ]
    kind = str(fault.validator)
    return place, _ORDER.index(kind) if kind in _ORDER else len(_ORDER)


def _sentence(fault: Any) -> str:
    tell = _TELL.get(str(fault.validator))
    return tell(fault) if tell else str(fault.message)


def _unknown_key(fault: Any) -> str:
    schema: Mapping[str, Any] = fault.schema
    known, elsewhere = schema.get("properties", {}), schema.get("x-elsewhere", [])
    key = next(one for one in fault.instance if one not in known)
    kind = "policy" if schema.get("x-policies") else "property"
    if kind == "policy" and key == "activity-log":
        return (
            "activity-log is a policy of the v5 compatible gateway; for the API gateway write "
            "x-ibm-configuration.activity-log"
        )
    if key in elsewhere:
        return f"API Connect has the {kind} {key}; this simulation does not run it"
    return f"there is no {kind} {key}{did_you_mean(key, [*known, *elsewhere])}"


def _missing(fault: Any) -> str:
    missing = next(key for key in fault.validator_value if key not in fault.instance)
    return f"{missing} is missing"


def _missing_with(fault: Any) -> str:
    for key, needed in fault.validator_value.items():
        for one in needed:
            if key in fault.instance and one not in fault.instance:
                return f"{one} is missing, which {key} needs"
    return str(fault.message)


def _not_in_list(fault: Any) -> str:
    value, known = fault.instance, fault.validator_value
    elsewhere = fault.schema.get("x-elsewhere", [])
    if value in elsewhere:
        return f"API Connect has {value} here; this simulation does not run it"
    among = ", ".join(str(one) for one in known)
    return f"{value!r} is none of {among}{did_you_mean(value, map(str, known))}"


def _wrong_type(fault: Any) -> str:
    wanted = fault.validator_value
    names = [_NAMES.get(one, one) for one in ([wanted] if isinstance(wanted, str) else wanted)]
    return (
        f"this must be {' or '.join(names)}, and is {json.dumps(fault.instance, default=str)[:60]}"
    )


def _wrong_text(fault: Any) -> str:
    as_what = fault.schema.get("x-as", f"text that matches {fault.validator_value}")
    return f"{fault.instance!r} cannot be read; write {as_what}"


def _too_many_keys(fault: Any) -> str:
    return (
        f"one policy stands alone in its entry, and here are {', '.join(map(str, fault.instance))}"
    )


def _too_few(fault: Any) -> str:
    return "this is empty"


def _no_regex(fault: Any) -> str:
    return f"{fault.instance!r} is no regular expression"


_TELL: Mapping[str, Callable[[Any], str]] = {
    "additionalProperties": _unknown_key,
    "required": _missing,
    "dependentRequired": _missing_with,
    "enum": _not_in_list,
    "type": _wrong_type,
    "pattern": _wrong_text,
    "format": _no_regex,
    "maxProperties": _too_many_keys,
    "minProperties": _too_few,
    "minItems": _too_few,
    "minLength": _too_few,
}
