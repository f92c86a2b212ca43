"""Runs the benchmarks named, or all of them, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main(wanted: list[str]) -> int:
    """Run them one after another; the exit code says whether all of them came to their end."""
    names = sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_"))
    unknown = [name for name in wanted if name not in names]
    if unknown:
        print(f"There is no benchmark {unknown[0]}; there are: {', '.join(names)}.", file=sys.stderr)
        return 2
    environment = os.environ | {"QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    failed = []
    for name in wanted or names:
        print(f"{name} ...", file=sys.stderr, flush=True)
        call = f"from tests.benchmarks.{name} import main; main()"
        if subprocess.run(
            [sys.executable, "-c", call], cwd=HERE.parent.parent, env=environment, check=False
        ).returncode:
            failed.append(name)
    if failed:
        print(f"Did not come to an end: {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
