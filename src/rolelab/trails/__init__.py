"""Thirty days of the bookshop's CloudTrail records, and how to read them.

    import rolelab.trails
    frame = rolelab.trails.load("../data/trails")       # a DataFrame, one row for each event
    frame.attrs["counts"]                               # files, entries, rows, duplicates, faults
    rolelab.trails.records("../data/trails")            # the same as a list of CloudTrail records
    rolelab.trails.gateway_log("../data/trails")        # the API gateway's log as a DataFrame

`data/trails/` holds what a trail of account 123456789012 delivered in September 2026:
`AWSLogs/123456789012/CloudTrail/us-east-1/2026/09/DD/123456789012_CloudTrail_us-east-1_..json.gz`,
each `{"Records": [...]}`. CloudTrail delivers a file about every five minutes; here it is one file
a day. Beside them lies `gateway.jsonl.gz`, the call log of the shop's API gateway of those days.

The bookshop
------------
Its people sit in Berlin, which is two hours ahead of UTC in September. `eventTime` is UTC. Tasks
leave through a NAT gateway (198.51.100.20), the office through 203.0.113.10; people at home have
addresses of 203.0.113.0/24, too. What AWS calls for itself shows a service's name as address.

=========================  ====================================================================
identity                   what it does
=========================  ====================================================================
csecstaskexecutionrole     execution role of every task: registry, secrets, log streams
orders-task-role           takes in orders every 20 minutes (S3 -> DynamoDB); has more than it needs
dispatch-task-role         ships them, hourly by day (DynamoDB, S3 labels, SQS)
reporter-task-role         the report of the night, 02:00 in Berlin (Scan, S3, KMS)
gateway-task-role          the API gateway: asks Amazon Bedrock about reviews
migrations-task-role       wide; for migrations of data, a few times a month
shop-schedule              role of EventBridge, which runs the tasks above by the clock
developer                  role of the developers (users ana, ben, chi assume it)
bookshop-admin             role with AdministratorAccess (user nora assumes it)
ci-deploy                  role of the pipeline (user pipeline assumes it): images, definitions
auditor                    role of the auditor (user ines assumes it), read only
inventory-scanner          role of an inventory tool (user inventory assumes it), four times a day
=========================  ====================================================================

Columns of the DataFrame
------------------------
`COLUMNS` names them with their types. `time` is UTC; `role` and `session` are taken from a role
session's ARN; `user` is `role/session`, the user's name, or the service; `request`, `response`,
`resources` and `record` hold the nested parts as dictionaries and lists; `passed_roles` is missing
unless the request handed roles to a service.

What is missing, as on AWS
--------------------------
`iam:PassRole` is no event: look into `requestParameters` of RegisterTaskDefinition and RunTask.
Prompts and answers of models are not in the records of Converse, nor is how many tokens they had.
CloudTrail does not log PutLogEvents (*Logging Amazon CloudWatch Logs API Calls in AWS CloudTrail*),
so a policy made from these records alone takes the log away from the execution role. Reads have no
`responseElements`. Items and secrets are never in a record. Requests whose sender AWS does not know
leave no event.

What is missing because the sandbox does not model it: console sign-ins (AwsConsoleSignIn) and other
events that are no API calls, the calls that one service makes to AWS KMS for another (Decrypt for
GetSecretValue), digest files, VPC endpoints, and events of other Regions.

How it is made
--------------
`python -m rolelab.trails data/trails` writes all of it anew, byte for byte the same: it runs the
bookshop's month through the sandbox under a simulated clock, so every verdict is the engine's own.
`rolelab.trails.bookshop` has the policies of all roles; `rolelab.trails.reopened.start()` starts
that account again, with the access key ids of the records, to contain something in it.
`rolelab.trails.answer_key` checks answers about the month without having them in clear.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rolelab.trails.files import TrailError as TrailError
    from rolelab.trails.frame import COLUMNS as COLUMNS
    from rolelab.trails.frame import load as load
    from rolelab.trails.frame import passed_roles as passed_roles
    from rolelab.trails.frame import records as records
    from rolelab.trails.gateway_lines import gateway_log as gateway_log

#: Where each public name lives; imported when it is first used.
_HOMES = {
    "COLUMNS": "rolelab.trails.frame",
    "TrailError": "rolelab.trails.files",
    "gateway_log": "rolelab.trails.gateway_lines",
    "load": "rolelab.trails.frame",
    "passed_roles": "rolelab.trails.frame",
    "records": "rolelab.trails.frame",
}

__all__ = ["COLUMNS", "TrailError", "gateway_log", "load", "passed_roles", "records"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
