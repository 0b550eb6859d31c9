"""What a call asks the engine: the checks of one request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rolelab.iam import Document

Value = str | list[str]


@dataclass(frozen=True, slots=True)
class Check:
    """One question for the engine: may this principal do this action on this resource.

    Attributes:
        action: the IAM action, `s3:GetObject`.
        resource: the resource ARN, or `*`.
        resource_account: the account that owns the resource. None: the caller's own account.
        context: condition keys of this check. They are added to the call's own.
        resource_policy: the policy attached to the resource, parsed. None: the resource has none.
        principal: who asks, where that is not the caller: a federated principal, which signs
            nothing, or a service that acts for the caller. None: the caller.
        item: the entry of a batch that this check decides, as the caller sent it
            (`{"Key": "a"}` of DeleteObjects). AWS answers such a batch entry by entry:
            a denied item is reported as this item's error, and the others are carried out.
            None: a denial refuses the whole call.
    """

    action: str
    resource: str
    resource_account: str | None = None
    context: Mapping[str, Value] = field(default_factory=dict)
    resource_policy: Document | None = None
    principal: str | None = None
    item: object | None = None


class Unanswerable(Exception):  # noqa: N818 - it is an answer, not a fault
    """AWS answers this call before it authorizes anything.

    Attributes:
        code: the error code of the service, `ValidationError`.
        message: its text.
        status: the HTTP status.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
