"""What a role used, and the permissions that follow from it.

Page: *IAM Access Analyzer policy generation*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rolelab.least_privilege.conditions import bound_by, conditions_of
from rolelab.least_privilege.document import policy_of
from rolelab.least_privilege.needs import Need, Needs
from rolelab.least_privilege.patterns import place_of, resource_patterns
from rolelab.least_privilege.permission import Permission
from rolelab.least_privilege.quotas import ATTACHED, Attachment, attachments
from rolelab.least_privilege.reading import (
    NEVER_USED,
    ONLY_DENIED,
    SKEWED,
    UNKNOWN_OPERATION,
    UNREADABLE,
    Problem,
    Problems,
    Reading,
    Record,
    is_skewed,
    read,
)
from rolelab.least_privilege.rule import Rule
from rolelab.sandbox import collecting

if TYPE_CHECKING:
    import pandas as pd

    from rolelab.iam import Policies
    from rolelab.iam.policies import PolicyDocument
    from rolelab.least_privilege.comparison import Comparison
    from rolelab.least_privilege.proof import Forbidden, Proof
    from rolelab.sandbox.operations import Check

DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "Client.UnauthorizedOperation",
        "NotAuthorized",
        "UnauthorizedOperation",
    }
)
"""The error codes of a denial, in the spellings of AWS's protocols (see `rolelab.sandbox.denial`).
Where in doubt a code counts as one: a denied call must not become a permission."""

LeaveOut = Callable[[Record], bool]

_COLUMNS = (
    "action",
    "level",
    "resource",
    "conditions",
    "uses",
    "first",
    "last",
    "events",
    "implied",
)
_LEFT_OUT = (UNKNOWN_OPERATION, UNREADABLE)


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of every record: `records` is the sum of all the others but `failed`.

    Attributes:
        records: how many came in.
        unreadable: of unknown shape or version.
        duplicates: delivered twice.
        not_calls: events that are no API calls.
        others: calls of other principals.
        denied: calls of this one that were denied: no permissions.
        left_out: calls of this one that you left out.
        not_understood: calls of this one whose operation or parameters are not known.
        open: calls that need no permission, such as sts:GetCallerIdentity.
        used: calls of this one from which its permissions follow.
        failed: those of `used` that were allowed and failed for another reason.
    """

    records: int = 0
    unreadable: int = 0
    duplicates: int = 0
    not_calls: int = 0
    others: int = 0
    denied: int = 0
    left_out: int = 0
    not_understood: int = 0
    open: int = 0
    used: int = 0
    failed: int = 0

    def table(self) -> pd.DataFrame:
        """The counts as a DataFrame with the columns ``records`` (what) and ``count``."""
        import pandas as pd

        rows = [(each.name, getattr(self, each.name)) for each in fields(self)]
        return pd.DataFrame(rows, columns=["records", "count"])


class Use(NamedTuple):
    """A recorded call that was allowed, and what it asked for."""

    record: Record
    need: Need


