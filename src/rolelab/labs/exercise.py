"""The check of an exercise inside a lesson: it speaks, and the lesson goes on.

A lesson must run from top to bottom whether or not the learner has done an exercise, so a check
that is not met prints what is missing and ends there. With ROLELAB_STRICT=1 it fails instead: the
tests run every lesson's answers that way.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

STRICT = "ROLELAB_STRICT"
NOT_YET = "○ Not yet: "
"""How the line of an exercise that is not done begins."""


@contextmanager
def your_turn(goal: str) -> Iterator[None]:
    """Run an exercise's checks and say how they ended.

    Args:
        goal: what is true once the exercise is done, as a sentence without a full stop.

    Prints one line: the goal when every check in the block passed, else what is still missing.
    Only failed checks, refused calls and names that do not exist yet are taken as "not done";
    anything else is a mistake in the notebook and is raised. With the environment variable
    ROLELAB_STRICT set to 1, everything is raised.
    """
    from botocore.exceptions import ClientError

    try:
        yield
    except (AssertionError, ClientError, NameError) as missing:
        if os.environ.get(STRICT) == "1":
            raise
        print(f"{NOT_YET}{goal}.\n  {str(missing) or 'One of the checks does not hold yet.'}")
    else:
        print(f"● Done: {goal}.")
