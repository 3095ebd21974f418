"""Files of results: odd texts stay whole and harmless, hidden numbers say why, codebooks describe files."""

import csv
import io
import json
import zipfile
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from builders.province import ROUND
from typer.testing import CliRunner

from app.accounts.service import Actor, Grant
from app.cli import cli
from app.core.database import Database
from app.core.errors import Forbidden, Invalid
from app.core.language import translator
from app.results.editions import newest
from app.results.exports.codebook import DDI, Described, ddi_xml
from app.results.exports.delimited import harmless
from app.results.exports.edition_files import TableExport, table_sheet
from app.results.exports.labelled import Labelled, Variable
from app.results.exports.labelled_run import HIDING_REASONS
from app.results.exports.run_files import labelled_with_codes, write_run
from app.results.exports.service import export_edition, taken
from app.results.exports.sheet import Sheet
from app.results.exports.spss import write_sav
from app.results.exports.stata import write_dta
from app.results.runs import Run
from app.results.tables import Edition
from app.results.words import reason_text

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NAUGHTY = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "＝1+1",
    '=HYPERLINK("http://127.0.0.1","x")',
    "=cmd|'/c calc'!A0",
    'a"b,c;d\ne',
    "'=1",
    "😀 Phường Nếnh 👍",
    "\u202eđảo",
    "NULL",
    "1e308",
    "007",
    "é" * 10_000,
)


@pytest.fixture(scope="module")
def edition(province: Database) -> Edition:
    with province.read() as session:
        found = newest(session, ROUND)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def sheet(province: Database, edition: Edition) -> Sheet:
    with province.read() as session:
        return table_sheet(session, edition, "unit,field", language="vi")


def naughty(sheet: Sheet, texts: tuple[str, ...] = NAUGHTY) -> Sheet:
    """As many rows as odd names, each name a unit's."""
    rows = sheet.run.rows.slice(0, len(texts))
    place = rows.schema.get_field_index("unit_name")
    return Sheet(Run(sheet.run.record, rows.set_column(place, "unit_name", pa.array(texts))), sheet.labels)


def test_no_cell_of_a_csv_begins_as_a_formula_and_no_text_is_lost(sheet: Sheet, tmp_path: Path) -> None:
    write_run(naughty(sheet), tmp_path / "r.csv", "csv", "vi")
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    texts = [cell for row in rows for cell in row if not _is_number(cell)]
    assert [cell for cell in texts if cell.lstrip(" \u00a0").startswith(RISKY)] == []
    names = [row[rows[0].index("unit_name")] for row in rows[1:]]
    assert names == [harmless(text) for text in NAUGHTY]
    assert [name for name, text in zip(names, NAUGHTY, strict=True) if name not in (text, f"'{text}")] == []


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_no_cell_of_a_workbook_is_a_formula_or_a_link(sheet: Sheet, tmp_path: Path) -> None:
    write_run(naughty(sheet), tmp_path / "r.xlsx", "xlsx", "vi")
    book = openpyxl.load_workbook(io.BytesIO((tmp_path / "r.xlsx").read_bytes()))
    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert [cell for cell in cells if cell.hyperlink] == []
    header, *rows = book["results"].iter_rows(values_only=True)
    names = [str(row[header.index("unit_name")]) for row in rows]
    assert [name.replace("_x000D_", "\r") for name in names] == list(NAUGHTY)


@pytest.mark.parametrize("kind", ["json", "parquet", "sav"])
def test_odd_texts_come_back_as_they_were(kind: str, sheet: Sheet, tmp_path: Path) -> None:
    path = tmp_path / f"r.{kind}"
    write_run(naughty(sheet), path, kind, "vi")
    if kind == "json":
        names = [row["unit_name"] for row in json.loads(path.read_text(encoding="utf-8"))["rows"]]
    elif kind == "parquet":
        names = pq.read_table(path)["unit_name"].to_pylist()
    else:
        names = pyreadstat.read_sav(str(path))[0]["unit_name"].tolist()
    assert names == list(NAUGHTY)


