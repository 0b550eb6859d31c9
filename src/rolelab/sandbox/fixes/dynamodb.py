"""Where moto's DynamoDB differs from AWS, one module for each topic."""

from __future__ import annotations

from importlib import import_module

# Fixes of one operation run from the outside in, in order of registration: first whether the
# request is one at all, then what it does to policies.
for _name in ("requests", "policies"):
    import_module(f"rolelab.sandbox.fixes.dynamodb_{_name}")
