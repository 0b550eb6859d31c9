"""`invoke` with a TLS profile: whom the gateway trusts, and how it shows who it is."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any

import pytest
import trustme

from rolelab.gateways.api_connect.policies.services import Services
from rolelab.gateways.api_connect.tls_profile import tls_profile
from rolelab.gateways.core.definition_error import DefinitionError
from tests.gateways.api_connect.bookshop import Backend, Gateway, api, policy

CA, OTHER = trustme.CA(), trustme.CA()
CLIENT = CA.issue_cert("gateway.bookshop.example")


def pem(*blobs: Any) -> str:
    return "".join(one.bytes().decode() for one in blobs)


TRUST, DISTRUST = pem(CA.cert_pem), pem(OTHER.cert_pem)
CERTIFICATE, KEY = pem(*CLIENT.cert_chain_pems), pem(CLIENT.private_key_pem)


@pytest.fixture(params=[False, True], ids=["TLS", "mutual TLS"])
def mutual(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def secure(mutual: bool) -> Iterator[Backend]:
    backend = Backend()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    CA.issue_cert("127.0.0.1").configure_cert(context)
    if mutual:
        CA.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    server = backend._server
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    backend.url = backend.url.replace("http:", "https:")
    with backend.running():
        yield backend


def ask(backend: Backend, **profile: str) -> Any:
    invoke = policy(
        "invoke",
        target_url=f"{backend.url}/analyse",
        tls_profile="backend:1.0.0",
        stop_on_error=["ConnectionError"],
    )
    services = Services(tls_profiles={"backend:1.0.0": tls_profile("backend:1.0.0", **profile)})
    gateway = Gateway(api([invoke]), services=services)
    return gateway.ask().status_code, gateway.log[0].get("reason")


def test_with_the_right_authority_and_certificate_the_backend_answers(secure: Backend) -> None:
    assert ask(secure, truststore=TRUST, certificate=CERTIFICATE, private_key=KEY) == (200, None)


def test_with_another_authority_nothing_is_sent(secure: Backend) -> None:
    found = ask(secure, truststore=DISTRUST, certificate=CERTIFICATE, private_key=KEY)
    assert found == (500, "backend-tls")
    assert secure.seen == []


def test_the_systems_authorities_do_not_vouch_for_it(secure: Backend) -> None:
    assert ask(secure) == (500, "backend-tls")


@pytest.mark.parametrize("mutual", [True], indirect=True, ids=["mutual TLS"])
def test_a_backend_that_wants_a_certificate_refuses_a_gateway_without(secure: Backend) -> None:
    status, reason = ask(secure, truststore=TRUST)

    assert status == 500
    assert str(reason).startswith("backend-")
    assert secure.seen == []


@pytest.mark.parametrize(
    ("profile", "sentence"),
    [
        ({"truststore": "no PEM"}, "truststore: this is no PEM text of certificates"),
        ({"certificate": CERTIFICATE}, "certificate and private-key go together"),
        ({"certificate": CERTIFICATE, "private_key": pem(CA.private_key_pem)},
         "do not belong together"),
        ({"certificate": "x", "private_key": "y"}, "are no PEM text"),
    ],
)  # fmt: skip
def test_a_profile_that_cannot_be_used_is_refused(profile: dict[str, str], sentence: str) -> None:
    with pytest.raises(DefinitionError, match=sentence) as error:
        tls_profile("backend:1.0.0", **profile)
    assert "PRIVATE KEY" not in str(error.value)
