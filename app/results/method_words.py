"""The facts of a run in people's words: codes become words, days and numbers are written as people do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from app.core import numbers
from app.core.config import settings
from app.core.language import Translator
from app.forms.service import get_form
from app.forms.tables import FormVersion
from app.results.words import VALUE_WORDS
from app.units.service import known_units

EVERYTHING = "/"
NOTHING = "–"
VERSION_SHOWN = 12


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


BASIS_WORDS = {
    "opt_in": _("people who chose to answer; not a drawn sample"),
    "probability": _("a sample drawn at random"),
}
POPULATION_WORDS = {
    "finished_dossiers": _("dossiers finished in this time"),
    "residents_18": _("residents aged 18 and over"),
}
OUTCOME_WORDS = {
    "complete": _("complete"),
    "usable": _("answered in part, still counted"),
    "breakoff": _("begun and left, not counted"),
}
FLAG_WORDS = {
    "": _("without a mark"),
    "unstamped": _("sent without having seen the page"),
    "hurried": _("faster than anybody reads"),
    "repeat": _("a receipt used before"),
    "unverified": _("sender not proved"),
    "clock": _("date of the device corrected"),
}
CELL_WORDS = {
    "L0": _("by procedure, way of filing and month"),
    "L1": _("by procedure and way of filing"),
    "L2": _("by field and way of filing"),
    "L3": _("by field"),
    "L4": _("the whole unit"),
}
LEVERAGE_WORDS = {"answers": _("every cell times √(n/(n−1)), n its answers"), "none": _("none")}
FORMULAS_IN_WORDS = _(
    "share satisfied: satisfied answers over answers; all answers together: the same over all criteria; "
    "criteria count equally: mean of the criteria's shares"
)


@dataclass(frozen=True, slots=True)
class MethodTeller:
    """Writes the values of a run in one language."""

    say: Translator

    def word(self, words: Mapping[str, str], code: str) -> str:
        return self.say(words[code]) if code in words else code

    def count(self, value: float) -> str:
        return numbers.number(value, self.say.language)

    def day(self, value: date) -> str:
        return numbers.day(value, self.say.language)

    def days(self, first: date, last: date) -> str:
        return f"{self.day(first)} – {self.day(last)}"

    def instant(self, value: datetime) -> str:
        here = value.astimezone(settings().zone)
        return f"{here:%H:%M} {self.day(here.date())}"

    def mixed_through(self, value: str | None) -> str:
        return self.day(date.fromisoformat(value)) if value else NOTHING

    def months(self, months: Sequence[str]) -> str:
        return ", ".join(numbers.month(month) for month in months) or NOTHING

    def counts(self, words: Mapping[str, str], counts: Mapping[str, int]) -> str:
        told = (f"{self.word(words, code)}: {self.count(count)}" for code, count in counts.items())
        return "; ".join(told) or NOTHING

    def modes(self, counts: Mapping[str, int]) -> str:
        return self.counts({code: VALUE_WORDS.get(f"mode:{code}", code) for code in counts}, counts)

    def flags(self, counts: Mapping[str, int]) -> str:
        """A response may bear several marks."""
        words = {code: ", ".join(self.word(FLAG_WORDS, one) for one in code.split(",")) for code in counts}
        return "; ".join(f"{words[code]}: {self.count(count)}" for code, count in counts.items()) or NOTHING

    def interval(self, level: float) -> str:
        message = _("Jeffreys at the level {level}%, on the effective number of answers n*")
        return self.say(message).format(level=numbers.number(100 * level, self.say.language))

    def units(self, session: Session, within: Sequence[str]) -> str:
        if EVERYTHING in within:
            return self.say(_("all units of the round"))
        codes = [path.strip("/").rsplit("/", 1)[-1] for path in within]
        names = {unit.unit_code: unit.name for unit in known_units(session, set(codes))}
        return ", ".join(names.get(code, code) for code in codes) or NOTHING

    def forms(self, session: Session, versions: Sequence[FormVersion]) -> str:
        return ", ".join(self._form(session, one) for one in versions) or NOTHING

    def _form(self, session: Session, version: FormVersion) -> str:
        title = get_form(session, version.form_version).title
        return self.say(_("{title}, version {number} ({digest})")).format(
            title=title.get(self.say.language, title["vi"]),
            number=version.number,
            digest=version.form_version[:VERSION_SHOWN],
        )
