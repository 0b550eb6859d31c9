"""Lambda: an invocation runs the function's code, as the function's role.

Without containers moto answers the event itself. Here a Python function runs in a process of its
own; see `lambda_runtime`.

AWS pages: *Invoke* of the Lambda API Reference; *Defining Lambda function permissions with an
execution role*; *Sending Lambda function logs to CloudWatch Logs*; *Understanding Lambda function
scaling* (the limit of concurrent executions).
"""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rolelab.sandbox import account, lambda_runtime
from rolelab.sandbox.call import Call
from rolelab.sandbox.decoding import model_of
from rolelab.sandbox.denial import ServiceError, not_modelled
from rolelab.sandbox.fixes import Response, fix
from rolelab.sandbox.fixes.lambda_functions import session_name
from rolelab.sandbox.fixes.lambda_lookup import Found, find
from rolelab.sandbox.lambda_runtime import Invocation, Outcome
from rolelab.sandbox.operations.lambda_ import LAMBDA
from rolelab.sandbox.resource_policies.lambda_ import layer_version
from rolelab.sandbox.state import Store

if TYPE_CHECKING:
    import boto3

    from rolelab.sandbox.account import Sandbox

CONCURRENT = 10
"""How many functions of an account run at once: what AWS gives a new account."""
SYNCHRONOUS_BYTES = 6_291_456
ASYNCHRONOUS_BYTES = 1_048_576
"""The most that an event may hold (*Lambda quotas*, Invocation payload)."""
LOG_TAIL = 4096
"""How much of the log an answer holds (*Invoke*, LogResult: the last 4 KB)."""


@fix("lambda", "Invoke")
def invoke(call: Call, response: Any, serve: Any) -> Response:
    """Run the function; for the type Event, after the answer."""
    found = find(call)
    how = str(call.parameters.get("InvocationType") or "RequestResponse")
    event = _event(call, SYNCHRONOUS_BYTES if how == "RequestResponse" else ASYNCHRONOUS_BYTES)
    if how == "DryRun":
        return 204, {}, b""
    sandbox = account.current()
    _require_python(found)
    session = _assume(found)
    request_id = str(response.response_headers["x-amzn-requestid"])
    invocation = _invocation(found, event, request_id)
    if how == "Event":
        _later(sandbox, session, invocation, found)
        return 202, {}, b""
    with _slot(found, wait=False):
        outcome = _run(sandbox, session, invocation)
    return _answer(call, found, outcome)


# --- before it runs ---------------------------------------------------------------------------


def _event(call: Call, most: int) -> str:
    """The event as JSON text. An empty one is an empty object."""
    payload = call.parameters.get("Payload") or b"{}"
    content = payload.encode() if isinstance(payload, str) else bytes(payload)
    if len(content) > most:
        raise ServiceError(
            "RequestTooLargeException",
            f"Request must be smaller than {most} bytes for the InvokeFunction operation",
            413,
            Type="User",
        )
    try:
        text = content.decode()
        json.loads(text)
    except ValueError as error:
        raise ServiceError(
            "InvalidRequestContentException",
            f"Could not parse request body into json: Could not parse payload into json: {error}",
            400,
            Type="User",
        ) from error
    return text


def _require_python(found: Found) -> None:
    runtime = str(found.code.run_time or "")
    if found.code.package_type != "Zip" or not runtime.startswith("python"):
        what = runtime or "container images"
        raise not_modelled(model_of("lambda"), "Invoke", f"Only Python runs here, not {what}.")


def _assume(found: Found) -> boto3.Session:
    """Step into the function's role, as Lambda does when it makes an execution environment."""
    from botocore.exceptions import ClientError

    from rolelab.sandbox.service_calls import assume_role_as_service

    name = session_name(str(found.code.function_name))
    try:
        return assume_role_as_service(LAMBDA, str(found.code.role), session_name=name)
    except ClientError as error:
        raise ServiceError(
            "AccessDeniedException",
            "The role defined for the function cannot be assumed by Lambda.",
            403,
        ) from error


def _invocation(found: Found, event: str, request_id: str) -> Invocation:
    code = found.code
    layers = (layer_version(each["Arn"]) for each in code.layers)
    day = time.strftime("%Y/%m/%d", time.gmtime())
    return Invocation(
        name=str(code.function_name),
        version=found.version,
        arn=found.arn,
        handler=str(code.handler),
        package=code.code_bytes,
        layers=tuple(layer.code_bytes for layer in layers if layer is not None),
        variables={str(key): str(value) for key, value in code.environment_vars.items()},
        runtime=str(code.run_time),
        timeout=int(code.timeout),
        memory=int(code.memory_size),
        request_id=request_id,
        log_stream=f"{day}/[{found.version}]{os.urandom(16).hex()}",
        event=event,
    )


