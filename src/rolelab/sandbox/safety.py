"""Keep the learner's real AWS account out of reach.

A learner may have a production profile in `~/.aws`, and moto alone lets a surprising number of
requests out of the machine. Three layers stop them, each for what the one above cannot see:

1. the **environment** (`secure`): no real key, profile, endpoint or proxy is left in it, so neither
   this process nor a child of it (`!aws`, `!python`, `!curl`) finds a way out;
2. the **SDK** (`refuse_strays`): a botocore client whose call nobody answers in this process is
   refused before it signs or opens a connection, with a sentence that says why;
3. the **sockets** (`block_outside`): nothing in this process connects to, or looks up, an address
   that is not this machine's own loopback.

Layers 2 and 3 stay until the process ends: a notebook that was once a lesson cannot turn into one
that reaches a real account because a cell was run out of order. `restore` undoes layer 1.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

#: A proxy that nobody serves: port 9 is privileged, so no ordinary program can sit there. Every
#: child process that honours proxies (the AWS CLI, boto3, curl, pip) is stopped on this machine.
#: Proxies are the one setting that all of them share; a shim named `aws` on PATH would miss a
#: script that imports boto3. Requests of this process never get as far as a proxy: moto answers
#: them before they are sent. The path is there to be read in the error message of a child.
CLOSED_PROXY = "http://127.0.0.1:9/rolelab-is-offline"
_CLOSED_PORT = 9

_LOOPBACK_NAMES = frozenset({"", "localhost", "localhost.localdomain", "ip6-localhost"})
_PREFIXES = ("AWS_", "MOTO_")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy", "no_proxy")
_NAMES = frozenset(
    {
        "BOTO_CONFIG",
        "TEST_SERVER_MODE",
        "TEST_PROXY_MODE",
        "INITIAL_NO_AUTH_ACTION_COUNT",
        *_PROXIES,
        *(name.upper() for name in _PROXIES),
    }
)

#: What the environment held before `secure`; None while nothing is secured.
_before: dict[str, str] | None = None


class OutsideBlocked(OSError):  # noqa: N818 - it says what happened, like BlockingIOError
    """A connection that would have left this machine was refused before it was made."""


def secure(region: str) -> None:
    """Replace every variable that steers an AWS client by one that is harmless.

    The old values are remembered for `restore`; a second call without `restore` in between keeps
    the first ones. Call it before boto3 or moto is imported: moto reads settings when imported.

    Args:
        region: the region that clients use when they name none.
    """
    global _before
    found = {name: value for name, value in os.environ.items() if _steers_aws(name)}
    if _before is None:
        _before = found
    for name in found:
        del os.environ[name]
    os.environ.update(harmless(region))
    _forget_proxies()


def restore() -> None:
    """Put the environment back as it was before `secure`. Harmless when nothing is secured."""
    global _before
    if _before is None:
        return
    for name in [name for name in os.environ if _steers_aws(name)]:
        del os.environ[name]
    os.environ.update(_before)
    _before = None


def harmless(region: str) -> dict[str, str]:
    """The variables under which an AWS client finds no real account.

    Args:
        region: the default region.

    Returns:
        Variables by name: dummy keys, no config files, no metadata, no endpoint, no proxy.
    """
    return {
        "AWS_ACCESS_KEY_ID": "ROLELABOFFLINE",
        "AWS_SECRET_ACCESS_KEY": "offline",
        "AWS_SESSION_TOKEN": "offline",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "BOTO_CONFIG": os.devnull,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "AWS_EC2_METADATA_DISABLED": "true",
        # A child's refused connection stays refused, so fewer attempts: three instead of five.
        # AWS_MAX_ATTEMPTS=1 would be shorter still, but puts "(reached max retries: 0)" into the
        # error messages that the lessons read.
        "AWS_RETRY_MODE": "standard",
        "AWS_PAGER": "",
        **closed_proxies(),
    }


def closed_proxies() -> dict[str, str]:
    """Proxy variables that let a child process reach this machine and nothing else."""
    closed = {"http_proxy": CLOSED_PROXY, "https_proxy": CLOSED_PROXY, "all_proxy": CLOSED_PROXY}
    both = {**closed, "no_proxy": "127.0.0.1,localhost,::1"}
    return {**both, **{name.upper(): value for name, value in both.items()}}


def _steers_aws(name: str) -> bool:
    return name.startswith(_PREFIXES) or name in _NAMES


def _forget_proxies() -> None:
    """urllib keeps the proxies of its first request, and a proxy on loopback passes the guard."""
    request = sys.modules.get("urllib.request")
    if request is not None:
        request.install_opener(None)


# --- layer 2: the SDK -------------------------------------------------------------------------


def refuse_strays() -> None:
    """Refuse every call of a botocore client that would not be answered in this process.

    moto answers a request before botocore sends it, but only for clients made after moto was
    imported, and only while its mock is on. Other clients are refused when they are called, before
    they look for credentials or sign anything. What is still on its way out afterwards asks for
    something that moto lacks, and is refused instead of sent. A refusal is not retried, unlike a
    connection that fails. Harmless when called again.
    """
    from botocore import client, endpoint

    base_client: Any = client.BaseClient
    http_endpoint: Any = endpoint.Endpoint
    call, send = base_client._make_api_call, http_endpoint._send
    if hasattr(send, "__wrapped__"):
        return

    @wraps(call)
    def refuse_or_call(self: Any, operation_name: str, api_params: Any) -> Any:
        reason = _why_unanswered(self.meta.events)
        if reason is not None:
            _refuse_unless_loopback(self.meta.endpoint_url, reason)
        return call(self, operation_name, api_params)

    @wraps(send)
    def refuse_or_send(self: Any, request: Any) -> Any:
        _refuse_unless_loopback(request.url, "The sandbox has no such service or endpoint.")
        return send(self, request)

    base_client._make_api_call = refuse_or_call
    http_endpoint._send = refuse_or_send


def _refuse_unless_loopback(url: str, reason: str) -> None:
    host = urlsplit(url).hostname
    if not is_loopback(host):
        raise OutsideBlocked(f"{_refusal(host)} {reason}")


def _why_unanswered(events: Any) -> str | None:
    """Why moto will not answer a client with these event handlers; None if it will."""
    from moto.core.models import botocore_stubber

    if _before is None:
        return (
            "The sandbox was stopped. Call rolelab.start() for a new account, "
            "or restart the kernel to leave the sandbox for good."
        )
    if not botocore_stubber.enabled:
        return "Something stopped moto's mock. Call rolelab.start() again for a fresh account."
    if botocore_stubber not in events._emitter._handlers.prefix_search("before-send"):
        return (
            "This client, or the session it comes from, was made before rolelab.start(). "
            "Make it again now, for example with boto3.client(...)."
        )
    return None


# --- layer 3: sockets -------------------------------------------------------------------------

_blocking = False


def block_outside() -> None:
    """Refuse connections and name look-ups that leave this machine, until the process ends.

    Loopback and Unix sockets pass. The functions of `socket` are wrapped, so that a refusal comes
    from where the learner's code stands; the interpreter's audit events cover the C functions below
    them. An audit hook cannot be removed, which is what is wanted here. Harmless when called again.

    Raises (later, at the connection): OutsideBlocked.
    """
    global _blocking
    if _blocking:
        return
    _blocking = True
    sys.addaudithook(_audit)
    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, _guarded_method(getattr(socket.socket, name)))
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
        setattr(socket, name, _guarded_lookup(getattr(socket, name)))


def is_loopback(host: object) -> bool:
    """Whether a host, as name or address, is this machine and no other.

    Args:
        host: str, bytes or None (None is how the socket functions say "this machine").

    Returns:
        True for loopback and unspecified addresses and for the names of loopback. Any other name
        is False: to find out more it would have to be looked up, and that leaves the machine.
    """
    if host is None:
        return True
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if text.lower() in _LOOPBACK_NAMES:
        return True
    try:
        address = ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or address.is_unspecified


def _refusal(where: object) -> str:
    return (
        f"rolelab: this notebook is offline; a connection to {where} was refused. "
        "Nothing left this machine."
    )


def _check_host(host: object) -> None:
    if not is_loopback(host):
        shown = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        raise OutsideBlocked(
            _refusal(shown) + " The guard stays until the kernel is restarted, "
            "also after rolelab.stop()."
        )


def _check_address(sock: Any, address: Any) -> None:
    """Only internet sockets can leave; their address is a tuple that starts with the host."""
    if sock.family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple):
        return
    if address[1:2] == (_CLOSED_PORT,):
        _check_host("the outside, by way of a proxy,")
    _check_host(address[0] if address else None)


_WATCHED: dict[str, Callable[[tuple[Any, ...]], None]] = {
    "socket.connect": lambda args: _check_address(args[0], args[1]),
    "socket.sendto": lambda args: _check_address(args[0], args[1]),
    "socket.sendmsg": lambda args: _check_address(args[0], args[1]),
    "socket.getaddrinfo": lambda args: _check_host(args[0]),
    "socket.gethostbyname": lambda args: _check_host(args[0]),
    "socket.gethostbyaddr": lambda args: _check_host(args[0]),
    "socket.getnameinfo": lambda args: _check_host(args[0][0]),
}


def _audit(event: str, args: tuple[Any, ...]) -> None:
    """Called for every audit event of the interpreter, so the common case is one look-up."""
    check = _WATCHED.get(event)
    if check is not None:
        check(args)


def _guarded_method(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of `socket.socket` whose last positional argument is the address."""

    @wraps(method)
    def guarded(self: Any, *args: Any) -> Any:
        if args:
            _check_address(self, args[-1])
        return method(self, *args)

    return guarded


def _guarded_lookup(lookup: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(lookup)
    def guarded(host: Any, *args: Any, **kwargs: Any) -> Any:
        _check_host(host)
        return lookup(host, *args, **kwargs)

    return guarded
