"""Every policy that can bear on one request, by type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rolelab.iam.document import Document, parse

PolicyDocument = Mapping[str, Any] | str | Document


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies that apply to a request, one field for each type.

    A document may be plain data, JSON text or a parsed Document; all are read here, so that a
    document AWS would refuse raises PolicyError at once. Afterwards the fields hold Documents.

    Attributes:
        identity: identity-based policies of the principal.
        resource: the policy of the resource (bucket, key, secret, a role's trust policy), or None.
        boundary: the permissions boundary; None when none is set.
        session: session policies; None when none were passed.
        service_control: one list of SCPs for each level: root, every OU, the account. Empty when
            SCPs do not apply, as in the management account.
        resource_control: the same for RCPs, of the account that owns the resource.
        endpoint: VPC endpoint policies; None when the request took no endpoint.

    AWS page: *Policies and permissions in AWS Identity and Access Management*, "Policy types".
    """

    identity: Sequence[PolicyDocument] = ()
    resource: PolicyDocument | None = None
    boundary: Sequence[PolicyDocument] | None = None
    session: Sequence[PolicyDocument] | None = None
    service_control: Sequence[Sequence[PolicyDocument]] = ()
    resource_control: Sequence[Sequence[PolicyDocument]] = ()
    endpoint: Sequence[PolicyDocument] | None = None

    def __post_init__(self) -> None:
        keep = object.__setattr__
        keep(self, "identity", _read(self.identity, "identity"))
        if self.resource is not None:
            keep(self, "resource", parse(self.resource, kind="resource"))
        for name, kind in (("boundary", "identity"), ("session", "identity"), ("endpoint",) * 2):
            documents = getattr(self, name)
            if documents is not None:
                keep(self, name, _read(documents, kind))
        keep(self, "service_control", tuple(_read(level, "scp") for level in self.service_control))
        keep(
            self, "resource_control", tuple(_read(level, "rcp") for level in self.resource_control)
        )


def _read(documents: Sequence[PolicyDocument] | PolicyDocument, kind: str) -> tuple[Document, ...]:
    """A single document is accepted where a list is expected."""
    if isinstance(documents, str | Mapping | Document):
        documents = [documents]
    return tuple(parse(document, kind=kind) for document in documents)
