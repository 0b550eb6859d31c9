"""The shape of an operations table: rows of data, compiled once.

A row says that one API operation asks for one IAM action on one resource, and which condition
keys its parameters fill. An operation that asks for several actions has several rows, which are
asked in the order of the table. Where AWS itself is irregular, a column holds a small function
instead of text.
"""

from __future__ import annotations

import string
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.check import Check, Value
from rolelab.sandbox.resource_policies import Attached, nothing_attached

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

Getter = Callable[["Call"], Any]
Resource = str | Callable[["Call"], str]
Key = str | Callable[["Call"], "Value | None"]
Condition = str | Callable[["Call"], bool]
Context = Callable[["Call", str], Mapping[str, Value]]
Checks = Callable[["Call"], Iterable[Check]]

_ABOUT_THE_CALL: Mapping[str, Getter] = {
    "partition": lambda call: call.partition,
    "account": lambda call: call.account,
    "region": lambda call: call.region,
}


Attachment = Callable[[str], Attached]


@dataclass(frozen=True, slots=True)
class Row:
    """One operation asks for one action.

    Attributes:
        operation: the API operation as botocore names it.
        action: the IAM action with its prefix.
        resource: an ARN template, or a function of the call. A placeholder is `{partition}`,
            `{account}`, `{region}` or the path of a parameter (`{Bucket}`, `{each.Key}`), with
            a default after a bar (`{Path|/}`).
            When a parameter is absent the resource is `*`, which only a policy that names `*`
            allows. A parameter that is itself an ARN stands for the whole template when it
            comes last, as AWS takes a name or an ARN in such a place.
        keys: condition key -> path of the parameter that fills it, or a function.
        request_tags: path of the tags in the request: fills `aws:RequestTag/*`, `aws:TagKeys`.
        tag_keys: path of a list of tag keys: fills `aws:TagKeys` alone.
        context: functions of the call and the resource ARN that give further condition keys,
            such as the tags of the resource.
        attached: gives owner and policy of the resource. None: what the table says.
        when: the row counts only if this parameter is given, or this function says so.
        unless: the opposite.
        each: path of a list: one check per entry, which the row reads as `{each...}`.
        partial: AWS answers the batch entry by entry; the checks carry their `item`.
    """

    operation: str
    action: str
    resource: Resource = "*"
    keys: Mapping[str, Key] = field(default_factory=dict)
    request_tags: str | None = None
    tag_keys: str | None = None
    context: tuple[Context, ...] = ()
    attached: Attachment | None = None
    when: Condition | None = None
    unless: Condition | None = None
    each: str | None = None
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Derived:
    """Checks of an operation that follow from more than its parameters: PassRole, KMS keys.

    Attributes:
        operation: the API operation as botocore names it.
        checks: gives the checks, in the order AWS asks.
        actions: every action the function can ask for, so that the table can be checked.
    """

    operation: str
    checks: Checks
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Open:
    """An operation that needs no permission at all, so nothing is asked.

    Attributes:
        operation: the API operation as botocore names it.
        page: the AWS page that says so.
    """

    operation: str
    page: str


