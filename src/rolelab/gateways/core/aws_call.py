"""A call to AWS that a request caused: what joins the gateway's log with CloudTrail."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class AwsCall:
    """One call.

    Attributes:
        service: as boto3 names it, `bedrock-runtime`.
        operation: `Converse`.
        request_id: what AWS answers in `x-amzn-RequestId`, and CloudTrail records as `requestID`.
        status: the HTTP status; 0 if AWS did not answer.
        error: the error's code, `AccessDeniedException`; empty without one.
    """

    service: str
    operation: str
    request_id: str
    status: int
    error: str = ""

    def logged(self) -> dict[str, str | int]:
        """The call as a member of the gateway's log line."""
        return asdict(self)
