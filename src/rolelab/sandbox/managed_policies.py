"""AWS managed policies, loaded one by one when somebody asks for them.

moto brings all of them as one JSON text of 4.7 MB and can load them all or none. All of them cost
0.7 s and 30 MB for every account and start. The text is in memory anyway once moto's IAM is
imported, sorted and indented the same way throughout, so one policy is found by searching for its
name at the start of a line, and only its own part is parsed.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import FIXES, Answer, Fix, Response, Serve

_PREFIX = "arn:aws:iam::aws:policy/"

# One entry of moto's text, seen from its members that stand above and below the document.
_HEAD = (
    r'^ "(?P<name>[^"]+)":\{\n'
    r'  "CreateDate":"(?P<created>[^"]+)",\n'
    r'  "DefaultVersionId":"(?P<version>[^"]+)",$'
)
_TAIL = (
    r'^  "Path":"(?P<path>[^"]+)",\n'
    r'(?:  "[A-Za-z]+":[^\n{\[]+,\n)*'
    r'  "UpdateDate":"(?P<updated>[^"]+)"$'
)


@dataclass(frozen=True, slots=True)
class Listed:
    """What ListPolicies says about one AWS managed policy."""

    name: str
    path: str
    version: str
    created: datetime
    updated: datetime

    @property
    def arn(self) -> str:
        return f"{_PREFIX.removesuffix('/')}{self.path}{self.name}"

    @property
    def policy_id(self) -> str:
        return _policy_id(self.arn)


def names() -> list[str]:
    """The names of all AWS managed policies, sorted."""
    return [policy.name for policy in _listed()]


def document(arn: str) -> str:
    """The policy document of an AWS managed policy, as JSON text.

    Args:
        arn: such as `arn:aws:iam::aws:policy/ReadOnlyAccess`, with its path if it has one.

    Raises:
        KeyError: AWS has no policy of that ARN.
    """
    entry = _entry(arn)
    if entry is None:
        raise KeyError(arn)
    return json.dumps(entry["Document"])


def ensure(backend: Any, arn: str) -> bool:
    """Put an AWS managed policy into an account's IAM, if it is not there already.

    Args:
        backend: moto's IAM backend of the account.
        arn: any string; what is not the ARN of an AWS managed policy is left alone.

    Returns:
        Whether the account has the policy now.
    """
    if arn in backend.managed_policies:
        return True
    entry = _entry(arn)
    if entry is None:
        return False
    from moto.iam.models import AWSManagedPolicy

    name = arn.rsplit("/", 1)[-1]
    policy = AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, entry)
    policy.id = _policy_id(arn)
    backend.managed_policies[arn] = policy
    backend.aws_managed_policies.append(policy)
    return True


def _entry(arn: str) -> dict[str, Any] | None:
    """One policy as moto's data has it, or None."""
    if not arn.startswith(_PREFIX):
        return None
    name = arn.rsplit("/", 1)[-1]
    text = _text()
    start = text.find(f'\n "{name}":{{\n')
    if start < 0:
        return None
    start = text.index("{", start)
    end = text.index("\n }", start) + 3
    entry: dict[str, Any] = json.loads(text[start:end])
    return entry if f"{_PREFIX.removesuffix('/')}{entry['Path']}{name}" == arn else None


@cache
def _listed() -> tuple[Listed, ...]:
    """All policies without their documents, from two passes over the text."""
    text = _text()
    heads, tails = (re.finditer(part, text, re.MULTILINE) for part in (_HEAD, _TAIL))
    return tuple(
        Listed(
            name=head["name"],
            path=tail["path"],
            version=head["version"],
            created=datetime.fromisoformat(head["created"]),
            updated=datetime.fromisoformat(tail["updated"]),
        )
        for head, tail in zip(heads, tails, strict=True)
    )


def _text() -> str:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    text: str = aws_managed_policies_data
    return text


def _policy_id(arn: str) -> str:
    """An id that is the same in every listing and every account, as it is on AWS."""
    digest = hashlib.sha256(arn.encode()).digest()
    return "ANPA" + b32encode(digest).decode()[:17]


# --- operations that name a policy by its ARN -------------------------------------------------

