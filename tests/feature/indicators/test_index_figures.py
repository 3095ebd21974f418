"""Figures that press articles quote are entered, shown in that form and exported."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from builders.units import a_province_with_communes
from openpyxl import load_workbook

from app.accounts.actors import Actor, Grant
from app.accounts.service import COMMAND_LINE
from app.core.database import Database
from app.core.errors import Forbidden, Invalid, Problem
from app.core.tabular import Columns, Row, read_rows
from app.indicators import service, wording
from app.indicators.board import Asked, board
from app.indicators.entries import read_entry
from app.indicators.export import export
from app.indicators.lines import Line
from app.units.reading import Reading

HEADER = "indicator,part,unit,body,year,score,max,rank,of,change_points,change_ranks,source\n"
PRESS = """\
sipas,,24,Thị xã Việt Yên,2023,"80,9",,10,10,,−7,báo 2024
sipas,,24,Huyện Bình Liêu,2022,94.01,,12,13,-2.3,-10,báo 2023
egov,,24,Huyện Bình Liêu,2022,165.02,220,13,13,+35.34,-2,báo 2023
dgi,,24,Huyện Bình Liêu,2022,73.18,80,7,13,"+0,75",1,báo 2023
par_index,,24,Bình Dương,2020,86.93,100,4,63,,13,báo 2021
par_index,appraised,24,Bình Dương,2020,55.48,,,,,,báo 2021
par_index,sipas,24,Bình Dương,2020,8.82,10,,,,,báo 2021
par_index,leaders,24,Bình Dương,2020,20.27,,,,,,báo 2021
par_index,impact,24,Bình Dương,2020,2.36,,,,,,báo 2021
on_time,,24,Thị xã Việt Yên,2024-05,2553,2555,,,,,báo 2024
survey,,24,Bắc Ninh,2021,96.55,,,,,,báo 2021
"""


def rows_of(text: str, header: str = HEADER) -> list[Row]:
    return read_rows((header + text).encode(), "chi-so.csv", service.COLUMNS)


def lines_after(database: Database, text: str, **asked: str) -> dict[tuple[str, str], Line]:
    with database.write() as session:
        a_province_with_communes(session)
        service.import_values(session, rows_of(text), "chi-so.csv", by=COMMAND_LINE)
    with database.read() as session:
        return {(one.indicator, one.body): one for one in board(session, COMMAND_LINE, Asked(**asked))}


def refused(database: Database, text: str) -> Sequence[Problem]:
    with pytest.raises(Invalid) as found:
        lines_after(database, text)
    return found.value.problems


@pytest.fixture
def press(database: Database) -> dict[tuple[str, str], Line]:
    with database.write() as session:
        cells = {"year": "2021", "unit": "", "target": "95", "source": "QĐ 468/QĐ-TTg"}
        for indicator in ("sipas", "survey", "on_time"):
            service.set_target(session, {**cells, "indicator": indicator}, by=COMMAND_LINE)
    return lines_after(database, PRESS)


QUOTED = (
    ("sipas", "Thị xã Việt Yên", "80,9%", "10/10", "−7 hạng"),
    ("sipas", "Huyện Bình Liêu", "94,01%", "12/13", "−2,3 điểm phần trăm, −10 hạng"),
    ("egov", "Huyện Bình Liêu", "165,02/220 = 75,01%", "13/13", "+35,34 điểm nhưng −2 hạng"),
    ("dgi", "Huyện Bình Liêu", "73,18/80 = 91,48%", "7/13", "+0,75 điểm, +1 hạng"),
    ("par_index", "Bình Dương", "86,93/100", "4/63", "+13 hạng"),
    ("on_time", "Thị xã Việt Yên", "2.553/2.555 = 99,9%", "–", "–"),
    ("survey", "Bắc Ninh", "96,55%", "–", "–"),
)


def test_every_figure_of_the_press_is_shown_as_it_is_quoted(press: dict[tuple[str, str], Line]) -> None:
    shown = [
        (
            indicator,
            body,
            wording.value_text(press[indicator, body], "vi"),
            wording.rank_text(press[indicator, body]),
            wording.change_text(press[indicator, body], "vi"),
        )
        for indicator, body, *_ in QUOTED
    ]
    assert shown == list(QUOTED)


def test_the_parts_of_par_index_sum_to_it(press: dict[tuple[str, str], Line]) -> None:
    line = press["par_index", "Bình Dương"]
    assert line.total is not None
    assert line.total.agrees
    assert line.total.text("vi") == "55,48 + 8,82 + 20,27 + 2,36 = 86,93"
    assert [wording.value_text(part, "vi") for part in line.parts][1] == "8,82/10 = 88,20%"


def test_a_target_of_95_percent_is_met_or_not(press: dict[tuple[str, str], Line]) -> None:
    verdicts = {key: line.verdict for key, line in press.items() if line.target is not None}
    assert verdicts == {
        ("sipas", "Thị xã Việt Yên"): "not_met",
        ("sipas", "Huyện Bình Liêu"): "not_met",
        ("on_time", "Thị xã Việt Yên"): "met",
        ("survey", "Bắc Ninh"): "met",
    }
    assert wording.target_text(press["sipas", "Huyện Bình Liêu"], "vi") == "≥ 95%"


def test_every_figure_is_exported_with_its_digits(press: dict[tuple[str, str], Line]) -> None:
    lines = list(press.values())
    content = export(lines, "csv", language="vi").decode("utf-8-sig")
    table = {
        (row["indicator"], row["part"], row["body"]): row for row in csv.DictReader(io.StringIO(content))
    }
    quoted = {key: (row["score"], row["max"], row["share_pct"], row["rank"]) for key, row in table.items()}
    assert quoted["sipas", "", "Thị xã Việt Yên"] == ("80.9", "", "", "10")
    assert quoted["egov", "", "Huyện Bình Liêu"] == ("165.02", "220", "75.01", "13")
    assert quoted["on_time", "", "Thị xã Việt Yên"] == ("2553", "2555", "99.9", "")
    assert quoted["par_index", "impact", "Bình Dương"] == ("2.36", "", "", "")
    assert table["egov", "", "Huyện Bình Liêu"]["change_points"] == "35.34"
    assert table["egov", "", "Huyện Bình Liêu"]["change_ranks"] == "-2"
    sheet = load_workbook(io.BytesIO(export(lines, "xlsx", language="vi")))["indices"]
    header = [cell.value for cell in sheet[1]]
    by_name = [
        dict(zip(header, (cell.value for cell in row), strict=True)) for row in sheet.iter_rows(min_row=2)
    ]
    found = next(row for row in by_name if row["indicator"] == "egov")
    assert (found["score"], found["shown"]) == (165.02, "165,02/220 = 75,01%")


def test_a_change_is_computed_from_two_years_and_an_announced_one_that_differs_is_told(
    database: Database,
) -> None:
    lines = lines_after(
        database,
        "ddci,,24,,2023,80.86,100,1,10,,,báo\nddci,,24,,2024,82,100,3,10,1.31,,báo\n"
        "pci,,24,,2023,66.5,100,5,63,,,báo\npci,,24,,2024,67.10,100,9,63,,,báo\n",
    )
    assert wording.change_text(lines["pci", ""], "vi") == "+0,60 điểm nhưng −4 hạng"
    assert not lines["pci", ""].change.is_announced
    told = lines["ddci", ""].change
    assert (str(told.points), str(told.other)) == ("1.31", "1.14")


def test_the_survey_redesigned_in_2022_is_not_set_against_2021(database: Database) -> None:
    lines = lines_after(
        database, "sipas,,,Việt Nam,2021,87.16,,,,,,báo\nsipas,,,Việt Nam,2022,80.08,,,,,,báo\n"
    )
    change = lines["sipas", "Việt Nam"].change
    assert change.points is None
    assert change.is_break


@pytest.mark.parametrize(
    ("line", "where", "said"),
    [
        ("sipas,,24,,2023,108,,,,,,báo", "chi-so.csv:2:score", "not between 0 and 100"),
        ("egov,,24,,2023,230,220,,,,,báo", "chi-so.csv:2:score", "not between 0 and 220"),
        ("sipa,,24,,2023,80,,,,,,báo", "chi-so.csv:2:indicator", "is not known"),
        ("sipas,,7777,,2023,80,,,,,,báo", "chi-so.csv:2:unit", "unit code 7777 is not known"),
        ("sipas,,24,,23,80,,,,,,báo", "chi-so.csv:2:year", "is not a year"),
        ("sipas,,24,,2023,80,,12,10,,,báo", "chi-so.csv:2:rank", "rank 12 of 10"),
        ("sipas,,24,,2023,,,,,,,báo", "chi-so.csv:2:score", "neither a score nor a rank"),
        ("sipas,,24,,2023,80,,,,,,", "chi-so.csv:2:source", "is empty"),
        ("sipas,,,,2023,80,,,,,,báo", "chi-so.csv:2:unit", "nobody is named"),
        ("on_time,,24,,2023,2.553,2.555,,,,,báo", "chi-so.csv:2:score", "count of a count"),
        ("ddci,,24,,2023,1.234.5,,,,,,báo", "chi-so.csv:2:score", "is not a number"),
    ],
)
def test_a_mistake_is_named_by_line_and_column(line: str, where: str, said: str) -> None:
    reading = Reading("chi-so.csv")
    for row in rows_of(line):
        read_entry(reading, row, units={"24"})
    [problem] = reading.problems
    assert problem.where == where
    assert said in str(problem.message).format(**problem.fields)


def test_a_file_with_a_mistake_stores_nothing(database: Database) -> None:
    [problem] = refused(database, "ddci,,24,,2023,tám,,,,,,báo\ndgi,,24,,2022,73.18,80,7,13,,,báo\n")
    assert problem.where == "chi-so.csv:2:score"
    with database.read() as session:
        assert service.list_values(session, COMMAND_LINE) == []


def test_parts_that_do_not_sum_to_the_whole_are_refused(database: Database) -> None:
    wrong = PRESS.replace("20.27", "20.72")
    [problem] = refused(database, wrong)
    assert problem.fields["sum"] == "55,48 + 8,82 + 20,72 + 2,36 ≠ 86,93"


def test_importing_again_changes_only_what_differs(database: Database) -> None:
    lines_after(database, PRESS)
    with database.write() as session:
        again = service.import_values(
            session, rows_of(PRESS.replace("94.01", "94.02")), "chi-so.csv", by=COMMAND_LINE
        )
    assert (again.inserted, again.updated, again.unchanged) == (0, 1, 10)


def test_an_operator_enters_figures_of_its_own_units_alone(database: Database) -> None:
    operator = Actor("an", "staff", (Grant("operator", "/24/07777/"),))
    cells = {"indicator": "ddci", "year": "2023", "score": "80", "source": "báo"}
    with database.write() as session:
        a_province_with_communes(session)
        service.record_value(session, {**cells, "unit": "07777"}, by=operator)
    with pytest.raises(Forbidden), database.write() as session:
        service.record_value(session, {**cells, "unit": "07774"}, by=operator)
    stranger = Actor("binh", "staff", (Grant("viewer", "/24/07774/"),))
    with database.read() as session:
        assert board(session, stranger, Asked()) == []


def test_the_import_columns_are_the_documented_ones() -> None:
    guide = (Path(service.__file__).parents[2] / "docs" / "data-files.md").read_text(encoding="utf-8")
    assert isinstance(service.COLUMNS, Columns)
    assert [column for column in service.COLUMNS.known if f"`{column}`" not in guide] == []
