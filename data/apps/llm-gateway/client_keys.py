"""Who may call the gateway: the keys of its clients, checked for LiteLLM (`custom_auth`).

The secret named by CLIENTS_SECRET says what each client may do, and holds a hash of its key:

    [{"name": "shop", "sha256": "...", "models": ["reviews"], "rpm": 10, "tpm": 5000}]

It is read once, with the task role, when the gateway starts.
"""

import hashlib
import hmac
import json
import os

import boto3
from litellm.proxy._types import LitellmUserRoles, ProxyException, UserAPIKeyAuth

MASTER_KEY = os.environ["LITELLM_MASTER_KEY"]
LARGEST_BODY = 64 * 1024

# All other paths are for the master key alone: some of them reach models by another way.
CLIENT_PATHS = {"/chat/completions", "/v1/chat/completions", "/models", "/v1/models"}


def _read_clients():
    secrets = boto3.client("secretsmanager")
    text = secrets.get_secret_value(SecretId=os.environ["CLIENTS_SECRET"])["SecretString"]
    return {each["sha256"]: each for each in json.loads(text)}


CLIENTS = _read_clients()


async def authenticate(request, api_key):
    """Give the client that a key belongs to; raise LiteLLM's own error for any other key."""
    # LiteLLM writes what is returned here into its logs: the hash, never the key.
    given = hash_of(api_key or "")
    if hmac.compare_digest(given, hash_of(MASTER_KEY)):
        return UserAPIKeyAuth(
            api_key=given, key_alias="master", user_role=LitellmUserRoles.PROXY_ADMIN
        )
    client = CLIENTS.get(given)
    if client is None:
        raise _refused(401, "auth_error", "Authentication Error, Invalid API key.")
    if request.url.path not in CLIENT_PATHS:
        raise _refused(403, "auth_error", "The key of a client may not call this path.")
    if len(await request.body()) > LARGEST_BODY:
        largest = f"The body of a request has at most {LARGEST_BODY} bytes."
        raise _refused(413, "invalid_request_error", largest)
    return UserAPIKeyAuth(
        api_key=given,
        key_alias=client["name"],
        models=client["models"],
        rpm_limit=client.get("rpm"),
        tpm_limit=client.get("tpm"),
        user_role=LitellmUserRoles.INTERNAL_USER,
    )


def hash_of(text):
    """Give the SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _refused(status, kind, message):
    return ProxyException(message=message, type=kind, param=None, code=status)
