"""From the request's fields to a Request, or to what is wrong with each.

The engine answers any strings. The playground asks for more, because a mistyped ARN would look
like a denial. AWS pages: *Identify AWS resources with Amazon Resource Names (ARNs)*,
*AWS JSON policy elements: Principal*, *AWS global condition context keys*.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from rolelab.iam import Request
from rolelab.iam.arn import is_account_id, parse_arn
from rolelab.iam.principals import read_caller
from rolelab.policy_playground.fault import Fault, FaultError, located
from rolelab.policy_playground.fields import Texts

_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+", re.IGNORECASE)
_KEY = re.compile(r"[^\s:]+:\S(.*\S)?")
_NAME = re.compile(r"[A-Za-z0-9.-]+\.[A-Za-z]{2,}(/\S*)?|[0-9a-f]{64}")
_PROVIDERS = ("saml-provider/", "oidc-provider/")

ContextValues = dict[str, str | list[str]]


def read_request(texts: Texts) -> Request | tuple[Fault, ...]:
    """The request that the fields describe, or every fault in them."""
    faults = []
    for name, check in _CHECKS.items():
        text = getattr(texts, name)
        try:
            check(text.strip())
        except FaultError as error:
            faults.append(Fault(name, error.reason))
    context: Mapping[str, str | Sequence[str]] = {}
    try:
        context = read_context(texts.context)
    except FaultError as error:
        faults.append(located("context", texts.context, error))
    if faults:
        return tuple(faults)
    return Request(
        principal=texts.principal.strip(),
        action=texts.action.strip(),
        resource=texts.resource_arn.strip(),
        resource_account=texts.resource_account.strip() or None,
        context=context,
    )


def _check_principal(text: str) -> None:
    if not text:
        raise FaultError(
            "write who asks: the ARN of a user, role or session, a service such as "
            "ecs-tasks.amazonaws.com, or * for an anonymous caller"
        )
    if read_caller(text).kind != "named":
        return
    arn = parse_arn(text)
    if arn is not None and arn.resource.startswith(_PROVIDERS):
        return
    if text.startswith("arn:"):
        raise FaultError(
            f"{text} is not the ARN of a user, role, session or account root; such as "
            "arn:aws:iam::123456789012:user/mara or "
            "arn:aws:sts::123456789012:assumed-role/ROLE/SESSION"
        )
    if not _NAME.fullmatch(text):
        raise FaultError(
            f"{text} is neither an ARN nor an account id of twelve digits nor a service such as "
            "ecs-tasks.amazonaws.com"
        )


def _check_action(text: str) -> None:
    if not text:
        raise FaultError("write one action, such as s3:GetObject")
    if "*" in text or "?" in text:
        raise FaultError(
            f"{text} is a pattern: a request asks for one action; patterns stand in policies"
        )
    if not _ACTION.fullmatch(text):
        raise FaultError(f"{text} is not an action: service:Name, such as s3:GetObject")


def _check_resource(text: str) -> None:
    if not text:
        raise FaultError("write the ARN of the resource, or * for an action without one")
    if text != "*" and parse_arn(text) is None:
        raise FaultError(
            f"{text} is not an ARN: arn:partition:service:region:account:resource, such as "
            "arn:aws:s3:::bookshop-orders/1001.json"
        )


def _check_account(text: str) -> None:
    if text and not is_account_id(text):
        raise FaultError(
            f"{text} is not an account id: twelve digits, or nothing for the principal's own"
        )


_CHECKS: dict[str, Callable[[str], None]] = {
    "principal": _check_principal,
    "action": _check_action,
    "resource_arn": _check_resource,
    "resource_account": _check_account,
}


def read_context(text: str) -> ContextValues:
    """Read `key = value` lines.

    A value is text as it stands, or a JSON text or a JSON list of texts. Empty lines and lines that
    begin with # say nothing. Raises FaultError with the place of the first line that says
    something else.
    """
    context: ContextValues = {}
    seen: set[str] = set()
    for offset, line in _lines(text):
        # A tag's key may hold an equals sign, so the one between spaces counts first.
        name, equals, value = line.partition(" = " if " = " in line else "=")
        key = name.strip()
        start = offset + len(line) - len(line.lstrip())
        if not equals:
            raise FaultError("a line is key = value, such as aws:SourceIp = 10.0.0.1", start)
        if not _KEY.fullmatch(key):
            raise FaultError(
                f"{key or 'nothing'} is not a condition key: service:name, such as aws:SourceIp",
                start,
            )
        if key.lower() in seen:
            raise FaultError(
                f'{key} stands twice; write several values as a list: {key} = ["a", "b"]', start
            )
        seen.add(key.lower())
        context[key] = _value(value, offset + len(name + equals))
    return context


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that say something, each with where it starts."""
    offset = 0
    for line in text.split("\n"):
        if line.strip() and not line.lstrip().startswith("#"):
            yield offset, line
        offset += len(line) + 1


def _value(written: str, offset: int) -> str | list[str]:
    text = written.strip()
    if not text.startswith(("[", '"')):
        return text
    start = offset + len(written) - len(written.lstrip())
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise FaultError(
            'this value is not a JSON text or list, such as ["a", "b"]', start + error.pos
        ) from None
    except (RecursionError, ValueError):
        raise FaultError('a list of texts is expected, such as ["a", "b"]', start) from None
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    raise FaultError('a list of texts is expected, such as ["a", "b"]', start)
