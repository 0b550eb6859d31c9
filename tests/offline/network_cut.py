"""Cut the network of this Python process: only loopback answers.

tests/conftest.py puts this folder on PYTHONPATH, so every Python process that a test starts,
kernels included, loads this file before anything else (see sitecustomize.py beside it). An audit
hook cannot be taken off again, and it knows nothing of rolelab: what rolelab's own guard lets
through is stopped here.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
from typing import Any

# The audit events that name another host, and where in their arguments it stands.
ADDRESSED = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.gethostbyaddr": 0,
}


class NetworkCutError(RuntimeError):
    """Not an OSError: a client that retries on network faults must not hide it."""


def is_loopback(host: object) -> bool:
    """Whether a host name or address stays on this machine."""
    if host is None:
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in {"", "localhost", socket.gethostname()} or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def refuse_other_hosts(event: str, arguments: tuple[Any, ...]) -> None:
    position = ADDRESSED.get(event)
    if position is None:
        return
    address = arguments[position]
    # Unix sockets have a path for an address, netlink sockets numbers: neither leaves the machine.
    if position == 1:
        if address is None or arguments[0].family not in {socket.AF_INET, socket.AF_INET6}:
            return
        address = address[0]
    if not is_loopback(address):
        raise NetworkCutError(f"a test tried to reach {address!r}; the network is cut in tests")


sys.addaudithook(refuse_other_hosts)
