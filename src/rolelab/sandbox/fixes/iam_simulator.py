"""The policy simulator, answered by the engine that decides the sandbox's own calls.

What the simulator does not do is part of the lesson. It looks at the policies it is given and at
nothing else: no trust policy, no key policy, no bucket policy unless it is passed in, no condition
key unless it is passed in, and no session policy. So it can say yes where AWS says no.

AWS pages: *IAM policy testing with the IAM policy simulator*; *SimulatePrincipalPolicy*,
*SimulateCustomPolicy*, *EvaluationResult*, *ContextEntry* of the IAM API Reference. moto has none
of it.

One thing is simpler here. EvalResourceName of a result is documented as the ARN template of the
action's resource type; here it is the resource itself where one is simulated, and else `*`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rolelab.iam import Decision, Document, Policies, PolicyError, Request, evaluate, parse
from rolelab.sandbox import managed_policies, principals
from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.iam_boundaries import boundary_of
from rolelab.sandbox.fixes.iam_context_keys import keys_of, keys_of_statement
from rolelab.sandbox.fixes.iam_errors import invalid_input
from rolelab.sandbox.fixes.iam_lookup import backend, group, role, user
from rolelab.sandbox.fixes.iam_positions import Span, statement_spans

PAGE = 100
"""Results in one answer unless MaxItems says otherwise (*SimulateCustomPolicy*)."""

_ENTITY = re.compile(r"arn:[a-z-]+:iam::(?P<account>\d{12}):(?P<kind>user|group|role)/(?P<path>.+)")
_DECISIONS = {"Allow": "allowed", "ImplicitDeny": "implicitDeny", "ExplicitDeny": "explicitDeny"}
_MOST_RESTRICTIVE = ("allowed", "implicitDeny", "explicitDeny")


@dataclass(frozen=True, slots=True)
class Source:
    """A policy in the simulation.

    Attributes:
        policy_id: SourcePolicyId, such as `PolicyInputList.1` or `role_web_read-orders`.
        document: its name is the policy id.
        spans: where each statement stands.
        family: the PolicyType by which PolicyExclusionList can leave it out; "" for an input.
        arn: the ARN of a managed policy, else "".
        holder: the kind and name of what an inline policy is embedded in, and its own name.
    """

    policy_id: str
    document: Document
    spans: list[Span]
    family: str = ""
    arn: str = ""
    holder: tuple[str, str, str] = ("", "", "")


@dataclass(frozen=True, slots=True)
class Simulation:
    """Everything that a simulation looks at.

    Attributes:
        principal: who is simulated to call.
        named: False if nobody was named; then no key says who calls.
        boundary: None if there is none.
        service_control: one list of SCPs for each level.
        owner: the account of resources whose ARN names none.
    """

    principal: str
    named: bool
    identity: tuple[Source, ...]
    boundary: Document | None
    service_control: tuple[tuple[Document, ...], ...]
    resource: Source | None
    account: str
    owner: str
    context: Mapping[str, str | list[str]]

    @property
    def sources(self) -> tuple[Source, ...]:
        """The policies whose statements and keys a result names."""
        return (*self.identity, self.resource) if self.resource else self.identity


# --- the four operations ------------------------------------------------------------------------


@fix("iam", "SimulateCustomPolicy")
def simulate_custom_policy(call: Call, response: Any, serve: Any) -> Answer:
    """Simulate policies that are passed in, for the caller that is named, if any."""
    asked = call.parameters
    caller = asked.get("CallerArn")
    levels = asked.get("OrderedOrganizationPolicyInputList") or ()
    simulation = Simulation(
        # A role that no policy names stands in where no caller is named.
        principal=_caller(caller) if caller else f"arn:aws:iam::{call.account}:role/-",
        named=caller is not None,
        identity=_inputs(asked.get("PolicyInputList")),
        boundary=_boundary_input(call),
        service_control=tuple(
            tuple(_read(text, "scp", "scp") for text in level["ServiceControlPolicyInputList"])
            for level in levels
        ),
        resource=_resource_policy(call, caller),
        account=_account_of(caller) or call.account,
        owner=_owner(call, caller),
        context=_context(asked.get("ContextEntries")),
    )
    return _answer(call, simulation)


@fix("iam", "SimulatePrincipalPolicy")
def simulate_principal_policy(call: Call, response: Any, serve: Any) -> Answer:
    """Simulate the policies of a user, a group or a role, with further ones that are passed in."""
    asked = call.parameters
    arn = str(asked["PolicySourceArn"])
    entity = _entity(call, arn)
    caller = str(asked.get("CallerArn") or arn)
    excluded = _exclusions(asked.get("PolicyExclusionList"))
    attached = [source for source in _attached(call, arn) if not excluded(source)]
    levels, _ = principals.organization_policies(call.account)
    simulation = Simulation(
        principal=_caller(caller),
        named=":group/" not in caller,
        identity=(*attached, *_inputs(asked.get("PolicyInputList"))),
        boundary=_boundary_input(call) or _own_boundary(call, entity, excluded),
        service_control=() if excluded(_Family("scp")) else levels,
        resource=_resource_policy(call, caller),
        account=_account_of(caller) or call.account,
        owner=_owner(call, caller),
        context=_context(asked.get("ContextEntries")),
    )
    return _answer(call, simulation)


@fix("iam", "GetContextKeysForCustomPolicy")
def get_context_keys_for_custom_policy(call: Call, response: Any, serve: Any) -> Answer:
    """Name the condition keys that policies ask for."""
    inputs = _inputs(call.parameters.get("PolicyInputList"))
    return Answer({"ContextKeyNames": keys_of(source.document for source in inputs)})


@fix("iam", "GetContextKeysForPrincipalPolicy")
def get_context_keys_for_principal_policy(call: Call, response: Any, serve: Any) -> Answer:
    """Name the condition keys that an entity's policies ask for."""
    arn = str(call.parameters["PolicySourceArn"])
    _entity(call, arn)
    sources = [*_attached(call, arn), *_inputs(call.parameters.get("PolicyInputList"))]
    return Answer({"ContextKeyNames": keys_of(source.document for source in sources)})


