"""Law 8: the sandbox is a peer, not a mock. It shares no code with the desk, in source or while it runs."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from xdk import Client

import careline
import careline_sandbox
from sandbox.served import free_port


def imports_of(package: Path) -> set[str]:
    """Top-level names that any module of a package imports."""
    names = set()
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                names.add(node.module.split(".")[0])
    return names


def test_law_8_neither_program_imports_the_other():
    assert "careline" not in imports_of(Path(careline_sandbox.__file__).parent)
    assert "careline_sandbox" not in imports_of(Path(careline.__file__).parent)


BLOCKED = """
import sys
class Wall:
    def find_spec(self, name, path=None, target=None):
        if name == "careline" or name.startswith("careline.") or name == "django":
            raise ImportError(name + " is not on this machine")
sys.meta_path.insert(0, Wall())
from careline_sandbox.cli import main
main()
"""


def test_law_8_the_local_x_serves_the_official_client_on_a_machine_without_the_desk():
    port = free_port()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CARELINE_")}
    command = [sys.executable, "-c", BLOCKED, "serve", "--port", str(port), "--state", ":memory:"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip()
            x = Client(base_url=f"http://127.0.0.1:{port}", access_token="nobody's")
            with pytest.raises(Exception, match="401"):
                x.posts.create(body={"text": "hello"})
        finally:
            process.terminate()
