"""Reading an upload anywhere without holding more than one of its pieces."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from careline_sandbox.world import media


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes ``first`` to ``last`` (exclusive) of the piece numbered ``segment``."""

    segment: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces of one upload: (number, length) in order, and their sum."""

    media_id: int
    lengths: list[tuple[int, int]]
    size: int

    def between(self, start: int, end: int) -> Iterator[Stretch]:
        """The stretches that hold bytes ``start`` to ``end`` (exclusive), in order."""
        at = 0
        for segment, length in self.lengths:
            first, last = max(start - at, 0), min(end - at, length)
            if first < last:
                yield Stretch(segment, first, last)
            at += length


def of(connection: sqlite3.Connection, media_id: int) -> Pieces:
    """The pieces of an upload."""
    lengths = media.pieces(connection, media_id)
    return Pieces(media_id, lengths, sum(length for _, length in lengths))


def read(connection: sqlite3.Connection, pieces: Pieces, start: int, length: int) -> bytes:
    """``length`` bytes from ``start``; fewer at the end. Raises LookupError if a piece is gone."""
    stretches = pieces.between(start, start + length)
    return b"".join(media.piece(connection, pieces.media_id, one.segment)[one.first : one.last] for one in stretches)
