"""A poke arrives, or is lost without anybody noticing."""

from __future__ import annotations

import logging
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from careline.engines.poke_loopback import LoopbackEar, LoopbackPoke
from support.processes import wait_until


@pytest.fixture
def poke(tmp_path: Path) -> Iterator[LoopbackPoke]:
    poke = LoopbackPoke(tmp_path / "poke.sock")
    yield poke
    poke.close()


@pytest.fixture
def listen(tmp_path: Path) -> Iterator[Callable[[], list[int]]]:
    ears: list[LoopbackEar] = []

    def open_ear() -> list[int]:
        heard: list[int] = []
        ears.append(LoopbackEar(tmp_path / "poke.sock", heard.append))
        ears[-1].start()
        return heard

    yield open_ear
    for ear in ears:
        ear.close()


def test_a_poke_is_heard(poke, listen):
    heard = listen()
    poke(7)
    poke(1 << 62)
    wait_until(lambda: heard == [7, 1 << 62])


def test_only_this_installs_user_can_poke(listen, tmp_path):
    listen()
    assert stat.S_IMODE((tmp_path / "poke.sock").stat().st_mode) == 0o600


def test_nobody_there_is_no_matter(poke):
    poke(7)


def test_a_web_process_that_was_killed_leaves_a_socket_that_nobody_minds(poke, listen, tmp_path):
    gone = LoopbackEar(tmp_path / "poke.sock", lambda _: None)
    gone.start()
    gone.close()
    assert (tmp_path / "poke.sock").exists()
    poke(1)
    heard = listen()
    poke(2)
    wait_until(lambda: heard == [2])


def test_the_last_process_to_listen_hears(poke, listen):
    first, second = listen(), listen()
    poke(3)
    wait_until(lambda: second == [3])
    assert first == []


def test_an_ear_that_does_not_listen_never_holds_up_a_writer(poke, tmp_path):
    """Far more pokes than a socket holds: the rest is lost at once."""
    deaf = LoopbackEar(tmp_path / "poke.sock", lambda _: None)
    deaf._bind()
    for number in range(5000):
        poke(number)
    deaf.close()


def test_words_that_are_no_poke_are_passed_over(poke, listen):
    heard = listen()
    poke._socket.sendto(b"-1; x", poke._path)
    poke(4)
    wait_until(lambda: heard == [4])


def test_a_path_too_long_for_a_socket_is_said_and_costs_only_time(tmp_path, caplog):
    path = tmp_path / ("x" * 120) / "poke.sock"
    path.parent.mkdir()
    ear, poke = LoopbackEar(path, lambda _: None), LoopbackPoke(path)
    with caplog.at_level(logging.WARNING):
        ear.start()
    assert "a quarter second later" in caplog.text
    poke(1)
    ear.close()
    poke.close()
