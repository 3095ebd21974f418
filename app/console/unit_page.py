"""A unit's page of results: trend, profile, services, what to do first, what people wrote."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.dependencies import StaffDep, render_staff, require
from app.accounts.service import Actor
from app.console.results import exact, nothing_yet, picture_reply
from app.core.database import SessionDep
from app.core.errors import NotFound
from app.core.language import language_of, translator
from app.results.choices import rounds_with_editions
from app.results.comments.service import Comment, Question, find_comments
from app.results.comments.words import HIDDEN_WORDS
from app.units.service import get_unit

if TYPE_CHECKING:
    from app.console.unit_figures import UnitFigures

router = APIRouter()
SHOWN_COMMENTS = 5
COMMENT_ROLE = "analyst"


@router.get("/console/units/{unit}/results")
def show_unit(
    request: Request, actor: StaffDep, session: SessionDep, unit: str, detail: str = "criterion"
) -> Response:
    """The newest edition of the asked-for round, or of the newest round with figures."""
    from app.console import unit_charts
    from app.console.results_page import reasons_of

    language = language_of(request)
    found = _figures(request, actor, session, unit, detail)
    if found is None:
        return nothing_yet(request, actor, session)
    say = translator(language)
    path = get_unit(session, unit).path
    return render_staff(
        request,
        "console/unit_page.html",
        actor,
        found=found,
        rounds=rounds_with_editions(session),
        charts=_charts(found, language),
        findings={
            "trend": unit_charts.trend_finding(found, language),
            "profile": unit_charts.profile_finding(found, language),
            "services": unit_charts.services_finding(found, language),
            "levels": unit_charts.levels_finding(found, language),
        },
        comments=_comments(session, actor, path, found.opened.survey.round_code),
        hidden_words={kind: say(word) for kind, word in HIDDEN_WORDS.items()},
        may_report=actor.may("analyst", path) or found.opened.state == "published",
        level_names=[say(name) for name in unit_charts.LEVEL_NAMES],
        exact=exact,
        reasons=lambda row: reasons_of(row, say),
    )


@router.get("/console/units/{unit}/results/{name}.{kind}")
def take_unit_chart(
    request: Request, actor: StaffDep, session: SessionDep, unit: str, name: str, kind: str
) -> Response:
    """One of the page's charts as SVG or PNG."""
    from app.console.unit_charts import CHARTS, picture

    found = _figures(request, actor, session, unit, request.query_params.get("detail", ""))
    if found is None or name not in CHARTS:
        raise NotFound(
            "there is no chart {name}",
            where="name",
            remedy="take one of: {known}",
            name=name,
            known=", ".join(CHARTS),
        )
    file = f"{found.opened.survey.round_code}-{unit}-{name}"
    return picture_reply(picture(found, name, language_of(request)), kind, name=file)


def _figures(
    request: Request, actor: Actor, session: Session, unit: str, detail: str
) -> "UnitFigures | None":
    from app.console.results_page import opened_edition
    from app.console.unit_figures import unit_figures

    require(actor, "viewer", get_unit(session, unit).path)
    language, asked = language_of(request), request.query_params
    opened = opened_edition(
        session,
        actor,
        round_code=asked.get("round", ""),
        edition_id=asked.get("edition", ""),
        language=language,
    )
    return unit_figures(session, actor, opened, unit, language=language, detail=detail) if opened else None


def _charts(found: "UnitFigures", language: str) -> dict[str, Any]:
    from app.console.unit_charts import drawn

    shown = ["trend", *(["profile"] if found.profile else []), *(["levels"] if found.levels else [])]
    return {name: drawn(found, name, language) for name in shown}


def _comments(session: Session, actor: Actor, path: str, round_code: str) -> Sequence[Comment]:
    if not actor.may(COMMENT_ROLE, path):
        return ()
    asked = Question(actor.paths(COMMENT_ROLE), round_code=round_code, unit_path=path)
    return find_comments(session, asked).comments[:SHOWN_COMMENTS]
