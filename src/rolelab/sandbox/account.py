"""The offline AWS account: start it, sign in to it, hand it to other programs, stop it."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import sys
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from rolelab.sandbox import collecting, safety, sdk_core

if TYPE_CHECKING:
    import boto3

    from rolelab.sandbox.endpoint import Endpoint
    from rolelab.sandbox.endpoint_certificate import EndpointCertificate
    from rolelab.sandbox.sessions import Session
    from rolelab.sandbox.trail import Trail

ADMINISTRATOR = "Administrator"
LEARNER = "learner"
ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"

#: A notebook may stay open for days. The longest role session AWS gives out is 12 hours (*Update
#: the maximum session duration for a role*); a lesson must not end in ExpiredToken for that.
_SESSION_SECONDS = 365 * 24 * 3600
_LONGEST_ROLE_SESSION = 43_200

#: What a subprocess may keep of the kernel's own environment: how to find and show things.
_INHERITED = (
    *("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TERM", "COLUMNS", "TMPDIR", "TEMP", "TMP"),
    *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT"),
)

Started = TypeVar("Started", bound="Sandbox")

_current: Sandbox | None = None
_mock: Any = None


def start(account_id: str = "123456789012", region: str = "us-east-1") -> Sandbox:
    """Start an offline AWS account in this process and sign in to it as an administrator.

    Afterwards plain boto3 works: `boto3.client("iam")` is the administrator's session
    `assumed-role/Administrator/learner` of this account. Calling `start` again gives a fresh
    account: whatever was created is gone, the trail is empty, and credentials and clients of the
    old account are no longer valid.

    Nothing leaves the machine. The real credentials, profiles and endpoints of this process are set
    aside first, and connections to anything but loopback are refused until the process ends.

    Args:
        account_id: the account's number, 12 digits.
        region: the region of clients that name none.

    Returns:
        The account. Its last line in a notebook cell shows what it is.

    Raises:
        ValueError: the account id has not 12 digits, or AWS has no such region. A sandbox that was
            running goes on.
    """
    return begin(Sandbox, account_id, region)


def begin(kind: type[Started], account_id: str, region: str) -> Started:
    """Start an account of some kind, as `start` does.

    Args:
        kind: the class of the account: `Sandbox`, or one that knows more.
        account_id: the account's number, 12 digits.
        region: the region of clients that name none.

    Returns:
        The account.

    Raises:
        ValueError: as `start`.
    """
    global _current
    _require_account_id(account_id)
    _require_region(region)
    safety.secure(region)
    safety.block_outside()
    try:
        _end_current()
        with collecting.put_off():
            sandbox = kind(account_id, region, _start_mock(account_id))
            _current = sandbox
            _sign_in(sandbox)
            _register_magic()
    except BaseException:
        _end_current()
        safety.restore()
        raise
    return sandbox


def stop() -> None:
    """End the account: moto's mock, the endpoint and the gate go, the environment comes back.

    One thing stays: this process remains offline until it ends, so that no client of the lesson
    can reach a real account. Restart the kernel to work with real AWS. Programs started with `!`
    find the environment as it was before `start`.

    Without a sandbox there is nothing to stop; a warning says so.
    """
    if _current is None and _mock is None:
        warnings.warn(
            "There is nothing to stop: no sandbox is running. rolelab.start() starts one.",
            stacklevel=2,
        )
        return
    _end_current()
    safety.restore()


class Sandbox:
    """An AWS account that lives in this process. Made by `rolelab.start`.

    Attributes:
        account_id: the account's number.
        region: the default region.
        trail: every call so far, as CloudTrail records; `.to_frame()` is a pandas DataFrame.
    """

    def __init__(self, account_id: str, region: str, trail: Trail) -> None:
        self.account_id = account_id
        self.region = region
        self.trail = trail
        self._endpoint: Endpoint | None = None
        self._secure_endpoint: Endpoint | None = None
        self._certificate: EndpointCertificate | None = None
        self._home: Path | None = None

    def admin(self, account_id: str | None = None) -> boto3.Session:
        """An administrator's session in this account or in any other.

        An account exists as soon as somebody asks for it. Its role `Administrator` is created if it
        is not there.

        Args:
            account_id: 12 digits; None is this account.

        Returns:
            A boto3 session, signed in as `assumed-role/Administrator/learner`.

        Raises:
            ValueError: the account id has not 12 digits.
            RuntimeError: this sandbox was stopped, or replaced by a later `start`.
        """
        import boto3

        self._require_running()
        account_id = account_id or self.account_id
        _require_account_id(account_id)
        session = _administrator(account_id)
        return boto3.Session(
            aws_access_key_id=session.access_key_id,
            aws_secret_access_key=session.secret_access_key,
            aws_session_token=session.session_token,
            region_name=self.region,
            botocore_session=sdk_core.session(),
        )

    @property
    def endpoint_url(self) -> str:
        """An address on loopback where other programs reach this same account.

        The server starts when this is first read, on a free port, and ends with the sandbox. It
        speaks plain HTTP, so `aws:SecureTransport` is false for calls that arrive there.
        Containers, functions and the CLI use `secure_endpoint` instead, as on AWS they use HTTPS.
        """
        from rolelab.sandbox.endpoint import Endpoint

        self._require_running()
        if self._endpoint is None:
            self._endpoint = Endpoint.serve()
        return self._endpoint.url

    def secure_endpoint(self) -> dict[str, str]:
        """The variables by which a subprocess reaches this same account over TLS.

        The server starts at the first call, on a free port, and ends with the sandbox.

        Returns:
            `AWS_ENDPOINT_URL`, and the variables that make AWS's SDKs and OpenSSL trust it.
        """
        from rolelab.sandbox.endpoint import Endpoint
        from rolelab.sandbox.endpoint_certificate import EndpointCertificate

        self._require_running()
        if self._secure_endpoint is None or self._certificate is None:
            self._certificate = EndpointCertificate()
            self._secure_endpoint = Endpoint.serve(self._certificate.context)
        return {"AWS_ENDPOINT_URL": self._secure_endpoint.url, **self._certificate.trust}

    def environment(self, session: boto3.Session | None = None) -> dict[str, str]:
        """The whole environment of a subprocess that may reach the sandbox and nothing else.

        Args:
            session: whose credentials the program gets; None is the caller's own default identity,
                the one that plain `boto3.client(...)` uses.

        Returns:
            Variables for `subprocess.run(..., env=...)`. The home directory is an empty one.

        Raises:
            ValueError: the session has no credentials.
            RuntimeError: this sandbox was stopped, or replaced by a later `start`.
        """
        self._require_running()
        home = str(self._home_directory())
        kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        # The kernel's own Python first, also when its environment was never activated.
        kept["PATH"] = os.pathsep.join(
            [str(Path(sys.executable).parent), kept.get("PATH", os.defpath)]
        )
        variables = {
            **kept,
            **safety.harmless(_region_of(session) or self.region),
            **_keys(session),
            **self.secure_endpoint(),
            "HOME": home,
            "USERPROFILE": home,
        }
        del variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"]
        return variables

    def close(self) -> None:
        """Stop the endpoints and remove the subprocesses' files. `rolelab.stop` calls it."""
        for endpoint in (self._endpoint, self._secure_endpoint):
            if endpoint is not None:
                endpoint.close()
        self._endpoint = self._secure_endpoint = None
        if self._certificate is not None:
            self._certificate.close()
            self._certificate = None
        if self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)
            self._home = None

    def _home_directory(self) -> Path:
        if self._home is None:
            self._home = Path(tempfile.mkdtemp(prefix="rolelab-home-"))
        return self._home

    def _require_running(self) -> None:
        if _current is not self:
            raise RuntimeError(
                "This sandbox has ended. Use what the latest rolelab.start() returned, "
                "or call rolelab.start() for a new account."
            )

    def _facts(self) -> dict[str, str]:
        running = _current is self
        return {
            "account": self.account_id,
            "region": self.region,
            "you are": _session_arn(self.account_id) if running else "signed out: it has ended",
            "network": "offline: nothing leaves this machine",
        }

    def __repr__(self) -> str:
        lines = (f"  {name:<8} {value}" for name, value in self._facts().items())
        return "\n".join(["rolelab sandbox", *lines])

    def _repr_html_(self) -> str:
        import html

        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(name)}</th>"
            f"<td style='text-align:left'>{html.escape(value)}</td></tr>"
            for name, value in self._facts().items()
        )
        return f"<table><caption>rolelab sandbox</caption>{rows}</table>"


