"""How a page tells what went wrong, in the reader's language."""

from fastapi import Request

from app.core.errors import SurveyError
from app.core.language import language_of, translator


def told(request: Request, error: SurveyError | None) -> dict[str, object] | None:
    """The error as `console/problem.html` shows it."""
    return error.render(translator(language_of(request))) if error else None
