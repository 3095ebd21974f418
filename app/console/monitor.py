"""Monitor: the way of answers of a round, from finished dossiers to complete forms, by place and day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from app.accounts.dependencies import StaffDep, render_staff, require_somewhere
from app.accounts.service import Actor
from app.console.edition_pages import PageTable, csv_reply, open_round, paged
from app.console.monitor_chart import NARROW, WIDE, day_columns
from app.console.telling import month_words
from app.core import clock
from app.core.database import SessionDep
from app.core.language import language_of, translator
from app.indicators.definitions import PLAN
from app.indicators.targets import Targets, open_targets
from app.kiosks.fleet import FleetKiosk, fleet
from app.results.words import VALUE_WORDS
from app.rounds.service import Round, list_rounds
from app.units.service import known_units

if TYPE_CHECKING:
    from app.results.flows import Course, Flow
    from app.results.monitoring import RoundCounts
    from app.results.reading import EditionTables, Estimate

router = APIRouter()
MONITOR = "/console/monitor"
MARGINS = (3, 5, 10)
WAYS = ("unit", "service", "mode", "day")
MOST_BLANK_SHOWN = 5
MONTH_LENGTH = len("2026-07")


class Asked(BaseModel):
    """What the address says; `margin` in points."""

    round_code: str = Field("", alias="round")
    unit: str | None = None
    by: str = "unit"
    margin: int = 5
    sort: str = ""
    page: int = 1
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """Answers against those wanted; `planned` where somebody set the number, else computed for the margin."""

    wanted: int
    share: float | None
    planned: bool

    @property
    def filled(self) -> float:
        """Width of the bar of 100."""
        return round(100 * min(self.share or 0.0, 1.0), 1)


@dataclass(frozen=True, slots=True)
class Line:
    flow: "Flow"
    name: str
    progress: Progress | None


@dataclass(frozen=True, slots=True)
class Fleet:
    """The kiosks of the unit in numbers."""

    connected: int
    silent: int
    missing: int
    waiting: int


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the page has found."""

    survey: Round
    unit: str
    by: str
    counts: "RoundCounts"
    course: "Course"
    lines: list[Line]
    tables: "EditionTables | None"


AskedDep = Annotated[Asked, Query()]


@router.get(MONITOR)
def show_monitor(request: Request, actor: StaffDep, session: SessionDep, asked: AskedDep) -> Response:
    """How the round is going, as of now; no edition is needed."""
    require_somewhere(actor, "viewer")
    language = language_of(request)
    seen = _look(session, actor, asked, language=language)
    rounds = list_rounds(session)
    if seen is None:
        return render_staff(request, "console/monitor.html", actor, rounds=rounds, survey=None, asked=asked)
    return render_staff(request, "console/monitor.html", actor, **_context(session, actor, seen, asked))


CSV_COLUMNS = (
    *("code", "name", "dossiers", "codes_issued", "forms_begun", "arrived", "usable", "complete"),
    *("usable_per_100_dossiers", "rr1_pct", "rr2_pct", "flagged", "answers_wanted", "wanted_is_planned"),
    "hidden",
)


@router.get(f"{MONITOR}.csv")
def download_monitor(request: Request, actor: StaffDep, session: SessionDep, asked: AskedDep) -> Response:
    """The rows the page shows, all pages of them."""
    require_somewhere(actor, "viewer")
    seen = _look(session, actor, asked, language=language_of(request))
    rows = [_csv_row(line, seen.survey) for line in seen.lines] if seen else []
    code = seen.survey.round_code if seen else "none"
    return csv_reply(request, actor, PageTable(f"monitor-{code}", f"{code} monitor", CSV_COLUMNS, rows))


def _look(session: Session, actor: Actor, asked: Asked, *, language: str) -> _Seen | None:
    from app.results.monitoring import RoundCounts

    rounds = list_rounds(session)
    survey = next((one for one in rounds if not asked.round_code or one.round_code == asked.round_code), None)
    counts = RoundCounts(session, survey, within=actor.paths("viewer")) if survey else None
    if survey is None or counts is None or not counts.tops:
        return None
    unit = asked.unit if asked.unit in counts.places else counts.tops[0].code
    by = asked.by if asked.by in WAYS else WAYS[0]
    course = counts.course(unit or "", by)
    opened = open_round(session, actor, survey.round_code, language=language)
    tables = opened.tables if opened else None
    lines = _lines(session, survey, course, asked, tables=tables, language=language)
    return _Seen(survey, unit or "", by, counts, course, lines, tables)


def _lines(
    session: Session,
    survey: Round,
    course: "Course",
    asked: Asked,
    *,
    tables: "EditionTables | None",
    language: str,
) -> list[Line]:
    _ = translator(language)
    by_unit = asked.by not in WAYS[1:]
    effects = _design_effects(tables) if by_unit else {}
    targets = open_targets(session)
    lines = [
        Line(
            flow,
            _name(flow, asked.by, _),
            _progress(flow, survey, asked.margin, effects, targets) if by_unit else None,
        )
        for flow in course.rows
        if not flow.is_empty or asked.by == "day"
    ]
    return sorted(lines, key=SORTS[asked.sort]) if asked.sort in SORTS else lines


