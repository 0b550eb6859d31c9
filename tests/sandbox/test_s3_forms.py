"""An upload by an HTML form, read as the members of PutObject (*HTML form fields*)."""

from __future__ import annotations

import io
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from rolelab.sandbox.s3_forms import fields_of, parameters_of


def request(filename: str | None = "1.png", **fields: str) -> Request:
    data: dict[str, Any] = dict(fields)
    if filename is not None:
        data["file"] = (io.BytesIO(b"cover"), filename)
    return Request(EnvironBuilder(method="POST", data=data).get_environ())


def test_fields_are_members_of_put_object() -> None:
    form = request(
        **{
            "key": "covers/1.png",
            "acl": "public-read",
            "Content-Type": "image/png",
            "x-amz-server-side-encryption": "aws:kms",
            "x-amz-meta-Title": "Emma",
            "policy": "e30=",
        }
    )
    assert parameters_of(form, "bookshop-site") == {
        "Bucket": "bookshop-site",
        "Key": "covers/1.png",
        "ACL": "public-read",
        "ContentType": "image/png",
        "ServerSideEncryption": "aws:kms",
        "Metadata": {"title": "Emma"},
    }


NAMES = {
    "a file name": ("1.png", "covers/1.png"),
    "a path": ("/home/betty/1.png", "covers/1.png"),
    # Doubled, because a form quotes backslashes.
    "a path of Windows": (r"C:\\Program Files\\directory1\\1.png", "covers/1.png"),
    "no file": (None, "covers/"),
}


@pytest.mark.parametrize(("filename", "key"), NAMES.values(), ids=NAMES)
def test_the_name_of_the_file_stands_for_the_variable(filename: str | None, key: str) -> None:
    form = request(filename, key="covers/${filename}")
    assert parameters_of(form, "bookshop-site")["Key"] == key


def test_the_file_is_no_field() -> None:
    assert fields_of(request(None, Key="a", FILE="text")) == {"key": "a"}
