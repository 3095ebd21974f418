"""Responses collected elsewhere come in through the same door, and a second run changes nothing."""

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from builders.collection import COMMUNE, OTHER_COMMUNE, Asking, how_many, stored
from openpyxl import Workbook
from sqlmodel import Session
from typer.testing import CliRunner

from app.cli import cli
from app.collection.import_map import read_map
from app.collection.imports import Imported, import_responses
from app.collection.tables import ResponseComment
from app.core.database import Database
from app.core.errors import Invalid, NotFound, Unreadable
from app.core.language import translator
from app.forms.service import publish
from app.rounds.service import NewRound, create_round
from app.units.tables import Unit

ROOT = Path(__file__).parents[3]
SURVEY = ROOT / "tests/golden/resident_survey/responses.csv"
MAPS = ROOT / "docs/examples/resident_survey"
MAP = """
name = "phiếu giấy"
key = ["số"]
round = "2026-q4"
language = "vi"
mode = "paper"
submission = "counter"

[unit]
column = "Phường"
values = { "Một" = "07267", "Hai" = "07270" }

[answered_on]
column = "ngày"
format = "%d/%m/%Y"

[values]
"9" = "blank"

[items]
q_overall = "hài lòng"
q_good = { column = "điều tốt", values = { "chờ" = "waiting", "cán bộ" = "officer" }, separator = ";" }
q_comment = { column = "góp ý", text = true }
"""
HEADER = ["Số", "Phường", "Ngày", "Hài lòng", "Điều tốt", "Góp ý"]


@pytest.fixture
def day(asking: Asking) -> str:
    return f"{asking.today:%d/%m/%Y}"


def a_file(folder: Path, rows: list[list[Any]], name: str = "giấy.csv") -> Path:
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


def a_map(folder: Path, text: str = MAP) -> Path:
    path = folder / "map.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_become_responses_and_a_second_run_repeats_them(
    database: Database, asking: Asking, home: Path, day: str
) -> None:
    path = a_file(
        home,
        [[1, "Một", day, 5, "chờ; cán bộ", "007"], [2, "Hai", day, 2, "", ""], [3, "Hai", day, 9, "", ""]],
    )
    assert import_responses(database, path, a_map(home)) == Imported(accepted=3)
    kept = {(row.unit_code, json.dumps(row.answers, sort_keys=True), row.outcome) for row in stored(database)}
    assert kept == {
        (COMMUNE, '{"q_good": ["officer", "waiting"], "q_overall": 5}', "complete"),
        (OTHER_COMMUNE, '{"q_overall": 2}', "complete"),
        (OTHER_COMMUNE, "{}", "breakoff"),
    }
    assert {(row.mode, row.submission, row.flags) for row in stored(database)} == {("paper", "counter", "")}
    assert import_responses(database, path, a_map(home)) == Imported(repeated=3)
    assert (how_many(database), how_many(database, ResponseComment)) == (3, 1)


def test_an_xlsx_file_gives_the_same_responses(
    database: Database, asking: Asking, home: Path, day: str
) -> None:
    rows = [[1, "Một", day, 5, "chờ", "tốt"], [2, "Hai", day, 2, None, None]]
    book = Workbook()
    for row in [HEADER, *rows]:
        book.active.append(row)
    book.save(home / "giấy.xlsx")
    assert import_responses(database, home / "giấy.xlsx", a_map(home)).accepted == 2
    assert import_responses(database, a_file(home, rows), a_map(home)).repeated == 2


def test_each_rejected_row_is_told_with_its_reasons(
    database: Database, asking: Asking, home: Path, day: str
) -> None:
    rows = [
        [1, "Một", day, 5, "", ""],
        [2, "Ba", day, 5, "", ""],
        [3, "Một", "2026-05-04", 5, "", ""],
        [4, "Một", day, 7, "xấu", ""],
        [1, "Hai", day, 4, "", ""],
        ["", "Hai", day, 4, "", ""],
        [5, "Một", "01/01/2020", 5, "", ""],
    ]
    imported = import_responses(database, a_file(home, rows), a_map(home))
    assert imported.accepted == 1
    told = [(one.row.line, {problem.where for problem in one.problems}) for one in imported.rejected]
    assert told == [
        (3, {"unit"}),
        (4, {"ngày"}),
        (5, {"answers.q_overall", "answers.q_good"}),
        (6, {"số"}),
        (7, {"số"}),
        (8, {"answered_on"}),
    ]


