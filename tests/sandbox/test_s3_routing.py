"""The quick router of S3 finds what moto's general one finds."""

from __future__ import annotations

from typing import Any

import pytest
from moto.core.request import Request
from moto.core.routing import get_service_router

from rolelab.sandbox import s3_routing
from rolelab.sandbox.decoding import headers_of, model_of


def request(method: str, url: str, headers: dict[str, str]) -> Any:
    return Request.from_primitives(method, url, headers, b"")


def example(operation: Any, style: str, key: str) -> Any:
    trait, shape = operation.http_trait, operation.input_shape
    query = dict(trait.query_args)
    query.update(dict.fromkeys(set(shape.required_query_args if shape else ()) - set(query), "1"))
    path = trait.path.replace("{Key+}", key)
    host = "s3.amazonaws.com"
    if style == "virtual" and "{Bucket}" in path:
        host, path = f"some.bucket.{host}", path.replace("/{Bucket}", "", 1) or "/"
    url = f"https://{host}{path.replace('{Bucket}', 'some-bucket')}"
    if query:
        url += "?" + "&".join(f"{name}={value}" for name, value in query.items())
    headers = dict.fromkeys(shape.required_headers if shape else (), "x")
    return request(trait.method, url, headers)


@pytest.mark.parametrize("style", ["virtual", "path"])
@pytest.mark.parametrize("key", ["k", "a/b%20c%2Fd", "dir/", "/lead", "a//b"])
def test_all_operations(style: str, key: str) -> None:
    model, router = model_of("s3"), get_service_router("s3")
    for name in model.operation_names:
        made = example(model.operation_model(name), style, key)
        operation, in_path = router.match(made)
        found = s3_routing.match(made, headers_of(made.environ))
        assert found == (operation.name, in_path), name
