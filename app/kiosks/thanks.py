"""A unit's own words on the last screen: what has come of earlier answers, so that people see they count.

One plain sentence a language. Without any, the kiosk thanks as it always does.
"""

from collections.abc import Iterator, Mapping

from sqlmodel import Session, col, delete, select

from app.core.errors import Invalid, Problem
from app.core.language import LANGUAGES
from app.kiosks.tables import UnitThanks
from app.units.service import get_unit

LONGEST_THANKS = 160  # two lines in the largest letters
MARKUP = frozenset("<>")


def thanks_of(session: Session, unit_code: str) -> dict[str, str]:
    """The unit's sentence by language; only those that were written."""
    found = session.exec(select(UnitThanks).where(UnitThanks.unit_code == unit_code))
    return {row.language: row.words for row in found}


def set_thanks(session: Session, unit_code: str, words: Mapping[str, str]) -> dict[str, str]:
    """Write the sentences of these languages; an empty one is taken away. Raises: NotFound, Invalid."""
    unit = get_unit(session, unit_code)
    plain = {language: " ".join(said.split()) for language, said in words.items()}
    problems = [problem for language, said in plain.items() for problem in _problems(language, said)]
    if problems:
        raise Invalid(
            "the sentence has {count} mistakes",
            where=problems[0].where,
            problems=problems,
            count=len(problems),
        )
    chosen = (col(UnitThanks.unit_code) == unit.unit_code, col(UnitThanks.language).in_(plain))
    session.exec(delete(UnitThanks).where(*chosen))
    session.add_all(
        UnitThanks(unit_code=unit.unit_code, language=language, words=said)
        for language, said in plain.items()
        if said
    )
    session.flush()
    return thanks_of(session, unit_code)


def _problems(language: str, said: str) -> Iterator[Problem]:
    where = f"thanks_{language}"
    if language not in LANGUAGES:
        fields = {"value": language, "known": ", ".join(LANGUAGES)}
        yield Problem(where, "{value} is not known", "use one of: {known}", fields)
    if len(said) > LONGEST_THANKS:
        told = {"max_length": LONGEST_THANKS}
        yield Problem(where, "longer than {max_length} characters", "shorten it", told)
    if MARKUP & set(said) or not said.isprintable():
        yield Problem(
            where,
            "the sentence holds markup or signs that nobody can read",
            "write one plain sentence, without < and >",
        )
