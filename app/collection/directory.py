"""What a response is checked against, kept in memory for about a second: rounds, units, kiosks, forms.

A published form never changes, so it is kept for good; a round's units and forms and the services change
seldom and are kept a minute. Whether a round still takes answers and whether a kiosk may still send is asked
again every second: closing and revoking are noticed by every process, without any signal.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from sqlmodel import Session

from app.collection.tables import Response
from app.core.database import Database
from app.core.errors import NotFound, SurveyError
from app.forms import answers
from app.forms.service import get_form
from app.kiosks.service import kiosk_of, kiosk_of_device
from app.receipts.service import token_behind
from app.rounds.service import accepting, forms_of, units_of
from app.units.service import find_service

Key = tuple[str, ...]
SECONDS = {"form": float("inf"), "forms": 60.0, "units": 60.0, "service": 60.0}
OTHERWISE_SECONDS = 1.0
MOST_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class KnownForm:
    """A published form: its languages, its items, and the check of answers against it."""

    languages: frozenset[str]
    items: frozenset[str]
    check: Callable[[Mapping[str, Any], str | None], answers.Checked]


@dataclass(frozen=True, slots=True)
class KnownKiosk:
    """The device behind a credential: its unit, and whose count its numbers belong to."""

    kiosk_id: str
    device_id: str
    unit_code: str


class Directory:
    """Look-ups that cost a database read at most once a second each."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[Key, tuple[float, object]] = {}
        self._reading = threading.Lock()

    def is_ready(self, keys: Iterable[Key]) -> bool:
        """Whether everything asked for is in memory and young enough."""
        now = time.monotonic()
        return all(self._is_young(key, now) for key in keys)

    def read(self, keys: Iterable[Key]) -> None:
        """Bring what is missing or old into memory; one thread reads, the others wait for it."""
        with self._reading:
            now = time.monotonic()
            wanted = [key for key in keys if not self._is_young(key, now)]
            if not wanted:
                return
            with self._database.read() as session:
                found = {key: _read(session, key) for key in wanted}
            if len(self._kept) > MOST_KEPT:
                self._kept = {}
            self._kept.update({key: (now + _seconds(key, value), value) for key, value in found.items()})

    def get(self, key: Key) -> Any:
        """What is known under this key; raises the error its look-up ended with."""
        kept = self._kept.get(key)
        if kept is None:  # crowded out since it was read
            self.read((key,))
            kept = self._kept[key]
        if isinstance(kept[1], SurveyError):
            raise kept[1].with_traceback(None)
        return kept[1]

    def _is_young(self, key: Key, now: float) -> bool:
        kept = self._kept.get(key)
        return kept is not None and now < kept[0]


def _seconds(key: Key, value: object) -> float:
    kept_long = not isinstance(value, SurveyError)
    return SECONDS.get(key[0], OTHERWISE_SECONDS) if kept_long else OTHERWISE_SECONDS


def _read(session: Session, key: Key) -> object:
    try:
        return _READERS[key[0]](session, *key[1:])
    except SurveyError as error:
        return error


def _read_verdict(session: Session, code: str, answered_on: str, today: str) -> bool:
    accepting(session, code, date.fromisoformat(answered_on), date.fromisoformat(today))
    return True


def _read_units(session: Session, round_code: str) -> frozenset[str]:
    return frozenset(units_of(session, round_code))


def _read_service(session: Session, service_code: str) -> bool:
    if find_service(session, service_code) is None:
        raise NotFound(
            "service {service} is not known",
            where="service",
            remedy="import the services, or leave the service out",
            service=service_code,
        )
    return True


def _read_form(session: Session, form_version: str) -> KnownForm:
    form = get_form(session, form_version)
    items = frozenset(item.code for item in form.items)
    return KnownForm(frozenset(form.languages), items, partial(answers.check, form))


def _read_kiosk(session: Session, credential: str) -> KnownKiosk:
    kiosk = kiosk_of(session, credential)
    return KnownKiosk(kiosk.kiosk_id, kiosk.device_id or "", kiosk.unit_code)


def _read_device(session: Session, device_id: str) -> KnownKiosk:
    kiosk = kiosk_of_device(session, device_id)
    return KnownKiosk(kiosk.kiosk_id, device_id, kiosk.unit_code)


def _read_short_code(session: Session, code: str) -> str:
    return token_behind(session.connection(), code)


def _read_outcome(session: Session, response_id: str) -> str:
    return session.get_one(Response, response_id).outcome


_READERS: dict[str, Callable[..., object]] = {
    "verdict": _read_verdict,
    "forms": forms_of,
    "units": _read_units,
    "service": _read_service,
    "form": _read_form,
    "kiosk": _read_kiosk,
    "device": _read_device,
    "short_code": _read_short_code,
    "outcome": _read_outcome,
}
