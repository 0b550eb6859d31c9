"""What the operations of Amazon ECR ask.

Pages: *Actions, resources, and condition keys for Amazon Elastic Container Registry* (Service
Authorization Reference); *Private repository policies* and *Encryption at rest* (Amazon ECR User
Guide); the operations' pages in the Amazon ECR API Reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from rolelab.sandbox.operations.check import Check, Value
from rolelab.sandbox.operations.key_use import key_use
from rolelab.sandbox.operations.kms_keys import key_arn
from rolelab.sandbox.operations.pass_role import pass_role
from rolelab.sandbox.operations.row import Derived, Row, Table, resource_tag_context, tag_pairs
from rolelab.sandbox.resource_policies import account_of, backend
from rolelab.sandbox.resource_policies.ecr import repository, repository_policy

if TYPE_CHECKING:
    from rolelab.iam import Document
    from rolelab.sandbox.call import Call

MANAGED_KEY = "alias/aws/ecr"
_KMS = ("KMS", "KMS_DSSE")


def _arn_of(name: str, call: Call) -> str:
    """Give the ARN of a repository, in the registry that the call names or else in the caller's."""
    registry = call.parameters.get("registryId") or call.account
    return f"arn:{call.partition}:ecr:{call.region}:{registry}:repository/{name}"


def _repository(call: Call) -> str:
    name = call.parameters.get("repositoryName")
    return _arn_of(str(name), call) if name else "*"


def _each_repository(call: Call) -> str:
    return _arn_of(str(call.parameters["each"]), call)


def _any_repository(call: Call) -> str:
    return _arn_of("*", call)


def _about_repository(call: Call, arn: str) -> Mapping[str, Value]:
    found = repository(arn)
    if found is None:
        return {}
    stored = backend("ecr", found.registry_id, found.region_name)
    tags = stored.tagger.list_tags_for_resource(found.arn) if stored else {}
    return resource_tag_context(tag_pairs(tags.get("tags")), "ecr:ResourceTag")


# KMS in the caller's name: Amazon ECR makes and retires grants on the key of a repository.
# Page: *Encryption at rest*, "Required IAM permissions".


def _through(
    call: Call, action: str, key: str, arn: str, encryption_context: Mapping[str, str] | None = None
) -> Check:
    region, owner = arn.split(":")[3:5]
    named = key_arn(key, (owner, call.account), region, call)
    return key_use(call, action, named, "ecr", region, encryption_context)


def _grants(call: Call, key: str, arn: str) -> Check:
    """Page: *Logging Amazon ECR actions with AWS CloudTrail*, "CreateGrant API action"."""
    asked = _through(call, "kms:CreateGrant", key, arn, {"aws:ecr:arn": arn})
    service = f"ecr.{arn.split(':')[3]}.amazonaws.com"
    grant: dict[str, Value] = {
        "kms:GrantConstraintType": "EncryptionContextSubset",
        "kms:GrantIsForAWSResource": "true",
        "kms:GrantOperations": ["GenerateDataKey", "Decrypt"],
        "kms:GranteePrincipal": service,
        "kms:RetiringPrincipal": service,
    }
    return replace(asked, context={**asked.context, **grant})


def _creates(call: Call) -> Iterable[Check]:
    """With the AWS managed key, whoever may create a repository may encrypt it."""
    given = call.parameters.get("encryptionConfiguration") or {}
    if given.get("encryptionType") in _KMS and given.get("kmsKey"):
        key, arn = str(given["kmsKey"]), _repository(call)
        yield _through(call, "kms:DescribeKey", key, arn)
        yield _grants(call, key, arn)


def _deletes(call: Call) -> Iterable[Check]:
    """Whoever deletes an encrypted repository retires its grants.

    The permission is one of an IAM policy, whichever key it is.
    """
    found = repository(_repository(call))
    given = {} if found is None else found.encryption_configuration
    if given.get("encryptionType") in _KMS:
        key = str(given.get("kmsKey") or MANAGED_KEY)
        asked = _through(call, "kms:RetireGrant", key, str(found.arn if found else "*"))
        yield replace(asked, resource_policy=_left_to_iam(asked.resource, call))


def _left_to_iam(key: str, call: Call) -> Document:
    from rolelab.iam import parse

    root = f"arn:{call.partition}:iam::{account_of(key)}:root"
    allow = {
        "Effect": "Allow",
        "Principal": {"AWS": root},
        "Action": "kms:RetireGrant",
        "Resource": "*",
    }
    return parse({"Version": "2012-10-17", "Statement": [allow]}, kind="resource", name="grants")


