"""Values that a template does not hold but names: `{{resolve:secretsmanager:...}}`.

They are read when a resource is made, by the one who deploys, and appear neither in the events
nor in the template.

Pages: *Get values stored in other services using dynamic references*; *Get a secret or secret
value from Secrets Manager*; *Get a plaintext value from Systems Manager Parameter Store*.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from rolelab.sandbox.cloudformation.errors import ResourceFailed
from rolelab.sandbox.cloudformation.resources import Caller

_REFERENCE = re.compile(r"\{\{resolve:([a-z-]+):([^{}]+)\}\}")


def filled_in(value: Any, caller: Caller) -> Any:
    """Give properties with every dynamic reference replaced by what it stands for.

    Raises:
        ResourceFailed: it cannot be read, or there is no such value.
    """
    if isinstance(value, Mapping):
        return {name: filled_in(each, caller) for name, each in value.items()}
    if isinstance(value, list):
        return [filled_in(each, caller) for each in value]
    if not isinstance(value, str) or "{{resolve:" not in value:
        return value

    def read(found: re.Match[str]) -> str:
        service = found.group(1)
        if service not in _READERS:
            raise ResourceFailed(
                f"The sandbox does not model the dynamic reference {{{{resolve:{service}:...}}}}"
            )
        return _READERS[service](caller, found.group(2))

    return _REFERENCE.sub(read, value)


def _parameter(caller: Caller, named: str) -> str:
    """`ssm:name` or `ssm:name:version`."""
    found = caller.call("ssm", "GetParameters", {"Names": [named]})["Parameters"]
    if not found:
        raise ResourceFailed(f"Parameters: [ssm:{named}] cannot be found.")
    if found[0]["Type"] == "SecureString":
        raise ResourceFailed(
            f"Non-secure ssm prefix was used for secure parameter: {named.partition(':')[0]}"
        )
    return str(found[0]["Value"])


def _secret(caller: Caller, named: str) -> str:
    """`secretsmanager:id:SecretString:json-key:version-stage:version-id`."""
    parts = named.split(":")
    size = 7 if parts[0] == "arn" else 1
    secret = ":".join(parts[:size])
    field, key, stage, version = (*parts[size:], "", "", "", "")[:4]
    if field not in ("", "SecretString"):
        raise ResourceFailed(f"Secrets Manager dynamic reference has invalid field {field}")
    wanted = {"SecretId": secret, "VersionStage": stage or None, "VersionId": version or None}
    text = str(caller.call("secretsmanager", "GetSecretValue", wanted)["SecretString"])
    if not key:
        return text
    try:
        return str(json.loads(text)[key])
    except (ValueError, KeyError, TypeError) as error:
        raise ResourceFailed(f"Could not find a value for JSON key {key} in the secret") from error


_READERS: Mapping[str, Callable[[Caller, str], str]] = {
    "secretsmanager": _secret,
    "ssm": _parameter,
}
