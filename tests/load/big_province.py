"""700 communes of 4 provinces x 20 services with two rounds of answers, as the lake and the table hold them.

The answers are those of the resident survey's form: 24 criteria.  The round measured has the number asked
for, the one before a quarter of it; every answer lies in a part of the lake and in the table.
"""

import hashlib
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sqlmodel import Session

UNITS, SERVICES, DAYS, DAYS_A_PART = 700, 20, 56, 7
TOP, PROVINCES = "vung", ("24", "25", "26", "27")
"""175 communes a province: the largest real one has 168."""
BEFORE, ROUND = "2026-Q2", "2026-Q3"
STARTS = {BEFORE: date(2026, 4, 1), ROUND: date(2026, 7, 1)}
COMMENTS = 20_000
SEED = 20261122
A_PERSON = "Cán bộ ông Nguyễn Văn An hướng dẫn rất tận tình, số điện thoại 0912 345 678, xin cảm ơn."
COMPLAINT = "Phải chờ lâu, ít ghế ngồi, bản kê thủ tục niêm yết quá cao, khó đọc ({i})."


def prepare(responses: int) -> None:
    """The register, both rounds with their answers, comments, a kiosk a unit; the settings say where."""
    from app.core import migrations
    from app.core.config import settings
    from app.core.database import open_database

    settings.cache_clear()
    migrations.upgrade(settings().sqlalchemy_url)
    database = open_database()
    with database.write() as session:
        version = _register(session)
    for round_code, count in ((BEFORE, responses // 4), (ROUND, responses)):
        with database.write() as session:
            _round(session, round_code, version)
            _answers(session, round_code, version, count)
    with database.write() as session:
        _comments(session)
        _kiosks(session)
    database.close()


def unit_codes() -> list[str]:
    return [f"{i:05d}" for i in range(UNITS)]


def service_codes() -> list[str]:
    return [f"s{s:02d}" for s in range(SERVICES)]


def _register(session: Session) -> str:
    from app.forms.service import publish
    from app.units.tables import Service, Volume

    session.add(_unit(TOP, "region", ""))
    session.flush()
    session.add_all(_unit(code, "province", TOP) for code in PROVINCES)
    session.flush()
    session.add_all(
        _unit(code, "commune", TOP, PROVINCES[i % len(PROVINCES)]) for i, code in enumerate(unit_codes())
    )
    session.add_all(
        Service(
            service_code=code, name=f"Thủ tục {code}", field=f"Lĩnh vực {i % 5}", level="xã", sort_key=code
        )
        for i, code in enumerate(service_codes())
    )
    session.flush()
    session.bulk_save_objects(
        Volume(
            unit_code=unit,
            service_code=service,
            submission="counter",
            month=month,
            population_kind="finished_dossiers",
            finished=300,
            on_time=300,
            late=0,
        )
        for unit in unit_codes()
        for service in service_codes()
        for month in ("2026-04", "2026-05", "2026-07", "2026-08")
    )
    return publish(session, "resident_survey", by="bench").form_version


def _unit(code: str, kind: str, *above: str) -> Any:
    from app.units.tables import Unit

    above = tuple(filter(None, above))
    return Unit(
        unit_code=code,
        name=f"Đơn vị {code}",
        kind=kind,
        parent_code=above[-1] if above else None,
        path="/".join(("", *above, code, "")),
        sort_key=code,
        valid_from_on=date(2025, 7, 1),
    )


def _round(session: Session, round_code: str, version: str) -> None:
    from app.rounds.tables import Round, RoundForm, RoundUnit

    begin = STARTS[round_code]
    session.add(
        Round(
            round_code=round_code,
            title=f"Đợt {round_code}",
            basis="opt_in",
            population_kind="finished_dossiers",
            period_start_on=begin,
            period_end_on=(begin + timedelta(days=60)),
            created_at=datetime(2026, 3, 1, tzinfo=UTC),
        )
    )
    session.flush()
    session.add(RoundUnit(round_code=round_code, unit_code=TOP))
    session.add(RoundForm(round_code=round_code, mode="kiosk", form_version=version))
    session.flush()


def _answers(session: Session, round_code: str, version: str, count: int) -> None:
    """Into parts of a week each and, answer by answer, into the table."""
    from app.forms.service import get_form
    from app.results.lake import folder
    from app.results.tables import LakePart

    folder().mkdir(parents=True, exist_ok=True)
    whole = simulated(get_form(session, version), count, STARTS[round_code])
    week = (whole["answered_on"].to_numpy() - np.datetime64(STARTS[round_code])).astype(int) // DAYS_A_PART
    for number in range(DAYS // DAYS_A_PART):
        part = whole.filter(pa.array(week == number))
        mixed = STARTS[round_code] + timedelta(days=(number + 1) * DAYS_A_PART)
        path = folder() / f"{round_code}-{number}.parquet"
        pq.write_table(part, path, compression="zstd")
        session.add(
            LakePart(
                part_name=path.name,
                round_code=round_code,
                form_version=version,
                month=part["month"][0].as_py(),
                mixed_on=mixed.isoformat(),
                row_count=part.num_rows,
                content_hash=hashlib.sha256(path.read_bytes()).hexdigest(),
            )
        )
        _rows(session, round_code, version, part, mixed)


def _rows(session: Session, round_code: str, version: str, part: pa.Table, mixed: date) -> None:
    keys = [part[name].to_pylist() for name in ("unit_code", "service_code", "answered_on")]
    session.connection().exec_driver_sql(
        "INSERT INTO response (response_id, content_digest, round_code, form_version, unit_code, "
        "service_code, mode, submission, stage, outcome, answered_on, duration_seconds, language, flags, "
        "answers, mixed_on) "
        "VALUES (?, ?, ?, ?, ?, ?, 'kiosk', 'counter', '', 'complete', ?, 40, 'vi', '', ?, ?)",
        [
            (str(uuid.uuid4()), "d", round_code, version, unit, service, str(day), "{}", mixed.isoformat())
            for unit, service, day in zip(*keys, strict=True)
        ],
    )


def simulated(form: Any, count: int, begin: date) -> pa.Table:
    """Columns as the lake lays them down, in the order of unit and day."""
    from app.forms.answers import coded_columns
    from app.results.rows import PREFIX

    rng = np.random.default_rng(SEED)
    unit, day = np.sort(rng.integers(0, UNITS, count)), rng.integers(0, DAYS, count)
    day = day[np.lexsort((day, unit))]
    answered_on = np.datetime64(begin) + day
    texts = {
        "unit_code": np.array(unit_codes())[unit],
        "service_code": np.array(service_codes())[rng.integers(0, SERVICES, count)],
        "submission": np.full(count, "counter"),
        "mode": np.full(count, "kiosk"),
        "stage": np.full(count, ""),
        "outcome": np.full(count, "complete"),
        "flags": np.full(count, ""),
    }
    columns = {name: pa.array(values) for name, values in texts.items()}
    columns["answered_on"] = pa.array(answered_on)
    columns["month"] = pa.array(answered_on.astype("datetime64[M]").astype(str))
    mood = rng.normal(0.9, 0.8, count) + 0.2 * np.sin(unit)
    measured = {item.code for item in form.measures}
    for name in coded_columns(form):
        if name in measured:
            level = np.clip(np.round(3.3 + mood + rng.normal(0, 0.6, count)), 1, 5)
            values = np.where(rng.random(count) < 0.04, 0, level)
        else:
            values = rng.integers(0, 3, count)
        columns[PREFIX + name] = pa.array(values.astype(np.int8))
    return pa.table(columns)


def _comments(session: Session) -> None:
    from app.collection.tables import ResponseComment

    session.bulk_save_objects(
        ResponseComment(
            comment_id=str(uuid.uuid4()),
            round_code=ROUND,
            unit_code=f"{i % UNITS:05d}",
            service_code=f"s{i % SERVICES:02d}",
            item_code="comment",
            answered_on=STARTS[ROUND] + timedelta(days=i % DAYS),
            language="vi",
            body=A_PERSON if i % 3 else COMPLAINT.format(i=i),
            mixed_on=STARTS[ROUND] + timedelta(days=DAYS),
        )
        for i in range(COMMENTS)
    )


def _kiosks(session: Session) -> None:
    from app.kiosks.tables import Kiosk

    session.bulk_save_objects(
        Kiosk(
            kiosk_id=f"kiosk-{code}",
            unit_code=code,
            name="Kiosk sảnh chính",
            created_at=datetime(2026, 3, 1, tzinfo=UTC),
        )
        for code in unit_codes()
    )
