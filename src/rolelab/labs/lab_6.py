"""Lab 6, Guardrails for a team: twenty questions to the developers' account.

The checks put the learner's documents in place and make real calls: as the developers' role, as
roles that developers made, as the account's administrator, as other accounts of the organization
and as strangers. They never read a policy, so every set of guardrails that behaves right passes.
"""

from __future__ import annotations

from dataclasses import dataclass

from rolelab.labs import answer_table, lab_6_world
from rolelab.labs.answer_table import AnswerTable
from rolelab.labs.hand_in import FROM_NOTEBOOK, graded
from rolelab.labs.lab_6_rows import DECIDERS, ROWS
from rolelab.labs.lab_6_world import BOUNDARY, DEVELOPER, RCP, READER, SCP


def check_boundary(boundary: object = FROM_NOTEBOOK) -> AnswerTable:
    """Task 1: what roles with the boundary can do, and what not even AdministratorAccess opens.

    Args:
        boundary: the policy `apps-boundary`, as a dict or JSON text. By default the notebook's
            variable `boundary`.

    Returns:
        The rows of the table that the boundary decides.

    Raises:
        CheckFailed: an answer is wrong.
    """
    return graded("boundary", boundary, _put_boundary, lambda: _asked(_BOUNDARY))


def check_developer(developer_policy: object = FROM_NOTEBOOK) -> AnswerTable:
    """Task 2: what the role `developer` can do. Args, result and errors as in `check_boundary`."""
    return graded("developer_policy", developer_policy, _put_developer, lambda: _asked(_DEVELOPERS))


def check_scp(scp: object = FROM_NOTEBOOK) -> AnswerTable:
    """Task 3: what nobody in the account can do. Args, result and errors as in `check_boundary`."""
    return graded("scp", scp, lambda text: _put_guard(SCP, text), lambda: _asked(_ACCOUNT))


def check_rcp(rcp: object = FROM_NOTEBOOK) -> AnswerTable:
    """Task 4: who reaches the account's buckets. Args, result, errors as in `check_boundary`."""
    return graded("rcp", rcp, lambda text: _put_guard(RCP, text), lambda: _asked(_DATA))


def check_trust(inkwell_trust: object = FROM_NOTEBOOK) -> AnswerTable:
    """Task 5: who gets into `inkwell-reader`. Args, result and errors as in `check_boundary`."""
    return graded("inkwell_trust", inkwell_trust, _put_trust, lambda: _asked(_PARTNER))


def check_team() -> AnswerTable:
    """All twenty, with the guardrails together as they stand in the account.

    Raises:
        CheckFailed: an answer is wrong. Its text has the whole table.
    """
    return _asked(_ALL)


@dataclass(frozen=True, slots=True)
class _Task:
    """Some of the rows, and what is true once they are right."""

    rows: tuple[int, ...]
    goal: str


_BOUNDARY = _Task((7, 13), "Apps do their work, and AdministratorAccess opens nothing more.")
_DEVELOPERS = _Task(
    (*range(1, 7), 11, 12, 14, 15, 16), "Developers build alone, and reach no further than apps do."
)
_ACCOUNT = _Task(
    (10, 17, 18), "Nobody in dev touches the trail, leaves the organization or works elsewhere."
)
_DATA = _Task((8, 9, 19), "Whoever comes to a bucket of dev is of the organization.")
_PARTNER = _Task((9, 20), "Inkwell gets in for our work, and nobody else does.")
_ALL = _Task(tuple(range(1, 21)), "A team can do ten things, and ten others nobody can.")


def _asked(task: _Task) -> AnswerTable:
    rows = [row for row in ROWS if row.number in task.rows]
    return answer_table.ask(rows, lab_6_world.find(), goal=task.goal, deciders=DECIDERS)


# --- putting an answer in place -------------------------------------------------------------------


def _put_boundary(text: str) -> None:
    """A managed policy has five versions at most, so the oldest makes room."""
    world = lab_6_world.find()
    iam = world.admin.client("iam")
    arn = world.policy(BOUNDARY)
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    spare = sorted(
        (each for each in versions if not each["IsDefaultVersion"]),
        key=lambda each: int(each["VersionId"].removeprefix("v")),
    )
    if len(versions) == 5:
        iam.delete_policy_version(PolicyArn=arn, VersionId=spare[0]["VersionId"])
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=text, SetAsDefault=True)


def _put_developer(text: str) -> None:
    lab_6_world.find().admin.client("iam").put_role_policy(
        RoleName=DEVELOPER, PolicyName="developer-access", PolicyDocument=text
    )


def _put_guard(name: str, text: str) -> None:
    world = lab_6_world.find()
    world.organizations.update_policy(PolicyId=world.guard(name), Content=text)


def _put_trust(text: str) -> None:
    lab_6_world.find().admin.client("iam").update_assume_role_policy(
        RoleName=READER, PolicyDocument=text
    )
