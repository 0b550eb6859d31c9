"""What IAM says of a policy document it does not take.

`rolelab.iam.parse` decides whether a document is valid and says why not, in full. IAM is terser:
here its own sentence for the same fault is looked up. The parser's reason stays with the error as
its cause.

The sentences for identity policies are those that moto's validators were written from, answer by
answer, against AWS; they are asked for the sentence only. The sentences for trust policies, and the
rule that a managed policy must name version 2012-10-17, are not on AWS's pages; they are AWS's
answers as they are widely reported.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from rolelab.iam import Document, PolicyError, parse
from rolelab.sandbox.fixes.iam_errors import malformed

CURRENT_VERSION = "2012-10-17"


def identity(text: str, *, managed: bool = False) -> Document:
    """Read an identity-based policy, a permissions boundary or a session policy.

    Args:
        text: the document.
        managed: whether it becomes a version of a managed policy.

    Raises:
        ServiceError: MalformedPolicyDocument.

    AWS page: *Identity-based policies and resource-based policies*.
    """
    try:
        document = parse(text, kind="identity")
    except PolicyError as error:
        raise malformed(_identity_sentence(text, error, managed)) from error
    if managed and document.source.get("Version") != CURRENT_VERSION:
        raise malformed(_OLD_VERSION)
    refusal = _second_opinion(_current(text))
    if refusal is not None and _KNOWN_REFUSALS.match(refusal):
        raise malformed(refusal)
    return document


def trust(text: str) -> Document:
    """Read a role's trust policy.

    Raises:
        ServiceError: MalformedPolicyDocument.

    AWS page: *IAM JSON policy elements: Principal*.
    """
    try:
        return parse(text, kind="trust")
    except PolicyError as error:
        raise malformed(_trust_sentence(text, error)) from error


def size(text: str) -> int:
    """The characters of a document that count: white space does not.

    AWS page: *IAM and AWS STS quotas*, IAM and STS character quotas.
    """
    return len("".join(text.split()))


def statements(document: Document) -> Iterator[Mapping[str, Any]]:
    """The statements of a document as written; a single one may stand without a list."""
    written = document.source["Statement"]
    yield from [written] if isinstance(written, Mapping) else written


_OLD_VERSION = f"Policy document must be version {CURRENT_VERSION} or greater."
_SYNTAX = "Syntax errors in policy."
_PRINCIPALS = {"Principal", "NotPrincipal"}


# What IAM refuses beyond the grammar. moto's validator refuses more than IAM does elsewhere, such
# as dates with a negative offset; there the parser alone decides.
_KNOWN_REFUSALS = re.compile(
    r"Policy statement must contain (actions|resources)\.|Partition \"|Vendor |"
    r"Resource vendor must be |Resource .* must be in ARN format|"
    r"IAM resource .* cannot contain region information"
)


def _identity_sentence(text: str, error: PolicyError, managed: bool) -> str:
    if error.element in _PRINCIPALS:
        return "Policy document should not specify a principal."
    return _second_opinion(text if managed else _current(text)) or _SYNTAX


def _second_opinion(text: str) -> str | None:
    """What moto's validator, written from AWS's answers, says of an identity policy."""
    from moto.iam.exceptions import MalformedPolicyDocument
    from moto.iam.policy_validation import IAMPolicyDocumentValidator

    try:
        IAMPolicyDocumentValidator(text).validate()
    except MalformedPolicyDocument as answer:
        return str(answer.message)
    except AttributeError:
        # It stops at a null among the actions.
        return _SYNTAX
    return None


def _current(text: str) -> str:
    """The text with the current version, so that the version is not what is complained about.

    Numbers in conditions, which moto does not know, become text.
    """
    try:
        written = json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return text
    if isinstance(written, dict) and written.get("Version") in (None, "2008-10-17"):
        written["Version"] = CURRENT_VERSION
    return json.dumps(written)


def _trust_sentence(text: str, error: PolicyError) -> str:
    try:
        written = json.loads(text)
    except (ValueError, RecursionError):
        return "This policy contains invalid Json"
    # IAM complains about a resource first, even where the principal is missing too.
    for prohibited in ("Resource", "NotResource"):
        if any(prohibited in statement for statement in _written_statements(written)):
            return f"Has prohibited field {prohibited}"
    element = error.element or ""
    if element == "Principal" and (named := _NAMED.match(error.reason)):
        return f"Invalid principal in policy: {_principal_pair(written, named[1])}"
    for said, sentence in _TRUST_SENTENCES:
        if said.search(error.reason):
            return sentence.format(element)
    return _SYNTAX


# The parser begins its reason with the principal it refuses.
_NAMED = re.compile(r"'([^']*)'")


def _principal_pair(written: Any, value: str) -> str:
    """The principal at fault with its kind in capitals, as IAM names it: "SERVICE":"..."."""
    for statement in _written_statements(written):
        principal = statement.get("Principal")
        for kind, values in principal.items() if isinstance(principal, dict) else ():
            if value == values or (isinstance(values, list) and value in values):
                return f'"{kind.upper()}":"{value}"'
    return f'"{value}"'


def _written_statements(written: Any) -> Iterator[Mapping[str, Any]]:
    """The statements of a document that may be anything."""
    found = written.get("Statement") if isinstance(written, dict) else None
    for statement in found if isinstance(found, list) else [found]:
        if isinstance(statement, dict):
            yield statement


# The parser's reason -> IAM's sentence. {} is the element at fault.
_TRUST_SENTENCES: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile("may only specify STS"),
        "AssumeRole policy may only specify STS AssumeRole actions.",
    ),
    (re.compile("this kind of policy has no "), "Has prohibited field {}"),
    (re.compile(" is missing$"), "Missing required field {}"),
    (re.compile("at least one statement is required"), "Missing required field {}"),
    (re.compile("is not an element of "), "Unknown field {}"),
    (re.compile("is not a version of"), "The policy must contain a valid version string"),
)