@dataclass(frozen=True)
class Analysis:
    """What one principal used, and what it needs. Made by `from_trail`.

    Attributes:
        principal: the ARN of the role or user.
        rule: how far resources were generalized.
        counts: what became of every record.
        problems: what could not be read or known; empty if all is well.
        permissions: one for each action, resource pattern and set of conditions, in their order.
        uses: the recorded calls from which they follow.
        refused: the recorded calls that were denied.
        left_out: the recorded calls that `leave_out` chose.
    """

    principal: str
    rule: Rule
    counts: Counts
    problems: tuple[Problem, ...]
    permissions: tuple[Permission, ...]
    uses: tuple[Use, ...] = field(repr=False)
    refused: tuple[Record, ...] = field(repr=False)
    left_out: tuple[Record, ...] = field(repr=False)
    _reading: Reading = field(repr=False)
    _needs: Needs = field(repr=False)

    @cached_property
    def policy(self) -> dict[str, Any]:
        """The policy as one document, a dict for `json.dumps`.

        Raises:
            ValueError: the principal used nothing, so there is no permission. The message says
                what was found instead.
        """
        if not self.permissions:
            raise ValueError(
                f"{self.principal} needs no policy by these records: "
                + "; ".join(each.kind for each in self.problems)
                + ". See problems."
            )
        return policy_of(self.permissions)

    @property
    def needed(self) -> frozenset[str]:
        """The actions of all permissions."""
        return frozenset(each.action for each in self.permissions)

    @property
    def used(self) -> frozenset[str]:
        """The actions that the role's code called itself: `needed` without what is implied."""
        return frozenset(each.action for each in self.permissions if not each.implied)

    def attachments(
        self, name: str | None = None, *, attached: int = ATTACHED
    ) -> tuple[Attachment, ...]:
        """Give the policy as documents that IAM accepts for one role.

        Args:
            name: what to call them; the role's name unless given.
            attached: how many managed policies the role may have.

        Returns:
            One inline policy, or managed policies where that is too large.

        Raises:
            TooLargeError: nothing fits, with the sizes and what to do.
            ValueError: as `policy`.

        AWS page: *IAM and AWS STS quotas*.
        """
        return attachments(
            self.policy, name or self.principal.rpartition("/")[2], attached=attached
        )

    def table(self) -> pd.DataFrame:
        """The permissions as a DataFrame, one row each.

        Columns: ``action``, ``level`` (the access level), ``resource``, ``conditions`` (text),
        ``uses``, ``first`` and ``last`` (UTC times), ``events`` (operations that asked for it)
        and ``implied`` (it comes with another call, see `Permission`).
        """
        import pandas as pd

        from rolelab.least_privilege.access_levels import level_of

        rows = [
            (
                each.action,
                level_of(each.action),
                each.resource,
                each.conditions_text,
                each.uses,
                each.first,
                each.last,
                ", ".join(each.events),
                each.implied,
            )
            for each in self.permissions
        ]
        columns = list(_COLUMNS)
        frame = pd.DataFrame(rows, columns=columns)
        for name in ("first", "last"):
            frame[name] = pd.to_datetime(frame[name], utc=True)
        return frame

    def compare(self, old_policies: PolicyDocument | Sequence[PolicyDocument]) -> Comparison:
        """Compare with what other policies grant, such as the role's old ones.

        Args:
            old_policies: one identity-based policy or several, as dict or JSON text.

        Returns:
            A Comparison: the actions granted, used, needed, unused and missing, and a table by
            service.

        Raises:
            PolicyError: AWS would refuse a document.
        """
        from rolelab.least_privilege.comparison import compare

        return compare(self, old_policies)

    def unused(self, old_policies: PolicyDocument | Sequence[PolicyDocument]) -> pd.DataFrame:
        """The actions that old policies grant and nobody used.

        Arguments and errors as in `compare`. An action that was used counts as used on whichever
        resource: compare resources with `table`.

        Returns:
            A DataFrame with the columns ``action``, ``service`` and ``level``, by service and
            action.
        """
        return self.compare(old_policies).unused_table()

    def prove(
        self,
        policies: Policies | PolicyDocument | Sequence[PolicyDocument] | None = None,
        forbidden: Iterable[Forbidden] = (),
        *,
        resource_policies: Mapping[str, PolicyDocument] | None = None,
        mutations: bool = True,
    ) -> Proof:
        """Prove that policies are enough and not too much.

        Enough: every recorded request is decided again under these policies, and has to be
        allowed. Not too much: each of a set of requests that the role does not need has to be
        denied. They are made from the recorded ones (another resource, another prefix, another
        action at the same access level, an action that manages permissions, another value of a
        condition key, what other principals of the trail used, what was denied, what you left
        out), without those that the permissions cover. `forbidden` adds your own.

        Args:
            policies: the policies to prove: one document or several, as dict or JSON text, or
                `rolelab.iam.Policies` with boundary and SCPs. None: this analysis's own policy.
            forbidden: pairs ``(action, resource)``, triples with a dict of condition keys, or
                `rolelab.iam.Request`s.
            resource_policies: ARN of a resource -> its resource-based policy. Of a KMS key that
                is not named here, the default key policy is assumed, and of a role that is
                assumed, a trust policy that trusts the account: both leave the decision to IAM.
                All other resources are decided by the policies alone.
            mutations: False leaves out the requests that are made from the recorded ones.

        Returns:
            A Proof.

        Raises:
            PolicyError: AWS would refuse a document.
            ValueError: `policies` is None and there is no policy (see `policy`).
        """
        from rolelab.least_privilege.proof import prove

        return prove(
            self,
            self.policy if policies is None else policies,
            forbidden,
            resource_policies=resource_policies,
            mutations=mutations,
        )

    def asked_in(self, records: Iterable[Record]) -> Iterable[Check]:
        """What recorded calls asked for, such as those that were denied or left out."""
        seen: set[int] = set()
        for record in records:
            need = self._needs.of(record)
            if id(need) not in seen:
                seen.add(id(need))
                yield from need.checks

    def used_by_others(self) -> Iterable[tuple[str, Check]]:
        """What other principals of the trail asked for and got: pairs of principal and check."""
        for principal, records in self._reading.by_principal.items():
            if principal == self.principal:
                continue
            seen: set[int] = set()
            for record in records:
                need = self._needs.of(record)
                if id(need) in seen or record.get("errorCode"):
                    continue
                seen.add(id(need))
                yield from ((principal, check) for check in need.checks)


