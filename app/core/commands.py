"""What every command shares: its database, how a problem is told, and the database's own commands."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column
from sqlmodel import Session

from app.core import backups, migrations
from app.core.config import LANGUAGES, language_of_messages, settings
from app.core.database import Database, open_database
from app.core.errors import Invalid, Said, SurveyError
from app.core.language import translator
from app.core.logs import configure_logs
from app.core.trouble import trouble_of

cli = typer.Typer(no_args_is_help=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
out = Console(highlight=False, soft_wrap=True)
ID_LETTERS = 32


@contextmanager
def command_database() -> Iterator[Database]:
    """The database of the settings, brought to today's shape, closed afterwards.

    Raises: Conflict for a database of a newer program.
    """
    config = settings()
    configure_logs("WARNING")
    database = open_database(config)
    try:
        if not migrations.is_current(database):
            migrations.check_known(database)
            migrations.upgrade(config.sqlalchemy_url)
        yield database
    finally:
        database.close()


@contextmanager
def command_session() -> Iterator[Session]:
    """A writing session for one command: all or nothing."""
    with command_database() as database, database.write() as session:
        yield session


def id_column() -> Column:
    """Ids stand whole, however narrow the terminal: other commands ask for them."""
    return Column("id", no_wrap=True, min_width=ID_LETTERS)


def fail(error: SurveyError) -> None:
    """Tell a problem in the setting's language, every place of it, and exit with 2."""
    translate = translator(language_of_messages())
    shown = error.render(translate)
    _tell(shown, "Lỗi" if translate.language == "vi" else "Error")
    for problem in error.problems if isinstance(error, Invalid) else ():
        _tell(problem.render(translate), "  -")
    sys.exit(2)


def fail_outside(error: Exception) -> None:
    """Tell an outage of the machine as any other problem; a fault of the program keeps its trace."""
    told = trouble_of(error, settings())
    if told is None:
        raise error
    fail(told)


def spoken(wanted: str) -> str:
    """The language asked for, the setting's where none is. Raises: Invalid."""
    if wanted and wanted not in LANGUAGES:
        raise Invalid(
            "the language {value} is not spoken here; use vi or en", where="language", value=repr(wanted)
        )
    return wanted or settings().language


def _tell(shown: dict[str, object] | dict[str, str], lead: str) -> None:
    where = f" [{shown['where']}]" if shown["where"] else ""
    err.print(f"{lead}{where}: {shown['message']}", markup=False)
    if shown["remedy"]:
        err.print(f"    → {shown['remedy']}", markup=False)


@cli.command("upgrade")
def upgrade() -> None:
    """Bring the database to the newest shape / nâng cấp cơ sở dữ liệu."""
    with command_database() as database:
        out.print(f"{database.dialect}: ok")


@cli.command("backup")
def backup(file: Annotated[Path, typer.Argument(help="Tệp mới / a new file.")]) -> None:
    """Sao lưu SQLite, cả khi máy chủ đang chạy / copy the SQLite database, also while it is served."""
    backups.backup(settings(), file)
    _say(
        Said("the database was copied to {path}; it holds what the database holds: keep it safe", path=file),
        Said("keep secret.key of the home with it: without it printed receipts cannot be read"),
    )


@cli.command("restore")
def restore(file: Annotated[Path, typer.Argument(help="Bản sao lưu / the backup.")]) -> None:
    """Đưa bản sao lưu SQLite vào dùng, giữ lại tệp cũ / put a backup in the place of the SQLite database."""
    configure_logs("WARNING")
    done = backups.restore(settings(), file)
    _say(*_told_of(done, file))


def _told_of(done: backups.Restored, file: Path) -> Iterator[Said]:
    """What is there now, and what of the time since the backup is to be looked after."""
    yield Said("{path} is now what {file} holds", path=done.path, file=file)
    yield Said(
        "responses: {count}, of these not mixed yet: {unmixed}; newest answer: {answered}, mix: {mixed}",
        count=done.responses,
        unmixed=done.unmixed,
        answered=done.answered_on,
        mixed=done.mixed_on,
    )
    if done.kept:
        yield Said("the database of before is kept: {path}; delete it when nobody needs it", path=done.kept)
    yield Said(
        "keys, sessions, roles, accounts and kiosks withdrawn since the backup are valid again: look through"
        " `sipas accounts list`, `sipas accounts key-list` and `sipas kiosks list`"
    )
    yield Said(
        "kiosks send again what their queue still holds; what it held no more is lost and shows as missing"
    )
    yield Said("receipts answered since the backup can be answered again")
    yield Said(
        "the lake mends itself; `sipas results rebuild-lake` also deletes files that belong to no response"
    )


def _say(*words: Said) -> None:
    translate = translator(language_of_messages())
    for said in words:
        out.print(said.render(translate), markup=False)
