"""The account of lab 8 in the hour after the break-in, and what the intruder holds of it.

The account is that of the records. The calls of the records that gave the intruder credentials are
made once more, by the same key and from the same addresses, so each verdict is IAM's own.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from rolelab.labs.callers import as_service
from rolelab.labs.grader import CheckFailed
from rolelab.labs.lab_8_incident import Incident, Record

if TYPE_CHECKING:
    import boto3

    from rolelab.account import Account
    from rolelab.ecs.task import Task
    from rolelab.trails.launches import OnPaper

TASKS = "ecs-tasks.amazonaws.com"
NAT = "198.51.100.20"
ELSEWHERE = "192.0.2.33"
"""An address that the intruder has not used yet."""

_AGE = timedelta(minutes=40)
_VALID = timedelta(hours=6)
_BEGIN_ANEW = "Run the cell with lab_8.reopen(trail), and what you have changed after it."


@dataclass(frozen=True)
class Held:
    """Credentials in the intruder's hands.

    Attributes:
        name: whose they are, as tables call them.
        role: the role of a session; "" for a long-term key.
        keys: for boto3.
        clients: those made so far.
    """

    name: str
    role: str
    keys: Mapping[str, str]
    clients: dict[str, Any] = field(default_factory=dict)

    @property
    def access_key(self) -> str:
        return self.keys["aws_access_key_id"]

    def client(self, service: str) -> Any:
        """A boto3 client that signs with them, the same one each time."""
        if service not in self.clients:
            self.clients[service] = client(service, **self.keys)
        return self.clients[service]

    def keep_valid(self) -> None:
        """A lab may take longer than a session lasts. These do not end by waiting."""
        from rolelab.sandbox import sessions

        found = sessions.find(self.access_key)
        if found is not None:
            issued, now = found.issued, datetime.now(UTC)
            sessions.redate(self.access_key, issued=issued, expiration=now + _VALID)


@dataclass(frozen=True)
class Intruder:
    """What the intruder knows and holds; shows itself in a notebook.

    Attributes:
        sandbox: the account.
        incident: what the records say.
        key: the user's long-term key.
        sessions: role -> a session of it, which is valid.
        secrets: name -> the value that was read.
    """

    sandbox: Account
    incident: Incident
    key: Held
    sessions: Mapping[str, Held]
    secrets: Mapping[str, str]

    def __repr__(self) -> str:
        return "\n".join(f"{kind:<15} {whose}" for kind, whose in self._holds())

    def _repr_html_(self) -> str:
        cells = "".join(
            f'<tr><td style="{_CELL}">{kind}</td><td style="{_CELL}">{html.escape(whose)}</td></tr>'
            for kind, whose in self._holds()
        )
        head = f'<th scope="col" style="{_CELL}">the intruder holds</th>'
        return f'<table><thead><tr>{head}<th scope="col">of</th></tr></thead>{cells}</table>'

    def _holds(self) -> list[tuple[str, str]]:
        return [
            ("long-term key", f"{self.key.name}, {self.key.access_key}"),
            *(("session", each.name) for each in self.sessions.values()),
            *(("value", f"secret {name}") for name in self.secrets),
        ]

    def still_there(self) -> None:
        """Make sure that checks are about this account, and that no session has just expired.

        Raises:
            CheckFailed: another account has been started since.
        """
        from rolelab.sandbox import account

        try:
            current = account.current()
        except RuntimeError:
            current = None
        if current is not self.sandbox:
            raise CheckFailed("The account of the incident is not there.", hint=_BEGIN_ANEW)
        for each in self.sessions.values():
            each.keep_valid()


_CELL = "text-align:left;padding:2px 12px 2px 0"


def break_in(incident: Incident) -> Intruder:
    """Start the account of the records, and let the intruder get in as the records say.

    The administrator is signed in afterwards. The sessions are forty minutes old.
    """
    from rolelab.trails import reopened
    from rolelab.trails.launches import launched_on_paper

    sandbox = reopened.start()
    with launched_on_paper() as tasks:
        return _Again(sandbox, incident, tasks).intruder()


class _Again:
    """Makes the intruder's calls once more."""

    def __init__(self, sandbox: Account, incident: Incident, tasks: OnPaper) -> None:
        self._sandbox, self._incident, self._tasks = sandbox, incident, tasks
        name = f"user {incident.user}"
        self._key = Held(name, "", _long_term(incident))
        self._sessions: dict[str, Held] = {}

    def intruder(self) -> Intruder:
        incident = self._incident
        first = as_service(TASKS).assume(incident.first_role, session_name=incident.first_session)
        self._hold(incident.first_role, incident.first_session, _keys_of(first))
        for record in incident.events.loc[incident.events["error"].isna(), "record"]:
            step = self._STEPS.get(record["eventName"])
            if step is not None:
                _from(record["sourceIPAddress"], partial(step, self, record))
        secrets = {name: self._read(name) for name in incident.secrets}
        for each in self._sessions.values():
            _make_older(each)
        return Intruder(self._sandbox, incident, self._key, dict(self._sessions), secrets)

    def _hold(self, role: str, session: str, keys: Mapping[str, str]) -> None:
        self._sessions[role] = Held(f"role {role}, session {session}", role, keys)

    def _assume(self, record: Record) -> None:
        asked = record["requestParameters"]
        session = asked["roleSessionName"]
        given = self._key.client("sts").assume_role(
            RoleArn=asked["roleArn"], RoleSessionName=session
        )["Credentials"]
        keys = credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        self._hold(self._incident.entered_role, session, keys)

    def _register(self, record: Record) -> None:
        self._entered("ecs").register_task_definition(**record["requestParameters"])

    def _run(self, record: Record) -> None:
        asked = {
            name: value
            for name, value in record["requestParameters"].items()
            if name != "clientToken"
        }
        self._entered("ecs").run_task(**asked)
        let_in = self._tasks.last()
        assert let_in.task_role is not None
        role = str(let_in.task.task_role).rpartition("/")[2]
        self._hold(role, let_in.task.id, _keys_of(let_in.task_role))
        _end(let_in.task)

    def _entered(self, service: str) -> Any:
        return self._sessions[self._incident.entered_role].client(service)

    def _read(self, name: str) -> str:
        """The value of a secret, by the role that read it."""
        (record, *_) = (
            each
            for each in self._incident.done("GetSecretValue")
            if each["requestParameters"]["secretId"] == name
        )
        role = record["userIdentity"]["sessionContext"]["sessionIssuer"]["userName"]
        secrets = self._sessions[role].client("secretsmanager")
        value: str = _from(
            record["sourceIPAddress"],
            lambda: secrets.get_secret_value(SecretId=name)["SecretString"],
        )
        return value

    _STEPS: Mapping[str, Callable[[_Again, Record], None]] = {
        "AssumeRole": _assume,
        "RegisterTaskDefinition": _register,
        "RunTask": _run,
    }


