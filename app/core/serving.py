"""What must be true before a server says where it is: its port is free, and its SQLite home is its own."""

import errno
import fcntl
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from app.core.config import Settings
from app.core.errors import Conflict, Invalid
from app.core.trouble import home_of

LOCK = "serve.lock"


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
    """This process alone serves the home while the block lasts. Raises: Conflict."""
    with (home_of(config) / LOCK).open("a", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(
                "another server runs on the home {path}",
                where="SIPAS_HOME",
                remedy="end it first, or name another home in SIPAS_HOME",
                path=str(config.home),
            ) from error
        yield
