"""`sipas results export` and `sipas results export-responses`: files whose format their name asks for."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from app.core.commands import command_database, err, out, spoken
from app.core.errors import NotFound
from app.core.files import check_writable, format_of, unwritable, written_whole

OutFile = Annotated[
    Path, typer.Option("--out", help="Tệp cần ghi / file: .csv .xlsx .sav .dta .parquet .zip …")
]
Language = Annotated[str, typer.Option("--language", help="vi | en")]


def export(
    out_file: OutFile,
    edition: Annotated[str, typer.Option("--edition", help="Mã bản kết quả / edition id.")] = "",
    round_code: Annotated[str, typer.Option("--round", help="Đợt: bản mới nhất / its newest edition.")] = "",
    table: Annotated[str, typer.Option("--table", help="unit | unit,service | unit,month …; .zip: all")] = "",
    language: Language = "",
) -> None:
    """Bảng kết quả ra tệp, kèm mô tả dữ liệu / a table of an edition, with its descriptions beside it."""
    from app.results.exports.edition_files import TableExport, write_descriptions
    from app.results.exports.run_files import FORMATS
    from app.results.exports.service import export_edition

    kind = format_of(out_file, (*FORMATS, "zip"))
    check_writable(out_file)
    words = spoken(language)
    with command_database() as database:
        with database.read() as session:
            edition_id = edition or _newest(session, round_code)
        wanted = TableExport(edition_id, table or ("" if kind == "zip" else "unit"), kind, words)
        with _written(out_file) as beside:
            made = export_edition(database, wanted, beside)
        if kind not in ("zip", "xml"):
            with database.read() as session, _told_when_unwritable(out_file):
                write_descriptions(session, wanted, out_file)
    out.print(f"{out_file}: {made.rows} dòng / rows; sha256 {made.digest}", markup=False)


def export_responses(
    out_file: OutFile,
    round_code: Annotated[str, typer.Option("--round", help="Mã đợt / round code.")],
    k: Annotated[int, typer.Option(help="Số người tối thiểu mỗi nhóm / people who share a combination.")] = 0,
    language: Language = "",
) -> None:
    """Phiếu trả lời đã khử nhận dạng, kèm trọng số / responses nobody can be recognised in, with weights."""
    from app.results.exports.response_files import RESPONSE_FORMATS
    from app.results.exports.responses import ResponseRequest
    from app.results.exports.service import export_responses as export_them

    kind = format_of(out_file, RESPONSE_FORMATS)
    check_writable(out_file)
    words = spoken(language)
    with command_database() as database, err.status("đang ghi / writing"), _written(out_file) as beside:
        made = export_them(database, ResponseRequest(round_code, kind, words, k), beside)
    out.print(f"{out_file}: {made.rows} phiếu / responses; sha256 {made.digest}", markup=False)
    out.print(made.report, markup=False)


def add_to(cli: typer.Typer) -> None:
    """Put the commands under `sipas results`."""
    cli.command("export")(export)
    cli.command("export-responses")(export_responses)


def _newest(session: Session, round_code: str) -> str:
    from app.results.editions import newest

    found = newest(session, round_code) if round_code else None
    if found is None:
        raise NotFound(
            "round {round} has no edition yet",
            where="edition",
            remedy="give --edition, or compute one: sipas results compute --round R",
            round=round_code or "–",
        )
    return found.edition_id


@contextmanager
def _written(out_file: Path) -> Iterator[Path]:
    """The whole file or none; what the writers of the formats raise is told as any other trouble."""
    import duckdb
    from xlsxwriter.exceptions import XlsxFileError

    with written_whole(out_file, failures=(duckdb.IOException, XlsxFileError)) as beside:
        yield beside


@contextmanager
def _told_when_unwritable(out_file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unwritable(Path(error.filename or out_file), error) from error
