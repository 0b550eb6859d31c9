"""Learn AWS security roles offline, on an account that behaves like AWS.

    import rolelab
    sandbox = rolelab.start()

Importing this package is cheap and touches nothing: boto3 and moto are imported by `start`, after
the process has been made safe.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rolelab.account import start as start
    from rolelab.policy_playground.panel import playground as playground
    from rolelab.sandbox.account import Sandbox as Sandbox
    from rolelab.sandbox.account import stop as stop
    from rolelab.sandbox.explain import expect_denied as expect_denied
    from rolelab.sandbox.explain import why as why

__version__ = "0.1.0"

#: Where each public name lives; imported when it is first used.
_HOMES = {
    "Sandbox": "rolelab.sandbox.account",
    "start": "rolelab.account",
    "stop": "rolelab.sandbox.account",
    "why": "rolelab.sandbox.explain",
    "expect_denied": "rolelab.sandbox.explain",
    "playground": "rolelab.policy_playground.panel",
}

__all__ = ["Sandbox", "expect_denied", "playground", "start", "stop", "why"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
