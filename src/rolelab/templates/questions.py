"""What to ask two accounts: who, what, on which resources, in which situations.

The questions come from both accounts, so that a grant that only one of them has is asked about.
Pages: *Policy evaluation logic*; *AWS global condition context keys*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rolelab.templates.found import Document, Found, Reading

SERVICES_ASKED = (
    "dynamodb",
    "ecr",
    "ecs",
    "iam",
    "kms",
    "logs",
    "s3",
    "secretsmanager",
    "ssm",
    "sts",
)
"""The services whose actions are asked about: those whose resources the export writes."""

_PROBE = "probe"
_INSIDE = {
    "AWS::S3::Bucket": "/probe",
    "AWS::DynamoDB::Table": "/index/probe",
    "AWS::Logs::LogGroup": ":log-stream:probe",
}
"""Something inside a resource, which a policy may grant on its own."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Condition keys of a request.

    Attributes:
        name: in a few words, such as "aws:SecureTransport = false".
        context: the keys; others that every request has are added to them.
    """

    name: str
    context: Mapping[str, str]


ORDINARY = Situation("an ordinary request", {})


def documents_of(reading: Reading) -> Iterator[Document]:
    """Every policy of an account: on resources, of principals, and their boundaries."""
    for found in reading.found:
        if found.policy is not None:
            yield found.policy
        if found.holder is not None:
            yield from found.holder.identity
            if found.holder.boundary is not None:
                yield found.holder.boundary


def _statements(documents: Iterable[Document]) -> Iterator[Mapping[str, Any]]:
    for document in documents:
        yield from _listed(document["Statement"])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def situations(reading: Reading) -> list[Situation]:
    """For each condition in the account's policies, requests that have the values it names."""
    found = {ORDINARY.name: ORDINARY}
    for statement in _statements(documents_of(reading)):
        condition = statement.get("Condition") or {}
        named = {
            key: [_sample(each) for each in _listed(values)]
            for operator, block in condition.items()
            for key, values in block.items()
            if operator != "Null"
        }
        first = {key: values[0] for key, values in named.items() if values}
        for key, values in named.items():
            for value in values:
                context = {**first, key: value}
                name = ", ".join(f"{each} = {context[each]}" for each in sorted(context))
                found.setdefault(name, Situation(name, context))
    return list(found.values())


def _sample(value: Any) -> str:
    """A value that a condition's pattern matches: wildcards filled in, a first address."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if re.fullmatch(r"[\d.]+/\d+", text):
        return text.split("/")[0]
    return text.replace("*", _PROBE).replace("?", "x")


def resources(reading: Reading) -> list[str]:
    """The ARNs to ask about: resources, something inside each, and what policies name."""
    arns: dict[str, None] = {}
    for found in reading.found:
        if _is_resource(found):
            arns[found.key] = None
            if found.type in _INSIDE:
                arns[f"{found.key}{_INSIDE[found.type]}"] = None
    for statement in _statements(documents_of(reading)):
        for element in ("Resource", "NotResource"):
            for pattern in _listed(statement.get(element, [])):
                # In every other field a wildcard could mean anything, and some of it is asked.
                if pattern.startswith("arn:") and "*" not in pattern.split(":", 3)[2]:
                    arns[_sample(pattern)] = None
    return list(arns)


def _is_resource(found: Found) -> bool:
    return found.key.startswith("arn:") and not found.key.endswith("/policy")


def service_principals(reading: Reading) -> list[str]:
    """The services that policies on the account's resources name."""
    named: dict[str, None] = {}
    policies = (found.policy for found in reading.found if found.policy is not None)
    for statement in _statements(policies):
        principal = statement.get("Principal") or statement.get("NotPrincipal")
        if isinstance(principal, Mapping):
            for service in _listed(principal.get("Service", [])):
                named[service] = None
    return list(named)


def actions(service: str) -> list[str]:
    """The actions of a service, such as "s3:GetObject", as far as they are known."""
    from rolelab.sandbox.access_analyzer.known_actions import actions_of

    return sorted(f"{service}:{name}" for name in actions_of(service).values())
