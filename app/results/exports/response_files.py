"""Responses written in every format, row by row where the format allows it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from app.core.errors import Invalid
from app.core.files import check_format
from app.results.exports.delimited import BYTE_ORDER_MARK
from app.results.exports.parquet import described_field, file_metadata
from app.results.exports.response_rows import quoted
from app.results.exports.responses import ResponseRequest, Responses, Source, open_responses
from app.results.exports.spss import write_sav
from app.results.exports.stata import write_dta
from app.results.exports.workbook import OPTIONS, write_text, write_texts

WORKBOOK_ROWS = 100_000

Writer = Callable[[Responses, Path], None]


def write_responses(source: Source, request: ResponseRequest, path: Path) -> Responses:
    """Write the file; what it holds and what was hidden.  Raises: NotFound, Invalid."""
    check_response_format(request.kind)
    with open_responses(source, request) as found:
        if request.kind == "xlsx" and found.data.row_count > WORKBOOK_ROWS:
            raise Invalid(
                "{count} responses are more than the {most} a workbook is offered for",
                where="format",
                remedy="export as CSV, SPSS (.sav), Stata (.dta) or Parquet",
                count=found.data.row_count,
                most=WORKBOOK_ROWS,
            )
        WRITERS[request.kind](found, path)
        return found


def check_response_format(kind: str) -> None:
    """Raises: Invalid, naming the formats there are."""
    check_format(kind, WRITERS)


def _write_csv(found: Responses, path: Path) -> None:
    """DuckDB writes as it reads; the byte order mark goes with the first name."""
    first = found.data.variables[0].name
    marked = found.sql.replace(f'"{first}"', f'"{first}" AS "{BYTE_ORDER_MARK}{first}"', 1)
    found.rows.connection.execute(f"COPY ({marked}) TO {quoted(str(path))} (FORMAT csv, HEADER)")


def _write_jsonl(found: Responses, path: Path) -> None:
    found.rows.connection.execute(f"COPY ({found.sql}) TO {quoted(str(path))} (FORMAT json)")


def _write_parquet(found: Responses, path: Path) -> None:
    described = {variable.name: variable for variable in found.data.variables}
    writer: Any = None
    try:
        for batch in found.data.batches():
            if writer is None:
                fields = [described_field(field, described[field.name]) for field in batch.schema]
                schema = pa.schema(fields, metadata=file_metadata(found.data))
                writer = pq.ParquetWriter(path, schema, compression="zstd")
            writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=writer.schema))
    finally:
        if writer is not None:
            writer.close()


def _write_xlsx(found: Responses, path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        page = book.add_worksheet("responses")
        for i, variable in enumerate(found.data.variables):
            page.write_string(0, i, variable.name)
        page.freeze_panes(1, 0)
        _write_cells(page, found)
        write_texts(book, "method", [(line,) for line in found.data.notes])
        write_texts(book, "codebook", _codebook(found))


def _write_cells(page: Any, found: Responses) -> None:
    row = 0
    for batch in found.data.batches():
        for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            row += 1
            for i, value in enumerate(values):
                if isinstance(value, str):
                    write_text(page, (row, i), value)
                elif value is not None:
                    page.write_number(row, i, value)


def _codebook(found: Responses) -> list[tuple[str, str, str]]:
    lines = []
    for variable in found.data.variables:
        meanings: dict[Any, str] = {**variable.values, **variable.texts, **variable.missing}
        lines.append((variable.name, variable.label, "; ".join(f"{c} = {t}" for c, t in meanings.items())))
    return lines


def _write_sav(found: Responses, path: Path) -> None:
    write_sav(found.data, path)


def _write_dta(found: Responses, path: Path) -> None:
    write_dta(found.data, path)


WRITERS: Mapping[str, Writer] = {
    "csv": _write_csv,
    "xlsx": _write_xlsx,
    "sav": _write_sav,
    "dta": _write_dta,
    "parquet": _write_parquet,
    "jsonl": _write_jsonl,
    "zip": _write_csv,
}
"""In an archive the rows are CSV."""
RESPONSE_FORMATS = tuple(WRITERS)
