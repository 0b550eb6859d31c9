"""The account on a loopback address, for the AWS CLI and other programs.

The server runs in a thread of this process over moto's own state, so a program that talks to it
sees the same account as the notebook and passes the same gate.
"""

from __future__ import annotations

import io
import ssl
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from werkzeug.serving import BaseWSGIServer


# moto's names for its own API and for instance metadata, which it serves to anybody by path. Those
# paths are buckets and objects like all others: https://s3.amazonaws.com/latest/api/token.
_NO_HOSTS = frozenset({None, "moto_api", "instance_metadata"})


def keep_form(environ: dict[str, Any]) -> None:
    """Keep the body of a form for the gate, which needs it as it was signed.

    moto reads it first where it tells the two APIs of Elastic Load Balancing apart.
    """
    length = environ.get("CONTENT_LENGTH") or ""
    kind = environ.get("CONTENT_TYPE") or ""
    if length.isdigit() and kind.startswith("application/x-www-form-urlencoded"):
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(int(length)))


class Endpoint:
    """A running server. Its thread is a daemon: it ends with the process at the latest."""

    def __init__(self, server: BaseWSGIServer) -> None:
        self._server = server
        # The server looks every 0.1 s whether it is to stop; with its default, 0.5 s, starting
        # over would be felt.
        self._thread = threading.Thread(
            target=server.serve_forever, args=(0.1,), name="rolelab-endpoint", daemon=True
        )
        self._thread.start()

    @classmethod
    def serve(cls, tls: ssl.SSLContext | None = None) -> Endpoint:
        """Listen on 127.0.0.1, on a port that the system picks.

        Args:
            tls: the server's certificate; None speaks plain HTTP, so that `aws:SecureTransport` is
                false for the calls that arrive.

        Returns:
            The endpoint. It accepts connections as soon as this returns.
        """
        # flask and werkzeug cost time and memory that an account without a CLI does not need.
        from moto.moto_server.werkzeug_app import (
            DomainDispatcherApplication,
            MotoRequestHandler,
            create_backend_app,
        )
        from werkzeug.exceptions import NotFound
        from werkzeug.serving import make_server

        from rolelab.sandbox import unmodelled

        class Application(DomainDispatcherApplication):
            """moto's, with the gate also in front of what moto lacks."""

            def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
                keep_form(environ)
                return super().__call__(environ, start_response)

            def get_backend_for_host(self, host: str | None) -> Any:
                # moto lists the folder of its services anew for each request.
                return backend_for_host(host)

            def find_backend(self, host: str | None) -> Any:
                if host in _NO_HOSTS:
                    return None
                patterns = (pattern for _, pattern in self.backend_url_patterns)
                if host and "amazonaws.com" in host:
                    url = f"http://{host}"
                    if not any(pattern.match(url) for pattern in patterns):
                        # moto would print that it has no such service.
                        return None
                return super().get_backend_for_host(host)

            def get_application(self, environ: dict[str, Any]) -> Any:
                try:
                    return super().get_application(environ)
                except (AttributeError, ModuleNotFoundError):
                    # moto has no such service, or lacks a package for it.
                    return unmodelled.application

        def create_app(service: Any) -> Any:
            app = create_backend_app(service)
            # moto has the service, and no such path in it.
            app.register_error_handler(NotFound, lambda _: unmodelled.application)
            return app

        class QuietHandler(MotoRequestHandler):
            """One line per request in the middle of a notebook would help nobody."""

            def log(self, type: str, message: str, *args: Any) -> None:
                """Nothing: the trail records every call."""

        application = Application(create_app)
        # A caller may name hosts without end: the cache is bounded.
        backend_for_host = lru_cache(maxsize=1024)(application.find_backend)
        server = make_server(
            "127.0.0.1", 0, application, threaded=True, request_handler=QuietHandler
        )
        if tls is not None:
            server.ssl_context = tls
            # The handshake is left to the thread of the request: in the thread that accepts, a
            # client that connects and says nothing would keep all others waiting.
            server.socket = tls.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        return cls(server)

    @property
    def url(self) -> str:
        """Where the server listens, such as `http://127.0.0.1:49152`."""
        scheme = "http" if self._server.ssl_context is None else "https"
        return f"{scheme}://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop listening and wait until the server's thread has ended."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
