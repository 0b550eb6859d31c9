"""Asking a model of Amazon Bedrock with the gateway's own credentials: its task role's.

Pages: *Converse* (Amazon Bedrock API Reference), which is authorized as `bedrock:InvokeModel` on
the model; *CloudTrail record contents* for `requestID` and `userAgent`.
"""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rolelab.gateways.core.aws_call import AwsCall
from rolelab.gateways.core.exchange import Exchange
from rolelab.gateways.core.refused import Reason, Refused

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_AT_ONCE = 32
_NO_SENSE = "the model service's answer makes no sense"
_request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A question to a model.

    Attributes:
        model: a model id, an inference profile id, or an ARN.
        messages: role (`user` or `assistant`) and text, in order.
        system: instructions; empty without any.
        most_tokens: how long the answer may be; None leaves it to the model.
        temperature: 0 to 1; None leaves it to the model.
    """

    model: str
    messages: Sequence[tuple[str, str]]
    system: str = ""
    most_tokens: int | None = None
    temperature: float | None = None

    def parameters(self) -> dict[str, Any]:
        """The parameters of Converse."""
        inference = {
            name: value
            for name, value in (("maxTokens", self.most_tokens), ("temperature", self.temperature))
            if value is not None
        }
        return {
            "modelId": self.model,
            "messages": [
                {"role": role, "content": [{"text": text}]} for role, text in self.messages
            ],
            **({"system": [{"text": self.system}]} if self.system else {}),
            **({"inferenceConfig": inference} if inference else {}),
        }


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What a model answers.

    Attributes:
        text: the answer.
        reason: why it ends, in Bedrock's words: `end_turn`, `max_tokens`, ...
        input_tokens, output_tokens: what it counts.
    """

    text: str
    reason: str
    input_tokens: int
    output_tokens: int


class BedrockBackend:
    """Calls Converse, once a request: a retry would be a second call that nobody asked for."""

    def __init__(self, client: Any = None, *, timeout_seconds: float = 30.0) -> None:
        """Prepare a client.

        Args:
            client: a `bedrock-runtime` client; None makes one from what the container has, which
                is its task role.
            timeout_seconds: for connecting and for reading.
        """
        self._client = client if client is not None else _client(timeout_seconds)
        # botocore writes the user agent anew for each request, so this has to come after it. The
        # signature does not cover the user agent.
        self._client.meta.events.register_last("request-created.bedrock-runtime", _say_request_id)
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="bedrock")

    async def ask(self, exchange: Exchange, call: ModelCall) -> ModelAnswer:
        """Ask, and note the call to AWS and its time in the exchange.

        The user agent of the call ends in `gateway-request/<request id>`, which CloudTrail records
        as `userAgent`; the exchange gets AWS's `requestID`. Either joins the two logs.

        A caller that stops waiting leaves a call with the error `Abandoned`: CloudTrail has it all
        the same, under the request id in its user agent.

        Raises:
            Refused: BACKEND_REFUSED, BACKEND_DOWN, BACKEND_SLOW, or BACKEND_GARBAGE. What AWS says
                goes to the note `backend_error`: it names the role, and is not for the client.
        """
        began = time.monotonic()
        context = contextvars.copy_context()
        context.run(_request_id.set, exchange.request.id)
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(
                self._threads, context.run, self._converse, exchange, call
            )
        except asyncio.CancelledError:
            # The call goes on in its thread, but nobody waits for AWS's id of it any more.
            exchange.aws_calls.append(_made("", 0, "Abandoned"))
            raise
        finally:
            exchange.backend_ms = (time.monotonic() - began) * 1000

    def _converse(self, exchange: Exchange, call: ModelCall) -> ModelAnswer:
        from botocore import exceptions

        try:
            answer = self._client.converse(**call.parameters())
        except exceptions.ClientError as error:
            _note(exchange, error.response)
            raise _refused_by_aws(exchange, error) from error
        except exceptions.BotoCoreError as error:
            exchange.aws_calls.append(_made("", 0, type(error).__name__))
            exchange.notes["backend_error"] = type(error).__name__
            raise _unanswered(error) from error
        _note(exchange, answer)
        return _read(answer)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _client(timeout_seconds: float) -> Any:
    import boto3
    from botocore.config import Config

    return boto3.client(
        "bedrock-runtime",
        config=Config(
            connect_timeout=timeout_seconds,
            read_timeout=timeout_seconds,
            retries={"total_max_attempts": 1},
            max_pool_connections=_AT_ONCE,
        ),
    )


def _say_request_id(request: Any, **_: Any) -> None:
    agent = request.headers["User-Agent"]
    request.headers.replace_header("User-Agent", f"{agent} gateway-request/{_request_id.get()}")


def _made(request_id: str, status: int, error: str = "") -> AwsCall:
    return AwsCall("bedrock-runtime", "Converse", request_id, status, error)


def _note(exchange: Exchange, answer: Any) -> None:
    about = answer.get("ResponseMetadata", {})
    code = str(answer.get("Error", {}).get("Code", ""))
    exchange.aws_calls.append(
        _made(str(about.get("RequestId", "")), int(about.get("HTTPStatusCode", 0)), code)
    )


_REFUSALS = {
    "ThrottlingException": (Reason.BACKEND_REFUSED, "the model takes no more requests now"),
    "ModelTimeoutException": (Reason.BACKEND_SLOW, "the model did not answer in time"),
    "ValidationException": (Reason.BACKEND_REFUSED, "the model does not take this request"),
    "AccessDeniedException": (Reason.BACKEND_REFUSED, "the gateway may not call this model"),
}


def _refused_by_aws(exchange: Exchange, error: ClientError) -> Refused:
    about = error.response.get("Error", {})
    code = about.get("Code", "")
    exchange.notes["backend_error"] = f"{code}: {about.get('Message', '')}"
    reason, detail = _REFUSALS.get(code, (Reason.BACKEND_DOWN, "the model service failed"))
    return Refused(reason, detail)


def _unanswered(error: Exception) -> Refused:
    from botocore import exceptions, parsers

    if isinstance(error, exceptions.ReadTimeoutError | exceptions.ConnectTimeoutError):
        return Refused(Reason.BACKEND_SLOW, "the model did not answer in time")
    if isinstance(error, parsers.ResponseParserError):
        return Refused(Reason.BACKEND_GARBAGE, _NO_SENSE)
    if isinstance(error, exceptions.CredentialRetrievalError | exceptions.NoCredentialsError):
        return Refused(Reason.BACKEND_REFUSED, "the gateway has no credentials for the model")
    if isinstance(error, exceptions.ParamValidationError):
        return Refused(Reason.BODY_NOT_VALID, "the model does not take this request")
    return Refused(Reason.BACKEND_DOWN, "the model service cannot be reached")


def _read(answer: Any) -> ModelAnswer:
    try:
        blocks, usage = answer["output"]["message"]["content"], answer["usage"]
        return ModelAnswer(
            "".join(str(each["text"]) for each in blocks if "text" in each),
            str(answer["stopReason"]),
            int(usage["inputTokens"]),
            int(usage["outputTokens"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(Reason.BACKEND_GARBAGE, _NO_SENSE) from error
