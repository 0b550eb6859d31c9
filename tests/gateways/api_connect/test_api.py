"""Reading APIs: each fault is refused with its place in the document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from rolelab.gateways.api_connect.api import read_api
from rolelab.gateways.core.definition_error import DefinitionError
from tests.gateways.api_connect.bookshop import INVOKE, KEY_SCHEMES, api, policy, setting

AT = "x-ibm-configuration.assembly.execute[0]"


def refused(document: Any) -> str:
    with pytest.raises(DefinitionError) as error:
        read_api(document)
    return str(error.value)


def test_an_api_is_read_with_its_operations_and_policies() -> None:
    read = read_api(api())
    assert (read.key, read.base_path) == ("sentiment:1.0.0", "/sentiment")
    assert [(one.verb, one.path, one.id) for one in read.operations] == [
        ("POST", "/analyse", "analyse")
    ]
    assert [name for name, _ in read.execute] == ["invoke"]
    assert (read.success_content, read.error_content) == ("activity", "payload")


@pytest.mark.parametrize("write", [json.dumps, yaml.safe_dump])
def test_what_the_products_editor_writes_into_a_new_api_is_read(write: Any) -> None:
    """All of an invoke's properties at the values they have before anybody changes one."""
    invoke = policy(
        "invoke",
        "2.3.0",
        title="invoke",
        target_url="$(backend-url)$(request.path)$(request.search)",
        verb="keep",
        timeout=60,
        backend_type="detect",
        graphql_send_type="detect",
        header_control={"type": "blocklist", "values": []},
        parameter_control={"type": "allowlist", "values": []},
        cache_response="protocol",
        cache_ttl=900,
        stop_on_error=[],
        compression=False,
        follow_redirects=False,
        websocket_upgrade=False,
        http_version="HTTP/1.1",
        http2_required=False,
        persistent_connection=True,
    )
    extension = {"application-authentication": {"certificate": False}, "catalogs": {}}
    assert read_api(write(api([invoke], extension=extension))).key == "sentiment:1.0.0"


