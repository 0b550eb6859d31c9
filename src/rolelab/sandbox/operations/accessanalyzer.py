"""What the operations of IAM Access Analyzer ask.

Pages: *Actions, resources, and condition keys for AWS IAM Access Analyzer* (Service Authorization
Reference); *GetFindingV2* and *ListFindingsV2* (API Reference), which share their actions with the
first versions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.check import Value
from rolelab.sandbox.operations.row import Resource, Row, Table, resource_tag_context, tag_pairs
from rolelab.sandbox.resource_policies import owned_by_account_in_arn

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

PREFIX = "arn:{partition}:access-analyzer:{region}:{account}:analyzer/"
NAMED = PREFIX + "{analyzerName}"
RULE = NAMED + "/archive-rule/{ruleName}"


def _tags(call: Call, arn: str) -> Mapping[str, Value]:
    """The tags of an analyzer."""
    from rolelab.sandbox.access_analyzer.analyzers import by_arn

    found = by_arn(arn)
    return {} if found is None else resource_tag_context(tag_pairs(found.tags))


def _on(operation: str, resource: Resource, action: str = "", **columns: Any) -> Row:
    return Row(
        operation,
        f"access-analyzer:{action or operation}",
        resource,
        context=(_tags,),
        **columns,
    )


TABLE = Table(
    prefix="access-analyzer",
    attached=owned_by_account_in_arn,
    rows=(
        *(
            Row(operation, f"access-analyzer:{operation}")
            for operation in (
                "CancelPolicyGeneration",
                "CheckAccessNotGranted",
                "CheckNoNewAccess",
                "CheckNoPublicAccess",
                "GetGeneratedPolicy",
                "ListAnalyzers",
                "ListPolicyGenerations",
                "StartPolicyGeneration",
                "ValidatePolicy",
            )
        ),
        # The service-linked role is made by a call of its own: it asks for itself.
        Row("CreateAnalyzer", "access-analyzer:CreateAnalyzer", NAMED, request_tags="tags"),
        *(_on(operation, NAMED) for operation in ("DeleteAnalyzer", "GetAnalyzer")),
        *(_on(operation, NAMED) for operation in ("ListArchiveRules", "UpdateAnalyzer")),
        *(
            Row(operation, f"access-analyzer:{operation}", RULE)
            for operation in (
                "CreateArchiveRule",
                "DeleteArchiveRule",
                "GetArchiveRule",
                "UpdateArchiveRule",
            )
        ),
        *(
            _on(operation, "{analyzerArn}")
            for operation in (
                "ApplyArchiveRule",
                "CreateAccessPreview",
                "GenerateFindingRecommendation",
                "GetAccessPreview",
                "GetAnalyzedResource",
                "GetFinding",
                "GetFindingRecommendation",
                "GetFindingsStatistics",
                "ListAccessPreviewFindings",
                "ListAccessPreviews",
                "ListAnalyzedResources",
                "ListFindings",
                "StartResourceScan",
                "UpdateFindings",
            )
        ),
        _on("GetFindingV2", "{analyzerArn}", "GetFinding"),
        _on("ListFindingsV2", "{analyzerArn}", "ListFindings"),
        _on("ListTagsForResource", "{resourceArn}"),
        _on("TagResource", "{resourceArn}", request_tags="tags"),
        _on("UntagResource", "{resourceArn}", tag_keys="tagKeys"),
    ),
)
