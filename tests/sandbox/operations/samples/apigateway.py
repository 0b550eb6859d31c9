"""API Gateway: a REST API with tags."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from moto.core.utils import get_service_model

from tests.sandbox.operations.samples.sample import ACCOUNT, NAME, Clients, Sample

ROLE = f"arn:aws:iam::{ACCOUNT}:role/{NAME}"
API = "sampleapi0"
TAGS = {"team": "shop"}


def prepare(aws: Clients) -> None:
    """A REST API under an id that is known beforehand."""
    made = aws("apigateway").create_rest_api(name=NAME, tags=TAGS)["id"]
    from moto.apigateway.models import apigateway_backends

    apis = apigateway_backends[ACCOUNT]["us-east-1"].apis
    apis[API] = apis.pop(made)


# What stands in the paths of the sample's calls; everything else is `sample`.
IN_PATHS = {
    "resource_arn": quote(f"arn:aws:apigateway:us-east-1::/restapis/{API}", safe=""),
    "response_type": "DEFAULT_4XX",
    "restapi_id": API,
}
VERSION_2_ONLY = (
    "this edition lists the verbs with the resources of HTTP and WebSocket APIs alone; "
    "test_apigateway_checks compares the paths with the resource types of REST APIs"
)


def _deviations() -> Iterator[tuple[tuple[str, str, str], str]]:
    model = get_service_model("apigateway")
    for operation in model.operation_names:
        http = model.operation_model(operation).http
        path = http["requestUri"].partition("?")[0]
        # Links to VPCs are the same in both editions; access associations have no rows.
        if path.startswith("/vpclinks") or "domainnameaccessassociations" in path:
            continue
        filled = re.sub(r"\{(\w+)\}", lambda found: IN_PATHS.get(found[1], NAME), path)
        what = f"resource arn:aws:apigateway:us-east-1::{filled}"
        yield (operation, f"apigateway:{http['method']}", what), VERSION_2_ONLY
    yield (
        ("CreateRestApi", "apigateway:POST", "apigateway:Request/SecurityPolicy"),
        VERSION_2_ONLY,
    )


SAMPLE = Sample(
    prepare=prepare,
    texts={
        "authorizerCredentials": ROLE,
        "credentials": ROLE,
        "resourceArn": f"arn:aws:apigateway:us-east-1::/restapis/{API}",
        "restApiId": API,
        "tags": TAGS,
    },
    given={
        "UpdateAccount": {
            "patchOperations": [{"op": "replace", "path": "/cloudwatchRoleArn", "value": ROLE}]
        },
    },
    variants={"UpdateRestApi": ({"patchOperations": [{"op": "replace", "path": "/policy"}]},)},
    deviations=dict(_deviations()),
    complete=False,
)
