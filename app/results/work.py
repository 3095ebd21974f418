"""Computing editions in a process of its own, with progress that a page can show.

The web process starts `sipas results compute` and reads a small file of the home folder; heavy libraries and
seconds of arithmetic stay out of it. One computation runs at a time (a lock), others wait their turn.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO
from urllib.parse import quote

from app.core import clock
from app.core.config import settings
from app.core.counters import environment_apart
from app.core.errors import Conflict

FOLDER = "computing"
QUEUE = "queue.lock"
NICENESS = 10
WAITING = "waiting"
STARTING = timedelta(minutes=1)
# a process started in the background ignores an interruption until told otherwise
LISTEN = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
COMMAND = f"{LISTEN}; from app.cli import main; main()"


_started: "list[subprocess.Popen[bytes]]" = []
"""Held until they end, so that each is waited for however its starter forgets it."""


class Busy(Conflict):
    """The same round is being computed by another process."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the computation of a round's edition is; `failed` holds why it ended, where it did."""

    round_code: str
    step: str
    place: int
    steps: int
    by_whom: str
    since: str
    failed: str = ""

    @property
    def since_at(self) -> datetime:
        return datetime.fromisoformat(self.since)


def start(round_codes: Sequence[str], *, by_whom: str) -> "subprocess.Popen[bytes]":
    """Compute these rounds' editions in a new process, below everything else in urgency."""
    rounds = [part for code in round_codes for part in ("--round", code)]
    for code in round_codes:
        tell(Progress(code, WAITING, 0, 0, by_whom, clock.now().isoformat()))
    _started[:] = [process for process in _started if process.poll() is None]
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "results", "compute", *rounds, "--asked-by", by_whom],
        cwd=Path(__file__).parents[2],
        env=environment_apart(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _started.append(process)
    return process


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Interrupt a computation that this process started; nothing half done remains."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)


def progress_of(round_code: str) -> Progress | None:
    """What runs, waits or failed for this round; None when nothing does."""
    try:
        told = Progress(**json.loads(_file(round_code).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    if told.failed or _is_held(_lock_file(round_code)) or (told.step == WAITING and _is_alive(told)):
        return told
    forget(round_code)  # its process was killed
    return None


def tell(progress: Progress) -> None:
    """Write down how far it is: the whole file or none."""
    path = _file(progress.round_code)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(asdict(progress), ensure_ascii=False), encoding="utf-8")
    temporary.replace(path)


def be_modest() -> None:
    """Let citizens' answers go first."""
    os.nice(NICENESS)


def forget(round_code: str) -> None:
    _file(round_code).unlink(missing_ok=True)


@contextmanager
def turn(round_code: str) -> Iterator[None]:
    """This process computes this round, as soon as nobody else computes. Raises: Busy for the same round."""
    with _opened(_lock_file(round_code)) as own, _opened(_home() / QUEUE) as queue:
        try:
            fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy(
                "the results of round {round} are being computed already",
                where="round",
                remedy="wait until they are there",
                round=round_code,
            ) from error
        fcntl.flock(queue, fcntl.LOCK_EX)
        yield


def _home() -> Path:
    folder = settings().home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _file(round_code: str) -> Path:
    return settings().home / FOLDER / f"{quote(round_code, safe='')}.json"


def _lock_file(round_code: str) -> Path:
    return _home() / f"{quote(round_code, safe='')}.lock"


def _opened(path: Path) -> IO[str]:
    return path.open("a", encoding="ascii")


def _is_alive(told: Progress) -> bool:
    """Whether whoever waits can still get a turn: somebody computes, or it was asked for a moment ago."""
    return _is_held(_home() / QUEUE) or clock.now() - told.since_at < STARTING


def _is_held(path: Path) -> bool:
    with _opened(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
