"""Health checks as container definitions write them. Page: *HealthCheck*."""

from __future__ import annotations

from typing import Any

import pytest

from rolelab.ecs.health import HealthCheck, health_check_of


@pytest.mark.parametrize(
    ("written", "check"),
    [
        pytest.param(None, None, id="none"),
        pytest.param({"command": ["NONE"]}, None, id="switched off"),
        pytest.param(
            {"command": ["CMD", "python", "check.py"]},
            HealthCheck(("python", "check.py"), 30, 5, 3, 0),
            id="CMD, with the defaults",
        ),
        pytest.param(
            {
                "command": ["CMD-SHELL", "curl -f http://localhost/ || exit 1"],
                "interval": 5,
                "timeout": 2,
                "retries": 1,
                "startPeriod": 10,
            },
            HealthCheck(("sh", "-c", "curl -f http://localhost/ || exit 1"), 5, 2, 1, 10),
            id="CMD-SHELL runs in a shell",
        ),
    ],
)
def test_a_health_check(written: dict[str, Any] | None, check: HealthCheck | None) -> None:
    assert health_check_of({"name": "web", "healthCheck": written}) == check
