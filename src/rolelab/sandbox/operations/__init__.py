"""Which permissions an API call needs: IAM actions, resource ARNs and condition keys.

`checks_of` turns a call into the questions the engine has to answer. What each operation asks
is data, one table per service (`s3.py`, `iam.py`, `bedrock_runtime.py`), in the shape that
`row.py` describes. A service without a table, and an operation without a row, is authorized as
`service:Operation` on `*`: strict, never open.

To add a service, write its `TABLE` in a module of the service's name.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rolelab.sandbox import service_modules
from rolelab.sandbox.operations.check import Check, Unanswerable
from rolelab.sandbox.operations.pass_role import pass_role
from rolelab.sandbox.operations.prefixes import action_prefix
from rolelab.sandbox.operations.row import Table

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

__all__ = ["Check", "Unanswerable", "checks_of", "pass_role", "resources_of", "table"]


@cache
def table(service: str) -> Table | None:
    """Give the table of a service by boto3's name of it; None where it has none."""
    return getattr(service_modules.load(__name__, service), "TABLE", None)


def checks_of(call: Call) -> tuple[Check, ...]:
    """Give every question a call raises, in the order AWS asks them.

    The call is allowed if every check is. A check with an `item` decides that item of a batch
    alone (see `Check`). An empty tuple means that AWS asks for no permission at all
    (sts:GetCallerIdentity).

    Args:
        call: the decoded call.

    Returns:
        The checks; for an operation without a row, one on `prefix:Operation` and `*`.

    Raises:
        Unanswerable: AWS answers this call before it authorizes it.
        PolicyError: a policy that is attached to the resource cannot be parsed.
    """
    known = table(call.service)
    plans = None if known is None else known.plans.get(call.operation)
    if plans is None:
        return (Check(f"{action_prefix(call.service)}:{call.operation}", "*"),)
    return tuple(check for plan in plans for check in plan(call))


def resources_of(call: Call) -> list[dict[str, str]]:
    """Give the `resources` list of the call's CloudTrail record.

    Args:
        call: the decoded call.

    Returns:
        `[{"ARN": ..., "accountId": ..., "type": "AWS::S3::Object"}]`; empty for the operations
        whose events name no resources.

    Page: *CloudTrail record contents for management, data, and network activity events*.
    """
    known = table(call.service)
    return [] if known is None else known.trail(call)
