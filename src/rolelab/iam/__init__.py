"""How AWS decides. Pure: no boto3, no moto, no I/O, nothing else of rolelab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rolelab.iam.decision import Decision, evaluate
from rolelab.iam.document import Document, parse
from rolelab.iam.policies import Policies
from rolelab.iam.policy_error import PolicyError
from rolelab.iam.request import Request

if TYPE_CHECKING:
    from rolelab.iam.many import evaluate_many
    from rolelab.iam.matrix import (
        AccessMatrix,
        AccessRow,
        MatrixPrincipal,
        MatrixResource,
        access_matrix,
    )
    from rolelab.iam.trace import ElementTrace, Layer, StatementTrace

__all__ = [
    "AccessMatrix",
    "AccessRow",
    "Decision",
    "Document",
    "ElementTrace",
    "Layer",
    "MatrixPrincipal",
    "MatrixResource",
    "Policies",
    "PolicyError",
    "Request",
    "StatementTrace",
    "access_matrix",
    "evaluate",
    "evaluate_many",
    "parse",
]

_LATER = {
    "AccessMatrix": "matrix",
    "AccessRow": "matrix",
    "ElementTrace": "trace",
    "Layer": "trace",
    "MatrixPrincipal": "matrix",
    "MatrixResource": "matrix",
    "StatementTrace": "trace",
    "access_matrix": "matrix",
    "evaluate_many": "many",
}


def __getattr__(name: str) -> Any:
    """The parts of an explanation and of a matrix, imported when they are first named."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
