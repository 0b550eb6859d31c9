"""The names that notebooks and other programs rely on, and what importing them costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import rolelab


@pytest.mark.parametrize("name", ["start", "stop", "why", "expect_denied", "playground"])
def test_the_package_offers(name: str) -> None:
    assert callable(getattr(rolelab, name))
    assert name in dir(rolelab)


@pytest.mark.parametrize(
    "name",
    [
        "account_id",
        "region",
        "trail",
        "admin",
        "endpoint_url",
        "environment",
        "push_image",
        "launch",
        "address",
    ],
)
def test_the_sandbox_offers(name: str) -> None:
    sandbox = rolelab.start()
    assert hasattr(sandbox, name)
    rolelab.stop()


@pytest.mark.parametrize("name", ["Request", "Policies", "evaluate", "PolicyError"])
def test_the_engine_offers(name: str) -> None:
    import rolelab.iam

    assert hasattr(rolelab.iam, name)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'begin'"):
        _ = rolelab.begin


def test_importing_the_package_loads_nothing_that_could_reach_aws() -> None:
    program = (
        "import sys, rolelab, rolelab.iam\n"
        "heavy = {'boto3', 'botocore', 'moto', 'pandas', 'matplotlib', 'flask', 'IPython'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    assert _printed_by(program) == "[]"


def test_boto3_and_moto_are_imported_after_the_environment_is_safe() -> None:
    program = """
import os, sys
os.environ["AWS_PROFILE"] = "prod"

def watch(event, args):
    if event == "import" and args[0] in ("boto3", "botocore", "moto"):
        safe = os.environ.get("AWS_CONFIG_FILE") == os.devnull
        print(args[0], os.environ.get("AWS_PROFILE"), safe)

sys.addaudithook(watch)
import rolelab
rolelab.start()
"""
    lines = _printed_by(program).splitlines()
    assert {line.split()[0] for line in lines} == {"boto3", "botocore", "moto"}
    assert {line.split(maxsplit=1)[1] for line in lines} == {"None True"}


def test_starting_loads_only_what_every_account_needs() -> None:
    program = (
        "import sys, rolelab\n"
        "rolelab.start()\n"
        "print(sorted({'pandas', 'matplotlib', 'flask', 'IPython', 'awscli'} & set(sys.modules)))\n"
    )
    assert _printed_by(program) == "[]"


def _printed_by(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
