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
    loader = _loader()
    # Each boto3 session adds its folder once more.
    loader.search_paths[:] = dict.fromkeys(loader.search_paths)
    core.register_component("data_loader", loader)
    # The resolver is kept apart, and there is no public way to hand one over.
    core._internal_components.lazy_register_component("endpoint_resolver", _endpoint_resolver)
    return core


@cache
def _source() -> Any:
    """The session that reads the data, for every account of this process."""
    import boto3

    return boto3.Session()._session


@cache
def _loader() -> Any:
    """Finds and keeps the models of services. boto3 has added a folder of its own to it."""
    return _source().get_component("data_loader")


@cache
def _endpoint_resolver() -> Any:
    return _source()._get_internal_component("endpoint_resolver")
