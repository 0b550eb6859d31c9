"""What was found in an account, in the terms of CloudFormation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Document = Mapping[str, Any]


class LeftOut(NamedTuple):
    """Something that the account has and the template does not.

    Attributes:
        what: the thing, such as "secret orders/db: its rotation".
        why: why not, and what to do about it.
    """

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that the person who deploys gives. Page: *CloudFormation template Parameters syntax*.

    Attributes:
        suffix: what its name adds to the logical id of the resource it belongs to.
        description: what to give.
        default: the value without one; None: there must be one.
        hidden: whether it is NoEcho.
    """

    suffix: str
    description: str
    default: str | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """A property that names another resource by what `Ref` gives.

    Attributes:
        text: the name in this account.
        key: the key of the resource.
    """

    text: str
    key: str


@dataclass(frozen=True, slots=True)
class Identifier:
    """A text that stands for a resource elsewhere in the account.

    Attributes:
        text: an ARN, a name, an id, an address.
        attribute: the attribute that gives it; None: `Ref` does.
        followed_by: characters after which more may come, such as "/" after a bucket's ARN.
    """

    text: str
    attribute: str | None = None
    followed_by: str = ""


@dataclass(frozen=True, slots=True)
class Holder:
    """The policies of a principal, for decisions.

    Attributes:
        identity: every document that is attached to it or written in it, or in its groups.
        boundary: its permissions boundary; None: it has none.
    """

    identity: tuple[Document, ...]
    boundary: Document | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One resource of an account.

    Attributes:
        type: its type in CloudFormation.
        name: what people call it.
        key: what no other resource of the account has: its ARN, or one made up in that manner.
        physical_id: its PhysicalResourceId, were it in a stack.
        properties: as CloudFormation names them, with the literals of this account; a Parameter
            stands where a person gives the value.
        identifiers: the texts that mean this resource.
        policy: the policy on it that decides who may use it; None: it has none.
        holder: its own policies, if it is a principal.
        keeps_data: whether deleting it would lose something.
        lasting_name: whether its ARN is made of its name, so that it can be written without it.
    """

    type: str
    name: str
    key: str
    physical_id: str
    properties: Mapping[str, Any]
    identifiers: tuple[Identifier, ...] = ()
    policy: Document | None = None
    holder: Holder | None = None
    keeps_data: bool = False
    lasting_name: bool = False


Finding = Found | LeftOut
Findings = Iterator[Finding]


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that was found in one account.

    Attributes:
        account_id, region, partition: where.
        found: the resources, in the order of reading.
        left_out: what cannot be in a template.
    """

    account_id: str
    region: str
    partition: str
    found: tuple[Found, ...]
    left_out: tuple[LeftOut, ...] = field(default=())


def given(**properties: Any) -> dict[str, Any]:
    """Properties without those that have no value: None, an empty text, list or mapping."""
    return {name: value for name, value in properties.items() if value not in (None, "", [], {})}


def counted(number: int, noun: str) -> str:
    """ "1 object", "3 objects"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
