"""The findings of ValidatePolicy: codes, kinds and sentences.

Page: *IAM policy validation check reference* (IAM User Guide), whose issue codes and finding
details these are.
"""

from __future__ import annotations

from collections.abc import Mapping

PAGE = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
)
ERROR, WARNING, SECURITY, SUGGESTION = "ERROR", "WARNING", "SECURITY_WARNING", "SUGGESTION"
_ANCHORS: Mapping[str, str] = {
    ERROR: "error",
    WARNING: "general-warning",
    SECURITY: "security-warning",
    SUGGESTION: "suggestion",
}

_ERRORS: Mapping[str, str] = {
    "ARN_ACCOUNT_NOT_ALLOWED": (
        "The service {service} does not support specifying an account ID in the resource ARN."
    ),
    "ARN_REGION_NOT_ALLOWED": (
        "The service {service} does not support specifying a Region in the resource ARN."
    ),
    "DATA_TYPE_MISMATCH": "The text does not match the expected JSON data type {type}.",
    "DUPLICATE_KEYS_WITH_DIFFERENT_CASE": (
        "The condition key {key} appears more than once with different capitalization in the same "
        "condition block. Remove the duplicate condition keys."
    ),
    "EMPTY_VARIABLE": (
        "Empty policy variable. Remove the ${{ }} variable structure or provide a variable within "
        "the structure."
    ),
    "INVALID_ACTION": "The action {action} does not exist.{hint}",
    "INVALID_ARN_ACCOUNT": (
        "The resource ARN account ID {account} is not valid. Provide a 12-digit account ID."
    ),
    "INVALID_ARN_PREFIX": "Add the required prefix (arn) to the resource ARN.",
    "INVALID_ARN_RESOURCE": (
        "Resource ARN does not match the expected ARN format. Update the resource portion of the "
        "ARN."
    ),
    "INVALID_ARN_SERVICE_CASE": (
        "Update the service name {service} in the resource ARN to use all lowercase letters."
    ),
    "INVALID_CONDITION_DATA_TYPE": (
        "The condition value data types do not match. Use condition values of the same JSON data "
        "type."
    ),
    "INVALID_CONDITION_KEY_FORMAT": (
        "The condition key format is not valid. Use the format service:keyname."
    ),
    "INVALID_CONDITION_MULTIPLE_BOOLEAN": (
        "The condition key does not support multiple Boolean values. Use a single Boolean value."
    ),
    "INVALID_CONDITION_OPERATOR": (
        "The condition operator {operator} is not valid. Use a valid condition operator."
    ),
    "INVALID_EFFECT": "The effect {effect} is not valid. Use Allow or Deny.",
    "INVALID_GLOBAL_CONDITION_KEY": (
        "The condition key {key} does not exist. Use a valid condition key."
    ),
    "INVALID_PARTITION": (
        "The resource ARN for the service {service} does not support the partition {partition}. "
        "Use the supported values: {partitions}"
    ),
    "INVALID_POLICY_ELEMENT": "The policy element {element} is not valid.",
    "INVALID_PRINCIPAL_FORMAT": (
        "The Principal element contents are not valid. Specify a key-value pair in the Principal "
        "element."
    ),
    "INVALID_PRINCIPAL_KEY": "The principal key {key} is not valid.",
    "INVALID_SERVICE_IN_ACTION": (
        "The service {service} specified in the action does not exist.{hint}"
    ),
    "INVALID_VARIABLE_FOR_OPERATOR": (
        "Policy variables can only be used with String and ARN operators."
    ),
    "INVALID_VERSION": (
        "The version {version} is not valid. Use one of the following versions: {versions}"
    ),
    "INVALID_VPCE_FORMAT": (
        "The VPCE identifier in the condition key value is not valid.  Use the prefix 'vpce-' "
        "followed by 8 or 17 alphanumeric characters."
    ),
    "INVALID_VPC_FORMAT": (
        "The VPC identifier in the condition key value is not valid. Use the prefix 'vpc-' "
        "followed by 8 or 17 alphanumeric characters."
    ),
    "JSON_SYNTAX_ERROR": "Fix the JSON syntax error{place}.",
    "MISSING_ACTION": "Add an Action or NotAction element to the policy statement.",
    "MISSING_ARN_FIELD": (
        "Resource ARNs must include at least {fields} fields in the following structure: "
        "arn:partition:service:region:account:resource"
    ),
    "MISSING_BRACE_IN_VARIABLE": (
        "The policy variable is missing a closing curly brace. Add }} after the variable text."
    ),
    "MISSING_EFFECT": (
        "Add an Effect element to the policy statement with a value of Allow or Deny."
    ),
    "MISSING_PRINCIPAL": "Add a Principal element to the policy statement.",
    "MISSING_QUALIFIER": (
        "The request context key {key} has multiple values. Use the ForAllValues or ForAnyValue "
        "condition key qualifiers in your policy."
    ),
    "MISSING_RESOURCE": "Add a Resource or NotResource element to the policy statement.",
    "MISSING_STATEMENT": "Add a statement to the policy",
    "MISSING_TAG_KEY_IN_CONDITION": (
        "The condition key {key} must include a tag key to control access based on tags. Use the "
        "format {key}tag-key and specify a key name for tag-key."
    ),
    "NULL_WITH_IF_EXISTS": (
        "The Null condition operator cannot be used with the IfExists suffix. Update the operator "
        "or the suffix."
    ),
    "ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL": (
        "Role trust policies do not support NotPrincipal. Update the policy to use a Principal "
        "element instead."
    ),
    "ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE": (
        "Role trust policies apply to the role that they are attached to. You cannot specify a "
        "resource. Remove the Resource or NotResource element."
    ),
    "ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL": (
        '"Principal:" "*" is not supported in the principal element of a role trust policy. '
        "Replace the wildcard with a valid principal value."
    ),
    "SCP_SYNTAX_ERROR_PRINCIPAL": (
        "SCPs do not support specifying principals. Remove the Principal or NotPrincipal element."
    ),
    "TYPE_MISMATCH_IP_RANGE": (
        "The condition operator {operator} is used with an invalid IP range value. Specify the IP "
        "range in standard CIDR format."
    ),
    "UNIQUE_SIDS_REQUIRED": (
        "Duplicate statement IDs are not supported for this policy type. Update the Sid value."
    ),
    "UNSUPPORTED_ELEMENT_COMBINATION": (
        "The policy elements {one} and {other} can not be used in the same statement. Remove one "
        "of these elements."
    ),
    "UNSUPPORTED_PRINCIPAL": (
        "The policy type {kind} does not support the Principal element. Remove the Principal "
        "element."
    ),
    "UNSUPPORTED_SID": (
        "Update the characters in the Sid element to use one of the following character types: "
        "[a-z, A-Z, 0-9]"
    ),
    "UNSUPPORTED_WILDCARD_IN_PRINCIPAL": (
        "Wildcards (*, ?) are not supported with the principal key {key}. Replace the wildcard "
        "with a valid principal value."
    ),
}

