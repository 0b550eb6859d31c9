"""IAM: every fix of the service, and what holds for all of its operations.

One file for each kind of thing that IAM keeps. Importing this one registers them all.
"""

from __future__ import annotations

from rolelab.sandbox.fixes import (
    FIXES,
    constraints,
    iam_account,
    iam_boundaries,
    iam_existence,
    iam_groups,
    iam_inline_policies,
    iam_managed_policies,
    iam_providers,
    iam_reports,
    iam_roles,
    iam_service_linked,
    iam_simulator,
    iam_tags,
    iam_users,
)

PARTS = (
    iam_account,
    iam_boundaries,
    iam_existence,
    iam_groups,
    iam_inline_policies,
    iam_managed_policies,
    iam_providers,
    iam_reports,
    iam_roles,
    iam_service_linked,
    iam_simulator,
    iam_tags,
    iam_users,
)


def _limit_parameters() -> None:
    """Check the parameters of every operation against the service's model, before all else."""
    from moto.core.utils import get_service_model

    for operation in get_service_model("iam").operation_names:
        FIXES["iam", operation].insert(0, constraints.well_formed)


_limit_parameters()
