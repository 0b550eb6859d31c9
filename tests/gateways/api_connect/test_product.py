"""Reading products, and publishing them in a catalog."""

from __future__ import annotations

from typing import Any

import pytest

from rolelab.gateways.api_connect.api import read_api
from rolelab.gateways.api_connect.catalog import Catalog
from rolelab.gateways.api_connect.product import read_product
from rolelab.gateways.core.definition_error import DefinitionError
from rolelab.gateways.core.limits import Limit
from tests.gateways.api_connect.bookshop import api, product

APIS = {"sentiment:1.0.0": read_api(api()), "sentiment.yaml": read_api(api())}


def test_a_plan_is_read_with_its_limits() -> None:
    limits = {
        "default": {"value": "100/1hour", "hard-limit": True},
        "soft": {"value": "5/2minute", "hard-limit": False},
        "none": {"value": "unlimited"},
    }
    burst = {"burst": {"value": "10/1second"}}
    plan = read_product(product(limits, **{"burst-limits": burst}), APIS).plans["default"]
    assert plan.rate_limits == (Limit(100, 3600, "default"), Limit(5, 120, "soft", hard=False))
    assert plan.burst_limits == (Limit(10, 1, "burst"),)
    assert plan.apis == {"sentiment:1.0.0"}


def test_an_api_is_found_by_its_file_name_too() -> None:
    document = product() | {"apis": {"sentiment": {"$ref": "./apis/sentiment.yaml"}}}
    assert read_product(document, APIS).apis["sentiment"].name == "sentiment"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (product({"default": {"value": "100 per hour"}}),
         "plans.default.rate-limits.default.value: '100 per hour' cannot be read; write 100/1hour"),
        (product({"default": {"value": "100/1month"}}),
         "plans.default.rate-limits.default.value: '100/1month' cannot be read"),
        (product({"default": {"value": "0/1hour"}}),
         "plans.default.rate-limits.default.value: '0/1hour' cannot be read"),
        (product({"default": {"value": "1/1hour", "hardlimit": True}}),
         "plans.default.rate-limits.default: there is no property hardlimit; did you mean hard-li"),
        (product(**{"burst-limits": {"b": {"value": "1/1hour"}}}),
         "plans.default.burst-limits.b.value: '1/1hour' cannot be read; write 10/1second"),
        (product() | {"apis": {"s": {"name": "sentiment:1.0.1"}}},
         "apis.s.name: there is no API sentiment:1.0.1; did you mean sentiment:1.0.0?"),
        (product(apis={"other": {}}), "plans.default.apis: other is not in the product"),
        (product() | {"plns": {}}, "there is no property plns; did you mean plans?"),
        (product() | {"product": "2.0.0"}, "product: '2.0.0' is none of 1.0.0"),
        (product() | {"gateways": ["datapower-gateway"]}, "gateways[0]: API Connect has datapower"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_wrong_product_is_refused(changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DefinitionError) as error:
        read_product(changed, APIS)
    assert str(error.value).startswith(sentence)


def test_two_apis_whose_routes_collide_are_refused_and_nothing_changes() -> None:
    catalog = Catalog()
    catalog.publish(read_product(product(), APIS))
    info = {"title": "Other", "version": "1.0.0", "x-ibm-name": "other"}
    other = read_api(api(info=info))
    document = product() | {
        "info": {"name": "more", "title": "More", "version": "1.0.0"},
        "apis": {"other": {"name": "other:1.0.0"}},
    }
    with pytest.raises(DefinitionError, match="POST /sentiment/analyse collides with POST"):
        catalog.publish(read_product(document, {"other:1.0.0": other}))
    assert [*catalog.products] == ["reviews:1.0.0"]
    assert catalog.find("POST", "/sentiment/analyse").route.target[0].name == "sentiment"


def test_two_paths_of_one_api_that_take_the_same_requests_collide() -> None:
    item = api()["paths"]["/analyse"]
    one = {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {}}]}
    other = {"parameters": [{"name": "key", "in": "path", "required": True, "schema": {}}]}
    second = {**item, "post": {**item["post"], "operationId": "again"}}
    read = read_api(api(paths={"/{id}": {**item, **one}, "/{key}": {**second, **other}}))
    with pytest.raises(DefinitionError, match="collides"):
        Catalog().publish(read_product(product(), {"sentiment:1.0.0": read}))


def test_the_paths_of_the_management_api_are_taken() -> None:
    read = read_api(api(servers=[{"url": "/api/catalogs"}]))
    with pytest.raises(DefinitionError, match="/api/ is the management API's"):
        Catalog().publish(read_product(product(), {"sentiment:1.0.0": read}))


def test_without_a_vanity_endpoint_organization_and_catalog_are_in_the_path() -> None:
    catalog = Catalog("bookshop", "sandbox", vanity=False)
    catalog.publish(read_product(product(), APIS))
    found = catalog.find("POST", "/bookshop/sandbox/sentiment/analyse")
    assert found.route.target[1].id == "analyse"
