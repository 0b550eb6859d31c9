"""What moto alone lets through, and what `rolelab.start()` makes of it.

Each row runs in a fresh process with a production profile in its home directory. A recorder sits
below everything, in that process and in its children: whatever asks for an address outside of
loopback is written down (and refused, so that this test never reaches anybody either). Every row
must leave the record empty, and either be answered by the sandbox or refused with a clear sentence.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

from rolelab.sandbox import safety

REAL_KEY = "AKIAPRODUCTION000001"
REAL_SECRET = "production-secret"

CREDENTIALS = f"""
[default]
aws_access_key_id = {REAL_KEY}
aws_secret_access_key = {REAL_SECRET}
[prod]
aws_access_key_id = {REAL_KEY}
aws_secret_access_key = {REAL_SECRET}
aws_session_token = production-token
"""

CONFIG = """
[default]
region = eu-west-3
[profile prod]
region = eu-west-3
endpoint_url = https://collector.example.com
"""

RECORDER = """
import os, sys

def record(event, args):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = args[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = args[0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host not in (None, "", "localhost", "127.0.0.1", "::1", "0.0.0.0"):
        with open(os.environ["RECORD"], "a") as file:
            file.write(f"{event} {host}\\n")
        raise OSError("the recorder refuses")

sys.addaudithook(record)
"""

ADMINISTRATOR = "arn:aws:sts::123456789012:assumed-role/Administrator/learner"

WHO = """
import boto3
session = boto3.Session()
assert session.get_credentials().access_key != REAL_KEY
assert session.region_name == "us-east-1", session.region_name
print(boto3.client("sts").get_caller_identity()["Arn"])
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a fresh process printed, and what it tried to reach."""

    output: str
    attempts: list[str]


class Laptop:
    """A learner's machine: a home with a production profile, and a recorder in every Python."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.record = root / "record"
        site = root / "site"
        for folder in (self.home / ".aws", site):
            folder.mkdir(parents=True)
        (self.home / ".aws" / "credentials").write_text(CREDENTIALS)
        (self.home / ".aws" / "config").write_text(CONFIG)
        (site / "sitecustomize.py").write_text(RECORDER)
        self.environment = {
            **{name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ},
            "HOME": str(self.home),
            "USERPROFILE": str(self.home),
            "PYTHONPATH": str(site),
            "RECORD": str(self.record),
        }

    def run(self, *cells: str, **environment: str) -> Outcome:
        """Run cells as a notebook's kernel would; they have to end well."""
        setup = f"import sys\nREAL_KEY = {REAL_KEY!r}\n"
        program = "\n".join([setup, *map(textwrap.dedent, cells)])
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        attempts = self.record.read_text().splitlines() if self.record.exists() else []
        return Outcome(done.stdout + done.stderr, attempts)


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    return Laptop(tmp_path)


def test_the_recorder_sees_what_tries_to_leave(laptop: Laptop) -> None:
    """Without it, every other test here would pass for the wrong reason."""
    outcome = laptop.run(
        """
        import subprocess, urllib.request
        call = "import urllib.request; urllib.request.urlopen('http://169.254.169.254/')"
        subprocess.run([sys.executable, "-c", call], stderr=subprocess.DEVNULL)
        try:
            urllib.request.urlopen("https://sts.amazonaws.com")
        except OSError as error:
            print(error)
        """
    )
    assert outcome.attempts == [
        "socket.getaddrinfo 169.254.169.254",
        "socket.getaddrinfo sts.amazonaws.com",
    ]


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({}, id="row 1: a real ~/.aws"),
        pytest.param({"AWS_PROFILE": "prod"}, id="row 1: AWS_PROFILE=prod"),
        pytest.param({"AWS_DEFAULT_PROFILE": "prod"}, id="row 1: AWS_DEFAULT_PROFILE=prod"),
        pytest.param(
            {"AWS_ACCESS_KEY_ID": REAL_KEY, "AWS_SECRET_ACCESS_KEY": REAL_SECRET},
            id="row 1: real keys in the environment",
        ),
        pytest.param({"AWS_PROFILE": "no-such-profile"}, id="row 2: a missing profile"),
        pytest.param(
            {"AWS_ENDPOINT_URL": "https://collector.example.com"}, id="row 4: AWS_ENDPOINT_URL"
        ),
        pytest.param(
            {"AWS_ENDPOINT_URL_STS": "https://collector.example.com"},
            id="row 4: AWS_ENDPOINT_URL_STS",
        ),
        pytest.param({"TEST_SERVER_MODE": "true"}, id="moto told to use a server"),
        pytest.param(
            {"HTTPS_PROXY": "http://proxy.example.com:3128"}, id="a proxy in the environment"
        ),
    ],
)
def test_the_environment_of_the_process_does_not_matter(
    laptop: Laptop, environment: dict[str, str]
) -> None:
    outcome = laptop.run("import rolelab; rolelab.start()", WHO, **environment)
    assert outcome.output.split() == [ADMINISTRATOR]
    assert outcome.attempts == []


