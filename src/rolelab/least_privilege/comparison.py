"""What a policy grants beside what a role used and needs.

Pages: *Use access levels in IAM policy summaries*; *Refining permissions using last accessed
information*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rolelab.iam.policies import PolicyDocument
from rolelab.least_privilege.access_levels import granted_actions, level_of

if TYPE_CHECKING:
    import pandas as pd

    from rolelab.least_privilege.analysis import Analysis


@dataclass(frozen=True)
class Comparison:
    """Actions, `s3:GetObject`, in three sets: granted by some policies, used, needed.

    Attributes:
        principal: whose use it is.
        granted: what the policies grant on some resource.
        used: what the trail has events of.
        needed: what the role needs: used, and implied by what was used.
    """

    principal: str
    granted: frozenset[str]
    used: frozenset[str]
    needed: frozenset[str]

    @property
    def unused(self) -> frozenset[str]:
        """Granted and not needed."""
        return self.granted - self.needed

    @property
    def missing(self) -> frozenset[str]:
        """Needed and not granted by these policies: somebody else granted it, or nobody."""
        return self.needed - self.granted

    def table(self) -> pd.DataFrame:
        """One row for each service, the most granted first.

        Columns: ``service`` (the prefix of its actions), ``granted``, ``used``, ``needed``,
        ``unused`` and ``missing``: numbers of actions.
        """
        import pandas as pd

        sets = (self.granted, self.used, self.needed, self.unused, self.missing)
        services = sorted({each.partition(":")[0] for each in self.granted | self.needed})
        counted = [_by_service(each) for each in sets]
        rows = [(service, *(found.get(service, 0) for found in counted)) for service in services]
        columns = ["service", "granted", "used", "needed", "unused", "missing"]
        frame = pd.DataFrame(rows, columns=columns)
        order = frame.sort_values(["granted", "service"], ascending=[False, True])
        return order.reset_index(drop=True)

    def levels(self) -> pd.DataFrame:
        """The same by access level: ``level``, ``granted``, ``used``, ``needed``, ``unused``."""
        import pandas as pd

        sets = {
            "granted": self.granted,
            "used": self.used,
            "needed": self.needed,
            "unused": self.unused,
        }
        counted = {
            name: pd.Series([level_of(each) for each in actions], dtype=object).value_counts()
            for name, actions in sets.items()
        }
        frame = pd.DataFrame(counted).fillna(0).astype(int)
        return frame.rename_axis("level").reset_index()

    def unused_table(self) -> pd.DataFrame:
        """The unused actions: ``action``, ``service`` and ``level``."""
        import pandas as pd

        rows = [
            (action, action.partition(":")[0], level_of(action)) for action in sorted(self.unused)
        ]
        return pd.DataFrame(rows, columns=["action", "service", "level"])


def _by_service(actions: frozenset[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for action in actions:
        prefix = action.partition(":")[0]
        found[prefix] = found.get(prefix, 0) + 1
    return found


def compare(analysis: Analysis, policies: PolicyDocument | Sequence[PolicyDocument]) -> Comparison:
    """Compare an analysis with what policies grant. See `Analysis.compare`."""
    granted = granted_actions(policies)
    return Comparison(analysis.principal, granted, analysis.used, analysis.needed)
