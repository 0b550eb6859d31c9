"""KMS keys as other services name them: by id, ARN or alias."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.check import Value
from rolelab.sandbox.operations.row import tag_pairs
from rolelab.sandbox.resource_policies import backend
from rolelab.sandbox.resource_policies.kms import kms_key

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call


def key_arn(named: str, accounts: Iterable[str], region: str, call: Call) -> str:
    """Give the ARN of a key.

    KMS authorizes on the key, whichever way it was named. Page: *Key identifiers (KeyId)*.

    Args:
        named: an id, an ARN, an alias or the ARN of an alias.
        accounts: where to look for an id or an alias, first to last.
        region: the Region of the key, where `named` does not say.
        call: the call, for its partition.

    Returns:
        The key's ARN. For a key that does not exist, the ARN it would have; for the AWS managed
        key of a service that has not used it yet, the ARN of its alias.
    """
    if named.startswith("arn:"):
        _, _, _, region, account, named = named.split(":", 5)
        accounts = (account,)
    candidates = list(dict.fromkeys(accounts))
    name = named.removeprefix("key/")
    for account in candidates:
        found = _find(name, account, region)
        if found is not None:
            return str(found.arn)
    resource = name if name.startswith("alias/") else f"key/{name}"
    return f"arn:{call.partition}:kms:{region}:{candidates[0]}:{resource}"


def _find(name: str, account: str, region: str) -> Any | None:
    stored = backend("kms", account, region)
    if stored is None:
        return None
    if name.startswith("alias/"):
        return next((key for key in stored.keys.values() if name in key.aliases), None)
    return stored.keys.get(name)


def tags_and_aliases(arn: str) -> dict[str, Value]:
    """Give `aws:ResourceTag/*` and `kms:ResourceAliases` of a key.

    Page: *AWS KMS condition keys*, *ABAC for AWS KMS*.
    """
    found = kms_key(arn)
    if found is None:
        return {}
    stored = backend("kms", found.account_id, found.region)
    pairs = tag_pairs(stored.tagger.list_tags_for_resource(found.id)["Tags"]) if stored else {}
    context: dict[str, Value] = {f"aws:ResourceTag/{key}": pairs[key] for key in pairs}
    if found.aliases:
        context["kms:ResourceAliases"] = list(found.aliases)
    return context
