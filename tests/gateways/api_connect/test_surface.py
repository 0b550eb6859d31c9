"""The gateway's own OpenAPI document, and the gateway held against it by schemathesis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import openapi_spec_validator
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import checks

from tests.gateways.api_connect.bookshop import (
    CLIENT_ID,
    CLIENT_SECRET,
    TOKEN,
    Backend,
    Gateway,
    api,
    product,
)

WANTED = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.unsupported_method,
]
ADDRESSES = ["/sentiment/analyse", "/api/catalogs", "/api/consumer-orgs", "/api/apps"]


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with Backend().running() as backend:
        limits = {"default": {"value": "100000/1week"}}
        yield Gateway(api(backend=backend.url), product(limits))


def test_the_document_is_valid_and_holds_apis_and_management(gateway: Gateway) -> None:
    document = gateway.client.get("/openapi.json").json()
    openapi_spec_validator.validate(document)
    assert {"/sentiment/analyse", "/api/catalogs/{org}/{catalog}/publish"} <= set(document["paths"])
    assert document["info"]["description"].startswith("This is a simulation of IBM API Connect")
    assert CLIENT_SECRET not in str(document)


def held_against(gateway: Gateway, path: str, examples: int, check: Callable[[Any], None]) -> None:
    """Try what the document allows, and what it forbids, on every operation below a path."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", gateway.asgi)
    tried = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if not operation.path.startswith(path):
            continue
        for mode in schemathesis.GenerationMode:

            @given(case=operation.as_strategy(generation_mode=mode))
            @settings(
                max_examples=examples,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            )
            def try_it(case: schemathesis.Case) -> None:
                check(case)

            try:
                try_it()
            except Unsatisfiable:
                continue
            tried += 1
    assert tried


@pytest.mark.cost(4)
@pytest.mark.parametrize("path", ADDRESSES)
def test_the_gateway_keeps_what_its_document_says(path: str, gateway: Gateway) -> None:
    keys = (
        {"Authorization": f"Bearer {TOKEN}"}
        if path.startswith("/api/")
        else {"X-IBM-Client-Id": CLIENT_ID, "X-IBM-Client-Secret": CLIENT_SECRET}
    )
    # Whether a body is right is the backend's business; the management API decides for itself.
    own = [checks.negative_data_rejection] if path.startswith("/api/") else []
    wanted = [*WANTED, *own]
    held_against(
        gateway, path, 30, lambda case: case.call_and_validate(headers=keys, checks=wanted)
    )


@pytest.mark.parametrize("path", ADDRESSES)
def test_nobody_gets_in_without_credentials(path: str, gateway: Gateway) -> None:
    def check(case: schemathesis.Case) -> None:
        for name in ("Authorization", "X-IBM-Client-Id", "X-IBM-Client-Secret"):
            case.headers.pop(name, None)
        assert case.call().status_code in (400, 401, 404, 405)

    held_against(gateway, path, 10, check)
