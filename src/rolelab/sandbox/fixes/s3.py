"""Where moto's S3 differs from AWS, one module per reason."""

from __future__ import annotations

from importlib import import_module

# Fixes of one operation run from the outside in, in order of registration: around all of them what
# is logged of KMS keys, then whose bucket it is, what a form's own policy says, and what the
# bucket's settings say.
for _name in ("key_events", "buckets", "forms", "acls", "encryption", "objects", "policies"):
    import_module(f"rolelab.sandbox.fixes.s3_{_name}")
