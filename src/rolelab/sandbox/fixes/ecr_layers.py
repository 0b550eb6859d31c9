"""Layers of images: their upload, and the URL from which they are downloaded.

A layer is checked and kept, so that whoever pulls an image gets the bytes that were pushed. AWS
keeps layers in buckets of its own and gives out presigned URLs; so does this account.

AWS pages: *InitiateLayerUpload*, *UploadLayerPart*, *CompleteLayerUpload*,
*GetDownloadUrlForLayer* (Amazon ECR API Reference); *Amazon ECR interface VPC endpoints*, "Minimum
Amazon S3 bucket permissions for Amazon ECR", for the name of the bucket.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, Response, Serve, fix
from rolelab.sandbox.fixes.ecr_lookup import digest_of, invalid, repository
from rolelab.sandbox.state import Store

MAXIMUM_PART = 20971520
"""Bytes. *UploadLayerPart*."""
URL_LIFETIME = 3600
"""Seconds."""
# Which account of AWS's owns the buckets, no page says.
_OWNER = "000000000000"
_SERVICE = "ecr.amazonaws.com"
_LOOPBACK = ("127.0.0.1", "localhost")

_layers: Store[dict[str, bytes]] = Store(dict)


def layer(account: str, region: str, digest: str) -> bytes:
    """Give the content of a layer that was pushed to a registry.

    Args:
        account: the registry's id.
        region: its Region.
        digest: the layer's digest, `sha256:...`.

    Raises:
        LookupError: no such layer was pushed.
    """
    content = _layers.of(account, region).get(digest)
    if content is None:
        raise LookupError(f"No layer {digest} in the registry {account} in {region}.")
    return content


def referenced(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Give the digests of what a manifest needs to be pushed: its configuration and its layers.

    Layers that lie elsewhere (`urls`) are not pushed.
    """
    config = manifest.get("config")
    parts = [config] if isinstance(config, Mapping) else []
    parts += [each for each in manifest.get("layers") or () if isinstance(each, Mapping)]
    for part in parts:
        if part.get("digest") and not part.get("urls"):
            yield str(part["digest"])


@fix("ecr", "UploadLayerPart")
def upload_layer_part(call: Call, response: Any, serve: Serve) -> Response:
    """moto does not compare the part with the bytes it says it has."""
    content = call.parameters.get("layerPartBlob") or b""
    size = int(call.parameters["partLastByte"]) - int(call.parameters["partFirstByte"]) + 1
    if len(content) > MAXIMUM_PART:
        raise invalid(
            "layerPartBlob", f"Member must have length less than or equal to {MAXIMUM_PART}"
        )
    if size != len(content):
        found = repository(call)
        raise ServiceError(
            "InvalidLayerPartException",
            "The layer part size is not valid, or the first byte specified is not consecutive to "
            "the last byte of a previous layer part upload.",
            registryId=found.registry_id,
            repositoryName=found.name,
            uploadId=call.parameters["uploadId"],
            lastValidByteReceived=_last_byte(found, str(call.parameters["uploadId"])),
        )
    return serve()


def _last_byte(found: Any, upload_id: str) -> int:
    upload = found.uploads.get(upload_id)
    return -1 if upload is None else int(upload.last_byte_received)


@fix("ecr", "CompleteLayerUpload")
def complete_layer_upload(call: Call, response: Any, serve: Serve) -> Response:
    """moto takes any digest for the layer's, and keeps nothing of the layer but its size."""
    found = repository(call)
    upload = found.uploads.get(str(call.parameters["uploadId"]))
    if upload is None:
        return serve()
    content = bytes(upload.layer_parts)
    if not content:
        raise ServiceError(
            "EmptyUploadException", "The specified layer upload does not contain any layer parts."
        )
    digest = digest_of(content)
    if digest not in call.parameters["layerDigests"]:
        raise ServiceError(
            "InvalidLayerException",
            "The layer digest calculation performed by Amazon ECR upon receipt of the image layer "
            "does not match the digest specified.",
        )
    if digest in found.layers:
        raise ServiceError(
            "LayerAlreadyExistsException",
            "The image layer already exists in the associated repository.",
        )
    served = serve()
    if served[0] == 200:
        _layers.of(found.registry_id, call.region)[digest] = content
    return served


@fix("ecr", "GetDownloadUrlForLayer")
def get_download_url_for_layer(call: Call, response: Any, serve: Serve) -> Answer:
    """moto lacks the operation. The URL works for an hour, for whoever has it."""
    found = repository(call)
    digest = str(call.parameters["layerDigest"])
    if digest not in found.layers:
        raise layers_not_found(found, [digest])
    manifests = (json.loads(image.image_manifest) for image in found.images)
    if not any(digest in referenced(manifest) for manifest in manifests):
        raise ServiceError(
            "LayerInaccessibleException",
            "The specified layer is not available because it is not associated with an image. "
            "Unassociated image layers may be cleaned up at any time.",
        )
    content = layer(found.registry_id, call.region, digest)
    return Answer(downloadUrl=_url(call, found, digest, content), layerDigest=digest)


def layers_not_found(found: Any, digests: list[str]) -> ServiceError:
    """The error for layers that a repository does not have."""
    return ServiceError(
        "LayersNotFoundException",
        f"Layers with digests '[{', '.join(digests)}]' required for pushing image into repository "
        f"with name '{found.name}' in the registry with id '{found.registry_id}' do not exist",
    )


def _url(call: Call, found: Any, digest: str, content: bytes) -> str:
    """Put the layer into ECR's own bucket, and presign a GET of it in ECR's name.

    Who came through the loopback endpoint is sent there again: no other address answers.
    """
    from botocore.config import Config

    from rolelab.sandbox.service_calls import as_service

    bucket = f"prod-{call.region}-starport-layer-bucket"
    key = f"{found.registry_id}/{found.name}/{digest}"
    _keep(call, bucket, key, content)
    host = call.headers.get("host", "")
    here = host.partition(":")[0] in _LOOPBACK
    scheme = "https" if call.context.get("aws:SecureTransport") == "true" else "http"
    client = as_service(_SERVICE, source_account=_OWNER, region=call.region).client(
        "s3",
        endpoint_url=f"{scheme}://{host}" if here else None,
        config=Config(
            signature_version="s3v4", s3={"addressing_style": "path" if here else "virtual"}
        ),
    )
    return str(
        client.generate_presigned_url(
            "get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=URL_LIFETIME
        )
    )


def _keep(call: Call, bucket: str, key: str, content: bytes) -> None:
    from moto.s3.models import s3_backends

    buckets = s3_backends[_OWNER][call.partition]
    if bucket not in buckets.buckets:
        buckets.create_bucket(bucket, call.region)
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": _SERVICE},
            "Action": "s3:GetObject",
            "Resource": f"arn:{call.partition}:s3:::{bucket}/*",
        }
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        buckets.put_bucket_policy(bucket, json.dumps(policy).encode())
    buckets.put_object(bucket, key, content)
