"""Routes: which of them takes a request, and which of them cannot be together."""

from __future__ import annotations

import pytest

from rolelab.gateways.core.definition_error import DefinitionError
from rolelab.gateways.core.refused import Reason, Refused
from rolelab.gateways.core.route import Route, RouteTable

TABLE = RouteTable(
    [
        Route("POST", "/sentiment/analyse", "analyse"),
        Route("GET", "/orders/{id}", "one order"),
        Route("GET", "/orders/all", "all orders"),
        Route("PUT", "/orders/{number}", "put an order"),
        Route("GET", "/{shop}/orders", "orders of a shop"),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "target", "parameters"),
    [
        pytest.param("POST", "/sentiment/analyse", "analyse", {}, id="a fixed path"),
        pytest.param("POST", "/sentiment/analyse/", "analyse", {}, id="a slash at the end"),
        pytest.param("GET", "/orders/7", "one order", {"id": "7"}, id="a path parameter"),
        pytest.param("GET", "/orders/all", "all orders", {}, id="a fixed segment goes first"),
        pytest.param("PUT", "/orders/7", "put an order", {"number": "7"}, id="by method"),
        pytest.param("GET", "/x/orders", "orders of a shop", {"shop": "x"}, id="at the front"),
    ],
)
def test_match(method: str, path: str, target: str, parameters: dict[str, str]) -> None:
    matched = TABLE.match(method, path)
    assert (matched.route.target, matched.parameters) == (target, parameters)


@pytest.mark.parametrize(
    ("method", "path", "reason"),
    [
        pytest.param("POST", "/sentiment", Reason.NO_ROUTE, id="a part of a path"),
        pytest.param("POST", "/sentiment/analyse/x", Reason.NO_ROUTE, id="more than a path"),
        pytest.param("POST", "/Sentiment/analyse", Reason.NO_ROUTE, id="paths have case"),
        pytest.param("POST", "/sentiment//analyse", Reason.NO_ROUTE, id="an empty segment"),
        pytest.param(
            "GET", "/orders/../sentiment/analyse", Reason.NO_ROUTE, id="dots lead nowhere"
        ),
        pytest.param("DELETE", "/orders/7", Reason.METHOD_NOT_ALLOWED, id="another method"),
    ],
)
def test_no_match(method: str, path: str, reason: Reason) -> None:
    with pytest.raises(Refused) as refused:
        TABLE.match(method, path)
    assert refused.value.reason is reason


def test_a_method_that_is_not_allowed_says_which_are() -> None:
    with pytest.raises(Refused) as refused:
        TABLE.match("DELETE", "/orders/7")
    assert refused.value.headers == (("allow", "GET, PUT"),)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("/a/b", "/a/b", id="the same path"),
        pytest.param("/a/{x}", "/a/{y}", id="the names of parameters make no difference"),
        pytest.param("/a/b", "/a/b/", id="nor does a slash at the end"),
    ],
)
def test_two_routes_that_collide(first: str, second: str) -> None:
    with pytest.raises(DefinitionError, match="collides with POST /a/"):
        RouteTable([Route("POST", first, 1, "one"), Route("POST", second, 2, "two")])


def test_a_path_begins_with_a_slash() -> None:
    with pytest.raises(DefinitionError, match="begins with /"):
        RouteTable([Route("POST", "a", 1)])
