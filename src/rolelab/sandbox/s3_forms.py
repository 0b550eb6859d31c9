"""Uploads to S3 by an HTML form, read as if they were PutObject.

AWS pages: *POST Object*, *HTML form fields*. botocore has no such operation; the browser sends the
members of PutObject as form fields, in any spelling of upper and lower case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

OPERATION = "PostObject"
_FILENAME = "${filename}"
_META = "x-amz-meta-"

_MEMBERS: Mapping[str, str] = {
    "acl": "ACL",
    "cache-control": "CacheControl",
    "content-disposition": "ContentDisposition",
    "content-encoding": "ContentEncoding",
    "content-type": "ContentType",
    "expires": "Expires",
    "key": "Key",
    "tagging": "Tagging",
    "x-amz-server-side-encryption": "ServerSideEncryption",
    "x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    "x-amz-server-side-encryption-customer-algorithm": "SSECustomerAlgorithm",
    "x-amz-storage-class": "StorageClass",
    "x-amz-website-redirect-location": "WebsiteRedirectLocation",
}


def fields_of(request: Any) -> dict[str, str]:
    """The fields of a form by lower-case name, without the file.

    Args:
        request: moto's request (a werkzeug request).

    Returns:
        The fields, each with the name of the uploaded file in place of ``${filename}``.
    """
    uploaded = request.files.get("file")
    path = (uploaded.filename or "") if uploaded is not None else ""
    name = re.split(r"[/\\]", path)[-1]
    return {
        field.lower(): value.replace(_FILENAME, name)
        for field, value in request.form.items()
        if field.lower() != "file"
    }


def parameters_of(request: Any, bucket: str) -> dict[str, Any]:
    """The members of PutObject that a form stands for.

    Args:
        request: moto's request.
        bucket: the bucket it is sent to.
    """
    fields = fields_of(request)
    parameters: dict[str, Any] = {"Bucket": bucket}
    for field, value in fields.items():
        if field in _MEMBERS:
            parameters[_MEMBERS[field]] = value
    metadata = {
        field.removeprefix(_META): value
        for field, value in fields.items()
        if field.startswith(_META)
    }
    return parameters | ({"Metadata": metadata} if metadata else {})