# --- how many at once -------------------------------------------------------------------------


class _Slots:
    """How many functions run, in all and by name."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.running: dict[str, int] = {}

    def take(self, name: str, reserved: int | None, wait: bool) -> bool:
        with self.changed:
            while not self._free(name, reserved):
                if not wait or reserved == 0:
                    return False
                self.changed.wait(timeout=1)
            self.running[name] = self.running.get(name, 0) + 1
            return True

    def give_back(self, name: str) -> None:
        with self.changed:
            self.running[name] -= 1
            self.changed.notify_all()

    def _free(self, name: str, reserved: int | None) -> bool:
        if reserved is not None:
            return self.running.get(name, 0) < reserved
        return sum(self.running.values()) < CONCURRENT


_slots: Store[_Slots] = Store(_Slots)


@contextmanager
def _slot(found: Found, wait: bool) -> Iterator[None]:
    """Hold one of the executions that may run at once.

    Raises:
        ServiceError: TooManyRequestsException, if none is free.
    """
    _, _, _, region, owner, *_ = found.arn.split(":")
    slots, name = _slots.of(owner, region), str(found.code.function_name)
    reserved = found.code.reserved_concurrency
    if not slots.take(name, None if reserved is None else int(reserved), wait):
        which = "ReservedFunction" if reserved is not None else ""
        raise ServiceError(
            "TooManyRequestsException",
            "Rate Exceeded.",
            429,
            Type="User",
            Reason=f"{which}ConcurrentInvocationLimitExceeded",
        )
    try:
        yield
    finally:
        slots.give_back(name)


# --- the run ----------------------------------------------------------------------------------


def _run(sandbox: Sandbox, session: boto3.Session, invocation: Invocation) -> Outcome:
    try:
        outcome = lambda_runtime.run(invocation, sandbox.environment(session))
    except lambda_runtime.NotAPackage as error:
        raise ServiceError("InvalidZipFileException", str(error), 502) from error
    if _running() is sandbox:
        _write_log(session, invocation, outcome)
    return outcome


def _later(sandbox: Sandbox, session: boto3.Session, invocation: Invocation, found: Found) -> None:
    """Run an asynchronous invocation when a place is free. Nobody is told what came of it."""

    def work() -> None:
        try:
            with _slot(found, wait=True):
                if sandbox is _running():
                    _run(sandbox, session, invocation)
        except (RuntimeError, ServiceError):
            # The account ended meanwhile, or the function may not run at all: the event is lost,
            # as one is that AWS gave up on. The trail and the logs show how far it came.
            return

    threading.Thread(target=work, name="rolelab-lambda-event", daemon=True).start()


def _running() -> Sandbox | None:
    try:
        return account.current()
    except RuntimeError:
        return None


def _write_log(session: boto3.Session, invocation: Invocation, outcome: Outcome) -> None:
    """Write the log as the function's role. A role that may not write leaves no log.

    Page: *Sending Lambda function logs to CloudWatch Logs*: logs:CreateLogGroup,
    logs:CreateLogStream, logs:PutLogEvents.
    """
    from botocore.exceptions import ClientError

    region = invocation.home[1]
    logs = session.client("logs", region_name=region)
    where = {"logGroupName": invocation.log_group, "logStreamName": invocation.log_stream}
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": line} for line in outcome.log.splitlines() if line]
    try:
        _make_stream(logs, where)
        logs.put_log_events(**where, logEvents=events)
    except ClientError:
        # As on AWS, the invocation goes on; the trail shows which permission the role lacks.
        return


def _make_stream(logs: Any, where: dict[str, str]) -> None:
    try:
        logs.create_log_stream(**where)
    except logs.exceptions.ResourceNotFoundException:
        logs.create_log_group(logGroupName=where["logGroupName"])
        logs.create_log_stream(**where)


def _answer(call: Call, found: Found, outcome: Outcome) -> Response:
    headers = {"Content-Type": "application/json", "X-Amz-Executed-Version": found.version}
    payload = outcome.payload
    failed = outcome.failed
    if len(payload) > SYNCHRONOUS_BYTES:
        failed, payload = True, _too_large()
    if failed:
        headers["X-Amz-Function-Error"] = "Unhandled"
    if call.parameters.get("LogType") == "Tail":
        tail = outcome.log.encode()[-LOG_TAIL:]
        headers["X-Amz-Log-Result"] = base64.b64encode(tail).decode()
    return 200, headers, payload


def _too_large() -> bytes:
    error = {
        "errorMessage": "Response payload size exceeded maximum allowed payload size "
        "(6291556 bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }
    return json.dumps(error).encode()