def from_trail(
    records: Iterable[Record] | str | Path,
    role_arn: str,
    *,
    rule: Rule | None = None,
    leave_out: LeaveOut | None = None,
    task_roles: Mapping[str, Sequence[str]] | None = None,
) -> Analysis:
    """Find out what a role used and needs.

    Args:
        records: CloudTrail records as dictionaries, of the role and of everybody else: the
            others' registrations of task definitions and their use of resources count, too. Or
            the path of a folder with log files, such as `data/trails`.
        role_arn: the ARN of a role, `arn:aws:iam::123456789012:role/orders-task-role`, or of a
            user. Sessions of the role are found by their session issuer.
        rule: how far to generalize; `Rule()` unless given.
        leave_out: tells of a record of the role whether to leave it out. A trail holds what was
            done and not what was meant: calls of an intruder, or of a debugging session, would
            become permissions.
        task_roles: family, `family:revision` or ARN of a task definition -> its roles' ARNs, for
            task definitions that were registered before the records begin.

    Returns:
        An Analysis. A trail without records, and a role that was never used, are problems in it
        and no errors.

    Raises:
        ValueError: `role_arn` is no ARN of a role or user.
        TypeError: `records` is no list of records.
        rolelab.trails.TrailError: there is no log file at the path.

    AWS page: *IAM Access Analyzer policy generation*.
    """
    _require_principal(role_arn)
    with collecting.put_off():
        reading = read(records)
        needs = _needs_of(reading, task_roles)
        return _analyse(reading, needs, role_arn, rule or Rule(), leave_out)


def by_role(
    records: Iterable[Record] | str | Path,
    *,
    rule: Rule | None = None,
    leave_out: LeaveOut | None = None,
    task_roles: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Analysis]:
    """Analyse every role and user in a trail. Arguments and errors as in `from_trail`.

    Returns:
        ARN -> Analysis, by ARN. Services that call in their own name are not among them.
    """
    with collecting.put_off():
        reading = read(records)
        needs = _needs_of(reading, task_roles)
        return {
            principal: _analyse(reading, needs, principal, rule or Rule(), leave_out)
            for principal in sorted(reading.by_principal)
            if _is_principal(principal)
        }


def _is_principal(arn: str) -> bool:
    parts = arn.split(":", 5)
    return len(parts) == 6 and parts[2] == "iam" and parts[5].startswith(("role/", "user/"))


def _require_principal(arn: str) -> None:
    if _is_principal(arn):
        return
    hint = "Take the ARN of a role or user, such as arn:aws:iam::123456789012:role/orders."
    if ":assumed-role/" in arn:
        account, name = arn.split(":")[4], arn.split("/")[1]
        hint = f"That is a session. Its role is arn:aws:iam::{account}:role/{name}."
    raise ValueError(f"{arn!r} is no ARN of a role or user. {hint}")


def _needs_of(reading: Reading, task_roles: Mapping[str, Sequence[str]] | None) -> Needs:
    everything = (each for records in reading.by_principal.values() for each in records)
    return Needs(everything, task_roles)


