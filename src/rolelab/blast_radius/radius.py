"""What a search found: edges with their evidence, and the paths that they make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any

from rolelab.blast_radius.rules import Rule
from rolelab.iam import Decision, Policies, Request, evaluate

if TYPE_CHECKING:
    import networkx
    import pandas

    from rolelab.blast_radius.account import AccountSnapshot, Fault

ADMINISTRATOR = "administrator"
"""The node that stands for being allowed anything."""

WITH = " with "
"""Stands in a node's name between a principal's ARN and how it was changed."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One request that the engine allows, and that an edge needs.

    Attributes:
        request: who asks for what, with the condition keys it was decided with.
        policies: all policies that bear on it.
    """

    request: Request
    policies: Policies

    @property
    def decision(self) -> Decision:
        """The engine's answer, worked out now; a notebook shows the statements that decided."""
        return evaluate(self.request, self.policies)

    def __str__(self) -> str:
        return f"{self.request.action} on {self.request.resource}"


@dataclass(frozen=True, slots=True)
class Edge:
    """One way from one node to another.

    Attributes:
        source: the node that acts: an ARN, or a changed principal.
        target: what it becomes: an ARN, a changed principal, or `ADMINISTRATOR`.
        rule: how.
        through: the ARN of what is used or changed on the way: the role itself, a group, a
            policy, a Lambda function, a running task.
        evidence: the requests that the way takes, each allowed by the engine.
        after: for a change of somebody else, the nodes that the source passes through to become
            that principal; empty where it changes itself, or becomes the target at once.
    """

    source: str
    target: str
    rule: Rule
    through: str
    evidence: tuple[Evidence, ...]
    after: tuple[str, ...] = ()

    def __str__(self) -> str:
        who = short(self.after[-1]) if self.after else "itself"
        words = f"{short(self.source)} {self.rule.how.format(short(self.through), who=who)}"
        return f"{words}, and becomes {who}" if self.after else words


