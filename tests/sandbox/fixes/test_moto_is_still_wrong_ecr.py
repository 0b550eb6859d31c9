"""Every fix of Amazon ECR is still needed: raw moto, without the gate, still answers wrongly.

A row that fails is good news: moto has become right, and the fix that the row names can go.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.usefixtures("raw_moto")

ABC = f"sha256:{hashlib.sha256(b'abc').hexdigest()}"
Wrong = Callable[[Any], bool]


@pytest.fixture
def ecr(raw_moto: None) -> Any:
    client = boto3.client("ecr")
    client.create_repository(repositoryName="web")
    return client


def manifest(note: str = "") -> str:
    layers = [{"digest": ABC, "size": 3}]
    return json.dumps({"mediaType": "x", "layers": layers, "note": note})


def put(ecr: Any, text: str, tag: str = "latest", **given: Any) -> dict[str, Any]:
    answer = ecr.put_image(repositoryName="web", imageManifest=text, imageTag=tag, **given)
    image: dict[str, Any] = answer["image"]
    return image


def code_of(operation: Callable[..., Any], **given: Any) -> str:
    """The code of moto's refusal; empty if there is none."""
    try:
        operation(**given)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    except NotImplementedError:
        return "not implemented"
    return ""


def upload(ecr: Any, content: bytes, last: int) -> str:
    made: str = ecr.initiate_layer_upload(repositoryName="web")["uploadId"]
    ecr.upload_layer_part(
        repositoryName="web",
        uploadId=made,
        partFirstByte=0,
        partLastByte=last,
        layerPartBlob=content,
    )
    return made


def completed(ecr: Any, upload_id: str, digest: str) -> str:
    return code_of(
        ecr.complete_layer_upload,
        repositoryName="web",
        uploadId=upload_id,
        layerDigests=[digest],
    )


def completed_twice(ecr: Any) -> bool:
    return all(completed(ecr, upload(ecr, b"abc", 2), ABC) == "" for _ in range(2))


def without_parts(ecr: Any) -> bool:
    made = ecr.initiate_layer_upload(repositoryName="web")["uploadId"]
    return completed(ecr, made, ABC) == ""


def token(ecr: Any) -> dict[str, Any]:
    (data,) = ecr.get_authorization_token()["authorizationData"]
    found: dict[str, Any] = data
    return found


def moved_on(ecr: Any) -> bool:
    put(ecr, manifest("one"))
    put(ecr, manifest("two"))
    return len(ecr.describe_images(repositoryName="web")["imageDetails"]) == 1


def immutable(ecr: Any) -> bool:
    ecr.put_image_tag_mutability(repositoryName="web", imageTagMutability="IMMUTABLE")
    put(ecr, manifest("one"))
    given = {"repositoryName": "web", "imageManifest": manifest("two"), "imageTag": "latest"}
    return code_of(ecr.put_image, **given) != "ImageTagAlreadyExistsException"


def asked_by_tag(ecr: Any) -> bool:
    for tag in ("v1", "v2"):
        put(ecr, manifest(), tag)
    (got,) = ecr.batch_get_image(repositoryName="web", imageIds=[{"imageTag": "v1"}])["images"]
    return got["imageId"]["imageTag"] != "v1"


def missing_by_digest(ecr: Any) -> bool:
    answer = ecr.batch_get_image(repositoryName="web", imageIds=[{"imageDigest": ABC}])
    return answer["failures"][0]["imageId"] != {"imageDigest": ABC}


def policy_taken(**elements: Any) -> Wrong:
    def taken(ecr: Any) -> bool:
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:role/nobody"},
            "Action": "ecr:BatchGetImage",
            **elements,
        }
        text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        return code_of(ecr.set_repository_policy, repositoryName="web", policyText=text) == ""

    return taken


def made_up_key(ecr: Any) -> bool:
    given = {"encryptionType": "KMS"}
    ecr.create_repository(repositoryName="secret", encryptionConfiguration=given)
    aliases = boto3.client("kms").list_aliases()["Aliases"]
    return not any(
        each["AliasName"] == "alias/aws/ecr" and "TargetKeyId" in each for each in aliases
    )


WRONG: dict[str, Wrong] = {
    "GetAuthorizationToken: the token has expired": lambda ecr: (
        token(ecr)["expiresAt"] < datetime.now(UTC)
    ),
    "GetAuthorizationToken: the same for everybody": lambda ecr: (
        base64.b64decode(token(ecr)["authorizationToken"]) == b"AWS:123456789012-auth-token"
    ),
    "CreateRepository: the AWS managed key is made up": made_up_key,
    "UploadLayerPart: fewer bytes than the part says": lambda ecr: bool(upload(ecr, b"abc", 9)),
    "CompleteLayerUpload: any digest": lambda ecr: (
        completed(ecr, upload(ecr, b"abd", 2), ABC) == ""
    ),
    "CompleteLayerUpload: no parts": without_parts,
    "CompleteLayerUpload: twice": completed_twice,
    "GetDownloadUrlForLayer": lambda ecr: (
        code_of(ecr.get_download_url_for_layer, repositoryName="web", layerDigest=ABC)
        not in ("", "LayersNotFoundException")
    ),
    "PutImage: the digest is not the manifest's": lambda ecr: (
        put(ecr, manifest())["imageId"]["imageDigest"]
        != f"sha256:{hashlib.sha256(manifest().encode()).hexdigest()}"
    ),
    "PutImage: layers that nobody pushed": lambda ecr: bool(put(ecr, manifest())),
    "PutImage: a digest that does not match": lambda ecr: bool(
        put(ecr, manifest(), imageDigest=f"sha256:{'0' * 64}")
    ),
    "PutImage: an image goes with its last tag": moved_on,
    "PutImage: another code for an immutable tag": immutable,
    "BatchGetImage: another tag than was asked for": asked_by_tag,
    "BatchGetImage: a missing digest": missing_by_digest,
    "SetRepositoryPolicy: a Resource": policy_taken(Principal="*", Resource="*"),
    "SetRepositoryPolicy: a role that does not exist": policy_taken(),
    "SetRepositoryPolicy: locks its author out": policy_taken(
        Effect="Deny", Principal="*", Action="ecr:*"
    ),
}


@pytest.mark.parametrize("is_wrong", WRONG.values(), ids=list(WRONG))
def test_moto_is_still_wrong(ecr: Any, is_wrong: Wrong) -> None:
    assert is_wrong(ecr)
