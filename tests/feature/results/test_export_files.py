"""Files of results: whole, harmless, and without a number where a figure is hidden."""

import csv
import io
import json
from pathlib import Path

import openpyxl
import pytest
from builders.results import COMMUNES, PROVINCE, ROUND, a_register, a_round, kiosk_answers
from typer.testing import CliRunner

from app.core.database import Database
from app.core.errors import Invalid, SurveyError
from app.core.files import write_whole
from app.results import service
from app.results.columns import columns_of
from app.results.exports.delimited import harmless
from app.results.request import EstimateRequest
from app.results.runs import Run
from app.results.tables import EstimateRun
from app.units.tables import Service

BY = ("unit", "service")
KEPT = {column.name for column in columns_of(BY) if column.kept}
TEXT = {column.name for column in columns_of(BY) if column.kind == "text"}


@pytest.fixture
def run(database: Database) -> Run:
    """Few answers in two communes, so that some figures are hidden."""
    with database.write() as session:
        a_register(session)
        version = a_round(session)["kiosk"]
        kiosk_answers(session, version, count=300, units=("07267", "07270"))
        kiosk_answers(session, version, count=9, seed=4, units=("07273",))
    return service.estimate(database, EstimateRequest(ROUND, BY, ("headline", "mean", "levels")))


def content(database: Database, run: Run, kind: str) -> bytes:
    with database.read() as session:
        return service.run_file(session, run.record.run_id, kind, language="vi")[0]


def csv_rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def test_a_csv_opens_in_a_spreadsheet_with_vietnamese_names(database: Database, run: Run) -> None:
    data = content(database, run, "csv")
    rows = csv_rows(data)
    assert data.startswith(b"\xef\xbb\xbf")
    assert list(rows[0]) == [column.name for column in columns_of(BY)]
    assert rows[0]["unit_name"] == "Bắc Ninh"
    assert len(rows) == run.record.row_count


def test_hidden_rows_carry_no_number_in_any_file(database: Database, run: Run) -> None:
    from_csv = csv_rows(content(database, run, "csv"))
    hidden = [row for row in from_csv if row["state"] == "suppressed"]
    assert hidden
    assert all(row[name] == "" for row in hidden for name in row if name not in KEPT)
    plain = json.loads(content(database, run, "json"))["rows"]
    assert [
        row
        for row in plain
        if row["state"] == "suppressed" and any(row[n] is not None for n in row if n not in KEPT)
    ] == []
    sheet = openpyxl.load_workbook(io.BytesIO(content(database, run, "xlsx")))["results"]
    names = [str(cell.value) for cell in sheet[1]]
    for cells in sheet.iter_rows(min_row=2, values_only=True):
        row = dict(zip(names, cells, strict=True))
        if row["state"] == "suppressed":
            assert not [name for name in names if name not in TEXT and row[name] is not None]


def test_the_three_files_hold_the_same_published_numbers(database: Database, run: Run) -> None:
    plain = json.loads(content(database, run, "json"))["rows"]
    from_csv = csv_rows(content(database, run, "csv"))
    sheet = openpyxl.load_workbook(io.BytesIO(content(database, run, "xlsx")))["results"]
    names = [str(cell.value) for cell in sheet[1]]
    from_xlsx = [
        dict(zip(names, cells, strict=True)) for cells in sheet.iter_rows(min_row=2, values_only=True)
    ]
    shown = [row["estimate"] for row in plain]
    assert shown == [float(row["estimate"]) if row["estimate"] else None for row in from_csv]
    assert shown == [row["estimate"] for row in from_xlsx]
    assert all(value is None or value == round(value, 2) for value in shown)


