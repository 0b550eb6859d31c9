"""What the operations of STS ask.

Page: *Actions, resources, and condition keys for AWS Security Token Service*.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rolelab.sandbox.operations.check import Value
from rolelab.sandbox.operations.federation import with_saml, with_web_identity
from rolelab.sandbox.operations.iam_entities import has_mfa_device, tags_of
from rolelab.sandbox.operations.row import Derived, Key, Open, Row, Table
from rolelab.sandbox.resource_policies import account_of, owned_by_account_in_arn
from rolelab.sandbox.resource_policies.iam import trust_policy

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

ROLE = "{RoleArn}"
FEDERATED_USER = "arn:{partition}:sts::{account}:federated-user/{Name}"
SESSION: Mapping[str, Key] = {
    "sts:ExternalId": "ExternalId",
    "sts:RoleSessionName": "RoleSessionName",
    "sts:TransitiveTagKeys": "TransitiveTagKeys",
}


def _source_identity(call: Call) -> Value | None:
    """Give the source identity of the new session: the one asked for, or the inherited one."""
    asked = call.parameters.get("SourceIdentity")
    return asked or call.context.get("aws:SourceIdentity")


SOURCE_IDENTITY: Mapping[str, Key] = {"sts:SourceIdentity": _source_identity}


def _mfa_present(call: Call) -> str | None:
    """Tell whether the request itself carries a code of the caller's MFA device.

    Page: *AssumeRole*, "Using MFA with AssumeRole": a code makes aws:MultiFactorAuthPresent
    true for the trust policy. Whether the code is right, STS checks by itself.
    """
    serial = call.parameters.get("SerialNumber")
    if not serial or not call.parameters.get("TokenCode"):
        return None
    return "true" if has_mfa_device(call.principal, str(serial)) else None


def _mfa_age(call: Call) -> str | None:
    return "0" if _mfa_present(call) else None


MFA: Mapping[str, Key] = {
    "aws:MultiFactorAuthAge": _mfa_age,
    "aws:MultiFactorAuthPresent": _mfa_present,
}


def _has_source_identity(call: Call) -> bool:
    return bool(_source_identity(call))


def _root_of_target(call: Call) -> str:
    target = str(call.parameters.get("TargetPrincipal", ""))
    if target.startswith("arn:"):
        return target
    return f"arn:{call.partition}:iam::{target}:root" if target else "*"


def _trail(call: Call) -> list[dict[str, str]]:
    arn = str(call.parameters.get("RoleArn", ""))
    if not arn:
        return []
    return [{"ARN": arn, "accountId": account_of(arn) or call.account, "type": "AWS::IAM::Role"}]


TABLE = Table(
    prefix="sts",
    context=(tags_of,),
    attached=owned_by_account_in_arn,
    trail=_trail,
    rows=(
        Row(
            "AssumeRole",
            "sts:AssumeRole",
            ROLE,
            keys={**SESSION, **SOURCE_IDENTITY, **MFA},
            request_tags="Tags",
            attached=trust_policy,
        ),
        # Page: *Pass session tags in AWS STS*: the trust policy has to allow TagSession too.
        Row(
            "AssumeRole",
            "sts:TagSession",
            ROLE,
            keys={"sts:TransitiveTagKeys": "TransitiveTagKeys"},
            request_tags="Tags",
            attached=trust_policy,
            when="Tags",
        ),
        # Page: *Monitor and control actions taken with assumed roles*.
        Row(
            "AssumeRole",
            "sts:SetSourceIdentity",
            ROLE,
            keys=SOURCE_IDENTITY,
            attached=trust_policy,
            when=_has_source_identity,
        ),
        Row(
            "AssumeRole",
            "sts:SetContext",
            ROLE,
            keys={
                "sts:RequestContextProviders": lambda call: [
                    given.get("ProviderArn", "") for given in call.parameters["ProvidedContexts"]
                ]
            },
            attached=trust_policy,
            when="ProvidedContexts",
        ),
        Derived(
            "AssumeRoleWithWebIdentity",
            with_web_identity,
            actions=(
                "sts:AssumeRoleWithWebIdentity",
                "sts:TagSession",
                "sts:SetSourceIdentity",
            ),
        ),
        Derived(
            "AssumeRoleWithSAML",
            with_saml,
            actions=("sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"),
        ),
        Row(
            "AssumeRoot",
            "sts:AssumeRoot",
            _root_of_target,
            keys={"sts:TaskPolicyArn": "TaskPolicyArn.arn"},
        ),
        Row(
            "GetFederationToken",
            "sts:GetFederationToken",
            FEDERATED_USER,
            request_tags="Tags",
        ),
        Row(
            "GetFederationToken",
            "sts:TagSession",
            FEDERATED_USER,
            request_tags="Tags",
            when="Tags",
        ),
        Row(
            "GetWebIdentityToken",
            "sts:GetWebIdentityToken",
            keys={
                "sts:DurationSeconds": "DurationSeconds",
                "sts:IdentityTokenAudience": "Audience",
                "sts:SigningAlgorithm": "SigningAlgorithm",
            },
            request_tags="Tags",
        ),
        Row(
            "GetWebIdentityToken",
            "sts:TagGetWebIdentityToken",
            request_tags="Tags",
            when="Tags",
        ),
        Row("DecodeAuthorizationMessage", "sts:DecodeAuthorizationMessage"),
        Row("GetAccessKeyInfo", "sts:GetAccessKeyInfo"),
        Row("GetDelegatedAccessToken", "sts:GetDelegatedAccessToken"),
        Open("GetCallerIdentity", page="GetCallerIdentity: No permissions are required"),
        Open("GetSessionToken", page="GetSessionToken: No permissions are required for users"),
    ),
)
