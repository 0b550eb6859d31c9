"""The statuses of a subscription, numbered as APIPark's answers number them."""

from __future__ import annotations

from typing import Final

REFUSED: Final = "refuse"
REVIEW: Final = "review"
SUBSCRIBED: Final = "subscribed"
UNSUBSCRIBED: Final = "unsubscribed"
CANCELLED: Final = "cancelled"

STATUSES = (REFUSED, REVIEW, SUBSCRIBED, UNSUBSCRIBED, CANCELLED)
"""The position of each is its number in `apply_status`."""
