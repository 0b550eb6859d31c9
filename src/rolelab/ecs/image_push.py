"""`docker push` without docker: the calls by which an image gets into Amazon ECR.

Page: *Pushing a Docker image to an Amazon ECR private repository*; *Private repository policies*
for the permissions that a push needs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rolelab.ecs import oci_image
from rolelab.ecs.image_reference import in_own_registry

if TYPE_CHECKING:
    import boto3


def push(
    name: str,
    app: str | Path,
    *,
    command: Sequence[str] | None = None,
    session: boto3.Session | None = None,
) -> str:
    """Make an image of an application and push it. The repository must exist.

    Args:
        name: `repository:tag`.
        app: a folder, a file, or the text of one Python file.
        command: what the image runs; None is its `app.py`, or its only Python file.
        session: who pushes; None is the caller's default identity.

    Returns:
        The image's address with its tag, as a container definition names it.

    Raises:
        ValueError: the name is none that a registry can have; or there is no such application.
        botocore.exceptions.ClientError: ECR refused a step of the push.
    """
    import boto3

    reference = in_own_registry(name)
    files, first = oci_image.files_of(app)
    image = oci_image.build(files, command or ["python", first])
    signed_in = session or boto3._get_default_session()
    ecr = signed_in.client("ecr", region_name=reference.region)
    token = ecr.get_authorization_token()
    where = {"repositoryName": reference.repository}
    if reference.account:
        where["registryId"] = reference.account
    for digest, content in image.blobs.items():
        _push_blob(ecr, where, digest, content)
    # A push of what is there already is no error to docker, either.
    with contextlib.suppress(ecr.exceptions.ImageAlreadyExistsException):
        ecr.put_image(
            **where,
            imageManifest=image.manifest,
            imageManifestMediaType=oci_image.MANIFEST_TYPE,
            imageTag=reference.tag,
        )
    registry = reference.account or _account_of(token["authorizationData"][0]["proxyEndpoint"])
    return (
        f"{registry}.dkr.ecr.{ecr.meta.region_name}.amazonaws.com/"
        f"{reference.repository}:{reference.tag}"
    )


def _account_of(registry: str) -> str:
    """The account in a registry's address."""
    return registry.removeprefix("https://").partition(".")[0]


def _push_blob(ecr: Any, where: dict[str, str], digest: str, content: bytes) -> None:
    known = ecr.batch_check_layer_availability(**where, layerDigests=[digest])
    if any(each.get("layerAvailability") == "AVAILABLE" for each in known["layers"]):
        return
    upload = ecr.initiate_layer_upload(**where)["uploadId"]
    ecr.upload_layer_part(
        **where,
        uploadId=upload,
        partFirstByte=0,
        partLastByte=len(content) - 1,
        layerPartBlob=content,
    )
    ecr.complete_layer_upload(**where, uploadId=upload, layerDigests=[digest])
