"""Documents that AWS refuses, with the place and the reason, and near misses that it accepts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from rolelab.iam import PolicyError, parse
from tests.iam.cases.names import (
    ACTION,
    CONDITION,
    CREATING_KEY_POLICY,
    EFFECT,
    ELEMENTS,
    ENDPOINTS,
    GRAMMAR,
    NOT_PRINCIPAL,
    OPERATORS,
    POLICY_CHECKS,
    PRINCIPAL,
    RCP_SYNTAX,
    RESOURCE,
    SCP_SYNTAX,
    SID,
    TROUBLESHOOT_POLICIES,
    VARIABLES,
    VERSION,
)
from tests.iam.cases.statements import (
    RCP_FULL_AWS_ACCESS,
    allow,
    deny,
    policy,
    statement,
    trust,
)

CREATE_ROLE_ERRORS = "AWS IAM API Reference: CreateRole"
USER = {"AWS": "arn:aws:iam::123456789012:user/ana"}
BUCKET = "arn:aws:s3:::bookshop-orders"
ASSUME = "sts:AssumeRole"
CANONICAL_ID = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
ECS = {"Service": "ecs-tasks.amazonaws.com"}


@dataclass(frozen=True, slots=True)
class Refused:
    """A document that AWS refuses: at which element, and a word of the reason."""

    id: str
    page: str
    kind: str
    document: Mapping[str, Any] | str
    element: str | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A document that AWS accepts."""

    id: str
    page: str
    kind: str
    document: Mapping[str, Any] | str


def when(condition: Any) -> Mapping[str, Any]:
    return policy(allow(Condition=condition))


