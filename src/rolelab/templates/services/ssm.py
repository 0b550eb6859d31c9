"""Parameter Store: parameters of the types that a template can make."""

from __future__ import annotations

from rolelab.templates.account_reading import Account
from rolelab.templates.found import Findings, Found, Identifier, LeftOut, given
from rolelab.templates.services.tags import tags


def read(account: Account) -> Findings:
    """Give the parameters. Page: *AWS::SSM::Parameter*: Type is String or StringList."""
    for listed in account.pages("ssm", "describe_parameters", "Parameters"):
        name = listed["Name"]
        if listed["Type"] == "SecureString":
            yield LeftOut(
                f"parameter {name}", "a template cannot make a SecureString; call PutParameter"
            )
            continue
        value = account.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
        own = {"ResourceType": "Parameter", "ResourceId": name}
        yield Found(
            "AWS::SSM::Parameter",
            name,
            account.arn("ssm", f"parameter/{name.lstrip('/')}"),
            name,
            given(
                Name=name,
                Type=listed["Type"],
                Value=value,
                Description=listed.get("Description"),
                Tags={
                    each["Key"]: each["Value"]
                    for each in tags(account.client("ssm").list_tags_for_resource(**own)["TagList"])
                },
            ),
            (Identifier(name),) if "/" in name else (),
            lasting_name=True,
        )