def test_row_3_a_session_with_the_production_profile_is_refused(laptop: Laptop) -> None:
    outcome = laptop.run(
        """
        import rolelab
        rolelab.start()
        import boto3, botocore.exceptions
        try:
            boto3.Session(profile_name="prod").client("sts").get_caller_identity()
        except botocore.exceptions.ProfileNotFound as error:
            print(error)
        """
    )
    assert outcome.output.strip() == "The config profile (prod) could not be found"
    assert outcome.attempts == []


def test_row_5_dualstack_endpoints_are_not_used(laptop: Laptop) -> None:
    outcome = laptop.run(
        """
        import rolelab
        rolelab.start()
        import boto3
        for service in ("iam", "ecs", "sts", "kms", "logs", "ecr"):
            assert "api.aws" not in boto3.client(service).meta.endpoint_url
        """,
        WHO,
        AWS_USE_DUALSTACK_ENDPOINT="true",
    )
    assert outcome.output.split() == [ADMINISTRATOR]
    assert outcome.attempts == []


@pytest.mark.parametrize(
    "before",
    [
        pytest.param("client = boto3.client('sts', region_name='us-east-1')", id="a client"),
        pytest.param("session = boto3.Session(profile_name='prod')", id="a session with a profile"),
        pytest.param(
            "session = boto3.Session(); session.get_credentials()", id="a session with its keys"
        ),
        pytest.param(
            "client = boto3.client('sts', region_name='us-east-1', endpoint_url="
            "'https://collector.example.com')",
            id="a client with its own endpoint",
        ),
    ],
)
def test_row_6_what_was_made_before_start_is_refused(laptop: Laptop, before: str) -> None:
    outcome = laptop.run(
        f"""
        import boto3
        {before}
        import rolelab
        rolelab.start()
        try:
            client = client if "client" in dir() else session.client("sts")
            client.get_caller_identity()
        except OSError as error:
            print(type(error).__name__, error)
        """
    )
    assert outcome.output.startswith("OutsideBlocked rolelab: this notebook is offline; ")
    assert "made before rolelab.start(). Make it again now" in outcome.output
    assert outcome.attempts == []


def test_row_6_a_client_made_after_moto_and_before_start_is_unknown_to_the_account(
    laptop: Laptop,
) -> None:
    outcome = laptop.run(
        """
        import boto3, moto, moto.core.models
        client = boto3.Session(profile_name="prod").client("iam", endpoint_url=None)
        default = boto3.client("iam")
        import rolelab
        rolelab.start()
        for old in (client, default):
            try:
                old.list_roles()
            except Exception as error:
                print(type(error).__name__, error)
        """
    )
    assert "OutsideBlocked" in outcome.output.splitlines()[0]
    assert "InvalidClientTokenId" in outcome.output.splitlines()[1]
    assert outcome.attempts == []


def test_row_6_the_default_session_of_before_is_replaced(laptop: Laptop) -> None:
    outcome = laptop.run(
        """
        import boto3
        boto3.setup_default_session(profile_name="prod")
        import rolelab
        rolelab.start()
        """,
        WHO,
    )
    assert outcome.output.split() == [ADMINISTRATOR]
    assert outcome.attempts == []


def test_row_7_one_stop_too_many_says_so_and_the_next_start_works(laptop: Laptop) -> None:
    outcome = laptop.run(
        """
        import rolelab
        rolelab.stop()
        rolelab.start()
        rolelab.stop()
        rolelab.stop()
        from moto import mock_aws
        try:
            mock_aws().stop()
        except RuntimeError:
            pass
        rolelab.start()
        """,
        WHO,
    )
    assert outcome.output.count("There is nothing to stop") == 2
    assert ADMINISTRATOR in outcome.output
    assert outcome.attempts == []


def test_row_8_start_twice_is_one_fresh_account(laptop: Laptop) -> None:
    outcome = laptop.run(
        """
        import rolelab, boto3
        from moto.core.models import MockAWS
        first = rolelab.start()
        old = boto3.client("iam")
        old.create_group(GroupName="developers")
        second = rolelab.start()
        new = boto3.client("iam")
        assert new.list_groups()["Groups"] == []
        assert MockAWS._nested_count == 1
        assert len(second.trail) == 1, len(second.trail)
        try:
            old.list_groups()
        except old.exceptions.ClientError as error:
            print(error.response["Error"]["Code"])
        try:
            first.admin()
        except RuntimeError as error:
            print(error)
        """
    )
    assert outcome.output.splitlines()[0] == "InvalidClientTokenId"
    assert outcome.output.splitlines()[1].startswith("This sandbox has ended.")
    assert outcome.attempts == []


