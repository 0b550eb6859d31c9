"""Where moto's Systems Manager differs from AWS, one module per reason."""

from __future__ import annotations

from importlib import import_module

for _name in ("names", "values", "reads"):
    import_module(f"rolelab.sandbox.fixes.ssm_{_name}")
