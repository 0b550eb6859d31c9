"""Run a function of Lambda: one process for each invocation, which ends with it.

The process gets the variables that Lambda defines and the function declares, the credentials of its
role, and the account's loopback endpoint. It is stopped when its time is up, and with the account.

Pages: *Defined runtime environment variables*; *Understanding the Lambda execution environment
lifecycle*; *Configure Lambda function timeout* (AWS Lambda Developer Guide).
"""

from __future__ import annotations

import atexit
import io
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rolelab.sandbox.state import Store

UNZIPPED_BYTES = 262_144_000
"""The most that a package and its layers may hold (*Lambda quotas*: 250 MB unzipped)."""
INIT_SECONDS = 30
"""How long an import may take. AWS allows 10; a laptop under load needs more to start Python."""

_LOG_BYTES = 1_000_000
_FILE_BYTES = 512_000_000
_PACKAGE = str(Path(__file__).resolve().parents[2])
_BOOTSTRAP = Path(__file__).with_name("lambda_bootstrap.py")


class NotAPackage(ValueError):  # noqa: N818 - it says what the bytes are
    """Bytes that are no deployment package."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of one function.

    Attributes:
        name: the function's name.
        version: `$LATEST`, or the number of the version that runs.
        arn: the ARN that was invoked, with a qualifier if one was given.
        handler: `module.function`.
        package: the deployment package, a zip file.
        layers: the packages of its layers, in order.
        variables: what the function declares.
        runtime: `python3.12`.
        timeout: seconds.
        memory: megabytes, as configured.
        request_id: the id of the request that invokes it.
        log_stream: the log stream of this execution environment.
        event: the event, as JSON text.
    """

    name: str
    version: str
    arn: str
    handler: str
    package: bytes
    layers: tuple[bytes, ...]
    variables: Mapping[str, str]
    runtime: str
    timeout: int
    memory: int
    request_id: str
    log_stream: str
    event: str

    @property
    def home(self) -> tuple[str, str]:
        """Account and Region of the function."""
        _, _, _, region, account, *_ = self.arn.split(":")
        return account, region

    @property
    def log_group(self) -> str:
        """Where the function's output goes."""
        return f"/aws/lambda/{self.name}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an invocation.

    Attributes:
        payload: the answer, or the error, as JSON.
        failed: whether it is an error.
        log: everything the function printed, between the lines that Lambda adds.
    """

    payload: bytes
    failed: bool
    log: str


class _Running(Store["set[subprocess.Popen[str]]"]):
    """The processes that run, by account and Region. They end with the account."""

    def clear(self) -> None:
        """Stop them all."""
        for _, _, processes in self.everywhere():
            for process in list(processes):
                _kill(process)
        super().clear()


_running = _Running(set)
atexit.register(_running.clear)


def package_of(content: bytes) -> zipfile.ZipFile:
    """Open a deployment package.

    Raises:
        NotAPackage: it is no zip file.
    """
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile as error:
        raise NotAPackage(str(error)) from error


def run(invocation: Invocation, environment: Mapping[str, str]) -> Outcome:
    """Run a function and wait for it.

    Args:
        invocation: what to run.
        environment: variables that let a process reach the account as the function's role.

    Returns:
        What came of it. An error in the function is an outcome, too.

    Raises:
        NotAPackage: the package or a layer is no zip file.
    """
    folder = Path(tempfile.mkdtemp(prefix="rolelab-lambda-"))
    try:
        return _run_in(folder, invocation, environment)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run_in(folder: Path, invocation: Invocation, environment: Mapping[str, str]) -> Outcome:
    task, layers = folder / "task", folder / "opt"
    _unpack(invocation.package, task)
    for layer in invocation.layers:
        _unpack(layer, layers)
    (folder / "event").write_text(invocation.event, "utf-8")
    (folder / "tmp").mkdir()
    spec = _spec(folder, invocation)
    variables = _variables(folder, invocation, environment)
    process = subprocess.Popen(
        [sys.executable, "-I", str(_BOOTSTRAP), json.dumps(spec)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=variables,
        cwd=task,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    running = _running.of(*invocation.home)
    running.add(process)
    try:
        told = _follow(process, invocation)
    finally:
        _kill(process)
        running.discard(process)
    return _outcome(invocation, told, _read(folder / "log"))


@dataclass(slots=True)
class _Told:
    """What the process said, and how long its handler took."""

    result: str | None = None
    error: dict[str, Any] | None = None
    milliseconds: float = 0.0
    timed_out: bool = False
    code: int | None = None


def _follow(process: subprocess.Popen[str], invocation: Invocation) -> _Told:
    """Read the channel until the outcome, the end of the process, or the end of its time."""
    lines = _lines(process)
    told = _Told()
    began, deadline = None, time.monotonic() + INIT_SECONDS
    while told.result is None and told.error is None:
        try:
            line = lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            told.timed_out = True
            break
        if line is None:
            told.code = process.wait()
            break
        message = json.loads(line)
        if message.get("ready"):
            began = time.monotonic()
            deadline = began + invocation.timeout
        told.result, told.error = message.get("result"), message.get("error")
    told.milliseconds = (time.monotonic() - began) * 1000 if began is not None else 0.0
    return told


def _lines(process: subprocess.Popen[str]) -> queue.Queue[str | None]:
    """The lines of the channel as they come; None at its end."""
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        with process.stdout as channel:  # type: ignore[union-attr]
            for line in channel:
                lines.put(line)
        lines.put(None)

    threading.Thread(target=read, name="rolelab-lambda", daemon=True).start()
    return lines


def _unpack(content: bytes, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    with package_of(content) as package:
        if sum(each.file_size for each in package.infolist()) > UNZIPPED_BYTES:
            raise NotAPackage(f"Unzipped size must be smaller than {UNZIPPED_BYTES} bytes")
        package.extractall(folder)


def _spec(folder: Path, invocation: Invocation) -> dict[str, Any]:
    return {
        "code": str(folder / "task"),
        "layers": [str(folder / "opt" / "python")] if invocation.layers else [],
        "log": str(folder / "log"),
        "event": str(folder / "event"),
        "package": _PACKAGE,
        "timeout": invocation.timeout,
        "cpu_seconds": INIT_SECONDS + invocation.timeout,
        "file_bytes": _FILE_BYTES,
        "handler": invocation.handler,
        "function_name": invocation.name,
        "function_version": invocation.version,
        "invoked_function_arn": invocation.arn,
        "memory_limit_in_mb": str(invocation.memory),
        "aws_request_id": invocation.request_id,
        "log_group_name": invocation.log_group,
        "log_stream_name": invocation.log_stream,
    }


def _variables(
    folder: Path, invocation: Invocation, environment: Mapping[str, str]
) -> dict[str, str]:
    """Page: *Defined runtime environment variables*. A function cannot change the reserved ones."""
    _, region = invocation.home
    reserved = {
        "_HANDLER": invocation.handler,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{invocation.runtime}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(invocation.memory),
        "AWS_LAMBDA_FUNCTION_NAME": invocation.name,
        "AWS_LAMBDA_FUNCTION_VERSION": invocation.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": invocation.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": invocation.log_stream,
        "AWS_REGION": region,
        "LAMBDA_RUNTIME_DIR": str(_BOOTSTRAP.parent),
        "LAMBDA_TASK_ROOT": str(folder / "task"),
    }
    usual = {"LANG": "en_US.UTF-8", "TZ": ":UTC", "TMPDIR": str(folder / "tmp")}
    return {**usual, **invocation.variables, **environment, **reserved}


def _read(path: Path) -> str:
    """What the function printed; of very much, the end."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _LOG_BYTES))
        return file.read().decode("utf-8", "replace")


