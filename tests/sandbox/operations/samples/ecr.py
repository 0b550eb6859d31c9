"""Amazon ECR."""

from __future__ import annotations

from collections.abc import Iterator

from tests.sandbox.operations.samples.sample import ACCOUNT, NAME, REGION, TAGS, Clients, Sample

NEWER = "newer than this edition; the operation's page in the API Reference"
REPOSITORY = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{NAME}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/{NAME}"


def prepare(aws: Clients) -> dict[str, str]:
    """Two repositories, the second under a customer managed key."""
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    ecr = aws("ecr")
    ecr.create_repository(repositoryName=NAME, tags=TAGS)
    ecr.create_repository(
        repositoryName="encrypted", encryptionConfiguration={"encryptionType": "KMS", "kmsKey": key}
    )
    return {"kmsKey": key}


def _deviations() -> Iterator[tuple[tuple[str, str, str], str]]:
    for operation in (
        "DescribeReplicationBackfillResults",
        "ListImageReferrers",
        "ListReplicationBackfills",
        "StartReplicationBackfill",
        "StopReplicationBackfill",
    ):
        yield (operation, f"ecr:{operation}", "action"), NEWER


SAMPLE = Sample(
    prepare=prepare,
    texts={
        "customRoleArn": ROLE,
        "encryptionType": "KMS",
        "registryId": ACCOUNT,
        "resourceArn": REPOSITORY,
    },
    variants={"DeleteRepository": ({"repositoryName": "encrypted"},)},
    deviations=dict(_deviations()),
)
