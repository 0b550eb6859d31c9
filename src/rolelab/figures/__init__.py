"""The course's pictures: matplotlib figures that state their answer and describe themselves."""

from __future__ import annotations

from rolelab.figures.evaluation import evaluation
from rolelab.figures.guardrails import guardrails
from rolelab.figures.launch import launch

__all__ = ["evaluation", "guardrails", "launch"]
