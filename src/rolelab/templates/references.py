"""Literals of an account become references.

Pages: *Ref*, *Fn::GetAtt*, *Fn::Sub*, *Get AWS values using pseudo parameters*.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rolelab.templates.found import Found, Identifier, Named, Parameter, Reading

Target = tuple[Identifier, Found]

_OF_AWS = (".amazonaws.com", "arn:")
"""Where a Region in the middle of a text is one: in ARNs, and in addresses of AWS."""


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """One resource is named by another.

    Attributes:
        by, of: the keys of both.
        needed: whether the other must exist when the text is read. What a policy says of
            resources and conditions is only compared; its principals must exist.
    """

    by: str
    of: str
    needed: bool


@dataclass(slots=True)
class Writer:
    """Writes the properties of resources with references in the place of literals.

    Attributes:
        reading: the account.
        logical_ids: by the keys of the resources.
        barred: pairs of keys; the first does not refer to the second.
        uses: who referred to whom.
        parameters: those that were used, by name, with their declarations.
    """

    reading: Reading
    logical_ids: Mapping[str, str]
    barred: frozenset[tuple[str, str]] = frozenset()
    uses: set[Use] = field(default_factory=set)
    parameters: dict[str, Parameter] = field(default_factory=dict)
    _targets: dict[str, Target] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for found in self.reading.found:
            for identifier in found.identifiers:
                self._targets[identifier.text] = (identifier, found)

    def properties(self, found: Found) -> dict[str, Any]:
        """The properties of a resource."""
        return {name: self._value(found, each, (name,)) for name, each in found.properties.items()}

    def _value(self, of: Found, value: Any, place: tuple[str, ...]) -> Any:
        if isinstance(value, Parameter):
            return {"Ref": self._parameter(of, value)}
        if isinstance(value, Named):
            return self._named(of, value)
        if isinstance(value, str):
            return self._text(of, value, place)
        if isinstance(value, Mapping):
            return {name: self._value(of, each, (*place, name)) for name, each in value.items()}
        if isinstance(value, Sequence):
            return [self._value(of, each, place) for each in value]
        return value

    def _parameter(self, of: Found, value: Parameter) -> str:
        name = f"{self.logical_ids[of.key]}{value.suffix}"
        self.parameters[name] = value
        return name

    def _named(self, of: Found, value: Named) -> Any:
        if value.key not in self.logical_ids:
            return value.text
        self.uses.add(Use(of.key, value.key, needed=True))
        return {"Ref": self.logical_ids[value.key]}

    def _text(self, of: Found, text: str, place: tuple[str, ...]) -> Any:
        for identifier, target in self._named_in(text):
            if target.key == of.key or (of.key, target.key) in self.barred:
                continue
            self.uses.add(Use(of.key, target.key, _is_needed(place)))
            return self._reference(identifier, target, text[len(identifier.text) :])
        return self._with_pseudo_parameters(text)

    def _named_in(self, text: str) -> list[Target]:
        if text in self._targets:
            return [self._targets[text]]
        return [
            (identifier, target)
            for identifier, target in self._targets.values()
            if identifier.followed_by
            and text.startswith(identifier.text)
            and text[len(identifier.text)] in identifier.followed_by
        ]

    def _reference(self, identifier: Identifier, target: Found, rest: str) -> dict[str, Any]:
        name = self.logical_ids[target.key]
        if rest:
            inner = name if identifier.attribute is None else f"{name}.{identifier.attribute}"
            return {"Fn::Sub": f"${{{inner}}}{_literally(rest)}"}
        if identifier.attribute is None:
            return {"Ref": name}
        return {"Fn::GetAtt": [name, identifier.attribute]}

    def _with_pseudo_parameters(self, text: str) -> Any:
        written = _literally(text)
        if written.startswith(f"arn:{self.reading.partition}:"):
            rest = written.removeprefix(f"arn:{self.reading.partition}:")
            written = f"arn:${{AWS::Partition}}:{rest}"
        written = re.sub(rf"(?<!\d){self.reading.account_id}(?!\d)", "${AWS::AccountId}", written)
        region = self.reading.region
        if text == region or any(each in text for each in _OF_AWS):
            written = re.sub(rf"(?<![\w-]){region}(?![\w-])", "${AWS::Region}", written)
        if written == _literally(text):
            return text
        alone = re.fullmatch(r"\$\{([^{}]+)\}", written)
        return {"Ref": alone[1]} if alone else {"Fn::Sub": written}


def _literally(text: str) -> str:
    """A text inside Fn::Sub; what looks like a variable, such as a policy's, stays as it is."""
    return re.sub(r"\$\{(?!!)", "${!", text)


def _is_needed(place: tuple[str, ...]) -> bool:
    compared = {"Condition", "NotResource", "Resource"}
    return not compared.intersection(place)
