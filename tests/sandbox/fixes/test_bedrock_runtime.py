"""Invocations of models.

AWS pages: *Converse*; *ConverseStream*; *InvokeModel*; the request and response fields of each
family of models.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from rolelab.sandbox.bedrock_stand_in import LABEL
from tests.sandbox.people import allow

Refused = Callable[..., tuple[str, str]]
NOVA = "amazon.nova-lite-v1:0"
CLAUDE = "anthropic.claude-3-haiku-20240307-v1:0"
TITAN = "amazon.titan-text-express-v1"
LLAMA = "meta.llama3-8b-instruct-v1:0"
QUESTION = "Is this positive or negative? I love it"
ANSWER = f"{LABEL} positive"


@pytest.fixture
def models(sandbox: object) -> Any:
    return boto3.client("bedrock-runtime")


def user(text: str = QUESTION) -> list[dict[str, Any]]:
    return [{"role": "user", "content": [{"text": text}]}]


# --- Converse ---------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [NOVA, f"us.{NOVA}", CLAUDE, TITAN, LLAMA])
def test_all_models_converse_alike(models: Any, model: str) -> None:
    answer = models.converse(modelId=model, messages=user())
    assert answer["output"]["message"] == {"role": "assistant", "content": [{"text": ANSWER}]}
    assert answer["stopReason"] == "end_turn"
    assert answer["usage"] == {"inputTokens": 9, "outputTokens": 2, "totalTokens": 11}
    assert answer["metrics"]["latencyMs"] >= 1


def test_the_limits_of_the_answer_are_kept(models: Any) -> None:
    given = {"modelId": NOVA, "messages": user("Summarize: one two three")}
    short = models.converse(**given, inferenceConfig={"maxTokens": 2})
    assert short["stopReason"] == "max_tokens"
    assert short["output"]["message"]["content"] == [{"text": f"{LABEL} one"}]
    stopped = models.converse(**given, inferenceConfig={"stopSequences": ["two"]})
    assert stopped["stopReason"] == "stop_sequence"


@pytest.mark.parametrize("through", ["process", "endpoint"])
def test_a_stream_gives_the_same_word_by_word(models: Any, sandbox: Any, through: str) -> None:
    if through == "endpoint":
        models = boto3.client("bedrock-runtime", endpoint_url=sandbox.endpoint_url)
    events = list(models.converse_stream(modelId=NOVA, messages=user())["stream"])
    assert [next(iter(each)) for each in events] == [
        "messageStart",
        "contentBlockDelta",
        "contentBlockDelta",
        "contentBlockStop",
        "messageStop",
        "metadata",
    ]
    deltas = (each["contentBlockDelta"]["delta"] for each in events[1:3])
    assert "".join(each["text"] for each in deltas) == ANSWER
    assert events[-1]["metadata"]["usage"]["totalTokens"] == 11


ASSISTANT = {"role": "assistant", "content": [{"text": "Yes."}]}
IMAGE = {"image": {"format": "png", "source": {"bytes": b"x"}}}
INVALID: dict[str, tuple[dict[str, Any], str]] = {
    "no such model": ({"modelId": "amazon.none"}, "The provided model identifier is invalid."),
    "a profile of another geography": (
        {"modelId": f"eu.{NOVA}"},
        "The provided model identifier is invalid.",
    ),
    "no message": ({"messages": []}, "A conversation must start with a user message."),
    "the assistant begins": (
        {"messages": [ASSISTANT, *user()]},
        "A conversation must start with a user message.",
    ),
    "the user twice": (
        {"messages": [*user(), *user()]},
        "A conversation must alternate between user and assistant roles.",
    ),
    "the assistant ends": (
        {"messages": [*user(), ASSISTANT]},
        "A conversation must end with a user message.",
    ),
    "a blank text": (
        {"messages": user(" ")},
        "The text field in the ContentBlock object at messages.0.content.0 is blank.",
    ),
    "an image for a model that reads text": (
        {"modelId": LLAMA, "messages": [{"role": "user", "content": [IMAGE]}]},
        "This model doesn't support the image content block",
    ),
    "more tokens than the model gives": (
        {"inferenceConfig": {"maxTokens": 5121}},
        "The maximum tokens you requested exceeds the model limit of 5120.",
    ),
    "a guardrail that is not there": (
        {"guardrailConfig": {"guardrailIdentifier": "abc", "guardrailVersion": "1"}},
        "The guardrail identifier or version provided in the request does not exist.",
    ),
}


@pytest.mark.parametrize(("given", "message"), INVALID.values(), ids=INVALID)
def test_what_bedrock_does_not_take(
    models: Any, refused: Refused, given: dict[str, Any], message: str
) -> None:
    for operation in (models.converse, models.converse_stream):
        code, told = refused(operation, **{"modelId": NOVA, "messages": user(), **given})
        assert code == "ValidationException"
        assert told.startswith(message)


def test_a_model_that_may_be_given_the_beginning_of_its_answer(models: Any) -> None:
    assert models.converse(modelId=CLAUDE, messages=[*user(), ASSISTANT])["stopReason"]


# --- InvokeModel ------------------------------------------------------------------------------

CLAUDE_BODY = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": QUESTION}],
}
# The model, its request, and where the answer and the reason for its end stand in the response.
BODIES: dict[str, tuple[str, dict[str, Any], Callable[[Any], tuple[str, str]], str]] = {
    "Claude": (
        CLAUDE,
        CLAUDE_BODY,
        lambda body: (body["content"][0]["text"], body["stop_reason"]),
        "end_turn",
    ),
    "Nova": (
        NOVA,
        {"messages": user(), "inferenceConfig": {"maxTokens": 100}},
        lambda body: (body["output"]["message"]["content"][0]["text"], body["stopReason"]),
        "end_turn",
    ),
    "Titan": (
        TITAN,
        {"inputText": QUESTION, "textGenerationConfig": {"maxTokenCount": 100}},
        lambda body: (body["results"][0]["outputText"], body["results"][0]["completionReason"]),
        "FINISH",
    ),
    "Llama": (
        LLAMA,
        {"prompt": QUESTION, "max_gen_len": 100},
        lambda body: (body["generation"], body["stop_reason"]),
        "stop",
    ),
}


@pytest.mark.parametrize(("model", "body", "read", "reason"), BODIES.values(), ids=BODIES)
def test_each_family_speaks_in_bodies_of_its_own(
    models: Any, model: str, body: Any, read: Any, reason: str
) -> None:
    answer = models.invoke_model(modelId=model, body=json.dumps(body))
    assert answer["contentType"] == "application/json"
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amzn-bedrock-output-token-count"] == "2"
    assert read(json.loads(answer["body"].read())) == (ANSWER, reason)


LIMITED: dict[str, tuple[str, dict[str, Any], str]] = {
    "Claude": (CLAUDE, {**CLAUDE_BODY, "max_tokens": 1}, '"stop_reason": "max_tokens"'),
    "Nova": (
        NOVA,
        {"messages": user(), "inferenceConfig": {"maxTokens": 1}},
        '"stopReason": "max_tokens"',
    ),
    "Titan": (
        TITAN,
        {"inputText": QUESTION, "textGenerationConfig": {"maxTokenCount": 1}},
        '"completionReason": "LENGTH"',
    ),
    "Llama": (LLAMA, {"prompt": QUESTION, "max_gen_len": 1}, '"stop_reason": "length"'),
}


@pytest.mark.parametrize(("model", "body", "told"), LIMITED.values(), ids=LIMITED)
def test_each_family_says_that_its_answer_was_cut(
    models: Any, model: str, body: Any, told: str
) -> None:
    answer = models.invoke_model(modelId=model, body=json.dumps(body))["body"].read().decode()
    assert told in answer


STREAMED: dict[str, Callable[[Any], str]] = {
    "Claude": lambda chunk: chunk.get("delta", {}).get("text", ""),
    "Nova": lambda chunk: chunk.get("contentBlockDelta", {}).get("delta", {}).get("text", ""),
    "Titan": lambda chunk: chunk["outputText"],
    "Llama": lambda chunk: chunk["generation"],
}


@pytest.mark.parametrize("family", BODIES)
def test_each_family_streams_chunks_and_ends_with_metrics(models: Any, family: str) -> None:
    model, body, _, _ = BODIES[family]
    answer = models.invoke_model_with_response_stream(modelId=model, body=json.dumps(body))
    chunks = [json.loads(each["chunk"]["bytes"]) for each in answer["body"]]
    assert "".join(STREAMED[family](chunk) for chunk in chunks) == ANSWER
    assert chunks[-1]["amazon-bedrock-invocationMetrics"]["outputTokenCount"] == 2


MALFORMED = {
    "no JSON": (NOVA, b"{"),
    "no object": (NOVA, b"[]"),
    "another family's body": (CLAUDE, b'{"inputText": "x"}'),
    "another version": (CLAUDE, json.dumps({**CLAUDE_BODY, "anthropic_version": "x"}).encode()),
    "no messages": (NOVA, b'{"messages": []}'),
    "messages of another kind": (NOVA, b'{"messages": ["x"]}'),
}


@pytest.mark.parametrize(("model", "body"), MALFORMED.values(), ids=MALFORMED)
def test_a_body_that_the_model_does_not_understand(
    models: Any, refused: Refused, model: str, body: bytes
) -> None:
    code, message = refused(models.invoke_model, modelId=model, body=body)
    assert code == "ValidationException"
    assert message.startswith("Malformed input request")


# --- counting, and who may --------------------------------------------------------------------


def test_tokens_are_counted_without_an_invocation(models: Any) -> None:
    converse = {"converse": {"messages": user()}}
    assert models.count_tokens(modelId=NOVA, input=converse)["inputTokens"] == 9
    invoke = {"invokeModel": {"body": json.dumps(CLAUDE_BODY).encode()}}
    assert models.count_tokens(modelId=CLAUDE, input=invoke)["inputTokens"] == 9


def test_streaming_is_a_permission_of_its_own(models: Any, refused: Refused) -> None:
    arn = f"arn:aws:bedrock:us-east-1::foundation-model/{NOVA}"
    iam = boto3.client("iam")
    iam.create_user(UserName="ann")
    iam.put_user_policy(
        UserName="ann", PolicyName="own", PolicyDocument=allow("bedrock:InvokeModel", arn)
    )
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")
    ann = session.client("bedrock-runtime")
    given = {"modelId": NOVA, "messages": user()}
    assert ann.converse(**given)["stopReason"] == "end_turn"
    code, message = refused(ann.converse_stream, **given)
    assert code == "AccessDeniedException"
    assert f"bedrock:InvokeModelWithResponseStream on resource: {arn}" in message
    code, message = refused(ann.converse, **{**given, "modelId": f"us.{NOVA}"})
    assert code == "AccessDeniedException"
    assert f"inference-profile/us.{NOVA}" in message
