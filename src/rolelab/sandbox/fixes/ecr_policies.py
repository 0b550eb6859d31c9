"""Repository policies: what Amazon ECR refuses at the door.

AWS pages: *Private repository policies*, *Private repository policy examples*,
*SetRepositoryPolicy*. The sentences are those that ECR answers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rolelab.iam import Policies, PolicyError, Request, evaluate, parse
from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import Answer, Serve, fix
from rolelab.sandbox.fixes.ecr_lookup import invalid, repository
from rolelab.sandbox.fixes.iam_trust import exists

if TYPE_CHECKING:
    from rolelab.iam import Document

NOT_VALID = "Invalid repository policy provided"
NO_PRINCIPAL = "Principal not found"
LOCKS_OUT = (
    "The policy would prevent you from setting another policy in the future; "
    "force the SetRepositoryPolicy operation to set it"
)


@fix("ecr", "SetRepositoryPolicy")
def set_repository_policy(call: Call, response: Any, serve: Serve) -> Answer:
    """moto takes a Resource, and principals that do not exist."""
    found = repository(call)
    document = _read(str(call.parameters["policyText"]))
    for statement in _statements(document.source):
        _check(call, statement)
    if not call.parameters.get("force") and _locks_out(call, document, found.arn):
        raise invalid("PolicyText", LOCKS_OUT)
    found.policy = str(call.parameters["policyText"])
    return Answer(registryId=found.registry_id, repositoryName=found.name, policyText=found.policy)


def _read(text: str) -> Document:
    try:
        return parse(text, kind="resource", name="repository policy")
    except PolicyError as error:
        raise invalid("PolicyText", NOT_VALID) from error


def _check(call: Call, statement: Mapping[str, Any]) -> None:
    """A statement has no Resource, is about ECR, and its users and roles exist."""
    if {"Resource", "NotResource"} & statement.keys():
        raise invalid("PolicyText", NOT_VALID)
    for action in _texts(statement.get("Action", statement.get("NotAction"))):
        if action != "*" and not action.lower().startswith("ecr:"):
            raise invalid("PolicyText", NOT_VALID)
    principal = statement.get("Principal", statement.get("NotPrincipal"))
    named = _texts(principal.get("AWS", [])) if isinstance(principal, Mapping) else []
    if not all(exists(call, each) for each in named):
        raise invalid("PolicyText", NO_PRINCIPAL)


def _locks_out(call: Call, document: Document, arn: str) -> bool:
    """Would the policy deny its author the next one? *SetRepositoryPolicy*, "force"."""
    allowed = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "ecr:SetRepositoryPolicy", "Resource": "*"}
            ],
        }
    )
    request = Request(call.principal, "ecr:SetRepositoryPolicy", arn, None, call.context)
    policies = Policies(identity=[allowed], resource=document)
    return evaluate(request, policies).effect == "ExplicitDeny"


def _statements(source: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    written = source["Statement"]
    return [written] if isinstance(written, Mapping) else list(written)


def _texts(values: Any) -> list[str]:
    return values if isinstance(values, list) else [values]
