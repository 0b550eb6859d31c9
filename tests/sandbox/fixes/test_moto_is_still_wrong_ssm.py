"""Every fix of Systems Manager is still needed: raw moto, without the gate, still answers wrongly.

A row that fails is good news: moto has become right, and the fix that the row names can go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.sandbox.fixes.test_moto_is_still_wrong import answer, taken

pytestmark = pytest.mark.usefixtures("raw_moto")

Wrong = Callable[[Any], bool]


@pytest.fixture
def ssm(raw_moto: None) -> Any:
    """A client of raw moto, and parameters: `x`, and the SecureString `secret`."""
    client = boto3.client("ssm")
    client.put_parameter(Name="x", Value="x", Type="String")
    client.put_parameter(Name="secret", Value="x", Type="SecureString")
    return client


def over(ssm: Any, **given: Any) -> bool:
    return taken(ssm.put_parameter, **{"Name": "x", "Value": "y", "Overwrite": True, **given})


def shows_the_plaintext(ssm: Any) -> bool:
    return "kms:alias/aws/ssm:x" in str(ssm.get_parameter(Name="secret"))


def keeps_the_key(ssm: Any) -> bool:
    ssm.put_parameter(Name="db", Value="x", Type="SecureString", KeyId="a")
    ssm.put_parameter(Name="db", Value="y", Overwrite=True)
    found = ssm.get_parameter_history(Name="db")["Parameters"]
    return [each["KeyId"] for each in found] == ["a", "a"]


def in_no_order(ssm: Any) -> bool:
    names = [str(number) for number in range(9)]
    for name in names:
        ssm.put_parameter(Name=name, Value="x", Type="String")
    return (
        any(
            [each["Name"] for each in ssm.get_parameters(Names=names[:size])["Parameters"]]
            != names[:size]
            for size in range(2, 10)
        )
        or "Selector" not in ssm.get_parameters(Names=["x:1"])["Parameters"][0]
    )


def the_root_lists_all(ssm: Any) -> bool:
    found = ssm.get_parameters_by_path(Path="/", MaxResults=2)
    return "NextToken" in found


ROWS: dict[str, Wrong] = {
    "get_parameter: the plaintext": shows_the_plaintext,
    "get_parameter: no selector": lambda ssm: (
        "Selector" not in ssm.get_parameter(Name="x:1")["Parameter"]
    ),
    "get_parameters: the order, the selector": in_no_order,
    "get_parameters_by_path: a token after the last page": the_root_lists_all,
    "get_parameter_history: nobody wrote it": lambda ssm: (
        ssm.get_parameter_history(Name="x")["Parameters"][0]["LastModifiedUser"] == "N/A"
    ),
    "describe_parameters: nobody wrote it": lambda ssm: (
        ssm.describe_parameters()["Parameters"][0]["LastModifiedUser"] == "N/A"
    ),
    "put_parameter: any text is a key": lambda ssm: taken(
        ssm.put_parameter, Name="y", Value="x", Type="SecureString", KeyId="none"
    ),
    "put_parameter: an older key is kept": keeps_the_key,
    "well_formed: a hierarchy without its first slash": lambda ssm: taken(
        ssm.put_parameter, Name="shop/db", Value="x", Type="String"
    ),
    "well_formed: a space": lambda ssm: taken(
        ssm.put_parameter, Name="a b", Value="x", Type="String"
    ),
    "well_formed: 16 levels": lambda ssm: taken(
        ssm.put_parameter, Name="/a" * 16, Value="x", Type="String"
    ),
    "well_formed: another type": lambda ssm: over(ssm, Type="SecureString"),
    "well_formed: 5 KB": lambda ssm: over(ssm, Value="x" * 5000),
    "well_formed: advanced becomes standard": lambda ssm: (
        over(ssm, Tier="Advanced") and over(ssm, Tier="Standard")
    ),
    "well_formed: policies of a standard parameter": lambda ssm: over(ssm, Policies="[]"),
    "well_formed: a pattern": lambda ssm: over(ssm, AllowedPattern=r"\d"),
    "qualified_path: no path": lambda ssm: taken(ssm.get_parameters_by_path, Path="shop"),
    "ParameterNotFound: with a sentence": lambda ssm: (
        answer(ssm.get_parameter, Name="none")[1] != ""
    ),
    "public parameters: they are everybody's": lambda ssm: (
        "123456789012"
        in ssm.get_parameter(Name="/aws/service/global-infrastructure/regions/us-east-1")[
            "Parameter"
        ]["ARN"]
    ),
}


@pytest.mark.parametrize("wrong", [pytest.param(wrong, id=name) for name, wrong in ROWS.items()])
def test_raw_moto_still_answers_otherwise_than_aws(ssm: Any, wrong: Wrong) -> None:
    assert wrong(ssm), "moto answers this as AWS does now: the fix can go"
