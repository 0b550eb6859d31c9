"""The process of a container: what it may use, what it prints, how it ends."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
"""The container's reason after it used more memory than it has.

Page: *Troubleshooting Amazon ECS OutOfMemoryError errors*.
"""
RAN_TOO_LONG = "The sandbox ends a container after {seconds} seconds"
TOO_MANY_PROCESSES = "The sandbox ends a container with more than {count} processes"

KILLED = 137
"""The exit code of a process that was killed: 128 and the number of SIGKILL."""

_MEBIBYTE = 2**20
_LINE_BYTES = 16 * 1024
_WATCH_SECONDS = 0.1
_BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
_PACKAGE = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a container may use.

    Attributes:
        memory_mib: memory of all its processes together.
        cpu_seconds: processor time of each process.
        run_seconds: time until the sandbox ends it.
        file_mib: size of a file it writes.
        processes: how many processes at the same time.
    """

    memory_mib: int = 512
    cpu_seconds: int = 600
    run_seconds: int = 3600
    file_mib: int = 256
    processes: int = 64


class ContainerProcess:
    """A started container. `wait` gives its exit code.

    Attributes:
        reason: why the sandbox ended it; None if it ended by itself or was stopped.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: Path,
        limits: Limits,
        on_line: Callable[[str], None],
        ports: Mapping[int, int] | None = None,
    ) -> None:
        """Start the container.

        Args:
            command: the program and its arguments; `python` is the course's own.
            environment: all variables the container gets.
            directory: its working directory, with the image's files in it.
            limits: what it may use.
            on_line: called for each line it prints, in another thread.
            ports: host ports by container port; see `port_mappings`.

        Raises:
            OSError: the machine cannot start another process.
        """
        self.reason: str | None = None
        self._limits = limits
        self._lifeline_read, self._lifeline = os.pipe()
        spec = {
            "command": list(command),
            "lifeline": self._lifeline_read,
            "cpu_seconds": limits.cpu_seconds,
            "file_bytes": limits.file_mib * _MEBIBYTE,
            "package": str(_PACKAGE),
            "ports": sorted((ports or {}).items()),
        }
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-X", "utf8", str(_BOOTSTRAP), json.dumps(spec)],
                env=dict(environment),
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(self._lifeline_read,),
                start_new_session=True,
            )
        except BaseException:
            os.close(self._lifeline)
            raise
        finally:
            os.close(self._lifeline_read)
        self._started = time.monotonic()
        self._reader = _thread(_read_lines, self._process.stdout, on_line)
        self._ended = threading.Event()
        self._watcher = _thread(self._watch)

    @property
    def pid(self) -> int:
        """The id of the first process."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether its first process still runs."""
        return self._process.poll() is None

    def wait(self) -> int:
        """Wait until it has ended and all it printed was read.

        Returns:
            The exit code; 128 and the signal's number if a signal ended it.
        """
        code = self._process.wait()
        self._end_group()
        self._ended.set()
        self._watcher.join()
        self._reader.join()
        self._close_lifeline()
        return 128 - code if code < 0 else code

    def stop(self, seconds: float) -> None:
        """Ask it to end, and end it if it has not after some seconds.

        Page: *StopTask*: SIGTERM, and SIGKILL after the stop timeout, 30 seconds by default.
        """
        if not self.running:
            return
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End every process of the container at once."""
        self._end_group()

    def _watch(self) -> None:
        """End the container when it uses more than it may."""
        while not self._ended.wait(_WATCH_SECONDS):
            reason = self._over_limit()
            if reason is not None:
                self.reason = reason
                self.kill()
                return

    def _over_limit(self) -> str | None:
        limits = self._limits
        if time.monotonic() - self._started > limits.run_seconds:
            return RAN_TOO_LONG.format(seconds=limits.run_seconds)
        processes = self._family()
        if len(processes) > limits.processes:
            return TOO_MANY_PROCESSES.format(count=limits.processes)
        used = sum(_memory_of(each) for each in processes)
        return OUT_OF_MEMORY if used > limits.memory_mib * _MEBIBYTE else None

    def _family(self) -> list[psutil.Process]:
        try:
            first = psutil.Process(self._process.pid)
            return [first, *first.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    def _end_group(self) -> None:
        """Kill what the container started, also what no longer has a parent."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _close_lifeline(self) -> None:
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1


def program_in(command: Sequence[str], search: str) -> str | None:
    """Find the program of a command as the container would.

    Args:
        command: the program and its arguments.
        search: the container's PATH.

    Returns:
        Where it is; None if there is no such program.
    """
    program = command[0]
    if program in ("python", "python3"):
        return sys.executable
    return shutil.which(program, path=search)


def _memory_of(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0


def _read_lines(stream: IO[bytes], on_line: Callable[[str], None]) -> None:
    """Hand over what is printed, line by line; a line without an end is cut into pieces."""
    while line := stream.readline(_LINE_BYTES):
        on_line(line.decode("utf-8", "replace").rstrip("\r\n"))
    stream.close()


def _thread(target: Callable[..., None], *args: object) -> threading.Thread:
    thread = threading.Thread(target=target, args=args, daemon=True)
    thread.start()
    return thread
