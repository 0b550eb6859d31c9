"""Find analyzers, or say in AWS's words that there is none."""

from __future__ import annotations

from datetime import UTC, datetime

from rolelab.sandbox.access_analyzer.analyzers import ANALYZERS, Analyzer, by_arn
from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes.accessanalyzer_errors import missing


def named(call: Call) -> Analyzer:
    """The analyzer that the call names.

    Raises:
        ServiceError: ResourceNotFoundException.
    """
    name = str(call.parameters["analyzerName"])
    found = ANALYZERS.of(call.account, call.region).get(name)
    if found is None:
        raise missing("Analyzer", name)
    return found


def with_arn(call: Call, member: str) -> Analyzer:
    """The analyzer whose ARN stands in a member of the call.

    Raises:
        ServiceError: ResourceNotFoundException.
    """
    arn = str(call.parameters[member])
    found = by_arn(arn)
    if found is None:
        raise missing("Analyzer", arn)
    return found


def moment(seconds: float) -> datetime:
    """A time as the API writes it."""
    return datetime.fromtimestamp(seconds, UTC)
