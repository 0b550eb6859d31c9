"""Identity providers of the account.

AWS page: *CreateOpenIDConnectProvider* of the IAM API Reference.
"""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import fix
from rolelab.sandbox.fixes.iam_errors import already_exists, no_such_entity
from rolelab.sandbox.fixes.iam_lookup import backend


@fix("iam", "CreateOpenIDConnectProvider")
def create_open_id_connect_provider(call: Call, response: Any, serve: Any) -> Any:
    """moto says only "Unknown" of a provider that exists already."""
    url = str(call.parameters["Url"])
    name = url.partition("://")[2].rstrip("/") or url
    if any(found.url.rstrip("/") == name for found in backend(call).open_id_providers.values()):
        raise already_exists(f"Provider with url {url} already exists.")
    return serve()


@fix("iam", "DeleteSAMLProvider")
def delete_saml_provider(call: Call, response: Any, serve: Any) -> Any:
    """moto deletes a provider that does not exist without a word."""
    arn = call.parameters["SAMLProviderArn"]
    if all(found.arn != arn for found in backend(call).saml_providers.values()):
        raise no_such_entity(f"Manifest not found for arn {arn}")
    return serve()
