"""`sipas`: the command line, thin over the same services as the web."""

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError
from typer.exceptions import TyperException

from app.accounts.commands import cli as accounts
from app.alerts.commands import cli as alerts
from app.collection.commands import cli as responses
from app.core.commands import cli as database
from app.core.commands import command_database, fail, fail_outside, out
from app.core.config import Settings, settings
from app.core.counters import counted_together
from app.core.errors import Conflict, SurveyError
from app.core.serving import check_port, sole_server
from app.core.usage import misused
from app.forms.commands import cli as forms
from app.indicators.commands import cli as indicators
from app.kiosks.commands import cli as kiosks
from app.receipts.commands import cli as receipts
from app.results.commands import analyse, estimate
from app.results.commands import cli as results
from app.results.edition_commands import add_to, verify
from app.results.exports.commands import add_to as add_exports_to
from app.results.reports.commands import report
from app.rounds.commands import cli as rounds
from app.units.commands import services, units, volumes

WORKER_SECONDS = 30  # silence after which a process is taken for dead; while it starts it cannot answer

cli = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Khảo sát sự hài lòng / citizen satisfaction surveys.",
)
cli.add_typer(accounts, name="accounts", help="Tài khoản / staff accounts and API keys.")
cli.add_typer(units, name="units", help="Cơ quan, đơn vị / units.")
cli.add_typer(services, name="services", help="Thủ tục hành chính / services.")
cli.add_typer(volumes, name="volumes", help="Số hồ sơ đã giải quyết / dossier volumes.")
cli.add_typer(forms, name="forms", help="Phiếu khảo sát / forms.")
cli.add_typer(rounds, name="rounds", help="Đợt khảo sát / survey rounds.")
cli.add_typer(kiosks, name="kiosks", help="Thiết bị kiosk / kiosks.")
cli.add_typer(receipts, name="receipts", help="Mã trên giấy hẹn / receipt codes.")
cli.add_typer(responses, name="responses", help="Phiếu trả lời / responses.")
cli.add_typer(results, name="results", help="Kết quả / results: the lake and the runs.")
cli.add_typer(indicators, name="indicators", help="Chỉ số khác, mục tiêu / other indices, targets.")
cli.add_typer(alerts, name="alerts", help="Cảnh báo / alerts.")
cli.add_typer(database, name="database", help="Cơ sở dữ liệu / database.")
cli.command("estimate")(estimate)
cli.command("analyse")(analyse)
cli.command("verify")(verify)
add_to(results)
add_exports_to(results)
cli.command("report")(report)


@cli.command()
def serve(
    demo: Annotated[
        bool, typer.Option("--demo", help="Nạp dữ liệu mô phỏng vào kho trống / simulated data")
    ] = False,
    workers: Annotated[int, typer.Option(min=1, help="Số tiến trình, chỉ với PostgreSQL / processes")] = 1,
) -> None:
    """Chạy máy chủ / start the server."""
    import uvicorn

    config = settings()
    check_port(config.host, config.port)
    with _sole_writer(config), counted_together() if workers > 1 else nullcontext():
        _prepare(demo=demo, workers=workers)
        uvicorn.run(
            "app.main:served_app",
            factory=True,
            host=config.host,
            port=config.port,
            workers=workers,
            timeout_worker_healthcheck=WORKER_SECONDS,
            log_level="warning",
            access_log=False,
        )


def _sole_writer(config: Settings) -> AbstractContextManager[None]:
    """SQLite has one server a home; PostgreSQL takes as many as come."""
    on_sqlite = config.sqlalchemy_url.startswith("sqlite")
    return sole_server(config) if on_sqlite else nullcontext()


def _prepare(*, demo: bool, workers: int) -> None:
    """Bring the home up to date, load the demo where asked and empty, say where to go."""
    from rich.progress import Progress

    from app.demo.addresses import show_addresses, show_demo_addresses
    from app.demo.presence import is_demo, is_empty

    with command_database() as database:
        if workers > 1 and database.dialect == "sqlite":
            raise Conflict("SQLite serves with one process", remedy="use PostgreSQL, or leave --workers out")
        with database.read() as session:
            empty = is_empty(session)
        if demo and empty:
            from app.demo.load import load_demo

            with Progress(console=out) as progress:
                load_demo(database, progress)
        with database.write() as session:
            if is_demo(session):
                show_demo_addresses(out, session)
            else:
                show_addresses(out)


def main() -> None:
    """Run a command; a problem, also one of the machine, is told in words and exits with 2."""
    try:
        sys.exit(cli(prog_name="sipas", standalone_mode=False) or 0)
    except SurveyError as error:
        fail(error)
    except TyperException as error:
        if not error.format_message():  # nothing was asked: the help is told already
            sys.exit(2)
        fail(misused(error))
    except typer.Abort:
        sys.exit(1)
    except (OSError, SQLAlchemyError) as error:
        fail_outside(error)
    except KeyboardInterrupt:
        sys.exit(130)
