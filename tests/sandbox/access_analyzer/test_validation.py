"""ValidatePolicy: one case for each issue code, named by it.

Page: *IAM policy validation check reference*.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from rolelab.sandbox.access_analyzer.catalog import CATALOG
from rolelab.sandbox.access_analyzer.policy import TRUST
from rolelab.sandbox.access_analyzer.validation import validate

IDENTITY, RESOURCE = "IDENTITY_POLICY", "RESOURCE_POLICY"
SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
ROLE = "arn:aws:iam::123456789012:role/app"
OIDC = "arn:aws:iam::123456789012:oidc-provider/"
STEP_IN = {
    "Effect": "Allow",
    "Principal": {"Service": "ecs-tasks.amazonaws.com"},
    "Action": "sts:AssumeRole",
}


def policy(*statements: Any, **top: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **top})


def codes(text: str, kind: str = IDENTITY, resource_type: str | None = None) -> list[str]:
    return [each["issueCode"] for each in validate(text, kind, resource_type)]


def read(**elements: Any) -> str:
    return policy({**READ, **elements})


def when(operator: str, key: str, *values: Any, **elements: Any) -> str:
    listed = values[0] if len(values) == 1 else list(values)
    return read(Condition={operator: {key: listed}}, **elements)


def shared(**elements: Any) -> str:
    return read(Principal={"AWS": "123456789012"}, **elements)


def trust(**elements: Any) -> str:
    return policy({**STEP_IN, **elements})


def without(name: str, statement: Mapping[str, Any] = READ) -> str:
    return policy({key: value for key, value in statement.items() if key != name})


# Issue code -> (document, policy type, resource type).
CASES: dict[str, tuple[Any, ...]] = {
    "ALLOW_WITH_NOT_PRINCIPAL": (read(NotPrincipal={"AWS": "123456789012"}), RESOURCE),
    "ARN_ACCOUNT_NOT_ALLOWED": (read(Resource="arn:aws:s3::123456789012:b"),),
    "ARN_REGION_NOT_ALLOWED": (
        read(Action="iam:GetRole", Resource="arn:aws:iam:us-east-1:123456789012:role/x"),
    ),
    "CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION": (
        policy({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}),
    ),
    "DATA_TYPE_MISMATCH": (read(Action=7),),
    "DEPRECATED_GLOBAL_CONDITION_KEY": (when("StringEquals", "aws:ARN", ROLE),),
    "DUPLICATE_KEYS_WITH_DIFFERENT_CASE": (
        read(Condition={"StringEquals": {"aws:username": "a", "AWS:Username": "b"}}),
    ),
    "DYNAMODB_ATTRIBUTES_WITHOUT_SELECT": (
        when(
            "ForAllValues:StringEquals",
            "dynamodb:Attributes",
            "name",
            Action="dynamodb:Query",
            Resource="*",
        ),
    ),
    "EMPTY_ARRAY_ACTION": (read(Action=[]),),
    "EMPTY_ARRAY_CONDITION": (when("StringEquals", "aws:username", []),),
    "EMPTY_ARRAY_CONDITION_FORALLVALUES": (when("ForAllValues:StringEquals", "aws:TagKeys", []),),
    "EMPTY_ARRAY_CONDITION_FORANYVALUE": (when("ForAnyValue:StringEquals", "aws:TagKeys", []),),
    "EMPTY_ARRAY_CONDITION_IFEXISTS": (when("StringEqualsIfExists", "aws:username", []),),
    "EMPTY_ARRAY_PRINCIPAL": (read(Principal={"AWS": []}), RESOURCE),
    "EMPTY_ARRAY_RESOURCE": (read(Resource=[]),),
    "EMPTY_OBJECT_CONDITION": (read(Condition={}),),
    "EMPTY_OBJECT_PRINCIPAL": (read(Principal={}), RESOURCE),
    "EMPTY_SID_VALUE": (read(Sid=""),),
    "EMPTY_VARIABLE": (read(Resource="arn:aws:s3:::b/${}"),),
    "FORALLVALUES_WITH_SINGLE_VALUED_KEY": (
        when("ForAllValues:StringEquals", "aws:username", "ann"),
    ),
    "IMPROVE_IP_RANGE": (when("IpAddress", "aws:SourceIp", "203.0.113.7/24"),),
    "INVALID_ACTION": (read(Action="s3:GetObjects"),),
    "INVALID_ARN_ACCOUNT": (read(Action="sqs:*", Resource="arn:aws:sqs:us-east-1:1234:q"),),
    "INVALID_ARN_PREFIX": (read(Resource="my-bucket"),),
    "INVALID_ARN_RESOURCE": (read(Resource="arn:aws:s3:::"),),
    "INVALID_ARN_SERVICE_CASE": (read(Resource="arn:aws:S3:::b"),),
    "INVALID_CONDITION_DATA_TYPE": (when("StringEquals", "aws:username", "a", 1),),
    "INVALID_CONDITION_KEY_FORMAT": (when("StringEquals", "username", "ann"),),
    "INVALID_CONDITION_MULTIPLE_BOOLEAN": (when("Bool", "aws:SecureTransport", "true", "false"),),
    "INVALID_CONDITION_OPERATOR": (when("StringEqual", "aws:username", "ann"),),
    "INVALID_DATE_VALUE": (when("DateLessThan", "aws:CurrentTime", "1767225600"),),
    "INVALID_EFFECT": (read(Effect="allow"),),
    "INVALID_GLOBAL_CONDITION_KEY": (when("StringEquals", "aws:UserName2", "ann"),),
    "INVALID_PARTITION": (read(Resource="arn:amazon:s3:::b"),),
    "INVALID_POLICY_ELEMENT": (read(Ressource="*"),),
    "INVALID_PRINCIPAL_FORMAT": (read(Principal="123456789012"), RESOURCE),
    "INVALID_PRINCIPAL_KEY": (read(Principal={"Role": ROLE}), RESOURCE),
    "INVALID_SERVICE_IN_ACTION": (read(Action="s4:GetObject"),),
    "INVALID_VARIABLE_FOR_OPERATOR": (when("NumericEquals", "s3:max-keys", "${aws:username}"),),
    "INVALID_VERSION": (policy(READ, Version="2026-01-01"),),
    "INVALID_VPCE_FORMAT": (when("StringEquals", "aws:SourceVpce", "vpc-12345678"),),
    "INVALID_VPC_FORMAT": (when("StringEquals", "aws:SourceVpc", "vpc-1234"),),
    "JSON_SYNTAX_ERROR": ('{"Version": "2012-10-17",',),
    "MISSING_ACTION": (without("Action"),),
    "MISSING_ARN_FIELD": (read(Resource="arn:aws:s3:b"),),
    "MISSING_BRACE_IN_VARIABLE": (read(Resource="arn:aws:s3:::b/${aws:username"),),
    "MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL": (
        trust(
            Principal={"Federated": f"{OIDC}accounts.example.com"},
            Action="sts:AssumeRoleWithWebIdentity",
        ),
        RESOURCE,
        TRUST,
    ),
    "MISSING_EFFECT": (without("Effect"),),
    "MISSING_GITHUB_REPO_CONDITION_KEY": (
        trust(
            Principal={"Federated": f"{OIDC}token.actions.githubusercontent.com"},
            Action="sts:AssumeRoleWithWebIdentity",
        ),
        RESOURCE,
        TRUST,
    ),
    "MISSING_PAIRED_CONDITION_KEYS": (when("IpAddress", "aws:VpcSourceIp", "10.0.0.0/8"),),
    "MISSING_PRINCIPAL": (read(), RESOURCE, "AWS::S3::Bucket"),
    "MISSING_QUALIFIER": (when("StringEquals", "aws:TagKeys", "team"),),
    "MISSING_RESOURCE": (without("Resource"),),
    "MISSING_STATEMENT": (json.dumps({"Version": "2012-10-17"}),),
    "MISSING_TAG_KEY_IN_CONDITION": (when("StringEquals", "aws:PrincipalTag", "red"),),
    "MISSING_VERSION": (json.dumps({"Statement": [READ]}),),
    "NULL_WITH_IF_EXISTS": (when("NullIfExists", "aws:username", "true"),),
    "NULL_WITH_QUALIFIER": (when("ForAllValues:Null", "aws:TagKeys", "true"),),
    "PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE": (
        policy({"Effect": "Allow", "NotAction": "s3:*", "NotResource": ROLE}),
    ),
    "PASS_ROLE_WITH_NOT_RESOURCE": (
        policy({"Effect": "Allow", "Action": "iam:PassRole", "NotResource": ROLE}),
    ),
    "PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE": (
        policy({"Effect": "Allow", "Action": "iam:*", "NotResource": ROLE}),
    ),
    "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE": (read(Action="iam:*", Resource="*"),),
    "PASS_ROLE_WITH_STAR_IN_RESOURCE": (read(Action="iam:PassRole", Resource="*"),),
    "PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION": (
        policy({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}),
    ),
    "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA": (
        policy(*({**READ, "Resource": f"arn:aws:s3:::{number:060}"} for number in range(60))),
    ),
    "REDUNDANT_ACTION": (read(Action=["s3:GetObject", "s3:Get*"]),),
    "REDUNDANT_CONDITION_VALUE_NUM": (
        when("NumericLessThan", "aws:MultiFactorAuthAge", "2700", "3600"),
    ),
    "REDUNDANT_RESOURCE": (read(Resource=["arn:aws:s3:::b/*", "arn:aws:s3:::b/a"]),),
    "REDUNDANT_STATEMENT": (policy({**READ, "Sid": "a"}, {**READ, "Sid": "b"}),),
    "RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL": (
        read(Principal={"Service": "cloudtrail.amazonaws.com"}),
        RESOURCE,
    ),
    "ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL": (
        trust(Effect="Deny", NotPrincipal={"AWS": ROLE}),
        RESOURCE,
        TRUST,
    ),
    "ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE": (trust(Resource="*"), RESOURCE, TRUST),
    "ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL": (
        trust(Principal="*"),
        RESOURCE,
        TRUST,
    ),
    "S3_PREFIX_IN_NEGATIVE_CONTEXT": (
        when(
            "StringLike",
            "s3:prefix",
            "private/*",
            Effect="Deny",
            Action="s3:ListBucket",
            Resource="arn:aws:s3:::b",
        ),
    ),
    "SCP_SYNTAX_ERROR_PRINCIPAL": (read(Principal="*"), SCP),
    "STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS": (
        when("StringLike", "aws:PrincipalArn", "arn:aws:iam::*:role/app"),
    ),
    "TYPE_MISMATCH_IP_RANGE": (when("IpAddress", "aws:SourceIp", "home"),),
    "UNIQUE_SIDS_RECOMMENDED": (
        policy(
            {**READ, "Sid": "a", "Principal": {"AWS": "123456789012"}},
            {**READ, "Sid": "a", "Principal": {"AWS": "210987654321"}},
        ),
        RESOURCE,
    ),
    "UNIQUE_SIDS_REQUIRED": (policy({**READ, "Sid": "a"}, {**READ, "Sid": "a", "Effect": "Deny"}),),
    "UNSUPPORTED_ELEMENT_COMBINATION": (read(NotAction="s3:PutObject"),),
    "UNSUPPORTED_PRINCIPAL": (read(Principal="*"),),
    "UNSUPPORTED_SID": (read(Sid="read objects"),),
    "UNSUPPORTED_WILDCARD_IN_PRINCIPAL": (
        read(Principal={"AWS": "arn:aws:iam::123456789012:role/*"}),
        RESOURCE,
    ),
    "WILDCARD_IN_SERVICE_NAME": (read(Action="s*:GetObject"),),
    "WILDCARD_WITHOUT_LIKE_OPERATOR": (when("StringEquals", "aws:username", "ann*"),),
}


@pytest.mark.parametrize(("code", "given"), CASES.items(), ids=CASES)
def test_a_policy_with_this_issue(code: str, given: tuple[Any, ...]) -> None:
    assert code in codes(*given)


def test_every_code_has_a_case() -> None:
    assert set(CASES) == set(CATALOG)


FINE: dict[str, tuple[Any, ...]] = {
    "an identity policy": (read(),),
    "a pass role for one service": (
        when("StringEquals", "iam:PassedToService", "ecs-tasks.amazonaws.com", **{}),
    ),
    "one role may be passed": (read(Action="iam:PassRole", Resource=ROLE),),
    "a pattern of roles may be passed": (
        read(Action="iam:PassRole", Resource="arn:aws:iam::123456789012:role/ecs-*"),
    ),
    "all actions on one bucket": (read(Action="s3:*"),),
    "a trust policy": (trust(), RESOURCE, TRUST),
    "a trust policy by its actions": (trust(), RESOURCE),
    "a bucket policy": (shared(), RESOURCE, "AWS::S3::Bucket"),
    "a service for one source": (
        read(
            Principal={"Service": "cloudtrail.amazonaws.com"},
            Condition={"StringEquals": {"aws:SourceAccount": "123456789012"}},
        ),
        RESOURCE,
    ),
    "an SCP": (read(Effect="Deny"), SCP),
    "an RCP": (read(Effect="Deny", Principal="*"), RCP),
    "a variable with a default": (
        read(Resource="arn:aws:s3:::b/${aws:PrincipalTag/team, 'none'}/*"),
    ),
    "tag keys with a qualifier": (when("ForAllValues:StringEquals", "aws:TagKeys", "team"),),
    "a list of prefixes": (
        when(
            "StringLike",
            "s3:prefix",
            "home/*",
            Action="s3:ListBucket",
            Resource="arn:aws:s3:::b",
        ),
    ),
    "a private network": (when("IpAddress", "aws:SourceIp", "203.0.113.0/24"),),
    "an IPv6 network": (when("IpAddress", "aws:SourceIp", "2001:db8::/32"),),
    "GitHub with its repository": (
        trust(
            Principal={"Federated": f"{OIDC}token.actions.githubusercontent.com"},
            Action="sts:AssumeRoleWithWebIdentity",
            Condition={
                "StringLike": {"token.actions.githubusercontent.com:sub": "repo:shop/app:*"}
            },
        ),
        RESOURCE,
        TRUST,
    ),
}


@pytest.mark.parametrize("given", FINE.values(), ids=FINE)
def test_a_policy_without_an_issue(given: tuple[Any, ...]) -> None:
    assert codes(*given) == []


def test_what_only_the_engine_refuses_is_an_error_with_its_reason() -> None:
    (finding,) = validate(when("NumericEquals", "s3:max-keys", "many"), IDENTITY)
    assert finding["findingType"] == "ERROR"
    assert "many" in finding["findingDetails"]


def test_errors_come_first() -> None:
    text = read(Action=["iam:PassRole", "s3:GetObjects", "s3:Get*", "s3:GetObject"], Resource="*")
    kinds = [each["findingType"] for each in validate(text, IDENTITY)]
    assert kinds == ["ERROR", "SECURITY_WARNING", "SUGGESTION"]


def test_a_finding_says_where() -> None:
    text = '{\n "Version": "2012-10-17",\n "Statement": [{\n  "Effect": "allow",\n'
    text += '  "Action": "s3:GetObject",\n  "Resource": "*"}]\n}'
    (finding,) = validate(text, IDENTITY)
    (place,) = finding["locations"]
    assert place["path"] == [{"value": "Statement"}, {"index": 0}, {"value": "Effect"}]
    start, end = place["span"]["start"], place["span"]["end"]
    assert text[start["offset"] : end["offset"]] == '"allow"'
    assert (start["line"], start["column"]) == (4, 12)
    assert finding["learnMoreLink"].endswith(
        "#access-analyzer-reference-policy-checks-error-invalid-effect"
    )


def test_a_syntax_error_says_where() -> None:
    (finding,) = validate('{\n"Version" 1}', IDENTITY)
    assert finding["findingDetails"] == "Fix the JSON syntax error at index 12 line 2 column 11."


@pytest.mark.parametrize(
    "text", ["[]", '"text"', "{}", '{"Statement": 7}', '{"Statement": [7]}', '{"Statement": {}}']
)
def test_anything_may_be_sent(text: str) -> None:
    assert any(each["findingType"] == "ERROR" for each in validate(text, IDENTITY))
