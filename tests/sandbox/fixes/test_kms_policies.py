"""Key policies, grants and aliases.

AWS pages: *PutKeyPolicy*, *CreateGrant*, *RetireGrant*, *CreateAlias* (AWS KMS API Reference).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from rolelab.sandbox import sessions
from tests.sandbox.fixes.policies import own, trust
from tests.sandbox.people import ACCOUNT, allow, signed_in

if TYPE_CHECKING:
    from tests.sandbox.fixes.conftest import Refused

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
APP = own("app", "role")
LOCKED_OUT = "The new key policy will not allow you to update the key policy in the future."


@pytest.fixture
def kms(sandbox: Any) -> Any:
    boto3.client("iam").create_role(RoleName="app", AssumeRolePolicyDocument=trust())
    return boto3.client("kms")


@pytest.fixture
def key(kms: Any) -> str:
    arn: str = kms.create_key()["KeyMetadata"]["Arn"]
    return arn


def statement(principal: Any = ROOT, **elements: Any) -> dict[str, Any]:
    named = principal if isinstance(principal, dict) else {"AWS": principal}
    return {
        "Effect": "Allow",
        "Principal": named,
        "Action": "kms:*",
        "Resource": "*",
        **elements,
    }


def text(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def without(name: str) -> dict[str, Any]:
    return {element: value for element, value in statement().items() if element != name}


REFUSED: dict[str, tuple[str, str]] = {
    "no JSON": ("{nothing", ""),
    "an unknown element": (text(statement(Colour="red")), ""),
    "no principal": (
        text(without("Principal")),
        "Policy contains a statement with no principal.",
    ),
    "a principal that does not exist": (
        text(statement(), statement(own("nobody", "role"))),
        "Policy contains a statement with one or more invalid principals.",
    ),
    "the caller is locked out": (text(statement(APP)), LOCKED_OUT),
    "the caller may do other things only": (
        text(statement(Action=["kms:Encrypt", "kms:Decrypt"])),
        LOCKED_OUT,
    ),
    "the statement for the caller has no Resource": (text(without("Resource")), LOCKED_OUT),
    "the statement for the caller has no Action": (text(without("Action")), LOCKED_OUT),
    "the caller is denied": (text(statement(), statement(Effect="Deny")), LOCKED_OUT),
}


@pytest.mark.parametrize(("policy", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_key_policy_is_looked_at_when_it_is_set(
    kms: Any, key: str, refused: Refused, policy: str, sentence: str
) -> None:
    before = kms.get_key_policy(KeyId=key)["Policy"]
    for call, given in ((kms.put_key_policy, {"KeyId": key}), (kms.create_key, {})):
        code, message = refused(call, Policy=policy, **given)
        assert code == "MalformedPolicyDocumentException"
        assert message == sentence or not sentence
    assert kms.get_key_policy(KeyId=key)["Policy"] == before


def test_whoever_insists_may_lock_themselves_out(kms: Any, key: str, refused: Refused) -> None:
    bypass = {"BypassPolicyLockoutSafetyCheck": True}
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=text(statement(APP)), **bypass)
    assert refused(kms.get_key_policy, KeyId=key)[0] == "AccessDeniedException"
    assert kms.create_key(Policy=text(statement(APP)), **bypass)["KeyMetadata"]["Enabled"]


@pytest.mark.parametrize("missing", ["Action", "Resource"])
def test_a_statement_without_one_of_its_elements_is_stored_and_has_no_effect(
    kms: Any, key: str, role: Callable[..., boto3.Session], refused: Refused, missing: str
) -> None:
    """Page: *PutKeyPolicy*, "Policy"."""
    worker = role("worker").client("kms")
    incomplete = statement({"AWS": own("worker", "role")})
    del incomplete[missing]
    policy = text(statement(), incomplete)
    kms.put_key_policy(KeyId=key, Policy=policy)
    assert kms.get_key_policy(KeyId=key)["Policy"] == policy
    assert refused(worker.encrypt, KeyId=key, Plaintext=b"x")[0] == "AccessDeniedException"
    kms.create_grant(
        KeyId=key, GranteePrincipal=own("worker", "role"), Operations=["GenerateDataKey"]
    )
    assert refused(worker.encrypt, KeyId=key, Plaintext=b"x")[0] == "AccessDeniedException"
    assert worker.generate_data_key(KeyId=key, KeySpec="AES_256")


def test_a_key_policy_that_names_the_caller_is_taken(
    kms: Any, role: Callable[..., boto3.Session]
) -> None:
    operator = role("operator", policy=allow("kms:*")).client("kms")
    policy = text(statement(own("operator", "role")))
    made = operator.create_key(Policy=policy)["KeyMetadata"]["Arn"]
    operator.put_key_policy(KeyId=made, Policy=policy)


def test_a_deleted_principal_of_a_key_policy_becomes_its_unique_id(kms: Any, key: str) -> None:
    iam = boto3.client("iam")
    unique_id = iam.get_role(RoleName="app")["Role"]["RoleId"]
    kms.put_key_policy(KeyId=key, Policy=text(statement(), statement([ROOT, APP])))
    iam.delete_role(RoleName="app")
    document = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    named = [each["Principal"] for each in document["Statement"]]
    assert named == [{"AWS": ROOT}, {"AWS": [ROOT, unique_id]}]


def test_a_new_role_of_the_old_name_is_not_in_the_key_policy(
    kms: Any, key: str, refused: Refused
) -> None:
    iam = boto3.client("iam")
    policy = text(statement(Action="kms:Get*"), statement(APP))
    kms.put_key_policy(KeyId=key, Policy=policy, BypassPolicyLockoutSafetyCheck=True)
    as_app = signed_in(sessions.issue("assumed-role", issuer_arn=APP, name="old", duration=900))
    assert as_app.client("kms").describe_key(KeyId=key)
    iam.delete_role(RoleName="app")
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust())
    as_app = signed_in(sessions.issue("assumed-role", issuer_arn=APP, name="new", duration=900))
    assert refused(as_app.client("kms").describe_key, KeyId=key)[0] == "AccessDeniedException"


def test_a_key_policy_with_the_id_of_nobody_cannot_be_saved_again(
    kms: Any, key: str, refused: Refused
) -> None:
    kms.put_key_policy(KeyId=key, Policy=text(statement(), statement(APP)))
    boto3.client("iam").delete_role(RoleName="app")
    as_it_is = kms.get_key_policy(KeyId=key)["Policy"]
    assert refused(kms.put_key_policy, KeyId=key, Policy=as_it_is) == (
        "MalformedPolicyDocumentException",
        "Policy contains a statement with one or more invalid principals.",
    )


def test_a_grant_is_for_somebody_who_exists(kms: Any, key: str, refused: Refused) -> None:
    for named in (own("nobody", "role"), "somebody"):
        assert refused(
            kms.create_grant, KeyId=key, GranteePrincipal=named, Operations=["Decrypt"]
        ) == ("InvalidArnException", f"ARN does not refer to a valid principal: {named}")


def test_a_grant_with_a_name_is_made_once(kms: Any, key: str) -> None:
    given = {"KeyId": key, "GranteePrincipal": APP, "Operations": ["Decrypt"]}
    ids = {kms.create_grant(Name="app", **given)["GrantId"] for _ in range(2)}
    assert len(ids) == 1
    assert len({kms.create_grant(**given)["GrantId"] for _ in range(2)}) == 2
    assert len(kms.list_grants(KeyId=key)["Grants"]) == 3


def test_a_list_of_grants_says_whose_and_for_whom(kms: Any, key: str) -> None:
    given = {"KeyId": key, "Operations": ["Decrypt"], "RetiringPrincipal": ROOT}
    made = kms.create_grant(
        GranteePrincipal=APP,
        Constraints={"EncryptionContextSubset": {"shop": "books"}},
        **given,
    )
    (grant,) = kms.list_grants(KeyId=key, GranteePrincipal=APP)["Grants"]
    assert (grant["KeyId"], grant["GrantId"]) == (key, made["GrantId"])
    assert grant["IssuingAccount"] == ROOT
    assert grant["Constraints"] == {"EncryptionContextSubset": {"shop": "books"}}
    assert kms.list_grants(KeyId=key, GranteePrincipal=ROOT)["Grants"] == []
    (retirable,) = kms.list_retirable_grants(RetiringPrincipal=ROOT)["Grants"]
    assert retirable["GrantId"] == made["GrantId"]


def test_a_grant_ends_once(kms: Any, key: str, refused: Refused) -> None:
    given = {"KeyId": key, "GranteePrincipal": APP, "Operations": ["Decrypt"]}
    by_id, by_token, revoked = (kms.create_grant(**given) for _ in range(3))
    dry = {"KeyId": key, "GrantId": revoked["GrantId"], "DryRun": True}
    assert refused(kms.revoke_grant, **dry)[0] == "DryRunOperationException"
    assert len(kms.list_grants(KeyId=key)["Grants"]) == 3
    kms.retire_grant(KeyId=key, GrantId=by_id["GrantId"])
    kms.retire_grant(GrantToken=by_token["GrantToken"])
    kms.revoke_grant(KeyId=key, GrantId=revoked["GrantId"])
    assert kms.list_grants(KeyId=key)["Grants"] == []
    gone = {"KeyId": key, "GrantId": revoked["GrantId"]}
    assert refused(kms.revoke_grant, **gone)[0] == "NotFoundException"
    assert refused(kms.retire_grant, **gone)[0] == "NotFoundException"
    token = by_token["GrantToken"]
    assert refused(kms.retire_grant, GrantToken=token)[0] == "InvalidGrantTokenException"


def test_a_grant_lets_its_grantee_use_the_key(
    kms: Any, key: str, role: Callable[..., boto3.Session]
) -> None:
    worker = role("worker").client("kms")
    kms.create_grant(
        KeyId=key,
        GranteePrincipal=own("worker", "role"),
        Operations=["Encrypt", "Decrypt", "RetireGrant"],
    )
    blob = worker.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert worker.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


ALIASES: dict[str, tuple[str, str]] = {
    "of AWS": ("alias/aws/shop", "NotAuthorizedException"),
    "without the prefix": ("shop", "ValidationException"),
    "nothing but the prefix": ("alias/", "ValidationException"),
    "with a colon": ("alias/a:b", "ValidationException"),
}


@pytest.mark.parametrize(("name", "code"), ALIASES.values(), ids=ALIASES)
def test_names_that_no_alias_has(
    kms: Any, key: str, refused: Refused, name: str, code: str
) -> None:
    assert refused(kms.create_alias, AliasName=name, TargetKeyId=key)[0] == code


def test_an_alias_moves_to_a_key_of_the_same_kind(kms: Any, key: str, refused: Refused) -> None:
    kms.create_alias(AliasName="alias/shop", TargetKeyId=key)
    assert refused(kms.create_alias, AliasName="alias/shop", TargetKeyId=key)[0] == (
        "AlreadyExistsException"
    )
    other = kms.create_key()["KeyMetadata"]["Arn"]
    kms.update_alias(AliasName="alias/shop", TargetKeyId=other)
    assert kms.describe_key(KeyId="alias/shop")["KeyMetadata"]["Arn"] == other
    signing = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    moved = {"AliasName": "alias/shop", "TargetKeyId": signing}
    assert refused(kms.update_alias, **moved)[0] == "ValidationException"
    kms.delete_alias(AliasName="alias/shop")
    for operation, more in ((kms.delete_alias, {}), (kms.update_alias, {"TargetKeyId": key})):
        assert refused(operation, AliasName="alias/shop", **more) == (
            "NotFoundException",
            f"Alias arn:aws:kms:us-east-1:{ACCOUNT}:alias/shop is not found.",
        )


def test_a_key_that_aws_manages_is_out_of_reach(kms: Any, refused: Refused) -> None:
    managed = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]
    assert refused(kms.disable_key, KeyId=managed)[0] == "AccessDeniedException"
    assert refused(kms.encrypt, KeyId=managed, Plaintext=b"x")[0] == "AccessDeniedException"
