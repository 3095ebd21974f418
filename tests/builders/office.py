"""A copy of the program with a home of its own: can be killed, started again and upgraded."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

import app
from app.core.config import settings
from app.core.database import Database

ROOT = Path(app.__file__).parent.parent
PARTS = ("app", "survey_forms", "analysis", "kiosk_ui", "migrations")
START_SECONDS = 200  # on a machine busy with other tests
KEY = "a key for tests only, long enough to sign with"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Office:
    """The server of one office."""

    program: Path
    home: Path
    secret_key: str
    port: int = field(default_factory=free_port)
    server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def install(self) -> None:
        """Copy the program with its compiled modules; what is changed there is this office's upgrade."""
        for part in PARTS:
            shutil.copytree(ROOT / part, self.program / part)

    def change(self, file: str, before: str, after: str) -> None:
        """Another release of the program: one text for another in one of its files."""
        path = self.program / file
        text = path.read_text(encoding="utf-8")
        if before not in text:
            raise ValueError(f"{file} does not hold {before!r}")
        path.write_text(text.replace(before, after), encoding="utf-8")

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "uvicorn",
            "app.main:create_app",
            "--factory",
            "--port",
            str(self.port),
        ]
        self.server = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--log-level", "error"],
            cwd=self.program,
            env=self._environment(),
        )
        deadline = time.monotonic() + START_SECONDS
        while self.server.poll() is None and time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/healthz").is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.2)
        self.kill()
        raise TimeoutError("the server did not start")

    def kill(self) -> None:
        """As a power cut would: nothing is written on the way out."""
        if self.server is not None:
            self.server.kill()
            self.server.wait(timeout=20)
            self.server = None

    def database(self) -> Database:
        """What the office holds, read beside its server."""
        return Database(f"sqlite:///{self.home / 'sipas.db'}")

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": str(self.program),
            "SIPAS_HOME": str(self.home),
            "SIPAS_DATABASE_URL": "",
            "SIPAS_SECRET_KEY": self.secret_key,
            "SIPAS_PUBLIC_URL": self.url,
            "SIPAS_OPENING_HOURS": "1-7 00:00-24:00",
            "SIPAS_LOG_LEVEL": "ERROR",
        }


@contextmanager
def running_office(template: Path, folder: Path, **also: str) -> Iterator[Office]:
    """An office that serves, and the same settings for whoever reads its database from the test."""
    home = folder / "home"
    home.mkdir()
    shutil.copy(template, home / "sipas.db")
    told = {"SIPAS_HOME": str(home), "SIPAS_SECRET_KEY": KEY, **also}
    with pytest.MonkeyPatch.context() as environment:
        for name, value in told.items():
            environment.setenv(name, value)
        settings.cache_clear()
        made = Office(folder / "program", home, KEY)
        made.install()
        try:
            made.start()
            yield made
        finally:
            made.kill()
            settings.cache_clear()
