"""`%aws` runs the real AWS CLI against the account of the notebook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import rolelab
from rolelab.sandbox import magic
from rolelab.sandbox.account import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    yield rolelab.start()
    rolelab.stop()


@pytest.fixture
def shell() -> Iterator[Any]:
    """A notebook's IPython with a started sandbox, as its setup cell leaves it."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    rolelab.start()
    yield shell
    rolelab.stop()
    InteractiveShell.clear_instance()


def test_json_comes_out_as_the_cli_prints_it(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert magic.run("sts get-caller-identity") == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["Arn"].endswith("assumed-role/Administrator/learner")
    assert printed.err == ""


def test_an_error_of_the_service_goes_to_stderr(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert magic.run("iam get-role --role-name csecstaskexecutionrole") == 255
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("An error occurred (NoSuchEntity)")


def test_s3_commands_use_path_addresses(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert magic.run("s3 mb s3://bookshop-orders") == 0
    assert magic.run("s3 ls") == 0
    assert "bookshop-orders" in capsys.readouterr().out


def test_a_missing_profile_stays_missing(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert magic.run("--profile prod sts get-caller-identity") != 0
    assert "The config profile (prod) could not be found" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("iam get-role --role-name app", ["iam", "get-role", "--role-name", "app"]),
        ("iam tag --tags 'Key=a b'", ["iam", "tag", "--tags", "Key=a b"]),
        ('put --document \'{"Version": "1"}\'', ["put", "--document", '{"Version": "1"}']),
        ("iam get-role \\\n  --role-name app\n", ["iam", "get-role", "--role-name", "app"]),
        ("iam get-role\r\n  --role-name app", ["iam", "get-role", "--role-name", "app"]),
        ("", []),
    ],
)
def test_a_command_is_split_as_a_shell_splits_it(command: str, expected: list[str]) -> None:
    assert magic.words(command) == expected


def test_an_open_quote_is_named() -> None:
    with pytest.raises(ValueError, match="No closing quotation"):
        magic.words("iam get-role --role-name 'app")


def test_without_the_cli_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="pip install awscli"):
        magic.run("sts get-caller-identity")


def test_without_a_sandbox_it_says_how_to_start_one() -> None:
    with pytest.raises(RuntimeError, match=r"Call rolelab.start\(\) first"):
        magic.run("sts get-caller-identity")


def test_the_line_magic_fills_in_variables(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    shell.user_ns["group"] = "book sellers"
    shell.run_cell("%aws iam create-group --group-name '{group}' --query Group.Arn")
    shell.run_cell("%aws iam get-group --group-name $nobody")
    printed = capsys.readouterr()
    assert "--group-name" not in printed.out
    assert "ValidationError" in printed.err or "NoSuchEntity" in printed.err
    assert shell.user_ns["_exit_code"] == 255


def test_the_cell_magic_takes_a_command_over_several_lines(
    shell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.user_ns["role"] = "app"
    shell.run_cell(
        "%%aws iam create-role --role-name {role}\n"
        "--assume-role-policy-document '{\n"
        '  "Version": "2012-10-17",\n'
        '  "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",\n'
        '                 "Principal": {"Service": "ecs-tasks.amazonaws.com"}}]\n'
        "}'\n"
        "--query Role.RoleName"
    )
    assert json.loads(capsys.readouterr().out) == "app"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("--role-name {role}", "--role-name app"),
        ("--role-name $role", "--role-name app"),
        ('{"Version": "2012-10-17"}', '{"Version": "2012-10-17"}'),
        ('"arn:aws:s3:::b/${aws:username}/*"', '"arn:aws:s3:::b/${aws:username}/*"'),
        ("{unknown} $unknown", "{unknown} $unknown"),
    ],
)
def test_in_a_cell_only_names_of_variables_are_filled_in(cell: str, expected: str) -> None:
    assert magic._filled_in(cell, {"role": "app"}) == expected
