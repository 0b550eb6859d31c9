"""What calls to API Gateway ask.

Pages: *Actions, resources, and condition keys for Amazon API Gateway Management*; *API Gateway
permissions model for creating and managing an API*.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from rolelab.sandbox.operations import checks_of, table
from tests.sandbox.operations.samples import apigateway as sample
from tests.sandbox.operations.test_service_authorization import reference

HOME = "arn:aws:apigateway:us-east-1::"
ROLE = sample.ROLE


def resource_types() -> list[re.Pattern[str]]:
    """The paths of REST APIs in the reference; `/apis/...` stands for REST APIs there, too."""
    arns = [kind["arn"] for kind in reference()["apigateway"]["resources"].values()]
    arns += [arn.replace("::/apis", "::/restapis") for arn in arns]
    patterns = (re.sub(r"\\\$\\\{\w+\\\}", "[^/]+", re.escape(arn)) for arn in arns)
    return [re.compile(pattern) for pattern in patterns]


# In the service's model, and of no resource type in the reference.
UNLISTED = re.compile(
    r".*(/sdktypes(/.*)?|/default_template|/cache/data|/cache/authorizers|/exports/.*|/usage"
    r"|/integration(/responses/.*)?)"
)


def test_the_paths_are_those_of_the_reference(aws: Callable[[str], Any], call: Any) -> None:
    sample.prepare(aws)
    known = table("apigateway")
    assert known is not None
    kinds = resource_types()
    strange = {
        check.resource
        for operation in known.plans
        for given in sample.SAMPLE.calls("apigateway", operation, {})
        for check in checks_of(call("apigateway", operation, **given))
        if check.action.startswith("apigateway:")
        and not any(kind.fullmatch(check.resource) for kind in kinds)
    }
    assert {each for each in strange if not UNLISTED.fullmatch(each)} == set()


CASES: dict[str, tuple[str, dict[str, Any], list[tuple[str, str]]]] = {
    "the verb is the action, the path the resource": (
        "GetRestApi",
        {"restApiId": "a1"},
        [("apigateway:GET", f"{HOME}/restapis/a1")],
    ),
    "a new API is made among all of them": (
        "CreateRestApi",
        {"name": "orders"},
        [("apigateway:POST", f"{HOME}/restapis")],
    ),
    "a policy of an API is a permission of its own": (
        "CreateRestApi",
        {"name": "orders", "policy": "{}"},
        [
            ("apigateway:POST", f"{HOME}/restapis"),
            ("apigateway:UpdateRestApiPolicy", f"{HOME}/restapis"),
        ],
    ),
    "a change of the policy, too": (
        "UpdateRestApi",
        {"restApiId": "a1", "patchOperations": [{"op": "replace", "path": "/policy"}]},
        [
            ("apigateway:PATCH", f"{HOME}/restapis/a1"),
            ("apigateway:UpdateRestApiPolicy", f"{HOME}/restapis/a1"),
        ],
    ),
    "an integration's role is passed": (
        "PutIntegration",
        {"restApiId": "a1", "resourceId": "r", "httpMethod": "GET", "credentials": ROLE},
        [
            ("apigateway:PUT", f"{HOME}/restapis/a1/resources/r/methods/GET/integration"),
            ("iam:PassRole", ROLE),
        ],
    ),
    "the caller's own credentials pass no role": (
        "PutIntegration",
        {
            "restApiId": "a1",
            "resourceId": "r",
            "httpMethod": "GET",
            "credentials": "arn:aws:iam::*:user/*",
        },
        [("apigateway:PUT", f"{HOME}/restapis/a1/resources/r/methods/GET/integration")],
    ),
    "tags stand under the encoded ARN": (
        "TagResource",
        {"resourceArn": f"{HOME}/restapis/a1", "tags": {"team": "shop"}},
        [
            (
                "apigateway:PUT",
                f"{HOME}/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Frestapis%2Fa1",
            )
        ],
    ),
}


@pytest.mark.parametrize(("operation", "given", "asked"), CASES.values(), ids=CASES)
def test_actions_and_resources(
    call: Any, operation: str, given: dict[str, Any], asked: list[tuple[str, str]]
) -> None:
    checks = checks_of(call("apigateway", operation, **given))
    assert [(each.action, each.resource) for each in checks] == asked


def test_tags_of_the_api_and_what_the_request_says(aws: Callable[[str], Any], call: Any) -> None:
    sample.prepare(aws)
    (check,) = checks_of(call("apigateway", "GetRestApi", restApiId=sample.API))
    assert check.context == {"aws:ResourceTag/team": "shop"}
    given = {"name": "orders", "endpointConfiguration": {"types": ["PRIVATE"]}}
    (check,) = checks_of(call("apigateway", "CreateRestApi", **given))
    assert check.context["apigateway:Request/EndpointType"] == ["PRIVATE"]
    assert check.context["apigateway:Request/ApiName"] == "orders"
