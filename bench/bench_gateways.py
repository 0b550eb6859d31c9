"""How fast the simulated gateways are, and whether their logs are complete.

Each runs in a process of its own on one core, with authentication, a limit and its log on. What
stands behind it answers at once, so that the gateway itself is what is measured. The clients are in
another process and keep their connections. Beside it stands the floor, measured in turns: the same
server with an application that answers every request with the same body, and does nothing else.

    python bench/bench_gateways.py [requests]

Targets: at least 300 requests a second, p99 under 30 ms, and a line in the log for every request.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

import httpx
import psutil

from rolelab.gateways.core.serve import bound

PER_SECOND, P99_MS = 300, 30
CLIENTS = 4
TURNS = 3
KEY = "the-key-of-the-bench"
CHAT = {"messages": [{"role": "user", "content": "How is it?"}], "variables": {"Query": "Good."}}

APIPARK = """
import sys
from rolelab.gateways.apipark.gateway import ApiPark
from rolelab.gateways.apipark.management import Management
from rolelab.gateways.core.bedrock import ModelAnswer
from rolelab.gateways.core.limits import Limit
from rolelab.gateways.core.serve import serve

class Model:
    async def ask(self, exchange, call):
        return ModelAnswer("positive", "end_turn", 20, 1)

management = Management("a-password")
service = management.create_service("t", {"name": "s", "prefix": "sentiment", "provider": "bedrock",
                                          "model": "amazon.nova-lite-v1:0"})
management.put_router(service, {
    "name": "analyse", "path": "analyse",
    "ai_prompt": {"prompt": "One word. {{Query}}",
                  "variables": [{"key": "Query", "require": True}]},
    "ai_model": {"id": "amazon.nova-lite-v1:0", "provider": "bedrock"}})
publish = management.apply(service, management.release(service, {"version": "1"}))
management.move(publish, "accept")
management.move(publish, "execute")
for number in range(20):
    app = management.create_application("t", {"name": f"app-{number}"})
    key = "KEY" if number == 19 else f"key-{number}"
    management.add_authorization(app, {"name": "k", "driver": "apikey", "config": {"apikey": key}})
management.add_subscriber(service, app)
serve(ApiPark(management, Model(), api_key="a-key", limits=[Limit(10**9, 3600, "hour")]),
      int(sys.argv[1]))
""".replace("KEY", KEY)

FLOOR = """
import sys
import uvicorn
from rolelab.gateways.core.serve import bound

BODY = b"x" * 400

async def app(scope, receive, send):
    if scope["type"] == "http":
        await receive()
        await send({"type": "http.response.start", "status": 200,
                    "headers": [(b"content-length", b"400")]})
        await send({"type": "http.response.body", "body": BODY})

config = uvicorn.Config(app, http="h11", log_level="error", access_log=False)
uvicorn.Server(config).run(sockets=[bound(int(sys.argv[1]))])
"""


# Its backend is another process and is called over HTTP, as in a task of its own.
API_CONNECT = """
import pathlib, subprocess, sys
from rolelab.gateways.api_connect.api import read_api
from rolelab.gateways.api_connect.catalog import Catalog
from rolelab.gateways.api_connect.dialect import ApiConnect
from rolelab.gateways.api_connect.product import read_product
from rolelab.gateways.core.serve import bound, serve

BACKEND = '''
import os, sys, threading
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, range(os.cpu_count()))  # not on the gateway's one core
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
FLOOR'''
with bound(0) as probe:
    port = str(probe.getsockname()[1])
# It ends with this process, whose end closes its standard input.
backend = subprocess.Popen([sys.executable, "-c", BACKEND, port], stdin=subprocess.PIPE)
app = pathlib.Path("data/apps/api-connect")
api = read_api(app / "sentiment.yaml", properties={"backend-url": f"http://127.0.0.1:{port}"})
text = (app / "reviews.yaml").read_text().replace("100/1hour", "1000000000/1hour")
catalog = Catalog()
catalog.publish(read_product(text, {"sentiment.yaml": api}))
gateway = ApiConnect(catalog)
consumers = gateway.services.consumers
for number in range(20):
    keys = {"client_id": "KEY", "client_secret": "KEY"} if number == 19 else {}
    client, _, _ = consumers.register("readers", f"app-{number}", **keys)
    consumers.subscribe(client, "reviews:1.0.0", "default", catalog.products)
