"""STS, through boto3. AWS pages: *Compare AWS STS credentials*, *AssumeRole*."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from rolelab.sandbox import sessions
from tests.sandbox.fixes.policies import ACCOUNT, READ_ONLY, own, policy, trusting
from tests.sandbox.fixes.signing_in import client, user_key

Refused = Callable[..., tuple[str, str]]

APP, OTHER = own("app", "role"), own("other", "role")
EVERYTHING = policy(Action="*")


@pytest.fixture
def iam(sandbox: object) -> Any:
    iam = boto3.client("iam")
    for name in ("app", "other"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusting(ACCOUNT))
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=EVERYTHING)
    return iam


@pytest.fixture
def alice(iam: Any) -> Any:
    """STS, called with the long-term key of a user who may do everything."""
    return client("sts", user_key("alice", may=EVERYTHING))


def session(sts: Any, role: str = APP, **more: Any) -> dict[str, Any]:
    """The credentials of a role session."""
    answer = sts.assume_role(RoleArn=role, RoleSessionName="session", **more)
    return dict(answer["Credentials"])


# --- AssumeRole ---------------------------------------------------------------------------------


def test_assume_role_gives_credentials_that_work(iam: Any, alice: Any) -> None:
    answer = alice.assume_role(RoleArn=APP, RoleSessionName="session")
    identity = client("sts", answer["Credentials"]).get_caller_identity()
    role = iam.get_role(RoleName="app")["Role"]
    assert identity["Arn"] == answer["AssumedRoleUser"]["Arn"]
    assert identity["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/app/session"
    assert identity["UserId"] == f"{role['RoleId']}:session"
    assert answer["Credentials"]["AccessKeyId"].startswith("ASIA")
    assert "PackedPolicySize" not in answer


@pytest.mark.parametrize(("asked", "seconds"), [({}, 3600), ({"DurationSeconds": 900}, 900)])
def test_a_session_says_when_it_ends(alice: Any, asked: dict[str, int], seconds: int) -> None:
    ends = session(alice, **asked)["Expiration"]
    assert abs(ends - datetime.now(UTC) - timedelta(seconds=seconds)) < timedelta(seconds=30)


def test_a_session_is_no_longer_than_the_role_allows(
    iam: Any, alice: Any, refused: Refused
) -> None:
    iam.update_role(RoleName="app", MaxSessionDuration=7200)
    session(alice, DurationSeconds=7200)
    assert refused(
        alice.assume_role, RoleArn=APP, RoleSessionName="session", DurationSeconds=7201
    ) == (
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    )


@pytest.mark.parametrize("first", ["assume_role", "get_session_token"])
def test_a_chained_session_lasts_an_hour_at_most(
    iam: Any, alice: Any, refused: Refused, first: str
) -> None:
    iam.update_role(RoleName="other", MaxSessionDuration=7200)
    credentials = (
        session(alice) if first == "assume_role" else alice.get_session_token()["Credentials"]
    )
    chained = client("sts", credentials)
    session(chained, OTHER, DurationSeconds=3600)
    assert refused(
        chained.assume_role, RoleArn=OTHER, RoleSessionName="session", DurationSeconds=3601
    ) == (
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role "
        "chaining.",
    )


def test_the_root_user_assumes_no_roles(iam: Any, refused: Refused) -> None:
    root = sessions.issue("root", issuer_arn=f"arn:aws:iam::{ACCOUNT}:root")
    as_root = client("sts", root.credentials)
    assert as_root.get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    assert refused(as_root.assume_role, RoleArn=APP, RoleSessionName="session") == (
        "AccessDenied",
        "Roles may not be assumed by root accounts.",
    )


def test_a_session_policy_limits_the_session(alice: Any, refused: Refused) -> None:
    limited = session(alice, Policy=policy(Action="iam:ListRoles"))
    client("iam", limited).list_roles()
    assert refused(client("iam", limited).list_users)[0] == "AccessDenied"


def test_managed_session_policies_limit_the_session(alice: Any, refused: Refused) -> None:
    limited = session(alice, PolicyArns=[{"arn": READ_ONLY}])
    client("iam", limited).list_roles()
    assert refused(client("iam", limited).create_user, UserName="bob")[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        pytest.param(
            {"Policy": "{"},
            ("MalformedPolicyDocument", "Syntax errors in policy."),
            id="a session policy is JSON",
        ),
        pytest.param(
            {"Policy": policy(Principal="*")},
            ("MalformedPolicyDocument", "Policy document should not specify a principal."),
            id="a session policy names no principal",
        ),
        pytest.param(
            {"Policy": policy(Resource="arn:aws:s3:::" + "b" * 2048)},
            (
                "PackedPolicyTooLarge",
                "Packed policy consumes 106% of allotted space, please use smaller policy.",
            ),
            id="session policies have 2,048 characters together",
        ),
        pytest.param(
            {"PolicyArns": [{"arn": own("none")}]},
            ("ValidationError", f"The policy {own('none')} does not exist or is not attachable."),
            id="a managed session policy exists",
        ),
        pytest.param(
            {"Tags": [{"Key": "team", "Value": "a"}, {"Key": "Team", "Value": "b"}]},
            (
                "InvalidParameterValue",
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ),
            id="tag keys do not differ by case alone",
        ),
        pytest.param(
            {"Tags": [{"Key": "team", "Value": "a"}], "TransitiveTagKeys": ["squad"]},
            (
                "InvalidParameterValue",
                "The specified transitive tag key must be included in the requested tags.",
            ),
            id="a transitive key is one of the tags",
        ),
        pytest.param(
            {"SerialNumber": "arn:aws:iam::123456789012:mfa/none", "TokenCode": "123456"},
            (
                "AccessDenied",
                "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify "
                "your MFA serial number is valid and associated with this user.",
            ),
            id="the MFA device is the caller's",
        ),
    ],
)
def test_what_assume_role_refuses(
    alice: Any, refused: Refused, asked: dict[str, Any], refusal: tuple[str, str]
) -> None:
    assert refused(alice.assume_role, RoleArn=APP, RoleSessionName="session", **asked) == refusal


def test_ten_managed_session_policies_at_most(alice: Any, refused: Refused) -> None:
    code, message = refused(
        alice.assume_role,
        RoleArn=APP,
        RoleSessionName="session",
        PolicyArns=[{"arn": READ_ONLY}] * 11,
    )
    assert code == "ValidationError"
    assert message.endswith("Member must have length less than or equal to 10")


def test_transitive_tags_and_source_identity_go_along_a_chain(alice: Any, refused: Refused) -> None:
    first = session(
        alice,
        Tags=[{"Key": "team", "Value": "orders"}, {"Key": "cost", "Value": "42"}],
        TransitiveTagKeys=["team"],
        SourceIdentity="alice",
    )
    chained = client("sts", first)
    answer = chained.assume_role(RoleArn=OTHER, RoleSessionName="session")
    second = sessions.find(answer["Credentials"]["AccessKeyId"])
    assert second is not None
    assert (second.tags, second.transitive_tag_keys) == ({"team": "orders"}, ("team",))
    assert (answer["SourceIdentity"], second.source_identity) == ("alice", "alice")
    assert refused(
        chained.assume_role,
        RoleArn=OTHER,
        RoleSessionName="session",
        Tags=[{"Key": "Team", "Value": "other"}],
    ) == (
        "InvalidParameterValue",
        "One of the specified transitive tag keys can't be set because it conflicts with a "
        "transitive tag key from the calling session.",
    )
    code, _ = refused(
        chained.assume_role, RoleArn=OTHER, RoleSessionName="session", SourceIdentity="bob"
    )
    assert code == "AccessDenied"


def test_a_role_in_another_account(sandbox: Any, alice: Any) -> None:
    foreign = sandbox.admin("222222222222").client("iam")
    foreign.create_role(RoleName="guest", AssumeRolePolicyDocument=trusting(ACCOUNT))
    credentials = session(
        alice, "arn:aws:iam::222222222222:role/guest", PolicyArns=[{"arn": READ_ONLY}]
    )
    assert client("sts", credentials).get_caller_identity()["Account"] == "222222222222"
    found = alice.get_access_key_info(AccessKeyId=credentials["AccessKeyId"])
    assert found["Account"] == "222222222222"


# --- GetSessionToken and GetFederationToken -----------------------------------------------------


def test_a_session_token_is_the_user_again(alice: Any) -> None:
    credentials = alice.get_session_token()["Credentials"]
    assert client("sts", credentials).get_caller_identity() | {"ResponseMetadata": None} == (
        alice.get_caller_identity() | {"ResponseMetadata": None}
    )
    ends = credentials["Expiration"] - datetime.now(UTC)
    assert timedelta(hours=11, minutes=59) < ends <= timedelta(hours=12)


def test_two_calls_give_two_sets_of_credentials(alice: Any) -> None:
    keys = {alice.get_session_token()["Credentials"]["AccessKeyId"] for _ in range(2)}
    assert len(keys) == 2


def test_a_session_token_with_mfa(iam: Any, alice: Any, refused: Refused) -> None:
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="alice")["VirtualMFADevice"]
    serial = device["SerialNumber"]
    assert refused(alice.get_session_token, SerialNumber=serial, TokenCode="123456")[0] == (
        "AccessDenied"
    )
    iam.enable_mfa_device(
        UserName="alice",
        SerialNumber=serial,
        AuthenticationCode1="123456",
        AuthenticationCode2="654321",
    )
    assert refused(alice.get_session_token, SerialNumber=serial) == (
        "AccessDenied",
        "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass "
        "code.",
    )
    with_mfa = alice.get_session_token(SerialNumber=serial, TokenCode="123456")["Credentials"]
    found = sessions.find(with_mfa["AccessKeyId"])
    assert found is not None
    assert found.mfa


def test_a_federated_user_has_a_name_and_what_its_policy_allows(
    alice: Any, refused: Refused
) -> None:
    answer = alice.get_federation_token(Name="bob", Policy=policy(Action="s3:ListAllMyBuckets"))
    assert answer["FederatedUser"] == {
        "FederatedUserId": f"{ACCOUNT}:bob",
        "Arn": f"arn:aws:sts::{ACCOUNT}:federated-user/bob",
    }
    bob = answer["Credentials"]
    assert client("sts", bob).get_caller_identity()["UserId"] == f"{ACCOUNT}:bob"
    client("s3", bob).list_buckets()
    assert refused(client("s3", bob).create_bucket, Bucket="bookshop-orders")[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("operation", "asked"), [("get_session_token", {}), ("get_federation_token", {"Name": "bob"})]
)
def test_session_credentials_make_no_more_of_their_kind(
    iam: Any, refused: Refused, operation: str, asked: dict[str, str]
) -> None:
    """The administrator of the sandbox is a role session."""
    name = "".join(word.capitalize() for word in operation.split("_"))
    assert refused(getattr(boto3.client("sts"), operation), **asked) == (
        "AccessDenied",
        f"Cannot call {name} with session credentials",
    )


# --- GetCallerIdentity, GetAccessKeyInfo --------------------------------------------------------


def test_a_user_is_who_it_is(iam: Any, alice: Any) -> None:
    user = iam.get_user(UserName="alice")["User"]
    identity = alice.get_caller_identity()
    assert (identity["Arn"], identity["UserId"]) == (user["Arn"], user["UserId"])


def test_whose_account_a_key_belongs_to(iam: Any, alice: Any, refused: Refused) -> None:
    key = iam.list_access_keys(UserName="alice")["AccessKeyMetadata"][0]["AccessKeyId"]
    assert alice.get_access_key_info(AccessKeyId=key)["Account"] == ACCOUNT
    assert refused(alice.get_access_key_info, AccessKeyId="AKIAIOSFODNN7EXAMPLE")[0] == (
        "ValidationError"
    )