def without(element: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    return policy({key: value for key, value in body.items() if key != element})


def text(*statement_lines: str) -> str:
    """A document written by hand, where a dict could not say it."""
    return '{"Version": "2012-10-17", "Statement": {' + ", ".join(statement_lines) + "}}"


IN_BUCKET = allow("s3:GetObject", f"{BUCKET}/*", Principal=USER)
NOT_A_DOCUMENT = {
    "nothing": "",
    "only-space": "  \n ",
    "a-word": "hello",
    "a-list": "[]",
    "a-string": '"Allow"',
    "a-number": "1",
    "null": "null",
    "true": "true",
    "trailing-comma": '{"Version": "2012-10-17", "Statement": [],}',
    "trailing-comma-in-a-list": text('"Effect": "Allow"', '"Action": ["s3:*",]', '"Resource": "*"'),
    "single-quotes": "{'Version': '2012-10-17'}",
    "a-comment": text('/* all */ "Effect": "Allow"', '"Action": "*"', '"Resource": "*"'),
    "unfinished": '{"Version": "2012-10-17"',
    "two-objects": json.dumps(policy(allow())) + json.dumps(policy(allow())),
    "text-after-the-end": json.dumps(policy(allow())) + " x",
    "not-a-number": '{"Version": NaN}',
}

REFUSED = (
    *(
        Refused(f"not-json-{name}", GRAMMAR, "identity", body, None)
        for name, body in NOT_A_DOCUMENT.items()
    ),
    # the document
    Refused("no-statement", POLICY_CHECKS, "identity", {"Version": "2012-10-17"}, "Statement"),
    Refused("no-statement-in-the-list", POLICY_CHECKS, "identity", policy(), "Statement"),
    Refused("an-empty-object", POLICY_CHECKS, "identity", {}, "Statement"),
    Refused(
        "statement-is-text",
        GRAMMAR,
        "identity",
        {"Version": "2012-10-17", "Statement": "Allow"},
        "Statement",
    ),
    Refused(
        "statement-is-a-list-of-text",
        GRAMMAR,
        "identity",
        {"Version": "2012-10-17", "Statement": ["Allow"]},
        None,
    ),
    Refused(
        "statements-in-two-lists",
        GRAMMAR,
        "identity",
        {"Version": "2012-10-17", "Statement": [[allow()]]},
        None,
    ),
    Refused(
        "an-unknown-version",
        VERSION,
        "identity",
        policy(allow(), version="2012-10-18"),
        "Version",
        "2012-10-17",
    ),
    Refused(
        "a-version-in-another-form", VERSION, "identity", policy(allow(), version="2012"), "Version"
    ),
    Refused(
        "a-version-that-is-a-number",
        POLICY_CHECKS,
        "identity",
        {"Version": 2012, "Statement": [allow()]},
        "Version",
    ),
    Refused(
        "an-unknown-element-of-the-document",
        POLICY_CHECKS,
        "identity",
        {**policy(allow()), "Statements": []},
        "Statements",
    ),
    Refused(
        "two-statement-elements",
        TROUBLESHOOT_POLICIES,
        "identity",
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ec2:*",'
        ' "Resource": "*"}, "Statement": {"Effect": "Allow", "Action": "s3:*",'
        ' "Resource": "*"}}',
        "Statement",
    ),
    # the statement
    Refused("no-effect", EFFECT, "identity", without("Effect", allow()), "Effect"),
    Refused(
        "an-unknown-effect",
        EFFECT,
        "identity",
        policy(statement("Permit", "*", "*", {})),
        "Effect",
        "Allow",
    ),
    Refused(
        "an-effect-in-lower-case",
        EFFECT,
        "identity",
        policy(statement("allow", "*", "*", {})),
        "Effect",
    ),
    Refused(
        "an-effect-in-a-list",
        GRAMMAR,
        "identity",
        policy({**allow(), "Effect": ["Allow"]}),
        "Effect",
    ),
    Refused(
        "two-effects",
        TROUBLESHOOT_POLICIES,
        "identity",
        text('"Effect": "Deny"', '"Effect": "Allow"', '"Action": "ec2:*"', '"Resource": "*"'),
        "Effect",
    ),
    Refused(
        "two-resources",
        TROUBLESHOOT_POLICIES,
        "identity",
        text(
            '"Effect": "Allow"',
            '"Action": "s3:*"',
            '"Resource": "arn:aws:s3:::a"',
            '"Resource": "arn:aws:s3:::a/*"',
        ),
        "Resource",
    ),
    Refused(
        "an-unknown-element-of-the-statement",
        POLICY_CHECKS,
        "identity",
        policy(allow(Ressource="*")),
        "Ressource",
    ),
    Refused(
        "a-misspelt-effect",
        POLICY_CHECKS,
        "identity",
        policy({"Efect": "Deny", "Action": "ec2:*", "Resource": "*"}),
        None,
    ),
    Refused(
        "two-statements-with-one-sid", SID, "identity", policy(allow(Sid="a"), deny(Sid="a")), "Sid"
    ),
    Refused("a-sid-with-a-space", SID, "identity", policy(allow(Sid="Read orders")), "Sid"),
    Refused("a-sid-with-a-dash", SID, "identity", policy(allow(Sid="read-orders")), "Sid"),
    Refused("a-sid-that-is-a-number", GRAMMAR, "identity", policy(allow(Sid=1)), "Sid"),
    # actions
    Refused(
        "neither-action-nor-not-action", ACTION, "identity", without("Action", allow()), "Action"
    ),
    Refused(
        "action-and-not-action",
        ELEMENTS,
        "identity",
        policy(allow(NotAction="iam:*")),
        None,
        "NotAction",
    ),
    Refused(
        "an-action-without-a-service", GRAMMAR, "identity", policy(allow("s3GetObject")), "Action"
    ),
    Refused(
        "an-action-with-a-dot",
        TROUBLESHOOT_POLICIES,
        "identity",
        policy(allow("iam.CreateUser")),
        "Action",
    ),
    Refused("an-action-without-a-name", GRAMMAR, "identity", policy(allow("s3:")), "Action"),
    Refused(
        "an-action-with-nothing-before-the-colon",
        GRAMMAR,
        "identity",
        policy(allow(":GetObject")),
        "Action",
    ),
    Refused("an-empty-action", GRAMMAR, "identity", policy(allow("")), "Action"),
    Refused("an-action-that-is-a-number", GRAMMAR, "identity", policy(allow(5)), "Action"),
    Refused(
        "an-action-that-is-an-object", GRAMMAR, "identity", policy(allow({"s3": "*"})), "Action"
    ),
    Refused(
        "a-list-of-actions-with-a-number", GRAMMAR, "identity", policy(allow(["s3:*", 5])), "Action"
    ),
    Refused(
        "an-action-of-a-list-is-wrong",
        GRAMMAR,
        "identity",
        policy(allow(["s3:*", "GetObject"])),
        "Action",
        "GetObject",
    ),
    Refused(
        "a-wrong-not-action", GRAMMAR, "identity", policy(allow(None, NotAction="iam")), "NotAction"
    ),
    # resources
    Refused(
        "neither-resource-nor-not-resource",
        RESOURCE,
        "identity",
        without("Resource", allow()),
        "Resource",
    ),
    Refused(
        "resource-and-not-resource",
        ELEMENTS,
        "identity",
        policy(allow(NotResource="*")),
        None,
        "NotResource",
    ),
    Refused(
        "a-resource-that-is-no-arn",
        RESOURCE,
        "identity",
        policy(allow("s3:*", "bookshop-orders")),
        "Resource",
    ),
    Refused(
        "a-resource-without-the-arn-prefix",
        POLICY_CHECKS,
        "identity",
        policy(allow("s3:*", "aws:s3:::bookshop-orders")),
        "Resource",
    ),
    Refused(
        "an-arn-with-missing-fields",
        POLICY_CHECKS,
        "identity",
        policy(allow("s3:*", "arn:aws:s3")),
        "Resource",
    ),
    Refused("an-empty-resource", GRAMMAR, "identity", policy(allow("s3:*", "")), "Resource"),
    Refused(
        "a-resource-that-is-a-number", GRAMMAR, "identity", policy(allow("s3:*", 5)), "Resource"
    ),
    Refused(
        "a-resource-of-a-list-is-wrong",
        RESOURCE,
        "identity",
        policy(allow("s3:*", [BUCKET, "other"])),
        "Resource",
        "other",
    ),
    Refused(
        "a-wrong-not-resource",
        RESOURCE,
        "identity",
        policy(allow("s3:*", None, NotResource="bookshop")),
        "NotResource",
    ),
    Refused(
        "a-resource-in-a-trust-policy",
        CREATE_ROLE_ERRORS,
        "trust",
        policy(allow(ASSUME, Principal=ECS)),
        "Resource",
    ),
    Refused(
        "a-not-resource-in-a-trust-policy",
        CREATE_ROLE_ERRORS,
        "trust",
        policy(trust(ASSUME, ECS, NotResource="*")),
        "NotResource",
    ),
    # principals
    Refused(
        "a-principal-in-an-identity-policy",
        PRINCIPAL,
        "identity",
        policy(allow(Principal="*")),
        "Principal",
    ),
    Refused(
        "a-not-principal-in-an-identity-policy",
        NOT_PRINCIPAL,
        "identity",
        policy(deny(NotPrincipal=USER)),
        "NotPrincipal",
    ),
    Refused(
        "no-principal-in-a-bucket-policy", PRINCIPAL, "resource", policy(allow("s3:*")), "Principal"
    ),
    Refused(
        "no-principal-in-a-trust-policy",
        PRINCIPAL,
        "trust",
        policy(statement("Allow", ASSUME, None, {})),
        "Principal",
    ),
    Refused(
        "no-principal-in-an-endpoint-policy",
        ENDPOINTS,
        "endpoint",
        policy(allow("s3:*")),
        "Principal",
    ),
    Refused(
        "principal-and-not-principal",
        ELEMENTS,
        "resource",
        policy(deny("s3:*", Principal="*", NotPrincipal=USER)),
        None,
        "NotPrincipal",
    ),
    Refused(
        "a-principal-that-is-text",
        POLICY_CHECKS,
        "resource",
        policy(allow("s3:*", Principal="123456789012")),
        "Principal",
    ),
    Refused(
        "a-principal-that-is-a-list",
        POLICY_CHECKS,
        "resource",
        policy(allow("s3:*", Principal=["*"])),
        "Principal",
    ),
    Refused(
        "an-unknown-kind-of-principal",
        POLICY_CHECKS,
        "resource",
        policy(allow("s3:*", Principal={"User": "ana"})),
        "Principal",
        "User",
    ),
    Refused(
        "a-principal-that-is-a-number",
        GRAMMAR,
        "resource",
        policy(allow("s3:*", Principal={"AWS": 123456789012})),
        "Principal",
    ),
    Refused(
        "a-wildcard-in-a-user-name",
        PRINCIPAL,
        "resource",
        policy(allow("s3:*", Principal={"AWS": "arn:aws:iam::123456789012:user/*"})),
        "Principal",
    ),
    Refused(
        "a-wildcard-in-a-role-name",
        PRINCIPAL,
        "trust",
        policy(trust(ASSUME, {"AWS": "arn:aws:iam::123456789012:role/app-*"})),
        "Principal",
    ),
    Refused(
        "a-wildcard-for-all-sessions",
        PRINCIPAL,
        "resource",
        policy(allow("s3:*", Principal={"AWS": "arn:aws:sts::123456789012:assumed-role/app/*"})),
        "Principal",
    ),
    Refused(
        "a-group-as-principal",
        PRINCIPAL,
        "resource",
        policy(allow("s3:*", Principal={"AWS": "arn:aws:iam::123456789012:group/dev"})),
        "Principal",
    ),
    Refused(
        "every-service-as-principal",
        PRINCIPAL,
        "trust",
        policy(trust(ASSUME, {"Service": "*"})),
        "Principal",
    ),
    Refused(
        "a-word-as-principal",
        PRINCIPAL,
        "trust",
        policy(trust(ASSUME, {"AWS": "hello"})),
        "Principal",
    ),
    Refused(
        "not-principal-with-allow",
        NOT_PRINCIPAL,
        "resource",
        policy(allow("s3:*", NotPrincipal=USER)),
        "NotPrincipal",
    ),
    Refused(
        "not-principal-in-a-trust-policy",
        NOT_PRINCIPAL,
        "trust",
        policy({"Effect": "Deny", "NotPrincipal": USER, "Action": ASSUME}),
        "NotPrincipal",
    ),
    # conditions
    Refused(
        "an-unknown-operator",
        POLICY_CHECKS,
        "identity",
        when({"StringEqual": {"aws:username": "ana"}}),
        "Condition",
        "StringEqual",
    ),
    Refused(
        "a-misspelt-operator",
        POLICY_CHECKS,
        "identity",
        when({"StringLkie": {"aws:username": "ana"}}),
        "Condition",
    ),
    Refused(
        "null-with-if-exists",
        OPERATORS,
        "identity",
        when({"NullIfExists": {"aws:username": "true"}}),
        "Condition",
    ),
    Refused(
        "if-exists-alone",
        OPERATORS,
        "identity",
        when({"IfExists": {"aws:username": "ana"}}),
        "Condition",
    ),
    Refused(
        "an-unknown-set-operator",
        POLICY_CHECKS,
        "identity",
        when({"ForSomeValues:StringEquals": {"aws:TagKeys": "a"}}),
        "Condition",
    ),
    Refused(
        "a-set-operator-alone",
        POLICY_CHECKS,
        "identity",
        when({"ForAllValues": {"aws:TagKeys": "a"}}),
        "Condition",
    ),
    Refused("a-condition-that-is-text", GRAMMAR, "identity", when("always"), "Condition"),
    Refused(
        "a-condition-that-is-a-list",
        GRAMMAR,
        "identity",
        when([{"Bool": {"aws:SecureTransport": "true"}}]),
        "Condition",
    ),
    Refused(
        "an-operator-without-a-key", GRAMMAR, "identity", when({"StringEquals": "ana"}), "Condition"
    ),
    Refused(
        "a-value-that-is-an-object",
        GRAMMAR,
        "identity",
        when({"StringEquals": {"aws:username": {"is": "ana"}}}),
        "Condition",
    ),
    Refused(
        "a-value-that-is-null",
        GRAMMAR,
        "identity",
        when({"StringEquals": {"aws:username": None}}),
        "Condition",
    ),
    Refused(
        "a-value-that-is-a-list-in-a-list",
        GRAMMAR,
        "identity",
        when({"StringEquals": {"aws:username": [["ana"]]}}),
        "Condition",
    ),
    Refused(
        "a-key-without-a-prefix",
        POLICY_CHECKS,
        "identity",
        when({"StringEquals": {"username": "ana"}}),
        "Condition",
        "username",
    ),
    Refused(
        "two-conditions-elements",
        GRAMMAR,
        "identity",
        text(
            '"Effect": "Allow"',
            '"Action": "*"',
            '"Resource": "*"',
            '"Condition": {}',
            '"Condition": {}',
        ),
        "Condition",
    ),
    # SCPs
    Refused(
        "a-principal-in-an-scp", SCP_SYNTAX, "scp", policy(deny("s3:*", Principal="*")), "Principal"
    ),
    Refused(
        "a-not-principal-in-an-scp",
        SCP_SYNTAX,
        "scp",
        policy(deny("s3:*", NotPrincipal=USER)),
        "NotPrincipal",
    ),
    Refused(
        "an-scp-of-another-version",
        SCP_SYNTAX,
        "scp",
        policy(allow(), version="2008-10-17"),
        "Version",
    ),
    Refused("an-scp-without-effect", SCP_SYNTAX, "scp", without("Effect", allow()), "Effect"),
    # RCPs
    Refused(
        "an-allow-in-an-rcp", RCP_SYNTAX, "rcp", policy(allow("s3:*", Principal="*")), "Effect"
    ),
    Refused(
        "a-named-principal-in-an-rcp",
        RCP_SYNTAX,
        "rcp",
        policy(deny("s3:*", Principal=USER)),
        "Principal",
    ),
    Refused("no-principal-in-an-rcp", RCP_SYNTAX, "rcp", policy(deny("s3:*")), "Principal"),
    Refused(
        "a-not-principal-in-an-rcp",
        RCP_SYNTAX,
        "rcp",
        policy(deny("s3:*", NotPrincipal=USER)),
        "NotPrincipal",
    ),
    Refused(
        "a-not-action-in-an-rcp",
        RCP_SYNTAX,
        "rcp",
        policy(deny(None, Principal="*", NotAction="s3:*")),
        "NotAction",
    ),
    Refused(
        "every-action-in-an-rcp", RCP_SYNTAX, "rcp", policy(deny("*", Principal="*")), "Action"
    ),
    Refused(
        "no-resource-in-an-rcp",
        RCP_SYNTAX,
        "rcp",
        policy(deny("s3:*", None, Principal="*")),
        "Resource",
    ),
    Refused(
        "an-rcp-of-another-version",
        RCP_SYNTAX,
        "rcp",
        policy(deny("s3:*", Principal="*"), version="2008-10-17"),
        "Version",
    ),
)

ACCEPTED = (
    Accepted(
        "one-statement-without-a-list",
        GRAMMAR,
        "identity",
        {"Version": "2012-10-17", "Statement": allow()},
    ),
    Accepted("no-version", VERSION, "identity", policy(allow(), version=None)),
    Accepted("the-first-version", VERSION, "identity", policy(allow(), version="2008-10-17")),
    Accepted(
        "blocks-in-any-order",
        GRAMMAR,
        "identity",
        '{"Statement": [{"Resource": "*", "Action": "s3:*", "Effect": "Allow", "Sid": "a"}],'
        ' "Version": "2012-10-17"}',
    ),
    Accepted(
        "white-space-anywhere",
        GRAMMAR,
        "identity",
        '\n { "Version" :\t"2012-10-17" , "Statement" : [ { "Effect" : "Allow" ,'
        ' "Action" : "*" , "Resource" : "*" } ] }\n',
    ),
    Accepted(
        "an-id-in-a-bucket-policy",
        GRAMMAR,
        "resource",
        {**policy(IN_BUCKET), "Id": "bookshop policy 1"},
    ),
    Accepted(
        "a-sid-with-spaces-in-a-key-policy",
        CREATING_KEY_POLICY,
        "resource",
        policy(allow("kms:*", Principal=USER, Sid="Allow use of the key")),
    ),
    Accepted("statements-without-sid", SID, "identity", policy(allow(), deny("s3:*"))),
    Accepted("sids-that-differ", SID, "identity", policy(allow(Sid="a"), deny("s3:*", Sid="A"))),
    Accepted("a-sid-of-digits", GRAMMAR, "identity", policy(allow(Sid="1"))),
    Accepted("a-star-for-every-action", GRAMMAR, "identity", policy(allow("*"))),
    Accepted("wildcards-inside-a-name", ACTION, "identity", policy(allow("iam:*Access?ey*"))),
    Accepted("an-action-in-another-case", ACTION, "identity", policy(allow("IAM:listaccesskeys"))),
    Accepted("a-service-with-a-dash", ACTION, "identity", policy(allow("execute-api:Invoke"))),
    Accepted(
        "an-action-that-does-not-exist", POLICY_CHECKS, "identity", policy(allow("s3:GetObjekt"))
    ),
    Accepted(
        "not-action-instead-of-action", ACTION, "identity", policy(allow(None, NotAction="iam:*"))
    ),
    Accepted(
        "not-resource-instead-of-resource",
        RESOURCE,
        "identity",
        policy(deny("s3:*", None, NotResource=[BUCKET])),
    ),
    Accepted(
        "wildcards-inside-the-segments-of-an-arn",
        RESOURCE,
        "identity",
        policy(allow("*", ["arn:aws:dynamodb:*:*:table/T?read", "arn:aws:iam::*:user/*"])),
    ),
    Accepted(
        "a-resource-with-empty-region-and-account",
        RESOURCE,
        "identity",
        policy(allow("s3:*", "arn:aws:s3:::*")),
    ),
    Accepted(
        "a-variable-in-a-resource",
        VARIABLES,
        "identity",
        policy(allow("s3:*", "arn:aws:s3:::b/${aws:username}/*")),
    ),
    Accepted(
        "a-variable-with-a-default",
        VARIABLES,
        "identity",
        policy(allow("s3:*", "arn:aws:s3:::b-${aws:PrincipalTag/team, 'company-wide'}")),
    ),
    Accepted(
        "a-variable-before-its-version",
        VARIABLES,
        "identity",
        policy(allow("s3:*", "arn:aws:s3:::b/${aws:username}/*"), version="2008-10-17"),
    ),
    Accepted(
        "special-characters",
        VARIABLES,
        "identity",
        policy(allow("s3:*", "arn:aws:s3:::b/${*}${?}${$}")),
    ),
    Accepted(
        "a-number-as-a-condition-value",
        GRAMMAR,
        "identity",
        when({"NumericLessThanEquals": {"s3:max-keys": 10}}),
    ),
    Accepted(
        "a-boolean-as-a-condition-value",
        GRAMMAR,
        "identity",
        when({"Bool": {"aws:SecureTransport": True}}),
    ),
    Accepted(
        "a-list-of-mixed-condition-values",
        GRAMMAR,
        "identity",
        when({"StringEquals": {"s3:max-keys": ["10", 20, True]}}),
    ),
    Accepted(
        "a-set-operator-with-if-exists",
        OPERATORS,
        "identity",
        when({"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a*"]}}),
    ),
    Accepted(
        "the-key-of-an-oidc-provider",
        CONDITION,
        "trust",
        policy(
            trust(
                "sts:AssumeRoleWithWebIdentity",
                {"Federated": "arn:aws:iam::123456789012:oidc-provider/example.com"},
                Condition={"StringEquals": {"example.com:sub": "orders"}},
            )
        ),
    ),
    Accepted(
        "a-tag-key-with-odd-characters",
        CONDITION,
        "identity",
        when({"StringEquals": {"aws:RequestTag/Cost Center: EU/é": "x"}}),
    ),
    Accepted(
        "an-account-id-as-principal",
        PRINCIPAL,
        "resource",
        policy(allow("s3:*", Principal={"AWS": "123456789012"})),
    ),
    Accepted("everyone-as-principal", PRINCIPAL, "resource", policy(allow("s3:*", Principal="*"))),
    Accepted("everyone-as-aws-principal", PRINCIPAL, "trust", policy(trust(ASSUME, {"AWS": "*"}))),
    Accepted(
        "a-session-as-principal",
        PRINCIPAL,
        "resource",
        policy(
            allow("s3:*", Principal={"AWS": "arn:aws:sts::123456789012:assumed-role/app/session"})
        ),
    ),
    Accepted(
        "a-federated-user-as-principal",
        PRINCIPAL,
        "resource",
        policy(allow("s3:*", Principal={"AWS": "arn:aws:sts::123456789012:federated-user/carol"})),
    ),
    Accepted(
        "all-kinds-of-principals",
        PRINCIPAL,
        "resource",
        policy(
            allow(
                "s3:*",
                Principal={
                    "AWS": ["arn:aws:iam::123456789012:root", "999999999999"],
                    "Service": ["ecs.amazonaws.com", "elasticloadbalancing.amazonaws.com"],
                    "CanonicalUser": CANONICAL_ID,
                },
            )
        ),
    ),
    Accepted(
        "a-built-in-provider-as-principal",
        PRINCIPAL,
        "trust",
        policy(trust("sts:AssumeRoleWithWebIdentity", {"Federated": "accounts.google.com"})),
    ),
    Accepted(
        "the-unique-id-of-a-deleted-role",
        PRINCIPAL,
        "trust",
        policy(trust(ASSUME, {"AWS": "AROA4KJY2TU23Y7NK62MV"})),
    ),
    Accepted(
        "not-principal-with-deny",
        NOT_PRINCIPAL,
        "resource",
        policy(deny("s3:*", NotPrincipal=USER)),
    ),
    Accepted(
        "not-principal-in-an-endpoint-policy",
        NOT_PRINCIPAL,
        "endpoint",
        policy(deny("s3:*", NotPrincipal=USER)),
    ),
    Accepted("a-trust-policy-for-ecs-tasks", PRINCIPAL, "trust", policy(trust(ASSUME, ECS))),
    Accepted(
        "a-trust-policy-that-denies",
        PRINCIPAL,
        "trust",
        policy({"Effect": "Deny", "Principal": "*", "Action": ASSUME}),
    ),
    Accepted(
        "a-trust-policy-with-two-actions",
        PRINCIPAL,
        "trust",
        policy(trust([ASSUME, "sts:TagSession"], USER)),
    ),
    Accepted(
        "an-scp-with-a-condition-and-allow",
        SCP_SYNTAX,
        "scp",
        policy(allow("s3:*", Condition={"StringEquals": {"aws:PrincipalArn": "x"}})),
    ),
    Accepted(
        "an-scp-with-not-action-and-allow",
        SCP_SYNTAX,
        "scp",
        policy(allow(None, NotAction="iam:*")),
    ),
    Accepted("an-scp-with-a-resource-and-allow", SCP_SYNTAX, "scp", policy(allow("s3:*", BUCKET))),
    Accepted(
        "an-scp-with-not-resource",
        SCP_SYNTAX,
        "scp",
        policy(deny("s3:*", None, NotResource=BUCKET)),
    ),
    Accepted(
        "an-scp-with-a-wildcard-in-the-middle", SCP_SYNTAX, "scp", policy(deny("ec2:*Image*"))
    ),
    Accepted(
        "an-rcp-that-denies",
        RCP_SYNTAX,
        "rcp",
        policy(
            deny(
                "s3:*", Principal="*", Condition={"BoolIfExists": {"aws:SecureTransport": "false"}}
            )
        ),
    ),
    Accepted(
        "an-rcp-with-not-resource",
        RCP_SYNTAX,
        "rcp",
        policy(deny("s3:*", None, Principal="*", NotResource=BUCKET)),
    ),
    Accepted(
        "an-rcp-with-wildcards-in-the-name",
        RCP_SYNTAX,
        "rcp",
        policy(deny("s3:*Obj?ct", Principal="*")),
    ),
    Accepted("the-rcp-that-aws-attaches", RCP_SYNTAX, "rcp", RCP_FULL_AWS_ACCESS),
)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in REFUSED])
def test_aws_refuses(case: Refused) -> None:
    with pytest.raises(PolicyError) as refusal:
        parse(case.document, kind=case.kind)
    error = refusal.value
    if case.element:
        assert error.element == case.element, f"{case.page}: {error}"
    assert case.reason.lower() in f"{error.reason} {error.element}".lower(), case.page
    assert error.code == "MalformedPolicyDocument"
    assert isinstance(error, ValueError)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in REFUSED])
