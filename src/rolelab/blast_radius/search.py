"""The search: every rule, for every principal, about everything it could be used on.

AWS pages: *Policy evaluation logic*; *Grant a user permissions to pass a role to an AWS service*;
*Permissions boundaries for IAM entities*.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from rolelab.blast_radius import rules
from rolelab.blast_radius.account import AccountSnapshot, Holder, Thing, read_account
from rolelab.blast_radius.radius import (
    ADMINISTRATOR,
    WITH,
    BlastRadius,
    Edge,
    Evidence,
    row_order,
)
from rolelab.blast_radius.relevant import relevant
from rolelab.blast_radius.rules import IS_ADMINISTRATOR, NEW, RULES, Permission, Rule
from rolelab.iam import (
    Document,
    MatrixPrincipal,
    MatrixResource,
    Policies,
    Request,
    access_matrix,
    parse,
)
from rolelab.sandbox.organizations import restricts

if TYPE_CHECKING:
    import boto3
    import networkx

    from rolelab.iam.request import ContextValue

ADMINISTRATOR_ACTIONS = (
    "any-service:AnyAction",
    "iam:CreateUser",
    "iam:CreateAccessKey",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "sts:AssumeRole",
    "kms:Decrypt",
    "s3:GetObject",
    "secretsmanager:GetSecretValue",
)
"""Who is allowed all of these on a resource that no policy names is an administrator. The first is
an action that no service has, so that only a policy about everything allows it. What the SCPs
deny to everybody does not count."""

_ANY_RESOURCE = "arn:aws:any-service:us-east-1:000000000000:anything/at-all"

_EVERYTHING = parse(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    },
    name="a policy of its own making",
)
_OPEN_TRUST = parse(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    },
    kind="trust",
    name="a trust policy of its own making",
)

_SOURCES: Mapping[str, str] = {
    "ecs-tasks.amazonaws.com": "arn:{partition}:ecs:{region}:{account}:*",
    "lambda.amazonaws.com": "arn:{partition}:lambda:{region}:{account}:function:" + NEW,
}
"""aws:SourceArn with which a service assumes a role. Page: *The confused deputy problem*."""


def of_account(
    session: boto3.Session | None = None,
    *,
    management: boto3.Session | None = None,
    context: Mapping[str, ContextValue] | None = None,
) -> BlastRadius:
    """Find who can become whom in an account.

    Args:
        session: who reads the account; None is the default identity. `read_account` lists the
            permissions it takes.
        management: a session of the organization's management account, which reads the SCPs;
            needed in a member account. In the sandbox: `sandbox.admin(management_account_id)`.
        context: condition keys that every request has, such as
            {"aws:MultiFactorAuthPresent": "true"}: what somebody who holds a principal's
            credentials can fulfil. Without it, what needs such a key is not allowed. The time,
            the region and TLS are filled in.

    Returns a BlastRadius; look at its `faults` first.
    Raises ValueError where SCPs bear on the account and `management` is not given; ClientError
    where IAM cannot be read.
    """
    return search(read_account(session, management=management), context=context)


def search(
    account: AccountSnapshot, *, context: Mapping[str, ContextValue] | None = None
) -> BlastRadius:
    """Find who can become whom in an account that was read before, or made by hand.

    Args:
        account: from `read_account`.
        context: as in `of_account`.

    Returns a BlastRadius. An account without principals has no edges.
    """
    found = _Search(account, dict(context or {}))
    return BlastRadius(account, found.run(), account.faults)


@dataclass(frozen=True, slots=True)
class _State:
    """A principal as it is, or as somebody has changed it.

    Attributes:
        holder: who.
        change: "", or how its policies were changed.
        policies: what it is allowed now.
        bounded: whether its boundary still limits it.
    """

    holder: Holder
    change: str
    policies: tuple[Document, ...]
    bounded: bool = True

    @property
    def node(self) -> str:
        """Its node in the graph."""
        unbound = "" if self.bounded or not self.holder.boundary else rules.NO_BOUNDARY
        changes = " and ".join(filter(None, (self.change, unbound)))
        return f"{self.holder.arn}{WITH}{changes}" if changes else self.holder.arn

    def changed(self, rule: Rule, thing: Thing) -> _State:
        """As a rule leaves it. One group and one version at a time; any policy is more."""
        if rule.gives == rules.NO_BOUNDARY:
            return replace(self, bounded=False)
        if self.change == rules.ANY_POLICY:
            return self
        if rule.gives == rules.ANY_POLICY:
            held = self.holder.policies
            kept = tuple(each.document for each in held if each.arn != thing.arn)
            # A policy that is rewritten takes its own Deny statements away.
            rewritten = f"any version of {thing.arn.rpartition('/')[2]}"
            change = rule.gives if len(kept) == len(held) else rewritten
            return replace(self, change=change, policies=(*kept, _EVERYTHING))
        others = tuple(
            held.document
            for held in self.holder.policies
            if rule.gives == rules.GROUP or held.arn != thing.arn
        )
        return replace(self, change=thing.gift, policies=(*others, *thing.documents))


class _Fit(NamedTuple):
    """A rule that a principal can use on something."""

    source: str
    thing: Thing
    evidence: tuple[Evidence, ...]


class _Search:
    def __init__(self, account: AccountSnapshot, context: dict[str, ContextValue]) -> None:
        self.account = account
        self.context = {**_usual(account), **account.organization, **context}
        self.names = {
            "partition": account.partition,
            "region": account.region,
            "account": account.account_id,
        }
        self.states: dict[str, _State] = {}
        self.administrators: set[str] = set()
        self.changes: dict[str, list[tuple[Rule, _Fit]]] = {}
        self.edges: dict[tuple[str, str, str, str], Edge] = {}

    def run(self) -> tuple[Edge, ...]:
        pending = [
            _State(holder, "", tuple(each.document for each in holder.policies))
            for holder in self.account.holders
        ]
        while pending:
            self._explore(pending)
            pending = self._changed()
        return tuple(sorted(relevant(self._found()), key=row_order))

    # --- one round ----------------------------------------------------------------------------

    def _explore(self, pending: Sequence[_State]) -> None:
        """Take in new states, and find what each of them can do."""
        self.states.update({state.node: state for state in pending})
        self._find_administrators(pending)
        sources = [state for state in pending if state.node not in self.administrators]
        for rule in RULES:
            for fit in self._fits(rule, sources):
                self._use(rule, fit)

    def _use(self, rule: Rule, fit: _Fit) -> None:
        if rule.gives == rules.BECOMES:
            own = self.states[fit.source].holder.arn
            for arn in fit.thing.leads_to:
                if arn != own and arn in self._by_arn:
                    self._add(Edge(fit.source, arn, rule, fit.thing.arn, fit.evidence))
        elif rule.gives == rules.EVERYTHING:
            if self._everything:
                self._add(Edge(fit.source, ADMINISTRATOR, rule, fit.thing.arn, fit.evidence))
        else:
            self.changes.setdefault(fit.source, []).append((rule, fit))

    def _changed(self) -> list[_State]:
        """The states that come of changes, new ones only; edges to all of them.

        Who changes somebody else gains by it only with that principal's credentials.
        """
        import networkx

        graph: networkx.DiGraph = networkx.DiGraph(
            [(edge.source, edge.target) for edge in self.edges.values()]
        )
        graph.add_nodes_from(self.states)
        found: dict[str, _State] = {}
        for source, changes in self.changes.items():
            ways = networkx.single_source_shortest_path(graph, source)
            held: dict[str, list[str]] = {}
            for node in ways:
                if node in self.states and node not in self.administrators:
                    held.setdefault(self.states[node].holder.arn, []).append(node)
            for rule, fit in changes:
                for node in (
                    node for arn in self._concerned(rule, fit) for node in held.get(arn, ())
                ):
                    state = self.states[node].changed(rule, fit.thing)
                    if state.node not in (node, source):
                        found.setdefault(state.node, state)
                        after = tuple(ways[node][1:])
                        self._add(
                            Edge(source, state.node, rule, fit.thing.arn, fit.evidence, after)
                        )
        return [state for node, state in found.items() if node not in self.states]

    def _concerned(self, rule: Rule, fit: _Fit) -> tuple[str, ...]:
        """Whose policies a change is about. Whoever is not in a group can be added to it."""
        if rule.gives != rules.GROUP:
            return fit.thing.leads_to
        users = (each.arn for each in self.account.holders if not each.is_role)
        return tuple(arn for arn in users if arn not in fit.thing.leads_to)

    def _found(self) -> list[Edge]:
        """All edges. A change that makes an administrator leads to `ADMINISTRATOR` at once."""
        edges = [self._shortened(edge) for edge in self.edges.values()]
        return edges + [
            Edge(node, ADMINISTRATOR, IS_ADMINISTRATOR, node, self._proof(self.states[node]))
            for node in self.administrators
            if WITH not in node
        ]

    def _shortened(self, edge: Edge) -> Edge:
        if WITH in edge.target and edge.target in self.administrators:
            return replace(edge, target=ADMINISTRATOR)
        return edge

    def _add(self, edge: Edge) -> None:
        key = (edge.source, edge.target, edge.rule.name, edge.through)
        self.edges.setdefault(key, edge)

    # --- what the engine is asked -------------------------------------------------------------

    def _find_administrators(self, states: Sequence[_State]) -> None:
        principals = {state.node: self._principal(state, False) for state in states}
        allowed = self._allowed_anywhere(principals)
        self.administrators |= {
            node
            for node, actions in allowed.items()
            if self._everything and actions >= self._everything
        }

    @cached_property
    def _everything(self) -> frozenset[str]:
        """The actions that prove an administrator: those that SCPs leave to a new user."""
        arn = f"arn:{self.account.partition}:iam::{self.account.account_id}:user/{NEW}"
        anybody = _State(Holder(arn, "AIDA"), rules.ANY_POLICY, (_EVERYTHING,))
        return self._allowed_anywhere({"": self._principal(anybody, False)})[""]

    def _allowed_anywhere(
        self, principals: Mapping[str, MatrixPrincipal]
    ) -> dict[str, frozenset[str]]:
        matrix = access_matrix(
            principals, ADMINISTRATOR_ACTIONS, [_ANY_RESOURCE], context=self.context
        )
        return {
            name: frozenset(
                action
                for action in ADMINISTRATOR_ACTIONS
                if matrix.effect(name, action, _ANY_RESOURCE) == "Allow"
            )
            for name in principals
        }

    @cached_property
    def _by_arn(self) -> dict[str, Holder]:
        return {holder.arn: holder for holder in self.account.holders}

    def _fits(self, rule: Rule, sources: Sequence[_State]) -> Iterator[_Fit]:
        """Who can use a rule on what: every part for the same source."""
        others: list[dict[str, Evidences]] = []
        able: Sequence[_State] = sources
        for part in reversed(rule.parts):
            things: Sequence[Thing] = self.account.things.get(part.kind, ())
            if part is rule.parts[0]:
                things = [thing for thing in things if self._can_lead(rule, thing)]
            allowed = self._all_allowed(part.permissions, able, things)
            able = [state for state in able if state.node in allowed]
            others.insert(0, allowed)
        for state in able:
            rest = tuple(
                each for allowed in others[1:] for each in next(iter(allowed[state.node].values()))
            )
            for number, evidence in others[0][state.node].items():
                yield _Fit(state.node, self._first(rule)[number], (*evidence, *rest))

    def _first(self, rule: Rule) -> list[Thing]:
        things = self.account.things.get(rule.parts[0].kind, ())
        return [thing for thing in things if self._can_lead(rule, thing)]

    def _can_lead(self, rule: Rule, thing: Thing) -> bool:
        """Whether the service gets the role, and the role can do what the way takes."""
        if rule.service and not set(thing.leads_to) <= self._trusting(rule.service):
            return False
        return not rule.target_needs or set(thing.leads_to) <= self._able(rule.target_needs)

    def _all_allowed(
        self, permissions: Sequence[Permission], sources: Sequence[_State], things: Sequence[Thing]
    ) -> dict[str, Evidences]:
        """For each source the numbers of the things for which it has all permissions."""
        found: dict[str, Evidences] = {
            state.node: dict.fromkeys(range(len(things)), ()) for state in sources
        }
        for permission in permissions:
            asked = [state for state in sources if found.get(state.node)]
            for batch in self._batches(permission, things, found):
                resources = {number: self._resource(permission, things[number]) for number in batch}
                self._decide(permission, asked, resources, found)
            found = {node: fits for node, fits in found.items() if fits}
        return {node: fits for node, fits in found.items() if fits}

    def _decide(
        self,
        permission: Permission,
        sources: Sequence[_State],
        resources: Mapping[int, MatrixResource],
        found: dict[str, Evidences],
    ) -> None:
        """Drop the things for which a source lacks a permission; add evidence to the others."""
        limited = restricts(permission.action, next(iter(resources.values())).arn)
        principals = {state.node: self._principal(state, limited) for state in sources}
        matrix = access_matrix(
            principals, [permission.action], list(resources.values()), context=self.context
        )
        for node, asking in principals.items():
            fits = found[node]
            for number, asked in resources.items():
                if number not in fits:
                    continue
                if matrix.effect(node, permission.action, asked.arn) == "Allow":
                    fits[number] += (self._evidence(permission, asking, asked),)
                else:
                    del fits[number]

    def _evidence(
        self, permission: Permission, asking: MatrixPrincipal, asked: MatrixResource
    ) -> Evidence:
        context = {**self.context, **asking.context, **asked.context}
        request = Request(asking.arn, permission.action, asked.arn, None, context)
        return Evidence(request, asked.bearing(asking.policies))

    def _proof(self, state: _State) -> tuple[Evidence, ...]:
        asking, asked = self._principal(state, False), MatrixResource(_ANY_RESOURCE)
        return tuple(
            self._evidence(Permission(action), asking, asked)
            for action in ADMINISTRATOR_ACTIONS
            if action in self._everything
        )

    def _batches(
        self, permission: Permission, things: Sequence[Thing], found: Mapping[str, Evidences]
    ) -> Iterator[list[int]]:
        """The things that are still asked about, each resource once in a batch."""
        open_ones = sorted({number for fits in found.values() for number in fits})
        batches: list[dict[str, int]] = []
        count: dict[str, int] = {}
        for number in open_ones:
            thing = things[number]
            if permission.where and not thing.fields.get(permission.where):
                continue
            arn = self._fill(permission.resource, thing)
            place = count.get(arn, 0)
            count[arn] = place + 1
            if place == len(batches):
                batches.append({})
            batches[place][arn] = number
        return (list(batch.values()) for batch in batches)

    def _resource(self, permission: Permission, thing: Thing) -> MatrixResource:
        filled = {key: self._fill(text, thing) for key, text in permission.context.items()}
        context = {**thing.context, **{key: value for key, value in filled.items() if value}}
        trust = {"own": thing.trust or _NO_TRUST, "open": _OPEN_TRUST}.get(permission.trust)
        return MatrixResource(self._fill(permission.resource, thing), trust, context=context)

    def _fill(self, pattern: str, thing: Thing) -> str:
        if pattern == "{arn}":
            return thing.arn
        return pattern.format_map({**self.names, **thing.fields, "arn": thing.arn})

    def _principal(self, state: _State, limited: bool) -> MatrixPrincipal:
        """A state for the engine.

        Args:
            state: who.
            limited: whether RCPs have a say in what is asked.
        """
        holder = state.holder
        policies = Policies(
            identity=state.policies,
            boundary=holder.limits() if state.bounded else None,
            service_control=self.account.service_control,
            resource_control=self.account.resource_control if limited else (),
        )
        return MatrixPrincipal(_asking(holder, self.account), policies, _keys_of(holder))

    def _trusting(self, service: str) -> set[str]:
        """The roles that a service can assume."""
        if service not in self._trust:
            source = _SOURCES.get(service, "").format_map(self.names)
            context = {"aws:SourceAccount": self.account.account_id, "aws:SourceArn": source}
            roles = [each for each in self.account.holders if each.trust is not None]
            matrix = access_matrix(
                {service: Policies()},
                ["sts:AssumeRole"],
                [MatrixResource(r.arn, r.trust, self.account.account_id) for r in roles],
                context={key: value for key, value in context.items() if value},
            )
            allowed = {r.arn for r in roles if matrix.who_can("sts:AssumeRole", r.arn)}
            self._trust[service] = allowed
        return self._trust[service]

    @cached_property
    def _trust(self) -> dict[str, set[str]]:
        return {}

    def _able(self, actions: Sequence[str]) -> set[str]:
        """The principals who are allowed some actions on everything."""
        states = [
            _State(holder, "", tuple(each.document for each in holder.policies))
            for holder in self.account.holders
        ]
        principals = {state.node: self._principal(state, False) for state in states}
        matrix = access_matrix(principals, actions, ["*"], context=self.context)
        return {
            name
            for name in principals
            if all(matrix.effect(name, action, "*") == "Allow" for action in actions)
        }


Evidences = dict[int, tuple[Evidence, ...]]
"""By the number of a thing, what proves that a source can use a rule on it."""

_NO_TRUST = parse(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    },
    kind="trust",
    name="a trust policy that is not valid",
)
"""In place of a trust policy that could not be read: nobody can assume the role."""


def _usual(account: AccountSnapshot) -> dict[str, ContextValue]:
    """What every request has. Page: *AWS global condition context keys*."""
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    return {
        "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(now.timestamp())),
        "aws:RequestedRegion": account.region,
        "aws:SecureTransport": "true",
        "aws:ViaAWSService": "false",
    }


def _asking(holder: Holder, account: AccountSnapshot) -> str:
    """Who makes the calls: a user, or a session of a role."""
    if not holder.is_role:
        return holder.arn
    return f"arn:{account.partition}:sts::{account.account_id}:assumed-role/{holder.name}/{NEW}"


def _keys_of(holder: Holder) -> dict[str, ContextValue]:
    keys: dict[str, ContextValue] = {
        "aws:PrincipalArn": holder.arn,
        "aws:userid": f"{holder.id}:{NEW}" if holder.is_role else holder.id,
        "sts:RoleSessionName": NEW if holder.is_role else holder.name,
    }
    if not holder.is_role:
        keys["aws:username"] = holder.name
    return keys | {f"aws:PrincipalTag/{key}": value for key, value in holder.tags.items()}
