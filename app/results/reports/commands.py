"""`sipas report`: one unit's report or sheet, or those of all units into a folder."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.core.commands import command_database, err, out, spoken
from app.core.database import Database
from app.core.errors import Invalid
from app.core.files import check_writable, format_of, make_folder, write_whole
from app.results.reports import service


def report(  # noqa: PLR0913 - one parameter an option
    round_code: Annotated[str, typer.Option("--round", help="Mã đợt / round code.")],
    out_path: Annotated[Path, typer.Option("--out", help="Tệp .docx, .pdf; với --all: thư mục / folder.")],
    unit: Annotated[str, typer.Option(help="Mã đơn vị / unit code.")] = "",
    edition: Annotated[str, typer.Option(help="Mã bản kết quả; mặc định: mới nhất / newest.")] = "",
    sheet: Annotated[bool, typer.Option("--sheet", help="Phiếu một trang / one page.")] = False,
    annex: Annotated[
        bool, typer.Option("--annex", help="Kèm phụ lục mọi số liệu / with every detailed figure.")
    ] = False,
    everyone: Annotated[bool, typer.Option("--all", help="Mọi đơn vị / every unit.")] = False,
    kind: Annotated[str, typer.Option("--format", help="pdf | docx, với / with --all.")] = "pdf",
    language: Annotated[str, typer.Option(help="vi | en")] = "",
) -> None:
    """Báo cáo phân tích của một đơn vị / analysis report of a unit, Word or PDF."""
    said = spoken(language)
    form = _form(sheet=sheet, annex=annex)
    if everyone:
        _all_units(round_code, out_path, edition, below=unit, form=form, kind=kind, language=said)
        return
    if not unit:
        raise Invalid(
            "no unit is given",
            where="unit",
            remedy="add --unit with the code of a unit, or --all",
        )
    wanted = format_of(out_path, ("pdf",) if form == "sheet" else service.KINDS)
    check_writable(out_path)
    with command_database() as database, database.read() as session:
        chosen = service.edition_for(session, round_code, edition)
        made = service.report_file(session, chosen, unit, wanted, form=form, language=said)
    write_whole(out_path, made.content)
    out.print(f"{out_path}: {len(made.content) / 1024:.0f} kB", markup=False)


def _form(*, sheet: bool, annex: bool) -> str:
    if sheet and annex:
        raise Invalid("a sheet has no annex", where="annex", remedy="give --sheet or --annex, not both")
    return "sheet" if sheet else "annexed" if annex else "report"


def _all_units(  # noqa: PLR0913 - one parameter an option
    round_code: str, folder: Path, edition: str, *, below: str, form: str, kind: str, language: str
) -> None:
    make_folder(folder)
    check_writable(folder / f"x.{kind}")
    with command_database() as database:
        with database.read() as session:
            chosen = service.edition_for(session, round_code, edition)
            codes = service.units_to_report(session, chosen, below=below)
        with _progress() as progress:
            task = progress.add_task("báo cáo / reports", total=len(codes))
            for code in codes:
                _write_one(database, chosen.edition_id, code, folder, form=form, kind=kind, language=language)
                progress.advance(task)
    out.print(f"{folder}: {len(codes)} tệp / files", markup=False)


def _write_one(  # noqa: PLR0913 - one parameter an option
    database: Database, edition_id: str, code: str, folder: Path, *, form: str, kind: str, language: str
) -> None:
    with database.read() as session:
        edition = service.edition_for(session, "", edition_id)
        made = service.report_file(session, edition, code, kind, form=form, language=language)
    write_whole(folder / made.name, made.content)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=err, transient=True)