def test_row_9_a_client_used_after_stop_is_refused(laptop: Laptop) -> None:
    outcome = laptop.run(
        """
        import rolelab, boto3
        rolelab.start()
        client = boto3.client("sts")
        rolelab.stop()
        for call in (
            client.get_caller_identity,
            lambda: boto3.client("sts").get_caller_identity(),
            lambda: boto3.Session(profile_name="prod").client("iam").list_roles(),
        ):
            try:
                call()
            except OSError as error:
                print(type(error).__name__, error)
        """
    )
    lines = outcome.output.splitlines()
    assert len(lines) == 3
    for line in lines:
        assert line.startswith("OutsideBlocked")
        assert "The sandbox was stopped. Call rolelab.start() for a new account" in line
    assert outcome.attempts == []


def test_row_9_a_mock_stopped_by_hand_leaves_nothing_open(laptop: Laptop) -> None:
    outcome = laptop.run(
        """
        import rolelab, boto3
        rolelab.start()
        from moto import mock_aws
        mock_aws().stop()
        try:
            boto3.client("sts").get_caller_identity()
        except OSError as error:
            print(error)
        rolelab.start()
        """,
        WHO,
    )
    assert "Something stopped moto's mock. Call rolelab.start() again" in outcome.output
    assert outcome.output.split()[-1] == ADMINISTRATOR
    assert outcome.attempts == []


SHELL_COMMANDS = {
    "as it is": ("sts get-caller-identity", "rolelab-is-offline"),
    "--profile prod": (
        "--profile prod sts get-caller-identity",
        "The config profile (prod) could not be found",
    ),
    "--endpoint-url": (
        "--endpoint-url https://collector.example.com sts get-caller-identity",
        "rolelab-is-offline",
    ),
    "unsigned": ("--no-sign-request s3 ls s3://bucket", "rolelab-is-offline"),
}


def test_row_10_shell_commands_reach_nobody(laptop: Laptop) -> None:
    """They run side by side, because each spends most of its time with trying again."""
    outcome = laptop.run(
        f"""
        import json, rolelab, subprocess
        rolelab.start()
        running = {{
            name: subprocess.Popen(
                sys.executable + " -m awscli " + command,
                shell=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )
            for name, (command, _) in {SHELL_COMMANDS!r}.items()
        }}
        print(json.dumps({{
            name: [process.communicate()[0].strip(), process.returncode]
            for name, process in running.items()
        }}))
        """,
        AWS_PROFILE="prod",
    )
    answers = json.loads(outcome.output)
    for name, (_, sentence) in SHELL_COMMANDS.items():
        answer, status = answers[name]
        assert sentence in answer, name
        assert status != 0, name
    assert outcome.attempts == []


def test_row_10_a_script_started_from_the_notebook_reaches_nobody(laptop: Laptop) -> None:
    outcome = laptop.run(
        """
        import rolelab, subprocess
        rolelab.start()
        script = '''
        import boto3, urllib.request
        for call in (
            lambda: boto3.client("sts").get_caller_identity(),
            lambda: boto3.Session(profile_name="prod"),
            lambda: urllib.request.urlopen("http://169.254.169.254/latest/meta-data/"),
        ):
            try:
                print(call())
            except Exception as error:
                print(type(error).__name__)
        '''
        import textwrap
        subprocess.run([sys.executable, "-c", textwrap.dedent(script)])
        """
    )
    assert outcome.output.split() == ["ProxyConnectionError", "ProfileNotFound", "URLError"]
    assert outcome.attempts == []


CALLS = {
    "row 11: a service that lives on *.api.aws": (
        "boto3.client('qbusiness').list_applications()",
        "The sandbox does not model qbusiness:ListApplications.",
    ),
    "row 11: a service on *.amazonaws.com": (
        "boto3.client('wellarchitected').list_workloads()",
        "The sandbox does not model wellarchitected:ListWorkloads.",
    ),
    "row 11: an endpoint on *.api.aws of a service that moto has": (
        "boto3.client('iam', config=Config(use_dualstack_endpoint=True)).list_roles()",
        "The sandbox does not model iam:ListRoles.",
    ),
    "row 11: an endpoint that is not AWS's": (
        "boto3.client('iam', endpoint_url='https://collector.example.com').list_roles()",
        "The sandbox has no such service or endpoint.",
    ),
} | {
    f"row 12: {name}": (call, "rolelab: this notebook is offline; a connection to")
    for name, call in {
        "instance metadata": "urllib.request.urlopen('http://169.254.169.254/latest/meta-data/')",
        "sts by urllib": "urllib.request.urlopen('https://sts.amazonaws.com')",
        "http.client": "http.client.HTTPConnection('example.com').connect()",
        "an address by number": "socket.create_connection(('192.0.2.1', 443))",
        "a name look-up": "socket.getaddrinfo('example.com', 443)",
        "gethostbyname": "socket.gethostbyname('example.com')",
        "connect_ex": "socket.socket().connect_ex(('192.0.2.1', 443))",
        "a datagram": "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
        "an IPv6 address": "socket.socket(socket.AF_INET6).connect(('2001:db8::1', 443))",
        "asyncio": "asyncio.run(asyncio.open_connection('192.0.2.1', 443))",
        "requests": "requests.get('https://example.com', proxies={'https': None})",
    }.items()
}


