"""`secrets` and `environmentFiles` of a container definition, read by the execution role.

Pages: *Pass sensitive data to an Amazon ECS container*; *Pass Secrets Manager secrets through
Amazon ECS environment variables* (JSON key, version stage, version id); *Pass Systems Manager
parameters through Amazon ECS environment variables*; *Pass environment variables to an Amazon ECS
container* (environment files).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from rolelab.ecs import agent_call, stopped_reasons
from rolelab.ecs.agent_call import Identity
from rolelab.ecs.task import Task

if TYPE_CHECKING:
    import boto3

_SECRET = "inject a secret"
_FILE = "read an environment file"


@dataclass(frozen=True, slots=True)
class SecretReference:
    """The `valueFrom` of a secret in Secrets Manager.

    Attributes:
        arn: the secret.
        json_key: the member of its JSON text; empty for all of it.
        stage: the version stage; empty for AWSCURRENT.
        version: the version id; empty for the stage's.
    """

    arn: str
    json_key: str = ""
    stage: str = ""
    version: str = ""

    @property
    def which(self) -> dict[str, str]:
        """The parameters of GetSecretValue."""
        chosen = {"SecretId": self.arn, "VersionStage": self.stage, "VersionId": self.version}
        return {name: value for name, value in chosen.items() if value}


def secret_in(value_from: str) -> SecretReference | None:
    """Read a `valueFrom`: `arn:aws:secretsmanager:region:account:secret:name:key:stage:version`.

    Returns:
        The reference; None where it is a parameter.
    """
    parts = value_from.split(":")
    if len(parts) < 7 or parts[0] != "arn" or parts[2] != "secretsmanager":
        return None
    further = [*parts[7:10], "", "", ""]
    return SecretReference(":".join(parts[:7]), *further[:3])


def values_of(
    task: Task, definition: Mapping[str, Any], session: boto3.Session, identity: Identity
) -> dict[str, str]:
    """Read everything that `secrets` of a container names.

    Args:
        task: the task.
        definition: the container definition.
        session: the execution role's.
        identity: the execution role.

    Returns:
        Variable -> value.

    Raises:
        LaunchFailed: one of them could not be read.
    """
    values: dict[str, str] = {}
    parameters: dict[str, list[str]] = {}
    for each in definition.get("secrets") or ():
        reference = secret_in(each["valueFrom"])
        if reference is None:
            parameters.setdefault(each["valueFrom"], []).append(each["name"])
        else:
            values[each["name"]] = _secret(task, reference, session, identity)
    for named, variables in parameters.items():
        value = _parameter(task, named, session, identity)
        values.update(dict.fromkeys(variables, value))
    return values


def _secret(
    task: Task, reference: SecretReference, session: boto3.Session, identity: Identity
) -> str:
    client = session.client("secretsmanager", region_name=reference.arn.split(":")[3])
    try:
        answer = agent_call.make(
            task, identity, _SECRET, client, "get_secret_value", reference.arn, **reference.which
        )
    except ClientError as error:
        raise stopped_reasons.no_secret(reference.arn, error) from error
    text = answer.get("SecretString")
    if text is None:
        text = answer["SecretBinary"].decode("utf-8", "replace")
    return _member(text, reference.json_key) if reference.json_key else str(text)


def _member(text: str, key: str) -> str:
    try:
        members = json.loads(text)
    except ValueError as error:
        raise stopped_reasons.no_json_key(key) from error
    if not isinstance(members, dict) or key not in members:
        raise stopped_reasons.no_json_key(key)
    value = members[key]
    return value if isinstance(value, str) else json.dumps(value)


def _parameter(task: Task, named: str, session: boto3.Session, identity: Identity) -> str:
    is_arn = named.startswith("arn:")
    client = session.client("ssm", region_name=named.split(":")[3] if is_arn else None)
    try:
        answer = agent_call.make(
            task,
            identity,
            _SECRET,
            client,
            "get_parameters",
            named,
            Names=[named],
            WithDecryption=True,
        )
    except ClientError as error:
        raise stopped_reasons.no_parameters(error) from error
    if not answer["Parameters"]:
        raise stopped_reasons.invalid_parameters(answer.get("InvalidParameters") or [named])
    return str(answer["Parameters"][0]["Value"])


def files_of(
    task: Task, definition: Mapping[str, Any], session: boto3.Session, identity: Identity
) -> dict[str, str]:
    """Read the environment files of a container, from S3.

    Returns:
        Variable -> value; of two files the first that names a variable counts.

    Raises:
        LaunchFailed: one of them could not be read.
    """
    values: dict[str, str] = {}
    for each in definition.get("environmentFiles") or ():
        arn = str(each["value"])
        bucket, _, key = arn.partition(":::")[2].partition("/")
        client = session.client("s3")
        try:
            agent_call.make(
                task,
                identity,
                _FILE,
                client,
                "get_bucket_location",
                arn.partition("/")[0],
                Bucket=bucket,
            )
            answer = agent_call.make(
                task, identity, _FILE, client, "get_object", arn, Bucket=bucket, Key=key
            )
        except ClientError as error:
            raise stopped_reasons.no_environment_file(error) from error
        values = {**variables_in(answer["Body"].read().decode("utf-8", "replace")), **values}
    return values


def variables_in(text: str) -> dict[str, str]:
    """Read an environment file: `NAME=value` on each line, `#` begins a comment line.

    >>> variables_in("# shop\\nSHOP=bookshop\\nEMPTY=\\n")
    {'SHOP': 'bookshop', 'EMPTY': ''}
    """
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value for name, equals, value in pairs if equals}
