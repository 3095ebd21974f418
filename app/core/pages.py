"""Pages: Jinja templates of kiosk_ui and console, in the reader's language, with fingerprinted assets."""

import hashlib
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.core import numbers
from app.core.config import settings
from app.core.language import COOKIE, LANGUAGES, language_of, translator

ROOT = Path(__file__).parent.parent.parent
STATIC = ROOT / "kiosk_ui" / "static"
TEMPLATE_FOLDERS = (ROOT / "kiosk_ui" / "templates", ROOT / "app" / "console" / "templates")
YEAR_SECONDS = 365 * 24 * 3600
NO_BREAK = "\N{NO-BREAK SPACE}"


@lru_cache(maxsize=2)
def environment(language: str) -> Environment:
    """Templates in one language; `_` translates, `number`/`percent`/`level`/`day` format, `asset` links.

    A day stays on one line, however narrow its column.
    """
    made = Environment(
        loader=FileSystemLoader(TEMPLATE_FOLDERS),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    translate = translator(language)
    made.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=translate, ngettext=lambda one, many, n: translate(one if n == 1 else many), newstyle=True
    )
    made.globals.update(language=language, languages=LANGUAGES, asset=asset)
    made.filters.update(
        number=partial(_formatted, numbers.number, language),
        percent=partial(_formatted, numbers.percent, language),
        level=lambda value: numbers.level(value, language),
        day=lambda value: numbers.day(value, language).replace(" ", NO_BREAK),
    )
    return made


def _formatted(show: Any, language: str, value: float | None, digits: int | None = None) -> str:
    return str(show(value, language) if digits is None else show(value, language, digits))


@lru_cache(maxsize=256)
def asset(name: str) -> str:
    """The address of a static file, with its content's hash: cached for a year, fresh after every release."""
    content = (STATIC / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


def render(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """The page in the reader's language; an asked-for language is remembered in a cookie."""
    language = language_of(request)
    context |= {"path": request.url.path, "demo": getattr(request.app.state, "demo", False)}
    body = environment(language).get_template(template).render(request=request, **context)
    response = HTMLResponse(body, status_code=status, headers={"Content-Language": language})
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie(
            COOKIE, language, max_age=YEAR_SECONDS, samesite="lax", secure=settings().has_secure_cookies
        )
    return response
