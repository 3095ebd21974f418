"""What pages share: how a problem is told, what a form sent, which day an instant was here."""

from datetime import date, datetime
from typing import Annotated

from fastapi import Depends, Request

from app.core import numbers
from app.core.config import settings
from app.core.errors import Invalid, SurveyError
from app.core.language import language_of, translator


def told(request: Request, error: SurveyError | None) -> dict[str, object] | None:
    """The error as `console/problem.html` shows it."""
    return error.render(translator(language_of(request))) if error else None


async def _fields(request: Request) -> dict[str, str]:
    return {name: value.strip() for name, value in (await request.form()).items() if isinstance(value, str)}


FieldsDep = Annotated[dict[str, str], Depends(_fields)]


def local_day(instant: datetime) -> date:
    return instant.astimezone(settings().zone).date()


def month_words(month: str) -> str:
    """`2026-11` as people write it here: 11/2026."""
    return numbers.month(month)


def as_day(fields: dict[str, str], name: str) -> date:
    """The day a date field holds."""
    try:
        return date.fromisoformat(fields.get(name, ""))
    except ValueError as error:
        raise Invalid(
            "{value} is not a day",
            where=name,
            remedy="write it as 2026-12-31",
            value=fields.get(name, "") or "–",
        ) from error
