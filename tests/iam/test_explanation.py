"""What a decision tells about itself: layers, nearly matching statements, text and HTML."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from rolelab.iam import Policies, Request, evaluate, parse

SESSION = "arn:aws:sts::123456789012:assumed-role/orders-task-role/task"
ORDER = "arn:aws:s3:::bookshop-orders/2026/1.json"


def allow(action: str, resource: str, **more: object) -> dict[str, object]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource, **more}],
    }


WHY_NOT = [
    (
        "bucket-arn-where-the-policy-names-objects",
        Request(SESSION, "s3:ListBucket", "arn:aws:s3:::bookshop-orders"),
        allow("s3:ListBucket", "arn:aws:s3:::bookshop-orders/*"),
        "names what is inside",
    ),
    (
        "object-arn-where-the-policy-names-the-bucket",
        Request(SESSION, "s3:GetObject", ORDER),
        allow("s3:GetObject", "arn:aws:s3:::bookshop-orders"),
        "names the container",
    ),
    (
        "condition-key-that-the-request-lacks",
        Request(SESSION, "s3:GetObject", ORDER),
        allow("s3:GetObject", "*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        "the request has no aws:MultiFactorAuthPresent",
    ),
    (
        "condition-value-that-differs",
        Request(SESSION, "s3:GetObject", ORDER, context={"aws:SourceIp": "192.0.2.7"}),
        allow("s3:GetObject", "*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
        "192.0.2.7 in the request; IpAddress wants 10.0.0.0/8",
    ),
    (
        "another-action-of-the-service",
        Request(SESSION, "s3:PutObject", ORDER),
        allow("s3:GetObject", "arn:aws:s3:::bookshop-orders/*"),
        "not in its Action",
    ),
    (
        "policy-variable-without-a-value",
        Request(SESSION, "s3:GetObject", ORDER),
        allow("s3:GetObject", "arn:aws:s3:::bookshop-orders/${aws:PrincipalTag/team}/*"),
        "no value for ${aws:PrincipalTag/team}",
    ),
]


@pytest.mark.parametrize(
    ("request_", "document", "words"), [row[1:] for row in WHY_NOT], ids=[row[0] for row in WHY_NOT]
)
def test_the_nearest_statement_says_why_not(
    request_: Request, document: dict[str, object], words: str
) -> None:
    decision = evaluate(request_, Policies(identity=[document]))
    (identity,) = [layer for layer in decision.layers if layer.decisive]
    assert decision.effect == "ImplicitDeny"
    assert words in identity.statements[0].why_not


def test_layers_come_in_the_order_in_which_aws_evaluates() -> None:
    decision = evaluate(Request(SESSION, "s3:GetObject", ORDER), Policies())
    assert [layer.policy_type for layer in decision.layers] == [
        "resource control policy",
        "service control policy",
        "VPC endpoint policy",
        "resource-based policy",
        "identity-based policy",
        "permissions boundary",
        "session policy",
    ]


def test_statements_of_other_services_are_not_shown() -> None:
    documents = [allow("sqs:SendMessage", "*"), allow("s3:GetObject", "*")]
    decision = evaluate(Request(SESSION, "s3:GetObject", ORDER), Policies(identity=documents))
    (layer,) = [layer for layer in decision.layers if layer.decisive]
    assert [trace.source["Action"] for trace in layer.statements] == ["s3:GetObject"]


def test_a_deny_that_misses_is_not_shown_as_near() -> None:
    deny = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::archive/*"}
    document = {"Version": "2012-10-17", "Statement": [deny]}
    decision = evaluate(Request(SESSION, "s3:GetObject", ORDER), Policies(identity=[document]))
    (layer,) = [layer for layer in decision.layers if layer.decisive]
    assert layer.statements == ()
    assert layer.note == "no statement allows s3:GetObject"


def test_an_explicit_deny_shows_the_statement_that_denies_first() -> None:
    deny = {"Sid": "NoReads", "Effect": "Deny", "Action": "s3:Get*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [allow("s3:*", "*")["Statement"][0], deny]}
    named = parse(document, name="inline policy orders")
    decision = evaluate(Request(SESSION, "s3:GetObject", ORDER), Policies(identity=[named]))
    text = str(decision)
    assert decision.message.endswith("with an explicit deny in an identity-based policy")
    assert "inline policy orders, statement NoReads decided" in text
    assert '>   "Effect": "Deny"' in text


class _Words(HTMLParser):
    """Collects the visible text and the marked text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.words = ""
        self.marked = ""
        self._in_mark = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._in_mark = self._in_mark or tag == "mark"

    def handle_endtag(self, tag: str) -> None:
        self._in_mark = self._in_mark and tag != "mark"

    def handle_data(self, data: str) -> None:
        self.words += data
        self.marked += data if self._in_mark else ""


def test_html_marks_the_deciding_element_and_escapes_what_it_shows() -> None:
    document = allow("s3:GetObject", "arn:aws:s3:::<b>bookshop</b>/*")
    decision = evaluate(Request(SESSION, "s3:GetObject", ORDER), Policies(identity=[document]))
    page = _Words()
    html = decision._repr_html_()
    page.feed(html)
    assert decision.message in page.words
    assert '"Resource": "arn:aws:s3:::<b>bookshop</b>/*"' in page.marked
    assert '"Action"' not in page.marked
    assert "http" not in html


def test_a_role_to_be_assumed_calls_its_resource_policy_a_trust_policy() -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    role = "arn:aws:iam::123456789012:role/csecstaskexecutionrole"
    decision = evaluate(
        Request(SESSION, "sts:AssumeRole", role),
        Policies(identity=[allow("sts:AssumeRole", "*")], resource=trust),
    )
    assert decision.message.endswith(
        "because no role trust policy allows the sts:AssumeRole action"
    )
    assert "role trust policy" in str(decision)