def _end(task: Task) -> None:
    """Let a task end. Its container has done nothing but hand its credentials over."""
    from rolelab.ecs import stopped_reasons
    from rolelab.ecs.task import STOPPED

    for container in task:
        container.status, container.exit_code = STOPPED, 0
    task.ask_to_stop(stopped_reasons.ESSENTIAL_EXITED, stopped_reasons.ESSENTIAL_CONTAINER)
    task.move(STOPPED)


def _from(address: str, call: Callable[[], Any]) -> Any:
    from rolelab.sandbox import gate

    with gate.sent_from(address):
        return call()


def _long_term(incident: Incident) -> dict[str, str]:
    """Both halves of the user's key: the records have the id, the file had the rest."""
    from moto.iam.models import iam_backends

    from rolelab.trails.bookshop import ACCOUNT

    found = iam_backends[ACCOUNT]["aws"].users[incident.user].access_keys
    (secret,) = (
        each.secret_access_key for each in found if each.access_key_id == incident.access_key
    )
    return {"aws_access_key_id": incident.access_key, "aws_secret_access_key": secret}


def _make_older(held: Held) -> None:
    from rolelab.sandbox import sessions

    now = datetime.now(UTC).replace(microsecond=0)
    sessions.redate(held.access_key, issued=now - _AGE, expiration=now + _VALID)


def _keys_of(session: boto3.Session) -> dict[str, str]:
    found: Any = session.get_credentials()
    return credentials(found.access_key, found.secret_key, found.token)


def credentials(key: str, secret: str, token: str) -> dict[str, str]:
    """Temporary credentials as boto3's clients take them."""
    return {
        "aws_access_key_id": key,
        "aws_secret_access_key": secret,
        "aws_session_token": token,
    }


def client(service: str, **settings: Any) -> Any:
    """A boto3 client; of the learner, unless the settings have credentials."""
    import boto3

    make: Any = boto3.client
    return make(service, **settings)
