"""The caller of a case: who it is, and how it signs in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scorecard.accounts import OURS, Keys, client, keys_of
from scorecard.cases import Case, CaseError
from scorecard.documents import document, resolve
from scorecard.setup import Administrators, Made, Place, limit_role, limit_user, role, user

_WHO = re.compile(r"(user|role) (\S+?)(?: of (\S+))?|root(?: of (\S+))?|anonymous|administrator")

#: What a case may say about how the caller signs in.
CREDENTIALS = {
    "mfa": "a user signs in with a one-time password (GetSessionToken)",
    "temporary": "a user signs in without one (GetSessionToken)",
    "federated": "a user hands its permissions to a federated user of this name",
    "session_tags": "tags of the role session",
    "transitive": "which of them are transitive",
    "source_identity": "the source identity of the role session",
    "key": "`inactive` or `deleted`: what became of the user's access key",
    "secret": "`wrong`: the secret key is another one",
    "token": "`wrong` or `missing`: the session token",
}


@dataclass(frozen=True, slots=True)
class Who:
    """A caller by kind, name and account."""

    kind: str
    name: str
    account: str

    @property
    def anonymous(self) -> bool:
        return self.kind == "anonymous"


def who_of(text: str) -> Who:
    """Read who calls.

    Raises:
        CaseError: no caller is written like this.
    """
    match = _WHO.fullmatch(text)
    if match is None:
        raise CaseError(f"`who` is {text!r}; write user NAME, role NAME, root or anonymous")
    kind, name, account, roots = match.groups()
    return Who(kind or text.split(maxsplit=1)[0], name or "", account or roots or OURS)


def create(who: Who, case: Case, administrators: Administrators, made: Made) -> None:
    """Make the caller, without permissions: policies of resources may name it."""
    place = Place(administrators, who.account)
    if who.kind in ("user", "role"):
        maker = {"user": user, "role": role}[who.kind]
        made[who.name] = maker(place, {who.kind: who.name, "tags": case.tags})


def permit(who: Who, case: Case, administrators: Administrators, made: Made) -> None:
    """Give the caller its policies."""
    place = Place(administrators, who.account)
    limits = {
        "identity": resolve(case.identity, made),
        "boundary": resolve(case.boundary, made),
        "groups": resolve(case.groups, made),
    }
    if who.kind == "user":
        limit_user(place, who.name, limits)
    elif who.kind == "role":
        limit_role(place, who.name, limits)


def sign_in(who: Who, case: Case, administrators: Administrators, made: Made) -> Keys:
    """Give the caller's keys: access key id, secret, token."""
    unknown = case.credentials.keys() - CREDENTIALS.keys()
    if unknown:
        raise CaseError(f"credentials: {sorted(unknown)}; there are: {', '.join(CREDENTIALS)}")
    if who.kind == "anonymous":
        return None, None, None
    if who.kind == "administrator":
        return administrators.account.administrator(who.account)
    if who.kind == "root":
        return administrators.account.root(who.account)
    policy = None if case.session is None else document(resolve(case.session, made))
    signed = (_as_user if who.kind == "user" else _as_role)(who, case, administrators, policy)
    return _spoiled(signed, case.credentials)


def _as_user(who: Who, case: Case, administrators: Administrators, policy: str | None) -> Keys:
    place = Place(administrators, who.account)
    created = place("iam.create_access_key", UserName=who.name)["AccessKey"]
    keys: Keys = (created["AccessKeyId"], created["SecretAccessKey"], None)
    how = case.credentials
    if how.get("mfa"):
        serial = place("iam.create_virtual_mfa_device", VirtualMFADeviceName=who.name)[
            "VirtualMFADevice"
        ]["SerialNumber"]
        place(
            "iam.enable_mfa_device",
            UserName=who.name,
            SerialNumber=serial,
            AuthenticationCode1="123456",
            AuthenticationCode2="654321",
        )
        keys = _issued(keys, "get_session_token", SerialNumber=serial, TokenCode="123456")
    elif how.get("temporary"):
        keys = _issued(keys, "get_session_token")
    elif "federated" in how:
        about = {"Name": how["federated"], "Policy": policy}
        keys = _issued(keys, "get_federation_token", **about)
    if how.get("key") == "inactive":
        place(
            "iam.update_access_key",
            UserName=who.name,
            AccessKeyId=created["AccessKeyId"],
            Status="Inactive",
        )
    elif how.get("key") == "deleted":
        place("iam.delete_access_key", UserName=who.name, AccessKeyId=created["AccessKeyId"])
    return keys


def _as_role(who: Who, case: Case, administrators: Administrators, policy: str | None) -> Keys:
    tags = case.credentials.get("session_tags", {})
    return keys_of(
        Place(administrators, who.account)(
            "sts.assume_role",
            RoleArn=f"arn:aws:iam::{who.account}:role/{who.name}",
            RoleSessionName="session",
            Policy=policy,
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()] or None,
            TransitiveTagKeys=case.credentials.get("transitive"),
            SourceIdentity=case.credentials.get("source_identity"),
        )
    )


def _issued(keys: Keys, method: str, **parameters: Any) -> Keys:
    sts = client("sts", keys)
    given = {name: value for name, value in parameters.items() if value is not None}
    return keys_of(getattr(sts, method)(**given))


def _spoiled(keys: Keys, how: Mapping[str, Any]) -> Keys:
    key, secret, token = keys
    if how.get("secret") == "wrong":
        secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    if how.get("token") == "wrong":
        token = "FwoGZXIvYXdzEXAMPLETOKEN"
    elif how.get("token") == "missing":
        token = None
    return key, secret, token
