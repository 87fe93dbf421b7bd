"""`python -m bench` runs every benchmark, `python -m bench inbox idle` some, `python -m bench --list` names them.

Each is a script of its own in a process of its own, so that none measures what another has left behind.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def scripts() -> dict[str, Path]:
    """Benchmarks by name."""
    return {path.stem: path for path in sorted(HERE.glob("*.py")) if not path.stem.startswith("_")}


def main(names: list[str]) -> int:
    """Run `names`, or all; the first that fails ends it."""
    found = scripts()
    if names == ["--list"]:
        for name, path in found.items():
            print(f"{name:<10}{(ast.get_docstring(ast.parse(path.read_text())) or '').splitlines()[0]}")
        return 0
    if unknown := [name for name in names if name not in found]:
        print(f"No such benchmark: {', '.join(unknown)}. There are: {', '.join(found)}.", file=sys.stderr)
        return 2
    for name in names or found:
        print(f"\n{name}", flush=True)
        done = subprocess.run([sys.executable, found[name]], check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
