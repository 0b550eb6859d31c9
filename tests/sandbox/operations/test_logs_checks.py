"""What calls to CloudWatch Logs ask, and which policies answer.

Pages: `arn` and `logGroupArn` of *LogGroup*, *CreateLogGroup*, *PutSubscriptionFilter*,
*PutResourcePolicy* and *PutDestinationPolicy* (CloudWatch Logs API Reference).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from rolelab.iam import Policies, Request, evaluate
from rolelab.sandbox.operations import checks_of

ACCOUNT = "123456789012"
ANN = f"arn:aws:iam::{ACCOUNT}:user/ann"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deliver"
HEAD = f"arn:aws:logs:us-east-1:{ACCOUNT}"
SHOP = f"{HEAD}:log-group:/ecs/shop"
OTHER = "arn:aws:logs:eu-west-1:111122223333:log-group:theirs"
DESTINATION = "arn:aws:logs:us-east-1:111122223333:destination:all"

ASKED: dict[str, tuple[str, dict[str, Any], list[tuple[str, str]]]] = {
    "an operation on a log group": (
        "PutRetentionPolicy",
        {"logGroupName": "/ecs/shop", "retentionInDays": 7},
        [("logs:PutRetentionPolicy", f"{SHOP}:log-stream:")],
    ),
    "a log group by its ARN": (
        "DescribeLogStreams",
        {"logGroupIdentifier": f"{SHOP}:*"},
        [("logs:DescribeLogStreams", f"{SHOP}:log-stream:")],
    ),
    "a log group of another account and Region": (
        "FilterLogEvents",
        {"logGroupIdentifier": OTHER},
        [("logs:FilterLogEvents", f"{OTHER}:log-stream:")],
    ),
    "an operation on a log stream": (
        "PutLogEvents",
        {"logGroupName": "/ecs/shop", "logStreamName": "web/1"},
        [("logs:PutLogEvents", f"{SHOP}:log-stream:web/1")],
    ),
    "listing is on a log group without a name": (
        "DescribeLogGroups",
        {"logGroupNamePrefix": "/ecs"},
        [("logs:DescribeLogGroups", f"{HEAD}:log-group::log-stream:")],
    ),
    "a new log group": (
        "CreateLogGroup",
        {"logGroupName": "/ecs/shop"},
        [("logs:CreateLogGroup", f"{SHOP}:log-stream:")],
    ),
    "a new log group with tags; tags are on the ARN without an end": (
        "CreateLogGroup",
        {"logGroupName": "/ecs/shop", "tags": {"team": "shop"}},
        [("logs:CreateLogGroup", f"{SHOP}:log-stream:"), ("logs:TagResource", SHOP)],
    ),
    "tagging is on the ARN without an end": (
        "TagResource",
        {"resourceArn": SHOP, "tags": {"team": "shop"}},
        [("logs:TagResource", SHOP)],
    ),
    "a query asks for each log group by name": (
        "StartQuery",
        {"logGroupNames": ["/ecs/shop", "b"]},
        [
            ("logs:StartQuery", f"{SHOP}:log-stream:"),
            ("logs:StartQuery", f"{HEAD}:log-group:b:log-stream:"),
        ],
    ),
    "a query asks for each log group by ARN": (
        "StartQuery",
        {"logGroupIdentifiers": [OTHER, "/ecs/shop"]},
        [
            ("logs:StartQuery", f"{OTHER}:log-stream:"),
            ("logs:StartQuery", f"{SHOP}:log-stream:"),
        ],
    ),
    "results of a query that is not known": (
        "GetQueryResults",
        {"queryId": "none"},
        [("logs:GetQueryResults", f"{HEAD}:log-group::log-stream:")],
    ),
    "a key for the results of queries": (
        "AssociateKmsKey",
        {"resourceIdentifier": f"{HEAD}:query-result:*"},
        [("logs:AssociateKmsKey", f"{HEAD}:query-result:*")],
    ),
    "a subscription to a stream passes a role": (
        "PutSubscriptionFilter",
        {"logGroupName": "/ecs/shop", "destinationArn": "arn:aws:kinesis:x", "roleArn": ROLE},
        [("logs:PutSubscriptionFilter", f"{SHOP}:log-stream:"), ("iam:PassRole", ROLE)],
    ),
    "a subscription to a destination asks on the destination too": (
        "PutSubscriptionFilter",
        {"logGroupName": "/ecs/shop", "destinationArn": DESTINATION},
        [
            ("logs:PutSubscriptionFilter", f"{SHOP}:log-stream:"),
            ("logs:PutSubscriptionFilter", DESTINATION),
        ],
    ),
    "a destination passes a role": (
        "PutDestination",
        {"destinationName": "all", "roleArn": ROLE},
        [("logs:PutDestination", f"{HEAD}:destination:all"), ("iam:PassRole", ROLE)],
    ),
}


@pytest.mark.parametrize(("operation", "given", "asked"), ASKED.values(), ids=ASKED)
def test_actions_and_resources(
    call: Any, operation: str, given: dict[str, Any], asked: list[tuple[str, str]]
) -> None:
    checks = checks_of(call("logs", operation, **given))
    assert [(each.action, each.resource) for each in checks] == asked


def test_a_role_is_passed_to_cloudwatch_logs(call: Any) -> None:
    _, passed = checks_of(call("logs", "PutDestination", destinationName="a", roleArn=ROLE))
    assert passed.context["iam:PassedToService"] == "logs.amazonaws.com"


def allowed(check: Any, resource: str, *, principal: str = ANN) -> bool:
    """Is a check allowed to somebody whose one policy names this resource?"""
    statement = {"Effect": "Allow", "Action": "logs:*", "Resource": resource}
    identity = [{"Version": "2012-10-17", "Statement": statement}] if resource else []
    request = Request(
        principal, check.action, check.resource, check.resource_account, check.context
    )
    return evaluate(request, Policies(identity=identity, resource=check.resource_policy)).allowed


@pytest.mark.parametrize(
    ("operation", "resource", "answer"),
    [
        ("FilterLogEvents", f"{SHOP}:*", True),
        ("FilterLogEvents", SHOP, False),
        ("FilterLogEvents", f"{SHOP}:log-stream:web/1", False),
        ("GetLogEvents", f"{SHOP}:*", True),
        ("GetLogEvents", f"{SHOP}:log-stream:web/*", True),
        ("GetLogEvents", f"{SHOP}:log-stream:api/*", False),
        ("GetLogEvents", SHOP, False),
        ("ListTagsForResource", SHOP, True),
        ("ListTagsForResource", f"{SHOP}:*", False),
        ("DescribeLogGroups", f"{SHOP}:*", False),
        ("DescribeLogGroups", f"{HEAD}:log-group:*", True),
    ],
)
def test_the_forms_of_a_log_groups_arn(
    call: Any, operation: str, resource: str, answer: bool
) -> None:
    given = {"logGroupName": "/ecs/shop", "logStreamName": "web/1", "resourceArn": SHOP}
    (check,) = checks_of(call("logs", operation, **given))
    assert allowed(check, resource) is answer


def test_a_query_remembers_its_log_groups(aws: Callable[[str], Any], call: Any) -> None:
    logs = aws("logs")
    logs.create_log_group(logGroupName="/ecs/shop", tags={"team": "shop"})
    made = logs.start_query(
        logGroupNames=["/ecs/shop"], startTime=0, endTime=1, queryString="fields @message"
    )
    (check,) = checks_of(call("logs", "GetQueryResults", queryId=made["queryId"]))
    assert check.resource == f"{SHOP}:log-stream:"
    assert check.context == {"aws:ResourceTag/team": "shop"}


def test_a_stream_has_the_tags_of_its_group(aws: Callable[[str], Any], call: Any) -> None:
    aws("logs").create_log_group(logGroupName="/ecs/shop", tags={"team": "shop"})
    given = {"logGroupName": "/ecs/shop", "logStreamName": "web/1"}
    (check,) = checks_of(call("logs", "PutLogEvents", **given))
    assert check.context == {"aws:ResourceTag/team": "shop"}


def policy(principal: Any, **elements: Any) -> str:
    statement = {
        "Sid": "Write",
        "Effect": "Allow",
        "Principal": principal,
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"{SHOP}:*",
        **elements,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


@pytest.mark.parametrize(
    ("principal", "asker", "answer"),
    [
        ({"Service": "route53.amazonaws.com"}, "route53.amazonaws.com", True),
        ({"Service": "route53.amazonaws.com"}, "events.amazonaws.com", False),
        ({"AWS": ANN}, ANN, False),
        ("*", ANN, False),
        ("*", "events.amazonaws.com", True),
    ],
    ids=[
        "the service it names",
        "another service",
        "a user it names: not enforced",
        "everyone: no user",
        "everyone: any service",
    ],
)
def test_a_resource_policy_counts_for_services_alone(
    aws: Callable[[str], Any], call: Any, principal: Any, asker: str, answer: bool
) -> None:
    logs = aws("logs")
    logs.create_log_group(logGroupName="/ecs/shop")
    logs.put_resource_policy(policyName="one", policyDocument=policy(principal))
    nobody = policy({"Service": "es.amazonaws.com"}, Resource=f"{HEAD}:log-group:b:*")
    logs.put_resource_policy(policyName="two", policyDocument=nobody)
    given = {"logGroupName": "/ecs/shop", "logStreamName": "x"}
    (check,) = checks_of(call("logs", "PutLogEvents", **given))
    assert allowed(check, "", principal=asker) is answer


def test_a_destination_policy_counts_for_other_accounts(
    aws: Callable[[str], Any], call: Any
) -> None:
    logs = aws("logs")
    logs.put_destination(destinationName="all", targetArn="arn:aws:kinesis:x", roleArn=ROLE)
    destination = f"{HEAD}:destination:all"
    theirs = "arn:aws:iam::111122223333:user/bob"
    written = policy({"AWS": "111122223333"}, Action="logs:*", Resource=destination)
    _, before = checks_of(call("logs", "PutSubscriptionFilter", destinationArn=destination))
    logs.put_destination_policy(destinationName="all", accessPolicy=written)
    _, after = checks_of(call("logs", "PutSubscriptionFilter", destinationArn=destination))
    assert not allowed(before, destination, principal=theirs)
    assert allowed(after, destination, principal=theirs)
