"""Where moto's S3 differs from AWS, one module per reason.

The order matters: fixes of one operation run from the outside in, in order of registration.
"""

from __future__ import annotations

from rolelab.sandbox.fixes import (
    s3_acls,
    s3_buckets,
    s3_encryption,
    s3_forms,
    s3_objects,
    s3_policies,
)

__all__ = ["s3_acls", "s3_buckets", "s3_encryption", "s3_forms", "s3_objects", "s3_policies"]
