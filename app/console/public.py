"""The public page: published results for everybody, cached, without script and without any cookie."""

import hashlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from sqlmodel import Session

from app.console.public_views import (
    PublicView,
    chart_of,
    charts_of,
    figure_words,
    finding,
    segment_of,
    source_of,
    unit_of,
    view_of,
)
from app.core.config import settings
from app.core.database import SessionDep
from app.core.errors import NotFound
from app.core.language import LANGUAGES, translator
from app.core.middleware import CONTENT_SECURITY_POLICY
from app.core.pages import environment
from app.results.published import (
    PublicEdition,
    file_kinds,
    integrity_of,
    public_edition,
    public_editions,
    public_file,
    public_rounds,
)
from app.results.reading import EditionTables, open_edition
from app.results.words import DIMENSION_WORDS
from app.rounds.service import get_round

router = APIRouter()
open_to_all = partial(router.api_route, methods=["GET", "HEAD"])
PUBLIC = "/ket-qua"
KEPT = "public, max-age=300"
SVG = "image/svg+xml"
ANYWHERE = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


class Address:
    """Addresses of public pages that keep the language and the edition somebody chose."""

    def __init__(self, request: Request) -> None:
        asked = request.query_params
        wanted = asked.get("lang", "")
        self.language = wanted if wanted in LANGUAGES else settings().language
        self.edition = asked.get("ban", "")
        self.figure = asked.get("figure", "")
        self._kept = {name: asked[name] for name in ("lang", "ban") if asked.get(name)}

    def __call__(self, *parts: str, **more: str) -> str:
        path = "/".join([PUBLIC, *(quote(part, safe="") for part in parts)])
        query = {name: value for name, value in (self._kept | more).items() if value}
        return f"{path}?{urlencode(query)}" if query else path


@open_to_all(PUBLIC)
def show_rounds(request: Request, session: SessionDep) -> Response:
    """Every round with published results, with its headline."""
    at = Address(request)
    rounds = []
    for survey, public in public_rounds(session):
        tables = _tables(session, public, at)
        view = view_of(tables, survey, public, unit=_top(tables), figure="")
        rounds.append((view, finding(view, at.language)))
    return _page(request, at, "public/rounds.html", rounds=rounds)


@open_to_all(f"{PUBLIC}/{{round_code}}")
def show_round(round_code: str, request: Request, session: SessionDep) -> Response:
    """The round's top unit."""
    return _unit_page(request, session, round_code, unit=None)


@open_to_all(f"{PUBLIC}/{{round_code}}/{{segment}}")
def show_unit(round_code: str, segment: str, request: Request, session: SessionDep) -> Response:
    """A unit, what is below it, and its services."""
    return _unit_page(request, session, round_code, unit=unit_of(segment))


def _unit_page(request: Request, session: Session, round_code: str, *, unit: str | None) -> Response:
    at = Address(request)
    view, tables = _opened(session, at, round_code, unit=unit)
    edition = view.public.edition
    return _page(
        request,
        at,
        "public/unit.html",
        view=view,
        finding=finding(view, at.language),
        figures=[(one.key, figure_words(one, at.language)) for one in tables.figures],
        charts=charts_of(view, at.language),
        lineage=[(segment_of(code), tables.unit_name(code)) for code in tables.lineage(view.unit)[:-1]],
        segment=segment_of(view.unit),
        editions=public_editions(session, round_code),
        integrity=integrity_of(session, edition),
        files=[
            (name, _table_words(name, at.language), file_kinds(session, edition, name))
            for name in edition.tables
        ],
        link_base=settings().link_base,
    )


def _table_words(name: str, language: str) -> str:
    """`unit,service` in words: Unit, Procedure."""
    say = translator(language)
    return ", ".join(say(DIMENSION_WORDS[word]) for word in name.split(","))


def _opened(
    session: Session, at: Address, round_code: str, *, unit: str | None
) -> tuple[PublicView, EditionTables]:
    public = public_edition(session, round_code, at.edition)
    tables = _tables(session, public, at)
    chosen = _top(tables) if unit is None else unit
    if not tables.rows(unit=chosen):
        raise NotFound(
            "no results of unit {unit} are published here",
            where="unit",
            remedy="see the list of published results",
            unit=chosen,
        )
    return view_of(tables, get_round(session, round_code), public, unit=chosen, figure=at.figure), tables


def _tables(session: Session, public: PublicEdition, at: Address) -> EditionTables:
    return open_edition(session, public.edition, language=at.language, within=("/",))


def _top(tables: EditionTables) -> str:
    return tables.tops[0] if tables.tops else ""


@open_to_all(f"{PUBLIC}/{{round_code}}/{{segment}}/bieu-do.svg")
def show_chart(round_code: str, segment: str, request: Request, session: SessionDep) -> Response:
    """The chart as a picture other sites may show."""
    at = Address(request)
    view, _ = _opened(session, at, round_code, unit=unit_of(segment))
    drawn = chart_of(view, at.language, headed=True)
    return _kept(request, drawn.encode(), SVG, {"Cross-Origin-Resource-Policy": "cross-origin"})


@open_to_all(f"{PUBLIC}/{{round_code}}/{{segment}}/nhung")
def show_embedded(round_code: str, segment: str, request: Request, session: SessionDep) -> Response:
    """A page of nothing but the chart: the only one that other sites may frame."""
    at = Address(request)
    view, _ = _opened(session, at, round_code, unit=unit_of(segment))
    page = _page(
        request,
        at,
        "public/embedded.html",
        view=view,
        finding=finding(view, at.language),
        figure=figure_words(view.figure, at.language),
        source=source_of(view, at.language),
        charts=charts_of(view, at.language),
        home=settings().link_base + at(round_code, segment),
    )
    page.headers["Content-Security-Policy"] = ANYWHERE
    page.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return page


@open_to_all(f"{PUBLIC}/{{round_code}}/tai/{{table}}.{{kind}}")
def download_table(round_code: str, table: str, kind: str, request: Request, session: SessionDep) -> Response:
    """A published table as a file."""
    at = Address(request)
    public = public_edition(session, round_code, at.edition)
    path: Path = public_file(session, public, table, kind=kind, language=at.language)
    name = f"{round_code}-{table.replace(',', '-')}-{public.edition_id[:8]}.{kind}"
    return FileResponse(path, media_type=MEDIA[kind], filename=name, headers={"Cache-Control": KEPT})


def _page(request: Request, at: Address, template: str, **context: Any) -> Response:
    """As every page, but its language comes from the address alone: no cookie is read or set."""
    shown: Mapping[str, Any] = {
        "request": request,
        "path": request.url.path,
        "demo": getattr(request.app.state, "demo", False),
        "at": at,
        **context,
    }
    body = environment(at.language).get_template(template).render(**shown)
    return _kept(request, body.encode(), HTMLResponse.media_type, {"Content-Language": at.language})


def _kept(request: Request, body: bytes, media_type: str, headers: dict[str, str]) -> Response:
    """Caches may keep it for a short while and ask again whether it still holds."""
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers |= {"ETag": tag, "Cache-Control": KEPT}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)