def current() -> Sandbox:
    """The sandbox that runs.

    Raises:
        RuntimeError: none does.
    """
    if _current is None:
        raise RuntimeError("No sandbox is running. Call rolelab.start() first.")
    return _current


# --- starting and ending ----------------------------------------------------------------------


def _start_mock(account_id: str) -> Trail:
    """Start moto with the gate in front of it.

    moto's own dummy credentials stay out of the environment: there they would win over the
    credentials that a container is given.
    """
    global _mock
    from moto.core.models import MockAWS

    from rolelab.sandbox import gate, managed_policies

    safety.refuse_strays()
    _unwind_mocks(MockAWS)
    # MockAWS itself and not mock_aws(), which settings can turn into a client of a server.
    _mock = MockAWS(
        {
            "core": {"mock_credentials": False, "reset_boto3_session": True},
            "iam": {"load_aws_managed_policies": False},
            "lambda": {"use_docker": False},
            "batch": {"use_docker": False},
        }
    )
    _mock.start()
    managed_policies.register()
    return gate.install(account=account_id)


def _end_current() -> None:
    global _current, _mock
    sandbox, _current = _current, None
    mock, _mock = _mock, None
    if sandbox is not None:
        sandbox.close()
    if mock is not None:
        from rolelab.sandbox import gate, service_credentials, sessions, state

        gate.remove()
        sessions.clear()
        service_credentials.clear()
        state.clear()
        _stop_mock(mock)