_WARNINGS: Mapping[str, str] = {
    "CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION": (
        "Using a resource with wildcards (*) and NotAction can allow creation of unintended "
        "service-linked roles because it allows iam:CreateServiceLinkedRole permissions on all "
        "resources. We recommend that you specify resource ARNs instead."
    ),
    "DEPRECATED_GLOBAL_CONDITION_KEY": (
        "We recommend that you update aws:ARN to use the newer condition key aws:PrincipalArn."
    ),
    "INVALID_DATE_VALUE": (
        "The date {date} might not resolve as expected. We recommend that you use the YYYY-MM-DD "
        "format."
    ),
    "MISSING_VERSION": (
        "We recommend that you specify the Version element to help you with debugging permission "
        "issues."
    ),
    "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA": (
        "The {size} characters in the identity policy, excluding whitespace, exceed the {quota} "
        "character maximum for inline and managed policies. We recommend that you use multiple "
        "granular policies."
    ),
    "UNIQUE_SIDS_RECOMMENDED": (
        "We recommend that you use statement IDs that are unique to your policy. Update the Sid "
        "value."
    ),
    "WILDCARD_WITHOUT_LIKE_OPERATOR": (
        "Your condition value includes a * or ? character. If you meant to use a wildcard (*, ?), "
        "update the condition operator to include Like."
    ),
}

