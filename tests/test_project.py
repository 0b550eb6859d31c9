"""The files that say what to install agree with each other, and with the commands of the README."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import tomllib
from collections import defaultdict
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
DEPENDENCY_FILES = ("pyproject.toml", "requirements.lock", "requirements.txt", "environment.yml")

# Where the course is used. A pin with a marker must be there for each of these, and only once.
PLATFORMS = {
    "Linux": {"sys_platform": "linux", "os_name": "posix", "platform_machine": "x86_64"},
    "Linux on ARM": {"sys_platform": "linux", "os_name": "posix", "platform_machine": "aarch64"},
    "macOS": {"sys_platform": "darwin", "os_name": "posix", "platform_machine": "arm64"},
    "macOS on Intel": {"sys_platform": "darwin", "os_name": "posix", "platform_machine": "x86_64"},
    "Windows": {"sys_platform": "win32", "os_name": "nt", "platform_machine": "AMD64"},
}
PYTHONS = ("3.11.2", "3.11.14", "3.12.1", "3.13.0", "3.14.0")


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def lines(name: str) -> list[str]:
    """The lines of a requirements file, each with the lines that continue it."""
    joined = text(name).replace("\\\n", " ")
    return [line for line in joined.splitlines() if line and not line.startswith("#")]


def pins(name: str) -> list[Requirement]:
    return [Requirement(line.partition(" --hash")[0]) for line in lines(name)]


def project() -> dict[str, Any]:
    return tomllib.loads(text("pyproject.toml"))


def wanted() -> list[Requirement]:
    """Everything that pyproject asks for, extras and build system included."""
    table = project()
    extras = table["project"]["optional-dependencies"].values()
    groups = [table["project"]["dependencies"], table["build-system"]["requires"], *extras]
    return [Requirement(line) for group in groups for line in group]


def pinned_for(platform: dict[str, str], python: str) -> dict[str, list[str]]:
    """What pip would install there: the versions of each package whose marker holds."""
    environment: dict[str, str] = {
        **default_environment(),  # type: ignore[dict-item]
        **platform,
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "python_full_version": python,
        "python_version": python.rpartition(".")[0],
    }
    found = defaultdict(list)
    for pin in pins("requirements.lock"):
        if pin.marker is None or pin.marker.evaluate(environment):
            (version,) = pin.specifier
            found[canonicalize_name(pin.name)].append(version.version)
    return found


def test_the_lock_pins_every_package_with_hashes() -> None:
    for line in lines("requirements.lock"):
        (specifier,) = Requirement(line.partition(" --hash")[0]).specifier
        assert specifier.operator == "=="
        assert re.search(r" --hash=sha256:[0-9a-f]{64}\b", line), line


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("platform", PLATFORMS.values(), ids=PLATFORMS)
def test_the_lock_serves(platform: dict[str, str], python: str) -> None:
    found = pinned_for(platform, python)
    assert {name: versions for name, versions in found.items() if len(versions) != 1} == {}
    for requirement in wanted():
        (version,) = found[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"{requirement} but {version} is locked"


def test_requirements_txt_is_the_lock_without_hashes() -> None:
    assert list(map(str, pins("requirements.txt"))) == list(map(str, pins("requirements.lock")))
    assert "--hash" not in text("requirements.txt")


def test_conda_installs_the_locked_versions_and_this_folder() -> None:
    environment = yaml.safe_load(text("environment.yml"))
    python, pip, from_pip = environment["dependencies"]
    assert python.startswith("python=")
    assert pip == "pip"
    assert from_pip == {"pip": ["-r requirements.txt", "-e ."]}


def test_every_file_means_the_same_python() -> None:
    table = project()
    oldest = table["project"]["requires-python"].removeprefix(">=")
    assert table["tool"]["ruff"]["target-version"] == "py" + oldest.replace(".", "")
    assert table["tool"]["mypy"]["python_version"] == oldest
    assert f"--python-version {oldest}" in text("Makefile")
    assert f"sys.version_info < ({oldest.replace('.', ', ')})" in text("Makefile")
    conda = yaml.safe_load(text("environment.yml"))["dependencies"][0].removeprefix("python=")
    assert SpecifierSet(table["project"]["requires-python"]).contains(conda)


def test_moto_is_held_to_one_minor_release() -> None:
    (moto,) = [requirement for requirement in wanted() if requirement.name == "moto"]
    assert str(moto.specifier) == "==5.2.*"


@pytest.mark.parametrize("name", DEPENDENCY_FILES)
def test_no_dependency_file_names_a_host_or_a_machine(name: str) -> None:
    assert not re.search(r"https?:|//|index-url|find-links|file:|(^|\s)/\w", text(name))


def test_ci_runs_the_readmes_test_command() -> None:
    commands = [line for line in text(".ci/run").splitlines() if line and not line.startswith("#")]
    assert commands == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "make test"]
    assert "make test" in text("README.md")
    assert "make lab" in text("README.md")


def test_the_data_folder_says_what_each_file_is() -> None:
    """A row for each file, by its name; a row with a star speaks for a folder of deliveries."""
    data = ROOT / "data"
    files = {path.relative_to(data) for path in data.rglob("*") if path.is_file()}
    rows = set(re.findall(r"^\| `(\S+)` \|", text("data/README.md"), re.MULTILINE))
    stars = {row for row in rows if "*" in row}
    matched = {row: {path for path in files if fnmatch(path.as_posix(), row)} for row in stars}
    assert [row for row in stars if not matched[row]] == []
    delivered = set().union(*matched.values())
    named = {row.rsplit("/", 1)[-1] for row in rows - stars}
    assert named == {path.name for path in files - delivered} - {"README.md"}


def make(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run this project's Makefile in a folder that has only what set-up reads."""
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, folder)
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), **variables}
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def pretend_python(folder: Path, answers: str) -> str:
    """A program that answers as some Python would: a shell `case` over its second argument."""
    program = folder / "pretend-python"
    program.write_text(f'#!/bin/sh\ncase "$2" in\n{answers}\nesac\n')
    program.chmod(0o755)
    return str(program)


needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")


@needs_make
def test_an_old_python_is_refused_with_what_to_do(tmp_path: Path) -> None:
    old = pretend_python(tmp_path, "*) exit 1;;")
    answer = make(tmp_path, "setup", f"PYTHON={old}")
    assert answer.returncode != 0
    assert f"rolelab needs Python 3.11 or newer. Looked for: {old}." in answer.stderr
    assert not (tmp_path / ".venv").exists()


@needs_make
def test_a_python_without_venv_is_refused_with_what_to_do(tmp_path: Path) -> None:
    bare = pretend_python(tmp_path, '"import venv"*) exit 1;;')
    answer = make(tmp_path, "setup", f"PYTHON={bare}")
    assert answer.returncode != 0
    assert "sudo apt install python3-venv" in answer.stderr
    assert not (tmp_path / ".venv").exists()


@needs_make
def test_no_personal_aws_setting_reaches_a_command(tmp_path: Path) -> None:
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nenv > seen\n")
    python.chmod(0o755)
    assert make(tmp_path, "doctor", AWS_PROFILE="production", LANG="C").returncode == 0
    seen = (tmp_path / "seen").read_text()
    assert "AWS_PROFILE" not in seen
    assert "LANG=C" in seen


@needs_make
def test_setup_is_done_once_until_the_lock_changes(tmp_path: Path) -> None:
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$@" >> calls\n')
    python.chmod(0o755)
    assert make(tmp_path, "setup").returncode == 0
    first = (tmp_path / "calls").read_text()
    assert "install --quiet --require-hashes -r requirements.lock" in first
    assert "install --quiet --no-deps --no-build-isolation -e ." in first
    assert make(tmp_path, "setup").returncode == 0
    assert (tmp_path / "calls").read_text() == first
    (tmp_path / "pyproject.toml").write_text("")
    subprocess.run(["make", "setup"], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "calls").read_text() == first * 2


@pytest.mark.parametrize("where", ["this process", "a child process"])
def test_the_network_is_cut_in_tests(where: str) -> None:
    if where == "this process":
        # A sandbox that ran before in this process leaves its own guard in front.
        with pytest.raises((RuntimeError, OSError), match=r"network is cut|notebook is offline"):
            socket.create_connection(("192.0.2.1", 80), timeout=1)
        return
    call_out = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    child = subprocess.run(
        [sys.executable, "-c", call_out], capture_output=True, text=True, check=False
    )
    assert "the network is cut in tests" in child.stderr
