"""What every command shares: its database, how a problem is told, and the database's own commands."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from sqlmodel import Session

from app.core import migrations
from app.core.config import LANGUAGES, language_of_messages, settings
from app.core.database import Database, open_database
from app.core.errors import Invalid, SurveyError
from app.core.language import translator
from app.core.logs import configure_logs
from app.core.trouble import trouble_of

cli = typer.Typer(no_args_is_help=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
out = Console(highlight=False, soft_wrap=True)


@contextmanager
def command_database() -> Iterator[Database]:
    """The database of the settings, brought to today's shape, closed afterwards."""
    config = settings()
    configure_logs("WARNING")
    database = open_database(config)
    try:
        if not migrations.is_current(database):
            migrations.upgrade(config.sqlalchemy_url)
        yield database
    finally:
        database.close()


@contextmanager
def command_session() -> Iterator[Session]:
    """A writing session for one command: all or nothing."""
    with command_database() as database, database.write() as session:
        yield session


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
