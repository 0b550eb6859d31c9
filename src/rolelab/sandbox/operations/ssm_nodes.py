"""Documents of Systems Manager, and the nodes that commands and sessions are for.

Pages: *Actions, resources, and condition keys for AWS Systems Manager* (Service Authorization
Reference); *Additional sample IAM policies for Session Manager* (AWS Systems Manager User Guide).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.check import Check, Value
from rolelab.sandbox.operations.pass_role import pass_role
from rolelab.sandbox.operations.row import (
    Derived,
    Entry,
    Key,
    Row,
    resource_tag_context,
    tag_pairs,
)
from rolelab.sandbox.resource_policies import account_of, backend

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

Keys = Mapping[str, Key]

# Documents of AWS itself belong to no account in ARNs.
_OF_AWS = ("AWS-", "AWSConfigRemediation-", "AWSEC2-", "AWSSupport-", "AmazonCloudWatch-")


def document_arn(named: str, call: Call) -> str:
    """Give the ARN of a document. Page: *How AWS Systems Manager works with IAM*, "Resources"."""
    if named.startswith("arn:"):
        return named
    owner = "" if named.startswith(_OF_AWS) else call.account
    return f"arn:{call.partition}:ssm:{call.region}:{owner}:document/{named}"


def _document(member: str) -> Any:
    def resource(call: Call) -> str:
        given = call.parameters.get(member)
        return document_arn(str(given), call) if given else "*"

    return resource


def about_document(call: Call, arn: str) -> Mapping[str, Value]:
    parts = arn.split(":", 5)
    stored = backend("ssm", parts[4], parts[3]) if len(parts) == 6 else None
    if stored is None:
        return {}
    name = parts[5].removeprefix("document/")
    found = stored._documents.get(name)
    if found is None:
        return {}
    pairs = tag_pairs(stored._get_documents_tags(name))
    return resource_tag_context(pairs, "ssm:resourceTag")


def _document_type(call: Call) -> str | None:
    stored = backend("ssm", call.account, call.region)
    found = stored._documents.get(call.parameters.get("Name")) if stored is not None else None
    return None if found is None else found.get_default_version().document_type


def _on_document(operation: str, keys: Keys | None = None, member: str = "Name") -> Row:
    return Row(
        operation,
        f"ssm:{operation}",
        _document(member),
        keys=keys or {},
        context=(about_document,),
    )


DOCUMENT_TYPE: Keys = {"ssm:DocumentType": _document_type}

DOCUMENTS: tuple[Entry, ...] = (
    Row(
        "CreateDocument",
        "ssm:CreateDocument",
        _document("Name"),
        keys={"ssm:DocumentType": "DocumentType"},
        request_tags="Tags",
    ),
    *(
        _on_document(operation, DOCUMENT_TYPE)
        for operation in (
            "DeleteDocument",
            "DescribeDocument",
            "DescribeDocumentPermission",
            "GetDocument",
            "ListDocumentVersions",
            "ModifyDocumentPermission",
            "UpdateDocument",
            "UpdateDocumentDefaultVersion",
        )
    ),
    Row("ListDocuments", "ssm:ListDocuments"),
)


def node_arn(target: str, call: Call) -> str:
    """Give the ARN of what a command or a session is for.

    An EC2 instance, a managed node (`mi-...`), or the task of a container, which the request names
    as `ecs:<cluster>_<task id>_<runtime id>`. Page: *StartSession*; *Actions, resources, and
    condition keys for AWS Systems Manager*, "instance", "managed-instance", "task".
    """
    place = f"{call.region}:{call.account}"
    if target.startswith("ecs:"):
        cluster, _, task = target.removeprefix("ecs:").partition("_")
        return f"arn:{call.partition}:ecs:{place}:task/{cluster}/{task.partition('_')[0]}"
    if target.startswith("mi-"):
        return f"arn:{call.partition}:ssm:{place}:managed-instance/{target}"
    return f"arn:{call.partition}:ec2:{place}:instance/{target}"


def _about_node(call: Call, arn: str) -> Mapping[str, Value]:
    kind, _, name = arn.split(":", 5)[-1].partition("/")
    stored = backend("ec2", call.account, call.region) if kind == "instance" else None
    if stored is None:
        return {}
    pairs = tag_pairs(stored.tags.get(name))
    return resource_tag_context(pairs, "ssm:resourceTag")


def _tagged(call: Call, key: str, values: Iterable[str]) -> list[str]:
    """Give the instances that a target `tag:key` stands for."""
    stored = backend("ec2", call.account, call.region)
    if stored is None:
        return []
    return [
        name
        for name, pairs in stored.tags.items()
        if name.startswith("i-") and pairs.get(key) in set(values)
    ]


def _targets(call: Call) -> Iterator[str]:
    yield from (str(each) for each in call.parameters.get("InstanceIds") or ())
    for target in call.parameters.get("Targets") or ():
        key, values = str(target.get("Key", "")), target.get("Values") or []
        if key == "InstanceIds":
            yield from values
        elif key.startswith("tag:"):
            yield from _tagged(call, key.removeprefix("tag:"), values)
        else:
            yield "*"


def _commands(call: Call) -> Iterable[Check]:
    """Give the checks of SendCommand: the document, each node, and where the output goes.

    Page: *Setting up Run Command*; *Actions, resources, and condition keys for AWS Systems
    Manager*, "SendCommand".
    """
    action, document = "ssm:SendCommand", _document("DocumentName")(call)
    owner = account_of(document)
    yield Check(action, document, owner, about_document(call, document))
    for target in _targets(call):
        arn = node_arn(target, call)
        yield Check(action, arn, call.account, _about_node(call, arn))
    bucket = call.parameters.get("OutputS3BucketName")
    if bucket:
        yield Check(action, f"arn:{call.partition}:s3:::{bucket}")
    if call.parameters.get("ServiceRoleArn"):
        yield pass_role(call, str(call.parameters["ServiceRoleArn"]), "ssm.amazonaws.com")


def _node(call: Call) -> str:
    given = call.parameters.get("Target")
    return node_arn(str(given), call) if given else "*"


def _session_document(call: Call) -> Value | None:
    return "true" if call.parameters.get("DocumentName") else None


SESSION: Keys = {"ssm:SessionDocumentAccessCheck": _session_document}

NODES: tuple[Entry, ...] = (
    Derived("SendCommand", _commands, actions=("ssm:SendCommand", "iam:PassRole")),
    Row("StartSession", "ssm:StartSession", _node, keys=SESSION, context=(_about_node,)),
    # Page: *Enforce a session document permission check for the AWS CLI*.
    Row(
        "StartSession",
        "ssm:StartSession",
        _document("DocumentName"),
        keys=SESSION,
        context=(about_document,),
        when="DocumentName",
    ),
    *(
        Row(each, f"ssm:{each}", "arn:{partition}:ssm:{region}:{account}:session/{SessionId}")
        for each in ("ResumeSession", "TerminateSession")
    ),
    Row("GetConnectionStatus", "ssm:GetConnectionStatus", _node, context=(_about_node,)),
    *(
        Row(each, f"ssm:{each}")
        for each in (
            "CancelCommand",
            "DescribeInstanceInformation",
            "DescribeSessions",
            "GetCommandInvocation",
            "ListCommandInvocations",
            "ListCommands",
        )
    ),
)
