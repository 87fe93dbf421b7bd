"""The design system keeps its word: contrasts, colours in one place, pages that can be turned, icons that exist."""

from __future__ import annotations

import re
from itertools import product

import pytest

from inbox.catalogue import INBOX

SHEETS = sorted((INBOX / "static/inbox/css").glob("*.css"))
TEMPLATES = sorted((INBOX / "templates").rglob("*.html"))
TOKENS = (INBOX / "static/inbox/css/tokens.css").read_text()

GROUNDS = ("ground", "sheet", "sheet-2", "hover")
WORDS = ("ink", "quiet", "accent", "good", "wait", "late", "bad", "public", "private", "internal")
AUDIENCES = ("public", "private", "internal")
READ = [
    *product(WORDS, GROUNDS),
    *product(("ink", "quiet"), [f"{one}-soft" for one in (*AUDIENCES, "accent")]),
    *((one, f"{one}-soft") for one in (*AUDIENCES, "good", "bad", "accent")),
    *((f"{one}-on", f"{one}-solid") for one in (*AUDIENCES, "bad")),
    ("accent-ink", "accent"),
    *((f"hue-{n}-ink", f"hue-{n}") for n in range(8)),
]
EDGES = product(("line-strong", "focus", *(f"{one}-line" for one in AUDIENCES)), ("ground", "sheet", "sheet-2"))


def palette(scheme: int, *, more: bool) -> dict[str, str]:
    """Colours by token; scheme 0 is light, 1 dark."""
    plain, _, rest = TOKENS.partition(':root[data-contrast="more"]')
    found: dict[str, str] = {}
    for part in (plain, rest.partition("@media")[0] if more else ""):
        for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", part):
            found[name] = (light, dark)[scheme]
        for name, other in re.findall(r"--([\w-]+): var\(--([\w-]+)\)", part):
            found[name] = found.get(other, "")
    return found


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio of two colours."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """WCAG 2.2's relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("more", [False, True], ids=["plain", "more"])
@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_words_and_edges_stand_out(scheme: int, more: bool) -> None:
    colours = palette(scheme, more=more)
    weak = [
        (ink, ground, round(contrast(colours[ink], colours[ground]), 2))
        for pairs, enough in ((READ, 7 if more else 4.5), (list(EDGES), 3))
        for ink, ground in pairs
        if contrast(colours[ink], colours[ground]) < enough
    ]
    assert weak == []


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_colours_are_named_in_one_place(sheet) -> None:
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
    if sheet.name != "tokens.css":
        assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{]*[;}])|\brgba?\(|\bhsla?\(|\boklch\(", text) == []
    assert set(re.findall(r"var\((--[\w-]+)\)", text)) <= set(re.findall(r"(--[\w-]+):", TOKENS)) | local(text)


def local(text: str) -> set[str]:
    """What a sheet declares for itself."""
    return set(re.findall(r"(--[\w-]+):", text))


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_pages_can_be_turned_around(sheet) -> None:
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
    sides = "(?:left|right)"
    sided = rf"(?:margin|padding|border)-{sides}|(?<![\w-]){sides}(?=:)|(?:text-align|float): {sides}"
    assert re.findall(sided, text) == []


def test_every_icon_is_drawn_and_shown() -> None:
    drawn = set(re.findall(r'name == "(\w+)"', (INBOX / "templates/parts/icons.html").read_text()))
    used = {name for one in TEMPLATES for name in re.findall(r"icon\(['\"](\w+)['\"]", one.read_text())}
    guide = (INBOX / "templates/styleguide.html").read_text()
    assert used <= drawn
    assert drawn == set(re.findall(r'"(\w+)"', guide.split("{% for name in (")[1].split(")")[0]))


def test_no_page_brings_styles_or_scripts_of_its_own() -> None:
    for one in TEMPLATES:
        assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=", one.read_text()), one.name
