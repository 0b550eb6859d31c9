"""`%aws`: the real AWS CLI, against the account of this notebook."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from rolelab.sandbox import account

_MISSING = (
    "%aws needs the AWS CLI, which is not installed beside this kernel. "
    "Run `make setup`, or `pip install awscli`."
)


def register() -> None:
    """Give the running IPython the magics `%aws` and `%%aws`. Harmless when called again."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is None:
        return

    def aws(line: str, cell: str | None = None) -> None:
        """Run the AWS CLI in the sandbox: %aws iam get-role --role-name app"""
        body = "" if cell is None else _filled_in(cell, shell.user_ns)
        shell.user_ns["_exit_code"] = run(f"{line} {body}")

    shell.magics_manager.register_function(aws, magic_kind="line_cell", magic_name="aws")


def run(command: str) -> int:
    """Run one AWS CLI command as the kernel's default identity and print what it prints.

    Args:
        command: what follows `aws`, quoted as in a shell. Line ends, with or without a backslash,
            are spaces, so that a long command may take several lines of a cell.

    Returns:
        The CLI's exit code, 0 for success.

    Raises:
        ModuleNotFoundError: the AWS CLI is not installed.
        RuntimeError: no sandbox is running.
        ValueError: a quote is not closed.
    """
    if importlib.util.find_spec("awscli") is None:
        raise ModuleNotFoundError(_MISSING, name="awscli")
    done = subprocess.run(
        [sys.executable, "-m", "awscli", *words(command)],
        env=account.current().environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr.lstrip("\n"))
    return done.returncode


def words(command: str) -> list[str]:
    """Split a command as a shell would, comments and expansions aside.

    >>> words("iam get-role --role-name 'my role'")
    ['iam', 'get-role', '--role-name', 'my role']
    """
    try:
        return shlex.split(re.sub(r"\\\r?\n", " ", command))
    except ValueError as error:
        raise ValueError(f"%aws cannot read this command: {error}.") from None


def _filled_in(cell: str, names: Mapping[str, Any]) -> str:
    """Replace `{name}` and `$name` in a cell by variables of the notebook.

    IPython does this for the line of a magic only. Braces around anything that is not the name of
    a variable stay: most cells hold JSON.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        return str(names[name]) if name in names else match[0]

    return re.sub(r"\{([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*)", value, cell)
