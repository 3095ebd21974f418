"""Reports say what the edition holds, no more, in files that open and can be read by everybody."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import typst
from builders.accounts import signed_in
from builders.in_process import in_process
from builders.province import FELL, PROVINCE, ROUND, SEEMED
from docx import Document
from docx.oxml.ns import qn
from typer.testing import CliRunner

from app.accounts.trail import TrailQuestion, read_trail
from app.cli import cli
from app.core.database import Database
from app.core.errors import SurveyError
from app.results.editions import newest
from app.results.reading import Estimate, open_edition
from app.results.reports import service
from app.results.reports.as_pdf import as_pdf
from app.results.reports.content import Letterhead, Picture, Report
from app.results.rounding import rounded_column

PLACE = re.compile(r"(\d+)/10")
FORMULA_HIDDEN = "…"


@pytest.fixture(scope="module")
def files(province: Database) -> dict[str, bytes]:
    """Both kinds for the unit that fell, and the Word file of the one that only seemed to."""
    wanted = {"pdf": (FELL, "pdf"), "docx": (FELL, "docx"), "seemed": (SEEMED, "docx")}
    with province.read() as session:
        edition = service.edition_for(session, ROUND)
        return {
            name: service.report_file(session, edition, unit, kind).content
            for name, (unit, kind) in wanted.items()
        }


@pytest.fixture(scope="module")
def criteria(province: Database) -> list[Estimate]:
    with province.read() as session:
        edition = newest(session, ROUND)
        assert edition is not None
        tables = open_edition(session, edition)
        keys = [f.key for f in tables.figures if f.kind == "criterion"]
        return tables.rows(unit=FELL, figure=keys)


def shown(value: float) -> str:
    return f"{rounded_column(np.array([value]), 2)[0]:.2f}".replace(".", ",")


def pdf_text(content: bytes) -> str:
    with pypdfium2.PdfDocument(content) as document:
        return " ".join(page.get_textpage().get_text_range() for page in document)


def docx_text(content: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in Document(io.BytesIO(content)).paragraphs)


def docx_rows(content: bytes) -> Iterator[list[str]]:
    for table in Document(io.BytesIO(content)).tables:
        for row in table.rows:
            yield [cell.text for cell in row.cells]


def test_every_published_criterion_stands_in_both_files_with_its_interval(
    files: dict[str, bytes], criteria: list[Estimate]
) -> None:
    published = [row for row in criteria if row.estimate is not None]
    assert len(published) >= 10
    rows, text = list(docx_rows(files["docx"])), re.sub(r"\s+", " ", pdf_text(files["pdf"]))
    for row in published:
        assert row.low is not None
        assert row.high is not None
        numbers = [shown(row.estimate or 0.0), f"{shown(row.low)} – {shown(row.high)}", str(row.n)]
        assert [row.figure_name, *numbers] in [cells[:4] for cells in rows]
        assert " ".join(numbers) in text


def test_a_fall_is_called_one_and_what_only_seems_one_is_not(files: dict[str, bytes]) -> None:
    assert "tỷ lệ hài lòng giảm" in docx_text(files["docx"])
    seemed = docx_text(files["seemed"])
    assert "không phân biệt được là có thay đổi" in seemed
    assert "tỷ lệ hài lòng giảm" not in seemed


def test_a_place_that_is_sure_is_told_as_such(files: dict[str, bytes]) -> None:
    sentence = next(
        line for line in docx_text(files["docx"]).split("\n") if "trong các đơn vị cùng cấp" in line
    )
    place = PLACE.search(sentence)
    assert place is not None
    assert place[1] == "10"
    assert "đó cũng là thứ hạng thật" in sentence


def test_a_place_that_is_not_sure_is_told_with_the_places_it_could_be(files: dict[str, bytes]) -> None:
    seemed = docx_text(files["seemed"])
    place = int(PLACE.findall(seemed)[0])
    best, worst = re.findall(r"thứ hạng thật nằm từ (\d+) đến (\d+)", seemed)[0]
    assert int(best) <= place <= int(worst)
    assert best != worst


def test_hidden_figures_leave_no_number_and_their_reason_is_told(
    province: Database, files: dict[str, bytes]
) -> None:
    with province.read() as session:
        edition = newest(session, ROUND)
        assert edition is not None
        tables = open_edition(session, edition)
        hidden = [r for r in tables.rows("field", unit=FELL, figure=tables.headline) if not r.is_published]
    assert hidden
    rows = list(docx_rows(files["docx"]))
    for row in hidden:
        cells = next(cells for cells in rows if cells[0] == row.names["field"])
        assert cells[1:4] == [FORMULA_HIDDEN] * 3
        assert cells[4]
    assert "không công bố" in docx_text(files["docx"])


def test_the_word_file_has_headings_repeated_headers_picture_words_and_its_language(
    files: dict[str, bytes],
) -> None:
    document = Document(io.BytesIO(files["docx"]))
    headings = [p.text for p in document.paragraphs if p.style.name.startswith("Heading")]
    assert headings[0] == "BÁO CÁO"
    assert headings[1].startswith("I. ")
    data_tables = [table for table in document.tables if table.style.name == "Table Grid"]
    assert data_tables
    assert all(t.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None for t in data_tables)
    pictures = document.inline_shapes
    assert len(pictures) >= 2
    assert all(len(one._inline.docPr.get("descr")) > 20 for one in pictures)
    assert document.core_properties.language == "vi-VN"


def test_the_pdf_is_tagged_titled_and_in_its_language(files: dict[str, bytes]) -> None:
    assert b"/MarkInfo" in files["pdf"] or b"/StructTreeRoot" in files["pdf"]
    assert b"pdfuaid" in files["pdf"]
    with pypdfium2.PdfDocument(files["pdf"]) as document:
        assert "Mức độ hài lòng" in document.get_metadata_value("Title")


def test_the_accessible_standard_refuses_a_picture_without_words() -> None:
    head = Letterhead("", "Sở Nội vụ", "Số:", "Bắc Ninh", (), "")
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="5" height="5"/></svg>'
    silent = Report("vi", head, "Báo cáo", "thử", (Picture("Hình", "", svg),), "")
    spoken = Report("vi", head, "Báo cáo", "thử", (Picture("Hình", "một ô vuông", svg),), "")
    assert as_pdf(spoken).startswith(b"%PDF")
    with pytest.raises(typst.TypstError, match="PDF/UA-1"):
        as_pdf(silent)


def test_the_sheet_of_every_unit_is_one_page(province: Database, tmp_path: Path) -> None:
    out = tmp_path / "sheets"
    done = CliRunner().invoke(
        cli, ["report", "--round", ROUND, "--all", "--unit", PROVINCE, "--sheet", "--out", str(out)]
    )
    assert done.exit_code == 0, done.output
    made = sorted(out.iterdir())
    assert len(made) == 11
    for path in made:
        with pypdfium2.PdfDocument(path) as document:
            assert len(document) == 1


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (["--unit", "99999", "--out", "x.pdf"], "unit"),
        (["--out", "x.pdf"], "unit"),
        (["--unit", FELL, "--out", "x.doc"], "out"),
        (["--unit", FELL, "--out", "no/folder/x.pdf"], "out"),
        (["--unit", FELL, "--sheet", "--annex", "--out", "x.pdf"], "annex"),
        (["--unit", FELL, "--edition", "nothing", "--out", "x.pdf"], "edition"),
    ],
)
def test_a_wrong_request_names_its_place_and_writes_nothing(
    province: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], place: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, ["report", "--round", ROUND, *arguments])
    assert isinstance(done.exception, SurveyError)
    assert done.exception.render(str)["where"] == place
    assert list(tmp_path.iterdir()) == []


@pytest.mark.anyio
async def test_the_page_gives_the_report_with_its_annex_and_writes_down_who_took_it(
    province: Database,
) -> None:
    async with in_process() as client:
        signed_in(client, province, role="analyst")
        asked = {"round": ROUND, "unit": FELL, "kind": "docx", "annex": "yes"}
        answer = await client.get("/console/reports/file", params=asked)
    assert answer.headers["content-disposition"].startswith('attachment; filename="bao-cao-chi-tiet-')
    headings = [p.text for p in Document(io.BytesIO(answer.content)).paragraphs if "Heading" in p.style.name]
    assert any(text.endswith("Phụ lục: số liệu chi tiết") for text in headings)
    with province.read() as session:
        taken = read_trail(session, TrailQuestion(action="report.taken")).entries
    assert [(one.detail["unit"], one.detail["file"][:17]) for one in taken] == [(FELL, "bao-cao-chi-tiet-")]


CODES = re.compile(r"\b[a-z]+_[a-z_]+\b|\b\d{4}-\d{2}(?:-\d{2})?\b|\bL\d: \d")


def test_a_report_speaks_words_and_not_codes(files: dict[str, bytes]) -> None:
    text = "\n".join([docx_text(files["docx"]), *(" | ".join(row) for row in docx_rows(files["docx"]))])
    assert CODES.findall(text) == []
    told = {row[0]: row[1] for row in docx_rows(files["docx"]) if len(row) == 2}
    assert told["Cơ sở mẫu"] == "người dân tự chọn trả lời; không phải mẫu rút ngẫu nhiên"
    assert told["Thời gian"] == "01/07/2026 – 30/09/2026"
    assert re.fullmatch(r"\d{1,3}(\.\d{3})+", told["Quy mô tổng thể"])
    assert told["Phạm vi đơn vị được xem"] == "mọi đơn vị của đợt"
    assert CODES.findall(pdf_text(files["pdf"])) == []


def test_machines_keep_the_codes_in_the_method_sheet(province: Database) -> None:
    with province.read() as session:
        edition = newest(session, ROUND)
        assert edition is not None
        labels = open_edition(session, edition).labels
    facts, method = dict(labels.facts), dict(labels.method)
    assert (facts["Cơ sở mẫu"], facts["Tổng thể"]) == ("opt_in", "finished_dossiers")
    assert facts.keys() == method.keys()
    assert facts["Lần tính"] == method["Lần tính"]


def test_the_forms_of_all_ways_of_answering_add_up(province: Database) -> None:
    with province.read() as session:
        edition = service.edition_for(session, ROUND)
        content = service.report_file(session, edition, PROVINCE, "docx").content
    pairs = [row for row in docx_rows(content) if len(row) == 2]
    rows = {name: told.replace(".", "") for name, told in pairs if told[:1].isdigit()}
    by_mode = {name: int(count) for name, count in rows.items() if name.startswith("Phiếu trả lời: ")}
    assert len(by_mode) == 4
    assert sum(by_mode.values()) == int(rows["Phiếu được tính"])
    assert re.fullmatch(
        r"\d+,\d\d \(\d+,\d\d – \d+,\d\d\)", rows["Hài lòng, nếu chỉ tính phiếu trọn vẹn (%)"]
    )
