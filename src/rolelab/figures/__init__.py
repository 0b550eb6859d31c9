"""The course's pictures: matplotlib figures that state their answer and describe themselves."""

from __future__ import annotations

from rolelab.figures.blast_radius import blast_radius
from rolelab.figures.described_figure import DescribedFigure
from rolelab.figures.evaluation import evaluation
from rolelab.figures.gateway_audit import gateway_audit
from rolelab.figures.guardrails import guardrails
from rolelab.figures.key_access import key_access
from rolelab.figures.launch import launch
from rolelab.figures.least_privilege import least_privilege
from rolelab.figures.request_paths import request_paths

__all__ = [
    "DescribedFigure",
    "blast_radius",
    "evaluation",
    "gateway_audit",
    "guardrails",
    "key_access",
    "launch",
    "least_privilege",
    "request_paths",
]
