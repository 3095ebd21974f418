"""What a kiosk needs to serve people by itself: unit, round, and every screen in every language."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from app.core.collation import fold
from app.core.config import settings
from app.core.language import LANGUAGES
from app.core.pages import environment
from app.forms.page import FormPage, form_page
from app.forms.service import get_form
from app.kiosks.tables import Kiosk
from app.rounds.service import current_round_of, form_of
from app.units.service import frequent_services, get_unit

MODE = "kiosk"
SEARCHABLE = 200
FREQUENT = 8
FACES = 5
THANKS_SECONDS = 4
WARNING_SECONDS = 10
LANGUAGE_NAMES = (("vi", "Tiếng Việt"), ("en", "English"))


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
    thanks_seconds: int = THANKS_SECONDS


def screens_of(session: Session, kiosk: Kiosk, *, on: date, demo: bool = False) -> Screens:
    """Everything this kiosk shows on that day."""
    unit = get_unit(session, kiosk.unit_code)
    survey = current_round_of(session, unit.unit_code, MODE, on)
    if survey is None:
        return Screens(unit.unit_code, unit.name)
    version = form_of(session, survey.round_code, MODE)
    form = get_form(session, version)
    services = _service_choices(session, unit.unit_code)
    return Screens(
        unit.unit_code,
        unit.name,
        survey.round_code,
        version,
        tuple(
            (code, _render(form_page(form, code), unit.name, services=services, demo=demo))
            for code in LANGUAGES
        ),
        settings().idle_seconds,
    )


def _service_choices(session: Session, unit_code: str) -> tuple[ServiceChoice, ...]:
    found = frequent_services(session, unit_code, limit=SEARCHABLE)
    return tuple(ServiceChoice(one.service_code, one.name, fold(one.name)) for one in found)


def _render(page: FormPage, unit_name: str, *, services: tuple[ServiceChoice, ...], demo: bool) -> str:
    first = page.items[0]
    template = environment(page.language).get_template("kiosk_screens.html")
    return template.render(
        unit_name=unit_name,
        title=page.title,
        intro=page.intro,
        thanks="",
        items=page.items,
        starts_with_scale=first.kind == "rating" and len(first.choices) == FACES,
        services=services,
        frequent=FREQUENT,
        language_names=LANGUAGE_NAMES,
        demo=demo,
    )
