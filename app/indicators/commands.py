"""`sipas indicators`: import figures, set targets, compute the score of Circular 01/2018, show and export."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track
from rich.table import Table

from app.accounts.service import COMMAND_LINE
from app.core.commands import command_session, err, out
from app.core.config import settings
from app.core.files import check_writable, write_whole
from app.core.language import translator
from app.core.tabular import read_file
from app.indicators import export, legal, service, wording
from app.indicators.board import Asked, board
from app.indicators.definitions import name_of
from app.units.imports import Imported

cli = typer.Typer(no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="CSV (UTF-8) hoặc XLSX; xem / see docs/data-files.md")]
Unit = Annotated[str, typer.Option(help="Mã đơn vị, cả cấp dưới; rỗng = tất cả / unit code; empty = all.")]
Year = Annotated[str, typer.Option(help="2024, 2024-05, 2024-Q2; rỗng = mới nhất / empty = newest.")]


class _OnlyTried(Exception):
    """Ends a dry run: everything is rolled back."""


@cli.command("import")
def import_values(
    file: File,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Kiểm tra, không lưu / store nothing")] = False,
) -> None:
    """Nhập chỉ số từ tệp / import: indicator, part, unit, body, year, score, max, rank, of, …, source."""
    try:
        with command_session() as session:
            rows = track(read_file(file, service.COLUMNS), file.name, console=err, transient=True)
            done = service.import_values(session, list(rows), file.name, by=COMMAND_LINE)
            if dry_run:
                raise _OnlyTried
    except _OnlyTried:
        _tell(done, "Checked, nothing stored")
    else:
        _tell(done, "Stored")


def _tell(done: Imported, lead: str) -> None:
    say = translator(settings().language)
    counts = say("{inserted} new, {updated} changed, {unchanged} as before")
    filled = counts.format(inserted=done.inserted, updated=done.updated, unchanged=done.unchanged)
    out.print(f"{say(lead)}: {filled}")


@cli.command("target")
def set_target(
    indicator: Annotated[str, typer.Argument(help="satisfaction, answers, sipas, par_index, …")],
    target: Annotated[str, typer.Argument(help="95; 95,5")],
    year: Annotated[str, typer.Option(help="Từ năm / from the year.")],
    unit: Unit = "",
    source: Annotated[str, typer.Option(help="Căn cứ / source.")] = "",
) -> None:
    """Đặt mục tiêu, ít nhất / at least this much, for a unit and those below it."""
    cells = {"indicator": indicator, "target": target, "year": year, "unit": unit, "source": source}
    with command_session() as session:
        service.set_target(session, cells, by=COMMAND_LINE)
    out.print(f"{indicator} ≥ {target} ({year})", markup=False)


@cli.command("legal")
def compute_legal(round_code: Annotated[str, typer.Option("--round", help="Mã đợt / round code.")]) -> None:
    """Điểm Thông tư 01/2018: bốn chỉ số người dân trả lời / citizens' indices of a round onto the board."""
    with command_session() as session:
        done = legal.compute(session, round_code, by=COMMAND_LINE)
    out.print(f"{done.period}: {done.units} đơn vị / units")


@cli.command("list")
def list_values(unit: Unit = "", indicator: str = "", year: Year = "") -> None:
    """Bảng chỉ số / the board."""
    language = settings().language
    shown = Table("chỉ số / index", "đơn vị / unit", "năm / year", "kết quả / figure", "hạng / rank", "", "≥")
    with command_session() as session:
        for line in board(session, COMMAND_LINE, Asked(unit, indicator, year)):
            shown.add_row(
                translator(language)(name_of(line.indicator)),
                wording.body_text(line),
                wording.period_text(line.period, language),
                wording.value_text(line, language),
                wording.rank_text(line),
                wording.change_text(line, language),
                f"{wording.target_text(line, language)} {line.verdict}",
            )
    out.print(shown)


@cli.command("export")
def export_values(
    out_file: Annotated[Path, typer.Option("--out", help="Tệp .csv hoặc .xlsx / file to write.")],
    unit: Unit = "",
    indicator: str = "",
    year: Year = "",
) -> None:
    """Xuất bảng chỉ số / the board as a file."""
    kind = out_file.suffix.removeprefix(".")
    check_writable(out_file)
    with command_session() as session:
        lines = board(session, COMMAND_LINE, Asked(unit, indicator, year))
    write_whole(out_file, export.export(lines, kind, language=settings().language))
    out.print(str(out_file), markup=False)
