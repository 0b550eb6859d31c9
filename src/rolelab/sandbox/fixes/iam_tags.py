"""Tags of IAM resources: no key twice.

moto checks the tags of roles and policies only, and tells the keys of policies apart no better
than those of roles.

AWS page: *Tags for AWS Identity and Access Management resources*, Rules for tagging: case is
preserved and does not matter for users and roles; it matters for the other resources.
"""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import FIXES
from rolelab.sandbox.fixes.iam_errors import invalid_input


def distinct(call: Call, response: Any, serve: Any) -> Any:
    """Refuse keys that stand twice, compared without case."""
    keys = [tag["Key"].lower() for tag in call.parameters.get("Tags") or ()]
    if len(set(keys)) < len(keys):
        raise invalid_input(
            "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        )
    return serve()


def distinct_with_case(call: Call, response: Any, serve: Any) -> Any:
    """Refuse keys that stand twice, compared with case."""
    keys = [tag["Key"] for tag in call.parameters.get("Tags") or ()]
    if len(set(keys)) < len(keys):
        raise invalid_input("Duplicate tag keys found.")
    return serve()


# Before what the operation itself does.
for _operation in ("CreateRole", "CreateUser", "TagRole", "TagUser"):
    FIXES["iam", _operation].insert(0, distinct)

for _operation in ("CreatePolicy", "TagPolicy", "CreateOpenIDConnectProvider"):
    FIXES["iam", _operation].insert(0, distinct_with_case)
