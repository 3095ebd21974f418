"""Words of the program in two languages: English msgids, one `vi.po` beside each room's code."""

import gettext
import io
from functools import lru_cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from starlette.requests import HTTPConnection

from app.core.config import LANGUAGES as LANGUAGES
from app.core.config import settings

COOKIE = "lang"
APP = Path(__file__).parent.parent


class Translator:
    """From msgid to text in one language; English is the msgid itself."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._gettext = str if language == "en" else _catalog(language).gettext

    def __call__(self, message: str) -> str:
        return self._gettext(message)


@lru_cache(maxsize=2)
def translator(language: str) -> Translator:
    """The one translator of a language."""
    return Translator(language)


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
