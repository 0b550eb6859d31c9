"""CloudFormation."""

from __future__ import annotations

from collections.abc import Iterator

from rolelab.sandbox.cloudformation import stacks
from rolelab.sandbox.cloudformation.template import parse
from tests.sandbox.operations.samples.sample import ACCOUNT, NAME, REGION, Clients, Sample

TEMPLATE = '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'
ROLE = f"arn:aws:iam::{ACCOUNT}:role/{NAME}"


def prepare(aws: Clients) -> None:
    """A tagged stack with a change set, and a service role."""
    trust = '{"Version": "2012-10-17", "Statement": []}'
    aws("iam").create_role(RoleName=NAME, AssumeRolePolicyDocument=trust)
    stack = stacks.build(NAME, ACCOUNT, REGION, "aws")
    stacks.keep(stack)
    stack.inputs = stacks.Inputs(parse(TEMPLATE), tags={"team": "shop"})
    proposed = stacks.ChangeSet(
        f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:changeSet/{NAME}/1",
        NAME,
        stack.inputs,
        "UPDATE",
        [],
        "CREATE_COMPLETE",
        "AVAILABLE",
    )
    stack.change_sets[proposed.change_set_id] = proposed


def _deviations() -> Iterator[tuple[tuple[str, str, str], str]]:
    every = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/*/*"
    for operation in ("DescribeStacks", "ListStacks"):
        yield (
            (operation, "cloudformation:ListStacks", f"resource {every}"),
            "AWS's own denials of ListStacks name stack/*/*",
        )


SAMPLE = Sample(
    prepare=prepare,
    texts={"RoleARN": ROLE, "AdministrationRoleARN": ROLE, "TemplateBody": TEMPLATE},
    variants={
        "GetTemplateSummary": (
            {"StackName": NAME},
            {"StackSetName": NAME},
            {"TemplateURL": "https://s3.amazonaws.com/shop/stack.yaml"},
        ),
        "DescribeStacks": ({"StackName": NAME},),
        "CreateStack": ({"StackName": "another"},),
        "ExecuteChangeSet": (
            {"ChangeSetName": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:changeSet/{NAME}/1"},
        ),
    },
    deviations=dict(_deviations()),
    complete=False,
)