def test_text_that_looks_like_a_formula_cannot_run(database: Database, run: Run) -> None:
    names = {row["service_name"] for row in csv_rows(content(database, run, "csv"))}
    assert "'=Đăng ký kết hôn" in names
    book = openpyxl.load_workbook(io.BytesIO(content(database, run, "xlsx")))
    cells = [cell for row in book["results"].iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert "=Đăng ký kết hôn" in {cell.value for cell in cells}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_risky_beginnings_get_an_apostrophe(text: str) -> None:
    assert harmless(text) == f"'{text}"


def test_the_workbook_says_how_the_figures_were_made(database: Database, run: Run) -> None:
    book = openpyxl.load_workbook(io.BytesIO(content(database, run, "xlsx")))
    assert book.sheetnames == ["results", "method", "codebook", "disclosure"]
    method = {row[0]: row[1] for row in book["method"].iter_rows(values_only=True)}
    assert "không gồm sai lệch do người dân tự chọn trả lời" in str(method["Ý nghĩa của khoảng bất định"])
    assert "không phải Chỉ số SIPAS" in str(method["Tên gọi của số liệu"])
    assert method["Mã băm của các dòng kết quả"] == run.record.content_hash
    codebook = [row[0] for row in book["codebook"].iter_rows(values_only=True)]
    assert codebook == [column.name for column in columns_of(BY)]


def test_the_same_data_and_question_give_the_same_run(database: Database, run: Run) -> None:
    again = service.estimate(
        database, EstimateRequest(ROUND, ("service", "unit"), ("levels", "mean", "headline"))
    )
    assert again.record.run_id == run.record.run_id
    with database.read() as session:
        assert [found["run_id"] for found in service.list_runs(session, service.COMMAND_LINE)] == [
            run.record.run_id
        ]


def test_a_run_computed_again_from_nothing_has_the_same_rows(database: Database, run: Run) -> None:
    with database.write() as session:
        session.delete(session.get(EstimateRun, run.record.run_id))
    service.rebuild_lake(database)
    again = service.estimate(database, EstimateRequest(ROUND, BY, ("headline", "mean", "levels")))
    assert again.record.content_hash == run.record.content_hash


def test_a_run_stays_as_it_was_when_answers_come_in(database: Database, run: Run) -> None:
    before = content(database, run, "csv")
    with database.write() as session:
        version = run.record.form_versions[-1]
        kiosk_answers(session, version, count=30, seed=77)
    newer = service.estimate(database, EstimateRequest(ROUND, BY, ("headline", "mean", "levels")))
    assert newer.record.run_id != run.record.run_id
    assert content(database, run, "csv") == before


def test_an_unknown_format_names_the_known_ones(database: Database, run: Run) -> None:
    with pytest.raises(Invalid) as caught:
        content(database, run, "pdf")
    assert caught.value.problem.fields["known"] == "csv, xlsx, json, sav, dta, parquet, xml"


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    target = tmp_path / "there"
    target.mkdir()
    with pytest.raises(Invalid):
        write_whole(target, b"rows")
    assert list(tmp_path.iterdir()) == [target]


def command(*words: str) -> object:
    import typer

    from app.results.commands import estimate

    app = typer.Typer()
    app.command()(estimate)
    return CliRunner().invoke(app, list(words), catch_exceptions=True)


def test_the_command_writes_the_file_its_name_asks_for(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "kết quả.csv"
    result = command("--round", ROUND, "--by", "unit,service", "--out", str(path))
    assert result.exit_code == 0, result.output  # type: ignore[attr-defined]
    rows = csv_rows(path.read_bytes())
    assert {row["unit_code"] for row in rows} <= {PROVINCE, *COMMUNES}
    assert {row["formula"] for row in rows} >= {"satisfied_share", "mean_score", "level_share"}
    assert {row["partial_rule"] for row in rows} == {"complete_and_usable", "complete_only"}


def test_more_digits_can_be_asked_for(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "all.json"
    command("--round", ROUND, "--measures", "headline", "--digits", "10", "--out", str(path))
    exact = {row["unit_code"]: row["estimate"] for row in json.loads(path.read_bytes())["rows"]}
    command("--round", ROUND, "--measures", "headline", "--out", str(path))
    published = {row["unit_code"]: row["estimate"] for row in json.loads(path.read_bytes())["rows"]}
    assert exact[PROVINCE] != published[PROVINCE]
    assert exact[PROVINCE] == pytest.approx(published[PROVINCE], abs=0.005)


@pytest.mark.parametrize(
    ("words", "where"),
    [
        (("--round", "nope"), "round"),
        (("--round", ROUND, "--by", "ward"), "by"),
        (("--round", ROUND, "--out", "results.pdf"), "out"),
        (("--round", ROUND, "--out", "no-such-folder/results.csv"), "out"),
    ],
)
def test_a_wrong_command_is_told_in_words(run: Run, words: tuple[str, ...], where: str) -> None:
    result = command(*words)
    assert isinstance(result.exception, SurveyError)  # type: ignore[attr-defined]
    assert result.exception.problem.where == where  # type: ignore[attr-defined]


def test_services_renamed_later_show_in_a_new_run(database: Database, run: Run) -> None:
    with database.write() as session:
        known = session.get(Service, "1.001")
        assert known is not None
        known.name = "Đăng ký khai sinh lưu động"
        session.add(known)
    newer = service.estimate(database, EstimateRequest(ROUND, BY, ("headline", "mean", "levels")))
    assert "Đăng ký khai sinh lưu động" in newer.rows["service_name"].to_pylist()
    assert "Đăng ký khai sinh lưu động" not in run.rows["service_name"].to_pylist()
