"""What the administrators make before the call of a case, with ordinary boto3 calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from scorecard.accounts import OURS, Account, Keys, reused_client
from scorecard.cases import CaseError
from scorecard.documents import UnmadeError, archive, attached, document, resolve

Made = dict[str, Any]
"""What was made, by name: its `arn` and other attributes, or what a call answered."""
Spec = Mapping[str, Any]

Phase = Literal[
    "before there is a caller", "before the caller signs in", "at last", "by the caller"
]
PHASES: tuple[Phase, ...] = get_args(Phase)

_SIGNING_IN = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]


@dataclass
class Administrators:
    """One administrator of each account.

    Attributes:
        account: where they work.
        missed: the steps that this account could not do, each with its error.
    """

    account: Account
    missed: list[str] = field(default_factory=list)
    _keys: dict[str, Keys] = field(default_factory=dict)

    def call(self, where: str, name: str, **parameters: Any) -> dict[str, Any]:
        """Make one call in an account.

        Args:
            where: the account id.
            name: `service.method` of boto3.

        Returns:
            The answer; empty if the account could not do it and need not.
        """
        service, method = name.split(".")
        try:
            return dict(getattr(self._client(where, service), method)(**parameters) or {})
        except Exception as error:
            if self.account.strict:
                raise
            self.missed.append(f"{name}: {error!r}")
            return {}

    def _client(self, where: str, service: str) -> Any:
        if where not in self._keys:
            self._keys[where] = self.account.setting_up(where)
        return reused_client(service, self._keys[where])


@dataclass(frozen=True)
class Place:
    """An account in which something is made."""

    administrators: Administrators
    account: str

    def __call__(self, name: str, **parameters: Any) -> dict[str, Any]:
        given = {key: value for key, value in parameters.items() if value is not None}
        return self.administrators.call(self.account, name, **given)


def phase_of(step: Spec) -> Phase:
    """When a step is done. Within a phase the order is that of the case."""
    kind = next(iter(step))
    if step.get("by") == "caller":
        return "by the caller"
    # An account's people come after the account, and policies of the organization after everything:
    # they would stop the administrators as well.
    early, late = kind == "organization", kind in ("scp", "rcp")
    return PHASES[0] if early else PHASES[2] if late else PHASES[1]


def make(administrators: Administrators, step: Spec, made: Made) -> None:
    """Make one thing that a case has under `given`, and remember it under its name.

    Args:
        step: `{KIND: NAME, ...}`; `in` is the account, `as` another name. `do: {CALL: {...}}` is
            any other call.
    """
    try:
        spec = _resolved(step, made)
    except UnmadeError as missing:
        if administrators.account.strict:
            raise
        administrators.missed.append(f"{step}: {missing} was not made")
        return
    kind = next(iter(spec))
    place = Place(administrators, str(spec.get("in", OURS)))
    if kind not in _MAKERS:
        raise CaseError(f"`given` has no {kind!r}; there are: {', '.join(_MAKERS)}")
    known = _ALLOWED[kind] | {kind, "in", "as"}
    if not spec.keys() <= known:
        raise CaseError(f"{kind} has no {sorted(spec.keys() - known)}")
    made[str(spec.get("as", spec[kind] if kind != "do" else "done"))] = _MAKERS[kind](place, spec)


def _resolved(step: Spec, made: Made) -> dict[str, Any]:
    """A policy may name the very thing it is attached to, so its own name is left for later."""
    own = str(step.get("as", next(iter(step.values()))))
    kind = next(iter(step))
    foreseen = _FORESEEN.get(kind)
    where = str(resolve(step.get("in", OURS), made))
    known = made if foreseen is None else {**made, own: {"arn": foreseen.format(own, where)}}
    return {key: resolve(value, known) for key, value in step.items()}


#: ARNs that are known before the thing is made.
_FORESEEN = {
    "queue": "arn:aws:sqs:us-east-1:{1}:{0}",
    "topic": "arn:aws:sns:us-east-1:{1}:{0}",
    "role": "arn:aws:iam::{1}:role/{0}",
    "user": "arn:aws:iam::{1}:user/{0}",
    "bucket": "arn:aws:s3:::{0}",
    "table": "arn:aws:dynamodb:us-east-1:{1}:table/{0}",
    "function": "arn:aws:lambda:us-east-1:{1}:function:{0}",
}


# --- principals -------------------------------------------------------------------------------


def user(place: Place, spec: Spec) -> dict[str, Any]:
    name = spec["user"]
    place("iam.create_user", UserName=name, Tags=_pairs(spec.get("tags")))
    made = {"arn": f"arn:aws:iam::{place.account}:user/{name}", "name": name}
    limit_user(place, name, spec)
    return made


def limit_user(place: Place, name: str, spec: Spec) -> None:
    """Give a user its policies: inline, of a group, and a boundary."""
    if spec.get("identity"):
        place(
            "iam.put_user_policy",
            UserName=name,
            PolicyName="own",
            PolicyDocument=document(spec["identity"]),
        )
    if spec.get("groups"):
        place("iam.create_group", GroupName="group")
        place(
            "iam.put_group_policy",
            GroupName="group",
            PolicyName="own",
            PolicyDocument=document(spec["groups"]),
        )
        place("iam.add_user_to_group", GroupName="group", UserName=name)
    if spec.get("boundary") is not None:
        arn = managed_policy(place, f"{name}-boundary", spec["boundary"])
        place("iam.put_user_permissions_boundary", UserName=name, PermissionsBoundary=arn)


def role(place: Place, spec: Spec) -> dict[str, Any]:
    name = spec["role"]
    everybody_here = {"AWS": f"arn:aws:iam::{place.account}:root"}
    trust = spec.get("trust") or [{"allow": _SIGNING_IN, "Principal": everybody_here}]
    place(
        "iam.create_role",
        RoleName=name,
        Path=spec.get("path"),
        AssumeRolePolicyDocument=document(trust),
        MaxSessionDuration=spec.get("longest_session"),
        Tags=_pairs(spec.get("tags")) or None,
    )
    path = spec.get("path", "/")
    limit_role(place, name, spec)
    return {
        "arn": f"arn:aws:iam::{place.account}:role{path}{name}",
        "session": f"arn:aws:sts::{place.account}:assumed-role/{name}/session",
        "name": name,
    }


def limit_role(place: Place, name: str, spec: Spec) -> None:
    """Give a role its policies: inline, and a boundary."""
    if spec.get("identity"):
        place(
            "iam.put_role_policy",
            RoleName=name,
            PolicyName="own",
            PolicyDocument=document(spec["identity"]),
        )
    if spec.get("boundary") is not None:
        arn = managed_policy(place, f"{name}-boundary", spec["boundary"])
        place("iam.put_role_permissions_boundary", RoleName=name, PermissionsBoundary=arn)


def managed_policy(place: Place, name: str, statements: list[Any]) -> str:
    place("iam.create_policy", PolicyName=name, PolicyDocument=document(statements))
    return f"arn:aws:iam::{place.account}:policy/{name}"


def _managed(place: Place, spec: Spec) -> dict[str, Any]:
    return {"arn": managed_policy(place, spec["managed_policy"], spec["statements"])}


# --- resources --------------------------------------------------------------------------------


def _bucket(place: Place, spec: Spec) -> dict[str, Any]:
    name = spec["bucket"]
    place("s3.create_bucket", Bucket=name)
    if spec.get("public_access_block") is False:
        place("s3.delete_public_access_block", Bucket=name)
    if "encryption" in spec:
        rule = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": spec["encryption"]}
        place(
            "s3.put_bucket_encryption",
            Bucket=name,
            ServerSideEncryptionConfiguration={
                "Rules": [
                    {
                        "ApplyServerSideEncryptionByDefault": rule,
                        "BucketKeyEnabled": bool(spec.get("bucket_key")),
                    }
                ]
            },
        )
    for key, tags in _named(spec.get("objects")).items():
        place(
            "s3.put_object",
            Bucket=name,
            Key=key,
            Body=b"content",
            Tagging="&".join(f"{tag}={value}" for tag, value in tags.items()) or None,
        )
    if spec.get("policy"):
        # Last, for it may refuse the administrators as well.
        everything = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
        policy = document(attached(spec["policy"], everything))
        place("s3.put_bucket_policy", Bucket=name, Policy=policy)
    return {"arn": f"arn:aws:s3:::{name}"}


def _key(place: Place, spec: Spec) -> dict[str, Any]:
    policy = document(attached(spec["policy"])) if "policy" in spec else None
    created = place(
        "kms.create_key",
        Policy=policy,
        BypassPolicyLockoutSafetyCheck=True if policy else None,
        Tags=[{"TagKey": key, "TagValue": value} for key, value in spec["tags"].items()]
        if "tags" in spec
        else None,
    ).get("KeyMetadata", {})
    made = {"arn": created.get("Arn"), "id": created.get("KeyId")}
    if made["id"] is None:
        return made
    if "alias" in spec:
        place("kms.create_alias", AliasName=f"alias/{spec['alias']}", TargetKeyId=made["id"])
    for number, grant in enumerate(spec.get("grants", ())):
        answer = place("kms.create_grant", KeyId=made["arn"], **grant)
        made[f"grant{number or ''}"] = answer.get("GrantId")
    if spec.get("disabled"):
        place("kms.disable_key", KeyId=made["id"])
    return made


def _secret(place: Place, spec: Spec) -> dict[str, Any]:
    arn = place(
        "secretsmanager.create_secret",
        Name=spec["secret"],
        SecretString="s3cr3t",
        KmsKeyId=spec.get("key"),
        Tags=_pairs(spec.get("tags")) or None,
    ).get("ARN")
    if arn and spec.get("policy"):
        place(
            "secretsmanager.put_resource_policy",
            SecretId=arn,
            ResourcePolicy=document(attached(spec["policy"])),
        )
    return {"arn": arn}


def _parameter(place: Place, spec: Spec) -> dict[str, Any]:
    name = spec["parameter"]
    place(
        "ssm.put_parameter",
        Name=name,
        Value="value",
        Type="SecureString" if "key" in spec else "String",
        KeyId=spec.get("key"),
        Tags=_pairs(spec.get("tags")) or None,
    )
    return {"arn": f"arn:aws:ssm:us-east-1:{place.account}:parameter/{name.lstrip('/')}"}


def _queue(place: Place, spec: Spec) -> dict[str, Any]:
    policy = {"Policy": document(attached(spec["policy"]))} if spec.get("policy") else {}
    url = place(
        "sqs.create_queue", QueueName=spec["queue"], Attributes=policy, tags=spec.get("tags")
    ).get("QueueUrl")
    return {"arn": f"arn:aws:sqs:us-east-1:{place.account}:{spec['queue']}", "url": url}


def _topic(place: Place, spec: Spec) -> dict[str, Any]:
    arn = place("sns.create_topic", Name=spec["topic"], Tags=_pairs(spec.get("tags"))).get(
        "TopicArn"
    )
    if spec.get("policy"):
        place(
            "sns.set_topic_attributes",
            TopicArn=arn,
            AttributeName="Policy",
            AttributeValue=document(attached(spec["policy"])),
        )
    return {"arn": arn}


def _table(place: Place, spec: Spec) -> dict[str, Any]:
    name = spec["table"]
    place(
        "dynamodb.create_table",
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=_pairs(spec.get("tags")) or None,
    )
    for item in spec.get("items", ()):
        place("dynamodb.put_item", TableName=name, Item={"pk": {"S": item}})
    arn = f"arn:aws:dynamodb:us-east-1:{place.account}:table/{name}"
    if spec.get("policy"):
        policy = document(attached(spec["policy"]))
        place("dynamodb.put_resource_policy", ResourceArn=arn, Policy=policy)
    return {"arn": arn}


def _log_group(place: Place, spec: Spec) -> dict[str, Any]:
    name = spec["log_group"]
    place("logs.create_log_group", logGroupName=name, tags=spec.get("tags"))
    for stream in spec.get("streams", ()):
        place("logs.create_log_stream", logGroupName=name, logStreamName=stream)
    return {"arn": f"arn:aws:logs:us-east-1:{place.account}:log-group:{name}"}


def _repository(place: Place, spec: Spec) -> dict[str, Any]:
    name = spec["repository"]
    place("ecr.create_repository", repositoryName=name, tags=_pairs(spec.get("tags")) or None)
    if spec.get("policy"):
        place("ecr.set_repository_policy", repositoryName=name, policyText=document(spec["policy"]))
    return {"arn": f"arn:aws:ecr:us-east-1:{place.account}:repository/{name}"}


def _function(place: Place, spec: Spec) -> dict[str, Any]:
    name = spec["function"]
    place(
        "lambda.create_function",
        FunctionName=name,
        Runtime="python3.13",
        Handler="index.handler",
        Role=spec["execution_role"],
        Code={"ZipFile": archive("def handler(event, context): return event")},
        Tags=spec.get("tags"),
    )
    for number, permission in enumerate(spec.get("permissions", ())):
        place(
            "lambda.add_permission", FunctionName=name, StatementId=f"given{number}", **permission
        )
    return {"arn": f"arn:aws:lambda:us-east-1:{place.account}:function:{name}"}


def _organization(place: Place, spec: Spec) -> dict[str, Any]:
    """An organization: its root, one organizational unit, and one member account in it."""
    place("organizations.create_organization", FeatureSet="ALL")
    roots = place("organizations.list_roots").get("Roots") or [{}]
    root = roots[0].get("Id")
    unit = place("organizations.create_organizational_unit", ParentId=root, Name="unit").get(
        "OrganizationalUnit", {}
    )
    begun = place(
        "organizations.create_account", AccountName="member", Email="member@example.com"
    ).get("CreateAccountStatus", {})
    status = place(
        "organizations.describe_create_account_status", CreateAccountRequestId=begun.get("Id")
    ).get("CreateAccountStatus", {})
    member = status.get("AccountId")
    place(
        "organizations.move_account",
        AccountId=member,
        SourceParentId=root,
        DestinationParentId=unit.get("Id"),
    )
    return {
        "id": member,
        "root": root,
        "unit": unit.get("Id"),
        "organization": place("organizations.describe_organization")
        .get("Organization", {})
        .get("Id"),
    }


def _control_policy(kind: str) -> Callable[[Place, Spec], dict[str, Any]]:
    def attach(place: Place, spec: Spec) -> dict[str, Any]:
        root = (place("organizations.list_roots").get("Roots") or [{}])[0]
        if kind not in {enabled.get("Type") for enabled in root.get("PolicyTypes", ())}:
            place("organizations.enable_policy_type", RootId=root.get("Id"), PolicyType=kind)
        policy = place(
            "organizations.create_policy",
            Name=f"policy-{spec['to']}",
            Description="",
            Type=kind,
            Content=document(spec[next(iter(spec))]),
        )
        identifier = policy.get("Policy", {}).get("PolicySummary", {}).get("Id")
        place("organizations.attach_policy", PolicyId=identifier, TargetId=spec["to"])
        if spec.get("instead"):
            place("organizations.detach_policy", PolicyId="p-FullAWSAccess", TargetId=spec["to"])
        return {"id": identifier}

    return attach


def _do(place: Place, spec: Spec) -> dict[str, Any]:
    ((name, parameters),) = spec["do"].items()
    return place(name, **(parameters or {}))


_MAKERS: dict[str, Callable[[Place, Spec], dict[str, Any]]] = {
    "user": user,
    "role": role,
    "managed_policy": _managed,
    "bucket": _bucket,
    "key": _key,
    "secret": _secret,
    "parameter": _parameter,
    "queue": _queue,
    "topic": _topic,
    "table": _table,
    "log_group": _log_group,
    "repository": _repository,
    "function": _function,
    "organization": _organization,
    "scp": _control_policy("SERVICE_CONTROL_POLICY"),
    "rcp": _control_policy("RESOURCE_CONTROL_POLICY"),
    "do": _do,
}
_ALLOWED: dict[str, set[str]] = {
    "user": {"tags", "identity", "groups", "boundary"},
    "role": {"tags", "identity", "boundary", "trust", "path", "longest_session"},
    "managed_policy": {"statements"},
    "bucket": {"policy", "public_access_block", "encryption", "bucket_key", "objects"},
    "key": {"policy", "tags", "alias", "grants", "disabled"},
    "secret": {"policy", "key", "tags"},
    "parameter": {"key", "tags"},
    "queue": {"policy", "tags"},
    "topic": {"policy", "tags"},
    "table": {"policy", "tags", "items"},
    "log_group": {"tags", "streams"},
    "repository": {"policy", "tags"},
    "function": {"execution_role", "permissions", "tags"},
    "organization": set(),
    "scp": {"to", "instead"},
    "rcp": {"to"},
    "do": set(),
}


def _pairs(tags: Mapping[str, str] | None) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in (tags or {}).items()]


def _named(objects: Any) -> dict[str, dict[str, str]]:
    """Objects are a list of keys, or keys with their tags."""
    if isinstance(objects, Mapping):
        return dict(objects)
    return {key: {} for key in objects or ()}
