"""A whole install, started as the README says: local X, web process and worker, each on a port of its own."""

from __future__ import annotations

import html.parser
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from sandbox.served import free_port

_COMMAND = [sys.executable, "-c", "from careline.cli.main import main; main()", "up"]


@dataclass
class Stack:
    """Where the desk and the local X answer, and who may sign in."""

    url: str
    x_url: str
    email: str
    password: str
    state: Path
    process: subprocess.Popen[str]

    def stop(self) -> None:
        """As Ctrl-C or the machine's own shutdown would."""
        self.process.terminate()
        self.process.wait(timeout=30)

    def control(self, path: str, **body: Any) -> Any:
        """One order to the local X's control paths."""
        response = httpx.post(f"{self.x_url}/_sandbox/{path}", json=body, timeout=10)
        assert response.status_code == 200, response.text
        return response.json()

    def truth(self) -> dict[str, Any]:
        """What the local X really has."""
        return httpx.get(f"{self.x_url}/_sandbox/state", timeout=10).json()

    def customer(self, username: str) -> dict[str, Any]:
        """A person with an app of their own and a token for it."""
        person = self.control("people", username=username, name=username.title())
        app = self.control("apps", name=f"{username}'s app", owner=username, tier="enterprise")
        token = self.control("tokens", app_id=app["id"], person_id=person["id"])
        return {**person, "access_token": token["access_token"]}

    def brand_id(self) -> str:
        """The demo brand's numeric id."""
        people = httpx.get(f"{self.x_url}/_sandbox/people", timeout=10).json()["people"]
        return next(one["id"] for one in people if one["username"] == "acme_example")


@contextmanager
def running(state: Path) -> Iterator[Stack]:
    """`careline up` in a state folder of its own, until the block ends."""
    port, x_port = free_port(), free_port()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CARELINE_")}
    environment |= {"CARELINE_STATE": str(state), "CARELINE_PORT": str(port)}
    process = subprocess.Popen(
        [*_COMMAND, "--quiet", "--sandbox-port", str(x_port)], stdout=subprocess.PIPE, text=True, env=environment
    )
    try:
        said = _until_ready(process)
        who = re.search(r"Sign in\s+(\S+)\s+password: (\S+)", said)
        assert who, said
        yield Stack(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{x_port}", who[1], who[2], state, process)
    finally:
        process.terminate()
        process.wait(timeout=30)
        if process.stdout is not None:
            process.stdout.close()


def _until_ready(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said, deadline = "", time.monotonic() + 90
    while "Ctrl-C" not in said:
        readable, _, _ = select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))
        assert readable, f"not ready in time: {said}"
        more = os.read(process.stdout.fileno(), 65536).decode()
        assert more, f"careline up ended: {said}"
        said += more
    return said


def until(condition: Callable[[], Any], seconds: float = 20) -> Any:
    """The condition's first true answer. Asks again every few milliseconds; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return found


def careline(state: Path, *words: str) -> str:
    """What the `careline` command answers in this install; it has to succeed."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CARELINE_")}
    done = subprocess.run(
        [*_COMMAND[:-1], *words],
        env=environment | {"CARELINE_STATE": str(state)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Forms(html.parser.HTMLParser):
    """The forms of a page as a browser without scripts would send them: action -> fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self._fields: dict[str, str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._fields = self.found.setdefault(given.get("action", ""), {})
        elif self._fields is not None and tag in ("input", "textarea") and given.get("name"):
            chosen = given.get("type") not in ("checkbox", "radio") or "checked" in given
            self._fields |= {given["name"]: given.get("value", "")} if chosen else {}

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._fields = None


class Agent:
    """Somebody at the desk without a browser: reads pages, fills forms."""

    def __init__(self, stack: Stack) -> None:
        self._http = httpx.Client(base_url=stack.url, follow_redirects=True, timeout=20)
        page = self._http.get("/sign-in/")
        fields = next(one for one in Forms(page.text).found.values() if "login" in one)
        fields |= {"login": stack.email, "password": stack.password}
        answer = self._http.post("/sign-in/", data=fields, headers={"referer": str(page.url)})
        assert answer.status_code == 200, answer.status_code

    def page(self, path: str) -> str:
        """A page's text."""
        answer = self._http.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    def conversation_with(self, handle: str, view: str = "open") -> str:
        """The address of the conversation that the list shows for this handle; "" while it shows none."""
        rows = re.findall(rf'href="(/demo/{view}/\d+/)"(.*?)</a>', self.page(f"/demo/{view}/"), re.DOTALL)
        return next((path for path, row in rows if f"@{handle}" in row), "")

    def sends(self, conversation: str, mode: str, **fields: str) -> None:
        """Fill in the composer's form for `mode` and send it."""
        self._submit(conversation, f"/send/{mode}", fields)

    def does(self, conversation: str, verb: str) -> None:
        """Press a button of the conversation."""
        self._submit(conversation, f"/do/{verb}", {})

    def _submit(self, conversation: str, ending: str, fields: dict[str, str]) -> None:
        forms = Forms(self.page(conversation)).found
        action = next(one for one in forms if one.endswith(ending))
        answer = self._http.post(
            action, data=forms[action] | fields, headers={"referer": f"{self._http.base_url}{conversation}"}
        )
        assert answer.status_code == 200, (answer.status_code, answer.text[-2000:])

    def close(self) -> None:
        """Leave."""
        self._http.close()
