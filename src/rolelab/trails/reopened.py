"""The bookshop's account of the records, to act in: with the roles, users and key ids they name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rolelab.sandbox import sdk_core
from rolelab.trails.bookshop import ACCOUNT, REGION, build
from rolelab.trails.month import SEED
from rolelab.trails.simulated import simulated
from rolelab.trails.wire import keys_of
from rolelab.trails.world import DAY, moment

if TYPE_CHECKING:
    from rolelab.account import Account

_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def start() -> Account:
    """Start the account as the month found it, and sign in as its administrator.

    Its roles, users, policies, keys and secrets are those of the records, with the same access key
    ids and unique ids. Sessions of the month are not there: they have expired. Nor is what was made
    during the month: revisions of task definitions, orders, log streams.

    Returns:
        The account, as `rolelab.start` gives it; its trail is empty.
    """
    import boto3

    import rolelab
    from rolelab.sandbox import gate

    with simulated(moment(1, 0) - DAY, SEED):
        sandbox = rolelab.start(ACCOUNT, REGION)
        build(sandbox)
    keys = keys_of(sandbox.admin())
    for name, value in zip(_VARIABLES, keys, strict=False):
        os.environ[name] = str(value)
    boto3.DEFAULT_SESSION = boto3.Session(botocore_session=sdk_core.session())
    sandbox.trail = gate.install(account=ACCOUNT)
    return sandbox
