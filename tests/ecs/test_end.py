"""Everything that was started ends: with `stop()`, with a new account, and with the kernel."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

import rolelab
from rolelab.ecs import agent
from tests.ecs.bookshop import CLUSTER, Bookshop
from tests.sandbox.people import ACCOUNT

WAIT = "import time\nprint('up', flush=True)\ntime.sleep(600)\n"
KERNEL = f"""
import sys, time
import rolelab
from tests.ecs.bookshop import CLUSTER, Bookshop
shop = Bookshop(rolelab.start())
task = shop.run(shop.register(shop.container(image=shop.push({WAIT!r}, "wait"))))
assert shop.look(task)["lastStatus"] == "RUNNING"
from rolelab.ecs import agent
launch, _ = agent.current()._launches[task]
print(next(iter(launch)).process.pid, flush=True)
time.sleep(600)
"""


def _running(shop: Bookshop) -> int:
    task = shop.run(shop.register(shop.container(image=shop.push(WAIT, "wait"))))
    assert shop.look(task)["lastStatus"] == "RUNNING"
    launch, _ = agent.current()._launches[task]
    process = next(iter(launch)).process
    assert process is not None
    return process.pid


def _gone(pid: int) -> bool:
    for _ in range(200):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_with_stop(shop: Bookshop) -> None:
    pid = _running(shop)
    directory = agent.current()._directory
    port = agent.current()._endpoint._server.server_port
    rolelab.stop()
    assert _gone(pid)
    assert not directory.exists()
    listening = {each.laddr.port for each in psutil.Process().net_connections("tcp4")}
    assert port not in listening
    rolelab.start(account_id=ACCOUNT)


def test_with_a_new_account(shop: Bookshop) -> None:
    pid = _running(shop)
    rolelab.start(account_id=ACCOUNT)
    assert _gone(pid)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "restarted"])
def test_with_the_kernel(number: signal.Signals) -> None:
    """Jupyter restarts a kernel by ending its process, politely or not."""
    root = Path(__file__).parents[2]
    path = os.pathsep.join([os.environ["PYTHONPATH"], str(root)])
    kernel = subprocess.Popen(
        [sys.executable, "-c", KERNEL],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert kernel.stdout is not None
    pid = int(kernel.stdout.readline())
    assert psutil.pid_exists(pid)
    kernel.send_signal(number)
    kernel.wait(30)
    kernel.stdout.close()
    assert _gone(pid)


def test_a_task_whose_launch_is_under_way_ends_too(shop: Bookshop) -> None:
    shop.run(shop.register(shop.container(image=shop.push(WAIT, "wait"))))
    directory = agent.current()._directory
    rolelab.stop()
    assert not directory.exists()
    rolelab.start(account_id=ACCOUNT)


def test_an_interrupted_wait_leaves_task_and_account_usable(shop: Bookshop) -> None:
    """What a notebook's stop button does: KeyboardInterrupt in the main thread."""
    task = shop.run(shop.register(shop.container(image=shop.push(WAIT, "wait"))))
    button = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    button.start()
    with pytest.raises(KeyboardInterrupt):
        shop.ended(task)
    assert shop.look(task)["lastStatus"] == "RUNNING"
    shop.ecs.stop_task(cluster=CLUSTER, task=task)
    assert shop.ended(task)["stopCode"] == "UserInitiated"
