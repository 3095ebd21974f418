"""What must be true before a server says where it is: its port is free, its SQLite home its own and sound."""

import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from sqlalchemy.engine import make_url

from app.core.config import Settings, language_of_messages
from app.core.errors import Conflict, Invalid, Said
from app.core.language import translator
from app.core.sqlite_files import check_sound, finish_restore, is_restoring, sqlite_path
from app.core.trouble import home_of

LOCK = "serve.lock"
SERVER_LOCK = ".server-lock"  # of app.collection.running: held by any server of the file
LARGE_BYTES = 2 * 1024**3


def check_port(host: str, port: int) -> None:
    """Find out whether a server can listen there. Raises: Conflict for a taken port, Invalid for the rest."""
    try:
        family, kind, _protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise _unusable(host, port, error) from error


def _unusable(host: str, port: int, error: OSError) -> Conflict | Invalid:
    if error.errno == errno.EADDRINUSE:
        return Conflict(
            "port {port} at {host} is taken by another program",
            where="PORT",
            remedy="end that program, or choose another port: PORT=8001 sipas serve",
            host=host,
            port=port,
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return Invalid(
            "port {port} is kept for the administrator of this machine",
            where="PORT",
            remedy="choose a port from 1024 up",
            port=port,
        )
    return Invalid(
        "this machine has no address {host}",
        where="SIPAS_HOST",
        remedy="use 127.0.0.1, or 0.0.0.0 for every address of this machine",
        host=host,
    )


@contextmanager
def sole_server(config: Settings) -> Iterator[None]:
    """This process alone serves the home, on a sound database, while the block lasts.

    Raises: Conflict for a home that is served, Unavailable for a damaged database.
    """
    with sole_user(config):
        path = sqlite_path(config)
        if path is not None:
            finish_restore(path)
            _check(path)
        yield


@contextmanager
def sole_user(config: Settings) -> Iterator[None]:
    """No `sipas serve` runs on the home while the block lasts. Raises: Conflict."""
    with _locked(home_of(config) / LOCK, config):
        yield


@contextmanager
def at_rest(config: Settings) -> Iterator[None]:
    """Nobody serves the SQLite file while the block lasts, however it was started. Raises: Conflict."""
    file = Path(f"{make_url(config.sqlalchemy_url).database}{SERVER_LOCK}")
    with sole_user(config), _locked(file, config):
        yield


@contextmanager
def _locked(file: Path, config: Settings) -> Iterator[None]:
    with file.open("a", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(
                "another server runs on the home {path}",
                where="SIPAS_HOME",
                remedy="end it first, or name another home in SIPAS_HOME",
                path=str(config.home),
            ) from error
        _leave_to_owner(file)
        yield


def _leave_to_owner(file: Path) -> None:
    """What root makes here, the server's user must be able to open."""
    owner = file.parent.stat()
    if os.geteuid() == 0 and file.stat().st_uid != owner.st_uid:
        os.chown(file, owner.st_uid, owner.st_gid)


def settle(config: Settings) -> None:
    """Finish a restore that was cut off, before anybody opens the database. Raises: Conflict."""
    path = sqlite_path(config)
    if path is not None and is_restoring(path):
        with at_rest(config):
            finish_restore(path)


def _check(path: Path) -> None:
    if not path.exists():
        return
    if path.stat().st_size > LARGE_BYTES:
        told = Said("checking the database {path}, which is large: this takes a while", path=path)
        typer.echo(told.render(translator(language_of_messages())), err=True)
    check_sound(path)
