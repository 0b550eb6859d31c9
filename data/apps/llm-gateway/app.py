"""The LLM gateway: the proxy of LiteLLM, started as its own command line starts it."""

import os
import socket
import sys

PORT = int(os.environ.get("PORT", "8000"))

# Set before LiteLLM is imported. Prices come from a file in the package; no tokenizer is looked for
# on the network; and the event loop is Python's own.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["LITELLM_EVENT_LOOP"] = "asyncio"
os.environ["LITELLM_TELEMETRY_DISABLED"] = "True"
os.environ["DISABLE_ADMIN_UI"] = "True"

# LiteLLM does not read AWS_ENDPOINT_URL. On AWS it is not set, and nothing happens here.
if "AWS_ENDPOINT_URL" in os.environ:
    os.environ.setdefault("AWS_BEDROCK_RUNTIME_ENDPOINT", os.environ["AWS_ENDPOINT_URL"])


def require_free_port():
    """Say at once that the port is in use; LiteLLM would need seconds to find out."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", PORT))
        except OSError as error:
            sys.exit(f"llm-gateway: port {PORT} cannot be used: {error.strerror}")


def main():
    require_free_port()
    from litellm.proxy.proxy_cli import run_server

    config = os.environ.get("CONFIG", "config.yaml")
    run_server(["--config", config, "--host", "127.0.0.1", "--port", str(PORT)])


if __name__ == "__main__":
    main()
