"""Compare, ranking, priorities and monitor as people meet them: words, files, hidden figures, rights."""

import csv
import hashlib
import io
import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from builders.accounts import signed_in
from builders.edition_tables import (
    HEADLINE,
    PROVINCE,
    Shown,
    an_edition,
    headline_of,
    some_units,
    ten_communes,
)

from app.core.database import Database
from app.results.exports.service import taken

pytestmark = pytest.mark.anyio
BEFORE = [93.5, 92.0, 90.5, 89.0, 87.5, 86.0, 84.5, 83.0, 81.5, None]
AFTER = [93.5, 92.0, 78.12, 89.0, 87.5, 86.0, 84.5, 83.0, 81.5, 80.0]
CRITERIA = {"wait": 0.6, "fees": 0.1, "polite": 0.3}
PAGES = ("compare", "ranking", "priorities", "monitor")


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """One database: what these pages ask of it is tested on both in tests/feature/results."""
    path = tmp_path / "sipas.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def editions(database: Database) -> None:
    """Two rounds of ten communes: c02 fell from third to last of the nine known before, c09 was hidden."""
    with database.write() as session:
        some_units(session, ten_communes())
        an_edition(
            session,
            "2026-Q2",
            headline_of(BEFORE, n=20_000),
            start_on=date(2026, 4, 1),
            end_on=date(2026, 6, 30),
        )
        criteria = {
            (unit, f"criterion:{code}:satisfied_share"): Shown(60.0 if unit == "c02" else 85.0)
            for unit in ten_communes()
            for code in CRITERIA
        }
        an_edition(
            session,
            "2026-Q3",
            headline_of(AFTER, n=20_000) | criteria,
            start_on=date(2026, 7, 1),
            end_on=date(2026, 9, 30),
            drivers=_drivers(),
        )


def _drivers() -> dict[str, Any]:
    shares = {code: [share, share - 0.05, share + 0.05] for code, share in CRITERIA.items()}
    units = {PROVINCE: {"n": 900, "r_squared": 0.5, "method": "shapley", "shares": shares}}
    return {
        "quick": {
            "overall": "q_overall",
            "criteria": list(CRITERIA),
            "fewest": 100,
            "units": units,
            "source": dict.fromkeys(ten_communes(), PROVINCE),
        }
    }


def words(page: httpx.Response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def rows_of(file: httpx.Response) -> list[dict[str, str]]:
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(file.text.removeprefix("\ufeff"))))


@pytest.mark.parametrize("page", PAGES)
async def test_every_page_and_its_file_speak_both_languages_without_script(
    client: httpx.AsyncClient, database: Database, editions: None, page: str
) -> None:
    signed_in(client, database, role="viewer")
    for language, word in (("vi", "Kết quả"), ("en", "Results")):
        shown = await client.get(f"/console/{page}", params={"lang": language})
        assert shown.status_code == 200
        assert word in shown.text
        assert "<script" not in shown.text
        assert "style=" not in shown.text
    assert (await client.get(f"/console/{page}.csv")).status_code == 200


@pytest.mark.parametrize("page", PAGES)
async def test_who_takes_the_table_of_a_page_is_written_down(
    client: httpx.AsyncClient, database: Database, editions: None, page: str
) -> None:
    signed_in(client, database, role="viewer")
    file = await client.get(f"/console/{page}.csv")
    with database.read() as session:
        (line,) = taken(session)
    assert line.target.endswith(page)
    assert line.rows == len(rows_of(file))
    assert line.digest == hashlib.sha256(file.content).hexdigest()


@pytest.mark.parametrize("page", PAGES)
async def test_without_figures_every_page_says_so(
    client: httpx.AsyncClient, database: Database, page: str
) -> None:
    signed_in(client, database, role="viewer")
    shown = await client.get(f"/console/{page}")
    assert shown.status_code == 200
    assert "Chưa có đợt" in words(shown)
    assert (await client.get("/console/compare", params={"round": "nope"})).status_code == 200


