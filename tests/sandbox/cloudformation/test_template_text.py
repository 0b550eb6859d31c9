"""Template text is read as cfn-lint reads it, without importing cfn-lint."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rolelab.sandbox.cloudformation import registry_extract
from rolelab.sandbox.cloudformation.template_text import decode
from rolelab.sandbox.denial import ServiceError

ROOT = Path(__file__).parents[3]
TEXTS = {
    "JSON": '{"Resources": {"A": {"Type": "AWS::SNS::Topic", "Properties": {"N": 1.5}}}}',
    "YAML in braces": "{Resources: {A: {Type: AWS::SNS::Topic}}}",
    "Ref and Condition keep their names": "A: !Ref B\nC: !Condition D\n",
    "GetAtt of text is split once": "A: !GetAtt Stack.Outputs.Name\n",
    "GetAtt of a list": "A: !GetAtt [B, C]\n",
    "a function of a list": "A: !Join ['-', [a, !Ref B, !Sub 'x${C}']]\n",
    "a function of a mapping": "A: !Transform {Name: X, Parameters: {P: !Ref Q}}\n",
    "long forms": "A: {'Fn::Sub': ['${x}', {x: !GetAtt B.C}]}\n",
    "block text": "A: |\n  one\n  two\n",
    "numbers and booleans": "A: [1, 2.5, true, no, '08', null]\n",
    "a merge key": "A: {<<: {B: 1, C: 2}, C: 3}\n",
    "a date": "Version: 2012-10-17\n",
    **{
        path.name: path.read_text()
        for path in sorted((ROOT / "data").rglob("*.yaml"))
        if "scorecard" not in path.parts
    },
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_it_is_what_cfn_lint_reads(text: str) -> None:
    from cfnlint.decode.decode import decode_str

    expected, faults = decode_str(text)
    assert not faults
    assert decode(text) == _plain(expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param('{"A": 1', "JSON not well-formed. (line 1, column", id="JSON"),
        pytest.param('{"A": 1, "A": 2}', "duplicate key A", id="a JSON key twice"),
        pytest.param("A: [", "YAML not well-formed. (line 1, column", id="YAML"),
        pytest.param("A: 1\nA: 2", "YAML not well-formed. (line 2, column 1)", id="a key twice"),
        pytest.param("A: \x00", "YAML not well-formed.", id="a control character"),
        pytest.param("A: &x 1\nB: *x", "aliases are not allowed", id="an alias"),
    ],
)
def test_what_is_not_well_formed_is_refused_and_placed(text: str, message: str) -> None:
    with pytest.raises(ServiceError) as caught:
        decode(text)
    assert caught.value.code == "ValidationError"
    assert message in caught.value.message


def test_the_registry_file_is_what_cfn_lint_ships() -> None:
    """`python -m rolelab.sandbox.cloudformation.registry_extract` makes it anew."""
    written = registry_extract.FILE.read_text("utf-8")
    assert written == registry_extract.text_of(registry_extract.extract())


def test_a_stack_needs_no_cfn_lint() -> None:
    import subprocess
    import sys

    program = (
        "import sys, rolelab; rolelab.start(); import boto3\n"
        "boto3.client('cloudformation').create_stack(StackName='s', TemplateBody="
        "'Resources: {G: {Type: AWS::Logs::LogGroup}}')\n"
        "print('cfnlint' in sys.modules, 'sympy' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["False", "False"], done.stderr


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value
