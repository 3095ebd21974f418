"""`sipas results export` and `sipas results export-responses`: files whose format their name asks for."""

from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from app.core.commands import command_database, err, out
from app.core.config import settings
from app.core.errors import NotFound
from app.results.files import check_writable, format_of

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
    words = _language(language)
    with command_database() as database:
        with database.read() as session:
            edition_id = edition or _newest(session, round_code)
        wanted = TableExport(edition_id, table or ("" if kind == "zip" else "unit"), kind, words)
        partial = _partial(out_file)
        made = export_edition(database, wanted, partial)
        partial.replace(out_file)
        if kind not in ("zip", "xml"):
            with database.read() as session:
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
    with command_database() as database, err.status("đang ghi / writing"):
        wanted = ResponseRequest(round_code, kind, _language(language), k)
        partial = _partial(out_file)
        made = export_them(database, wanted, partial)
    partial.replace(out_file)
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


def _partial(path: Path) -> Path:
    """Beside it first: nobody ever finds half a file."""
    return path.with_name(f".{path.stem}.part{path.suffix}")


def _language(wanted: str) -> str:
    return wanted if wanted in {"vi", "en"} else settings().language
