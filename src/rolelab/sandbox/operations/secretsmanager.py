"""What the operations of Secrets Manager ask.

Pages: *Actions, resources, and condition keys for AWS Secrets Manager* (Service Authorization
Reference); "Required permissions" of each operation in the AWS Secrets Manager API Reference;
*Secret encryption and decryption in AWS Secrets Manager* for the KMS permissions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.check import Check, Value
from rolelab.sandbox.operations.key_use import key_use
from rolelab.sandbox.operations.kms_keys import key_arn
from rolelab.sandbox.operations.row import (
    Derived,
    Key,
    Resource,
    Row,
    Table,
    resource_tag_context,
    tag_context,
    tag_pairs,
)
from rolelab.sandbox.resource_policies import account_of
from rolelab.sandbox.resource_policies.lambda_ import lambda_policy
from rolelab.sandbox.resource_policies.secretsmanager import secret, secret_policy

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

Keys = Mapping[str, Key]

MANAGED_KEY = "alias/aws/secretsmanager"


def arn_of(named: str, call: Call) -> str:
    """Give the ARN of a secret, with the six characters that Secrets Manager adds to its name.

    Of a secret that does not exist the six characters are not known: they stay `??????`. Page:
    *GetSecretValue*, "SecretId"; *Identity-based policies* (of Secrets Manager).
    """
    arn = named
    if not named.startswith("arn:"):
        arn = f"arn:{call.partition}:secretsmanager:{call.region}:{call.account}:secret:{named}"
    found = secret(arn)
    if found is not None:
        return str(found.arn)
    return arn if named.startswith("arn:") else f"{arn}-??????"


def _named(member: str) -> Callable[[Call], str]:
    def resource(call: Call) -> str:
        given = call.parameters.get(member)
        return arn_of(str(given), call) if given else "*"

    return resource


_SECRET = _named("SecretId")


def _each_secret(call: Call) -> str:
    return arn_of(str(call.parameters["each"]), call)


def _new_secret(call: Call) -> str:
    name = call.parameters.get("Name")
    return f"arn:{call.partition}:secretsmanager:{call.region}:{call.account}:secret:{name}-??????"


def _about_secret(call: Call, arn: str) -> Mapping[str, Value]:
    """Give the tags of a secret, and what its other resource keys say."""
    found = secret(arn)
    if found is None:
        return {}
    pairs = tag_pairs(found.tags)
    context = resource_tag_context(pairs, "secretsmanager:ResourceTag")
    context["secretsmanager:SecretPrimaryRegion"] = arn.split(":")[3]
    if getattr(found, "rotation_lambda_arn", ""):
        context["secretsmanager:resource/AllowRotationLambdaArn"] = found.rotation_lambda_arn
    return context


def _region_names(call: Call) -> Value | None:
    given = call.parameters.get("AddReplicaRegions")
    return [str(each.get("Region", "")) for each in given] if given else None


def _key_arn(call: Call) -> Value | None:
    named = call.parameters.get("KmsKeyId")
    return key_arn(str(named), (call.account,), call.region, call) if named else None


def _given(member: str) -> Keys:
    return {f"secretsmanager:{member}": member}


SECRET_ID: Keys = {"secretsmanager:SecretId": _SECRET}
REPLICAS: Keys = {
    "secretsmanager:AddReplicaRegions": _region_names,
    **_given("ForceOverwriteReplicaSecret"),
}
CONTENT: Keys = {
    **_given("Description"),
    **_given("KmsKeyId"),
    "secretsmanager:KmsKeyArn": _key_arn,
    **_given("Type"),
}


def _row(operation: str, keys: Keys | None = None, **columns: Any) -> Row:
    """Give the row of an operation on a secret that exists."""
    return Row(
        operation,
        f"secretsmanager:{operation}",
        _SECRET,
        keys={**SECRET_ID, **(keys or {})},
        context=(_about_secret,),
        **columns,
    )


def _new_tags(call: Call, arn: str) -> Mapping[str, Value]:
    """Page: *CreateSecret*: with tags in the request, `aws:ResourceTag` holds them already."""
    given = call.parameters.get("Tags")
    return {**tag_context(given), **resource_tag_context(tag_pairs(given))}


# KMS in the caller's name.


def _through(call: Call, action: str, named: str, arn: str) -> Check:
    """Give the check that a call of Secrets Manager to KMS raises in the caller's name.

    Page: *Secret encryption and decryption in AWS Secrets Manager*: the encryption context holds
    the secret's ARN and its version.
    """
    region, owner = arn.split(":")[3:5]
    key = key_arn(named, (owner, call.account), region, call)
    context = {"SecretARN": arn}
    return key_use(call, action, key, "secretsmanager", region, context, ("SecretVersionId",))


def key_of(arn: str) -> str:
    found = secret(arn)
    return str((getattr(found, "kms_key_id", None) if found is not None else None) or MANAGED_KEY)


def _reads(call: Call) -> Iterable[Check]:
    arn = _SECRET(call)
    if secret(arn) is not None:
        yield _through(call, "kms:Decrypt", key_of(arn), arn)


def _reads_each(call: Call) -> Iterable[Check]:
    for named in call.parameters.get("SecretIdList") or ():
        arn = arn_of(str(named), call)
        if secret(arn) is not None:
            yield _through(call, "kms:Decrypt", key_of(arn), arn)


def _has_value(call: Call) -> bool:
    return any(call.parameters.get(each) is not None for each in ("SecretString", "SecretBinary"))


def _creates(call: Call) -> Iterable[Check]:
    if _has_value(call):
        yield from _writes_under(call, _new_secret(call), MANAGED_KEY)


def _puts(call: Call) -> Iterable[Check]:
    arn = _SECRET(call)
    if secret(arn) is not None and (_has_value(call) or call.parameters.get("KmsKeyId")):
        yield from _writes_under(call, arn, key_of(arn))


def _writes_under(call: Call, arn: str, key: str) -> Iterable[Check]:
    """Page: *Secret encryption and decryption*, "Permissions for the KMS key": both actions."""
    named = str(call.parameters.get("KmsKeyId") or key)
    yield _through(call, "kms:GenerateDataKey", named, arn)
    yield _through(call, "kms:Decrypt", named, arn)


def _invokes(call: Call) -> Iterable[Check]:
    """Page: *RotateSecret*: the caller needs lambda:InvokeFunction on the rotation function."""
    kept = getattr(secret(_SECRET(call)), "rotation_lambda_arn", None)
    function = str(call.parameters.get("RotationLambdaARN") or kept or "")
    if function:
        found = lambda_policy(function)
        yield Check("lambda:InvokeFunction", function, found.account, resource_policy=found.policy)


WRITES = ("kms:GenerateDataKey", "kms:Decrypt")
NEW: Resource = _new_secret


def _trail(call: Call) -> list[dict[str, str]]:
    arn = _SECRET(call)
    if arn == "*":
        return []
    owner = account_of(arn) or call.account
    return [{"ARN": arn, "accountId": owner, "type": "AWS::SecretsManager::Secret"}]


TABLE = Table(
    prefix="secretsmanager",
    attached=secret_policy,
    trail=_trail,
    rows=(
        *(
            _row(operation)
            for operation in (
                "AssociateCrossAccountReplica",
                "CancelRotateSecret",
                "DeleteResourcePolicy",
                "DescribeSecret",
                "DisassociateCrossAccountReplica",
                "GetResourcePolicy",
                "ListResourcePolicies",
                "ListSecretVersionIds",
                "PutSecretValue",
                "RemoveRegionsFromReplication",
                "RestoreSecret",
                "StopReplicationToReplica",
                "ValidateResourcePolicy",
            )
        ),
        Row(
            "CreateSecret",
            "secretsmanager:CreateSecret",
            NEW,
            keys={**_given("Name"), **CONTENT, **REPLICAS},
            context=(_new_tags,),
        ),
        # Page: *CreateSecret*, "Required permissions".
        Row(
            "CreateSecret",
            "secretsmanager:TagResource",
            NEW,
            context=(_new_tags,),
            when="Tags",
        ),
        Row(
            "CreateSecret",
            "secretsmanager:ReplicateSecretToRegions",
            NEW,
            keys=REPLICAS,
            when="AddReplicaRegions",
        ),
        Derived("CreateSecret", _creates, actions=WRITES),
        _row(
            "DeleteSecret",
            {**_given("RecoveryWindowInDays"), **_given("ForceDeleteWithoutRecovery")},
        ),
        _row("GetSecretValue", {**_given("VersionId"), **_given("VersionStage")}),
        Derived("GetSecretValue", _reads, actions=("kms:Decrypt",)),
        # Page: *BatchGetSecretValue*, "Required permissions": GetSecretValue on each secret too.
        Row("BatchGetSecretValue", "secretsmanager:BatchGetSecretValue"),
        Row(
            "BatchGetSecretValue",
            "secretsmanager:GetSecretValue",
            _each_secret,
            keys={"secretsmanager:SecretId": _each_secret},
            context=(_about_secret,),
            each="SecretIdList",
        ),
        # Which secrets a filter finds is not known here: strict, so on all of them.
        Row("BatchGetSecretValue", "secretsmanager:ListSecrets", when="Filters"),
        Row(
            "BatchGetSecretValue",
            "secretsmanager:GetSecretValue",
            when="Filters",
            unless="SecretIdList",
        ),
        Derived("BatchGetSecretValue", _reads_each, actions=("kms:Decrypt",)),
        _row("PutResourcePolicy", _given("BlockPublicPolicy")),
        Derived("PutSecretValue", _puts, actions=WRITES),
        _row("ReplicateSecretToRegions", REPLICAS),
        _row(
            "RotateSecret",
            {
                **_given("RotationLambdaARN"),
                **_given("RotateImmediately"),
                **_given("ExternalSecretRotationRoleArn"),
                "secretsmanager:ModifyRotationRules": lambda call: (
                    "true" if call.parameters.get("RotationRules") else "false"
                ),
            },
        ),
        Derived("RotateSecret", _invokes, actions=("lambda:InvokeFunction",)),
        _row("TagResource", request_tags="Tags"),
        _row("UntagResource", tag_keys="TagKeys"),
        # Without kms:Encrypt a new key is taken all the same. Page: *UpdateSecret*.
        _row("UpdateSecret", CONTENT),
        Derived("UpdateSecret", _puts, actions=WRITES),
        _row("UpdateSecretVersionStage", _given("VersionStage")),
        # Page: *AssociateCrossAccountReplica*, "Required permissions".
        Row(
            "AssociateCrossAccountReplica", "secretsmanager:GetSecretValue", _SECRET, keys=SECRET_ID
        ),
        Row(
            "AssociateCrossAccountReplica",
            "secretsmanager:AcceptCrossAccountReplication",
            "{CrossAccountReplicaARN}",
        ),
        Row("GetRandomPassword", "secretsmanager:GetRandomPassword"),
        Row("ListSecrets", "secretsmanager:ListSecrets"),
    ),
)
