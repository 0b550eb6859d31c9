"""For each IAM action, the boto3 call that exercises it.

To prove another action, add its row. What a call changes is undone by `undo.unchanged`; a row only
says what must exist before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Parameters = Mapping[str, Any]


class NoProbe(LookupError):  # noqa: N818 - it reads as what is missing
    """A check asks for an action that no call is known for: a mistake in the check."""


@dataclass(frozen=True, slots=True)
class Probe:
    """The call that exercises one action.

    Attributes:
        service: boto3's name of the service.
        method: the client's method.
        target: gives the parameters that name the resource, from its ARN.
        parameters: the other parameters that the call needs.
        needs: what must exist so that only permissions decide. It gets the target's parameters.
        answered: error codes that AWS gives only to a caller who is allowed: the call was let
            through and then had nothing to do.
        needed: further actions that the same call may need, such as those on the KMS key of what
            it reads. Denied one of them, the caller is denied the call.
    """

    service: str
    method: str
    target: Callable[[str], Parameters]
    parameters: Parameters = field(default_factory=dict)
    needs: Callable[[Parameters], None] | None = None
    answered: frozenset[str] = frozenset()
    needed: frozenset[str] = frozenset()

    def arguments(self, resource: str, further: Parameters) -> dict[str, Any]:
        """The keyword arguments of the call."""
        return {**self.target(resource), **self.parameters, **further}


def probe_of(action: str) -> Probe:
    """The probe of an action.

    Raises:
        NoProbe: the table has no row for it.
    """
    found = PROBES.get(action) or _BY_LOWER_CASE.get(action.lower())
    if found is None:
        raise NoProbe(
            f"No call is known that exercises {action}. Add a row to rolelab.labs.probes."
        )
    return found


# --- from an ARN to parameters ------------------------------------------------------------------


def _nothing(arn: str) -> Parameters:
    return {}


def _bucket(arn: str) -> Parameters:
    return {"Bucket": arn.partition(":::")[2].partition("/")[0]}


def _object(arn: str) -> Parameters:
    bucket, _, key = arn.partition(":::")[2].partition("/")
    return {"Bucket": bucket, "Key": key}


def _role(arn: str) -> Parameters:
    return {"RoleName": arn.rsplit("/", 1)[-1]}


def _user(arn: str) -> Parameters:
    return {"UserName": arn.rsplit("/", 1)[-1]}


def _assumed_role(arn: str) -> Parameters:
    return {"RoleArn": arn}


def _repository(arn: str) -> Parameters:
    return {"registryId": arn.split(":")[4], "repositoryName": arn.partition(":repository/")[2]}


def _secret(arn: str) -> Parameters:
    return {"SecretId": arn}


def _key(arn: str) -> Parameters:
    return {"KeyId": arn}


def _key_with_policy(arn: str) -> Parameters:
    """A key, and a policy that it can take: the one that it has."""
    from rolelab.sandbox.resource_policies.kms import kms_key

    found = kms_key(arn)
    return {**_key(arn), "Policy": str(found.policy) if found is not None else "{}"}


def _key_for_the_account(arn: str) -> Parameters:
    return {**_key(arn), "GranteePrincipal": f"arn:aws:iam::{arn.split(':')[4]}:root"}


def _parameters(arn: str) -> Parameters:
    return {"Names": [arn]}


def _parameter(arn: str) -> Parameters:
    return {"Name": arn}


def _log_group(arn: str) -> Parameters:
    return {"logGroupName": arn.partition(":log-group:")[2].partition(":")[0]}


def _log_stream(arn: str) -> Parameters:
    stream = arn.partition(":log-stream:")[2] or "rolelab-check"
    return {**_log_group(arn), "logStreamName": stream}


def _model(arn: str) -> Parameters:
    return {"modelId": arn}


def _table(arn: str) -> Parameters:
    return {"TableName": arn.partition(":table/")[2]}


def _batch_of(arn: str) -> Parameters:
    return {"RequestItems": {_table(arn)["TableName"]: {"Keys": [_ITEM["Key"]]}}}


# --- what must exist ----------------------------------------------------------------------------
# These run past the gate: they are the check's own, and no policy of the learner's stops them.


def _a_bucket(target: Parameters) -> None:
    import boto3

    from rolelab.sandbox.resource_policies.s3 import bucket

    if bucket(target["Bucket"]) is None:
        boto3.client("s3").create_bucket(Bucket=target["Bucket"])


def _an_object(target: Parameters) -> None:
    import boto3

    from rolelab.sandbox.resource_policies.s3 import bucket

    _a_bucket(target)
    found = bucket(target["Bucket"])
    if found is not None and found.keys.get(target["Key"]) is None:
        boto3.client("s3").put_object(Bucket=target["Bucket"], Key=target["Key"], Body=b"an order")


_HARMLESS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "s3:CreateBucket", "Resource": "*"}],
    }
)
_ADMINISTRATOR = {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}


def _bucket_with_policy(arn: str) -> Parameters:
    """A bucket, and a policy that it can take: one that forbids a key nobody has."""
    target = _bucket(arn)
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{target['Bucket']}/no-such-key",
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {**target, "Policy": json.dumps(document)}


def _role_with_trust(arn: str) -> Parameters:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {**_role(arn), "PolicyDocument": json.dumps(document)}


_INLINE = {"PolicyName": "rolelab-check", "PolicyDocument": _HARMLESS}
_NO_ENTITY = frozenset({"NoSuchEntity"})
_NO_ACL = frozenset({"AccessControlListNotSupported"})
# What answers a caller who is allowed, about something that is not there.
_NOT_FOUND = frozenset({"ResourceNotFoundException"})
_NO_IMAGE = frozenset(
    {"RepositoryNotFoundException", "LayersNotFoundException", "LayerInaccessibleException"}
)
# What the key of encrypted data has to allow the caller (*AWS KMS permissions*).
_TO_READ = frozenset({"kms:Decrypt"})
_TO_WRITE = frozenset({"kms:GenerateDataKey"})
_NO_TAG = {"imageTag": "rolelab-check"}
_ITEM = {"Key": {"id": {"S": "1001"}}}
_CHANGE = {
    **_ITEM,
    "UpdateExpression": "SET checked = :yes",
    "ExpressionAttributeValues": {":yes": {"S": "yes"}},
}
_BY_ID = {"KeyConditionExpression": "id = :id", "ExpressionAttributeValues": {":id": {"S": "1001"}}}
_NO_CIPHERTEXT = b"What no key has encrypted. " * 8
_CLOSED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}

PROBES: Mapping[str, Probe] = {
    # S3: the account
    "s3:ListAllMyBuckets": Probe("s3", "list_buckets", _nothing),
    "s3:CreateBucket": Probe(
        "s3",
        "create_bucket",
        _bucket,
        answered=frozenset({"BucketAlreadyExists", "BucketAlreadyOwnedByYou"}),
    ),
    # S3: buckets
    "s3:DeleteBucket": Probe(
        "s3", "delete_bucket", _bucket, needs=_a_bucket, answered=frozenset({"BucketNotEmpty"})
    ),
    "s3:DeleteBucketPolicy": Probe("s3", "delete_bucket_policy", _bucket, needs=_a_bucket),
    "s3:GetBucketAcl": Probe("s3", "get_bucket_acl", _bucket, needs=_a_bucket),
    "s3:GetBucketLocation": Probe("s3", "get_bucket_location", _bucket, needs=_a_bucket),
    "s3:GetBucketPolicy": Probe(
        "s3",
        "get_bucket_policy",
        _bucket,
        needs=_a_bucket,
        answered=frozenset({"NoSuchBucketPolicy"}),
    ),
    "s3:GetBucketVersioning": Probe("s3", "get_bucket_versioning", _bucket, needs=_a_bucket),
    "s3:ListBucket": Probe("s3", "list_objects_v2", _bucket, needs=_a_bucket),
    "s3:ListBucketMultipartUploads": Probe(
        "s3", "list_multipart_uploads", _bucket, needs=_a_bucket
    ),
    "s3:ListBucketVersions": Probe("s3", "list_object_versions", _bucket, needs=_a_bucket),
    "s3:PutBucketPolicy": Probe("s3", "put_bucket_policy", _bucket_with_policy, needs=_a_bucket),
    "s3:PutBucketPublicAccessBlock": Probe(
        "s3",
        "put_public_access_block",
        _bucket,
        {"PublicAccessBlockConfiguration": _CLOSED},
        needs=_a_bucket,
    ),
    "s3:PutBucketVersioning": Probe(
        "s3",
        "put_bucket_versioning",
        _bucket,
        {"VersioningConfiguration": {"Status": "Suspended"}},
        needs=_a_bucket,
    ),
    # S3: objects
    "s3:DeleteObject": Probe("s3", "delete_object", _object, needs=_an_object),
    "s3:DeleteObjectTagging": Probe("s3", "delete_object_tagging", _object, needs=_an_object),
    "s3:DeleteObjectVersion": Probe(
        "s3", "delete_object", _object, {"VersionId": "null"}, needs=_an_object
    ),
    "s3:GetObject": Probe("s3", "get_object", _object, needs=_an_object, needed=_TO_READ),
    "s3:GetObjectAcl": Probe("s3", "get_object_acl", _object, needs=_an_object),
    "s3:GetObjectTagging": Probe("s3", "get_object_tagging", _object, needs=_an_object),
    "s3:GetObjectVersion": Probe(
        "s3",
        "get_object",
        _object,
        {"VersionId": "null"},
        needs=_an_object,
        answered=frozenset({"NoSuchVersion", "InvalidArgument"}),
    ),
    "s3:PutObject": Probe(
        "s3", "put_object", _object, {"Body": b"an order"}, needs=_a_bucket, needed=_TO_WRITE
    ),
    "s3:PutObjectAcl": Probe(
        "s3", "put_object_acl", _object, {"ACL": "private"}, needs=_an_object, answered=_NO_ACL
    ),
    "s3:PutObjectTagging": Probe(
        "s3",
        "put_object_tagging",
        _object,
        {"Tagging": {"TagSet": [{"Key": "checked", "Value": "yes"}]}},
        needs=_an_object,
    ),
    # STS
    "sts:AssumeRole": Probe(
        "sts", "assume_role", _assumed_role, {"RoleSessionName": "rolelab-check"}
    ),
    "sts:GetCallerIdentity": Probe("sts", "get_caller_identity", _nothing),
    # IAM
    "iam:AttachRolePolicy": Probe(
        "iam", "attach_role_policy", _role, _ADMINISTRATOR, answered=_NO_ENTITY
    ),
    "iam:AttachUserPolicy": Probe(
        "iam", "attach_user_policy", _user, _ADMINISTRATOR, answered=_NO_ENTITY
    ),
    "iam:CreateAccessKey": Probe(
        "iam", "create_access_key", _user, answered=_NO_ENTITY | {"LimitExceeded"}
    ),
    "iam:CreateUser": Probe(
        "iam", "create_user", _user, answered=frozenset({"EntityAlreadyExists"})
    ),
    "iam:DeleteRole": Probe("iam", "delete_role", _role, answered=_NO_ENTITY | {"DeleteConflict"}),
    "iam:GetRole": Probe("iam", "get_role", _role, answered=_NO_ENTITY),
    "iam:ListRoles": Probe("iam", "list_roles", _nothing),
    "iam:ListUsers": Probe("iam", "list_users", _nothing),
    "iam:PutRolePolicy": Probe("iam", "put_role_policy", _role, _INLINE, answered=_NO_ENTITY),
    "iam:PutUserPolicy": Probe("iam", "put_user_policy", _user, _INLINE, answered=_NO_ENTITY),
    "iam:UpdateAssumeRolePolicy": Probe(
        "iam", "update_assume_role_policy", _role_with_trust, answered=_NO_ENTITY
    ),
    # ECR
    "ecr:BatchDeleteImage": Probe(
        "ecr", "batch_delete_image", _repository, {"imageIds": [_NO_TAG]}, answered=_NO_IMAGE
    ),
    "ecr:BatchGetImage": Probe(
        "ecr", "batch_get_image", _repository, {"imageIds": [_NO_TAG]}, answered=_NO_IMAGE
    ),
    "ecr:GetAuthorizationToken": Probe("ecr", "get_authorization_token", _nothing),
    "ecr:GetDownloadUrlForLayer": Probe(
        "ecr",
        "get_download_url_for_layer",
        _repository,
        {"layerDigest": f"sha256:{'0' * 64}"},
        answered=_NO_IMAGE,
    ),
    # What a task execution role reads and writes
    "kms:Decrypt": Probe(
        "kms",
        "decrypt",
        _key,
        {"CiphertextBlob": _NO_CIPHERTEXT},
        answered=frozenset({"InvalidCiphertextException"}),
    ),
    # Managing a key, and making data keys with it
    "kms:CreateGrant": Probe(
        "kms", "create_grant", _key_for_the_account, {"Operations": ["Decrypt"]}
    ),
    "kms:DisableKey": Probe("kms", "disable_key", _key),
    "kms:EnableKeyRotation": Probe("kms", "enable_key_rotation", _key),
    "kms:GenerateDataKey": Probe("kms", "generate_data_key", _key, {"KeySpec": "AES_256"}),
    "kms:GetKeyPolicy": Probe("kms", "get_key_policy", _key),
    "kms:ListGrants": Probe("kms", "list_grants", _key),
    # A policy that names somebody who is gone cannot be saved again.
    "kms:PutKeyPolicy": Probe(
        "kms",
        "put_key_policy",
        _key_with_policy,
        answered=frozenset({"MalformedPolicyDocumentException"}),
    ),
    "kms:RevokeGrant": Probe(
        "kms",
        "revoke_grant",
        _key,
        {"GrantId": "rolelab-check"},
        answered=frozenset({"NotFoundException"}),
    ),
    "kms:ScheduleKeyDeletion": Probe("kms", "schedule_key_deletion", _key),
    "logs:CreateLogGroup": Probe(
        "logs",
        "create_log_group",
        _log_group,
        answered=frozenset({"ResourceAlreadyExistsException"}),
    ),
    "logs:CreateLogStream": Probe(
        "logs",
        "create_log_stream",
        _log_stream,
        answered=_NOT_FOUND | {"ResourceAlreadyExistsException"},
    ),
    "logs:GetLogEvents": Probe("logs", "get_log_events", _log_stream, answered=_NOT_FOUND),
    "secretsmanager:GetSecretValue": Probe(
        "secretsmanager", "get_secret_value", _secret, answered=_NOT_FOUND, needed=_TO_READ
    ),
    "secretsmanager:PutSecretValue": Probe(
        "secretsmanager",
        "put_secret_value",
        _secret,
        {"SecretString": "a new value"},
        answered=_NOT_FOUND,
        needed=_TO_READ | _TO_WRITE,
    ),
    "ssm:GetParameters": Probe("ssm", "get_parameters", _parameters),
    "ssm:GetParameter": Probe(
        "ssm", "get_parameter", _parameter, answered=frozenset({"ParameterNotFound"})
    ),
    # Bedrock
    "bedrock:InvokeModel": Probe(
        "bedrock-runtime",
        "converse",
        _model,
        {"messages": [{"role": "user", "content": [{"text": "Who wrote Emma?"}]}]},
    ),
    "bedrock:InvokeModelWithResponseStream": Probe(
        "bedrock-runtime",
        "converse_stream",
        _model,
        {"messages": [{"role": "user", "content": [{"text": "Who wrote Emma?"}]}]},
    ),
    # DynamoDB
    "dynamodb:GetItem": Probe(
        "dynamodb", "get_item", _table, {"Key": {"id": {"S": "1001"}}}, answered=_NOT_FOUND
    ),
    "dynamodb:PutItem": Probe(
        "dynamodb", "put_item", _table, {"Item": {"id": {"S": "1001"}}}, answered=_NOT_FOUND
    ),
    "dynamodb:BatchGetItem": Probe("dynamodb", "batch_get_item", _batch_of, answered=_NOT_FOUND),
    "dynamodb:DeleteItem": Probe("dynamodb", "delete_item", _table, _ITEM, answered=_NOT_FOUND),
    "dynamodb:DeleteTable": Probe("dynamodb", "delete_table", _table, answered=_NOT_FOUND),
    "dynamodb:Query": Probe("dynamodb", "query", _table, _BY_ID, answered=_NOT_FOUND),
    "dynamodb:Scan": Probe("dynamodb", "scan", _table, answered=_NOT_FOUND),
    "dynamodb:UpdateItem": Probe("dynamodb", "update_item", _table, _CHANGE, answered=_NOT_FOUND),
}

_BY_LOWER_CASE: Mapping[str, Probe] = {action.lower(): probe for action, probe in PROBES.items()}
