"""AWS CloudTrail: trails, what they select, what they deliver, and the event history."""

from __future__ import annotations

from rolelab.sandbox.fixes import (
    cloudtrail_delivery,
    cloudtrail_lookup,
    cloudtrail_selectors,
    cloudtrail_trails,
)

__all__ = [
    "cloudtrail_delivery",
    "cloudtrail_lookup",
    "cloudtrail_selectors",
    "cloudtrail_trails",
]
