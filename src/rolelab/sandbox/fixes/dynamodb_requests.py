"""What DynamoDB says of requests that moto takes, or refuses in other words.

AWS pages: *Reserved words in DynamoDB*; *BatchExecuteStatement*; *CreateTable*, "SSESpecification".
The sentences are those with which DynamoDB answers, as they are widely reported.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.operations.dynamodb_expressions import attributes_in
from rolelab.sandbox.operations.dynamodb_items import table_arn
from rolelab.sandbox.operations.dynamodb_partiql import read
from rolelab.sandbox.operations.kms_keys import key_arn
from rolelab.sandbox.resource_policies.dynamodb import table
from rolelab.sandbox.resource_policies.kms import kms_key

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call
    from rolelab.sandbox.fixes import Response, Serve


@fix("dynamodb", "Query")
@fix("dynamodb", "Scan")
def read_expressions(call: Call, response: Any, serve: Serve) -> Response:
    """moto takes a reserved word for the name of a key, and calls a filter a condition."""
    for member in ("KeyConditionExpression", "FilterExpression"):
        for name in attributes_in(str(call.parameters.get(member) or ""), {}):
            if name.upper() in _reserved():
                raise _invalid(
                    f"Invalid {member}: Attribute name is a reserved keyword; "
                    f"reserved keyword: {name}"
                )
    return serve()


@fix("dynamodb", "Query")
@fix("dynamodb", "Scan")
def read_index(call: Call, response: Any, serve: Serve) -> Response:
    """moto reports a missing index as a missing table."""
    index = call.parameters.get("IndexName")
    found = table(table_arn(str(call.parameters.get("TableName", "")), call))
    if index and found is not None and all(each.name != index for each in found.all_indexes()):
        raise _invalid(f"The table does not have the specified index: {index}")
    return serve()


@fix("dynamodb", "UpdateItem")
def change_nothing(call: Call, response: Any, serve: Serve) -> Response:
    """Without an update expression an item stays as it is, or is made of its key.

    moto stops there. Page: *UpdateItem*: of its parameters only the key and the table are required.
    """
    if "UpdateExpression" not in call.parameters and not call.parameters.get("AttributeUpdates"):
        response.params["AttributeUpdates"] = {}
    return serve()


@fix("dynamodb", "DeleteTable")
@fix("dynamodb", "UpdateTable")
@fix("dynamodb", "DescribeTimeToLive")
@fix("dynamodb", "UpdateTimeToLive")
def on_table(call: Call, response: Any, serve: Serve) -> Response:
    """Operations on a table name it when it is not there; those on items do not."""
    named = str(call.parameters.get("TableName", ""))
    if named and table(table_arn(named, call)) is None:
        raise ServiceError(
            "ResourceNotFoundException",
            f"Requested resource not found: Table: {named.rpartition('/')[2]} not found",
        )
    return serve()


@fix("dynamodb", "CreateTable")
@fix("dynamodb", "UpdateTable")
def choose_key(call: Call, response: Any, serve: Serve) -> Response:
    """moto puts a table under a key that does not exist."""
    wanted = call.parameters.get("SSESpecification") or {}
    named = wanted.get("KMSMasterKeyId")
    if wanted.get("Enabled") and named and str(named) != "alias/aws/dynamodb":
        arn = key_arn(str(named), (call.account,), call.region, call)
        if kms_key(arn) is None:
            raise _invalid(f"KMS validation error: the key {named} does not exist")
    return serve()


@fix("dynamodb", "BatchExecuteStatement")
def batch_execute_statement(call: Call, response: Any, serve: Serve) -> Answer:
    """Statements that are denied are answered one by one. Page: *BatchStatementError*.

    moto does not find a table whose name stands in quotation marks.
    """
    from rolelab.sandbox.gate import denied_items

    refused = {id(item): decision for item, decision in denied_items(response)}
    given = call.parameters["Statements"]
    allowed = [
        {**each, "Statement": _unquoted(str(each["Statement"]))}
        for each in given
        if id(each) not in refused
    ]
    answers = iter(response.dynamodb_backend.batch_execute_statement(allowed))
    return Answer(
        Responses=[
            {"Error": {"Code": "AccessDenied", "Message": refused[id(each)].message}}
            if id(each) in refused
            else next(answers)
            for each in given
        ]
    )


def _unquoted(statement: str) -> str:
    name = read(statement).table
    return statement.replace(f'"{name}"', name) if name.isidentifier() else statement


@cache
def _reserved() -> frozenset[str]:
    from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

    return frozenset(word.upper() for word in ReservedKeywords.get_reserved_keywords())


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