def _outcome(invocation: Invocation, told: _Told, printed: str) -> Outcome:
    report = _report(invocation, told.milliseconds)
    if told.result is not None:
        return Outcome(told.result.encode(), False, _log(invocation, printed, report))
    error = told.error or _ended(invocation, told)
    if told.error is None:
        printed += f"{error['errorMessage']}\n"
    payload = json.dumps(error).encode()
    return Outcome(payload, True, _log(invocation, printed, report))


def _ended(invocation: Invocation, told: _Told) -> dict[str, str]:
    """The error of a function that ran out of time, or ended by itself."""
    if told.timed_out:
        kind, what = "Sandbox.Timedout", f"Task timed out after {invocation.timeout:.2f} seconds"
    else:
        code = told.code or 0
        how = f"signal: {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        kind, what = "Runtime.ExitError", f"Runtime exited with error: {how}"
        if code == 0:
            what = "Runtime exited without providing a reason"
    return {"errorType": kind, "errorMessage": f"RequestId: {invocation.request_id} Error: {what}"}


def _report(invocation: Invocation, duration: float) -> str:
    billed = int(duration) + 1
    return (
        f"REPORT RequestId: {invocation.request_id}\tDuration: {duration:.2f} ms\t"
        f"Billed Duration: {billed} ms\tMemory Size: {invocation.memory} MB\t"
    )


def _log(invocation: Invocation, printed: str, report: str) -> str:
    """Page: *Viewing CloudWatch logs for Lambda functions*: the three lines that Lambda adds."""
    if printed and not printed.endswith("\n"):
        printed += "\n"
    identifier = invocation.request_id
    start = f"START RequestId: {identifier} Version: {invocation.version}\n"
    return f"{start}{printed}END RequestId: {identifier}\n{report}\n"


def _kill(process: subprocess.Popen[str]) -> None:
    """Stop a process and everything it started."""
    if hasattr(os, "killpg"):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            # It is gone already.
            process.kill()
    else:
        process.kill()
    process.wait()
    if process.stdin is not None:
        process.stdin.close()
