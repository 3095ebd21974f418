"""Units, services and volumes come in by the public commands, all or nothing."""

import io
from pathlib import Path

import pytest
from builders.units import a_province_with_communes, some_services
from openpyxl import Workbook
from sqlmodel import select
from typer.testing import CliRunner

from app.cli import cli
from app.core.database import Database
from app.core.errors import Invalid, NotFound
from app.units.service import get_unit, list_units, volumes_of
from app.units.tables import Service, Unit, Volume

UNITS = "code,name,kind,parent_code\n07777,Phường Việt Yên,ward,24\n24,Tỉnh Bắc Ninh,province,\n"
HEADER = "unit_code,service_code,submission,month,finished,on_time,late\n"
VOLUMES = HEADER + "07777,1.004194,online,2026-10,120,100,20\n"


def run(*words: str) -> str:
    result = CliRunner().invoke(cli, words, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def a_file(home: Path, content: str | bytes, name: str = "units.csv") -> str:
    path = home / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def refusals(*words: str) -> dict[str, str]:
    """What the import tells, message by place."""
    with pytest.raises(Invalid) as caught:
        CliRunner().invoke(cli, words, catch_exceptions=False)
    told = caught.value
    problems = told.problems or (told.problem,)
    assert all(problem.remedy for problem in problems)
    return {problem.where: str(problem.message).format(**problem.fields) for problem in problems}


def units_in(database: Database) -> dict[str, Unit]:
    with database.read() as session:
        return {unit.unit_code: unit for unit in session.exec(select(Unit)).all()}


def test_a_parent_may_stand_below_its_children_in_the_file(home: Path, database: Database) -> None:
    assert "2 mới" in run("units", "import", a_file(home, UNITS))
    assert units_in(database)["07777"].path == "/24/07777/"


@pytest.mark.parametrize(
    "content",
    [UNITS.encode("utf-8-sig"), UNITS.replace(",", ";").encode(), UNITS.replace("\n", "\r\n").encode()],
    ids=["byte order mark", "semicolons", "windows lines"],
)
def test_what_spreadsheets_save_as_csv_is_read(home: Path, database: Database, content: bytes) -> None:
    run("units", "import", a_file(home, content))
    assert units_in(database)["07777"].name == "Phường Việt Yên"


def test_a_workbook_is_read_like_a_csv(home: Path, database: Database) -> None:
    book, buffer = Workbook(), io.BytesIO()
    for line in UNITS.splitlines():
        book.active.append(line.split(","))
    book.save(buffer)
    run("units", "import", a_file(home, buffer.getvalue(), "units.xlsx"))
    assert set(units_in(database)) == {"24", "07777"}


def test_a_second_import_changes_only_what_differs(home: Path, database: Database) -> None:
    run("units", "import", a_file(home, UNITS))
    assert "0 mới, 0 thay đổi, 2 giữ nguyên" in run("units", "import", a_file(home, UNITS))
    renamed = UNITS.replace("Phường Việt Yên", "Phường Nếnh")
    assert "0 mới, 1 thay đổi, 1 giữ nguyên" in run("units", "import", a_file(home, renamed))
    assert units_in(database)["07777"].name == "Phường Nếnh"


def test_a_dry_run_checks_and_stores_nothing(home: Path, database: Database) -> None:
    assert "2 mới" in run("units", "import", a_file(home, UNITS), "--dry-run")
    assert units_in(database) == {}


def test_one_wrong_row_keeps_the_whole_file_out_and_every_mistake_is_named(
    home: Path, database: Database
) -> None:
    rows = "05001,,commune,24\n05002,Xã B,village,\n05003,Xã C,commune,99\n24,Tỉnh Bắc Ninh,province,\n"
    assert refusals("units", "import", a_file(home, UNITS + rows)) == {
        "units.csv:4:name": "name is empty",
        "units.csv:5:kind": "village is not known",
        "units.csv:6:parent_code": "unit code 99 is not known",
        "units.csv:7:code": "this row repeats line 3",
    }
    assert units_in(database) == {}


def test_units_cannot_stand_below_each_other_in_a_circle(home: Path) -> None:
    circle = "code,name,kind,parent_code\nA,Sở A,other,B\nB,Sở B,other,A\n"
    assert refusals("units", "import", a_file(home, circle)) == {
        "units.csv:2:parent_code": "unit B is below this unit already",
        "units.csv:3:parent_code": "unit A is below this unit already",
    }


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("code,name\n24,Bắc Ninh\n", {"units.csv:1:kind": "column kind is missing"}),
        ("code,name,kind,colour\n", {"units.csv:1:colour": "column colour is not known"}),
        ("code,name,kind,name\n", {"units.csv:1:name": "column name appears twice"}),
        ("", {"units.csv": "units.csv is empty"}),
        (
            UNITS + "05001,Xã A, B,commune,24\n",
            {"units.csv:4": "line 4 has 5 cells, the header 4"},
        ),
        (
            UNITS.encode("utf-16"),
            {"units.csv:1": "units.csv is not UTF-8: line 1 holds the byte 0xff"},
        ),
        (
            UNITS.encode("cp1258", errors="replace"),
            {"units.csv:2": "units.csv is not UTF-8: line 2 holds the byte 0xfd"},
        ),
        ('code,name,kind\n24,"Bắc Ninh,province\n', {"units.csv:2": "line 2 cannot be read as CSV"}),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_with_its_place(
    home: Path, content: str | bytes, told: dict[str, str]
) -> None:
    assert refusals("units", "import", a_file(home, content)) == told


def test_a_file_that_is_no_workbook_is_told(home: Path) -> None:
    assert refusals("units", "import", a_file(home, UNITS, "units.xlsx")) == {
        "units.xlsx": "units.xlsx is not an XLSX workbook"
    }


def test_a_unit_that_moves_takes_those_below_it_along(home: Path, database: Database) -> None:
    run("units", "import", a_file(home, UNITS + "H1,Trung tâm,other,07777\n27,Tỉnh Mới,province,\n"))
    moved = "code,name,kind,parent_code\n07777,Phường Việt Yên,ward,27\n"
    run("units", "import", a_file(home, moved))
    assert units_in(database)["H1"].path == "/27/07777/H1/"


def test_a_column_the_file_does_not_have_stays_as_it_was(home: Path, database: Database) -> None:
    run("units", "import", a_file(home, UNITS))
    run("units", "import", a_file(home, "code,name,kind\n07777,Phường Nếnh,ward\n"))
    assert units_in(database)["07777"].parent_code == "24"


def test_units_are_listed_in_vietnamese_order(home: Path, database: Database) -> None:
    names = ["Ân Thi", "Ăn Hải", "An Đạo", "Đại Từ", "Dương Hòa", "an bình", "Bà Nà", "Bạ Na"]
    rows = "".join(f"U{place},{name},other\n" for place, name in enumerate(names))
    run("units", "import", a_file(home, "code,name,kind\n" + rows))
    with database.read() as session:
        listed = [unit.name for unit in list_units(session)]
    assert listed == ["an bình", "An Đạo", "Ăn Hải", "Ân Thi", "Bà Nà", "Bạ Na", "Dương Hòa", "Đại Từ"]


def test_services_come_in_by_their_national_code(home: Path, database: Database) -> None:
    content = "code,name,field\n1.004194,Đăng ký tạm trú,Đăng ký cư trú\n"
    run("services", "import", a_file(home, content, "services.csv"))
    with database.read() as session:
        assert session.get(Service, "1.004194").field == "Đăng ký cư trú"


@pytest.fixture
def register(database: Database) -> None:
    with database.write() as session:
        a_province_with_communes(session)
        some_services(session)


@pytest.mark.usefixtures("register")
class TestVolumes:
    def test_a_cell_of_the_register_is_stored_and_updated(self, home: Path, database: Database) -> None:
        run("volumes", "import", a_file(home, VOLUMES, "v.csv"))
        run("volumes", "import", a_file(home, VOLUMES.replace("120", "130"), "v.csv"))
        with database.read() as session:
            found = volumes_of(session, ["07777"], ["2026-10"], "finished_dossiers")
        assert [(row.finished, row.on_time, row.late) for row in found] == [(130, 100, 20)]

    def test_every_wrong_cell_is_named(self, home: Path, database: Database) -> None:
        rows = (
            "7777,1.4,fax,2026-13,12.5,0,0\n"
            "07777,1.004194,online,2026-10,10,9,2\n"
            "07774,,counter,2026-09-30,99999999999,,\n"
            "07774,1.004194,online,2026-10,,,\n"
        )
        assert refusals("volumes", "import", a_file(home, VOLUMES + rows, "v.csv")) == {
            "v.csv:3:unit_code": "unit code 7777 is not known",
            "v.csv:3:service_code": "service code 1.4 is not known",
            "v.csv:3:submission": "fax is not known",
            "v.csv:3:month": "2026-13 is not a month",
            "v.csv:3:finished": "12.5 is not a whole number",
            "v.csv:4:unit_code": "this row repeats line 2",
            "v.csv:4:finished": "on_time 9 and late 2 are more than finished 10",
            "v.csv:5:finished": "99999999999 is too large",
            "v.csv:6:finished": "finished is empty",
        }
        with database.read() as session:
            assert session.exec(select(Volume)).all() == []

    def test_zeros_a_spreadsheet_took_are_named(self, home: Path) -> None:
        with pytest.raises(Invalid) as caught:
            run("volumes", "import", a_file(home, VOLUMES.replace("07777", "7777"), "v.csv"))
        assert caught.value.problems[0].fields["right"] == "07777"

    def test_they_are_named_wherever_a_unit_is(self, database: Database) -> None:
        with database.read() as session, pytest.raises(NotFound) as caught:
            get_unit(session, "7777")
        assert caught.value.problem.fields["right"] == "07777"

    def test_a_day_means_its_month(self, home: Path, database: Database) -> None:
        run("volumes", "import", a_file(home, VOLUMES.replace("2026-10", "2026-10-31"), "v.csv"))
        with database.read() as session:
            assert len(volumes_of(session, ["07777"], ["2026-10"], "finished_dossiers")) == 1


def test_the_province_is_loaded_with_the_communes_it_has_now(home: Path, database: Database) -> None:
    assert "100 mới" in run("units", "load-reference", "--province", "24")
    with database.read() as session:
        assert get_unit(session, "07777").name == "Phường Việt Yên"
