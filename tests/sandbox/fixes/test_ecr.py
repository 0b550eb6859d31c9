"""Amazon ECR: pushing, pulling, tags, digests, tokens, and who may read a layer's URL.

AWS pages: the operations' pages in the Amazon ECR API Reference; *Preventing image tags from being
overwritten in Amazon ECR*; *Encryption at rest*.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import pytest
import requests

from rolelab.sandbox.fixes.ecr_images import image
from rolelab.sandbox.fixes.ecr_layers import layer

if TYPE_CHECKING:
    from rolelab.sandbox.account import Sandbox

ACCOUNT, REGION, OTHER = "123456789012", "us-east-1", "111122223333"
CONTENT, CONFIG = b"the content of a layer", b"{}"
Refused = Callable[..., tuple[str, str]]


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def manifest(*layers: bytes, note: str = "") -> str:
    media = "application/vnd.docker.distribution.manifest.v2+json"
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": media,
            "config": {"digest": digest(CONFIG), "size": len(CONFIG)},
            "layers": [{"digest": digest(each), "size": len(each)} for each in layers],
            "note": note,
        }
    )


def push_layer(ecr: Any, content: bytes, repository: str = "web") -> str:
    upload = ecr.initiate_layer_upload(repositoryName=repository)["uploadId"]
    middle = len(content) // 2
    for first, last in ((0, middle), (middle, len(content))):
        ecr.upload_layer_part(
            repositoryName=repository,
            uploadId=upload,
            partFirstByte=first,
            partLastByte=last - 1,
            layerPartBlob=content[first:last],
        )
    done = ecr.complete_layer_upload(
        repositoryName=repository, uploadId=upload, layerDigests=[digest(content)]
    )
    made: str = done["layerDigest"]
    return made


def push(ecr: Any, tag: str | None = "latest", note: str = "", **given: Any) -> dict[str, Any]:
    tagged = {} if tag is None else {"imageTag": tag}
    text = manifest(CONTENT, note=note)
    answer = ecr.put_image(repositoryName="web", imageManifest=text, **tagged, **given)
    pushed: dict[str, Any] = answer["image"]
    return pushed


@pytest.fixture
def ecr(sandbox: Sandbox) -> Any:
    """A client, and a repository `web` with two layers in it."""
    client = boto3.client("ecr")
    client.create_repository(repositoryName="web")
    for content in (CONTENT, CONFIG):
        push_layer(client, content)
    return client


def tags_of(ecr: Any) -> dict[str, list[str]]:
    details = ecr.describe_images(repositoryName="web")["imageDetails"]
    return {each["imageDigest"]: each.get("imageTags", []) for each in details}


# Tokens.


def test_a_token_is_a_user_name_and_a_password_for_twelve_hours(ecr: Any) -> None:
    (data,) = ecr.get_authorization_token()["authorizationData"]
    user, _, password = base64.b64decode(data["authorizationToken"]).decode().partition(":")
    assert user == "AWS"
    assert password
    left = data["expiresAt"] - datetime.now(UTC)
    assert timedelta(hours=11, minutes=59) < left <= timedelta(hours=12)
    assert data["proxyEndpoint"] == f"https://{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
    (other,) = ecr.get_authorization_token()["authorizationData"]
    assert other["authorizationToken"] != data["authorizationToken"]


# Layers.


def test_a_pushed_layer_is_there_and_keeps_its_bytes(ecr: Any) -> None:
    wanted = [digest(CONTENT), digest(b"never pushed")]
    answer = ecr.batch_check_layer_availability(repositoryName="web", layerDigests=wanted)
    assert [each["layerDigest"] for each in answer["layers"]] == wanted[:1]
    assert answer["layers"][0]["layerSize"] == len(CONTENT)
    assert answer["failures"][0]["failureCode"] == "MissingLayerDigest"
    assert layer(ACCOUNT, REGION, digest(CONTENT)) == CONTENT
    with pytest.raises(LookupError):
        layer(ACCOUNT, REGION, digest(b"never pushed"))


def test_a_layer_with_another_digest_is_refused(ecr: Any, refused: Refused) -> None:
    upload = ecr.initiate_layer_upload(repositoryName="web")["uploadId"]
    part = {"repositoryName": "web", "uploadId": upload}
    ecr.upload_layer_part(**part, partFirstByte=0, partLastByte=2, layerPartBlob=b"abc")
    code, _ = refused(ecr.complete_layer_upload, **part, layerDigests=[digest(b"abd")])
    assert code == "InvalidLayerException"
    ecr.complete_layer_upload(**part, layerDigests=[digest(b"abc")])


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ({"partFirstByte": 1, "partLastByte": 3}, "InvalidLayerPartException"),
        ({"partFirstByte": 0, "partLastByte": 5}, "InvalidLayerPartException"),
    ],
    ids=["a part follows the part before it", "a part has as many bytes as it says"],
)
def test_a_part_that_does_not_fit_is_refused(
    ecr: Any, refused: Refused, part: dict[str, int], code: str
) -> None:
    upload = ecr.initiate_layer_upload(repositoryName="web")["uploadId"]
    given = {"repositoryName": "web", "uploadId": upload, "layerPartBlob": b"abc", **part}
    assert refused(ecr.upload_layer_part, **given)[0] == code


def test_an_upload_needs_a_part_and_a_layer_is_pushed_once(ecr: Any, refused: Refused) -> None:
    upload = ecr.initiate_layer_upload(repositoryName="web")["uploadId"]
    given = {"repositoryName": "web", "uploadId": upload, "layerDigests": [digest(CONTENT)]}
    assert refused(ecr.complete_layer_upload, **given)[0] == "EmptyUploadException"
    ecr.upload_layer_part(
        repositoryName="web",
        uploadId=upload,
        partFirstByte=0,
        partLastByte=len(CONTENT) - 1,
        layerPartBlob=CONTENT,
    )
    assert refused(ecr.complete_layer_upload, **given)[0] == "LayerAlreadyExistsException"


def test_the_download_url_gives_the_layer(ecr: Any) -> None:
    push(ecr)
    url = ecr.get_download_url_for_layer(repositoryName="web", layerDigest=digest(CONTENT))
    host = urlsplit(url["downloadUrl"]).hostname or ""
    assert host.startswith(f"prod-{REGION}-starport-layer-bucket.s3.")
    assert requests.get(url["downloadUrl"], timeout=10).content == CONTENT
    forged = url["downloadUrl"].replace("X-Amz-Expires=3600", "X-Amz-Expires=3601")
    assert requests.get(forged, timeout=10).status_code == 403


def test_another_process_downloads_a_layer_through_the_endpoint(ecr: Any, sandbox: Sandbox) -> None:
    push(ecr)
    program = (
        "import boto3, sys, urllib.request\n"
        "ecr = boto3.client('ecr')\n"
        "url = ecr.get_download_url_for_layer(repositoryName='web', layerDigest=sys.argv[1])\n"
        "sys.stdout.buffer.write(urllib.request.urlopen(url['downloadUrl']).read())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, digest(CONTENT)],
        check=False,
        env=sandbox.environment(),
        capture_output=True,
        timeout=60,
    )
    assert done.stdout == CONTENT, done.stderr.decode()


def test_a_layer_without_an_image_has_no_url(ecr: Any, refused: Refused) -> None:
    given = {"repositoryName": "web", "layerDigest": digest(CONTENT)}
    code, _ = refused(ecr.get_download_url_for_layer, **given)
    assert code == "LayerInaccessibleException"
    given["layerDigest"] = digest(b"never pushed")
    assert refused(ecr.get_download_url_for_layer, **given)[0] == "LayersNotFoundException"


# Images.


def test_the_digest_is_the_hash_of_the_manifest(ecr: Any) -> None:
    pushed = push(ecr)
    text = manifest(CONTENT)
    assert pushed["imageId"] == {"imageDigest": digest(text.encode()), "imageTag": "latest"}
    for reference in ("latest", digest(text.encode())):
        assert image(ACCOUNT, REGION, "web", reference) == text
    with pytest.raises(LookupError):
        image(ACCOUNT, REGION, "web", "v2")


@pytest.mark.parametrize(
    ("named", "answered"),
    [
        ({"imageTag": "v1"}, {"imageTag": "v1"}),
        ({"imageTag": "latest"}, {"imageTag": "latest"}),
        ({}, {}),
    ],
    ids=["by one tag", "by the other", "by digest"],
)
def test_an_image_answers_by_the_name_it_was_asked_for(
    ecr: Any, named: dict[str, str], answered: dict[str, str]
) -> None:
    own = {"imageDigest": push(ecr, "v1")["imageId"]["imageDigest"]}
    push(ecr, "latest")
    (got,) = ecr.batch_get_image(repositoryName="web", imageIds=[named or own])["images"]
    assert got["imageId"] == {**answered, **own}
    assert got["imageManifest"] == manifest(CONTENT)


def test_a_missing_image_is_a_failure_of_the_batch(ecr: Any) -> None:
    push(ecr)
    wanted = [{"imageTag": "latest"}, {"imageTag": "v9"}]
    answer = ecr.batch_get_image(repositoryName="web", imageIds=wanted)
    assert [each["imageId"]["imageTag"] for each in answer["images"]] == ["latest"]
    assert answer["failures"] == [
        {
            "imageId": {"imageTag": "v9"},
            "failureCode": "ImageNotFound",
            "failureReason": "Requested image not found",
        }
    ]


def test_an_image_whose_tag_moves_on_stays_without_a_tag(ecr: Any) -> None:
    first = push(ecr, note="one")["imageId"]["imageDigest"]
    second = push(ecr, note="two")["imageId"]["imageDigest"]
    assert tags_of(ecr) == {first: [], second: ["latest"]}


REFUSED_IMAGES: dict[str, tuple[dict[str, Any], str]] = {
    "the same image with the same tag": ({}, "ImageAlreadyExistsException"),
    "layers that were not pushed": (
        {"imageManifest": manifest(b"never pushed")},
        "LayersNotFoundException",
    ),
    "images that a list names and nobody pushed": (
        {
            "imageManifest": json.dumps(
                {"mediaType": "x", "manifests": [{"digest": digest(b"other")}]}
            )
        },
        "ReferencedImagesNotFoundException",
    ),
    "another digest than the manifest's": (
        {"imageDigest": digest(b"other"), "imageTag": "v2"},
        "ImageDigestDoesNotMatchException",
    ),
    "text that is no JSON": ({"imageManifest": "{"}, "InvalidParameterException"),
    "no media type": ({"imageManifest": "{}"}, "InvalidParameterException"),
    "a repository that is not there": (
        {"repositoryName": "other"},
        "RepositoryNotFoundException",
    ),
}


@pytest.mark.parametrize(("changed", "code"), REFUSED_IMAGES.values(), ids=list(REFUSED_IMAGES))
def test_an_image_is_refused(
    ecr: Any, refused: Refused, changed: dict[str, Any], code: str
) -> None:
    push(ecr)
    given = {"repositoryName": "web", "imageManifest": manifest(CONTENT), "imageTag": "latest"}
    assert refused(ecr.put_image, **{**given, **changed})[0] == code


@pytest.mark.parametrize(
    ("mutability", "filters", "tag", "moves"),
    [
        ("MUTABLE", [], "latest", True),
        ("IMMUTABLE", [], "latest", False),
        ("IMMUTABLE_WITH_EXCLUSION", ["dev-*"], "dev-1", True),
        ("IMMUTABLE_WITH_EXCLUSION", ["dev-*"], "v1", False),
        ("MUTABLE_WITH_EXCLUSION", ["v*"], "v1", False),
        ("MUTABLE_WITH_EXCLUSION", ["v*"], "dev", True),
    ],
)
def test_whether_a_tag_may_move(
    ecr: Any, refused: Refused, mutability: str, filters: list[str], tag: str, moves: bool
) -> None:
    given: dict[str, Any] = {"imageTagMutability": mutability}
    if filters:
        given["imageTagMutabilityExclusionFilters"] = [
            {"filterType": "WILDCARD", "filter": each} for each in filters
        ]
    ecr.put_image_tag_mutability(repositoryName="web", **given)
    push(ecr, tag, "one")
    if moves:
        push(ecr, tag, "two")
        return
    with pytest.raises(ecr.exceptions.ImageTagAlreadyExistsException) as caught:
        push(ecr, tag, "two")
    assert caught.value.response["Error"]["Message"] == (
        f"The image tag '{tag}' already exists in the 'web' repository and cannot be overwritten "
        "because the tag is immutable."
    )


# Repositories.


def test_a_repository_with_images_goes_by_force_alone(ecr: Any, refused: Refused) -> None:
    push(ecr)
    assert refused(ecr.delete_repository, repositoryName="web") == (
        "RepositoryNotEmptyException",
        f"The repository with name 'web' in registry with id '{ACCOUNT}' cannot be deleted because "
        "it still contains images",
    )
    ecr.delete_repository(repositoryName="web", force=True)
    assert refused(ecr.describe_images, repositoryName="web") == (
        "RepositoryNotFoundException",
        f"The repository with name 'web' does not exist in the registry with id '{ACCOUNT}'",
    )


def test_the_aws_managed_key_is_made_with_the_first_repository_that_needs_it(ecr: Any) -> None:
    given = {"encryptionType": "KMS"}
    made = ecr.create_repository(repositoryName="one", encryptionConfiguration=given)
    again = ecr.create_repository(repositoryName="two", encryptionConfiguration=given)
    named = [each["repository"]["encryptionConfiguration"]["kmsKey"] for each in (made, again)]
    aliases = boto3.client("kms").list_aliases()["Aliases"]
    (own,) = (each["TargetKeyId"] for each in aliases if each["AliasName"] == "alias/aws/ecr")
    assert named == [f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{own}"] * 2
    ecr.delete_repository(repositoryName="one")


def test_a_customer_managed_key_is_told_by_its_arn(ecr: Any) -> None:
    kms = boto3.client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/images", TargetKeyId=key["KeyId"])
    given = {"encryptionType": "KMS", "kmsKey": "alias/images"}
    made = ecr.create_repository(repositoryName="one", encryptionConfiguration=given)
    assert made["repository"]["encryptionConfiguration"]["kmsKey"] == key["Arn"]


# Repository policies.


def statement(**elements: Any) -> dict[str, Any]:
    own = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    return {"Effect": "Allow", "Principal": own, "Action": "ecr:BatchGetImage", **elements}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


NOT_VALID = "Invalid repository policy provided"
REFUSED_POLICIES = {
    "a Resource": (policy(statement(Resource="*")), NOT_VALID),
    "no Principal": (
        policy({"Effect": "Allow", "Action": "ecr:BatchGetImage"}),
        NOT_VALID,
    ),
    "an action of another service": (policy(statement(Action="s3:GetObject")), NOT_VALID),
    "text that is no JSON": ("{", NOT_VALID),
    "an operator that does not exist": (
        policy(statement(Condition={"StringIs": {"aws:username": "x"}})),
        NOT_VALID,
    ),
    "a role that does not exist": (
        policy(statement(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/nobody"})),
        "Principal not found",
    ),
}


@pytest.mark.parametrize(("text", "why"), REFUSED_POLICIES.values(), ids=list(REFUSED_POLICIES))
def test_a_repository_policy_is_refused(ecr: Any, refused: Refused, text: str, why: str) -> None:
    assert refused(ecr.set_repository_policy, repositoryName="web", policyText=text) == (
        "InvalidParameterException",
        f"Invalid parameter at 'PolicyText' failed to satisfy constraint: '{why}'",
    )


def test_a_policy_that_locks_its_author_out_needs_force(ecr: Any, refused: Refused) -> None:
    given = {
        "repositoryName": "web",
        "policyText": policy(statement(Effect="Deny", Principal="*", Action="ecr:*")),
    }
    assert refused(ecr.set_repository_policy, **given)[0] == "InvalidParameterException"
    ecr.set_repository_policy(**given, force=True)
    assert refused(ecr.set_repository_policy, **given)[0] == "AccessDeniedException"


def test_another_account_pulls_with_both_policies(sandbox: Sandbox, ecr: Any) -> None:
    push(ecr)
    allowed = statement(
        Principal={"AWS": f"arn:aws:iam::{OTHER}:root"},
        Action=["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    )
    theirs = sandbox.admin(OTHER).client("ecr")
    given = {"registryId": ACCOUNT, "repositoryName": "web"}
    with pytest.raises(theirs.exceptions.ClientError, match="no resource-based policy allows"):
        theirs.batch_get_image(**given, imageIds=[{"imageTag": "latest"}])
    ecr.set_repository_policy(repositoryName="web", policyText=policy(allowed))
    (got,) = theirs.batch_get_image(**given, imageIds=[{"imageTag": "latest"}])["images"]
    assert got["registryId"] == ACCOUNT
    url = theirs.get_download_url_for_layer(**given, layerDigest=digest(CONTENT))
    assert requests.get(url["downloadUrl"], timeout=10).content == CONTENT