# --- one result for each action -----------------------------------------------------------------


def _answer(call: Call, simulation: Simulation) -> Answer:
    asked = call.parameters
    for action in asked["ActionNames"]:
        if ":" not in action or "*" in action or "?" in action:
            raise invalid_input(f"Invalid action name: {action}")
    start = _start(asked.get("Marker"))
    end = start + int(asked.get("MaxItems", PAGE))
    actions = asked["ActionNames"]
    resources = list(asked.get("ResourceArns") or ["*"])
    answer = Answer(
        {
            "EvaluationResults": [
                _result(simulation, action, resources) for action in actions[start:end]
            ],
            "IsTruncated": end < len(actions),
        }
    )
    if end < len(actions):
        answer["Marker"] = str(end)
    return answer


def _start(marker: str | None) -> int:
    if marker is None:
        return 0
    if not marker.isdigit():
        raise invalid_input(f"Invalid Marker: {marker}")
    return int(marker)


def _result(simulation: Simulation, action: str, resources: list[str]) -> dict[str, Any]:
    """One EvaluationResult: the answer over all resources, and each resource's own."""
    answers = [_on_resource(simulation, action, resource) for resource in resources]
    decision = max((one["EvalResourceDecision"] for one in answers), key=_MOST_RESTRICTIVE.index)
    result: dict[str, Any] = {
        "EvalActionName": action,
        "EvalResourceName": resources[0] if len(resources) == 1 else "*",
        "EvalDecision": decision,
        "MatchedStatements": _union(
            one["MatchedStatements"] for one in answers if one["EvalResourceDecision"] == decision
        ),
        "MissingContextValues": _union(one["MissingContextValues"] for one in answers),
    }
    if simulation.service_control:
        result["OrganizationsDecisionDetail"] = {
            "AllowedByOrganizations": all(one.pop("_organizations") for one in answers)
        }
    if simulation.boundary is not None:
        result["PermissionsBoundaryDecisionDetail"] = {
            "AllowedByPermissionsBoundary": all(
                one["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"]
                for one in answers
            )
        }
    if resources != ["*"]:
        result["EvalDecisionDetails"] = {}
        result["ResourceSpecificResults"] = answers
    return result


