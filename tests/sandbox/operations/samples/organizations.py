"""Organizations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolelab.sandbox.organizations import HANDSHAKES, Handshake
from tests.sandbox.operations.samples.sample import ACCOUNT, NAME, TAGS, Clients, Sample

INVITED = "444455556666"
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}'


def prepare(aws: Clients) -> Mapping[str, Any]:
    """An organization with a unit, an account, a policy and an open invitation."""
    organizations = aws("organizations")
    made = organizations.create_organization(FeatureSet="ALL")["Organization"]
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name=NAME, Tags=TAGS)
    request = organizations.create_account(Email="a@example.com", AccountName=NAME, Tags=TAGS)
    policy = organizations.create_policy(
        Name=NAME, Description=NAME, Type="SERVICE_CONTROL_POLICY", Content=POLICY, Tags=TAGS
    )
    arn = f"arn:aws:organizations::{ACCOUNT}:handshake/{made['Id']}/invite/h-examplehandshake1"
    HANDSHAKES.of(ACCOUNT, "aws")["h-examplehandshake1"] = Handshake(
        "h-examplehandshake1", arn, made["Id"], ACCOUNT, INVITED, "OPEN", 0.0
    )
    unit_id = unit["OrganizationalUnit"]["Id"]
    account = request["CreateAccountStatus"]["AccountId"]
    return {
        "RootId": root,
        "SourceParentId": root,
        "DestinationParentId": unit_id,
        "ParentId": unit_id,
        "OrganizationalUnitId": unit_id,
        "AccountId": account,
        "TargetId": account,
        "ChildId": account,
        "ResourceId": account,
        "PolicyId": policy["Policy"]["PolicySummary"]["Id"],
        "CreateAccountRequestId": request["CreateAccountStatus"]["Id"],
    }


SAMPLE = Sample(
    prepare=prepare,
    texts={
        "HandshakeId": "h-examplehandshake1",
        "Target": {"Type": "ACCOUNT", "Id": INVITED},
        "ServicePrincipal": "guardduty.amazonaws.com",
        "Email": "b@example.com",
        "Filter": "SERVICE_CONTROL_POLICY",
        "PolicyType": "SERVICE_CONTROL_POLICY",
        "Type": "SERVICE_CONTROL_POLICY",
        "TagKeys": ["team"],
    },
    given={
        operation: {"Filter": {"ActionType": "INVITE"}}
        for operation in ("ListHandshakesForAccount", "ListHandshakesForOrganization")
    },
    complete=False,
)