def test_a_refusal_reads_as_one_line_with_place_and_reason(case: Refused) -> None:
    with pytest.raises(PolicyError) as refusal:
        parse(case.document, kind=case.kind)
    error, line = refusal.value, str(refusal.value)
    assert error.reason.rstrip(".").lower() in line.lower()
    assert line[0].isupper() or not line[0].isalpha()
    assert line.endswith(".")
    assert (error.element or "") in line
    assert str(error.statement or "") in line
    assert "\n" not in line


@pytest.mark.parametrize(
    "case", [pytest.param(c, id=c.id) for c in REFUSED if not isinstance(c.document, str)]
)
def test_text_and_dict_are_refused_alike(case: Refused) -> None:
    with pytest.raises(PolicyError) as as_dict:
        parse(case.document, kind=case.kind)
    with pytest.raises(PolicyError) as as_text:
        parse(json.dumps(case.document), kind=case.kind)
    assert str(as_text.value) == str(as_dict.value)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in ACCEPTED])
def test_aws_accepts(case: Accepted) -> None:
    parse(case.document, kind=case.kind)


def test_aws_accepts_its_own_managed_policies() -> None:
    managed = json.loads(aws_managed_policies_data)
    assert len(managed) > 1000
    for name, body in managed.items():
        parse(body["Document"], name=name)


def test_the_error_names_the_statement_by_its_sid() -> None:
    with pytest.raises(PolicyError) as refusal:
        parse(policy(allow(), allow("s3GetObject", Sid="ReadOrders")))
    assert refusal.value.statement == "ReadOrders"
    assert "ReadOrders" in str(refusal.value)


def test_the_error_names_a_statement_without_sid_by_its_place() -> None:
    with pytest.raises(PolicyError) as refusal:
        parse(policy(allow(), allow("s3GetObject")))
    assert str(refusal.value.statement) == "2"


def test_a_fault_of_the_document_names_no_statement() -> None:
    with pytest.raises(PolicyError) as refusal:
        parse({"Version": "2012-10-18", "Statement": [allow()]})
    assert refusal.value.statement is None


@pytest.mark.parametrize("kind", ["identity", "resource", "trust", "scp", "rcp", "endpoint"])
def test_every_kind_refuses_what_is_not_json(kind: str) -> None:
    with pytest.raises(PolicyError):
        parse("{", kind=kind)
