"""The policy types that AWS evaluates, in the order in which it does, and what it calls them.

AWS pages: *How AWS enforcement code logic evaluates requests to allow or deny access*,
*Troubleshoot access denied error messages*.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PolicyType:
    """A policy type.

    Attributes:
        name: as AWS's messages call it: "because no {name} allows the ... action".
        article: the article that goes with the name: "with an explicit deny in {article} {name}".
    """

    name: str
    article: str = "a"

    def __str__(self) -> str:
        return self.name


RESOURCE_CONTROL = PolicyType("resource control policy")
SERVICE_CONTROL = PolicyType("service control policy")
ENDPOINT = PolicyType("VPC endpoint policy")
RESOURCE = PolicyType("resource-based policy")
IDENTITY = PolicyType("identity-based policy", "an")
BOUNDARY = PolicyType("permissions boundary")
SESSION = PolicyType("session policy")
TRUST = PolicyType("role trust policy", "the")

EVALUATION_ORDER = (
    RESOURCE_CONTROL,
    SERVICE_CONTROL,
    ENDPOINT,
    RESOURCE,
    IDENTITY,
    BOUNDARY,
    SESSION,
)
