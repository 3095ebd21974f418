"""collection on the command line."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from app.accounts.service import COMMAND_LINE, record_audit
from app.collection.import_rows import FilledRow
from app.collection.imports import Imported, import_responses, write_rejected
from app.collection.mix import mix
from app.collection.queue_file import import_queue
from app.core.commands import command_database, err, out
from app.core.config import settings
from app.core.database import Database
from app.core.errors import Invalid, SurveyError
from app.core.files import check_writable
from app.core.language import translator

cli = typer.Typer(no_args_is_help=True)


@cli.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8) hoặc XLSX / CSV (UTF-8) or XLSX")],
    map_file: Annotated[Path, typer.Option("--map", help="MAP.toml")],
    rejected: Annotated[Path | None, typer.Option(help="tệp dòng bị loại / file of rejected rows")] = None,
) -> None:
    """Nhập phiếu trả lời thu thập bên ngoài / bring in responses collected elsewhere. Safe to run again."""
    rejected_file = rejected or file.with_name(f"{file.stem}.rejected.csv")
    if file.exists():
        check_writable(rejected_file, option="--rejected")
    with command_database() as database:
        imported = import_responses(database, file, map_file, progress=_shown)
        _audit(database, file, imported)
    _report(imported, rejected_file)


@cli.command("import-queue")
def import_queue_file(
    file: Annotated[Path, typer.Argument(help="tệp lưu từ kiosk / the file a kiosk saved")],
) -> None:
    """Nhập hàng chờ của một kiosk / bring in the queue of a kiosk. Safe to run again."""
    with command_database() as database:
        found = import_queue(database, file)
        counts = {"recorded": found.recorded, "repeated": found.repeated, "refused": len(found.refused)}
        with database.write() as session:
            record_audit(session, COMMAND_LINE, "responses.import_queue", file.name, **counts)
    out.print("Nhận {recorded}, đã có {repeated}, không nhận {refused}".format(**counts))
    out.print("Recorded {recorded}, repeated {repeated}, refused {refused}".format(**counts))
    for place, error in found.refused:
        _tell_refusal(place, error)
    if found.refused:
        raise typer.Exit(1)


def _tell_refusal(place: int, error: SurveyError) -> None:
    translate = translator(settings().language)
    problems = (error.problems if isinstance(error, Invalid) else ()) or (error.problem,)
    for problem in problems:
        told = problem.render(translate)
        err.print(f"#{place} [{told['where']}]: {told['message']}", markup=False)


@cli.command("mix")
def mix_now(
    everything: Annotated[bool, typer.Option("--all", help="cả hôm nay / today's too")] = False,
) -> None:
    """Trộn phiếu các ngày trước / mix what came in before today. Safe to run again."""
    with command_database() as database:
        mixed = mix(database, everything=everything)
    out.print(
        f"Đã trộn {mixed.responses} phiếu, {mixed.comments} ý kiến, {mixed.tokens} mã; "
        f"bỏ {mixed.forgotten} mã hết hạn"
    )
    out.print(
        f"Mixed {mixed.responses} responses, {mixed.comments} comments, {mixed.tokens} codes; "
        f"forgot {mixed.forgotten} expired codes"
    )


def _shown(rows: Sequence[FilledRow]) -> Iterator[FilledRow]:
    return iter(track(rows, description="Nhập / import", console=err, disable=not err.is_terminal))


def _audit(database: Database, file: Path, imported: Imported) -> None:
    with database.write() as session:
        record_audit(
            session,
            COMMAND_LINE,
            "responses.import",
            file.name,
            accepted=imported.accepted,
            repeated=imported.repeated,
            rejected=len(imported.rejected),
        )


def _report(imported: Imported, rejected_file: Path) -> None:
    """Say what became of the rows; the exit code is 1 when some were rejected."""
    counts = (imported.accepted, imported.repeated, len(imported.rejected), imported.left_out)
    out.print("Nhận {}, đã có {}, loại {}, bỏ qua theo bộ lọc {}".format(*counts))
    out.print("Accepted {}, repeated {}, rejected {}, left out by the filter {}".format(*counts))
    if imported.rejected:
        write_rejected(rejected_file, imported.rejected, translator(settings().language))
        err.print(f"Xem các dòng bị loại và lý do / rejected rows and reasons: {rejected_file}")
        raise typer.Exit(1)
