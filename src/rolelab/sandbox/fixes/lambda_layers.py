"""Lambda: a version of a layer by its ARN, which may be another account's.

AWS page: *GetLayerVersionByArn* of the Lambda API Reference.
"""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.lambda_lookup import not_found
from rolelab.sandbox.resource_policies.lambda_ import layer_version


@fix("lambda", "GetLayerVersionByArn")
def get_layer_version_by_arn(call: Call, response: Any, serve: Any) -> Answer:
    """moto has no such operation."""
    found = layer_version(str(call.parameters["Arn"]))
    if found is None:
        raise not_found("The resource you requested does not exist.")
    return Answer(found.get_layer_version())
