"""IAM Access Analyzer."""

from __future__ import annotations

from rolelab.sandbox.access_analyzer.analyzers import ANALYZERS, Analyzer
from tests.sandbox.operations.samples.sample import ACCOUNT, NAME, REGION, Clients, Sample

ARN = f"arn:aws:access-analyzer:{REGION}:{ACCOUNT}:analyzer/{NAME}"
POLICY = '{"Version":"2012-10-17","Statement":[]}'


def prepare(aws: Clients) -> None:
    """One analyzer with a tag. moto has none, so it is put into the account's memory."""
    made = Analyzer(ARN, NAME, "ACCOUNT", ACCOUNT, REGION, {"team": "shop"})
    ANALYZERS.of(ACCOUNT, REGION)[NAME] = made


SAMPLE = Sample(
    prepare=prepare,
    texts={
        "analyzerArn": ARN,
        "analyzerName": NAME,
        "resourceArn": ARN,
        "tags": {"team": "shop"},
        "tagKeys": ["team"],
        "policyDocument": POLICY,
        "newPolicyDocument": POLICY,
        "existingPolicyDocument": POLICY,
    },
    # Analyzers that other services make.
    complete=False,
)
