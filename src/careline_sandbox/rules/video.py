"""What a video file is, read from its container: MP4 and QuickTime, which share their boxes (ISO 14496-12).

Nothing is decoded: length, size and the kind of container are what X's answers tell, and a local X without a
transcoder plays a file as it came.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from careline_sandbox.rules.images import Look

Read = Callable[[int, int], bytes]  # (start, length) -> bytes, fewer at the end
SHORTEST_MS, LONGEST_MS = 500, 140_000
_MOST_BOXES = 10_000


class NotAVideo(Exception):
    """The bytes are no video that X takes; the message says why."""


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    start: int  # of what is in it, behind its head
    end: int


def look_at(read: Read, size: int) -> Look:
    """Type, size and length of a video of ``size`` bytes. Raises NotAVideo."""
    top = {box.kind: box for box in _boxes(read, 0, size)}
    if b"ftyp" not in top or b"moov" not in top:
        raise NotAVideo("Unsupported video format")
    quicktime = read(top[b"ftyp"].start, 4) == b"qt  "
    moov = list(_boxes(read, top[b"moov"].start, top[b"moov"].end))
    duration_ms = _duration_ms(read, moov)
    if not SHORTEST_MS <= duration_ms <= LONGEST_MS:
        raise NotAVideo("Video must be between 0.5 and 140 seconds long")
    width, height = _dimensions(read, moov)
    return Look("video/quicktime" if quicktime else "video/mp4", width, height, duration_ms)


def _boxes(read: Read, start: int, end: int) -> Iterator[_Box]:
    """The boxes between two places. Raises NotAVideo for what are none, or far too many."""
    for _ in range(_MOST_BOXES):
        if start >= end:
            return
        head = read(start, 16)
        if len(head) < 8:
            raise NotAVideo("Unsupported video format")
        length, kind, used = int.from_bytes(head[:4], "big"), head[4:8], 8
        if length == 1:
            length, used = int.from_bytes(head[8:16], "big"), 16
        elif length == 0:  # to the end
            length = end - start
        if length < used or start + length > end:
            raise NotAVideo("Unsupported video format")
        yield _Box(kind, start + used, start + length)
        start += length
    raise NotAVideo("Unsupported video format")


def _duration_ms(read: Read, moov: list[_Box]) -> int:
    head = next((box for box in moov if box.kind == b"mvhd"), None)
    if head is None:
        raise NotAVideo("Unsupported video format")
    told = read(head.start, 32)
    try:
        long = told[0] == 1
        scale, length = struct.unpack_from(">IQ" if long else ">II", told, 20 if long else 12)
    except (struct.error, IndexError) as error:
        raise NotAVideo("Unsupported video format") from error
    return int(length * 1000 / scale) if scale else 0


def _dimensions(read: Read, moov: list[_Box]) -> tuple[int, int]:
    """Width and height of the first track that has any, as it is to be shown. Raises NotAVideo for none."""
    for track in (box for box in moov if box.kind == b"trak"):
        for box in _boxes(read, track.start, track.end):
            size = _shown_size(read(box.start, 96)) if box.kind == b"tkhd" else (0, 0)
            if all(size):
                return size
    raise NotAVideo("Unsupported video format")


def _shown_size(told: bytes) -> tuple[int, int]:
    """Width and height out of a track's head. A phone held upright films lying pictures and a turned matrix."""
    shift = 12 if told[:1] == b"\x01" else 0
    try:
        across, along = struct.unpack_from(">ii", told, 40 + shift)
        width, height = struct.unpack_from(">II", told, 76 + shift)
    except struct.error:
        return 0, 0
    turned = across == 0 and along != 0
    width, height = width >> 16, height >> 16
    return (height, width) if turned else (width, height)
