"""Lambda: functions whose role works, policies on them, and invocations that run their code.

AWS page: *AWS Lambda API Reference*.
"""

from __future__ import annotations

from rolelab.sandbox.fixes import (
    lambda_functions,
    lambda_invoke,
    lambda_layers,
    lambda_permissions,
)

PARTS = (lambda_functions, lambda_invoke, lambda_layers, lambda_permissions)
"""The files that hold the fixes."""
