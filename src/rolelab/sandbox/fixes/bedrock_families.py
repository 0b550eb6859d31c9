"""What InvokeModel takes and gives for each family of models, which speak in bodies of their own.

AWS pages (Amazon Bedrock User Guide, *Inference request parameters and response fields for
foundation models*): *Anthropic Claude Messages API*, *Amazon Titan Text models*, *Meta Llama
models*; *Complete request schema* (Amazon Nova User Guide).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rolelab.sandbox.bedrock_models import Model
from rolelab.sandbox.bedrock_stand_in import Completion, Prompt, pieces
from rolelab.sandbox.denial import ServiceError

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Family:
    """How one family of models speaks.

    Attributes:
        required: the keys that a request must have.
        read: gives the prompt in a request.
        write: gives the response.
        stream: gives the chunks of a streamed response.
    """

    required: tuple[str, ...]
    read: Callable[[Body], Prompt]
    write: Callable[[Model, Prompt, Completion], dict[str, Any]]
    stream: Callable[[Model, Prompt, Completion], Iterator[dict[str, Any]]]


def request(model: Model, content: bytes) -> Prompt:
    """Read the body of a request.

    Raises:
        ServiceError: ValidationException, if the body is none that this family speaks.
    """
    try:
        body = json.loads(content)
    except ValueError as error:
        raise malformed("") from error
    if not isinstance(body, dict):
        raise malformed(": #: expected type: JSONObject")
    family = FAMILIES[model.family]
    for key in family.required:
        if key not in body:
            raise malformed(f": #: required key [{key}] not found")
    try:
        prompt = family.read(body)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise malformed(f": {type(error).__name__}: {error}") from error
    if not prompt.messages:
        raise malformed(": #/messages: expected minimum item count: 1, found: 0")
    return prompt


def malformed(what: str) -> ServiceError:
    """The error for a body that the model does not understand."""
    return ServiceError(
        "ValidationException",
        f"Malformed input request{what}, please reformat your input and try again.",
        400,
    )


# --- Anthropic Claude -------------------------------------------------------------------------


def _claude_text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(str(block["text"]) for block in content if block.get("type") == "text")


def _claude_read(body: Body) -> Prompt:
    if body["anthropic_version"] != "bedrock-2023-05-31":
        raise ValueError("anthropic_version must be bedrock-2023-05-31")
    return Prompt(
        tuple((each["role"], _claude_text(each["content"])) for each in body["messages"]),
        _claude_text(body.get("system") or ""),
        int(body["max_tokens"]),
        tuple(body.get("stop_sequences") or ()),
    )


def _claude_message(model: Model, prompt: Prompt) -> dict[str, Any]:
    return {
        "id": f"msg_bdrk_{uuid.uuid4().hex[:24]}",
        "type": "message",
        "role": "assistant",
        "model": model.identifier.removeprefix("anthropic.").rpartition("-v")[0],
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": prompt.tokens, "output_tokens": 1},
    }


def _claude_write(model: Model, prompt: Prompt, completion: Completion) -> dict[str, Any]:
    return {
        **_claude_message(model, prompt),
        "content": [{"type": "text", "text": completion.text}],
        "stop_reason": completion.reason,
        "stop_sequence": completion.stop,
        "usage": {"input_tokens": prompt.tokens, "output_tokens": completion.tokens},
    }


def _claude_stream(
    model: Model, prompt: Prompt, completion: Completion
) -> Iterator[dict[str, Any]]:
    yield {"type": "message_start", "message": _claude_message(model, prompt)}
    block = {"type": "text", "text": ""}
    yield {"type": "content_block_start", "index": 0, "content_block": block}
    for text in pieces(completion.text):
        delta = {"type": "text_delta", "text": text}
        yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": completion.reason, "stop_sequence": completion.stop},
        "usage": {"output_tokens": completion.tokens},
    }
    yield {"type": "message_stop"}


# --- Amazon Nova ------------------------------------------------------------------------------


def _nova_read(body: Body) -> Prompt:
    settings = body.get("inferenceConfig") or {}
    most = settings.get("maxTokens") or settings.get("max_new_tokens")
    return Prompt(
        tuple((each["role"], _nova_text(each["content"])) for each in body["messages"]),
        _nova_text(body.get("system") or ()),
        None if most is None else int(most),
        tuple(settings.get("stopSequences") or ()),
    )


def _nova_text(blocks: Any) -> str:
    return "\n".join(str(block["text"]) for block in blocks if "text" in block)


def _nova_write(model: Model, prompt: Prompt, completion: Completion) -> dict[str, Any]:
    return {
        "output": {"message": {"role": "assistant", "content": [{"text": completion.text}]}},
        "stopReason": completion.reason,
        "usage": {
            "inputTokens": prompt.tokens,
            "outputTokens": completion.tokens,
            "totalTokens": prompt.tokens + completion.tokens,
        },
    }


def _nova_stream(model: Model, prompt: Prompt, completion: Completion) -> Iterator[dict[str, Any]]:
    yield {"messageStart": {"role": "assistant"}}
    for text in pieces(completion.text):
        yield {"contentBlockDelta": {"delta": {"text": text}, "contentBlockIndex": 0}}
    yield {"contentBlockStop": {"contentBlockIndex": 0}}
    yield {"messageStop": {"stopReason": completion.reason}}
    yield {"metadata": {"usage": _nova_write(model, prompt, completion)["usage"]}}


# --- Amazon Titan Text ------------------------------------------------------------------------

_TITAN_REASONS = {
    "end_turn": "FINISH",
    "max_tokens": "LENGTH",
    "stop_sequence": "STOP_CRITERIA_MET",
}


def _titan_read(body: Body) -> Prompt:
    settings = body.get("textGenerationConfig") or {}
    most = settings.get("maxTokenCount")
    return Prompt(
        (("user", str(body["inputText"])),),
        most=None if most is None else int(most),
        stops=tuple(settings.get("stopSequences") or ()),
    )


def _titan_write(model: Model, prompt: Prompt, completion: Completion) -> dict[str, Any]:
    result = {
        "tokenCount": completion.tokens,
        "outputText": completion.text,
        "completionReason": _TITAN_REASONS[completion.reason],
    }
    return {"inputTextTokenCount": prompt.tokens, "results": [result]}


def _titan_stream(model: Model, prompt: Prompt, completion: Completion) -> Iterator[dict[str, Any]]:
    yield {
        "index": 0,
        "inputTextTokenCount": prompt.tokens,
        "totalOutputTextTokenCount": completion.tokens,
        "outputText": completion.text,
        "completionReason": _TITAN_REASONS[completion.reason],
    }


# --- Meta Llama -------------------------------------------------------------------------------


def _llama_read(body: Body) -> Prompt:
    most = body.get("max_gen_len")
    return Prompt((("user", str(body["prompt"])),), most=None if most is None else int(most))


def _llama_write(model: Model, prompt: Prompt, completion: Completion) -> dict[str, Any]:
    return {
        "generation": completion.text,
        "prompt_token_count": prompt.tokens,
        "generation_token_count": completion.tokens,
        "stop_reason": "length" if completion.reason == "max_tokens" else "stop",
    }


def _llama_stream(model: Model, prompt: Prompt, completion: Completion) -> Iterator[dict[str, Any]]:
    whole = _llama_write(model, prompt, completion)
    count: int | None = prompt.tokens
    for number, text in enumerate(pieces(completion.text), start=1):
        yield {
            "generation": text,
            "prompt_token_count": count,
            "generation_token_count": number,
            "stop_reason": None,
        }
        count = None
    yield {**whole, "generation": "", "prompt_token_count": None}


FAMILIES: Mapping[str, Family] = {
    "claude": Family(
        ("anthropic_version", "max_tokens", "messages"), _claude_read, _claude_write, _claude_stream
    ),
    "llama": Family(("prompt",), _llama_read, _llama_write, _llama_stream),
    "nova": Family(("messages",), _nova_read, _nova_write, _nova_stream),
    "titan-text": Family(("inputText",), _titan_read, _titan_write, _titan_stream),
}
