"""A table of estimates as a file in any format: which formats there are, and the calls that write them."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from sqlmodel import Session

from app.core.files import check_format
from app.core.language import translator
from app.results.exports.codebook import MEDIA_TYPES as PLAIN_TYPES
from app.results.exports.codebook import Described, ddi_xml
from app.results.exports.delimited import write_csv, write_json
from app.results.exports.labelled import Labelled
from app.results.exports.labelled_run import HIDDEN, labelled_run
from app.results.exports.parquet import write_run_parquet
from app.results.exports.sheet import Sheet, sheet_of
from app.results.exports.spss import write_sav
from app.results.exports.stata import write_dta
from app.results.exports.workbook import write_xlsx
from app.results.runs import Run
from app.results.words import DIMENSION_WORDS

Writer = Callable[[Sheet, Path, str], None]


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


TITLE = _("Satisfaction of citizens, round {round}, by {dimensions}")
EVERYTHING_TOGETHER = _("nothing: all together")

MEDIA_TYPES = {**PLAIN_TYPES, "csv": "text/csv; charset=utf-8"}


def write_run(sheet: Sheet, path: Path, kind: str, language: str) -> None:
    """Write the table.  Raises: Invalid for the format, and for what it cannot hold."""
    check_format(kind, FORMATS)
    WRITERS[kind](sheet, path, language)


def export_run(session: Session, run: Run, kind: str, *, language: str, digits: int = 0) -> bytes:
    """The whole file. `digits` asks for more decimals than are published. Raises: Invalid."""
    check_format(kind, FORMATS)
    sheet = sheet_of(session, run, language=language, digits=digits)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"results.{kind}")
        write_run(sheet, path, kind, language)
        return path.read_bytes()


def labelled_with_codes(sheet: Sheet, language: str) -> Labelled:
    """As SPSS and Stata get it: codes instead of hidden numbers."""
    return labelled_run(sheet, language, title=title_of(sheet, language))


def labelled_plain(sheet: Sheet, language: str) -> Labelled:
    """As CSV and Parquet get it: nothing where a number is hidden."""
    data = labelled_with_codes(sheet, language)
    kept = tuple(replace(v, missing={}) for v in data.variables if v.name != HIDDEN)
    return replace(data, variables=kept)


def title_of(sheet: Sheet, language: str) -> str:
    """`Satisfaction of citizens, round R, by unit, month`."""
    translate = translator(language)
    words = [translate(DIMENSION_WORDS[word]).lower() for word in sheet.run.by]
    return translate(TITLE).format(
        round=sheet.run.record.round_code,
        dimensions=", ".join(words) or translate(EVERYTHING_TOGETHER),
    )


def made_on(sheet: Sheet) -> date:
    return sheet.run.record.created_at.date()


def _write_sav(sheet: Sheet, path: Path, language: str) -> None:
    write_sav(labelled_with_codes(sheet, language), path)


def _write_dta(sheet: Sheet, path: Path, language: str) -> None:
    write_dta(labelled_with_codes(sheet, language), path)


def _write_parquet(sheet: Sheet, path: Path, language: str) -> None:
    write_run_parquet(sheet, path, labelled_plain(sheet, language))


def _write_ddi(sheet: Sheet, path: Path, language: str) -> None:
    described = Described(labelled_with_codes(sheet, language), f"{path.stem}.sav")
    path.write_bytes(ddi_xml([described], title=title_of(sheet, language), made_on=made_on(sheet)))


WRITERS: Mapping[str, Writer] = {
    "csv": write_csv,
    "xlsx": write_xlsx,
    "json": write_json,
    "sav": _write_sav,
    "dta": _write_dta,
    "parquet": _write_parquet,
    "xml": _write_ddi,
}
FORMATS = tuple(WRITERS)
