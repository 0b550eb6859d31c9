"""Where moto's EventBridge differs from AWS, one module per reason."""

from __future__ import annotations

from importlib import import_module

for _name in ("rules", "buses", "entries"):
    import_module(f"rolelab.sandbox.fixes.events_{_name}")
