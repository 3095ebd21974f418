"""What a citizen's page is about: which unit, service, round and form stand behind a code or a poster."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlmodel import Session

from app.collection.ready import ReadyPage
from app.core import clock
from app.core.database import Database
from app.core.errors import Gone, NotFound, SurveyError
from app.forms.answers import Form, Stage
from app.forms.service import get_form
from app.receipts.guesses import WrongCodes
from app.receipts.service import Receipt, read_token, token_behind, token_digest
from app.receipts.spent import is_spent
from app.rounds.service import accepting, current_round_of, form_of
from app.units.service import find_service, get_unit, known_units

KEPT_SECONDS = 5.0
MOST_KEPT = 5_000
UNKNOWN = "code_unknown"
Asked = TypeVar("Asked")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Place:
    """The strata of a page's answers and the names to show; `counter` is a poster's, shown and not kept."""

    round_code: str
    unit_code: str
    unit_name: str
    mode: str
    form: Form
    form_version: str
    service_code: str = ""
    service_name: str = ""
    submission: str = ""
    stage: Stage | None = None
    counter: str = ""


class Places:
    """Look-ups behind the pages, kept a few seconds: many phones open codes of one unit at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[object, tuple[float, Place]] = {}
        self._wrong = WrongCodes()
        self._units: set[str] = set()
        self.pages: dict[object, ReadyPage] = {}

    async def behind_token(self, token: str) -> Place:
        """The place of a receipt's token; NotFound or Gone, in words for a citizen, when it leads nowhere."""
        place = await self.sending_token(token)
        if await self._ask(_is_spent, token_digest(token)):
            raise code_spent()
        return place

    async def sending_token(self, token: str) -> Place:
        """The same, spent or not."""
        receipt = _usable(token)
        key = (receipt, clock.today())
        return self._young(key) or self._keep(key, await self._ask(_place_of_receipt, receipt))

    async def of_poster(self, unit_code: str, *, counter: str = "") -> Place:
        """The place of a unit's poster; NotFound while no survey runs there."""
        key = (unit_code, clock.today())
        place = self._young(key) or self._keep(key, await self._ask(_place_of_poster, unit_code))
        return replace(place, counter=counter) if counter else place

    async def knows(self, unit_code: str) -> bool:
        """Whether there is such a unit; a known one is not asked for again."""
        if unit_code not in self._units and await self._ask(_is_unit, unit_code):
            self._units.add(unit_code)
        return unit_code in self._units

    async def token_typed(self, typed: str, address: str) -> str:
        """The token of a typed code; NotFound for a wrong one, TooMany after many from one address."""
        self._wrong.check(address)
        token = await self._ask(_token_behind, typed)
        if not token:
            self._wrong.add(address)
            raise code_mistyped()
        return token

    async def form(self, place: Place, form_version: str) -> Form:
        """The form the page was made from, or today's where that one is unknown."""
        if form_version in ("", place.form_version):
            return place.form
        try:
            return await self._ask(get_form, form_version)
        except SurveyError:
            return place.form

    async def _ask(self, look_up: Callable[[Session, Asked], Found], asked: Asked) -> Found:
        """One read; beside the event loop where the database is across a wire."""
        if self._database.dialect == "sqlite":  # sooner done than handed to a thread
            return self._read(look_up, asked)
        return await asyncio.to_thread(self._read, look_up, asked)

    def _read(self, look_up: Callable[[Session, Asked], Found], asked: Asked) -> Found:
        with self._database.read() as session:
            return look_up(session, asked)

    def _young(self, key: object) -> Place | None:
        kept = self._kept.get(key)
        return kept[1] if kept and kept[0] > time.monotonic() else None

    def _keep(self, key: object, place: Place) -> Place:
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[key] = (time.monotonic() + KEPT_SECONDS, place)
        return place


def code_spent() -> Gone:
    return Gone("This code has been used already", remedy="Thank you. Each code counts once.")


def code_expired() -> Gone:
    return Gone(
        "This code is out of date", remedy="Please ask the office for a new one if you still wish to answer."
    )


def code_unknown() -> NotFound:
    return NotFound(
        "This code is not known here",
        remedy="Please scan the code on the paper once more.",
        code=UNKNOWN,
    )


def code_mistyped() -> NotFound:
    return NotFound(
        "This code is not known here",
        remedy="Please look at the code on the paper and type it again.",
        code=UNKNOWN,
    )


def survey_over() -> Gone:
    return Gone("This survey has ended", remedy="Thank you for wishing to take part.")


def no_survey() -> NotFound:
    return NotFound("No survey is running here today", remedy="Thank you for wishing to take part.")


def _is_spent(session: Session, digest: str) -> bool:
    return is_spent(session.connection(), digest)


def _is_unit(session: Session, unit_code: str) -> bool:
    return bool(known_units(session, [unit_code]))


def _token_behind(session: Session, typed: str) -> str:
    return token_behind(session.connection(), typed)


def _usable(token: str) -> Receipt:
    receipt = read_token(token)
    if receipt is None:
        raise code_unknown()
    if receipt.expires_on < clock.today():
        raise code_expired()
    return receipt


def _place_of_receipt(session: Session, receipt: Receipt) -> Place:
    today = clock.today()
    try:
        accepting(session, receipt.round_code, today, today)
        version = form_of(session, receipt.round_code, "receipt")
        unit = get_unit(session, receipt.unit_code)
    except SurveyError as error:
        raise survey_over() from error
    service = find_service(session, receipt.service_code) if receipt.service_code else None
    return Place(
        receipt.round_code,
        unit.unit_code,
        unit.name,
        "receipt",
        get_form(session, version),
        version,
        service_code=receipt.service_code,
        service_name=service.name if service else "",
        submission=receipt.submission,
        stage=_stage(receipt.stage),
    )


def _stage(name: str) -> Stage | None:
    if name == "received":
        return "received"
    return "returned" if name == "returned" else None


def _place_of_poster(session: Session, unit_code: str) -> Place:
    try:
        unit = get_unit(session, unit_code)
    except NotFound as error:
        raise no_survey() from error
    survey = current_round_of(session, unit_code, "poster", clock.today())
    if survey is None:
        raise no_survey()
    version = form_of(session, survey.round_code, "poster")
    form = get_form(session, version)
    return Place(survey.round_code, unit.unit_code, unit.name, "poster", form, version)
