"""The first code that runs inside a container. It is run as a script, by the container's Python.

It gives up what the container must not have (`confinement`), then becomes the container's command.

    python -I bootstrap.py '{"command": ["python", "app.py"], "lifeline": 5, ...}'

A command that is Python runs in this very process, which saves a second start of the interpreter.
"""

from __future__ import annotations

import json
import runpy
import signal
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

_PYTHONS = ("python", "python3")


def main(text: str) -> None:
    """Set up the container and run its command.

    Args:
        text: JSON with `command` (a list), `lifeline` (the file descriptor whose end means that
            the kernel is gone), `cpu_seconds`, `file_bytes`, `package` (where rolelab is), and
            `ports` (pairs of a container port and its host port).
    """
    spec = json.loads(text)
    _confine(spec)
    command = spec["command"]
    if command[0] in _PYTHONS:
        _run_python(command[1:])
    else:
        sys.exit(_run_program(command))


def _confine(spec: dict[str, Any]) -> None:
    sys.path.append(spec["package"])
    from rolelab.ecs import port_mappings
    from rolelab.sandbox import confinement

    sys.path.remove(spec["package"])
    confinement.confine(
        cpu_seconds=spec["cpu_seconds"], file_bytes=spec["file_bytes"], lifeline=spec["lifeline"]
    )
    port_mappings.exchange(dict(spec["ports"]))


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
