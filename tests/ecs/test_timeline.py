"""The timeline of a launch: `sandbox.launch(task_arn)`."""

from __future__ import annotations

import pytest

from tests.ecs.bookshop import EXECUTION, EXECUTION_POLICY, TASK, Bookshop


def test_it_says_who_called_what_and_what_came_of_it(shop: Bookshop) -> None:
    source = "import boto3\nboto3.client('s3').list_buckets()\n"
    task = shop.run(shop.register(shop.container(image=shop.push(source, "try"))))
    shop.ended(task)
    frame = shop.sandbox.launch(task).to_frame()
    assert list(frame.columns) == ["step", "role", "call", "resource", "verdict", "ms"]
    told = list(frame[["role", "call", "verdict"]].itertuples(index=False, name=None))
    assert told == [
        ("Administrator/learner", "ecs:RunTask", "allowed"),
        ("Administrator/learner", "iam:PassRole", "allowed"),
        ("Administrator/learner", "iam:PassRole", "allowed"),
        (EXECUTION, "sts:AssumeRole", "allowed"),
        (TASK, "sts:AssumeRole", "allowed"),
        (EXECUTION, "ecr:GetAuthorizationToken", "allowed"),
        (EXECUTION, "logs:CreateLogStream", "allowed"),
        (EXECUTION, "ecr:BatchGetImage", "allowed"),
        (EXECUTION, "ecr:GetDownloadUrlForLayer", "allowed"),
        (EXECUTION, "ecr:GetDownloadUrlForLayer", "allowed"),
        (TASK, "s3:ListBuckets", "denied"),
    ]
    assert (frame["ms"] >= 0).all()


def test_it_shows_itself_as_a_picture_with_words(shop: Bookshop) -> None:
    shop.iam.detach_role_policy(RoleName=EXECUTION, PolicyArn=EXECUTION_POLICY)
    task = shop.run()
    shop.ended(task)
    view = shop.sandbox.launch(task.rpartition("/")[2])
    assert view._repr_html_().startswith('<img alt="The launch ended where csecstaskexecutionrole')
    assert "was denied ecr:GetAuthorizationToken" in repr(view)


def test_a_task_that_there_is_not_is_named(shop: Bookshop) -> None:
    with pytest.raises(LookupError, match=r"No task 'none' was run in this account"):
        shop.sandbox.launch("none")
