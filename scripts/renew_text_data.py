"""Write the lists by which texts are weighed, for the desk, the browser and the local X, from two well-kept packages.

The local X shares no code with the desk; it reads the same facts in its own copy.

Which endings a link without https:// may have changes a few times a year, and which emoji there are every autumn.
    python -m venv /tmp/renew && /tmp/renew/bin/pip install publicsuffixlist emoji
    /tmp/renew/bin/python scripts/renew_text_data.py
"""

from __future__ import annotations

import importlib.metadata
import re
import textwrap
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import emoji
import publicsuffixlist

ROOT = Path(__file__).parents[1] / "src" / "careline"
PYTHON = ROOT / "domain" / "text_data.py"
SANDBOX = ROOT.parent / "careline_sandbox" / "rules" / "text_data.py"
SCRIPT = ROOT / "inbox" / "static" / "inbox" / "js" / "text-data.js"

JOINER, PICTURE, TONES = "\u200d", "\ufe0f", "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
FLAG_LETTERS = range(0x1F1E6, 0x1F200)


def endings() -> list[str]:
    """Top-level domains: the last part of every rule in the list's official section; `onion` is one by RFC 7686."""
    rules = (Path(publicsuffixlist.__file__).parent / "public_suffix_list.dat").read_text(encoding="utf-8")
    lines = rules.split("===END ICANN DOMAINS===")[0].splitlines()
    return sorted(
        {line.strip().rpartition(".")[2].lstrip("!*") for line in lines if re.match(r"[^/\s]", line)} | {"onion"}
    )


def classes() -> dict[str, str]:
    """Character classes of the code points that may stand in each kind of emoji."""
    known = list(emoji.EMOJI_DATA)
    found = {
        "WITH_SELECTOR": {one[0] for one in known if len(one) == 2 and one[1] == PICTURE},
        "WITH_TONE": {one[0] for one in known if len(one) == 2 and one[1] in TONES},
    }
    return {name: ranges(letters) for name, letters in found.items()}


def ranges(letters: Iterable[str]) -> str:
    """`a-cf` for a, b, c and f, every code point as an escape that both languages read once it is expanded."""
    points = sorted(map(ord, letters))
    runs: list[list[int]] = []
    for point in points:
        if runs and point == runs[-1][1] + 1:
            runs[-1][1] = point
        else:
            runs.append([point, point])
    return "".join(chr(a) if a == b else f"{chr(a)}-{chr(b)}" for a, b in runs)


def joined() -> dict[str, str]:
    """Emoji joined of others, without tones and selectors, the longest first; which of them take tones."""
    no_tones, bare = (str.maketrans("", "", letters) for letters in (TONES, TONES + PICTURE + JOINER))
    known = [one for one in emoji.EMOJI_DATA if JOINER in one]
    toned = {one.translate(bare) for one in known if one.translate(no_tones) != one}
    found = {"JOINED": {one.translate(bare) for one in known} - toned, "JOINED_WITH_TONE": toned}
    return {name: " ".join(sorted(ones, key=lambda one: (-len(one), one))) for name, ones in found.items()}


def flags() -> str:
    """Pairs of regional letters that are a flag, as alternatives by first letter: `🇦[🇨🇩]|🇧[…]`."""
    seconds: dict[str, set[str]] = defaultdict(set)
    for one in emoji.EMOJI_DATA:
        if len(one) == 2 and all(ord(letter) in FLAG_LETTERS for letter in one):
            seconds[one[0]].add(one[1])
    return "|".join(f"{first}[{ranges(rest)}]" for first, rest in sorted(seconds.items()))


def main() -> None:
    """Write both files."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("publicsuffixlist", "emoji"))
    made = f"Made by scripts/renew_text_data.py from {versions}; do not edit."
    values = {"ENDINGS": " ".join(endings()), **classes(), **joined(), "FLAGS": flags()}
    lines = "\n\n".join(map(as_python, values, values.values()))
    for module in (PYTHON, SANDBOX):
        module.write_text(
            f'"""What texts are weighed by. {made}"""\n\n# ruff: noqa: E501\n\n{lines}\n', encoding="utf-8"
        )
    SCRIPT.write_text(
        f"// What texts are weighed by. {made}\n\n"
        + "\n".join(f"export const {name} = {script_text(text)};" for name, text in values.items())
        + "\n"
    )


def as_python(name: str, text: str) -> str:
    """An assignment in lines of bearable length."""
    if name != "ENDINGS":
        return f"{name} = {text!a}"
    lines = textwrap.wrap(text, 110)
    return "\n".join([f"{name} = (", *(f'    "{line} "' for line in lines[:-1]), f'    "{lines[-1]}"', ")"])


def script_text(text: str) -> str:
    """A string literal in ASCII, code points beyond 16 bits in braces."""
    return '"' + "".join(letter if " " <= letter <= "~" else f"\\u{{{ord(letter):x}}}" for letter in text) + '"'


if __name__ == "__main__":
    main()