_PASS_ROLE_STAR = (
    "because it allows iam:PassRole permissions on all resources. We recommend that you specify "
    "resource ARNs or add the iam:PassedToService condition key to your statement."
)
_PASS_ROLE_NOT = (
    "can be overly permissive because it can allow iam:PassRole permissions on multiple resources. "
    "We recommend that you specify resource ARNs instead."
)
_SECURITY: Mapping[str, str] = {
    "ALLOW_WITH_NOT_PRINCIPAL": (
        "Using Allow with NotPrincipal can be overly permissive. We recommend that you use "
        "Principal instead."
    ),
    "DYNAMODB_ATTRIBUTES_WITHOUT_SELECT": (
        "Restricting dynamodb:Attributes without also setting dynamodb:Select to "
        "SPECIFIC_ATTRIBUTES allows all attributes to be returned on read requests that omit a "
        "projection expression. We recommend that you also set dynamodb:Select to "
        "SPECIFIC_ATTRIBUTES."
    ),
    "FORALLVALUES_WITH_SINGLE_VALUED_KEY": (
        "Using ForAllValues qualifier with the single-valued condition key {key} can be overly "
        "permissive. We recommend that you remove ForAllValues:."
    ),
    "MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL": (
        "Using an Open ID Connect principal without a condition can be overly permissive. Add "
        "condition keys with a prefix that matches your federated OIDC principals to ensure that "
        "only the intended identity provider assumes the role."
    ),
    "MISSING_GITHUB_REPO_CONDITION_KEY": (
        "Granting a federated GitHub principal permissions without a condition key can allow more "
        "sources to assume the role than you intended. Add the "
        "token.actions.githubusercontent.com:sub condition key and specify the branch and "
        "repository name in the value."
    ),
    "MISSING_PAIRED_CONDITION_KEYS": (
        "Using the condition key {key} can be overly permissive without also using the following "
        "condition keys: {others}. Condition keys like this one are more secure when paired with a "
        "related key. We recommend that you add the related condition keys to the same condition "
        "block."
    ),
    "PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE": (
        "Using NotAction with NotResource can be overly permissive because it can allow "
        "iam:PassRole permissions on multiple resources.. We recommend that you specify resource "
        "ARNs instead."
    ),
    "PASS_ROLE_WITH_NOT_RESOURCE": (
        f"Using the iam:PassRole action with NotResource {_PASS_ROLE_NOT}"
    ),
    "PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE": (
        f"Using an action with a wildcard (*) and NotResource {_PASS_ROLE_NOT}"
    ),
    "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE": (
        "Using wildcards (*) in the action and the resource can be overly permissive "
        f"{_PASS_ROLE_STAR}"
    ),
    "PASS_ROLE_WITH_STAR_IN_RESOURCE": (
        "Using the iam:PassRole action with wildcards (*) in the resource can be overly permissive "
        "because it allows iam:PassRole permissions on multiple resources. We recommend that you "
        "specify resource ARNs or add the iam:PassedToService condition key to your statement."
    ),
    "PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION": (
        "Using a resource with wildcards (*) and NotAction can be overly permissive "
        f"{_PASS_ROLE_STAR}"
    ),
    "RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL": (
        "Granting access to a service principal without specifying a source is overly permissive. "
        "Use aws:SourceArn, aws:SourceAccount, aws:SourceOrgID, or aws:SourceOrgPaths condition "
        "key to grant fine-grained access."
    ),
    "S3_PREFIX_IN_NEGATIVE_CONTEXT": (
        "Using the s3:prefix condition key in a Deny statement or with a negated string operator "
        "does not block listing the objects under the matching prefixes. A request that specifies "
        "a shorter prefix does not match the condition and can still list those objects. To "
        "restrict listing to specific prefixes, use s3:prefix with StringLike in an Allow "
        "statement, or use a Deny statement with StringNotLike."
    ),
    "STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS": (
        "Use the operator type {allowed} instead of operator {operator} for the condition key "
        "{key}."
    ),
}

