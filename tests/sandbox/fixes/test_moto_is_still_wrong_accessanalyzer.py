"""Access Analyzer is still ours alone: raw moto, without the gate, has nothing of it.

A row that fails is good news: moto has the operation, and the fix may go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.usefixtures("raw_moto")

POLICY = '{"Version":"2012-10-17","Statement":[]}'


def unsupported(operation: Callable[..., Any], **parameters: Any) -> bool:
    try:
        operation(**parameters)
    except NotImplementedError:
        return True
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"] in {404, 501}
    return False


MISSING: dict[str, Callable[[Any], bool]] = {
    "ValidatePolicy": lambda client: unsupported(
        client.validate_policy, policyDocument=POLICY, policyType="IDENTITY_POLICY"
    ),
    "CheckNoNewAccess": lambda client: unsupported(
        client.check_no_new_access,
        newPolicyDocument=POLICY,
        existingPolicyDocument=POLICY,
        policyType="IDENTITY_POLICY",
    ),
    "CreateAnalyzer": lambda client: unsupported(
        client.create_analyzer, analyzerName="x", type="ACCOUNT"
    ),
}


@pytest.mark.parametrize("missing", MISSING.values(), ids=MISSING)
def test_moto_has_no_access_analyzer(raw_moto: None, missing: Callable[[Any], bool]) -> None:
    assert missing(boto3.client("accessanalyzer"))
