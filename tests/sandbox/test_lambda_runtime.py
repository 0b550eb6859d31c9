"""One process for each invocation.

AWS pages: *Define Lambda function handler in Python*; *Lambda function errors in Python*; *Defined
runtime environment variables*; *Configure Lambda function timeout*.
"""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from rolelab.sandbox import lambda_runtime
from rolelab.sandbox.lambda_runtime import Invocation, NotAPackage, Outcome, run
from tests.sandbox.fixes.functions import ARN, packed

REACH = {"PATH": os.environ.get("PATH", ""), "AWS_ACCESS_KEY_ID": "key of the role"}


def invocation(source: str, **more: Any) -> Invocation:
    given: dict[str, Any] = {
        "name": "work",
        "version": "$LATEST",
        "arn": ARN,
        "handler": "app.handler",
        "package": packed(app=source),
        "layers": (),
        "variables": {},
        "runtime": "python3.12",
        "timeout": 30,
        "memory": 128,
        "request_id": "id",
        "log_stream": "stream",
        "event": "{}",
    }
    return Invocation(**{**given, **more})


def ran(source: str, **more: Any) -> Outcome:
    return run(invocation(source, **more), REACH)


def test_the_process_has_what_lambda_defines_and_the_function_declares() -> None:
    source = "import os\ndef handler(event, context): return dict(os.environ)"
    declared = {"SHOP": "books", "TZ": "Europe/Paris", "AWS_REGION": "nowhere"}
    outcome = ran(source, variables=declared)
    found = json.loads(outcome.payload)
    assert not outcome.failed
    assert found["SHOP"] == "books"
    assert found["TZ"] == "Europe/Paris"
    assert found["AWS_REGION"] == found["AWS_DEFAULT_REGION"] == "us-east-1"
    assert found["AWS_ACCESS_KEY_ID"] == "key of the role"
    assert found["AWS_LAMBDA_LOG_GROUP_NAME"] == "/aws/lambda/work"
    assert found["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.12"
    assert found["_HANDLER"] == "app.handler"
    inherited = set(os.environ) - set(REACH) - {"LANG", "TZ", "TMPDIR", "LC_CTYPE"}
    assert not {each for each in inherited & set(found) if os.environ[each] == found[each]}


def test_the_context_says_which_invocation_it_is() -> None:
    source = (
        "def handler(event, context):\n"
        "    left = context.get_remaining_time_in_millis()\n"
        "    return [context.aws_request_id, context.memory_limit_in_mb, 0 < left <= 30000, event]"
    )
    outcome = ran(source, event='{"a": [1]}')
    assert json.loads(outcome.payload) == ["id", "128", True, {"a": [1]}]


# The handler's module, what is set otherwise, the error's type and message.
FAILING: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "an exception": (
        "def handler(e, c): raise ValueError('boom')",
        {},
        "ValueError",
        "boom",
    ),
    "no such module": (
        "",
        {"handler": "other.handler"},
        "Runtime.ImportModuleError",
        "Unable to import module 'other': No module named 'other'",
    ),
    "no such function": (
        "x = 1",
        {},
        "Runtime.HandlerNotFound",
        "Handler 'handler' missing on module 'app'",
    ),
    "no Python": (
        "x =",
        {},
        "Runtime.UserCodeSyntaxError",
        "Syntax error in module 'app': invalid syntax (app.py, line 1)",
    ),
    "no handler's name": (
        "",
        {"handler": "app"},
        "Runtime.MalformedHandlerName",
        "Bad handler 'app': not enough values to unpack (expected 2, got 1)",
    ),
    "an answer that is no JSON": (
        "def handler(e, c): return {1, 2}",
        {},
        "Runtime.MarshalError",
        "Unable to marshal response: Object of type set is not JSON serializable",
    ),
    "an end by itself": (
        "import sys\ndef handler(e, c): sys.exit(3)",
        {},
        "Runtime.ExitError",
        "RequestId: id Error: Runtime exited with error: exit status 3",
    ),
    "an end without a reason": (
        "import os\ndef handler(e, c): os._exit(0)",
        {},
        "Runtime.ExitError",
        "RequestId: id Error: Runtime exited without providing a reason",
    ),
    "out of time": (
        "import time\ndef handler(e, c):\n    print('began')\n    time.sleep(600)",
        {"timeout": 1},
        "Sandbox.Timedout",
        "RequestId: id Error: Task timed out after 1.00 seconds",
    ),
}


@pytest.mark.parametrize(("source", "more", "kind", "message"), FAILING.values(), ids=FAILING)
def test_how_functions_fail(source: str, more: dict[str, Any], kind: str, message: str) -> None:
    outcome = ran(source, **more)
    error = json.loads(outcome.payload)
    assert outcome.failed
    assert (error["errorType"], error["errorMessage"]) == (kind, message)
    assert message in outcome.log


def test_what_was_printed_before_the_end_of_time_is_in_the_log() -> None:
    source = "import time\ndef handler(e, c):\n    print('began')\n    time.sleep(600)"
    lines = ran(source, timeout=1).log.splitlines()
    assert lines[:2] == ["START RequestId: id Version: $LATEST", "began"]
    assert lines[3] == "END RequestId: id"
    assert lines[4].startswith("REPORT RequestId: id\tDuration: 1")


def test_everything_a_function_started_ends_with_it(tmp_path: Any) -> None:
    source = (
        "import subprocess, sys\n"
        "def handler(event, context):\n"
        "    return subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid"
    )
    pid = int(ran(source).payload)
    assert _ended(pid)


def _ended(pid: int) -> bool:
    """Whether a process is gone, or waits only for somebody to notice."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_function_reaches_this_machine_only() -> None:
    source = (
        "import socket\n"
        "def handler(event, context):\n"
        "    try:\n"
        "        socket.create_connection(('192.0.2.1', 443), timeout=1)\n"
        "    except OSError as error:\n"
        "        return str(error)"
    )
    assert "192.0.2.1 was refused" in json.loads(ran(source).payload)


@pytest.mark.parametrize("content", [b"", b"def handler(): ..."], ids=["nothing", "no zip file"])
def test_a_package_is_a_zip_file(content: bytes) -> None:
    with pytest.raises(NotAPackage):
        run(invocation("", package=content), REACH)


def test_a_package_that_grows_too_large_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lambda_runtime, "UNZIPPED_BYTES", 10)
    with pytest.raises(NotAPackage, match="Unzipped size must be smaller than 10 bytes"):
        ran("# more than ten bytes of code")


def test_nothing_is_left_on_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(lambda_runtime.tempfile, "tempdir", str(tmp_path))
    ran("def handler(event, context): open(event, 'w').close()", event='"file"')
    assert list(tmp_path.iterdir()) == []