def _union(lists: Iterable[list[Any]]) -> list[Any]:
    found: list[Any] = []
    for items in lists:
        found.extend(item for item in items if item not in found)
    return found


def _on_resource(simulation: Simulation, action: str, resource: str) -> dict[str, Any]:
    owner = _account_of(resource) or simulation.owner
    request = Request(simulation.principal, action, resource, owner, simulation.context)
    decision = evaluate(
        request,
        Policies(
            identity=[source.document for source in simulation.identity],
            resource=_resource_document(simulation),
            boundary=None if simulation.boundary is None else [simulation.boundary],
            service_control=simulation.service_control,
        ),
    )
    answer: dict[str, Any] = {
        "EvalResourceName": resource,
        "EvalResourceDecision": _DECISIONS[decision.effect],
        "MatchedStatements": list(_matched(simulation, decision)),
        "MissingContextValues": _missing(simulation, action),
    }
    if simulation.boundary is not None:
        allowed = evaluate(request, Policies(identity=[simulation.boundary])).allowed
        answer["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": allowed}
    if simulation.service_control:
        answer["_organizations"] = all(
            evaluate(request, Policies(identity=level)).allowed
            for level in simulation.service_control
        )
    if simulation.resource is not None and owner != simulation.account:
        answer["EvalDecisionDetails"] = _details(simulation, simulation.resource, request)
    return answer


def _resource_document(simulation: Simulation) -> Document | Mapping[str, Any]:
    """The resource policy of a simulation.

    Where none is passed in, the caller's own policies decide alone, trust policies and key
    policies included: as if the resource left the matter to the caller's account.
    """
    if simulation.resource is not None:
        return simulation.resource.document
    return _delegating_to(simulation.account)


def _delegating_to(account: str) -> Mapping[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": account},
        "Action": "*",
        "Resource": "*",
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _details(simulation: Simulation, resource: Source, request: Request) -> dict[str, str]:
    """Each side's own answer to a cross-account request."""
    documents = [source.document for source in simulation.identity]
    own = Policies(identity=documents, resource=_delegating_to(simulation.account))
    other = Policies(identity=[_EVERYTHING], resource=resource.document)
    return {
        "IAM Policy": _DECISIONS[evaluate(request, own).effect],
        "Resource Policy": _DECISIONS[evaluate(request, other).effect],
    }


_EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}

_LAYERS = ("identity-based policy", "resource-based policy")
_DECIDING = {"Allow": "Allow", "ExplicitDeny": "Deny"}


def _matched(simulation: Simulation, decision: Decision) -> Iterator[dict[str, Any]]:
    """The statements that brought the decision about: the denies, or else the allows."""
    by_id = {source.policy_id: source for source in simulation.sources}
    wanted = _DECIDING.get(decision.effect)
    for layer in decision.layers:
        for statement in layer.statements if layer.policy_type in _LAYERS else ():
            source = by_id.get(statement.policy)
            if source is None or not statement.matched or statement.effect != wanted:
                continue
            start, end = source.spans[_index(source.document, statement.label)]
            yield {
                "SourcePolicyId": source.policy_id,
                "SourcePolicyType": _type_of(source),
                "StartPosition": start,
                "EndPosition": end,
            }


def _index(document: Document, label: str) -> int:
    return next(at for at, one in enumerate(document.statements) if one.label == label)


def _type_of(source: Source) -> str:
    # The model lists other words; these are the ones that AWS answers.
    return "Resource Policy" if source.policy_id == _RESOURCE_POLICY else "IAM Policy"


