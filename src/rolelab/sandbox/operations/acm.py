"""What the operations of Certificate Manager ask.

Page: *Actions, resources, and condition keys for AWS Certificate Manager* (Service Authorization
Reference).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.check import Value
from rolelab.sandbox.operations.row import Row, Table, resource_tag_context, tag_pairs
from rolelab.sandbox.resource_policies import account_of, backend, owned_by_account_in_arn

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

CERTIFICATE = "{CertificateArn}"
NEW = "arn:{partition}:acm:{region}:{account}:certificate/*"


def _certificate(arn: str) -> Any | None:
    parts = arn.split(":", 5)
    if len(parts) != 6:
        return None
    stored = backend("acm", parts[4], parts[3])
    return None if stored is None else stored._certificates.get(arn)


def _tags(call: Call, arn: str) -> Mapping[str, Value]:
    found = _certificate(arn)
    pairs = {} if found is None else {key: value or "" for key, value in found.tags.items()}
    return resource_tag_context(pairs)


def _requested_names(call: Call) -> Value | None:
    """`acm:DomainNames`: the name and the alternative names that are asked for."""
    given = call.parameters
    names = [given.get("DomainName"), *(given.get("SubjectAlternativeNames") or ())]
    return list(dict.fromkeys(str(name) for name in names if name)) or None


def _certified_names(call: Call) -> Value | None:
    found = _certificate(str(call.parameters.get("CertificateArn")))
    if found is None:
        return None
    return list(dict.fromkeys(str(name) for name in (found.common_name, *found.sans)))


def _logging(call: Call) -> Value | None:
    options = call.parameters.get("Options") or {}
    preference = options.get("CertificateTransparencyLoggingPreference")
    return str(preference) if preference else None


def _export(call: Call) -> Value | None:
    wanted = (call.parameters.get("Options") or {}).get("Export")
    return str(wanted) if wanted else None


def _untagged(call: Call, arn: str) -> Mapping[str, Value]:
    names = list(tag_pairs(call.parameters.get("Tags")))
    return {"aws:TagKeys": list(names)} if names else {}


def _on(operation: str, **columns: Any) -> Row:
    columns.setdefault("context", (_tags,))
    return Row(operation, f"acm:{operation}", CERTIFICATE, **columns)


def _trail(call: Call) -> list[dict[str, str]]:
    arn = str(call.parameters.get("CertificateArn") or "")
    owner = account_of(arn)
    if owner is None:
        return []
    return [{"ARN": arn, "accountId": owner, "type": "AWS::CertificateManager::Certificate"}]


TABLE = Table(
    prefix="acm",
    attached=owned_by_account_in_arn,
    trail=_trail,
    rows=(
        *(
            _on(operation)
            for operation in (
                "DeleteCertificate",
                "DescribeCertificate",
                "GetCertificate",
                "ListTagsForCertificate",
                "RenewCertificate",
                "ResendValidationEmail",
                "UpdateCertificateOptions",
            )
        ),
        _on("AddTagsToCertificate", request_tags="Tags"),
        _on("RemoveTagsFromCertificate", context=(_tags, _untagged)),
        _on("ExportCertificate", keys={"acm:DomainNames": _certified_names}),
        _on("RevokeCertificate", keys={"acm:DomainNames": _certified_names}),
        _on("ImportCertificate", request_tags="Tags", when="CertificateArn"),
        Row(
            "ImportCertificate",
            "acm:ImportCertificate",
            NEW,
            request_tags="Tags",
            unless="CertificateArn",
        ),
        Row(
            "RequestCertificate",
            "acm:RequestCertificate",
            keys={
                "acm:CertificateAuthority": "CertificateAuthorityArn",
                "acm:CertificateTransparencyLogging": _logging,
                "acm:DomainNames": _requested_names,
                "acm:Export": _export,
                "acm:KeyAlgorithm": "KeyAlgorithm",
                "acm:ValidationMethod": "ValidationMethod",
            },
            request_tags="Tags",
        ),
        *(
            Row(operation, f"acm:{operation}")
            for operation in (
                "GetAccountConfiguration",
                "ListCertificates",
                "PutAccountConfiguration",
                "SearchCertificates",
            )
        ),
    ),
)
