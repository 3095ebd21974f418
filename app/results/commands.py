"""results on the command line: `sipas estimate`, and the upkeep of lake and runs under `sipas results`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from app.core import numbers
from app.core.commands import command_database, err, out, spoken
from app.core.database import Database
from app.core.files import check_writable, format_of, write_whole
from app.core.language import translator
from app.results import service
from app.results.request import MEASURE_SETS, EstimateRequest, check_request, words_of
from app.results.words import STATE_WORDS

if TYPE_CHECKING:
    from app.results.runs import Run

cli = typer.Typer(no_args_is_help=True)

STEPS = {
    "lake": "kho phiếu / lake",
    "responses": "phiếu trả lời / responses",
    "counts": "đếm / counts",
    "population": "số hồ sơ / population",
    "estimates": "ước lượng / estimates",
    "file": "ghi tệp / file",
    "drivers": "yếu tố liên quan / drivers",
}
NO_ANSWERS = "chưa có phiếu trả lời nào để tính / no answers to compute from yet"
SHOWN_ROWS = 60


def estimate(  # noqa: PLR0913 - one parameter an option
    round_code: Annotated[str, typer.Option("--round", help="Mã đợt / round code.")],
    by: Annotated[
        str,
        typer.Option(help="unit, service, field, submission, mode, month; cách nhau bằng dấu phẩy / comma."),
    ] = "unit",
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Tệp .csv, .xlsx hoặc .json / file to write.")
    ] = None,
    measures: Annotated[
        str, typer.Option(help=", ".join(MEASURE_SETS) + "; mặc định: tất cả / default: all.")
    ] = "",
    level: Annotated[float, typer.Option(help="Độ tin cậy / level of the interval.")] = 0.95,
    language: Annotated[str, typer.Option(help="vi | en")] = "",
    digits: Annotated[int, typer.Option(min=0, max=12, help="Số chữ số thập phân / more decimals.")] = 0,
    variance: Annotated[str, typer.Option(help="psu | element")] = "",
    leverage: Annotated[str, typer.Option(help="answers | none")] = "answers",
) -> None:
    """Tỷ lệ hài lòng có trọng số kèm khoảng bất định / weighted satisfaction with intervals."""
    from app.results.exports.run_files import FORMATS

    request = check_request(
        EstimateRequest(
            round_code=round_code,
            by=words_of(by),
            measures=words_of(measures) or MEASURE_SETS,
            level=level,
            variance=variance,
            leverage=leverage,
        )
    )
    words = spoken(language)
    kind = format_of(out_file, FORMATS) if out_file else ""
    if out_file:
        check_writable(out_file)
    with command_database() as database, _progress() as progress:
        task = progress.add_task(STEPS["lake"], total=None)

        def tell(step: str) -> None:
            progress.update(task, description=STEPS[step])

        run = service.estimate(database, request, on_step=tell)
        if out_file:
            tell("file")
            _write(database, run, out_file, kind=kind, language=words, digits=digits)
        rows = [] if out_file else _rows(database, run, language=words)
    if not run.record.row_count:
        err.print(f"{round_code}: {NO_ANSWERS}", markup=False)
    if out_file:
        out.print(f"{out_file}: {run.record.row_count} dòng / rows; {run.record.run_id}", markup=False)
    else:
        _show(rows, language=words)


def analyse(
    spec: Annotated[Path, typer.Argument(help="SPEC.json; ví dụ / examples: docs/examples/analyse")],
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Tệp .csv cho các dòng / CSV of the rows.")
    ] = None,
) -> None:
    """Phân tích một tệp CSV bất kỳ theo SPEC / analyse any CSV as the SPEC asks; prints JSON."""
    from app.results.analyse import analyse as answer_of
    from app.results.analyse import as_json, write_rows

    if out_file:
        check_writable(out_file)
    answer = answer_of(spec)
    if out_file and "error" not in answer:
        write_rows(out_file, answer)
    print(as_json(answer))  # noqa: T201, JSON for programs: no wrapping, no colour
    if "error" in answer:
        raise typer.Exit(2)


@cli.command("rebuild-lake")
def rebuild_lake() -> None:
    """Dựng lại kho từ cơ sở dữ liệu / lay every part of the lake down again."""
    with command_database() as database:
        out.print(f"{service.rebuild_lake(database)} phần / parts")


@cli.command("runs")
def runs(round_code: Annotated[str, typer.Option("--round", help="Mã đợt / round code.")] = "") -> None:
    """Các lần ước lượng đã ghi / recorded runs, newest first."""
    from app.results.runs import list_runs

    with command_database() as database, database.read() as session:
        for run in list_runs(session, round_code):
            by = ",".join(run["settings"]["by"]) or "-"
            when = run["created_at"].isoformat(sep=" ", timespec="seconds")
            facts = (run["run_id"], when, run["round_code"], by, run["row_count"], run["content_hash"][:12])
            out.print("  ".join(map(str, facts)), markup=False)


def _progress() -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    return Progress(*columns, console=err, transient=True)


def _write(database: Database, run: "Run", out_file: Path, *, kind: str, language: str, digits: int) -> None:
    from app.results.exports.run_files import export_run

    with database.read() as session:
        content = export_run(session, run, kind, language=language, digits=digits)
    write_whole(out_file, content)
    service.record_run_file(database, run.record.run_id, content, kind=kind, rows=run.record.row_count)


def _show(rows: list[dict[str, object]], *, language: str) -> None:
    if rows:
        out.print(_table(rows, language))
    if more := len(rows[SHOWN_ROWS:]):
        out.print(f"… {more} dòng nữa / more rows: --out FILE.csv|.xlsx|.json", markup=False)


def _rows(database: Database, run: "Run", *, language: str) -> list[dict[str, object]]:
    from app.results.exports.sheet import sheet_of

    with database.read() as session:
        return sheet_of(session, run, language=language).dicts()


def _table(rows: list[dict[str, object]], language: str) -> Table:
    """What fits a terminal: names, the figure, its interval, n and state."""
    _ = translator(language)
    names = [
        n
        for n in ("unit_name", "service_name", "field", "submission", "mode", "month")
        if rows and n in rows[0]
    ]
    table = Table(show_edge=False)
    for name in names:
        table.add_column(name.removesuffix("_name"), overflow="fold", min_width=16)
    for label in ("measure", "formula"):
        table.add_column(label, no_wrap=True)
    for number in ("estimate", "low", "high", "n"):
        table.add_column(number, justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for row in rows[:SHOWN_ROWS]:
        table.add_row(
            *(str(row[name] or "–") for name in names),
            f"{row['measure']} {row['answer_level']}".strip(),
            str(row["formula"]),
            *(_number(row[name], language, 2) for name in ("estimate", "low", "high")),
            _number(row["n"], language, 0),
            _(STATE_WORDS[str(row["state"])]),
        )
    return table


def _number(value: object, language: str, digits: int) -> str:
    return numbers.number(value, language, digits) if isinstance(value, int | float) else "–"
