"""The gateway's own configuration: a file beside its APIs and products.

    organization: bookshop
    catalog: sandbox
    apis: [sentiment.yaml]
    products: [reviews.yaml]
    properties:
      backend-url: {environment: BACKEND_URL}
    crypto-objects:
      partner-tokens: {secret: gateway/partner-tokens}
    consumer-organizations:
      readers:
        website: {client-id: ..., client-secret: {secret: gateway/website, key: client_secret}}

A value is text, or says where it is: in an environment variable, in a file of the image, or in AWS
Secrets Manager, which the gateway reads on start, once a secret, under its task role.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rolelab.gateways.api_connect import schema_check
from rolelab.gateways.api_connect.api import Api, read_api
from rolelab.gateways.api_connect.catalog import Catalog
from rolelab.gateways.api_connect.dialect import ApiConnect
from rolelab.gateways.api_connect.documents import read_document
from rolelab.gateways.api_connect.limits import read_limits
from rolelab.gateways.api_connect.near_words import did_you_mean
from rolelab.gateways.api_connect.policies.services import Services
from rolelab.gateways.api_connect.product import read_product
from rolelab.gateways.api_connect.service_check import check_services
from rolelab.gateways.api_connect.tls_profile import tls_profile
from rolelab.gateways.core.definition_error import DefinitionError

Secrets = Callable[[str], str]
"""Gives the text of a secret by its name or ARN."""


def gateway_of(
    file: str | Path,
    *,
    environment: Mapping[str, str] | None = None,
    secrets: Secrets | None = None,
) -> ApiConnect:
    """Make the gateway that a file describes.

    Args:
        file: the configuration; the other files that it names are beside it.
        environment: None is that of the process.
        secrets: None reads AWS Secrets Manager.

    Raises:
        DefinitionError: a document is wrong, or a value is not where it should be.
    """
    path = Path(file)
    document = read_document(path)
    schema_check.check(document, "settings", path.name)
    values = _Values(path.parent, os.environ if environment is None else environment, secrets)
    catalog = Catalog(
        document.get("organization", "bookshop"),
        document.get("catalog", "sandbox"),
        vanity=document.get("vanity-endpoint", True),
    )
    services = _services(document, values)
    _publish(document, path.parent, catalog, services, values)
    for organization, applications in document.get("consumer-organizations", {}).items():
        for name, one in applications.items():
            at = f"consumer-organizations.{organization}.{name}"
            application, _, _ = services.consumers.register(
                organization,
                name,
                client_id=values.read(one["client-id"], f"{at}.client-id"),
                client_secret=values.read(one["client-secret"], f"{at}.client-secret"),
            )
            for product, plan in one.get("subscriptions", {}).items():
                services.consumers.subscribe(application, product, plan, catalog.products)
    token = document.get("management-token", "")
    return ApiConnect(catalog, services, values.read(token, "management-token"))


class _Values:
    """Reads values from where they are."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str], secrets: Secrets | None
    ) -> None:
        self._folder, self._environment = folder, environment
        self._secrets, self._read = secrets or _secrets_manager, dict[str, str]()

    def read(self, value: str | Mapping[str, str], at: str) -> str:
        if isinstance(value, str):
            return value
        if "environment" in value:
            name = value["environment"]
            if name not in self._environment:
                raise DefinitionError(at, f"the environment has no variable {name}")
            return self._environment[name]
        if "file" in value:
            try:
                return (self._folder / value["file"]).read_text(encoding="utf-8")
            except OSError:
                raise DefinitionError(at, f"there is no file {value['file']}") from None
        return self._secret(value["secret"], value.get("key"), at)

    def _secret(self, name: str, key: str | None, at: str) -> str:
        if name not in self._read:
            try:
                self._read[name] = self._secrets(name)
            except Exception as error:
                raise DefinitionError(at, f"the secret {name} cannot be read: {error}") from error
        text = self._read[name]
        if key is None:
            return text
        try:
            return str(json.loads(text)[key])
        except (ValueError, LookupError, TypeError):
            raise DefinitionError(at, f"the secret {name} has no member {key}") from None


def _secrets_manager(name: str) -> str:
    import boto3

    answer = boto3.client("secretsmanager").get_secret_value(SecretId=name)
    return str(answer["SecretString"])


def _services(document: Mapping[str, Any], values: _Values) -> Services:
    limits = document.get("limits", {})
    return Services(
        tls_profiles={
            name: tls_profile(
                name,
                *(
                    values.read(profile.get(part, ""), f"tls-client-profiles.{name}.{part}")
                    for part in ("truststore", "certificate", "private-key")
                ),
            )
            for name, profile in document.get("tls-client-profiles", {}).items()
        },
        crypto_objects={
            name: values.read(one, f"crypto-objects.{name}")
            for name, one in document.get("crypto-objects", {}).items()
        },
        named_limits={
            f"{source}-named": {one.name: one for one in read_limits(limits.get(source, {}))}
            for source in ("catalog", "gateway")
        },
    )


def _publish(
    document: Mapping[str, Any],
    folder: Path,
    catalog: Catalog,
    services: Services,
    values: _Values,
) -> None:
    own = {
        name: values.read(one, f"properties.{name}")
        for name, one in document.get("properties", {}).items()
    }
    apis: dict[str, Api] = {}
    for name in document.get("apis", []):
        with _in_file(name):
            api = read_api(_file(folder, name), catalog.name, own)
            check_services(api, services)
        apis |= {Path(name).name: api, api.key: api}
    unused = [name for name in own if not any(name in api.properties for api in apis.values())]
    if unused:
        known = [name for api in apis.values() for name in api.properties]
        raise DefinitionError(
            f"properties.{unused[0]}", f"no API declares this{did_you_mean(unused[0], known)}"
        )
    for name in document.get("products", []):
        with _in_file(name):
            catalog.publish(read_product(_file(folder, name), apis))


def _file(folder: Path, name: str) -> Path:
    if not (folder / name).is_file():
        found = [one.name for one in folder.iterdir()]
        raise DefinitionError("", f"there is no such file{did_you_mean(name, found)}")
    return folder / name


@contextlib.contextmanager
def _in_file(name: str) -> Iterator[None]:
    """Put the file's name before the place of an error."""
    try:
        yield
    except DefinitionError as error:
        where = f"{name}: {error.where}" if error.where else name
        raise DefinitionError(where, error.problem) from None
