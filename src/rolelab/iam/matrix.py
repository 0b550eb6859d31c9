"""Who can do what to which resource: an access matrix.

AWS pages: *How AWS enforcement code logic evaluates requests to allow or deny access*,
*Policies and permissions in AWS Identity and Access Management*.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, product
from typing import NamedTuple, cast

from rolelab.iam.batch import OUTCOMES, Batch, Owned, decide_batches, frozen
from rolelab.iam.cells import TILE, Cells
from rolelab.iam.decision import Decision, evaluate
from rolelab.iam.document import Document
from rolelab.iam.evaluation import ALLOW, Outcome
from rolelab.iam.policies import Policies, PolicyDocument
from rolelab.iam.request import ContextValue, Request

Context = Mapping[str, ContextValue]

_PLACES_OF = {
    effect: bytes(place for place, outcome in enumerate(OUTCOMES, 1) if outcome.effect == effect)
    for effect in {outcome.effect for outcome in OUTCOMES}
}


@dataclass(frozen=True, slots=True)
class MatrixPrincipal:
    """One who asks.

    Attributes:
        arn: as in `Request.principal`.
        policies: its policies, by type.
        context: condition keys of its requests, such as aws:PrincipalTag/Team.

    AWS page: *Policies and permissions in AWS Identity and Access Management*, "Policy types".
    """

    arn: str
    policies: Policies
    context: Context = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MatrixResource:
    """A resource that has something of its own: a policy, an account, tags.

    Attributes:
        arn: as in `Request.resource`.
        policy: its resource-based policy, in place of `Policies.resource` of every principal;
            None leaves that one as it is.
        account: the account that owns it; None means the principal's own.
        resource_control: the RCPs of that account, as in `Policies`; None leaves the principals'.
        context: condition keys of requests for it, such as aws:ResourceTag/Team.

    Raises PolicyError for a document that AWS would refuse.

    AWS pages: *Identity-based policies and resource-based policies*, *Resource control policies*.
    """

    arn: str
    policy: PolicyDocument | None = None
    account: str | None = None
    resource_control: Sequence[Sequence[PolicyDocument]] | None = None
    context: Context = field(default_factory=dict)

    def __post_init__(self) -> None:
        read = Policies(resource=self.policy, resource_control=self.resource_control or ())
        object.__setattr__(self, "policy", read.resource)
        if self.resource_control is not None:
            object.__setattr__(self, "resource_control", read.resource_control)

    def bearing(self, policies: Policies) -> Policies:
        """All the policies that bear on a request for this resource.

        Args:
            policies: the principal's.

        Returns Policies for `evaluate`.
        """
        bearing = self._guarding(policies)
        return bearing if self.policy is None else replace(bearing, resource=self.policy)

    def _guarding(self, policies: Policies) -> Policies:
        """A principal's policies with the RCPs of this resource's account."""
        if self.resource_control is None:
            return policies
        return replace(policies, resource_control=self.resource_control)

    def _situation(self) -> tuple[object, ...]:
        """What two resources must share to be decided together, as a key of a dict."""
        return self.account, self.resource_control, frozen(self.context)


class _Group(NamedTuple):
    """Resources in the same situation, over the cells of one tile.

    Attributes:
        like: one of them.
        cells: those of all of them.
        owned: the policies that some of them have.
        bare: the cells of those that have none.
    """

    like: MatrixResource
    cells: int
    owned: tuple[Owned, ...]
    bare: int

    def batch(self, request: Request, policies: Policies) -> Batch:
        owned = self.owned
        if policies.resource is not None:
            owned = (*owned, Owned(cast(Document, policies.resource), self.bare))
        return Batch(self.cells, request, self.like._guarding(policies), owned)


class AccessRow(NamedTuple):
    """One decision of a matrix: who, what, which resource, the effect, and what decided."""

    principal: str
    action: str
    resource: str
    effect: str
    decided_by: str


class AccessMatrix:
    """The effect for every principal, action and resource.

    Only effects and the policy types that decided are kept; `decision` explains one of them in
    full. Made by `access_matrix`.

    Attributes:
        principals: the names, in the order given.
        actions: as given, without repetitions.
        resources: ARNs, in the order given.
    """

    def __init__(
        self,
        principals: Mapping[str, MatrixPrincipal],
        actions: Sequence[str],
        resources: Mapping[str, MatrixResource],
        context: Context,
    ) -> None:
        self.principals = tuple(principals)
        self.actions = tuple(actions)
        self.resources = tuple(resources)
        self._principals = dict(principals)
        self._resources = dict(resources)
        self._context = context
        self._row_of = {
            action.lower(): position * len(resources) for position, action in enumerate(actions)
        }
        self._column_of = {resource: position for position, resource in enumerate(resources)}
        self._places = self._decide_all()

    def effect(self, principal: str, action: str, resource: str) -> str:
        """ "Allow", "ImplicitDeny" or "ExplicitDeny".

        Args:
            principal: a name from `principals`.
            action: one of `actions`; compares without case.
            resource: an ARN from `resources`.

        Raises KeyError for what the matrix does not hold.
        """
        return self._outcome(principal, action, resource).effect

    def decided_by(self, principal: str, action: str, resource: str) -> str:
        """The policy type that decided, as AWS names it. Arguments and errors as in `effect`.

        AWS page: *Troubleshoot access denied error messages*.
        """
        return self._outcome(principal, action, resource).decided_by.name

    def decision(self, principal: str, action: str, resource: str) -> Decision:
        """The full answer with its message and layers, from `evaluate`, worked out now.

        Arguments and errors as in `effect`.
        """
        self._outcome(principal, action, resource)
        asking, asked = self._principals[principal], self._resources[resource]
        request = replace(self._request(asking, asked), action=action)
        return evaluate(request, asked.bearing(asking.policies))

    def who_can(self, action: str, resource: str) -> tuple[str, ...]:
        """The names of the principals who are allowed. Arguments and errors as in `effect`."""
        return tuple(
            name for name in self.principals if self.effect(name, action, resource) == ALLOW
        )

    def count(self, effect: str) -> int:
        """How many cells have an effect.

        Args:
            effect: "Allow", "ImplicitDeny" or "ExplicitDeny".

        Raises KeyError for any other word.
        """
        wanted = _PLACES_OF[effect]
        return sum(
            len(places) - len(places.translate(None, wanted)) for places in self._places.values()
        )

    @property
    def allowed(self) -> int:
        """How many cells are allowed."""
        return self.count(ALLOW)

    def to_rows(self) -> list[AccessRow]:
        """Every cell, by principal, then action, then resource; a table for pandas or csv."""
        pairs = list(product(self.actions, self.resources))
        ends = (("", ""), *((outcome.effect, outcome.decided_by.name) for outcome in OUTCOMES))
        return [
            AccessRow(name, *pair, *ends[place])
            for name, places in self._places.items()
            for pair, place in zip(pairs, places, strict=True)
        ]

    def __len__(self) -> int:
        return len(self.principals) * len(self.actions) * len(self.resources)

    def __repr__(self) -> str:
        return (
            f"<AccessMatrix: {len(self.principals)} principals x {len(self.actions)} actions x "
            f"{len(self.resources)} resources, {self.allowed} of {len(self)} allowed>"
        )

    def _outcome(self, principal: str, action: str, resource: str) -> Outcome:
        try:
            cell = self._row_of[action.lower()] + self._column_of[resource]
            return OUTCOMES[self._places[principal][cell] - 1]
        except KeyError:
            asked = f"{principal}, {action} and {resource}"
            raise KeyError(f"the matrix has no cell for {asked}") from None

    def _decide_all(self) -> dict[str, bytes]:
        found: dict[str, list[bytes]] = {name: [] for name in self._principals}
        for cells in self._tiles():
            groups = [_group(cells, alike) for alike in self._alike()]
            for name, asking in self._principals.items():
                batches = [
                    group.batch(self._request(asking, group.like), asking.policies)
                    for group in groups
                    if group.cells
                ]
                found[name].append(decide_batches(cells, batches))
        return {name: b"".join(tiles) for name, tiles in found.items()}

    def _alike(self) -> Iterable[list[MatrixResource]]:
        """The resources, those together whose situation is the same."""
        found: dict[tuple[object, ...], list[MatrixResource]] = {}
        for asked in self._resources.values():
            found.setdefault(asked._situation(), []).append(asked)
        return found.values()

    def _tiles(self) -> Iterator[Cells]:
        pairs = product(self._row_of, self.resources)
        while tile := list(islice(pairs, TILE)):
            yield Cells([action for action, _ in tile], [resource for _, resource in tile])

    def _request(self, asking: MatrixPrincipal, asked: MatrixResource) -> Request:
        context = {**self._context, **asking.context, **asked.context}
        return Request(asking.arn, "", asked.arn, asked.account, context)


def access_matrix(
    principals: Mapping[str, Policies | tuple[str, Policies] | MatrixPrincipal],
    actions: Iterable[str],
    resources: Iterable[str | MatrixResource],
    *,
    context: Context | None = None,
) -> AccessMatrix:
    """Decide every action on every resource for every principal.

    Args:
        principals: the policies of each, under its ARN; or, under any name, a pair of ARN and
            policies, or a MatrixPrincipal, which has condition keys of its own.
        actions: such as "s3:GetObject"; repetitions are dropped, and case does not matter.
        resources: ARNs, or MatrixResources for those with a policy, an account or tags of their
            own. `Policies.resource` of a principal bears on all the others.
        context: condition keys of every request. A principal's own add to them, and a
            resource's own to both; the later one wins.

    Returns an AccessMatrix; each of its cells is what `evaluate` answers.
    Raises ValueError for a resource that stands twice and differs, or for one text in place of a
    list.

    AWS page: *How AWS enforcement code logic evaluates requests to allow or deny access*.
    """
    for given, element in ((actions, "actions"), (resources, "resources")):
        if isinstance(given, str):
            raise ValueError(f"{element} must be a list, not the text {given!r}")
    return AccessMatrix(
        {name: _principal(name, given) for name, given in principals.items()},
        _without_repetitions(actions),
        _resources(resources),
        dict(context or {}),
    )


def _without_repetitions(actions: Iterable[str]) -> list[str]:
    found: dict[str, str] = {}
    for action in actions:
        found.setdefault(action.lower(), action)
    return list(found.values())


def _principal(
    name: str, given: Policies | tuple[str, Policies] | MatrixPrincipal
) -> MatrixPrincipal:
    if isinstance(given, MatrixPrincipal):
        return given
    return MatrixPrincipal(name, given) if isinstance(given, Policies) else MatrixPrincipal(*given)


def _resources(given: Iterable[str | MatrixResource]) -> dict[str, MatrixResource]:
    found: dict[str, MatrixResource] = {}
    for item in given:
        resource = MatrixResource(item) if isinstance(item, str) else item
        if found.setdefault(resource.arn, resource) != resource:
            raise ValueError(f"the resource {resource.arn} stands twice, each time differently")
    return found


def _group(cells: Cells, alike: Sequence[MatrixResource]) -> _Group:
    """The share of some resources in a tile, those with the same policy together."""
    by_policy: dict[Document | None, list[str]] = {}
    for asked in alike:
        by_policy.setdefault(cast("Document | None", asked.policy), []).append(asked.arn)
    shares = {policy: cells.having(arns) for policy, arns in by_policy.items()}
    bare = shares.pop(None, 0)
    owned = tuple(Owned(policy, share) for policy, share in shares.items() if policy is not None)
    return _Group(alike[0], sum(shares.values()) + bare, owned, bare)
