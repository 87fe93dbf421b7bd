"""One kept-open HTTP/1.1 connection that posts bodies and learns the status of each answer, nothing more.

Pushing twenty thousand events at a desk is a stand-in for X's scale, and the general clients spend more time
per request than everything else here together. In a second of processor time, 16 to 32 at once against a
server that answers at once, httpx posts 470 bodies over a shared pool and 1,700 over a client a task,
httpcore's single connection 4,000, this 15,000, signing included.
"""

from __future__ import annotations

import asyncio
import functools
import ssl

import httpx

_LONGEST_ANSWER = 1_000_000


class Broken(Exception):
    """No usable answer came: the connection could not be made, was lost, or spoke something else than HTTP."""


class Line:
    """A connection to the server of ``url``, opened when needed. ``send`` one body at a time."""

    def __init__(self, url: str) -> None:
        parts = httpx.URL(url)  # which writes odd characters as HTTP wants them
        self._secure = parts.scheme == "https"
        self._host = parts.raw_host.decode("ascii")
        self._port = parts.port or (443 if self._secure else 80)
        self._head = b"POST %b HTTP/1.1\r\nHost: %b\r\n" % (parts.raw_path, parts.netloc)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, body: bytes, headers: dict[str, str], *, timeout_s: float) -> int:
        """Post ``body`` and return the status of the answer. Raises Broken, also after ``timeout_s``."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        request = b"".join((self._head, lines.encode("ascii"), b"Content-Length: %d\r\n\r\n" % len(body), body))
        try:
            async with asyncio.timeout(timeout_s):
                reader, writer = await self._open()
                writer.write(request)
                await writer.drain()
                return await self._answer(reader)
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
            self.close()
            raise Broken(str(error)) from error
        except asyncio.CancelledError:
            self.close()
            raise

    def close(self) -> None:
        """Hang up; the next ``send`` opens anew."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is not None and self._streams[0].at_eof():
            self.close()  # the server hung up while nothing was under way
        if self._streams is None:
            context = _tls() if self._secure else None
            self._streams = await asyncio.open_connection(self._host, self._port, ssl=context)
        return self._streams

    async def _answer(self, reader: asyncio.StreamReader) -> int:
        status = 100
        while status < 200:  # interim answers come before the real one
            version, status, headers = _parse(await reader.readuntil(b"\r\n\r\n"))
        bodiless = status in (204, 304)
        if headers.get("transfer-encoding", "").lower() == "chunked":
            await _skip_chunks(reader)
        elif not bodiless and "content-length" not in headers:
            self.close()  # the body ends with the connection, and nobody wants it
            return status
        elif not bodiless:
            await _skip(reader, int(headers["content-length"]))
        if version == "HTTP/1.0" or headers.get("connection", "").lower() == "close":
            self.close()
        return status


def _parse(head: bytes) -> tuple[str, int, dict[str, str]]:
    """(version, status, headers by lower-case name). Raises ValueError for what is no HTTP/1 answer."""
    first, *rest = head.decode("latin-1").split("\r\n")
    version, status, *_ = first.split(" ", 2)
    if not version.startswith("HTTP/1.") or len(status) != 3:
        raise ValueError("the answer is not HTTP/1")
    pairs = (line.partition(":") for line in rest if line)
    return version, int(status), {name.strip().lower(): value.strip() for name, _, value in pairs}


async def _skip(reader: asyncio.StreamReader, length: int) -> None:
    if not 0 <= length <= _LONGEST_ANSWER:
        raise ValueError("the answer is too long")
    if length:
        await reader.readexactly(length)


async def _skip_chunks(reader: asyncio.StreamReader) -> None:
    total = 0
    while size := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
        total += size
        await _skip(reader, total if total > _LONGEST_ANSWER else size + 2)
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass  # trailers


@functools.cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
