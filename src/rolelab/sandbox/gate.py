"""The one gate that every request to the account passes.

moto calls ``BaseResponse.setup_class`` for each request, in-process and on the loopback endpoint
alike. Wrapped here, it authenticates, decodes, authorizes and records before moto's handler
runs; the handler itself is wrapped too, so that fixes and the outcome of the call are seen.
"""

from __future__ import annotations

import io
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache, partial
from typing import Any

from rolelab.iam import Decision
from rolelab.sandbox import denial, explain, principals, unmodelled
from rolelab.sandbox.authentication import (
    Message,
    NotAuthenticated,
    Signature,
    authenticate,
    may_be_anonymous,
    require_reach,
)
from rolelab.sandbox.authorization import Denied, authorize
from rolelab.sandbox.call import Call
from rolelab.sandbox.decoding import Undecodable, headers_of, identify, model_of
from rolelab.sandbox.denial import Refusal, Response, ServiceError
from rolelab.sandbox.fixes import Fix, fixes_of
from rolelab.sandbox.principals import Principal
from rolelab.sandbox.serving import answer
from rolelab.sandbox.trail import Entry, Trail, keeps_answer

SOURCE_IP = "203.0.113.10"
"""The address calls come from: one of those reserved for documentation (RFC 5737)."""

_NO_REQUEST_ID = "<RequestId>request-id<"
"""What moto's serializer writes where the id of the request belongs."""
_PASSED = "rolelab.gate.passed"
# Parts of moto that are no AWS service.
_NOT_AWS = frozenset({"", "moto_api", "instance_metadata"})
# Services whose state moto finds across accounts by itself.
_GLOBAL_STATE = frozenset({"s3", "sts"})
# The methods that answer a request, where that is not `call_action`.
_HANDLERS: Mapping[str, tuple[str, ...]] = {"S3Response": ("_bucket_response", "_key_response")}


@dataclass(slots=True)
class _State:
    """What install() puts in place and remove() takes back."""

    account: str = "123456789012"
    trail: Trail = field(default_factory=Trail)
    fixes: Callable[[str, str], list[Fix]] = fixes_of
    leaves_s3_to_gate: bool = False
    undo: list[Callable[[], None]] = field(default_factory=list)


class _Thread(threading.local):
    """What is said about the calls of a thread."""

    bypassed = False
    source_ip = SOURCE_IP


_state = _State()
_thread = _Thread()


def install(
    fixes: Callable[[str, str], list[Fix]] = fixes_of,
    *,
    account: str = "123456789012",
    trail: Trail | None = None,
) -> Trail:
    """Put the gate in front of moto. Called again, it starts over with an empty trail.

    Temporary credentials stay valid; ``sessions.clear`` forgets them.

    Args:
        fixes: gives the fixes of a (service, operation).
        account: the account that anonymous requests are counted to.
        trail: where to record calls; a new one by default.

    Returns:
        The trail that records every call from now on.
    """
    remove()
    explain.clear()
    _state.account, _state.trail, _state.fixes = account, Trail() if trail is None else trail, fixes
    from moto.core import responses, utils

    original = responses.BaseResponse.setup_class

    def setup_class(self: Any, request: Any, *args: Any, **kwargs: Any) -> None:
        _enter(original, self, request, *args, **kwargs)

    _replace(responses.BaseResponse, "setup_class", setup_class)
    generate = responses.__dict__["gen_amzn_requestid_long"]
    _replace(responses, "gen_amzn_requestid_long", partial(_request_id_of, generate))
    # Each of moto's loaders of models lists all of botocore's folders first.
    _replace(utils, "create_loader", cache(utils.__dict__["create_loader"]))
    unmodelled.catch(_replace)
    unmodelled.put_buckets_first(_replace)
    return _state.trail


def remove() -> None:
    """Take the gate away and leave moto as it was. Without a gate it does nothing."""
    while _state.undo:
        _state.undo.pop()()
    _state.leaves_s3_to_gate = False


def installed() -> bool:
    """Whether requests pass the gate at the moment."""
    return bool(_state.undo)


@contextmanager
def bypassed() -> Iterator[None]:
    """Calls of rolelab's own, made in this thread, that are neither checked nor recorded."""
    before = _thread.bypassed
    _thread.bypassed = True
    try:
        yield
    finally:
        _thread.bypassed = before


@contextmanager
def sent_from(address: str) -> Iterator[None]:
    """Calls made in this thread come from an address: `aws:SourceIp`, and `sourceIPAddress`.

    Args:
        address: an IPv4 or IPv6 address.
    """
    before = _thread.source_ip
    _thread.source_ip = address
    try:
        yield
    finally:
        _thread.source_ip = before


def denied_items(response_object: Any) -> tuple[tuple[Any, Decision], ...]:
    """The entries of a batch that were denied one by one, each with its decision.

    For fixes of operations such as DeleteObjects, which AWS answers entry by entry.
    """
    return tuple(getattr(response_object, "denied_items", ()))


