"""TLS client profiles: whom the gateway trusts behind it, and the certificate that it shows."""

from __future__ import annotations

import ssl
import tempfile
from pathlib import Path

from rolelab.gateways.core.definition_error import DefinitionError


def tls_profile(
    name: str, truststore: str = "", certificate: str = "", private_key: str = ""
) -> ssl.SSLContext:
    """Make a TLS client profile. The server's certificate and name are always verified.

    Args:
        name: of the profile, for messages.
        truststore: PEM text of the authorities to trust; "" trusts those of the system.
        certificate: PEM text of the client certificate, with its chain.
        private_key: PEM text of its key.

    Raises:
        DefinitionError: a PEM text cannot be read, or key and certificate do not belong together.
    """
    at = f"tls-client-profiles.{name}"
    if bool(certificate) != bool(private_key):
        raise DefinitionError(at, "certificate and private-key go together")
    try:
        context = ssl.create_default_context(cadata=truststore or None)
    except (ssl.SSLError, ValueError):
        raise DefinitionError(f"{at}.truststore", "this is no PEM text of certificates") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate:
        _load(context, at, certificate, private_key)
    return context


def _load(context: ssl.SSLContext, at: str, certificate: str, private_key: str) -> None:
    # ssl reads a key from a file only; this one is ours alone, and gone at once.
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "client.pem")
        file.touch(mode=0o600)
        file.write_text(f"{private_key.strip()}\n{certificate.strip()}\n")
        try:
            context.load_cert_chain(file)
        except (ssl.SSLError, ValueError):
            raise DefinitionError(
                at, "certificate and private-key are no PEM text, or do not belong together"
            ) from None
