"""The strings of the agents' pages as the sources have them, and the catalogues that must match them.

Run as a program it brings the catalogues up to date: new strings come in empty, old ones leave, the .mo are compiled.
    .venv/bin/python tests/inbox/catalogue.py                   all languages
    .venv/bin/python tests/inbox/catalogue.py missing sv        what Swedish lacks, as JSON: {key: ""}
    .venv/bin/python tests/inbox/catalogue.py fill sv FILE      put translations of that form in
A key is the English string, with its context in front ("context\\u0004string"); one with a plural takes a list.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polib
from jinja2 import Environment

INBOX = Path(__file__).parents[2] / "src" / "careline" / "inbox"

#: Plural forms as Unicode's CLDR and Django's own catalogues have them.
_TWO_FORMS = "nplurals=2; plural=(n != 1);"
PLURALS = {
    "de": _TWO_FORMS,
    "id": "nplurals=1; plural=0;",
    "it": _TWO_FORMS,
    "pt_BR": "nplurals=2; plural=(n > 1);",
    "sv": _TWO_FORMS,
}
LANGUAGES = tuple(PLURALS)


def path_of(language: str) -> Path:
    """Where a language's catalogue lies; its compiled form beside it, as .mo."""
    return INBOX / "locale" / language / "LC_MESSAGES" / "django.po"


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


def forms(language: str) -> int:
    """How many forms a string with a number has."""
    return int(PLURALS[language].partition("nplurals=")[2][0])


def update(language: str) -> polib.POFile:
    """Merge what the sources have into a language's catalogue and compile it."""
    path = path_of(language)
    catalogue = polib.pofile(str(path)) if path.exists() else polib.POFile(wrapwidth=110)
    catalogue.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": language,
        "Plural-Forms": PLURALS[language],
    }
    sources = extract()
    for entry in list(catalogue):
        if (entry.msgctxt, entry.msgid) not in sources:
            catalogue.remove(entry)
    known = {(entry.msgctxt, entry.msgid): entry for entry in catalogue}
    for (context, text), source in sources.items():
        entry = known.get((context, text)) or _fresh(catalogue, context, text)
        entry.occurrences = [(place, "") for place in dict.fromkeys(source.places)]
        if source.plural:
            entry.msgid_plural = source.plural
            entry.msgstr_plural = entry.msgstr_plural or dict.fromkeys(range(forms(language)), "")
    _save(catalogue, path)
    return catalogue


def _save(catalogue: polib.POFile, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue.sort(key=lambda entry: (entry.msgid.casefold(), entry.msgctxt or ""))
    catalogue.save(str(path))
    catalogue.save_as_mofile(str(path.with_suffix(".mo")))


def _fresh(catalogue: polib.POFile, context: str | None, text: str) -> polib.POEntry:
    entry = polib.POEntry(msgid=text, msgctxt=context)
    catalogue.append(entry)
    return entry


def _key(entry: polib.POEntry) -> str:
    return f"{entry.msgctxt}\u0004{entry.msgid}" if entry.msgctxt else entry.msgid


def missing(language: str) -> dict[str, str | list[str]]:
    """What has no translation yet; with a plural, both English forms stand as the value."""
    lacking = [entry for entry in update(language) if not entry.translated()]
    return {_key(entry): [entry.msgid, entry.msgid_plural] if entry.msgid_plural else "" for entry in lacking}


def fill(language: str, translations: dict[str, str | list[str]]) -> None:
    """Put translations in; a key that the sources do not have is an error."""
    catalogue = update(language)
    known = {_key(entry): entry for entry in catalogue}
    for key, said in translations.items():
        if isinstance(said, list):
            known[key].msgstr_plural = dict(enumerate(said))
        else:
            known[key].msgstr = said
    _save(catalogue, path_of(language))


def main(*words: str) -> None:
    """See the module."""
    match words:
        case []:
            for language in LANGUAGES:
                update(language)
        case ["missing", language]:
            json.dump(missing(language), sys.stdout, ensure_ascii=False, indent=1)
        case ["fill", language, file]:
            fill(language, json.loads(Path(file).read_text(encoding="utf-8")))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