@pytest.fixture(scope="module")
def what_calls_got(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """One process makes all calls, each as if it were alone: what it got, by its name."""
    return Laptop(tmp_path_factory.mktemp("laptop")).run(
        f"""
        import json, rolelab
        rolelab.start()
        import asyncio, boto3, http.client, requests, socket, urllib.request
        from botocore.config import Config
        from botocore.exceptions import ClientError

        answers = {{}}
        for name, (call, _) in {CALLS!r}.items():
            try:
                answers[name] = repr(eval(call))
            except (ClientError, OSError) as error:
                answers[name] = str(error)
        print(json.dumps(answers))
        """
    )


@pytest.mark.parametrize("name", CALLS)
def test_nothing_else_in_the_process_gets_out(what_calls_got: Outcome, name: str) -> None:
    assert CALLS[name][1] in json.loads(what_calls_got.output)[name]
    assert what_calls_got.attempts == []


def test_row_12_a_c_level_socket_meets_the_audit_hook(laptop: Laptop) -> None:
    """The recorder's own hook runs first here, so it is left out."""
    outcome = laptop.run(
        """
        import rolelab, _socket
        rolelab.start()
        try:
            _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM).connect(("192.0.2.1", 443))
        except OSError as error:
            print(error)
        """,
        PYTHONPATH="",
    )
    assert "a connection to 192.0.2.1 was refused" in outcome.output


def test_a_proxy_on_loopback_that_urllib_already_knows_is_forgotten(laptop: Laptop) -> None:
    outcome = laptop.run(
        """
        import socket, urllib.request
        proxy = socket.create_server(("127.0.0.1", 0))
        proxy.settimeout(0.5)
        import os
        os.environ["http_proxy"] = "http://127.0.0.1:%d" % proxy.getsockname()[1]
        urllib.request.install_opener(urllib.request.build_opener())
        import rolelab
        rolelab.start()
        try:
            urllib.request.urlopen("http://example.com", timeout=2)
        except OSError as error:
            print(error)
        try:
            proxy.accept()
        except TimeoutError:
            print("nobody came to the proxy")
        """
    )
    assert "rolelab: this notebook is offline" in outcome.output
    assert "nobody came to the proxy" in outcome.output


def test_loopback_and_unix_sockets_are_let_through(laptop: Laptop) -> None:
    outcome = laptop.run(
        """
        import rolelab, socket, threading
        rolelab.start()
        server = socket.create_server(("127.0.0.1", 0))
        client = socket.create_connection(("localhost", server.getsockname()[1]))
        server.accept()[0].sendall(b"hello")
        print(client.recv(5).decode())
        a, b = socket.socketpair()
        a.sendall(b"pair")
        print(b.recv(4).decode())
        """
    )
    assert outcome.output.split() == ["hello", "pair"]


def test_stop_puts_the_environment_back(laptop: Laptop) -> None:
    outcome = laptop.run(
        """
        import os
        before = dict(os.environ)
        import rolelab
        rolelab.start()
        os.environ["AWS_LESSON"] = "left behind"
        rolelab.start()
        assert os.environ["AWS_ACCESS_KEY_ID"].startswith("ASIA")
        assert "AWS_LESSON" not in os.environ
        rolelab.stop()
        assert dict(os.environ) == before
        """,
        AWS_PROFILE="prod",
        AWS_ENDPOINT_URL="https://collector.example.com",
        https_proxy="http://proxy.example.com:3128",
        BOTO_CONFIG="/etc/boto.cfg",
    )
    assert outcome.attempts == []


@pytest.mark.parametrize(
    ("host", "inside"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", True),
        ("LOCALHOST", True),
        (b"localhost", True),
        ("", True),
        (None, True),
        ("0.0.0.0", True),
        ("169.254.169.254", False),
        ("10.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("fe80::1%eth0", False),
        ("example.com", False),
        ("localhost.example.com", False),
        ("127.0.0.1.example.com", False),
        (b"example.com", False),
        ("\u0660.example", False),
    ],
)
def test_what_counts_as_this_machine(host: str | bytes | None, inside: bool) -> None:
    assert safety.is_loopback(host) is inside