def test_a_changed_row_is_rejected_and_the_stored_response_stays(
    database: Database, asking: Asking, home: Path, day: str
) -> None:
    import_responses(database, a_file(home, [[1, "Một", day, 5, "", ""]]), a_map(home))
    imported = import_responses(database, a_file(home, [[1, "Một", day, 1, "", ""]]), a_map(home))
    assert (imported.accepted, [one.problems[0].where for one in imported.rejected]) == (0, ["key"])
    assert stored(database)[0].answers == {"q_overall": 5}


@pytest.mark.parametrize(
    ("old", "new", "places"),
    [
        ('mode = "paper"', 'mode = "pigeon"', {"mode"}),
        ('round = "2026-q4"', 'round = "2020-q1"', {"round"}),
        ('key = ["số"]', 'keys = ["số"]', {"keys", "key"}),
        ('column = "Phường"', 'column = "Xã"', {"unit.column"}),
        (
            'q_overall = "hài lòng"',
            'q_wrong = "hài lòng"\nq_overall = "điểm"',
            {"items.q_wrong", "items.q_overall"},
        ),
        ('language = "vi"', "", {"language"}),
        ('mode = "paper"', 'mode = { constant = "paper", column = "x" }', {"mode"}),
        ('separator = ";"', 'separator = ";", color = "red"', {"items.q_good.color"}),
    ],
)
def test_every_mistake_of_the_map_is_named_and_nothing_is_read(
    database: Database, asking: Asking, home: Path, day: str, old: str, new: str, places: set[str]
) -> None:
    path = a_file(home, [[1, "Một", day, 5, "", ""]])
    with pytest.raises(Invalid) as refused:
        import_responses(database, path, a_map(home, MAP.replace(old, new)))
    assert {problem.where for problem in refused.value.problems} == places
    assert how_many(database) == 0


def test_a_map_that_cannot_be_read_says_why(home: Path) -> None:
    with pytest.raises(Invalid) as broken:
        read_map(a_map(home, 'name = "x"\nkey = ]\n'))
    (told,) = (problem.render(translator("vi")) for problem in broken.value.problems)
    assert told["where"] == "map.toml:2"
    assert "giá trị không hợp lệ" in told["message"]
    (home / "latin.toml").write_bytes('name = "giấy"'.encode("utf-16"))
    with pytest.raises(Unreadable, match="UTF-8"):
        read_map(home / "latin.toml")
    with pytest.raises(NotFound):
        read_map(home / "nowhere.toml")


