"""A template of what an account holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rolelab.templates import yaml_text
from rolelab.templates.account_reading import read_account
from rolelab.templates.arrangement import Arrangement, arrange
from rolelab.templates.found import Found, LeftOut, Parameter, Reading, counted
from rolelab.templates.logical_ids import SUFFIXES

if TYPE_CHECKING:
    import boto3
    import pandas as pd

_VERSION = "2010-09-09"
_STATEMENT = (
    *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction"),
    *("Resource", "NotResource", "Condition"),
)
"""The elements of a statement in the order of *IAM JSON policy elements reference*."""


@dataclass(frozen=True, slots=True)
class AccountTemplate:
    """A CloudFormation template, and what it could not hold.

    Attributes:
        text: the template, as YAML.
        parameters: the values that the person who deploys gives: name -> default, or None where
            there is none.
        left_out: what the account has and the template has not, each with the reason.
        reading: what the account held when it was read.
        logical_ids: the names in the template, by the keys of the resources.
    """

    text: str
    parameters: Mapping[str, str | None]
    left_out: tuple[LeftOut, ...]
    reading: Reading
    logical_ids: Mapping[str, str]

    def left_out_frame(self) -> pd.DataFrame:
        """What was left out, as a table of what and why."""
        import pandas as pd

        return pd.DataFrame(self.left_out, columns=list(LeftOut._fields))

    def __repr__(self) -> str:
        return (
            f"<AccountTemplate of {self.reading.account_id}: "
            f"{counted(len(self.logical_ids), 'resource')}, "
            f"{counted(len(self.parameters), 'parameter')}, "
            f"{counted(len(self.left_out), 'thing')} left out>"
        )


def from_account(session: boto3.Session | None = None, *, description: str = "") -> AccountTemplate:
    """Write a template of what an account holds in one region.

    It reads with calls of the person who asks, never calls GetSecretValue, and changes nothing.
    ARNs of resources become `!GetAtt` or `!Ref`; account, Region and partition become pseudo
    parameters; names of buckets and values of secrets become parameters. What holds data is
    retained when the stack or the resource goes (*DeletionPolicy attribute*). Environment variables
    of containers and parameters of type String are not secret for AWS, and are written as they are.

    Args:
        session: who reads, and in which region; None is the caller's default identity.
        description: the first line of the template; without one it names the account.

    Returns:
        The template, and what has no place in it.

    Raises:
        ClientError: the caller may not read something.
        ValueError: there is nothing to export.

    AWS pages: *Generate templates from existing resources with IaC generator*; *Resolve write-only
    properties*.
    """
    reading = read_account(session)
    arranged = arrange(reading)
    if not arranged.reading.found:
        raise ValueError(f"The account {reading.account_id} holds nothing that can be exported.")
    template = {
        "AWSTemplateFormatVersion": _VERSION,
        "Description": description or "Exported from an account",
        **_parameters(arranged),
        "Resources": _resources(arranged),
    }
    return AccountTemplate(
        yaml_text.write(template),
        {name: each.default for name, each in sorted(arranged.writer.parameters.items())},
        (*reading.left_out, *arranged.left_out),
        reading,
        arranged.logical_ids,
    )


def _parameters(arranged: Arrangement) -> dict[str, Any]:
    declared = {
        name: _declaration(parameter)
        for name, parameter in sorted(arranged.writer.parameters.items())
    }
    return {"Parameters": declared} if declared else {}


def _declaration(parameter: Parameter) -> dict[str, Any]:
    declared: dict[str, Any] = {"Type": "String"}
    if parameter.hidden:
        declared["NoEcho"] = True
    if parameter.default is not None:
        declared["Default"] = parameter.default
    return {**declared, "Description": parameter.description}


def _resources(arranged: Arrangement) -> dict[str, Any]:
    order = list(SUFFIXES)
    in_order = sorted(arranged.reading.found, key=lambda each: (order.index(each.type), each.name))
    return {
        arranged.logical_ids[found.key]: _resource(found, arranged.properties[found.key])
        for found in in_order
    }


def _resource(found: Found, properties: Mapping[str, Any]) -> dict[str, Any]:
    kept = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    return {
        "Type": found.type,
        **(kept if found.keeps_data else {}),
        "Properties": _in_order(properties),
    }


def _in_order(value: Any) -> Any:
    """The same with the elements of policies in AWS's order, whatever the account gave."""
    if isinstance(value, Mapping):
        inner = {name: _in_order(each) for name, each in value.items()}
        return _statement(inner) if "Effect" in inner else _document(inner)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_in_order(each) for each in value]
    return value


def _statement(given: dict[str, Any]) -> dict[str, Any]:
    first = {name: given[name] for name in _STATEMENT if name in given}
    return {**first, **given}


def _document(given: dict[str, Any]) -> dict[str, Any]:
    if "Statement" not in given:
        return given
    return {**{name: given[name] for name in given if name != "Statement"}, **given}