@pytest.mark.parametrize("write", [json.dumps, yaml.safe_dump])
def test_yaml_and_json_are_read_from_text_and_file(write: Any, tmp_path: Path) -> None:
    file = tmp_path / "sentiment.yaml"
    file.write_text(write(api()))
    assert read_api(file).key == read_api(write(api())).key == "sentiment:1.0.0"


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (policy("invoke"), f"{AT}.invoke: target-url is missing"),
        ({"invok": {}}, f"{AT}: there is no policy invok; did you mean invoke?"),
        (
            policy("invoke", target_url="http://x", timout=3),
            f"{AT}.invoke: there is no property timout; did you mean timeout?",
        ),
        (
            policy("invoke", target_url="http://x", verb="FETCH"),
            f"{AT}.invoke.verb: 'FETCH' is none of Keep, keep, GET",
        ),
        (
            policy("invoke", target_url="http://x", timeout="soon"),
            f'{AT}.invoke.timeout: this must be a number, and is "soon"',
        ),
        (
            policy("invoke", target_url="http://x", header_control={"type": "blacklist"}),
            f"{AT}.invoke.header-control: values is missing",
        ),
        (
            policy(
                "invoke", target_url="http://x", header_control={"type": "blacklist", "values": "("}
            ),
            f"{AT}.invoke.header-control.values: this must be a list",
        ),
        (
            policy(
                "invoke",
                target_url="http://x",
                header_control={"type": "blacklist", "values": ["("]},
            ),
            f"{AT}.invoke.header-control.values[0]: '(' is no regular expression",
        ),
        (
            policy("invoke", "1.0.0", target_url="http://x"),
            f"{AT}.invoke.version: API Connect has 1.0.0 here; this simulation does not run it",
        ),
        (
            policy("invoke", target_url="$(mesage.body.url)"),
            f"{AT}.invoke: $(mesage.body.url): there is no variable mesage; did you mean message?",
        ),
        (
            policy("gatewayscript", source=""),
            f"{AT}: API Connect has the policy gatewayscript; this simulation does not run it",
        ),
        (
            {"activity-log": {}},
            f"{AT}: activity-log is a policy of the v5 compatible gateway; for the API gateway",
        ),
        ({**INVOKE, **policy("throw", name="x")}, f"{AT}: one policy stands alone in its entry"),
        (policy("client-security"), f"{AT}.client-security: id-name is missing"),
        (
            policy("client-security", id_name="X-Id"),
            f"{AT}.client-security: secret-name is missing",
        ),
        (
            policy(
                "client-security",
                id_name="a",
                secret_name="b",
                client_auth_method="third-party",
            ),
            f"{AT}.client-security.client-auth-method: API Connect has third-party here",
        ),
        (
            policy("jwt-validate", iss_claim="^https://id$"),
            f"{AT}.jwt-validate: jws-jwk or jws-crypto is missing",
        ),
        (
            policy("jwt-validate", jws_jwk="x", jwe_jwk="y"),
            f"{AT}.jwt-validate: API Connect has the property jwe-jwk",
        ),
        (
            policy("ratelimit", source="plan-defualt"),
            f"{AT}.ratelimit.source: 'plan-defualt' is none of plan-default, plan-named",
        ),
        (
            policy("ratelimit", source="catalog-named"),
            f"{AT}.ratelimit: rate-limit or burst-limit is missing, for catalog-named",
        ),
        (
            policy("ratelimit", source="plan-default", rate_limit=["x"]),
            f"{AT}.ratelimit: plan-default takes no names",
        ),
        (setting({"set": "a"}), f"{AT}.set-variable.actions[0]: value is missing, which set needs"),
        (
            setting({"value": "a"}),
            f"{AT}.set-variable.actions[0]: write one of set, add and clear",
        ),
        (
            setting({"set": "request.headers.x", "value": "1"}),
            f"{AT}.set-variable.actions[0]: request.headers.x can only be read",
        ),
        (
            setting({"set": "message.satus.code", "value": "500"}),
            f"{AT}.set-variable.actions[0]: there is no message.satus.code; did you mean message",
        ),
        (
            setting({"set": "api.root", "value": "/x"}),
            f"{AT}.set-variable.actions[0]: API Connect lets api.root be written; this simulation",
        ),
        (
            setting({"add": "greeting", "value": "1"}),
            f"{AT}.set-variable.actions[0]: add is for header fields",
        ),
        (
            policy("operation-switch", case=[{"operations": [{"operationId": "analyze"}],
                                              "execute": []}]),
            f"{AT}.operation-switch.case[0].operations[0]: there is no operationId analyze; did "
            "you mean analyse?",
        ),
        (
            policy("operation-switch", case=[{"operations": [{"verb": "GET", "path": "/analyse"}],
                                              "execute": []}]),
            f"{AT}.operation-switch.case[0].operations[0]: there is no operation GET /analyse",
        ),
        (
            policy(
                "operation-switch",
                case=[{"operations": [{"operationId": "analyse"}], "execute": [{"invok": {}}]}],
            ),
            f"{AT}.operation-switch.case[0].execute[0]: there is no policy invok",
        ),
        (
            policy(
                "operation-switch",
                case=[
                    {
                        "operations": [{"operationId": "analyse"}],
                        "execute": [policy("operation-switch", case=[
                            {"operations": [{"operationId": "analyse"}], "execute": []}])],
                    }
                ],
            ),
            f"{AT}.operation-switch.case[0].execute: an operation-switch holds no other one",
        ),
        (
            policy("throw", "2.1.0", name="x", error_status_code="999"),
            f"{AT}.throw: error-status-code 999 is no HTTP status",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)  # fmt: skip
