"""The organization of lab 6 as its cells build it, and everybody who calls there.

What is looked up or prepared here runs past the gate: it is the check's own, and no policy of the
learner's stops it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from rolelab.labs.callers import RUN_THE_CELLS
from rolelab.labs.grader import CheckFailed

REGION = "eu-west-1"
DEV, REPORTS = "dev", "reports"
INKWELL, QUILL, STRANGER = "999988887777", "111122223333", "222233334444"
EXTERNAL_ID, OTHER_ID = "inkwell-0417", "inkwell-0512"
BOUNDARY, TOOLS = "apps-boundary", "team-tools"
DEVELOPER, PLATFORM, EXECUTION = "developer", "platform", "csecstaskexecutionrole"
READER = "inkwell-reader"
SCP, RCP = "guard-developers", "guard-data"
TRAIL, BUCKET, LOG_GROUP = "bookshop", "bookshop-dev-orders", "/ecs/apps"
IMAGE = "apps:1.0"

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
MINE = "rolelab-check"

FOR_TASKS = json.dumps(
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


@dataclass(frozen=True, slots=True)
class Somebody:
    """Somebody with credentials.

    Attributes:
        name: as the table calls them.
        credentials: for boto3.
        clients: those made so far, by service and Region.
    """

    name: str
    credentials: dict[str, str]
    clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    def client(self, service: str, region: str = REGION) -> Any:
        """A boto3 client, the same one each time."""
        import boto3

        if (service, region) not in self.clients:
            # Clients of one boto3 session share what it has read of the service models.
            make: Any = boto3.client
            self.clients[service, region] = make(service, region_name=region, **self.credentials)
        return self.clients[service, region]


@dataclass(frozen=True, slots=True)
class World:
    """The organization as the lab's cells build it.

    Attributes:
        dev, reports: the ids of its two member accounts.
        known: everybody who has called so far.
    """

    dev: str
    reports: str
    known: dict[str, Somebody] = field(default_factory=dict)

    @property
    def organizations(self) -> Any:
        """AWS Organizations, as an administrator of the management account uses it."""
        return self.account(management(), "the management account").client("organizations")

    def guard(self, name: str) -> str:
        """The id of an SCP or RCP of the organization.

        Raises:
            CheckFailed: there is none of this name.
        """
        from rolelab.sandbox import gate

        kind = "SERVICE_CONTROL_POLICY" if name == SCP else "RESOURCE_CONTROL_POLICY"
        with gate.bypassed():
            found = self.organizations.list_policies(Filter=kind)["Policies"]
        for policy in found:
            if policy["Name"] == name:
                return str(policy["Id"])
        raise CheckFailed(f"The organization has no policy {name}.", hint=RUN_THE_CELLS)

    def role(self, name: str, *, path: str = "/") -> str:
        """The ARN of a role of dev."""
        return f"arn:aws:iam::{self.dev}:role{path}{name}"

    def policy(self, name: str) -> str:
        """The ARN of a managed policy of dev."""
        return f"arn:aws:iam::{self.dev}:policy/{name}"

    @property
    def admin(self) -> Somebody:
        """The administrator of dev."""
        return self.account(self.dev, "the administrator of dev")

    @property
    def developer(self) -> Somebody:
        """A session of the role developer."""
        return self.session(self.role(DEVELOPER))

    @property
    def platform(self) -> Somebody:
        """A session of the platform team's role."""
        return self.session(self.role(PLATFORM))

    def account(self, account: str, name: str) -> Somebody:
        """The administrator of an account."""
        if account not in self.known:
            from rolelab.sandbox import account as current

            found: Any = current.current().admin(account).get_credentials()
            keys = (found.access_key, found.secret_key, found.token)
            self.known[account] = Somebody(name, credentials(*keys))
        return self.known[account]

    def session(self, arn: str) -> Somebody:
        """A session of a role. Its trust policy is not asked: the question is what it may do."""
        from rolelab.sandbox import sessions

        if arn not in self.known:
            made = sessions.issue("assumed-role", issuer_arn=arn, name=MINE, duration=900)
            keys = (made.access_key_id, made.secret_access_key, made.session_token)
            self.known[arn] = Somebody(f"role {arn.rsplit('/', 1)[-1]}", credentials(*keys))
        return self.known[arn]

    def app_role(self, name: str = MINE, *, boundary: bool = True) -> str:
        """A role that a developer made before, with AdministratorAccess; past the gate."""
        from rolelab.sandbox import gate

        limit = {"PermissionsBoundary": self.policy(BOUNDARY)} if boundary else {}
        iam = self.admin.client("iam")
        with gate.bypassed():
            iam.create_role(
                Path="/apps/", RoleName=name, AssumeRolePolicyDocument=FOR_TASKS, **limit
            )
            iam.attach_role_policy(RoleName=name, PolicyArn=ADMINISTRATOR)
        self.known.pop(self.role(name, path="/apps/"), None)
        return self.role(name, path="/apps/")


def credentials(key: str, secret: str, token: str) -> dict[str, str]:
    """Temporary credentials as boto3's clients take them."""
    return {
        "aws_access_key_id": key,
        "aws_secret_access_key": secret,
        "aws_session_token": token,
    }


def management() -> str:
    """The id of the management account: the one that the sandbox begins with."""
    from rolelab.sandbox import account

    return account.current().account_id


def find() -> World:
    """Find the accounts by their names, past the gate.

    Raises:
        CheckFailed: the cells that build the lab have not been run.
    """
    from botocore.exceptions import ClientError

    from rolelab.sandbox import gate

    world = World("", "")
    try:
        with gate.bypassed():
            found = world.organizations.list_accounts()["Accounts"]
            ids = {each["Name"]: str(each["Id"]) for each in found}
            world = World(ids[DEV], ids[REPORTS], world.known)
            iam = world.admin.client("iam")
            for role in (DEVELOPER, PLATFORM, EXECUTION, READER):
                iam.get_role(RoleName=role)
            iam.get_policy(PolicyArn=world.policy(BOUNDARY))
    except (RuntimeError, ClientError, KeyError):
        raise CheckFailed(
            "The organization with its accounts dev and reports is not there, or not complete.",
            hint=RUN_THE_CELLS,
        ) from None
    return world
