"""Tables of an edition as files: one table in one format, or everything in one archive, described."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from sqlmodel import Session, select

from app.accounts.service import is_within
from app.core.errors import Invalid
from app.core.files import check_format, write_whole
from app.core.language import translator
from app.results.editions import get_edition
from app.results.exports.codebook import Described, data_package, ddi_xml
from app.results.exports.run_files import (
    FORMATS,
    labelled_plain,
    labelled_with_codes,
    title_of,
    write_run,
)
from app.results.exports.sheet import Sheet, sheet_of
from app.results.runs import Run, get_run
from app.results.tables import Edition
from app.units.tables import Unit

PACKAGE_NAME, DDI_NAME, READ_ME_NAME = "datapackage.json", "codebook.ddi.xml", "README.txt"
CODED_KINDS = ("sav", "dta")
HEAVY_ROWS = 100_000
LIGHT_KINDS, EVERY_KIND = ("csv", "parquet"), ("csv", "parquet", "xlsx", "sav", "dta")


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


READ_ME = _(
    "Every table is here as CSV and Parquet; tables of up to {most} rows also as Excel, SPSS and Stata. "
    "datapackage.json and codebook.ddi.xml say what each column means. Larger tables can be had one by one."
)


@dataclass(frozen=True, slots=True)
class TableExport:
    """What is wanted: a table of an edition (none with `zip` is all of them) over these subtrees."""

    edition_id: str
    table: str
    kind: str
    language: str = "vi"
    within: tuple[str, ...] = ("/",)


def write_edition_file(session: Session, wanted: TableExport, path: Path) -> int:
    """Write the file; how many rows.  Raises: NotFound for the edition, Invalid for table and format."""
    edition = get_edition(session, wanted.edition_id)
    if wanted.kind == "zip":
        return _write_archive(session, edition, wanted, path)
    check_format(wanted.kind, FORMATS)
    sheet = table_sheet(session, edition, wanted.table, language=wanted.language, within=wanted.within)
    write_run(sheet, path, wanted.kind, wanted.language)
    return sheet.row_count


def table_sheet(
    session: Session, edition: Edition, table: str, *, language: str, within: Sequence[str] = ("/",)
) -> Sheet:
    """A table's published values, as far as somebody may see them.  Raises: Invalid."""
    if table not in edition.tables:
        raise Invalid(
            "the edition has no table {value}",
            where="table",
            remedy="use one of: {known}",
            value=repr(table),
            known=" | ".join(edition.tables),
        )
    run = get_run(session, edition.tables[table])
    return sheet_of(session, Run(run.record, _seen(session, run.rows, within)), language=language)


def file_stem(edition: Edition, table: str) -> str:
    """`2026-Q3-unit-month-1a2b3c4d`."""
    return "-".join([edition.round_code, table.replace(",", "-") or "all", edition.edition_id[:8]])


def _seen(session: Session, rows: pa.Table, within: Sequence[str]) -> pa.Table:
    if "/" in within:
        return rows
    units = session.exec(select(Unit))
    seen = [unit.unit_code for unit in units if any(is_within(unit.path, path) for path in within)]
    return rows.filter(pc.is_in(rows["unit_code"], pa.array(seen, pa.string())))


def _write_archive(session: Session, edition: Edition, wanted: TableExport, path: Path) -> int:
    folder, language = path.parent / f".{path.name}.d", wanted.language
    folder.mkdir()
    try:
        total, described = 0, list[Described]()
        for name in [wanted.table] if wanted.table else list(edition.tables):
            sheet = table_sheet(session, edition, name, language=language, within=wanted.within)
            described.append(_write_table(folder, sheet, file_stem(edition, name), language))
            total += sheet.row_count
        describe(folder, described, title=file_stem(edition, wanted.table), made_on=edition.created_at.date())
        text = translator(language)(READ_ME).format(most=HEAVY_ROWS)
        (folder / READ_ME_NAME).write_text(f"{text}\n\nedition: {edition.edition_id}\n", encoding="utf-8")
        pack(folder, path)
    finally:
        clear(folder)
    return total


def _write_table(folder: Path, sheet: Sheet, stem: str, language: str) -> Described:
    for kind in EVERY_KIND if sheet.row_count <= HEAVY_ROWS else LIGHT_KINDS:
        write_run(sheet, folder / f"{stem}.{kind}", kind, language)
    return Described(labelled_plain(sheet, language), f"{stem}.csv")


def describe(folder: Path, files: Sequence[Described], *, title: str, made_on: date) -> None:
    """The data package and the DDI codebook beside CSV files."""
    (folder / PACKAGE_NAME).write_bytes(data_package(files, title=title, made_on=made_on, folder=folder))
    (folder / DDI_NAME).write_bytes(ddi_xml(files, title=title, made_on=made_on))


def write_descriptions(session: Session, wanted: TableExport, path: Path) -> None:
    """Beside a file of one table: `name.ddi.xml` and `name.datapackage.json`."""
    edition = get_edition(session, wanted.edition_id)
    sheet = table_sheet(session, edition, wanted.table, language=wanted.language, within=wanted.within)
    coded = wanted.kind in CODED_KINDS
    labelled = (labelled_with_codes if coded else labelled_plain)(sheet, wanted.language)
    files, title = [Described(labelled, path.name)], title_of(sheet, wanted.language)
    made_on = edition.created_at.date()
    package = data_package(files, title=title, made_on=made_on, folder=path.parent)
    write_whole(path.with_suffix(".ddi.xml"), ddi_xml(files, title=title, made_on=made_on))
    write_whole(path.with_suffix(".datapackage.json"), package)


def pack(folder: Path, path: Path) -> None:
    """Every file of the folder into one archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)


def clear(folder: Path) -> None:
    """Take a folder of files away."""
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
