"""Checks of the Condition element.

Page: *IAM policy validation check reference*; *AWS global condition context keys*, for the keys
and which of them have several values.
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from rolelab.iam.conditions import OPERATORS
from rolelab.sandbox.access_analyzer.policy import Found, Policy, Statement, found

GLOBAL_KEYS = frozenset(
    key.lower()
    for key in (
        "aws:AssumedRoot",
        "aws:CalledVia",
        "aws:CalledViaAWSMCP",
        "aws:CalledViaFirst",
        "aws:CalledViaLast",
        "aws:ChatbotSourceArn",
        "aws:CurrentTime",
        "aws:Ec2InstanceSourcePrivateIPv4",
        "aws:Ec2InstanceSourceVpc",
        "aws:EpochTime",
        "aws:FederatedProvider",
        "aws:IsMcpServiceAction",
        "aws:MultiFactorAuthAge",
        "aws:MultiFactorAuthPresent",
        "aws:PrincipalAccount",
        "aws:PrincipalArn",
        "aws:PrincipalIsAWSService",
        "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths",
        "aws:PrincipalServiceName",
        "aws:PrincipalServiceNamesList",
        "aws:PrincipalType",
        "aws:Referer",
        "aws:RequestedRegion",
        "aws:ResourceAccount",
        "aws:ResourceOrgID",
        "aws:ResourceOrgPaths",
        "aws:SecureTransport",
        "aws:SignInSessionArn",
        "aws:SourceAccount",
        "aws:SourceArn",
        "aws:SourceIdentity",
        "aws:SourceIp",
        "aws:SourceOrgID",
        "aws:SourceOrgPaths",
        "aws:SourceVpc",
        "aws:SourceVpcArn",
        "aws:SourceVpce",
        "aws:TagKeys",
        "aws:TokenIssueTime",
        "aws:UserAgent",
        "aws:ViaAWSMCPService",
        "aws:ViaAWSService",
        "aws:VpceAccount",
        "aws:VpceOrgID",
        "aws:VpceOrgPaths",
        "aws:VpcSourceIp",
        "aws:userid",
        "aws:username",
    )
)
"""The global keys, in lower case; those about tags follow by their beginning."""

TAG_KEYS = ("aws:principaltag/", "aws:requesttag/", "aws:resourcetag/")
SEVERAL_VALUES = frozenset(
    {
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:principalservicenameslist",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:tagkeys",
        "aws:vpceorgpaths",
    }
)
"""The global keys that have several values in a request."""

_ARN_KEYS = frozenset({"aws:principalarn", "aws:sourcearn", "aws:sourcevpcarn"})
_PAIRED: Mapping[str, str] = {"aws:vpcsourceip": "aws:SourceVpc"}
_OPERATOR = re.compile(
    r"(?:(?P<set>ForAllValues|ForAnyValue):)?(?P<name>\w+?)(?P<exists>IfExists)?"
)
_NAMES = {name.lower(): name for name in OPERATORS}


def operators(policy: Policy, statement: Statement) -> Iterator[Found]:
    """Check that the operators exist."""
    block = statement.source.get("Condition")
    if block is None:
        return
    if not isinstance(block, Mapping):
        yield found("DATA_TYPE_MISMATCH", statement.at("Condition"), type="Object")
        return
    if not block:
        yield found("EMPTY_OBJECT_CONDITION", statement.at("Condition"))
    for operator, keys in block.items():
        path = statement.at("Condition", operator)
        read = _read(operator)
        if read is None:
            yield found("INVALID_CONDITION_OPERATOR", path, operator=operator)
            continue
        qualifier, name, exists = read
        if name == "Null" and exists:
            yield found("NULL_WITH_IF_EXISTS", path)
        if name == "Null" and qualifier:
            yield found("NULL_WITH_QUALIFIER", path)
        if isinstance(keys, Mapping):
            yield from _same_keys(keys, path)


def _read(operator: str) -> tuple[str, str, bool] | None:
    """Qualifier, name as AWS writes it, and whether IfExists follows."""
    match = _OPERATOR.fullmatch(operator)
    if match is None:
        return None
    name = _NAMES.get(match["name"].lower())
    return None if name is None else (match["set"] or "", name, match["exists"] is not None)


def _same_keys(keys: Mapping[str, Any], path: tuple[str | int, ...]) -> Iterator[Found]:
    counted = Counter(key.lower() for key in keys)
    for key in keys:
        if counted[key.lower()] > 1:
            yield found("DUPLICATE_KEYS_WITH_DIFFERENT_CASE", (*path, key), key=key)
            return


def keys(policy: Policy, statement: Statement) -> Iterator[Found]:
    """Check that the keys exist, and have the operators that fit them."""
    for operator, key, _, path in statement.conditions():
        read = _read(operator)
        lower = key.lower()
        if ":" not in key:
            yield found("INVALID_CONDITION_KEY_FORMAT", path)
            continue
        if lower == "aws:arn":
            yield found("DEPRECATED_GLOBAL_CONDITION_KEY", path)
        elif lower in TAG_KEYS or lower in [start.rstrip("/") for start in TAG_KEYS]:
            yield found("MISSING_TAG_KEY_IN_CONDITION", path, key=f"{key.rstrip('/')}/")
        elif lower.startswith("aws:") and not (lower in GLOBAL_KEYS or lower.startswith(TAG_KEYS)):
            yield found("INVALID_GLOBAL_CONDITION_KEY", path, key=key)
        if read is None:
            continue
        qualifier, name, _ = read
        if not qualifier and lower in SEVERAL_VALUES and name != "Null":
            yield found("MISSING_QUALIFIER", path, key=key)
        single = lower in GLOBAL_KEYS and lower not in SEVERAL_VALUES
        if qualifier == "ForAllValues" and single and statement.allows:
            yield found("FORALLVALUES_WITH_SINGLE_VALUED_KEY", path, key=key)
        if name in ("StringLike", "StringNotLike") and lower in _ARN_KEYS:
            allowed = name.replace("String", "Arn")
            yield found(
                "STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS",
                path,
                allowed=allowed,
                operator=name,
                key=key,
            )


def pairs(policy: Policy, statement: Statement) -> Iterator[Found]:
    """Check keys that are safe only together with another."""
    present = statement.condition_keys()
    for _, key, _, path in statement.conditions():
        other = _PAIRED.get(key.lower())
        if other is not None and other.lower() not in present:
            yield found("MISSING_PAIRED_CONDITION_KEYS", path, key=key, others=other)


def values(policy: Policy, statement: Statement) -> Iterator[Found]:
    """Check that the values are of the operator's kind."""
    for operator, key, listed, path in statement.conditions():
        read = _read(operator)
        if read is None:
            continue
        qualifier, name, exists = read
        if not listed:
            yield found(_EMPTY[qualifier or ("IfExists" if exists else "")], path, key=key)
        if len({isinstance(value, str) for value in listed}) > 1:
            yield found("INVALID_CONDITION_DATA_TYPE", path)
        texts = [str(value) for value in listed if isinstance(value, str | int | float)]
        yield from _by_kind(name, key, texts, path)
        yield from _variables(name, texts, path)


