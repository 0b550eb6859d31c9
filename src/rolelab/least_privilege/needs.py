"""What a recorded call asked for: actions, resources and condition keys.

The sandbox's own tables answer (`rolelab.sandbox.operations`), from the record alone. Two things
are asked for without an event of their own, and found elsewhere in the trail: the roles of a task
definition that somebody runs, and the service through which a key was used.

Pages: *Grant a user permissions to pass a role to an AWS service*; *Forward access sessions*; *AWS
KMS condition keys*, `kms:ViaService`; *CloudTrail userIdentity element*, "invokedBy".
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from rolelab.least_privilege.events import Unreadable, call_of
from rolelab.least_privilege.reading import (
    NOT_LOGGED,
    NOT_MODELLED,
    ROLES_UNKNOWN,
    UNKNOWN_OPERATION,
    UNREADABLE,
    VIA_UNKNOWN,
    Record,
)
from rolelab.sandbox.call import Call
from rolelab.sandbox.operations import Check, Unanswerable, checks_of, pass_role, table
from rolelab.sandbox.operations.ecs_roles import TASKS
from rolelab.sandbox.operations.prefixes import action_prefix
from rolelab.sandbox.operations.row import Row
from rolelab.sandbox.resource_policies import unseen

_RUNS = frozenset({"RunTask", "StartTask", "CreateService", "UpdateService", "CreateTaskSet"})
_OF_TASKS = ("taskRoleArn", "executionRoleArn")

_UNLOGGED = "logs:PutLogEvents"
# The policies of the keys that AWS manages let in whoever comes through their service. Page:
# *AWS KMS keys*, "AWS managed keys".
_AWS_KEY = ":alias/aws/"

_CONTEXT_OF: Mapping[str, str] = {
    "aws:s3:arn": "s3",
    "SecretARN": "secretsmanager",
    "PARAMETER_ARN": "ssm",
    "aws:dynamodb:tableName": "dynamodb",
}
"""Encryption context key -> the service that sends it, where a record says "AWS Internal"."""


@dataclass(frozen=True, slots=True)
class Need:
    """What one recorded call asked for.

    Attributes:
        checks: the questions that the call raised, each with action, resource and condition keys.
        notes: kinds of problems, as `reading.ADVICE` has them.
        via: the service that made the call in the caller's name, `s3.amazonaws.com`; or None.
        prefix: the prefix of the called service's own actions.
    """

    checks: tuple[Check, ...] = ()
    notes: tuple[str, ...] = ()
    via: str | None = None
    prefix: str = ""

    def implies(self, check: Check) -> bool:
        """Tell whether a check comes with another call: the caller's code does not ask for it."""
        unlogged = check.action == _UNLOGGED and NOT_LOGGED in self.notes
        for_caller = self.via is not None and self.prefix == "kms"
        return for_caller or unlogged or not check.action.startswith(f"{self.prefix}:")