def test_stata_refuses_a_text_it_cannot_hold_and_keeps_the_others(sheet: Sheet, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"unit_name .* 20000 bytes"):
        write_run(naughty(sheet), tmp_path / "r.dta", "dta", "vi")
    write_run(naughty(sheet, NAUGHTY[:-1]), tmp_path / "r.dta", "dta", "vi")
    assert pd.read_stata(tmp_path / "r.dta")["unit_name"].tolist() == list(NAUGHTY[:-1])


@pytest.mark.parametrize("kind", ["sav", "dta"])
def test_an_empty_sign_inside_a_text_is_refused_where_it_would_cut_the_text(
    kind: str, sheet: Sheet, tmp_path: Path
) -> None:
    with pytest.raises(Invalid, match="empty sign"):
        write_run(naughty(sheet, ("a\0b",)), tmp_path / f"r.{kind}", kind, "vi")


def test_a_cell_too_long_for_a_workbook_is_refused(sheet: Sheet, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="40000 letters"):
        write_run(naughty(sheet, ("x" * 40_000,)), tmp_path / "r.xlsx", "xlsx", "vi")


def test_hidden_numbers_are_missing_with_their_reason_in_spss_and_stata(sheet: Sheet, tmp_path: Path) -> None:
    protected = sum(
        state == "suppressed" and "too_few_people" in reasons
        for state, reasons in zip(sheet.values["state"], sheet.values["reasons"], strict=True)
    )
    why = translator("vi")(reason_text("too_few_people"))
    assert protected
    write_run(sheet, tmp_path / "r.sav", "sav", "vi")
    write_run(sheet, tmp_path / "r.dta", "dta", "vi")
    sav, meta = pyreadstat.read_sav(str(tmp_path / "r.sav"), user_missing=True)
    words = {text: code for code, text in meta.variable_value_labels["estimate"].items()}
    code = words[why]
    assert (sav["estimate"] == code).sum() == (sav["n"] == code).sum() == protected
    stata, labels = pyreadstat.read_dta(str(tmp_path / "r.dta"), user_missing=True)
    letters = {text: letter for letter, text in labels.variable_value_labels["hidden_reason"].items()}
    letter = letters[why]
    assert (stata["hidden_reason"] == letter).sum() == (stata["estimate"] == letter).sum() == protected
    plain = pd.read_stata(tmp_path / "r.dta")
    assert plain["estimate"].isna().sum() == sheet.values["estimate"].count(None)


def test_labels_too_long_for_a_format_stand_whole_in_its_notes(tmp_path: Path) -> None:
    label, meaning = ("Câu hỏi " * 40).strip(), ("Trả lời " * 30).strip()
    variable = Variable("a", "whole", label, values={1: meaning}, missing={-2: "không hỏi"})
    batch = pa.RecordBatch.from_pydict({"a": pa.array([1, -2, None], pa.int8())})
    data = Labelled("Đợt", "vi", (variable,), 3, lambda: iter([batch]), {"run_id": "r1"}, ("ghi chú",))
    write_dta(data, tmp_path / "r.dta")
    write_sav(data, tmp_path / "r.sav")
    frame, stata = pyreadstat.read_dta(str(tmp_path / "r.dta"), user_missing=True)
    assert frame["a"].tolist()[:2] == [1, "a"]
    assert len(stata.column_names_to_labels["a"]) <= 80
    assert stata.column_names_to_labels["a"].endswith(" …")
    assert f"a: {label}" in stata.notes
    frame, spss = pyreadstat.read_sav(str(tmp_path / "r.sav"))
    assert frame["a"].isna().tolist() == [False, True, True]
    assert len(spss.variable_value_labels["a"][1.0].encode()) <= 120
    assert (
        f"a: {label}".split() == " ".join(spss.notes).split()[3 : 3 + 81] or label.split()[0] in spss.notes[3]
    )
    assert " ".join(spss.notes).count("Trả lời") == 30