Entry = Row | Derived | Open


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one service.

    Attributes:
        prefix: the prefix of the service's actions.
        rows: in any order of operations; the rows of one operation in the order AWS asks.
        keys: condition keys that every row fills whose action has the prefix.
        context: context functions of the same rows.
        attached: owner and policy of the service's resources.
        trail: gives the `resources` of the CloudTrail record of a call.
        plans: the compiled rows by operation.
    """

    prefix: str
    rows: tuple[Entry, ...]
    keys: Mapping[str, Key] = field(default_factory=dict)
    context: tuple[Context, ...] = ()
    attached: Attachment = nothing_attached
    trail: Callable[[Call], list[dict[str, str]]] = lambda call: []
    plans: Mapping[str, tuple[Checks, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        plans: dict[str, tuple[Checks, ...]] = {}
        for entry in self.rows:
            plans.setdefault(entry.operation, ())
            if not isinstance(entry, Open):
                plans[entry.operation] += (self._compile(entry),)
        object.__setattr__(self, "plans", plans)

    def _compile(self, entry: Row | Derived) -> Checks:
        return entry.checks if isinstance(entry, Derived) else _compile_row(entry, self)


def parameter(path: str) -> Getter:
    """Give a function that reads the parameter at `path`; None where a step is absent."""
    first, *rest = path.split(".")
    if not rest:
        return lambda call: call.parameters.get(first)

    def read(call: Call) -> Any:
        value: Any = call.parameters.get(first)
        for step in rest:
            if not isinstance(value, Mapping):
                return None
            value = value.get(step)
        return value

    return read


def template(text: str) -> Callable[[Call], str]:
    """Compile an ARN template into a function of the call."""
    segments = tuple(_segments(text))
    if all(getter is None for _, getter in segments):
        return lambda call: text
    last = max(index for index, (_, getter) in enumerate(segments) if getter is not None)
    # An ARN in an earlier place (a cluster's, before a service's name) is no ARN of the whole.
    takes_arn = "".join(literal for literal, _ in segments[last + 1 :]) == ""

    def render(call: Call) -> str:
        rendered = []
        for index, (literal, getter) in enumerate(segments):
            rendered.append(literal)
            if getter is None:
                continue
            value = getter(call)
            if value is None or value == "":
                return "*"
            if takes_arn and index == last and str(value).startswith("arn:"):
                return str(value)
            rendered.append(str(value))
        return "".join(rendered)

    return render


def _segments(text: str) -> Iterator[tuple[str, Getter | None]]:
    for literal, name, _, _ in string.Formatter().parse(text):
        yield literal, None if name is None else _placeholder(name)


def _placeholder(name: str) -> Getter:
    path, _, default = name.partition("|")
    read = _ABOUT_THE_CALL.get(path) or parameter(path)
    return (lambda call: read(call) or default) if default else read


def condition_value(value: Any) -> Value:
    """Write a parameter as IAM compares it: text, or a list of text.

    Numbers and booleans are written as JSON writes them, times as ISO 8601 in UTC.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple | set):
        return [str(condition_value(entry)) for entry in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def tag_context(tags: Any) -> dict[str, Value]:
    """Give `aws:RequestTag/*` and `aws:TagKeys` of the tags in a request.

    Args:
        tags: a list of `{"Key", "Value"}` (in either case of the first letter), or a mapping.

    Page: *AWS global condition context keys*, `aws:RequestTag/tag-key` and `aws:TagKeys`.
    """
    pairs = tag_pairs(tags)
    if not pairs:
        return {}
    context: dict[str, Value] = {f"aws:RequestTag/{key}": value for key, value in pairs.items()}
    context["aws:TagKeys"] = list(pairs)
    return context


def tag_pairs(tags: Any) -> dict[str, str]:
    """Read tags in any of the shapes that AWS services send and moto stores."""
    if not tags:
        return {}
    if isinstance(tags, Mapping):
        return {key: _tag_value(value) for key, value in tags.items()}
    return {_member(tag, "Key"): _member(tag, "Value") for tag in tags}


def _tag_value(value: Any) -> str:
    return _member(value, "Value") if isinstance(value, Mapping) else str(value)


def _member(tag: Mapping[str, Any], name: str) -> str:
    for key in (name, name.lower(), f"Tag{name}"):
        if key in tag:
            return str(tag[key])
    return ""


def resource_tag_context(pairs: Mapping[str, str], *prefixes: str) -> dict[str, Value]:
    """Give the tags of a resource as `aws:ResourceTag/*` and under further key prefixes."""
    return {
        f"{prefix}/{key}": value
        for prefix in ("aws:ResourceTag", *prefixes)
        for key, value in pairs.items()
    }


def _compile_row(row: Row, table: Table) -> Checks:
    action = row.action
    resource = template(row.resource) if isinstance(row.resource, str) else row.resource
    own = action.partition(":")[0] == table.prefix
    sources = {**(table.keys if own else {}), **row.keys}
    keys = tuple((name, _key(source)) for name, source in sources.items())
    contexts = (*(table.context if own else ()), *row.context, *_tag_contexts(row))
    attached = row.attached or table.attached
    applies = _applies(row)

    def check(call: Call, item: Any = None) -> Check:
        arn = resource(call)
        context: dict[str, Value] = {}
        for name, getter in keys:
            value = getter(call)
            if value is not None:
                context[name] = condition_value(value)
        for give in contexts:
            context.update(give(call, arn))
        known = attached(arn)
        return Check(action, arn, known.account, context, known.policy, None, item)

    def one(call: Call) -> tuple[Check, ...]:
        return (check(call),) if applies(call) else ()

    if row.each is None:
        return one
    entries = parameter(row.each)

    def several(call: Call) -> tuple[Check, ...]:
        views = ((entry, _with_entry(call, entry)) for entry in entries(call) or ())
        return tuple(
            check(view, entry if row.partial else None) for entry, view in views if applies(view)
        )

    return several


def _with_entry(call: Call, entry: Any) -> Call:
    return replace(call, parameters=ChainMap({"each": entry}, dict(call.parameters)))


def _key(source: Key) -> Getter:
    return source if callable(source) else parameter(source)


def _tag_contexts(row: Row) -> Iterator[Context]:
    if row.request_tags is not None:
        tags = parameter(row.request_tags)
        yield lambda call, arn: tag_context(tags(call))
    if row.tag_keys is not None:
        names = parameter(row.tag_keys)
        yield lambda call, arn: {"aws:TagKeys": list(names(call) or ())}


def _applies(row: Row) -> Callable[[Call], bool]:
    when, unless = _holds(row.when), _holds(row.unless)
    if when is None and unless is None:
        return lambda call: True
    if unless is None:
        return when or _always
    if when is None:
        return lambda call: not unless(call)
    return lambda call: when(call) and not unless(call)


def _always(call: Call) -> bool:
    return True


def _holds(condition: Condition | None) -> Callable[[Call], bool] | None:
    if condition is None or callable(condition):
        return condition
    given = parameter(condition)
    return lambda call: given(call) not in (None, "", [], {})
