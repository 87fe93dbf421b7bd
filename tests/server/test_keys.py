"""Keys are made once, are their owner's alone, and are never made anew beside a database they could not open."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from careline.server.config import Config, ConfigError, read_config
from careline.server.keys import load_keys


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return read_config({"CARELINE_STATE": str(tmp_path / "state")})


def test_made_once_and_readable_by_their_owner_alone(config: Config) -> None:
    first = load_keys(config)
    assert stat.S_IMODE(config.keys_file.stat().st_mode) == 0o600
    assert load_keys(config) == first
    assert len(list(config.state.iterdir())) == 1


def test_processes_that_start_together_agree(config: Config) -> None:
    with ThreadPoolExecutor(8) as many:
        made = set(many.map(lambda _: load_keys(config), range(16)))
    assert len(made) == 1


def test_a_missing_key_beside_a_database_is_an_error(config: Config) -> None:
    load_keys(config)
    config.desk_file.write_bytes(b"SQLite format 3\0")
    config.keys_file.unlink()
    with pytest.raises(ConfigError, match="put it back from your backup"):
        load_keys(config)
    assert not config.keys_file.exists()


@pytest.mark.postgres
def test_a_missing_key_beside_a_database_in_postgresql_is_an_error(tmp_path: Path, postgres_url: str) -> None:
    import psycopg

    config = read_config({"CARELINE_STATE": str(tmp_path), "CARELINE_DATABASE": postgres_url})
    load_keys(config)
    config.keys_file.unlink()
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE django_migrations (id int)")
    with pytest.raises(ConfigError, match="put it back from your backup"):
        load_keys(config)


@pytest.mark.parametrize(
    "damage", ["", "{}", '{"secrets": [], "django": "x"}', '{"secrets": ["short"], "django": "x"}']
)
def test_a_damaged_key_file_is_said_so(config: Config, damage: str) -> None:
    load_keys(config)
    config.keys_file.write_text(damage)
    with pytest.raises(ConfigError, match="is damaged"):
        load_keys(config)


def test_a_second_key_reads_what_the_first_wrote(config: Config) -> None:
    from cryptography.fernet import Fernet, MultiFernet

    old = load_keys(config)
    token = Fernet(old.secrets[0]).encrypt(b"secret")
    fresh = Fernet.generate_key().decode()
    config.keys_file.write_text(json.dumps({"secrets": [fresh, *old.secrets], "django": old.django}))
    assert MultiFernet([Fernet(key) for key in load_keys(config).secrets]).decrypt(token) == b"secret"
