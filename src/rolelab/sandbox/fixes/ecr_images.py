"""Images: their digests, tags and manifests.

AWS pages: *PutImage*, *BatchGetImage* (Amazon ECR API Reference); *Preventing image tags from being
overwritten in Amazon ECR*, *Container image manifest format support in Amazon ECR* (Amazon ECR User
Guide).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, Serve, fix
from rolelab.sandbox.fixes.ecr_layers import layers_not_found, referenced
from rolelab.sandbox.fixes.ecr_lookup import digest_of, find_image, invalid, repository, stored


def image(account: str, region: str, repository_name: str, reference: str) -> str:
    """Give the manifest of an image, as it was pushed.

    Args:
        account: the registry's id.
        region: its Region.
        repository_name: the repository.
        reference: a tag, or a digest (`sha256:...`).

    Raises:
        LookupError: there is no such repository, or no such image in it.
    """
    found = stored(account, region, repository_name)
    kind = "digest" if reference.startswith("sha256:") else "tag"
    known = None if found is None else find_image(found, **{kind: reference})
    if known is None:
        raise LookupError(f"No image {repository_name}:{reference} in the registry {account}.")
    return str(known.image_manifest)


@fix("ecr", "PutImage")
def put_image(call: Call, response: Any, serve: Serve) -> Answer:
    """moto hashes the names of the layers, asks for no layer, and drops an image with its last tag.

    An image whose tag another one takes stays in the repository, without a tag.
    """
    found = repository(call)
    text = str(call.parameters["imageManifest"])
    manifest = _read(text)
    media_type = call.parameters.get("imageManifestMediaType") or manifest.get("mediaType")
    if not media_type:
        raise ServiceError(
            "InvalidParameterException",
            "image manifest mediatype not provided in manifest or parameter",
        )
    digest = digest_of(text.encode())
    _check_digest(call, digest)
    tag = call.parameters.get("imageTag")
    _check_tag(found, tag, digest)
    _check_parts(found, manifest)
    pushed = find_image(found, digest=digest)
    if pushed is None:
        pushed = _new(call, found, text, str(media_type), digest)
    if tag is not None:
        _move(found, str(tag), pushed)
    return Answer(image=_described(found, pushed, tag))


def _read(text: str) -> Mapping[str, Any]:
    try:
        manifest = json.loads(text)
    except ValueError as error:
        raise invalid("ImageManifest", "Invalid JSON syntax") from error
    if not isinstance(manifest, Mapping):
        raise invalid("ImageManifest", "Invalid JSON syntax")
    return manifest


def _check_digest(call: Call, digest: str) -> None:
    given = call.parameters.get("imageDigest")
    if given is not None and given != digest:
        raise ServiceError(
            "ImageDigestDoesNotMatchException",
            "The specified image digest does not match the digest that Amazon ECR calculated for "
            "the image.",
        )


def _check_tag(found: Any, tag: str | None, digest: str) -> None:
    """A tag that may not move stays; the same image under the same tag is nothing new."""
    holder = find_image(found, tag=tag) if tag is not None else find_image(found, digest=digest)
    if holder is None:
        return
    if tag is not None and _is_immutable(found, tag):
        raise ServiceError(
            "ImageTagAlreadyExistsException",
            f"The image tag '{tag}' already exists in the '{found.name}' repository and cannot be "
            "overwritten because the tag is immutable.",
        )
    if holder.image_digest == digest:
        raise ServiceError(
            "ImageAlreadyExistsException",
            f"Image with digest '{digest}' and tag '{tag}' already exists in the repository with "
            f"name '{found.name}' in registry with id '{found.registry_id}'",
        )


def _is_immutable(found: Any, tag: str) -> bool:
    """Exclusion filters turn the repository's setting around for the tags they match."""
    immutable = str(found.image_tag_mutability).rpartition(".")[2].startswith("IMMUTABLE")
    filters = found.image_tag_mutability_exclusion_filters or ()
    return immutable != any(fnmatchcase(tag, each["filter"]) for each in filters)


def _check_parts(found: Any, manifest: Mapping[str, Any]) -> None:
    """Layers, or the images of a list, are pushed before the manifest that names them."""
    missing = [each for each in referenced(manifest) if each not in found.layers]
    if missing:
        raise layers_not_found(found, missing)
    images = [str(each.get("digest")) for each in manifest.get("manifests") or ()]
    absent = [each for each in images if find_image(found, digest=each) is None]
    if absent:
        raise ServiceError(
            "ReferencedImagesNotFoundException",
            f"Images with digests '[{', '.join(absent)}]' required for pushing image into "
            f"repository with name '{found.name}' in the registry with id "
            f"'{found.registry_id}' do not exist",
        )


def _new(call: Call, found: Any, text: str, media_type: str, digest: str) -> Any:
    from moto.ecr.models import Image

    made = Image(found.registry_id, None, text, found.name, media_type, digest)  # type: ignore[arg-type]
    found.images.append(made)
    return made


def _move(found: Any, tag: str, target: Any) -> None:
    for each in found.images:
        if each is not target and tag in each.image_tags:
            each.image_tags.remove(tag)
            each.image_tag = each.image_tags[-1] if each.image_tags else None
    target.update_tag(tag)


def _described(found: Any, image: Any, tag: str | None) -> dict[str, Any]:
    name = {"imageDigest": image.image_digest, "imageTag": tag}
    return {
        "registryId": found.registry_id,
        "repositoryName": found.name,
        "imageId": {member: value for member, value in name.items() if value is not None},
        "imageManifest": image.image_manifest,
        "imageManifestMediaType": image.image_manifest_media_type,
    }


@fix("ecr", "BatchGetImage")
def batch_get_image(call: Call, response: Any, serve: Serve) -> Answer:
    """moto answers with another tag than was asked for, and calls what is missing "null"."""
    found = repository(call)
    images, failures = [], []
    for named in call.parameters.get("imageIds") or ():
        tag, digest = named.get("imageTag"), named.get("imageDigest")
        known = find_image(found, tag=tag, digest=digest)
        if known is None:
            failures.append(_failure(named))
        else:
            images.append(_described(found, known, tag))
    return Answer(images=images, failures=failures)


def _failure(named: Mapping[str, Any]) -> dict[str, Any]:
    if not named:
        return {
            "imageId": {},
            "failureCode": "MissingDigestAndTag",
            "failureReason": "Invalid request parameters: both tag and digest cannot be null",
        }
    return {
        "imageId": dict(named),
        "failureCode": "ImageNotFound",
        "failureReason": "Requested image not found",
    }
