"""One module for each service: what it holds, as properties of resource types."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rolelab.templates.account_reading import Account
from rolelab.templates.found import Findings
from rolelab.templates.services import (
    dynamodb,
    ecr,
    ecs,
    iam,
    kms,
    logs,
    others,
    s3,
    secretsmanager,
    ssm,
)

READERS: Sequence[Callable[[Account], Findings]] = (
    kms.read,
    secretsmanager.read,
    ssm.read,
    s3.read,
    dynamodb.read,
    ecr.read,
    logs.read,
    iam.read,
    ecs.read,
    others.read,
)
