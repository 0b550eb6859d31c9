"""The sentiment service behind a gateway: asks a model of Amazon Bedrock what a review says.

It logs one line for each request, with the gateway's transaction id and the id of its own call to
AWS, which CloudTrail records as requestID. The user agent of that call, which CloudTrail records
too, ends in the gateway's request id.
"""

import json
import os
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
from botocore.exceptions import BotoCoreError, ClientError

MODEL_ID = os.environ["MODEL_ID"]
PORT = int(os.environ.get("PORT", "8080"))
QUESTION = "Answer with one word, positive, negative or mixed. How is this review?"
MOST_BYTES = 1024 * 1024

# No key anywhere: boto3 asks ECS for the credentials of the task role.
bedrock = boto3.client("bedrock-runtime")
of_this_thread = threading.local()


def name_the_request(request, **_):
    """End the user agent of a call to AWS in the request of the gateway that caused it."""
    agent, request_id = request.headers["User-Agent"], getattr(of_this_thread, "request_id", "")
    if request_id:
        request.headers.replace_header("User-Agent", f"{agent} gateway-request/{request_id}")


# botocore writes the user agent anew for each request; this comes after it.
bedrock.meta.events.register_last("request-created.bedrock-runtime", name_the_request)


class BodyError(Exception):
    """A body that the service does not take."""


def review_of(body):
    """The review: the variable Query, or the last message of a user."""
    try:
        asked = json.loads(body)
        query = asked.get("variables", {}).get("Query")
        texts = [one["content"] for one in asked["messages"] if one["role"] == "user"]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise BodyError("the body is JSON with messages, each with role and content") from None
    review = query or (texts[-1] if texts else None)
    if not isinstance(review, str):
        raise BodyError("there is no variable Query and no message of a user")
    return review


def analyse(body):
    """Ask the model. Gives the status, the answer, and what to log about the call."""
    prompt = f"{QUESTION}\n\n{review_of(body)}"
    try:
        answer = bedrock.converse(
            modelId=MODEL_ID,
            messages=[{"role": "user", "content": [{"text": prompt}]}],
            inferenceConfig={"maxTokens": 10, "temperature": 0},
        )
    except ClientError as error:
        metadata, code = error.response["ResponseMetadata"], error.response["Error"]["Code"]
        about = {"aws_request_id": metadata.get("RequestId"), "aws_error": code}
        return 502, {"message": f"Amazon Bedrock refused the call: {code}"}, about
    except BotoCoreError as error:
        return (
            502,
            {"message": "Amazon Bedrock did not answer"},
            {"aws_error": type(error).__name__},
        )
    text = answer["output"]["message"]["content"][0]["text"]
    about = {
        "aws_request_id": answer["ResponseMetadata"]["RequestId"],
        "input_tokens": answer["usage"]["inputTokens"],
        "output_tokens": answer["usage"]["outputTokens"],
    }
    return 200, {"model": MODEL_ID, "sentiment": text, "usage": answer["usage"]}, about


class Service(BaseHTTPRequestHandler):
    """POST /analyse."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MOST_BYTES:
            self.close_connection = True
            self.answer(413, {"message": "the body is too large, or has no length"}, {})
            return
        body = self.rfile.read(int(length))
        if self.path.split("?")[0] != "/analyse":
            self.answer(404, {"message": "there is only POST /analyse"}, {})
            return
        request_id = self.headers.get("X-Request-Id", "")
        of_this_thread.request_id = request_id if re.fullmatch("[0-9a-f]{32}", request_id) else ""
        try:
            self.answer(*analyse(body))
        except BodyError as error:
            self.answer(400, {"message": str(error)}, {})

    def answer(self, status, value, about):
        line = {
            "type": "backend",
            "transaction": self.headers.get("X-Global-Transaction-ID", ""),
            "request_id": self.headers.get("X-Request-Id", ""),
            "received_client_secret": "X-IBM-Client-Secret" in self.headers,
            "status": status,
            "model": MODEL_ID,
            **about,
        }
        print(json.dumps(line), flush=True)
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """One line for each request is enough."""


if __name__ == "__main__":
    print(json.dumps({"type": "start", "model": MODEL_ID, "port": PORT}), flush=True)
    ThreadingHTTPServer(("127.0.0.1", PORT), Service).serve_forever()
