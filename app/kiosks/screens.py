"""What a kiosk needs to serve people by itself: unit, round, and every screen in every language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from app.core.collation import fold
from app.core.config import settings
from app.core.errors import Invalid
from app.core.logs import get_logger
from app.core.pages import environment
from app.forms.page import FormPage, form_page
from app.forms.service import get_form
from app.forms.voices import voices_of
from app.kiosks.languages import named, words_around
from app.kiosks.tables import Kiosk
from app.kiosks.thanks import thanks_of
from app.rounds.service import current_round_of, form_of
from app.units.service import frequent_services, get_unit

log = get_logger("kiosks")
MODE = "kiosk"
SEARCHABLE = 200
FREQUENT = 8
FACES = 5
WARNING_SECONDS = 10
LARGEST_SCREENS_BYTES = 1_300_000  # with the pages beside them a device keeps less than 1.5 MB


@dataclass(frozen=True, slots=True)
class ServiceChoice:
    """A service to pick; `words` is its name without marks, for the search on the device."""

    code: str
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Screens:
    """The device's data; `round_code` is empty while no survey runs here."""

    unit_code: str
    unit_name: str
    round_code: str = ""
    form_version: str = ""
    screens: tuple[tuple[str, str], ...] = ()
    idle_seconds: int = 0
    warning_seconds: int = WARNING_SECONDS
    thanks_seconds: int = 0


def screens_of(session: Session, kiosk: Kiosk, *, on: date, demo: bool = False) -> Screens:
    """Everything this kiosk shows on that day."""
    unit = get_unit(session, kiosk.unit_code)
    survey = current_round_of(session, unit.unit_code, MODE, on)
    if survey is None:
        return Screens(unit.unit_code, unit.name)
    version = form_of(session, survey.round_code, MODE)
    form = get_form(session, version)
    services, thanks = _service_choices(session, unit.unit_code), thanks_of(session, unit.unit_code)
    shown = _Shown(form, unit.name, services, thanks, demo)
    return Screens(
        unit.unit_code,
        unit.name,
        survey.round_code,
        version,
        _rendered(shown),
        idle_seconds=settings().idle_seconds,
        thanks_seconds=settings().thanks_seconds,
    )


def _service_choices(session: Session, unit_code: str) -> tuple[ServiceChoice, ...]:
    found = frequent_services(session, unit_code, limit=SEARCHABLE)
    return tuple(ServiceChoice(one.service_code, one.name, fold(one.name)) for one in found)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What every language's screens are made of."""

    form: Any
    unit_name: str
    services: tuple[ServiceChoice, ...]
    thanks: Mapping[str, str]
    demo: bool


def _rendered(shown: _Shown) -> tuple[tuple[str, str], ...]:
    """The screens by language; without recordings where they would be too large for the device."""
    voices = {language: _voices(shown.form, language) for language in shown.form.languages}
    screens = _in_every_language(shown, voices)
    size = sum(len(screen.encode()) for _, screen in screens)
    if size <= LARGEST_SCREENS_BYTES or not any(voices.values()):
        return screens
    log.warning("voices_left_out", form=shown.form.code, bytes=size)
    return _in_every_language(shown, dict.fromkeys(voices, {}))


def _in_every_language(shown: _Shown, voices: Mapping[str, Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (language, _render(shown, form_page(shown.form, language), voices[language])) for language in voices
    )


def _render(shown: _Shown, page: FormPage, voices: Mapping[str, str]) -> str:
    first = page.items[0]
    words = words_around(page.language)
    return (
        environment(words)
        .get_template("kiosk_screens.html")
        .render(
            language=page.language,
            words_in=words,
            unit_name=shown.unit_name,
            title=page.title,
            intro=page.intro,
            thanks=shown.thanks.get(words, ""),
            items=page.items,
            starts_with_scale=first.kind == "rating" and len(first.choices) == FACES,
            services=shown.services,
            frequent=FREQUENT,
            language_names=named(page.languages),
            voices=voices,
            demo=shown.demo,
        )
    )


def _voices(form: Any, language: str) -> Mapping[str, str]:
    """The recordings; with a mistake among them the kiosk serves without any, and the log says why."""
    try:
        return voices_of(form, language)
    except Invalid as error:
        log.warning("voices_left_out", form=form.code, mistakes=len(error.problems))
        return {}
