"""Findings of access from outside, and the rules that archive them.

AWS looks at a resource again within 30 minutes of a change; here, whenever findings are asked for.

Pages: *ListFindings*, *UpdateFindings*, *CreateArchiveRule*, *StartResourceScan* (IAM Access
Analyzer API Reference).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from rolelab.sandbox.access_analyzer.analyzers import Analyzer, ArchiveRule, Finding
from rolelab.sandbox.access_analyzer.external_access import (
    access_from_outside,
    resources_of,
    zone_of,
)
from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.accessanalyzer_errors import exists, invalid, missing, page
from rolelab.sandbox.fixes.accessanalyzer_lookup import moment, named, with_arn

# Archive rules.


@fix("accessanalyzer", "CreateArchiveRule")
def create_archive_rule(call: Call, response: Any, serve: Any) -> Answer:
    """The rule is for findings to come; ApplyArchiveRule is for those that are there."""
    found, name = named(call), str(call.parameters["ruleName"])
    if name in found.rules:
        raise exists("ArchiveRule", name)
    found.rules[name] = ArchiveRule(name, call.parameters["filter"])
    return Answer()


@fix("accessanalyzer", "UpdateArchiveRule")
def update_archive_rule(call: Call, response: Any, serve: Any) -> Answer:
    """Change what a rule matches."""
    rule = _rule(call, named(call))
    rule.filter, rule.updated = call.parameters["filter"], time.time()
    return Answer()


@fix("accessanalyzer", "DeleteArchiveRule")
def delete_archive_rule(call: Call, response: Any, serve: Any) -> Answer:
    """What the rule archived stays archived."""
    found = named(call)
    del found.rules[_rule(call, found).name]
    return Answer()


@fix("accessanalyzer", "GetArchiveRule")
def get_archive_rule(call: Call, response: Any, serve: Any) -> Answer:
    """Describe one rule."""
    return Answer({"archiveRule": _rule_described(_rule(call, named(call)))})


@fix("accessanalyzer", "ListArchiveRules")
def list_archive_rules(call: Call, response: Any, serve: Any) -> Answer:
    """Describe the rules of an analyzer."""
    rules = [_rule_described(each) for each in named(call).rules.values()]
    listed, token = page(rules, call.parameters)
    return Answer({"archiveRules": listed, **({"nextToken": token} if token else {})})


@fix("accessanalyzer", "ApplyArchiveRule")
def apply_archive_rule(call: Call, response: Any, serve: Any) -> Answer:
    """Archive the findings that a rule matches."""
    found = with_arn(call, "analyzerArn")
    rule = _rule(call, found)
    scan(found)
    for finding in found.findings.values():
        if finding.status == "ACTIVE" and matches(rule.filter, finding):
            turn(finding, "ARCHIVED")
    return Answer()


def _rule(call: Call, found: Analyzer) -> ArchiveRule:
    name = str(call.parameters["ruleName"])
    if name not in found.rules:
        raise missing("ArchiveRule", name)
    return found.rules[name]


def _rule_described(rule: ArchiveRule) -> dict[str, Any]:
    return {
        "ruleName": rule.name,
        "filter": rule.filter,
        "createdAt": moment(rule.created),
        "updatedAt": moment(rule.updated),
    }


# Findings.


@fix("accessanalyzer", "ListFindings")
def list_findings(call: Call, response: Any, serve: Any) -> Answer:
    """Give the findings, those that are resolved among them."""
    return _listed(call, _summary)


@fix("accessanalyzer", "ListFindingsV2")
def list_findings_v2(call: Call, response: Any, serve: Any) -> Answer:
    """The same in the form that all kinds of analyzers share."""
    return _listed(call, _summary_v2)


@fix("accessanalyzer", "GetFinding")
def get_finding(call: Call, response: Any, serve: Any) -> Answer:
    """Give one finding."""
    return Answer({"finding": _summary(_finding(call))})


@fix("accessanalyzer", "GetFindingV2")
def get_finding_v2(call: Call, response: Any, serve: Any) -> Answer:
    """Give one finding in the form that all kinds of analyzers share."""
    finding = _finding(call)
    details = {
        "action": finding.actions,
        "condition": finding.condition,
        "isPublic": finding.is_public,
        "principal": finding.principal,
        "resourceControlPolicyRestriction": finding.restriction,
    }
    return Answer({**_summary_v2(finding), "findingDetails": [{"externalAccessDetails": details}]})


@fix("accessanalyzer", "UpdateFindings")
def update_findings(call: Call, response: Any, serve: Any) -> Answer:
    """Archive findings, or make them active again: by id, or all of one resource."""
    asked = call.parameters
    found = with_arn(call, "analyzerArn")
    scan(found)
    status = str(asked["status"])
    if status not in ("ACTIVE", "ARCHIVED"):
        raise invalid(f"{status} is not a status that findings can be given.")
    unknown = [each for each in asked.get("ids") or () if each not in found.findings]
    if unknown:
        raise missing("Finding", unknown[0])
    for finding in found.findings.values():
        chosen = finding.id in (asked.get("ids") or ())
        if chosen or finding.resource == asked.get("resourceArn"):
            turn(finding, status)
    return Answer()


@fix("accessanalyzer", "StartResourceScan")
def start_resource_scan(call: Call, response: Any, serve: Any) -> Answer:
    """Look at one resource at once."""
    found, arn = with_arn(call, "analyzerArn"), str(call.parameters["resourceArn"])
    zone = zone_of(found.account, found.type)
    if all(arn != known for known, _, _ in resources_of(zone, found.region)):
        raise missing("Resource", arn)
    scan(found)
    return Answer()


@fix("accessanalyzer", "ListAnalyzedResources")
def list_analyzed_resources(call: Call, response: Any, serve: Any) -> Answer:
    """Give the resources that an analyzer looks at."""
    found = with_arn(call, "analyzerArn")
    wanted = call.parameters.get("resourceType")
    resources = [
        {"resourceArn": arn, "resourceType": kind, "resourceOwnerAccount": owner}
        for arn, kind, owner in resources_of(zone_of(found.account, found.type), found.region)
        if wanted in (None, kind)
    ]
    listed, token = page(resources, call.parameters)
    return Answer({"analyzedResources": listed, **({"nextToken": token} if token else {})})


def _listed(call: Call, show: Any) -> Answer:
    found, asked = with_arn(call, "analyzerArn"), call.parameters
    scan(found)
    wanted = asked.get("filter") or {}
    findings = [each for each in found.findings.values() if matches(wanted, each)]
    order = asked.get("sort") or {}
    name = order.get("attributeName") or "updatedAt"
    findings.sort(
        key=lambda each: str(next(iter(_attribute(each, name)), "")),
        reverse=order.get("orderBy") == "DESC",
    )
    listed, token = page(findings, asked)
    shown = [show(each) for each in listed]
    return Answer({"findings": shown, **({"nextToken": token} if token else {})})


def _finding(call: Call) -> Finding:
    found, named = with_arn(call, "analyzerArn"), str(call.parameters["id"])
    scan(found)
    if named not in found.findings:
        raise missing("Finding", named)
    return found.findings[named]


def scan(found: Analyzer) -> None:
    """Look at the account again: new findings appear, old ones are resolved."""
    now = time.time()
    seen = set()
    for access in access_from_outside(zone_of(found.account, found.type), found.region, found.arn):
        seen.add(access.id)
        found.last_resource, found.last_at = access.resource, now
        known = found.findings.get(access.id)
        if known is None:
            found.findings[access.id] = made = Finding(
                **{name: getattr(access, name) for name in access.__slots__},
                created=now,
                analyzed=now,
                updated=now,
            )
            if any(matches(rule.filter, made) for rule in found.rules.values()):
                made.status = "ARCHIVED"
            continue
        known.analyzed = now
        if known.actions != access.actions:
            known.actions, known.updated = access.actions, now
        if known.status == "RESOLVED":
            turn(known, "ACTIVE")
    for finding in found.findings.values():
        if finding.id not in seen and finding.status != "RESOLVED":
            turn(finding, "RESOLVED")


def turn(finding: Finding, status: str) -> None:
    """Give a finding another status."""
    finding.status, finding.updated = status, time.time()


def _summary(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "principal": finding.principal,
        "action": finding.actions,
        "resource": finding.resource,
        "isPublic": finding.is_public,
        "resourceType": finding.resource_type,
        "condition": finding.condition,
        "createdAt": moment(finding.created),
        "analyzedAt": moment(finding.analyzed),
        "updatedAt": moment(finding.updated),
        "status": finding.status,
        "resourceOwnerAccount": finding.owner,
        "resourceControlPolicyRestriction": finding.restriction,
    }


def _summary_v2(finding: Finding) -> dict[str, Any]:
    shared = (
        "id",
        "resource",
        "resourceType",
        "createdAt",
        "analyzedAt",
        "updatedAt",
        "status",
        "resourceOwnerAccount",
    )
    full = _summary(finding)
    return {**{name: full[name] for name in shared}, "findingType": "ExternalAccess"}


# Filters.


def matches(wanted: Mapping[str, Mapping[str, Any]], finding: Finding) -> bool:
    """Whether a finding meets every criterion of a filter."""
    return all(_meets(criterion, _attribute(finding, name)) for name, criterion in wanted.items())


def _attribute(finding: Finding, name: str) -> list[str]:
    """The values of a finding under a filter's name: `status`, `principal.AWS`."""
    group, _, member = name.partition(".")
    value = _summary(finding).get(group)
    if isinstance(value, Mapping):
        return [str(value[member])] if member in value else []
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, list):
        return [str(each) for each in value]
    return [] if value is None else [str(value)]


def _meets(criterion: Mapping[str, Any], values: Iterable[str]) -> bool:
    found = list(values)
    return all(
        (
            "eq" not in criterion or any(each in criterion["eq"] for each in found),
            "neq" not in criterion or not any(each in criterion["neq"] for each in found),
            "contains" not in criterion
            or any(part in each for each in found for part in criterion["contains"]),
            "exists" not in criterion or bool(found) is criterion["exists"],
        )
    )
