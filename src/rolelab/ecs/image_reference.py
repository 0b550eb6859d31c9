"""The `image` of a container definition: registry, repository, tag or digest.

Page: *Container definition parameters*, "image"; *Amazon ECR private registry* (the registry's
address).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr(-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/"
)
_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_NAME = re.compile(
    rf"(?P<repository>{_PART}(?:/{_PART})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


@dataclass(frozen=True, slots=True)
class ImageReference:
    """An image in a private registry of Amazon ECR.

    Attributes:
        account: the account of the registry; None for the caller's own.
        region: its Region; None for the caller's own.
        repository: the repository's name.
        tag: the tag; `latest` if neither tag nor digest is given.
        digest: the digest, which decides if both are given.
    """

    account: str | None
    region: str | None
    repository: str
    tag: str
    digest: str | None = None

    @property
    def image_id(self) -> dict[str, str]:
        """The image as the ECR API names it."""
        return {"imageDigest": self.digest} if self.digest else {"imageTag": self.tag}


def in_ecr(image: str) -> ImageReference | None:
    """Read the image of a container definition.

    Returns:
        The reference; None for an image of another registry, such as Docker Hub.

    Raises:
        ValueError: the name is none that a registry can have.
    """
    registry = _ECR.match(image)
    if registry is None:
        return None
    return _reference(image, image[registry.end() :], registry["account"], registry["region"])


def in_own_registry(name: str) -> ImageReference:
    """Read `repository:tag`, without a registry or with one.

    Raises:
        ValueError: the name is none that a registry can have.
    """
    return in_ecr(name) or _reference(name, name, None, None)


def _reference(image: str, name: str, account: str | None, region: str | None) -> ImageReference:
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(
            f"{image!r} is no image name. It looks like repository:tag, in lower case; a "
            "registry's address may come before it."
        )
    return ImageReference(
        account, region, match["repository"], match["tag"] or "latest", match["digest"]
    )
