"""botocore sessions that have read botocore's data already.

Every session of botocore reads the endpoints and the models of services for itself, which takes a
fifth of a second and some megabytes. Here services step into roles and call each other all the
time, each in a session of its own.
"""

from __future__ import annotations

from functools import cache
from typing import Any


def session() -> Any:
    """Make a botocore session for `boto3.Session(botocore_session=...)`.

    Returns:
        A new session without credentials. It shares data with others of its kind, and nothing else.
    """
    import botocore.session

    core: Any = botocore.session.Session()
    loader, resolver = _data()
    core.register_component("data_loader", loader)
    # The resolver is kept apart, and there is no public way to hand one over.
    core._internal_components.register_component("endpoint_resolver", resolver)
    return core


@cache
def _data() -> tuple[Any, Any]:
    """The data of the default session, which most programs have used before."""
    import boto3

    core: Any = boto3._get_default_session()._session
    return core.get_component("data_loader"), core._get_internal_component("endpoint_resolver")