def _missing(simulation: Simulation, action: str) -> list[str]:
    """The keys that statements about the action ask for and nobody gave."""
    given = {key.lower() for key in simulation.context}
    found: dict[str, str] = {}
    for source in simulation.sources:
        for statement in source.document.about(action.lower()):
            for key in keys_of_statement(statement.source):
                if key.lower() not in given and not _is_derived(simulation, key.lower()):
                    found.setdefault(key.lower(), key)
    return list(found.values())


def _is_derived(simulation: Simulation, key: str) -> bool:
    """Does the principal itself, or the resource, give the key's value?"""
    if key in {"aws:resourceaccount", "aws:principalisawsservice"}:
        return True
    if not simulation.named:
        return False
    if key == "aws:username":
        return ":user/" in simulation.principal
    return key in {"aws:principalarn", "aws:principalaccount", "aws:principaltype"}


# --- reading the request ------------------------------------------------------------------------

_RESOURCE_POLICY = "ResourcePolicy"


def _inputs(texts: Sequence[str] | None) -> tuple[Source, ...]:
    return tuple(
        _source(text, f"PolicyInputList.{position}")
        for position, text in enumerate(texts or (), start=1)
    )


def _source(text: str, policy_id: str, kind: str = "identity", **more: Any) -> Source:
    document = _read(text, kind, policy_id)
    return Source(policy_id, document, statement_spans(text), **more)


def _read(text: str, kind: str, name: str) -> Document:
    try:
        return parse(text, kind=kind, name=name)
    except PolicyError as error:
        raise invalid_input(f"Invalid policy {name}: {error}") from error


def _boundary_input(call: Call) -> Document | None:
    given = call.parameters.get("PermissionsBoundaryPolicyInputList") or ()
    if len(given) > 1:
        raise invalid_input("Only one permissions boundary policy can be simulated at a time.")
    return _read(given[0], "identity", "PermissionsBoundaryPolicyInputList.1") if given else None


def _resource_policy(call: Call, caller: str | None) -> Source | None:
    """The resource policy that was passed in.

    AWS page: *SimulateCustomPolicy*: CallerArn is required with it, and roles are not supported.
    """
    text = call.parameters.get("ResourcePolicy")
    if text is None:
        return None
    if caller is None:
        raise invalid_input("CallerArn is required if you include a ResourcePolicy.")
    if ":role/" in caller:
        raise invalid_input("Simulation of resource-based policies isn't supported for IAM roles.")
    return _source(text, _RESOURCE_POLICY, "resource")


def _owner(call: Call, caller: str | None) -> str:
    """The account of resources whose ARN names none: an account id, or the ARN of its root."""
    given = call.parameters.get("ResourceOwner")
    return _account_of(given) or given or _account_of(caller) or call.account


def _account_of(arn: str | None) -> str | None:
    parts = (arn or "").split(":", 5)
    return parts[4] if len(parts) == 6 and parts[4].isdigit() else None


def _caller(arn: str) -> str:
    """The simulated caller. A group's policies are simulated for somebody in it."""
    found = _ENTITY.fullmatch(arn)
    if found is None:
        raise _unclear(arn)
    return arn.replace(":group/", ":role/") if found["kind"] == "group" else arn