def _replace(owner: Any, name: str, value: Any) -> None:
    before = owner.__dict__[name]
    setattr(owner, name, value)
    _state.undo.append(lambda: setattr(owner, name, before))


def _request_id_of(generate: Callable[[Any], str], headers: Any = None) -> str:
    """The id the gate gave to this request; a new one for what did not pass the gate."""
    known = headers.get("x-amzn-requestid") if headers else None
    return str(known) if known else generate(headers)


def _enter(
    original: Callable[..., None], response_object: Any, request: Any, *args: Any, **kwargs: Any
) -> None:
    service = response_object.boto3_service_name
    environ = request.environ
    if environ.get(_PASSED) or service in _NOT_AWS or _thread.bypassed:
        original(response_object, request, *args, **kwargs)
        return
    environ[_PASSED] = True
    if service == "s3" and not _state.leaves_s3_to_gate:
        # Only now: an account without S3 should not pay for importing it.
        _state.leaves_s3_to_gate = True
        unmodelled.leave_s3_to_gate(_replace)
    body = _raw_body(request)
    try:
        original(response_object, request, *args, **kwargs)
    except Exception as error:
        refusal = _unreadable(request, service, body)
        raise Refusal(denial.plain_response(refusal, request.content_type)) from error
    _Passage(response_object, request, service, body).go()


def _unreadable(request: Any, service: str, body: bytes) -> ServiceError:
    """The answer to a request that moto cannot take apart: who sent it matters first."""
    model = model_of(service)
    try:
        authenticate(_message(request, headers_of(request.environ), body, {}))
    except NotAuthenticated as error:
        return denial.not_authenticated(model, error.reason, error.access_key_id, error.detail)
    return denial.undecodable(model, service, f"{request.method} {request.path}")


def _raw_body(request: Any) -> bytes:
    """The body as it was signed. It stays readable for whoever reads it next."""
    stream = request.environ["wsgi.input"]
    if isinstance(stream, io.BytesIO):
        return stream.getvalue()
    length = request.content_length
    if length is not None:
        body: bytes = stream.read(length)
    elif request.environ.get("wsgi.input_terminated"):
        body = stream.read()
    else:
        # Without a length and without chunks there is no body: reading would wait for ever.
        body = b""
    request.environ["wsgi.input"] = io.BytesIO(body)
    return body


def _message(
    request: Any, headers: Mapping[str, str], body: bytes, form: Mapping[str, str]
) -> Message:
    query = request.query_string.decode("latin-1")
    return Message(request.method, request.raw_path, query, headers, body, form)


