"""Lab 9, Ship the orders service with least privilege: sixteen questions to the whole account.

The checks launch the service, and call AWS as everybody who is concerned: ECS, the two roles, the
deployer, the administrator, Inkwell and strangers. They never read a policy, so every account that
behaves right passes.
"""

from __future__ import annotations

from collections.abc import Iterable

from rolelab.labs import answer_table, lab_9_world
from rolelab.labs.answer_table import Answer, AnswerTable
from rolelab.labs.grade_report import Check, Lab, Report, now
from rolelab.labs.lab_9_rows import ROWS


def check_password() -> AnswerTable:
    """Task 1: the password that counts stands in the secret alone (row 14).

    Returns:
        The rows of the table that the task decides.

    Raises:
        CheckFailed: an answer is wrong. Its text has the rows, the first wrong calls and hints.
    """
    return _asked((14,), "The password that counts is in its secret, and nowhere else.")


def check_roles() -> AnswerTable:
    """Task 2: rows 1 and 7 to 9. Result and errors as in `check_password`."""
    return _asked((1, 7, 8, 9), "ECS steps into the two roles, and neither does the other's work.")


def check_key() -> AnswerTable:
    """Task 3: rows 6, 12 and 13. Result and errors as in `check_password`."""
    return _asked((6, 12, 13), "The data is open to the service alone, at rest and on its way.")


def check_others() -> AnswerTable:
    """Task 4: rows 5, 15 and 16. Result and errors as in `check_password`."""
    return _asked((5, 15, 16), "Inkwell gets in for our work, and nobody by what the trial left.")


def check_deployer() -> AnswerTable:
    """Task 5: rows 10 and 11. Result and errors as in `check_password`."""
    return _asked((10, 11), "Nobody widens the service, neither in a hurry nor by deploying.")


def check_launch() -> AnswerTable:
    """Task 6: rows 2 to 4. Result and errors as in `check_password`."""
    return _asked((2, 3, 4), "deployer ships the service, and each role does its own work.")


def check_all() -> AnswerTable:
    """All sixteen. Result and errors as in `check_password`."""
    return _asked(_ALL, "The orders service is shipped, with what it needs and no more.")


def report() -> Report:
    """The sixteen answers as they are now, right or wrong.

    Returns:
        A report that shows itself in a notebook; its `save` writes it to a file.

    Raises:
        CheckFailed: the cells that build the lab have not been run.
    """
    table = answer_table.answers(ROWS, lab_9_world.find())
    lab = Lab(_NOTEBOOK, _TITLE, tuple(map(_reported, table)))
    return Report((lab,), now())


def _reported(answer: Answer) -> Check:
    name = f"{answer.what}: {'must' if answer.wanted else 'must not'} be possible"
    if answer.right:
        return Check(answer.number, name, "passed")
    said = "\n".join(f"{attempt}\n    {attempt.answer}" for attempt in answer.wrong)
    return Check(answer.number, name, "not yet", said, answer.hints)


_NOTEBOOK = "labs/lab_9_ship_the_orders_service.ipynb"
_TITLE = "Lab 9: Ship the orders service with least privilege"
_ALL = tuple(range(1, 17))


def _asked(numbers: Iterable[int], goal: str) -> AnswerTable:
    rows = [row for row in ROWS if row.number in set(numbers)]
    return answer_table.ask(rows, lab_9_world.find(), goal=goal)
