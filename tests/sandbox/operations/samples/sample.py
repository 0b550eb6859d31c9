"""Made-up parameters for every operation of a service."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from typing import Any

from moto.core.utils import get_service_model

from rolelab.sandbox import operations, service_modules
from rolelab.sandbox.operations import table

ACCOUNT = "123456789012"
REGION = "us-east-1"
NAME = "sample"
TAGS = [{"Key": "team", "Value": "shop"}]

Clients = Callable[[str], Any]
# (operation, action, what differs) -> why. What differs is "action", "resource ARN" or a key.
Deviations = Mapping[tuple[str, str, str], str]


@dataclass(frozen=True)
class Sample:
    """What is needed to call every operation of one service.

    Attributes:
        prepare: makes everything that the calls name, given boto3 clients, and returns the
            parameters whose values are only known then (ids), by name.
        texts: values of parameters by their name, at any depth; other texts are `sample`.
        given: operation -> parameters that stand as they are, in every call of the operation.
        variants: operation -> parameters of further calls, laid over what the API requires.
        left_out: parameters that are not given: they would stand for something else.
        shaped_like: operation that botocore has no model of -> one with the same parameters.
        deviations: what the table says on purpose although AWS's reference does not, and why.
        asks_nothing: operations that need no permission.
        complete: every operation of the service has a row. False: what the course does not
            touch is left to the strict default.
    """

    prepare: Callable[[Clients], Mapping[str, Any] | None] = lambda aws: None
    texts: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    variants: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    shaped_like: Mapping[str, str] = field(default_factory=dict)
    deviations: Deviations = field(default_factory=dict)
    asks_nothing: frozenset[str] = frozenset()
    complete: bool = True

    def calls(
        self, service: str, operation: str, learned: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Give parameters for calls: what the API requires, everything it takes, and variants.

        Args:
            learned: what `prepare` returned.
        """
        model = get_service_model(service)
        shape = model.operation_model(self.shaped_like.get(operation, operation)).input_shape
        texts = {**self.texts, **learned}
        given = self.given.get(operation, {})
        required, everything = (
            {**({} if shape is None else self._value("", shape, each, texts)), **given}
            for each in (False, True)
        )
        yield required
        yield everything
        yield from ({**required, **variant} for variant in self.variants.get(operation, ()))

    def _value(self, name: str, shape: Any, everything: bool, texts: Mapping[str, Any]) -> Any:
        if name in texts:
            return texts[name]
        if shape.type_name == "structure":
            names = shape.members if everything else shape.required_members
            members = {each: shape.members[each] for each in names if each not in self.left_out}
            if getattr(shape, "is_tagged_union", False):
                members = dict(list(members.items())[:1])
            return {
                each: self._value(each, member, everything and not _recursive(shape), texts)
                for each, member in members.items()
            }
        if shape.type_name == "list":
            return [self._value(name, shape.member, everything, texts)]
        if shape.type_name == "string" and shape.enum:
            return shape.enum[0]
        plain = {"boolean": True, "integer": 1, "long": 1, "float": 1.0, "double": 1.0}
        plain |= {"map": {}, "blob": b"", "timestamp": datetime(2031, 1, 1, tzinfo=UTC)}
        return plain.get(shape.type_name, NAME)


def _recursive(shape: Any) -> bool:
    """Does a structure hold itself, as an expression holds expressions?"""
    return any(shape.name in _names(member, set()) for member in shape.members.values())


def _names(shape: Any, seen: set[str]) -> set[str]:
    if shape.name in seen:
        return seen
    seen.add(shape.name)
    inner = list(getattr(shape, "members", {}).values())
    inner += [getattr(shape, each) for each in ("member", "value") if hasattr(shape, each)]
    for each in inner:
        _names(each, seen)
    return seen


def services() -> list[str]:
    """Give boto3's names of the services that have a table."""
    import boto3

    names = {module.name for module in pkgutil.iter_modules(operations.__path__)}
    return sorted(
        service
        for service in boto3.Session().get_available_services()
        if service_modules.name_of(service) in names and table(service) is not None
    )


@cache
def sample_of(service: str) -> Sample:
    """Give the sample of a service. A table without one is not tested, so that is an error."""
    module = f"tests.sandbox.operations.samples.{service_modules.name_of(service)}"
    sample: Sample = import_module(module).SAMPLE
    return sample


def operations_of(service: str) -> list[str]:
    """Give the operations in a service's table."""
    known = table(service)
    assert known is not None
    return sorted(known.plans)
