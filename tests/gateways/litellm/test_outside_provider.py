"""The provider outside AWS: it answers in the shape of the field, and remembers the keys it saw."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from rolelab.gateways.litellm.outside_provider import ANSWER, OutsideProvider


@pytest.fixture
def provider() -> Iterator[OutsideProvider]:
    """A provider."""
    running = OutsideProvider()
    yield running
    running.close()


def test_it_answers_a_chat(provider: OutsideProvider) -> None:
    answer = httpx.post(f"{provider.url}/chat/completions", json={"messages": []}).json()
    assert answer["choices"][0]["message"] == {"role": "assistant", "content": ANSWER}
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


def test_it_remembers_what_was_sent_as_a_key(provider: OutsideProvider) -> None:
    for headers in ({"Authorization": "Bearer one"}, {}):
        httpx.post(f"{provider.url}/chat/completions", headers=headers, json={})
    assert provider.authorizations == ["Bearer one", ""]


def test_a_closed_provider_does_not_listen(provider: OutsideProvider) -> None:
    other = OutsideProvider()
    other.close()
    with pytest.raises(httpx.ConnectError):
        httpx.post(f"{other.url}/chat/completions", json={})