def test_the_command_reports_and_writes_the_rejected_rows(
    database: Database, asking: Asking, home: Path, day: str
) -> None:
    path = a_file(home, [[1, "Một", day, 5, "", ""], [2, "Ba", day, 5, "", "giữ lại"]])
    said = CliRunner().invoke(cli, ["responses", "import", str(path), "--map", str(a_map(home))])
    assert said.exit_code == 1
    assert "Nhận 1, đã có 0, loại 1" in said.output
    with (home / "giấy.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["line"], row["where"], row["góp ý"]) == ("3", "unit", "giữ lại")
    assert "chưa có giá trị" in row["reason"]


def test_a_file_with_a_header_alone_must_have_the_right_columns_too(
    database: Database, asking: Asking, home: Path
) -> None:
    path = home / "giấy.csv"
    path.write_text("một,hai\n", encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        import_responses(database, path, a_map(home))
    assert {problem.where for problem in refused.value.problems} >= {
        "unit.column",
        "items.q_overall",
        "key[0]",
    }
    assert import_responses(database, a_file(home, []), a_map(home)) == Imported()


def test_a_place_for_rejected_rows_that_cannot_be_written_is_told_before_anything_is_stored(
    database: Database, asking: Asking, home: Path, day: str
) -> None:
    path = a_file(home, [[1, "Một", day, 5, "", ""], [2, "Ba", day, 5, "", ""]])
    words = ["responses", "import", str(path), "--map", str(a_map(home)), "--rejected", str(path / "x.csv")]
    said = CliRunner().invoke(cli, words)
    assert isinstance(said.exception, Invalid)
    assert said.exception.render(translator("vi"))["where"] == "--rejected"
    assert how_many(database) == 0


def test_a_mistake_of_shape_in_the_map_is_told_in_vietnamese(home: Path) -> None:
    text = MAP.replace('key = ["số"]', "key = 3").replace("column =", "# column =", 1)
    with pytest.raises(Invalid) as refused:
        read_map(a_map(home, text.replace("values =", "# values =", 1)))
    told = {one["where"]: one["message"] for one in refused.value.render(translator("vi"))["problems"]}  # type: ignore[attr-defined]
    assert told["key"] == "3 không phải là danh sách"
    assert told["unit"] == "hãy cho một giá trị chung cho mọi dòng hoặc một cột"


def test_the_mix_command_says_what_it_mixed(database: Database, asking: Asking, home: Path, day: str) -> None:
    import_responses(database, a_file(home, [[1, "Một", day, 5, "", "tốt"]]), a_map(home))
    said = CliRunner().invoke(cli, ["responses", "mix", "--all"])
    assert "Mixed 1 responses, 1 comments, 0 codes" in said.output


@pytest.fixture
def resident_survey(database: Database) -> Database:
    """The city, its six districts, and a round for each wave."""
    with database.write() as session:
        _the_city(session)
        version = publish(session, "resident_survey", by="test").form_version
        for wave in ("2021-09", "2022-03"):
            create_round(
                session,
                NewRound(
                    f"resident-{wave}",
                    wave,
                    date.fromisoformat(f"{wave}-01"),
                    date.fromisoformat(f"{wave}-30"),
                    units=["kc"],
                    forms=dict.fromkeys(("portal", "paper", "interviewer"), version),
                ),
            )
    return database


def _the_city(session: Session) -> None:
    for code, parent, path in [
        ("kc", None, "/kc/"),
        *((f"kc-{n}", "kc", f"/kc/kc-{n}/") for n in range(1, 7)),
    ]:
        session.add(
            Unit(
                unit_code=code,
                name=code,
                kind="other",
                parent_code=parent,
                path=path,
                sort_key=code,
                valid_from_on=date(2020, 1, 1),
            )
        )
        session.flush()


def test_the_real_resident_survey_comes_in_whole(resident_survey: Database) -> None:
    first = import_responses(resident_survey, SURVEY, MAPS / "map-2021-09.toml")
    second = import_responses(resident_survey, SURVEY, MAPS / "map-2022-03.toml")
    assert (first, second) == (Imported(accepted=1033, left_out=984), Imported(accepted=984, left_out=1033))
    with SURVEY.open(encoding="utf-8", newline="") as file:
        source = list(csv.DictReader(file))
    kept = stored(resident_survey)
    for item in ("q2_01", "q3_16"):
        for district in "123456":
            for level in (1, 2, 3, 4, 5):
                wanted = sum(row["district"] == district and row[item] == str(level) for row in source)
                found = sum(
                    row.unit_code == f"kc-{district}" and row.answers.get(f"r_{item}") == level
                    for row in kept
                )
                assert found == wanted
        assert sum(row.answers.get(f"r_{item}") == "no_opinion" for row in kept) == sum(
            row[item] == "9" for row in source
        )
    modes = [sum(row.mode == mode for row in kept) for mode in ("portal", "paper", "interviewer")]
    assert modes == [1218, 770, 29]
