"""A catalog: the products that are published, and the routes that lead to their APIs."""

from __future__ import annotations

from collections.abc import Mapping

from rolelab.gateways.api_connect.api import Api, Operation
from rolelab.gateways.api_connect.errors import NO_API, NO_RESOURCE
from rolelab.gateways.api_connect.product import Product
from rolelab.gateways.core.definition_error import DefinitionError
from rolelab.gateways.core.refused import Reason, Refused
from rolelab.gateways.core.route import Matched, Route, RouteTable

Target = tuple[Api, Operation]

MANAGEMENT_PATH = "/api/"
"""Where the management API is; no API can have this base path."""


class Catalog:
    """What is published under an organization and a catalog name.

    Page: *Calling an API*: `https://host/org/catalog/api/operation`. With a vanity endpoint,
    organization and catalog are not in the path.
    """

    def __init__(
        self, organization: str = "bookshop", name: str = "sandbox", *, vanity: bool = True
    ) -> None:
        """Publish nothing yet.

        Args:
            organization: the provider organization.
            name: of the catalog.
            vanity: leave both out of the paths.
        """
        self.organization, self.name = organization, name
        self.base = "" if vanity else f"/{organization}/{name}"
        self._products: dict[str, Product] = {}
        self._routes: RouteTable[Target] = RouteTable()

    @property
    def products(self) -> Mapping[str, Product]:
        """The published products by `name:version`."""
        return self._products

    @property
    def apis(self) -> Mapping[str, Api]:
        """The published APIs by `name:version`."""
        return _apis(self._products)

    def publish(self, product: Product) -> None:
        """Publish a product, in the place of an older one of the same name and version.

        Raises:
            DefinitionError: a route collides with one of another API, or another product has a
                different API of the same name and version. Nothing has changed then.
        """
        after = {**self._products, product.key: product}
        for one in after.values():
            for api in one.apis.values():
                other = _apis(after)[api.key]
                if api.document != other.document:
                    raise DefinitionError(
                        f"apis.{api.key}", "another product has a different API of this name"
                    )
        routes = RouteTable(
            Route(operation.verb, self.path_of(api, operation), (api, operation), api.key)
            for api in _apis(after).values()
            for operation in api.operations
        )
        for route in routes:
            if route.path.startswith(MANAGEMENT_PATH):
                raise DefinitionError(route.name, f"{MANAGEMENT_PATH} is the management API's")
        self._routes, self._products = routes, after

    def path_of(self, api: Api, operation: Operation) -> str:
        """Where an operation is called."""
        return f"{self.base}{api.base_path}{operation.path}"

    def find(self, method: str, path: str) -> Matched[Target]:
        """The operation for a request.

        Raises:
            Refused: NO_ROUTE, with the product's sentence; METHOD_NOT_ALLOWED.
        """
        try:
            return self._routes.match(method, path)
        except Refused as error:
            if error.reason is not Reason.NO_ROUTE:
                raise
            bases = {f"{self.base}{api.base_path}" for api in self.apis.values()}
            known = any(path == base or path.startswith(f"{base}/") for base in bases)
            raise Refused(Reason.NO_ROUTE, NO_RESOURCE if known else NO_API) from None


def _apis(products: Mapping[str, Product]) -> dict[str, Api]:
    return {api.key: api for one in products.values() for api in one.apis.values()}
