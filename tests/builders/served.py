"""The program as a server of its own on a home folder, and somebody signed in with a browser."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Page

START_SECONDS = 200


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The address of the program, started on the folder and stopped afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("SIPAS_")}
    server = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "app.main:create_app", "--factory", "--port", str(port)],
        env=plain | {"SIPAS_HOME": str(home)},
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def sign_in(page: Page, address: str, username: str, password: str) -> None:
    """Through the log-in page, as a person does."""
    page.goto(f"{address}/console/login")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", password)
    page.locator("main button").first.click()
    page.wait_for_url(f"{address}/console")


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(f"{address}/healthz").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise TimeoutError(f"the server did not start (it ended with {server.poll()})")
