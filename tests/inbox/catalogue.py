"""The strings of the agents' pages as the sources have them, and the German catalogue that must match them.

Run as a program it brings the catalogue up to date: new strings come in empty, old ones leave, the .mo is compiled.
    .venv/bin/python tests/inbox/catalogue.py
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polib
from jinja2 import Environment

INBOX = Path(__file__).parents[2] / "src" / "careline" / "inbox"
GERMAN = INBOX / "locale" / "de" / "LC_MESSAGES" / "django.po"
COMPILED = GERMAN.with_suffix(".mo")

#: Our names for Django's functions: where the context, the string and the plural stand among the arguments.
_CALLS = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "ngettext": (None, 0, 1),
    "pgettext": (0, 1, None),
    "npgettext": (0, 1, 2),
}


@dataclass
class Source:
    """One string to translate and where it stands."""

    plural: str | None = None
    places: list[str] = field(default_factory=list)


Key = tuple[str | None, str]


def extract() -> dict[Key, Source]:
    """Every string of the package, by context and text."""
    found: dict[Key, Source] = {}
    for place, context, text, plural in [*_python(), *_templates()]:
        source = found.setdefault((context, text), Source())
        source.plural = source.plural or plural
        source.places.append(place)
    return found


def _python() -> Iterator[tuple[str, str | None, str, str | None]]:
    for path in sorted(INBOX.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS:
                values = [one.value if isinstance(one, ast.Constant) else None for one in node.args]
                yield (str(path.relative_to(INBOX)), *_pick(node.func.id, values))


def _templates() -> Iterator[tuple[str, str | None, str, str | None]]:
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    environment.policies["ext.i18n.trimmed"] = True
    for path in sorted((INBOX / "templates").rglob("*.html")):
        for _line, function, strings in environment.extract_translations(path.read_text()):
            values = [strings] if isinstance(strings, str) else list(strings)
            yield (str(path.relative_to(INBOX)), *_pick(function, values))


def _pick(function: str, values: list[str | None]) -> tuple[str | None, str, str | None]:
    context, text, plural = (None if at is None else values[at] for at in _CALLS[function])
    assert isinstance(text, str), f"{function}{values}: a string to translate must be written out"
    return context, text, plural


def update() -> None:
    """Merge what the sources have into the catalogue and compile it."""
    catalogue = polib.pofile(str(GERMAN)) if GERMAN.exists() else polib.POFile(wrapwidth=110)
    catalogue.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": "de",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    sources = extract()
    for entry in list(catalogue):
        if (entry.msgctxt, entry.msgid) not in sources:
            catalogue.remove(entry)
    for (context, text), source in sources.items():
        entry = catalogue.find(text, msgctxt=context or False) or _fresh(catalogue, context, text)
        entry.occurrences = [(place, "") for place in dict.fromkeys(source.places)]
        if source.plural:
            entry.msgid_plural = source.plural
            entry.msgstr_plural = entry.msgstr_plural or {0: "", 1: ""}
    catalogue.sort(key=lambda entry: (entry.msgid.casefold(), entry.msgctxt or ""))
    catalogue.save(str(GERMAN))
    catalogue.save_as_mofile(str(COMPILED))


def _fresh(catalogue: polib.POFile, context: str | None, text: str) -> polib.POEntry:
    entry = polib.POEntry(msgid=text, msgctxt=context)
    catalogue.append(entry)
    return entry


if __name__ == "__main__":
    update()
