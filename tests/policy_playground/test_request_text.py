"""The request's fields become a Request, or say what they expect."""

from __future__ import annotations

import pytest

from rolelab.iam import Request
from rolelab.policy_playground.fault import FaultError, located
from rolelab.policy_playground.request_text import read_context, read_request

from .sample import SESSION, texts

GOOD = [
    ("principal", "arn:aws:iam::123456789012:user/mara"),
    ("principal", "arn:aws:iam::123456789012:role/path/orders-task-role"),
    ("principal", "arn:aws:iam::123456789012:root"),
    ("principal", "arn:aws:sts::123456789012:federated-user/mara"),
    ("principal", "123456789012"),
    ("principal", "ecs-tasks.amazonaws.com"),
    ("principal", "token.actions.githubusercontent.com"),
    ("principal", "arn:aws:iam::123456789012:saml-provider/Okta"),
    ("principal", "*"),
    ("action", "execute-api:Invoke"),
    ("action", "S3:getobject"),
    ("resource_arn", "*"),
    ("resource_arn", "arn:aws-cn:sqs:cn-north-1:123456789012:returns"),
    ("resource_account", ""),
    ("resource_account", " 999988887777 "),
]


@pytest.mark.parametrize(("name", "text"), GOOD)
def test_it_accepts(name: str, text: str) -> None:
    assert isinstance(read_request(texts(**{name: text})), Request)


BAD = [
    ("principal", "", "who asks"),
    ("principal", "mara", "neither an ARN nor"),
    ("principal", "12345678901", "neither an ARN nor"),
    ("principal", "arn:aws:iam::12345678901:user/mara", "not the ARN of a user"),
    ("principal", "arn:aws:iam::123456789012:group/staff", "not the ARN of a user"),
    ("principal", "arn:aws:iam::123456789012:user/", "not the ARN of a user"),
    ("action", "", "one action"),
    ("action", "GetObject", "service:Name"),
    ("action", "s3:Get*", "patterns stand in policies"),
    ("resource_arn", "", "the ARN of the resource"),
    ("resource_arn", "bookshop-orders", "is not an ARN"),
    ("resource_arn", "arn:aws:s3:bookshop-orders", "is not an ARN"),
    ("resource_account", "4711", "twelve digits"),
]


@pytest.mark.parametrize(("name", "text", "reason"), BAD)
def test_it_says_what_is_wrong_with(name: str, text: str, reason: str) -> None:
    faults = read_request(texts(**{name: text}))
    assert isinstance(faults, tuple)
    assert [fault.field for fault in faults] == [name]
    assert reason in faults[0].reason


def test_every_field_at_fault_is_named() -> None:
    faults = read_request(texts(principal="x", action="x", context="x"))
    assert isinstance(faults, tuple)
    assert [fault.field for fault in faults] == ["principal", "action", "context"]


def test_the_request_is_what_the_fields_say() -> None:
    request = read_request(
        texts(action=" s3:PutObject ", resource_account="999988887777", context="aws:userid = A:b")
    )
    assert request == Request(
        SESSION,
        "s3:PutObject",
        texts().resource_arn,
        resource_account="999988887777",
        context={"aws:userid": "A:b"},
    )


CONTEXT = [
    pytest.param("", {}, id="nothing"),
    pytest.param("# why\n\n  aws:SourceIp=10.0.0.1  ", {"aws:SourceIp": "10.0.0.1"}, id="one"),
    pytest.param("s3:prefix = a = b", {"s3:prefix": "a = b"}, id="an-equals-sign-in-the-value"),
    pytest.param("s3:prefix =", {"s3:prefix": ""}, id="an-empty-value"),
    pytest.param('aws:TagKeys = ["a", "b"]', {"aws:TagKeys": ["a", "b"]}, id="a-list"),
    pytest.param('s3:prefix = "[x "', {"s3:prefix": "[x "}, id="a-text-in-quotes"),
    pytest.param(
        "aws:RequestTag/cost centre=a = 1",
        {"aws:RequestTag/cost centre=a": "1"},
        id="a-tag-with-a-space-and-an-equals-sign",
    ),
]


@pytest.mark.parametrize(("text", "context"), CONTEXT)
def test_the_context_is_read(text: str, context: dict[str, object]) -> None:
    assert read_context(text) == context


BAD_CONTEXT = [
    pytest.param("aws:SourceIp 10.0.0.1", 1, 1, "key = value", id="no-equals-sign"),
    pytest.param("a:b = 1\n  SourceIp = 10.0.0.1", 2, 3, "service:name", id="no-prefix"),
    pytest.param("= 1", 1, 1, "service:name", id="no-key"),
    pytest.param("a:b = 1\nA:B = 2", 2, 1, "stands twice", id="twice-whatever-the-case"),
    pytest.param('a:b = ["x", ]', 1, 13, "not a JSON text or list", id="a-broken-list"),
    pytest.param("a:b = [1]", 1, 7, "a list of texts", id="a-list-of-numbers"),
]


@pytest.mark.parametrize(("text", "line", "column", "reason"), BAD_CONTEXT)
def test_a_line_at_fault_is_pointed_at(text: str, line: int, column: int, reason: str) -> None:
    with pytest.raises(FaultError, match=reason) as raised:
        read_context(text)
    fault = located("context", text, raised.value)
    assert fault.line == line
    # Versions of Python point at the comma or at what follows it.
    assert abs((fault.column or 0) - column) <= (2 if "JSON" in reason else 0)
