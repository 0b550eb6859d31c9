"""The certificate of the loopback endpoint, so that programs reach it over TLS as they reach AWS.

On AWS a program trusts the public certificate authorities and finds a service behind HTTPS. Here an
authority of the sandbox's own signs a certificate for this machine, and subprocesses are told to
trust it. It is made anew for each sandbox and its key is never written to a file that stays.
"""

from __future__ import annotations

import shutil
import ssl
import tempfile
import weakref
from pathlib import Path

_NAMES = ("127.0.0.1", "localhost")


class EndpointCertificate:
    """A certificate authority with one certificate, for this machine.

    Attributes:
        context: what a server needs to speak TLS.
        close: removes the authority's file. It is called at the end of the process at the latest.
    """

    def __init__(self) -> None:
        import trustme

        authority = trustme.CA(organization_name="rolelab sandbox")
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*_NAMES).configure_cert(self.context)
        # A ticket lets a client resume its session. Here a connection is for one request, and its
        # answer would wait until the client has acknowledged the tickets.
        self.context.num_tickets = 0
        directory = Path(tempfile.mkdtemp(prefix="rolelab-trust-"))
        # Also when nobody stops the sandbox, and the kernel just ends.
        self.close = weakref.finalize(self, shutil.rmtree, directory, ignore_errors=True)
        self._bundle = directory / "sandbox-ca.pem"
        authority.cert_pem.write_to_path(str(self._bundle))

    @property
    def trust(self) -> dict[str, str]:
        """The variables by which a subprocess trusts this authority and no other.

        `AWS_CA_BUNDLE` is read by boto3 and the CLI (*Configuring environment variables for the
        AWS CLI*), `SSL_CERT_FILE` by OpenSSL, for programs that call AWS without an SDK.
        """
        bundle = str(self._bundle)
        return {"AWS_CA_BUNDLE": bundle, "SSL_CERT_FILE": bundle}
