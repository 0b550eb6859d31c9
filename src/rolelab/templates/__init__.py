"""From an account to a CloudFormation template, and the proof that it says the same.

    exported = templates.from_account()
    print(exported.text, exported.left_out)
    templates.compare(exported, production, stack="orders")

- `services`: what one service of the account holds, as the properties of resource types.
- `account_reading`: all of them together.
- `references`, `arrangement`, `logical_ids`: literals become references, and no circle is left.
- `yaml_text`: a template as a person would write it.
- `account_template`, `comparison`: what the two functions give.

Everything is read by calls of the person who asks, and no secret's value is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rolelab.templates.account_template import AccountTemplate, from_account
    from rolelab.templates.comparison import Comparison, Difference, compare
    from rolelab.templates.found import LeftOut

__all__ = ["AccountTemplate", "Comparison", "Difference", "LeftOut", "compare", "from_account"]

_HOMES = {
    "AccountTemplate": "account_template",
    "Comparison": "comparison",
    "Difference": "comparison",
    "LeftOut": "found",
    "compare": "comparison",
    "from_account": "account_template",
}


def __getattr__(name: str) -> Any:
    """The public names, imported when they are first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