def test_the_archive_of_an_edition_holds_every_table_described(
    province: Database, edition: Edition, tmp_path: Path
) -> None:
    made = export_edition(province, TableExport(edition.edition_id, "unit,month", "zip"), tmp_path / "r.zip")
    with zipfile.ZipFile(tmp_path / "r.zip") as archive:
        names = archive.namelist()
        package = json.loads(archive.read("datapackage.json"))
        root = ET.fromstring(archive.read("codebook.ddi.xml"))
        resource = package["resources"][0]
        rows = list(csv.reader(io.StringIO(archive.read(resource["path"]).decode("utf-8-sig"))))
    assert {name.rsplit(".", 1)[-1] for name in names} == {
        "csv",
        "parquet",
        "xlsx",
        "sav",
        "dta",
        "json",
        "xml",
        "txt",
    }
    assert [field["name"] for field in resource["schema"]["fields"]] == rows[0]
    assert len(rows) - 1 == made.rows
    space = {"d": DDI}
    assert [v.get("name") for v in root.findall("d:dataDscr/d:var", space)] == rows[0]
    assert root.findtext("d:fileDscr/d:fileTxt/d:dimensns/d:caseQnty", "", space) == str(made.rows)
    assert root.findtext("d:stdyDscr/d:citation/d:titlStmt/d:IDNo", "", space) == ROUND


def test_the_codebook_names_every_missing_code(sheet: Sheet) -> None:
    data = labelled_with_codes(sheet, "vi")
    root = ET.fromstring(ddi_xml([Described(data, "r.sav")], title="Đợt", made_on=date(2026, 10, 1)))
    variable = root.find(f".//{{{DDI}}}var[@name='estimate']")
    assert variable is not None
    missing = variable.findall(f"{{{DDI}}}catgry[@missing='Y']")
    assert len(missing) == len(HIDING_REASONS)
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "vi"


def test_parquet_says_which_run_it_is_and_what_each_column_means(sheet: Sheet, tmp_path: Path) -> None:
    write_run(sheet, tmp_path / "r.parquet", "parquet", "vi")
    schema = pq.read_schema(tmp_path / "r.parquet")
    told = json.loads(schema.metadata[b"sipas"])
    assert told["content_hash"] == sheet.run.record.content_hash
    assert schema.field("estimate").metadata[b"label"].decode() == "Ước lượng có trọng số"


def test_an_analyst_of_one_unit_gets_the_rows_of_that_unit(
    province: Database, edition: Edition, tmp_path: Path
) -> None:
    own = Actor("lan", "staff", (Grant("analyst", "/24/07795/"),))
    wanted = TableExport(edition.edition_id, "unit", "csv")
    export_edition(province, wanted, tmp_path / "r.csv", actor=own)
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {row["unit_code"] for row in csv.DictReader(file)} == {"07795"}
    with province.read() as session:
        assert (taken(session)[0].who, taken(session)[0].units) == ("lan", "/24/07795/")
    viewer = Actor("hoa", "staff", (Grant("viewer", "/"),))
    with pytest.raises(Forbidden):
        export_edition(province, wanted, tmp_path / "r.csv", actor=viewer)


def test_the_command_writes_the_file_and_its_descriptions(province: Database, tmp_path: Path) -> None:
    path = tmp_path / "kết quả.sav"
    words = ["results", "export", "--round", ROUND, "--table", "unit", "--out", str(path)]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 0, result.output
    assert {one.name for one in tmp_path.iterdir()} == {
        "kết quả.sav",
        "kết quả.ddi.xml",
        "kết quả.datapackage.json",
    }
    unknown = CliRunner().invoke(
        cli, ["results", "export", "--round", ROUND, "--table", "ward", "--out", str(path)]
    )
    assert isinstance(unknown.exception, Invalid)
    assert "unit,service" in str(unknown.exception.problem.fields["known"])
