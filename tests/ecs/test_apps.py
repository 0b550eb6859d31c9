"""The applications of `data/apps/`, run as tasks: with the permissions they need, and without."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from content.build import ROOT
from tests.ecs.bookshop import EXECUTION, TASK, Bookshop
from tests.sandbox.people import ACCOUNT, document

APPS = ROOT / "data" / "apps"
MODEL = "amazon.nova-lite-v1:0"


def run(shop: Bookshop, app: str, **container: Any) -> tuple[int, list[str]]:
    """Run an application to its end, and give its exit code and what it printed."""
    image = shop.sandbox.push_image("orders:app", APPS / app)
    task = shop.run(shop.register(shop.container(image=image, **container)))
    ended = shop.ended(task)
    return int(ended["containers"][0]["exitCode"]), shop.printed(task)


@pytest.fixture
def orders(shop: Bookshop) -> Bookshop:
    """The bookshop with one order and a table."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bookshop-orders")
    s3.put_object(Bucket="bookshop-orders", Key="incoming/1001.json", Body=b'{"book": "Emma"}')
    boto3.client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return shop


def test_orders_are_taken_in(orders: Bookshop) -> None:
    policy = (ROOT / "data" / "policies" / "orders-task.json").read_text()
    policy = policy.replace("123456789012", ACCOUNT)
    orders.iam.put_role_policy(RoleName=TASK, PolicyName="orders", PolicyDocument=policy)
    code, printed = run(orders, "orders", environment=[{"name": "DB_PASSWORD", "value": "emma"}])
    assert printed == [
        "DB_PASSWORD has 4 characters",
        "1 orders in bookshop-orders/incoming/",
        "order 1001: Emma, now in table orders",
    ]
    assert code == 0
    found = boto3.client("dynamodb").get_item(TableName="orders", Key={"id": {"S": "1001"}})
    assert found["Item"] == {"id": {"S": "1001"}, "book": {"S": "Emma"}}


def test_orders_without_permission_say_so_in_the_log(orders: Bookshop) -> None:
    code, printed = run(orders, "orders")
    assert code == 1
    assert "not authorized to perform: s3:ListBucket" in printed[-1]


def test_the_execution_policy_of_the_course_is_enough(orders: Bookshop) -> None:
    managed = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
    orders.iam.detach_role_policy(RoleName=EXECUTION, PolicyArn=managed)
    policy = (ROOT / "data" / "policies" / "orders-execution.json").read_text()
    policy = policy.replace("123456789012", ACCOUNT)
    orders.iam.put_role_policy(RoleName=EXECUTION, PolicyName="orders", PolicyDocument=policy)
    secrets = [{"name": "MAIL_PASSWORD", "valueFrom": f"{orders.secret}:password::"}]
    _, printed = run(orders, "reporter", secrets=secrets)
    assert "MAIL_PASSWORD: 4 characters" in printed


def test_the_reporter_prints_no_secret(shop: Bookshop) -> None:
    variables = [
        {"name": "REPORT_TITLE", "value": "Orders of the week"},
        {"name": "MAIL_PASSWORD", "value": "pemberley"},
    ]
    code, printed = run(shop, "reporter", environment=variables)
    assert printed == [
        "report: Orders of the week",
        "MAIL_PASSWORD: 9 characters",
        "ARCHIVE_PASSWORD: not given",
    ]
    assert code == 0


def test_the_sentiment_service_asks_the_model_it_is_told(shop: Bookshop) -> None:
    model = [{"name": "MODEL_ID", "value": MODEL}]
    code, printed = run(shop, "sentiment", environment=model)
    assert code == 1
    assert "not authorized to perform: bedrock:InvokeModel" in printed[-1]
    arn = f"arn:aws:bedrock:us-east-1::foundation-model/{MODEL}"
    shop.iam.put_role_policy(
        RoleName=TASK,
        PolicyName="ask",
        PolicyDocument=document(
            {"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": arn}
        ),
    )
    code, printed = run(shop, "sentiment", environment=model)
    assert code == 0, printed
    assert printed[1].startswith(f"{MODEL} says: ")


def test_no_application_holds_a_key() -> None:
    for path in APPS.rglob("*.py"):
        text = path.read_text()
        assert "aws_access_key_id" not in text.lower(), path
        assert "AKIA" not in text, path
    json.loads((ROOT / "data" / "policies" / "orders-execution.json").read_text())
