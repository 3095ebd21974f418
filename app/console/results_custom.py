"""Crossings beyond the declared tables, computed when asked for: for analysts, each one logged."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.accounts.dependencies import StaffDep, render_staff, require_somewhere
from app.accounts.service import Actor, record_audit
from app.core.database import Database
from app.core.errors import SurveyError
from app.core.language import language_of, translator
from app.results import service
from app.results.request import DIMENSIONS, EstimateRequest
from app.results.words import DIMENSION_WORDS, FORMULA_WORDS, KIND_WORDS, VALUE_WORDS, reason_text
from app.rounds.service import Round, list_rounds

router = APIRouter()

BAR_WIDTH, BAR_MARGIN = 180, 6
SHOWN_ROWS = 500


@dataclass(frozen=True, slots=True)
class Bar:
    """Where the interval and its estimate stand on the common scale, in SVG units."""

    low: float
    value: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the page; numbers are None where nothing is published."""

    names: Sequence[str]
    depth: int
    state: str
    reasons: Sequence[str]
    estimate: float | None
    low: float | None
    high: float | None
    n: int | None
    population: float | None
    bar: Bar | None


@router.get("/console/results/custom")
def show_results(
    request: Request,
    actor: StaffDep,
    round_code: Annotated[str, Query(alias="round")] = "",
    by: Annotated[list[str] | None, Query()] = None,
    figure: str = "",
) -> Response:
    """Choose a round, what to compare, and a figure; nothing is computed before a round is asked for."""
    require_somewhere(actor, "analyst")
    database: Database = request.app.state.database
    with database.read() as session:
        rounds = list_rounds(session)
    chosen = _chosen(rounds, round_code)
    wanted = tuple(dict.fromkeys(word for word in (["unit"] if by is None else by) if word))
    context: dict[str, Any] = {
        "rounds": rounds,
        "chosen": chosen,
        "by": wanted,
        "view": None,
        "problem": None,
    }
    status = 200
    if round_code:
        try:
            run = service.estimate(database, EstimateRequest(round_code, wanted), actor=actor)
            with database.write() as session:
                record_audit(session, actor, "results.custom", run.record.run_id, by=list(wanted))
            context |= _view(database, run.record.run_id, request=request, actor=actor, figure=figure)
        except SurveyError as error:
            context["problem"], status = error.render(translator(language_of(request))), error.status
    return render_staff(
        request,
        "console/results_custom.html",
        actor,
        status=status,
        dimensions=_dimension_words(request),
        **context,
    )


def _chosen(rounds: Sequence[Round], code: str) -> Round | None:
    """The asked-for round, or the newest; None where there is no such round."""
    if not code:
        return rounds[0] if rounds else None
    return next((survey for survey in rounds if survey.round_code == code), None)


def _view(database: Database, run_id: str, *, request: Request, actor: Actor, figure: str) -> dict[str, Any]:
    language = language_of(request)
    with database.read() as session:
        view = service.run_view(session, run_id, language=language, figure=figure, limit=SHOWN_ROWS)
    _ = translator(language)
    return {
        "view": view,
        "lines": [_line(row, _) for row in view.rows],
        "figures": [
            (one.key, f"{_(KIND_WORDS[one.kind])}: {one.name}", _(FORMULA_WORDS[one.formula]))
            for one in view.figures
        ],
        "headers": [_(DIMENSION_WORDS[word]) for word in service.shown_dimensions(view)],
        "may_download": all(actor.may("analyst", path) for path in view.within),
    }


def _line(row: dict[str, Any], _: Any) -> Line:
    names = service.dimension_names(row)
    words = {**{key: _(text) for key, text in VALUE_WORDS.items()}}
    return Line(
        names=[_name(word, value, words, _) for word, value in names.items()],
        depth=0 if not row.get("parent_code") else 1,
        state=row["state"],
        reasons=[_(reason_text(code)) for code in row["reasons"].split("; ") if code],
        estimate=row["estimate"],
        low=row["low"],
        high=row["high"],
        n=row["n"],
        population=row["population"],
        bar=_bar(row),
    )


def _name(dimension: str, value: str, words: dict[str, str], _: Any) -> str:
    if value:
        return words.get(f"{dimension}:{value}", value)
    return str(_("The whole round") if dimension == "unit" else _("not known"))


def _bar(row: dict[str, Any]) -> Bar | None:
    if row["estimate"] is None or row["low"] is None:
        return None
    places = [
        BAR_MARGIN + row[name] / 100 * (BAR_WIDTH - 2 * BAR_MARGIN) for name in ("low", "estimate", "high")
    ]
    return Bar(*(round(place, 1) for place in places))


def _dimension_words(request: Request) -> list[tuple[str, str]]:
    _ = translator(language_of(request))
    return [(word, _(DIMENSION_WORDS[word])) for word in DIMENSIONS]
