"""What a container asks the ECS agent: its credentials, and facts about its task.

One small server on loopback for all tasks. Credentials are behind a token that only the containers
of one task know.

Pages: *Amazon ECS task IAM role* (`AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`), *Container credential
provider* (AWS SDKs and Tools Reference Guide; the full URI and its token), *Amazon ECS task
metadata endpoint version 4*.
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Mapping[str, Any]


class NoCredentials(Exception):  # noqa: N818 - it says what there is not
    """The role of the task cannot be assumed any more."""


@dataclass(frozen=True, slots=True)
class Served:
    """What the endpoint answers to the containers of one task.

    Attributes:
        credentials: gives the credentials of the task role, renewed where needed; None for a task
            without a role. Raises NoCredentials.
        task: gives the metadata of the task.
        container: gives the metadata of one container, by its runtime id; None for another id.
        token: what a request for credentials must carry.
    """

    credentials: Callable[[], Answer] | None
    task: Callable[[], Answer]
    container: Callable[[str], Answer | None]
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))


class TaskEndpoint:
    """The running server. Its threads are daemons: they end with the process at the latest."""

    def __init__(self) -> None:
        self._tasks: dict[str, Served] = {}
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self._tasks))
        server.daemon_threads = True
        self._server = server
        self._thread = threading.Thread(
            target=server.serve_forever, args=(0.1,), name="rolelab-task-endpoint", daemon=True
        )
        self._thread.start()

    def serve(self, task_id: str, served: Served) -> None:
        """Answer the containers of a task from now on."""
        self._tasks[task_id] = served

    def forget(self, task_id: str) -> None:
        """Answer them no longer. Without such a task it does nothing."""
        self._tasks.pop(task_id, None)

    def variables(self, task_id: str, runtime_id: str) -> dict[str, str]:
        """Give the variables by which a container finds the endpoint.

        Args:
            task_id: the task.
            runtime_id: the container.

        Returns:
            The metadata URI, and for a task with a role the credentials URI with its token.
        """
        address = f"http://127.0.0.1:{self._server.server_port}"
        variables = {"ECS_CONTAINER_METADATA_URI_V4": f"{address}/v4/{task_id}/{runtime_id}"}
        served = self._tasks[task_id]
        if served.credentials is not None:
            variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = f"{address}/v2/credentials/{task_id}"
            variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = served.token
        return variables

    def close(self) -> None:
        """Stop listening and wait until the server's thread has ended."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler_of(tasks: Mapping[str, Served]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """One request of a container."""

        # Connections stay open: an SDK asks more than once.
        protocol_version = "HTTP/1.1"
        # Small answers must not wait for more to send.
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            status, answer = _answer(tasks, self.path, self.headers.get("Authorization", ""))
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Nothing: a line for each request would help nobody in a notebook."""

    return Handler


def _answer(
    tasks: Mapping[str, Served], path: str, authorization: str
) -> tuple[HTTPStatus, Answer]:
    match path.partition("?")[0].strip("/").split("/"):
        case ["v2", "credentials", task_id] if task_id in tasks:
            return _credentials(tasks[task_id], authorization)
        case ["v4", task_id, runtime_id] if task_id in tasks:
            found = tasks[task_id].container(runtime_id)
            return _NOT_FOUND if found is None else (HTTPStatus.OK, found)
        case ["v4", task_id, _, "task"] if task_id in tasks:
            return HTTPStatus.OK, tasks[task_id].task()
        case _:
            return _NOT_FOUND


def _credentials(served: Served, authorization: str) -> tuple[HTTPStatus, Answer]:
    if served.credentials is None:
        return _NOT_FOUND
    if not hmac.compare_digest(authorization.encode(), served.token.encode()):
        return HTTPStatus.UNAUTHORIZED, _problem("AccessDenied", "This is not the task's token.")
    try:
        return HTTPStatus.OK, served.credentials()
    except NoCredentials as error:
        return HTTPStatus.INTERNAL_SERVER_ERROR, _problem("AssumeRoleFailed", str(error))


def _problem(code: str, message: str) -> Answer:
    return {"code": code, "message": message}


_NOT_FOUND = (HTTPStatus.NOT_FOUND, _problem("NotFound", "There is no such task or container."))
