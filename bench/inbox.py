"""How fast an agent's pages are with a million messages, and what a new message then costs, on both engines.

Run: `python bench/inbox.py [messages]`. Server time is through Django's test client (whole middleware, in this
process); "over HTTP" is the web process as `careline run` starts it, one reader. The goal: p95 under 50 ms of server
time, flat from a hundred thousand messages to ten million.
"""

from __future__ import annotations

import logging
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1] / "tests"
# In place of this folder, where this file would be taken for a package of the same name.
sys.path[0] = str(TESTS)

ROUNDS = 200
_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
Row = tuple[str, str]


def main() -> None:
    """Each engine in a process and a state folder of its own."""
    messages = sys.argv[1] if len(sys.argv) > 1 else "1000000"
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start, Python {sys.version.split()[0]}",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as folder:
        _one(Path(folder), messages, "")
    with_postgres(messages)


def with_postgres(messages: str) -> None:
    """The same on a private PostgreSQL, where its programs are installed; it sweeps up behind itself."""
    from support.postgres import Cluster, NoPostgres

    folder = Path(tempfile.mkdtemp(prefix="careline-bench-"))
    folder.chmod(0o711)
    cluster = Cluster(folder, os.getpid())
    try:
        cluster.start()
        _one(folder / "postgresql", messages, cluster.create("desk"))
    except NoPostgres as error:
        print(f"postgresql: skipped, {error}")
    finally:
        cluster.stop()


def _one(state: Path, messages: str, database: str) -> None:
    env = {**os.environ, "CARELINE_STATE": str(state), "DJANGO_SETTINGS_MODULE": "careline.server.settings"}
    env["CARELINE_DATABASE"] = database
    subprocess.run([sys.executable, __file__, "--engine", messages], env=env, check=True)


def engine(messages: int) -> None:
    """Load the desk that the environment names, then measure."""
    import django
    import structlog

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    settings.ALLOWED_HOSTS = ["testserver", "127.0.0.1"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    call_command("migrate", verbosity=0)
    print(f"\n{connection.vendor}, {messages:,} messages", flush=True)
    began = time.perf_counter()
    desk = BenchDesk(messages)
    print(f"{'loaded in':<44}{time.perf_counter() - began:8.0f} s", flush=True)
    for rows in (desk.pages(), desk.over_http(), desk.writes()):
        for name, value in rows:
            print(f"{name:<44}{value}", flush=True)
    connection.close()


class BenchDesk:
    """A workspace with many conversations, and an agent who looks around in it."""

    def __init__(self, messages: int) -> None:
        from django.test import Client

        from careline.actions import context
        from careline.store.models import Conversation
        from support.clock import FixedClock
        from support.many import Shape, fill
        from support.rows import make_account, make_membership, make_user, make_workspace

        self.desk = context.Desk(clock=FixedClock(), poke=_nobody)
        context.install(self.desk)
        self.agents = [make_user(password=None) for _ in range(5)]
        self.workspace, other = make_workspace("acme"), make_workspace("other")
        self.account = make_account(self.workspace)
        for agent in self.agents:
            make_membership(self.workspace, agent)
        fill(self.workspace, self.account, self.agents, Shape(messages * 4 // 5))
        fill(other, make_account(other), self.agents, Shape(messages // 5))
        self.client = Client()
        self.client.force_login(self.agents[0], backend=_BACKEND)
        dice = random.Random(1)
        ids = list(Conversation.objects.filter(workspace=self.workspace).values_list("id", flat=True))
        self.some = dice.sample(ids, ROUNDS)
        self.base = f"/{self.workspace.slug}"

    def addresses(self) -> dict[str, Callable[[int], str]]:
        """What is asked, by name; the number says which of the sampled conversations."""
        base = self.base
        return {
            "inbox page": lambda _: f"{base}/open/",
            "list again (fragment)": lambda _: f"{base}/open/rows",
            "resolved page": lambda _: f"{base}/resolved/",
            "conversation page": lambda number: f"{base}/open/{self.some[number]}/",
            "thread again (fragment)": lambda number: f"{base}/open/{self.some[number]}/timeline",
        }

    def pages(self) -> Iterator[Row]:
        """Server time through the whole middleware."""
        for name, address in self.addresses().items():
            yield f"{name}, p50 / p95", _measure(lambda number, a=address: self._get(a(number)))

    def _get(self, address: str) -> None:
        answer = self.client.get(address)
        assert answer.status_code == 200, f"{address}: {answer.status_code}"
        b"".join(answer) if answer.streaming else answer.content

    def over_http(self) -> Iterator[Row]:
        """The same through the web process."""
        import httpx
        from django.conf import settings

        from support.processes import Process, free_port

        port = free_port()
        env = {"CARELINE_PORT": str(port)}
        web = Process("careline.cli", "run", "--role", "web", env=env, quiet=True)
        try:
            web.wait_for_port(port)
            cookies = {settings.SESSION_COOKIE_NAME: self.client.cookies[settings.SESSION_COOKIE_NAME].value}
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", cookies=cookies, trust_env=False) as http:
                for name, address in self.addresses().items():
                    yield f"{name} over HTTP, p50 / p95", _measure(lambda n, a=address: _ok(http.get(a(n))), here=False)
        finally:
            web.stop()

    def writes(self) -> Iterator[Row]:
        """One event at a time through `receive`: the time that the write lock is held, about."""
        from actions.network import hear, post
        from careline.store.models import Conversation

        ours = self.account.network_id
        number = iter(range(10**9, 2 * 10**9))
        yield (
            "receive: a post of somebody new, p50 / p95",
            _measure(lambda _: hear(self.desk, self.workspace, post(n := next(number), str(n), mentions=(ours,)))),
        )
        yield (
            "receive: a known customer writes again",
            _measure(lambda _: hear(self.desk, self.workspace, post(next(number), "1000000", mentions=(ours,)))),
        )
        fresh = Conversation.objects.filter(workspace=self.workspace, base_state=None).order_by("-id")
        yield "a conversation gives way, p50 / p95", _measure(lambda _: _shut_copy(fresh[0]), rounds=10)


def _shut_copy(conversation: Any) -> None:
    """As placing does when an older message shows that a provisional conversation was none."""
    from careline.actions.placing import shut
    from careline.domain.ids import make_id

    conversation.pk = make_id(int(time.time() * 1000))
    conversation.split, conversation._state.adding = True, True
    conversation.save(force_insert=True)
    shut(conversation)


def _ok(answer: Any) -> None:
    assert answer.status_code == 200, f"{answer.url}: {answer.status_code}"


def _nobody(_workspace_id: int) -> None:
    """Nobody is looking."""


def _measure(once: Callable[[int], object], rounds: int = ROUNDS, *, here: bool = True) -> str:
    """Median and 95th percentile by the clock; and if the work is done `here`, in this process, how much there was."""
    for number in range(min(10, rounds)):
        once(number)
    took, worked = [], []
    for number in range(rounds):
        began, before = time.perf_counter(), time.process_time()
        once(number)
        took.append(1000 * (time.perf_counter() - began))
        worked.append(1000 * (time.process_time() - before))
    own = f"{_p95(worked):12.1f} ms of processor time at p95" if here else ""
    return f"{statistics.median(took):8.1f} / {_p95(took):.1f} ms{own}"


def _p95(values: list[float]) -> float:
    return sorted(values)[int(0.95 * len(values))]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--engine"]:
        engine(int(sys.argv[2]))
    else:
        main()
