"""Analyzers, their findings and archive rules: what the account remembers of them.

Pages: *AnalyzerSummary*, *Finding*, *ArchiveRuleSummary* (IAM Access Analyzer API Reference).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rolelab.sandbox.state import Store


@dataclass(slots=True)
class Finding:
    """Access from outside that a policy gives to a resource."""

    id: str
    resource: str
    resource_type: str
    owner: str
    principal: dict[str, str]
    actions: list[str]
    condition: dict[str, str]
    is_public: bool
    restriction: str
    created: float
    analyzed: float
    updated: float
    status: str = "ACTIVE"


@dataclass(slots=True)
class ArchiveRule:
    """A rule that archives the findings it matches."""

    name: str
    filter: Mapping[str, Mapping[str, Any]]
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)


@dataclass(slots=True)
class Analyzer:
    """An analyzer of access from outside."""

    arn: str
    name: str
    type: str
    account: str
    region: str
    tags: dict[str, str] = field(default_factory=dict)
    created: float = field(default_factory=time.time)
    findings: dict[str, Finding] = field(default_factory=dict)
    rules: dict[str, ArchiveRule] = field(default_factory=dict)
    last_resource: str | None = None
    last_at: float | None = None


ANALYZERS: Store[dict[str, Analyzer]] = Store(dict)
"""By name, for each account and Region."""


def by_arn(arn: str) -> Analyzer | None:
    """Find an analyzer by its ARN."""
    parts = arn.split(":", 5)
    if len(parts) != 6:
        return None
    kept = ANALYZERS.of(parts[4], parts[3])
    return next((found for found in kept.values() if found.arn == arn), None)