class Needs:
    """Answers what recorded calls asked for. Like calls are looked up once."""

    def __init__(
        self, trail: Iterable[Record], task_roles: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        """Read who registered which task definition.

        Args:
            trail: all the records, whoever made them.
            task_roles: family, `family:revision` or ARN of a task definition -> its roles' ARNs,
                for definitions whose registration is not in the trail.
        """
        self._known: dict[object, Need] = {}
        self._given = dict(task_roles or {})
        self._registered: dict[str, dict[str, str]] = {}
        self._latest: dict[str, list[tuple[str, str]]] = {}
        for record in trail:
            if record["eventName"] == "RegisterTaskDefinition":
                self._register(record)

    def of(self, record: Record) -> Need:
        """Give what a readable record's call asked for. Like calls give the same object."""
        identity = record["userIdentity"]
        source = record["eventSource"]
        via = identity.get("invokedBy") if identity.get("type") != "AWSService" else None
        parameters, copied = _without_copied(source, record)
        kind = (
            source,
            record["eventName"],
            record["awsRegion"],
            identity.get("accountId"),
            via,
            _frozen(parameters),
            _frozen(record.get("resources")) if source in _BY_RESOURCE else None,
            self._definition(record) if record["eventName"] in _RUNS else None,
        )
        known = self._known.get((kind, copied))
        if known is None:
            pattern = self._known.get((kind, _MARK if copied else None))
            if pattern is None:
                pattern = self._ask({**record, "requestParameters": parameters}, via)
                self._known[kind, _MARK if copied else None] = pattern
            known = pattern if copied is None else _filled(pattern, copied)
            self._known[kind, copied] = known
        return known

    def _ask(self, record: Record, via: str | None) -> Need:
        try:
            call = call_of(record)
        except Unreadable:
            return Need(notes=(UNREADABLE,))
        if call is None:
            return Need(notes=(UNKNOWN_OPERATION,))
        notes: list[str] = []
        try:
            call = self._with_revision(call, record)
            with unseen():
                checks = list(checks_of(call))
                checks += self._unlogged(call, notes)
                checks += self._passed(call, record, notes)
        except (Unanswerable, AttributeError, KeyError, TypeError, ValueError):
            return Need(notes=(UNREADABLE,))
        if (not checks and _asks(call)) or any(_is_nameless(each) for each in checks):
            # Its resources are in parameters that the record shows otherwise, or not at all.
            return Need(notes=(UNREADABLE,))
        if _is_unknown(call, checks):
            notes.append(NOT_MODELLED)
        if via is not None:
            checks = [_through(check, call, via, notes) for check in checks]
        asked = tuple(each for each in checks if _AWS_KEY not in each.resource)
        return Need(asked, tuple(notes), via, action_prefix(call.service))

    def _unlogged(self, call: Call, notes: list[str]) -> Iterable[Check]:
        """CloudTrail does not log PutLogEvents.

        Page: *Logging CloudWatch Logs API and console operations in AWS CloudTrail*.
        """
        if (call.service, call.operation) != ("logs", "CreateLogStream"):
            return ()
        notes.append(NOT_LOGGED)
        return checks_of(replace(call, operation="PutLogEvents"))

    def _register(self, record: Record) -> None:
        answer = record.get("responseElements")
        made = answer.get("taskDefinition") if isinstance(answer, Mapping) else None
        if not isinstance(made, Mapping) or not isinstance(made.get("taskDefinitionArn"), str):
            return
        arn = made["taskDefinitionArn"]
        self._registered[arn] = {n: str(made[n]) for n in _OF_TASKS if made.get(n)}
        family = arn.rpartition(":")[0]
        self._latest.setdefault(family, []).append((record["eventTime"], arn))

    def _definition(self, record: Record) -> str | None:
        """Give the ARN of the task definition that a call used; without revision if unknown."""
        answer = record.get("responseElements")
        found = _first(answer, "taskDefinitionArn") or _first(answer, "taskDefinition")
        if isinstance(found, str) and found.startswith("arn:"):
            return found
        given = (record.get("requestParameters") or {}).get("taskDefinition")
        if not isinstance(given, str):
            return None
        account = record["userIdentity"].get("accountId")
        arn = f"arn:aws:ecs:{record['awsRegion']}:{account}:task-definition/{given}"
        arn = given if given.startswith("arn:") else arn
        if ":" in arn.rpartition("/")[2]:
            return arn
        before = [each for each in self._latest.get(arn, ()) if each[0] <= record["eventTime"]]
        return max(before)[1] if before else arn

    def _with_revision(self, call: Call, record: Record) -> Call:
        """The call with its task definition in full: a family stands for its latest revision.

        Page: *RunTask* (Amazon ECS API Reference), "taskDefinition".
        """
        if call.service != "ecs" or call.operation not in _RUNS:
            return call
        arn = self._definition(record)
        if arn is None:
            return call
        full = arn if ":" in arn.rpartition("/")[2] else f"{arn}:*"
        return replace(call, parameters={**call.parameters, "taskDefinition": full})

    def _passed(self, call: Call, record: Record, notes: list[str]) -> Iterator[Check]:
        """The roles of the task definition that a call runs, where it does not override them."""
        if call.service != "ecs" or call.operation not in _RUNS:
            return
        arn = self._definition(record)
        if arn is None:
            return
        # What overrides name, the tables have asked about.
        overridden = call.parameters.get("overrides") or {}
        roles = self._roles_of(arn, overridden)
        if roles is None:
            notes.append(ROLES_UNKNOWN)
            return
        for role in roles:
            yield pass_role(call, role, TASKS)

    def _roles_of(self, arn: str, overridden: Mapping[str, Any]) -> Sequence[str] | None:
        name = arn.rpartition("/")[2]
        for named in (arn, name, name.partition(":")[0]):
            if named in self._given:
                return self._given[named]
        known = self._registered.get(arn)
        if known is None:
            return [] if all(overridden.get(each) for each in _OF_TASKS) else None
        return [role for member, role in known.items() if not overridden.get(member)]


_MARK = "\ue0f0"
# Parameters whose values rows copy into an ARN or a condition key and never look at: object keys,
# log streams, encryption contexts. A trail has as many of them as calls, and the tables need to be
# asked once for all of them.
_COPIED: Mapping[str, str] = {
    "s3.amazonaws.com": "key",
    "logs.amazonaws.com": "logStreamName",
    "kms.amazonaws.com": "encryptionContext",
}
_OF_ITEMS = frozenset({"GetItem", "PutItem", "UpdateItem", "DeleteItem"})
_TABLE = ("tableName", "indexName")


def _without_copied(source: str, record: Record) -> tuple[Mapping[str, Any] | None, str | None]:
    """The request parameters with a mark in the place of what is only copied, and what that is."""
    given: Mapping[str, Any] | None = record.get("requestParameters")
    if not given:
        return given, None
    if source == "dynamodb.amazonaws.com" and record["eventName"] in _OF_ITEMS:
        return {name: given[name] for name in _TABLE if name in given}, None
    name = _COPIED.get(source, "")
    value = given.get(name)
    if isinstance(value, dict) and len(value) == 1:
        ((inside, text),) = value.items()
        return ({**given, name: {inside: _MARK}}, text) if _is_text(text) else (given, None)
    # An ARN in the place of a name may stand for the whole resource, so the tables look at it.
    copied = _is_text(value) and not value.startswith("arn:")
    return ({**given, name: _MARK}, value) if copied else (given, None)


def _is_text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and value != ""


def _filled(pattern: Need, copied: str) -> Need:
    return Need(
        tuple([_filled_check(each, copied) for each in pattern.checks]),
        pattern.notes,
        pattern.via,
        pattern.prefix,
    )


def _filled_check(check: Check, copied: str) -> Check:
    context = check.context
    if _MARK in context.values():
        context = {name: copied if v == _MARK else v for name, v in context.items()}
    resource = check.resource
    if _MARK in resource:
        resource = resource.replace(_MARK, copied)
    return Check(check.action, resource, check.resource_account, context)


_BY_RESOURCE = frozenset({"kms.amazonaws.com", "secretsmanager.amazonaws.com"})


def _asks(call: Call) -> bool:
    """Whether the operation needs any permission at all."""
    known = table(call.service)
    return known is None or bool(known.plans.get(call.operation, (None,)))


def _is_nameless(check: Check) -> bool:
    """Whether a resource has no name, because the record does not show the parameter."""
    return check.resource.endswith(("/None", ":None"))


def _is_unknown(call: Call, checks: Iterable[Check]) -> bool:
    """Whether `*` stands for a resource: there is no row, or the record lacks its parameter."""
    known = table(call.service)
    if known is None or call.operation not in known.plans:
        return True
    named = {
        row.action
        for row in known.rows
        if isinstance(row, Row) and row.operation == call.operation and row.resource != "*"
    }
    return any(check.resource == "*" and check.action in named for check in checks)


def _frozen(value: Any) -> bytes | None:
    """Nested plain data as a key of a dict. Version 2 writes like values alike."""
    try:
        return None if not value else marshal.dumps(value, 2)
    except ValueError:
        return repr(value).encode()


def _first(value: Any, name: str) -> Any:
    """The first member of a name, at any depth."""
    if isinstance(value, Mapping):
        if name in value:
            return value[name]
        value = value.values()
    elif not isinstance(value, list):
        return None
    return next((found for each in value if (found := _first(each, name)) is not None), None)


def _through(check: Check, call: Call, via: str, notes: list[str]) -> Check:
    """A check of a call that a service made in the caller's name."""
    service = via.removesuffix(".amazonaws.com")
    if service == via:
        pairs = call.parameters.get("EncryptionContext") or {}
        service = next((_CONTEXT_OF[name] for name in pairs if name in _CONTEXT_OF), "")
    context = {**check.context, "aws:ViaAWSService": "true"}
    if not service:
        if check.action.startswith("kms:"):
            notes.append(VIA_UNKNOWN)
        return replace(check, context=context)
    principal = f"{service}.amazonaws.com"
    context.update(
        {
            "aws:CalledVia": [principal],
            "aws:CalledViaFirst": principal,
            "aws:CalledViaLast": principal,
        }
    )
    if check.action.startswith("kms:"):
        context["kms:ViaService"] = f"{service}.{call.region}.amazonaws.com"
    return replace(check, context=context)
