"""A product: the plans under which APIs are offered.

Pages: *Describing Plans in your Product*; *How is the Rate Limit calculated when applied at Plan
level* (IBM Support): a plan's limit is shared by all its operations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rolelab.gateways.api_connect import schema_check
from rolelab.gateways.api_connect.api import Api
from rolelab.gateways.api_connect.documents import read_document
from rolelab.gateways.api_connect.limits import read_limits
from rolelab.gateways.api_connect.near_words import did_you_mean
from rolelab.gateways.core.definition_error import DefinitionError
from rolelab.gateways.core.limits import Limit


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan.

    Attributes:
        name: its key in the document.
        title: for people.
        approval: somebody has to approve each subscription.
        rate_limits: in the document's order.
        burst_limits: always hard.
        apis: the keys, `name:version`, of the APIs that it opens.
    """

    name: str
    title: str
    approval: bool
    rate_limits: tuple[Limit, ...]
    burst_limits: tuple[Limit, ...]
    apis: frozenset[str]


@dataclass(frozen=True, slots=True)
class Product:
    """A product with its APIs.

    Attributes:
        name: `info.name`.
        version: `info.version`.
        title: `info.title`.
        plans: by name.
        apis: by their keys in the document.
    """

    name: str
    version: str
    title: str
    plans: Mapping[str, Plan]
    apis: Mapping[str, Api]

    @property
    def key(self) -> str:
        """`name:version`."""
        return f"{self.name}:{self.version}"


def read_product(source: str | Path | Mapping[str, Any], apis: Mapping[str, Api]) -> Product:
    """Read and check a product.

    Args:
        source: the document, its YAML or JSON text, or its file.
        apis: the APIs that it may refer to, by file name (`$ref`) and by `name:version` (`name`).

    Raises:
        DefinitionError: the document is wrong, or refers to an API that is not there.
    """
    document = read_document(source)
    schema_check.check(document, "product", "")
    offered = {key: _referred(f"apis.{key}", one, apis) for key, one in document["apis"].items()}
    plans = {name: _plan(name, one, offered) for name, one in document["plans"].items()}
    info = document["info"]
    return Product(info["name"], str(info["version"]), info["title"], plans, offered)


def _referred(at: str, reference: Mapping[str, Any], apis: Mapping[str, Api]) -> Api:
    kind, wanted = next(iter(reference.items()))
    name = Path(wanted.replace("\\", "/")).name if kind == "$ref" else wanted
    if name not in apis:
        raise DefinitionError(f"{at}.{kind}", f"there is no API {wanted}{did_you_mean(name, apis)}")
    return apis[name]


def _plan(name: str, plan: Mapping[str, Any], offered: Mapping[str, Api]) -> Plan:
    chosen = plan.get("apis") or offered
    for key in chosen:
        if key not in offered:
            raise DefinitionError(
                f"plans.{name}.apis", f"{key} is not in the product{did_you_mean(key, offered)}"
            )
    return Plan(
        name=name,
        title=plan["title"],
        approval=plan.get("approval", False),
        rate_limits=read_limits(plan.get("rate-limits", {})),
        burst_limits=read_limits(plan.get("burst-limits", {}), burst=True),
        apis=frozenset(offered[key].key for key in chosen),
    )
