"""The picture of who can use which key says of every cell what a real call says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import rolelab
from rolelab.figures import key_access
from rolelab.figures.account_keys import in_the_best_case
from rolelab.figures.described_figure import DescribedFigure
from rolelab.sandbox import account

ACCOUNT = "123456789012"
ORDER = {"order": "1001"}
THROUGH_S3 = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}


def say(effect: str, action: Any, resource: str = "*", **elements: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **elements}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


TRUST = policy(
    {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"},
)


class Shop:
    """An account with keys, people and roles of every kind that the picture tells apart."""

    def __init__(self) -> None:
        self.iam, self.kms = boto3.client("iam"), boto3.client("kms")
        self.orders = self.key("orders", Tags=[{"TagKey": "team", "TagValue": "books"}])
        self.user("lena", say("Allow", "kms:Decrypt", self.orders), say("Deny", "kms:Encrypt"))
        self.user("jon")
        self.user("nia", say("Allow", "kms:Decrypt", Condition=THROUGH_S3))
        self.user("ada", say("Allow", "kms:*"), boundary=say("Allow", ["kms:Decrypt", "s3:*"]))
        team = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
        self.user("tom", say("Allow", "kms:Encrypt", Condition=team), team="books")
        self.user("eve", say("Allow", "kms:Encrypt", Condition=team), team="music")
        self.user("mia")
        self.iam.create_group(GroupName="packers")
        self.iam.put_group_policy(
            GroupName="packers", PolicyName="p", PolicyDocument=policy(say("Allow", "kms:Encrypt"))
        )
        self.iam.add_user_to_group(GroupName="packers", UserName="mia")
        for role, path in (("app", "/"), ("batch", "/jobs/")):
            self.iam.create_role(RoleName=role, Path=path, AssumeRolePolicyDocument=TRUST)
        named = {"AWS": [f"arn:aws:iam::{ACCOUNT}:{who}" for who in ("role/app", "user/lena")]}
        keep = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/Administrator"}
        use = say("Allow", ["kms:Encrypt", "kms:Decrypt"], Principal=named)
        rule = say("Allow", ["kms:Describe*", "kms:Get*", "kms:List*", "kms:Put*"], Principal=keep)
        self.ledger = self.key("ledger", policy(use, rule))
        for grantee, constraints in (
            ("user/jon", {"EncryptionContextSubset": ORDER}),
            ("role/jobs/batch", {}),
        ):
            self.kms.create_grant(
                KeyId=self.orders,
                GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:{grantee}",
                Operations=["Decrypt"],
                Constraints=constraints,
            )

    def key(self, alias: str, document: str | None = None, **about: Any) -> str:
        arn = str(self.kms.create_key(**about)["KeyMetadata"]["Arn"])
        self.kms.create_alias(AliasName=f"alias/{alias}", TargetKeyId=arn)
        if document is not None:
            about = {"Policy": document, "BypassPolicyLockoutSafetyCheck": True}
            self.kms.put_key_policy(KeyId=arn, **about)
        return arn

    def user(
        self, name: str, *statements: dict[str, Any], boundary: Any = None, team: str = ""
    ) -> None:
        tags = [{"Key": "team", "Value": team}] if team else []
        self.iam.create_user(UserName=name, Tags=tags)
        if statements:
            self.iam.put_user_policy(
                UserName=name, PolicyName="own", PolicyDocument=policy(*statements)
            )
        if boundary:
            made = self.iam.create_policy(PolicyName=name, PolicyDocument=policy(boundary))
            self.iam.put_user_permissions_boundary(
                UserName=name, PermissionsBoundary=made["Policy"]["Arn"]
            )

    def client(self, name: str) -> Any:
        kind, _, name = name.partition(" ")
        if kind == "user":
            made = self.iam.create_access_key(UserName=name)["AccessKey"]
            signed = (made["AccessKeyId"], made["SecretAccessKey"], None)
        else:
            arn = self.iam.get_role(RoleName=name)["Role"]["Arn"]
            made = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="visit")[
                "Credentials"
            ]
            signed = (made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
        return boto3.Session(*signed).client("kms")


@pytest.fixture
def shop() -> Iterator[Shop]:
    rolelab.start()
    try:
        yield Shop()
    finally:
        rolelab.stop()


def sentence(figure: DescribedFigure, key: str) -> dict[str, list[str]]:
    """What the description says of a key: who may, by use."""
    _, _, rest = figure.description.partition(f"Key {key}. ")
    said = dict(part.split(": ") for part in rest.partition(". ")[0].rstrip(".").split("; "))
    return {use: [] if who == "nobody" else who.split(", ") for use, who in said.items()}


def answer_to(call: Callable[..., Any], **parameters: Any) -> str:
    try:
        call(**parameters)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "served"


@pytest.mark.parametrize("alias", ["orders", "ledger"])
def test_a_full_mark_is_what_a_bare_call_is_answered(shop: Shop, alias: str) -> None:
    arn = {"orders": shop.orders, "ledger": shop.ledger}[alias]
    said = sentence(key_access(), alias)
    everybody = [f"user {name}" for name in ("lena", "jon", "nia", "ada", "tom", "eve", "mia")]
    sealed = shop.client("role app") if alias == "ledger" else shop.kms
    blob = sealed.encrypt(KeyId=arn, Plaintext=b"x")["CiphertextBlob"]
    text = shop.kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"]
    for name in (*everybody, "role app", "role batch", "role Administrator"):
        client = shop.client(name)
        answers = {
            "encrypt": answer_to(client.encrypt, KeyId=arn, Plaintext=b"x"),
            "decrypt": answer_to(client.decrypt, KeyId=arn, CiphertextBlob=blob),
            "administer": answer_to(client.put_key_policy, KeyId=arn, Policy=text),
        }
        drawn = {use: name in said[use] for use in said}
        words = {True: "served", False: "AccessDeniedException"}
        assert {use: words[drawn[use]] for use in drawn} == answers, name


CELLS = {
    "a role that the key policy names": ("ledger", "decrypt", "role app", True),
    "an administrator of IAM alone": ("ledger", "decrypt", "role Administrator", False),
    "who may set the policy": ("ledger", "administer", "role Administrator", True),
    "an allow in IAM where the policy delegates": ("orders", "decrypt", "user lena", True),
    "a deny in IAM beats the key policy": ("ledger", "encrypt", "user lena", False),
    "a boundary": ("orders", "encrypt", "user ada", False),
    "what policy and boundary both allow": ("orders", "decrypt", "user ada", True),
    "the policy of a group": ("orders", "encrypt", "user mia", True),
    "tags that agree": ("orders", "encrypt", "user tom", True),
    "tags that do not agree": ("orders", "encrypt", "user eve", False),
    "a grant for a role with a path": ("orders", "decrypt", "role batch", True),
    "a grant with a constraint": ("orders", "decrypt", "user jon under a condition", True),
    "a call through one service": ("orders", "decrypt", "user nia under a condition", True),
}


@pytest.fixture(scope="module")
def drawn() -> DescribedFigure:
    rolelab.start()
    try:
        Shop()
        return key_access()
    finally:
        rolelab.stop()


@pytest.mark.parametrize(("key", "use", "who", "there"), CELLS.values(), ids=CELLS)
def test_what_counts(drawn: DescribedFigure, key: str, use: str, who: str, there: bool) -> None:
    assert (who in sentence(drawn, key)[use]) == there
    if not there:
        assert not any(said.startswith(who) for said in sentence(drawn, key)[use])


def test_the_title_counts_who_can_decrypt_and_who_administers(drawn: DescribedFigure) -> None:
    opens = {"lena", "jon", "nia", "ada", "app", "batch", "Administrator"}
    said = [sentence(drawn, key)["decrypt"] for key in ("orders", "ledger")]
    assert {name.split()[1] for names in said for name in names} == opens
    title = "7 of 10 can decrypt with a key, and 1 can change who may"
    assert drawn.description.startswith(f"{title}. ")
    assert drawn.axes[0].texts[0].get_text() == title


def test_a_key_that_lets_nobody_read_it_is_named(shop: Shop) -> None:
    lena = {"AWS": f"arn:aws:iam::{ACCOUNT}:user/lena"}
    shop.key("diary", policy(say("Allow", "kms:*", Principal=lena)))
    note = "Key diary is not shown: its policy does not let you read it."
    figure = key_access()
    assert note in figure.description
    assert note in [each.get_text() for each in figure.axes[0].texts]


def test_a_key_out_of_use_says_so_and_keeps_its_marks(shop: Shop) -> None:
    before = sentence(key_access(), "orders")
    shop.kms.disable_key(KeyId=shop.orders)
    assert sentence(key_access(), "orders (disabled)") == before


def test_a_part_of_the_account(shop: Shop) -> None:
    figure = key_access(principals=["lena", "app"], keys=[shop.ledger])
    texts = [each.get_text() for each in figure.axes[0].texts]
    assert {"user lena", "role app", "ledger"} <= set(texts)
    assert not {"user jon", "orders"} & set(texts)


def test_roles_of_services_are_left_out(shop: Shop) -> None:
    shop.iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    assert "AWSServiceRoleForECS" not in key_access().description


def test_what_is_not_there_is_an_error(shop: Shop) -> None:
    with pytest.raises(ValueError, match="no user or role nobody"):
        key_access(principals=["nobody"])
    with pytest.raises(ValueError, match=r"no key that you may read arn:aws:kms:.*:key/none"):
        key_access(keys=[f"arn:aws:kms:us-east-1:{ACCOUNT}:key/none"])


def test_an_account_without_keys_is_an_error() -> None:
    rolelab.start()
    try:
        with pytest.raises(ValueError, match=r"kms.create_key\(\)"):
            key_access()
    finally:
        rolelab.stop()


def test_the_session_decides_whose_account_is_drawn(shop: Shop) -> None:
    other = account.current().admin("999988887777")
    other.client("kms").create_key()
    assert "orders" not in key_access(other).description


BEST_CASES: dict[str, tuple[dict[str, Any], Any]] = {
    "what a request may say is taken for met": (
        say("Allow", "kms:*", Condition=THROUGH_S3),
        {},
    ),
    "what is settled stays": (
        say("Allow", "kms:*", Condition={"StringEquals": {"aws:ResourceTag/a": "b"}}),
        {"StringEquals": {"aws:ResourceTag/a": "b"}},
    ),
    "a deny that a request can avoid": (say("Deny", "kms:*", Condition=THROUGH_S3), None),
    "a deny that no request can avoid": (
        say("Deny", "kms:*", Condition={"StringEquals": {"aws:PrincipalTag/a": "b"}}),
        {"StringEquals": {"aws:PrincipalTag/a": "b"}},
    ),
}


@pytest.mark.parametrize(("statement", "condition"), BEST_CASES.values(), ids=BEST_CASES)
def test_the_best_case(statement: dict[str, Any], condition: Any) -> None:
    found = in_the_best_case([statement])
    assert found == ([] if condition is None else [{**statement, "Condition": condition}])
