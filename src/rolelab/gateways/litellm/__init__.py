"""LiteLLM, the real proxy, as an LLM gateway: reading what it logs. Its image is `data/apps`'s."""
