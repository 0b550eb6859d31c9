"""The doctor: one line for each thing that can be wrong, and what to do about it."""

from __future__ import annotations

import json
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import pytest

from rolelab import doctor
from rolelab.doctor import Finding


def lines(check: Callable[[], Iterator[Finding]]) -> list[str]:
    return [str(finding) for finding in check()]


def test_a_finding_without_a_remedy_is_ok() -> None:
    assert str(Finding("moto 5.2.5")) == "ok   moto 5.2.5"


def test_a_finding_with_a_remedy_says_what_to_do() -> None:
    finding = Finding("moto 5.1.0 found, ==5.2.* needed", "run make setup")
    assert str(finding) == "FIX  moto 5.1.0 found, ==5.2.* needed: run make setup"


def test_this_python_is_named() -> None:
    assert lines(doctor.python_version) == [f"ok   python {platform.python_version()}"]


def test_an_old_python_is_to_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "python_version", lambda: "3.10.13")
    (line,) = lines(doctor.python_version)
    assert line.startswith("FIX  python 3.10.13 found, >=3.11 needed: ")


def test_every_package_that_rolelab_requires_is_looked_at() -> None:
    named = {line.split()[1] for line in lines(doctor.dependencies)}
    assert {"boto3", "jupyterlab", "moto", "pandas"} <= named
    assert "pytest" not in named, "what only contributors need is not the learner's concern"


def test_here_every_package_is_in_its_range() -> None:
    assert [line for line in lines(doctor.dependencies) if not line.startswith("ok ")] == []


@pytest.mark.parametrize(
    ("found", "line"),
    [
        ("5.2.0", "ok   moto 5.2.0"),
        ("5.1.22", "FIX  moto 5.1.22 found, ==5.2.* needed: run make setup"),
        ("5.3.0", "FIX  moto 5.3.0 found, ==5.2.* needed: run make setup"),
    ],
)
def test_moto_is_pinned_to_one_minor_release(
    monkeypatch: pytest.MonkeyPatch, found: str, line: str
) -> None:
    installed = metadata.version

    def version(name: str) -> str:
        return found if name == "moto" else installed(name)

    monkeypatch.setattr(metadata, "version", version)
    assert line in lines(doctor.dependencies)


def test_a_missing_package_is_to_fix() -> None:
    line = str(doctor.dependency("no-such-package", ">=1.0"))
    assert line == "FIX  no-such-package is missing, >=1.0 needed: run make setup"


def test_a_check_that_cannot_be_made_is_to_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "DISTRIBUTION", "no-such-package")
    monkeypatch.setattr(doctor, "CHECKS", (doctor.dependencies,))
    (line,) = lines(doctor.examine)
    assert line.startswith("FIX  dependencies: ")
    assert line.endswith("no-such-package: run make setup")


def test_this_environments_kernel_is_ok() -> None:
    assert lines(doctor.kernel) == ["ok   the Jupyter kernel python3 runs in this environment"]


def test_a_kernel_of_another_python_is_to_fix(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spec = {"argv": ["/opt/other/bin/python", "-m", "ipykernel"], "display_name": "Other"}
    folder = tmp_path / "kernels" / "python3"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(spec | {"language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    (line,) = lines(doctor.kernel)
    assert line == (
        "FIX  the Jupyter kernel python3 runs /opt/other/bin/python: "
        f"remove {folder}, which hides this environment's kernel"
    )


@pytest.mark.parametrize(
    ("files", "begin"),
    [
        pytest.param([], "ok   no checkout here", id="installed as a package"),
        pytest.param(["pyproject.toml"], "FIX  no lessons in", id="a checkout without notebooks"),
        pytest.param(["pyproject.toml", "notebooks/00_a.ipynb"], "ok   1 lessons", id="a checkout"),
    ],
)
def test_notebooks_are_looked_for_in_a_checkout(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, files: list[str], begin: str
) -> None:
    for file in files:
        path = tmp_path / file
        path.parent.mkdir(exist_ok=True)
        path.touch()
    monkeypatch.setattr(doctor, "__file__", str(tmp_path / "src" / "rolelab" / "doctor.py"))
    (line,) = lines(doctor.notebooks)
    assert line.startswith(begin)


def test_loopback_answers() -> None:
    assert lines(doctor.loopback) == ["ok   127.0.0.1 answers"]


def test_a_loopback_that_refuses_is_to_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> socket.socket:
        raise OSError("not permitted")

    monkeypatch.setattr(socket, "create_server", refuse)
    (line,) = lines(doctor.loopback)
    assert line.startswith("FIX  127.0.0.1 does not answer (not permitted): ")


def test_a_folder_that_can_be_written_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert lines(doctor.writing) == [f"ok   {tmp_path} can be written to"]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_to_fix(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    assert lines(doctor.writing) == [
        f"FIX  {tmp_path} cannot be written to (Permission denied): work in another folder"
    ]


def test_personal_aws_settings_are_named_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    credentials = tmp_path / ".aws" / "credentials"
    credentials.parent.mkdir()
    credentials.write_text("[prod]\naws_secret_access_key = swordfish\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "swordfish")
    (line,) = lines(doctor.personal_aws_settings)
    assert line == (
        f"ok   AWS settings on this machine stay unused: AWS_SECRET_ACCESS_KEY, {credentials}"
    )


def test_a_machine_without_aws_settings_needs_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert lines(doctor.personal_aws_settings) == [
        "ok   no AWS settings on this machine, and none needed"
    ]


def test_the_account_starts_with_an_administrator() -> None:
    assert lines(doctor.account) == [
        "ok   rolelab.start() signs you in as "
        "arn:aws:sts::123456789012:assumed-role/Administrator/learner"
    ]


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        pytest.param("raise TypeError('broken')", "TypeError: broken", id="it fails"),
        pytest.param("print('arn:aws:iam::1:user/a')", "arn:aws:iam::1:user/a", id="another user"),
    ],
)
def test_an_account_that_does_not_start_is_to_fix(
    monkeypatch: pytest.MonkeyPatch, program: str, reason: str
) -> None:
    monkeypatch.setattr(doctor, "WHO_AM_I", program)
    assert lines(doctor.account) == [
        f"FIX  rolelab.start() does not work ({reason}): run make setup"
    ]


def test_an_account_that_hangs_is_to_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "WHO_AM_I", "import time; time.sleep(60)")
    monkeypatch.setattr(doctor, "PATIENCE_SECONDS", 0.1)
    assert lines(doctor.account) == [
        "FIX  rolelab.start() is not done after 0.1 seconds: run make setup"
    ]


@pytest.mark.parametrize(
    ("remedies", "code"), [(["", ""], 0), (["", "run make setup"], 1)], ids=["well", "one to fix"]
)
def test_the_exit_code_says_whether_there_is_something_to_fix(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    remedies: list[str],
    code: int,
) -> None:
    monkeypatch.setattr(doctor, "examine", lambda: iter([Finding("x", r) for r in remedies]))
    assert doctor.main(["doctor"]) == code
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.parametrize(
    "command",
    [
        pytest.param([sys.executable, "-m", "rolelab"], id="as a module"),
        pytest.param(
            [shutil.which("rolelab", path=str(Path(sys.executable).parent)) or "rolelab"],
            id="as a command",
        ),
    ],
)
def test_the_command_line_knows_the_doctor(command: list[str]) -> None:
    answer = subprocess.run(
        [*command, "doctor", "--help"], capture_output=True, text=True, env=os.environ, check=False
    )
    assert answer.returncode == 0
    assert answer.stdout.startswith("usage: rolelab doctor")
