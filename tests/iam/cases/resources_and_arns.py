"""The Resource element: ARNs with case, `*` and `?` inside the segments."""

from __future__ import annotations

from typing import Any

from .case import Case
from .names import ACCOUNT, BUCKET, GRAMMAR, OBJECT, RESOURCE, USER
from .statements import allow, deny, policy

DEEP = "arn:aws:s3:::amzn-s3-demo-bucket/*/test/*"
DEMO = "arn:aws:s3:::amzn-s3-demo-bucket"


def covers(rule: str, element: Any, resource: str, page: str = RESOURCE) -> Case:
    return Case(
        rule,
        page,
        {"principal": USER, "action": "service:Action", "resource": resource},
        {"identity": [policy(allow("service:Action", element))]},
        "Allow",
        "identity-based policy",
    )


def misses(rule: str, element: Any, resource: str, page: str = RESOURCE) -> Case:
    return Case(
        rule,
        page,
        {"principal": USER, "action": "service:Action", "resource": resource},
        {"identity": [policy(allow("service:Action", element))]},
        "ImplicitDeny",
        "identity-based policy",
    )


CASES = (
    covers("an-arn-covers-itself", BUCKET, BUCKET),
    covers("a-star-alone-covers-an-arn", "*", OBJECT),
    covers("a-star-alone-covers-an-action-without-resources", "*", "*"),
    misses("a-bucket-is-not-its-objects", BUCKET, OBJECT),
    misses("the-objects-are-not-the-bucket", f"{BUCKET}/*", BUCKET),
    covers("bucket-slash-star-covers-every-object", f"{BUCKET}/*", OBJECT),
    misses(
        "a-prefix-of-another-bucket-is-no-match",
        f"{BUCKET}/*",
        "arn:aws:s3:::bookshop-orders-old/x",
    ),
    covers("one-of-several-resources-is-enough", [BUCKET, f"{BUCKET}/*"], OBJECT),
    misses("none-of-several-resources", [BUCKET, f"{BUCKET}/*"], "arn:aws:s3:::other/x"),
    covers(
        "two-tables-second",
        [
            f"arn:aws:dynamodb:us-east-2:{ACCOUNT}:table/books_table",
            f"arn:aws:dynamodb:us-east-2:{ACCOUNT}:table/magazines_table",
        ],
        f"arn:aws:dynamodb:us-east-2:{ACCOUNT}:table/magazines_table",
    ),
    misses(
        "another-region-is-another-queue",
        f"arn:aws:sqs:us-east-2:{ACCOUNT}:queue1",
        f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue1",
    ),
    misses(
        "another-account-is-another-queue",
        f"arn:aws:sqs:us-east-2:{ACCOUNT}:queue1",
        "arn:aws:sqs:us-east-2:444455556666:queue1",
    ),
    misses(
        "user-names-in-resource-are-case-sensitive",
        f"arn:aws:iam::{ACCOUNT}:user/Bob",
        f"arn:aws:iam::{ACCOUNT}:user/bob",
    ),
    covers(
        "a-path-with-a-star",
        f"arn:aws:iam::{ACCOUNT}:user/accounting/*",
        f"arn:aws:iam::{ACCOUNT}:user/accounting/Bob",
    ),
    covers(
        "a-path-with-a-star-covers-deeper-paths",
        f"arn:aws:iam::{ACCOUNT}:user/accounting/*",
        f"arn:aws:iam::{ACCOUNT}:user/accounting/eu/Bob",
    ),
    misses(
        "a-path-with-a-star-covers-no-other-path",
        f"arn:aws:iam::{ACCOUNT}:user/accounting/*",
        f"arn:aws:iam::{ACCOUNT}:user/sales/Bob",
    ),
    # The page lists eight objects that one pattern covers, and three that it does not.
    covers("slash-star-slash-1-test-object", DEEP, f"{DEMO}/1/test/object.jpg"),
    covers("slash-star-slash-1-2-test-object", DEEP, f"{DEMO}/1/2/test/object.jpg"),
    covers("slash-star-slash-1-2-test-3-object", DEEP, f"{DEMO}/1/2/test/3/object.jpg"),
    covers("slash-star-slash-1-2-3-test-4-object", DEEP, f"{DEMO}/1/2/3/test/4/object.jpg"),
    covers("slash-star-slash-many-slashes", DEEP, f"{DEMO}/1///test///object.jpg"),
    covers("slash-star-slash-only-an-extension", DEEP, f"{DEMO}/1/test/.jpg"),
    covers("slash-star-slash-nothing-before", DEEP, f"{DEMO}//test/object.jpg"),
    covers("slash-star-slash-nothing-after", DEEP, f"{DEMO}/1/test/"),
    misses("slash-star-slash-not-a-dash", DEEP, f"{DEMO}/1-test/object.jpg"),
    misses("slash-star-slash-not-the-first-folder", DEEP, f"{DEMO}/test/object.jpg"),
    misses("slash-star-slash-not-a-file-name", DEEP, f"{DEMO}/1/2/test.jpg"),
    covers(
        "a-question-mark-is-one-character", "arn:aws:s3:::logs-202?/*", "arn:aws:s3:::logs-2024/a"
    ),
    misses("a-question-mark-is-not-none", "arn:aws:s3:::logs-202?/*", "arn:aws:s3:::logs-202/a"),
    misses("a-question-mark-is-not-two", "arn:aws:s3:::logs-20?/*", "arn:aws:s3:::logs-2024/a"),
    covers(
        "several-question-marks-and-stars",
        "arn:aws:s3:::l??s-*/202?/*",
        "arn:aws:s3:::logs-prod/2024/a",
    ),
    covers(
        "a-star-in-the-account-segment",
        "arn:aws:iam::*:user/Bob",
        f"arn:aws:iam::{ACCOUNT}:user/Bob",
    ),
    covers(
        "a-star-in-region-and-account",
        "arn:aws:dynamodb:*:*:table/Thread",
        f"arn:aws:dynamodb:us-east-2:{ACCOUNT}:table/Thread",
    ),
    misses(
        "a-star-in-region-and-account-keeps-the-table",
        "arn:aws:dynamodb:*:*:table/Thread",
        f"arn:aws:dynamodb:us-east-2:{ACCOUNT}:table/Threads",
    ),
    covers(
        "a-question-mark-in-the-region-segment",
        f"arn:aws:sqs:us-east-?:{ACCOUNT}:queue1",
        f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue1",
    ),
    covers(
        "a-star-that-ends-the-arn-goes-past-colons",
        f"arn:aws:sns:us-east-1:{ACCOUNT}:*",
        f"arn:aws:sns:us-east-1:{ACCOUNT}:topic:0a1b2c3d",
    ),
    covers(
        "a-star-that-ends-a-log-group-covers-its-streams",
        f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/ecs/*",
        f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/ecs/orders:log-stream:app/1",
    ),
    covers(
        "a-star-that-ends-a-segment-goes-past-colons",
        "arn:aws:someservice:*:111122223333:finance/*",
        "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
    ),
    misses(
        "a-colon-in-the-pattern-must-be-there",
        f"arn:aws:sns:us-east-1:{ACCOUNT}:topic:*",
        f"arn:aws:sns:us-east-1:{ACCOUNT}:topic",
    ),
    covers(
        "characters-of-regular-expressions-mean-themselves",
        "arn:aws:s3:::b/a+(1).[x]^$|",
        "arn:aws:s3:::b/a+(1).[x]^$|",
    ),
    misses("a-dot-is-a-dot", "arn:aws:s3:::my.bucket", "arn:aws:s3:::my-bucket"),
    misses(
        "object-keys-are-case-sensitive", "arn:aws:s3:::b/Report.pdf", "arn:aws:s3:::b/report.pdf"
    ),
    covers("one-resource-in-brackets", [OBJECT], OBJECT, GRAMMAR),
    Case(
        "a-deny-on-names-that-contain-log",
        "Policy evaluation for requests within a single account",
        {"principal": USER, "action": "s3:PutObject", "resource": "arn:aws:s3:::ana-logs/x"},
        {"identity": [policy(allow("s3:*"), deny("s3:*", "arn:aws:s3:::*log*"))]},
        "ExplicitDeny",
        "identity-based policy",
    ),
    Case(
        "a-deny-on-another-resource-does-not-apply",
        RESOURCE,
        {"principal": USER, "action": "s3:PutObject", "resource": OBJECT},
        {"identity": [policy(allow("s3:*"), deny("s3:*", "arn:aws:s3:::other/*"))]},
        "Allow",
        "identity-based policy",
    ),
)
