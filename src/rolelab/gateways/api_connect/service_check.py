"""Whether the gateway has what an API names: TLS profiles, keys, limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolelab.gateways.api_connect.api import Api
from rolelab.gateways.api_connect.near_words import did_you_mean
from rolelab.gateways.api_connect.policies.services import Services
from rolelab.gateways.core.definition_error import DefinitionError


def check_services(api: Api, services: Services) -> None:
    """Refuse an API that names a profile, a key or a limit which the gateway does not have.

    Raises:
        DefinitionError: with the path of the policy.
    """
    for at, (name, properties) in api.policies():
        if name == "invoke" and "tls-profile" in properties:
            _known(f"{at}.tls-profile", properties["tls-profile"], services.tls_profiles)
        if name == "jwt-validate" and "jws-crypto" in properties:
            _known(f"{at}.jws-crypto", properties["jws-crypto"], services.crypto_objects)
        if name == "ratelimit" and properties["source"] in services.named_limits:
            known = services.named_limits[properties["source"]]
            for part in ("rate-limit", "burst-limit"):
                for limit in properties.get(part, ()):
                    _known(f"{at}.{part}", limit, known)


def _known(at: str, name: str, known: Mapping[str, Any]) -> None:
    if name not in known:
        raise DefinitionError(at, f"the gateway has no {name}{did_you_mean(name, known)}")