async def test_the_fall_of_one_unit_is_told_in_points_with_its_interval(
    client: httpx.AsyncClient, database: Database, editions: None
) -> None:
    signed_in(client, database)
    page = words(await client.get("/console/compare", params={"round": "2026-Q3", "with": "2026-Q2"}))
    assert "2 trong 10 chênh lệch phân biệt được" in page
    assert "−12,4 ▼ thấp hơn" in page
    assert "không phân biệt được" in page
    rows = rows_of(await client.get("/console/compare.csv", params={"round": "2026-Q3", "with": "2026-Q2"}))
    fallen = next(row for row in rows if row["unit_code"] == "c02")
    assert 0 < float(fallen["p"]) < 1e-4  # not rounded to none
    assert (fallen["difference_points"], fallen["arrow"], fallen["match"]) == ("-12.38", "-1", "same")
    assert float(fallen["difference_low"]) < -12.38 < float(fallen["difference_high"]) < 0


async def test_the_file_says_which_rounds_and_which_units_were_compared(
    client: httpx.AsyncClient, database: Database, editions: None
) -> None:
    signed_in(client, database)
    between = rows_of(
        await client.get("/console/compare.csv", params={"round": "2026-Q3", "with": "2026-Q2"})
    )
    assert {(row["first_round"], row["second_round"]) for row in between} == {("2026-Q3", "2026-Q2")}
    assert all(row["first_units"] == row["second_units"] == row["unit_code"] for row in between)
    province, fallen = (next(r for r in between if r["unit_code"] == unit) for unit in (PROVINCE, "c02"))
    assert (province["interval_level"], province["judged_together"]) == ("0.95", "1")
    assert fallen["judged_together"] == "9"
    asked = {"kind": "units", "round": "2026-Q3", "first": ["c00", "c02"], "second": ["c09"]}
    sets = rows_of(await client.get("/console/compare.csv", params=asked))
    assert {(row["first_round"], row["second_round"]) for row in sets} == {("2026-Q3", "2026-Q3")}
    assert {(row["first_units"], row["second_units"]) for row in sets} == {("c00 c02", "c09")}
    assert {(row["unit_code"], row["unit_name"]) for row in sets} == {("", "")}


async def test_a_verdict_stays_the_same_whatever_unit_is_chosen_and_whoever_looks(
    client: httpx.AsyncClient, database: Database, editions: None
) -> None:
    async def told(unit: str) -> dict[str, str]:
        asked = {"round": "2026-Q3", "with": "2026-Q2", "unit": unit}
        rows = rows_of(await client.get("/console/compare.csv", params=asked))
        return next(row for row in rows if row["unit_code"] == "c02")

    signed_in(client, database)
    among, alone = await told(PROVINCE), await told("c02")
    signed_in(client, database, role="viewer", unit_path=f"/{PROVINCE}/c02/")
    assert among == alone == await told("c02")


async def test_a_figure_hidden_in_one_round_gives_no_difference_anywhere(
    client: httpx.AsyncClient, database: Database, editions: None
) -> None:
    signed_in(client, database)
    asked = {"round": "2026-Q3", "with": "2026-Q2"}
    assert "không có chênh lệch: một bên không công bố" in words(
        await client.get("/console/compare", params=asked)
    )
    hidden = next(
        r for r in rows_of(await client.get("/console/compare.csv", params=asked)) if r["unit_code"] == "c09"
    )
    assert hidden["hidden"] == "second"
    numbers = ("second_pct", "second_n", "difference_points", "difference_low", "p", "least_significant")
    assert {hidden[name] for name in numbers} == {""}
    ranking = words(await client.get("/console/ranking", params={"round": "2026-Q2"}))
    assert "Không xếp hạng" in ranking
    assert "1 đơn vị không có số liệu công bố, không tính vào 9" in ranking


async def test_the_sentence_to_quote_says_no_more_than_the_intervals(
    client: httpx.AsyncClient, database: Database, editions: None
) -> None:
    signed_in(client, database)
    asked = {"round": "2026-Q3", "with": "2026-Q2", "unit": "c02"}
    page = words(await client.get("/console/ranking", params=asked))
    assert "Xã 02 xếp thứ 10/10" in page
    assert (
        "78,12% hài lòng. Nếu người trả lời giống với mọi người được phục vụ thì, với mức tin cậy 95%, "
        "thứ hạng thật là 10."
    ) in page
    assert "không gồm sai lệch do người dân tự chọn trả lời" in page.partition("Có thể trích")[0]
    assert "giảm 6 bậc (từ 3/9 xuống 9/9)" in page
    assert "không phải Chỉ số SIPAS" in page
    row = next(
        r for r in rows_of(await client.get("/console/ranking.csv", params=asked)) if r["rank"] == "10"
    )
    assert (row["of"], row["change_in_ranks"], row["change_points"]) == ("10", "-6", "-12.38")


