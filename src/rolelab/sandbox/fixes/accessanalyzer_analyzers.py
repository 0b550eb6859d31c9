"""Analyzers of access from outside.

Pages: *CreateAnalyzer*, *GetAnalyzer* (IAM Access Analyzer API Reference); *Using service-linked
roles for IAM Access Analyzer*.
(Analyzers of unused and of internal access are not modelled.)
"""

from __future__ import annotations

import re
from typing import Any

from botocore.exceptions import ClientError

from rolelab.sandbox.access_analyzer.analyzers import ANALYZERS, Analyzer, ArchiveRule
from rolelab.sandbox.call import Call
from rolelab.sandbox.decoding import model_of
from rolelab.sandbox.denial import ServiceError, not_modelled
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.accessanalyzer_errors import exists, invalid, page
from rolelab.sandbox.fixes.accessanalyzer_findings import scan
from rolelab.sandbox.fixes.accessanalyzer_lookup import moment, named, with_arn
from rolelab.sandbox.operations.service_linked_roles import service_linked_role_name
from rolelab.sandbox.organizations import membership
from rolelab.sandbox.service_calls import on_behalf_of

SERVICE = "access-analyzer.amazonaws.com"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,254}")


@fix("accessanalyzer", "CreateAnalyzer")
def create_analyzer(call: Call, response: Any, serve: Any) -> Answer:
    """Make an analyzer. Its service-linked role is made in the caller's name."""
    asked = call.parameters
    name, kind = str(asked["analyzerName"]), str(asked["type"])
    if not _NAME.fullmatch(name):
        raise invalid("The analyzer name begins with a letter and has 255 characters at most.")
    if kind not in ("ACCOUNT", "ORGANIZATION"):
        why = f"No analyzers of type {kind}."
        raise not_modelled(model_of(call.service), call.operation, why)
    kept = ANALYZERS.of(call.account, call.region)
    if name in kept:
        raise exists("Analyzer", name)
    if any(each.type == kind == "ACCOUNT" for each in kept.values()):
        raise ServiceError(
            "ServiceQuotaExceededException",
            "The maximum number of analyzers of this type in the account is 1.",
            402,
            resourceId=name,
            resourceType="Analyzer",
        )
    if kind == "ORGANIZATION":
        known = membership(call.account)
        if known is None or not known.is_management:
            raise invalid("Only the management account of an organization makes this analyzer.")
    _make_service_linked_role(call)
    arn = f"arn:{call.partition}:access-analyzer:{call.region}:{call.account}:analyzer/{name}"
    made = Analyzer(arn, name, kind, call.account, call.region, dict(asked.get("tags") or {}))
    for rule in asked.get("archiveRules") or ():
        made.rules[rule["ruleName"]] = ArchiveRule(rule["ruleName"], rule["filter"])
    kept[name] = made
    scan(made)
    return Answer({"arn": arn})


def _make_service_linked_role(call: Call) -> None:
    from moto.iam.models import iam_backends

    name = service_linked_role_name(SERVICE)
    roles = iam_backends[call.account][call.partition].roles.values()
    if any(role.name == name for role in roles):
        return
    iam = on_behalf_of(call, SERVICE).client("iam")
    try:
        iam.create_service_linked_role(AWSServiceName=SERVICE)
    except ClientError as error:
        message = error.response["Error"]["Message"]
        raise ServiceError("AccessDeniedException", message, 403) from error


@fix("accessanalyzer", "GetAnalyzer")
def get_analyzer(call: Call, response: Any, serve: Any) -> Answer:
    """Describe one analyzer."""
    return Answer({"analyzer": _described(named(call))})


@fix("accessanalyzer", "ListAnalyzers")
def list_analyzers(call: Call, response: Any, serve: Any) -> Answer:
    """Describe the analyzers of the account in this Region."""
    wanted = call.parameters.get("type")
    kept = ANALYZERS.of(call.account, call.region).values()
    found = [_described(each) for each in kept if wanted in (None, each.type)]
    listed, token = page(found, call.parameters)
    return Answer({"analyzers": listed, **({"nextToken": token} if token else {})})


@fix("accessanalyzer", "DeleteAnalyzer")
def delete_analyzer(call: Call, response: Any, serve: Any) -> Answer:
    """Its findings go with it."""
    found = named(call)
    del ANALYZERS.of(call.account, call.region)[found.name]
    return Answer()


def _described(found: Analyzer) -> dict[str, Any]:
    members = {
        "arn": found.arn,
        "name": found.name,
        "type": found.type,
        "createdAt": moment(found.created),
        "tags": found.tags,
        "status": "ACTIVE",
        "lastResourceAnalyzed": found.last_resource,
        "lastResourceAnalyzedAt": found.last_at and moment(found.last_at),
    }
    return {name: value for name, value in members.items() if value is not None}


# Tags.


@fix("accessanalyzer", "TagResource")
def tag_resource(call: Call, response: Any, serve: Any) -> Answer:
    """Add tags to an analyzer."""
    with_arn(call, "resourceArn").tags.update(call.parameters["tags"])
    return Answer()


@fix("accessanalyzer", "UntagResource")
def untag_resource(call: Call, response: Any, serve: Any) -> Answer:
    """Take tags from an analyzer."""
    tags = with_arn(call, "resourceArn").tags
    for key in call.parameters["tagKeys"]:
        tags.pop(key, None)
    return Answer()


@fix("accessanalyzer", "ListTagsForResource")
def list_tags_for_resource(call: Call, response: Any, serve: Any) -> Answer:
    """Give the tags of an analyzer."""
    return Answer({"tags": with_arn(call, "resourceArn").tags})
