"""Languages a form brings beside Vietnamese and English: their names, and the words around its own.

The program speaks two languages; a form may have been written in more. Its questions are then shown in all of
them, on kiosks and on phones, and the buttons around them stay Vietnamese.
"""

from collections.abc import Sequence

from babel import Locale, UnknownLocaleError

from app.core.language import LANGUAGES

# as the people who speak them write them; none of these is in Unicode's own list
NAMES = {
    "vi": "Tiếng Việt",
    "en": "English",
    "bdq": "Bahnar",
    "cjm": "Chăm",
    "hmn": "Hmoob",
    "jra": "Jrai",
    "nut": "Nùng",
    "rad": "Êđê",
    "tyz": "Tày",
}


def name_of(language: str) -> str:
    """What a button calls this language; its code where nobody has written its name down."""
    if language in NAMES:
        return NAMES[language]
    try:
        return Locale.parse(language, sep="-").get_language_name() or language
    except (UnknownLocaleError, ValueError):
        return language


def named(languages: Sequence[str]) -> list[tuple[str, str]]:
    """Code and name of each, in the order of the form."""
    return [(language, name_of(language)) for language in languages]


def words_around(language: str) -> str:
    """The language of buttons and messages beside questions in this one."""
    return language if language in LANGUAGES else LANGUAGES[0]
