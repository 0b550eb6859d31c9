"""What a check says, in a notebook and as text."""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell

from rolelab.labs import CheckFailed, Passed, as_role, as_user
from rolelab.labs.grader import Attempt, Attempts, Question, prove

ORDER = "arn:aws:s3:::bookshop-orders/incoming/1001.json"
ATTEMPT = Attempt(
    "user ida", "s3:GetObject", ORDER, {"VersionId": "1"}, True, "the call went through"
)
DENIED = Attempt("user <jon>", "s3:ListUsers", "*", {}, False, "AccessDenied: no")


@pytest.mark.usefixtures("bookshop")
def test_everything_as_it_must_be() -> None:
    orders = as_role("orders-task-role")
    passed = prove(
        "The role reads.",
        possible=[Question(orders, "s3:GetObject", ORDER)],
        impossible=[Question(orders, "s3:DeleteObject", ORDER)],
    )
    assert [attempt.allowed for attempt in passed.attempts] == [True, False]


@pytest.mark.usefixtures("bookshop")
def test_the_first_denial_of_what_is_needed_ends_the_check() -> None:
    jon = as_user("jon")
    questions = [
        Question(jon, "s3:GetObject", ORDER, "Jon needs a policy."),
        Question(jon, "s3:PutObject", ORDER, "Not asked any more."),
    ]
    with pytest.raises(CheckFailed) as failed:
        prove("Jon reads and writes.", possible=questions, impossible=[])
    assert "Something that is needed is denied" in str(failed.value)
    assert "Jon needs a policy." in str(failed.value)
    assert "Not asked any more." not in str(failed.value)


@pytest.mark.usefixtures("bookshop")
def test_all_that_is_still_reachable_is_named() -> None:
    ida = as_user("ida")
    other = ORDER.replace("1001", "1002")
    with pytest.raises(CheckFailed) as failed:
        prove(
            "Ida reads nothing.",
            possible=[],
            impossible=[
                Question(ida, "s3:GetObject", ORDER, "One hint."),
                Question(ida, "s3:GetObject", other, "One hint."),
            ],
        )
    assert [attempt.resource for attempt in failed.value.attempts] == [ORDER, other]
    assert str(failed.value).count("One hint.") == 1


def test_the_text_of_a_failed_check() -> None:
    error = CheckFailed(
        "Ida reads.", verdict="Something is denied:", attempts=[DENIED], hint="Look.\nLook again."
    )
    assert str(error).splitlines() == [
        "Ida reads.",
        "  Something is denied:",
        "  tried      user <jon>: s3:ListUsers",
        "  ✕ denied   AccessDenied: no",
        "  hint       Look.",
        "  hint       Look again.",
    ]


def test_a_long_list_is_cut() -> None:
    assert "and 2 more" in str(CheckFailed("Nobody reads.", attempts=[ATTEMPT] * 10))


def test_a_notebook_shows_the_message_without_a_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shell = InteractiveShell.instance()
    shell.run_cell("from rolelab.labs import CheckFailed\nraise CheckFailed('Ida reads.')")
    shown = capsys.readouterr().out
    assert "Not yet: Ida reads." in shown
    assert "Traceback" not in shown
    assert "grader.py" not in shown


def test_a_passed_check_lists_its_proofs_with_words() -> None:
    passed = Passed("Ida reads.", (ATTEMPT, DENIED))
    assert repr(passed).splitlines() == [
        "Passed: Ida reads.",
        f"  ● allowed  user ida: s3:GetObject on {ORDER} (VersionId='1')",
        "  ✕ denied   user <jon>: s3:ListUsers",
    ]


def test_the_table_of_proofs_is_escaped_and_has_headings() -> None:
    shown = Passed("Ida <reads>.", (ATTEMPT, DENIED))._repr_html_()
    assert "Ida &lt;reads&gt;." in shown
    assert "user &lt;jon&gt;" in shown
    assert shown.count('<th scope="col"') == 3
    assert "allowed" in shown
    assert "denied" in shown


@pytest.mark.parametrize(("count", "folded"), [(15, False), (16, True)])
def test_a_long_table_of_proofs_is_folded(count: int, folded: bool) -> None:
    shown = Passed("Ida reads.", (ATTEMPT,) * count)._repr_html_()
    assert ("<details>" in shown) is folded
    assert f"{count} calls" in shown


def test_what_is_reached_shows_itself() -> None:
    assert repr(Attempts([DENIED])) == "✕ denied   user <jon>: s3:ListUsers"
    assert "user &lt;jon&gt;" in Attempts([DENIED])._repr_html_()
    assert repr(Attempts()) == "Nothing of it is reachable."