_EMPTY: Mapping[str, str] = {
    "": "EMPTY_ARRAY_CONDITION",
    "ForAllValues": "EMPTY_ARRAY_CONDITION_FORALLVALUES",
    "ForAnyValue": "EMPTY_ARRAY_CONDITION_FORANYVALUE",
    "IfExists": "EMPTY_ARRAY_CONDITION_IFEXISTS",
}


def _by_kind(name: str, key: str, texts: list[str], path: Any) -> Iterator[Found]:
    if name in ("IpAddress", "NotIpAddress"):
        for text in texts:
            yield from _range(name, text, path)
    elif name.startswith("Date"):
        for text in texts:
            if re.fullmatch(r"\d{9,}", text):
                yield found("INVALID_DATE_VALUE", path, date=text)
    elif name == "Bool" and len(texts) > 1:
        yield found("INVALID_CONDITION_MULTIPLE_BOOLEAN", path)
    elif name in _LIMITS and len(texts) > 1:
        yield found(
            "REDUNDANT_CONDITION_VALUE_NUM", path, operator=name, which=_LIMITS[name], key=key
        )
    elif name in ("StringEquals", "StringNotEquals") and any(
        mark in re.sub(r"\$\{[^}]*\}", "", text) for text in texts for mark in "*?"
    ):
        yield found("WILDCARD_WITHOUT_LIKE_OPERATOR", path)
    if name.startswith("String"):
        yield from _identifiers(key.lower(), texts, path)


_LIMITS: Mapping[str, str] = {
    "NumericGreaterThan": "least",
    "NumericGreaterThanEquals": "least",
    "NumericLessThan": "greatest",
    "NumericLessThanEquals": "greatest",
}


def _range(name: str, text: str, path: Any) -> Iterator[Found]:
    if "${" in text:
        return
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        yield found("TYPE_MISMATCH_IP_RANGE", path, operator=name)
        return
    if "/" in text and str(network.network_address) != text.partition("/")[0].lower():
        yield found("IMPROVE_IP_RANGE", path, address=str(network))


_IDENTIFIERS: Mapping[str, tuple[str, str]] = {
    "aws:sourcevpc": ("vpc", "INVALID_VPC_FORMAT"),
    "aws:sourcevpce": ("vpce", "INVALID_VPCE_FORMAT"),
}


def _identifiers(key: str, texts: list[str], path: Any) -> Iterator[Found]:
    if key not in _IDENTIFIERS:
        return
    prefix, code = _IDENTIFIERS[key]
    whole = re.compile(rf"{prefix}-([0-9a-z]{{8}}|[0-9a-z]{{17}})")
    for text in texts:
        if not whole.fullmatch(text) and not any(mark in text for mark in ("*", "?", "${")):
            yield found(code, path)


def _variables(name: str, texts: list[str], path: Any) -> Iterator[Found]:
    for text in texts:
        if "${" not in text:
            continue
        if not name.startswith(("String", "Arn")):
            yield found("INVALID_VARIABLE_FOR_OPERATOR", path)
        yield from variable(text, path)


def variable(text: str, path: Any) -> Iterator[Found]:
    """Check the variables in a text."""
    for piece in text.split("${")[1:]:
        if "}" not in piece:
            yield found("MISSING_BRACE_IN_VARIABLE", path)
        elif not piece.partition("}")[0].strip():
            yield found("EMPTY_VARIABLE", path)


def resource_variables(policy: Policy, statement: Statement) -> Iterator[Found]:
    """Check the variables in resources."""
    for element in ("Resource", "NotResource"):
        for path, text in statement.texts(element):
            yield from variable(text, path)


STATEMENT_CHECKS = (operators, keys, pairs, values, resource_variables)
