"""The ports of a container: which port on this machine stands for each.

On AWS each task in `awsvpc` mode has an address of its own, and in `bridge` mode the container
instance forwards a host port to the container's. Here all containers share the loopback interface.
So a container listens on its container port, as its code says, and the sandbox exchanges that port
for one on 127.0.0.1 in the moment of listening: two tasks may have the same container port. In
`bridge` mode `describe_tasks` shows the host port, as on AWS; `sandbox.address` tells it in every
mode. This works for containers that run Python; ranges of ports are not modelled.

Pages: *PortMapping* and *NetworkBinding* (Amazon ECS API Reference).
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_LOOPBACK = "127.0.0.1"
_LOOPBACKS = {socket.AF_INET: _LOOPBACK, socket.AF_INET6: "::1"}
_HERE = frozenset({"127.0.0.1", "localhost", "0.0.0.0", "::1", "::", ""})


@dataclass(frozen=True, slots=True)
class PortBinding:
    """One port of a container.

    Attributes:
        container_port: where the container's code listens.
        host_port: the port on 127.0.0.1 that stands for it.
        protocol: `tcp` or `udp`.
    """

    container_port: int
    host_port: int
    protocol: str = "tcp"

    def described(self) -> dict[str, Any]:
        """The binding as `describe_tasks` shows it."""
        return {
            "bindIP": _LOOPBACK,
            "containerPort": self.container_port,
            "hostPort": self.host_port,
            "protocol": self.protocol,
        }


def of_container(definition: Mapping[str, Any], network_mode: str) -> tuple[PortBinding, ...]:
    """Give the ports of a container that is about to start.

    Page: *PortMapping*: in `bridge` mode a host port of 0, or none, is a free one; in `host` mode
    it is the container port. In `awsvpc` mode the port belongs to the task's own address, for
    which a free port stands here.

    Args:
        definition: the container definition.
        network_mode: of the task definition.
    """
    return tuple(
        PortBinding(
            int(each["containerPort"]),
            _host_port(each, network_mode),
            str(each.get("protocol") or "tcp"),
        )
        for each in definition.get("portMappings") or ()
        if each.get("containerPort")
    )


def _host_port(mapping: Mapping[str, Any], network_mode: str) -> int:
    if network_mode == "host":
        return int(mapping["containerPort"])
    wanted = 0 if network_mode == "awsvpc" else int(mapping.get("hostPort") or 0)
    return wanted or _free(str(mapping.get("protocol") or "tcp"))


def _free(protocol: str) -> int:
    kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((_LOOPBACK, 0))
        return int(probe.getsockname()[1])


def exchanged(bindings: Iterable[PortBinding]) -> dict[int, int]:
    """Host ports by container port, as `exchange` takes them."""
    return {each.container_port: each.host_port for each in bindings}


def exchange(ports: Mapping[int, int]) -> None:
    """Exchange ports in this process, which is a container: where it listens, and where it calls.

    A bind goes to loopback, whatever the address, so that nobody on the network reaches a container
    of the sandbox; a container port becomes its host port. A connection to a container port of this
    machine, which is how a container reaches itself, goes to the host port.

    Args:
        ports: host ports by container port.
    """
    patched: Any = socket.socket
    bind, connect, connect_ex = patched.bind, patched.connect, patched.connect_ex

    def bound(sock: socket.socket, address: Any) -> Any:
        if _is_internet(sock, address):
            address = _exchanged(sock, address, ports)
        return bind(sock, address)

    def connecting(method: Callable[..., Any]) -> Callable[..., Any]:
        def connected(sock: socket.socket, address: Any) -> Any:
            known = _is_internet(sock, address) and address[1] in ports
            if known and address[0] in _HERE:
                address = _exchanged(sock, address, ports)
            return method(sock, address)

        return connected

    patched.bind = bound
    patched.connect, patched.connect_ex = connecting(connect), connecting(connect_ex)


def _is_internet(sock: socket.socket, address: Any) -> bool:
    """Whether an address is a host and a port. Anything else is for the socket to refuse."""
    return sock.family in _LOOPBACKS and isinstance(address, tuple) and len(address) > 1


def _exchanged(sock: socket.socket, address: Any, ports: Mapping[int, int]) -> Any:
    _, port, *rest = address
    return (_LOOPBACKS[sock.family], ports.get(port, port), *rest)
