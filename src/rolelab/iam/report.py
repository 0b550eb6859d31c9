"""A decision as text and as HTML."""

from __future__ import annotations

from rolelab.iam.decision import Decision


def as_text(decision: Decision) -> str:
    return decision.message


def as_html(decision: Decision) -> str:
    return decision.message