@dataclass(frozen=True, slots=True)
class Path:
    """A chain of edges; `str()` is one sentence a step.

    Attributes:
        edges: in order, each starting where the one before ends. One edge for each step, even
            where several rules make the same one.
    """

    edges: tuple[Edge, ...]

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes, from the source to the target."""
        return (self.edges[0].source, *(edge.target for edge in self.edges))

    def __len__(self) -> int:
        return len(self.edges)

    def __iter__(self) -> Iterator[Edge]:
        return iter(self.edges)

    def __str__(self) -> str:
        return "\n".join(
            f"{number}. {edge}: {short(edge.target)}" for number, edge in enumerate(self.edges, 1)
        )


@dataclass(frozen=True)
class BlastRadius:
    """Who can become whom in an account. Made by `of_account` and `search`.

    Attributes:
        account: what was read.
        edges: every way that was found, by source, target and rule.
        faults: what could not be read or is not valid, each with its place. It is left out of
            the search, so look here first.
    """

    account: AccountSnapshot
    edges: tuple[Edge, ...]
    faults: tuple[Fault, ...] = ()

    @cached_property
    def graph(self) -> networkx.DiGraph:
        """The graph. Nodes have `kind` ("user", "role", "changed", "administrator") and `label`;
        edges have `edges`, a tuple of Edge, and `label`, how the first of them works. Every user
        and role of the account is a node, also one without an edge.
        """
        import networkx

        graph = networkx.DiGraph()
        for arn in self.account.principals:
            graph.add_node(arn, kind=kind_of(arn), label=short(arn))
        graph.add_node(ADMINISTRATOR, kind="administrator", label=ADMINISTRATOR)
        for edge in self.edges:
            for node in (edge.source, edge.target):
                graph.add_node(node, kind=kind_of(node), label=short(node))
            known = graph.get_edge_data(edge.source, edge.target, {"edges": ()})["edges"]
            first = (*known, edge)[0]
            graph.add_edge(edge.source, edge.target, edges=(*known, edge), label=first.rule.label)
        return graph

    @cached_property
    def administrators(self) -> tuple[str, ...]:
        """ARNs of those who are administrators as they are, in the account's order."""
        at_once = {edge.source for edge in self.edges if edge.rule.name == "is-administrator"}
        return tuple(arn for arn in self.account.principals if arn in at_once)

    @cached_property
    def can_become_administrator(self) -> tuple[str, ...]:
        """ARNs of those who are none and can become one, in the account's order."""
        import networkx

        able = networkx.ancestors(self.graph, ADMINISTRATOR) - set(self.administrators)
        return tuple(arn for arn in self.account.principals if arn in able)

    def reach(self, source: str) -> tuple[str, ...]:
        """Whom a principal can become, over any number of steps.

        Args:
            source: an ARN, a name such as "role/deployer", or another node of the graph.

        Returns the nodes other than itself, nearest first.
        Raises KeyError for a principal that the account does not have.
        """
        import networkx

        start = self.node(source)
        steps = networkx.single_source_shortest_path_length(self.graph, start)
        return tuple(node for node in steps if node != start)

    def paths(
        self, source: str, target: str = ADMINISTRATOR, *, limit: int | None = 20
    ) -> list[Path]:
        """Every way from one principal to another without a detour, shortest first.

        Args:
            source: who starts: an ARN, or a name such as "role/deployer".
            target: whom it ends at; the administrator unless said otherwise.
            limit: at most so many paths; None gives all of them.

        Returns paths, none if there is no way. Where several rules make one step, the first edge
        stands for it; `graph.edges[a, b]["edges"]` has them all.
        Raises KeyError for a principal that the account does not have.
        """
        import networkx

        start, end = self.node(source), self.node(target)
        if start == end or not networkx.has_path(self.graph, start, end):
            return []
        found = networkx.shortest_simple_paths(self.graph, start, end)
        return [self._path(nodes) for nodes in islice(found, limit)]

    def edges_between(self, source: str, target: str = ADMINISTRATOR) -> list[Edge]:
        """Every edge on some way from one principal to another: what there is to close.

        Arguments and errors as in `paths`. Where several rules make one step, all of them.
        """
        import networkx

        start, end = self.node(source), self.node(target)
        after = {start} | networkx.descendants(self.graph, start)
        before = {end} | networkx.ancestors(self.graph, end)
        return [edge for edge in self.edges if edge.source in after and edge.target in before]

    def node(self, name: str) -> str:
        """The node of a principal.

        Args:
            name: a node, an ARN, or a short name: "role/deployer", with its path or without it,
                or "deployer" where only one principal is called so.

        Raises KeyError naming what there is.
        """
        if name in self.graph:
            return name
        fits = [
            arn
            for arn in self.account.principals
            if name in (short(arn), arn.rpartition("/")[2], arn.rpartition(":")[2])
        ]
        if len(fits) == 1:
            return fits[0]
        known = ", ".join(short(arn) for arn in self.account.principals) or "no principals"
        problem = "several principals are called" if fits else "there is no principal"
        raise KeyError(
            f"{problem} {name!r} in account {self.account.account_id}, which has {known}"
        )

    def to_frame(self) -> pandas.DataFrame:
        """The edges as a pandas DataFrame, in the order of `edges`.

        Its columns: source, target and through, by their short names; rule; needs, the actions
        that the way takes; close, how to close it.
        """
        import pandas

        columns = ["source", "target", "rule", "through", "needs", "close"]
        rows = [
            (
                short(edge.source),
                short(edge.target),
                edge.rule.name,
                short(edge.through),
                ", ".join(edge.rule.permissions and _actions(edge)) or "nothing more",
                edge.rule.close,
            )
            for edge in self.edges
        ]
        return pandas.DataFrame(rows, columns=columns)

    def _path(self, nodes: Iterable[str]) -> Path:
        return Path(tuple(self.graph.edges[step]["edges"][0] for step in pairwise(nodes)))

    def __repr__(self) -> str:
        principals = len(self.account.principals)
        return (
            f"<BlastRadius of {self.account.account_id}: {principals} principals, "
            f"{len(self.edges)} edges, {len(self.administrators)} administrators, "
            f"{len(self.can_become_administrator)} can become one, {len(self.faults)} faults>"
        )


def _actions(edge: Edge) -> Iterable[str]:
    return dict.fromkeys(each.request.action for each in edge.evidence)


def short(node: str) -> str:
    """A node's name for people: "role/deployer" for its ARN, other nodes as they are."""
    arn, joined, change = node.partition(WITH)
    if not arn.startswith("arn:"):
        return node
    kind, _, path = arn.split(":", 5)[5].partition("/")
    name = f"{kind}/{path.rpartition('/')[2]}" if path else kind
    return f"{name}{joined}{change}"


def kind_of(node: str) -> str:
    """ "user", "role", "changed" or "administrator"."""
    if node == ADMINISTRATOR:
        return ADMINISTRATOR
    if WITH in node:
        return "changed"
    return node.split(":", 5)[5].partition("/")[0]


def row_order(edge: Edge) -> tuple[Any, ...]:
    """Sorts edges by source and target, those that need nobody else and the least first."""
    needs = len(edge.after), len(edge.evidence)
    return edge.source, edge.target, *needs, edge.rule.name, edge.through
