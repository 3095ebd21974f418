"""How estimates are worded in a report: numbers with their intervals, and no more."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core import numbers
from app.core.language import Translator
from app.results.reading import Estimate
from app.results.reports.content import Table
from app.results.words import STATE_WORDS, reason_text

DIGITS = 2
HIDDEN = "…"


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


ESTIMATE_HEADER = (_("Satisfied (%)"), _("Interval (%)"), _("Answers"), _("Note"))
ESTIMATE_SHARES = (4.2, 1.2, 1.7, 0.9, 0.8)


@dataclass(frozen=True, slots=True)
class Teller:
    """Words and numbers of one language."""

    translate: Translator

    @property
    def language(self) -> str:
        return self.translate.language

    def say(self, message: str, **fields: object) -> str:
        """The message in the reader's language with its fields filled in."""
        return self.translate(message).format(**fields)

    def number(self, value: float | None, digits: int = DIGITS) -> str:
        return HIDDEN if value is None else numbers.number(value, self.language, digits)

    def count(self, value: float | None) -> str:
        return self.number(value, 0)

    def percent(self, value: float | None) -> str:
        return f"{self.number(value)}%"

    def signed(self, value: float) -> str:
        """A difference with its sign: `+1,25`, `−0,80`."""
        sign = "+" if value > 0 else "−" if value < 0 else ""
        return sign + self.number(abs(value))

    def interval(self, low: float | None, high: float | None) -> str:
        return HIDDEN if low is None or high is None else f"{self.number(low)} – {self.number(high)}"

    def remark(self, row: Estimate) -> str:
        """Why a figure is to be read with care or is not shown; nothing where it is reliable."""
        if row.state == "ok":
            return ""
        reasons = "; ".join(self.translate(reason_text(code)) for code in row.reasons)
        return f"{self.translate(STATE_WORDS[row.state])}: {reasons}" if reasons else ""

    def cells(self, row: Estimate) -> tuple[str, ...]:
        """The numbers of one row, in the order of ESTIMATE_HEADER."""
        return (
            self.number(row.estimate),
            self.interval(row.low, row.high),
            self.count(row.n),
        )

    def table(self, caption: str, named: Sequence[tuple[str, Estimate]], *, first: str) -> Table:
        """Estimates with their names; remarks become notes below, numbered as they come."""
        notes: dict[str, int] = {}
        rows = []
        for name, row in named:
            remark = self.remark(row)
            mark = f"({notes.setdefault(remark, len(notes) + 1)})" if remark else ""
            rows.append((name, *self.cells(row), mark))
        header = (first, *(self.translate(text) for text in ESTIMATE_HEADER))
        note = "  ".join(f"({place}) {remark}." for remark, place in notes.items())
        return Table(caption, header, tuple(rows), ESTIMATE_SHARES, note=note)
