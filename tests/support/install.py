"""An install of its own in a temporary folder, used as an operator does: through the `careline` command."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

from support.processes import free_port, wait_until

SOURCE = Path(__file__).parents[2] / "src"


class Install:
    """`run` waits for a command to end, `start` leaves it running; `close` ends what still runs."""

    def __init__(self, folder: Path, **env: str) -> None:
        self.state = folder / "state"
        self.port, self.sandbox_port = free_port(), free_port()
        self.env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(SOURCE),
            "CARELINE_STATE": str(self.state),
            "CARELINE_PORT": str(self.port),
            "CARELINE_SANDBOX_PORT": str(self.sandbox_port),
        } | env
        self._folder = folder
        self._browsers: list[httpx.Client] = []
        self._running: list[tuple[subprocess.Popen[str], IO[str]]] = []

    @property
    def origin(self) -> str:
        """Where the desk answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def sandbox(self) -> str:
        """Where the local X answers."""
        return f"http://127.0.0.1:{self.sandbox_port}"

    def run(self, *arguments: str, status: int | None = 0, **env: str) -> subprocess.CompletedProcess[str]:
        """Run `careline ARGUMENTS` to its end; fails if the status is another than `status` (None: any)."""
        command = [sys.executable, "-m", "careline.cli", *arguments]
        done = subprocess.run(
            command, env=self.env | env, cwd=self._folder, capture_output=True, text=True, timeout=60, check=False
        )
        assert status in (None, done.returncode), f"status {done.returncode}: {done.stdout}{done.stderr}"
        return done

    def start(self, *arguments: str, **env: str) -> tuple[subprocess.Popen[str], Path]:
        """Start `careline ARGUMENTS`; the process, and the file to which it writes."""
        output = self._folder / f"output-{len(self._running)}.txt"
        file = output.open("w")
        command = [sys.executable, "-m", "careline.cli", *arguments]
        process = subprocess.Popen(
            command, env=self.env | env, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=file, stderr=file, text=True
        )
        self._running.append((process, file))
        return process, output

    def close(self) -> None:
        """End what runs."""
        for browser in self._browsers:
            browser.close()
        for process, file in self._running:
            if process.poll() is None:
                process.terminate()
                process.wait(20)
            file.close()

    def serves(self) -> bool:
        """Whether the web process answers."""
        try:
            with urllib.request.urlopen(f"{self.origin}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def wait_for_web(self) -> None:
        """Until it answers."""
        wait_until(self.serves, within=30, what="the web process does not answer")

    def wait_for(self, output: Path, words: str, within: float = 60) -> str:
        """Until the output says so; all of it."""
        wait_until(lambda: words in output.read_text(), within=within, what=f"{words!r} is missing")
        return output.read_text()

    def dump(self, workspace: str = "demo") -> dict[str, Any]:
        """The workspace in canonical form."""
        found: dict[str, Any] = json.loads(self.run("dump", "--canonical", "--workspace", workspace).stdout)
        return found

    def sign_in(self, email: str, password: str) -> httpx.Client:
        """A browser that has filled in the sign-in form."""
        browser = httpx.Client(base_url=self.origin, follow_redirects=True, trust_env=False)
        self._browsers.append(browser)
        page = browser.get("/sign-in/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token is not None
        form = {"csrfmiddlewaretoken": token[1], "login": email, "password": password}
        browser.post("/sign-in/", data=form, headers={"Origin": self.origin})
        return browser


@pytest.fixture
def install(tmp_path: Path) -> Iterator[Install]:
    """A fresh install, with nothing in it yet."""
    made = Install(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The state folder that `ready` copies, and the password; made once a run."""
    first = Install(tmp_path_factory.mktemp("prepared"))
    first.run("migrate")
    add = ("user", "add", "ana@example.org", "--workspace", "acme", "--new-workspace", "Acme", "--role", "admin")
    return first.state, first.run(*add).stdout.split("Password: ")[1].strip()


@pytest.fixture
def ready(install: Install, prepared: tuple[Path, str]) -> Install:
    """With tables, the workspace `acme`, and ana@example.org, whose password is in `env["TEST_PASSWORD"]`."""
    state, password = prepared
    shutil.copytree(state, install.state)
    install.env["TEST_PASSWORD"] = password
    return install
