"""The request log: one line of JSON on standard output for each call of a model, and each refusal.

ECS sends standard output to the log group. No line holds a key, a prompt or an answer.
"""

import json
from datetime import UTC, datetime

import client_keys
from litellm.integrations.custom_logger import CustomLogger

# Amazon Bedrock answers with the id that CloudTrail records as requestID.
AWS_REQUEST_ID = "llm_provider-x-amzn-requestid"
KEY = "user_api_key_hash"


class RequestLog(CustomLogger):
    async def async_log_success_event(self, kwargs, response_obj, start_time, end_time):
        _write(kwargs["standard_logging_object"], 200)

    async def async_log_failure_event(self, kwargs, response_obj, start_time, end_time):
        record = kwargs["standard_logging_object"]
        # LiteLLM records no code of what it refuses before it asks for the key, and answers 401.
        _write(record, int((record["error_information"] or {}).get("error_code") or 401))


def _write(record, status):
    metadata, error = record["metadata"], record["error_information"] or {}
    headers = record["hidden_params"]["additional_headers"] or {}
    # Our own refusal of a key; other refusals with 401 come from LiteLLM, and name a client.
    wrong_key = status == 401 and error.get("error_class") == "ProxyException"
    client = _client_of(metadata, wrong_key)
    line = {
        "log": "llm-gateway",
        "time": datetime.fromtimestamp(record["startTime"], UTC).isoformat(),
        "request_id": record["litellm_call_id"],
        "client": client,
        "key_hash": metadata[KEY],
        "asked": record["model_group"],
        "model": record["model"],
        "status": status,
        "error": error.get("error_class") or None,
        "prompt_tokens": record["prompt_tokens"],
        "completion_tokens": record["completion_tokens"],
        "cost": record["response_cost"],
        "seconds": round(record["response_time"], 4),
        "aws_request_id": headers.get(AWS_REQUEST_ID) or error.get("error_provider_request_id"),
    }
    print(json.dumps(line), flush=True)


def _client_of(metadata, wrong_key):
    """Give the name of the client; hash once more what was sent as a key and is none.

    LiteLLM hashes a wrong key only if it begins with sk-. The record is changed itself, because
    the log in S3 is written from it afterwards.
    """
    known = client_keys.CLIENTS.get(metadata[KEY])
    if known is not None and not wrong_key:
        return known["name"]
    if metadata[KEY] and not metadata["user_api_key_alias"]:
        metadata[KEY] = client_keys.hash_of(metadata[KEY])
    return metadata["user_api_key_alias"]


lines = RequestLog()
