"""Repositories and images as requests to Amazon ECR name them, and what ECR says without them.

AWS pages: "Errors" of each operation in the Amazon ECR API Reference. Codes are from there; where
the sentence that ECR answers is not known, it is the one with which the page explains the code.
"""

from __future__ import annotations

import hashlib
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.resource_policies import backend


def registry_of(call: Call) -> str:
    """The account whose registry a call is about."""
    return str(call.parameters.get("registryId") or call.account)


def repository(call: Call) -> Any:
    """Find the repository that a call names.

    Raises:
        ServiceError: RepositoryNotFoundException.
    """
    name, registry = str(call.parameters["repositoryName"]), registry_of(call)
    found = stored(registry, call.region, name)
    if found is None:
        raise ServiceError(
            "RepositoryNotFoundException",
            f"The repository with name '{name}' does not exist in the registry with id "
            f"'{registry}'",
        )
    return found


def stored(registry: str, region: str, name: str) -> Any | None:
    """Find a repository of a registry by its name."""
    known = backend("ecr", registry, region)
    return None if known is None else known.repositories.get(name)


def invalid(parameter: str, reason: str) -> ServiceError:
    """InvalidParameterException in ECR's form."""
    return ServiceError(
        "InvalidParameterException",
        f"Invalid parameter at '{parameter}' failed to satisfy constraint: '{reason}'",
    )


def digest_of(content: bytes) -> str:
    """The digest of a layer or of a manifest: the hash of its bytes."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def find_image(found: Any, *, tag: str | None = None, digest: str | None = None) -> Any | None:
    """Find an image in a repository by its tag, its digest, or both."""
    if tag is None and digest is None:
        return None
    return next(
        (
            image
            for image in found.images
            if (tag is None or tag in image.image_tags)
            and (digest is None or image.image_digest == digest)
        ),
        None,
    )
