"""What the composition root refuses and promises: simulated time with real people, schemas of another version."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from careline.server import wiring
from careline.server.config import ConfigError, read_config
from careline.server.schema import Schema, schema_state
from support.databases import both_databases
from support.rows import make_account, make_app, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("database"), both_databases]


@pytest.fixture
def clock_file(tmp_path: Path) -> Path:
    """A shared clock that stands at noon, 1 January 2030 UTC."""
    file = tmp_path / "clock.json"
    file.write_text(json.dumps({"anchor_real": 0, "anchor_sim": 1_893_499_200, "rate": 0}))
    return file


def test_law_10_simulated_time_is_refused_once_a_real_account_is_connected(clock_file: Path) -> None:
    config = read_config({"CARELINE_CLOCK": str(clock_file)})
    make_account(make_workspace(sandbox=True))
    wiring.refuse_simulated_time(config)
    assert wiring.open_clock(config).now_ms() == 1_893_499_200_000
    make_account(make_workspace(sandbox=False))
    with pytest.raises(ConfigError, match="real accounts need real time"):
        wiring.refuse_simulated_time(config)
    wiring.refuse_simulated_time(dataclasses.replace(config, clock=None))


def test_a_clock_file_that_cannot_be_read_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="clock file"):
        wiring.open_clock(read_config({"CARELINE_CLOCK": str(tmp_path / "none.json")}))


def test_an_app_is_found_by_its_address_alone() -> None:
    app: Any = make_app(make_workspace())
    found = wiring.find_app(app.id)
    assert found is not None
    assert (found.workspace_id, found.consumer_secret) == (app.workspace_id, app.secrets["consumer_secret"])
    assert wiring.find_app(app.id + 1) is None


def test_the_tables_are_known_to_be_of_this_version() -> None:
    from django.db.migrations.recorder import MigrationRecorder

    assert schema_state() is Schema.CURRENT
    rows = MigrationRecorder.Migration.objects
    newest = rows.filter(app="store").order_by("name").last()
    newest.delete()
    assert schema_state() is Schema.OLD
    rows.create(app="store", name="9999_future")
    assert schema_state() is Schema.NEWER
    rows.all().delete()
    assert schema_state() is Schema.NEW
