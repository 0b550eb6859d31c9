"""Run every benchmark beside this file, one after another, each in a process of its own.

python -m bench            all of them
python -m bench engine     only bench_engine.py
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def chosen(names: list[str]) -> list[Path]:
    """The benchmarks of these names, or all of them. Exits when there is none of a name."""
    files = {path.stem.removeprefix("bench_"): path for path in sorted(HERE.glob("bench_*.py"))}
    unknown = [name for name in names if name not in files]
    if unknown:
        sys.exit(f"no benchmark {unknown[0]!r}; there are: {', '.join(files)}")
    return [files[name] for name in names or files]


def main(names: list[str]) -> int:
    failed = []
    for path in chosen(names):
        print(f"\n== {path.stem}", flush=True)
        if subprocess.run([sys.executable, path], cwd=HERE.parent, check=False).returncode:
            failed.append(path.stem)
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
