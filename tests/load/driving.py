"""Servers as processes, and a client light enough not to be what is measured."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

LOAD = Path(__file__).parent
START_SECONDS = 60


@dataclass
class Nursery:
    """Starts servers on one port, one after the other."""

    port: int
    commands: IO[str]
    answers: IO[str]
    pid: int = 0

    def start(self) -> None:
        self.commands.write("start\n")
        self.commands.flush()
        self.pid = int(self.answers.readline())
        until = time.monotonic() + START_SECONDS
        while not is_listening(self.port):
            if time.monotonic() > until:
                raise TimeoutError(f"no server on port {self.port}")
            time.sleep(0.01)

    def kill(self) -> None:
        """As a power cut would: no warning, nothing drained."""
        os.kill(self.pid, signal.SIGKILL)
        while is_alive(self.pid):
            time.sleep(0.005)
        self.pid = 0

    def stop(self) -> None:
        os.kill(self.pid, signal.SIGTERM)
        while is_alive(self.pid):
            time.sleep(0.01)
        self.pid = 0


@contextmanager
def nursery(app: str, **settings: str) -> Iterator[Nursery]:
    """A nursery of this app with these environment variables; everything it started ends with it."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, str(LOAD / "nursery.py"), app, str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **settings, "PYTHONPATH": f"{LOAD.parents[1]}:{LOAD.parent}:{LOAD}"},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    made = Nursery(port, process.stdin, process.stdout)
    try:
        yield made
    finally:
        if made.pid:
            made.kill()
        process.stdin.close()
        process.wait()
        process.stdout.close()


def free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return int(chosen.getsockname()[1])


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class Connection:
    """One keep-alive connection that posts JSON and reads the status."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> "Connection":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def post(self, path: str, body: bytes) -> int:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await self._reader.readexactly(length)
        return int(answer[9:12])

    def close(self) -> None:
        self._writer.close()
