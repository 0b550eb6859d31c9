"""Requests per second of the loopback endpoint against a bare `ThreadedMotoServer`.

Two server processes over the same kind of account; a third process sends both the same signed
requests over kept connections, in short blocks that alternate. Requests are signed beforehand, so
that what is measured is the server and not boto3.

    python bench/bench_endpoint.py [blocks]
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

TARGET = 0.9
THREADS = 4
REQUESTS_PER_BLOCK = 200
REGION = "us-east-1"

MOTO = """
import json, sys, boto3, moto
from moto.server import ThreadedMotoServer
moto.mock_aws().start()
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
host, port = server.get_host_and_port()
keys = ["AKIABENCH", "secret", None]
print(json.dumps({"url": f"http://{host}:{port}", "keys": keys}), flush=True)
sys.stdin.read()
"""

ROLELAB = """
import json, sys, rolelab
sandbox = rolelab.start()
keys = sandbox.admin().get_credentials()
keys = [keys.access_key, keys.secret_key, keys.token]
print(json.dumps({"url": sandbox.endpoint_url, "keys": keys}), flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True, slots=True)
class Signed:
    """A request that can be sent again and again, while its signature is fresh."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@contextmanager
def served(program: str) -> Iterator[dict[str, Any]]:
    """Run a server in a process of its own; it ends when its input does."""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(timeout=30)


def signed_requests(server: dict[str, Any]) -> list[Signed]:
    """Prepare the account, and sign one request of each protocol family."""
    import boto3

    session = boto3.Session(*server["keys"], region_name=REGION)
    kept: list[Signed] = []

    def keep(request: Any, **_: Any) -> None:
        path = "/" + request.url.split("/", 3)[3]
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else bytes(body)
        kept.append(Signed(request.method, path, _text(request.headers), body))

    def client(service: str) -> Any:
        return session.client(service, endpoint_url=server["url"])  # type: ignore[call-overload]

    s3, ssm = client("s3"), client("ssm")
    s3.create_bucket(Bucket="bench-bucket")
    s3.put_object(Bucket="bench-bucket", Key="key", Body=b"x" * 1024)
    ssm.put_parameter(Name="bench", Value="value", Type="String")
    iam, sts = client("iam"), client("sts")
    for each in (s3, ssm, iam, sts):
        each.meta.events.register("before-send", keep)
    s3.get_object(Bucket="bench-bucket", Key="key")
    ssm.get_parameter(Name="bench")
    iam.list_roles()
    sts.get_caller_identity()
    return kept


def _text(headers: Any) -> dict[str, str]:
    return {
        name: value.decode() if isinstance(value, bytes) else str(value)
        for name, value in headers.items()
    }


def rate(pool: Any, executor: ThreadPoolExecutor, requests: list[Signed]) -> float:
    """Send a block of requests and give the requests per second."""

    def send(number: int) -> int:
        request = requests[number % len(requests)]
        answer = pool.urlopen(
            request.method, request.path, body=request.body, headers=request.headers, retries=False
        )
        return int(answer.status)

    began = time.perf_counter()
    answers = list(executor.map(send, range(REQUESTS_PER_BLOCK)))
    elapsed = time.perf_counter() - began
    if set(answers) != {200}:
        raise SystemExit(f"not every request was answered with 200: {sorted(set(answers))}")
    return REQUESTS_PER_BLOCK / elapsed


def main(blocks: int = 20) -> int:
    """Measure and print; 1 where the target is missed."""
    import urllib3

    rates: dict[str, list[float]] = {"moto": [], "rolelab": []}
    with ExitStack() as stack:
        executor = stack.enter_context(ThreadPoolExecutor(THREADS))
        sides = {}
        for name, program in (("moto", MOTO), ("rolelab", ROLELAB)):
            server = stack.enter_context(served(program))
            pool = urllib3.connection_from_url(server["url"], maxsize=THREADS)
            sides[name] = (pool, signed_requests(server))
        for number in range(blocks + 1):
            for name, (pool, requests) in sides.items():
                measured = rate(pool, executor, requests)
                if number:
                    rates[name].append(measured)
    theirs, ours = (statistics.median(rates[name]) for name in ("moto", "rolelab"))
    print(f"{blocks} blocks of {REQUESTS_PER_BLOCK} requests, {THREADS} connections")
    print(
        f"moto {theirs:.0f}/s, rolelab {ours:.0f}/s, ratio {ours / theirs:.2f} (at least {TARGET})"
    )
    return 0 if ours / theirs >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
