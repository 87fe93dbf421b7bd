"""Small files that are real MP4, QuickTime or GIF containers, built box by box: no encoder is needed to have one."""

from __future__ import annotations

import io
import struct

from PIL import Image

UPRIGHT = (1, 0)
TURNED = (0, 1)


def box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def film(
    *, seconds: float = 7, size: tuple[int, int] = (640, 360), brand: bytes = b"isom", matrix=UPRIGHT, filler: int = 100
) -> bytes:
    """A video of this length and shape, with `filler` bytes where its pictures would be."""
    a, b = (value << 16 for value in matrix)
    header = struct.pack(">IIIII", 0, 0, 0, 1000, int(seconds * 1000)) + bytes(80)
    track = bytes(40) + struct.pack(">9i", a, b, 0, -b, a, 0, 0, 0, 1 << 30)
    track += struct.pack(">II", size[0] << 16, size[1] << 16)
    sound = bytes(84)  # a track without a shape comes first in many files
    tracks = box(b"trak", box(b"tkhd", sound)) + box(b"trak", box(b"tkhd", track) + box(b"mdia"))
    pictures = bytes(number % 251 for number in range(filler))
    return (
        box(b"ftyp", brand + bytes(4) + b"isom") + box(b"mdat", pictures) + box(b"moov", box(b"mvhd", header) + tracks)
    )


def gif(size: tuple[int, int] = (12, 8), frames: int = 3) -> bytes:
    out = io.BytesIO()
    images = [Image.new("RGB", size, (80 * number, 30, 90)) for number in range(frames)]
    images[0].save(out, "GIF", save_all=True, append_images=images[1:])
    return out.getvalue()
