"""Lambda: a function with a version, an alias, a layer, a URL and an event source."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from tests.sandbox.operations.samples.sample import ACCOUNT, NAME, Clients, Sample

HOME = f"arn:aws:lambda:us-east-1:{ACCOUNT}"
FUNCTION = f"{HOME}:function:{NAME}"
LAYER = f"{HOME}:layer:{NAME}:1"
SIGNING = f"{HOME}:code-signing-config:csc-0123456789abcdef0"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/{NAME}"
TAGS = {"team": "shop"}
TRUST = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    },
}


def packed(source: str, name: str = "app.py") -> bytes:
    """A deployment package with one module."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr(name, source)
    return content.getvalue()


def prepare(aws: Clients) -> Mapping[str, Any]:
    """Everything in `us-east-1`, in the account of the caller."""
    code = packed("def handler(event, context): return event")
    aws("iam").create_role(RoleName=NAME, AssumeRolePolicyDocument=json.dumps(TRUST))
    functions = aws("lambda")
    functions.create_function(
        FunctionName=NAME,
        Runtime="python3.12",
        Role=ROLE,
        Handler="app.handler",
        Code={"ZipFile": code},
        Tags=TAGS,
    )
    functions.publish_layer_version(LayerName=NAME, Content={"ZipFile": code})
    functions.create_function_url_config(FunctionName=NAME, AuthType="AWS_IAM")
    functions.add_permission(
        FunctionName=NAME,
        StatementId=NAME,
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
    )
    queue = aws("sqs").create_queue(QueueName=NAME)["QueueUrl"]
    source = aws("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    mapped = functions.create_event_source_mapping(
        FunctionName=NAME, EventSourceArn=source["Attributes"]["QueueArn"]
    )
    return {"UUID": mapped["UUID"]}


SAMPLE = Sample(
    prepare=prepare,
    texts={
        "Arn": LAYER,
        "CodeSigningConfigArn": SIGNING,
        "Layers": [LAYER],
        "Payload": b"{}",
        "Qualifier": "1",
        "Resource": FUNCTION,
        "Role": ROLE,
        "Tags": TAGS,
        "VersionNumber": 1,
    },
    variants={
        "CreateFunction": ({"Code": {"S3Bucket": NAME, "S3Key": NAME}},),
        "UpdateFunctionCode": ({"S3Bucket": NAME, "S3Key": NAME},),
        "PublishLayerVersion": ({"Content": {"S3Bucket": NAME, "S3Key": NAME}},),
    },
    complete=False,
)
