"""IAM's sentences for policy documents it does not take."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.iam.aws_managed_policies import aws_managed_policies_data

from rolelab.iam import PolicyError
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes.iam_documents import identity, size, trust
from tests.sandbox.fixes import policies
from tests.sandbox.fixes.policies import policy

TWICE = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "a", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}] * 2,
    }
)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        pytest.param("{", "Syntax errors in policy.", id="no JSON"),
        pytest.param(policy(Effect="Permit"), "Syntax errors in policy.", id="no such effect"),
        pytest.param(
            policy(Effect="allow"), "The policy failed legacy parsing", id="effects have case"
        ),
        pytest.param(
            policy(Condition={"StringEqual": {"aws:username": "a"}}),
            "Syntax errors in policy.",
            id="a misspelt condition operator",
        ),
        pytest.param(
            policy(Principal="*"),
            "Policy document should not specify a principal.",
            id="a principal in an identity-based policy",
        ),
        pytest.param(
            policy(Action="GetObject"),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            id="an action without its service",
        ),
        pytest.param(
            policy(Action="s3:Get:Object"),
            "Actions/Condition can contain only one colon.",
            id="an action with two colons",
        ),
        pytest.param(
            policy(Action="s 3:Get"), "Vendor s 3 is not valid", id="a service with a space"
        ),
        pytest.param(
            policy(Action=[]), "Policy statement must contain actions.", id="no actions at all"
        ),
        pytest.param(policy(Action=[None]), "Syntax errors in policy.", id="null is no action"),
        pytest.param(
            policy(Resource=None), "Policy statement must contain resources.", id="no resource"
        ),
        pytest.param(
            policy(Resource=[]),
            "Policy statement must contain resources.",
            id="no resources at all",
        ),
        pytest.param(
            policy(Resource="bookshop-orders"),
            'Resource bookshop-orders must be in ARN format or "*".',
            id="a resource that is no ARN",
        ),
        pytest.param(
            policy(Resource="arn:error:s3:::bookshop-orders"),
            'Partition "error" is not valid for resource "arn:error:s3:::bookshop-orders".',
            id="a partition that does not exist",
        ),
        pytest.param(
            TWICE, "Statement IDs (SID) in a single policy must be unique.", id="a Sid twice"
        ),
    ],
)
def test_an_identity_policy_that_iam_refuses(document: str, sentence: str) -> None:
    with pytest.raises(ServiceError) as caught:
        identity(document)
    assert (caught.value.code, caught.value.message) == ("MalformedPolicyDocument", sentence)


def test_the_parsers_full_reason_stays_with_the_error() -> None:
    with pytest.raises(ServiceError) as caught:
        identity(policy(Effect="allow"))
    assert isinstance(caught.value.__cause__, PolicyError)
    assert caught.value.__cause__.element == "Effect"


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(policy(), id="a plain policy"),
        pytest.param(policy(Resource="arn:aws:s3:::b/${aws:username}/*"), id="a policy variable"),
        pytest.param(
            policy(Condition={"NumericLessThan": {"s3:max-keys": 10}}), id="a number in a condition"
        ),
        pytest.param(
            policy(Condition={"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00-07:00"}}),
            id="a date with a negative offset",
        ),
        pytest.param(policy(Resource="arn:aws:iam::123456789012:*"), id="all of an account's IAM"),
        pytest.param(
            policy(Resource="arn:aws:s3:us-east-1:123456789012:job/*"), id="an S3 job has a Region"
        ),
    ],
)
def test_an_identity_policy_that_iam_takes(document: str) -> None:
    identity(document, managed=True)


def test_the_policies_of_aws_are_taken() -> None:
    policies_of_aws = list(json.loads(aws_managed_policies_data).values())[::16]
    assert len(policies_of_aws) > 80
    for one in policies_of_aws:
        identity(json.dumps(one["Document"]), managed=True)


@pytest.mark.parametrize("version", ["2008-10-17", None])
def test_only_a_managed_policy_must_name_the_current_version(version: str | None) -> None:
    written = json.loads(policy())
    del written["Version"]
    document = json.dumps(written | ({"Version": version} if version else {}))
    identity(document)
    with pytest.raises(ServiceError, match="Policy document must be version 2012-10-17 or greater"):
        identity(document, managed=True)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        pytest.param("{", "This policy contains invalid Json", id="no JSON"),
        pytest.param(
            policies.trust(Resource="*"),
            "Has prohibited field Resource",
            id="trust has no resource",
        ),
        pytest.param(
            policy(), "Has prohibited field Resource", id="a permissions policy is no trust policy"
        ),
        pytest.param(
            policies.trust(Principal=None, NotPrincipal={"AWS": "*"}),
            "Has prohibited field NotPrincipal",
            id="trust has no NotPrincipal",
        ),
        pytest.param(
            policies.trust(Principal=None),
            "Missing required field Principal",
            id="trust needs a principal",
        ),
        pytest.param(
            policies.trust(Action=None), "Missing required field Action", id="trust needs an action"
        ),
        pytest.param(
            policies.trust(Action="s3:GetObject"),
            "AssumeRole policy may only specify STS AssumeRole actions.",
            id="trust is about assuming",
        ),
        pytest.param(
            policies.trust(Principle={"AWS": "*"}),
            "Unknown field Principle",
            id="a misspelt element",
        ),
        pytest.param(
            policies.trust(Principal={"AWS": "arn:aws:iam::123456789012:role/*"}),
            'Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:role/*"',
            id="no wildcard for a part of a principal",
        ),
        pytest.param(
            policies.trust(Principal={"AWS": ["123456789012", "alice"]}),
            'Invalid principal in policy: "AWS":"alice"',
            id="the principal at fault is named",
        ),
        pytest.param(
            policies.trust().replace("2012-10-17", "2024-01-01"),
            "The policy must contain a valid version string",
            id="a version that does not exist",
        ),
        pytest.param(
            policies.trust(Effect="allow"), "Syntax errors in policy.", id="anything else"
        ),
    ],
)
def test_a_trust_policy_that_iam_refuses(document: str, sentence: str) -> None:
    with pytest.raises(ServiceError) as caught:
        trust(document)
    assert (caught.value.code, caught.value.message) == ("MalformedPolicyDocument", sentence)


def test_the_older_version_is_fine_in_a_trust_policy() -> None:
    trust(policies.trust().replace("2012-10-17", "2008-10-17"))


def test_white_space_does_not_count() -> None:
    assert size('{ "a":\n\t1 }') == size('{"a":1}') == 7


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["*", "s3:*"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Version", "Statement", "Effect", "Action", "Resource", "Principal", "AWS"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
STATEMENT = st.fixed_dictionaries(
    {},
    optional={
        "Sid": JSON,
        "Effect": st.sampled_from(["Allow", "Deny"]) | JSON,
        "Action": JSON,
        "NotAction": JSON,
        "Resource": JSON,
        "Principal": JSON,
        "Condition": JSON,
    },
)
DOCUMENT = st.fixed_dictionaries(
    {"Statement": st.lists(STATEMENT, max_size=2) | STATEMENT | JSON},
    optional={"Version": st.sampled_from(["2012-10-17", "2008-10-17"]) | JSON, "Id": JSON},
)


@given(st.text(max_size=20) | st.builds(json.dumps, DOCUMENT | JSON))
def test_any_text_is_taken_or_refused_in_iams_words(text: str) -> None:
    for read in (identity, lambda text: identity(text, managed=True), trust):
        assert _answer(read, text) in {"taken", "MalformedPolicyDocument"}


def _answer(read: Callable[[str], object], text: str) -> str:
    try:
        read(text)
    except ServiceError as error:
        return error.code if error.message else "no message"
    return "taken"


def test_a_document_nested_too_deeply_is_refused_too() -> None:
    text = '{"Statement":' + "[" * 100_000
    assert _answer(identity, text) == _answer(trust, text) == "MalformedPolicyDocument"
