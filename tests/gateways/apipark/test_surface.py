"""The OpenAPI document: valid, complete, and kept, whatever schemathesis sends."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from openapi_spec_validator import validate
from schemathesis.checks import CHECKS

from tests.gateways.apipark.park import API_KEY, KEY, Park

park = Park()
schema = schemathesis.openapi.from_asgi("/openapi.json", park.web)

#: What APIPark itself does otherwise. A body that it does not take has status 200 and the code -1;
#: it looks for a session before it looks at the method; and a call without a key has status 403.
#: Here every call has its session or key, so that a call without one is another test's matter.
NOT_APIPARK = CHECKS.get_by_names(
    [
        "negative_data_rejection",
        "positive_data_acceptance",
        "unsupported_method",
        "missing_required_header",
        "ignored_auth",
    ]
)
SETTINGS = settings(
    max_examples=8,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    deadline=None,
)


def test_the_document_is_valid_and_names_what_is_simulated() -> None:
    document = park.client.get("/openapi.json").json()
    validate(document)
    assert document["info"]["version"] == "9192b39"
    assert "simulation" in document["info"]["description"]


def test_the_document_follows_what_is_published() -> None:
    other = Park(published=False)
    assert "/sentiment/analyse" not in other.client.get("/openapi.json").json()["paths"]
    other.put_router()
    other.publish()
    assert "/sentiment/analyse" in other.client.get("/openapi.json").json()["paths"]


@schema.parametrize()
@SETTINGS
def test_schemathesis_finds_nothing(case: Any) -> None:
    path = case.operation.path
    if path.startswith("/openapi/"):
        case.headers["authorization"] = f"Bearer {API_KEY}"
    elif not path.startswith("/api/"):
        case.headers["authorization"] = KEY
    if path.startswith("/api/") and "login" not in path:
        park.sign_in()
        case.cookies["session"] = park.client.cookies["session"]
    response = case.call()
    case.validate_response(response, excluded_checks=NOT_APIPARK)


def test_after_all_that_the_gateway_still_answers() -> None:
    assert park.call().status_code == 200


@pytest.mark.parametrize("path", ["/openapi.json"])
def test_the_document_is_public_and_no_call(path: str) -> None:
    fresh = Park()
    fresh.client.cookies.clear()
    before = len(fresh.log)
    assert fresh.client.get(path).status_code == 200
    assert len(fresh.log) == before
