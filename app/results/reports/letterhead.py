"""The head of a unit's administrative document: who writes, to whom, where and when. Pure."""

from datetime import date

from app.results.reports.content import Letterhead
from app.results.reports.telling import Teller
from app.units.tables import Unit


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


COMMITTEES = ("province", "city", "ward", "commune", "special_zone")
"""Kinds of units that a people's committee runs; any other body writes under its own name."""

KIND_WORDS = ("Tỉnh", "Thành phố", "Phường", "Xã", "Đặc khu", "Thị trấn")
BLANK = "\u2007" * 8


def letterhead_of(unit: Unit, above: Unit | None, *, written_on: date, tell: Teller) -> Letterhead:
    """Number, day and signature stay blank: they are given when the document is signed."""
    committee = unit.kind in COMMITTEES
    agency, superior = _agency(unit, tell), _agency(above, tell) if above else ""
    to_superior = [tell.say(_("{agency} (to report)"), agency=superior)] if superior else []
    return Letterhead(
        above=superior,
        agency=agency,
        number=tell.say(_("No.: {blank}/BC-UBND") if committee else _("No.: {blank}/BC"), blank=BLANK),
        place_and_date=tell.say(
            _("{place}, day {blank} month {blank} year {year}"),
            place=_place(unit.name),
            blank=BLANK[:4],
            year=written_on.year,
        ),
        recipients=(*to_superior, tell.translate(_("Units concerned")), tell.translate(_("Archive"))),
        signature=tell.translate(_("Head of the unit")),
    )


def _agency(unit: Unit, tell: Teller) -> str:
    if unit.kind not in COMMITTEES:
        return unit.name
    return tell.say(_("People's Committee of {unit}"), unit=_lowered(unit.name))


def _lowered(name: str) -> str:
    """`tỉnh Bắc Ninh` inside a phrase; the place's own name keeps its letters."""
    kind = next((word for word in KIND_WORDS if name.startswith(f"{word} ")), "")
    return kind.lower() + name.removeprefix(kind)


def _place(name: str) -> str:
    """The place's name without its kind."""
    kind = next((word for word in KIND_WORDS if name.startswith(f"{word} ")), "")
    return name.removeprefix(kind).strip()
