"""Functions to invoke: their code, their role, and what they answer."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from typing import Any

import boto3

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/work"
ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:work"
ECHO = "def handler(event, context):\n    return event\n"
LOGS = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]


def packed(**modules: str) -> bytes:
    """A deployment package: `packed(app="def handler...")`."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        for name, source in modules.items():
            package.writestr(f"{name.replace('__', '/')}.py", source)
    return content.getvalue()


def trust(service: str = "lambda.amazonaws.com") -> str:
    """A trust policy for a service."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def make_role(name: str = "work", service: str = "lambda.amazonaws.com", may: Any = LOGS) -> str:
    """A role with an inline policy."""
    iam = boto3.client("iam")
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(service))["Role"][
        "Arn"
    ]
    statement = {"Effect": "Allow", "Action": may, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document)
    return arn


def make_function(source: str = ECHO, **more: Any) -> dict[str, Any]:
    """The function `work`, with the role `work`, and time enough for a busy machine."""
    given: dict[str, Any] = {
        "FunctionName": "work",
        "Runtime": "python3.12",
        "Role": ROLE,
        "Handler": "app.handler",
        "Timeout": 30,
        "Code": {"ZipFile": packed(app=source)},
    }
    made: dict[str, Any] = boto3.client("lambda").create_function(**{**given, **more})
    return made


def told(answer: dict[str, Any]) -> Any:
    """What a function answered."""
    return json.loads(answer["Payload"].read())


def log_of(answer: dict[str, Any]) -> str:
    """The end of the log in an answer."""
    return base64.b64decode(answer["LogResult"]).decode()