def _analyse(
    reading: Reading, needs: Needs, principal: str, rule: Rule, leave_out: LeaveOut | None
) -> Analysis:
    mine = reading.by_principal.get(principal, [])
    problems = Problems(reading.problems)
    not_understood = open_ = failed = 0
    uses: list[Use] = []
    refused: list[Record] = []
    left_out: list[Record] = []
    for record in mine:
        if leave_out is not None and leave_out(record):
            left_out.append(record)
            continue
        code = record.get("errorCode")
        if code in DENIED:
            refused.append(record)
            continue
        need = needs.of(record)
        for note in need.notes:
            problems.add(note, str(record.get("eventID", record["eventName"])))
        if not need.checks:
            if any(each in _LEFT_OUT for each in need.notes):
                not_understood += 1
            else:
                open_ += 1
            continue
        failed += bool(code)
        if is_skewed(record):
            problems.add(SKEWED, str(record.get("eventID", record["eventName"])))
        uses.append(Use(record, need))
    if not mine and reading.count:
        problems.add(NEVER_USED, principal, 0)
    elif refused and not uses:
        problems.add(ONLY_DENIED, principal, len(refused))
    calls = sum(map(len, reading.by_principal.values()))
    counts = Counts(
        reading.count,
        reading.unreadable,
        reading.duplicates,
        reading.not_calls,
        calls - len(mine),
        len(refused),
        len(left_out),
        not_understood,
        open_,
        len(uses),
        failed,
    )
    return Analysis(
        principal,
        rule,
        counts,
        problems.listed(),
        _permissions(uses, rule),
        tuple(uses),
        tuple(refused),
        tuple(left_out),
        reading,
        needs,
    )


class _Tally:
    """The uses of one action on one named resource, with the same condition keys."""

    __slots__ = ("count", "events", "first", "implied", "last", "paths", "values")

    def __init__(self) -> None:
        self.count = 0
        self.paths: dict[str, None] = {}
        self.values: dict[str, set[str]] = {}
        self.events: set[str] = set()
        self.first = self.last = ""
        self.implied = True

    def add(self, path: str, count: int, first: str, last: str, event: str) -> None:
        self.count += count
        self.paths[path] = None
        self.first = min(self.first or first, first)
        self.last = max(self.last, last)
        self.events.add(event)


_Key = tuple[str, str, tuple[str, ...]]


def _permissions(uses: Iterable[Use], rule: Rule) -> tuple[Permission, ...]:
    tallies: dict[_Key, _Tally] = {}
    for need, count, first, last, event in _by_need(uses):
        counted: set[_Key] = set()
        for check in need.checks:
            bounds = bound_by(check)
            name, path = place_of(check.resource)
            key = (check.action, name, tuple(each.key for each in bounds))
            tally = tallies.get(key)
            if tally is None:
                tally = tallies[key] = _Tally()
            # One call may ask the same twice, as for two roles; it is one use.
            tally.add(path, 0 if key in counted else count, first, last, event)
            counted.add(key)
            for each in bounds:
                tally.values.setdefault(each.key, set()).add(each.value)
            tally.implied = tally.implied and need.implies(check)
    return tuple(
        permission
        for key, tally in sorted(tallies.items())
        if not _is_covered(key, tallies)
        for permission in _written(key, tally, rule)
    )


def _by_need(uses: Iterable[Use]) -> Iterable[tuple[Need, int, str, str, str]]:
    """Like calls together: what they asked for, how many, the first, the last, and the event."""
    found: dict[int, list[Any]] = {}
    for record, need in uses:
        at = record["eventTime"]
        known = found.get(id(need))
        if known is None:
            source = record["eventSource"].partition(".")[0]
            found[id(need)] = [need, 1, at, at, f"{source}:{record['eventName']}"]
            continue
        known[1] += 1
        if at < known[2]:
            known[2] = at
        elif at > known[3]:
            known[3] = at
    return (tuple(each) for each in found.values())


def _is_covered(key: _Key, tallies: Mapping[_Key, _Tally]) -> bool:
    """Whether the same is needed without conditions: then conditions would not narrow anything."""
    action, name, bounds = key
    free = tallies.get((action, name, ()))
    return bool(bounds) and free is not None and set(tallies[key].paths) <= set(free.paths)


def _written(key: _Key, tally: _Tally, rule: Rule) -> Iterable[Permission]:
    action, name, _ = key
    conditions = conditions_of(tally.values, rule)
    for resource in resource_patterns(name, tally.paths, rule):
        yield Permission(
            action,
            resource,
            conditions,
            tally.count,
            tuple(sorted(tally.events)),
            tally.first,
            tally.last,
            tally.implied,
        )
