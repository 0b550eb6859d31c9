"""The KMS permissions that S3 uses in the caller's name for objects under SSE-KMS."""

from __future__ import annotations

from rolelab.sandbox.operations.row import Derived

ROWS: tuple[Derived, ...] = ()
