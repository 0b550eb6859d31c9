"""The settings of the container: what is read, and what is refused with the name of the setting."""

from __future__ import annotations

import pytest

from rolelab.gateways.apipark.main import limits_of, port_of
from rolelab.gateways.core.definition_error import DefinitionError
from rolelab.gateways.core.limits import Limit


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        pytest.param("{}", [], id="no limit"),
        pytest.param('{"minute": 0}', [], id="0 is no limit"),
        pytest.param('{"minute": 100}', [Limit(100, 60, "minute")], id="one"),
        pytest.param('{"day": 9, "second": 1}', [Limit(1, 1, "second"), Limit(9, 86_400, "day")],
                     id="the shortest period first"),
    ],
)  # fmt: skip
def test_rate_limiting(text: str, limits: list[Limit]) -> None:
    assert limits_of(text) == limits


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("100", "an object is expected", id="a number"),
        pytest.param("minute=100", "JSON is expected", id="no JSON"),
        pytest.param('{"minutes": 1}', "minutes is none of second, minute", id="a typo"),
        pytest.param('{"minute": "1"}', "RATE_LIMITING.minute: a whole number", id="a text"),
        pytest.param('{"minute": -1}', "a whole number", id="below zero"),
        pytest.param('{"minute": true}', "a whole number", id="true"),
    ],
)
def test_rate_limiting_that_cannot_be_used(text: str, says: str) -> None:
    with pytest.raises(DefinitionError, match=says):
        limits_of(text)


def test_the_port_is_8080_or_as_it_is_set() -> None:
    assert (port_of({}), port_of({"PORT": "9000"})) == (8080, 9000)


@pytest.mark.parametrize("text", ["", "x", "0", "65536", "-1", "80.0", "\u0661"])
def test_a_port_that_there_is_not(text: str) -> None:
    with pytest.raises(DefinitionError, match="PORT: a number from 1 to 65535"):
        port_of({"PORT": text})
