"""Checks of the elements of a policy: are they there, are they of the right kind?

Page: *IAM policy validation check reference*; each check is the one of its issue code there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rolelab.sandbox.access_analyzer import known_actions
from rolelab.sandbox.access_analyzer.policy import (
    IDENTITY,
    RESOURCE,
    RESOURCE_CONTROL,
    SERVICE_CONTROL,
    Found,
    Policy,
    Statement,
    found,
)

VERSIONS = ("2012-10-17", "2008-10-17")
_TOP = frozenset({"Version", "Id", "Statement"})
_PAIRS = ("Principal", "Action", "Resource")
_ELEMENTS = frozenset({"Sid", "Effect", "Condition", *_PAIRS, *(f"Not{each}" for each in _PAIRS)})
_PRINCIPAL_KEYS = frozenset({"AWS", "CanonicalUser", "Federated", "Service"})
_PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
_QUOTA = 6144

StatementCheck = Callable[[Policy, Statement], Iterator[Found]]


def document(policy: Policy) -> Iterator[Found]:
    """Check the elements around the statements."""
    source = policy.source
    for name in source:
        if name not in _TOP:
            yield found("INVALID_POLICY_ELEMENT", (name,), element=name)
    version = source.get("Version")
    if version is None:
        yield found("MISSING_VERSION")
    elif not isinstance(version, str):
        yield found("DATA_TYPE_MISMATCH", ("Version",), type="String")
    elif version not in VERSIONS:
        yield found("INVALID_VERSION", ("Version",), version=version, versions=", ".join(VERSIONS))
    written = source.get("Statement")
    if not written:
        yield found("MISSING_STATEMENT")
    elif not isinstance(written, list | Mapping):
        yield found("DATA_TYPE_MISMATCH", ("Statement",), type="Array")
    else:
        for position, each in enumerate(written if isinstance(written, list) else []):
            if not isinstance(each, Mapping):
                yield found("DATA_TYPE_MISMATCH", ("Statement", position), type="Object")


def size(policy: Policy) -> Iterator[Found]:
    """Count the characters of an identity policy, without white space."""
    length = len("".join(policy.text.split()))
    if policy.kind == IDENTITY and length > _QUOTA:
        yield found("POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA", size=length, quota=_QUOTA)


def sids(policy: Policy) -> Iterator[Found]:
    """Check statement ids."""
    seen: set[str] = set()
    strict = policy.kind != RESOURCE
    for statement in policy.statements:
        sid = statement.source.get("Sid")
        if sid is None:
            continue
        path = statement.at("Sid")
        if not isinstance(sid, str):
            yield found("DATA_TYPE_MISMATCH", path, type="String")
            continue
        if sid == "":
            yield found("EMPTY_SID_VALUE", path)
        elif strict and not re.fullmatch(r"[a-zA-Z0-9]+", sid):
            yield found("UNSUPPORTED_SID", path)
        if sid and sid in seen:
            yield found("UNIQUE_SIDS_REQUIRED" if strict else "UNIQUE_SIDS_RECOMMENDED", path)
        seen.add(sid)


def elements(policy: Policy, statement: Statement) -> Iterator[Found]:
    """Check that the elements of a statement exist, and exclude each other where they do."""
    source = statement.source
    for name in source:
        if name not in _ELEMENTS:
            yield found("INVALID_POLICY_ELEMENT", statement.at(name), element=name)
    for name in _PAIRS:
        if name in source and f"Not{name}" in source:
            yield found(
                "UNSUPPORTED_ELEMENT_COMBINATION",
                statement.at(name),
                statement.at(f"Not{name}"),
                one=name,
                other=f"Not{name}",
            )


def effect(policy: Policy, statement: Statement) -> Iterator[Found]:
    """Check the effect."""
    if "Effect" not in statement.source:
        yield found("MISSING_EFFECT", statement.path)
        return
    written = statement.source["Effect"]
    if written not in ("Allow", "Deny"):
        yield found("INVALID_EFFECT", statement.at("Effect"), effect=written)


def actions(policy: Policy, statement: Statement) -> Iterator[Found]:
    """Check that there are actions, and that they exist."""
    source = statement.source
    if "Action" not in source and "NotAction" not in source:
        yield found("MISSING_ACTION", statement.path)
    for element in ("Action", "NotAction"):
        if source.get(element) == []:
            yield found("EMPTY_ARRAY_ACTION", statement.at(element))
        yield from _types(statement, element)
        for path, text in statement.texts(element):
            yield from _action(path, text)


def _action(path: Any, text: str) -> Iterator[Found]:
    if text in ("*", "*:*"):
        return
    prefix, colon, name = text.partition(":")
    if "*" in prefix or "?" in prefix:
        yield found("WILDCARD_IN_SERVICE_NAME", path)
        return
    if not colon or not name:
        yield found("INVALID_ACTION", path, action=text, hint="")
        return
    prefix = prefix.lower()
    if not known_actions.service_exists(prefix):
        meant = known_actions.similar_service(prefix)
        yield found("INVALID_SERVICE_IN_ACTION", path, service=prefix, hint=_hint(meant))
    elif "*" in name or "?" in name:
        if known_actions.nothing_matches(prefix, name):
            yield found("INVALID_ACTION", path, action=text, hint="")
    else:
        wrong, meant = known_actions.problem_with(prefix, name)
        if wrong:
            yield found("INVALID_ACTION", path, action=text, hint=_hint(meant))


def _hint(meant: str | None) -> str:
    return f" Did you mean {meant}?" if meant else ""


def _types(statement: Statement, element: str) -> Iterator[Found]:
    """An element is a text or a list of texts."""
    written = statement.source.get(element)
    if written is None or isinstance(written, str):
        return
    if not isinstance(written, list):
        yield found("DATA_TYPE_MISMATCH", statement.at(element), type="String")
        return
    for position, entry in enumerate(written):
        if not isinstance(entry, str):
            yield found("DATA_TYPE_MISMATCH", statement.at(element, position), type="String")


def resources(policy: Policy, statement: Statement) -> Iterator[Found]:
    """Check that there are resources, and that they look like ARNs."""
    present = [name for name in ("Resource", "NotResource") if name in statement.source]
    if policy.is_trust:
        for element in present:
            yield found("ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE", statement.at(element))
        return
    if not present:
        yield found("MISSING_RESOURCE", statement.path)
    for element in present:
        if statement.source[element] == []:
            yield found("EMPTY_ARRAY_RESOURCE", statement.at(element))
        yield from _types(statement, element)
        for path, text in statement.texts(element):
            if text != "*":
                yield from _arn(path, text)


def _arn(path: Any, text: str) -> Iterator[Found]:
    parts = text.split(":", 5)
    if parts[0] != "arn":
        if not (parts[0].endswith("*") and len(parts) == 1):
            yield found("INVALID_ARN_PREFIX", path)
        return
    if len(parts) < 6:
        if not text.endswith("*"):
            yield found("MISSING_ARN_FIELD", path, fields=6)
        return
    _, partition, service, region, account, resource = parts
    if service != service.lower():
        yield found("INVALID_ARN_SERVICE_CASE", path, service=service)
        service = service.lower()
    if "*" in service or "?" in service:
        yield found("WILDCARD_IN_SERVICE_NAME", path)
    if not _open(partition) and partition not in _PARTITIONS:
        yield found(
            "INVALID_PARTITION",
            path,
            service=service,
            partition=partition,
            partitions=", ".join(_PARTITIONS),
        )
    if region and service == "iam":
        yield found("ARN_REGION_NOT_ALLOWED", path, service=service)
    if region and service == "s3" and not resource.startswith("accesspoint"):
        yield found("ARN_REGION_NOT_ALLOWED", path, service=service)
    yield from _account(path, service, account, resource)
    if not resource:
        yield found("INVALID_ARN_RESOURCE", path)


_S3_WITH_ACCOUNT = ("accesspoint", "job/", "storage-lens", "access-grants")


def _account(path: Any, service: str, account: str, resource: str) -> Iterator[Found]:
    if account and service == "s3" and not resource.startswith(_S3_WITH_ACCOUNT):
        yield found("ARN_ACCOUNT_NOT_ALLOWED", path, service=service)
    elif account and not _open(account) and not re.fullmatch(r"\d{12}|aws", account):
        yield found("INVALID_ARN_ACCOUNT", path, account=account)


def _open(part: str) -> bool:
    """Whether wildcards or variables stand in a part of an ARN."""
    return any(mark in part for mark in ("*", "?", "${"))


def principals(policy: Policy, statement: Statement) -> Iterator[Found]:
    """Check that there are principals where there have to be."""
    present = [name for name in ("Principal", "NotPrincipal") if name in statement.source]
    if policy.kind == SERVICE_CONTROL:
        for element in present:
            yield found("SCP_SYNTAX_ERROR_PRINCIPAL", statement.at(element))
        return
    if policy.kind == IDENTITY:
        for element in present:
            yield found("UNSUPPORTED_PRINCIPAL", statement.at(element), kind=IDENTITY)
        return
    if not present:
        yield found("MISSING_PRINCIPAL", statement.path)
    if policy.is_trust and "NotPrincipal" in present:
        yield found("ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL", statement.at("NotPrincipal"))
    for element in present:
        yield from _principal(policy, statement, element)


def _principal(policy: Policy, statement: Statement, element: str) -> Iterator[Found]:
    written, path = statement.source[element], statement.at(element)
    if written == {}:
        yield found("EMPTY_OBJECT_PRINCIPAL", path)
    elif written == [] or (isinstance(written, Mapping) and [] in written.values()):
        yield found("EMPTY_ARRAY_PRINCIPAL", path)
    elif written == "*":
        if policy.is_trust and statement.allows:
            yield found("ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL", path)
    elif not isinstance(written, Mapping) or (policy.kind == RESOURCE_CONTROL):
        yield found("INVALID_PRINCIPAL_FORMAT", path)
    else:
        for kind in written:
            if kind not in _PRINCIPAL_KEYS:
                yield found("INVALID_PRINCIPAL_KEY", (*path, kind), key=kind)
        for kind, name, place in statement.principals(element):
            star = name == "*" and kind == "AWS"
            if not star and ("*" in name or "?" in name):
                yield found("UNSUPPORTED_WILDCARD_IN_PRINCIPAL", place, key=kind)


DOCUMENT_CHECKS = (document, size, sids)
STATEMENT_CHECKS: tuple[StatementCheck, ...] = (elements, effect, principals, actions, resources)
