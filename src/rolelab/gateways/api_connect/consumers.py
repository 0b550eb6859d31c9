"""Consumers: organizations, their applications, credentials and subscriptions.

Pages: *Managing applications* (a client secret is shown once; an application may have several
pairs of credentials). The product keeps secrets hashed where the catalog's setting
`hash_client_secret` is on; the simulation always does.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from rolelab.gateways.api_connect.near_words import did_you_mean
from rolelab.gateways.api_connect.product import Plan, Product
from rolelab.gateways.core.definition_error import DefinitionError

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
# Secrets made here have 128 bits; a shorter one of a client's own could be guessed from its hash.
_LEAST_SECRET = 16


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who calls: an application, and the plan under which it calls an API.

    Attributes:
        organization: the consumer organization.
        application: the application's name.
        client_id: the id that it showed.
        product: None if it has shown who it is to the `client-security` policy only.
        plan: None in the same case.
    """

    organization: str
    application: str
    client_id: str
    product: Product | None = None
    plan: Plan | None = None

    @property
    def key(self) -> str:
        """What its calls are counted by: the application and the plan, not the client id."""
        plan = f"{self.product.key}:{self.plan.name}" if self.product and self.plan else ""
        return f"{self.organization}/{self.application}/{plan}"


@dataclass(frozen=True, slots=True)
class Credential:
    """A client id with the hash of its secret.

    Attributes:
        client_id: 32 hexadecimal digits, unless it was given.
        salt: of the hash.
        digest: SHA-256 of salt and secret. Secrets are random, so a slow hash would gain nothing.
    """

    client_id: str
    salt: bytes = field(repr=False)
    digest: bytes = field(repr=False)

    def fits(self, secret: str) -> bool:
        """Whether a secret is the one, in a time that does not tell how far it agrees."""
        return hmac.compare_digest(_hashed(self.salt, secret), self.digest)


@dataclass(slots=True)
class Application:
    """An application of a consumer organization.

    Attributes:
        organization: whose it is.
        name: unique within the organization.
        enabled: a disabled one is refused.
        credentials: by client id.
        subscriptions: the plan's name by the product's key.
        pending: the same, as long as nobody has approved.
    """

    organization: str
    name: str
    enabled: bool = True
    credentials: dict[str, Credential] = field(default_factory=dict)
    subscriptions: dict[str, str] = field(default_factory=dict)
    pending: dict[str, str] = field(default_factory=dict)


class Consumers:
    """All consumer organizations of a catalog."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._applications: dict[tuple[str, str], Application] = {}
        self._by_client_id: dict[str, Application] = {}

    def register(
        self,
        organization: str,
        name: str,
        *,
        client_id: str | None = None,
        client_secret: str | None = None,
    ) -> tuple[Application, str, str]:
        """Register an application.

        Args:
            organization: the consumer organization, made if it is new.
            name: of the application; small letters, digits and `-`.
            client_id: None makes one.
            client_secret: None makes one.

        Returns:
            The application, its client id, and its client secret, which nobody shows again.

        Raises:
            DefinitionError: a name or credential cannot be taken, or is taken.
        """
        check_name("consumer organization", organization)
        check_name("application", name)
        shown_id = client_id or secrets.token_hex(16)
        secret = client_secret or secrets.token_hex(16)
        if not re.fullmatch(r"[\x21-\x7e]{8,128}", shown_id):
            raise DefinitionError("client-id", "a client id has 8 to 128 signs, without blanks")
        if len(secret) < _LEAST_SECRET:
            raise DefinitionError("client-secret", f"it has {_LEAST_SECRET} signs or more")
        with self._lock:
            if (organization, name) in self._applications:
                raise DefinitionError(f"{organization}/{name}", "this application is there already")
            if shown_id in self._by_client_id:
                raise DefinitionError("client-id", "another application has this client id")
            application = Application(organization, name)
            salt = secrets.token_bytes(16)
            application.credentials[shown_id] = Credential(shown_id, salt, _hashed(salt, secret))
            self._applications[organization, name] = application
            self._by_client_id[shown_id] = application
        return application, shown_id, secret

    def find(self, organization: str, name: str) -> Application:
        """An application by its names.

        Raises:
            DefinitionError: there is none.
        """
        found = self._applications.get((organization, name))
        if found is None:
            known = [app for org, app in self._applications if org == organization]
            raise DefinitionError(
                f"{organization}/{name}", f"there is no such application{did_you_mean(name, known)}"
            )
        return found

    def applications(self) -> tuple[Application, ...]:
        """All applications, in the order in which they were registered."""
        return tuple(self._applications.values())

    def subscribe(
        self,
        application: Application,
        product: str,
        plan: str,
        products: Mapping[str, Product],
    ) -> bool:
        """Subscribe an application to a plan; it leaves another plan of the same product.

        Returns:
            Whether it may call at once; False as long as the plan's approval is missing.

        Raises:
            DefinitionError: there is no such product or plan.
        """
        if product not in products:
            raise DefinitionError(
                "product", f"{product} is not published{did_you_mean(product, products)}"
            )
        plans = products[product].plans
        if plan not in plans:
            raise DefinitionError(
                "plan", f"{product} has no plan {plan}{did_you_mean(plan, plans)}"
            )
        with self._lock:
            waiting = plans[plan].approval
            (application.pending if waiting else application.subscriptions)[product] = plan
        return not waiting

    def approve(self, application: Application, product: str) -> None:
        """Approve a subscription that waits for it.

        Raises:
            DefinitionError: none waits.
        """
        with self._lock:
            if product not in application.pending:
                raise DefinitionError("product", f"no subscription to {product} waits for approval")
            application.subscriptions[product] = application.pending.pop(product)

    def authenticate(self, client_id: str, secret: str | None) -> Application | None:
        """Who shows these credentials.

        Args:
            client_id: the id.
            secret: None if only the id is asked for.

        Returns:
            The application; None if the id is unknown or the secret wrong.
        """
        application = self._by_client_id.get(client_id)
        if application is None:
            return None
        if secret is not None and not application.credentials[client_id].fits(secret):
            return None
        return application


def check_name(what: str, text: str) -> None:
    """Refuse a name that no consumer organization or application can have.

    Raises:
        DefinitionError: other signs than small letters, digits and `-`, or too many.
    """
    if not _NAME.fullmatch(text):
        raise DefinitionError(what, f"{text[:64]!r} has other signs than a-z, 0-9 and -")


def _hashed(salt: bytes, secret: str) -> bytes:
    return hashlib.sha256(salt + secret.encode("utf-8", "surrogatepass")).digest()
