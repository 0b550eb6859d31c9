"""What a program gives up before it runs code of the course: containers, and functions of Lambda.

Called in the program's own process, as its first act.
"""

from __future__ import annotations

import os
import signal
import threading

from rolelab.sandbox import safety


def confine(*, cpu_seconds: int, file_bytes: int, lifeline: int) -> None:
    """Bound this process, tie it to the kernel that started it, and keep it on this machine.

    Python code connects to loopback only. Other programs find proxies that lead nowhere; nothing
    stops a program that ignores them.

    Args:
        cpu_seconds: processor time of this process and of each that it starts.
        file_bytes: the largest file that it writes.
        lifeline: a file descriptor to read from. Its end means that the kernel is gone: then every
            process of the group is killed.
    """
    _limit(cpu_seconds, file_bytes)
    os.set_inheritable(lifeline, False)
    threading.Thread(target=_watch, args=(lifeline,), name="lifeline", daemon=True).start()
    safety.block_outside()


def _limit(cpu_seconds: int, file_bytes: int) -> None:
    try:
        import resource
    except ModuleNotFoundError:
        # Windows has no such limits; whoever started this process watches it from outside.
        return
    for kind, amount in (
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        _, most = resource.getrlimit(kind)
        allowed = amount if most == resource.RLIM_INFINITY else min(amount, most)
        resource.setrlimit(kind, (allowed, allowed))


def _watch(lifeline: int) -> None:
    while os.read(lifeline, 1):
        pass
    if hasattr(os, "killpg"):
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(137)
