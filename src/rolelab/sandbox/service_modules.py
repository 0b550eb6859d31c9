"""One module for each service, found by the service's name.

Operations, fixes and resource policies are kept in packages with a module for each service, so
that adding a service is adding a file, and a service that nobody calls is never imported.
"""

from __future__ import annotations

import importlib.util
import keyword
from functools import cache
from importlib import import_module
from types import ModuleType


def name_of(service: str) -> str:
    """Give the name of a service's module.

    >>> name_of("bedrock-runtime"), name_of("lambda")
    ('bedrock_runtime', 'lambda_')
    """
    name = service.replace("-", "_")
    return f"{name}_" if keyword.iskeyword(name) else name


@cache
def load(package: str, service: str) -> ModuleType | None:
    """Import the module of a service from a package.

    Args:
        package: the full name of the package.
        service: the service's name, as that package uses it.

    Returns:
        The module; None where the package has none for this service.
    """
    name = name_of(service)
    module = f"{package}.{name}"
    # The text comes out of requests: what is no name is no module.
    if not name.isidentifier() or importlib.util.find_spec(module) is None:
        return None
    return import_module(module)
