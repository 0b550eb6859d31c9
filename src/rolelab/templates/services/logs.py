"""CloudWatch Logs: log groups, without what was logged."""

from __future__ import annotations

from typing import Any

from rolelab.templates.account_reading import Account
from rolelab.templates.found import Findings, Found, Identifier, LeftOut, counted, given
from rolelab.templates.services.tags import tags

_FURTHER = (
    ("metric filter", "describe_metric_filters", "metricFilters"),
    ("subscription filter", "describe_subscription_filters", "subscriptionFilters"),
)


def read(account: Account) -> Findings:
    """Give the log groups of the account. Page: *AWS::Logs::LogGroup*."""
    for group in account.pages("logs", "describe_log_groups", "logGroups"):
        name = group["logGroupName"]
        arn = account.arn("logs", f"log-group:{name}")
        yield Found(
            "AWS::Logs::LogGroup",
            name,
            arn,
            name,
            _properties(account, group, arn),
            (Identifier(f"{arn}:*", "Arn"), *([Identifier(name)] if "/" in name else ())),
            keeps_data=True,
            lasting_name=True,
        )
        for what, operation, member in _FURTHER:
            listed = account.pages("logs", operation, member, logGroupName=name)
            if listed:
                yield LeftOut(
                    f"log group {name}: {counted(len(listed), what)}", "not exported; add by hand"
                )
    for policy in account.pages("logs", "describe_resource_policies", "resourcePolicies"):
        yield LeftOut(
            f"resource policy {policy['policyName']} of CloudWatch Logs",
            "not exported; add AWS::Logs::ResourcePolicy",
        )


def _properties(account: Account, group: dict[str, Any], arn: str) -> dict[str, Any]:
    kind = group.get("logGroupClass")
    return given(
        LogGroupName=group["logGroupName"],
        RetentionInDays=group.get("retentionInDays"),
        LogGroupClass=None if kind == "STANDARD" else kind,
        KmsKeyId=group.get("kmsKeyId"),
        Tags=tags(account.client("logs").list_tags_for_resource(resourceArn=arn)["tags"]),
    )
