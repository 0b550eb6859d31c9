"""KMS."""

from __future__ import annotations

from collections.abc import Iterator

from tests.sandbox.operations.samples.sample import Clients, Sample

NEWER = "newer than this edition; the operation's page in the API Reference"


def prepare(aws: Clients) -> None:
    """One key, under an alias."""
    kms = aws("kms")
    key = kms.create_key(Tags=[{"TagKey": "team", "TagValue": "shop"}])["KeyMetadata"]
    kms.create_alias(AliasName="alias/sample", TargetKeyId=key["KeyId"])


def _deviations() -> Iterator[tuple[tuple[str, str, str], str]]:
    for operation in ("Decapsulate", "Encapsulate", "GetKeyLastUsage"):
        yield (operation, f"kms:{operation}", "action"), NEWER
    for operation, action in (
        ("Decrypt", "kms:Decrypt"),
        ("ReEncrypt", "kms:ReEncryptFrom"),
        ("RetireGrant", "kms:RetireGrant"),
    ):
        yield (operation, action, "resource *"), "the sample's ciphertext or grant names no key"


SAMPLE = Sample(
    prepare=prepare,
    texts={
        "AliasName": "alias/sample",
        "DestinationKeyId": "alias/sample",
        "KeyId": "alias/sample",
        "SourceKeyId": "alias/sample",
        "TargetKeyId": "alias/sample",
    },
    deviations=dict(_deviations()),
)
