"""How AWS decides. Pure: no boto3, no moto, no I/O, nothing else of rolelab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rolelab.iam.decision import Decision, evaluate
from rolelab.iam.document import Document, parse
from rolelab.iam.policies import Policies
from rolelab.iam.policy_error import PolicyError
from rolelab.iam.request import Request

if TYPE_CHECKING:
    from rolelab.iam.trace import ElementTrace, Layer, StatementTrace

__all__ = [
    "Decision",
    "Document",
    "ElementTrace",
    "Layer",
    "Policies",
    "PolicyError",
    "Request",
    "StatementTrace",
    "evaluate",
    "parse",
]


def __getattr__(name: str) -> Any:
    """The parts of an explanation, imported when they are first named."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from rolelab.iam import trace

    return getattr(trace, name)
