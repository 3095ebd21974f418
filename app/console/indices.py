"""The board of indices: what others announced, typed or brought in from a file, beside our own share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from app.accounts.actors import Actor
from app.accounts.dependencies import StaffDep, render_staff, require_somewhere
from app.accounts.service import record_audit
from app.console.choosing import UploadDep, chosen_file, unit_named
from app.console.listing import Listing, Order, listed
from app.console.telling import FieldsDep, told
from app.core.collation import sort_key
from app.core.database import Database, SessionDep
from app.core.errors import SurveyError
from app.core.language import language_of, translator
from app.core.numbers import number
from app.core.tabular import read_rows
from app.indicators import legal, service, wording
from app.indicators.board import Asked, board
from app.indicators.definitions import INDICATORS, LEGAL, OURS, SATISFACTION, name_of, part_name
from app.indicators.export import MEDIA_TYPES, export
from app.indicators.figures import signed
from app.indicators.lines import Line
from app.rounds.service import list_rounds
from app.units.service import list_units

router = APIRouter()
INDICES = "/console/indices"
SHOWN_CHANCE = 0.005
ROWS = 50
TYPED = (*service.COLUMNS.known, "target")
VERDICTS = tuple(wording.VERDICT_WORDS)
ORDERS: dict[str, Order[Line]] = {
    "index": Order(lambda line: (line.indicator, line.part)),
    "unit": Order(lambda line: sort_key(wording.body_text(line))),
    "year": Order(lambda line: line.period, down=True),
    "rank": Order(lambda line: line.rank),
    "change": Order(lambda line: line.change.points, down=True),
    "target": Order(lambda line: VERDICTS.index(line.verdict) if line.verdict else None),
}


@dataclass(frozen=True, slots=True)
class LineView:
    """A line in words, in the forms people quote."""

    line: Line
    name: str
    body: str
    period: str
    value: str
    interval: str
    rank: str
    change: str
    is_opposed: bool
    announced_otherwise: str
    target: str
    verdict: str
    sum: str
    sum_agrees: bool
    grade: str
    scaled: str
    chances: Sequence[tuple[str, str]]
    parts: Sequence["LineView"]
    history: Sequence["LineView"]

    @property
    def is_ours(self) -> bool:
        return self.line.indicator == SATISFACTION

    @property
    def is_stored(self) -> bool:
        """Whether there is a value to take back: our share and a sum of parts are computed."""
        has_figure = self.line.score is not None or self.line.rank is not None
        return has_figure and not self.is_ours and (bool(self.line.part) or self.line.legal is None)


def _asked(unit: str = "", indicator: str = "", year: str = "") -> Asked:
    return Asked(unit.strip(), indicator.strip(), year.strip())


AskedDep = Annotated[Asked, Depends(_asked)]


@router.get(INDICES)
def show_indices(request: Request, actor: StaffDep, session: SessionDep, asked: AskedDep) -> Response:
    require_somewhere(actor, "viewer")
    try:
        return _page(request, actor, session, asked=asked)
    except SurveyError as error:
        return _page(request, actor, session, asked=Asked(), error=error)


@router.get(f"{INDICES}/file.{{kind}}")
def download(kind: str, request: Request, actor: StaffDep, session: SessionDep, asked: AskedDep) -> Response:
    """What the page shows, with parts and earlier years."""
    require_somewhere(actor, "viewer")
    lines = list(_found(request, session, actor, asked).every)
    content = export(lines, kind, language=language_of(request))
    database: Database = request.app.state.database
    with database.write() as writing:
        record_audit(writing, actor, "index values taken", asked.unit_code or "/", format=kind)
    headers = {"Content-Disposition": f'attachment; filename="chi-so.{kind}"'}
    return Response(content, media_type=MEDIA_TYPES[kind], headers=headers)


@router.post(INDICES)
def enter(request: Request, actor: StaffDep, session: SessionDep, fields: FieldsDep) -> Response:
    """One figure, as a row of a file."""
    require_somewhere(actor, service.ROLE)
    cells = {name: fields.get(name, "") for name in service.COLUMNS.known}
    try:
        service.record_value(session, cells, by=actor)
    except SurveyError as error:
        session.rollback()
        return _page(request, actor, session, asked=Asked(), error=error, typed=fields, form="value")
    return RedirectResponse(f"{INDICES}?done=value", 303)


@router.post(f"{INDICES}/import")
def bring_in(
    request: Request, actor: StaffDep, session: SessionDep, fields: FieldsDep, upload: UploadDep
) -> Response:
    """A file: all of it or nothing, every mistake with its line."""
    require_somewhere(actor, service.ROLE)
    try:
        file = chosen_file(upload)
        rows = read_rows(file.content, file.name, service.COLUMNS)
        service.import_values(session, rows, file.name, by=actor)
    except SurveyError as error:
        session.rollback()
        return _page(request, actor, session, asked=Asked(), error=error, form="import")
    if "try" in fields:
        session.rollback()
        return RedirectResponse(f"{INDICES}?done=tried", 303)
    return RedirectResponse(f"{INDICES}?done=import", 303)


@router.post(f"{INDICES}/targets")
def set_target(request: Request, actor: StaffDep, session: SessionDep, fields: FieldsDep) -> Response:
    require_somewhere(actor, service.ROLE)
    try:
        service.set_target(session, fields, by=actor)
    except SurveyError as error:
        session.rollback()
        return _page(request, actor, session, asked=Asked(), error=error, typed=fields, form="target")
    return RedirectResponse(f"{INDICES}?done=target", 303)


@router.post(f"{INDICES}/targets/remove")
def remove_target(actor: StaffDep, session: SessionDep, fields: FieldsDep) -> Response:
    require_somewhere(actor, service.ROLE)
    year = int(fields["year"]) if fields.get("year", "").isdigit() else 0
    service.remove_target(session, fields.get("indicator", ""), fields.get("unit", ""), year, by=actor)
    return RedirectResponse(f"{INDICES}?done=removed", 303)


@router.post(f"{INDICES}/remove")
def remove(actor: StaffDep, session: SessionDep, fields: FieldsDep) -> Response:
    require_somewhere(actor, service.ROLE)
    key = (
        fields.get("indicator", ""),
        fields.get("part", ""),
        fields.get("unit", ""),
        fields.get("body", ""),
        fields.get("year", ""),
    )
    service.remove_value(session, key, by=actor)
    return RedirectResponse(f"{INDICES}?done=removed", 303)


@router.post(f"{INDICES}/legal")
def compute_legal(request: Request, actor: StaffDep, session: SessionDep, fields: FieldsDep) -> Response:
    """The citizens' part of Circular 01/2018 from a round's answers."""
    require_somewhere(actor, service.ROLE)
    try:
        legal.compute(session, fields.get("round", ""), by=actor)
    except SurveyError as error:
        session.rollback()
        return _page(request, actor, session, asked=Asked(), error=error, form="legal")
    return RedirectResponse(f"{INDICES}?indicator={LEGAL}&done=legal", 303)


def _by_code(session: Session, asked: Asked) -> Asked:
    """A unit may be asked for by its name."""
    if not asked.unit_code:
        return asked
    return Asked(unit_named(session, asked.unit_code).unit_code, asked.indicator, asked.period)


def _page(  # noqa: PLR0913, a page that failed gives back what was typed, and where
    request: Request,
    actor: Actor,
    session: Session,
    *,
    asked: Asked,
    error: SurveyError | None = None,
    typed: dict[str, str] | None = None,
    form: str = "",
) -> Response:
    language = language_of(request)
    found = _found(request, session, actor, asked)
    return render_staff(
        request,
        "console/indices.html",
        actor,
        status=error.status if error else 200,
        problem=told(request, error),
        done=request.query_params.get("done", ""),
        form=form,
        asked=asked,
        found=found,
        views=[_view(line, language) for line in found.rows],
        counts=_counts(found.every),
        typed={name: (typed or {}).get(name, "") for name in TYPED},
        is_filtered=asked != Asked(),
        query=request.url.query,
        **_choices(session, actor, language),
    )


def _found(request: Request, session: Session, actor: Actor, asked: Asked) -> Listing[Line]:
    """In the order of the indices where no other is asked for."""
    return listed(request, board(session, actor, _by_code(session, asked)), ORDERS, page_rows=ROWS)


def _choices(session: Session, actor: Actor, language: str) -> dict[str, Any]:
    say = translator(language)
    units = [unit for unit in list_units(session) if actor.may("viewer", unit.path)]
    names = {unit.unit_code: unit.name for unit in units}
    enters = actor.may_somewhere(service.ROLE)
    targets = service.list_targets(session)
    return {
        "indicators": [(code, say(one.name)) for code, one in INDICATORS.items()],
        "all_indicators": [(code, say(name_of(code))) for code in (*OURS, *INDICATORS)],
        "enters": enters,
        "rounds": list_rounds(session) if enters else [],
        "targets": [
            (one, say(name_of(one.indicator)), names.get(one.unit_code, one.unit_code) or say("everywhere"))
            for one in targets
            if not one.unit_code or one.unit_code in names
        ],
    }


def _counts(lines: Sequence[Line]) -> dict[str, int]:
    """For the heading: how many figures, how many rose, fell, have a target, and missed it."""
    points = [line.change.points for line in lines if line.change.points is not None]
    return {
        "all": len(lines),
        "rose": sum(change > 0 for change in points),
        "fell": sum(change < 0 for change in points),
        "aimed": sum(line.target is not None for line in lines),
        "missed": sum(line.verdict == "not_met" for line in lines),
    }


def _view(line: Line, language: str) -> LineView:
    say, found = translator(language), line.legal
    chances = legal.chances_of(found, unit_code=line.unit_code, period=line.period) if found else {}
    return LineView(
        line=line,
        name=say(part_name(line.indicator, line.part) if line.part else name_of(line.indicator)),
        body=wording.body_text(line),
        period=wording.period_text(line.period, language),
        value=wording.value_text(line, language),
        interval=wording.interval_text(line, language) if line.low is not None else "",
        rank=wording.rank_text(line),
        change=wording.change_text(line, language),
        is_opposed=line.is_opposed,
        announced_otherwise="" if line.change.other is None else signed(line.change.other, language),
        target=wording.target_text(line, language),
        verdict=say(wording.VERDICT_WORDS[line.verdict]) if line.verdict else "",
        sum=line.total.text(language) if line.total else "",
        sum_agrees=line.total.agrees if line.total else True,
        grade=say(legal.GRADE_WORDS[found.grade]) if found else "",
        scaled=say(legal.GRADE_WORDS[found.scaled]) if found else "",
        chances=[
            (say(legal.GRADE_WORDS[grade]), number(chance * 100, language))
            for grade, chance in chances.items()
            if chance >= SHOWN_CHANCE
        ],
        parts=[_view(part, language) for part in line.parts],
        history=[_view(past, language) for past in line.history],
    )
