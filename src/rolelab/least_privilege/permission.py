"""One permission that a role needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Conditions = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Operator -> condition key -> values, as in a statement's Condition element."""


@dataclass(frozen=True, slots=True)
class Permission:
    """An action on a resource pattern, with the conditions under which it was used.

    Attributes:
        action: the IAM action, `s3:GetObject`.
        resource: an ARN as a policy's Resource element writes it, with ``*`` where the rule
            generalized; ``*`` alone for an action without resources.
        conditions: operator -> key -> values; empty where none is needed.
        uses: how many recorded calls asked for it.
        events: the API operations that asked for it, `s3:GetObject` or `ecs:RunTask`.
        first, last: `eventTime` of the first and last use, ISO 8601 in UTC.
        implied: it comes with another call, which the role's code does not see: a call that
            passes a role (`iam:PassRole`), or a service that uses a key in the role's name
            (`kms:Decrypt` through S3).
    """

    action: str
    resource: str
    conditions: Conditions = field(default_factory=dict)
    uses: int = 0
    events: tuple[str, ...] = ()
    first: str = ""
    last: str = ""
    implied: bool = False

    @property
    def service(self) -> str:
        """The prefix of the action, `s3`."""
        return self.action.partition(":")[0]

    @property
    def conditions_text(self) -> str:
        """The conditions in one line; empty if there are none."""
        return "; ".join(
            f"{operator} {key}: {', '.join(values)}"
            for operator, keys in self.conditions.items()
            for key, values in keys.items()
        )
