"""The texts of the playground, and how each is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields


@dataclass(frozen=True, slots=True)
class PolicyField:
    """A field that holds policies of one type.

    Attributes:
        name: of the field in `rolelab.iam.Policies`.
        kind: the grammar that `rolelab.iam.parse` checks it by.
        label: as AWS calls the policy type.
        tab: the short form of the label.
        levels: whether the documents are grouped by level of the organization.
        single: whether there is one document at most.
        empty: what an empty field means.
    """

    name: str
    kind: str
    label: str
    tab: str
    empty: str
    levels: bool = False
    single: bool = False


POLICY_FIELDS = (
    PolicyField(
        "identity", "identity", "Identity-based policy", "Identity", "the principal has no policy"
    ),
    PolicyField(
        "resource",
        "resource",
        "Resource-based policy",
        "Resource",
        "the resource has no policy",
        single=True,
    ),
    PolicyField("boundary", "identity", "Permissions boundary", "Boundary", "no boundary is set"),
    PolicyField("session", "identity", "Session policy", "Session", "none was passed"),
    PolicyField(
        "service_control", "scp", "Service control policy", "SCP", "no SCP applies", levels=True
    ),
    PolicyField(
        "resource_control", "rcp", "Resource control policy", "RCP", "no RCP applies", levels=True
    ),
    PolicyField(
        "endpoint",
        "endpoint",
        "VPC endpoint policy",
        "Endpoint",
        "the request takes no VPC endpoint",
    ),
)

REQUEST_LABELS = {
    "principal": "Principal",
    "action": "Action",
    "resource_arn": "Resource",
    "resource_account": "Owner of the resource",
    "context": "Context",
}

LABELS = {**REQUEST_LABELS, **{each.name: each.label for each in POLICY_FIELDS}}
"""What each field is called in a sentence."""


@dataclass(frozen=True, slots=True)
class Texts:
    """What stands in every field.

    The policy fields have the names of `rolelab.iam.Policies`, so the resource of the request is
    `resource_arn`. Each holds one JSON document, or a list of documents; an SCP or RCP field a list
    with one entry for each level, which may be a list again. An empty field is a policy that is
    not there.

    Attributes:
        context: `key = value` lines.
        names: what explanations call the documents of a field, in order; may be empty.
    """

    principal: str = ""
    action: str = ""
    resource_arn: str = "*"
    resource_account: str = ""
    context: str = ""
    identity: str = ""
    resource: str = ""
    boundary: str = ""
    session: str = ""
    service_control: str = ""
    resource_control: str = ""
    endpoint: str = ""
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def fields(self) -> dict[str, str]:
        """Every text by the name of its field."""
        return {name: getattr(self, name) for name in FIELD_NAMES}


FIELD_NAMES = tuple(each.name for each in fields(Texts) if each.name != "names")
