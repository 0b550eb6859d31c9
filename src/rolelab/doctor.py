"""Check an installation of rolelab, and say line by line what is well and what to do.

    python -m rolelab doctor

Each line begins with `ok` or with `FIX`; a line to fix ends in what to do. Nothing is changed, no
network is used, and no credentials are read. The module needs only the standard library, so that it
can still speak when an installation is broken.
"""

from __future__ import annotations

import argparse
import os
import platform
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

DISTRIBUTION = "rolelab"
AGAIN = "run make setup"
NEWER_PYTHON = "remove .venv and run make setup PYTHON=/path/to/a/newer/python"
PATIENCE_SECONDS: float = 120
ADMINISTRATOR = "assumed-role/Administrator/"
WHO_AM_I = """
import rolelab
rolelab.start()
import boto3
print(boto3.client("sts").get_caller_identity()["Arn"])
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's answer. A remedy means that there is something to fix."""

    text: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"FIX  {self.text}: {self.remedy}" if self.remedy else f"ok   {self.text}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command `rolelab`. Returns its exit code: 1 when the doctor found something to fix."""
    parser = argparse.ArgumentParser(prog="rolelab", description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("doctor", help="check this installation")
    parser.parse_args(arguments)
    found = []
    for finding in examine():
        print(finding, flush=True)
        found.append(finding)
    return int(any(finding.remedy for finding in found))


def examine() -> Iterator[Finding]:
    """Every check's findings, in the order in which a person would mend them."""
    for check in CHECKS:
        try:
            yield from check()
        except (ImportError, metadata.PackageNotFoundError) as missing:
            yield Finding(f"{check.__name__.replace('_', ' ')}: {missing}", AGAIN)


def python_version() -> Iterator[Finding]:
    """Whether this Python is one that the package allows."""
    from packaging.specifiers import SpecifierSet

    found, needed = platform.python_version(), metadata.metadata(DISTRIBUTION)["Requires-Python"]
    if SpecifierSet(needed).contains(found, prereleases=True):
        yield Finding(f"python {found}")
    else:
        yield Finding(f"python {found} found, {needed} needed", NEWER_PYTHON)


def dependencies() -> Iterator[Finding]:
    """Whether each package that rolelab needs is there, in a version it allows."""
    from packaging.requirements import Requirement

    for requirement in map(Requirement, metadata.requires(DISTRIBUTION) or []):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield dependency(requirement.name, str(requirement.specifier))


def dependency(name: str, needed: str) -> Finding:
    """Whether the installed version of one package is within the range that rolelab needs."""
    from packaging.specifiers import SpecifierSet

    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Finding(f"{name} is missing, {needed} needed", AGAIN)
    if not SpecifierSet(needed).contains(found, prereleases=True):
        return Finding(f"{name} {found} found, {needed} needed", AGAIN)
    return Finding(f"{name} {found}")


def kernel() -> Iterator[Finding]:
    """Whether notebooks will run in this environment's Python and not in another one."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        yield Finding("the Jupyter kernel python3 is missing", AGAIN)
        return
    program = spec.argv[0]
    # Jupyter starts a bare "python" as the interpreter that it runs in itself.
    if not Path(program).is_absolute() or Path(program).parent == Path(sys.executable).parent:
        yield Finding("the Jupyter kernel python3 runs in this environment")
    else:
        yield Finding(
            f"the Jupyter kernel python3 runs {program}",
            f"remove {spec.resource_dir}, which hides this environment's kernel",
        )


def notebooks() -> Iterator[Finding]:
    """Whether the lessons are there, when rolelab runs from a checkout."""
    root = Path(__file__).resolve().parents[2]
    if not (root / "pyproject.toml").exists():
        yield Finding("no checkout here: the notebooks were not looked for")
        return
    lessons = sorted((root / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    if lessons:
        yield Finding(f"{len(lessons)} lessons in {root / 'notebooks'}")
    else:
        yield Finding(f"no lessons in {root / 'notebooks'}", "run make notebooks")


def loopback() -> Iterator[Finding]:
    """Whether a server can listen on this machine's own address, as the sandbox's endpoint does."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname(), timeout=5).close()
    except OSError as error:
        yield Finding(
            f"127.0.0.1 does not answer ({error})", "allow local connections in the firewall"
        )
    else:
        yield Finding("127.0.0.1 answers")


def writing() -> Iterator[Finding]:
    """Whether a notebook can be saved where the learner stands."""
    here = Path.cwd()
    try:
        tempfile.TemporaryFile(dir=here).close()
    except OSError as error:
        yield Finding(f"{here} cannot be written to ({error.strerror})", "work in another folder")
    else:
        yield Finding(f"{here} can be written to")


def personal_aws_settings() -> Iterator[Finding]:
    """What AWS settings this machine has. They are only counted: the sandbox never uses them."""
    names = sorted(name for name in os.environ if name.startswith("AWS_"))
    files = [path for path in personal_files(os.environ) if path.exists()]
    present = ", ".join([*names, *map(str, files)])
    if present:
        yield Finding(f"AWS settings on this machine stay unused: {present}")
    else:
        yield Finding("no AWS settings on this machine, and none needed")


def personal_files(environment: Mapping[str, str]) -> tuple[Path, Path]:
    """Where the AWS command line and SDKs keep a person's settings and credentials."""
    home = Path.home() / ".aws"
    return (
        Path(environment.get("AWS_CONFIG_FILE", home / "config")),
        Path(environment.get("AWS_SHARED_CREDENTIALS_FILE", home / "credentials")),
    )


def account() -> Iterator[Finding]:
    """Whether the offline account starts and signs its learner in as the administrator."""
    try:
        started = subprocess.run(
            [sys.executable, "-c", WHO_AM_I],
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        yield Finding(f"rolelab.start() is not done after {PATIENCE_SECONDS} seconds", AGAIN)
        return
    answer = (started.stdout.strip() or started.stderr.strip()).rpartition("\n")[2]
    if started.returncode == 0 and ADMINISTRATOR in answer:
        yield Finding(f"rolelab.start() signs you in as {answer}")
    else:
        yield Finding(f"rolelab.start() does not work ({answer})", AGAIN)


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    python_version,
    dependencies,
    kernel,
    notebooks,
    loopback,
    writing,
    personal_aws_settings,
    account,
)


if __name__ == "__main__":
    sys.exit(main())
