"""APIPark's gateway as a dialect of the core: management calls, tokens, and client calls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from http.cookies import CookieError, SimpleCookie
from typing import Protocol

from rolelab.gateways.apipark import answers, bodies, masking, prompt, surface
from rolelab.gateways.apipark.answers import Failure
from rolelab.gateways.apipark.drivers import oauth2
from rolelab.gateways.apipark.management import Live, Management
from rolelab.gateways.apipark.operations import OPERATIONS, Operation
from rolelab.gateways.apipark.state import Service
from rolelab.gateways.core.bedrock import ModelAnswer, ModelCall
from rolelab.gateways.core.credentials import same
from rolelab.gateways.core.dialect import Simulation
from rolelab.gateways.core.exchange import Caller, Exchange
from rolelab.gateways.core.limits import Limit, Limiter, Taken
from rolelab.gateways.core.message import Json, Reply, Request
from rolelab.gateways.core.refused import Reason, Refused
from rolelab.gateways.core.route import Route, RouteTable

LOGIN = "/api/v1/account/login/username"
LOGOUT = "/api/v1/account/logout"
_COOKIE = "session"

_FINISH = {"max_tokens": "length", "guardrail_intervened": "content_filter"}


class Model(Protocol):
    """Who answers prompts: `core.bedrock.BedrockBackend`."""

    async def ask(self, exchange: Exchange, call: ModelCall) -> ModelAnswer:
        """Ask a model, or raise Refused."""
        ...


class ApiPark:
    """The simulated APIPark. See the package for what it does not model."""

    simulation = Simulation("APIPark", "9192b39")
    most_body_bytes = 1_000_000

    def __init__(
        self,
        management: Management,
        model: Model,
        *,
        api_key: str,
        limits: Sequence[Limit] = (),
        limiter: Limiter | None = None,
    ) -> None:
        """Put a gateway together.

        Args:
            management: what is defined.
            model: who answers prompts.
            api_key: the key of the calls below `/openapi/`.
            limits: Apinto's `rate_limiting`, for each application by itself.
            limiter: counts; None counts by the clock.
        """
        self.management = management
        self._model = model
        self._api_key = api_key
        self._limits = tuple(limits)
        self._limiter = limiter or Limiter()
        self._operations: RouteTable[Operation] = RouteTable(
            Route(each.method, each.path, each) for each in OPERATIONS
        )

    # --- the dialect --------------------------------------------------------------------------

    async def handle(self, exchange: Exchange) -> Reply:
        """Take a request through APIPark's steps."""
        path = exchange.request.path
        if path == LOGIN and exchange.request.method == "POST":
            return self._sign_in(exchange)
        if path == LOGOUT and exchange.request.method == "GET":
            return self._sign_out(exchange)
        if path.startswith(("/api/", "/openapi/")):
            return self._manage(exchange)
        if path == oauth2.TOKEN_PATH and exchange.request.method == "POST":
            return self._give_token(exchange)
        return await self._call(exchange)

    def refuse(self, exchange: Exchange, refused: Refused) -> Reply:
        """Word a refusal as APIPark does."""
        reason, path = refused.reason, exchange.request.path
        if path.startswith(("/api/", "/openapi/")):
            return answers.failure(refused.detail or reason.value, status=reason.status)
        if path == oauth2.TOKEN_PATH:
            return _text(_TOKEN_STATUS.get(reason, reason.status), refused.detail)
        words = _WORDS.get(reason)
        if words is not None:
            return _text(*words)
        if reason is Reason.LIMIT_EXCEEDED:
            return _text(429, refused.detail)
        error = {"code": -1, "error": refused.detail or reason.value}
        return Reply.of_json(reason.status, error)

    def log_record(self, exchange: Exchange, reply: Reply) -> Mapping[str, Json]:
        """The fields of APIPark's log, with the ids that it uses; and count the call."""
        notes, caller = exchange.notes, exchange.caller
        record = {
            "api": exchange.operation,
            "application": caller.application if caller else "",
            "authorization": caller.credential if caller else "",
            "provider": exchange.api,
            "src_ip": exchange.request.client,
            **{name: notes.get(name, "") for name in _AI_FIELDS},
        }
        if not _is_management(exchange.request.path):
            took = round((time.monotonic() - exchange.began) * 1000, 3)
            self.management.statistics.count(
                {
                    "request_id": exchange.request.id,
                    **record,
                    "status": reply.status,
                    "request_time": took,
                },
                exchange.backend_ms,
            )
        for name in _AI_FIELDS:
            notes.pop(name, None)
        return record

    def openapi(self) -> Mapping[str, Json]:
        """The document of what is served now."""
        return surface.document(self.simulation, self.management.routes)

    # --- management ---------------------------------------------------------------------------

    def _sign_in(self, exchange: Exchange) -> Reply:
        exchange.operation = "sign-in"
        try:
            body = bodies.read(exchange.request, bodies.SIGN_IN)
            session = self.management.sign_in(body["name"], body["password"])
        except Failure as failure:
            return _failed(exchange, failure)
        cookie = f"{_COOKIE}={session}; Path=/; HttpOnly; SameSite=Strict"
        return answers.success({}).with_headers([("set-cookie", cookie)])

    def _sign_out(self, exchange: Exchange) -> Reply:
        session = _session_of(exchange.request)
        if not self.management.signed_in(session):
            return answers.not_signed_in()
        self.management.sign_out(session or "")
        return answers.success({})

    def _manage(self, exchange: Exchange) -> Reply:
        request = exchange.request
        refusal = self._not_allowed(request)
        if refusal is not None:
            return refusal
        matched = self._operations.match(request.method, request.path)
        operation = matched.route.target
        exchange.operation = f"{operation.method} {operation.path}"
        try:
            query = {name: _parameter(request, name) for name in operation.query}
            body = bodies.read(request, operation.body) if operation.body is not None else {}
            return answers.success(operation.run(self.management, query, body))
        except Failure as failure:
            return _failed(exchange, failure)

    def _not_allowed(self, request: Request) -> Reply | None:
        if request.path.startswith("/openapi/"):
            key = (request.value("authorization") or "").removeprefix("Bearer ").strip()
            return None if same(key, self._api_key) else answers.invalid_token()
        signed_in = self.management.signed_in(_session_of(request))
        return None if signed_in else answers.not_signed_in()

    def _give_token(self, exchange: Exchange) -> Reply:
        exchange.operation = "token"
        holders = self.management.holders.of_driver("oauth2")
        return Reply.of_json(200, oauth2.give_token(exchange.request, holders))

    # --- client calls -------------------------------------------------------------------------

    async def _call(self, exchange: Exchange) -> Reply:
        request = exchange.request
        live = self.management.routes.match(request.method, request.path).route.target
        service = self.management.state.services[live.service]
        exchange.api = service.id
        exchange.operation = live.router.id if live.router else "chat/completions"
        self._authenticate(exchange)
        limits = self._limit(exchange)
        call, timeout = self._model_call(live, service, request.json())
        provider = live.router.provider if live.router else service.provider
        exchange.notes |= {"ai_provider": provider, "ai_model": call.model}
        answer = await self._asked(exchange, call, timeout, live.router.retry if live.router else 0)
        exchange.notes |= {
            "ai_model_input_token": answer.input_tokens,
            "ai_model_output_token": answer.output_tokens,
            "ai_model_total_token": answer.input_tokens + answer.output_tokens,
        }
        completion = _completion(exchange, call.model, answer)
        caller = exchange.caller.application if exchange.caller else ""
        rules = self.management.masking_rules(service.id, caller, exchange.operation)
        return Reply.of_json(200, masking.masked(completion, rules), limits)

    def _authenticate(self, exchange: Exchange) -> None:
        """Find the application, and whether it has a subscription."""
        authorization = self.management.holders.identify(exchange.request)
        application = self.management.state.applications[authorization.application]
        exchange.caller = Caller(
            application.id, application.name, authorization.id, authorization.driver
        )
        if not self.management.is_subscribed(exchange.api, application.id):
            raise Refused(
                Reason.NO_SUBSCRIPTION, "the application has no subscription to the service"
            )

    def _limit(self, exchange: Exchange) -> list[tuple[str, str]]:
        """Count the call; give the header fields that say what is used."""
        key = exchange.caller.application if exchange.caller else ""
        exchange.taken = self._limiter.take(key, self._limits)
        headers = [_limit_header(each) for each in exchange.taken]
        exceeded = next((each for each in exchange.taken if each.exceeded), None)
        if exceeded is not None:
            detail = f"[rate_limiting] API rate limit of {exceeded.limit.name} exceeded"
            headers.append(("retry-after", str(exceeded.reset_seconds)))
            raise Refused(Reason.LIMIT_EXCEEDED, detail, headers)
        return headers

    def _model_call(
        self, live: Live, service: Service, body: dict[str, Json]
    ) -> tuple[ModelCall, float]:
        chat, system = prompt.messages(body)
        if live.router is None:
            return ModelCall(_model_of(body, service), chat, system), 300.0
        filled = prompt.filled(live.router.prompt, live.router.variables, body)
        whole = "\n".join(each for each in (filled, system) if each)
        return ModelCall(live.router.model, chat, whole), live.router.timeout_ms / 1000

    async def _asked(
        self, exchange: Exchange, call: ModelCall, timeout: float, retries: int
    ) -> ModelAnswer:
        """Ask the model within the router's time, and again where it could not be reached."""
        for attempt in range(retries + 1):
            try:
                async with asyncio.timeout(timeout):
                    return await self._model.ask(exchange, call)
            except TimeoutError:
                raise Refused(Reason.BACKEND_SLOW, "the model did not answer in time") from None
            except Refused as refused:
                if refused.reason is not Reason.BACKEND_DOWN or attempt == retries:
                    raise
        raise AssertionError("unreachable")