#: Where each operation names managed policies: the input member, a string or a list of either
#: strings or structures with the member `arn`.
_NAMED_IN: dict[tuple[str, str], str] = {
    ("iam", "AttachRolePolicy"): "PolicyArn",
    ("iam", "AttachUserPolicy"): "PolicyArn",
    ("iam", "AttachGroupPolicy"): "PolicyArn",
    ("iam", "GetPolicy"): "PolicyArn",
    ("iam", "GetPolicyVersion"): "PolicyArn",
    ("iam", "ListPolicyVersions"): "PolicyArn",
    ("iam", "ListPolicyTags"): "PolicyArn",
    ("iam", "ListEntitiesForPolicy"): "PolicyArn",
    ("iam", "GenerateServiceLastAccessedDetails"): "Arn",
    ("iam", "CreateRole"): "PermissionsBoundary",
    ("iam", "CreateUser"): "PermissionsBoundary",
    ("iam", "PutRolePermissionsBoundary"): "PermissionsBoundary",
    ("iam", "PutUserPermissionsBoundary"): "PermissionsBoundary",
    ("sts", "AssumeRole"): "PolicyArns",
    ("sts", "AssumeRoleWithSAML"): "PolicyArns",
    ("sts", "AssumeRoleWithWebIdentity"): "PolicyArns",
    ("sts", "GetFederationToken"): "PolicyArns",
}


def register() -> None:
    """Make every AWS managed policy appear where it is named. Harmless when called again.

    The registrations come before those of the services, so a service's own fixes already find the
    policy in the account.
    """
    if list_policies in FIXES["iam", "ListPolicies"]:
        return
    for (service, operation), member in _NAMED_IN.items():
        FIXES[service, operation].insert(0, _loading(member))
    FIXES["iam", "ListPolicies"].insert(0, list_policies)


def _loading(member: str) -> Fix:
    """Load what the request names. What does not exist is left for the service to refuse."""

    def load(call: Call, response: Any, serve: Serve) -> Response:
        backend = _backend(call)
        for arn in _arns(call.parameters.get(member)):
            ensure(backend, arn)
        return serve()

    return load


def _arns(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [item["arn"] if isinstance(item, Mapping) else item for item in value or []]


def _backend(call: Call) -> Any:
    from moto.iam.models import iam_backends

    return iam_backends[call.account][call.partition]


def list_policies(call: Call, response: Any, serve: Serve) -> Answer:
    """ListPolicies with the AWS managed policies, without loading their documents.

    Members and defaults: *ListPolicies* in the IAM API Reference.
    """
    asked = call.parameters
    backend = _backend(call)
    scope = asked.get("Scope", "All")
    loaded = backend.managed_policies
    rows = [_row_of(policy) for policy in loaded.values()]
    rows += [_row_of_listed(policy) for policy in _listed() if policy.arn not in loaded]
    boundaries = _boundary_counts(backend)
    for row in rows:
        row["PermissionsBoundaryUsageCount"] = boundaries.get(row["Arn"], 0)
    used_as = {
        None: ("AttachmentCount", "PermissionsBoundaryUsageCount"),
        "PermissionsPolicy": ("AttachmentCount",),
        "PermissionsBoundary": ("PermissionsBoundaryUsageCount",),
    }[asked.get("PolicyUsageFilter")]
    shown = [
        row
        for row in rows
        if scope in ("All", "AWS" if row["Arn"].startswith(_PREFIX) else "Local")
        and row["Path"].startswith(asked.get("PathPrefix", "/"))
        and (not _wants_used_only(asked) or any(row[count] for count in used_as))
    ]
    return _page(sorted(shown, key=lambda row: (row["PolicyName"], row["Arn"])), asked)


def _wants_used_only(asked: Mapping[str, Any]) -> bool:
    return bool(asked.get("OnlyAttached")) or "PolicyUsageFilter" in asked


def _boundary_counts(backend: Any) -> dict[str, int]:
    """How many users and roles have each policy as their permissions boundary."""
    counts: dict[str, int] = {}
    for entity in (*backend.roles.values(), *backend.users.values()):
        arn = getattr(entity, "permissions_boundary_arn", None) or getattr(
            entity, "permissions_boundary", None
        )
        if isinstance(arn, str):
            counts[arn] = counts.get(arn, 0) + 1
    return counts


def _page(rows: list[dict[str, Any]], asked: Mapping[str, Any]) -> Answer:
    try:
        start = int(asked.get("Marker", "0"))
    except ValueError:
        raise ServiceError("ValidationError", f"Invalid Marker: {asked['Marker']}") from None
    end = start + int(asked.get("MaxItems", 100))
    answer = Answer(Policies=rows[start:end], IsTruncated=end < len(rows))
    if end < len(rows):
        answer["Marker"] = str(end)
    return answer


def _row_of(policy: Any) -> dict[str, Any]:
    """A policy that the account holds: the customer's own, or an AWS one somebody asked for."""
    return {
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.default_version_id,
        "AttachmentCount": policy.attachment_count,
        "IsAttachable": True,
        "CreateDate": policy.create_date,
        "UpdateDate": policy.update_date,
    }


def _row_of_listed(policy: Listed) -> dict[str, Any]:
    return {
        "PolicyName": policy.name,
        "PolicyId": policy.policy_id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.version,
        "AttachmentCount": 0,
        "IsAttachable": True,
        "CreateDate": policy.created.astimezone(UTC),
        "UpdateDate": policy.updated.astimezone(UTC),
    }
