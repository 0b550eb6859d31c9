"""Where moto's Secrets Manager differs from AWS, one module per reason."""

from __future__ import annotations

from importlib import import_module

# Fixes of one operation run from the outside in, in order of registration: first whether the secret
# is there and not about to be deleted, then whether its key can be used.
for _name in ("secrets", "keys", "versions", "policies", "rotation"):
    import_module(f"rolelab.sandbox.fixes.secretsmanager_{_name}")
