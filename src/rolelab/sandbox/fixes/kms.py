"""Where moto's KMS differs from AWS, one module per reason."""

from __future__ import annotations

from importlib import import_module

# Fixes of one operation run from the outside in, in order of registration: first whether the key
# is there and may be used.
for _name in (
    "use",
    "rotation",
    "keys",
    "policies",
    "grants",
    "aliases",
    "data_keys",
    "signatures",
):
    import_module(f"rolelab.sandbox.fixes.kms_{_name}")
