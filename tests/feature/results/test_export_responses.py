"""Responses as files: nobody stands alone, shares come out as published, every reader finds the same rows."""

import csv
import io
import json
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyreadstat
import pytest
from builders.accounts import an_api_key, signed_in
from builders.in_process import in_process
from builders.province import PROVINCE, ROUND
from builders.results import ROUND as OWN_ROUND
from builders.results import a_register, a_round, kiosk_answers

from app.core.database import Database
from app.core.errors import Forbidden, Invalid
from app.results import service as estimates
from app.results.editions import newest
from app.results.exports import response_files
from app.results.exports.labelled import Variable
from app.results.exports.response_columns import item_columns
from app.results.exports.responses import ResponseRequest
from app.results.exports.service import export_responses, taken
from app.results.reading import open_edition
from app.results.request import EstimateRequest

DESCRIBING = ("field", "o_sex", "o_age_band", "o_occupation")
SATISFIED = (4, 5)
HEADLINE = "headline:o_overall:satisfied_share"


EMPTY = {"weight": "", "psu": "", "stratum": ""}


def frame_of(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype={"unit_code": str, "flags": str}, keep_default_na=False, na_values=EMPTY)


@pytest.fixture(scope="module")
def folder(province: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The round's responses in every format."""
    place = tmp_path_factory.mktemp("responses")
    for kind in response_files.RESPONSE_FORMATS:
        export_responses(province, ResponseRequest(ROUND, kind), place / f"r.{kind}")
    return place


@pytest.fixture(scope="module")
def rows(folder: Path) -> pd.DataFrame:
    return frame_of(folder / "r.csv")


def share(rows: pd.DataFrame, item: str) -> float:
    """The weighted share of satisfied answers, computed here: sum of weights over sum of weights."""
    counted = rows[rows["weight"].notna() & (rows[item] >= 1)]
    return 100 * float((counted["weight"] * counted[item].isin(SATISFIED)).sum() / counted["weight"].sum())


def test_shares_computed_from_the_file_are_close_to_the_published_ones(
    province: Database, rows: pd.DataFrame
) -> None:
    """In the demo something is hidden in every unit, so weights are means."""
    with province.read() as session:
        edition = newest(session, ROUND)
        assert edition is not None
        tables = open_edition(session, edition)
        apart: list[float] = []
        for row in tables.rows():
            if row.estimate is None or row.formula != "satisfied_share":
                continue
            inside = rows if row.unit in (PROVINCE, "") else rows[rows["unit_code"] == row.unit]
            if row.n == ((inside[row.measure] >= 1) & inside["weight"].notna()).sum():
                apart.append(abs(share(inside, row.measure) - row.estimate) / max(row.se or 0.0, 1.0))
    assert len(apart) >= 100
    assert max(apart) < 1
    assert np.mean(apart) < 0.2


def test_sums_of_weights_are_the_dossiers_of_the_units(province: Database, rows: pd.DataFrame) -> None:
    with province.read() as session:
        edition = newest(session, ROUND)
        assert edition is not None
        found = {row.unit: row.population for row in open_edition(session, edition).rows(figure=HEADLINE)}
    counted = rows[rows["weight"].notna()].groupby("unit_code")["weight"].sum()
    assert len(counted) >= 10
    for unit, total in counted.items():
        assert total == pytest.approx(found[unit], rel=1e-9)


def test_every_combination_is_shared_by_at_least_five_people(rows: pd.DataFrame) -> None:
    groups = Counter(map(tuple, rows[["unit_code", *DESCRIBING]].to_numpy().tolist()))
    assert min(groups.values()) >= 5
    assert len(groups) > 50
    assert ((rows["o_sex"] >= 1) & (rows["o_age_band"] >= 1)).any()


def test_a_stricter_k_is_kept_and_a_laxer_one_refused(province: Database, tmp_path: Path) -> None:
    export_responses(province, ResponseRequest(ROUND, "csv", k=12), tmp_path / "r.csv")
    found = frame_of(tmp_path / "r.csv")
    assert min(Counter(map(tuple, found[["unit_code", *DESCRIBING]].to_numpy().tolist())).values()) >= 12
    with pytest.raises(Invalid, match="k 2 is smaller than 5"):
        export_responses(province, ResponseRequest(ROUND, "csv", k=2), tmp_path / "r.csv")


def test_nothing_in_the_file_leads_to_a_person(rows: pd.DataFrame) -> None:
    assert not [name for name in rows if "id" in name.split("_") or "day" in name or "date" in name]
    assert not [name for name in rows if name.endswith("comment")]
    assert rows["month"].str.fullmatch(r"\d{4}-\d{2}|hidden").all()


def test_rows_come_in_another_order_each_time(province: Database, rows: pd.DataFrame, tmp_path: Path) -> None:
    export_responses(province, ResponseRequest(ROUND, "csv"), tmp_path / "again.csv")
    again = frame_of(tmp_path / "again.csv")
    keys = ["unit_code", "month", "outcome", "o_overall", "q_overall"]
    assert rows[keys].to_numpy().tolist() != again[keys].to_numpy().tolist()
    assert Counter(map(tuple, rows[keys].to_numpy())) == Counter(map(tuple, again[keys].to_numpy()))
    sorted_units = np.sort(rows["unit_code"].to_numpy())
    assert (rows["unit_code"].to_numpy() == sorted_units).mean() < 0.5


def test_days_of_a_unit_are_one_sampling_unit_without_saying_which_day(rows: pd.DataFrame) -> None:
    counted = rows[rows["weight"].notna()]
    assert counted["psu"].notna().all()
    blank = counted[counted["month"] == "hidden"]
    assert blank["psu"].is_unique
    assert (blank.groupby("stratum")["unit_code"].nunique() == 1).all()
    assert (counted.groupby("psu")[["stratum"]].nunique() == 1).all().all()
    first = counted.drop_duplicates("psu").sort_values("psu")
    assert not first["month"].is_monotonic_increasing
    assert rows[rows["outcome"] == "breakoff"]["weight"].isna().all()


def test_every_format_holds_the_same_answers(folder: Path, rows: pd.DataFrame) -> None:
    items = [name for name in rows if name.startswith(("o_", "q_"))]

    def answers(frame: pd.DataFrame, names: list[str]) -> Counter[tuple[Any, ...]]:
        return Counter(map(tuple, frame[names].astype(float).to_numpy().tolist()))

    names = [name for name in items if name not in DESCRIBING]
    wanted = answers(rows, names)
    sav, _ = pyreadstat.read_sav(str(folder / "r.sav"), user_missing=True)
    lines = [json.loads(line) for line in (folder / "r.jsonl").read_text(encoding="utf-8").splitlines()]
    sheet = openpyxl.load_workbook(io.BytesIO((folder / "r.xlsx").read_bytes()), read_only=True)
    header, *cells = sheet["responses"].iter_rows(values_only=True)
    found = {
        "sav": sav,
        "parquet": pq.read_table(folder / "r.parquet").to_pandas(),
        "jsonl": pd.DataFrame(lines),
        "xlsx": pd.DataFrame(cells, columns=[str(name) for name in header]),
    }
    for kind, frame in found.items():
        assert answers(frame, names) == wanted, kind
        assert float(frame["weight"].sum()) == pytest.approx(float(rows["weight"].sum())), kind


def test_stata_keeps_the_kinds_of_missing_answers_apart(folder: Path, rows: pd.DataFrame) -> None:
    frame, meta = pyreadstat.read_dta(str(folder / "r.dta"), user_missing=True)
    labels = meta.variable_value_labels["o_overall"]
    counts = {
        labels[code]: int((frame["o_overall"] == code).sum()) for code in labels if isinstance(code, str)
    }
    assert counts["không hỏi"] == (rows["o_overall"] == -2).sum()
    assert counts["bỏ trống"] == (rows["o_overall"] == 0).sum()
    assert labels[5] == "Rất hài lòng"
    plain = pd.read_stata(folder / "r.dta", convert_categoricals=False)
    assert plain["o_overall"].isna().sum() == (rows["o_overall"] < 1).sum()


def test_spss_has_labels_in_the_chosen_language_and_missing_codes(province: Database, tmp_path: Path) -> None:
    export_responses(province, ResponseRequest(ROUND, "sav", "en"), tmp_path / "r.sav")
    frame, meta = pyreadstat.read_sav(str(tmp_path / "r.sav"))
    assert meta.column_names_to_labels["weight"].startswith("Dossiers")
    assert meta.variable_value_labels["o_sex"][1.0] == "Male"
    assert meta.variable_value_labels["unit"][-4.0] == "hidden so that nobody can be recognised"
    assert frame["o_overall"].min() >= 1


def test_the_archive_holds_the_rows_with_their_codebooks(folder: Path, rows: pd.DataFrame) -> None:
    with zipfile.ZipFile(folder / "r.zip") as archive:
        package = json.loads(archive.read("datapackage.json"))
        data = archive.read(package["resources"][0]["path"])
        ddi = archive.read("codebook.ddi.xml").decode()
    fields = [field["name"] for field in package["resources"][0]["schema"]["fields"]]
    header = next(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert header == fields == list(rows)
    assert data.count(b"\n") == len(rows) + 1
    assert 'name="weight"' in ddi
    assert "Giới tính" in ddi


def test_a_workbook_of_too_many_responses_names_the_better_formats(
    province: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(response_files, "WORKBOOK_ROWS", 100)
    with pytest.raises(Invalid) as caught:
        export_responses(province, ResponseRequest(ROUND, "xlsx"), tmp_path / "r.xlsx")
    assert "SPSS (.sav), Stata (.dta) or Parquet" in str(caught.value.problem.remedy)
    assert not (tmp_path / "r.xlsx").exists()


def test_every_export_is_written_down_with_its_hash(province: Database, tmp_path: Path) -> None:
    made = export_responses(province, ResponseRequest(ROUND, "csv"), tmp_path / "r.csv")
    with province.read() as session:
        last = taken(session)[0]
    assert (last.who, last.what, last.target) == ("command line", "export_responses", ROUND)
    assert (last.rows, last.digest) == (made.rows, made.digest)
    assert "at least 5 people. Values hidden" in made.report or "ít nhất 5 người. " in made.report


def test_where_nothing_is_hidden_shares_are_the_published_ones_to_the_last_digit(
    database: Database, tmp_path: Path
) -> None:
    with database.write() as session:
        a_register(session)
        kiosk_answers(session, a_round(session)["kiosk"], count=2000)
    run = estimates.estimate(database, EstimateRequest(OWN_ROUND, ("unit",), ("headline", "criteria")))
    export_responses(database, ResponseRequest(OWN_ROUND, "csv"), tmp_path / "r.csv")
    found = frame_of(tmp_path / "r.csv")
    for row in run.rows.to_pylist():
        inside = found if row["unit_code"] == "24" else found[found["unit_code"] == row["unit_code"]]
        if row["estimate"] is not None:
            assert share(inside, row["measure"]) == pytest.approx(row["estimate"], abs=1e-9)
    assert not (found == "hidden").any().any()


def test_fewer_than_k_answers_are_never_given_away(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        a_register(session)
        kiosk_answers(session, a_round(session)["kiosk"], count=4)
    with pytest.raises(Invalid, match="fewer than 5 people"):
        export_responses(database, ResponseRequest(OWN_ROUND, "csv"), tmp_path / "r.csv")


def test_names_a_format_cannot_bear_get_another_one_and_keep_theirs_as_a_note() -> None:
    from types import SimpleNamespace as Item

    def item(code: str) -> Item:
        return Item(
            code=code,
            kind="rating",
            closed=True,
            demographic=False,
            choices=(),
            number="1",
            no_opinion=None,
            text={"vi": code},
        )

    form = Item(items=[item("weight"), item("1st"), item("x" * 40), item("with")])
    found: list[Variable] = [one.variable for one in item_columns([form], language="vi")]
    assert [v.name for v in found] == ["a_weight", "a_1st", "v003", "a_with"]
    assert [v.source for v in found] == ["weight", "1st", "x" * 40, "with"]


@pytest.mark.anyio
async def test_responses_are_for_analysts_of_the_whole_round(province: Database, tmp_path: Path) -> None:
    def key(role: str, path: str) -> dict[str, str]:
        with province.write() as session:
            return {"Authorization": f"Bearer {an_api_key(session, role, path)}"}

    async with in_process() as client:
        address = f"/api/v1/rounds/{ROUND}/responses"
        for role, path in (("viewer", "/"), ("analyst", "/24/07795/")):
            assert (await client.get(f"{address}.csv", headers=key(role, path))).status_code == 403
        assert (await client.get(f"{address}.csv")).status_code == 401
        analyst = key("analyst", "/24/")
        wrong = await client.get(f"{address}.doc", headers=analyst)
        assert wrong.status_code == 422
        assert "csv, xlsx, sav, dta, parquet, jsonl, zip" in wrong.json()["error"]["remedy"]
        reply = await client.get(f"{address}.parquet", headers=analyst)
        assert reply.status_code == 200
        assert pq.read_table(io.BytesIO(reply.content)).num_rows > 1000
        signed_in(client, province, role="administrator")
        page = (await client.get("/console/downloads", params={"round": ROUND})).text
        assert "responses.sav" in page
        assert "Ai đã tải gì" in page


def test_an_analyst_of_one_unit_is_refused(province: Database, tmp_path: Path) -> None:
    from app.accounts.service import Actor, Grant

    somebody = Actor("lan", "staff", (Grant("analyst", "/24/07795/"),))
    with pytest.raises(Forbidden):
        export_responses(province, ResponseRequest(ROUND, "csv"), tmp_path / "r.csv", actor=somebody)