class _Passage:
    """One request on its way through the gate."""

    __slots__ = ("body", "entry", "headers", "request", "request_id", "response_object", "service")

    def __init__(self, response_object: Any, request: Any, service: str, body: bytes) -> None:
        self.response_object = response_object
        self.request = request
        self.service = service
        self.body = body
        self.headers = headers_of(request.environ)
        self.request_id = _new_id()
        self.entry: Entry | None = None
        response_object.response_headers["x-amzn-requestid"] = self.request_id

    def go(self) -> None:
        """Let the request through, or raise the answer that refuses it."""
        try:
            call, principal = self._understood()
            self._authorize(call, principal)
        except ServiceError as error:
            raise Refusal(self._error(error)) from error
        self._wrap_handler(call)

    def _understood(self) -> tuple[Call, Principal]:
        """Who asks for what.

        Raises:
            ServiceError: the answer to a caller who is not known or a request that is not clear.
        """
        model = model_of(self.service)
        try:
            form = self.request.form if self._is_form() else {}
            known = authenticate(_message(self.request, self.headers, self.body, form))
            signed_for = known[1].scope[2] if known is not None else None
            service, operation, parameters = identify(
                self.service, signed_for, self.request, self.headers, self.request.data
            )
            if known is not None:
                require_reach(known[0], service, operation)
            elif not may_be_anonymous(service, operation):
                raise NotAuthenticated("missing")
        except NotAuthenticated as error:
            refusal = denial.not_authenticated(
                model, error.reason, error.access_key_id, error.detail
            )
            explain.remember_early(self.request_id, refusal, denial.NOTES.get(error.reason, ""))
            raise refusal from error
        except Undecodable as error:
            refusal = denial.undecodable(model, self.service, str(error))
            explain.remember_early(self.request_id, refusal)
            raise refusal from error
        if service != self.service:
            self._turn_to(service)
        if known is None:
            principal = principals.anonymous(_state.account, self.response_object.partition)
            call = self._call(operation, parameters, principal, None)
        else:
            key, signature = known
            self.response_object.access_key = key.access_key_id
            principal = principals.resolve(key)
            call = self._call(operation, parameters, principal, signature)
        return call, principal

    def _turn_to(self, service: str) -> None:
        """The request is meant for another service than moto took it for.

        moto may model it in the same class (timestream-query); if even the signing name is
        another, it cannot.
        """
        related = model_of(service).signing_name == model_of(self.service).signing_name
        self.service = self.response_object.service_name = service
        if not related:
            for name in _handlers(self.response_object):
                setattr(self.response_object, name, _models_nothing)

    def _is_form(self) -> bool:
        return self.service == "s3" and self.request.method == "POST"

    def _call(
        self,
        operation: str,
        parameters: dict[str, Any],
        principal: Principal,
        signature: Signature | None,
    ) -> Call:
        region = (signature and signature.region) or self.response_object.region
        now, moment = _now()
        context: dict[str, str | list[str]] = {
            "aws:CurrentTime": moment,
            "aws:EpochTime": str(int(now)),
            "aws:RequestedRegion": region,
            "aws:SecureTransport": "true" if self.request.scheme == "https" else "false",
            "aws:ViaAWSService": "false",
            **principal.context,
        }
        if principal.kind != "AWSService":
            # Also where a service calls for somebody: Forward access sessions keep the address.
            context["aws:SourceIp"] = _thread.source_ip
        agent = self.headers.get("user-agent")
        if agent:
            context["aws:UserAgent"] = agent
        call = Call(
            service=self.service,
            operation=operation,
            parameters=parameters,
            account=principal.account,
            region=region,
            partition=principal.partition,
            principal=principal.arn,
            context=context,
            headers=self.headers,
            access_key_id=None if signature is None else signature.access_key_id,
        )
        self._record(call, principal, now, signature)
        return call

    def _record(
        self, call: Call, principal: Principal, now: float, signature: Signature | None
    ) -> None:
        if "Body" in call.parameters:
            # The content of an object is no part of a record, and may be large.
            members = {name: value for name, value in call.parameters.items() if name != "Body"}
            call = replace(call, parameters=members)
        self.entry = Entry(
            self.request_id,
            now,
            call,
            principal,
            self.request.scheme == "https",
            signature is not None and signature.in_query,
            principal.account,
        )
        _state.trail.add(self.entry)

    def _authorize(self, call: Call, principal: Principal) -> None:
        """Let the engine decide, and give moto the account whose state the call is about."""
        try:
            granted = authorize(call, principal)
        except Denied as denied:
            explain.remember(self.request_id, denied.decision)
            raise denied.error from denied
        except ServiceError as error:
            explain.remember_early(self.request_id, error)
            raise
        if granted.denied_items and not _state.fixes(call.service, call.operation):
            # moto would carry out the denied entries with the others.
            _, decision = granted.denied_items[0]
            explain.remember(self.request_id, decision)
            raise denial.access_denied(model_of(call.service), decision.message)
        if call.principal == "*" and self.entry is not None:
            self.entry.recipient = granted.owner
        self.response_object.current_account = (
            call.account if call.service in _GLOBAL_STATE else granted.owner
        )
        self.response_object.denied_items = granted.denied_items

    def _wrap_handler(self, call: Call) -> None:
        for name in _handlers(self.response_object):
            handler = getattr(self.response_object, name)
            setattr(self.response_object, name, partial(self._run, call, handler))

    def _run(self, call: Call, handler: Callable[..., Any], *args: Any, **kwargs: Any) -> Response:
        """What moto calls instead of its own handler."""
        fixes = _state.fixes(call.service, call.operation)
        try:
            response = answer(call, self.response_object, partial(handler, *args, **kwargs), fixes)
        except ServiceError as error:
            return self._error(error)
        status, headers, body = response
        headers["x-amzn-requestid"] = self.request_id
        if isinstance(body, str) and _NO_REQUEST_ID in body:
            body = body.replace(_NO_REQUEST_ID, f"<RequestId>{self.request_id}<", 1)
        entry = self.entry
        if entry is not None:
            entry.status, entry.seconds = status, time.time() - entry.at
            if status >= 400 or keeps_answer(call.service, call.operation):
                entry.headers, entry.body = headers, body
        return status, headers, body

    def _error(self, error: ServiceError) -> Response:
        response = denial.response_of(self.response_object, error, self.request_id)
        if self.entry is not None:
            self.entry.status, self.entry.seconds = response[0], time.time() - self.entry.at
            self.entry.error_code, self.entry.error_message = error.code, error.message
        return response


def _handlers(response_object: Any) -> tuple[str, ...]:
    return _HANDLERS.get(type(response_object).__name__, ("call_action",))


def _models_nothing(*args: Any) -> Response:
    raise NotImplementedError


def _now() -> tuple[float, str]:
    """The time in seconds, and as policies write it."""
    now = time.time()
    return now, _moment(int(now))


@lru_cache(maxsize=4)
def _moment(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _new_id() -> str:
    text = os.urandom(16).hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