_EMPTY_MATCHES_MISSING = (
    "with an empty condition key matches only if the key {key} is missing from the request "
    "context. To determine if the request context is empty, we recommend that you use the Null "
    "condition operator with the value of true instead."
)
_SUGGESTIONS: Mapping[str, str] = {
    "EMPTY_ARRAY_ACTION": (
        "This statement includes no actions and does not affect the policy. Specify actions."
    ),
    "EMPTY_ARRAY_CONDITION": (
        "There are no values for the condition key {key} and it does not affect the policy. "
        "Specify conditions."
    ),
    "EMPTY_ARRAY_CONDITION_FORALLVALUES": f"The ForAllValues prefix {_EMPTY_MATCHES_MISSING}",
    "EMPTY_ARRAY_CONDITION_FORANYVALUE": (
        "The ForAnyValue prefix with an empty condition key {key} never matches the request "
        "context and it does not affect the policy. Specify conditions."
    ),
    "EMPTY_ARRAY_CONDITION_IFEXISTS": f"The IfExists suffix {_EMPTY_MATCHES_MISSING}",
    "EMPTY_ARRAY_PRINCIPAL": (
        "This statement includes no principals and does not affect the policy. Specify principals."
    ),
    "EMPTY_ARRAY_RESOURCE": (
        "This statement includes no resources and does not affect the policy. Specify resources."
    ),
    "EMPTY_OBJECT_CONDITION": (
        "This condition block is empty and it does not affect the policy. Specify conditions."
    ),
    "EMPTY_OBJECT_PRINCIPAL": (
        "This statement includes no principals and does not affect the policy. Specify principals."
    ),
    "EMPTY_SID_VALUE": "Add a value to the empty string in the Sid element.",
    "IMPROVE_IP_RANGE": (
        "The non-zero bits in the IP address after the masked bits are ignored. Replace address "
        "with {address}."
    ),
    "NULL_WITH_QUALIFIER": (
        "Avoid using the Null condition operator with the ForAllValues or ForAnyValue qualifiers "
        "because they always return a true or false respectively."
    ),
    "REDUNDANT_ACTION": (
        "The {count} action(s) are redundant because they provide similar permissions. Update the "
        "policy to remove the redundant action such as: {action}."
    ),
    "REDUNDANT_CONDITION_VALUE_NUM": (
        "Multiple values in {operator} are redundant. Replace with the {which} single value for "
        "{key}."
    ),
    "REDUNDANT_RESOURCE": (
        "The {count} resource ARN(s) are redundant because they reference the same resource. "
        "Review the use of wildcards (*)"
    ),
    "REDUNDANT_STATEMENT": (
        "The statements are redundant because they provide identical permissions. Update the "
        "policy to remove the redundant statement."
    ),
    "WILDCARD_IN_SERVICE_NAME": (
        "Avoid using wildcards (*, ?) in the service name because it might grant unintended access "
        "to other AWS services with similar names."
    ),
}

CATALOG: Mapping[str, tuple[str, str]] = {
    code: (kind, details)
    for kind, group in (
        (ERROR, _ERRORS),
        (WARNING, _WARNINGS),
        (SECURITY, _SECURITY),
        (SUGGESTION, _SUGGESTIONS),
    )
    for code, details in group.items()
}
"""Issue code -> finding type and finding details, with gaps in braces."""


def learn_more(code: str) -> str:
    """Give the address of the part of the page about a code."""
    name = code.lower().replace("_", "-")
    return f"{PAGE}#access-analyzer-reference-policy-checks-{_ANCHORS[CATALOG[code][0]]}-{name}"
