"""A province with answers: units, services, volumes, a round and responses, put in row by row."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from app.collection.tables import Response
from app.core.collation import sort_key
from app.forms.service import get_form, publish
from app.rounds.tables import Round, RoundForm, RoundUnit
from app.units.tables import Service, Unit, Volume

PROVINCE = "24"
COMMUNES = {"07267": "Việt Yên", "07270": "Áng Sơn", "07273": "Đồng Kỳ", "07276": "An Hà"}
SERVICES = {
    "1.001": ("Đăng ký khai sinh", "Hộ tịch"),
    "1.002": ("Chứng thực bản sao", "Chứng thực"),
    "1.003": ("=Đăng ký kết hôn", "Hộ tịch"),
}
ROUND = "2026-Q3"
START, END = date(2026, 7, 1), date(2026, 9, 30)
MONTHS = ("2026-07", "2026-08", "2026-09")
SATISFIED = {"07267": 0.9, "07270": 0.6, "07273": 0.75, "07276": 0.8}


@dataclass(frozen=True)
class Answered:
    """One response as the tests count it themselves."""

    unit: str
    service: str
    submission: str
    mode: str
    day: date
    outcome: str
    level: int


def a_register(session: Session, *, without: tuple[str, ...] = ()) -> None:
    """A province with four communes, three services and their volumes; `without` months are not in yet."""
    day = date(2025, 7, 1)
    tree = {PROVINCE: ("Bắc Ninh", "province", None, f"/{PROVINCE}/")}
    tree |= {c: (n, "commune", PROVINCE, f"/{PROVINCE}/{c}/") for c, n in COMMUNES.items()}
    for code, (name, kind, parent, path) in tree.items():
        unit = Unit(
            unit_code=code,
            name=name,
            kind=kind,
            parent_code=parent,
            path=path,
            sort_key=sort_key(name),
            valid_from_on=day,
        )
        session.add(unit)
        session.flush()
    for code, (name, field) in SERVICES.items():
        service = Service(service_code=code, name=name, field=field, level="xã", sort_key=sort_key(name))
        session.add(service)
    session.flush()
    for place, unit_code in enumerate(COMMUNES):
        for step, code in enumerate(SERVICES):
            for month in MONTHS:
                if month not in without:
                    session.add(_volume(unit_code, code, month, finished=120 * (place + 1) + 40 * step))
    session.flush()


def _volume(unit_code: str, service_code: str, month: str, *, finished: int) -> Volume:
    return Volume(
        unit_code=unit_code,
        service_code=service_code,
        submission="counter",
        month=month,
        population_kind="finished_dossiers",
        finished=finished,
        on_time=finished,
        late=0,
    )


def a_round(
    session: Session, *, units: tuple[str, ...] = (PROVINCE,), basis: str = "opt_in"
) -> dict[str, str]:
    """A round of kiosks (quick) and receipts (one_stop); form versions by mode."""
    versions = {
        "kiosk": publish(session, "quick", by="tests").form_version,
        "receipt": publish(session, "one_stop", by="tests").form_version,
    }
    survey = Round(
        round_code=ROUND,
        title="Quý III năm 2026",
        basis=basis,
        population_kind="finished_dossiers",
        period_start_on=START,
        period_end_on=END,
        created_at=datetime(2026, 6, 1, tzinfo=UTC),
    )
    session.add(survey)
    session.flush()
    session.add_all(RoundUnit(round_code=ROUND, unit_code=unit) for unit in units)
    session.add_all(RoundForm(round_code=ROUND, mode=m, form_version=v) for m, v in versions.items())
    session.flush()
    return versions


def kiosk_answers(
    session: Session, version: str, *, count: int, seed: int = 1, units: tuple[str, ...] = tuple(COMMUNES)
) -> list[Answered]:
    """Quick ratings on kiosks, mixed when the month is over; some forms are abandoned."""
    source, answered = random.Random(seed), []
    for _ in range(count):
        unit = source.choice(units)
        level = source.choice((4, 5)) if source.random() < SATISFIED[unit] else source.choice((1, 2, 3))
        outcome = source.choices(("complete", "usable", "breakoff"), (80, 15, 5))[0]
        one = Answered(unit, source.choice(tuple(SERVICES)), "counter", "kiosk", _day(source), outcome, level)
        answered.append(one)
        answers = {} if outcome == "breakoff" else {"q_overall": level}
        session.add(a_response(source, one, version=version, answers=answers))
    session.flush()
    return answered


def receipt_answers(session: Session, version: str, *, count: int, seed: int = 2) -> None:
    """Whole forms behind a code on the receipt, with blanks and without opinions."""
    source, form = random.Random(seed), get_form(session, version)
    items = [(item.code, item.no_opinion is not None) for item in form.measures]
    for _ in range(count):
        unit = source.choice(tuple(COMMUNES))
        one = Answered(
            unit, source.choice(tuple(SERVICES)), "counter", "receipt", _day(source), "complete", 0
        )
        answers = {code: _answer(source, unit, optional) for code, optional in items}
        kept = {code: answer for code, answer in answers.items() if answer is not None}
        session.add(a_response(source, one, version=version, answers=kept, stage="returned"))
    session.flush()


def _answer(source: random.Random, unit: str, optional: bool) -> object:
    chance = source.random()
    if chance < 0.05:
        return None
    if chance < 0.1 and optional:
        return "no_opinion"
    return source.choice((4, 5)) if source.random() < SATISFIED[unit] else source.choice((1, 2, 3))


def a_response(
    source: random.Random, one: Answered, *, version: str, answers: dict[str, object], stage: str = ""
) -> Response:
    return Response(
        response_id=str(UUID(int=source.getrandbits(128), version=4)),
        content_digest=f"{source.getrandbits(256):064x}",
        round_code=ROUND,
        form_version=version,
        unit_code=one.unit,
        service_code=one.service,
        mode=one.mode,
        submission=one.submission,
        stage=stage,
        outcome=one.outcome,
        answered_on=one.day,
        language="vi",
        answers=answers,
        mixed_on=date(one.day.year, one.day.month + 1, 1),
    )


def _day(source: random.Random) -> date:
    return START + timedelta(days=source.randrange((END - START).days + 1))
