"""Words of the program in two languages: English msgids, one `vi.po` beside each room's code."""

import gettext
import io
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from starlette.requests import HTTPConnection

from app.core.config import settings

LANGUAGES = ("vi", "en")
COOKIE = "lang"
APP = Path(__file__).parent.parent


@lru_cache(maxsize=2)
def translator(language: str) -> Callable[[str], str]:
    """The function from msgid to text; English is the msgid itself."""
    return (lambda message: message) if language == "en" else _catalog(language).gettext


@lru_cache(maxsize=2)
def _catalog(language: str) -> gettext.GNUTranslations:
    merged = Catalog(locale=language)
    for path in sorted(APP.glob(f"**/{language}.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and message.string:
                    merged.add(message.id, message.string)
    buffer = io.BytesIO()
    write_mo(buffer, merged)
    buffer.seek(0)
    return gettext.GNUTranslations(buffer)


def language_of(connection: HTTPConnection) -> str:
    """Asked for in the link, else remembered in the cookie, else the setting."""
    for asked in (connection.query_params.get("lang"), connection.cookies.get(COOKIE)):
        if asked in LANGUAGES:
            return asked
    return settings().language