SORTS: dict[str, Callable[[Line], Any]] = {
    "usable": lambda line: -(line.flow.usable or 0),
    "rate": lambda line: (line.flow.per_100 is None, line.flow.per_100 or 0.0),
    "progress": lambda line: (line.progress is None, (line.progress and line.progress.share) or 0.0),
}


def _name(flow: "Flow", by: str, _: Callable[[str], str]) -> str:
    if by == "day":
        return _day_words(flow.code)
    if by == "mode":
        return _(VALUE_WORDS.get(f"mode:{flow.code}", flow.code))
    if by == "service":
        return flow.name or _("not known")
    return flow.name or _("The whole round")


def _day_words(code: str) -> str:
    """A month, a day or the days from the first to the last."""
    if len(code) == MONTH_LENGTH:
        return month_words(code)
    first, *rest = (date.fromisoformat(part).strftime("%d/%m") for part in code.split("/"))
    return f"{first} – {rest[0]}" if rest else first


def _design_effects(tables: "EditionTables | None") -> dict[str, float]:
    """Unit -> how many times more answers its figures need than a simple random sample."""
    rows: Sequence[Estimate] = tables.rows(figure=tables.headline) if tables else ()
    return {row.unit: row.n / row.n_effective for row in rows if row.n and row.n_effective}


def _progress(
    flow: "Flow", survey: Round, margin: int, effects: dict[str, float], targets: Targets
) -> Progress | None:
    from app.results.flows import wanted_answers

    planned = targets.own(PLAN, flow.code, year=survey.period_end_on.year)
    wanted = (
        int(planned)
        if planned
        else wanted_answers(
            flow,
            margin_points=margin if margin in MARGINS else 5,
            design_effect=effects.get(flow.code, 1.0),
        )
    )
    if not wanted:
        return None
    return Progress(wanted, None if flow.usable is None else flow.usable / wanted, bool(planned))


def _context(session: Session, actor: Actor, seen: _Seen, asked: Asked) -> dict[str, Any]:
    from app.results.round_register import usual_seconds

    columns, most = day_columns(seen.course.spans, WIDE)
    narrow, _ = day_columns(seen.course.spans, NARROW)
    page = paged(seen.lines, asked.page)
    whole = seen.unit in {top.code for top in seen.counts.tops}
    return {
        "asked": asked,
        "by": seen.by,
        "rounds": list_rounds(session),
        "survey": seen.survey,
        "units": seen.counts.choices(),
        "unit": seen.unit,
        "unit_name": seen.counts.places[seen.unit].name,
        "course": seen.course,
        "months_missing": ", ".join(map(month_words, seen.course.months_missing)),
        "months_known": ", ".join(map(month_words, seen.course.months_known)),
        "page": page,
        "lines": page.rows,
        "months_hidden": ", ".join(map(month_words, seen.course.months_hidden)),
        "silent": sum(line.flow.arrived == 0 for line in seen.lines),
        "nothing": len(seen.course.rows) - len(seen.lines),
        "columns": columns,
        "narrow_columns": narrow,
        "most": most,
        "margins": MARGINS,
        "seconds": usual_seconds(session, seen.survey) if whole and actor.may("viewer") else [],
        "mode_words": {code.removeprefix("mode:"): text for code, text in VALUE_WORDS.items()},
        "kiosks": _kiosks(session, seen),
        "blanks": _blanks(seen),
        "today": clock.today(),
    }


def _kiosks(session: Session, seen: _Seen) -> Fleet:
    top = seen.counts.places[seen.unit].path
    paths = {unit.unit_code: unit.path for unit in known_units(session, seen.counts.places)}
    found: list[FleetKiosk] = fleet(
        session, now=clock.now(), may=lambda kiosk: paths.get(kiosk.unit_code, "").startswith(top)
    )
    connected = [one for one in found if one.kiosk.enrolled_at and not one.kiosk.revoked_at]
    return Fleet(
        connected=len(connected),
        silent=sum("silent" in one.flags for one in connected),
        missing=sum(one.tally.missing for one in found),
        waiting=sum(one.tally.waiting for one in found),
    )


def _blanks(seen: _Seen) -> list["Estimate"]:
    """The criteria left blank most often in the unit."""
    if seen.tables is None:
        return []
    figures = [one.key for one in seen.tables.figures if one.formula == "satisfied_share"]
    rows = [row for row in seen.tables.rows(unit=seen.unit, figure=figures) if row.blank_pct]
    return sorted(rows, key=lambda row: -(row.blank_pct or 0.0))[:MOST_BLANK_SHOWN]


def _csv_row(line: Line, survey: Round) -> list[Any]:
    flow, drawn = line.flow, survey.basis == "probability"
    return [
        *(flow.code, line.name, flow.dossiers, flow.issued, flow.started),
        *(flow.arrived, flow.usable, flow.complete, None if drawn else flow.per_100),
        *(_pct(flow.rr1) if drawn else None, _pct(flow.rr2) if drawn else None, flow.flagged),
        *((line.progress.wanted, int(line.progress.planned)) if line.progress else (None, None)),
        int(flow.hidden),
    ]


def _pct(share: float | None) -> float | None:
    return None if share is None else 100 * share
