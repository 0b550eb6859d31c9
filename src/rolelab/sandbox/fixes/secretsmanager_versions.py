"""Versions of a secret and their staging labels.

AWS pages: *GetSecretValue*, *ListSecretVersionIds*, *PutSecretValue* and
*UpdateSecretVersionStage* (AWS Secrets Manager API Reference); *What's in a Secrets Manager
secret?*, "Secret versions".
"""

from __future__ import annotations

import json
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import Answer, Response, Serve, fix
from rolelab.sandbox.fixes.secretsmanager_lookup import (
    invalid_parameter,
    invalid_request,
    not_found,
    primary_in,
    secret_in,
)

CURRENT, PREVIOUS, PENDING = "AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"


def labelled(secret: Any, label: str) -> str | None:
    """Give the id of the version that has a staging label."""
    return next(
        (each for each, version in secret.versions.items() if label in version["version_stages"]),
        None,
    )


def move(secret: Any, label: str, to: str | None) -> None:
    """Put a staging label on a version, or take it away.

    With AWSCURRENT moves AWSPREVIOUS, to the version that had AWSCURRENT. Page:
    *UpdateSecretVersionStage*.
    """
    before = labelled(secret, label)
    if before == to:
        return
    if before is not None:
        secret.versions[before]["version_stages"].remove(label)
    if to is not None:
        secret.versions[to]["version_stages"].append(label)
    if label == CURRENT and to is not None:
        secret.set_default_version_id(to)
        if before is not None:
            move(secret, PREVIOUS, before)


@fix("secretsmanager", "GetSecretValue")
def get_secret_value(call: Call, response: Any, serve: Serve) -> Response:
    """moto looks for a label without saying which one it did not find."""
    found, given = secret_in(call), call.parameters
    version, stage = given.get("VersionId"), given.get("VersionStage")
    if version and version in found.versions and stage:
        if stage not in found.versions[version]["version_stages"]:
            raise invalid_request(
                "You provided a VersionStage that is not associated to the provided VersionId."
            )
    elif version and version not in found.versions:
        raise _no_value(f"VersionId: {version}")
    elif not version and labelled(found, str(stage or CURRENT)) is None:
        raise _no_value(f"staging label: {stage or CURRENT}")
    return serve()


def _no_value(which: str) -> Exception:
    return not_found(f"Secrets Manager can't find the specified secret value for {which}")


@fix("secretsmanager", "ListSecretVersionIds")
def list_secret_version_ids(call: Call, response: Any, serve: Serve) -> Answer:
    """moto gives the name as ARN, and versions without labels, which AWS calls deprecated."""
    found = secret_in(call)
    wanted = call.parameters.get("IncludeDeprecated", False)
    return Answer(
        {
            "ARN": found.arn,
            "Name": found.name,
            "Versions": [
                {
                    "VersionId": each,
                    "VersionStages": version["version_stages"] or None,
                    "CreatedDate": version["createdate"],
                }
                for each, version in found.versions.items()
                if version["version_stages"] or wanted
            ],
        }
    )


@fix("secretsmanager", "UpdateSecretVersionStage")
def update_secret_version_stage(call: Call, response: Any, serve: Serve) -> Answer:
    """moto reads the old value after AWSCURRENT has moved, and puts a label on two versions."""
    found, given = primary_in(call), call.parameters
    label = str(given["VersionStage"])
    source, target = given.get("RemoveFromVersionId"), given.get("MoveToVersionId")
    holder = labelled(found, label)
    for version in (source, target):
        if version is not None and version not in found.versions:
            raise not_found(f"Secrets Manager can't find the specified secret version: {version}.")
    if holder is not None and holder not in (source, target):
        if source is not None:
            raise invalid_parameter(
                f"The staging label {label} is not attached to version {source}."
            )
        raise invalid_parameter(
            f"The parameter RemoveFromVersionId can't be empty. Staging label {label} is currently "
            f"attached to version {holder}, so you must explicitly reference that version in "
            "RemoveFromVersionId."
        )
    if label == CURRENT and target is None:
        raise invalid_parameter(
            "You can't remove the staging label AWSCURRENT from a version without moving it to "
            "another one."
        )
    move(found, label, target)
    return Answer({"ARN": found.arn, "Name": found.name})


_LABELS = ("VersionIdsToStages", "SecretVersionsToStages")


@fix("secretsmanager", "DescribeSecret")
@fix("secretsmanager", "ListSecrets")
def only_labelled_versions(call: Call, response: Any, serve: Serve) -> Response:
    """moto also shows the versions that have lost their last label."""
    status, headers, body = serve()
    if status == 200:
        answer = json.loads(body)
        for secret in answer.get("SecretList", [answer]):
            for name in secret.keys() & _LABELS:
                secret[name] = {each: labels for each, labels in secret[name].items() if labels}
        body = json.dumps(answer)
    return status, headers, body