def test_a_policy_that_is_unknown_or_misused_is_refused(
    entry: dict[str, Any], sentence: str
) -> None:
    assert refused(api([entry])).startswith(sentence)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"openapi": "2.0"}, "openapi: 2.0 is no version 3.0.x or 3.1.x"),
        (
            {"info": {"title": "S", "version": "1", "x-ibm-name": "a b"}},
            "info.x-ibm-name: a name has letters, digits, - and _ only",
        ),
        (
            {"security": [{"clientId": []}], "paths": {"/x": {"$ref": "#/paths/~1y"}}},
            "the reference",
        ),
        ({"swagger": "2.0"}, "swagger: this is OpenAPI 2; the simulation reads OpenAPI 3"),
        (
            {"paths": {"analyse": {}}},
            "paths: Additional properties are not allowed ('analyse' was unexpected)",
        ),
        (
            {"info": {"title": "Sentiment", "version": "1"}},
            "info: x-ibm-name is missing; products refer to the API by it",
        ),
        (
            {"security": [{"clientID": []}]},
            "security[0]: there is no scheme clientID; did you mean",
        ),
        (
            {"security": [{"clientSecret": []}]},
            "security[0]: a client secret alone names no client",
        ),
        (
            {
                "components": {
                    "securitySchemes": {
                        **KEY_SCHEMES,
                        "clientId": {"type": "apiKey", "in": "header", "name": "X-IBM-ClientId"},
                    }
                }
            },
            "components.securitySchemes.clientId.name: X-IBM-ClientId holds neither client id nor",
        ),
        (
            {"components": {"securitySchemes": {"clientId": {"type": "http", "scheme": "bearer"}}}},
            "components.securitySchemes.clientId.type: API Connect has http here",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_a_wrong_openapi_document_is_refused(changed: dict[str, Any], sentence: str) -> None:
    assert refused(api(**changed)).startswith(sentence)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"gateway": "datapower-gateway"}, "gateway: API Connect has datapower-gateway here"),
        ({"fase": "realized"}, "there is no property fase; did you mean phase?"),
        ({"activity-log": {"succes-content": "none"}}, "did you mean success-content?"),
        ({"activity-log": {"success-content": "all"}}, "'all' is none of none, activity, header"),
        (
            {"catalogs": {"sandbox": {"properties": {"backend-uri": "x"}}}},
            "backend-uri is not among the API's properties; did you mean backend-url?",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_a_wrong_extension_is_refused(changed: dict[str, Any], sentence: str) -> None:
    assert sentence in refused(api(extension=changed))


def test_a_catch_of_an_error_that_nobody_throws_is_refused() -> None:
    catch = [{"errors": ["ConectionError"], "execute": []}]
    assert refused(api(catch=catch)) == (
        "x-ibm-configuration.assembly.catch[0].errors: no policy here throws ConectionError; did "
        "you mean ConnectionError?"
    )


def test_a_catch_may_name_what_a_throw_throws() -> None:
    throwing = policy("throw", name="too-sad")
    catch = [{"errors": ["too-sad"], "execute": []}]
    assert read_api(api([throwing], catch)).catches[0].errors == {"too-sad"}


def test_a_status_without_quotes_is_read_as_one() -> None:
    text = yaml.safe_dump(api()).replace("'200':", "200:")
    assert "200:" in text
    assert read_api(text).document["paths"]["/analyse"]["post"]["responses"].keys() == {"200"}


def test_a_key_that_stands_twice_is_refused() -> None:
    text = yaml.safe_dump(api()).replace("info:", "openapi: 3.0.3\ninfo:")
    assert "openapi stands twice in one place" in refused(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [", "this is neither YAML nor JSON"),
        ("- a", "the document must be an object"),
        ("", "the document must be an object"),
        ("? [a]\n: b", "line 1: a key is text"),
        ("[" * 5000, "the document is nested too deep"),
        ("!!python/object/apply:os.system [id]", "this is neither YAML nor JSON"),
    ],
)
def test_text_that_is_no_document_is_refused(text: str, sentence: str) -> None:
    assert sentence in refused(text)


def test_an_api_without_the_extension_is_refused() -> None:
    document = api()
    del document["x-ibm-configuration"]
    assert refused(document) == "x-ibm-configuration is missing: this API has no assembly"


def test_the_catalogs_value_of_a_property_counts() -> None:
    extension = {"catalogs": {"production": {"properties": {"backend-url": "http://prod"}}}}
    document = api(extension=extension)
    assert read_api(document, "production").properties["backend-url"] == "http://prod"
    assert read_api(document, "sandbox").properties["backend-url"] == "http://127.0.0.1:1"


def test_an_empty_alternative_lets_anybody_in() -> None:
    document = api(security=[{"clientId": []}, {}])
    assert read_api(document).operations[0].keys == ()


def test_an_operation_can_ask_for_less_than_the_api() -> None:
    read = read_api(api(operation={"security": [{"clientId": []}]}))
    assert [[key.part for key in keys] for keys in read.operations[0].keys] == [["client_id"]]


def test_references_that_lead_in_a_circle_are_refused() -> None:
    parameters = {name: {"$ref": f"#/components/parameters/{other}"} for name, other in
                  (("a", "b"), ("b", "a"))}  # fmt: skip
    components = {"securitySchemes": KEY_SCHEMES, "parameters": parameters}
    operation = {"parameters": [{"$ref": "#/components/parameters/a"}]}
    assert "in a circle" in refused(api(operation=operation, components=components))