def _unclear(arn: str) -> Exception:
    return invalid_input(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")


# --- context entries ----------------------------------------------------------------------------


def _context(entries: Sequence[Mapping[str, Any]] | None) -> dict[str, str | list[str]]:
    """The condition keys of a simulation, each value checked against its type."""
    context: dict[str, str | list[str]] = {}
    for entry in entries or ():
        name, kind = str(entry["ContextKeyName"]), str(entry.get("ContextKeyType", "string"))
        values = [str(value) for value in entry.get("ContextKeyValues") or ()]
        check = _TYPES[kind.removesuffix("List")]
        for value in values:
            if not check(value):
                raise invalid_input(f"Invalid value {value} of type {kind} for context key {name}")
        if kind.endswith("List"):
            context[name] = values
        elif len(values) > 1:
            raise invalid_input(f"Context key {name} of type {kind} takes one value")
        elif values:
            context[name] = values[0]
    return context


def _reads(read: Callable[[str], Any]) -> Callable[[str], bool]:
    def check(value: str) -> bool:
        try:
            read(value)
        except ValueError:
            return False
        return True

    return check


def _date(value: str) -> None:
    """An ISO 8601 date, or seconds since 1970 (*IAM JSON policy elements: Condition operators*)."""
    if not re.fullmatch(r"-?\d+(\.\d+)?", value):
        datetime.fromisoformat(value)


_TYPES: Mapping[str, Callable[[str], bool]] = {
    "string": lambda value: True,
    "binary": lambda value: True,
    "numeric": _reads(float),
    "boolean": lambda value: value.lower() in {"true", "false"},
    "ip": _reads(lambda value: ipaddress.ip_network(value, strict=False)),
    "date": _reads(_date),
}


# --- the policies of an entity ------------------------------------------------------------------

_FINDERS: Mapping[str, Callable[[Call, str], Any]] = {"user": user, "group": group, "role": role}


def _entity(call: Call, arn: str) -> Any:
    found = _ENTITY.fullmatch(arn)
    if found is None:
        raise _unclear(arn)
    return _FINDERS[found["kind"]](call, found["path"].rpartition("/")[2])


def _attached(call: Call, arn: str) -> list[Source]:
    """The policies of a user, a group or a role; a user has those of its groups too."""
    entity, kind = _entity(call, arn), arn.rpartition(":")[2].partition("/")[0]
    found = list(_own_policies(kind, entity))
    if kind == "user":
        for member_of in backend(call).get_groups_for_user(entity.name):
            found.extend(_own_policies("group", member_of))
    return found


def _own_policies(kind: str, entity: Any) -> Iterator[Source]:
    for policy in entity.managed_policies.values():
        family = "aws-managed" if ":iam::aws:" in policy.arn else "user-managed"
        text = principals.default_document(policy)
        yield _source(text, policy.name, family=family, arn=policy.arn)
    for name, text in entity.policies.items():
        holder = (kind, entity.name, name)
        yield _source(text, f"{kind}_{entity.name}_{name}", family="inline", holder=holder)


def _own_boundary(call: Call, entity: Any, excluded: Callable[[Any], bool]) -> Document | None:
    arn = boundary_of(entity)
    if arn is None or excluded(_Family("permission-boundary")):
        return None
    managed_policies.ensure(backend(call), arn)
    policy = backend(call).managed_policies[arn]
    return _read(principals.default_document(policy), "identity", policy.name)


@dataclass(frozen=True, slots=True)
class _Family:
    """A whole type of policy, for a question to the exclusions."""

    family: str
    arn: str = ""
    holder: tuple[str, str, str] = ("", "", "")


def _exclusions(entries: Sequence[Mapping[str, Any]] | None) -> Callable[[Any], bool]:
    """Tell whether PolicyExclusionList leaves a policy out (*SimulatePrincipalPolicy*)."""

    def excluded(policy: Any) -> bool:
        return any(_excludes(entry, policy) for entry in entries or ())

    return excluded


def _excludes(entry: Mapping[str, Any], policy: Any) -> bool:
    if "PolicyType" in entry:
        return bool(entry["PolicyType"] == policy.family)
    if "PolicyArn" in entry:
        return bool(policy.arn) and _fits(entry["PolicyArn"], policy.arn)
    inline = entry["InlinePolicyIdentifier"]
    kind, name, policy_name = policy.holder
    return (inline["AttachmentType"], inline["PolicyName"]) == (kind, policy_name) and _fits(
        inline["AttachmentName"], name
    )


def _fits(pattern: str, text: str) -> bool:
    written = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(written, text) is not None
