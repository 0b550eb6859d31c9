"""Ports of containers: what a task listens on, and where the notebook reaches it."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import boto3
import pytest
from moto.ec2 import utils as ec2_utils

from rolelab.ecs import agent
from rolelab.ecs.health import HEALTHY
from tests.ecs.bookshop import CLUSTER, Bookshop

SERVER = """
from http.server import BaseHTTPRequestHandler, HTTPServer

class Shop(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"open")
    def log_message(self, *words):
        pass

HTTPServer(("0.0.0.0", 8080), Shop).serve_forever()
"""
CHECK = "import urllib.request as r; r.urlopen('http://localhost:8080/', timeout=5)"


@pytest.fixture
def server(shop: Bookshop) -> dict[str, Any]:
    """What a container definition says of a server on port 8080."""
    return {"image": shop.push(SERVER, "server"), "portMappings": [{"containerPort": 8080}]}


def add_instance() -> None:
    """Give the cluster a container instance."""
    image = boto3.client("ec2").describe_images()["Images"][0]["ImageId"]
    (instance,) = boto3.resource("ec2").create_instances(ImageId=image, MinCount=1, MaxCount=1)
    document = json.dumps(ec2_utils.generate_instance_identity_document(instance))
    boto3.client("ecs").register_container_instance(
        cluster=CLUSTER, instanceIdentityDocument=document
    )


def read(address: str) -> bytes:
    with urllib.request.urlopen(f"http://{address}/", timeout=10) as answer:
        content: bytes = answer.read()
        return content


def test_a_container_listens_on_its_own_port_and_is_reached_on_loopback(
    shop: Bookshop, server: dict[str, Any]
) -> None:
    task = shop.run(shop.register(shop.container(**server)))
    address = shop.sandbox.address(task)
    assert address.startswith("127.0.0.1:")
    assert read(address) == b"open"


def test_two_tasks_have_the_same_container_port(shop: Bookshop, server: dict[str, Any]) -> None:
    definition = shop.register(shop.container(**server))
    one, other = (shop.sandbox.address(shop.run(definition)) for _ in range(2))
    assert one != other
    assert read(one) == read(other) == b"open"


def test_the_host_port_of_a_task_in_bridge_mode_is_in_its_network_bindings(
    shop: Bookshop, server: dict[str, Any]
) -> None:
    """Page: *PortMapping*."""
    add_instance()
    definition = shop.register(
        shop.container(**server), networkMode="bridge", requiresCompatibilities=["EC2"]
    )
    task = shop.run(definition, launchType="EC2", networkConfiguration=None)
    (binding,) = shop.look(task)["containers"][0]["networkBindings"]
    assert (binding["containerPort"], binding["protocol"]) == (8080, "tcp")
    assert shop.sandbox.address(task) == f"{binding['bindIP']}:{binding['hostPort']}"


def test_a_health_check_reaches_the_server_of_its_own_container(
    shop: Bookshop, server: dict[str, Any]
) -> None:
    check = {"command": ["CMD", "python", "-c", CHECK], "interval": 5, "retries": 1}
    task = shop.run(shop.register(shop.container(**server, healthCheck=check)))
    shop.sandbox.address(task)
    running = agent.current().task(task)
    assert running is not None
    (container,) = running
    # The first check may come before the server listens.
    assert running.wait_until(lambda _: container.health == HEALTHY, 30)


@pytest.mark.parametrize("host", ["0.0.0.0", "", "127.0.0.1", "192.0.2.1"])
def test_a_container_listens_on_loopback_only_whatever_it_asks_for(
    shop: Bookshop, host: str
) -> None:
    lines = ("import socket", "s = socket.socket()", f"s.bind(({host!r}, 0))")
    program = "\n".join([*lines, "print(s.getsockname()[0])"])
    assert shop.output_of(program) == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("definition", "says"),
    [
        pytest.param({}, "portMappings", id="a task without port mappings has no address"),
        pytest.param(
            {
                "portMappings": [{"containerPort": 80}],
                "command": ["python", "-c", "raise SystemExit(3)"],
            },
            "exit code 3",
            id="a task that has stopped says how it ended",
        ),
    ],
)
def test_an_address_that_there_is_not(
    shop: Bookshop, definition: dict[str, Any], says: str
) -> None:
    sleeping = {"command": ["python", "-c", "import time; time.sleep(9)"]}
    task = shop.run(shop.register(shop.container(**{**sleeping, **definition})))
    with pytest.raises(LookupError, match=says):
        shop.sandbox.address(task)


def test_who_waits_says_how_long(shop: Bookshop) -> None:
    silent = {"command": ["python", "-c", "import time; time.sleep(9)"]}
    ports = {"portMappings": [{"containerPort": 80}]}
    task = shop.run(shop.register(shop.container(**silent, **ports)))
    with pytest.raises(TimeoutError, match=r"nobody listens on its port after 0\.5 seconds"):
        shop.sandbox.address(task, seconds=0.5)


def test_a_task_that_was_never_run_has_no_address(shop: Bookshop) -> None:
    with pytest.raises(LookupError, match="No task"):
        shop.sandbox.address("arn:aws:ecs:us-east-1:123456789012:task/bookshop/0")
