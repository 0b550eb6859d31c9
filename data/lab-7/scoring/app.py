"""The scoring service: another company's program that the bookshop runs behind its gateway.

It counts words of praise and of blame. Like many programs it logs each request whole, header fields
and body, for its support.
"""

import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PRAISE = {"beautiful", "clever", "funny", "good", "great", "lovely", "loved", "moving", "warm"}
BLAME = {"awful", "bad", "boring", "dull", "flat", "poor", "slow", "tedious", "weak"}
MOST_BYTES = 64 * 1024


def score(text):
    """Words of praise minus words of blame, and the word for it."""
    words = re.findall("[a-z]+", text.lower())
    points = sum(word in PRAISE for word in words) - sum(word in BLAME for word in words)
    return {"sentiment": "positive" if points > 0 else "negative" if points else "mixed"}


class Service(BaseHTTPRequestHandler):
    """POST /score."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MOST_BYTES:
            self.close_connection = True
            self.answer(413, {"message": "the body is too large, or has no length"})
            return
        body = self.rfile.read(int(length)).decode("utf-8", "replace")
        seen = {"type": "request", "path": self.path, "headers": [*self.headers.items()]}
        print(json.dumps({**seen, "body": body}), flush=True)
        if self.path.split("?")[0] != "/score":
            self.answer(404, {"message": "there is only POST /score"})
            return
        self.answer(200, score(body))

    def answer(self, status, value):
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """One line for each request is enough."""


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", 8080), Service).serve_forever()