def _stop_mock(mock: Any) -> None:
    """Stop moto once. A cell that stopped it already must not make the count negative."""
    if type(mock)._nested_count > 0:
        mock.stop()


def _unwind_mocks(mock_aws: Any) -> None:
    """Bring moto's count of active mocks to zero.

    A mock left running by a cell would make ours a nested one, which keeps the old state; one
    `stop()` too many makes the count negative, and then nothing would be mocked at all.
    """
    while mock_aws._nested_count > 0:
        mock_aws().stop()
    mock_aws._nested_count = 0


def _sign_in(sandbox: Sandbox) -> None:
    """Put the administrator's credentials where boto3 looks, in place of older default sessions."""
    import boto3

    session = _administrator(sandbox.account_id)
    os.environ["AWS_ACCESS_KEY_ID"] = session.access_key_id
    os.environ["AWS_SECRET_ACCESS_KEY"] = session.secret_access_key
    os.environ["AWS_SESSION_TOKEN"] = session.session_token
    boto3.DEFAULT_SESSION = boto3.Session(botocore_session=sdk_core.session())


def _administrator(account_id: str) -> Session:
    """Credentials of the role Administrator, which is created when the account has none.

    The role is put into moto's state directly: the account's first administrator is not made by a
    call, and the trail starts empty.
    """
    from moto.iam.models import iam_backends

    from rolelab.sandbox import managed_policies, sessions

    backend = iam_backends[account_id]["aws"]
    if not any(role.name == ADMINISTRATOR for role in backend.roles.values()):
        backend.create_role(
            role_name=ADMINISTRATOR,
            assume_role_policy_document=json.dumps(_trust(account_id)),
            path="/",
            permissions_boundary=None,
            description="Signs the learner in with full access",
            tags=[],
            max_session_duration=str(_LONGEST_ROLE_SESSION),
        )
        managed_policies.ensure(backend, ADMINISTRATOR_ACCESS)
        backend.attach_role_policy(ADMINISTRATOR_ACCESS, ADMINISTRATOR)
    return sessions.issue(
        "assumed-role",
        issuer_arn=f"arn:aws:iam::{account_id}:role/{ADMINISTRATOR}",
        name=LEARNER,
        duration=_SESSION_SECONDS,
    )


def _trust(account_id: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }


def _session_arn(account_id: str) -> str:
    return f"arn:aws:sts::{account_id}:assumed-role/{ADMINISTRATOR}/{LEARNER}"


def _register_magic() -> None:
    """`%aws`, where IPython runs. Without IPython there is nobody to type it."""
    if "IPython" in sys.modules:
        from rolelab.sandbox import magic

        magic.register()


# --- what is handed to a subprocess -----------------------------------------------------------


def _keys(session: boto3.Session | None) -> dict[str, str]:
    import boto3

    credentials = (session or boto3._get_default_session()).get_credentials()
    if credentials is None:
        raise ValueError("This session has no credentials to hand to a subprocess.")
    frozen = credentials.get_frozen_credentials()
    keys = {
        "AWS_ACCESS_KEY_ID": frozen.access_key,
        "AWS_SECRET_ACCESS_KEY": frozen.secret_key,
        "AWS_SESSION_TOKEN": frozen.token or "",
    }
    return {name: str(value) for name, value in keys.items()}


def _region_of(session: boto3.Session | None) -> str | None:
    return None if session is None else session.region_name


# --- what start accepts -----------------------------------------------------------------------


def _require_account_id(account_id: object) -> None:
    if not isinstance(account_id, str) or re.fullmatch(r"[0-9]{12}", account_id) is None:
        raise ValueError(
            f"An account id is a string of 12 digits, such as '123456789012'; got {account_id!r}."
        )


def _require_region(region: object) -> None:
    known = _regions()
    if region not in known:
        raise ValueError(
            f"AWS has no region {region!r} in its standard partition. "
            f"Use one of: {', '.join(known)}."
        )


def _regions() -> list[str]:
    """The regions botocore knows, read from its data without importing it.

    botocore is not imported yet, because the environment is not safe yet. The pseudo region
    `aws-global` stands for global endpoints; no account lives there.
    """
    package = importlib.util.find_spec("botocore")
    if package is None or package.origin is None:
        raise RuntimeError("botocore is not installed. Run `make setup`.")
    text = (Path(package.origin).parent / "data" / "partitions.json").read_text("utf-8")
    partitions = {partition["id"]: partition for partition in json.loads(text)["partitions"]}
    return sorted(name for name in partitions["aws"]["regions"] if name != "aws-global")
