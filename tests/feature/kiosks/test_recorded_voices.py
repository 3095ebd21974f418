"""Recordings an office lays into its home: played by kiosks, without a network, or refused by name."""

from pathlib import Path

import pytest
from builders.rounds import an_open_round

from app.core import clock
from app.core.database import Database
from app.core.errors import Invalid
from app.forms.service import get_form, newest_version
from app.forms.voices import MOST_BYTES, list_voices
from app.kiosks.screens import screens_of
from app.kiosks.service import create_enrolment, redeem_enrolment

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def lay(home: Path, name: str, content: bytes = b"\xff\xfb sound") -> None:
    path = home / "voices" / "quick" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def a_kiosks_screens(database: Database) -> dict[str, str]:
    with database.write() as session:
        an_open_round(session)
        made = redeem_enrolment(session, create_enrolment(session, "07777", "Quầy 1").code)
        return dict(screens_of(session, made[0], on=clock.today()).screens)


def test_a_recording_travels_inside_the_screens_of_its_language(home: Path, database: Database) -> None:
    lay(home, "vi/q_overall.mp3")
    screens = a_kiosks_screens(database)
    assert 'data-voice="data:audio/mpeg;base64,' in screens["vi"]
    assert "data-voice" not in screens["en"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("vi/q_nothing.mp3", b"x", "voices/quick/vi/q_nothing.mp3"),
        ("en/q_overall.txt", b"x", "voices/quick/en/q_overall.txt"),
        ("vi/q_overall.ogg", b"x" * (MOST_BYTES + 1), "voices/quick"),
    ],
)
def test_a_wrong_recording_is_named_and_the_kiosk_serves_without(
    home: Path, database: Database, name: str, content: bytes, said: str
) -> None:
    lay(home, name, content)
    assert "data-voice" not in a_kiosks_screens(database)["vi"]
    with database.read() as session, pytest.raises(Invalid) as found:
        list_voices(get_form(session, newest_version(session, "quick").form_version))
    assert [problem.where for problem in found.value.problems] == [said]
