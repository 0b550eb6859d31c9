"""A call means the same in-process and through the loopback endpoint.

Every operation of every table is sent both ways: by somebody without permissions, so that its
first check is denied, and by an administrator, stopped between the gate and moto so that nothing
changes in between. What the gate understood, decided and recorded has to be the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

import rolelab
from rolelab.iam import Decision
from rolelab.sandbox import gate
from rolelab.sandbox.account import Sandbox
from rolelab.sandbox.denial import ServiceError
from tests.sandbox.operations.samples.sample import (
    Sample,
    operations_of,
    sample_of,
    services,
)

# What differs between the two ways, and has to: the transport, how a body is signed, the time.
_OF_THE_WAY = frozenset(
    {
        "aws:CurrentTime",
        "aws:EpochTime",
        "aws:SecureTransport",
        "s3:TlsVersion",
        "s3:x-amz-content-sha256",
    }
)
_OF_A_BODY = frozenset(
    {"Host", "annotationPayload", "checksumCRC32", "contentEncoding", "contentLength"}
)
# What EC2 encodes in a refusal: the context of one request, sealed anew each time.
_SEALED = re.compile(r"Encoded authorization failure message: [\w-]+")
_OF_ONE_EVENT = frozenset({"eventID", "requestID", "eventTime", "tlsDetails", "userAgent"})


@pytest.fixture(params=services())
def service(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def stopped(call: Any, response: Any, serve: Any) -> Any:
    """A fix for every operation: nothing is served."""
    raise ServiceError("Stopped", "It passed the gate.", 400)


@pytest.fixture
def prepared(sandbox: Sandbox, service: str) -> Mapping[str, Any]:
    """What the calls name, and a gate behind which nothing happens."""
    gate.remove()
    learned = sample_of(service).prepare(boto3.client) or {}
    gate.install(lambda *_: [stopped], account=sandbox.account_id, trail=sandbox.trail)
    return learned


def outcome(sandbox: Sandbox, client: Any, operation: str, given: Mapping[str, Any]) -> Any:
    """What came of a call: the error, the decision behind it, and the record of the trail."""
    tokens = client.meta.service_model.operation_model(operation).idempotent_members
    with pytest.raises(ClientError) as caught:
        client._make_api_call(operation, {**dict.fromkeys(tokens, "once"), **given})
    error = caught.value.response["Error"]
    try:
        decision: Any = rolelab.why(caught.value)
    except LookupError:
        decision = None
    return error["Code"], error["Message"], _asked(decision), _told(sandbox.trail[-1])


def _asked(decision: Decision | None) -> Any:
    if decision is None:
        return None
    request = decision.request
    context = {key: request.context[key] for key in request.context if key not in _OF_THE_WAY}
    return request.action, request.resource, decision.effect, context


def _told(record: Mapping[str, Any]) -> Any:
    told = {name: record[name] for name in record if name not in _OF_ONE_EVENT}
    parameters = told.get("requestParameters") or {}
    told["requestParameters"] = {
        key: parameters[key] for key in parameters if key not in _OF_A_BODY
    }
    return told


def _same(value: Any) -> str:
    """A text to compare. boto3 names the address's kind in its user agent."""
    text = json.dumps(value, sort_keys=True, default=str, indent=1)
    return _SEALED.sub("", re.sub(r'"aws:UserAgent": "[^"]*"', "", text))


@pytest.mark.cost(4)
@pytest.mark.parametrize("allowed", [False, True], ids=["denied", "allowed"])
def test_decisions_and_records_are_the_same_both_ways(
    sandbox: Sandbox,
    service: str,
    prepared: Mapping[str, Any],
    role: Callable[..., boto3.Session],
    allowed: bool,
) -> None:
    with gate.bypassed():
        session = sandbox.admin() if allowed else role("nobody")
    config = Config(
        parameter_validation=False, inject_host_prefix=False, retries={"total_max_attempts": 1}
    )
    inside = session.client(service, config=config)
    outside = session.client(service, config=config, endpoint_url=sandbox.endpoint_url)
    sample: Sample = sample_of(service)
    modelled = set(operations_of(service)) & set(inside.meta.service_model.operation_names)
    for operation in sorted(modelled):
        for given in sample.calls(service, operation, prepared):
            one = outcome(sandbox, inside, operation, given)
            other = outcome(sandbox, outside, operation, given)
            assert _same(one) == _same(other), operation
