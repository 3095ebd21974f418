"""Computing beside the server: what is due, how far it is, and that a dead process is not waited for."""

from datetime import timedelta

import pytest
from builders.results import ROUND, a_register, a_round, kiosk_answers

from app.core import clock
from app.core.database import Database
from app.results import renewal, work
from app.results.editions import compute_edition


@pytest.fixture
def survey(database: Database) -> None:
    with database.write() as session:
        a_register(session)
        kiosk_answers(session, a_round(session)["kiosk"], count=120)


def test_a_round_with_answers_and_no_edition_is_due_once(database: Database, survey: None) -> None:
    with database.read() as session:
        assert renewal.due_rounds(session) == [ROUND]
    compute_edition(database, ROUND)
    with database.read() as session:
        assert renewal.due_rounds(session) == []


def test_progress_is_told_while_somebody_computes_and_forgotten_when_they_die(database: Database) -> None:
    since = clock.now().isoformat()
    work.tell(work.Progress(ROUND, "counts", 3, 14, "anna", since))
    with work.turn(ROUND):
        found = work.progress_of(ROUND)
        assert found is not None
        assert found.step == "counts"
        with pytest.raises(work.Busy), work.turn(ROUND):
            pass
    assert work.progress_of(ROUND) is None


def test_a_failure_stays_on_the_page_until_the_next_try(database: Database) -> None:
    work.tell(work.Progress(ROUND, "", 0, 14, "anna", clock.now().isoformat(), "disk full"))
    found = work.progress_of(ROUND)
    assert found is not None
    assert found.failed == "disk full"


def test_whoever_waits_for_a_process_that_is_gone_is_not_shown_for_ever(database: Database) -> None:
    long_ago = (clock.now() - timedelta(hours=1)).isoformat()
    work.tell(work.Progress(ROUND, work.WAITING, 0, 0, "daily", long_ago))
    assert work.progress_of(ROUND) is None
