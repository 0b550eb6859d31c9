"""What calls to Lambda ask, and the policies on functions.

Pages: *Fine-tuning the Resources and Conditions sections of policies*; *Invoke*; *Viewing
resource-based IAM policies in Lambda*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rolelab.iam import Policies, Request, evaluate
from rolelab.sandbox.operations import checks_of, resources_of
from rolelab.sandbox.resource_policies import attached
from tests.sandbox.operations.samples import lambda_ as sample

ACCOUNT, OTHER = "123456789012", "111122223333"
FUNCTION = sample.FUNCTION
NAMED: dict[str, tuple[dict[str, str], str]] = {
    "a name": ({"FunctionName": "sample"}, FUNCTION),
    "a name and a qualifier": ({"FunctionName": "sample", "Qualifier": "v1"}, f"{FUNCTION}:v1"),
    "a name with its alias": ({"FunctionName": "sample:v1"}, f"{FUNCTION}:v1"),
    "an ARN": ({"FunctionName": FUNCTION}, FUNCTION),
    "an ARN with a version": ({"FunctionName": f"{FUNCTION}:3"}, f"{FUNCTION}:3"),
    "the ARN's qualifier counts": (
        {"FunctionName": f"{FUNCTION}:3", "Qualifier": "3"},
        f"{FUNCTION}:3",
    ),
    "a partial ARN of another account": (
        {"FunctionName": f"{OTHER}:function:sample"},
        FUNCTION.replace(ACCOUNT, OTHER),
    ),
}


@pytest.mark.parametrize(("given", "arn"), NAMED.values(), ids=NAMED)
def test_invoking_asks_invoke_function_on_what_is_named(
    call: Any, given: dict[str, str], arn: str
) -> None:
    (check,) = checks_of(call("lambda", "Invoke", **given))
    assert (check.action, check.resource) == ("lambda:InvokeFunction", arn)
    assert check.resource_account == arn.split(":")[4]


def test_making_a_function_passes_its_role_to_lambda(call: Any) -> None:
    given = {"FunctionName": "new", "Role": sample.ROLE, "Code": {"ZipFile": b""}}
    made, passed = checks_of(call("lambda", "CreateFunction", **given))
    assert (made.action, made.resource) == (
        "lambda:CreateFunction",
        FUNCTION.replace("sample", "new"),
    )
    assert (passed.action, passed.resource) == ("iam:PassRole", sample.ROLE)
    assert passed.context["iam:PassedToService"] == "lambda.amazonaws.com"


def test_another_role_is_passed_anew_and_other_changes_pass_none(call: Any) -> None:
    changed = checks_of(
        call("lambda", "UpdateFunctionConfiguration", FunctionName="sample", Role=sample.ROLE)
    )
    assert [each.action for each in changed] == [
        "lambda:UpdateFunctionConfiguration",
        "iam:PassRole",
    ]
    same = checks_of(
        call("lambda", "UpdateFunctionConfiguration", FunctionName="sample", Timeout=9)
    )
    assert [each.action for each in same] == ["lambda:UpdateFunctionConfiguration"]


def test_code_in_a_bucket_is_read_in_the_callers_name(call: Any) -> None:
    given = {"FunctionName": "sample", "S3Bucket": "code", "S3Key": "app.zip"}
    _, read = checks_of(call("lambda", "UpdateFunctionCode", **given))
    assert (read.action, read.resource) == ("s3:GetObject", "arn:aws:s3:::code/app.zip")
    assert read.context["aws:CalledViaFirst"] == "lambda.amazonaws.com"


def test_a_layer_is_used_by_reading_its_version(call: Any) -> None:
    given = {"FunctionName": "sample", "Layers": [sample.LAYER]}
    update, layer = checks_of(call("lambda", "UpdateFunctionConfiguration", **given))
    assert update.context["lambda:Layer"] == [sample.LAYER]
    assert (layer.action, layer.resource) == ("lambda:GetLayerVersion", sample.LAYER)


def test_permissions_say_whom_they_are_for(aws: Callable[[str], Any], call: Any) -> None:
    sample.prepare(aws)
    (added,) = checks_of(
        call("lambda", "AddPermission", FunctionName="sample", Principal="s3.amazonaws.com")
    )
    assert added.context["lambda:Principal"] == "s3.amazonaws.com"
    (removed,) = checks_of(
        call("lambda", "RemovePermission", FunctionName="sample", StatementId="sample")
    )
    assert removed.context["lambda:Principal"] == "events.amazonaws.com"


def test_an_event_source_mapping_says_which_function(aws: Callable[[str], Any], call: Any) -> None:
    uuid = sample.prepare(aws)["UUID"]
    (check,) = checks_of(call("lambda", "DeleteEventSourceMapping", UUID=uuid))
    assert check.resource == f"{sample.HOME}:event-source-mapping:{uuid}"
    assert check.context["lambda:FunctionArn"] == FUNCTION


def test_tags_of_the_function_decide_also_for_its_aliases(
    aws: Callable[[str], Any], call: Any
) -> None:
    sample.prepare(aws)
    (check,) = checks_of(call("lambda", "Invoke", FunctionName="sample", Qualifier="live"))
    assert check.context["aws:ResourceTag/team"] == "shop"


def allowed(arn: str) -> bool:
    """May EventBridge invoke this?"""
    known = attached(arn)
    request = Request("events.amazonaws.com", "lambda:InvokeFunction", arn, known.account, {})
    return evaluate(request, Policies(resource=known.policy)).allowed


def test_the_policy_on_the_function_says_nothing_about_its_aliases(
    aws: Callable[[str], Any],
) -> None:
    sample.prepare(aws)
    assert allowed(FUNCTION)
    assert not allowed(f"{FUNCTION}:live")


def test_an_alias_has_a_policy_of_its_own(aws: Callable[[str], Any]) -> None:
    sample.prepare(aws)
    functions = aws("lambda")
    functions.publish_version(FunctionName="sample")
    functions.create_alias(FunctionName="sample", Name="live", FunctionVersion="1")
    functions.add_permission(
        FunctionName="sample",
        Qualifier="live",
        StatementId="more",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
    )
    assert allowed(f"{FUNCTION}:live")
    assert not allowed(f"{FUNCTION}:1")


@pytest.mark.parametrize(
    "arn",
    [FUNCTION, sample.LAYER, "arn:aws:lambda:us-east-1:123456789012:event-source-mapping:x"],
    ids=["no such function", "no such layer", "takes no policy"],
)
def test_without_a_policy_only_the_owner_is_known(aws: Callable[[str], Any], arn: str) -> None:
    assert (attached(arn).account, attached(arn).policy) == (ACCOUNT, None)


def test_the_trail_names_the_function_of_an_invocation(call: Any) -> None:
    (named,) = resources_of(call("lambda", "Invoke", FunctionName="sample", Qualifier="live"))
    assert (named["ARN"], named["type"]) == (FUNCTION, "AWS::Lambda::Function")
    assert resources_of(call("lambda", "ListFunctions")) == []
