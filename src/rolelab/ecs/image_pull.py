"""How the agent gets an image: every call under the execution role.

Page: *Using Amazon ECR images with Amazon ECS* (the permissions a pull needs).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from rolelab.ecs import agent_call, oci_image, stopped_reasons
from rolelab.ecs.agent_call import Identity
from rolelab.ecs.image_reference import ImageReference, in_ecr
from rolelab.ecs.task import Task

if TYPE_CHECKING:
    import boto3

_AUTH = "sign in to the registry"
_PULL = "pull the image"


@dataclass(frozen=True, slots=True)
class PulledImage:
    """An image on the machine.

    Attributes:
        digest: of its manifest.
        config: what the image says about its containers: `Cmd`, `Env`, `WorkingDir` ...
    """

    digest: str
    config: dict[str, Any]


def sign_in(task: Task, session: boto3.Session, identity: Identity) -> None:
    """Get the registry's token.

    Raises:
        LaunchFailed: the execution role may not.
    """
    client = session.client("ecr", region_name=task.region)
    try:
        agent_call.make(task, identity, _AUTH, client, "get_authorization_token", "*")
    except ClientError as error:
        raise stopped_reasons.no_registry_auth(error) from error


def reference_of(image: str) -> ImageReference:
    """Read the image of a container definition.

    Raises:
        LaunchFailed: it is in a registry that the sandbox does not reach, or no image at all.
    """
    try:
        reference = in_ecr(image)
    except ValueError as error:
        raise stopped_reasons.no_image(image) from error
    if reference is None:
        raise stopped_reasons.out_of_reach(image)
    return reference


def pull(
    task: Task, image: str, session: boto3.Session, identity: Identity, into: Path
) -> PulledImage:
    """Pull an image and write its files into a folder.

    Args:
        task: the task.
        image: the image as the container definition names it.
        session: the execution role's.
        identity: the execution role.
        into: the folder that becomes the root of the container.

    Raises:
        LaunchFailed: there is no such image, it may not be read, or it is broken.
    """
    reference = reference_of(image)
    client = session.client("ecr", region_name=reference.region)
    where = {"registryId": reference.account, "repositoryName": reference.repository}
    arn = f"arn:aws:ecr:{reference.region}:{reference.account}:repository/{reference.repository}"
    found = _manifest(task, image, reference, client, identity, where, arn)
    manifest = str(found["imageManifest"])
    try:
        blobs = {
            digest: _blob(task, image, digest, client, identity, where, arn)
            for digest in oci_image.blobs_of(manifest)
        }
        config = oci_image.unpack(manifest, blobs, into)
    except oci_image.ImageError as error:
        raise stopped_reasons.bad_image(error) from error
    return PulledImage(str(found["imageId"]["imageDigest"]), config)


def _manifest(
    task: Task,
    image: str,
    reference: ImageReference,
    client: Any,
    identity: Identity,
    where: dict[str, Any],
    arn: str,
) -> dict[str, Any]:
    try:
        answer = agent_call.make(
            task,
            identity,
            _PULL,
            client,
            "batch_get_image",
            arn,
            **where,
            imageIds=[reference.image_id],
            acceptedMediaTypes=[oci_image.MANIFEST_TYPE],
        )
    except ClientError as error:
        raise stopped_reasons.no_manifest(image, error) from error
    if not answer["images"]:
        raise stopped_reasons.no_image(image)
    found: dict[str, Any] = answer["images"][0]
    return found


def _blob(
    task: Task,
    image: str,
    digest: str,
    client: Any,
    identity: Identity,
    where: dict[str, Any],
    arn: str,
) -> bytes:
    from rolelab.sandbox.fixes.ecr_layers import layer

    try:
        agent_call.make(
            task,
            identity,
            _PULL,
            client,
            "get_download_url_for_layer",
            arn,
            **where,
            layerDigest=digest,
        )
    except ClientError as error:
        raise stopped_reasons.no_layer(image, digest) from error
    # What the URL leads to is taken from where ECR keeps it: a request less for each layer.
    return layer(where["registryId"], client.meta.region_name, digest)
