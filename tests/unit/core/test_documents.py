"""Documents that cannot drift from the program."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.core import config

APP = Path(config.__file__).parent.parent
ROOT = APP.parent


def test_every_setting_is_documented_and_every_documented_setting_exists() -> None:
    table = (APP / "README.md").read_text(encoding="utf-8")
    names = {f"SIPAS_{name.upper()}" for name in config.Settings.model_fields}
    written = {
        word.strip("`") for line in table.splitlines() for word in line.split() if word.startswith("`SIPAS_")
    }
    assert written == names


def test_a_setting_outside_its_range_stops_the_start() -> None:
    with pytest.raises(ValidationError, match="use vi or en"):
        config.Settings(language="fr")
    with pytest.raises(ValidationError, match="mix_hour"):
        config.Settings(mix_hour=24)


def test_no_room_readme_is_longer_than_forty_lines() -> None:
    rooms = [
        *APP.glob("*/README.md"),
        *(ROOT / room / "README.md" for room in ("analysis", "survey_forms", "kiosk_ui")),
    ]
    long = {
        str(path.relative_to(ROOT)): n
        for path in rooms
        if path.exists() and (n := len(path.read_text().splitlines())) > 40
    }
    assert long == {}
