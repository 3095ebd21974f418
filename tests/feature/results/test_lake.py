"""The lake: laid down once a batch, the same when rebuilt, never twice and never lost."""

from datetime import date
from pathlib import Path

import pytest
from builders.results import ROUND, a_register, a_round, kiosk_answers, receipt_answers
from sqlmodel import Session, col, select, update

from app.collection.tables import Response
from app.core.database import Database
from app.results import lake, service
from app.results.request import EstimateRequest
from app.results.runs import Run
from app.results.tables import LakePart

ASKED = EstimateRequest(ROUND, ("unit", "month"))


@pytest.fixture
def survey(database: Database) -> dict[str, str]:
    with database.write() as session:
        a_register(session)
        versions = a_round(session)
        kiosk_answers(session, versions["kiosk"], count=400)
        receipt_answers(session, versions["receipt"], count=100)
    return versions


def parts(database: Database) -> dict[str, str]:
    with database.read() as session:
        return {part.part_name: part.content_hash for part in session.exec(select(LakePart))}


def estimated(database: Database) -> Run:
    return service.estimate(database, ASKED)


def responses(session: Session) -> int:
    return len(session.exec(select(Response.response_id)).all())


def test_a_lake_laid_down_day_by_day_equals_one_rebuilt_at_once(
    database: Database, survey: dict[str, str]
) -> None:
    with database.write() as session:
        late = col(Response.mixed_on) > date(2026, 8, 1)
        session.connection().execute(update(Response).where(late).values(mixed_on=None))
    service.refresh_lake(database)
    first = parts(database)
    with database.write() as session:
        session.connection().execute(
            update(Response).where(col(Response.mixed_on).is_(None)).values(mixed_on=date(2026, 10, 1))
        )
    service.refresh_lake(database)
    step_by_step, run = parts(database), estimated(database)
    assert first.items() < step_by_step.items()
    assert service.rebuild_lake(database) == len(step_by_step)
    assert parts(database) == step_by_step
    assert estimated(database).record.content_hash == run.record.content_hash


def test_nothing_new_lays_nothing_down(database: Database, survey: dict[str, str]) -> None:
    assert service.refresh_lake(database) > 0
    assert service.refresh_lake(database) == 0


def test_todays_answers_count_before_they_are_mixed_and_once_after(
    database: Database, survey: dict[str, str]
) -> None:
    mixed = estimated(database).record
    with database.write() as session:
        session.connection().execute(update(Response).values(mixed_on=None))
    unmixed = estimated(database).record
    assert unmixed.content_hash == mixed.content_hash
    assert unmixed.run_id == mixed.run_id


def test_a_damaged_part_is_laid_down_again(database: Database, survey: dict[str, str], home: Path) -> None:
    before = estimated(database).record.content_hash
    damaged = sorted((home / "lake").rglob("*.parquet"))[0]
    damaged.write_bytes(damaged.read_bytes()[:-20])
    with database.read() as session:
        assert len(lake.stale_batches(session)) == 1
    assert estimated(database).record.content_hash == before
    with database.read() as session:
        assert lake.stale_batches(session) == ()


def test_a_batch_that_grew_is_laid_down_again(database: Database, survey: dict[str, str]) -> None:
    service.refresh_lake(database)
    with database.write() as session:
        kiosk_answers(session, survey["kiosk"], count=50, seed=9)
        total = responses(session)
    rows = service.estimate(database, EstimateRequest(ROUND)).record.data_cut["responses"]
    assert sum(rows.values()) == total


def test_a_part_holds_no_order_and_no_identity(
    database: Database, survey: dict[str, str], home: Path
) -> None:
    import pyarrow.parquet as pq

    service.refresh_lake(database)
    parts = list((home / "lake").rglob("*.parquet"))
    assert parts
    for path in parts:
        table = pq.ParquetFile(path).read()
        assert not {"response_id", "received_at", "content_digest"} & set(table.column_names)
        keys = table.select(["unit_code", "answered_on", "service_code"]).to_pylist()
        assert keys == sorted(keys, key=lambda row: tuple(row.values()))


def test_files_no_part_names_are_swept_away(database: Database, survey: dict[str, str], home: Path) -> None:
    service.refresh_lake(database)
    stray = home / "lake" / "stray.parquet.123.part"
    stray.write_bytes(b"half a part")
    service.rebuild_lake(database)
    assert not stray.exists()
    assert len(parts(database)) == len(list((home / "lake").rglob("*.parquet")))