def _passes(member: str) -> Callable[[Call], Iterable[Check]]:
    """Page: *Create an IAM role for repository creation templates*."""

    def checks(call: Call) -> Iterable[Check]:
        role = call.parameters.get(member)
        if role:
            yield pass_role(call, str(role), "ecr.amazonaws.com")

    return checks


def _trail(call: Call) -> list[dict[str, str]]:
    """Page: *Logging Amazon ECR actions with AWS CloudTrail*: the entries have no type."""
    arn = _repository(call)
    if arn == "*":
        return []
    return [{"ARN": arn, "accountId": account_of(arn) or call.account}]


ON_REPOSITORY = (
    "BatchCheckLayerAvailability",
    "BatchDeleteImage",
    "BatchGetImage",
    "CompleteLayerUpload",
    "DeleteLifecyclePolicy",
    "DeleteRepository",
    "DeleteRepositoryPolicy",
    "DescribeImageReplicationStatus",
    "DescribeImageScanFindings",
    "DescribeImageSigningStatus",
    "DescribeImages",
    "GetDownloadUrlForLayer",
    "GetLifecyclePolicy",
    "GetLifecyclePolicyPreview",
    "GetRepositoryPolicy",
    "InitiateLayerUpload",
    "ListImageReferrers",
    "ListImages",
    "PutImage",
    "PutImageScanningConfiguration",
    "PutImageTagMutability",
    "PutLifecyclePolicy",
    "SetRepositoryPolicy",
    "StartImageScan",
    "StartLifecyclePolicyPreview",
    "UpdateImageStorageClass",
    "UploadLayerPart",
)
# Of the registry as a whole: no resource. GetAuthorizationToken is one of them, so no repository
# policy can allow it. Page: *Private repository policies*.
ON_REGISTRY = (
    "CreatePullThroughCacheRule",
    "CreateRepositoryCreationTemplate",
    "DeletePullThroughCacheRule",
    "DeleteRegistryPolicy",
    "DeleteRepositoryCreationTemplate",
    "DeleteSigningConfiguration",
    "DeregisterPullTimeUpdateExclusion",
    "DescribePullThroughCacheRules",
    "DescribeRegistry",
    "DescribeReplicationBackfillResults",
    "DescribeRepositoryCreationTemplates",
    "GetAuthorizationToken",
    "GetRegistryPolicy",
    "GetRegistryScanningConfiguration",
    "GetSigningConfiguration",
    "ListPullTimeUpdateExclusions",
    "ListReplicationBackfills",
    "PutRegistryPolicy",
    "PutRegistryScanningConfiguration",
    "PutReplicationConfiguration",
    "PutSigningConfiguration",
    "RegisterPullTimeUpdateExclusion",
    "StartReplicationBackfill",
    "StopReplicationBackfill",
    "UpdatePullThroughCacheRule",
    "UpdateRepositoryCreationTemplate",
    "ValidatePullThroughCacheRule",
)


TABLE = Table(
    prefix="ecr",
    context=(_about_repository,),
    attached=repository_policy,
    trail=_trail,
    rows=(
        *(Row(each, f"ecr:{each}", _repository) for each in ON_REPOSITORY),
        *(Row(each, f"ecr:{each}") for each in ON_REGISTRY),
        Row("CreateRepository", "ecr:CreateRepository", _repository, request_tags="tags"),
        Row(
            "CreateRepository",
            "ecr:TagResource",
            _repository,
            request_tags="tags",
            when="tags",
        ),
        Derived("CreateRepository", _creates, actions=("kms:DescribeKey", "kms:CreateGrant")),
        Derived("DeleteRepository", _deletes, actions=("kms:RetireGrant",)),
        Row(
            "DescribeRepositories",
            "ecr:DescribeRepositories",
            _each_repository,
            each="repositoryNames",
        ),
        Row(
            "DescribeRepositories",
            "ecr:DescribeRepositories",
            _any_repository,
            unless="repositoryNames",
        ),
        Row(
            "BatchGetRepositoryScanningConfiguration",
            "ecr:BatchGetRepositoryScanningConfiguration",
            _each_repository,
            each="repositoryNames",
        ),
        *(
            Row(each, f"ecr:{each}", keys={"ecr:AccountSetting": "name"})
            for each in ("GetAccountSetting", "PutAccountSetting")
        ),
        Row("ListTagsForResource", "ecr:ListTagsForResource", "{resourceArn}"),
        Row("TagResource", "ecr:TagResource", "{resourceArn}", request_tags="tags"),
        Row("UntagResource", "ecr:UntagResource", "{resourceArn}", tag_keys="tagKeys"),
        *(
            Derived(each, _passes("customRoleArn"), actions=("iam:PassRole",))
            for each in ("CreateRepositoryCreationTemplate", "UpdateRepositoryCreationTemplate")
        ),
    ),
)
