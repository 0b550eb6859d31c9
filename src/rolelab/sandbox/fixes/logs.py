"""Where moto's CloudWatch Logs differs from AWS, one module per reason."""

from __future__ import annotations

from importlib import import_module

for _name in (
    "resource_policies",
    "groups",
    "encryption",
    "filters",
    "metrics",
    "events",
    "insights",
):
    import_module(f"rolelab.sandbox.fixes.logs_{_name}")
