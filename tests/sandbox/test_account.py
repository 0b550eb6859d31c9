"""Starting, signing in, handing the account to other programs, stopping."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import rolelab
from rolelab.sandbox.account import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    yield rolelab.start()
    rolelab.stop()


def caller(**options: str) -> str:
    import boto3

    return str(boto3.client("sts", **options).get_caller_identity()["Arn"])


def test_the_learner_is_an_administrator_session(sandbox: Sandbox) -> None:
    assert caller() == "arn:aws:sts::123456789012:assumed-role/Administrator/learner"


def test_the_administrator_is_a_role_with_a_policy_like_any_other(sandbox: Sandbox) -> None:
    import boto3

    iam = boto3.client("iam")
    attached = iam.list_attached_role_policies(RoleName="Administrator")["AttachedPolicies"]
    assert attached == [
        {
            "PolicyName": "AdministratorAccess",
            "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
        }
    ]
    trust = iam.get_role(RoleName="Administrator")["Role"]["AssumeRolePolicyDocument"]
    assert trust["Statement"][0]["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}


def test_a_fresh_account_has_an_empty_trail(sandbox: Sandbox) -> None:
    assert len(sandbox.trail) == 0
    caller()
    assert len(sandbox.trail) == 1


def test_account_and_region_are_the_ones_asked_for() -> None:
    import boto3

    sandbox = rolelab.start(account_id="111122223333", region="eu-central-1")
    assert (sandbox.account_id, sandbox.region) == ("111122223333", "eu-central-1")
    assert caller() == "arn:aws:sts::111122223333:assumed-role/Administrator/learner"
    assert boto3.client("s3").meta.region_name == "eu-central-1"
    role = boto3.client("iam").create_role(RoleName="app", AssumeRolePolicyDocument=ANYONE_HERE)
    assert role["Role"]["Arn"] == "arn:aws:iam::111122223333:role/app"
    rolelab.stop()


ANYONE_HERE = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"account_id": "1234"}, "12 digits"),
        ({"account_id": "12345678901a"}, "12 digits"),
        ({"account_id": "١٢٣٤٥٦٧٨٩٠١٢"}, "12 digits"),
        ({"account_id": 123456789012}, "12 digits"),
        ({"region": "us-east-9"}, "AWS has no region 'us-east-9'"),
        ({"region": ""}, "AWS has no region ''"),
        ({"region": None}, "AWS has no region None"),
        ({"region": "cn-north-1"}, "standard partition"),
        ({"region": "aws-global"}, "AWS has no region 'aws-global'"),
    ],
)
def test_a_wrong_argument_is_refused_and_a_running_sandbox_goes_on(
    sandbox: Sandbox, options: dict[str, str], sentence: str
) -> None:
    before = dict(os.environ)
    with pytest.raises(ValueError, match=sentence):
        rolelab.start(**options)
    assert dict(os.environ) == before
    assert caller().endswith("Administrator/learner")


def test_admin_of_another_account(sandbox: Sandbox) -> None:
    other = sandbox.admin("111122223333")
    arn = other.client("sts").get_caller_identity()["Arn"]
    assert arn == "arn:aws:sts::111122223333:assumed-role/Administrator/learner"
    other.client("iam").create_group(GroupName="auditors")
    assert sandbox.admin().client("iam").list_groups()["Groups"] == []
    again = sandbox.admin("111122223333").client("iam")
    assert [group["GroupName"] for group in again.list_groups()["Groups"]] == ["auditors"]


def test_admin_wants_an_account_id(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="12 digits"):
        sandbox.admin("production")


def test_an_ended_sandbox_says_so(sandbox: Sandbox) -> None:
    newer = rolelab.start()
    for use in (sandbox.admin, sandbox.environment, lambda: sandbox.endpoint_url):
        with pytest.raises(RuntimeError, match="This sandbox has ended"):
            use()
    assert "it has ended" in repr(sandbox)
    assert "Administrator/learner" in repr(newer)


def test_starting_prints_nothing_and_the_sandbox_shows_itself(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sandbox = rolelab.start()
    assert capsys.readouterr() == ("", "")
    for shown in (repr(sandbox), sandbox._repr_html_()):
        for fact in ("123456789012", "us-east-1", "assumed-role/Administrator/learner", "offline"):
            assert fact in shown
    rolelab.stop()


def test_a_start_that_fails_leaves_no_half_started_account(monkeypatch: pytest.MonkeyPatch) -> None:
    from rolelab.sandbox import account

    before = dict(os.environ)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(account, "_sign_in", interrupted)
        with pytest.raises(KeyboardInterrupt):
            rolelab.start()
    assert dict(os.environ) == before
    rolelab.start()
    assert caller().endswith("Administrator/learner")
    rolelab.stop()


def test_stop_without_start_is_a_warning() -> None:
    with pytest.warns(UserWarning, match=r"There is nothing to stop.*rolelab.start\(\)"):
        rolelab.stop()


# --- the environment of a subprocess ----------------------------------------------------------


def run(sandbox: Sandbox, program: str, **options: object) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=sandbox.environment(**options),  # type: ignore[arg-type]
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_subprocess_is_the_caller_and_sees_the_same_account(sandbox: Sandbox) -> None:
    import boto3

    printed = run(
        sandbox,
        "import boto3\n"
        "s3 = boto3.client('s3')\n"
        "s3.create_bucket(Bucket='bookshop-orders')\n"
        "s3.put_object(Bucket='bookshop-orders', Key='orders/1', Body=b'one book')\n"
        "print(boto3.client('sts').get_caller_identity()['Arn'])\n",
    )
    assert printed == "arn:aws:sts::123456789012:assumed-role/Administrator/learner"
    s3 = boto3.client("s3")
    assert s3.get_object(Bucket="bookshop-orders", Key="orders/1")["Body"].read() == b"one book"


def test_a_subprocess_can_be_somebody_else(sandbox: Sandbox) -> None:
    printed = run(
        sandbox,
        "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])",
        session=sandbox.admin("111122223333"),
    )
    assert printed == "111122223333"


def test_a_session_without_credentials_is_refused(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    import boto3

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    with pytest.raises(ValueError, match="no credentials"):
        sandbox.environment(boto3.Session())


def test_the_environment_holds_no_more_than_it_needs(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    environment = sandbox.environment()
    assert "GITHUB_TOKEN" not in environment
    assert environment["AWS_ENDPOINT_URL"].startswith("https://127.0.0.1:")
    assert environment["AWS_CONFIG_FILE"] == os.devnull
    assert "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS" not in environment
    assert list(Path(environment["HOME"]).iterdir()) == []
    assert environment["HTTPS_PROXY"].startswith("http://127.0.0.1:9/")


def test_the_home_of_subprocesses_goes_with_the_sandbox() -> None:
    home = Path(rolelab.start().environment()["HOME"])
    assert home.is_dir()
    rolelab.stop()
    assert not home.exists()
