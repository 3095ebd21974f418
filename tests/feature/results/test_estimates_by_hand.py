"""Estimates through the real path, against sums done here in plain Python."""

from collections import defaultdict

import pytest
from builders.results import (
    COMMUNES,
    MONTHS,
    PROVINCE,
    ROUND,
    SERVICES,
    Answered,
    a_register,
    a_round,
    kiosk_answers,
    receipt_answers,
)

from app.core.database import Database
from app.core.errors import Invalid, NotFound
from app.results import service
from app.results.request import EstimateRequest

ELIGIBLE = ("complete", "usable")
FEWEST_IN_A_CELL = 10


@pytest.fixture
def answered(database: Database) -> list[Answered]:
    """Enough answers that no weighting cell is thin: 36 cells of some 60 answers."""
    with database.write() as session:
        a_register(session)
        return kiosk_answers(session, a_round(session)["kiosk"], count=2200)


def rows_of(database: Database, *by: str, **options: object) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = service.estimate(
        database,
        EstimateRequest(ROUND, by, **options),  # type: ignore[arg-type]
    ).rows.to_pylist()
    return rows


def headline(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    wanted = {"measure": "q_overall", "formula": "satisfied_share", "partial_rule": "complete_and_usable"}
    return [row for row in rows if wanted.items() <= row.items()]


def by_hand(answered: list[Answered], inside: str = "") -> tuple[float, float, int]:
    """Sum over cells of N_c/D_c times satisfied answers, over the same of answers."""
    cells: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for one in answered:
        if one.outcome in ELIGIBLE:
            cells[one.unit, one.service, one.day.isoformat()[:7]].append(one.level)
    assert min(map(len, cells.values())) >= FEWEST_IN_A_CELL
    satisfied = weighted = people = 0.0
    for (unit, code, _month), levels in cells.items():
        if inside in {"", unit}:
            dossiers = 120 * (list(COMMUNES).index(unit) + 1) + 40 * list(SERVICES).index(code)
            weight = dossiers / len(levels)
            satisfied += weight * sum(level >= 4 for level in levels)
            weighted += weight * len(levels)
            people += len(levels)
    return 100 * satisfied / weighted, weighted, int(people)


def test_a_province_is_one_run_over_its_communes_weighted_to_finished_dossiers(
    database: Database, answered: list[Answered]
) -> None:
    found = {str(row["unit_code"]): row for row in headline(rows_of(database, "unit"))}
    assert set(found) == {PROVINCE, *COMMUNES}
    for code in (PROVINCE, *COMMUNES):
        share, dossiers, people = by_hand(answered, "" if code == PROVINCE else code)
        assert found[code]["estimate"] == pytest.approx(share, abs=1e-9)
        assert found[code]["n"] == found[code]["asked"] == people
        assert found[code]["population"] == pytest.approx(dossiers)
        assert found[code]["covered_pct"] == 100


def test_units_are_listed_under_their_province_in_vietnamese_order(
    database: Database, answered: list[Answered]
) -> None:
    names = [row["unit_name"] for row in headline(rows_of(database, "unit"))]
    assert names == ["Bắc Ninh", "An Hà", "Áng Sơn", "Đồng Kỳ", "Việt Yên"]


def test_every_level_of_the_scale_adds_up_and_gives_the_mean(
    database: Database, answered: list[Answered]
) -> None:
    rows = [row for row in rows_of(database) if row["measure"] == "q_overall"]
    levels = {
        str(r["answer_level"]): float(str(r["estimate"])) for r in rows if r["formula"] == "level_share"
    }
    mean = next(row for row in rows if row["formula"] == "mean_score")
    assert sum(levels.values()) == pytest.approx(100)
    assert mean["measured_in"] == "points"
    expected = sum(int(level) * share / 100 for level, share in levels.items())
    assert mean["estimate"] == pytest.approx(expected)
    assert levels["4"] + levels["5"] == pytest.approx(by_hand(answered)[0])


def test_the_mode_of_an_answer_weighs_nothing_and_can_be_compared(
    database: Database, answered: list[Answered]
) -> None:
    with database.write() as session:
        from app.forms.service import newest_version

        receipt_answers(session, newest_version(session, "one_stop").form_version, count=400)
    rows = rows_of(database, "mode", measures=("headline",))
    assert [(row["mode"], row["measure"]) for row in rows] == [
        ("kiosk", "q_overall"),
        ("receipt", "o_overall"),
    ]
    assert all(row["responses_per_100_dossiers"] is None for row in rows)


def test_fields_gather_their_services(database: Database, answered: list[Answered]) -> None:
    found = {row["field"]: row for row in headline(rows_of(database, "field"))}
    services = headline(rows_of(database, "service"))
    together = [row for row in services if row["service_code"] in {"1.001", "1.003"}]
    assert found["Hộ tịch"]["n"] == sum(int(str(row["n"])) for row in together)
    assert found["Hộ tịch"]["population"] == sum(float(str(row["population"])) for row in together)


def test_a_month_without_volumes_gets_a_provisional_figure_from_the_last_known_one(
    database: Database,
) -> None:
    with database.write() as session:
        a_register(session, without=("2026-09",))
        kiosk_answers(session, a_round(session)["kiosk"], count=2200)
    found = {row["month"]: row for row in headline(rows_of(database, "month"))}
    assert list(found) == list(MONTHS)
    assert found["2026-09"]["population"] == found["2026-08"]["population"]
    assert found["2026-09"]["provisional_population"] == found["2026-09"]["population"]
    assert "provisional" in str(found["2026-09"]["reasons"]).split("; ")
    assert found["2026-08"]["provisional_population"] == 0
    assert "provisional" not in str(found["2026-08"]["reasons"])


def test_a_unit_that_is_silent_lowers_what_is_covered(database: Database) -> None:
    with database.write() as session:
        a_register(session)
        kiosk_answers(session, a_round(session)["kiosk"], count=900, units=("07267", "07270"))
    found = {str(row["unit_code"]): row for row in headline(rows_of(database, "unit"))}
    assert found[PROVINCE]["covered_pct"] == pytest.approx(100 * (480 + 840) / (480 + 840 + 1200 + 1560))
    assert "coverage_below_80_pct" in str(found[PROVINCE]["reasons"])
    everything = {str(row["unit_code"]): row for row in rows_of(database, "unit")}
    assert everything["07273"]["state"] == "suppressed"
    assert everything["07273"]["reasons"] == "no_answers"


def test_several_tops_also_give_the_whole_round(database: Database) -> None:
    with database.write() as session:
        a_register(session)
        kiosk_answers(session, a_round(session, units=("07267", "07270"))["kiosk"], count=900)
    units = [row["unit_code"] for row in headline(rows_of(database, "unit"))]
    assert units == ["", "07270", "07267"]


def test_an_unknown_dimension_is_answered_with_the_known_ones(database: Database) -> None:
    with pytest.raises(Invalid, match="colour") as caught:
        rows_of(database, "colour")
    assert "unit, service, field" in str(caught.value.problem.fields["known"])


def test_an_unknown_round_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound):
        rows_of(database, "unit")


def test_a_round_without_answers_gives_an_empty_table(database: Database) -> None:
    with database.write() as session:
        a_register(session)
        a_round(session)
    assert rows_of(database, "unit") == []


def test_a_drawn_sample_has_variance_between_people_and_no_word_about_choosing_to_answer(
    database: Database,
) -> None:
    with database.write() as session:
        a_register(session)
        kiosk_answers(session, a_round(session, basis="probability")["kiosk"], count=900)
    run = service.estimate(database, EstimateRequest(ROUND, ("unit",), ("headline",)))
    assert {row["variance_kind"] for row in run.rows.to_pylist()} == {"element"}
    with database.read() as session:
        note = service.run_as_json(session, run.record.run_id, language="en")["run"]["note"]
    assert "the draw" in note
    assert "choosing" not in note


def test_two_processes_that_record_the_same_run_both_succeed(database: Database) -> None:
    from app.results.runs import record_run

    with database.write() as session:
        a_register(session)
        kiosk_answers(session, a_round(session)["kiosk"], count=200)
    run = service.estimate(database, EstimateRequest(ROUND))
    with database.write() as session:
        record_run(session, run)
    assert service.estimate(database, EstimateRequest(ROUND)).record.run_id == run.record.run_id