_AI_FIELDS = (
    "ai_provider",
    "ai_model",
    "ai_model_input_token",
    "ai_model_output_token",
    "ai_model_total_token",
)
_WORDS: dict[Reason, tuple[int, str]] = {
    Reason.CREDENTIALS_MISSING: (401, "missing or invalid token"),
    Reason.CREDENTIALS_MALFORMED: (401, "missing or invalid token"),
    Reason.CREDENTIALS_WRONG: (401, "missing or invalid token"),
    Reason.CREDENTIALS_EXPIRED: (401, "missing or invalid token"),
    Reason.NO_SUBSCRIPTION: (403, "Forbidden"),
}
_TOKEN_STATUS = {
    Reason.CREDENTIALS_WRONG: 403,
    Reason.CREDENTIALS_EXPIRED: 403,
    Reason.BODY_NOT_VALID: 403,
}


def _text(status: int, text: str) -> Reply:
    return Reply(status, text.encode(), (("content-type", "text/plain; charset=utf-8"),))


def _failed(exchange: Exchange, failure: Failure) -> Reply:
    exchange.notes["failure"] = str(failure)
    return answers.failure(str(failure))


def _is_management(path: str) -> bool:
    return path.startswith(("/api/", "/openapi/")) or path == oauth2.TOKEN_PATH


