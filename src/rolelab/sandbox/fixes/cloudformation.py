"""CloudFormation: stacks that are deployed by ordinary calls, see `rolelab.sandbox.cloudformation`.

What has no fix here is refused: moto would make resources past the gate (StackSets, imports).
"""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import (
    FIXES,
    Answer,
    cloudformation_change_sets,
    cloudformation_described,
    cloudformation_stacks,
    cloudformation_templates,
    fix,
)
from rolelab.sandbox.fixes.cloudformation_requests import beyond

__all__ = [
    "cloudformation_change_sets",
    "cloudformation_described",
    "cloudformation_stacks",
    "cloudformation_templates",
]


def _refused(call: Call, response: Any, serve: Any) -> Answer:
    raise beyond(call)


def _refuse_the_rest() -> None:
    from moto.core.utils import get_service_model

    for operation in get_service_model("cloudformation").operation_names:
        if ("cloudformation", operation) not in FIXES:
            fix("cloudformation", operation)(_refused)


_refuse_the_rest()
