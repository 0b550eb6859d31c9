"""The applications of `data/apps/`, run as tasks: with the permissions they need, and without."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from typing import Any

import boto3
import pytest
import trustme

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


def let(shop: Bookshop, role: str, **grants: str) -> None:
    """Give a role permissions: the name of each policy, with "action on resource"."""
    for name, grant in grants.items():
        action, resource = grant.split(" on ")
        statement = {"Effect": "Allow", "Action": action, "Resource": resource}
        shop.iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document(statement))


def test_the_keyring_reads_each_secret_by_two_ways_and_shows_none(shop: Bookshop) -> None:
    """*Pass sensitive data to an Amazon ECS container*: injected by the execution role."""
    boto3.client("ssm").put_parameter(Name="/orders/mail-key", Type="SecureString", Value="post")
    parameter = f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/orders/mail-key"
    password = f"secretsmanager:GetSecretValue on {shop.secret}"
    let(shop, EXECUTION, db=password, mail=f"ssm:GetParameters on {parameter}")
    given = [
        {"name": "DB_PASSWORD", "valueFrom": f"{shop.secret}:password::"},
        {"name": "MAIL_KEY", "valueFrom": parameter},
    ]
    code, printed = run(shop, "keyring", secrets=given)
    assert code == 1
    assert "not authorized to perform: secretsmanager:GetSecretValue" in printed[-1]
    let(shop, TASK, db=password, mail=f"ssm:GetParameter on {parameter}")
    code, printed = run(shop, "keyring", secrets=given)
    assert (code, len(printed)) == (0, 4), printed
    assert printed[0].rpartition(" ")[2] == printed[2].rpartition(" ")[2]
    assert printed[1].rpartition(" ")[2] == printed[3].rpartition(" ")[2]
    assert not any(secret in line for line in printed for secret in ("emma", "post"))


def test_containers_reach_aws_over_tls(shop: Bookshop) -> None:
    """`aws:SecureTransport` is true for a container that calls AWS as the SDKs do."""
    boto3.client("s3").create_bucket(Bucket="bookshop-orders")
    policy = document(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": "arn:aws:s3:::bookshop-orders",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    )
    boto3.client("s3").put_bucket_policy(Bucket="bookshop-orders", Policy=policy)
    let(shop, TASK, look="s3:ListBucket on arn:aws:s3:::bookshop-orders")
    source = (
        "import boto3\n"
        "print(boto3.client('s3').list_objects_v2(Bucket='bookshop-orders')['KeyCount'])\n"
    )
    assert shop.output_of(source) == ["0"]


class TlsShop:
    """The shop of `tls-shop`, served by a container on loopback.

    Attributes:
        authority: who signed its certificate.
    """

    NAME = "orders.bookshop.example"

    def __init__(self, shop: Bookshop, **environment: str) -> None:
        self.shop, self.authority = shop, trustme.CA()
        issued = self.authority.issue_cert(self.NAME)
        text = json.dumps(
            {
                "certificate": issued.cert_chain_pems[0].bytes().decode(),
                "key": issued.private_key_pem.bytes().decode(),
            }
        )
        made = boto3.client("secretsmanager").create_secret(Name="orders/tls", SecretString=text)
        let(shop, EXECUTION, tls=f"secretsmanager:GetSecretValue on {made['ARN']}")
        container = shop.container(
            image=shop.sandbox.push_image("orders:tls", APPS / "tls-shop"),
            environment=[{"name": name, "value": value} for name, value in environment.items()],
            portMappings=[{"containerPort": 8443}],
            secrets=[{"name": "TLS_IDENTITY", "valueFrom": made["ARN"]}],
        )
        self.task = shop.run(shop.register(container))
        self.port = int(shop.sandbox.address(self.task).rpartition(":")[2])

    def get(self, context: ssl.SSLContext, name: str = NAME) -> dict[str, Any]:
        """Ask for the orders, and give the answer."""
        with (
            socket.create_connection(("127.0.0.1", self.port), timeout=20) as plain,
            context.wrap_socket(plain, server_hostname=name) as secured,
        ):
            secured.sendall(b"GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
            answer = http.client.HTTPResponse(secured)
            answer.begin()
            body: dict[str, Any] = json.loads(answer.read())
        return body

    def client(self, signed_by: trustme.CA | None = None) -> ssl.SSLContext:
        """A client that trusts the shop, and shows a certificate if somebody signs it one."""
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        if signed_by is not None:
            signed_by.issue_cert("warehouse.example").configure_cert(context)
        return context


def test_a_container_serves_tls_with_a_certificate_from_a_secret(shop: Bookshop) -> None:
    served = TlsShop(shop)
    assert served.get(served.client()) == {"orders": [1001, 1002], "client": None}
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        served.get(ssl.create_default_context())
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        served.get(served.client(), name="payments.bookshop.example")
    assert "PRIVATE KEY" not in str(shop.printed(served.task))


def test_mutual_tls_serves_the_clients_of_one_authority(shop: Bookshop) -> None:
    partners = trustme.CA()
    served = TlsShop(shop, CLIENT_CA=partners.cert_pem.bytes().decode())
    assert served.get(served.client(partners))["client"] == "warehouse.example"
    with pytest.raises(ssl.SSLError, match="CERTIFICATE_REQUIRED"):
        served.get(served.client())
    with pytest.raises(ssl.SSLError, match="UNKNOWN_CA"):
        served.get(served.client(served.authority))


def test_no_application_holds_a_key() -> None:
    for path in APPS.rglob("*.py"):
        text = path.read_text()
        assert "aws_access_key_id" not in text.lower(), path
        assert "AKIA" not in text, path
    json.loads((ROOT / "data" / "policies" / "orders-execution.json").read_text())
