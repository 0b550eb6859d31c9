"""The shop over TLS: a server whose certificate and key come into the container as a secret.

TLS_IDENTITY is the secret, as JSON: {"certificate": PEM, "key": PEM}. With CLIENT_CA, the
certificate of an authority, only clients with a certificate of that authority are served.
"""

import contextlib
import json
import os
import socket
import ssl
import sys
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PORT = 8443


def server_side(identity, client_authority):
    """How this server speaks TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # The ssl module takes the key from a file. The file is gone before the first client comes.
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "identity.pem")
        file.write_text(identity["key"] + identity["certificate"])
        context.load_cert_chain(file)
    if client_authority:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=client_authority)
    return context


class Shop(BaseHTTPRequestHandler):
    """Answer each request with the orders and with the client's name, if it has shown one."""

    timeout = 10

    def setup(self):
        # In the thread of this client: one that never finishes keeps nobody else waiting.
        self.request.settimeout(self.timeout)
        try:
            self.request.do_handshake()
        except OSError:
            self.part_in_order()
            raise
        super().setup()

    def part_in_order(self):
        """Read to its end what the client still sends: cut off, it would never read why."""
        with contextlib.suppress(OSError):
            self.request.shutdown(socket.SHUT_WR)
            while self.request.recv(4096):
                pass

    def do_GET(self):
        shown = self.connection.getpeercert() or {}
        names = [name for _, name in shown.get("subjectAltName", ())]
        body = json.dumps({"orders": [1001, 1002], "client": names[0] if names else None})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, form, *values):
        print("served:", form % values)


class Server(ThreadingHTTPServer):
    """A server that says in one line why a client was not served."""

    def handle_error(self, request, client_address):
        error = sys.exc_info()[1]
        # Who connects and leaves without a word is a health check.
        if not isinstance(error, (ssl.SSLEOFError, ConnectionResetError)):
            print("not served:", error)


def main():
    server = Server(("0.0.0.0", PORT), Shop)
    identity = json.loads(os.environ["TLS_IDENTITY"])
    server.socket = server_side(identity, os.environ.get("CLIENT_CA")).wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    print(f"serving on port {PORT}")
    server.serve_forever()


if __name__ == "__main__":
    main()
