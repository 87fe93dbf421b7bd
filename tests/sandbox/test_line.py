"""The connection that posts events, against servers that answer in every way HTTP/1.1 allows, and some it does not."""

from __future__ import annotations

import asyncio

import pytest

from careline_sandbox.deliver.line import Broken, Line

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Server:
    """Answers each request of each connection with the next of `script`; None hangs up, a float waits."""

    def __init__(self, *script):
        self.script, self.requests, self.connections = list(script), [], 0

    async def handle(self, reader, writer):
        self.connections += 1
        try:
            while self.script:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                self.requests.append((head, await reader.readexactly(length)))
                answer = self.script.pop(0)
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
                if b"close" in answer.lower() or answer.startswith(b"HTTP/1.0"):
                    break
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


def run(conversation):
    """Run it, and a few turns more, in which closed connections really close."""

    async def all_of_it():
        outcome = await conversation
        for _ in range(5):
            await asyncio.sleep(0)
        return outcome

    return asyncio.run(all_of_it())


def talk(*script, bodies=(b"{}",), timeout_s=5.0, path="/hooks/x?who=1"):
    """(statuses or "broken", server) of posting the bodies one after the other over one line."""

    async def conversation():
        server = Server(*script)
        listening = await asyncio.start_server(server.handle, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        line = Line(f"http://127.0.0.1:{port}{path}")
        statuses = []
        for body in bodies:
            try:
                statuses.append(await line.send(body, {"X-Word": "value"}, timeout_s=timeout_s))
            except Broken:
                statuses.append("broken")
        line.close()
        listening.close()
        await listening.wait_closed()
        return statuses, server

    return run(conversation())


def test_the_request_is_whole_and_the_connection_is_kept():
    statuses, server = talk(OK, OK, bodies=(b"one", "größer".encode()))
    assert statuses == [200, 200]
    assert server.connections == 1
    assert [body for _, body in server.requests] == [b"one", "größer".encode()]
    head = server.requests[0][0].decode()
    assert head.startswith("POST /hooks/x?who=1 HTTP/1.1\r\nHost: 127.0.0.1:")
    assert "X-Word: value\r\n" in head


def test_odd_characters_in_the_address_are_written_as_http_wants_them():
    statuses, server = talk(OK, path="/hooks/größe me?wo=über")
    assert statuses == [200]
    assert server.requests[0][0].startswith(b"POST /hooks/gr%C3%B6%C3%9Fe%20me?wo=%C3%BCber HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("answer", "connections"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", 1),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n3;x=y\r\nabc\r\n0\r\nA: b\r\n\r\n", 1),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", 2),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", 2),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end", 2),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK, 1),
        (b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 1),
    ],
)
def test_every_way_to_end_an_answer_is_understood_and_the_next_body_gets_through(answer, connections):
    statuses, server = talk(answer, OK, bodies=(b"1", b"2"))
    assert statuses[0] in (200, 204)
    assert statuses[1] == 200
    assert server.connections == connections


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: minus\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nshort",
    ],
)
def test_what_is_no_answer_is_broken_and_the_next_body_goes_over_a_new_connection(answer):
    statuses, server = talk(answer, OK, bodies=(b"1", b"2"))
    assert statuses == ["broken", 200]
    assert server.connections == 2


def test_a_connection_that_the_server_closed_in_the_meantime_is_opened_anew():
    async def conversation():
        server = Server(OK, None)
        listening = await asyncio.start_server(server.handle, "127.0.0.1", 0)
        line = Line(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/")
        assert await line.send(b"1", {}, timeout_s=5) == 200
        reader = line._streams[0]
        server.script.clear()
        listening.close()
        line._streams[1].write(b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
        while not reader.at_eof():
            await asyncio.sleep(0)
        with pytest.raises(Broken):  # nobody listens any more: it did try a new connection
            await line.send(b"2", {}, timeout_s=5)

    run(conversation())


def test_a_server_that_never_answers_is_given_up_after_the_time_set():
    async def conversation():
        async def silent(reader, writer):
            await reader.read()
            writer.close()

        listening = await asyncio.start_server(silent, "127.0.0.1", 0)
        line = Line(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/")
        with pytest.raises(Broken):
            await line.send(b"{}", {}, timeout_s=0.05)
        listening.close()
        await listening.wait_closed()

    run(conversation())


def test_nobody_there_is_broken():
    async def conversation():
        with pytest.raises(Broken):
            await Line("http://127.0.0.1:9/").send(b"{}", {}, timeout_s=5)

    run(conversation())