serve(gateway, int(sys.argv[1]))
""".replace("KEY", KEY).replace("FLOOR", FLOOR)

#: A gateway that listens on the port of its first argument and answers POST /sentiment/analyse.
GATEWAYS = {"APIPark": APIPARK, "API Connect": API_CONNECT}

HEADERS = {"authorization": KEY, "x-ibm-client-id": KEY, "x-ibm-client-secret": KEY}


@dataclass(frozen=True)
class Measured:
    """One turn: requests a second, and the times of the requests in milliseconds."""

    per_second: float
    times: list[float]

    @property
    def p99(self) -> float:
        return sorted(self.times)[int(len(self.times) * 0.99)]


class Server:
    """A server in a process of its own, on one core. What it prints is kept."""

    def __init__(self, program: str) -> None:
        with bound(0) as probe:
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [sys.executable, "-c", program, str(port)], stdout=subprocess.PIPE, text=True
        )
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(self._process.pid, {0})
        self._printed: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._wait()

    def _read(self) -> None:
        assert self._process.stdout is not None
        self._printed.extend(self._process.stdout)

    def _wait(self) -> None:
        for _ in range(1000):
            try:
                httpx.get(f"{self.url}/openapi.json")
                return
            except httpx.ConnectError:
                time.sleep(0.02)
        sys.exit("the server does not start")

    @property
    def processor_seconds(self) -> float:
        """Processor time so far: it depends little on what else the machine does."""
        used = psutil.Process(self._process.pid).cpu_times()
        return float(used.user + used.system)

    def end(self) -> list[str]:
        """End it, and give what it printed."""
        self._process.terminate()
        self._process.wait()
        self._reader.join()
        return self._printed


async def calls(url: str, requests: int) -> Measured:
    """Make requests by several clients at once."""
    times: list[float] = []
    limits = httpx.Limits(max_connections=CLIENTS)
    async with httpx.AsyncClient(base_url=url, limits=limits) as client:

        async def one() -> None:
            for _ in range(requests // CLIENTS):
                began = time.perf_counter()
                answer = await client.post("/sentiment/analyse", headers=HEADERS, json=CHAT)
                times.append((time.perf_counter() - began) * 1000)
                assert answer.status_code == 200, answer.text

        began = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(CLIENTS)))
        return Measured(len(times) / (time.perf_counter() - began), times)


def measure(name: str, program: str, requests: int) -> bool:
    """Measure one gateway beside the floor; whether it meets the targets."""
    floor, gateway = Server(FLOOR), Server(program)
    bare: list[Measured] = []
    full: list[Measured] = []
    before = gateway.processor_seconds
    for _ in range(TURNS):
        bare.append(asyncio.run(calls(floor.url, requests)))
        full.append(asyncio.run(calls(gateway.url, requests)))
    busy = gateway.processor_seconds - before
    floor.end()
    lines = [json.loads(line) for line in gateway.end()]
    logged = {line["request_id"] for line in lines if line.get("path") == "/sentiment/analyse"}
    made = sum(len(each.times) for each in full)
    per_second = statistics.median(each.per_second for each in full)
    bare_per_second = statistics.median(each.per_second for each in bare)
    p99 = statistics.median(each.p99 for each in full)
    middle = statistics.median(time for each in full for time in each.times)
    print(f"{name}: {TURNS} turns of {requests} requests, {CLIENTS} clients, medians")
    print(
        f"  {per_second:.0f} requests a second (at least {PER_SECOND}); the server alone "
        f"{bare_per_second:.0f}, {bare_per_second / per_second:.1f} times as many"
    )
    print(f"  a request: median {middle:.1f} ms, p99 {p99:.1f} ms (under {P99_MS})")
    print(f"  processor time: {busy / made * 1000:.2f} ms a request")
    print(f"  log lines: {len(logged)} of {made} requests")
    return per_second >= PER_SECOND and p99 < P99_MS and len(logged) == made


def main() -> int:
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    results = [measure(name, program, requests) for name, program in GATEWAYS.items()]
    return int(not all(results))


if __name__ == "__main__":
    sys.exit(main())
