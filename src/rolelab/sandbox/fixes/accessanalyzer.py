"""IAM Access Analyzer, which moto lacks: policy checks and analyzers."""

from __future__ import annotations

from rolelab.sandbox.fixes import (
    accessanalyzer_analyzers,
    accessanalyzer_findings,
    accessanalyzer_policies,
)

__all__ = ["accessanalyzer_analyzers", "accessanalyzer_findings", "accessanalyzer_policies"]
