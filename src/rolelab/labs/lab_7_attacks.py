"""What an attacker sends to a gateway of lab 7, and what comes of it.

An attempt is `allowed` if the gateway let the request in. The resource of each is the gateway.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rolelab.labs.grader import Attempt
from rolelab.labs.lab_7_gateways import Gateway

if TYPE_CHECKING:
    import httpx

ANALYSE = "/sentiment/analyse"
ANSWER, CHAT = "/assistant/answer", "/assistant/chat/completions"
ADMINISTRATOR = "admin"

WELL_KNOWN = ("12345678", "123456", "password", "admin", "changeme", "apipark", "bookshop")
"""Passwords that are tried first; the first one is APIPark's own default."""
SHIPPED_API_KEY = "37eb0ebf"
"""What APIPark takes for the calls below `/openapi/` if it is told nothing else."""

LEAST_ID, LEAST_SECRET = 8, 16
"""The simulated API Connect starts with no client id and no client secret that is shorter."""

_SIGN_IN = "/api/v1/account/login/username"
_OPEN_API = "/openapi/v1/app/authorizations"
_MANAGEMENT = "/api/consumer-orgs/bookshop/sandbox/readers/apps"
_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a gateway answered.

    Attributes:
        status: the HTTP status.
        text: the body.
    """

    status: int
    text: str

    def json(self) -> Any:
        """The body read as JSON; an empty object if it is none."""
        import json

        try:
            return json.loads(self.text)
        except ValueError:
            return {}

    def __str__(self) -> str:
        return f"{self.status} {self.text[:200]}".strip()


@dataclass(frozen=True)
class Attacker:
    """Somebody with an HTTP client.

    Attributes:
        gateway: whom the requests go to.
        client: an open client.
    """

    gateway: Gateway
    client: httpx.Client = field(repr=False)

    def send(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: Any = None
    ) -> Answer:
        """Send one request. A header value that HTTP cannot carry is answered by nobody: 0."""
        import httpx

        try:
            answer = self.client.request(method, path, headers=headers or {}, json=body)
        except (httpx.HTTPError, ValueError) as error:
            return Answer(0, type(error).__name__)
        return Answer(answer.status_code, answer.text)

    # --- API Connect --------------------------------------------------------------------------

    def analyse(self, who: str, client_id: str, secret: str | None, review: str) -> Attempt:
        """Ask for the sentiment of a review, with a client's id and secret."""
        headers = {"X-IBM-Client-Id": client_id}
        if secret is not None:
            headers["X-IBM-Client-Secret"] = secret
        body = {"messages": [{"role": "user", "content": review}]}
        answer = self.send("POST", ANALYSE, headers, body)
        return self._attempt(who, f"POST {ANALYSE}", answer.status == 200, answer)

    def manage_api_connect(self, who: str, token: str) -> Attempt:
        """Ask the management API of API Connect for the applications."""
        answer = self.send("GET", _MANAGEMENT, {"Authorization": f"Bearer {token}"})
        # Who is let in gets another answer, whatever it is: 404 for another organization.
        return self._attempt(who, f"GET {_MANAGEMENT}", answer.status not in (0, 400, 401), answer)

    # --- APIPark ------------------------------------------------------------------------------

    def sign_in(self, who: str, password: str) -> Attempt:
        """Sign in to APIPark as its administrator."""
        answer = self.send("POST", _SIGN_IN, body={"name": ADMINISTRATOR, "password": password})
        return self._attempt(who, f"POST {_SIGN_IN}", answer.json().get("code") == 0, answer)

    def open_api(self, who: str, key: str) -> Attempt:
        """List credentials by the open API of APIPark."""
        path = f"{_OPEN_API}?app=shop"
        answer = self.send("GET", path, {"Authorization": key})
        return self._attempt(who, f"GET {path}", answer.status == 200, answer)

    def answer(self, who: str, key: str | None) -> Attempt:
        """Ask the router of the assistant, whose prompt and model are the bookshop's."""
        return self._ask(who, ANSWER, key, {"variables": {"Query": "Who wrote Emma?"}})

    def chat(self, who: str, key: str | None, model: str) -> Attempt:
        """Ask a model of the client's choice."""
        return self._ask(who, CHAT, key, {"model": model}, {"model": model})

    def _ask(
        self, who: str, path: str, key: str | None, members: Any, shown: Any = None
    ) -> Attempt:
        headers = {} if key is None else {"Authorization": key}
        messages = [{"role": "user", "content": "Who wrote Emma?"}]
        answer = self.send("POST", path, headers, {"messages": messages, **members})
        return self._attempt(who, f"POST {path}", answer.status == 200, answer, shown)

    def _attempt(
        self, who: str, action: str, allowed: bool, answer: Answer, shown: Any = None
    ) -> Attempt:
        return Attempt(who, action, self.gateway.name, shown or {}, allowed, str(answer))


def attacker(gateway: Gateway) -> Attacker:
    """Open a client of a gateway; close its `client` afterwards."""
    import httpx

    # No cookie is kept: whoever signs in with one password must not bring it to the next attempt.
    client = httpx.Client(base_url=gateway.url, timeout=_SECONDS, trust_env=False)
    return Attacker(gateway, client)


def with_what_is_written(gateway: Gateway, least: int = 1) -> Iterator[tuple[str, str]]:
    """Who tries which value: everything that stands in the image and in the task definition.

    Args:
        gateway: the task.
        least: how many signs a value has that is worth a try.
    """
    for value, place in gateway.written().items():
        if _may_be_sent(value, least):
            yield f"a reader of {place}", value


def with_pairs_that_are_written(gateway: Gateway) -> Iterator[tuple[str, str, str]]:
    """Who tries which client id with which secret: what stands side by side in the image."""
    for (first, second), place in gateway.written_pairs().items():
        if _may_be_sent(first, LEAST_ID) and _may_be_sent(second, LEAST_SECRET):
            yield f"a reader of {place}", first, second


def _may_be_sent(value: str, least: int) -> bool:
    """Whether a header field can carry it, and it is long enough."""
    return value.isascii() and value.isprintable() and len(value.strip()) >= least
