"""What S3 refuses in a bucket policy, beyond the grammar of the policy language.

AWS pages: *Bucket policies for Amazon S3*; *PutBucketPolicy* and *Error responses* in the Amazon
S3 API Reference; *Actions, resources, and condition keys for Amazon S3*. The sentences are those
with which S3 answers MalformedPolicy.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from rolelab.iam import PolicyError, parse
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes.s3_actions import ACTIONS, BUCKET, OBJECT, actions_of

if TYPE_CHECKING:
    from rolelab.iam import Document

MAXIMUM_SIZE = 20480
NOT_JSON = "Policies must be valid JSON and the first byte must be '{'"
TOO_LARGE = "Normalized policy document exceeds the maximum allowed size of 20480 bytes"
INVALID_PRINCIPAL = "Invalid principal in policy"
INVALID_ACTION = "Policy has invalid action"
INVALID_RESOURCE = "Policy has invalid resource"
INVALID_CONDITION_KEY = "Policy has an invalid condition key"
ACTION_WITHOUT_RESOURCE = "Action does not apply to any resource(s) in statement"
CONDITION_WITHOUT_ACTION = (
    "Conditions do not apply to combination of actions and resources in statement"
)

#: S3's sentence for a statement element that is there and wrong.
_INVALID = {
    "Version": "The policy must contain a valid version string",
    "Principal": INVALID_PRINCIPAL,
    "NotPrincipal": INVALID_PRINCIPAL,
    "Action": INVALID_ACTION,
    "NotAction": INVALID_ACTION,
    "Resource": INVALID_RESOURCE,
    "NotResource": INVALID_RESOURCE,
}


def check(text: str, bucket_arn: str, principal_exists: Callable[[str, str], bool]) -> Document:
    """Read a bucket policy the way S3 does when it is put on a bucket.

    Args:
        text: the policy as the caller sent it.
        bucket_arn: the bucket it is meant for.
        principal_exists: tells whether a principal exists, given its kind ("AWS", "Service",
            "Federated", "CanonicalUser") and its name.

    Returns:
        The policy, parsed.

    Raises:
        ServiceError: MalformedPolicy, in S3's words.
    """
    data = _read(text)
    if len(json.dumps(data, separators=(",", ":")).encode()) > MAXIMUM_SIZE:
        raise malformed(TOO_LARGE)
    statements = _statements(data)
    for statement in statements:
        _check_presence(statement)
    document = _parse(text)
    for statement in statements:
        _check_principals(statement, principal_exists)
        _check_actions(statement, _check_resources(statement, bucket_arn))
        _check_condition_keys(statement)
    return document


def malformed(reason: str) -> ServiceError:
    """The error with which S3 refuses a bucket policy."""
    return ServiceError("MalformedPolicy", reason, 400)


def _read(text: str) -> dict[str, Any]:
    if not text.startswith("{"):
        raise malformed(NOT_JSON)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise malformed(NOT_JSON) from error
    return dict(data)


def _statements(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "Statement" not in data:
        raise malformed("Missing required field Statement")
    written = data["Statement"]
    statements = written if isinstance(written, list) else [written]
    if not statements:
        raise malformed("Could not parse the policy: Statement is empty!")
    return [statement for statement in statements if isinstance(statement, Mapping)]


def _check_presence(statement: Mapping[str, Any]) -> None:
    for element in ("Effect", "Principal", "Action", "Resource"):
        if not {element, f"Not{element}"} & statement.keys():
            raise malformed(f"Missing required field {element}")
    if statement["Effect"] not in ("Allow", "Deny"):
        raise malformed(f"Invalid effect: {statement['Effect']}")


def _parse(text: str) -> Document:
    try:
        return parse(text, kind="resource")
    except PolicyError as error:
        # S3 names no place; where its own sentence is not known, ours says what is wrong.
        raise malformed(_INVALID.get(error.element or "", str(error))) from error


def _check_principals(
    statement: Mapping[str, Any], principal_exists: Callable[[str, str], bool]
) -> None:
    principal = statement.get("Principal", statement.get("NotPrincipal"))
    if not isinstance(principal, Mapping):
        return
    for kind, names in principal.items():
        if not all(name == "*" or principal_exists(kind, name) for name in _texts(names)):
            raise malformed(INVALID_PRINCIPAL)


def _check_resources(statement: Mapping[str, Any], bucket_arn: str) -> set[str]:
    """The types of resource that a statement covers; all of them must lie in this bucket."""
    covered: set[str] = set()
    for pattern in _texts(statement.get("Resource", statement.get("NotResource"))):
        types = _types_of(pattern, bucket_arn)
        if not types:
            raise malformed(INVALID_RESOURCE)
        covered |= types
    return {BUCKET, OBJECT} if "NotResource" in statement else covered


def _types_of(pattern: str, bucket_arn: str) -> set[str]:
    """What a resource pattern can match: this bucket, its objects, both, or nothing."""
    head, slash, _ = pattern.partition("/")
    if slash:
        return {OBJECT} if _glob(bucket_arn, head) else set()
    found = {BUCKET: bucket_arn, OBJECT: f"{bucket_arn}/"}
    return {kind for kind, text in found.items() if _glob(text, pattern)}


def _glob(text: str, pattern: str) -> bool:
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def _check_actions(statement: Mapping[str, Any], covered: set[str]) -> None:
    for pattern in _texts(statement.get("Action", statement.get("NotAction"))):
        actions = _expand(pattern)
        if not actions:
            raise malformed(INVALID_ACTION)
        if "Action" in statement and not {ACTIONS[action] for action in actions} & covered:
            raise malformed(ACTION_WITHOUT_RESOURCE)


def _expand(pattern: str) -> set[str]:
    """The S3 actions that a pattern names, without their prefix."""
    if pattern in ("*", "*:*"):
        return set(ACTIONS)
    service, _, name = pattern.lower().partition(":")
    return {action for action in ACTIONS if service == "s3" and _glob(action, name)}


def _check_condition_keys(statement: Mapping[str, Any]) -> None:
    for block in statement.get("Condition", {}).values():
        for key in map(str.lower, block):
            if key.startswith("s3:"):
                _check_condition_key(key, statement)
            elif not key.startswith("aws:"):
                raise malformed(INVALID_CONDITION_KEY)


def _check_condition_key(key: str, statement: Mapping[str, Any]) -> None:
    takers = actions_of(key)
    if takers is None:
        raise malformed(INVALID_CONDITION_KEY)
    if not all(_expand(pattern) & takers for pattern in _texts(statement.get("Action", []))):
        raise malformed(CONDITION_WITHOUT_ACTION)


def _texts(values: Any) -> Iterable[str]:
    return values if isinstance(values, list) else [values]