def _session_of(request: Request) -> str | None:
    try:
        cookie = SimpleCookie(request.value("cookie")).get(_COOKIE)
    except CookieError:
        return None
    return cookie.value if cookie is not None else None


def _parameter(request: Request, name: str) -> str:
    value = request.parameter(name)
    if not value:
        raise Failure(f"invalid request: the query parameter {name} is required")
    return value


def _model_of(body: dict[str, Json], service: Service) -> str:
    """The model that a client asks for, `provider/model` or `model`, or the service's own."""
    wanted = body.get("model")
    if wanted is None:
        return service.model
    if not isinstance(wanted, str) or not wanted:
        raise Refused(Reason.BODY_NOT_VALID, "model is a text")
    return wanted.removeprefix(f"{service.provider}/")


def _limit_header(taken: Taken) -> tuple[str, str]:
    return f"x-rate-limit-count-{taken.limit.name}", f"{taken.used}/{taken.limit.count}"


def _completion(exchange: Exchange, model: str, answer: ModelAnswer) -> dict[str, Json]:
    return {
        "id": f"chatcmpl-{exchange.request.id}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": answer.text},
                "finish_reason": _FINISH.get(answer.reason, "stop"),
            }
        ],
        "usage": {
            "prompt_tokens": answer.input_tokens,
            "completion_tokens": answer.output_tokens,
            "total_tokens": answer.input_tokens + answer.output_tokens,
        },
    }
