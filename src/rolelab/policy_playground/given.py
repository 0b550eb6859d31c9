"""From a request, policies or a decision to the texts that say the same."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rolelab.iam import Decision, Document, Policies, Request
from rolelab.policy_playground.fields import POLICY_FIELDS, PolicyField, Texts
from rolelab.policy_playground.layout import JSON

WIDTH = 58
"""Characters of a line of JSON in a policy field, where it can be broken."""

_PLAIN_STARTS = ("[", '"')


def texts_of(request: Request, policies: Policies) -> Texts:
    """The texts of a request and its policies."""
    fields: dict[str, Any] = {}
    names: dict[str, tuple[str, ...]] = {}
    for field in POLICY_FIELDS:
        documents = getattr(policies, field.name)
        fields[field.name] = _policy_text(field, documents)
        names[field.name] = tuple(each.name for each in _documents(documents))
    return Texts(
        principal=request.principal,
        action=request.action,
        resource_arn=request.resource,
        resource_account=request.resource_account or "",
        context="\n".join(f"{key} = {_value(value)}" for key, value in request.context.items()),
        names={name: called for name, called in names.items() if any(called)},
        **fields,
    )


def texts_of_decision(decision: Decision) -> Texts:
    """The texts of the request and the policies that a decision is about."""
    return texts_of(decision.request, decision.policies)


def _documents(value: Any) -> Iterable[Document]:
    if isinstance(value, Document):
        yield value
    elif value is not None:
        for item in value:
            yield from _documents(item)


def _policy_text(field: PolicyField, value: Any) -> str:
    # No boundary, session policy or endpoint is None; one without documents allows nothing.
    if value is None or (not value and field.name in ("identity", *_LEVELS)):
        return ""
    data = _data(value)
    # One document stands as it is; a level of one document needs no list of its own.
    if field.levels:
        data = [level[0] if len(level) == 1 else level for level in data]
    if isinstance(data, list) and len(data) == 1 and isinstance(data[0], Mapping):
        data = data[0]
    return JSON.lay_out(data, width=WIDTH)


_LEVELS = tuple(field.name for field in POLICY_FIELDS if field.levels)


def _data(value: Any) -> Any:
    if isinstance(value, Document):
        return value.source
    return [_data(item) for item in value]


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return json.dumps([str(item) for item in value], ensure_ascii=False)
    text = str(value)
    plain = text == text.strip() and "\n" not in text and not text.startswith(_PLAIN_STARTS)
    return text if plain else json.dumps(text, ensure_ascii=False)
