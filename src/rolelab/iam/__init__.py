"""How AWS decides. Pure: no boto3, no moto, no I/O, nothing else of rolelab."""

from __future__ import annotations

from rolelab.iam.decision import Decision, evaluate
from rolelab.iam.document import Document, parse
from rolelab.iam.policies import Policies
from rolelab.iam.policy_error import PolicyError
from rolelab.iam.request import Request
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
