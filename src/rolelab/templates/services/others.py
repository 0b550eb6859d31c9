"""What is looked for only to say that it is not exported."""

from __future__ import annotations

from typing import NamedTuple

from rolelab.templates.account_reading import Account
from rolelab.templates.found import Findings, LeftOut


class _Other(NamedTuple):
    """What to list: the service, the method, where the answer has it, and its name there."""

    what: str
    service: str
    operation: str
    member: str
    name: str | None


_OTHERS = (
    _Other("Lambda function", "lambda", "list_functions", "Functions", "FunctionName"),
    _Other("SNS topic", "sns", "list_topics", "Topics", "TopicArn"),
    _Other("SQS queue", "sqs", "list_queues", "QueueUrls", None),
    _Other(
        "OIDC provider", "iam", "list_open_id_connect_providers", "OpenIDConnectProviderList", "Arn"
    ),
    _Other("SAML provider", "iam", "list_saml_providers", "SAMLProviderList", "Arn"),
)


def read(account: Account) -> Findings:
    """Name what the account holds of types that the export does not write."""
    for other in _OTHERS:
        for item in account.pages(other.service, other.operation, other.member):
            name = item if other.name is None else item[other.name]
            yield LeftOut(
                f"{other.what} {name}", "the export does not write this type; add it by hand"
            )
