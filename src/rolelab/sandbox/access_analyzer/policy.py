"""A policy as the checks see it, and what they find in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rolelab.sandbox.access_analyzer.located import Path

IDENTITY, RESOURCE = "IDENTITY_POLICY", "RESOURCE_POLICY"
SERVICE_CONTROL, RESOURCE_CONTROL = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
TRUST = "AWS::IAM::AssumeRolePolicyDocument"


@dataclass(frozen=True, slots=True)
class Found:
    """One finding.

    Attributes:
        code: the issue code.
        paths: the places it is about.
        fields: what fills the gaps of its sentence.
    """

    code: str
    paths: tuple[Path, ...]
    fields: Mapping[str, Any]


def found(code: str, *paths: Path, **fields: Any) -> Found:
    """Make a finding."""
    return Found(code, paths or ((),), fields)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement with its place. `source` is an object; anything may be in it."""

    path: Path
    source: Mapping[str, Any]

    @property
    def allows(self) -> bool:
        return self.source.get("Effect") == "Allow"

    def at(self, *steps: str | int) -> Path:
        """The path of something in the statement."""
        return (*self.path, *steps)

    def texts(self, element: str) -> list[tuple[Path, str]]:
        """The texts of an element that is a text or a list, each with its place."""
        return list(_texts(self.source.get(element), self.at(element)))

    def conditions(self) -> Iterator[tuple[str, str, list[Any], Path]]:
        """Operator, key, values and place of every condition."""
        block = self.source.get("Condition")
        if not isinstance(block, Mapping):
            return
        for operator, keys in block.items():
            if not isinstance(keys, Mapping):
                continue
            for key, values in keys.items():
                listed = values if isinstance(values, list) else [values]
                yield operator, key, listed, self.at("Condition", operator, key)

    def principals(self, element: str = "Principal") -> Iterator[tuple[str, str, Path]]:
        """Kind, name and place of every principal; kind is "" for a plain `*`."""
        written = self.source.get(element)
        if isinstance(written, str):
            yield "", written, self.at(element)
        elif isinstance(written, Mapping):
            for kind, names in written.items():
                for path, name in _texts(names, self.at(element, kind)):
                    yield kind, name, path

    def condition_keys(self) -> set[str]:
        """The condition keys in use, in lower case."""
        return {key.lower() for _, key, _, _ in self.conditions()}


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for position, entry in enumerate(value):
            if isinstance(entry, str):
                yield (*path, position), entry


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy document: an object, in which anything may be.

    Attributes:
        kind: IDENTITY_POLICY, RESOURCE_POLICY, SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY.
        resource_type: what the policy is for, where the caller says so.
        text: the document as it was sent.
    """

    source: Mapping[str, Any]
    kind: str
    resource_type: str | None
    text: str

    @property
    def statements(self) -> list[Statement]:
        written = self.source.get("Statement")
        if isinstance(written, Mapping):
            return [Statement(("Statement",), written)]
        return [
            Statement(("Statement", position), each)
            for position, each in enumerate(written if isinstance(written, list) else [])
            if isinstance(each, Mapping)
        ]

    @property
    def is_trust(self) -> bool:
        """Whether it is a role's trust policy: by its type, or because it speaks of STS alone."""
        if self.resource_type is not None:
            return self.resource_type == TRUST
        actions = [text for each in self.statements for _, text in each.texts("Action")]
        return self.kind == RESOURCE and all(text.lower().startswith("sts:") for text in actions)
