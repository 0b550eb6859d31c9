"""A provider of models outside AWS, as a gateway sees it: an address, and a key that it asks for.

It listens on loopback and answers every chat with the same sentence. Follows the *Create chat
completion* page of the OpenAI API reference, as far as a gateway reads the answer.
"""

from __future__ import annotations

import http.server
import json
import threading

ANSWER = "positive, says the partner"

_COMPLETION = json.dumps(
    {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4o-mini",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": ANSWER},
            }
        ],
        "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12},
    }
).encode()


class OutsideProvider:
    """A running provider. It ends with the process, or when it is closed.

    Attributes:
        authorizations: the header `Authorization` of each request so far, empty where there was
            none.
    """

    def __init__(self) -> None:
        self.authorizations: list[str] = []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        """The base address that a client is given: `http://127.0.0.1:54321/v1`."""
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        authorizations = self.authorizations

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                authorizations.append(self.headers.get("Authorization", ""))
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(_COMPLETION)))
                self.end_headers()
                self.wfile.write(_COMPLETION)

            def log_message(self, *args: object) -> None:
                """Nothing."""

        return Handler
