"""What an install is told from outside: defaults that only this machine can reach, and errors that say what to do."""

from __future__ import annotations

import pytest

from careline.server.config import ConfigError, is_loopback, postgres_settings, read_config


def test_defaults_are_for_one_machine() -> None:
    config = read_config({})
    assert is_loopback(config.host)
    assert config.origin == "http://127.0.0.1:8780"
    assert config.database == config.log == ""
    assert config.clock is None
    assert not config.secure


@pytest.mark.parametrize(
    ("env", "says"),
    [
        ({"CARELINE_PORT": "http"}, "number from 1 to 65535"),
        ({"CARELINE_PORT": "70000"}, "number from 1 to 65535"),
        ({"CARELINE_HOST": "0.0.0.0"}, "set CARELINE_ORIGIN"),
        ({"CARELINE_ORIGIN": "desk.example"}, "scheme and host"),
        ({"CARELINE_ORIGIN": "https://desk.example/path"}, "scheme and host"),
        ({"CARELINE_DATABASE": "mysql://x"}, "postgresql:// URL"),
        ({"CARELINE_LOG": "/var/log/careline"}, "postgresql:// URL"),
    ],
)
def test_a_wrong_value_is_refused_in_words(env: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        read_config(env)


def test_an_origin_is_a_host_to_answer_to() -> None:
    config = read_config({"CARELINE_HOST": "10.0.0.5", "CARELINE_ORIGIN": "https://desk.example/"})
    assert config.origin == "https://desk.example"
    assert config.secure
    assert config.hosts == ("desk.example",)


@pytest.mark.parametrize(
    ("host", "local"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("10.0.0.1", False)]
)
def test_loopback(host: str, local: bool) -> None:
    assert is_loopback(host) is local


def test_a_database_url_is_taken_apart() -> None:
    url = "postgresql://ana:p%40ss@db.example:6432/desk?sslmode=require"
    settings = postgres_settings(url)
    assert (settings["USER"], settings["PASSWORD"], settings["HOST"]) == ("ana", "p@ss", "db.example")
    assert (settings["PORT"], settings["NAME"], settings["OPTIONS"]) == ("6432", "desk", {"sslmode": "require"})


def test_a_socket_folder_is_a_host() -> None:
    assert postgres_settings("postgresql:///desk?host=/run/postgresql")["HOST"] == "/run/postgresql"
