"""The gateway's own configuration: values from the environment, files and Secrets Manager."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from rolelab.gateways.api_connect.dialect import ApiConnect
from rolelab.gateways.api_connect.settings import gateway_of
from rolelab.gateways.core.definition_error import DefinitionError
from tests.gateways.api_connect.bookshop import api, policy, product

SECRETS = {"gateway/website": json.dumps({"client_id": "website-1", "client_secret": "s" * 32})}
WEBSITE = {
    "client-id": {"secret": "gateway/website", "key": "client_id"},
    "client-secret": {"secret": "gateway/website", "key": "client_secret"},
    "subscriptions": {"reviews:1.0.0": "default"},
}
SETTINGS: dict[str, Any] = {
    "organization": "bookshop",
    "catalog": "sandbox",
    "apis": ["sentiment.yaml"],
    "products": ["reviews.yaml"],
    "properties": {"backend-url": {"environment": "BACKEND_URL"}},
    "consumer-organizations": {"readers": {"website": WEBSITE}},
}


def made(folder: Path, document: dict[str, Any] | None = None, **changed: Any) -> ApiConnect:
    offered = product() | {"apis": {"sentiment": {"$ref": "sentiment.yaml"}}}
    (folder / "sentiment.yaml").write_text(yaml.safe_dump(document or api()))
    (folder / "reviews.yaml").write_text(yaml.safe_dump(offered))
    (folder / "gateway.yaml").write_text(yaml.safe_dump({**SETTINGS, **changed}))
    return gateway_of(
        folder / "gateway.yaml",
        environment={"BACKEND_URL": "http://127.0.0.1:7"},
        secrets=lambda name: SECRETS[name],
    )


def test_everything_comes_from_where_it_is(tmp_path: Path) -> None:
    gateway = made(tmp_path)
    found = gateway.catalog.apis["sentiment:1.0.0"]
    assert found.properties["backend-url"] == "http://127.0.0.1:7"
    app = gateway.services.consumers.authenticate("website-1", "s" * 32)
    assert app is not None
    assert app.subscriptions == {"reviews:1.0.0": "default"}


def test_a_secret_is_read_once(tmp_path: Path) -> None:
    asked: list[str] = []

    def secrets(name: str) -> str:
        asked.append(name)
        return SECRETS[name]

    made(tmp_path)
    gateway_of(tmp_path / "gateway.yaml", environment={"BACKEND_URL": "http://b"}, secrets=secrets)
    assert asked == ["gateway/website"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"catalogue": "x"}, "gateway.yaml: there is no property catalogue; did you mean catalog?"),
        ({"apis": ["sentimental.yaml"]},
         "sentimental.yaml: there is no such file; did you mean sentiment.yaml?"),
        ({"properties": {"backend-url": {"environment": "BACKEND"}}},
         "properties.backend-url: the environment has no variable BACKEND"),
        ({"properties": {"backend-uri": "x"}},
         "properties.backend-uri: no API declares this; did you mean backend-url?"),
        ({"crypto-objects": {"k": {"secret": "gateway/none"}}},
         "crypto-objects.k: the secret gateway/none cannot be read"),
        ({"crypto-objects": {"k": {"secret": "gateway/website", "key": "x"}}},
         "crypto-objects.k: the secret gateway/website has no member x"),
        ({"crypto-objects": {"k": {"file": "key.pem"}}}, "crypto-objects.k: there is no file key"),
        ({"consumer-organizations": {"readers": {"web": {**WEBSITE, "client-secret": "short"}}}},
         "client-secret: it has 16 signs or more"),
        ({"consumer-organizations": {"readers": {"web": {**WEBSITE,
          "subscriptions": {"reviews:1.0.0": "gold"}}}}}, "plan: reviews:1.0.0 has no plan gold"),
        ({"limits": {"catalog": {"a": {"value": "often"}}}},
         "gateway.yaml.limits.catalog.a.value: 'often' cannot be read; write 100/1hour"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_refused(changed: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(DefinitionError) as error:
        made(tmp_path, **changed)
    assert str(error.value).startswith(sentence)


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (policy("invoke", target_url="http://x", tls_profile="bakend:1.0.0"),
         "invoke.tls-profile: the gateway has no bakend:1.0.0; did you mean backend:1.0.0?"),
        (policy("jwt-validate", jws_crypto="partners"),
         "jwt-validate.jws-crypto: the gateway has no partners; did you mean partner?"),
        (policy("ratelimit", source="catalog-named", rate_limit=["two"]),
         "ratelimit.rate-limit: the gateway has no two; did you mean twos?"),
    ],
)  # fmt: skip
def test_an_api_that_names_what_the_gateway_lacks_is_refused(
    entry: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    changed = {
        "tls-client-profiles": {"backend:1.0.0": {}},
        "crypto-objects": {"partner": "x" * 32},
        "limits": {"catalog": {"twos": {"value": "2/1hour"}}},
    }
    with pytest.raises(DefinitionError) as error:
        made(tmp_path, api([entry]), **changed)
    assert str(error.value) == (
        f"sentiment.yaml: x-ibm-configuration.assembly.execute[0].{sentence}"
    )
