"""What runs inside a function's process: Lambda's Python runtime, in small. It is run as a script.

    python -I lambda_bootstrap.py '{"code": "/tmp/x/task", "handler": "app.handler", ...}'

Standard output is the channel to the account: one line `{"ready": true}` once the module is
imported, then one line with the outcome. What the function prints goes to a file instead, its log.
Standard input is the lifeline: when the account is gone, it ends, and so does the function.

Pages: *Define Lambda function handler in Python*; *Using the Lambda context object to retrieve
Python function information*; *Lambda function errors in Python* (AWS Lambda Developer Guide).
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

TASK_ROOT = "/var/task"
"""Where AWS keeps a function's code; what tracebacks call the folder that holds it here."""


class Failure(Exception):  # noqa: N818 - it becomes the function's error
    """An error of the runtime itself, such as a module that is not there."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Context:
    """What a handler gets as its second argument."""

    def __init__(self, spec: dict[str, Any], deadline: float) -> None:
        self.function_name = spec["function_name"]
        self.function_version = spec["function_version"]
        self.invoked_function_arn = spec["invoked_function_arn"]
        self.memory_limit_in_mb = spec["memory_limit_in_mb"]
        self.aws_request_id = spec["aws_request_id"]
        self.log_group_name = spec["log_group_name"]
        self.log_stream_name = spec["log_stream_name"]
        self.client_context = None
        self.identity = None
        self._deadline = deadline

    def get_remaining_time_in_millis(self) -> int:
        """How long the function may still run."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def main(text: str) -> None:
    """Import the handler, call it, and report what came of it.

    Args:
        text: JSON with `code` (the folder of the deployment package), `layers` (folders for
            `sys.path`), `log` and `event` (files), `package` (where rolelab is), `timeout`,
            `cpu_seconds`, `file_bytes`, `handler`, and the members of the context.
    """
    spec = json.loads(text)
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    _print_to(spec["log"])
    _confine(spec)
    outcome = _run(spec, channel)
    sys.stdout.flush()
    sys.stderr.flush()
    _tell(channel, outcome)
    channel.close()
    # As on AWS, what the function left running is stopped with it.
    os._exit(0)


def _tell(channel: Any, message: dict[str, Any]) -> None:
    channel.write(json.dumps(message) + "\n")
    channel.flush()


def _print_to(path: str) -> None:
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", line_buffering=True)  # type: ignore[union-attr]


def _confine(spec: dict[str, Any]) -> None:
    lifeline = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.path.append(spec["package"])
    from rolelab.sandbox import confinement

    sys.path.remove(spec["package"])
    confinement.confine(
        cpu_seconds=spec["cpu_seconds"], file_bytes=spec["file_bytes"], lifeline=lifeline
    )


def _run(spec: dict[str, Any], channel: Any) -> dict[str, Any]:
    try:
        handler = _handler(spec)
        _tell(channel, {"ready": True})
        deadline = time.monotonic() + spec["timeout"]
        event = json.loads(Path(spec["event"]).read_text("utf-8"))
        return {"result": _marshalled(handler(event, Context(spec, deadline)))}
    except Failure as failure:
        return _failed(spec, failure.kind, str(failure), [])
    except Exception as error:
        frames = _frames(error, spec["code"])
        return _failed(spec, type(error).__name__, str(error), frames)


def _handler(spec: dict[str, Any]) -> Callable[[Any, Context], Any]:
    """Find the handler. The sentences are those of AWS's runtime."""
    named = spec["handler"]
    module, dot, name = named.rpartition(".")
    if not dot:
        raise Failure(
            "Runtime.MalformedHandlerName",
            f"Bad handler '{named}': not enough values to unpack (expected 2, got 1)",
        )
    module = module.replace("/", ".")
    sys.path[:0] = [spec["code"], *spec["layers"]]
    os.chdir(spec["code"])
    try:
        loaded = importlib.import_module(module)
    except ImportError as error:
        raise Failure(
            "Runtime.ImportModuleError", f"Unable to import module '{module}': {error}"
        ) from error
    except SyntaxError as error:
        raise Failure(
            "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module}': {error}"
        ) from error
    try:
        handler: Callable[[Any, Context], Any] = getattr(loaded, name)
    except AttributeError as error:
        raise Failure(
            "Runtime.HandlerNotFound", f"Handler '{name}' missing on module '{module}'"
        ) from error
    return handler


def _marshalled(result: Any) -> str:
    try:
        return json.dumps(result)
    except (TypeError, ValueError) as error:
        raise Failure("Runtime.MarshalError", f"Unable to marshal response: {error}") from error


def _frames(error: BaseException, code: str) -> list[str]:
    """The traceback from the handler on, with the folder called as it is on AWS."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename != __file__]
    return [text.replace(code, TASK_ROOT) for text in traceback.format_list(own)]


def _failed(spec: dict[str, Any], kind: str, message: str, frames: list[str]) -> dict[str, Any]:
    """An error is logged by the runtime, and answered in this shape."""
    print(f"[ERROR] {kind}: {message}")
    print("".join(["Traceback (most recent call last):\n", *frames]), end="")
    return {
        "error": {
            "errorMessage": message,
            "errorType": kind,
            "requestId": spec["aws_request_id"],
            "stackTrace": frames,
        }
    }


if __name__ == "__main__":
    main(sys.argv[1])
