"""Parameters of Parameter Store as requests name them, and the KMS keys behind them.

Pages: *How Parameter Store authorizes parameter retrieval*, *Working with parameter hierarchies in
Parameter Store* and *AWS KMS encryption for AWS Systems Manager Parameter Store SecureString
parameters* (AWS Systems Manager User Guide).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.check import Check, Value
from rolelab.sandbox.operations.key_use import key_use
from rolelab.sandbox.operations.kms_keys import key_arn
from rolelab.sandbox.operations.row import resource_tag_context
from rolelab.sandbox.resource_policies import backend

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

MANAGED_KEY = "alias/aws/ssm"
PUBLIC = "/aws/service/"
"""Parameters that AWS publishes; their ARN names no account."""
SECRETS = "/aws/reference/secretsmanager/"
"""Names of secrets, read through Parameter Store."""


def parameter_arn(named: str, call: Call) -> str:
    """Give the ARN of a parameter, without the version or label that the request asks for.

    The slash that a hierarchical name begins with is the one of the ARN. Page: *Actions,
    resources, and condition keys for AWS Systems Manager*, "parameter".

    Args:
        named: the name or the ARN of a parameter, with or without `:version` or `:label`.
        call: the call that names it.
    """
    if named.startswith("arn:"):
        return ":".join(named.split(":", 6)[:6])
    name = named if named.startswith(SECRETS) else named.partition(":")[0]
    owner = "" if name.startswith(PUBLIC) else call.account
    return f"arn:{call.partition}:ssm:{call.region}:{owner}:parameter/{name.removeprefix('/')}"


def path_arn(call: Call) -> str:
    """Give the ARN of the path in a GetParametersByPath request.

    The path is what AWS decides on, and not the parameters below it. Page: *How Parameter Store
    authorizes parameter retrieval*.
    """
    return parameter_arn(str(call.parameters.get("Path") or "/"), call)


def parameter_named(name: str) -> Any:
    """Give a resource function: the ARN of the parameter that the member `name` holds."""

    def resource(call: Call) -> str:
        given = call.parameters.get(name)
        return parameter_arn(str(given), call) if given else "*"

    return resource


def versions(arn: str) -> list[Any]:
    """Give all versions of a parameter that moto keeps, oldest first; none of what is not there.

    Reading changes nothing: moto's own look-up makes what it does not find.
    """
    parts = arn.split(":", 5)
    if len(parts) != 6 or not parts[5].startswith("parameter/"):
        return []
    stored = backend("ssm", parts[4], parts[3])
    if stored is None:
        return []
    name = parts[5].removeprefix("parameter/")
    spelled = (name, f"/{name}")
    return next((found for each in spelled if (found := _kept(stored, each))), [])


def _kept(stored: Any, name: str) -> list[Any]:
    return dict.get(stored._parameters, name) or []


def tags_of(arn: str) -> Mapping[str, str]:
    """Give the tags of a parameter."""
    found = versions(arn)
    if not found:
        return {}
    parts = arn.split(":", 5)
    stored = backend("ssm", parts[4], parts[3])
    tagged = dict.get(stored._resource_tags, "Parameter") if stored is not None else None
    return dict.get(tagged, found[-1].name) or {} if tagged is not None else {}


def about_parameter(call: Call, arn: str) -> Mapping[str, Value]:
    """Give the tags of a parameter as condition keys."""
    return resource_tag_context(tags_of(arn), "ssm:resourceTag")


def chosen(arn: str, named: str) -> Any | None:
    """Give the version of a parameter that a request asks for by name, `name:3`, `name:label`."""
    found = versions(arn)
    selector = selector_of(named)
    if not selector:
        return found[-1] if found else None
    return next(
        (each for each in found if selector == str(each.version) or selector in each.labels), None
    )


def selector_of(named: str) -> str:
    """Give the version or label that a name asks for, `name:3`, `name:label`; empty without."""
    name = named.split(":", 5)[-1] if named.startswith("arn:") else named
    return name.rpartition(":")[2] if ":" in name else ""


# KMS in the caller's name.


def key_of(parameter: Any) -> str:
    """Give the key that a SecureString is encrypted under.

    An alias that moves to another key later leaves the parameter with the key of before.
    """
    return str(getattr(parameter, "key_arn", None) or parameter.keyid or MANAGED_KEY)


def through(call: Call, action: str, named: str, arn: str) -> Check:
    """Give the check that a call of Parameter Store to KMS raises in the caller's name.

    Args:
        call: the call to Parameter Store.
        action: `kms:Encrypt`, `kms:GenerateDataKey` or `kms:Decrypt`.
        named: the key as the request or the parameter names it.
        arn: the parameter's ARN, which is the encryption context.

    Page: *AWS KMS encryption for AWS Systems Manager Parameter Store SecureString parameters*,
    "Parameter Store encryption context".
    """
    region, owner = arn.split(":")[3:5]
    key = key_arn(named, (owner or call.account,), region, call)
    return key_use(call, action, key, "ssm", region, {"PARAMETER_ARN": arn})


def is_advanced(call: Call) -> bool:
    """Tell whether PutParameter writes an advanced parameter.

    Intelligent-Tiering makes one of what a standard parameter cannot hold, and what is advanced
    stays advanced. Page: *Managing parameter tiers*.
    """
    given = call.parameters
    known = versions(parameter_arn(str(call.parameters.get("Name")), call))
    if known and known[-1].tier == "Advanced":
        return True
    if given.get("Tier") != "Intelligent-Tiering":
        return given.get("Tier") == "Advanced"
    return len(str(given.get("Value", "")).encode()) > 4096 or bool(given.get("Policies"))


def decrypts(call: Call, parameters: Iterable[Any]) -> Iterator[Check]:
    """Give the checks for the SecureStrings that a request wants in plaintext."""
    if not call.parameters.get("WithDecryption"):
        return
    for parameter in parameters:
        if parameter is not None and parameter.parameter_type == "SecureString":
            arn = parameter_arn(parameter.name, call)
            yield through(call, "kms:Decrypt", key_of(parameter), arn)


def below_path(call: Call) -> tuple[list[Any], str | None]:
    """Give the parameters that a GetParametersByPath request is answered with.

    Returns:
        Those on the page that it asks for, and the token of the next page; None after the last.

    Page: *GetParametersByPath*: the path itself is no part of the answer, ten on a page.
    """
    path = str(call.parameters.get("Path") or "/").rstrip("/") + "/"
    stored = backend("ssm", call.account, call.region)
    if stored is None:
        return [], None
    filters = [each for each in call.parameters.get("ParameterFilters") or () if each.get("Key")]
    found = [
        each[-1]
        for name, each in dict(stored._parameters).items()
        if each and _is_below(name, path, bool(call.parameters.get("Recursive")))
        if stored._match_filters(each[-1], filters)
    ]
    token = str(call.parameters.get("NextToken") or "0")
    start = int(token) if token.isdigit() else 0
    end = start + int(call.parameters.get("MaxResults") or 10)
    return found[start:end], (str(end) if end < len(found) else None)


def _is_below(name: str, path: str, recursive: bool) -> bool:
    full = f"/{name.removeprefix('/')}"
    return full.startswith(path) and (recursive or "/" not in full[len(path) :])
