"""Simulated dossiers and answers with a structure worth estimating, from one seed.

An answer is a latent satisfaction cut into five levels: unit, quarter, service, mode, item, the person's
own mood (shared by all answers of a response) and chance add up. Nothing here is drawn from real people.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from app.demo.province import COMMENTS, FORM_OF_MODE, MODES, SERVICE_FIELD_EFFECT, SERVICES, UNITS, DemoUnit
from app.forms.answers import Stage, shown

SEED = 20261122
CUTS = (-2.35, -1.75, -1.0, 0.55)  # latent limits between the five levels
MODE_EFFECT = {"kiosk": 0.12, "receipt": 0.0, "poster": -0.1, "paper": 0.05}
PERSON_SD, ITEM_SD, ITEM_EFFECT_SD, DAY_SD = 0.75, 0.6, 0.22, 0.15
BLANK, NO_OPINION, COMMENT, DEMOGRAPHIC = 0.035, 0.03, 0.012, 0.85
LATE_SHARE = 0.03


@dataclass(frozen=True, slots=True)
class Dossiers:
    """Finished dossiers of one cell and month."""

    unit: DemoUnit
    service_code: str
    submission: str
    month: date
    finished: int


def simulate_dossiers(months: Sequence[date], rng: np.random.Generator) -> list[Dossiers]:
    """Poisson counts around each commune's size, its services and a yearly season."""
    found = []
    for unit in UNITS:
        for month in months:
            season = 1 + 0.12 * np.sin(2 * np.pi * month.month / 12)
            for service_code, share, online in SERVICES:
                expected = unit.dossiers_a_month * season * share
                for submission, part in (("counter", 1 - online), ("online", online)):
                    found.append(
                        Dossiers(unit, service_code, submission, month, int(rng.poisson(expected * part)))
                    )
    return found


def volume_row(cell: Dossiers, rng: np.random.Generator) -> dict[str, str]:
    """The register's row of a cell, as a file would bring it."""
    late = int(rng.binomial(cell.finished, LATE_SHARE))
    return {
        "unit_code": cell.unit.unit_code,
        "service_code": cell.service_code,
        "submission": cell.submission,
        "month": f"{cell.month:%Y-%m}",
        "finished": str(cell.finished),
        "on_time": str(cell.finished - late),
        "late": str(late),
    }


class Respondents:
    """Draws who answers, how, and what; keeps the effects that stay the same over the two years."""

    def __init__(self, forms: Mapping[str, Any], fields: Mapping[str, str], rng: np.random.Generator) -> None:
        self.forms, self.fields, self.rng = forms, fields, rng
        self.item_effect: dict[str, float] = {}
        self.day_effect: dict[tuple[str, date], float] = {}

    def of_cell(self, cell: Dossiers, quarter: int, last_day: date) -> Iterator[dict[str, Any]]:
        """The responses of one cell, as they arrive on the wire (without round and form version)."""
        for _ in range(int(self.rng.poisson(cell.finished * cell.unit.answers_per_100 / 100))):
            day = self._working_day(cell.month)
            if day <= last_day:
                yield self._response(cell, quarter, day)

    def _response(self, cell: Dossiers, quarter: int, day: date) -> dict[str, Any]:
        modes, shares = zip(*MODES[cell.submission], strict=True)
        mode = str(self.rng.choice(modes, p=shares))
        mood = self._mood(cell, quarter, day) + MODE_EFFECT[mode]
        form = self.forms[FORM_OF_MODE[mode]]
        stage: Stage | None = "returned" if FORM_OF_MODE[mode] == "one_stop" else None
        return {
            "response_id": str(UUID(bytes=self.rng.bytes(16), version=4)),
            "unit": cell.unit.unit_code,
            "service": cell.service_code,
            "mode": mode,
            "submission": cell.submission,
            "answered_on": day.isoformat(),
            "duration_seconds": int(self.rng.gamma(4, 6 if mode in {"kiosk", "poster"} else 35)) + 3,
            "language": "vi",
            "answers": self._answers(form, mood, stage),
        } | ({"stage": stage} if stage else {})

    def _mood(self, cell: Dossiers, quarter: int, day: date) -> float:
        unit = cell.unit
        key = (unit.unit_code, day)
        if key not in self.day_effect:
            self.day_effect[key] = self.rng.normal(0, DAY_SD)
        fall = unit.fall if quarter >= unit.fell_from_quarter else 0.0
        field = SERVICE_FIELD_EFFECT.get(self.fields[cell.service_code], 0.0)
        return unit.effect + fall + field + self.day_effect[key] + float(self.rng.normal(0, PERSON_SD))

    def _answers(self, form: Any, mood: float, stage: Stage | None) -> dict[str, Any]:
        answers: dict[str, Any] = {}
        level = 5
        for item in form.items:
            value = self._answer(form, item, mood)
            if item.code == form.headline and isinstance(value, int):
                level = value
            if value is not None and shown(item, answers, stage=stage):
                answers[item.code] = value
        return answers | self._comment(form, satisfied=level >= 4)

    def _answer(self, form: Any, item: Any, mood: float) -> Any:
        headline = item.code == form.headline
        if item.kind == "rating":
            return self._rating(item, mood, always=headline)
        if item.kind == "multiple":
            chips = [choice.code for choice in item.choices if self.rng.random() < 0.25]
            return chips or None
        if item.kind == "single":
            return self._single(item, mood)
        return None

    def _rating(self, item: Any, mood: float, *, always: bool) -> Any:
        chance = self.rng.random()
        if not always and chance < BLANK:
            return None
        if item.no_opinion and chance < BLANK + NO_OPINION:
            return "no_opinion"
        effect = self.item_effect.setdefault(item.code, 0.0 if always else self.rng.normal(0, ITEM_EFFECT_SD))
        return 1 + int(np.searchsorted(CUTS, mood + effect + self.rng.normal(0, ITEM_SD)))

    def _single(self, item: Any, mood: float) -> Any:
        codes = [choice.code for choice in item.choices]
        if item.demographic:
            return codes[int(self.rng.integers(len(codes)))] if self.rng.random() < DEMOGRAPHIC else None
        # The Circular's indices print the best answer first.
        place = int(np.searchsorted((-1.6, -0.7), mood + self.rng.normal(0, ITEM_SD)))
        return codes[max(0, len(codes) - 1 - place)]

    def _comment(self, form: Any, *, satisfied: bool) -> dict[str, str]:
        if self.rng.random() >= COMMENT * (1 if satisfied else 5):
            return {}
        item = next(item for item in form.items if item.kind == "text")
        texts = COMMENTS[satisfied]
        return {item.code: texts[int(self.rng.integers(len(texts)))]}

    def _working_day(self, month: date) -> date:
        following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
        days = [month + timedelta(days=n) for n in range((following - month).days)]
        working = [day for day in days if day.weekday() < 5]
        return working[int(self.rng.integers(len(working)))]
