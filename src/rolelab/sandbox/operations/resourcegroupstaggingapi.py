"""What the operations of the Resource Groups Tagging API ask: on `*`, except where they tag.

To tag a resource is also to call the service it belongs to, whose own permission is asked as well.

Pages: *Actions, resources, and condition keys for Amazon Resource Group Tagging API* (Service
Authorization Reference); *TagResources*, *UntagResources* (Resource Groups Tagging API Reference):
"you must also have permission to tag/untag" the resource.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from rolelab.sandbox.operations.check import Check, Value
from rolelab.sandbox.operations.row import Derived, Row, Table, tag_context
from rolelab.sandbox.resource_policies import attached

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

# The service in an ARN -> its permissions to set and to take tags, where they are not
# `TagResource` and `UntagResource`.
_PERMISSIONS: Mapping[str, tuple[str, str]] = {
    "acm": ("AddTagsToCertificate", "RemoveTagsFromCertificate"),
    "cloudtrail": ("AddTags", "RemoveTags"),
    "ec2": ("CreateTags", "DeleteTags"),
    "elasticloadbalancing": ("AddTags", "RemoveTags"),
    "rds": ("AddTagsToResource", "RemoveTagsFromResource"),
    "s3": ("PutBucketTagging", "PutBucketTagging"),
    "sqs": ("TagQueue", "UntagQueue"),
    "ssm": ("AddTagsToResource", "RemoveTagsFromResource"),
}
_USUAL = ("TagResource", "UntagResource")


def _each(call: Call, place: int, context: Mapping[str, Value]) -> Iterable[Check]:
    for arn in call.parameters.get("ResourceARNList") or ():
        service = str(arn).split(":", 3)[2] if str(arn).count(":") >= 5 else ""
        if service:
            action = f"{service}:{_PERMISSIONS.get(service, _USUAL)[place]}"
            known = attached(str(arn))
            yield Check(action, str(arn), known.account, context, known.policy)


def _tags(call: Call) -> Iterable[Check]:
    return _each(call, 0, tag_context(call.parameters.get("Tags")))


def _untags(call: Call) -> Iterable[Check]:
    keys = [str(key) for key in call.parameters.get("TagKeys") or ()]
    return _each(call, 1, {"aws:TagKeys": keys} if keys else {})


TABLE = Table(
    prefix="tag",
    rows=(
        *(
            Row(operation, f"tag:{operation}")
            for operation in (
                "DescribeReportCreation",
                "GetComplianceSummary",
                "GetResources",
                "GetTagKeys",
                "GetTagValues",
                "ListRequiredTags",
                "StartReportCreation",
                "TagResources",
                "UntagResources",
            )
        ),
        Derived("TagResources", _tags),
        Derived("UntagResources", _untags),
    ),
)
