"""Bedrock Runtime: invocations, answered by a stand-in for every model.

moto answers InvokeModel with an empty object and has no Converse.

AWS pages: *Converse*, *ConverseStream*, *InvokeModel*, *InvokeModelWithResponseStream* and
*CountTokens* of the Amazon Bedrock API Reference; *Troubleshooting Amazon Bedrock API Error Codes*.
The sentences of ValidationException are those Bedrock answers, as widely reported.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from rolelab.sandbox import event_stream
from rolelab.sandbox.bedrock_models import MODELS, Model, model_named, profile_named
from rolelab.sandbox.bedrock_stand_in import Completion, Prompt, complete, pieces
from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, Response, fix
from rolelab.sandbox.fixes.bedrock_families import FAMILIES, request

# Only these may be given the beginning of their own answer.
_TAKES_A_BEGINNING = frozenset({"claude"})


def invalid(message: str) -> ServiceError:
    """The error for a request that Bedrock does not take."""
    return ServiceError("ValidationException", message, 400)


def model_of_call(call: Call) -> Model:
    """Find the model that answers a call, also through an inference profile.

    Raises:
        ServiceError: ValidationException.
    """
    named = str(call.parameters["modelId"])
    profile = profile_named(named, call.region)
    found = MODELS[profile.model] if profile is not None else model_named(named)
    if found is None:
        raise invalid("The provided model identifier is invalid.")
    return found


def _check_guardrail(call: Call) -> None:
    """The account has no guardrails, so none that is named exists."""
    given = call.parameters.get("guardrailConfig") or call.parameters
    if given.get("guardrailIdentifier"):
        raise invalid("The guardrail identifier or version provided in the request does not exist.")


# --- Converse ---------------------------------------------------------------------------------


@fix("bedrock-runtime", "Converse")
def converse(call: Call, response: Any, serve: Any) -> Answer:
    """Answer a conversation."""
    began = time.monotonic()
    prompt = _conversation(call, model_of_call(call), call.parameters)
    completion = complete(prompt)
    message = {"role": "assistant", "content": [{"text": completion.text}]}
    return Answer(
        {
            "output": {"message": message},
            "stopReason": completion.reason,
            "usage": _usage(prompt, completion),
            "metrics": {"latencyMs": _milliseconds(began)},
        }
    )


@fix("bedrock-runtime", "ConverseStream")
def converse_stream(call: Call, response: Any, serve: Any) -> Response:
    """Answer a conversation word by word."""
    began = time.monotonic()
    prompt = _conversation(call, model_of_call(call), call.parameters)
    completion = complete(prompt)
    return _streamed(_converse_events(prompt, completion, began))


def _converse_events(
    prompt: Prompt, completion: Completion, began: float
) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "messageStart", {"role": "assistant"}
    for text in pieces(completion.text):
        yield "contentBlockDelta", {"delta": {"text": text}, "contentBlockIndex": 0}
    yield "contentBlockStop", {"contentBlockIndex": 0}
    yield "messageStop", {"stopReason": completion.reason}
    yield (
        "metadata",
        {
            "usage": _usage(prompt, completion),
            "metrics": {"latencyMs": _milliseconds(began)},
        },
    )


def _conversation(call: Call, model: Model, given: Mapping[str, Any]) -> Prompt:
    _check_guardrail(call)
    messages = list(given.get("messages") or ())
    _check_roles(model, messages)
    settings = given.get("inferenceConfig") or {}
    return _bounded(
        model,
        Prompt(
            tuple(
                (str(each["role"]), _text(model, each["content"], position))
                for position, each in enumerate(messages)
            ),
            "\n".join(str(each.get("text", "")) for each in given.get("system") or ()),
            settings.get("maxTokens"),
            tuple(settings.get("stopSequences") or ()),
        ),
    )


def _check_roles(model: Model, messages: Sequence[Mapping[str, Any]]) -> None:
    roles = [each["role"] for each in messages]
    if roles[:1] != ["user"]:
        raise invalid(
            "A conversation must start with a user message. Try again with a conversation that "
            "starts with a user message."
        )
    if any(one == other for one, other in pairwise(roles)):
        raise invalid(
            "A conversation must alternate between user and assistant roles. Make sure the "
            "conversation alternates between user and assistant roles and try again."
        )
    if roles[-1] != "user" and model.family not in _TAKES_A_BEGINNING:
        raise invalid(
            "A conversation must end with a user message. Try again with a conversation that ends "
            "with a user message."
        )


def _text(model: Model, blocks: Sequence[Mapping[str, Any]], message: int) -> str:
    """The text of a message. What else it holds, the stand-in does not look at."""
    for position, block in enumerate(blocks):
        if "text" in block and not str(block["text"]).strip():
            raise invalid(
                f"The text field in the ContentBlock object at messages.{message}.content."
                f"{position} is blank. Add text to the text field, and try again."
            )
        if "image" in block and not model.reads_images:
            raise invalid("This model doesn't support the image content block that you provided.")
    return "\n".join(str(block["text"]) for block in blocks if "text" in block)


def _bounded(model: Model, prompt: Prompt) -> Prompt:
    """An answer is never longer than the model gives."""
    if prompt.most is None:
        return replace(prompt, most=model.most_tokens)
    if prompt.most > model.most_tokens:
        limit = model.most_tokens
        raise invalid(
            f"The maximum tokens you requested exceeds the model limit of {limit}. Try again with "
            f"a maximum tokens value that is lower than {limit}."
        )
    if prompt.most < 1:
        raise invalid("The maximum tokens you requested must be at least 1.")
    return prompt


# --- InvokeModel ------------------------------------------------------------------------------


@fix("bedrock-runtime", "InvokeModel")
def invoke_model(call: Call, response: Any, serve: Any) -> Response:
    """Answer a body in the language of the model's family."""
    began = time.monotonic()
    model, prompt, completion = _invoked(call)
    body = FAMILIES[model.family].write(model, prompt, completion)
    headers = {
        "Content-Type": "application/json",
        "X-Amzn-Bedrock-Input-Token-Count": str(prompt.tokens),
        "X-Amzn-Bedrock-Output-Token-Count": str(completion.tokens),
        "X-Amzn-Bedrock-Invocation-Latency": str(_milliseconds(began)),
    }
    return 200, headers, json.dumps(body).encode()


