"""Everyday trouble of a machine (no right, a full disk, no database) as errors people understand."""

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, InterfaceError, OperationalError

from app.core.config import Settings
from app.core.errors import Invalid, Said, SurveyError, Unavailable
from app.core.files import reason_of

DATABASE_REASONS: Mapping[str, tuple[str, str]] = {
    "file is not a database": (
        "the file is damaged, or no SQLite database",
        "end every program that uses it and restore the newest backup: sipas database restore FILE",
    ),
    "malformed": (
        "the file is damaged: {told}",
        "end every program that uses it and restore the newest backup: sipas database restore FILE",
    ),
    "unable to open database file": (
        "the file cannot be opened",
        "check that the folder exists and that you may write there",
    ),
    "readonly database": ("the file may only be read", "run as the user who owns it, or change its rights"),
    "read-only transaction": (
        "it may only be read now",
        "wait until it takes writes again, or name the server that does in SIPAS_DATABASE_URL",
    ),
    "is locked": ("another program is writing to it", "wait for it to end, then try again"),
    "is full": ("the disk is full", "make room on the disk, then try again"),
    "Connection refused": (
        "nothing answers at this address",
        "start PostgreSQL, or correct SIPAS_DATABASE_URL",
    ),
    "authentication failed": ("it refuses the name or the password", "correct SIPAS_DATABASE_URL"),
    "no password supplied": ("it refuses the name or the password", "correct SIPAS_DATABASE_URL"),
    "does not exist": ("it has no such database or user", "create it, or correct SIPAS_DATABASE_URL"),
    "resolve host": ("there is no machine of this name", "correct SIPAS_DATABASE_URL"),
    "translate host name": ("there is no machine of this name", "correct SIPAS_DATABASE_URL"),
    "No such file or directory": (
        "nothing answers at this address",
        "start PostgreSQL, or correct SIPAS_DATABASE_URL",
    ),
    "timeout": ("it does not answer in time", "check the network and the address in SIPAS_DATABASE_URL"),
}
OUTAGES = (DatabaseError, OperationalError, InterfaceError)
OTHER: tuple[str, str] = ("it says: {told}", "check the database, and SIPAS_DATABASE_URL")


def home_of(config: Settings) -> Path:
    """The home folder, made where it is not there yet. Raises: Invalid."""
    try:
        config.home.mkdir(mode=0o700, parents=True, exist_ok=True)  # the day's answers still have an order
    except OSError as error:
        is_file = isinstance(error, FileExistsError)
        raise Invalid(
            "the home folder {path} cannot be used: {reason}",
            where="SIPAS_HOME",
            remedy="name a folder in SIPAS_HOME in which you may write",
            path=str(config.home),
            reason=Said("it is a file") if is_file else reason_of(error, config.home),
        ) from error
    return config.home


def unusable_address(url: str) -> Invalid:
    """The refusal of a database address that means nothing here; what it holds may be a password."""
    return Invalid(
        "the database address cannot be used: {reason}",
        where="SIPAS_DATABASE_URL",
        remedy="write postgresql+psycopg://USER:PASSWORD@HOST/DATABASE, or leave it out for SQLite",
        reason=_address_reason(url),
    )


def _address_reason(url: str) -> Said:
    try:
        return Said("there is no driver for {kind}", kind=make_url(url).drivername)
    except (ArgumentError, ValueError):
        return Said("it is not written as an address")


def trouble_of(error: Exception, config: Settings) -> SurveyError | None:
    """What to tell of an outage of the machine; None for a fault of the program."""
    if isinstance(error, DBAPIError) and type(error) in OUTAGES:  # their other children are faults of ours
        return _database_trouble(error, config)
    if isinstance(error, OSError):
        path = Path(str(error.filename or config.home))
        return Unavailable(
            "the file {path} cannot be used: {reason}",
            where=str(path),
            remedy="check the path and the rights",
            path=path.name,
            reason=reason_of(error, path),
        )
    return None


def unusable_file(path: Path, told: str) -> Unavailable:
    """The refusal of a SQLite file, from what SQLite says of it."""
    return _unusable(str(path), told, where="SIPAS_HOME")


def _database_trouble(error: DBAPIError, config: Settings) -> Unavailable:
    address = make_url(config.sqlalchemy_url)
    shown = address.database if address.get_backend_name() == "sqlite" else address.render_as_string()
    told = str(error.orig) or type(error).__name__
    return _unusable(str(shown), told, where="SIPAS_DATABASE_URL" if config.database_url else "SIPAS_HOME")


def _unusable(address: str, told: str, *, where: str) -> Unavailable:
    reason, remedy = next((words for sign, words in DATABASE_REASONS.items() if sign in told), OTHER)
    return Unavailable(
        "the database {address} cannot be used: {reason}",
        where=where,
        remedy=remedy,
        address=address,
        reason=Said(reason, told=told.splitlines()[0]),
    )
