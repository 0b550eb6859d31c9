"""What the operations of IAM ask.

Page: *Actions, resources, and condition keys for AWS Identity and Access Management (IAM)*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from rolelab.sandbox.operations import iam_entities as entities
from rolelab.sandbox.operations.check import Check
from rolelab.sandbox.operations.pass_role import pass_role
from rolelab.sandbox.operations.row import Derived, Key, Row, Table
from rolelab.sandbox.operations.service_linked_roles import service_linked_role_arn
from rolelab.sandbox.resource_policies import owned_by_account_in_arn

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

Keys = dict[str, Key]

GROUP = entities.named("group", "GroupName")
INSTANCE_PROFILE = entities.named("instance-profile", "InstanceProfileName")
ROLE = entities.named("role", "RoleName")
SERVER_CERTIFICATE = entities.named("server-certificate", "ServerCertificateName")
USER = entities.user
POLICY = "{PolicyArn}"
OIDC_PROVIDER = "{OpenIDConnectProviderArn}"
SAML_PROVIDER = "{SAMLProviderArn}"
MFA_DEVICE = "{SerialNumber}"
DELEGATION_REQUEST = "arn:{partition}:iam::{account}:delegation-request/{DelegationRequestId}"

# The boundary that the entity has, which the condition key holds for changes to the entity.
ITS_BOUNDARY: Keys = {"iam:PermissionsBoundary": entities.boundary}
NEW_BOUNDARY: Keys = {"iam:PermissionsBoundary": "PermissionsBoundary"}
POLICY_ARN: Keys = {"iam:PolicyARN": "PolicyArn"}
CREDENTIAL_SERVICE: Keys = {"iam:ServiceSpecificCredentialServiceName": "ServiceName"}


def _new(kind: str, name: str) -> str:
    return f"arn:{{partition}}:iam::{{account}}:{kind}{{Path|/}}{{{name}}}"


def _path(kind: str) -> str:
    return f"arn:{{partition}}:iam::{{account}}:{kind}{{PathPrefix|/}}"


def _renamed(kind: str, path: str, name: str, old_name: str) -> Callable[[Call], str]:
    """Give the ARN an entity will have: the new path and name, each the old one if not given."""

    def resource(call: Call) -> str:
        old = str(call.parameters[old_name])
        found = entities.find(kind, old, call.account, call.partition)
        old_path = getattr(found, "path", None) or "/"
        new_path = call.parameters.get(path) or old_path
        new_name = call.parameters.get(name) or old
        return f"arn:{call.partition}:iam::{call.account}:{kind}{new_path}{new_name}"

    return resource


def _moves(*members: str) -> Callable[[Call], bool]:
    return lambda call: any(call.parameters.get(member) for member in members)


def _provider_of_url(call: Call) -> str:
    address = str(call.parameters.get("Url", "")).partition("://")[2]
    return f"arn:{call.partition}:iam::{call.account}:oidc-provider/{address}"


def _deleted_service_linked_role(call: Call) -> str:
    # The task id is task/aws-service-role/<service>/<role name>/<uuid>.
    path = str(call.parameters.get("DeletionTaskId", "")).removeprefix("task/").rpartition("/")[0]
    return f"arn:{call.partition}:iam::{call.account}:role/{path}" if path else "*"


def _new_service_linked_role(call: Call) -> str:
    return service_linked_role_arn(
        str(call.parameters.get("AWSServiceName", "")),
        call.parameters.get("CustomSuffix"),
        call.account,
        call.partition,
    )


def _pass_to_ec2(call: Call) -> Iterable[Check]:
    return (pass_role(call, ROLE(call), f"ec2.{_dns_suffix(call.partition)}"),)


def _dns_suffix(partition: str) -> str:
    return "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"


def _plain(*operations: str) -> tuple[Row, ...]:
    """Give rows of the operations that take no resource and fill no condition key."""
    return tuple(Row(operation, f"iam:{operation}") for operation in operations)


def _on(resource: str | Callable[[Call], str], *operations: str) -> tuple[Row, ...]:
    """Give rows of the operations whose action has their name, all on one kind of resource."""
    return tuple(Row(operation, f"iam:{operation}", resource) for operation in operations)


TABLE = Table(
    prefix="iam",
    context=(entities.tags_of,),
    attached=owned_by_account_in_arn,
    rows=(
        # Users, their keys, passwords, certificates
        Row(
            "CreateUser",
            "iam:CreateUser",
            _new("user", "UserName"),
            keys=NEW_BOUNDARY,
            request_tags="Tags",
        ),
        *_on(
            USER,
            "CreateAccessKey",
            "CreateLoginProfile",
            "DeactivateMFADevice",
            "DeleteAccessKey",
            "DeleteLoginProfile",
            "DeleteSSHPublicKey",
            "DeleteSigningCertificate",
            "DeleteUser",
            "EnableMFADevice",
            "GetLoginProfile",
            "GetMFADevice",
            "GetSSHPublicKey",
            "GetUser",
            "GetUserPolicy",
            "ListAccessKeys",
            "ListAttachedUserPolicies",
            "ListGroupsForUser",
            "ListMFADevices",
            "ListSSHPublicKeys",
            "ListSigningCertificates",
            "ListUserPolicies",
            "ListUserTags",
            "ResyncMFADevice",
            "UpdateAccessKey",
            "UpdateLoginProfile",
            "UpdateSSHPublicKey",
            "UpdateSigningCertificate",
            "UploadSSHPublicKey",
            "UploadSigningCertificate",
        ),
        Row("ChangePassword", "iam:ChangePassword", entities.password_owner),
        Row("GetAccessKeyLastUsed", "iam:GetAccessKeyLastUsed", entities.key_owner),
        # Who renames or moves needs the permission on both names. Page: *UpdateUser*.
        Row("UpdateUser", "iam:UpdateUser", USER),
        Row(
            "UpdateUser",
            "iam:UpdateUser",
            _renamed("user", "NewPath", "NewUserName", "UserName"),
            when=_moves("NewPath", "NewUserName"),
        ),
        Row("PutUserPolicy", "iam:PutUserPolicy", USER, keys=ITS_BOUNDARY),
        Row("DeleteUserPolicy", "iam:DeleteUserPolicy", USER, keys=ITS_BOUNDARY),
        Row("AttachUserPolicy", "iam:AttachUserPolicy", USER, keys=POLICY_ARN | ITS_BOUNDARY),
        Row("DetachUserPolicy", "iam:DetachUserPolicy", USER, keys=POLICY_ARN | ITS_BOUNDARY),
        Row(
            "PutUserPermissionsBoundary",
            "iam:PutUserPermissionsBoundary",
            USER,
            keys=NEW_BOUNDARY,
        ),
        Row(
            "DeleteUserPermissionsBoundary",
            "iam:DeleteUserPermissionsBoundary",
            USER,
            keys=ITS_BOUNDARY,
        ),
        Row("TagUser", "iam:TagUser", USER, request_tags="Tags"),
        Row("UntagUser", "iam:UntagUser", USER, tag_keys="TagKeys"),
        Row(
            "CreateServiceSpecificCredential",
            "iam:CreateServiceSpecificCredential",
            USER,
            keys=CREDENTIAL_SERVICE | {"iam:ServiceSpecificCredentialAgeDays": "CredentialAgeDays"},
        ),
        *_on(
            USER,
            "DeleteServiceSpecificCredential",
            "ResetServiceSpecificCredential",
            "UpdateServiceSpecificCredential",
        ),
        Row(
            "ListServiceSpecificCredentials",
            "iam:ListServiceSpecificCredentials",
            USER,
            unless="AllUsers",
        ),
        Row(
            "ListServiceSpecificCredentials",
            "iam:ListServiceSpecificCredentials",
            when="AllUsers",
        ),
        # Groups
        Row("CreateGroup", "iam:CreateGroup", _new("group", "GroupName")),
        *_on(
            GROUP,
            "AddUserToGroup",
            "DeleteGroup",
            "DeleteGroupPolicy",
            "GetGroup",
            "GetGroupPolicy",
            "ListAttachedGroupPolicies",
            "ListGroupPolicies",
            "PutGroupPolicy",
            "RemoveUserFromGroup",
            "UpdateGroup",
        ),
        Row(
            "UpdateGroup",
            "iam:UpdateGroup",
            _renamed("group", "NewPath", "NewGroupName", "GroupName"),
            when=_moves("NewPath", "NewGroupName"),
        ),
        Row("AttachGroupPolicy", "iam:AttachGroupPolicy", GROUP, keys=POLICY_ARN),
        Row("DetachGroupPolicy", "iam:DetachGroupPolicy", GROUP, keys=POLICY_ARN),
        # Roles
        Row(
            "CreateRole",
            "iam:CreateRole",
            _new("role", "RoleName"),
            keys=NEW_BOUNDARY,
            request_tags="Tags",
        ),
        *_on(
            ROLE,
            "GetRolePolicy",
            "ListAttachedRolePolicies",
            "ListInstanceProfilesForRole",
            "ListRolePolicies",
            "ListRoleTags",
        ),
        *(
            Row(operation, f"iam:{operation}", ROLE, keys=ITS_BOUNDARY)
            for operation in (
                "DeleteRole",
                "DeleteRolePermissionsBoundary",
                "DeleteRolePolicy",
                "GetRole",
                "PutRolePolicy",
                "UpdateAssumeRolePolicy",
                "UpdateRole",
                "UpdateRoleDescription",
            )
        ),
        Row("AttachRolePolicy", "iam:AttachRolePolicy", ROLE, keys=POLICY_ARN | ITS_BOUNDARY),
        Row("DetachRolePolicy", "iam:DetachRolePolicy", ROLE, keys=POLICY_ARN | ITS_BOUNDARY),
        Row(
            "PutRolePermissionsBoundary",
            "iam:PutRolePermissionsBoundary",
            ROLE,
            keys=NEW_BOUNDARY,
        ),
        Row("TagRole", "iam:TagRole", ROLE, request_tags="Tags"),
        Row("UntagRole", "iam:UntagRole", ROLE, tag_keys="TagKeys"),
        Row(
            "CreateServiceLinkedRole",
            "iam:CreateServiceLinkedRole",
            _new_service_linked_role,
            keys={"iam:AWSServiceName": "AWSServiceName"},
        ),
        Row("DeleteServiceLinkedRole", "iam:DeleteServiceLinkedRole", ROLE),
        Row(
            "GetServiceLinkedRoleDeletionStatus",
            "iam:GetServiceLinkedRoleDeletionStatus",
            _deleted_service_linked_role,
        ),
        # Managed policies
        Row("CreatePolicy", "iam:CreatePolicy", _new("policy", "PolicyName"), request_tags="Tags"),
        *_on(
            POLICY,
            "CreatePolicyVersion",
            "DeletePolicy",
            "DeletePolicyVersion",
            "GetPolicy",
            "GetPolicyVersion",
            "ListEntitiesForPolicy",
            "ListPolicyTags",
            "ListPolicyVersions",
            "SetDefaultPolicyVersion",
        ),
        Row("TagPolicy", "iam:TagPolicy", POLICY, request_tags="Tags"),
        Row("UntagPolicy", "iam:UntagPolicy", POLICY, tag_keys="TagKeys"),
        # Instance profiles
        Row(
            "CreateInstanceProfile",
            "iam:CreateInstanceProfile",
            _new("instance-profile", "InstanceProfileName"),
            request_tags="Tags",
        ),
        *_on(
            INSTANCE_PROFILE,
            "AddRoleToInstanceProfile",
            "DeleteInstanceProfile",
            "GetInstanceProfile",
            "ListInstanceProfileTags",
            "RemoveRoleFromInstanceProfile",
        ),
        Derived("AddRoleToInstanceProfile", _pass_to_ec2, actions=("iam:PassRole",)),
        Row("TagInstanceProfile", "iam:TagInstanceProfile", INSTANCE_PROFILE, request_tags="Tags"),
        Row(
            "UntagInstanceProfile",
            "iam:UntagInstanceProfile",
            INSTANCE_PROFILE,
            tag_keys="TagKeys",
        ),
        # Identity providers
        Row(
            "CreateOpenIDConnectProvider",
            "iam:CreateOpenIDConnectProvider",
            _provider_of_url,
            request_tags="Tags",
        ),
        *_on(
            OIDC_PROVIDER,
            "AddClientIDToOpenIDConnectProvider",
            "DeleteOpenIDConnectProvider",
            "GetOpenIDConnectProvider",
            "ListOpenIDConnectProviderTags",
            "RemoveClientIDFromOpenIDConnectProvider",
            "UpdateOpenIDConnectProviderThumbprint",
        ),
        Row(
            "TagOpenIDConnectProvider",
            "iam:TagOpenIDConnectProvider",
            OIDC_PROVIDER,
            request_tags="Tags",
        ),
        Row(
            "UntagOpenIDConnectProvider",
            "iam:UntagOpenIDConnectProvider",
            OIDC_PROVIDER,
            tag_keys="TagKeys",
        ),
        Row(
            "CreateSAMLProvider",
            "iam:CreateSAMLProvider",
            "arn:{partition}:iam::{account}:saml-provider/{Name}",
            request_tags="Tags",
        ),
        *_on(
            SAML_PROVIDER,
            "DeleteSAMLProvider",
            "GetSAMLProvider",
            "ListSAMLProviderTags",
            "UpdateSAMLProvider",
        ),
        Row("TagSAMLProvider", "iam:TagSAMLProvider", SAML_PROVIDER, request_tags="Tags"),
        Row("UntagSAMLProvider", "iam:UntagSAMLProvider", SAML_PROVIDER, tag_keys="TagKeys"),
        # Virtual MFA devices
        Row(
            "CreateVirtualMFADevice",
            "iam:CreateVirtualMFADevice",
            _new("mfa", "VirtualMFADeviceName"),
            request_tags="Tags",
        ),
        *_on(MFA_DEVICE, "DeleteVirtualMFADevice", "ListMFADeviceTags"),
        Row("TagMFADevice", "iam:TagMFADevice", MFA_DEVICE, request_tags="Tags"),
        Row("UntagMFADevice", "iam:UntagMFADevice", MFA_DEVICE, tag_keys="TagKeys"),
        # Server certificates
        Row(
            "UploadServerCertificate",
            "iam:UploadServerCertificate",
            _new("server-certificate", "ServerCertificateName"),
            request_tags="Tags",
        ),
        *_on(
            SERVER_CERTIFICATE,
            "DeleteServerCertificate",
            "GetServerCertificate",
            "ListServerCertificateTags",
            "UpdateServerCertificate",
        ),
        Row(
            "UpdateServerCertificate",
            "iam:UpdateServerCertificate",
            _renamed(
                "server-certificate",
                "NewPath",
                "NewServerCertificateName",
                "ServerCertificateName",
            ),
            when=_moves("NewPath", "NewServerCertificateName"),
        ),
        Row(
            "TagServerCertificate",
            "iam:TagServerCertificate",
            SERVER_CERTIFICATE,
            request_tags="Tags",
        ),
        Row(
            "UntagServerCertificate",
            "iam:UntagServerCertificate",
            SERVER_CERTIFICATE,
            tag_keys="TagKeys",
        ),
        # Asking about an entity
        *_on(
            "{PolicySourceArn}",
            "GetContextKeysForPrincipalPolicy",
            "SimulatePrincipalPolicy",
        ),
        *_on("{Arn}", "GenerateServiceLastAccessedDetails", "ListPoliciesGrantingServiceAccess"),
        Row(
            "GenerateOrganizationsAccessReport",
            "iam:GenerateOrganizationsAccessReport",
            "arn:{partition}:iam::{account}:access-report/{EntityPath}",
            keys={"iam:OrganizationsPolicyId": "OrganizationsPolicyId"},
        ),
        # Delegation requests
        *_on(
            DELEGATION_REQUEST,
            "AcceptDelegationRequest",
            "AssociateDelegationRequest",
            "GetDelegationRequest",
            "RejectDelegationRequest",
            "SendDelegationToken",
            "UpdateDelegationRequest",
        ),
        Row("GetHumanReadableSummary", "iam:GetHumanReadableSummary", "{EntityArn}"),
        Row(
            "CreateDelegationRequest",
            "iam:CreateDelegationRequest",
            "arn:{partition}:iam::{account}:delegation-request/*",
            keys={
                "iam:DelegationDuration": "SessionDuration",
                "iam:NotificationChannel": "NotificationChannel",
                "iam:TemplateArn": "Permissions.PolicyTemplateArn",
            },
        ),
        Row(
            "ListDelegationRequests",
            "iam:ListDelegationRequests",
            keys={"iam:DelegationRequestOwner": "OwnerId"},
        ),
        # A list of entities is authorized on the path that it lists. The Service Authorization
        # Reference gives these actions no resource type; AWS's own managed policies
        # (CloudFrontFullAccess, AgentRegistryFullAccess) allow them on such ARNs.
        *(
            Row(operation, f"iam:{operation}", _path(kind))
            for operation, kind in (
                ("ListGroups", "group"),
                ("ListInstanceProfiles", "instance-profile"),
                ("ListRoles", "role"),
                ("ListServerCertificates", "server-certificate"),
                ("ListUsers", "user"),
            )
        ),
        # The account as a whole
        *_plain(
            "AcquireRole",
            "CreateAccountAlias",
            "DeleteAccountAlias",
            "DeleteAccountPasswordPolicy",
            "DisableOrganizationsRootCredentialsManagement",
            "DisableOrganizationsRootSessions",
            "DisableOutboundWebIdentityFederation",
            "EnableOrganizationsRootCredentialsManagement",
            "EnableOrganizationsRootSessions",
            "EnableOutboundWebIdentityFederation",
            "GenerateCredentialReport",
            "GetAccountAuthorizationDetails",
            "GetAccountPasswordPolicy",
            "GetAccountProperties",
            "GetAccountSummary",
            "GetContextKeysForCustomPolicy",
            "GetCredentialReport",
            "GetOrganizationsAccessReport",
            "GetOutboundWebIdentityFederationInfo",
            "GetRoleTemplateVersion",
            "GetServiceLastAccessedDetails",
            "GetServiceLastAccessedDetailsWithEntities",
            "ListAccountAliases",
            "ListOpenIDConnectProviders",
            "ListOrganizationsFeatures",
            "ListPolicies",
            "ListSAMLProviders",
            "ListVirtualMFADevices",
            "PutAccountProperties",
            "SetSecurityTokenServicePreferences",
            "SimulateCustomPolicy",
            "UpdateAccountPasswordPolicy",
        ),
    ),
)
