"""Lines and columns of statements, compared with answers of AWS."""

from __future__ import annotations

import json

import pytest

from rolelab.sandbox.fixes.iam_positions import statement_spans

ADMINISTRATOR_ACCESS = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "*",
      "Resource": "*"
    }
  ]
}"""

FROM_THE_CLI_REFERENCE = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*",'
    '"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}'
)


def places(text: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    return [
        ((start["Line"], start["Column"]), (end["Line"], end["Column"]))
        for start, end in statement_spans(text)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            FROM_THE_CLI_REFERENCE,
            [((1, 38), (1, 167))],
            id="AWS CLI Command Reference: simulate-custom-policy, example 1",
        ),
        pytest.param(
            ADMINISTRATOR_ACCESS, [((3, 17), (8, 6))], id="AdministratorAccess, as AWS answers it"
        ),
        pytest.param(
            '{"Statement":[{"a":1} , {"b":2}]}',
            [((1, 15), (1, 22)), ((1, 22), (1, 32))],
            id="a statement begins where the one before it ends",
        ),
        pytest.param('{ "Statement" : [ ] }', [], id="no statement"),
        pytest.param('{"Id":"[{}]","Statement":[{}]}', [((1, 27), (1, 29))], id="brackets in text"),
    ],
)
def test_where_statements_stand(
    text: str, expected: list[tuple[tuple[int, int], tuple[int, int]]]
) -> None:
    assert places(text) == expected


@pytest.mark.parametrize("indent", [None, 0, 2, 4])
def test_every_statement_is_found_however_it_is_laid_out(indent: int | None) -> None:
    statements = [{"Sid": f"s{number}", "Effect": "Allow"} for number in range(4)]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=indent)
    lines = text.split("\n")
    for number, (_, (line, column)) in enumerate(places(text)):
        assert lines[line - 1][column - 2] == "}"
        assert f'"s{number}"' in "\n".join(lines[:line])
    assert len(places(text)) == 4
