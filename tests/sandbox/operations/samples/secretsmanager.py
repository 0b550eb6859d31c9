"""Secrets Manager."""

from __future__ import annotations

from collections.abc import Iterator

from tests.sandbox.operations.samples.sample import ACCOUNT, NAME, TAGS, Clients, Sample

NEWER = "newer than this edition; the operation's page in the API Reference"


def prepare(aws: Clients) -> None:
    """One secret, under the AWS managed key."""
    aws("secretsmanager").create_secret(Name=NAME, SecretString="x", Tags=TAGS)


def _deviations() -> Iterator[tuple[tuple[str, str, str], str]]:
    for operation, action in (
        ("AssociateCrossAccountReplica", "secretsmanager:AcceptCrossAccountReplication"),
        ("AssociateCrossAccountReplica", "secretsmanager:AssociateCrossAccountReplica"),
        ("DisassociateCrossAccountReplica", "secretsmanager:DisassociateCrossAccountReplica"),
        ("ListResourcePolicies", "secretsmanager:ListResourcePolicies"),
    ):
        yield (operation, action, "action"), NEWER
    for operation, action in (
        ("BatchGetSecretValue", "kms:Decrypt"),
        ("GetSecretValue", "kms:Decrypt"),
        ("PutSecretValue", "kms:Decrypt"),
        ("PutSecretValue", "kms:GenerateDataKey"),
    ):
        alias = f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/aws/secretsmanager"
        yield (operation, action, f"resource {alias}"), "the AWS managed key is not made yet"
    yield (
        ("TagResource", "secretsmanager:TagResource", "aws:RequestTag/"),
        "the model lets a tag have no key, the service does not",
    )
    yield (
        ("ValidateResourcePolicy", "secretsmanager:ValidateResourcePolicy", "resource *"),
        "ValidateResourcePolicy: SecretId is optional",
    )


SAMPLE = Sample(
    prepare=prepare,
    texts={"RotationLambdaARN": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{NAME}"},
    deviations=dict(_deviations()),
)