async def test_rankings_are_the_same_at_every_visit(
    client: httpx.AsyncClient, database: Database, editions: None
) -> None:
    signed_in(client, database)
    first, second = [(await client.get("/console/ranking.csv")).text for _ in range(2)]
    assert first == second


async def test_a_ranking_and_its_file_are_sorted_by_what_the_address_says(
    client: httpx.AsyncClient, database: Database, editions: None
) -> None:
    signed_in(client, database)
    asked = {"round": "2026-Q3", "with": "2026-Q2", "sort": "change"}
    page = (await client.get("/console/ranking", params=asked)).text
    assert page.count('aria-sort="ascending"') == 1
    rows = rows_of(await client.get("/console/ranking.csv", params=asked))
    moves = [int(row["change_in_ranks"]) for row in rows if row["change_in_ranks"]]
    assert moves == sorted(moves)
    assert (rows[0]["unit_code"], rows[-1]["change_in_ranks"]) == ("c02", "")
    assert re.findall(r'<th scope="row"><a [^>]*>(.*?)</a>', page)[0] == "Xã 02"
    for path in ("ranking", "priorities"):
        shown = (await client.get(f"/console/{path}?round=2026-Q3")).text
        assert "data stack sortable" in shown, "a phone shows cards, not a table to push sideways"
        cells = re.findall(r"<td[^>]*>", shown.partition("<tbody>")[2])
        assert all("data-label" in cell or "picture" in cell for cell in cells)


async def test_two_groups_of_units_are_compared_and_mistakes_are_told(
    client: httpx.AsyncClient, database: Database, editions: None
) -> None:
    signed_in(client, database)
    asked = {"kind": "units", "round": "2026-Q3", "first": ["c00", "c02"], "second": ["c09"]}
    page = await client.get("/console/compare", params=asked)
    assert "nhóm thứ nhất trừ nhóm thứ hai" in words(page)
    assert "+5,8" in page.text
    wrong = await client.get("/console/compare", params={**asked, "second": ["c02", "c00"]})
    assert wrong.status_code == 422
    assert "hai bên là cùng những đơn vị" in words(wrong)


async def test_what_to_look_at_first_is_named_and_nothing_is_called_a_cause(
    client: httpx.AsyncClient, database: Database, editions: None
) -> None:
    signed_in(client, database)
    page = words(await client.get("/console/priorities", params={"round": "2026-Q3", "unit": "c02"}))
    assert "tính từ 900 người của Tỉnh Thử đã trả lời đủ" in page
    assert "không phải nguyên nhân" in page
    drawn = await client.get("/console/priorities/chart.svg", params={"round": "2026-Q3", "unit": "c02"})
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    assert "1. " in drawn.text
    rows = rows_of(await client.get("/console/priorities.csv", params={"round": "2026-Q3", "unit": "c02"}))
    assert {row["below_peers"] for row in rows} == {"1"}
    assert rows[0]["criterion"] == "wait"


async def test_somebody_of_one_commune_sees_nothing_of_the_others(
    client: httpx.AsyncClient, database: Database, editions: None
) -> None:
    signed_in(client, database, role="viewer", unit_path=f"/{PROVINCE}/c02/")
    for page in ("compare", "ranking", "priorities", "monitor"):
        shown = await client.get(
            f"/console/{page}", params={"round": "2026-Q3", "unit": "c05", "of": PROVINCE}
        )
        assert shown.status_code == 200
        assert "Xã 05" not in shown.text
        file = await client.get(f"/console/{page}.csv", params={"round": "2026-Q3", "unit": "c05"})
        assert "c05" not in file.text
        assert "Xã 05" not in file.text


async def test_rounds_that_asked_in_different_ways_are_not_compared(
    client: httpx.AsyncClient, database: Database, editions: None
) -> None:
    with database.write() as session:
        drawn = {("c00", HEADLINE): Shown(80.0)}
        an_edition(
            session,
            "2025",
            drawn,
            start_on=date(2025, 10, 1),
            end_on=date(2025, 12, 31),
            basis="probability",
        )
    signed_in(client, database)
    page = await client.get("/console/compare", params={"round": "2026-Q3", "with": "2025"})
    assert "Một đợt hỏi mẫu được rút" in page.text
    assert "▼" not in page.text
