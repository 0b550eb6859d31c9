"""Lambda functions and layer versions, and the policies on them.

Each version and each alias of a function has a policy of its own, beside that of the function; what
AddPermission wrote says in its Resource which one it belongs to.

Page: *Viewing resource-based IAM policies in Lambda*; *Granting Lambda function access to AWS
services*, the parameter `Qualifier`.
"""

from __future__ import annotations

import json
from typing import Any

from rolelab.sandbox.resource_policies import Attached, account_of, document


def stored(account: str, region: str) -> Any | None:
    """Give moto's Lambda of an account and Region; None where nobody has used it.

    It is the variant that needs no containers, which `resource_policies.backend` does not know.
    """
    from moto.awslambda_simple.models import lambda_simple_backends

    # dict.get, because moto's own look-up makes what it does not find.
    accounts = dict.get(lambda_simple_backends, account)
    return None if accounts is None else dict.get(accounts, region)


def function(arn: str) -> Any | None:
    """Find the latest code of a function by its ARN, with or without a qualifier."""
    parts = arn.split(":")
    if len(parts) < 7 or parts[5] != "function":
        return None
    found = stored(parts[4], parts[3])
    known = None if found is None else found._lambdas._functions.get(parts[6])
    return None if known is None else known["latest"]


def layer_version(arn: str) -> Any | None:
    """Find a version of a layer by its ARN."""
    parts = arn.split(":")
    if len(parts) != 8 or parts[5] != "layer":
        return None
    found = stored(parts[4], parts[3])
    layer = None if found is None else found._layers._layers.get(parts[6])
    return None if layer is None else layer.layer_versions.get(parts[7])


def statements(arn: str) -> list[dict[str, Any]]:
    """Give the statements of the policy on exactly this function, version, alias or layer."""
    found = layer_version(arn) if ":layer:" in arn else function(arn)
    written = [] if found is None else found.policy.statements
    return [each for each in written if each.get("Resource") == arn]


def lambda_policy(arn: str) -> Attached:
    """Give owner and policy of a function, a version, an alias or a version of a layer."""
    owner, written = account_of(arn), statements(arn)
    text = json.dumps(policy(written)) if written else None
    name = "policy of the layer version" if ":layer:" in arn else "policy of the function"
    return Attached(owner, document(text, "resource", name))


def policy(written: list[dict[str, Any]]) -> dict[str, Any]:
    """Give the policy that Lambda shows for statements that were added one by one."""
    return {"Version": "2012-10-17", "Id": "default", "Statement": written}


READER = lambda_policy