@fix("bedrock-runtime", "InvokeModelWithResponseStream")
def invoke_model_with_response_stream(call: Call, response: Any, serve: Any) -> Response:
    """Answer a body chunk by chunk."""
    began = time.monotonic()
    model, prompt, completion = _invoked(call)
    chunks = list(FAMILIES[model.family].stream(model, prompt, completion))
    # Page: *InvokeModelWithResponseStream*: the last chunk holds the metrics.
    chunks[-1]["amazon-bedrock-invocationMetrics"] = {
        "inputTokenCount": prompt.tokens,
        "outputTokenCount": completion.tokens,
        "invocationLatency": _milliseconds(began),
        "firstByteLatency": _milliseconds(began),
    }
    encoded = (base64.b64encode(json.dumps(each).encode()).decode() for each in chunks)
    status, headers, content = _streamed(("chunk", {"bytes": text}) for text in encoded)
    return status, {**headers, "X-Amzn-Bedrock-Content-Type": "application/json"}, content


def _invoked(call: Call) -> tuple[Model, Prompt, Completion]:
    _check_guardrail(call)
    model = model_of_call(call)
    prompt = _bounded(model, request(model, _content(call.parameters.get("body"))))
    return model, prompt, complete(prompt)


def _content(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else bytes(body or b"")


# --- counting ---------------------------------------------------------------------------------


@fix("bedrock-runtime", "CountTokens")
def count_tokens(call: Call, response: Any, serve: Any) -> Answer:
    """Count the tokens of a request that is not made."""
    model = model_of_call(call)
    given = call.parameters["input"]
    if "converse" in given:
        prompt = _conversation(call, model, given["converse"])
    else:
        prompt = request(model, _content((given.get("invokeModel") or {}).get("body")))
    return Answer({"inputTokens": prompt.tokens})


def _usage(prompt: Prompt, completion: Completion) -> dict[str, int]:
    return {
        "inputTokens": prompt.tokens,
        "outputTokens": completion.tokens,
        "totalTokens": prompt.tokens + completion.tokens,
    }


def _milliseconds(began: float) -> int:
    return max(1, round((time.monotonic() - began) * 1000))


def _streamed(events: Iterator[tuple[str, Mapping[str, Any]]]) -> Response:
    return 200, {"Content-Type": event_stream.CONTENT_TYPE}, event_stream.encode(events)
