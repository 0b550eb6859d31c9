"""The first code that runs inside a container. It is run as a script, by the container's Python.

It gives up what the container must not have, then becomes the container's command:

- its processes end when the kernel that started it ends, however that happens;
- processor time and the size of files are bounded;
- Python code connects to this machine's loopback only. Other programs find proxies that lead
  nowhere; nothing stops a program that ignores them.

    python -I bootstrap.py '{"command": ["python", "app.py"], "lifeline": 5, ...}'

A command that is Python runs in this very process, which saves a second start of the interpreter.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

_PYTHONS = ("python", "python3")


def main(text: str) -> None:
    """Set up the container and run its command.

    Args:
        text: JSON with `command` (a list), `lifeline` (the file descriptor whose end means that
            the kernel is gone), `cpu_seconds`, `file_bytes`, and `package` (where rolelab is).
    """
    spec = json.loads(text)
    _limit(spec)
    _hold(spec["lifeline"])
    _stay_on_loopback(spec["package"])
    command = spec["command"]
    if command[0] in _PYTHONS:
        _run_python(command[1:])
    else:
        sys.exit(_run_program(command))


def _limit(spec: dict[str, Any]) -> None:
    try:
        import resource
    except ModuleNotFoundError:
        # Windows has no such limits; the agent watches memory and run time from outside.
        return
    for kind, amount in (
        (resource.RLIMIT_CPU, spec["cpu_seconds"]),
        (resource.RLIMIT_FSIZE, spec["file_bytes"]),
        (resource.RLIMIT_CORE, 0),
    ):
        _, most = resource.getrlimit(kind)
        allowed = amount if most == resource.RLIM_INFINITY else min(amount, most)
        resource.setrlimit(kind, (allowed, allowed))


def _hold(lifeline: int) -> None:
    """End every process of the container once the other end of the lifeline is closed."""

    def watch() -> None:
        while os.read(lifeline, 1):
            pass
        if hasattr(os, "killpg"):
            os.killpg(os.getpgrp(), signal.SIGKILL)
        os._exit(137)

    os.set_inheritable(lifeline, False)
    threading.Thread(target=watch, name="lifeline", daemon=True).start()


def _stay_on_loopback(package: str) -> None:
    sys.path.append(package)
    from rolelab.sandbox import safety

    sys.path.remove(package)
    safety.block_outside()


def _run_python(arguments: list[str]) -> None:
    while arguments and arguments[0] in ("-u", "-B", "-I"):
        del arguments[0]
    if not arguments:
        sys.exit("python: there is no terminal to talk to; name a script, -m module or -c code")
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.excepthook = _show_error
    sys.path.insert(0, str(Path.cwd()))
    first, rest = arguments[0], arguments[1:]
    if first == "-c":
        sys.argv = ["-c", *rest[1:]]
        code = compile(rest[0], "<string>", "exec")
        exec(code, {"__name__": "__main__"})  # the command of the container, as it asked
    elif first == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        if not Path(first).exists():
            sys.stderr.write(f"python: can't open file '{first}': No such file or directory\n")
            sys.exit(2)
        sys.argv = [first, *rest]
        sys.path[0] = str(Path(first).resolve().parent)
        runpy.run_path(first, run_name="__main__")


def _show_error(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    """Print a traceback that begins where the container's own code does."""
    ours = {__file__, runpy.__file__, "<frozen runpy>"}
    while trace is not None and trace.tb_frame.f_code.co_filename in ours:
        trace = trace.tb_next
    traceback.print_exception(kind, error, trace)


def _run_program(command: list[str]) -> int:
    """Run another program in the container's process group, and pass signals on."""
    process = subprocess.Popen(command)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    code = process.wait()
    return 128 - code if code < 0 else code


if __name__ == "__main__":
    main(sys.argv[1])
