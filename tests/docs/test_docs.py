"""The pages say what is so: packages, settings, commands and links are held against the code."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from careline import __version__
from careline.cli.main import careline

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]


def text(page: str) -> str:
    return (ROOT / page).read_text()


def packages(folder: str) -> set[str]:
    """Packages directly below a source folder."""
    return {found.parent.name for found in (ROOT / "src" / folder).glob("*/__init__.py")}


def test_the_picture_names_every_package_and_no_other() -> None:
    page = text("docs/architecture.md")
    table = page.split("## Packages")[1].split("## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == packages("careline")
    assert "careline_sandbox" in page


def test_the_picture_is_one_page() -> None:
    assert len(text("docs/architecture.md").splitlines()) <= 80


def test_every_thread_of_the_worker_is_in_the_picture() -> None:
    worker = text("src/careline/server/worker.py") + text("src/careline/server/feeds.py")
    named = re.findall(r'crew\.start\(f?"([a-z-]+?)(?:-\{[^}]+\})?"', worker)
    assert {"pump", "delivery", "pictures", "pruning", "stream", "catch-up"} <= set(named)
    page = text("docs/architecture.md")
    for name in set(named) - {"feeds"}:
        assert name in page, name


def test_every_setting_is_explained() -> None:
    sources = [*(ROOT / "src/careline").rglob("*.py"), ROOT / "up", ROOT / "scripts/environment.sh"]
    used = {name for file in sources for name in re.findall(r"\bCARELINE_[A-Z_]+\b", file.read_text())}
    # CARELINE_KEYS is Django's name for the keys, no variable.
    explained = set(re.findall(r"`(CARELINE_[A-Z_]+)`", text("docs/operations.md").split("## Processes")[0]))
    assert used - {"CARELINE_KEYS"} == explained


def test_every_command_that_a_page_tells_exists() -> None:
    for page in PAGES:
        for name in re.findall(r"`(?:\.venv/bin/)?careline ([a-z][a-z-]+)", page.read_text()):
            assert name in careline.commands, f"{page.name}: careline {name}"


def test_every_command_is_told_somewhere() -> None:
    told = "".join(page.read_text() for page in PAGES)
    for name in careline.commands:
        assert re.search(rf"`(careline )?{name}\b", told), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text()):
        assert target.startswith("https://") or (page.parent / target).exists(), target


def test_what_the_code_points_to_is_there() -> None:
    for file in (ROOT / "src").rglob("*.py"):
        for target in re.findall(r"docs/(?:adr/\d{4}|[\w-]+\.md)", file.read_text()):
            found = list(ROOT.glob(f"{target}*"))
            assert found, f"{file.name}: {target}"


def test_decisions_are_numbered_without_a_gap_and_say_what_was_decided() -> None:
    records = sorted((ROOT / "docs/adr").glob("*.md"))
    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    for record in records:
        assert record.read_text().startswith(f"# {int(record.name[:4])}. "), record.name
        assert "**Decision.**" in record.read_text(), record.name


def test_one_version() -> None:
    project = tomllib.loads(text("pyproject.toml"))["project"]
    assert project["version"] == __version__
    assert f"## {__version__}" in text("CHANGELOG.md")


@pytest.mark.parametrize("script", ["up", "check", "scripts/environment.sh"])
def test_the_two_commands_are_short_and_plain(script: str) -> None:
    lines = text(script).splitlines()
    assert len(lines) <= 45
    assert not any("[[" in line or "pipefail" in line for line in lines)
    subprocess.run(["sh", "-n", ROOT / script], check=True)


def test_we_belong_to_nobody() -> None:
    assert "not affiliated with X Corp." in text("README.md")
    assert "MIT License" in text("LICENSE")
